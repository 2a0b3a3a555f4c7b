"""Cancellation on 3.11 and 3.12, whose Task counts requests but keeps an undelivered one that is withdrawn."""

from __future__ import annotations

import sys

from .undelivered import clear, clear_by_waiting, is_current, is_undelivered, right_after_step

# For checkers with an older target, where a Task does not count.
assert sys.version_info >= (3, 11)

from asyncio import AbstractEventLoop, Task  # noqa: E402

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


class Counted:
    """Requests to cancel the parent and withdraws them; has no state, so that one object serves all groups."""

    __slots__ = ()

    def request(self, parent: Task[Any]) -> None:
        """Cancel the parent; the caller calls withdraw() later."""
        parent.cancel()

    def withdraw(self, parent: Task[Any]) -> int:
        """Withdraw one request; return how many remain."""
        return uncancel(parent)

    def count(self, parent: Task[Any]) -> int:
        return parent.cancelling()

    def leave(self, parent: Task[Any]) -> None:
        """Nothing to end: the Task has no record."""

    def note_body_cancelled(self, parent: Task[Any], error: BaseException) -> None:
        """Nothing to note: the Task has counted the request."""

    note_wait_start = note_wait_cancelled = leave

    async def clear_stale_request(
        self, parent: Task[Any], loop: AbstractEventLoop | None, leaving: BaseException | None
    ) -> None:
        """Clear an undelivered cancellation of the parent if no request remains.

        leaving is the exception that leaves the group or the timeout.
        """
        if is_undelivered(parent) and not parent.cancelling() and await clear_by_waiting(parent, loop, leaving):
            _redeliver(parent)

    async def deliver_remaining(
        self, parent: Task[Any], loop: AbstractEventLoop, after_errors: bool, leaving: BaseException | None
    ) -> None:
        """Cancel the parent again if a request remains; otherwise clear an undelivered cancellation."""
        if not parent.cancelling():
            await self.clear_stale_request(parent, loop, leaving)
        elif is_current(parent, loop):
            # Set at once, the flag would stay if somebody withdraws the request in this step (gh-116720).
            right_after_step(loop, _redeliver, parent)
        else:
            _redeliver(parent)


def _redeliver(task: Task[Any]) -> None:
    """Cancel the task again for a request that has been counted."""
    # cancel() of a task that has ended would silence "exception was never retrieved".
    if not task.done() and task.cancelling():
        task.uncancel()
        task.cancel()
