"""What type checkers have to refuse: each line with an error mark, and no other one."""

import asyncio
from typing import Any

import taskgroup_compat
from taskgroup_compat import TaskGroup, cancelling, uncancel


async def number() -> int:
    return 1


async def wrong_arguments(tg: TaskGroup) -> None:
    tg.create_task(number)  # error
    tg.create_task(1)  # error
    tg.create_task()  # error
    tg.create_task(number(), "name")  # error
    tg.create_task(number(), name=1)  # error
    tg.create_task(number(), context={})  # error
    tg.create_task(number(), unknown=True)  # error
    wrong: asyncio.Task[str] = tg.create_task(number())  # error
    tg.cancel("message")  # error
    TaskGroup(1)  # error
    print(wrong)


def wrong_statement() -> None:
    with TaskGroup():  # error
        pass


async def wrong_tasks(task: "asyncio.Task[Any]", future: "asyncio.Future[Any]") -> None:
    cancelling(future)  # error
    uncancel()  # error
    uncancel(task, 2)  # error


print(taskgroup_compat.sys)  # error: mypy
print(taskgroup_compat.unknown)  # error
