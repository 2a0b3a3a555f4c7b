"""Raise an exception as the interpreter's own re-raise does: no new context, no entry of ours in its traceback."""

import sys
from threading import local
from types import FrameType, TracebackType
from typing import Dict, Iterator, NoReturn, Optional, Tuple

# The slots of BaseException itself: a subclass that overrides the attribute misleads nobody.
traceback_of = BaseException.__traceback__.__get__  # type: ignore[attr-defined]
set_traceback = BaseException.__traceback__.__set__  # type: ignore[attr-defined]
context_of = BaseException.__context__.__get__  # type: ignore[attr-defined]
set_context = BaseException.__context__.__set__  # type: ignore[attr-defined]
cause_of = BaseException.__cause__.__get__  # type: ignore[attr-defined]
set_cause = BaseException.__cause__.__set__  # type: ignore[attr-defined]


def _nothing() -> Iterator[None]:
    return
    yield


_finished = _nothing()
for _ in _finished:
    raise AssertionError

# A `raise` statement links the exception to the one being handled and cuts it out of that one's own chain.
# The throw() of a finished generator does neither, and runs no frame, so that one generator serves all threads.
throw = _finished.throw

if sys.implementation.name == "pypy":

    def throw(exc: BaseException) -> NoReturn:
        """Restore what throw() changes on PyPy: the context, and the one link that led to `exc`."""
        context = context_of(exc)
        link = sys.exc_info()[1]
        seen = set()
        while link is not None and id(link) not in seen and context_of(link) is not exc:
            seen.add(id(link))
            link = context_of(link)
        if link is not None and context_of(link) is not exc:
            link = None
        try:
            _finished.throw(exc)
        finally:
            set_context(exc, context)
            if link is not None:
                set_context(link, exc)
            del exc, context, link


def is_own(tb: TracebackType) -> bool:
    return tb.tb_frame.f_globals.get("__package__") == __package__


def without_own_entries(exc: BaseException) -> BaseException:
    """Take the entries of this package off the head of a traceback; gives the exception back."""
    if sys.implementation.name == "pypy":
        return exc
    tb = traceback_of(exc)
    while tb is not None and is_own(tb):
        tb = tb.tb_next
    set_traceback(exc, tb)
    return exc


class _Left(local):
    """Where in this thread a statement was last left by raising: numbers only, so that nothing is kept alive."""

    last = (0, 0, 0, 0)


_left = _Left()


def leave(exc: BaseException, frame: FrameType) -> None:
    """Note that `exc` is about to be raised by a `with` of `frame`, which adds an entry that no statement would add."""
    _left.last = id(exc), id(traceback_of(exc)), id(frame), frame.f_lasti


def without_with(exc: BaseException, tb: Optional[TracebackType]) -> Optional[TracebackType]:
    """The traceback as leaving a statement would leave it, if its head comes from leaving the last `with`."""
    if tb is None or _left.last[0] != id(exc):
        return tb
    below = tb.tb_next
    while True:
        if _left.last[1:] == (id(below), id(tb.tb_frame), tb.tb_lasti):
            return below
        if below is None or not is_own(below):
            return tb
        below = below.tb_next


def without_entry(tb: Optional[TracebackType], entry: Optional[TracebackType]) -> Optional[TracebackType]:
    """Take one entry out of a traceback, at its head or further down."""
    if entry is None or tb is entry:
        return tb if entry is None else entry.tb_next
    above = tb
    while above is not None and above.tb_next is not entry:
        above = above.tb_next
    if above is not None:
        above.tb_next = entry.tb_next
    return tb
