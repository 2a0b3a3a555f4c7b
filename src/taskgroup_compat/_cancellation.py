"""How often a task is being cancelled, and how a group asks for it and takes it back: the version's own way.

- From 3.13 on the Task does it all.
- 3.11 and 3.12 count, but uncancel() leaves a cancellation that was not delivered (gh-116720): _cancellation_py311.
- 3.8 to 3.10 do not count at all: _cancellation_py38.
"""

import sys
from asyncio import AbstractEventLoop, Task
from typing import Any

# The parent's Task does not count: record() and unrecord() stand around each group.
RECORDS = sys.version_info < (3, 11)
# uncancel() alone does not settle a request: settle() does.
SETTLES = sys.version_info < (3, 13)

if sys.version_info >= (3, 13):

    def cancelling(task: "Task[Any]") -> int:
        return task.cancelling()

    def uncancel(task: "Task[Any]") -> int:
        return task.uncancel()

    withdraw = uncancel

elif sys.version_info >= (3, 11):
    from ._cancellation_py311 import cancelling, settle, uncancel, withdraw
else:
    from ._cancellation_py38 import aborts, cancelling, record, request, settle, uncancel, unrecord, withdraw

if sys.version_info >= (3, 11):

    def request(task: "Task[Any]") -> None:
        task.cancel()

    def record(task: "Task[Any]") -> None:
        raise AssertionError

    aborts = unrecord = record

if sys.version_info >= (3, 13):

    async def settle(parent: "Task[Any]", loop: AbstractEventLoop, *, again: bool, may_suspend: bool) -> None:
        raise AssertionError
