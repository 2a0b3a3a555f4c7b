"""A cancellation from outside remains beside the errors of a group: below 3.13 it is delivered right after the step.

The step is that of the parent in which the group is left. Whoever withdraws the request in that step leaves no stray
cancellation behind; a task that ends in that step is not cancelled, as with asyncio's own group of 3.11 and 3.12.
"""

import asyncio
import contextlib
import functools
import sys

import pytest

from taskgroup_compat import ExceptionGroup, TaskGroup, cancelling, timeout, uncancel
from tests.support.scopes import BELOW_311, fails_cleaning_up, next_await
from tests.support.virtual_time import OtherLoop, run

LATE = sys.version_info < (3, 13)


class TakesBack:
    """A context manager that withdraws the request in its __exit__()."""

    def __init__(self, task):
        self.task = task

    def __enter__(self):
        return self

    def __exit__(self, *details):
        uncancel(self.task)


@contextlib.contextmanager
def by_a_generator(manager):
    with manager:
        yield


def on_a_stack(callback, *args):
    stack = contextlib.ExitStack()
    stack.callback(callback, *args)
    return stack


WITHDRAWN_BY = {
    "a manager": TakesBack,
    "a manager inside of a generator": lambda task: by_a_generator(TakesBack(task)),
    "uncancel on a stack": lambda task: on_a_stack(uncancel, task),
    "a function on a stack": lambda task: on_a_stack(lambda: uncancel(task)),
    "a partial on a stack": lambda task: on_a_stack(functools.partial(uncancel, task)),
}
if not BELOW_311:
    WITHDRAWN_BY["the task's uncancel on a stack"] = lambda task: on_a_stack(task.uncancel)
    WITHDRAWN_BY["the class's uncancel on a stack"] = lambda task: on_a_stack(asyncio.Task.uncancel, task)
AROUND = {
    "nothing": lambda task: contextlib.suppress(KeyError),
    "a group": lambda task: TaskGroup(),
    "a timeout": lambda task: timeout(50),
    "a timeout that has fired": lambda task: timeout(1),
}


async def end_of_task(manager, then=None):
    """How a task ends that is cancelled from outside while its group fails inside of a manager."""

    async def fails():
        with contextlib.suppress(ExceptionGroup):
            async with TaskGroup() as group:
                group.create_task(fails_cleaning_up())

    async def work():
        around = manager(asyncio.current_task())
        if hasattr(type(around), "__aexit__"):
            async with around:
                await fails()
        else:
            with around:
                await fails()
        if then is not None:
            await then()
        return "result"

    loop = asyncio.get_running_loop()
    task = loop.create_task(work())
    loop.call_later(1, lambda: task.cancel())
    await asyncio.wait({task})
    return "cancelled" if task.cancelled() else task.result()


def on_another_loop(main):
    loop = OtherLoop()
    try:
        return loop.run_until_complete(main)
    finally:
        loop.close()


@pytest.mark.parametrize("run", [run, on_another_loop])
@pytest.mark.parametrize("name", AROUND)
def test_request_beside_errors_cancels_the_next_await(name, run):
    """On every version and on every loop."""
    assert run(end_of_task(AROUND[name], lambda: asyncio.sleep(1))) == "cancelled"


@pytest.mark.parametrize("name", AROUND)
def test_task_that_returns_in_the_step_of_the_error_keeps_its_result_below_3_13(name):
    """It has no further step to cancel. From 3.13 on the Task itself ends as cancelled."""
    assert run(end_of_task(AROUND[name])) == ("result" if LATE else "cancelled")


@pytest.mark.parametrize("name", WITHDRAWN_BY)
def test_request_withdrawn_in_the_step_of_the_error_is_not_delivered(name):
    """Neither in this step nor at the next await, on every version."""
    assert run(end_of_task(WITHDRAWN_BY[name])) == "result"
    assert run(end_of_task(WITHDRAWN_BY[name], lambda: asyncio.sleep(1))) == "result"


def test_request_withdrawn_in_the_except_clause_is_not_delivered():
    """The next await continues, on every version."""

    async def main():
        task = asyncio.current_task()
        asyncio.get_running_loop().call_later(1, task.cancel)
        seen = []
        try:
            async with TaskGroup() as group:
                group.create_task(fails_cleaning_up())
        except ExceptionGroup as error:
            seen += [repr(error.exceptions[0]), uncancel(task)]
        return seen, await next_await(), cancelling(task)

    assert run(main()) == (["ValueError('cleaning up')", 0], "goes on", 0)


def test_delivery_precedes_other_callbacks_after_a_wait_that_was_cancelled():
    """gh-73776: on 3.9 the stack of a step that begins with an exception does not lead to the loop."""
    undelivered = []

    async def fails():
        await asyncio.sleep(1)
        raise ValueError

    async def inner(task):
        loop = asyncio.get_running_loop()
        loop.call_later(2, lambda: task.cancel())
        async with TaskGroup() as group:
            group.create_task(fails())
            try:
                await asyncio.sleep(10)
            finally:
                try:
                    await asyncio.sleep(10)
                finally:
                    loop.call_soon(lambda: undelivered.append(task._must_cancel))

    async def main():
        with contextlib.suppress(ExceptionGroup):
            await inner(asyncio.current_task())
        return await next_await()

    assert (run(main()), undelivered) == ("cancelled", [True])
