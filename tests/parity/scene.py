"""Scenarios: what one is, what it is given, and how one is run into an outcome."""

import asyncio
import contextlib
import gc
import inspect
import platform
import sys
import warnings

from tests.parity.outcome import describe
from tests.parity.programs import in_creation_order
from tests.parity.scopes import Worker
from tests.support.virtual_time import VirtualTimeLoop

# Where only the collector frees objects, what they tell as they go may come in any later scenario.
_COLLECTED = platform.python_implementation() != "CPython"

# A program that is interrupted more often hangs.
_MOST_INTERRUPTS = 5


class Scenario:
    """A small program with a name and one sentence, in a group of the table."""

    def __init__(self, group, program, needs):
        self.group = group
        self.name = program.__name__
        self.sentence = " ".join(inspect.getdoc(program).split())
        self.program = program
        self.needs = needs

    @property
    def key(self):
        return f"{self.group}.{self.name}"

    def unavailable(self, api):
        """Why this scenario cannot be had here, or None."""
        for need in self.needs:
            reason = _NEEDS[need](api)
            if reason:
                return reason
        return None


def _from(version, what):
    text = ".".join(map(str, version))
    return lambda api: None if sys.version_info >= version else f"{what} came with {text}"


_NEEDS = {
    "eager factory": _from((3, 12), "the eager task factory"),
    "eager_start": _from((3, 14), "eager_start"),
    "call graph": _from((3, 14), "the call graph"),
    "messages": _from((3, 9), "the message of a cancellation"),
    "reference counts": lambda api: "only the collector frees objects here" if _COLLECTED else None,
    "catch": lambda api: None if api.clauses else "no except* here",
}


def scenarios(group):
    """A decorator for the scenarios of one group, and the list that it fills."""
    found = []

    def scenario(*needs):
        if len(needs) == 1 and callable(needs[0]):
            return scenario()(needs[0])

        def add(program):
            found.append(Scenario(group, program, needs))
            return program

        return add

    return scenario, found


class SubCancelled(asyncio.CancelledError):
    """A cancellation of the program's own class."""


class BaseError(BaseException):
    """Neither an Exception nor one that asyncio treats in a way of its own."""


class Scene:
    """What a scenario works with: an implementation under test, a virtual clock, and a place for events."""

    SubCancelled = SubCancelled
    BaseError = BaseError
    Worker = Worker

    def __init__(self, api, loop):
        self.api = api
        self.loop = loop
        self.events = []
        self.ExceptionGroup = api.ExceptionGroup
        self.BaseExceptionGroup = api.BaseExceptionGroup

    def TaskGroup(self):
        return in_creation_order(self.api.TaskGroup())

    def timeout(self, delay):
        return self.api.timeout(delay)

    def counting_timeout(self, delay):
        return self.api.counting_timeout(delay)

    def library_timeout(self, delay):
        return self.api.library_timeout(delay)

    def note(self, what, value=None):
        """Writes down an event with its time and task; an exception is written in full."""
        event = [self.loop.time(), self._name(), what]
        if isinstance(value, BaseException):
            value = describe(value)
        self.events.append(event if value is None else [*event, value])

    def _name(self):
        try:
            task = asyncio.current_task(self.loop)
        except RuntimeError:
            task = None
        if task is None:
            return "-"
        name = task.get_name()
        # the numbers of unnamed tasks depend on what ran before
        return "Task" if name.startswith("Task-") else name

    @property
    def me(self):
        """The task that runs now."""
        return asyncio.current_task(self.loop)

    def cancelling(self, task=None):
        return self.api.cancelling(task or self.me)

    def uncancel(self, task=None):
        return self.api.uncancel(task or self.me)

    def note_cancelling(self):
        self.note("cancelling", self.cancelling())

    def watch(self, task):
        """Notes how a task ends."""
        task.add_done_callback(self._done)
        return task

    def _done(self, task):
        self.events.append([self.loop.time(), task.get_name(), "done", self.ended(task)])

    def ended(self, task):
        """How a finished task ended."""
        if not task.done():
            return "running"
        if task.cancelled():
            return "cancelled"
        error = task.exception()
        return ["returned", task.result()] if error is None else describe(error)

    def handle(self, body, *clauses, **names):
        """Runs a body under these clauses; notes what leaves the statement."""
        try:
            self.api.clauses(clauses, dict(names, s=self), False)(body)
            self.note("nothing left")
        except BaseException as error:
            self.note("left", error)
            return error

    async def ahandle(self, body, *clauses, **names):
        """The same for a body that is awaited."""
        try:
            await self.api.clauses(clauses, dict(names, s=self), True)(body)
            self.note("nothing left")
        except BaseException as error:
            self.note("left", error)
            return error

    async def fail(self, error, delay=0):
        """A child that raises."""
        await asyncio.sleep(delay)
        raise error

    async def work(self, name, delay, result=None):
        """A child that says when it starts, ends and is cancelled."""
        self.note(name + " starts")
        try:
            await asyncio.sleep(delay)
        except asyncio.CancelledError:
            self.note(name + " is cancelled")
            raise
        self.note(name + " ends")
        return result

    async def clean_up(self, error, delay=10):
        """A child that raises while it is being cancelled."""
        try:
            await asyncio.sleep(delay)
        finally:
            raise error

    def later(self, delay, function, *args):
        return self.loop.call_later(delay, function, *args)

    def task(self, coro, name):
        """A task beside the scenario's own."""
        return self.loop.create_task(coro, name=name)

    def cancel_later(self, delay, *message):
        """Cancels the scenario's task after a delay, as code that keeps the task does."""
        task = self.me
        return self.loop.call_later(delay, lambda: task.cancel(*message))

    def run(self, main):
        """Runs a coroutine in a task named main, from a scenario that is a plain function."""
        task = self.loop.create_task(main, name="main")
        for _ in range(_MOST_INTERRUPTS):
            if task.done():
                break
            try:
                self.loop.run_until_complete(task)
            except (KeyboardInterrupt, SystemExit) as error:
                self.note("left the loop", error)
                if task.done():
                    return
            except BaseException as error:
                self.note("end", error)
                return
        self.note("end", self.ended(task))

    def _report(self, loop, context):
        message = context.get("message", "").split("<")[0].strip()
        if _COLLECTED and "never retrieved" in message:
            return
        self.events.append([loop.time(), "-", "reported", message, describe(context.get("exception"))])


async def _root(program, scene):
    try:
        result = await program(scene)
        scene.note("end", ["returned", result])
    except BaseException as error:
        scene.note("end", error)
    scene.note("cancelling", scene.cancelling())
    # a cancellation that somebody forgot would show here
    for _ in range(3):
        try:
            await asyncio.sleep(0)
        except BaseException as error:
            scene.note("stray", error)


def perform(scenario, api):
    """Runs a scenario with an implementation; its outcome as JSON."""
    reason = scenario.unavailable(api)
    if reason:
        return {"unavailable": reason}
    loop = VirtualTimeLoop()
    scene = Scene(api, loop)
    loop.set_exception_handler(scene._report)
    with warnings.catch_warnings(record=True) as warned, _own_garbage():
        warnings.simplefilter("ignore" if _COLLECTED else "always")
        try:
            asyncio.set_event_loop(None)
            if inspect.iscoroutinefunction(scenario.program):
                _until_done(loop.create_task(_root(scenario.program, scene), name="root"), scene)
            else:
                scenario.program(scene)
            left = sorted(task.get_name() for task in asyncio.all_tasks(loop))
            if left:
                scene.note("left running", left)
        finally:
            _close(loop)
    for warning in warned:
        if not issubclass(warning.category, (DeprecationWarning, ResourceWarning)):
            scene.events.append(["warning", warning.category.__name__, str(warning.message).splitlines()[0]])
    return {"events": scene.events}


@contextlib.contextmanager
def _own_garbage():
    """Frees what is left in cycles at the end, and nothing from before: what it tells as it goes is this scenario's."""
    if _COLLECTED:
        yield
        return
    gc.freeze()
    try:
        yield
    finally:
        gc.collect()
        gc.unfreeze()


def _until_done(root, scene):
    for _ in range(_MOST_INTERRUPTS):
        if root.done():
            return
        try:
            scene.loop.run_until_complete(root)
        except (KeyboardInterrupt, SystemExit) as error:
            scene.note("left the loop", error)
        except RuntimeError as error:
            scene.note("stuck", error)
            return
        except asyncio.CancelledError:
            scene.note("cancelled at the end")


def _close(loop):
    loop.set_exception_handler(lambda loop, context: None)
    for _ in range(20):
        left = asyncio.all_tasks(loop)
        if not left:
            break
        for task in left:
            task.cancel()
        try:
            loop.run_until_complete(asyncio.wait(left, timeout=0))
        except BaseException:
            pass
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
