"""The group itself: which children it has, when it cancels them and its parent task, and what it raises."""

from __future__ import annotations

import sys
from asyncio import CancelledError, Future, Task, events, tasks

from ._cancellation import UNDELIVERED, enter, shared
from ._children import LATE_NAMING, TRACED, close_unstarted, spawn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextvars import Context
    from types import TracebackType
    from typing import Any, Coroutine, Generator, TypeVar

    _T = TypeVar("_T")
    _Group = TypeVar("_Group", bound="TaskGroup")

if sys.version_info < (3, 11):
    from exceptiongroup import BaseExceptionGroup

    _Base = object
else:
    from asyncio import TaskGroup as _Base

# gh-88760: until then contextlib.AsyncExitStack makes a cycle of the contexts of an exception that is raised again, on
# which the interpreter turns for ever. There __aexit__ returns False, so that the interpreter re-raises.
_RAISES_AGAIN = sys.version_info >= (3, 9, 8) and sys.version_info[:3] != (3, 10, 0)

# gh-91048: the call graph knows who awaits the children.
if sys.version_info >= (3, 14):
    from asyncio import futures

    _call_graph: Any = futures
else:
    _call_graph: Any = None


def _is_base_error(error: BaseException | None) -> bool:
    return isinstance(error, (SystemExit, KeyboardInterrupt))


def choose_leaving(
    body: BaseException | None,
    cancelled: BaseException | None,
    later: BaseException | None,
    errors: list[BaseException],
    remaining: int | None,
) -> BaseException | None:
    """The exception that leaves a group by itself. Where it is None, the errors leave in a group, if there are any.

    body is what the body raised; cancelled the CancelledError that the body or the wait for the children ended with,
    and later the last one of the wait; errors those of the children, to which the body's is added if it is one more;
    remaining how many requests to cancel the parent remain, None if the group has made none.
    """
    if remaining == 0:
        cancelled = None
    elif remaining is not None and later is not None and (cancelled is None or (later.args and not cancelled.args)):
        # gh-155433: what remains is somebody else's. Of two, the group's own has no message, and a scope around the
        # group may know its own by the message.
        cancelled = later
    if cancelled is not None and not errors:
        return cancelled
    if body is not None and not isinstance(body, CancelledError):
        errors.append(body)
        # gh-135736: aclose() of an asynchronous generator has to see its GeneratorExit.
        if len(errors) == 1 and isinstance(body, GeneratorExit):
            return body
    return None


class TaskGroup(_Base):
    """A group of tasks that ends when all of them have ended.

    An asynchronous context manager. Leaving the block waits for every child. When a child or the body fails with
    anything but CancelledError, the other children and the body are cancelled, and once all have ended, an
    ExceptionGroup with every error is raised (a BaseExceptionGroup where one of the errors needs that). A
    KeyboardInterrupt or a SystemExit of a child or of the body is raised as it is. A cancellation of the task that is
    inside the block cancels the children, and propagates when they have ended.

    The group takes no arguments. It can be entered only once, and only inside a task; otherwise entering raises
    RuntimeError.

    The standard library has asyncio.TaskGroup since Python 3.11; this one has the behaviour of 3.15 on every version,
    and from 3.15 on it is asyncio.TaskGroup.

    >>> import asyncio
    >>> from taskgroup_compat import TaskGroup
    >>> async def double(number):
    ...     await asyncio.sleep(0)
    ...     return 2 * number
    >>> async def main():
    ...     async with TaskGroup() as group:
    ...         tasks = [group.create_task(double(number)) for number in range(3)]
    ...     print([task.result() for task in tasks])
    >>> asyncio.run(main())
    [0, 2, 4]
    """

    # What takes part in the parent's cancellation: None from 3.13 on, where the Task needs no help.
    _cancellation: Any = shared
    _base_error: BaseException | None = None

    if enter is not None:
        # There a default in the class costs less than an attribute of each group; from 3.11 on the interpreter reads
        # an attribute quicker if the class has none of that name.
        _entered = False
        _exiting = False
        _aborting = False
        _on_completed_fut: Future[bool] | None = None
        _cancel_on_enter = False
        _parent_cancel_requested = False
        _loop: Any = None
        _parent_task: Any = None

    def __init__(self) -> None:
        self._tasks: set[Task[Any]] = set()
        self._errors: Any = []
        if enter is None:
            self._entered = False
            self._exiting = False
            self._aborting = False
            self._on_completed_fut: Future[bool] | None = None
            self._cancel_on_enter = False
            self._parent_cancel_requested = False
            # An event loop and a task, but for None before entering and after leaving.
            self._loop: Any = None
            self._parent_task: Any = None

    def __repr__(self) -> str:
        words = ["TaskGroup"]
        words += [f"{name}={len(all)}" for name, all in (("tasks", self._tasks), ("errors", self._errors)) if all]
        words += ["cancelling"] if self._aborting else ["entered"] if self._entered else []
        return f"<{' '.join(words)}>"

    async def __aenter__(self: _Group) -> _Group:
        if self._entered:
            raise RuntimeError(f"TaskGroup {self!r} has already been entered")
        # looked up in asyncio's modules, where bridges and tracers put their own
        self._loop = loop = events.get_running_loop()
        parent = tasks.current_task(loop)
        if parent is None:
            raise RuntimeError(f"TaskGroup {self!r} cannot determine the parent task")
        self._parent_task = parent
        self._entered = True
        if enter:
            self._cancellation = enter(parent)
        if self._cancel_on_enter:
            self.cancel()
        return self

    async def __aexit__(
        self, et: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> Any:
        self._exiting = True
        parent: Any = self._parent_task
        if (
            exc is None
            and not (self._tasks or self._errors or self._parent_cancel_requested)
            and not (UNDELIVERED and getattr(parent, UNDELIVERED, False))
        ):
            # Nothing happened; or there is no parent, as it was never entered or is left once more.
            self._parent_task = None
            if enter and parent is not None:
                self._cancellation.leave(parent)
            return True
        if parent is None:
            raise RuntimeError(f"TaskGroup {self!r} is not entered")

        cancellation = self._cancellation
        cancelled: BaseException | None = None
        later: BaseException | None = None
        leaving: BaseException | None = None
        waiter: Any = None
        remaining: int | None = None
        errors = self._errors
        try:
            if exc is not None:
                if isinstance(exc, CancelledError):
                    cancelled = exc
                    if cancellation is not None:
                        cancellation.note_body_cancelled(parent, exc)
                elif self._base_error is None and _is_base_error(exc):
                    self._base_error = exc
                if not self._aborting:
                    self._cancel_children()

            # Wait. A cancellation of the parent ends a wait, but the children still have to end.
            if cancellation is not None and self._tasks and getattr(parent, UNDELIVERED, False):
                await cancellation.clear_stale_request(parent, self._loop, exc)
            while self._tasks:
                waiter = self._on_completed_fut = self._loop.create_future()
                if cancellation is not None:
                    cancellation.note_wait_start(parent)
                try:
                    await waiter
                except CancelledError as error:
                    later = error
                    if cancellation is not None:
                        cancellation.note_wait_cancelled(parent)
                    if not self._aborting:
                        cancelled = error
                        self._cancel_children()
                self._on_completed_fut = None

            leaving = self._base_error
            if leaving is None:
                # Take back what the group has asked for, and see what leaves.
                if self._parent_cancel_requested:
                    remaining = parent.uncancel() if cancellation is None else cancellation.withdraw(parent)
                leaving = choose_leaving(exc, cancelled, later, errors, remaining)

                # A parent that others cancel as well stays cancelled, and its count does not change (gh-116720).
                if cancellation is None:
                    if errors and parent.cancelling():
                        parent.uncancel()
                        parent.cancel()
                elif errors or getattr(parent, UNDELIVERED, False):
                    await cancellation.deliver_remaining(parent, self._loop, bool(errors), exc)

            if leaving is not None:
                if leaving is exc and not _RAISES_AGAIN:
                    return False
                raise leaving
            if errors:
                raise BaseExceptionGroup("unhandled errors in a TaskGroup", errors) from None
            return True
        finally:
            if cancellation is not None:
                cancellation.leave(parent)
                self._cancellation = None
            # An exception's traceback holds this frame, the frame its locals, the group its parent: gh-98543,
            # gh-124958.
            self._parent_task = self._errors = None
            self._base_error = None
            del parent, cancellation, waiter, cancelled, later, leaving, errors, exc, tb

    if TYPE_CHECKING:
        # From 3.11 on checkers see what asyncio.TaskGroup has.
        if sys.version_info < (3, 11):

            def create_task(
                self,
                coro: Generator[Any, None, _T] | Coroutine[Any, Any, _T],
                *,
                name: str | None = None,
                context: Context | None = None,
            ) -> Task[_T]: ...

    else:

        def create_task(self, coro, **kwargs):
            """Starts a child of the group and returns its task.

            coro is the coroutine. The keywords are those that the running loop's create_task() takes: name; context,
            the contextvars.Context that the child runs in; eager_start from Python 3.14 on. The task is made by the
            loop, with its task factory, and the group keeps it until it has ended.

            Raises RuntimeError in a group that is not entered, is shutting down or has ended, and whatever the loop
            raises, such as TypeError for an unknown keyword. A coroutine that is refused is closed.

            asyncio.TaskGroup has it since Python 3.11, with all keywords since 3.14.

            >>> import asyncio
            >>> from taskgroup_compat import TaskGroup
            >>> async def who():
            ...     return asyncio.current_task().get_name()
            >>> async def main():
            ...     async with TaskGroup() as group:
            ...         task = group.create_task(who(), name="child")
            ...     print(task.result())
            >>> asyncio.run(main())
            child
            """
            if not self._entered or self._aborting or (self._exiting and not self._tasks):
                coro.close()
                raise RuntimeError(f"TaskGroup {self!r} {self._why_closed()}")
            loop = self._loop
            traced = TRACED is not None and _Base.create_task is not TRACED
            try:
                if traced:
                    # Somebody has put his own there, around asyncio's, which then does the rest but for the last.
                    task = _Base.create_task(self, coro, **kwargs)
                elif kwargs or (
                    LATE_NAMING is not None
                    and type(loop).create_task is LATE_NAMING
                    and loop.get_task_factory() is not None
                ):
                    task = spawn(loop, coro, kwargs)
                else:
                    task = loop.create_task(coro)
            except BaseException:
                close_unstarted(coro)
                raise
            if not traced:
                if _call_graph is not None:
                    _call_graph.future_add_to_awaited_by(task, self._parent_task)
                # Also for a task that is done: gh-128550, gh-128588
                self._tasks.add(task)
                task.add_done_callback(self._on_task_done)
            # gh-155418: an eager child may have cancelled the group before it was one of its tasks.
            if self._aborting and not task.done():
                task.cancel()
            try:
                return task
            finally:
                # gh-128552: the traceback of the task's exception may hold this frame.
                del task

    def _why_closed(self) -> str:
        if not self._entered:
            return "has not been entered"
        return "is shutting down" if self._tasks or not self._exiting else "is finished"

    def cancel(self) -> None:
        """Cancels the children, and the body if it has not ended. Leaving the block then raises no CancelledError.

        Before the group is entered, it cancels the group on entering. In a group that is being cancelled or has ended,
        it does nothing. Errors of children and of the body are raised as always, and a cancellation from outside still
        propagates. Takes no arguments, returns None and raises nothing.

        asyncio.TaskGroup has it since Python 3.15 (gh-108951).

        >>> import asyncio
        >>> from taskgroup_compat import TaskGroup
        >>> async def main():
        ...     async with TaskGroup() as group:
        ...         group.create_task(asyncio.sleep(3600))
        ...         group.cancel()
        ...     print("left")
        >>> asyncio.run(main())
        left
        """
        if not self._entered:
            self._cancel_on_enter = True
        elif not self._aborting and (self._tasks or not self._exiting):
            self._cancel_all()

    def _cancel_children(self) -> None:
        self._aborting = True
        for task in self._tasks:
            if not task.done():
                task.cancel()

    def _cancel_all(self) -> None:
        """Cancels the children, and the body or the wait for them through the parent; __aexit__ takes that back."""
        self._cancel_children()
        parent, cancellation = self._parent_task, self._cancellation
        if parent is not None and not self._parent_cancel_requested:
            self._parent_cancel_requested = True
            if cancellation is None:
                parent.cancel()
            else:
                cancellation.request(parent)

    def _on_task_done(self, task: Task[Any]) -> None:
        self._tasks.discard(task)
        if _call_graph is not None:
            _call_graph.future_discard_from_awaited_by(task, self._parent_task)
        waiter = self._on_completed_fut
        if waiter is not None and not self._tasks and not waiter.done():
            waiter.set_result(True)
        if not task.cancelled():
            error = task.exception()
            if error is not None:
                self._on_error(task, error)

    def _on_error(self, task: Task[Any], error: BaseException) -> None:
        if self._errors is not None:
            self._errors.append(error)
            if self._base_error is None and _is_base_error(error):
                self._base_error = error
        parent = self._parent_task
        # The parent ended inside of the group, or the group was left by force: perhaps nobody else sees the error.
        if parent is None or parent.done():
            self._loop.call_exception_handler(
                {
                    "message": f"Task {task!r} failed in a TaskGroup whose parent task {parent!r} has already ended",
                    "exception": error,
                    "task": task,
                }
            )
        elif not self._aborting and not self._parent_cancel_requested:
            self._cancel_all()
