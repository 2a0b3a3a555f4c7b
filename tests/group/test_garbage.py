"""A group that has failed or was cancelled leaves nothing that only the collector frees."""

import asyncio
import contextlib
import gc
import sys

import pytest

from taskgroup_compat import BaseExceptionGroup, TaskGroup
from tests.support.virtual_time import run


async def fails(error=LookupError):
    await asyncio.sleep(1)
    raise error


async def fails_at_once():
    raise LookupError


async def fails_cleaning_up():
    try:
        await asyncio.sleep(10)
    finally:
        raise ValueError


async def child_fails():
    async with TaskGroup() as group:
        group.create_task(fails())
        group.create_task(asyncio.sleep(10))


async def child_fails_at_once():
    async with TaskGroup() as group:
        group.create_task(fails_at_once(), name="child")
        await asyncio.sleep(10)


async def body_fails():
    async with TaskGroup() as group:
        group.create_task(fails_cleaning_up())
        await asyncio.sleep(1)
        raise LookupError


async def child_fails_with_a_base_exception():
    async with TaskGroup() as group:
        group.create_task(fails(GeneratorExit))
        group.create_task(asyncio.sleep(10))


async def body_is_interrupted():
    async with TaskGroup() as group:
        group.create_task(asyncio.sleep(10))
        raise KeyboardInterrupt


async def inner_group_fails():
    async with TaskGroup() as outer:
        async with TaskGroup() as group:
            group.create_task(fails())
            outer.create_task(asyncio.sleep(10))


async def cancels_itself():
    async with TaskGroup() as group:
        group.create_task(fails_cleaning_up())
        await asyncio.sleep(0)
        group.cancel()


async def cancelled_while_waiting():
    task = asyncio.current_task()
    asyncio.get_running_loop().call_later(1, lambda: task.cancel())
    async with TaskGroup() as group:
        group.create_task(asyncio.sleep(10))


async def cancelled_in_the_body():
    task = asyncio.current_task()
    asyncio.get_running_loop().call_later(1, lambda: task.cancel())
    async with TaskGroup() as group:
        group.create_task(fails_cleaning_up())
        await asyncio.sleep(10)


async def cancelled_twice():
    task = asyncio.current_task()
    for seconds in (1, 2):
        asyncio.get_running_loop().call_later(seconds, lambda: task.cancel())
    async with TaskGroup() as group:
        group.create_task(cleans_up())
        await asyncio.sleep(10)


async def cleans_up():
    try:
        await asyncio.sleep(10)
    finally:
        await asyncio.sleep(5)


PROGRAMS = [
    child_fails,
    child_fails_at_once,
    body_fails,
    child_fails_with_a_base_exception,
    body_is_interrupted,
    inner_group_fails,
    cancels_itself,
    cancelled_while_waiting,
    cancelled_in_the_body,
    cancelled_twice,
]
FACTORIES = {"tasks": None}
if sys.version_info >= (3, 12):
    FACTORIES["eager tasks"] = asyncio.eager_task_factory


async def garbage_of(program):
    """The types of what a program that fails has left to the collector."""
    loop = asyncio.get_running_loop()
    while gc.collect() or gc.collect():
        pass  # finalizers of other tests' garbage leave garbage of their own, or keep all of it for the next collection
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        task = loop.create_task(run_alone(program))
        await asyncio.wait({task})
        failed = task.result()
        del task
        for _ in range(3):
            await asyncio.sleep(0)
        gc.collect()
        return failed, sorted(type(each).__name__ for each in gc.garbage)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


async def run_alone(program):
    try:
        await program()
    except (BaseExceptionGroup, asyncio.CancelledError, KeyboardInterrupt) as error:
        failed = type(error).__name__
    # A cancellation from outside comes once more behind the children's errors.
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.sleep(0)
    return failed


# Only the collector frees anything on PyPy. 3.15's own group leaves frames in cycles.
if sys.implementation.name == "cpython" and sys.version_info < (3, 15):

    @pytest.mark.parametrize("factory", FACTORIES.values(), ids=FACTORIES)
    @pytest.mark.parametrize("program", PROGRAMS)
    def test_failed_group_is_freed_without_the_collector(program, factory):
        """Handling the error frees the group and its children at once."""
        failed, garbage = run(garbage_of(program), task_factory=factory)
        assert failed is not None
        assert garbage == []


if sys.version_info >= (3, 14):

    def test_finished_child_is_not_in_the_call_graph():
        """The call graph shows the parent above a child only while the child runs (gh-91048)."""

        async def main():
            async with TaskGroup() as group:
                child = group.create_task(asyncio.sleep(1))
                await asyncio.sleep(0)
                during = [each.future for each in asyncio.capture_call_graph(child).awaited_by]
                await asyncio.sleep(2)
                after = asyncio.capture_call_graph(child).awaited_by
            return during == [asyncio.current_task()], after

        assert run(main()) == (True, ())
