"""Two copies of the package in one process: groups of both in one task behave as groups of one."""

import asyncio
import importlib
import shutil
import sys
from pathlib import Path

import pytest

import taskgroup_compat
from tests.support import virtual_time


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """The same code, imported from another folder."""
    folder = tmp_path_factory.mktemp("two_copies")
    shutil.copytree(str(Path(taskgroup_compat.__file__).parent), str(folder / "otherlib" / "taskgroup_compat"))
    sys.path.insert(0, str(folder))
    try:
        yield importlib.import_module("otherlib.taskgroup_compat")
    finally:
        sys.path.remove(str(folder))


def outcome(outer, inner, clean_up_fails, cancelled_at):
    """Return the outcome of a task with a group of `inner` inside one of `outer`; a child of the inner group fails."""
    seen = []

    async def child():
        try:
            await asyncio.sleep(60 if clean_up_fails else 1)
        finally:
            raise ValueError("the child failed")

    async def parent():
        task = asyncio.current_task()
        try:
            async with outer.TaskGroup() as first:
                first.create_task(asyncio.sleep(60))
                async with inner.TaskGroup() as second:
                    second.create_task(child())
                    await asyncio.sleep(3)
        except BaseException as error:
            seen.append(repr(error))
        seen.append([inner.cancelling(task), outer.cancelling(task)])
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            seen.append("cancelled afterwards")
        seen.append(asyncio.get_running_loop().time())

    async def main():
        task = asyncio.ensure_future(parent())
        for moment in cancelled_at:
            asyncio.get_running_loop().call_at(moment, lambda: task.cancel())
        await asyncio.wait([task])
        return seen

    return virtual_time.run(main())


@pytest.mark.parametrize("cancelled_at", [[], [0.5], [0.5, 0.5], [1], [2], [10]], ids=repr)
@pytest.mark.parametrize("clean_up_fails", [False, True])
def test_nested_groups_of_two_copies_have_one_outcome(other, clean_up_fails, cancelled_at):
    """A failure leaves both groups, an outside request is delivered once, and the counts are right."""
    expected = outcome(taskgroup_compat, taskgroup_compat, clean_up_fails, cancelled_at)
    assert outcome(taskgroup_compat, other, clean_up_fails, cancelled_at) == expected
    assert outcome(other, taskgroup_compat, clean_up_fails, cancelled_at) == expected
