"""Create a child by the loop's create_task() and task factory, passing the caller's keywords through."""

from __future__ import annotations

import inspect
import sys
from asyncio import AbstractEventLoop, BaseEventLoop, Task, base_events, iscoroutine
from collections.abc import Coroutine as CoroutineABC
from contextvars import Context
from functools import partial
from types import FunctionType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Coroutine, TypeVar

    _T = TypeVar("_T")


def _unless_replaced(function: Any, module: Any) -> Any:
    """Return the function if it is asyncio's own, or None if a tracer has replaced it."""
    return function if type(function) is FunctionType and function.__globals__ is vars(module) else None


# With a task factory, BaseEventLoop.create_task() sets the name after an eager task has run (gh-128308); 3.13.0 also
# sets None. Its frame, which the traceback of the task's exception holds, refers to the task (gh-128552).
if sys.version_info >= (3, 12) and sys.version_info < (3, 14):
    LATE_NAMING = _unless_replaced(BaseEventLoop.create_task, base_events)
else:
    LATE_NAMING: Any = None

# Tracers patch this method to see the children of asyncio's groups. They have to see the children of ours as well.
if sys.version_info >= (3, 11):
    from asyncio import TaskGroup, taskgroups

    TRACED: Any = _unless_replaced(TaskGroup.create_task, taskgroups) or "replaced before this was imported"
else:
    TRACED: Any = None


def close_unstarted(coro: Any) -> None:
    """Close a coroutine that will not run, to prevent its "never awaited" warning (gh-115957)."""
    if inspect.iscoroutine(coro) and inspect.getcoroutinestate(coro) == inspect.CORO_CREATED:
        coro.close()


def _check(context: Any) -> None:
    # gh-157301: before 3.15 the loop accepts any object, and the task that it creates never runs.
    if context is not None and not isinstance(context, Context):
        raise TypeError(f"a contextvars.Context was expected, got {type(context).__name__}")


if sys.version_info >= (3, 12) and sys.version_info < (3, 14):
    from asyncio import eager_task_factory

    def create_child(loop: AbstractEventLoop, coro: Coroutine[Any, Any, _T], kwargs: dict[str, Any]) -> Task[_T]:
        _check(kwargs.get("context"))
        if LATE_NAMING is None or type(loop).create_task is not LATE_NAMING or loop.get_task_factory() is None:
            return loop.create_task(coro, **kwargs)
        others = kwargs.keys() - {"name", "context"}
        if others and not LATE_NAMING.__code__.co_flags & inspect.CO_VARKEYWORDS:
            return loop.create_task(coro, **kwargs)  # which refuses them
        return create_task(loop, coro, **kwargs)

    def create_task(
        loop: Any, coro: Coroutine[Any, Any, _T], *, name: Any = None, context: Any = None, **kwargs: Any
    ) -> Task[_T]:
        loop._check_closed()
        factory = loop.get_task_factory()
        if context is not None:
            kwargs["context"] = context
        takes_name = getattr(factory, "__code__", None) is eager_task_factory.__code__
        if takes_name:
            kwargs["name"] = name
        task: Task[_T] = factory(loop, coro, **kwargs)
        if name is not None and not takes_name:
            task.set_name(name)
        try:
            return task
        finally:
            del task

elif sys.version_info >= (3, 11):

    def create_child(loop: AbstractEventLoop, coro: Coroutine[Any, Any, _T], kwargs: dict[str, Any]) -> Task[_T]:
        _check(kwargs.get("context"))
        return loop.create_task(coro, **kwargs)

else:
    # These loops accept no context=, and their tasks run in a copy of the current Context (gh-91150).

    def create_child(loop: AbstractEventLoop, coro: Coroutine[Any, Any, _T], kwargs: dict[str, Any]) -> Task[_T]:
        context = kwargs.pop("context", None)
        if context is None:
            return loop.create_task(coro, **kwargs)
        _check(context)
        if not iscoroutine(coro):
            return loop.create_task(coro, **kwargs)  # which refuses it
        inside: Any = _InContext(coro, context)
        return loop.create_task(inside, **kwargs)

    class _InContext:
        """Run every step of a coroutine in one Context.

        Its methods are partial objects, so that a traceback has no frame of them. It has no __next__(), because the C
        task of 3.10 would call that one instead of send().
        """

        def __init__(self, coro: Any, context: Context) -> None:
            self._coro = coro
            self.send = partial(context.run, coro.send)
            self.throw = partial(context.run, coro.throw)
            self.close = partial(context.run, coro.close)

        def __await__(self) -> Any:
            return _Steps(self)

        # asyncio and debuggers read cr_frame, cr_code, cr_await and __qualname__.
        def __getattr__(self, name: str) -> Any:
            return getattr(self._coro, name)

    class _Steps:
        """The iterator of `await` for such a coroutine, for factories that wrap it in a coroutine of their own."""

        def __init__(self, coro: Any) -> None:
            self.send = coro.send
            self.throw = coro.throw
            self.close = coro.close

        def __iter__(self) -> Any:
            return self

        def __next__(self) -> Any:
            return self.send(None)

    _coroutines: Any = CoroutineABC
    _coroutines.register(_InContext)
