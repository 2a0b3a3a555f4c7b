"""Below 3.11: finds the requests that bypassed the record, by a bound task.cancel() that somebody took before.

loop.add_signal_handler(SIGTERM, task.cancel) is one. Such a request shows in a CancelledError that comes from a wait
whose future only the Task itself can cancel.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
from __future__ import annotations

from inspect import CO_ASYNC_GENERATOR
from opcode import opname
from types import CodeType, CoroutineType, FrameType, FunctionType
from typing import Any

from .records import read_locals

# Modules and functions of asyncio whose waits are for a future that they keep to themselves, and the group's own wait.
_PRIVATE_MODULES = ("asyncio.locks", "asyncio.queues", "asyncio.streams")
_PRIVATE_WAITS = (
    ("asyncio.tasks", "sleep"),
    ("asyncio.tasks", "__sleep0"),
    ("asyncio.tasks", "_wait"),
    (__name__.rpartition("._cancellation")[0] + "._group", "__aexit__"),
)
# Methods and functions that step an asynchronous generator.
_STEPS = {"anext", "__anext__", "asend", "athrow", "aclose"}


def came_by_own_wait(error: BaseException) -> bool:
    """Return whether a CancelledError comes from a wait for a future that only the Task can have cancelled.

    Each entry of its traceback has to await the code of the next one. An error that a future or a variable has carried
    over from another task has entries of that task.
    """
    entries: list[Any] = []
    tb = error.__traceback__
    while tb is not None:
        # Skip the frames of pure Python Tasks and Futures.
        if _place(tb.tb_frame)[0] != "asyncio.futures" and _place(tb.tb_frame) != ("asyncio.tasks", "__wakeup"):
            entries.append(tb)
        tb = tb.tb_next
    return (
        bool(entries)
        and _waits_alone(entries[-1].tb_frame)
        and (_instruction(entries[-1], 0)[0] == "YIELD_FROM" or entries[-1].tb_frame.f_code.co_name == "__sleep0")
        and all(_awaits(outer, inner.tb_frame.f_code) for outer, inner in zip(entries, entries[1:]))
    )


def _place(frame: FrameType) -> tuple[Any, str]:
    return frame.f_globals.get("__name__"), frame.f_code.co_name


def _waits_alone(frame: FrameType) -> bool:
    """Return whether a frame at an await waits for a future that nothing but the Task cancels."""
    place = _place(frame)
    if place == ("asyncio.tasks", "wait_for"):
        # Without a timeout it awaits the future that it was given.
        return read_locals(frame, ("timeout",)) != [None]
    # All callers of wait_closed() wait for one future.
    return (place[0] in _PRIVATE_MODULES and place[1] != "wait_closed") or place in _PRIVATE_WAITS


def _instruction(tb: Any, before: int) -> tuple[str, int]:
    """Return the name and the argument of an instruction at or before that of an entry; none in compiled code."""
    code, at = tb.tb_frame.f_code.co_code, tb.tb_lasti - 2 * before
    return (opname[code[at]], code[at + 1]) if 0 <= at < len(code) else ("", 0)


def _awaits(tb: Any, inner: CodeType) -> bool:
    """Return whether an entry stands at an await that has begun this code.

    In front of YIELD_FROM stands the None that is sent first. Before it, GET_ANEXT is an `async for`; GET_AWAITABLE
    follows the instruction that has made the awaitable.
    """
    frame: FrameType = tb.tb_frame
    code = frame.f_code
    if _instruction(tb, 0)[0] != "YIELD_FROM":
        return False
    if _instruction(tb, 2)[0] == "GET_ANEXT":
        return inner.co_name == "__anext__" or bool(inner.co_flags & CO_ASYNC_GENERATOR)
    made_by, argument = _instruction(tb, 3)
    if made_by == "BEFORE_ASYNC_WITH":
        return inner.co_name == "__aenter__"
    if made_by == "LOAD_FAST":
        [coro] = read_locals(frame, (code.co_varnames[argument],))
        return type(coro) is CoroutineType and coro.cr_code is inner
    if not made_by.startswith("CALL_"):
        return False
    # The methods of an asynchronous generator have no code of their own.
    if inner.co_flags & CO_ASYNC_GENERATOR and not _STEPS.isdisjoint(code.co_names):
        return True
    # A call: the caller knows the code by its name, or has a function with this code.
    values = read_locals(frame, (*code.co_varnames, *code.co_freevars, *code.co_cellvars))
    values += [frame.f_globals.get(name) for name in code.co_names]
    known = (each.__code__ for each in values if type(each) is FunctionType)
    return inner.co_name in code.co_names or any(each is inner for each in known)
