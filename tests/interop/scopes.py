"""The libraries' objects that cancel the task which entered them, each as one way to run a block inside it."""

import contextlib

import aiohttp.helpers
import anyio
import async_timeout


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
}
