"""Below 3.13: which scopes a task is inside of, read from what its with statements hold.

A scope is an object that a task has entered and that settles the cancellation it asked for when it is left:
async_timeout's Timeout, anyio's CancelScope, aiohttp's TimerContext. A with statement holds the bound __exit__ of its
object on the stack of its frame from before __enter__ until the block is left. So that method says that the scope is
entered, and it is gone the moment the scope is left.

Of what frames hold, the class alone is asked, here and below: proxies and mocks would run code of their own.
"""

# What frames hold is of any type:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import gc
import sys
from asyncio import Task, current_task
from contextlib import AsyncExitStack, ExitStack, _GeneratorContextManagerBase
from types import AsyncGeneratorType, BuiltinMethodType, CoroutineType, FrameType, GeneratorType, MethodType
from weakref import ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator

_REFERENCE_COUNTS = sys.implementation.name == "cpython"

EXITS = ("__exit__", "__aexit__")
_ENTERS = {"__enter__", "__aenter__", "enter_context", "enter_async_context"}

_METHODS = (MethodType, BuiltinMethodType)

# For each type with frames of its own: its frame, and what it waits for.
_FRAMES: dict[Any, tuple[str, str]] = {
    CoroutineType: ("cr_frame", "cr_await"),
    GeneratorType: ("gi_frame", "gi_yieldfrom"),
    AsyncGeneratorType: ("ag_frame", "ag_await"),
}


def _is_scope(obj: object) -> bool:
    return hasattr(type(obj), "__exit__") or hasattr(type(obj), "__aexit__")


def _first_argument(frame: FrameType) -> object:
    """The first argument of the function that a frame runs.

    f_locals makes a copy of all locals that the frame then keeps, an exception among them would be in a cycle with it:
    the copy is emptied again, unless somebody has it from locals().
    """
    values = frame.f_locals
    first = values.get(frame.f_code.co_varnames[0])
    if _REFERENCE_COUNTS and sys.getrefcount(values) <= 3:
        values.clear()
    return first


def asking(frame: FrameType | None) -> list[object]:
    """The scopes whose methods call from a frame outwards, outermost first; none if the caller is not one's method.

    A scope may ask through others of its kind, as anyio's do for the scopes inside of them.
    """
    found: list[object] = []
    while frame is not None and frame.f_code.co_argcount:
        first = _first_argument(frame)
        if not _is_scope(first) or (found and type(first) is not type(found[0])):
            break
        found.insert(0, first)
        frame = frame.f_back
    return found


class Held:
    """What says that a scope is entered: the bound __exit__ that a frame holds, or that an exit stack has to call."""

    __slots__ = ("method", "stack")

    def __init__(self, method: MethodType, stack: Any = None) -> None:
        self.method = ref(method)
        self.stack = None if stack is None else ref(stack)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Held) and self.method() is not None and self.method() is other.method()

    def alive(self) -> bool:
        method = self.method()
        if self.stack is None or method is None:
            return method is not None
        # A callback that has been called may live on in a traceback's frame, so the stack is asked.
        stack: Any = self.stack()
        return stack is not None and any(callback is method for _, callback in stack._exit_callbacks)


def _held_by(owner: object) -> Iterator[Held]:
    """What the code of one frame has entered."""
    for method in gc.get_referents(owner):
        if type(method) in _METHODS and method.__name__ in EXITS:
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
        yield from _of(manager.gen)


def _of(awaitable: Any) -> Iterator[Held]:
    """All that a suspended awaitable has entered, outermost first."""
    for owner in _chain(awaitable):
        yield from _held_by(owner)


def _chain(awaitable: Any) -> Iterator[object]:
    """What has the stacks, from an awaitable to the innermost that it waits for: frames, from 3.11 on coroutines."""
    seen: list[object] = []
    while awaitable is not None and not any(awaitable is one for one in seen):
        seen.append(awaitable)
        names = _FRAMES.get(type(awaitable))
        if names is None:
            # asend() of an asynchronous generator, __await__() of a coroutine. Others may refer back to the outermost.
            inner = [one for one in gc.get_referents(awaitable) if type(one) in _FRAMES]
            awaitable = next((one for one in inner if not any(one is other for other in seen)), None)
        elif getattr(awaitable, names[0]) is None:
            awaitable = None
        else:
            yield awaitable if sys.version_info >= (3, 11) else getattr(awaitable, names[0])
            awaitable = getattr(awaitable, names[1])


def entered(task: Task[Any]) -> list[Held]:
    """All that a suspended task has entered, outermost first."""
    return list(_of(task.get_coro()))


def scopes_of(manager: object) -> Iterator[object]:
    """A manager, and what it keeps and enters in its own __enter__, as anyio's task groups do with their scope."""
    yield manager
    for name in ("__aenter__", "__enter__"):
        code = getattr(getattr(type(manager), name, None), "__code__", None)
        if code is not None and not _ENTERS.isdisjoint(code.co_names):
            for kept in gc.get_referents(manager):
                yield from filter(_is_scope, kept.values() if type(kept) is dict else (kept,))


def entered_of(task: Task[Any], scopes: list[object]) -> tuple[object, Held] | None:
    """The first of these scopes that a suspended task is inside of, and what says so."""
    everything = entered(task)
    for scope in scopes:
        for held in everything:
            manager = getattr(held.method(), "__self__", None)
            if any(inner is scope for inner in scopes_of(manager)):
                return scope, held
    return None


def holds(task: Task[Any], held: Held) -> bool:
    """Whether a scope of entered_of() is still entered."""
    if _REFERENCE_COUNTS or not held.alive():
        return held.alive()
    # PyPy frees the method later. But there the frames of a running task can be read.
    if current_task(task.get_loop()) is not task:
        return held in entered(task)
    frame: FrameType | None = sys._getframe()
    while frame is not None and held not in _held_by(frame):
        frame = frame.f_back
    return frame is not None
