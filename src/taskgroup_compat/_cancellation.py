"""How often a task is being cancelled, and how a group asks for it and takes it back: the version's own way.

- From 3.13 on the Task does it all.
- 3.11 and 3.12 count, but uncancel() leaves a cancellation that was not delivered (gh-116720): _cancellation_py311.
- 3.8 to 3.10 do not count at all: _cancellation_py38.
"""

from __future__ import annotations

import sys
from asyncio import Task

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# The parent's Task does not count: a record does while it is inside of groups.
RECORDS = sys.version_info < (3, 11)
# uncancel() alone does not end a cancellation that was not delivered: settle() does.
SETTLES = sys.version_info < (3, 13)

# What a group has of its parent beside the Task: a Record where there are any, None else. Functions take both.

if sys.version_info >= (3, 13):

    def cancelling(task: Task[Any]) -> int:
        return task.cancelling()

    def uncancel(task: Task[Any]) -> int:
        return task.uncancel()

    def withdraw(task: Task[Any], _: None) -> int:
        return task.uncancel()

elif sys.version_info >= (3, 11):
    from ._cancellation_py311 import cancelling, drop_unwanted, settle, uncancel, withdraw
else:
    from ._cancellation_py38 import (
        body_cancelled,
        cancelling,
        drop_unwanted,
        record,
        request,
        settle,
        uncancel,
        unrecord,
        wait_begins,
        wait_cancelled,
        withdraw,
    )

if sys.version_info >= (3, 11):

    def request(task: Task[Any], _: None) -> None:
        task.cancel()

    def _only_with_records(*_: Any) -> None:
        raise AssertionError("RECORDS is false")

    body_cancelled = record = unrecord = wait_begins = wait_cancelled = _only_with_records

if sys.version_info >= (3, 13):

    async def _only_where_it_settles(*_: Any, **__: Any) -> None:
        raise AssertionError("SETTLES is false")

    drop_unwanted = settle = _only_where_it_settles

__all__ = [
    "RECORDS",
    "SETTLES",
    "body_cancelled",
    "cancelling",
    "drop_unwanted",
    "record",
    "request",
    "settle",
    "uncancel",
    "unrecord",
    "wait_begins",
    "wait_cancelled",
    "withdraw",
]

cancelling.__doc__ = """The number of requests to cancel a task that uncancel() has not taken back.

    task is the asyncio.Task. Returns an int, 0 if nobody wants the task to end. Raises nothing.

    The standard library has it as Task.cancelling() since Python 3.11. Before, a Task does not count: what can be known
    is what comes while the task is inside of a TaskGroup, or after a context manager has called this for it.

    >>> import asyncio
    >>> from taskgroup_compat import TaskGroup, cancelling
    >>> async def main():
    ...     async with TaskGroup() as group:
    ...         task = asyncio.current_task()
    ...         task.cancel()
    ...         print(cancelling(task))
    >>> try:
    ...     asyncio.run(main())
    ... except asyncio.CancelledError:
    ...     print("cancelled")
    1
    cancelled
    """
uncancel.__doc__ = """Takes back one request to cancel a task, and returns how many remain.

    task is the asyncio.Task. Whoever called its cancel() and has stopped the CancelledError calls this, once for each
    request. Returns what cancelling() then says; at 0 it stays there. Raises nothing.

    The standard library has it as Task.uncancel() since Python 3.11. At 0, a cancellation that was not delivered yet is
    dropped, since 3.13 (gh-116720); before, that can be had when the task leaves a TaskGroup, or where the Task is
    asyncio's pure Python one.

    >>> import asyncio
    >>> from taskgroup_compat import TaskGroup, uncancel
    >>> async def main():
    ...     task = asyncio.current_task()
    ...     async with TaskGroup() as group:
    ...         task.cancel()
    ...         try:
    ...             await asyncio.sleep(3600)
    ...         except asyncio.CancelledError:
    ...             print(uncancel(task))
    >>> asyncio.run(main())
    0
    """
