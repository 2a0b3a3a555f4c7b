"""Below 3.11: which cancel scopes a task is inside of.

A scope is an object that a task has entered and that settles its own cancellation request when it is left:
async_timeout's Timeout, anyio's CancelScope, aiohttp's TimerContext. Two kinds of evidence say that it is entered:

- A with statement holds the bound __exit__ of its object on the stack of its frame until the block is left; an exit
  stack holds it likewise.
- The scopes of the known libraries have attributes for their task and their state.

Only the type of a held object is inspected: proxies and mocks would run code of their own. Nothing is followed further
than one reference, so the cost depends on the depth of the await chain, not on how much the objects in it hold.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
from __future__ import annotations

import sys
from asyncio import Task, tasks
from collections import deque
from contextlib import AsyncExitStack, ExitStack, _GeneratorContextManagerBase
from gc import get_referents
from types import AsyncGeneratorType, BuiltinMethodType, CoroutineType, FrameType, GeneratorType, MethodType
from typing import Any, Callable, Iterator
from weakref import ref

_CPYTHON = sys.implementation.name == "cpython"
_EXITS = ("__exit__", "__aexit__")
_METHODS = (MethodType, BuiltinMethodType)

# For each type with frames of its own: the attributes for its frame and for the object that it awaits.
_FRAMES: dict[Any, tuple[str, str]] = {
    CoroutineType: ("cr_frame", "cr_await"),
    GeneratorType: ("gi_frame", "gi_yieldfrom"),
    AsyncGeneratorType: ("ag_frame", "ag_await"),
}
_CONTAINERS = (list, tuple, dict, set, frozenset, deque)
# Larger dicts of attributes are not read: they are data.
_MOST_ATTRIBUTES = 100


def _chain_frames(awaitable: Any) -> Iterator[FrameType]:
    """Iterate over the frames of a suspended awaitable and of the awaitables inside of it, outermost first."""
    seen: set[int] = set()
    while awaitable is not None and id(awaitable) not in seen:
        seen.add(id(awaitable))
        names = _FRAMES.get(type(awaitable))
        if names is None:
            # A wrapper around one of these types may also refer to the outermost coroutine.
            inner = (each for each in _direct_referents(awaitable) if type(each) in _FRAMES)
            awaitable = next((each for each in inner if id(each) not in seen), None)
        else:
            frame = getattr(awaitable, names[0])
            if frame is not None:
                yield frame
            awaitable = getattr(awaitable, names[1])


def _direct_referents(obj: object) -> list[object]:
    """Return the objects that an object refers to itself or by its attributes; none for a container."""
    found: list[object] = []
    if not issubclass(type(obj), _CONTAINERS):
        for each in get_referents(obj):
            if type(each) is not dict:
                found.append(each)
            elif len(each) <= _MOST_ATTRIBUTES:
                found += each.values()
    return found


def _entered_in(frame: FrameType) -> Iterator[tuple[Any, Any]]:
    """Iterate over the bound __exit__ of each scope that the code of one frame has entered, with its exit stack."""
    for method in get_referents(frame):
        # A method can be bound to any callable, also to one without a name.
        if type(method) in _METHODS and getattr(method, "__name__", None) in _EXITS:
            yield method, None
            yield from _entered_by(method.__self__)


def _entered_by(manager: Any) -> Iterator[tuple[Any, Any]]:
    """Iterate over the same of the scopes that a manager of contextlib's has entered for the block inside of it."""
    if issubclass(type(manager), (ExitStack, AsyncExitStack)):
        for _, callback in tuple(manager._exit_callbacks):
            if type(callback) is MethodType:
                yield callback, manager
                yield from _entered_by(callback.__self__)
    elif issubclass(type(manager), _GeneratorContextManagerBase):
        for frame in _chain_frames(manager.gen):
            yield from _entered_in(frame)


def _entered(task: Task[Any]) -> Iterator[tuple[Any, Any]]:
    """Iterate over the same for all frames of a task: those of a suspended one, on PyPy also those of a running one."""
    if tasks.current_task(task.get_loop()) is not task:
        for frame in _chain_frames(task.get_coro()):
            yield from _entered_in(frame)
        return
    caller: FrameType | None = sys._getframe()
    while caller is not None:
        yield from _entered_in(caller)
        caller = caller.f_back


# The states of async_timeout's Timeout in which it is entered, and those of asyncio's.
_ENTERED_STATES = ("ENTER", "TIMEOUT", "ACTIVE", "EXPIRING")


def says_entered(scope: Any, task: Task[Any]) -> bool | None:
    """Return whether a scope of a known form says that this task has entered it; None for other forms."""
    if hasattr(scope, "_host_task") and hasattr(scope, "_active"):  # anyio
        return bool(scope._active) and scope._host_task is task
    if hasattr(scope, "_task") and hasattr(scope, "_state"):  # async_timeout, also as a copy in another package
        return scope._task is task and getattr(scope._state, "name", None) in _ENTERED_STATES
    if type(getattr(scope, "_tasks", None)) is list:  # aiohttp
        return any(each is task for each in scope._tasks)
    return None


class ScopeRequest:
    """A request that ends when its scope's bound __exit__ is freed or, without one, when the attributes say so."""

    __slots__ = ("scope", "message", "method", "stack")

    def __init__(self, scope: object, message: Any, method: Any = None, stack: Any = None) -> None:
        self.scope = _reference(scope)
        self.message = message
        self.method = None if method is None else ref(method)
        self.stack = None if stack is None else ref(stack)

    def holds(self, task: Task[Any]) -> bool:
        """Return whether the scope is still entered."""
        if self.method is None:
            scope = self.scope()
            return scope is not None and says_entered(scope, task) is True
        method = self.method()
        if method is None:
            return False
        if self.stack is not None:
            # A traceback may keep the method alive after its call: the stack knows.
            stack: Any = self.stack()
            if stack is None or all(callback is not method for _, callback in stack._exit_callbacks):
                return False
        # PyPy frees the method later. But there the frames of a running task can be read.
        return _CPYTHON or any(each is method for each, _ in _entered(task))


def _reference(obj: object) -> Callable[[], object]:
    """Return a weak reference if the object takes one: async_timeout's Timeout has slots."""
    try:
        return ref(obj)
    except TypeError:
        return lambda: obj


def find_entered(task: Task[Any], scopes: list[object], message: Any) -> ScopeRequest | None:
    """Return the request of the first of these scopes that a task is inside of, or None."""
    entered = list(_entered(task))
    for scope in scopes:
        for method, stack in entered:
            if method.__self__ is scope:
                return ScopeRequest(scope, message, method, stack)
        if says_entered(scope, task):
            return ScopeRequest(scope, message)
    return None
