"""Below 3.15: TaskGroup. It keeps its children, cancels them and its parent task, and raises their errors."""

from __future__ import annotations

import sys
from asyncio import CancelledError, Task, events, tasks

from ._cancellation import RECORDS, UNDELIVERED, enter, shared
from ._children import LATE_NAMING, TRACED, close_unstarted, create_child

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

# gh-88760: before 3.9.8 and on 3.10.0 contextlib.AsyncExitStack makes a cycle in the contexts of an exception that is
# raised again, and the interpreter loops forever. There __aexit__ returns False, so that the interpreter re-raises.
_RAISES_AGAIN = sys.version_info >= (3, 9, 8) and sys.version_info[:3] != (3, 10, 0)

# gh-91048: the call graph records that the parent awaits the children.
if sys.version_info >= (3, 14):
    from asyncio import futures

    _call_graph: Any = futures
else:
    _call_graph: Any = None


# The _loop of a group that is cancelled before it is entered.
_CANCELLED: Any = object()

# Below 3.11 this is a function in Python that looks into a dict. Calling it costs 5 % of an empty group.
_CURRENT_TASK: Any = tasks.current_task
_tasks_module: Any = tasks


def _is_base_error(error: BaseException) -> bool:
    return isinstance(error, (SystemExit, KeyboardInterrupt))


def select_exception(
    body: BaseException | None,
    cancelled: BaseException | None,
    last_cancelled: BaseException | None,
    errors: list[BaseException],
    remaining: int | None,
) -> BaseException | None:
    """Return the exception that the group raises as it is, or None if it raises an exception group of the errors.

    `body` is the exception of the body. `cancelled` is the CancelledError that ended the body or the wait for the
    children, `last_cancelled` the last one of the wait. `errors` holds the errors of the children; the body's error is
    appended. `remaining` is the number of cancellation requests that the parent still has, or None if the group made
    no request.
    """
    if remaining == 0:
        cancelled = None
    elif (
        remaining is not None
        and last_cancelled is not None
        and (cancelled is None or (last_cancelled.args and not cancelled.args))
    ):
        # gh-155433: somebody else's request remains. Of two CancelledErrors, the group's own has no message, and an
        # enclosing scope may recognise its own by the message.
        cancelled = last_cancelled
    if cancelled is not None and not errors:
        return cancelled
    if body is not None and not isinstance(body, CancelledError):
        errors.append(body)
        # gh-135736: aclose() of an asynchronous generator has to see its GeneratorExit.
        if len(errors) == 1 and isinstance(body, GeneratorExit):
            return body
    return None


class TaskGroup(_Base):
    """Run child tasks, and wait for all of them at the end of an `async with` block.

    An asynchronous context manager. If a child or the body raises an exception other than CancelledError, the group
    cancels the other children and the body. When all have ended, it raises an ExceptionGroup of all errors, or a
    BaseExceptionGroup if one of the errors is no Exception. It raises a KeyboardInterrupt or a SystemExit of a child
    or of the body as it is. A cancellation of the parent task, the task inside the block, cancels the children and
    propagates when they have ended.

    The group takes no arguments. It can be entered only once, and only inside a task; otherwise entering raises
    RuntimeError.

    The standard library has asyncio.TaskGroup since Python 3.11. This group behaves as that of 3.15 on every version;
    from 3.15 on it is asyncio.TaskGroup.

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

    # Handles the parent's cancellation: None from 3.13 on, where the Task needs no help; below 3.11 set on entering.
    _cancellation: Any = shared
    # Set while the group waits for its children. asyncio's create_task(), which a tracer's patch calls, reads it too.
    _exiting = False

    if RECORDS:
        # Below 3.11 defaults in the class save 14 % of the instructions of an empty group. From 3.11 on attributes of
        # each group save 4 % of a group of one child: the interpreter reads them faster if the class has none.
        _accepts = False
        _aborting = False
        _loop: Any = None
        _parent_task: Any = None
        _parent_cancel_requested = False
        _errors: Any = None
        _base_error: BaseException | None = None
        _on_completed_fut: Any = None
    else:
        # asyncio's create_task(), which a tracer's patch calls, reads this after ours has looked at _loop.
        _entered = True

    def __init__(self) -> None:
        self._tasks: set[Task[Any]] = set()
        if not RECORDS:
            # Whether create_task() accepts children: until the group is cancelled, or is left and has none any more.
            self._accepts = False
            self._aborting = False
            # _loop: the event loop once the group is entered, _CANCELLED if it is cancelled before. _parent_task: set
            # until the group is left.
            self._loop: Any = None
            self._parent_task: Any = None
            self._parent_cancel_requested = False
            # A list once there is an error.
            self._errors: Any = None
            self._base_error: BaseException | None = None
            self._on_completed_fut: Any = None
            # The done callback of all children, while there are any: a bound method of the group.
            self._done_callback: Any = None

    def __repr__(self) -> str:
        words = ["TaskGroup"]
        words += [f"{name}={len(all)}" for name, all in (("tasks", self._tasks), ("errors", self._errors)) if all]
        words += ["cancelling"] if self._aborting else ["entered"] if self._is_entered() else []
        return f"<{' '.join(words)}>"

    def _is_entered(self) -> bool:
        return self._loop is not None and self._loop is not _CANCELLED

    async def __aenter__(self: _Group) -> _Group:
        before = self._loop
        if before is not None and before is not _CANCELLED:
            raise RuntimeError(f"TaskGroup {self!r} has already been entered")
        # Looked up on the modules so that patches by bridges and tracers apply.
        loop = events.get_running_loop()
        if not RECORDS or tasks.current_task is not _CURRENT_TASK:
            parent = tasks.current_task(loop)
        else:
            parent = _tasks_module._current_tasks.get(loop)
        if parent is None:
            raise RuntimeError(f"TaskGroup {self!r} cannot determine the parent task")
        self._loop = loop
        self._parent_task = parent
        self._accepts = True
        if RECORDS:
            self._cancellation = enter(parent)
        if before is not None:
            self.cancel()
        return self

    async def __aexit__(
        self, et: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> Any:
        parent: Any = self._parent_task
        undelivered = False
        if UNDELIVERED is not None:
            # Half the cost of getattr(). A task of a foreign class may lack it; there may be no parent.
            try:
                undelivered = parent._must_cancel
            except AttributeError:
                pass
        if (
            exc is None
            and (self._accepts or (parent is None and not self._aborting))
            and not (self._tasks or self._errors or undelivered)
        ):
            # Nothing happened. There is no parent if the group was never entered or is left a second time.
            self._accepts = False
            self._parent_task = None
            if RECORDS and parent is not None:
                self._cancellation.leave(parent)
            return True
        if parent is None:
            raise RuntimeError(f"TaskGroup {self!r} is not entered")
        self._exiting = True
        if not self._tasks:
            self._accepts = False

        cancelled: BaseException | None = None
        last_cancelled: BaseException | None = None
        selected: BaseException | None = None
        try:
            if exc is not None:
                cancelled = self._on_body_error(parent, exc)
            if undelivered and self._tasks:
                await self._cancellation.clear_stale_request(parent, self._loop, exc)
            # A cancellation of the parent ends the wait, but the children still have to end.
            while self._tasks:
                self._on_completed_fut = self._loop.create_future()
                # The call costs 2 % of a group of one child: skip it if there is nothing to note.
                if RECORDS and (undelivered or self._cancellation.requested_in_wait):
                    self._cancellation.note_wait_start(parent)
                try:
                    await self._on_completed_fut
                except CancelledError as error:
                    last_cancelled = error
                    if RECORDS:
                        self._cancellation.note_wait_cancelled(parent)
                        undelivered = True
                    if not self._aborting:
                        cancelled = error
                        self._cancel_children()
                self._on_completed_fut = None

            if self._aborting or self._errors or undelivered:
                selected = self._settle(parent, exc, cancelled, last_cancelled)
                if (
                    UNDELIVERED is not None
                    and self._base_error is None
                    and (self._errors or getattr(parent, UNDELIVERED, False))
                ):
                    await self._cancellation.deliver_remaining(parent, self._loop, exc)
                if selected is not None:
                    if selected is exc and not _RAISES_AGAIN:
                        return False
                    raise selected
                if self._errors:
                    raise BaseExceptionGroup("unhandled errors in a TaskGroup", self._errors) from None
            return True
        finally:
            if RECORDS:
                self._cancellation.leave(parent)
                self._cancellation = None
            # An exception's traceback holds this frame, the frame its locals, the group its parent: gh-98543,
            # gh-124958.
            self._parent_task = self._errors = self._base_error = None
            del parent, cancelled, last_cancelled, selected, exc, tb

    def _on_body_error(self, parent: Any, error: BaseException) -> BaseException | None:
        """Cancel the children; return the exception of the body if it is a CancelledError."""
        cancelled = isinstance(error, CancelledError)
        if not cancelled:
            if self._base_error is None and _is_base_error(error):
                self._base_error = error
        elif RECORDS:
            self._cancellation.note_body_cancelled(parent, error)
        if not self._aborting:
            self._cancel_children()
        return error if cancelled else None

    def _settle(
        self,
        parent: Any,
        body: BaseException | None,
        cancelled: BaseException | None,
        last_cancelled: BaseException | None,
    ) -> BaseException | None:
        """Withdraw the group's own request and select the exception; see select_exception()."""
        if self._base_error is not None:
            return self._base_error
        cancellation = self._cancellation
        remaining: int | None = None
        if self._parent_cancel_requested:
            remaining = parent.uncancel() if cancellation is None else cancellation.withdraw(parent)
        if self._errors is None:
            self._errors = []
        selected = select_exception(body, cancelled, last_cancelled, self._errors, remaining)
        if cancellation is None and self._errors and parent.cancelling():
            # gh-116720: a parent that others cancel as well stays cancelled, and its count does not change.
            parent.uncancel()
            parent.cancel()
        return selected

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
            """Create a child task of the group and return it.

            `coro` is the coroutine. The keywords are those of the running loop's create_task(): name; context, the
            contextvars.Context that the child runs in; eager_start from 3.13.3 on. The loop creates the task with
            its task factory, and the group keeps a reference to the task until it has ended.

            Raises RuntimeError if the group is not entered, is shutting down or has ended. Raises what the loop raises,
            such as TypeError for an unknown keyword. If it raises, it closes a coroutine that has not started.

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
            if not self._accepts:
                coro.close()
                raise RuntimeError(f"TaskGroup {self!r} {self._why_closed()}")
            if TRACED is not None and _Base.create_task is not TRACED:
                return self._create_traced_task(coro, kwargs)
            loop = self._loop
            try:
                if kwargs or (
                    LATE_NAMING is not None and type(loop).create_task is LATE_NAMING and loop._task_factory is not None
                ):
                    task = create_child(loop, coro, kwargs)
                else:
                    task = loop.create_task(coro)
            except BaseException:
                close_unstarted(coro)
                raise
            if _call_graph is not None:
                _call_graph.future_add_to_awaited_by(task, self._parent_task)
            # Also for a task that is done: gh-128550, gh-128588
            self._tasks.add(task)
            if RECORDS:
                task.add_done_callback(self._on_task_done)
            else:
                callback = self._done_callback
                if callback is None:
                    callback = self._done_callback = self._on_task_done
                task.add_done_callback(callback)
            # gh-155418: an eager child may have cancelled the group before it was one of its tasks.
            if self._aborting and not task.done():
                task.cancel()
            try:
                return task
            finally:
                # gh-128552: the traceback of the task's exception may hold this frame.
                del task

    def _create_traced_task(self, coro: Any, kwargs: dict[str, Any]) -> Any:
        """Create a child by the patched create_task of asyncio's group, which calls asyncio's to register the task."""
        base: Any = _Base
        try:
            task = base.create_task(self, coro, **kwargs)
        except BaseException:
            close_unstarted(coro)
            raise
        # gh-155418
        if self._aborting and not task.done():
            task.cancel()
        try:
            return task
        finally:
            # gh-128552
            del task

    def _why_closed(self) -> str:
        if not self._is_entered():
            return "has not been entered"
        is_finished = not self._tasks and (self._exiting or self._parent_task is None)
        return "is finished" if is_finished else "is shutting down"

    def cancel(self) -> None:
        """Cancel the children, and the body if it still runs; the block then ends without a CancelledError.

        Before the group is entered, cancel() takes effect on entering. In a group that is being cancelled or has ended
        it does nothing. The group still raises the errors of its children and of the body, and a cancellation from
        outside still propagates. Takes no arguments, returns None and raises nothing.

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
        if self._loop is None:
            self._loop = _CANCELLED
        elif self._accepts:
            self._cancel_all()

    def _cancel_children(self) -> None:
        self._aborting = True
        self._accepts = False
        tasks: set[Any] = self._tasks
        for task in tasks:
            if not task.done() and task.cancel() and RECORDS:
                # Mark the child for its record: this request counts outside of any group too.
                try:
                    task._taskgroup_compat_kept_3 = True
                except AttributeError:
                    pass  # A task of a foreign class.

    def _cancel_all(self) -> None:
        """Cancel the children, and the parent once; __aexit__ withdraws that request."""
        self._cancel_children()
        parent, cancellation = self._parent_task, self._cancellation
        if parent is not None and not self._parent_cancel_requested:
            self._parent_cancel_requested = True
            if cancellation is None:
                parent.cancel()
            else:
                cancellation.request(parent)

    def _on_task_done(self, task: Task[Any]) -> None:
        children = self._tasks
        children.discard(task)
        if _call_graph is not None:
            _call_graph.future_discard_from_awaited_by(task, self._parent_task)
        if not children:
            if not RECORDS:
                # The callback refers to the group: end the cycle.
                self._done_callback = None
            if self._exiting:
                self._accepts = False
            waiter = self._on_completed_fut
            if waiter is not None and not waiter.done():
                waiter.set_result(True)
        if not task.cancelled():
            error = task.exception()
            if error is not None:
                self._on_error(task, error)

    def _on_error(self, task: Task[Any], error: BaseException) -> None:
        parent = self._parent_task
        if parent is not None:
            if self._errors is None:
                self._errors = []
            self._errors.append(error)
            if self._base_error is None and _is_base_error(error):
                self._base_error = error
        # The parent ended inside the group, or the group was left by force: the error might go unreported.
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
