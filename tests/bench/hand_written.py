"""The floor: a task group as a good asyncio programmer writes one for a single program.

One set, one done callback, one future.  It cancels the siblings when a child fails, waits for all of them and raises one group
with every error.  What it leaves out is what a library has to add: it loses an outside cancellation that comes together with an
error, counts no cancellations, checks no misuse, and leaves reference cycles behind an error.  Costs of `taskgroup_compat` are
given as ratios to this.
"""

import asyncio
import sys

if sys.version_info < (3, 11):
    from exceptiongroup import BaseExceptionGroup


class Group:
    def __init__(self):
        self._children = set()
        self._errors = []
        self._stopping = False
        self._waiter = None

    async def __aenter__(self):
        self._loop = asyncio.get_running_loop()
        self._parent = asyncio.current_task()
        return self

    def create_task(self, coro):
        child = self._loop.create_task(coro)
        self._children.add(child)
        child.add_done_callback(self._child_done)
        return child

    def _stop(self):
        self._stopping = True
        for child in self._children:
            child.cancel()

    def _child_done(self, child):
        self._children.discard(child)
        waiter = self._waiter
        if waiter is not None and not self._children and not waiter.done():
            waiter.set_result(None)
        if child.cancelled():
            return
        error = child.exception()
        if error is None:
            return
        self._errors.append(error)
        if not self._stopping:
            self._stop()
            if waiter is None:
                self._parent.cancel()  # The body still runs.

    async def __aexit__(self, kind, error, traceback):
        if error is not None and not self._stopping:
            self._stop()
        cancelled = None
        while self._children:
            self._waiter = self._loop.create_future()
            try:
                await self._waiter
            except asyncio.CancelledError as cancellation:
                cancelled = cancellation
                self._stop()
        if error is not None and not isinstance(error, asyncio.CancelledError):
            self._errors.append(error)
        if self._errors:
            raise BaseExceptionGroup("errors in a group", self._errors) from None
        if cancelled is not None:
            raise cancelled
