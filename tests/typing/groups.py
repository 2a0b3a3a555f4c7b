"""What type checkers make of a group: read by them, never run."""

import asyncio
import sys
from contextvars import copy_context
from typing import Any, List

from typing_extensions import assert_type

import taskgroup_compat
from taskgroup_compat import TaskGroup, cancelling, uncancel


def use(value: object) -> None:
    """A task alone on a line has been forgotten, mypy says."""


async def number() -> int:
    return 1


async def text(of: int) -> str:
    return str(of)


async def children() -> None:
    async with TaskGroup() as tg:
        assert_type(tg, TaskGroup)
        plain = tg.create_task(number())
        use(assert_type(plain, "asyncio.Task[int]"))
        named = tg.create_task(text(1), name="text")
        use(assert_type(named, "asyncio.Task[str]"))
        in_context = tg.create_task(number(), name=None, context=copy_context())
        use(assert_type(in_context, "asyncio.Task[int]"))
        # No task has to be kept, as the group does it.
        tg.create_task(number())
        tg.cancel()
        await spawner(tg, 3)
    assert_type(plain.result(), int)
    assert_type(await named, str)


async def spawner(tg: TaskGroup, count: int) -> List["asyncio.Task[str]"]:
    return [tg.create_task(text(each)) for each in range(count)]


class NamedGroup(TaskGroup):
    name = "group"


async def subclasses() -> None:
    async with NamedGroup() as tg:
        assert_type(tg, NamedGroup)
        await spawner(tg, 1)


async def requests(task: "asyncio.Task[Any]") -> None:
    assert_type(cancelling(task), int)
    assert_type(uncancel(task), int)


async def swallows_nothing() -> int:
    async with TaskGroup() as tg:
        return await tg.create_task(number())


assert_type(taskgroup_compat.__version__, str)

if sys.version_info >= (3, 11):

    async def native_spawner(tg: asyncio.TaskGroup) -> None:
        tg.create_task(number())

    async def groups_are_native_groups() -> None:
        async with TaskGroup() as tg:
            await native_spawner(tg)


if sys.version_info >= (3, 14):

    async def eager() -> None:
        async with TaskGroup() as tg:
            task = tg.create_task(number(), eager_start=True)
            use(assert_type(task, "asyncio.Task[int]"))


if sys.version_info >= (3, 15):

    async def groups_are_the_native_group() -> None:
        async with asyncio.TaskGroup() as tg:
            assert_type(tg, TaskGroup)
            await spawner(tg, 1)
