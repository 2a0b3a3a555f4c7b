"""The steps of `except*`: the match of each clause, and the exception that the statement raises.

The steps are those of 3.12 to 3.15 on every version. 3.11 differs where a clause matches nothing (gh-99153).
"""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator as AsyncGeneratorABC
from collections.abc import Coroutine as CoroutineABC
from collections.abc import Generator as GeneratorABC
from inspect import isawaitable, signature
from types import FrameType, FunctionType, TracebackType

from .raising import (
    IS_PYPY,
    TRACEBACK_RETURNS,
    cause_of,
    chain,
    context_of,
    drop_own_entries,
    set_cause,
    set_context,
    set_traceback,
    throw,
    traceback_of,
    without_own,
    without_withs,
)

if sys.version_info < (3, 11):
    from exceptiongroup import BaseExceptionGroup, ExceptionGroup

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterable, Iterator, Optional, Sequence, Tuple, Type, Union

    Types = Union[Type[BaseException], Tuple[Type[BaseException], ...]]
    Handler = Callable[[Any], object]
    _Parts = Tuple[Optional[BaseException], Optional[BaseException]]
    Clause = Tuple[Types, Handler]
    Clauses = Iterable[Clause]

GROUP: type[BaseException] = BaseExceptionGroup

# `except` tests inheritance alone: no hooks, no virtual subclasses, and never the truth of an exception.
_is_subclass: Callable[[type, type], bool] = type.__subclasscheck__
# Type checkers do not know the type() of Any.
_type: Callable[[Any], type] = type
_members: Callable[[BaseException], Sequence[BaseException]] = vars(BaseExceptionGroup)["exceptions"].__get__


# Neither overrides a method.
_PLAIN_BASE_GROUP: Any = BaseExceptionGroup
_PLAIN_GROUP: Any = type(BaseExceptionGroup("", [Exception()]))


def _is_group(exc: BaseException) -> bool:
    return issubclass(type(exc), BaseExceptionGroup)


def _matches(kind: type, types: Types) -> bool:
    if not isinstance(types, tuple):
        return _is_subclass(types, kind)
    for each in types:
        if _is_subclass(each, kind):
            return True
    return False


def _add_leaves(exc: BaseException, found: set[int]) -> None:
    waiting: list[Any] = [exc]
    while waiting:
        each = waiting.pop()
        if _is_group(each):
            waiting += _members(each)
        else:
            found.add(id(each))


def _holds(group: BaseException, exc: BaseException) -> bool:
    waiting: list[Any] = [group]
    while waiting:
        each = waiting.pop()
        if each is exc:
            return True
        if _is_group(each):
            waiting += _members(each)
    return False


# exceptiongroup's and PyPy's recurse, so that a deep group is too much for them. That of exceptiongroup asks the groups
# inside for their overridden split(), and does not check what derive() returns; that of PyPy asks hooks of classes.
_inherited_split: Any = vars(BaseExceptionGroup)["split"]
GROUPS_ARE_PYTHON = isinstance(_inherited_split, FunctionType)

if TYPE_CHECKING or GROUPS_ARE_PYTHON:

    def _split(group: Any, types: Types) -> Any:
        if _matches(_type(group), types):
            return group, None
        split = group.split
        if getattr(split, "__func__", None) is _inherited_split:
            return _divide(group, types)
        return split(types)

    def _divide(group: Any, types: Types) -> tuple[Any, Any]:
        """Split a group that does not match as a whole."""
        # By the identity of a class, for a metaclass may make its classes unhashable: True or False as it matches, None
        # for a group that has to be taken apart.
        verdicts: dict[int, bool | None] = {}
        around: list[Any] = []
        members = iter(_members(group))
        matching: list[BaseException] = []
        others: list[BaseException] = []
        while True:
            for member in members:
                kind = _type(member)
                key = id(kind)
                if key not in verdicts:
                    matches = _matches(kind, types)
                    verdicts[key] = None if not matches and _is_subclass(GROUP, kind) else matches
                verdict = verdicts[key]
                if verdict:
                    matching.append(member)
                elif verdict is None:
                    around.append((group, members, matching, others))
                    group, members, matching, others = member, iter(_members(member)), [], []
                    break
                else:
                    others.append(member)
            else:
                match = _rebuild(group, matching) if matching else None
                rest = _rebuild(group, others) if others else None
                if not around:
                    return match, rest
                group, members, matching, others = around.pop()
                if match is not None:
                    matching.append(match)
                if rest is not None:
                    others.append(rest)

    def _project(group: Any, leaves: set[int]) -> Any:
        around: list[Any] = []
        members = iter(_members(group))
        kept: list[BaseException] = []
        while True:
            for member in members:
                if _is_group(member):
                    around.append((group, members, kept))
                    group, members, kept = member, iter(_members(member)), []
                    break
                if id(member) in leaves:
                    kept.append(member)
            else:
                projection = _rebuild(group, kept) if kept else None
                if not around:
                    return projection
                group, members, kept = around.pop()
                if projection is not None:
                    kept.append(projection)

    def _rebuild(group: Any, members: list[Any]) -> Any:
        # The same as derive() of this class, in half the time: the members come from such a group.
        new: Any = ExceptionGroup(group.message, members) if type(group) is ExceptionGroup else group.derive(members)
        if not _is_group(new):
            raise TypeError("derive must return an instance of BaseExceptionGroup")
        tb = traceback_of(group)
        if tb is not None:
            set_traceback(new, tb)
        context = context_of(group)
        if context_of(new) is not context:
            set_context(new, context)
        set_cause(new, cause_of(group))
        notes: Any = getattr(group, "__notes__", None)
        # what C calls a sequence; notes of another kind are left out
        if notes is not None and hasattr(_type(notes), "__getitem__") and not isinstance(notes, dict):
            new.__notes__ = [*notes]
        return new

else:
    # a clause asks the group itself
    _split = None

    def _project(group, leaves):
        # called on the class: a group that overrides it is not asked
        return BaseExceptionGroup.subgroup(group, lambda exc: id(exc) in leaves)


def _check_parts(group: BaseException, pair: Any) -> Any:
    """Return the two parts that an overridden split() returned; raise TypeError for any other result."""
    name = type(group).__name__
    if not issubclass(type(pair), tuple):
        raise TypeError(f"{name}.split must return a tuple, not {type(pair).__name__}")
    if len(pair) < 2:
        raise TypeError(f"{name}.split must return a 2-tuple, got tuple of size {len(pair)}")
    parts = pair[:2]
    for part in parts:
        if part is not None and not isinstance(part, BaseException):
            raise TypeError(f"{name}.split must return exceptions or None, not {type(part).__name__}")
    return parts


def _wrap(exc: BaseException) -> BaseException:
    group: BaseException = BaseExceptionGroup("", (exc,))
    tb = traceback_of(exc)
    # Since 3.14 the new group has an entry for the frame of the statement.
    if tb is not None:
        try:
            set_traceback(group, TracebackType(None, tb.tb_frame, tb.tb_lasti, tb.tb_lineno))
        except SystemError:
            # Nuitka's frames are of a type of their own: the group has no entry, as before 3.14.
            pass
    return group


def _next_match(clauses: Iterator[Clause], rest: Any) -> tuple[Any, Any, Any]:
    """Return (match, clause, rest) of the next matching clause."""
    for clause in clauses:
        types = clause[0]
        kind = _type(rest)
        # by identity: a metaclass may make its classes unhashable
        if kind is _PLAIN_GROUP or kind is _PLAIN_BASE_GROUP:
            # It asks first whether it matches as a whole.
            match, rest = rest.split(types) if _split is None else _split(rest, types)
        elif _matches(kind, types):
            return rest if _is_subclass(GROUP, kind) else _wrap(rest), clause, None
        elif _is_subclass(GROUP, kind):
            match, rest = _check_parts(rest, rest.split(types) if _split is None else _split(rest, types))
        else:
            continue
        if match is not None:
            return match, clause, rest
    return None, None, rest


type_name: Callable[[type], str] = vars(type)["__name__"].__get__


def key_name(types: Types) -> str:
    """Return a key of the mapping as source code, for messages."""
    if isinstance(types, tuple):
        return f"({', '.join(map(key_name, types))}{',' if len(types) == 1 else ''})"
    return type_name(types)


def _refuse(clause: Clause, returned: object) -> None:
    """Raise TypeError if the value that a handler returned can only be a mistake, which would lose an error."""
    if isinstance(returned, CoroutineABC):
        returned.close()
        advice = "a coroutine: use 'async with' or decorate an async function"
    elif issubclass(type(returned), BaseException):
        advice = "an exception, which leaves the block only if the handler raises it"
    elif isinstance(returned, (GeneratorABC, AsyncGeneratorABC)):
        advice = "a generator, whose code nobody would run: a handler must not yield"
    else:
        return
    raise TypeError(f"the handler for {key_name(clause[0])} returned {advice}")


def _explained(exc: BaseException, match: BaseException, clause: Clause) -> BaseException:
    """Return the exception of a handler that did not run: a TypeError that names it if it takes no argument."""
    types, handler = clause
    if type(exc) is TypeError:
        try:
            signature(handler).bind(match)
        except TypeError:
            name = getattr(handler, "__qualname__", type(handler).__name__)
            error = TypeError(f"the handler for {key_name(types)}, {name}, must take one argument, the group")
            set_cause(error, exc)
            set_context(error, exc)
            return error
        except Exception:
            # no signature can be had, or not without running code of others
            pass
    return exc


# Instruction offset of frames synthesised by C code: before the first instruction, from 3.13 on behind the RESUME.
_NOWHERE = 2 if sys.version_info >= (3, 13) else 0


def _is_of_c_code(entry: TracebackType) -> bool:
    return entry.tb_lasti <= _NOWHERE and type(entry.tb_frame) is FrameType


class Statement:
    """One run of the clauses: `orig` of the body, the exceptions of the handlers, and `result` once it is known."""

    __slots__ = ("_collected", "orig", "result")

    def __init__(self, orig: BaseException) -> None:
        self._collected: list[BaseException] = []
        self.orig = orig

    def replace_traceback(self, exc: BaseException, tb: TracebackType | None) -> None:
        """Make `exc` count as if its traceback were `tb`."""
        set_traceback(exc, tb)

    def leave(self, rest: BaseException | None) -> BaseException | None:
        """Return the exception that leaves the statement, None if there is none; `rest` matched no clause."""
        self.result = result = self._merge(rest)
        return result

    def _merge(self, rest: BaseException | None) -> BaseException | None:
        orig, excs = self.orig, self._collected
        if rest is not None:
            excs.append(rest)
        if not excs:
            return None
        if not _is_group(orig):
            return excs[0]
        tb, cause, context = self._traceback(orig), cause_of(orig), context_of(orig)
        # An exception that left a nested statement may never have been raised. Only this comparison needs to know.
        stripped = without_withs(tb, may_be_new=True)
        results: list[BaseException] = []
        reraised: set[int] = set()
        for exc in excs:
            own = self._traceback(exc)
            if (own is tb or own is stripped) and cause_of(exc) is cause and context_of(exc) is context:
                _add_leaves(exc, reraised)
            else:
                results.append(exc)
        if reraised:
            projection = self._project(reraised)
            if projection is not None:
                results.append(projection)
        if not results:
            return None
        return results[0] if len(results) == 1 else BaseExceptionGroup("", results)

    def _project(self, leaves: set[int]) -> BaseException | None:
        projection: BaseException | None = _project(self.orig, leaves)
        return projection

    def _traceback(self, exc: BaseException) -> TracebackType | None:
        tb = traceback_of(exc)
        return without_own(tb) if TRACEBACK_RETURNS else tb

    def collect(self, exc: BaseException, match: BaseException, clause: Clause) -> None:
        """Keep the exception of a handler, with the traceback that it would have if the clause's body had raised it."""
        drop_own_entries(exc)
        if traceback_of(exc) is None:
            exc = _explained(exc, match, clause)
        else:
            self._strip(exc)
        self._add(exc)
        self._clear_frame(exc, match, clause)

    def _strip(self, exc: BaseException) -> None:
        """Drop the traceback entries that the body of a clause would not have added."""
        tb = traceback_of(exc)
        # A group may leave a statement that was never raised. No __exit__ that is written in C raises one.
        stripped = without_withs(tb, may_be_new=_is_group(exc))
        # Cython and mypyc add entries, at no instruction, for each exception of their code. A bare `raise` is the more
        # likely cause than a `raise` of the group by its name.
        orig_tb = traceback_of(self.orig)
        below = stripped
        while below is not None and below is not orig_tb and _is_of_c_code(below):
            below = below.tb_next
        if below is orig_tb:
            stripped = below
        if stripped is not tb:
            self.replace_traceback(exc, stripped)

    def _add(self, exc: BaseException) -> None:
        self._collected.append(exc)

    def _clear_frame(self, exc: BaseException, match: BaseException, clause: Clause) -> None:
        """Clear the handler's frame if its argument leads to `exc`: the end of a clause unbinds the name as well."""
        tb = traceback_of(exc)
        if tb is None or (tb is traceback_of(self.orig) and exc is not self.orig):
            return
        if tb.tb_frame.f_code is getattr(clause[1], "__code__", None) and _holds(match, exc):
            try:
                tb.tb_frame.clear()
            except RuntimeError:
                pass


class _PyPyStatement(Statement):
    """Remembers tracebacks: PyPy puts a replaced one back, for instance when code asks for sys.exc_info()."""

    __slots__ = ("_replaced", "_tracebacks")

    def __init__(self, orig: BaseException) -> None:
        super().__init__(orig)
        # by the identity of an exception that was kept
        self._tracebacks: dict[int, TracebackType | None] = {}
        self._replaced: dict[TracebackType | None, TracebackType | None] = {}

    def replace_traceback(self, exc: BaseException, tb: TracebackType | None) -> None:
        self._replaced[traceback_of(exc)] = tb

    def leave(self, rest: BaseException | None) -> BaseException | None:
        result = super().leave(rest)
        if result is not None:
            set_traceback(result, self._tracebacks.get(id(result), traceback_of(result)))
        return result

    def _project(self, leaves: set[int]) -> BaseException | None:
        projection = super()._project(leaves)
        if projection is not None and projection is not self.orig:
            set_traceback(projection, self._traceback(self.orig))
        return projection

    def _traceback(self, exc: BaseException) -> TracebackType | None:
        tb = without_own(self._tracebacks.get(id(exc), traceback_of(exc)))
        while tb in self._replaced:
            tb = self._replaced[tb]
        return tb

    def _add(self, exc: BaseException) -> None:
        super()._add(exc)
        self._tracebacks[id(exc)] = traceback_of(exc)


new_statement: type[Statement] = _PyPyStatement if IS_PYPY else Statement


def _drop_withs(orig: BaseException, statement: Statement | None) -> Statement | None:
    """Replace the traceback of `orig` if entries of a `with` head it; return the statement, made now if needed."""
    tb = traceback_of(orig)
    stripped = without_withs(tb)
    if stripped is not tb:
        statement = statement or new_statement(orig)
        statement.replace_traceback(orig, stripped)
    return statement


def run(clauses: Clauses, orig: BaseException) -> BaseException | None:
    """Call the handlers; return the exception that leaves the statement, None if there is none.

    Each match stays the exception being handled until the next match, also while groups are split.
    """
    # Most runs handle everything and need no statement.
    statement: Statement | None = None
    tb = traceback_of(orig)
    if tb is not None and tb.tb_next is not None:
        statement = _drop_withs(orig, None)
    clauses = iter(clauses)
    try:
        match, clause, rest = _next_match(clauses, orig)
        while match is not None:
            tb = traceback_of(match)
            try:
                throw(match)
            except BaseException:
                set_traceback(match, tb)
                try:
                    returned = clause[1](match)
                    if returned is not None:
                        _refuse(clause, returned)
                except BaseException as exc:
                    if statement is None:
                        statement = new_statement(orig)
                    statement.collect(exc, match, clause)
                if TRACEBACK_RETURNS and traceback_of(match) is not tb:
                    drop_own_entries(match)
                if rest is None and statement is None:
                    return None
                match, clause, rest = _next_match(clauses, rest)
                if match is None:
                    # The last match stays the exception being handled while groups are derived.
                    return (statement or new_statement(orig)).leave(rest)
        return (statement or new_statement(orig)).leave(rest)
    finally:
        # An exception refers to its handler's frame; on some versions that frame refers to its callers. A reference
        # from here to the exception would close a cycle.
        del clauses, orig, statement
        match = clause = rest = tb = returned = None


async def run_async(clauses: Clauses, statement: Statement) -> BaseException | None:
    """Like run(), and await the results of handlers.

    A second loop: one that run() shares costs 16 to 33 % more instructions for a block that raises.
    """
    orig = statement.orig
    _drop_withs(orig, statement)
    clauses = iter(clauses)
    try:
        match, clause, rest = _next_match(clauses, orig)
        while match is not None:
            tb = traceback_of(match)
            try:
                throw(match)
            except BaseException:
                set_traceback(match, tb)
                try:
                    returned: Any = clause[1](match)
                    if returned is not None:
                        if isawaitable(returned):
                            await _Awaiting(statement, returned, match, clause)
                        else:
                            _refuse(clause, returned)
                except BaseException as exc:
                    statement.collect(exc, match, clause)
                if TRACEBACK_RETURNS and traceback_of(match) is not tb:
                    drop_own_entries(match)
                match, clause, rest = _next_match(clauses, rest)
                if match is None:
                    return statement.leave(rest)
        return statement.leave(rest)
    finally:
        del clauses, orig, statement
        match = clause = rest = tb = returned = None


# Offset from the instruction of an await that waits to the one that raises a thrown exception.
_AWAIT_RAISES_AFTER = 0 if sys.version_info >= (3, 12) or IS_PYPY else 4 if sys.version_info >= (3, 11) else 2


class _Awaiting:
    """Awaits for a handler as the clause's own body would.

    In a real clause the frame that awaits also handles the group, and from 3.9 on the interpreter makes the group the
    context of what is thrown into that frame (gh-73773). The frame of a handler handles nothing: throw() has to do it.
    What the handler raises is collected here, so that no coroutine in between makes its own exception the context.
    """

    __slots__ = ("_clause", "_match", "_statement", "_steps")

    def __init__(self, statement: Statement, awaitable: Any, match: BaseException, clause: Clause) -> None:
        self._statement = statement
        self._match = match
        self._clause = clause
        # a coroutine itself, because it tells where it awaits; a coroutine made of a generator has no __await__
        is_own_iterator = isinstance(awaitable, CoroutineABC) or not hasattr(awaitable, "__await__")
        self._steps: Any = awaitable if is_own_iterator else awaitable.__await__()

    def __await__(self) -> Any:
        return self

    def __next__(self) -> Any:
        try:
            return self.send(None)
        finally:
            del self

    def send(self, value: Any) -> Any:
        try:
            if value is None and not hasattr(self._steps, "send"):
                return next(self._steps)
            return self._steps.send(value)
        except StopIteration:
            pass
        except BaseException as exc:
            self._statement.collect(exc, self._match, self._clause)
        finally:
            del self, value
        raise StopIteration

    def throw(self, kind: Any, value: Any = None, tb: TracebackType | None = None) -> Any:
        match = self._match
        frame = None
        awaits_at = -1
        try:
            exc = _thrown(kind, value)
            if tb is not None:
                set_traceback(exc, tb)
            chain(exc, match)
            if not hasattr(self._steps, "throw"):
                raise exc
            # A throw() goes straight to the innermost coroutine, past the exceptions that those around it handle.
            frame = getattr(self._steps, "cr_frame", None)
            if frame is not None:
                awaits_at = frame.f_lasti
            match_tb = traceback_of(match)
            try:
                throw(match)
            except BaseException:
                set_traceback(match, match_tb)
                return self._steps.throw(exc)
        except StopIteration:
            pass
        except BaseException as raised:
            entry = without_own(traceback_of(raised))
            if entry is not None and entry.tb_frame is frame and entry.tb_lasti == awaits_at + _AWAIT_RAISES_AFTER:
                # It came through the handler from what that awaits, which may have changed the context.
                chain(raised, match)
            self._statement.collect(raised, match, self._clause)
        finally:
            del self, kind, value, tb
            match = exc = match_tb = frame = entry = None  # type: ignore[assignment]
        raise StopIteration

    def close(self) -> None:
        if hasattr(self._steps, "close"):
            self._steps.close()


def _thrown(kind: Any, value: Any) -> Any:
    """Return the exception that throw(kind, value) of a generator raises."""
    if isinstance(kind, BaseException):
        return kind
    if isinstance(value, kind):
        return value
    if value is None:
        return kind()
    return kind(*value) if isinstance(value, tuple) else kind(value)
