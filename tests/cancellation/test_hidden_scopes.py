"""Scopes that no frame holds directly: timeouts entered by hand, kept by clients, behind proxies.

The expected outcomes are those of 3.15 with its own group.
"""

import asyncio
import contextlib
import sys

import pytest

from taskgroup_compat import ExceptionGroup, TaskGroup, cancelling, uncancel
from tests.support.scopes import BELOW_311, collect, fails_when_cancelled, next_await
from tests.support.scopes import library_timeout as timeout
from tests.support.virtual_time import run

PYPY = sys.implementation.name == "pypy"


class Session:
    """A client with start() and stop(); the frame holds the client and not its timeout."""

    def __init__(self, delay):
        self.limit = timeout(delay)

    async def start(self):
        await self.limit.__aenter__()

    async def stop(self, *error):
        return await self.limit.__aexit__(*error)

    async def __aenter__(self):
        await self.start()

    async def __aexit__(self, *error):
        return await self.stop(*error)


class StackOfItsOwn(Session):
    """Keeps its timeout on an exit stack in an attribute."""

    def __init__(self, delay):
        self.stack = contextlib.AsyncExitStack()
        self.delay = delay

    async def start(self):
        await self.stack.enter_async_context(timeout(self.delay))

    async def stop(self, *error):
        return await self.stack.__aexit__(*error)


class ListOfLimits(Session):
    """Keeps its timeouts in a list."""

    def __init__(self, delay):
        self.limits = [timeout(delay), timeout(50)]

    async def start(self):
        for limit in self.limits:
            await limit.__aenter__()

    async def stop(self, *error):
        async with contextlib.AsyncExitStack() as stack:
            for limit in self.limits:
                stack.push_async_exit(limit.__aexit__)
            return await stack.__aexit__(*error)


class Proxy:
    """Forwards every attribute, also the methods of a context manager."""

    def __init__(self, delay):
        self.__dict__["wrapped"] = timeout(delay)

    def __getattr__(self, name):
        return getattr(self.wrapped, name)

    def __aenter__(self):
        return self.wrapped.__aenter__()

    def __aexit__(self, *error):
        return self.wrapped.__aexit__(*error)


async def by_hand(delay, block):
    limit = timeout(delay)
    await limit.__aenter__()
    try:
        result = await block()
    except BaseException as error:
        await limit.__aexit__(type(error), error, error.__traceback__)
        raise
    await limit.__aexit__(None, None, None)
    return result


async def by_a_callback_on_a_stack(delay, block):
    limit = timeout(delay)
    async with contextlib.AsyncExitStack() as stack:
        await limit.__aenter__()
        stack.push_async_exit(lambda *error: limit.__aexit__(*error))
        return await block()


def entered_as(manager):
    async def way(delay, block):
        async with manager(delay):
            return await block()

    way.__name__ = manager.__name__
    return way


WAYS = [
    *map(entered_as, (timeout, Session, StackOfItsOwn, ListOfLimits, Proxy)),
    by_hand,
    by_a_callback_on_a_stack,
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_hidden_timeout_around_a_failing_group_leaves_no_cancellation(way):
    """The timeout fires, a child fails when it is cancelled, and the error leaves the timeout."""

    async def block():
        async with TaskGroup() as group:
            group.create_task(fails_when_cancelled())

    async def main():
        with pytest.raises(ExceptionGroup):
            await way(1, block)
        return await next_await(), cancelling(asyncio.current_task())

    assert run(main()) == ("goes on", 0)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_hidden_timeout_whose_group_failed_inside_ends_its_block(way):
    """The body catches the group's error and waits: TimeoutError is raised at the same time."""

    async def block():
        try:
            async with TaskGroup() as group:
                group.create_task(fails_when_cancelled())
        except ExceptionGroup:
            pass
        await asyncio.sleep(10)

    async def main():
        with pytest.raises(asyncio.TimeoutError):
            await way(1, block)
        return await next_await(), asyncio.get_running_loop().time()

    assert run(main()) == ("goes on", 1)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_hidden_timeout_left_in_the_body_no_longer_counts(way):
    """It fires and is left, then a child fails: no cancellation follows the group's error."""

    async def main():
        with pytest.raises(ExceptionGroup):
            async with TaskGroup() as group:
                with pytest.raises(asyncio.TimeoutError):
                    await way(1, lambda: asyncio.sleep(10))
                group.create_task(fails_when_cancelled())
                await asyncio.sleep(0)
                group.cancel()
        return await next_await(), cancelling(asyncio.current_task())

    assert run(main()) == ("goes on", 0)


@pytest.mark.skipif(BELOW_311, reason="there is no asyncio.TaskGroup before 3.11")
def test_asyncios_group_around_ours_leaves_no_cancellation():
    """A child of the outer group fails, and a child of ours fails cleaning up."""

    async def fails():
        await asyncio.sleep(1)
        raise KeyError

    async def main():
        with pytest.raises(ExceptionGroup):
            async with asyncio.TaskGroup() as outer:
                outer.create_task(fails())
                async with TaskGroup() as group:
                    group.create_task(fails_when_cancelled())
        return await next_await(), cancelling(asyncio.current_task())

    assert run(main()) == ("goes on", 0)


def test_error_of_a_task_that_ends_with_its_group_is_reported():
    """cancel() after the end would silence the report; the task ends in the step in which it leaves the group."""
    said = []

    async def fails():
        raise ValueError

    async def work():
        async with timeout(0):
            async with TaskGroup() as group:
                group.create_task(fails())
                asyncio.current_task().cancel()

    async def main():
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: said.append(context["message"]))
        task = loop.create_task(work())
        await asyncio.sleep(1)
        del task
        collect()

    run(main())
    assert said == ["Task exception was never retrieved"]


def test_error_of_a_task_with_a_pending_redelivery_is_reported():
    """The task ends in the step in which it leaves the group; the redelivery was planned for right after it."""
    said = []

    async def fails():
        raise ValueError

    async def work(takes_back):
        try:
            async with TaskGroup() as group:
                group.create_task(fails())
                asyncio.current_task().cancel()
        except ExceptionGroup:
            if takes_back:
                uncancel(asyncio.current_task())
            raise

    async def main():
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: said.append(context["message"]))
        task = loop.create_task(work(False))
        await asyncio.sleep(1)
        del task
        collect()

    run(main())
    assert said == ["Task exception was never retrieved"]
