"""Below 3.11: the frames of a suspended await chain, and what a frame or an awaitable refers to directly.

Nothing is followed further than one reference. So the cost depends on the depth of the chain, and not on how much the
objects in it hold.
"""

# Frames hold objects of any type:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from collections import deque
from gc import get_referents
from types import AsyncGeneratorType, CoroutineType, FrameType, GeneratorType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator

# For each type with frames of its own: the attributes for its frame and for the object that it awaits.
_FRAMES: dict[Any, tuple[str, str]] = {
    CoroutineType: ("cr_frame", "cr_await"),
    GeneratorType: ("gi_frame", "gi_yieldfrom"),
    AsyncGeneratorType: ("ag_frame", "ag_await"),
}

_CONTAINERS = (list, tuple, dict, set, frozenset, deque)
# An object with more attributes is not read: a class names fewer.
_MOST_ATTRIBUTES = 100


def chain_frames(awaitable: Any) -> Iterator[FrameType]:
    """Iterate over the frames of a suspended awaitable and of the awaitables inside of it, outermost first."""
    for each in await_chain(awaitable):
        names = _FRAMES.get(type(each))
        if names is not None:
            yield getattr(each, names[0])


def await_chain(awaitable: Any) -> Iterator[Any]:
    """Iterate over a suspended awaitable, the one that it awaits, and so on to the innermost that can be found."""
    seen: set[int] = set()
    while awaitable is not None and id(awaitable) not in seen:
        seen.add(id(awaitable))
        names = _FRAMES.get(type(awaitable))
        if names is None:
            yield awaitable
            # asend() of an asynchronous generator, __await__() of a coroutine, a wrapper around one. A wrapper may
            # also refer to the outermost coroutine.
            inner = (each for each in direct_referents(awaitable) if type(each) in _FRAMES)
            awaitable = next((each for each in inner if id(each) not in seen), None)
        elif getattr(awaitable, names[0]) is None:
            awaitable = None
        else:
            yield awaitable
            awaitable = getattr(awaitable, names[1])


def direct_referents(obj: object) -> list[object]:
    """Return the objects that an object refers to itself or by its attributes; none for a container."""
    found: list[object] = []
    if issubclass(type(obj), _CONTAINERS):
        return found
    for each in get_referents(obj):
        if type(each) is not dict:
            found.append(each)
        elif len(each) <= _MOST_ATTRIBUTES:
            found += each.values()
    return found


def held_objects(frame: FrameType) -> list[Any]:
    """Return the objects that a frame holds: its variables and its stack, where `with` keeps the bound __exit__."""
    return get_referents(frame)
