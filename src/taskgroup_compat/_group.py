"""The group itself: which children it has, when it cancels them and its parent task, what it raises."""

import sys
from asyncio import CancelledError, current_task, get_running_loop
from typing import TYPE_CHECKING, Any, Coroutine, List, Optional, Set, Type, TypeVar

from ._cancellation import RECORDS, SETTLES, aborts, record, request, settle, unrecord, withdraw
from ._spawn import FACTORIES_DIFFER, close_unstarted, spawn

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future, Task
    from contextvars import Context
    from types import TracebackType

if sys.version_info < (3, 11):
    from exceptiongroup import BaseExceptionGroup

    _Base = object
else:
    from asyncio import TaskGroup as _Base

# gh-91048: the call graph
if sys.version_info >= (3, 14):
    from asyncio import future_add_to_awaited_by, future_discard_from_awaited_by

    _CALL_GRAPH = True
else:
    _CALL_GRAPH = False

_T = TypeVar("_T")


class TaskGroup(_Base):
    # These are replaced on the instance; most groups need few of them.
    _entered = False
    _exiting = False
    _aborting = False
    _cancel_on_enter = False
    _parent_cancel_requested = False
    _loop: "Optional[AbstractEventLoop]" = None
    _parent_task: "Optional[Task[Any]]" = None
    _base_error: Optional[BaseException] = None
    _on_completed_fut: "Optional[Future[bool]]" = None

    def __init__(self) -> None:
        self._tasks: "Set[Task[Any]]" = set()
        self._errors: Optional[List[BaseException]] = []

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

    async def __aenter__(self) -> "TaskGroup":
        if self._entered:
            raise RuntimeError(f"TaskGroup {self!r} has already been entered")
        loop = self._loop
        if loop is None:
            loop = self._loop = get_running_loop()
        parent = self._parent_task = current_task(loop)
        if parent is None:
            raise RuntimeError(f"TaskGroup {self!r} cannot determine the parent task")
        self._entered = True
        if RECORDS:
            record(parent)
        if self._cancel_on_enter:
            self.cancel()
        return self

    async def __aexit__(
        self,
        et: Optional[Type[BaseException]],
        exc: Optional[BaseException],
        tb: "Optional[TracebackType]",
    ) -> Optional[bool]:
        parent = self._parent_task
        cancelled = later_cancelled = None
        try:
            self._exiting = True
            if et is not None:
                if issubclass(et, CancelledError):
                    cancelled = exc
                elif issubclass(et, (SystemExit, KeyboardInterrupt)) and self._base_error is None:
                    self._base_error = exc
                if not self._aborting:
                    self._abort()

            # Each cancellation of the parent ends the wait, never the children's right to finish.
            while self._tasks:
                if self._on_completed_fut is None:
                    self._on_completed_fut = self._loop.create_future()
                try:
                    await self._on_completed_fut
                except CancelledError as error:
                    later_cancelled = error
                    if not self._aborting:
                        cancelled = error
                        self._abort()
                self._on_completed_fut = None

            if self._base_error is not None:
                if self._base_error is exc:
                    return False
                raise self._base_error

            if self._parent_cancel_requested:
                if withdraw(parent) == 0:
                    cancelled = None
                elif cancelled is None:
                    # gh-155433: what remains is somebody else's
                    cancelled = later_cancelled

            # The children's errors go before a cancellation, the cancellation before the body's error.
            errors = self._errors
            if errors:
                cancelled = None
            if cancelled is None and et is not None and not issubclass(et, CancelledError):
                errors.append(exc)

            # A parent that others cancel as well stays so, and its count does not change (gh-116720).
            if not SETTLES:
                if errors and parent.cancelling():
                    parent.uncancel()
                    parent.cancel()
            elif errors or parent._must_cancel:
                generator_exit = et is not None and issubclass(et, GeneratorExit)
                await settle(parent, self._loop, again=bool(errors), may_suspend=not generator_exit)

            if cancelled is not None:
                if cancelled is exc:
                    return False
                raise cancelled
            if errors:
                # gh-135736: aclose() of an asynchronous generator has to see its GeneratorExit.
                if len(errors) == 1 and et is not None and issubclass(et, GeneratorExit):
                    return False
                raise BaseExceptionGroup("unhandled errors in a TaskGroup", errors) from None
            return True
        finally:
            if RECORDS and parent is not None:
                unrecord(parent)
            # gh-98543, gh-124958: an exception's traceback holds this frame, and the frame its locals
            self._parent_task = self._errors = self._base_error = None
            parent = cancelled = later_cancelled = errors = exc = tb = None

    if not TYPE_CHECKING or sys.version_info < (3, 11):

        def create_task(self, coro: "Coroutine[Any, Any, _T]", **kwargs: Any) -> "Task[_T]":
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
            # gh-155418: an eager child may have cancelled the group before it was one of its tasks
            if self._aborting and not task.done():
                task.cancel()
            try:
                return task
            finally:
                # gh-128552: the traceback of the task's exception may hold this frame
                del task

    def cancel(self) -> None:
        if not self._entered:
            self._cancel_on_enter = True
            return
        if self._exiting and not self._tasks:
            return
        if not self._aborting:
            self._abort()
            self._cancel_parent()

    def _abort(self) -> None:
        self._aborting = True
        if RECORDS and self._tasks:
            aborts(self)
        for task in self._tasks:
            if not task.done():
                task.cancel()

    def _cancel_parent(self) -> None:
        if self._parent_task is not None and not self._parent_cancel_requested:
            self._parent_cancel_requested = True
            request(self._parent_task)

    def _on_task_done(self, task: "Task[Any]") -> None:
        self._tasks.discard(task)
        parent = self._parent_task
        if _CALL_GRAPH:
            future_discard_from_awaited_by(task, parent)
        waiter = self._on_completed_fut
        if waiter is not None and not self._tasks and not waiter.done():
            waiter.set_result(True)
        if task.cancelled():
            return
        exc = task.exception()
        if exc is None:
            return
        try:
            # The group was left by force, or its parent ended inside of it: nobody else would see the error.
            if self._errors is None or parent is None or parent.done():
                self._loop.call_exception_handler(
                    {
                        "message": f"Task {task!r} has errored out but its parent task {parent} is already completed",
                        "exception": exc,
                        "task": task,
                    }
                )
                return
            self._errors.append(exc)
            if isinstance(exc, (SystemExit, KeyboardInterrupt)) and self._base_error is None:
                self._base_error = exc
            if not self._aborting and not self._parent_cancel_requested:
                self._abort()
                self._cancel_parent()
        finally:
            del exc


TaskGroup.__module__ = "taskgroup_compat"
