"""Creating a child: the loop's own create_task() and task factory, with the keywords that the caller gave."""

from __future__ import annotations

import inspect
import sys
from asyncio import AbstractEventLoop, BaseEventLoop, Task, iscoroutine
from contextvars import Context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Coroutine, TypeVar

    _T = TypeVar("_T")


# With a task factory, these loops set the name after an eager task has run (gh-128308), 3.13.0 also if there is none,
# and keep the task in a frame that the traceback of its exception holds (gh-128552).
FACTORIES_DIFFER = (3, 12) <= sys.version_info < (3, 14)


def close_unstarted(coro: Any) -> None:
    """Closes a coroutine that nobody will run, which ends its "never awaited" warning (gh-115957)."""
    if inspect.iscoroutine(coro) and inspect.getcoroutinestate(coro) == inspect.CORO_CREATED:
        coro.close()


def _check(context: Any) -> None:
    # gh-157301: before 3.15 the loop takes anything, and the task that it makes never runs.
    if context is not None and not isinstance(context, Context):
        raise TypeError(f"a contextvars.Context was expected, got {type(context).__name__}")


if sys.version_info >= (3, 14):

    def spawn(loop: AbstractEventLoop, coro: Coroutine[Any, Any, _T], kwargs: dict[str, Any]) -> Task[_T]:
        _check(kwargs.get("context"))
        return loop.create_task(coro, **kwargs)

elif sys.version_info >= (3, 12):
    from asyncio import eager_task_factory

    def spawn(loop: AbstractEventLoop, coro: Coroutine[Any, Any, _T], kwargs: dict[str, Any]) -> Task[_T]:
        _check(kwargs.get("context"))
        if loop.get_task_factory() is None or type(loop).create_task is not BaseEventLoop.create_task:
            return loop.create_task(coro, **kwargs)
        return create_task(loop, coro, **kwargs)

    def create_task(loop: Any, coro: Coroutine[Any, Any, _T], *, name: Any = None, context: Any = None) -> Task[_T]:
        loop._check_closed()
        factory = loop.get_task_factory()
        kwargs: dict[str, Any] = {} if context is None else {"context": context}
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
    if TYPE_CHECKING:
        _Coroutine = Coroutine[Any, Any, Any]
    else:
        from collections.abc import Coroutine as _Coroutine

    # These loops take no context=, and their tasks run in a copy of the current Context (gh-91150).

    def spawn(loop: AbstractEventLoop, coro: Coroutine[Any, Any, _T], kwargs: dict[str, Any]) -> Task[_T]:
        context = kwargs.pop("context", None)
        if context is None:
            return loop.create_task(coro, **kwargs)
        _check(context)
        if not iscoroutine(coro):
            return loop.create_task(coro, **kwargs)  # which refuses it
        return loop.create_task(_InContext(coro, context), **kwargs)

    class _InContext(_Coroutine):
        """A coroutine whose every step runs in one Context."""

        def __init__(self, coro: Coroutine[Any, Any, _T], context: Context) -> None:
            self._coro = coro
            self._context = context

        def send(self, value: Any) -> Any:
            return self._context.run(self._coro.send, value)

        def throw(self, *error: Any) -> Any:
            return self._context.run(self._coro.throw, *error)

        def close(self) -> None:
            self._context.run(self._coro.close)

        # From 3.10 on the C task takes a step with next() where there is one.
        def __next__(self) -> Any:
            return self.send(None)

        def __await__(self) -> Any:
            return self

        # What asyncio and debuggers look at: cr_frame, cr_code, cr_await, __qualname__.
        def __getattr__(self, name: str) -> Any:
            return getattr(self._coro, name)
