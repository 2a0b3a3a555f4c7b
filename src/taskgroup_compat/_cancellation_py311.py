"""Cancellation on 3.11 and 3.12, whose Task counts requests but keeps an undelivered one that nobody wants any more."""

from asyncio import AbstractEventLoop, Task
from typing import Any, List

from ._scopes import asked_by_scope
from ._undelivered import can_pause, clear, pause, right_after_step, undelivered


def cancelling(task: "Task[Any]") -> int:
    return task.cancelling()


def uncancel(task: "Task[Any]") -> int:
    remaining = task.uncancel()
    if remaining == 0:
        clear(task)
    return remaining


withdraw = uncancel


async def settle(parent: "Task[Any]", loop: AbstractEventLoop, *, again: bool, may_suspend: bool) -> None:
    """Leaves the parent of a group with a cancellation to be delivered just if a request remains.

    again: whether one that has been delivered already is to be delivered again.
    """
    may_suspend = may_suspend and can_pause(parent, loop)
    if not parent.cancelling():
        if undelivered(parent) and may_suspend and await pause(loop):
            _deliver(parent)
    elif again or undelivered(parent):
        by_scope: List[bool] = []
        if may_suspend and not await pause(loop, lambda: by_scope.append(asked_by_scope(parent))) and by_scope[0]:
            # Left in this same step, the scope withdraws its request but cannot clear a cancellation: it would be a stray.
            right_after_step(loop, _deliver, parent)
        else:
            _deliver(parent)


def _deliver(task: "Task[Any]") -> None:
    if task.cancelling():
        task.uncancel()
        task.cancel()
