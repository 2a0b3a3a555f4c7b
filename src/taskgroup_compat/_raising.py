"""Raise an exception as the interpreter's own re-raise does: no new context, no entry of ours in its traceback."""

import sys
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
