"""Cancellation on 3.11 and 3.12, whose Task counts requests but keeps an undelivered one that nobody wants any more."""

from __future__ import annotations

import sys
from asyncio import AbstractEventLoop, Task

from ._scopes import EXITS, entered, scopes_of
from ._undelivered import can_pause, clear, pause, right_after_step, undelivered

# For checkers with an older target: asyncio has neither there.
assert sys.version_info >= (3, 11)

from asyncio import TaskGroup, Timeout  # noqa: E402

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def cancelling(task: Task[Any]) -> int:
    return task.cancelling()


def uncancel(task: Task[Any]) -> int:
    remaining = task.uncancel()
    if remaining == 0:
        clear(task)
    return remaining


def withdraw(task: Task[Any], _: None) -> int:
    return uncancel(task)


async def drop_unwanted(parent: Task[Any], _: None, loop: AbstractEventLoop, *, may_suspend: bool) -> None:
    """Clears a cancellation of the parent of a group that is not delivered and that nobody wants any more."""
    unwanted = undelivered(parent) and not parent.cancelling()
    if unwanted and may_suspend and can_pause(parent, loop) and await pause(loop):
        _deliver(parent)


async def settle(parent: Task[Any], _: None, loop: AbstractEventLoop, *, again: bool, may_suspend: bool) -> None:
    """Leaves the parent of a group with a cancellation to be delivered just if a request remains.

    again: whether one that has been delivered already is to be delivered again; where not, one waits to be delivered.
    """
    if not parent.cancelling():
        await drop_unwanted(parent, None, loop, may_suspend=may_suspend)
    else:
        by_scope: list[bool] = []
        if may_suspend and can_pause(parent, loop):
            later = await pause(loop, lambda: by_scope.append(_asked_by_scope(parent)))
            if by_scope == [True] and not later:
                # Left in this same step, the scope withdraws its request but cannot clear a cancellation, which would
                # be a stray.
                right_after_step(loop, _deliver, parent)
                return
        _deliver(parent)


def _deliver(task: Task[Any]) -> None:
    if task.cancelling():
        task.uncancel()
        task.cancel()


def _asked_by_scope(task: Task[Any]) -> bool:
    """Whether a suspended task is inside of a scope that has asked for its cancellation and will call uncancel()."""
    for held in entered(task):
        manager: object = getattr(held.method(), "__self__", None)
        # A group settles its own request, ours as well as the standard one.
        if not issubclass(type(manager), TaskGroup) and any(map(_has_asked, scopes_of(manager))):
            return True
    return False


def _has_asked(scope: object) -> bool:
    kind = type(scope)
    this: Any = scope
    if issubclass(kind, Timeout):
        return Timeout.expired(this)
    if hasattr(kind, "cancel_called"):
        return bool(this.cancel_called)
    # It does not tell: one that takes requests back may have asked.
    methods: list[Any] = [getattr(kind, name, None) for name in EXITS]
    return any("uncancel" in method.__code__.co_names for method in methods if hasattr(method, "__code__"))
