"""Counting the requests to cancel a task, and how a group or a timeout makes one and withdraws it, on each version.

- From 3.13 on the Task does everything.
- 3.11 and 3.12 count, but uncancel() leaves a cancellation that was not delivered (gh-116720): `shared` of counted.
- 3.8 to 3.10 do not count at all: enter() returns the record of the parent, of records.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import Task
    from typing import Any

shared: Any = None
enter: Any = None

if sys.version_info < (3, 11):
    from . import records as _records

    enter = _records.enter
elif sys.version_info < (3, 13):
    from .counted import Counted

    shared = Counted()

# Task attribute set while a cancellation is undelivered, which a group looks at; None where it need not. Tasks of
# foreign classes may lack it.
UNDELIVERED: Any = None if shared is None and enter is None else "_must_cancel"

# Whether a record counts the requests in the Task's place. A bool is cheaper to test than enter is, on every version.
RECORDS = enter is not None


def cancelling(task: Task[Any]) -> int:
    """Return the number of calls of `task.cancel()` that uncancel() has not withdrawn.

    `task` is the asyncio.Task. Returns an int, 0 if no cancellation is requested. Raises TypeError for anything else, a
    future for instance.

    The standard library has it as Task.cancelling() since Python 3.11. Before 3.11 a Task does not count:
    calls are counted while the task is inside a TaskGroup or a timeout, or after a method of a context manager has
    called this function for the task.

    >>> import asyncio
    >>> from taskgroup_compat import TaskGroup, cancelling, uncancel
    >>> async def main():
    ...     task = asyncio.current_task()
    ...     async with TaskGroup():
    ...         task.cancel()
    ...         print(cancelling(task))
    ...         uncancel(task)
    >>> asyncio.run(main())
    1
    """
    _check(task)
    if sys.version_info < (3, 11):
        return _records.cancelling(task)
    return task.cancelling()


def uncancel(task: Task[Any]) -> int:
    """Withdraw one request to cancel a task, and return how many remain.

    `task` is the asyncio.Task. Call this once for each `task.cancel()` of yours, after you have caught the
    CancelledError. Returns the number that cancelling() returns then, never less than 0. Raises TypeError for anything
    else, a future for instance.

    The standard library has it as Task.uncancel() since Python 3.11. Since 3.13 a cancellation that was requested but
    not delivered yet is dropped at 0 (gh-116720). Before 3.13 leaving a TaskGroup or an expired timeout drops it.

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
    _check(task)
    if sys.version_info < (3, 11):
        return _records.uncancel(task)
    return int(task.uncancel() if shared is None else shared.withdraw(task))


def _check(task: Any) -> None:
    if not hasattr(task, "get_coro"):
        raise TypeError(f"an asyncio.Task was expected, got {type(task).__name__}")
