"""Raise an exception as the interpreter's own re-raise does: no new context, no entry of ours in its traceback."""

from __future__ import annotations

import sys
from opcode import EXTENDED_ARG, opmap
from types import TracebackType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterator, NoReturn

# The descriptors of BaseException itself: a subclass may override the attributes.
_TRACEBACK: Any = vars(BaseException)["__traceback__"]
_CONTEXT: Any = vars(BaseException)["__context__"]
_CAUSE: Any = vars(BaseException)["__cause__"]
traceback_of: Callable[[BaseException], TracebackType | None] = _TRACEBACK.__get__
context_of: Callable[[BaseException], BaseException | None] = _CONTEXT.__get__
cause_of: Callable[[BaseException], BaseException | None] = _CAUSE.__get__
# with_traceback() is quicker than __set__().
set_traceback: Callable[[BaseException, TracebackType | None], object] = BaseException.with_traceback
set_context: Callable[[BaseException, BaseException | None], None] = _CONTEXT.__set__
set_cause: Callable[[BaseException, BaseException | None], None] = _CAUSE.__set__

IS_PYPY = sys.implementation.name == "pypy"


def _entries_stay() -> bool:
    error = Exception()
    try:
        try:
            raise error
        finally:
            set_traceback(error, None)
    except Exception:
        return traceback_of(error) is not None


# Before CPython 3.11 and PyPy 8 the traceback of an exception that is being raised is kept apart from the exception:
# a new __traceback__ does not remove entries from its middle.
ENTRIES_STAY = _entries_stay()
# On these versions and on every PyPy, entries that were removed while the exception is being handled come back.
TRACEBACK_RETURNS = ENTRIES_STAY or IS_PYPY


def _nothing() -> Iterator[None]:
    return
    yield


_finished: Any = _nothing()
next(_finished, None)

# A `raise` statement sets the context of the exception, and removes the exception from the chain of contexts. throw()
# of a finished generator changes neither. It runs no frame, so that one generator serves all threads.
throw: Callable[[BaseException], NoReturn] = _finished.throw

if IS_PYPY and not TYPE_CHECKING:
    from __pypy__ import hidden_applevel

    @hidden_applevel
    def throw(exc):
        """Restore what a generator changes on PyPy: the context, and the link in the chain that led to `exc`."""
        context = context_of(exc)
        link = find_link(sys.exc_info()[1], exc)
        try:
            _finished.throw(exc)
        finally:
            set_context(exc, context)
            if link is not None:
                set_context(link, exc)
            del exc, context, link


def find_link(exc: BaseException | None, wanted: BaseException) -> BaseException | None:
    """Return the exception in the chain of contexts of `exc` whose context is `wanted`."""
    seen: set[int] = set()
    while exc is not None and id(exc) not in seen:
        seen.add(id(exc))
        context = context_of(exc)
        if context is wanted:
            return exc
        exc = context
    return None


def chain(exc: BaseException, context: BaseException) -> None:
    """Set the context as a `raise` statement does while `context` is handled."""
    if exc is not context:
        link = find_link(context, exc)
        if link is not None:
            set_context(link, None)
        set_context(exc, context)


def without_own(tb: TracebackType | None) -> TracebackType | None:
    """Return the traceback from its first entry that is not of this package."""
    while tb is not None and tb.tb_frame.f_globals.get("__package__") == __package__:
        tb = tb.tb_next
    return tb


def drop_own_entries(exc: BaseException) -> None:
    """Take this package's frames out of the traceback of an exception."""
    first = traceback_of(exc)
    head = entry = without_own(first)
    set_traceback(exc, head)
    if ENTRIES_STAY:
        if first is not None and first is not head:
            # The traceback that is being raised keeps its first entry.
            first.tb_next = head
        while entry is not None:
            below = without_own(entry.tb_next)
            if below is not entry.tb_next:
                entry.tb_next = below
            entry = below


# The instructions of a `with` that call __exit__, and that ask for the truth of what an awaited __aexit__ returned.
_CALLS_EXIT = opmap.get("WITH_EXCEPT_START", opmap.get("WITH_CLEANUP_START"))
_LEAVES_WITH = {_CALLS_EXIT} | {
    opmap.get(name) for name in ("WITH_CLEANUP_FINISH", "POP_JUMP_IF_TRUE", "POP_JUMP_FORWARD_IF_TRUE", "TO_BOOL")
}


def without_withs(tb: TracebackType | None, may_be_new: bool = False) -> TracebackType | None:
    """Return the traceback without the entries at its head that come from a `with catch` and not from a statement.

    If __exit__ raises, the frame of the `with` gets an entry. For another manager, the next entry is that of its
    __exit__, a frame that the `with` called. For `catch`, the next entry is the one that the exception had before, or
    there is none if the exception `may_be_new`. No other state is needed.
    """
    while tb is not None:
        below = without_own(tb.tb_next) if ENTRIES_STAY else tb.tb_next
        frame = tb.tb_frame
        if below.tb_frame.f_back is frame if below is not None else not may_be_new:
            break
        if not _leaves_with(frame.f_code.co_code, tb.tb_lasti):
            break
        tb = below
    return tb


def _leaves_with(code: bytes, place: int) -> bool:
    # Below 3.11 the traceback points to this prefix of a jump over more than 255 bytes.
    while 0 <= place < len(code) and code[place] == EXTENDED_ARG:
        place += 2
    return 0 <= place < len(code) and code[place] in _LEAVES_WITH
