"""Children with a context below 3.11, whose coroutine is wrapped.

The expected outcomes are those of 3.15 with its own group.
"""

import asyncio
import contextlib
import contextvars
import sys
import traceback

import pytest

import taskgroup_compat
from taskgroup_compat import ExceptionGroup, TaskGroup
from tests.support.scopes import fails_when_cancelled, next_await
from tests.support.scopes import library_timeout as timeout
from tests.support.virtual_time import run

PYPY = sys.implementation.name == "pypy"


# Objects around coroutines.


def test_traceback_of_a_child_with_a_context_has_no_frame_of_ours():
    """The traceback shows the frames of the child only."""

    async def child():
        await asyncio.sleep(0)
        raise ValueError

    async def main():
        with pytest.raises(ExceptionGroup) as caught:
            async with TaskGroup() as group:
                group.create_task(child(), context=contextvars.copy_context())
        return [
            frame.f_code.co_name
            for frame, _ in traceback.walk_tb(caught.value.exceptions[0].__traceback__)
            if frame.f_globals["__name__"].startswith(taskgroup_compat.__name__)
        ]

    assert run(main()) == []


def test_child_with_a_context_cancelled_before_its_first_step_does_not_run():
    """The wrapper of its coroutine throws the cancellation into a coroutine that has not started."""
    ran = []

    async def child():
        ran.append(True)

    async def main():
        async with TaskGroup() as group:
            task = group.create_task(child(), context=contextvars.copy_context())
            task.cancel()
        return task.cancelled()

    assert run(main()) and ran == []


@pytest.mark.parametrize("wrapped", [False, True])
def test_timeout_in_a_wrapped_child_with_a_context_leaves_no_cancellation(wrapped):
    """A factory's coroutine awaits the child; in the child a timeout encloses a failing group."""
    variable = contextvars.ContextVar("variable", default="outside")

    async def child():
        variable.set("inside")
        with contextlib.suppress(ExceptionGroup):
            async with timeout(1):
                async with TaskGroup() as group:
                    group.create_task(fails_when_cancelled())
        return await next_await(), variable.get()

    def factory(loop, coro, **kwargs):
        async def wrapper():
            return await coro

        return asyncio.Task(wrapper() if wrapped else coro, loop=loop, **kwargs)

    async def main():
        context = contextvars.copy_context()
        async with TaskGroup() as group:
            task = group.create_task(child(), context=context)
        return task.result(), context[variable], variable.get()

    assert run(main(), task_factory=factory) == (("goes on", "inside"), "inside", "outside")
