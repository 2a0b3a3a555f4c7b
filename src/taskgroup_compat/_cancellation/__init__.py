"""Counting a task's cancellation requests, and how a group or a timeout makes one and withdraws it, on each version.

- From 3.13 on the Task does it all.
- 3.11 and 3.12 count, but uncancel() leaves a cancellation that was not delivered (gh-116720): counted.
- 3.8 to 3.10 do not count at all: records.

What a group or a timeout asks of its parent's cancellation is one object. From 3.13 on there is none. On 3.11 and 3.12
it is `shared`, as it keeps no state; on 3.8 to 3.10 enter() gives the parent's record: see counted and records.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import Task
    from typing import Any

if sys.version_info >= (3, 13):

    def cancelling(task: Task[Any]) -> int:
        try:
            count = task.cancelling
        except AttributeError:
            raise _no_task(task) from None
        return count()

    def uncancel(task: Task[Any]) -> int:
        try:
            withdraw = task.uncancel
        except AttributeError:
            raise _no_task(task) from None
        return withdraw()

    def _no_task(obj: object) -> TypeError:
        return TypeError(f"an asyncio.Task was expected, got {type(obj).__name__}")

    shared: Any = None
    enter: Any = None

elif sys.version_info >= (3, 11):
    from .counted import Counted, cancelling, uncancel

    shared: Any = Counted()
    enter: Any = None

else:
    from .records import cancelling, uncancel
    from .records import enter as _enter

    shared: Any = None
    enter: Any = _enter

# The attribute that says that a cancellation waits for the task's next step, where a group has to look; tasks of
# foreign classes may lack it.
UNDELIVERED: Any = None if shared is None and enter is None else "_must_cancel"

__all__ = ["UNDELIVERED", "cancelling", "enter", "shared", "uncancel"]

cancelling.__doc__ = """The number of requests to cancel a task that uncancel() has not taken back.

    task is the asyncio.Task. Returns an int, 0 if no cancellation is requested. Raises TypeError for anything else, a
    future for instance.

    The standard library has it as Task.cancelling() since Python 3.11. Before 3.11 a Task does not count:
    requests are counted while the task is inside a TaskGroup or a timeout, or once a context manager has called this
    function for it.

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
uncancel.__doc__ = """Withdraws one request to cancel a task, and returns how many remain.

    task is the asyncio.Task. Whoever called its cancel() and has stopped the CancelledError calls this, once for each
    request. Returns what cancelling() then says; at 0 it stays there. Raises TypeError for anything else.

    The standard library has it as Task.uncancel() since Python 3.11. Since 3.13 a cancellation that was requested but
    not raised yet is dropped at 0 (gh-116720). Before 3.13 only a TaskGroup or a timeout that is left can do that, or
    this function if the Task is asyncio's pure Python one.

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
