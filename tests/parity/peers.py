"""Other libraries' groups in the same scenarios; each is installed only where it can be."""

import asyncio
import importlib
import sys

from tests.parity.api import Api
from tests.parity.clauses import with_catch

REQUIREMENTS = {
    "taskgroup": ("taskgroup",),
    # What a library imports without asking for it: quattro in 0.3, its last release for 3.8.
    "quattro": ("quattro", "attrs"),
    "aiotools": ("aiotools", "typing-extensions"),
    "anyio": ("anyio",),
    "exceptiongroup": ("exceptiongroup",),
}


def _counts(name):
    method = getattr(asyncio.Task, name, None)
    return method if method is not None else lambda task: 0


def _peer(name, group, clauses=None):
    if sys.version_info >= (3, 11):
        single, base = ExceptionGroup, BaseExceptionGroup
    else:
        from exceptiongroup import BaseExceptionGroup as base
        from exceptiongroup import ExceptionGroup as single
    return Api(
        name,
        TaskGroup=group,
        BaseExceptionGroup=base,
        ExceptionGroup=single,
        cancelling=_counts("cancelling"),
        uncancel=_counts("uncancel"),
        clauses=clauses,
    )


def _class_of(module, name="TaskGroup"):
    def make():
        return _peer(module, getattr(importlib.import_module(module), name))

    return make


def _anyio():
    import anyio

    # From 4.14 on it has create_task() and cancel() itself.
    if hasattr(anyio.abc.TaskGroup, "create_task"):
        return _peer("anyio", anyio.create_task_group)

    class Group:
        """An older anyio's group under asyncio's names; it makes no tasks that could be awaited."""

        def __init__(self):
            self._group = anyio.create_task_group()

        async def __aenter__(self):
            await self._group.__aenter__()
            return self

        async def __aexit__(self, kind, error, traceback):
            return await self._group.__aexit__(kind, error, traceback)

        def create_task(self, coro, *, name=None):
            async def start():
                return await coro

            self._group.start_soon(start, name=name)

        def cancel(self):
            self._group.cancel_scope.cancel()

    return _peer("anyio", Group)


def _exceptiongroup():
    import exceptiongroup

    return _peer("exceptiongroup", None, with_catch(exceptiongroup.catch))


PEERS = {
    "taskgroup": _class_of("taskgroup"),
    "quattro": _class_of("quattro"),
    "aiotools": _class_of("aiotools"),
    "anyio": _anyio,
    "exceptiongroup": _exceptiongroup,
}
