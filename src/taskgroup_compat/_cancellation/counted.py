"""Cancellation on 3.11 and 3.12, whose Task counts requests but keeps an undelivered one that nobody wants any more."""

from __future__ import annotations

import sys
from contextvars import copy_context
from types import (
    AsyncGeneratorType,
    BuiltinMethodType,
    CodeType,
    CoroutineType,
    FunctionType,
    GeneratorType,
    MethodType,
)

from .scopes import awaiting, is_scope, parts, reached
from .undelivered import can_pause, clear, is_undelivered, pause, right_after_step

# For checkers with an older target: asyncio has neither there.
assert sys.version_info >= (3, 11)

from asyncio import AbstractEventLoop, Task, TaskGroup, Timeout  # noqa: E402

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _check(task: Any) -> None:
    if not hasattr(task, "uncancel"):
        raise TypeError(f"an asyncio.Task was expected, got {type(task).__name__}")


def cancelling(task: Task[Any]) -> int:
    _check(task)
    return task.cancelling()


def uncancel(task: Task[Any]) -> int:
    _check(task)
    remaining = task.uncancel()
    if remaining == 0:
        clear(task)
    return remaining


class Counted:
    """What a group or a timeout needs of its parent's cancellation; keeps no state, so that one serves all."""

    __slots__ = ()

    def request(self, parent: Task[Any]) -> None:
        """Cancels the parent; whoever calls this calls withdraw() later."""
        parent.cancel()

    def withdraw(self, parent: Task[Any]) -> int:
        """Takes one request back; returns how many remain."""
        return uncancel(parent)

    def count(self, parent: Task[Any]) -> int:
        return parent.cancelling()

    def leave(self, parent: Task[Any]) -> None:
        """Nothing was begun."""

    def body_cancelled(self, parent: Task[Any], error: BaseException) -> None:
        """The Task has counted the request."""

    def wait_begins(self, parent: Task[Any]) -> None:
        """The Task will count every request."""

    def wait_cancelled(self, parent: Task[Any]) -> None:
        """The Task has counted the request."""

    async def clear_stale_request(self, parent: Task[Any], loop: AbstractEventLoop, may_suspend: bool) -> None:
        """Clears a cancellation of the parent that is not delivered and that nobody wants any more."""
        unwanted = is_undelivered(parent) and not parent.cancelling()
        if unwanted and may_suspend and can_pause(parent, loop) and await pause(loop):
            _deliver(parent)

    async def deliver_what_remains(
        self, parent: Task[Any], loop: AbstractEventLoop, after_errors: bool, may_suspend: bool
    ) -> None:
        """Leaves the parent with a cancellation to be delivered just if a request remains.

        A scope that is left in this same step withdraws its request but cannot clear a cancellation, which would be a
        stray. So where there may be one, the cancellation comes right after the step: a task that returns in this step
        is then not cancelled, as with asyncio's own group.
        """
        if not parent.cancelling():
            await self.clear_stale_request(parent, loop, may_suspend)
        elif not can_pause(parent, loop):
            _deliver(parent)
        elif not may_suspend:
            right_after_step(loop, _deliver, parent)
        else:
            withdrawn: list[bool] = []
            cancelled = await pause(loop, lambda: withdrawn.append(_may_be_withdrawn(parent)))
            if cancelled or withdrawn != [True]:
                _deliver(parent)
            else:
                right_after_step(loop, _deliver, parent)


def _deliver(task: Task[Any]) -> None:
    # cancel() of a task that has ended would silence "exception was never retrieved"
    if not task.done() and task.cancelling():
        task.uncancel()
        task.cancel()


# The pause and those who wait for it: pause(), deliver_what_remains() and the group's __aexit__().
_OWN = 4


def _may_be_withdrawn(task: Task[Any]) -> bool:
    """Whether a scope that a suspended task is inside of may yet withdraw a request, or cannot be ruled out."""
    try:
        chain = list(awaiting(task.get_coro()))
        # Compiled coroutines show nothing: then the chain does not lead to the pause, or through what cannot be read.
        if getattr(chain[-1], "__qualname__", "") != "_Pause.__await__" or not all(map(_is_readable, chain)):
            return True
        context = copy_context()
        sources = [(each, None) for each in (*chain[:-_OWN], *context.values())]
        found, complete = reached(sources, _settles, chain[-_OWN:])
        return not complete or any(_may_have_asked(obj, task) for obj, _ in found)
    except Exception:
        # What frames hold may raise anything; late hurts nobody.
        return True


# Awaitables of the interpreter beside its coroutines and generators. Nuitka puts its own types into builtins too.
_INTERPRETERS = frozenset(("coroutine_wrapper", "async_generator_asend", "async_generator_athrow", "anext_awaitable"))


def _is_readable(awaitable: object) -> bool:
    """Whether all that an awaitable holds can be found: it is the interpreter's own, or written in Python."""
    kind = type(awaitable)
    if kind in _CODES or (kind.__module__ == "builtins" and kind.__name__ in _INTERPRETERS):
        return True
    steps = [getattr(kind, name, None) for name in ("send", "__next__", "__await__")]
    return any(type(step) is FunctionType for step in steps)


def _settles(obj: object) -> bool:
    """Whether this is a group or a timeout of this package, which clears what it leaves undelivered."""
    return hasattr(type(obj), "_clears_stale_requests")


def _may_have_asked(obj: object, task: Task[Any]) -> bool:
    """Whether this is a scope whose request the task's count has, or what calls uncancel() by itself."""
    kind = type(obj)
    scope: Any = obj
    if not is_scope(obj):
        code = getattr(scope, _CODES[kind]) if kind in _CODES else None
        name = scope.__name__ if kind in (MethodType, BuiltinMethodType) else ""
        return name == "uncancel" or _calls_uncancel(code)
    if _settles(obj):
        return False
    if issubclass(kind, Timeout):
        return scope._task is task and scope._state.value == "expiring"
    if issubclass(kind, TaskGroup):
        return scope._parent_task is task and scope._parent_cancel_requested
    if hasattr(kind, "cancel_called"):
        return bool(scope.cancel_called) and getattr(scope, "_host_task", task) is task
    # It does not tell: one that takes requests back may have asked. Of a compiled one not even that is known.
    methods = [method for each in kind.__mro__ for method in vars(each).values()]
    if any(type(method) is FunctionType for method in methods):
        return any(_calls_uncancel(method.__code__) for method in methods if type(method) is FunctionType)
    return any(each is task for each in parts(obj))


_CODES: dict[type, str] = {
    CoroutineType: "cr_code",
    GeneratorType: "gi_code",
    AsyncGeneratorType: "ag_code",
    FunctionType: "__code__",
}


def _calls_uncancel(code: CodeType | None) -> bool:
    # but a function of that name is called by somebody else
    return code is not None and "uncancel" in code.co_names and code.co_name != "uncancel"
