"""Below 3.11: which cancel scopes a task is inside of.

A scope is an object that a task has entered and that settles its own cancellation request when it is left:
async_timeout's Timeout, anyio's CancelScope, aiohttp's TimerContext. Two kinds of evidence say that it is entered:

- A with statement holds the bound __exit__ of its object on the stack of its frame from before __enter__ until the
  block is left; an exit stack holds it likewise.
- The scopes of the known libraries have attributes for their task and their state.

Only the type of a held object is inspected: proxies and mocks would run code of their own.
"""

# Frames hold objects of any type:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import sys
from asyncio import Task, tasks
from contextlib import AsyncExitStack, ExitStack, _GeneratorContextManagerBase
from types import BuiltinMethodType, FrameType, MethodType
from weakref import ref

from .frames import chain_frames, held_objects
from .undelivered import first_argument

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterator

_CPYTHON = sys.implementation.name == "cpython"

_EXITS = ("__exit__", "__aexit__")
_METHODS = (MethodType, BuiltinMethodType)


def is_scope(obj: object) -> bool:
    """Return whether an object is a context manager, so that it may be a scope."""
    kind = type(obj)
    return hasattr(kind, "__exit__") or hasattr(kind, "__aexit__")


def calling_scopes(frame: FrameType | None) -> list[object]:
    """Return the scopes whose methods call from a frame outwards, outermost first; none for any other caller.

    A scope may cancel through others of its kind, as anyio's do for the scopes inside of them. A record only forwards
    the call.
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


class FrameEvidence:
    """Says that a scope is entered as long as a frame, or an exit stack, holds its bound __exit__."""

    __slots__ = ("method", "stack")

    def __init__(self, method: MethodType, stack: Any = None) -> None:
        self.method = ref(method)
        self.stack = None if stack is None else ref(stack)

    def manager(self) -> object:
        return getattr(self.method(), "__self__", None)

    def same(self, other: object) -> bool:
        # One of the two has been found just now, so that its method is alive.
        return type(other) is FrameEvidence and self.method() is other.method()

    def holds(self, task: Task[Any]) -> bool:
        """Return whether the scope is still entered."""
        if _CPYTHON or not self._is_alive():
            return self._is_alive()
        # PyPy frees the method later. But there the frames of a running task can be read.
        if tasks.current_task(task.get_loop()) is not task:
            return any(map(self.same, _entered(task)))
        frame: FrameType | None = sys._getframe()
        while frame is not None and not any(map(self.same, _entered_in(frame))):
            frame = frame.f_back
        return frame is not None

    def _is_alive(self) -> bool:
        method = self.method()
        if self.stack is None or method is None:
            return method is not None
        # The traceback of a callback that has been called may keep the method alive, so the stack is asked.
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


def _entered_in(frame: FrameType) -> Iterator[FrameEvidence]:
    """Iterate over the scopes that the code of one frame has entered."""
    for method in held_objects(frame):
        if _is_exit(method):
            yield FrameEvidence(method)
            yield from _entered_by(method.__self__)


def _entered_by(manager: Any) -> Iterator[FrameEvidence]:
    """Iterate over the scopes that a manager of contextlib's has entered for the block inside of it."""
    if issubclass(type(manager), (ExitStack, AsyncExitStack)):
        for _, callback in tuple(manager._exit_callbacks):
            if type(callback) is MethodType:
                yield FrameEvidence(callback, manager)
                yield from _entered_by(callback.__self__)
    elif issubclass(type(manager), _GeneratorContextManagerBase):
        for frame in chain_frames(manager.gen):
            yield from _entered_in(frame)


def _entered(task: Task[Any]) -> Iterator[FrameEvidence]:
    """Iterate over the scopes that the frames of a suspended task have entered, outermost first."""
    for frame in chain_frames(task.get_coro()):
        yield from _entered_in(frame)


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


class ScopeEvidence:
    """Says that a scope is entered as long as the scope itself says so."""

    __slots__ = ("scope",)

    def __init__(self, scope: object) -> None:
        self.scope = reference(scope)

    def same(self, other: object) -> bool:
        return type(other) is ScopeEvidence and self.scope() is other.scope()

    def holds(self, task: Task[Any]) -> bool:
        scope = self.scope()
        return scope is not None and says_entered(scope, task) is True


def reference(obj: object) -> Callable[[], object]:
    """Return a weak reference if the object takes one: async_timeout's Timeout has slots."""
    try:
        return ref(obj)
    except TypeError:
        return lambda: obj


def find_entered(task: Task[Any], scopes: list[object]) -> tuple[object, Any] | None:
    """Return the first of these scopes that a suspended task is inside of, and the evidence; None for none."""
    entered = [(each.manager(), each) for each in _entered(task)]
    for scope in scopes:
        for manager, evidence in entered:
            if manager is scope:
                return scope, evidence
        if says_entered(scope, task):
            return scope, ScopeEvidence(scope)
    return None
