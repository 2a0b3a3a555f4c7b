"""An asyncio loop on a virtual clock: waiting takes no real time, and every run has the same times."""

import asyncio
import selectors
import sys

# Iterations within one instant; a test that needs more polls for ever.
MOST_TURNS = 100_000


class _Selector(selectors.DefaultSelector):  # type: ignore[misc,valid-type]
    """Selects without waiting; a timeout moves the clock of the loop instead."""

    loop = None
    turns = 0  # since the clock last moved

    def select(self, timeout=None):
        ready = super().select(0)
        if ready or timeout == 0:
            self.turns += 1
            if self.turns > MOST_TURNS:
                raise RuntimeError("the loop iterates without end, and its time does not advance")
            return ready
        if timeout is None:
            raise RuntimeError("deadlock: every task waits, and no timer is set")
        self.turns = 0
        self.loop.now = self.loop.next_deadline(self.loop.now + timeout)
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """A selector loop whose time() advances only when nothing is ready to run."""

    def __init__(self):
        selector = _Selector()
        self.now = 0.0
        super().__init__(selector)
        selector.loop = self

    def time(self):
        return self.now

    def next_deadline(self, default):
        # now + timeout can differ from the deadline by a rounding error.
        pending = [handle.when() for handle in self._scheduled if not handle.cancelled()]
        return min(pending) if pending else default


class OtherLoop(VirtualTimeLoop):
    """Hides its ready queue as uvloop does, so that no callback can be placed before the others."""

    @property
    def _ready(self):
        frame = sys._getframe(1)
        return self.queue if frame.f_globals["__name__"] == "asyncio.base_events" else None

    @_ready.setter
    def _ready(self, queue):
        self.queue = queue


def run(main, *, debug=False, task_factory=None):
    """Run a coroutine on a new VirtualTimeLoop, and cancel the tasks that remain."""
    loop = VirtualTimeLoop()
    loop.set_debug(debug)
    if task_factory is not None:
        loop.set_task_factory(task_factory)
    try:
        return loop.run_until_complete(main)
    finally:
        try:
            left = asyncio.all_tasks(loop)
            for task in left:
                task.cancel()
            if left:
                loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            loop.run_until_complete(loop.shutdown_asyncgens())
        finally:
            loop.close()
