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
def test_a_task_goes_on_in_its_own_context_when_its_cancellation_was_cleared(kind):
    """What is set in a ContextVar behind the group is there after the next await."""

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
def test_a_group_that_another_task_leaves_takes_no_cancellation_of_that_task(fails):
    """A generator is closed by a task that is being cancelled itself: that cancellation arrives there."""

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


# From 3.14 on asyncio.current_task() does not know tasks written in Python, so the program is told its task.
def test_taking_back_clears_the_cancellation_of_a_task_written_in_python():
    """uncancel() drops what was not delivered, with no group near."""
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

    def test_an_eager_task_whose_group_fails_ends_in_its_first_step():
        """Nothing is undelivered, so that nothing has to be waited for."""

        async def fails():
            async with TaskGroup():
                raise KeyError("body")

        async def main():
            task = asyncio.get_running_loop().create_task(fails())
            return task.done() and repr(task.exception().exceptions)

        assert run(main(), task_factory=asyncio.eager_task_factory) == "(KeyError('body'),)"


def test_a_child_with_a_context_that_is_cancelled_before_its_first_step_never_runs():
    """The cancellation ends it as it ends any other child."""
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
