"""Cancellation on 3.11 and 3.12, whose Task counts requests but keeps an undelivered one that nobody wants any more."""

from __future__ import annotations

import sys

from .scopes import is_scope, parts
from .undelivered import can_pause, clear, is_undelivered, pause, right_after_step
from .withdrawal import calls_uncancel, may_be_withdrawn, names_of_methods

# For checkers with an older target: asyncio has neither there.
assert sys.version_info >= (3, 11)

from asyncio import AbstractEventLoop, Task, TaskGroup, Timeout  # noqa: E402

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _check(task: Any) -> None:
    if not hasattr(task, "uncancel"):
        raise TypeError(f"an asyncio.Task was expected, got {type(task).__name__}")


def cancelling(task: Task[Any]) -> int:
    _check(task)
    return task.cancelling()


def uncancel(task: Task[Any]) -> int:
    _check(task)
    remaining = task.uncancel()
    if remaining == 0:
        clear(task)
    return remaining


class Counted:
    """What a group or a timeout needs of its parent's cancellation; keeps no state, so that one serves all."""

    __slots__ = ()

    def request(self, parent: Task[Any]) -> None:
        """Cancels the parent; whoever calls this calls withdraw() later."""
        parent.cancel()

    def withdraw(self, parent: Task[Any]) -> int:
        """Takes one request back; returns how many remain."""
        return uncancel(parent)

    def count(self, parent: Task[Any]) -> int:
        return parent.cancelling()

    def leave(self, parent: Task[Any]) -> None:
        """Nothing was begun."""

    def body_cancelled(self, parent: Task[Any], error: BaseException) -> None:
        """The Task has counted the request."""

    def wait_begins(self, parent: Task[Any]) -> None:
        """The Task will count every request."""

    def wait_cancelled(self, parent: Task[Any]) -> None:
        """The Task has counted the request."""

    async def clear_stale_request(self, parent: Task[Any], loop: AbstractEventLoop, may_suspend: bool) -> None:
        """Clears a cancellation of the parent that is not delivered and that nobody wants any more."""
        unwanted = is_undelivered(parent) and not parent.cancelling()
        if unwanted and may_suspend and can_pause(parent, loop) and await pause(loop):
            _deliver(parent)

    async def deliver_what_remains(
        self, parent: Task[Any], loop: AbstractEventLoop, after_errors: bool, may_suspend: bool
    ) -> None:
        """Leaves the parent with a cancellation to be delivered just if a request remains."""
        if not parent.cancelling():
            await self.clear_stale_request(parent, loop, may_suspend)
        elif can_pause(parent, loop) and (not may_suspend or await may_be_withdrawn(parent, loop, _withdraws)):
            right_after_step(loop, _deliver, parent)
        else:
            _deliver(parent)


def _deliver(task: Task[Any]) -> None:
    # cancel() of a task that has ended would silence "exception was never retrieved"
    if not task.done() and task.cancelling():
        task.uncancel()
        task.cancel()


def _withdraws(obj: object, task: Task[Any]) -> bool:
    """Whether this is a scope whose request the task's count may have, or what calls uncancel() by itself."""
    kind: Any = type(obj)
    scope: Any = obj
    if not is_scope(obj):
        return calls_uncancel(obj, task)
    if issubclass(kind, Timeout):
        return scope._task is task and scope._state.value == "expiring"
    if issubclass(kind, TaskGroup):
        return scope._parent_task is task and scope._parent_cancel_requested
    if hasattr(kind, "cancel_called"):
        return bool(scope.cancel_called) and getattr(scope, "_host_task", task) is task
    # It does not tell: one that takes requests back may have asked, and so may one that has the task and calls a
    # cancel(). Of a compiled one not even that is known.
    names = names_of_methods(kind)
    return "uncancel" in names or ((not names or "cancel" in names) and any(each is task for each in parts(obj)))
