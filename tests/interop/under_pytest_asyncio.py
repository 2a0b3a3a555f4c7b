"""Tests of pytest-asyncio that use groups; one of them fails. Run by one of the programs."""

import asyncio

import anyio
import async_timeout
import pytest
import pytest_asyncio

from taskgroup_compat import ExceptionGroup, TaskGroup


async def fails(text, event=None):
    if event:
        await event.wait()
    raise ValueError(text)


async def fails_cleaning():
    try:
        await asyncio.sleep(30)
    finally:
        raise ValueError("cleaning up")


async def test_children_work():
    task = asyncio.current_task()
    async with TaskGroup() as group:
        children = [group.create_task(asyncio.sleep(0, n)) for n in range(3)]
    assert [child.result() for child in children] == [0, 1, 2]
    assert asyncio.current_task() is task


async def test_error_arrives():
    with pytest.raises(ExceptionGroup) as caught:
        async with TaskGroup() as group:
            group.create_task(fails("child"))
            await asyncio.sleep(30)
    assert [str(error) for error in caught.value.exceptions] == ["child"]
    await asyncio.sleep(0)


async def test_timeouts_before_a_group():
    for _ in range(3):
        with pytest.raises(asyncio.TimeoutError):
            async with async_timeout.timeout(0):
                await asyncio.sleep(30)
        with anyio.move_on_after(0):
            await asyncio.sleep(30)
    with pytest.raises(ExceptionGroup):
        async with TaskGroup() as group:
            group.create_task(fails("child"))
            await asyncio.sleep(30)
    await asyncio.sleep(0)


async def test_timeout_around_a_group():
    with pytest.raises(asyncio.TimeoutError):
        async with async_timeout.timeout(0.01):
            with pytest.raises(ExceptionGroup):
                async with TaskGroup() as group:
                    group.create_task(fails_cleaning())
                    await asyncio.sleep(30)
            await asyncio.sleep(30)
    await asyncio.sleep(0)


async def test_outside_cancellation_comes_after_the_errors():
    task = asyncio.current_task()
    asyncio.get_running_loop().call_soon(lambda: task.cancel())
    with pytest.raises(ExceptionGroup):
        async with TaskGroup() as group:
            group.create_task(fails_cleaning())
            await asyncio.sleep(30)
    with pytest.raises(asyncio.CancelledError):
        await asyncio.sleep(30)
    await asyncio.sleep(0)


async def test_that_fails():
    async with TaskGroup() as group:
        group.create_task(fails("test"))


@pytest_asyncio.fixture
async def served():
    async with TaskGroup() as group:
        yield await group.create_task(asyncio.sleep(0, "served"))


async def test_fixture_with_a_group_around_its_yield(served):
    assert served == "served"


@pytest_asyncio.fixture
async def group():
    async with TaskGroup() as group:
        yield group


async def test_children_in_the_group_of_a_fixture(group):
    assert await group.create_task(asyncio.sleep(0, 1)) == 1


@pytest_asyncio.fixture
async def doomed():
    event = asyncio.Event()
    async with TaskGroup() as group:
        yield event, group.create_task(fails("fixture", event))


async def test_child_in_the_group_of_a_fixture_fails(doomed):
    event, child = doomed
    event.set()
    await asyncio.wait([child])
    assert child.exception()
