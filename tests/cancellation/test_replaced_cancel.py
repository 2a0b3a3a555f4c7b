"""A program's own function in the place of a task's cancel(): it is called, and it may call groups, in every order."""

import _thread
import asyncio
import sys
import time
from types import MethodType
from unittest import mock

import pytest

from taskgroup_compat import ExceptionGroup, TaskGroup, cancelling, timeout, uncancel
from tests.support.scopes import next_await
from tests.support.virtual_time import run


async def end_of(task):
    """How a task ends."""
    await asyncio.wait([task])
    return "cancelled" if task.cancelled() else task.exception() or task.result()


async def fails():
    raise ValueError


def test_function_from_before_the_group_may_cancel_the_group():
    """The group's request comes while the function is being called for another one."""

    async def work():
        task = asyncio.current_task()
        plain = task.cancel

        def stop_softly():
            group.cancel()
            return plain()

        task.cancel = stop_softly
        async with TaskGroup() as group:
            asyncio.get_running_loop().call_later(1, lambda: task.cancel())
            await asyncio.sleep(10)

    async def main():
        return await end_of(asyncio.ensure_future(work()))

    assert run(main()) == "cancelled"


def test_function_may_cancel_an_outer_group():
    """A request of the outer group inside of one of the inner group: the done callback of the child raises nothing."""
    reported = []

    async def main():
        asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
        task = asyncio.current_task()
        with pytest.raises(ExceptionGroup) as caught:
            async with TaskGroup() as outer:
                record = task.cancel

                def stop_all():
                    outer.cancel()
                    return record()

                task.cancel = stop_all
                async with TaskGroup() as inner:
                    inner.create_task(fails())
                    await asyncio.sleep(10)
        return repr(caught.value.exceptions[0].exceptions)

    assert (run(main()), reported) == ("(ValueError(),)", [])


def test_cancel_of_another_task_in_its_place_cancels_that_task():
    """The child's group then cancels the parent, for whoever cancels the child stops everything."""

    async def child(parent):
        asyncio.current_task().cancel = parent.cancel
        with pytest.raises(ExceptionGroup):
            async with TaskGroup() as group:
                group.create_task(fails())
        await asyncio.sleep(0)

    async def work():
        async with TaskGroup() as group:
            group.create_task(child(asyncio.current_task()))
        return "done"

    async def main():
        return await end_of(asyncio.ensure_future(work()))

    assert run(main()) == "cancelled"


def test_withdrawing_leaves_the_count_of_another_task_whose_cancel_is_in_its_place():
    """The other task is inside of a group, and has swallowed a cancellation."""

    async def other(counted, go):
        task = asyncio.current_task()
        async with TaskGroup():
            task.cancel()
            seen = [await next_await()]
            counted.set_result(task)
            await go
            return [*seen, cancelling(task)]

    async def main():
        loop = asyncio.get_running_loop()
        counted, go = loop.create_future(), loop.create_future()
        task = loop.create_task(other(counted, go))
        asyncio.current_task().cancel = (await counted).cancel
        async with TaskGroup():
            uncancel(asyncio.current_task())
        del asyncio.current_task().cancel
        go.set_result(None)
        return await task

    assert run(main()) == ["cancelled", 1]


def test_bound_method_of_the_program_is_called_and_stays():
    """It is bound to the task as the class's own method is."""
    seen = []

    def cancel(self, *args):
        seen.append("called")
        return asyncio.Task.cancel(self, *args)

    async def main():
        task = asyncio.current_task()
        own = task.cancel = MethodType(cancel, task)
        async with timeout(9):
            task.cancel()
            seen.append(await next_await())
        seen.append(uncancel(task))
        seen.append(task.cancel is own)

    run(main())
    assert seen == ["called", "cancelled", 0, True]


def test_request_through_a_wrapper_counts_in_an_inner_group():
    """The wrapper was put in the place of cancel() inside of the outer group."""

    async def main():
        task = asyncio.current_task()
        async with TaskGroup():
            inner = task.cancel
            task.cancel = lambda *args: inner(*args)
            seen = []
            async with timeout(9):
                async with TaskGroup():
                    task.cancel()
                    seen += [cancelling(task), await next_await(), uncancel(task)]
            del task.cancel
        return seen, cancelling(task)

    assert run(main()) == ([1, "cancelled", 0], 0)


def test_method_taken_in_a_group_cancels_the_task_itself_later():
    """A mock that has replaced cancel() by then gets no call."""

    async def main():
        task = asyncio.current_task()
        async with TaskGroup():
            asyncio.get_running_loop().call_later(1, task.cancel)
        with mock.patch.object(task, "cancel") as replacement:
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                return replacement.call_count, cancelling(task)

    assert run(main()) == (0, 1)


def test_wrapper_around_the_method_of_a_timeout_is_called_once():
    """It stays on the task when the timeout has been left."""

    async def main():
        task = asyncio.current_task()
        async with timeout(9):
            patch = mock.patch.object(task, "cancel", wraps=task.cancel)
            wrapper = patch.start()
        task.cancel()
        return await next_await(), wrapper.call_count

    assert run(main()) == ("cancelled", 1)


@pytest.mark.parametrize("after", ["group with a child", "empty group", "expired timeout"])
def test_request_that_is_undelivered_when_the_method_is_put_back(after):
    """A wrapper was in its place; the group or timeout that is entered next finds the request."""

    async def main():
        task = asyncio.current_task()
        async with TaskGroup():
            taken = task.cancel
            task.cancel = lambda *args: taken(*args)
        task.cancel()
        task.cancel = taken
        try:
            if after == "expired timeout":
                async with timeout(0):
                    await asyncio.sleep(1)
            async with TaskGroup() as group:
                if after == "group with a child":
                    group.create_task(asyncio.sleep(1))
        except (asyncio.TimeoutError, asyncio.CancelledError) as error:
            return type(error).__name__
        return await next_await()

    expected = {"empty group": "cancelled", "expired timeout": "TimeoutError"}
    assert run(main()) == expected.get(after, "CancelledError")


def test_cancel_of_the_program_is_called_between_groups_while_a_request_remains():
    """It refuses, and the task is not cancelled."""

    async def main():
        task = asyncio.current_task()
        real, refuses = task.cancel, []
        task.cancel = lambda *args: not refuses and real(*args)
        async with timeout(9):
            task.cancel()
            seen = [await next_await()]
        refuses.append(True)
        return [*seen, task.cancel(), await next_await()]

    assert run(main()) == ["cancelled", False, "goes on"]


@pytest.mark.parametrize("between", [TaskGroup, lambda: timeout(9)], ids=["group", "timeout"])
def test_request_that_remains_behind_a_wrapper_is_delivered_after_another_block(between):
    """The wrapper was put in the place of cancel() in the group that failed."""

    async def fails():
        raise ValueError

    async def main():
        task = asyncio.current_task()
        with pytest.raises(ExceptionGroup):
            async with TaskGroup() as group:
                inner = task.cancel
                task.cancel = lambda *args: inner(*args)
                group.create_task(fails())
                task.cancel()
                await asyncio.sleep(5)
        async with between():
            pass
        return await next_await()

    assert run(main()) == "cancelled"


def test_withdrawn_request_behind_a_wrapper_does_not_come_back():
    """Neither when the next group is left in an error of its own."""

    async def main():
        task = asyncio.current_task()
        async with TaskGroup():
            inner = task.cancel
            task.cancel = lambda *args: inner(*args)
            task.cancel()
        try:
            async with TaskGroup():
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            seen = [uncancel(task)]
        with pytest.raises(ExceptionGroup):
            async with TaskGroup():
                raise ValueError
        return [*seen, await next_await()]

    assert run(main()) == [0, "goes on"]


def test_child_that_refuses_the_cancel_of_its_group_counts_none():
    """Its cancel() returns False; the error of a group of its own is followed by no cancellation."""

    async def child():
        task = asyncio.current_task()
        real = task.cancel
        task.cancel = lambda *args: False
        await asyncio.sleep(2)
        task.cancel = real
        seen = [cancelling(task)]
        with pytest.raises(ExceptionGroup):
            async with TaskGroup():
                raise ValueError
        return [*seen, await next_await()]

    async def main():
        async with TaskGroup() as group:
            task = group.create_task(child())
            await asyncio.sleep(1)
            group.cancel()
        return task.result()

    assert run(main()) == [0, "goes on"]


def test_thread_without_a_python_function_cancels():
    """The call has no caller whose frame could be read."""

    async def work():
        async with TaskGroup():
            task = asyncio.current_task()
            _thread.start_new_thread(task.cancel, ())
            while not cancelling(task):
                time.sleep(0)  # lets the thread run
            await asyncio.sleep(0)

    async def main():
        return await end_of(asyncio.ensure_future(work()))

    assert run(main()) == "cancelled"


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="eval() does not see what exec() has made since PEP 667")
def test_names_that_exec_has_made_stay():
    """They are in the dict of the frame's variables alone."""

    def stop(task):
        exec("made = 1")
        task.cancel()
        return eval("made")

    async def main():
        async with timeout(9):
            made = stop(asyncio.current_task())
            return made, await next_await()

    assert run(main()) == (1, "cancelled")
