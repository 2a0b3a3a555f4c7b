"""The libraries' scopes of Python 3.8 to 3.10, run on 3.15 to record the outcomes of a right group with them.

Below 3.11 a task does not count its cancellations, so the libraries there settle less than they do on 3.15. That is
theirs, not the group's; it is all in this module:

async_timeout 5.0.1: a timeout that has fired turns any CancelledError into TimeoutError, also when an outside
    cancellation came in the same iteration or later. On 3.11 it is asyncio.Timeout, which lets that pass.
aiohttp's timer: the same; and from 3.11 on it takes its own request back only if a CancelledError arrives, so an
    error that replaces it leaves a request behind. Nothing is left behind below 3.11, where nothing counts it.
anyio: a scope that has been cancelled swallows a CancelledError that carries its message, also when an outside
    cancellation came. From 3.11 on it counts and lets that pass.

The group: a cancellation that it delivers again after errors has the message of the scope that asked, so that anyio
    knows it for its own. 3.15's has none, and anyio lets it out of the scope.

anyio 4.5, the last for 3.8, where a CancelledError has no message: a cancelled scope swallows each. Its task group
    leaves the scope before it waits for its tasks, and no iteration of the loop passes if it has none.

Each scope here takes its own requests back when it is left, as a group below 3.11 forgets the requests of a scope
that it does not sit in any more.
"""

import asyncio
import contextlib
import importlib.util
import sys
import types
from asyncio import taskgroups

import aiohttp.helpers
import anyio
import anyio._backends._asyncio

from . import scopes


def _load_async_timeout():
    # the branch for older versions is chosen when the module runs
    spec = importlib.util.find_spec("async_timeout")
    module = types.ModuleType("async_timeout_below_311")
    sys.modules[module.__name__] = module
    found, sys.version_info = sys.version_info, (3, 10, 0, "final", 0)
    try:
        exec(compile(spec.loader.get_source("async_timeout"), spec.origin, "exec"), module.__dict__)
    finally:
        sys.version_info = found
    return module


async_timeout = _load_async_timeout()


class Timeout(async_timeout.Timeout):
    """The old class, which takes its request back when it is left."""

    _fired = None

    def _on_timeout(self):
        self._fired = self._task
        super()._on_timeout()

    def _do_exit(self, exc_type):
        if self._fired is not None:
            self._fired.uncancel()
            self._fired = None
        return super()._do_exit(exc_type)


async_timeout.Timeout = Timeout


class Timer(aiohttp.helpers.TimerContext):
    """The timer, which raises TimeoutError for any CancelledError and always takes its request back."""

    def __exit__(self, exc_type, exc_value, traceback):
        task = self._tasks.pop()
        if self._cancelled:
            task.uncancel()
            if exc_type is asyncio.CancelledError:
                raise asyncio.TimeoutError from exc_value


class TimeoutHandle(aiohttp.helpers.TimeoutHandle):
    """The object that makes the timers."""

    def timer(self):
        timer = Timer(self._loop)
        self.register(timer.timeout)
        return timer


def _not_counting(scope):
    # The value that a scope compares with the task's count cannot be reached.
    scope._cancelling_at_enter = sys.maxsize
    return scope


class _AnyIO:
    """anyio's scopes, which do not look at the task's count."""

    current_time = staticmethod(anyio.current_time)

    @staticmethod
    @contextlib.contextmanager
    def CancelScope():
        with anyio.CancelScope() as scope:
            yield _not_counting(scope)

    @staticmethod
    @contextlib.contextmanager
    def move_on_after(delay):
        with anyio.move_on_after(delay) as scope:
            yield _not_counting(scope)

    @staticmethod
    @contextlib.contextmanager
    def fail_after(delay):
        with anyio.fail_after(delay) as scope:
            yield _not_counting(scope)

    @staticmethod
    @contextlib.asynccontextmanager
    async def create_task_group():
        async with anyio.create_task_group() as group:
            _not_counting(group.cancel_scope)
            yield group


@contextlib.asynccontextmanager
async def _task_group_of_anyio_45():
    with _AnyIO.CancelScope() as scope:
        try:
            yield types.SimpleNamespace(cancel_scope=scope)
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            raise BaseExceptionGroup("unhandled errors in a TaskGroup", [error])


def _emulated():
    # the same functions, which then find these libraries under the names that they use
    libraries = {
        "async_timeout": async_timeout,
        "anyio": _AnyIO,
        "aiohttp": types.SimpleNamespace(helpers=types.SimpleNamespace(TimeoutHandle=TimeoutHandle)),
    }
    names = dict(vars(scopes), **libraries)
    for name, value in vars(scopes).items():
        if isinstance(value, types.FunctionType) and value.__module__ == scopes.__name__:
            wrapped = getattr(value, "__wrapped__", None)
            copy = types.FunctionType((wrapped or value).__code__, names, name)
            names[name] = contextlib.asynccontextmanager(copy) if wrapped else copy
    return {name: names[scope.__name__] for name, scope in scopes.SCOPES.items()}


SCOPES = _emulated()


@contextlib.contextmanager
def anyio_45():
    """Lets a cancelled scope swallow every CancelledError meanwhile."""
    backend = anyio._backends._asyncio
    seen = backend.CancelScope._parent_cancellation_is_visible_to_us
    swallows = backend.is_anyio_cancellation
    task_group = _AnyIO.create_task_group
    backend.is_anyio_cancellation = lambda error: True
    _AnyIO.create_task_group = _task_group_of_anyio_45
    backend.CancelScope._parent_cancellation_is_visible_to_us = False
    try:
        yield
    finally:
        backend.is_anyio_cancellation = swallows
        _AnyIO.create_task_group = staticmethod(task_group)
        backend.CancelScope._parent_cancellation_is_visible_to_us = seen


class Task(asyncio.Task):
    """A task whose group, when it cancels again, does so with the message of a scope, if only scopes have asked."""

    _messages = ()

    def cancel(self, msg=None):
        caller = sys._getframe(1).f_code
        if caller.co_filename != taskgroups.__file__:
            self._messages = (*self._messages, msg)
        elif caller.co_name == "_aexit" and self._messages and None not in self._messages:
            msg = self._messages[-1]
        return super().cancel(msg)


def task_factory(loop, coro, **kwargs):
    return Task(coro, loop=loop, **kwargs)
