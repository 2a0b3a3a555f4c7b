"""Groups by either import are one type: read by type checkers, never run."""

import sys
from typing import Tuple, Union

from typing_extensions import assert_type

from taskgroup_compat import BaseExceptionGroup, ExceptionGroup

if sys.version_info >= (3, 11):
    from builtins import BaseExceptionGroup as OtherBaseGroup
    from builtins import ExceptionGroup as OtherGroup
else:
    from exceptiongroup import BaseExceptionGroup as OtherBaseGroup
    from exceptiongroup import ExceptionGroup as OtherGroup


def errors(group: ExceptionGroup[ValueError]) -> None:
    assert_type(group.exceptions, Tuple[Union[ValueError, ExceptionGroup[ValueError]], ...])
    other: OtherGroup[ValueError] = group
    base: OtherBaseGroup[BaseException] = group
    print(other, base)


def other_errors(group: OtherGroup[ValueError]) -> None:
    errors(group)
    base: BaseExceptionGroup[ValueError] = group
    print(base)


def catches() -> None:
    try:
        raise ExceptionGroup("several", [ValueError(), KeyError()])
    except ExceptionGroup as group:
        matched, rest = group.split(ValueError)
        assert_type(matched, Union[ExceptionGroup[ValueError], None])
        print(rest)
