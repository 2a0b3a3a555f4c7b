"""Cancellation on 3.11 and 3.12, whose Task counts requests but keeps an undelivered one that is withdrawn."""

from __future__ import annotations

import sys
from asyncio import Task
from typing import Any

from .undelivered import Cancellation, clear

# For checkers with an older target, where a Task does not count.
assert sys.version_info >= (3, 11)


class Counted(Cancellation):
    """Requests to cancel the parent and withdraws them; has no state, so that one object serves all groups."""

    __slots__ = ()

    def request(self, parent: Task[Any]) -> None:
        parent.cancel()

    def withdraw(self, parent: Task[Any]) -> int:
        remaining = parent.uncancel()
        if remaining == 0:
            clear(parent)
        return remaining

    def count(self, parent: Task[Any]) -> int:
        return parent.cancelling()

    count_unscoped = count

    def redeliver(self, parent: Task[Any], of_scopes: bool = False) -> None:
        # cancel() of a task that has ended would silence "exception was never retrieved".
        if not parent.done() and parent.cancelling():
            parent.uncancel()
            parent.cancel()
