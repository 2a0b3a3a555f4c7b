"""Two copies of the package in one program.

The expected outcomes are those of 3.15 with its own group.
"""

import asyncio
import importlib
import pathlib
import shutil
import sys

import pytest

import taskgroup_compat
from taskgroup_compat import ExceptionGroup, TaskGroup, cancelling, uncancel
from tests.support.scopes import fails_when_cancelled, next_await
from tests.support.virtual_time import run

PYPY = sys.implementation.name == "pypy"


def vendored(tmp_path):
    """Another copy of the package, as a library may have one."""
    package = pathlib.Path(taskgroup_compat.__file__).parent
    target = tmp_path / f"library_{tmp_path.name}" / "vendored"
    shutil.copytree(str(package), str(target), ignore=shutil.ignore_patterns("__pycache__"))
    (target.parent / "__init__.py").touch()
    sys.path.insert(0, str(tmp_path))
    try:
        return importlib.import_module(f"{target.parent.name}.vendored")
    finally:
        sys.path.remove(str(tmp_path))


def vendored_of_another_number(tmp_path):
    """A copy whose records are those of another release: it does not share them."""
    copied = vendored(tmp_path)
    if sys.version_info < (3, 11):
        records = copied._cancellation.records
        records.Record.stands_in_for_cancel += 1
        records._KEPT += "0"
        records._COUNTED += "0"
    return copied


@pytest.mark.parametrize("first", ["theirs", "ours"])
def test_copies_of_two_releases_share_a_task_with_a_request_that_remains(tmp_path, first):
    """The body swallows a cancellation; timeouts and groups of both then take turns."""
    copied = vendored_of_another_number(tmp_path)
    one, other = (copied, taskgroup_compat) if first == "theirs" else (taskgroup_compat, copied)

    async def expires(package):
        with pytest.raises(asyncio.TimeoutError):
            async with package.timeout(1):
                await asyncio.sleep(5)

    async def main():
        task = asyncio.current_task()
        async with one.TaskGroup():
            task.cancel()
            seen = [await next_await()]
        for _ in range(2):
            await expires(other)
            await expires(one)
            async with one.TaskGroup(), other.TaskGroup():
                await expires(one)
                await expires(other)
                other.uncancel(task)
        return [*seen, one.uncancel(task), await next_await()]

    assert run(main()) == ["cancelled", 0, "goes on"]


@pytest.mark.parametrize("first", ["theirs", "ours"])
def test_uncancel_of_copies_of_two_releases_ends(tmp_path, first):
    """Each copy has put its record in the place of the other's in turn."""
    copied = vendored_of_another_number(tmp_path)
    one, other = (copied, taskgroup_compat) if first == "theirs" else (taskgroup_compat, copied)

    async def main():
        task = asyncio.current_task()

        async def swallows():
            task.cancel()
            return await next_await()

        async with one.TaskGroup():
            async with other.TaskGroup():
                seen = await swallows()
        async with other.TaskGroup():
            async with one.TaskGroup():
                counts = [one.uncancel(task), other.uncancel(task)]
        return seen, counts[-1], await next_await()

    assert run(main()) == ("cancelled", 0, "goes on")


@pytest.mark.parametrize("outside", ["theirs", "ours"])
def test_groups_of_two_copies_in_one_task_leave_no_cancellation(tmp_path, outside):
    """The inner group fails while the outer one is cancelled."""
    copied = vendored(tmp_path).TaskGroup
    outer, inner = (copied, TaskGroup) if outside == "theirs" else (TaskGroup, copied)

    async def fails():
        raise ValueError

    async def main():
        task = asyncio.current_task()
        own = type(task.cancel)
        async with outer() as group:
            with pytest.raises(ExceptionGroup):
                async with inner() as failing:
                    failing.create_task(fails())
            async with inner() as race:
                race.create_task(asyncio.sleep(10))
                race.cancel()
            group.cancel()
        seen = [cancelling(task), await next_await(), type(task.cancel) is own]
        asyncio.get_running_loop().call_later(1, lambda: task.cancel())
        try:
            async with outer():
                async with inner() as group:
                    group.create_task(fails_when_cancelled())
        except ExceptionGroup:
            seen.append("failed")
        return [*seen, cancelling(task), await next_await()]

    assert run(main()) == [0, "goes on", True, "failed", 1, "cancelled"]


@pytest.mark.parametrize("outside", ["theirs", "ours"])
def test_request_bypassing_the_records_of_two_copies_counts_in_both(tmp_path, outside):
    """A cancel() bound earlier ends a timeout of one copy and then the group of another, whose child fails."""
    copied = vendored(tmp_path)
    outer, inner = (copied, taskgroup_compat) if outside == "theirs" else (taskgroup_compat, copied)

    async def main():
        asyncio.get_running_loop().call_later(1, asyncio.current_task().cancel)
        with pytest.raises(ExceptionGroup):
            async with outer.TaskGroup() as group:
                group.create_task(fails_when_cancelled())
                async with inner.timeout(50):
                    await asyncio.sleep(10)
        return await next_await(), await next_await()

    assert run(main()) == ("cancelled", "goes on")


def test_uncancel_of_one_copy_counts_for_the_other(tmp_path):
    """A request that both copies have seen is withdrawn once: no cancellation follows the inner group's errors."""
    inner = vendored(tmp_path).TaskGroup

    async def fails():
        raise ValueError

    async def library(coro):
        async with inner() as group:
            group.create_task(coro)

    async def main():
        task = asyncio.current_task()
        asyncio.get_running_loop().call_later(1, lambda: task.cancel())
        try:
            async with TaskGroup():
                await library(asyncio.sleep(10))
        except asyncio.CancelledError:
            remaining = uncancel(task)
        with pytest.raises(ExceptionGroup):
            await library(fails())
        return remaining, await next_await()

    assert run(main()) == (0, "goes on")


def test_uncancel_in_the_groups_of_both_copies_leaves_no_cancellation(tmp_path):
    """The body swallows a cancellation and withdraws it by the outer copy; then a child of the inner group fails."""
    inner = vendored(tmp_path).TaskGroup

    async def fails():
        await asyncio.sleep(2)
        raise ValueError

    async def main():
        task = asyncio.current_task()
        asyncio.get_running_loop().call_later(1, lambda: task.cancel())
        async with TaskGroup():
            with pytest.raises(ExceptionGroup):
                async with inner() as group:
                    group.create_task(fails())
                    try:
                        await asyncio.sleep(10)
                    except asyncio.CancelledError:
                        seen = uncancel(task)
                    await asyncio.sleep(10)
            return seen, await next_await()

    assert run(main()) == (0, "goes on")


def test_cancellation_inside_a_timeout_of_the_other_copy_is_kept(tmp_path):
    """Cancelled from outside, then the copy's timeout expires while the body cleans up, and a child fails."""
    inner = vendored(tmp_path).timeout

    async def main():
        task = asyncio.current_task()
        asyncio.get_running_loop().call_later(1, lambda: task.cancel())
        with pytest.raises(ExceptionGroup):
            async with TaskGroup() as group:
                group.create_task(fails_when_cancelled())
                async with inner(2):
                    try:
                        await asyncio.sleep(10)
                    finally:
                        await asyncio.sleep(3)
        return cancelling(task), await next_await()

    assert run(main()) == (1, "cancelled")
