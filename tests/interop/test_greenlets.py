"""Scopes that synchronous code enters in a greenlet, as SQLAlchemy's asyncio extension has it.

No await chain leads to the frames of a greenlet. The expected outcomes are those of 3.15 with its own group.
"""

import asyncio
import sys

import pytest

from taskgroup_compat import ExceptionGroup, TaskGroup, cancelling, timeout, uncancel

if sys.version_info >= (3, 15):
    pytest.skip("greenlet has no wheel for it", allow_module_level=True)

import anyio
import sqlalchemy
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.util import await_only, greenlet_spawn


class Scope:
    """A timeout that counts requests, as a user writes it."""

    def __enter__(self):
        self.task = asyncio.current_task()
        self.before = cancelling(self.task)
        asyncio.get_running_loop().call_later(0.01, self.cancel)

    def cancel(self):
        self.task.cancel()

    def __exit__(self, kind, error, traceback):
        return uncancel(self.task) <= self.before and kind is asyncio.CancelledError


async def cleans_up():
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        raise ValueError("clean-up") from None


async def fails_inside():
    async with TaskGroup() as group:
        group.create_task(cleans_up())


async def next_await():
    try:
        await asyncio.sleep(0.01)
    except asyncio.CancelledError:
        return "cancelled"
    return "goes on"


@pytest.mark.parametrize("scope", [Scope, lambda: anyio.move_on_after(0.01)], ids=["a user's scope", "anyio's scope"])
def test_a_scope_in_a_greenlet_around_a_failing_group_leaves_no_cancellation(scope):
    """The scope fires, the group's error leaves it, and the next await goes on."""

    def synchronous():
        with scope():
            await_only(fails_inside())

    async def main():
        with pytest.raises(ExceptionGroup):
            await greenlet_spawn(synchronous)
        return await next_await()

    assert asyncio.run(main()) == "goes on"


def test_a_timeout_around_a_greenlet_raises_timeout_error():
    """The package's own timeout, around a greenlet with a group that fails when it is cancelled."""

    def synchronous():
        with pytest.raises(ExceptionGroup):
            await_only(fails_inside())
        await_only(asyncio.sleep(60))

    async def main():
        with pytest.raises((TimeoutError, asyncio.TimeoutError)):
            async with timeout(0.01):
                await greenlet_spawn(synchronous)
        return await next_await(), cancelling(asyncio.current_task())

    assert asyncio.run(main()) == ("goes on", 0)


def test_a_cancellation_from_outside_reaches_a_group_in_a_greenlet():
    """A child fails cleaning up, the error is caught in the greenlet, and the next await there is cancelled."""

    def synchronous():
        with pytest.raises(ExceptionGroup):
            await_only(fails_inside())
        return await_only(next_await())

    async def main():
        task = asyncio.get_running_loop().create_task(greenlet_spawn(synchronous))
        await asyncio.sleep(0.01)
        task.cancel()
        return await task

    assert asyncio.run(main()) == "cancelled"


def test_a_group_of_queries_fails_as_one_under_a_timeout():
    """Children query one engine, one query fails, and the engine can be used afterwards."""

    async def query(engine, text):
        async with engine.connect() as connection:
            return (await connection.execute(sqlalchemy.text(text))).scalar()

    async def main():
        engine = create_async_engine("sqlite+aiosqlite:///:memory:")
        try:
            with pytest.raises(ExceptionGroup) as caught:
                async with timeout(60), TaskGroup() as group:
                    assert await group.create_task(query(engine, "select 1")) == 1
                    group.create_task(query(engine, "select * from nowhere"))
            [error] = caught.value.exceptions
            return type(error).__name__, await query(engine, "select 2"), await next_await()
        finally:
            await engine.dispose()

    assert asyncio.run(main()) == ("OperationalError", 2, "goes on")
