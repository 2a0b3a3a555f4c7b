"""What a scenario is given to work with: taskgroup_compat, the standard library, or a peer."""

import asyncio
import sys

from tests.parity.clauses import with_catch, with_syntax
from tests.parity.scopes import CountingTimeout, library_timeout


class Api:
    """One implementation under test, under names that are the same for all."""

    def __init__(self, name, *, TaskGroup, BaseExceptionGroup, ExceptionGroup, cancelling, uncancel, clauses=None):
        self.name = name
        self.TaskGroup = TaskGroup
        self.BaseExceptionGroup = BaseExceptionGroup
        self.ExceptionGroup = ExceptionGroup
        self.cancelling = cancelling
        self.uncancel = uncancel
        self.clauses = clauses

    def timeout(self, delay):
        """A timeout that counts cancellations, as asyncio.timeout() of 3.15."""
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
        clauses=with_syntax,
    )


APIS = {"compat": compat, "asyncio": stdlib}
