"""The steps of `except*`: which clause gets what, and what leaves the statement."""

import sys
from inspect import isawaitable
from types import CoroutineType, FrameType, TracebackType
from typing import Any, Callable, Dict, List, Optional, Set, Tuple, Type, Union

from ._raising import (
    cause_of,
    context_of,
    set_cause,
    set_context,
    set_traceback,
    throw,
    traceback_of,
    without_entry,
    without_with,
)

if sys.version_info >= (3, 11):
    BaseExceptionGroup = BaseExceptionGroup
else:
    from exceptiongroup import BaseExceptionGroup

Types = Union[Type[BaseException], Tuple[Type[BaseException], ...]]
Clauses = Tuple[Tuple[Types, Callable[[Any], object]], ...]

PYPY = sys.implementation.name == 'pypy'
_is_subclass = type.__subclasscheck__
_children = BaseExceptionGroup.exceptions.__get__

def matches(kind: Type[BaseException], types: Types) -> bool:
    """Whether a class is one of `types` by inheritance alone: hooks and virtual subclasses do not count."""
    if isinstance(types, tuple):
        for each in types:
            if _is_subclass(each, kind):
                return True
        return False
    return _is_subclass(types, kind)


def leaves(exc, found):
    if issubclass(type(exc), BaseExceptionGroup):
        for child in _children(exc):
            leaves(child, found)
    else:
        found.add(id(exc))


if sys.version_info >= (3, 11):

    def split(group, types):
        return group.split(types)

    def project(group, keep):
        return BaseExceptionGroup.subgroup(group, lambda exc: id(exc) in keep)

else:
    _own_split = BaseExceptionGroup.split

    def split(group, types):
        method = group.split
        if getattr(method, "__func__", None) is _own_split:
            return _divide(group, lambda exc: matches(type(exc), types), True)
        return method(types)

    def project(group, keep):
        return _divide(group, lambda exc: id(exc) in keep, False)[0]

    def _divide(exc, test, want_rest):
        if test(exc):
            return exc, None
        if not issubclass(type(exc), BaseExceptionGroup):
            return None, exc
        matching, others = [], []
        for child in _children(exc):
            match, rest = _divide(child, test, want_rest)
            if match is not None:
                matching.append(match)
            if rest is not None:
                others.append(rest)
        return (
            _rebuild(exc, matching) if matching else None,
            _rebuild(exc, others) if others and want_rest else None,
        )

    def _rebuild(group, children):
        new = group.derive(children)
        if not issubclass(type(new), BaseExceptionGroup):
            raise TypeError("derive must return an instance of BaseExceptionGroup")
        tb = traceback_of(group)
        if tb is not None:
            set_traceback(new, tb)
        set_context(new, context_of(group))
        set_cause(new, cause_of(group))
        try:
            notes = group.__notes__
        except AttributeError:
            return new
        if hasattr(type(notes), "__getitem__") and not isinstance(notes, dict):
            new.__notes__ = list(notes)
        return new


class Statement:
    """One run of the statement: `orig` is what its body raised, `rest` what no clause has taken so far."""

    __slots__ = ("orig", "rest", "excs", "clauses", "match", "handler", "result", "raised_by", "done", "tracebacks")

    def __init__(self, clauses, orig, frame):
        self.orig = self.rest = orig
        self.excs = []
        self.clauses = iter(clauses)
        self.raised_by = None
        self.done = False
        if PYPY:
            self.tracebacks = []
        tb = traceback_of(orig)
        if tb is not None and tb.tb_frame is frame and not PYPY:
            set_traceback(orig, without_with(orig, tb))

    def advance(self) -> bool:
        """Go to the next clause that matches; after the last one, work out the result and return False."""
        for types, handler in self.clauses:
            rest = self.rest
            if rest is None:
                break
            if matches(type(rest), types):
                self.rest = None
                if issubclass(type(rest), BaseExceptionGroup):
                    match = rest
                else:
                    match = BaseExceptionGroup("", (rest,))
                    tb = traceback_of(rest)
                    if tb is not None:
                        set_traceback(match, TracebackType(None, tb.tb_frame, tb.tb_lasti, tb.tb_lineno))
            elif issubclass(type(rest), BaseExceptionGroup):
                match, self.rest = parts(rest, split(rest, types))
                if match is None:
                    continue
            else:
                continue
            self.match = match
            self.handler = handler
            return True
        self.result = self.outcome()
        return False

    def outcome(self):
        orig, excs = self.orig, self.excs
        if self.rest is not None:
            excs.append(self.rest)
        if not excs:
            return None
        if not issubclass(type(orig), BaseExceptionGroup):
            return excs[0]
        if PYPY:
            for exc, tb in self.tracebacks:
                set_traceback(exc, tb)
        tb, cause, context = traceback_of(orig), cause_of(orig), context_of(orig)
        results = []
        keep = set()
        for exc in excs:
            if traceback_of(exc) is tb and cause_of(exc) is cause and context_of(exc) is context:
                leaves(exc, keep)
            else:
                results.append(exc)
        if keep:
            projection = project(orig, keep)
            if projection is not None:
                results.append(projection)
        if not results:
            return None
        return results[0] if len(results) == 1 else BaseExceptionGroup("", results)

    def run(self):
        """Run the handlers; return what is to leave the statement, None if nothing is."""
        more = self.advance()
        try:
            while more:
                match = self.match
                if match is sys.exc_info()[1]:
                    self.handle()
                    more = self.advance()
                    continue
                tb = traceback_of(match)
                try:
                    throw(match)
                except BaseException:
                    self.raised_by = traceback_of(match)
                    set_traceback(match, tb)
                    self.handle()
                    if traceback_of(match) is not tb:
                        set_traceback(match, without_entry(traceback_of(match), self.raised_by))
                    more = self.advance()
            return self.result
        finally:
            self = match = tb = None

    async def run_async(self):
        more = self.advance()
        try:
            while more:
                match = self.match
                tb = traceback_of(match)
                try:
                    throw(match)
                except BaseException:
                    self.raised_by = traceback_of(match)
                    set_traceback(match, tb)
                    try:
                        returned = self.handler(match)
                        if returned is not None and isawaitable(returned):
                            await Awaiting(self, returned)
                    except BaseException as exc:
                        self.collect(exc)
                    if traceback_of(match) is not tb:
                        set_traceback(match, without_entry(traceback_of(match), self.raised_by))
                    more = self.advance()
            self.done = True
            return self.result
        finally:
            self = match = tb = returned = None

    def handle(self):
        try:
            returned = self.handler(self.match)
            if returned is not None and isinstance(returned, CoroutineType):
                returned.close()
                raise TypeError(
                    f"the handler {self.handler!r} returned a coroutine: use 'async with', or decorate an async function"
                )
        except BaseException as exc:
            self.collect(exc)

    def collect(self, exc):
        """Keep what a handler raised, with the traceback that it would have if the clause's body had raised it."""
        frame = sys._getframe(1)
        tb = traceback_of(exc)
        while tb is not None and tb.tb_frame is frame:
            tb = tb.tb_next
        tb = without_entry(without_with(exc, tb), self.raised_by)
        set_traceback(exc, tb)
        self.excs.append(exc)
        if PYPY:
            self.tracebacks.append((exc, tb))


class Awaiting:
    """Awaits for a handler, as the clause's own body would.

    Only the frame of a real clause has the group as the exception that it handles, and from 3.9 on the interpreter makes
    that the context of what is thrown into the frame while it awaits. Here throw() does. What the handler raises is
    kept, not raised, so that no frame in between adds its own.
    """

    __slots__ = ("_statement", "_steps")

    def __init__(self, statement, awaitable):
        self._statement = statement
        self._steps = awaitable.__await__() if hasattr(awaitable, "__await__") else awaitable

    def __await__(self):
        return self

    def __iter__(self):
        return self

    def __next__(self):
        return self.send(None)

    def send(self, value):
        try:
            return next(self._steps) if value is None else self._steps.send(value)
        except StopIteration:
            pass
        except BaseException as exc:
            self._statement.collect(exc)
        raise StopIteration

    def throw(self, kind, value=None, tb=None):
        try:
            exc = thrown(kind, value)
            if tb is not None:
                set_traceback(exc, tb)
            match = self._statement.match
            chain(exc, match)
            if not hasattr(self._steps, "throw"):
                raise exc
            # throw() reaches the innermost coroutine without making the exceptions of those around it current
            match_tb = traceback_of(match)
            before = self._statement.raised_by
            try:
                throw(match)
            except BaseException:
                self._statement.raised_by = traceback_of(match)
                set_traceback(match, match_tb)
                try:
                    return self._steps.throw(exc)
                except StopIteration:
                    pass
                except BaseException as exc:
                    self._statement.collect(exc)
                finally:
                    self._statement.raised_by = before
        finally:
            del self, kind, value, tb
        raise StopIteration

    def close(self):
        if hasattr(self._steps, "close"):
            self._steps.close()


def thrown(kind, value):
    """The exception that generator.throw(kind, value) raises."""
    if isinstance(kind, BaseException):
        return kind
    if isinstance(value, kind):
        return value
    if value is None:
        return kind()
    return kind(*value) if isinstance(value, tuple) else kind(value)


def chain(exc, context):
    """Set a context as the interpreter does when it raises: the link from the context back to `exc` is cut."""
    if exc is context:
        return
    link, seen = context, set()
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        if context_of(link) is exc:
            set_context(link, None)
            break
        link = context_of(link)
    set_context(exc, context)


def parts(group, pair):
    if not isinstance(pair, tuple):
        raise TypeError(f"{type(group).__name__}.split must return a tuple, not {type(pair).__name__}")
    if len(pair) < 2:
        raise TypeError(f"{type(group).__name__}.split must return a 2-tuple, got tuple of size {len(pair)}")
    for part in pair[:2]:
        if part is not None and not isinstance(part, BaseException):
            raise TypeError(f"{type(group).__name__}.split must return exceptions or None, not {type(part).__name__}")
    return pair[0], pair[1]


