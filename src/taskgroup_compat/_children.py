"""Creating a child: the loop's own create_task() and task factory, with the keywords that the caller gave."""

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
    """A function of asyncio's, or None where a tracer has put its own in its place."""
    return function if type(function) is FunctionType and function.__globals__ is vars(module) else None


# With a task factory, this create_task() sets the name after an eager task has run (gh-128308), that of 3.13.0 also if
# there is none, and keeps the task in a frame that the traceback of its exception holds (gh-128552).
if sys.version_info >= (3, 12) and sys.version_info < (3, 14):
    LATE_NAMING = _unless_replaced(BaseEventLoop.create_task, base_events)
else:
    LATE_NAMING: Any = None

# Where tracers look for the children of asyncio's groups: they replace this, and have to see ours as well.
if sys.version_info >= (3, 11):
    from asyncio import TaskGroup, taskgroups

    TRACED: Any = _unless_replaced(TaskGroup.create_task, taskgroups) or "replaced before this was imported"
else:
    TRACED: Any = None


def close_unstarted(coro: Any) -> None:
    """Closes a coroutine that nobody will run, which ends its "never awaited" warning (gh-115957)."""
    if inspect.iscoroutine(coro) and inspect.getcoroutinestate(coro) == inspect.CORO_CREATED:
        coro.close()


def _check(context: Any) -> None:
    # gh-157301: before 3.15 the loop takes anything, and the task that it makes never runs.
    if context is not None and not isinstance(context, Context):
        raise TypeError(f"a contextvars.Context was expected, got {type(context).__name__}")


if sys.version_info >= (3, 12) and sys.version_info < (3, 14):
    from asyncio import eager_task_factory

    def spawn(loop: AbstractEventLoop, coro: Coroutine[Any, Any, _T], kwargs: dict[str, Any]) -> Task[_T]:
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

    def spawn(loop: AbstractEventLoop, coro: Coroutine[Any, Any, _T], kwargs: dict[str, Any]) -> Task[_T]:
        _check(kwargs.get("context"))
        return loop.create_task(coro, **kwargs)

else:
    # These loops take no context=, and their tasks run in a copy of the current Context (gh-91150).

    def spawn(loop: AbstractEventLoop, coro: Coroutine[Any, Any, _T], kwargs: dict[str, Any]) -> Task[_T]:
        context = kwargs.pop("context", None)
        if context is None:
            return loop.create_task(coro, **kwargs)
        _check(context)
        if not iscoroutine(coro):
            return loop.create_task(coro, **kwargs)  # which refuses it
        inside: Any = _InContext(coro, context)
        return loop.create_task(inside, **kwargs)

    class _InContext:
        """A coroutine whose every step runs in one Context.

        Its methods are attributes that run no code of Python, so that no frame of theirs is in a traceback. It has no
        __next__, which the C task of 3.10 would prefer to send().
        """

        def __init__(self, coro: Any, context: Context) -> None:
            self._coro = coro
            self.send = partial(context.run, coro.send)
            self.throw = partial(context.run, coro.throw)
            self.close = partial(context.run, coro.close)

        def __await__(self) -> Any:
            return _Steps(self)

        # What asyncio and debuggers look at: cr_frame, cr_code, cr_await, __qualname__.
        def __getattr__(self, name: str) -> Any:
            return getattr(self._coro, name)

    class _Steps:
        """What awaits such a coroutine, for those who wrap it in one of their own."""

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
