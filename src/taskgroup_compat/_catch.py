"""`catch`: except* without the syntax."""

from ._clauses import Statement, without
from ._raising import throw, traceback_of, set_traceback
import sys

class catch:
    """Handle the exceptions of a block as `except*` does."""

    __slots__ = ("_clauses",)
    __module__ = "taskgroup_compat"

    def __init__(self, handlers):
        self._clauses = tuple(handlers.items())

    def __enter__(self) -> None:
        pass

    def __exit__(self, typ, exc, tb) -> bool:
        if exc is None:
            return False
        try:
            result = Statement(self._clauses, exc).run()
        except BaseException as error:
            result = error
        if result is None:
            return True
        if result is exc:
            return False
        tb = traceback_of(result)
        try:
            throw(result)
        finally:
            set_traceback(result, tb)
            self = typ = exc = tb = result = None

    async def __aenter__(self) -> None:
        pass

    async def __aexit__(self, typ, exc, tb) -> bool:
        if exc is None:
            return False
        try:
            result = await Statement(self._clauses, exc).run_async()
        except BaseException as error:
            result = error
        if result is None:
            return True
        if result is exc:
            return False
        tb = traceback_of(result)
        try:
            throw(result)
        finally:
            set_traceback(result, tb)
            self = typ = exc = tb = result = None
