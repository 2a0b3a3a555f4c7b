"""Below 3.13: clears a cancellation that was not delivered, and acts right after a task's current step.

The only frames that it reads are those of its own callers.
"""

from __future__ import annotations

import sys
from asyncio import AbstractEventLoop, BaseEventLoop, CancelledError, Future, Handle, Task, tasks
from collections import deque
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE
from types import FrameType
from typing import TYPE_CHECKING, Any, Callable


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
                await _Pause(loop=loop)
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

    That place is the front of the queue of asyncio's call_soon(): every runner of such a loop takes callbacks from it.
    Loops for GUIs inherit the queue and have a call_soon() of their own. On these it costs one iteration.
    """
    ready: Any = getattr(loop, "_ready", None)
    own = (getattr(type(loop), name, None) is getattr(BaseEventLoop, name) for name in ("call_soon", "_call_soon"))
    if type(ready) is deque and all(own):
        ready.appendleft(Handle(callback, list(args), loop, context))  # pyright: ignore[reportUnknownMemberType]
    else:
        loop.call_soon(callback, *args, context=context)


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


class _Pause(Future):  # type: ignore[type-arg]  # 3.8 has no Future[None]
    """A future that clears an undelivered cancellation of the task that awaits it.

    Nothing outside of a C task can write its flag before 3.13 (gh-116720). But a task that begins to wait cancels the
    future if the flag is set, and clears the flag if cancel() returned True. A later request gets False, so that the
    task keeps it and delivers it itself.
    """

    def add_done_callback(self, wakeup: Callable[[Any], Any], *, context: Any = None) -> None:
        right_after_step(self.get_loop(), wakeup, self, context=context)

    def cancel(self, msg: Any = None) -> bool:
        if self.done():
            return False
        self.set_result(None)  # pyright: ignore[reportUnknownMemberType]
        return True


def _can_await_while_leaving(error: BaseException | None) -> bool:
    """Return whether the coroutine that an error leaves may await: not while close() throws GeneratorExit into it.

    Clean-up may have replaced the GeneratorExit by another error. aclose() of an asynchronous generator may await.
    """
    seen: set[int] = set()
    while error is not None and id(error) not in seen and not isinstance(error, GeneratorExit):
        seen.add(id(error))
        error = error.__context__
    if not isinstance(error, GeneratorExit):
        return True
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_flags & CO_COROUTINE:
        frame = frame.f_back
    return frame is not None and bool(frame.f_code.co_flags & CO_ASYNC_GENERATOR)
