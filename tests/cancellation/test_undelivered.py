"""A cancellation that was asked for and has not come yet: who clears it, and in which state the task goes on."""

import asyncio
import contextvars
import sys

import pytest

from taskgroup_compat import ExceptionGroup, TaskGroup, cancelling, uncancel
from tests.support.scopes import BELOW_311, next_await
from tests.support.virtual_time import OtherLoop, VirtualTimeLoop, run

NUMBER = contextvars.ContextVar("number", default=0)


@pytest.mark.parametrize("kind", [VirtualTimeLoop, OtherLoop])
def test_clearing_a_request_keeps_the_context_of_the_task(kind):
    """A ContextVar set after the group has its value after the next await."""

    async def main():
        NUMBER.set(1)
        async with TaskGroup() as group:
            NUMBER.set(2)
            group.cancel()
        seen = [NUMBER.get()]
        NUMBER.set(3)
        await asyncio.sleep(0)
        seen.append(NUMBER.get())
        return seen

    loop = kind()
    try:
        assert loop.run_until_complete(main()) == [2, 3]
    finally:
        loop.close()


@pytest.mark.parametrize("fails", [False, True])
def test_group_left_by_another_task_keeps_that_tasks_request(fails):
    """A cancelled task closes the generator that holds the group; its own cancellation is delivered."""

    async def generator():
        async with TaskGroup():
            try:
                yield
            finally:
                if fails:
                    raise KeyError("closing")

    async def opens(opened, wake):
        await opened.__anext__()
        await wake

    async def closes(opened, wake, opener):
        # The opener is about to go on, so that its cancellation waits for its next step. Where the group has no error
        # to raise, nobody wants that cancellation any more.
        wake.set_result(None)
        opener.cancel()
        if not fails:
            uncancel(opener)
        asyncio.current_task().cancel()
        seen = []
        try:
            await opened.aclose()
        except ExceptionGroup as error:
            seen.append(repr(error.exceptions[0]))
        return [*seen, await next_await(), cancelling(asyncio.current_task())]

    async def main():
        loop = asyncio.get_running_loop()
        wake = loop.create_future()
        opened = generator()
        opener = loop.create_task(opens(opened, wake))
        await asyncio.sleep(0)
        closer = loop.create_task(closes(opened, wake, opener))
        await asyncio.wait({opener, closer})
        return closer.result()

    # Below 3.11 a Task that meets no group of its own counts nothing.
    count = 0 if BELOW_311 else 1
    assert run(main()) == [*(["KeyError('closing')"] if fails else []), "cancelled", count]


def test_request_that_remains_when_another_task_leaves_the_group_is_delivered():
    """The parent, which waits elsewhere, is cancelled again: the group's error has taken the first CancelledError."""

    async def generator():
        async with TaskGroup():
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                yield
            raise KeyError("closing")

    async def opens(opened):
        await opened.__anext__()
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            return "cancelled"

    async def main():
        loop = asyncio.get_running_loop()
        opened = generator()
        opener = loop.create_task(opens(opened))
        await asyncio.sleep(1)
        opener.cancel()
        await asyncio.sleep(1)
        with pytest.raises(ExceptionGroup):
            async for _ in opened:
                pass
        return await opener

    assert run(main()) == "cancelled"


# From 3.14 on asyncio.current_task() does not know tasks written in Python, so the program is told its task.
def test_uncancel_clears_the_undelivered_request_of_a_python_task():
    """Outside of groups, too."""
    tasks = []

    def factory(loop, coro, **keywords):
        tasks.append(asyncio.tasks._PyTask(coro, loop=loop, **keywords))
        return tasks[-1]

    async def main():
        [task] = tasks
        task.cancel()
        seen = [cancelling(task), uncancel(task), cancelling(task)]
        return seen, await next_await()

    assert run(main(), task_factory=factory) == ([1, 0, 0], "goes on")


if sys.version_info >= (3, 12):

    def test_eager_task_whose_group_fails_ends_in_its_first_step():
        """No request is undelivered, so the group does not wait."""

        async def fails():
            async with TaskGroup():
                raise KeyError("body")

        async def main():
            task = asyncio.get_running_loop().create_task(fails())
            return task.done() and repr(task.exception().exceptions)

        assert run(main(), task_factory=asyncio.eager_task_factory) == "(KeyError('body'),)"


def test_child_with_a_context_cancelled_before_its_first_step_never_runs():
    """As any other child."""
    ran = []

    async def child():
        ran.append("child")

    async def main():
        async with TaskGroup() as group:
            task = group.create_task(child(), context=contextvars.copy_context())
            task.cancel()
        return task.cancelled()

    assert run(main()) is True
    assert ran == []
