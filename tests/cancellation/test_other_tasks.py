"""Cancellations of another task, and cancel() methods bound in an earlier group.

The expected outcomes are those of 3.15 with its own group.
"""

import asyncio
import contextlib
import sys

import pytest

from taskgroup_compat import ExceptionGroup, TaskGroup, cancelling, uncancel
from tests.support.scopes import fails_when_cancelled, left_on, next_await
from tests.support.virtual_time import run

PYPY = sys.implementation.name == "pypy"


# Another task, another time.


def test_cancellation_of_another_task_is_not_the_parents():
    """Below 3.12 wait_for() closes a stack with a group in another task; later groups of the parent are unaffected."""

    async def main():
        stack = contextlib.AsyncExitStack()
        group = await stack.enter_async_context(TaskGroup())
        group.create_task(asyncio.sleep(10))
        closing = asyncio.get_running_loop().create_task(stack.aclose())
        await asyncio.sleep(1)
        closing.cancel()
        await asyncio.wait({closing})
        count = cancelling(asyncio.current_task())
        async with TaskGroup() as race:
            race.create_task(asyncio.sleep(10))
            race.cancel()
        return count, await next_await()

    assert run(main()) == (0, "goes on")


@pytest.mark.parametrize("carrier", ["future", "variable"])
def test_cancelled_error_of_another_task_is_no_request(carrier):
    """The body raises a CancelledError caught elsewhere, while a child fails cleaning up."""

    async def main():
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        caught = []

        async def other():
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError as error:
                caught.append(error)
                future.set_exception(error)

        task = loop.create_task(other())
        loop.call_later(1, task.cancel)
        with pytest.raises(ExceptionGroup):
            async with TaskGroup() as group:
                group.create_task(fails_when_cancelled())
                if carrier == "future":
                    await future
                else:
                    await asyncio.wait({task})
                    raise caught[0]
        future.cancelled() or future.exception()
        return cancelling(asyncio.current_task()), await next_await()

    assert run(main()) == (0, "goes on")


def test_cancel_bound_in_an_earlier_group_counts_in_a_later_one():
    """A signal handler keeps task.cancel from inside of a group; in the next group a child fails cleaning up."""

    async def main():
        task = asyncio.current_task()
        async with TaskGroup():
            cancel = task.cancel
        asyncio.get_running_loop().call_later(1, cancel)
        with pytest.raises(ExceptionGroup):
            async with TaskGroup() as group:
                group.create_task(fails_when_cancelled())
                await asyncio.get_running_loop().create_future()
        return cancelling(task), await next_await()

    assert run(main()) == (1, "cancelled")


def test_cancel_bound_in_an_earlier_group_counts_outside_of_groups():
    """Its request is counted until it is withdrawn."""

    async def main():
        task = asyncio.current_task()
        async with TaskGroup():
            cancel = task.cancel
        asyncio.get_running_loop().call_later(1, cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(10)
        seen = [cancelling(task)]
        async with TaskGroup():
            seen.append(cancelling(task))
        return [*seen, uncancel(task), left_on(task)]

    assert run(main()) == [1, 1, 0, []]
