"""Cancellation on 3.11 and 3.12, whose Task counts requests but keeps an undelivered one that nobody wants any more."""

from asyncio import AbstractEventLoop, Task
from typing import Any, List

from ._scopes import asked_by_scope
from ._undelivered import can_pause, clear, pause, right_after_step


def cancelling(task: "Task[Any]") -> int:
    return task.cancelling()


def uncancel(task: "Task[Any]") -> int:
    remaining = task.uncancel()
    if remaining == 0:
        clear(task)
    return remaining


async def settle(parent: "Task[Any]", loop: AbstractEventLoop, *, own: bool, failing: bool, may_suspend: bool) -> int:
    """Withdraws the group's own request, and leaves the parent cancelled just if somebody else asked for it.

    Returns the number of requests that remain.
    """
    remaining = uncancel(parent) if own else parent.cancelling()
    if not failing and not parent._must_cancel:
        return remaining
    may_suspend = may_suspend and can_pause(parent, loop)
    if remaining == 0:
        if parent._must_cancel and may_suspend and await pause(loop):
            _deliver(parent)
        return parent.cancelling()
    by_scope: List[bool] = []
    if may_suspend and await pause(loop, lambda: by_scope.append(asked_by_scope(parent))):
        _deliver(parent)
    elif by_scope == [True]:
        # Left in this same step, the scope withdraws its request but cannot clear a cancellation: it would be a stray.
        right_after_step(loop, _deliver, parent)
    else:
        _deliver(parent)
    return remaining


def _deliver(task: "Task[Any]") -> None:
    if task.cancelling():
        task.uncancel()
        task.cancel()
