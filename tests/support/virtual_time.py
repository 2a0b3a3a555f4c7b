"""An asyncio loop on a virtual clock: waiting costs nothing, and every run has the same times."""

import asyncio
import selectors
import sys

# More than any test needs within one instant: who gets there polls without end.
MOST_TURNS = 100_000


class _Selector(selectors.DefaultSelector):  # type: ignore[misc,valid-type]
    """Selects at once; a wait that nothing ends moves the loop's clock instead."""

    loop = None
    turns = 0  # since the clock last moved

    def select(self, timeout=None):
        ready = super().select(0)
        if ready or timeout == 0:
            self.turns += 1
            if self.turns > MOST_TURNS:
                raise RuntimeError("the loop turns and turns, and its time stands still")
            return ready
        if timeout is None:
            raise RuntimeError("every task waits for something that never comes")
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
        # the deadline itself: adding the timeout to now may miss it by a rounding error
        pending = [handle.when() for handle in self._scheduled if not handle.cancelled()]
        return min(pending) if pending else default


class OtherLoop(VirtualTimeLoop):
    """As uvloop's: others see no ready queue, so that what is to come right after a step takes an iteration."""

    @property
    def _ready(self):
        frame = sys._getframe(1)
        return self.queue if frame.f_globals["__name__"] == "asyncio.base_events" else None

    @_ready.setter
    def _ready(self, queue):
        self.queue = queue


def run(main, *, debug=False, task_factory=None):
    """Runs a coroutine on a VirtualTimeLoop of its own, and leaves no task behind."""
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
