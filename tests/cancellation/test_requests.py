"""A request counts when the call reaches the Task's own cancel(), as on 3.15.

The expected outcomes are those of 3.15 with its own group and timeout.
"""

import asyncio
import contextlib

import pytest

from taskgroup_compat import TaskGroup, cancelling, timeout, uncancel
from tests.support.scopes import LibraryScope, next_await
from tests.support.virtual_time import run


class Shield:
    """Delays the calls of a task's cancel(), and makes one of them when it is left."""

    kept = 0

    def __enter__(self):
        self.task = asyncio.current_task()
        self.cancel = self.task.cancel
        self.task.cancel = self.keep
        return self

    def keep(self, *args):
        self.kept += 1
        return True

    def __exit__(self, *details):
        self.task.cancel = self.cancel
        if self.kept:
            self.cancel()


class Later(asyncio.Task):
    """A Task whose cancel() takes effect one iteration later."""

    def cancel(self, *args, **kwargs):
        if self.done():
            return False
        self.get_loop().call_soon(super().cancel, *args)
        return True


def factory(loop, coro, **kwargs):
    return Later(coro, loop=loop, **kwargs)


def test_deadline_delayed_by_a_shield_raises_timeout_error():
    """The timeout's request reaches the Task when the shield is left, and is the only one."""

    async def main():
        try:
            async with timeout(1):
                with Shield():
                    await asyncio.sleep(3)
                await asyncio.sleep(0)
        except (TimeoutError, asyncio.TimeoutError):
            return "timeout", cancelling(asyncio.current_task()), await next_await()

    assert run(main()) == ("timeout", 0, "goes on")


def test_shield_around_a_timeout_delays_its_request():
    """The body ends before the Task has the request; the shield makes the call when it is left."""

    async def main():
        with Shield() as shield:
            async with timeout(1) as limit:
                await asyncio.sleep(3)
        return shield.kept, limit.expired(), await next_await()

    assert run(main()) == (1, True, "cancelled")


def test_outside_request_delayed_by_a_shield_counts_once():
    """It counts when the shield is left, and its CancelledError adds no second request."""

    async def main():
        task = asyncio.current_task()
        asyncio.get_running_loop().call_later(1, lambda: task.cancel())
        counts = []
        with contextlib.suppress(asyncio.CancelledError):
            async with TaskGroup():
                with Shield():
                    await asyncio.sleep(3)
                    counts.append(cancelling(task))
                counts.append(cancelling(task))
                await asyncio.sleep(1)
        return counts, cancelling(task)

    assert run(main()) == ([0, 1], 1)


def test_shielded_self_cancelled_group_keeps_an_earlier_request():
    """The group's own request is delayed until the group has been left."""

    async def main():
        task = asyncio.current_task()
        async with TaskGroup() as outer:
            outer.create_task(asyncio.sleep(1))
            with Shield() as shield:
                async with TaskGroup() as group:
                    group.create_task(asyncio.sleep(5))
                    group.cancel()
            counts = [shield.kept, cancelling(task)]
            counts.append(await next_await())
        return counts, cancelling(task)

    assert run(main()) == ([1, 1, "cancelled"], 1)


def test_self_cancelled_group_with_a_delayed_cancel():
    """The group's request reaches the Task during the wait for the children, and is the only one."""

    async def host():
        async with TaskGroup() as group:
            group.create_task(asyncio.sleep(5))
            await asyncio.sleep(0)
            group.cancel()
        return "left", cancelling(asyncio.current_task()), await next_await()

    async def main():
        return await asyncio.get_running_loop().create_task(host())

    assert run(main(), task_factory=factory) == ("left", 0, "goes on")


@pytest.mark.parametrize("delay", [0, 1])
def test_timeout_with_a_delayed_cancel_raises_timeout_error(delay):
    """Its request reaches the Task one iteration later, and is the only one."""

    async def body():
        try:
            async with timeout(delay):
                await asyncio.sleep(5)
        except (TimeoutError, asyncio.TimeoutError):
            return "timeout", cancelling(asyncio.current_task()), await next_await()

    async def main():
        return await asyncio.get_running_loop().create_task(body())

    assert run(main(), task_factory=factory) == ("timeout", 0, "goes on")


def test_scope_that_reads_the_count_on_entering_sees_earlier_requests():
    """As asyncio's own timeout does, to tell its request from those of others."""

    class ReadsTheCount(LibraryScope):
        def __enter__(self):
            super().__enter__()
            self.before = cancelling(self.task)
            return self

    async def main():
        task = asyncio.current_task()
        asyncio.get_running_loop().call_later(1, lambda: task.cancel())
        async with TaskGroup():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(10)
            with ReadsTheCount(5) as scope:
                pass
            return scope.before, uncancel(task)

    assert run(main()) == (1, 0)
