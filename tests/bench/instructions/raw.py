"""The least that children and a wait for them cost: one set, one done callback, one future.

No library can cost less, and none does as little: nothing is checked, a second error is kept without a second look,
and a cancellation from outside that comes together with an error is lost.
"""

import asyncio
import sys

if sys.version_info < (3, 11):
    from exceptiongroup import BaseExceptionGroup


class Group:
    """A group as a context manager, for the rows that enter and leave one."""

    __slots__ = ("errors", "loop", "pending", "waiter")

    async def __aenter__(self):
        self.loop = asyncio.get_running_loop()
        self.pending = set()
        self.errors = []
        self.waiter = None
        return self

    def create_task(self, coroutine):
        task = self.loop.create_task(coroutine)
        self.pending.add(task)
        task.add_done_callback(self.child_done)
        return task

    def child_done(self, task):
        self.pending.discard(task)
        if not self.pending and self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)
        if not task.cancelled():
            error = task.exception()
            if error is not None:
                if not self.errors:
                    for each in self.pending:
                        each.cancel()
                self.errors.append(error)

    async def __aexit__(self, error_type, error, traceback):
        if error_type is not None:
            for each in self.pending:
                each.cancel()
        if self.pending:
            self.waiter = self.loop.create_future()
            await self.waiter
        if self.errors:
            raise BaseExceptionGroup("errors", self.errors)


class Style:
    """The same as one function with local variables, for the rows that start children."""

    @staticmethod
    async def fill(enter, functions):
        loop = asyncio.get_running_loop()
        pending = set()
        errors = []
        waiter = loop.create_future()

        def child_done(task):
            pending.discard(task)
            if not pending and not waiter.done():
                waiter.set_result(None)
            if not task.cancelled():
                error = task.exception()
                if error is not None:
                    if not errors:
                        for each in pending:
                            each.cancel()
                    errors.append(error)

        for function in functions:
            task = loop.create_task(function())
            pending.add(task)
            task.add_done_callback(child_done)
        if pending:
            try:
                await waiter
            except asyncio.CancelledError:
                waiter = loop.create_future()
                for each in pending:
                    each.cancel()
                if pending:
                    await waiter
                raise
        if errors:
            raise BaseExceptionGroup("errors", errors)
