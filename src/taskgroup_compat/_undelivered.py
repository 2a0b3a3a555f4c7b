"""Below 3.13: to run something right after a task's current step, and to clear a cancellation not yet delivered."""

from __future__ import annotations

from asyncio import AbstractEventLoop, CancelledError, Handle, Task, current_task
from collections import deque
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any, Callable, Generator


def right_after_step(loop: AbstractEventLoop, callback: Callable[..., Any], *args: Any, context: Any = None) -> None:
    """Schedules callback(*args) to run before everything else that is ready.

    The front of the ready queue of asyncio's loops; other loops offer no such place, and there it costs an iteration.
    """
    ready: Any = getattr(loop, "_ready", None)
    if type(ready) is deque:
        ready.appendleft(Handle(callback, list(args), loop, context))  # pyright: ignore[reportUnknownMemberType]
    else:
        loop.call_soon(callback, *args, context=context)


class _Pause:
    """What a task waits for to have its undelivered cancellation cleared.

    Task.uncancel() clears the flag from 3.13 on (gh-116720); nothing outside of a C task can write it before. But a
    task that starts to wait hands a cancellation not yet delivered to what it waits for, and clears the flag when that
    takes it. A request that comes later is refused, so the task keeps it and delivers it itself.
    """

    _asyncio_future_blocking = True

    def __init__(self, loop: AbstractEventLoop, suspended: Callable[[], None] | None) -> None:
        self._loop = loop
        self._suspended = suspended
        self._takes = True

    def __await__(self) -> Generator[_Pause, None, None]:
        yield self

    def get_loop(self) -> AbstractEventLoop:
        return self._loop

    def add_done_callback(self, wakeup: Callable[[Any], Any], *, context: Any = None) -> None:
        right_after_step(self._loop, wakeup, self, context=context)
        if self._suspended is not None:
            self._suspended()

    def cancel(self, msg: Any = None) -> bool:
        takes, self._takes = self._takes, False
        return takes

    def result(self) -> None:
        return None


def undelivered(task: Any) -> bool:
    """Whether a cancellation waits for the task's next step."""
    return bool(task._must_cancel)


def clear(task: Any) -> bool:
    """Clears an undelivered cancellation if the task lets it be written, as asyncio's pure Python Task does."""
    try:
        task._must_cancel = False
    except AttributeError:
        return False
    return True


def can_pause(task: Task[Any], loop: AbstractEventLoop) -> bool:
    return current_task(loop) is task


def in_async_generator(frame: FrameType | None) -> bool:
    """Whether coroutines from a frame outwards run for an asynchronous generator, whose aclose() may wait."""
    while frame is not None and frame.f_code.co_flags & CO_COROUTINE:
        frame = frame.f_back
    return frame is not None and bool(frame.f_code.co_flags & CO_ASYNC_GENERATOR)


async def pause(loop: AbstractEventLoop, suspended: Callable[[], None] | None = None) -> bool:
    """Clears an undelivered cancellation of the current task, and calls suspended() while the task can be looked at.

    Returns whether the task was cancelled meanwhile, which can only be where it costs an iteration.
    """
    try:
        await _Pause(loop, suspended)
    except CancelledError:
        return True
    return False
