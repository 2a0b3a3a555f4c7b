"""What a timeout needs of the layer of cancellation, in the words of its coming interface."""

from __future__ import annotations

import sys
from asyncio import AbstractEventLoop, Task

from . import _cancellation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _Cancellation:
    def __init__(self, current: Any) -> None:
        self._current = current

    def request(self, task: Task[Any]) -> None:
        _cancellation.request(task, self._current)

    def withdraw(self, task: Task[Any]) -> int:
        return _cancellation.withdraw(task, self._current)

    if sys.version_info >= (3, 11):

        def count(self, task: Task[Any]) -> int:
            return task.cancelling()

        def leave(self, task: Task[Any]) -> None:
            pass

    else:

        def count(self, task: Task[Any]) -> int:
            count: int = self._current.plain + self._current.around(task)
            return count

        def leave(self, task: Task[Any]) -> None:
            _cancellation.unrecord(task, self._current)

    async def clear_stale_request(self, task: Task[Any], loop: AbstractEventLoop, *, may_suspend: bool) -> None:
        await _cancellation.drop_unwanted(task, self._current, loop, may_suspend=may_suspend)


if sys.version_info >= (3, 11):
    _shared = _Cancellation(None)

    def enter(task: Task[Any]) -> _Cancellation:
        return _shared

else:

    def enter(task: Task[Any]) -> _Cancellation:
        return _Cancellation(_cancellation.record(task))
