"""The steps of `except*`: which clause gets what, and what leaves the statement."""

import sys
from types import TracebackType
from typing import Any, Callable, List, Optional, Tuple, Type, Union

if sys.version_info >= (3, 11):
    BaseExceptionGroup = BaseExceptionGroup
else:
    from exceptiongroup import BaseExceptionGroup

Types = Union[Type[BaseException], Tuple[Type[BaseException], ...]]
Clause = Tuple[Types, Callable[[Any], object]]


def matches(exc: BaseException, types: Types) -> bool:
    if isinstance(types, tuple):
        return any(type.__subclasscheck__(each, type(exc)) for each in types)
    return type.__subclasscheck__(types, type(exc))


def run(clauses: Tuple[Clause, ...], orig: BaseException) -> Optional[BaseException]:
    rest: Optional[BaseException] = orig
    excs: List[BaseException] = []
    for types, handler in clauses:
        if rest is None:
            break
        if matches(rest, types):
            match = rest if isinstance(rest, BaseExceptionGroup) else BaseExceptionGroup("", [rest])
            rest = None
        elif isinstance(rest, BaseExceptionGroup):
            match, rest = rest.split(types)
        else:
            continue
        if match is not None:
            try:
                handler(match)
            except BaseException as exc:
                excs.append(exc)
    if rest is not None:
        excs.append(rest)
    if not excs:
        return None
    return excs[0] if len(excs) == 1 else BaseExceptionGroup("", excs)
