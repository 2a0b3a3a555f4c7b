"""Run one scenario and record its events with their times, and every leak, warning or report."""

import asyncio
import contextlib
import gc
import heapq
import sys
import warnings

from taskgroup_compat import BaseExceptionGroup
from tests.support.virtual_time import VirtualTimeLoop

from . import garbage

# anyio asks for a cancelled task again in every iteration; programs without it are never busy for so long
BUSY = 60


class Broken(Exception):
    """The error that children and bodies of the scenarios raise."""


def describe(error):
    """An exception as text: the type, for a Broken its label, for a group its errors."""
    if isinstance(error, BaseExceptionGroup):
        return "{}[{}]".format(type(error).__name__, ", ".join(describe(one) for one in error.exceptions))
    if isinstance(error, Broken):
        return f"Broken({error})"
    return type(error).__name__


class BusyVirtualTimeLoop(VirtualTimeLoop):
    """A virtual clock that moves on too when callbacks that only schedule themselves again never let it rest."""

    busy = 0

    def _run_once(self):
        self.busy = self.busy + 1 if self._ready else 0
        if self.busy > BUSY and self._scheduled:
            self.now = max(self.now, self.next_deadline(self.now))
            self.busy = 0
        super()._run_once()


class SteppedTime:
    """For loops whose iterations cannot be seen (uvloop): the time moves on when advance() says so."""

    def __init__(self):
        super().__init__()
        self.now = 0.0
        self.timers = []

    def time(self):
        return self.now

    def call_later(self, delay, callback, *args, context=None):
        return self.call_at(self.now + delay, callback, *args, context=context)

    def call_at(self, when, callback, *args, context=None):
        timer = asyncio.TimerHandle(when, callback, args, self, context)
        heapq.heappush(self.timers, timer)
        return timer

    def _timer_handle_cancelled(self, timer):
        pass

    def advance(self):
        """Moves the time to the next timer and lets it run; says whether there was any."""
        while self.timers and self.timers[0].cancelled():
            heapq.heappop(self.timers)
        if not self.timers:
            return False
        self.now = max(self.now, self.timers[0].when())
        # the resolution of asyncio's clock, within which timers are due together
        while self.timers and self.timers[0].when() < self.now + 1e-9:
            self.call_soon(_run_timer, heapq.heappop(self.timers))
        return True


def _run_timer(timer):
    if not timer.cancelled():
        timer._run()


class Run:
    """The argument of a scenario: a clock in whole units, a log, and the task that it runs in."""

    def __init__(self, loop):
        self.loop = loop
        self.events = []
        self.task = None
        self.identity = None
        self.cycles = []

    @property
    def now(self):
        return self.loop.time()

    def at(self, when, callback, *args):
        """Calls at a time; a fraction below a billionth orders callbacks within one iteration."""
        self.loop.call_at(when, callback, *args)

    async def sleep(self, delay):
        await asyncio.sleep(delay)

    def say(self, text):
        self.events.append(f"{round(self.now)} {text}")

    def check(self):
        """The running task is still the one that the scenario started in, with its name and its class."""
        task = asyncio.current_task()
        if task is not self.task or (type(task), task.get_name()) != self.identity:
            self.say(f"runs in {task!r}")

    async def awaits(self, label, delay=1):
        """Sleeps, and says whether a cancellation came instead."""
        try:
            await self.sleep(delay)
        except asyncio.CancelledError:
            self.say(f"{label}: cancelled")
            raise
        self.say(f"{label}: goes on")

    async def drive(self, task):
        """Until the task is done."""
        if not isinstance(self.loop, SteppedTime):
            await asyncio.wait([task])
            return
        while not task.done():
            for _ in range(BUSY):
                await asyncio.sleep(0)
            if not task.done() and not self.loop.advance():
                self.say("hangs")
                return


class UntimedRun(Run):
    """For programs with sockets: their events have an order and no times."""

    def say(self, text):
        self.events.append(text)

    async def drive(self, task):
        await asyncio.wait([task], timeout=20)
        if not task.done():
            self.say("hangs")


async def _supervise(run, scenario):
    run.task = task = asyncio.current_task()
    run.identity = (type(task), task.get_name())
    try:
        await scenario(run)
    except BaseException as error:
        run.say(f"ends with {describe(error)}")
    else:
        run.say("returns")
    run.check()
    for _ in range(3):
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            run.say("cancelled after its end")
    run.task = None


async def _host(run, scenario):
    others = asyncio.all_tasks()
    # the loop of the last run is in cycles
    gc.collect()
    task = run.loop.create_task(_supervise(run, scenario))
    task.set_name("scenario")
    await run.drive(task)
    left = asyncio.all_tasks() - others
    if left:
        run.say(f"{len(left)} tasks left")
    if task.done():
        task.result()
    del task, left
    await asyncio.sleep(0)
    run.cycles = garbage.cycles_of_the_group()


def _end_all_tasks(loop):
    for _ in range(10):
        left = asyncio.all_tasks(loop)
        if not left:
            return
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.wait(left, timeout=0.01))
    raise RuntimeError(f"{len(left)} tasks cannot be ended")


@contextlib.contextmanager
def frozen():
    """Keeps all objects that are there from the garbage collector, so that many scenarios cost it little."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def perform(scenario, *, loop=None, task_factory=None, debug=False, timed=True):
    """Runs a scenario on a loop (None: on a virtual clock).

    Returns what happened, as text, and the reference cycles that the group itself made.
    """
    loop = loop or BusyVirtualTimeLoop()
    run = Run(loop) if timed else UntimedRun(loop)
    loop.set_debug(debug)
    if task_factory is not None:
        loop.set_task_factory(task_factory)
    loop.set_exception_handler(lambda loop, context: run.say("reported: {}".format(context["message"])))
    unraisable, sys.unraisablehook = sys.unraisablehook, lambda args: run.say(f"unraisable: {args.exc_value!r}")
    enabled = gc.isenabled()
    gc.disable()
    try:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            try:
                loop.run_until_complete(_host(run, scenario))
            except RuntimeError as error:
                if "never comes" not in str(error):
                    raise
                run.say("hangs")
            finally:
                _end_all_tasks(loop)
                loop.run_until_complete(loop.shutdown_asyncgens())
                loop.close()
        run.events.extend(f"warns: {one.message}" for one in warned)
    finally:
        if enabled:
            gc.enable()
        sys.unraisablehook = unraisable
    return "; ".join(run.events), run.cycles
