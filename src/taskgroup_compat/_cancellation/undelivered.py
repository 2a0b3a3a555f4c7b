"""Below 3.13: clears a cancellation that was not delivered, and acts right after a task's current step.

The only frames that it reads are those of its own callers.
"""

from __future__ import annotations

import sys
from asyncio import AbstractEventLoop, CancelledError, Handle, Task, base_events, tasks
from collections import deque
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE
from types import FrameType
from typing import TYPE_CHECKING, Any, Callable, Generator, Sequence


class Cancellation:
    """Clears or delivers requests to cancel a parent; leaving is the exception that leaves the group or the timeout."""

    __slots__ = ()

    if TYPE_CHECKING:
        # The number of requests that remain, and of those among them that only uncancel() ends.
        def count(self, parent: Task[Any]) -> int: ...
        def count_unscoped(self, parent: Task[Any]) -> int: ...
        # Cancel the parent again for requests that have been counted; of_scopes if only scopes have requested it.
        def redeliver(self, parent: Task[Any], of_scopes: bool = False) -> None: ...

    async def clear_stale_request(
        self, parent: Task[Any], loop: AbstractEventLoop | None, leaving: BaseException | None
    ) -> None:
        """Clear an undelivered cancellation of the parent if no request remains."""
        if is_undelivered(parent) and not self.count(parent):
            await self._clear(parent, loop, leaving)

    async def _clear(self, parent: Task[Any], loop: AbstractEventLoop | None, leaving: BaseException | None) -> None:
        # The parent may be cancelled meanwhile, but only where the wait costs an iteration.
        if not clear(parent) and is_current(parent, loop) and _can_await_while_leaving(leaving):
            try:
                await _Pause(loop)  # type: ignore[arg-type]
            except CancelledError:
                self.redeliver(parent)

    async def deliver_remaining(self, parent: Any, loop: AbstractEventLoop, leaving: BaseException | None) -> None:
        """Cancel the parent again if a request remains; otherwise clear an undelivered cancellation."""
        if is_undelivered(parent):
            if self.count_unscoped(parent):
                return  # The Task itself delivers it.
            await self._clear(parent, loop, leaving)
        if not self.count(parent):
            return
        of_scopes = not self.count_unscoped(parent)
        if is_current(parent, loop):
            # Set at once, the flag would stay if somebody withdraws the request in this step (gh-116720).
            right_after_step(loop, self.redeliver, parent, of_scopes)
        else:
            self.redeliver(parent, of_scopes)


def right_after_step(loop: AbstractEventLoop, callback: Callable[..., Any], *args: Any, context: Any = None) -> None:
    """Schedule callback(*args) before everything else that is ready, where the loop is known to allow it.

    That place is the front of the ready queue of asyncio's loops. Elsewhere call_soon() costs one iteration.
    """
    ready: Any = getattr(loop, "_ready", None)
    if type(ready) is deque and _is_run_by_asyncio(loop):
        ready.appendleft(Handle(callback, list(args), loop, context))  # pyright: ignore[reportUnknownMemberType]
    else:
        loop.call_soon(callback, *args, context=context)


def _is_run_by_asyncio(loop: AbstractEventLoop) -> bool:
    """Return whether asyncio's own _run_once() runs this loop at this moment.

    Loops for GUIs inherit that method and its queue, and run neither: only the stack says what is used.
    """
    frame = sys._getframe(1)
    while frame.f_code.co_name != "_run_once" or frame.f_globals is not base_events.__dict__:
        if frame.f_back is None:
            # gh-73776: on 3.9 a coroutine that an exception was thrown into has no caller. A loop for a GUI runs in a
            # run_forever() of its own.
            is_cut = frame.f_code.co_flags & CO_COROUTINE
            return bool(is_cut) and type(loop).run_forever.__module__.startswith("asyncio.")
        frame = frame.f_back
    return first_argument(frame) is loop


_REFERENCE_COUNTS = sys.implementation.name == "cpython"


def read_locals(frame: FrameType, names: Sequence[str]) -> list[Any]:
    """Return the values of some locals of a frame that runs a function.

    f_locals copies all locals into a dict that the frame then keeps; an exception in it would be in a cycle with the
    frame. So they are removed again, unless a caller of locals() holds the dict. Names that exec() has added stay.
    """
    values = frame.f_locals
    found = [values.get(name) for name in names]
    if _REFERENCE_COUNTS and sys.getrefcount(values) <= 3:
        code = frame.f_code
        for name in (*code.co_varnames, *code.co_cellvars, *code.co_freevars):
            values.pop(name, None)
    return found


def first_argument(frame: FrameType) -> Any:
    return read_locals(frame, frame.f_code.co_varnames[:1])[0]


def is_undelivered(task: Any) -> bool:
    """Return whether a cancellation waits for the task's next step; False for tasks of foreign classes."""
    return getattr(task, "_must_cancel", False) is True


def clear(task: Any) -> bool:
    """Clear an undelivered cancellation if the task lets its flag be written, as asyncio's pure Python Task does."""
    if is_undelivered(task):
        try:
            task._must_cancel = False
            return True
        except AttributeError:
            pass
    return False


def is_current(task: Task[Any], loop: AbstractEventLoop | None) -> bool:
    """Return whether the task itself runs: another one may leave its group, or close() without a loop."""
    return loop is not None and tasks.current_task(loop) is task


class _Pause:
    """An awaitable that clears an undelivered cancellation of the task that awaits it.

    Nothing outside of a C task can write its flag before 3.13 (gh-116720). But a task that begins to wait cancels the
    future if the flag is set, and clears the flag if cancel() returned True. A later request gets False, so that the
    task keeps it and delivers it itself.
    """

    _asyncio_future_blocking = True

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        self._accepts = True

    def __await__(self) -> Generator[_Pause, None, None]:
        yield self

    def get_loop(self) -> AbstractEventLoop:
        return self._loop

    def add_done_callback(self, wakeup: Callable[[Any], Any], *, context: Any = None) -> None:
        right_after_step(self._loop, wakeup, self, context=context)

    def cancel(self, msg: Any = None) -> bool:
        accepts, self._accepts = self._accepts, False
        return accepts

    def result(self) -> None:
        """Return None, the result of every pause."""


def _can_await_while_leaving(error: BaseException | None) -> bool:
    """Return whether the coroutine that an error leaves may await: not while close() throws GeneratorExit into it.

    Clean-up may have replaced the GeneratorExit by another error. aclose() of an asynchronous generator may await.
    """
    seen: set[int] = set()
    while error is not None and id(error) not in seen and not isinstance(error, GeneratorExit):
        seen.add(id(error))
        error = error.__context__
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_flags & CO_COROUTINE:
        frame = frame.f_back
    return not isinstance(error, GeneratorExit) or (
        frame is not None and bool(frame.f_code.co_flags & CO_ASYNC_GENERATOR)
    )
