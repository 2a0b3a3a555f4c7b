"""The libraries' objects that cancel the task which entered them, each as one way to run a block inside it."""

import asyncio
import contextlib

import aiohttp.helpers
import anyio
import async_timeout

from taskgroup_compat import cancelling, timeout_at, uncancel


async def async_timeout_timeout(run, when, block):
    async with async_timeout.timeout_at(when):
        await block()


async def async_timeout_in_exit_stack(run, when, block):
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(async_timeout.timeout_at(when))
        await block()


@contextlib.asynccontextmanager
async def _limited(when):
    async with async_timeout.timeout_at(when):
        yield


async def async_timeout_in_asynccontextmanager(run, when, block):
    async with _limited(when):
        await block()


async def anyio_move_on_after(run, when, block):
    with anyio.move_on_after(when - run.now):
        await block()


async def anyio_fail_after(run, when, block):
    with anyio.fail_after(when - run.now):
        await block()


async def anyio_scope_cancelled_by_hand(run, when, block):
    with anyio.CancelScope() as scope:
        run.at(when, scope.cancel)
        await block()


async def anyio_scope_around_another(run, when, block):
    with anyio.CancelScope() as scope:
        run.at(when, scope.cancel)
        with anyio.CancelScope():
            await block()


async def anyio_task_group(run, when, block):
    async with anyio.create_task_group() as group:
        run.at(when, group.cancel_scope.cancel)
        await block()


async def aiohttp_timer(run, when, block):
    handle = aiohttp.helpers.TimeoutHandle(run.loop, when - run.now)
    timer = handle.timer()
    handle.start()
    with timer:
        await block()


class Worker:
    """A context manager of its starter that can cancel a task that has not entered it."""

    def __init__(self, task):
        self.task = task

    async def __aenter__(self):
        return self

    async def __aexit__(self, *args):
        self.stop()

    def stop(self):
        self.task.cancel()


async def worker_of_somebody_else(run, when, block):
    run.at(when, Worker(asyncio.current_task()).stop)
    await block()


class CountingTimeout:
    """A timeout as a user may write it with the functions of this package."""

    def __init__(self, run, when):
        self.run = run
        self.when = when
        self.expired = False

    async def __aenter__(self):
        self.task = asyncio.current_task()
        self.before = cancelling(self.task)
        self.timer = self.run.loop.call_at(self.when, self.expire)

    def expire(self):
        self.expired = True
        self.task.cancel()

    async def __aexit__(self, error_type, error, traceback):
        self.timer.cancel()
        self.timer = None
        if self.expired and uncancel(self.task) <= self.before and isinstance(error, asyncio.CancelledError):
            raise asyncio.TimeoutError from error


async def timeout_that_counts(run, when, block):
    async with CountingTimeout(run, when):
        await block()


async def timeout_of_this_package(run, when, block):
    async with timeout_at(when):
        await block()


SCOPES = {
    "async_timeout.timeout": async_timeout_timeout,
    "async_timeout.timeout in an exit stack": async_timeout_in_exit_stack,
    "async_timeout.timeout in an asynccontextmanager": async_timeout_in_asynccontextmanager,
    "anyio.move_on_after": anyio_move_on_after,
    "anyio.fail_after": anyio_fail_after,
    "anyio.CancelScope": anyio_scope_cancelled_by_hand,
    "anyio.CancelScope around another": anyio_scope_around_another,
    "anyio.create_task_group": anyio_task_group,
    "aiohttp's timer": aiohttp_timer,
    "a worker of somebody else": worker_of_somebody_else,
    "a timeout that counts": timeout_that_counts,
    "timeout_at": timeout_of_this_package,
}
