"""Below 3.13: clearing a cancellation that was not delivered, and acting right after a task's current step."""

from __future__ import annotations

import sys
from asyncio import AbstractEventLoop, CancelledError, Handle, Task, base_events, tasks
from collections import deque
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any, Callable, Generator, Sequence


def right_after_step(loop: AbstractEventLoop, callback: Callable[..., Any], *args: Any, context: Any = None) -> None:
    """Schedules callback(*args) before everything else that is ready, where the loop is known to allow it.

    That place is the front of the ready queue of asyncio's loops. Elsewhere call_soon() costs one iteration.
    """
    ready: Any = getattr(loop, "_ready", None)
    if type(ready) is deque and _runs_as_asyncio_does(loop):
        ready.appendleft(Handle(callback, list(args), loop, context))  # pyright: ignore[reportUnknownMemberType]
    else:
        loop.call_soon(callback, *args, context=context)


def _runs_as_asyncio_does(loop: AbstractEventLoop) -> bool:
    """Whether asyncio's own _run_once() is what runs this loop at this moment.

    Loops for GUIs inherit that method and its queue, and run neither: only the stack says what is used.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_name == "_run_once" and frame.f_globals is base_events.__dict__:
            return first_argument(frame) is loop
        frame = frame.f_back
    return False


_REFERENCE_COUNTS = sys.implementation.name == "cpython"


def read_locals(frame: FrameType, names: Sequence[str]) -> list[Any]:
    """The values of some locals of a frame that runs a function.

    f_locals makes a copy of all locals that the frame then keeps, an exception among them would be in a cycle with it:
    the copy is emptied again, unless somebody has it from locals().
    """
    values = frame.f_locals
    found = [values.get(name) for name in names]
    if _REFERENCE_COUNTS and sys.getrefcount(values) <= 3:
        values.clear()
    return found


def first_argument(frame: FrameType) -> Any:
    return read_locals(frame, frame.f_code.co_varnames[:1])[0]


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
        """Nothing."""


def is_undelivered(task: Any) -> bool:
    """Whether a cancellation waits for the task's next step. Tasks of foreign classes do not tell: False."""
    return getattr(task, "_must_cancel", False) is True


def can_clear(task: Any) -> bool:
    """Whether the task lets its flag be written, as asyncio's pure Python Task does."""
    try:
        task._must_cancel = task._must_cancel
    except AttributeError:
        return False
    return True


def clear(task: Any) -> bool:
    """Clears an undelivered cancellation if there is one and the task lets it; returns whether it did."""
    if not is_undelivered(task) or not can_clear(task):
        return False
    task._must_cancel = False
    return True


def can_pause(task: Task[Any], loop: AbstractEventLoop | None) -> bool:
    """Return whether the task itself would wait: another task may leave the group, or close() without a loop."""
    return loop is not None and tasks.current_task(loop) is task


def can_await_while_leaving(error: BaseException | None) -> bool:
    """Return whether the calling coroutine, which an error leaves, may await.

    It may not while close() throws GeneratorExit into it, also if clean-up has replaced the GeneratorExit by another
    error. aclose() of an asynchronous generator may await.
    """
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, GeneratorExit):
            return _in_async_generator(sys._getframe(1))
        seen.add(id(error))
        error = error.__context__
    return True


def _in_async_generator(frame: FrameType | None) -> bool:
    """Whether coroutines from a frame outwards run for an asynchronous generator."""
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
