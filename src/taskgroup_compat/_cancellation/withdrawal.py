"""Below 3.13: whether what a task is inside of may yet withdraw a request to cancel it, before the task's step ends.

A group that leaves a request behind cancels its parent again. Whoever withdraws that request in the same step cannot
clear the cancellation, which would be a stray one: so where that may come, the group cancels right after the step. A
task that returns in this step is then not cancelled, as with asyncio's own group on 3.11 and 3.12.
"""

# What is reached is of any type:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from contextvars import copy_context
from functools import partial
from gc import get_referents
from types import (
    AsyncGeneratorType,
    BuiltinMethodType,
    CodeType,
    CoroutineType,
    FunctionType,
    GeneratorType,
    MethodDescriptorType,
    MethodType,
)

from .scopes import awaiting, is_scope, reached
from .undelivered import pause

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Task
    from typing import Any, Callable, Iterable

    # Whether an object that the task reaches may withdraw one of its requests.
    _Withdraws = Callable[[object, Task[Any]], bool]


async def may_be_withdrawn(task: Task[Any], loop: AbstractEventLoop, withdraws: _Withdraws) -> bool:
    """Looks at the current task while it is suspended for a moment. A cancellation meanwhile is counted by others."""
    found: list[bool] = []
    await pause(loop, lambda: found.append(_leads_to_one(task, withdraws)))
    return found == [True]


# The pause and those who wait for it: pause(), may_be_withdrawn(), deliver_what_remains() and the group's __aexit__().
_OWN = 5


def _leads_to_one(task: Task[Any], withdraws: _Withdraws) -> bool:
    """Whether a suspended task reaches what may withdraw a request, or that cannot be ruled out."""
    try:
        chain = list(awaiting(task.get_coro()))
        # Compiled coroutines show nothing: then the chain does not lead to the pause, or through what cannot be read.
        if getattr(chain[-1], "__qualname__", "") != "_Pause.__await__" or not all(map(_is_readable, chain)):
            return True
        context = copy_context()
        sources = [(each, None) for each in (*chain[:-_OWN], *context.values())]
        found, complete = reached(sources, _settles, chain[-_OWN:])
        return not complete or any(withdraws(obj, task) for obj, _ in found if not _settles(obj))
    except Exception:
        # What frames hold may raise anything; late hurts nobody.
        return True


# Awaitables of the interpreter beside its coroutines and generators. Nuitka puts its own types into builtins too.
_INTERPRETERS = frozenset(("coroutine_wrapper", "async_generator_asend", "async_generator_athrow", "anext_awaitable"))

_CODES: dict[type, str] = {
    CoroutineType: "cr_code",
    GeneratorType: "gi_code",
    AsyncGeneratorType: "ag_code",
    FunctionType: "__code__",
}
_BOUND = (MethodType, BuiltinMethodType)
_UNBOUND = (FunctionType, MethodDescriptorType)


def _is_readable(awaitable: object) -> bool:
    """Whether all that an awaitable holds can be found: it is the interpreter's own, or written in Python."""
    kind = type(awaitable)
    if kind in _CODES or (kind.__module__ == "builtins" and kind.__name__ in _INTERPRETERS):
        return True
    # what a task runs, and what it awaits
    steps = (getattr(kind, "send", None), getattr(kind, "__next__", None))
    return any(type(step) is FunctionType for step in steps)


def _settles(obj: object) -> bool:
    """Whether this is a group or a timeout of this package, which clears what it leaves undelivered."""
    return getattr(type(obj), "_clears_stale_requests", False) is True


def calls_uncancel(obj: object, task: Task[Any]) -> bool:
    """Whether this is the task's uncancel(), has code that calls one, or is made to call the function."""
    kind: Any = type(obj)
    callee: Any = obj
    if is_scope(obj):
        return "uncancel" in names_of_methods(kind)
    if kind in _BOUND:
        return callee.__self__ is task and getattr(callee, "__name__", None) == "uncancel"
    if kind in _CODES and callee.__name__ != "uncancel" and "uncancel" in _names(getattr(callee, _CODES[kind])):
        return True
    return any(type(each) in _UNBOUND and each.__name__ == "uncancel" for each in _given(callee))


def _given(obj: Any) -> Iterable[Any]:
    """What a function has from around it, or a partial of functools': an exit stack makes such of its callbacks."""
    if type(obj) is FunctionType:
        return [each for cell in obj.__closure__ or () for each in get_referents(cell)]
    return (obj.func,) if type(obj) is partial else ()


def names_of_methods(kind: type) -> set[str]:
    """The names that the methods of a class use; none if it is compiled. Others call an uncancel() of its own."""
    found: set[str] = set()
    for each in kind.__mro__:
        for name, method in vars(each).items():
            if type(method) is FunctionType and name != "uncancel":
                found |= _names(method.__code__)
    return found


def _names(code: Any) -> set[str]:
    """The names of globals and attributes in a code, and in the functions inside of it."""
    # PyPy's methods of classes in C are functions with a code of another type.
    if type(code) is not CodeType:
        return set()
    return {*code.co_names, *(name for each in code.co_consts for name in _names(each))}
