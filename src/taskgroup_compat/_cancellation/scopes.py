"""Below 3.11: which scopes a task is inside of, by what its frames hold and by what the scopes themselves say.

A scope is an object that a task has entered and that settles the cancellation it asked for when it is left:
async_timeout's Timeout, anyio's CancelScope, aiohttp's TimerContext. Two kinds of evidence say that it is entered:

- A with statement holds the bound __exit__ of its object on the stack of its frame from before __enter__ until the
  block is left; an exit stack holds it likewise.
- The known libraries' scopes have attributes for the task and the state that they are in.

Of what frames hold, the class alone is asked: proxies and mocks would run code of their own.
"""

# What frames hold is of any type:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import gc
import sys
from asyncio import Task, tasks
from contextlib import AsyncExitStack, ExitStack, _GeneratorContextManagerBase
from types import (
    AsyncGeneratorType,
    BuiltinMethodType,
    CoroutineType,
    FrameType,
    GeneratorType,
    MethodType,
)
from weakref import ref

from .undelivered import first_argument

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterator

_CPYTHON = sys.implementation.name == "cpython"

_EXITS = ("__exit__", "__aexit__")
_METHODS = (MethodType, BuiltinMethodType)

# For each type with frames of its own: its frame, and what it waits for.
_FRAMES: dict[Any, tuple[str, str]] = {
    CoroutineType: ("cr_frame", "cr_await"),
    GeneratorType: ("gi_frame", "gi_yieldfrom"),
    AsyncGeneratorType: ("ag_frame", "ag_await"),
}


def is_scope(obj: object) -> bool:
    """Whether an object is a context manager, so that it may be a scope."""
    kind = type(obj)
    return hasattr(kind, "__exit__") or hasattr(kind, "__aexit__")


def asking(frame: FrameType | None) -> list[object]:
    """The scopes whose methods call from a frame outwards, outermost first; none if the caller is not one's method.

    A scope may ask through others of its kind, as anyio's do for the scopes inside of them. What stands in for a
    task's cancel() only passes the call on.
    """
    found: list[object] = []
    while frame is not None and frame.f_code.co_argcount:
        first = first_argument(frame)
        if not hasattr(type(first), "stands_in_for_cancel"):
            if not is_scope(first) or (found and type(first) is not type(found[0])):
                break
            found.insert(0, first)
        frame = frame.f_back
    return found


# What frames hold.


class Held:
    """Says that a scope is entered: the bound __exit__ that a frame holds, or that an exit stack has to call."""

    __slots__ = ("method", "stack")

    def __init__(self, method: MethodType, stack: Any = None) -> None:
        self.method = ref(method)
        self.stack = None if stack is None else ref(stack)

    def manager(self) -> object:
        return getattr(self.method(), "__self__", None)

    def same(self, other: object) -> bool:
        # One of the two has been found just now, so that its method is alive.
        return type(other) is Held and self.method() is other.method()

    def holds(self, task: Task[Any]) -> bool:
        """Whether the scope is still entered."""
        if _CPYTHON or not self._is_alive():
            return self._is_alive()
        # PyPy frees the method later. But there the frames of a running task can be read.
        if tasks.current_task(task.get_loop()) is not task:
            return any(map(self.same, entered(task)))
        frame: FrameType | None = sys._getframe()
        while frame is not None and not any(map(self.same, _held_by(frame))):
            frame = frame.f_back
        return frame is not None

    def _is_alive(self) -> bool:
        method = self.method()
        if self.stack is None or method is None:
            return method is not None
        # A callback that has been called may live on in a traceback's frame, so the stack is asked.
        stack: Any = self.stack()
        return stack is not None and any(callback is method for _, callback in stack._exit_callbacks)


def _is_exit(method: Any) -> bool:
    if type(method) not in _METHODS:
        return False
    try:
        # A method can be bound to any callable, also to one without a name.
        return method.__name__ in _EXITS
    except Exception:
        return False


def _held_by(frame: FrameType) -> Iterator[Held]:
    """What the code of one frame has entered."""
    for method in gc.get_referents(frame):
        if _is_exit(method):
            yield Held(method)
            yield from _within(method.__self__)


def _within(manager: Any) -> Iterator[Held]:
    """What a manager of contextlib's has entered for the block that it is around."""
    if issubclass(type(manager), (ExitStack, AsyncExitStack)):
        for _, callback in tuple(manager._exit_callbacks):
            if type(callback) is MethodType:
                yield Held(callback, manager)
                yield from _within(callback.__self__)
    elif issubclass(type(manager), _GeneratorContextManagerBase):
        for frame in frames(manager.gen):
            yield from _held_by(frame)


def entered(task: Task[Any]) -> list[Held]:
    """All that frames say a suspended task has entered, outermost first."""
    return [held for frame in frames(task.get_coro()) for held in _held_by(frame)]


def frames(awaitable: Any) -> Iterator[FrameType]:
    """The frames from an awaitable to the innermost that it waits for, below 3.11: there they have the stacks."""
    for each in awaiting(awaitable):
        names = _FRAMES.get(type(each))
        if names is not None:
            yield getattr(each, names[0])


def awaiting(awaitable: Any) -> Iterator[Any]:
    """A suspended awaitable, what it waits for, and so on to the innermost that can be found."""
    seen: list[object] = []
    while awaitable is not None and not any(awaitable is one for one in seen):
        seen.append(awaitable)
        names = _FRAMES.get(type(awaitable))
        if names is None:
            yield awaitable
            # asend() of an asynchronous generator, __await__() of a coroutine, an object around one. Others may refer
            # back to the outermost.
            inner = (one for one in parts(awaitable) if type(one) in _FRAMES)
            awaitable = next((one for one in inner if not any(one is other for other in seen)), None)
        elif getattr(awaitable, names[0]) is None:
            awaitable = None
        else:
            yield awaitable
            awaitable = getattr(awaitable, names[1])


def parts(obj: object) -> list[object]:
    """What an object refers to, by its attributes too."""
    found: list[object] = []
    for each in gc.get_referents(obj):
        found += each.values() if type(each) is dict and len(each) <= 1000 else [each]
    return found


# What scopes say themselves.

# The states of async_timeout's Timeout in which it is entered, and those of asyncio's.
_ENTERED = ("ENTER", "TIMEOUT", "ACTIVE", "EXPIRING")


def says_entered(scope: Any, task: Task[Any]) -> bool | None:
    """Whether a scope of a known form says that this task has entered it; None if it is of none."""
    if hasattr(scope, "_host_task") and hasattr(scope, "_active"):  # anyio
        return bool(scope._active) and scope._host_task is task
    if hasattr(scope, "_task") and hasattr(scope, "_state"):  # async_timeout, also as a copy in another package
        return scope._task is task and getattr(scope._state, "name", None) in _ENTERED
    if type(getattr(scope, "_tasks", None)) is list:  # aiohttp
        return any(each is task for each in scope._tasks)
    return None


class Said:
    """Says that a scope is entered as long as the scope says so."""

    __slots__ = ("scope",)

    def __init__(self, scope: object) -> None:
        self.scope = reference(scope)

    def same(self, other: object) -> bool:
        return type(other) is Said and self.scope() is other.scope()

    def holds(self, task: Task[Any]) -> bool:
        scope = self.scope()
        return scope is not None and says_entered(scope, task) is True


def reference(obj: object) -> Callable[[], object]:
    """A weak reference, if there can be one: async_timeout's Timeout has slots."""
    try:
        return ref(obj)
    except TypeError:
        return lambda: obj


# All of it together.


def entered_of(task: Task[Any], scopes: list[object]) -> tuple[object, Any] | None:
    """The first of these scopes that a suspended task is inside of, and what says so; None if it is inside of none."""
    everything = entered(task)
    managers = [(held.manager(), held) for held in everything]
    for scope in scopes:
        for manager, held in managers:
            if manager is scope:
                return scope, held
        if says_entered(scope, task):
            return scope, Said(scope)
    return None
