"""Creating a child: the loop's own create_task() and task factory, with the keywords that the caller gave."""

import inspect
import sys
from typing import TYPE_CHECKING, Any, Coroutine, Dict, TypeVar

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Task

_T = TypeVar("_T")


def close_unstarted(coro: Any) -> None:
    """Closes a coroutine that nobody will run, which ends its "never awaited" warning (gh-115957)."""
    if inspect.iscoroutine(coro) and inspect.getcoroutinestate(coro) == inspect.CORO_CREATED:
        coro.close()


# gh-91150: loops take context= from 3.11 on.
if sys.version_info >= (3, 11):

    def spawn(loop: "AbstractEventLoop", coro: "Coroutine[Any, Any, _T]", kwargs: Dict[str, Any]) -> "Task[_T]":
        return loop.create_task(coro, **kwargs)

else:
    from contextvars import Context

    def spawn(loop: "AbstractEventLoop", coro: "Coroutine[Any, Any, _T]", kwargs: Dict[str, Any]) -> "Task[_T]":
        if "context" in kwargs:
            context = kwargs.pop("context")
            if context is not None:
                if not isinstance(context, Context):
                    raise TypeError(f"a contextvars.Context was expected, got {type(context).__name__}")
                coro = _InContext(coro, context)
        return loop.create_task(coro, **kwargs)

    class _InContext(Coroutine[Any, Any, _T]):
        """A coroutine whose every step runs in one Context."""

        def __init__(self, coro: "Coroutine[Any, Any, _T]", context: Context) -> None:
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

        def __getattr__(self, name: str) -> Any:
            return getattr(self._coro, name)
