"""Cancellation on 3.11 and 3.12, whose Task counts requests but keeps an undelivered one that nobody wants any more."""

from __future__ import annotations

import sys

from .undelivered import can_await_while_leaving, can_pause, clear, is_undelivered, pause, right_after_step

# For checkers with an older target: asyncio has neither there.
assert sys.version_info >= (3, 11)

from asyncio import AbstractEventLoop, Task  # noqa: E402

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

    def note_body_cancelled(self, parent: Task[Any], error: BaseException) -> None:
        """The Task has counted the request."""

    def note_wait_start(self, parent: Task[Any]) -> None:
        """The Task will count every request."""

    def note_wait_cancelled(self, parent: Task[Any]) -> None:
        """The Task has counted the request."""

    async def clear_stale_request(
        self, parent: Task[Any], loop: AbstractEventLoop | None, leaving: BaseException | None
    ) -> None:
        """Clear an undelivered cancellation of the parent if no request remains.

        leaving is the exception that leaves the group or the timeout.
        """
        if not is_undelivered(parent) or parent.cancelling():
            return
        if can_await_while_leaving(leaving) and can_pause(parent, loop) and await pause(loop):
            _deliver(parent)

    async def deliver_remaining(
        self, parent: Task[Any], loop: AbstractEventLoop, after_errors: bool, leaving: BaseException | None
    ) -> None:
        """Cancel the parent again if a request remains; otherwise clear an undelivered cancellation."""
        if not parent.cancelling():
            await self.clear_stale_request(parent, loop, leaving)
        elif can_pause(parent, loop):
            # Set at once, the flag would stay if somebody withdraws the request in this step (gh-116720).
            right_after_step(loop, _deliver, parent)
        else:
            _deliver(parent)


def _deliver(task: Task[Any]) -> None:
    # cancel() of a task that has ended would silence "exception was never retrieved"
    if not task.done() and task.cancelling():
        task.uncancel()
        task.cancel()
