"""What a scenario is given to work with: taskgroup_compat, the standard library, or a peer."""

import asyncio
import sys

from tests.parity.clauses import with_catch, with_syntax
from tests.parity.scopes import CountingTimeout, library_timeout


class Api:
    """One implementation under test, under names that are the same for all."""

    def __init__(
        self, name, *, TaskGroup, BaseExceptionGroup, ExceptionGroup, cancelling, uncancel, timeout=None, clauses=None
    ):
        self.name = name
        self.TaskGroup = TaskGroup
        self.BaseExceptionGroup = BaseExceptionGroup
        self.ExceptionGroup = ExceptionGroup
        self.cancelling = cancelling
        self.uncancel = uncancel
        # a peer that has none gets the one that any user could write
        self.timeout = timeout or self.counting_timeout
        self.clauses = clauses

    def counting_timeout(self, delay):
        """A timeout that asks for the count itself, by cancelling() and uncancel()."""
        return CountingTimeout(self, delay)

    def library_timeout(self, delay):
        """A timeout as libraries have it on this version."""
        return library_timeout(self, delay)


def compat():
    """taskgroup_compat itself."""
    import taskgroup_compat

    return Api(
        "taskgroup_compat",
        TaskGroup=taskgroup_compat.TaskGroup,
        BaseExceptionGroup=taskgroup_compat.BaseExceptionGroup,
        ExceptionGroup=taskgroup_compat.ExceptionGroup,
        cancelling=taskgroup_compat.cancelling,
        uncancel=taskgroup_compat.uncancel,
        timeout=taskgroup_compat.timeout,
        clauses=with_catch(taskgroup_compat.catch),
    )


def stdlib():
    """asyncio's own group, on 3.11 and later."""
    if sys.version_info < (3, 11):
        raise LookupError("asyncio has no TaskGroup before 3.11")
    return Api(
        "asyncio",
        TaskGroup=asyncio.TaskGroup,
        BaseExceptionGroup=BaseExceptionGroup,
        ExceptionGroup=ExceptionGroup,
        cancelling=asyncio.Task.cancelling,
        uncancel=asyncio.Task.uncancel,
        timeout=asyncio.timeout,
        clauses=with_syntax,
    )


APIS = {"compat": compat, "asyncio": stdlib}
