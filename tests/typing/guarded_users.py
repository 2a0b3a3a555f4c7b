"""Uses of the module that README prints; guarded.py is a copy of it."""

import asyncio
from typing import List, Type

from tests.typing.guarded import BaseExceptionGroup, ExceptionGroup, TaskGroup, timeout


async def fetch() -> int:
    return 1


async def fetch_in_time() -> List[int]:
    try:
        async with timeout(1):
            async with TaskGroup() as tg:
                task: asyncio.Task[int] = tg.create_task(fetch())
                tg.cancel()
    except ExceptionGroup as group:
        raise group.exceptions[0]
    return [task.result()]


base: Type[BaseException] = BaseExceptionGroup
errors: "ExceptionGroup[ValueError]" = ExceptionGroup("two", [ValueError()])
number: int = fetch_in_time()  # error
