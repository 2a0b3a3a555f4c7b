"""The group itself: which children it has, when it cancels them and its parent task, and what it raises."""

from __future__ import annotations

import sys
from asyncio import CancelledError, Future, Task, current_task, get_running_loop

from ._cancellation import (
    RECORDS,
    SETTLES,
    body_cancelled,
    drop_unwanted,
    record,
    request,
    settle,
    unrecord,
    wait_begins,
    wait_cancelled,
    withdraw,
)
from ._spawn import FACTORIES_DIFFER, close_unstarted, spawn
from ._undelivered import in_async_generator

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

# 3.8's contextlib.AsyncExitStack makes a cycle of the contexts of an exception that is raised again, on which the
# interpreter hangs. There the body's exception goes on because __aexit__ returns False.
_RAISES_AGAIN = sys.version_info >= (3, 9)

# gh-91048: the call graph knows who awaits the children.
if sys.version_info >= (3, 14):
    from asyncio import future_add_to_awaited_by, future_discard_from_awaited_by

    _CALL_GRAPH = True
else:
    _CALL_GRAPH = False

    def future_add_to_awaited_by(task: Task[Any], parent: Task[Any]) -> None: ...

    future_discard_from_awaited_by = future_add_to_awaited_by


def _may_await(error: BaseException | None) -> bool:
    """Whether __aexit__ may wait: while close() of a coroutine throws GeneratorExit into it, it may not."""
    return not isinstance(error, GeneratorExit) or in_async_generator(sys._getframe(1))


class TaskGroup(_Base):
    """A group of tasks that ends when all of them have ended.

    An asynchronous context manager. Leaving the block waits for every child. When a child or the body fails with
    anything but CancelledError, the other children and the body are cancelled, and once all have ended, an
    ExceptionGroup with every error is raised (a BaseExceptionGroup where one of the errors needs that). A
    KeyboardInterrupt or a SystemExit of a child or of the body is raised as it is. A cancellation of the task that is
    inside the block cancels the children and goes on when they have ended.

    The group takes no arguments. It can be entered once, in a task: else entering raises RuntimeError.

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

    _record: Any = None
    _base_error: BaseException | None = None

    if RECORDS:
        # Below 3.11 a default in the class costs less than an attribute of each group; from 3.11 on the interpreter
        # reads an attribute quicker if the class has none of that name.
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
        if not RECORDS:
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
        info = [""]
        if self._tasks:
            info.append(f"tasks={len(self._tasks)}")
        if self._errors:
            info.append(f"errors={len(self._errors)}")
        if self._aborting:
            info.append("cancelling")
        elif self._entered:
            info.append("entered")
        return f"<TaskGroup{' '.join(info)}>"

    async def __aenter__(self: _Group) -> _Group:
        if self._entered:
            raise RuntimeError(f"TaskGroup {self!r} has already been entered")
        self._loop = loop = get_running_loop()
        parent = current_task(loop)
        if parent is None:
            raise RuntimeError(f"TaskGroup {self!r} cannot determine the parent task")
        self._parent_task = parent
        self._entered = True
        if RECORDS:
            self._record = record(parent)
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
            and not (SETTLES and parent and parent._must_cancel)
        ):
            # Nothing happened; or there is no parent, as it was never entered or is left once more.
            self._parent_task = None
            if RECORDS and parent:
                unrecord(parent, self._record)
            return True
        if not parent:
            raise RuntimeError(f"TaskGroup {self!r} is not entered")

        counts = self._record
        cancelled: BaseException | None = None
        later_cancelled: BaseException | None = None
        waiter: Any = None
        errors = self._errors
        try:
            if exc is not None:
                if isinstance(exc, CancelledError):
                    cancelled = exc
                    if RECORDS:
                        body_cancelled(counts, exc)
                elif isinstance(exc, (SystemExit, KeyboardInterrupt)) and self._base_error is None:
                    self._base_error = exc
                if not self._aborting:
                    self._abort()

            if SETTLES and self._tasks and parent._must_cancel:
                await drop_unwanted(parent, counts, self._loop, may_suspend=_may_await(exc))

            # A cancellation of the parent ends a wait, but the children still have to end.
            while self._tasks:
                waiter = self._loop.create_future()
                self._on_completed_fut = waiter
                if RECORDS:
                    wait_begins(parent, counts)
                try:
                    await waiter
                except CancelledError as error:
                    later_cancelled = error
                    if RECORDS:
                        wait_cancelled(counts)
                    if not self._aborting:
                        cancelled = error
                        self._abort()
                self._on_completed_fut = None

            if self._base_error is not None:
                if self._base_error is exc and not _RAISES_AGAIN:
                    return False
                raise self._base_error

            if self._parent_cancel_requested:
                if withdraw(parent, counts) == 0:
                    cancelled = None
                elif cancelled is None:
                    # gh-155433: what remains is somebody else's.
                    cancelled = later_cancelled

            # The children's errors go before a cancellation, the cancellation before an error of the body.
            if errors:
                cancelled = None
            if exc is not None and cancelled is None and not isinstance(exc, CancelledError):
                errors.append(exc)

            # A parent that others cancel as well stays cancelled, and its count does not change (gh-116720).
            if not SETTLES:
                if errors and parent.cancelling():
                    parent.uncancel()
                    parent.cancel()
            elif errors or parent._must_cancel:
                await settle(parent, counts, self._loop, again=bool(errors), may_suspend=_may_await(exc))

            if cancelled is not None:
                if cancelled is exc and not _RAISES_AGAIN:
                    return False
                raise cancelled
            if errors:
                # gh-135736: aclose() of an asynchronous generator has to see its GeneratorExit.
                if len(errors) == 1 and isinstance(exc, GeneratorExit):
                    if not _RAISES_AGAIN:
                        return False
                    raise exc
                raise BaseExceptionGroup("unhandled errors in a TaskGroup", errors) from None
            return True
        finally:
            if RECORDS:
                unrecord(parent, counts)
                self._record = None
            # An exception's traceback holds this frame, the frame its locals, the group its parent: gh-98543,
            # gh-124958.
            self._parent_task = self._errors = None
            self._base_error = None
            del parent, counts, waiter, cancelled, later_cancelled, errors, exc, tb

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

            Raises RuntimeError in a group that is not entered, is shutting down or has ended, and what the loop raises,
            as TypeError for a keyword that it does not have. A coroutine that is refused is closed.

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
            if not self._entered:
                coro.close()
                raise RuntimeError(f"TaskGroup {self!r} has not been entered")
            if self._exiting and not self._tasks:
                coro.close()
                raise RuntimeError(f"TaskGroup {self!r} is finished")
            if self._aborting:
                coro.close()
                raise RuntimeError(f"TaskGroup {self!r} is shutting down")
            try:
                if kwargs or (FACTORIES_DIFFER and self._loop.get_task_factory() is not None):
                    task = spawn(self._loop, coro, kwargs)
                else:
                    task = self._loop.create_task(coro)
            except BaseException:
                close_unstarted(coro)
                raise
            if _CALL_GRAPH:
                future_add_to_awaited_by(task, self._parent_task)
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

    def cancel(self) -> None:
        """Cancels the children, and the body if it has not ended. Leaving the block then raises no CancelledError.

        Before the group is entered, it cancels the group on entering. In a group that is being cancelled or has ended,
        it does nothing. Errors of children and of the body are raised as always, and a cancellation from outside goes
        on. Takes no arguments, returns None and raises nothing.

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
            self._abort()
            self._cancel_parent()

    def _abort(self) -> None:
        self._aborting = True
        for task in self._tasks:
            if not task.done():
                task.cancel()

    def _cancel_parent(self) -> None:
        if self._parent_task is not None and not self._parent_cancel_requested:
            self._parent_cancel_requested = True
            request(self._parent_task, self._record)

    def _on_task_done(self, task: Task[Any]) -> None:
        self._tasks.discard(task)
        if _CALL_GRAPH:
            future_discard_from_awaited_by(task, self._parent_task)
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
            if isinstance(error, (SystemExit, KeyboardInterrupt)) and self._base_error is None:
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
            self._abort()
            self._cancel_parent()
