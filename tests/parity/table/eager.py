"""Eager tasks, on 3.12 and later."""

import asyncio

from tests.parity.scene import scenarios

scenario, SCENARIOS = scenarios("eager tasks")


@scenario("eager factory")
async def done_at_once(s):
    """An eager child that never waits is done when create_task() returns."""
    s.loop.set_task_factory(asyncio.eager_task_factory)

    async def child():
        return 7

    async with s.TaskGroup() as group:
        task = group.create_task(child())
        s.note("done", task.done())
        s.note(repr(group))
    return task.result()


@scenario("eager factory")
async def fails_at_once(s):
    """An eager child that fails at once cancels the body at its next await, not earlier (gh-128550)."""
    s.loop.set_task_factory(asyncio.eager_task_factory)

    async def child():
        raise ValueError("at once")

    async with s.TaskGroup() as group:
        group.create_task(child())
        s.note("still here")
        s.note_cancelling()
        await asyncio.sleep(0)
        s.note("after one turn")
        await asyncio.sleep(1)


@scenario("eager factory")
async def fails_at_once_at_the_end(s):
    """An eager child that fails at once as the last thing of the body leaves nothing behind (gh-128588)."""
    s.loop.set_task_factory(asyncio.eager_task_factory)

    async def child():
        raise ValueError("at once")

    try:
        async with s.TaskGroup() as group:
            group.create_task(child())
    except s.ExceptionGroup as error:
        s.note("caught", error)
    s.note_cancelling()
    await asyncio.sleep(1)


@scenario("eager factory")
async def waits(s):
    """An eager child that waits continues as any other child."""
    s.loop.set_task_factory(asyncio.eager_task_factory)
    async with s.TaskGroup() as group:
        group.create_task(s.work("child", 1))
        s.note("created")


@scenario("eager factory")
async def cancels_the_group(s):
    """An eager child that cancels the group in its first step is cancelled with it (gh-155418)."""
    s.loop.set_task_factory(asyncio.eager_task_factory)

    async def child():
        group.cancel()
        await asyncio.sleep(10)

    async with s.TaskGroup() as group:
        s.watch(group.create_task(child(), name="child"))
        await asyncio.sleep(10)
    s.note("left")


@scenario("eager factory")
async def two_fail_at_once(s):
    """Two eager children fail at once: the group raises both errors."""
    s.loop.set_task_factory(asyncio.eager_task_factory)

    async def child(error):
        raise error

    async with s.TaskGroup() as group:
        group.create_task(child(ValueError(1)))
        group.create_task(child(KeyError(2)))


@scenario("eager factory")
async def cancels_the_parent(s):
    """An eager child that cancels the parent task in its first step."""
    s.loop.set_task_factory(asyncio.eager_task_factory)
    me = s.me

    async def child():
        me.cancel()

    async with s.TaskGroup() as group:
        group.create_task(child())
        s.note_cancelling()
        await asyncio.sleep(1)


@scenario("eager factory")
async def group_in_an_eager_child(s):
    """A group in an eager child whose own child fails at once."""
    s.loop.set_task_factory(asyncio.eager_task_factory)

    async def grandchild():
        raise ValueError("deep")

    async def child():
        async with s.TaskGroup() as inner:
            inner.create_task(grandchild())

    async with s.TaskGroup() as outer:
        outer.create_task(child())


@scenario("eager_start")
async def eager_start(s):
    """create_task(..., eager_start=True) runs the first step at once (gh-128307)."""
    async with s.TaskGroup() as group:
        group.create_task(s.work("child", 1), eager_start=True)
        s.note("created")


@scenario("eager_start")
async def eager_start_off(s):
    """eager_start=False holds although the loop's factory is eager."""
    s.loop.set_task_factory(asyncio.eager_task_factory)
    async with s.TaskGroup() as group:
        group.create_task(s.work("child", 1), eager_start=False)
        s.note("created")


@scenario
async def eager_start_on_any_version(s):
    """A loop that does not accept eager_start raises a TypeError, and the group continues."""
    coro = s.work("child", 1)
    async with s.TaskGroup() as group:
        try:
            group.create_task(coro, eager_start=True)
        except TypeError:
            s.note("TypeError")
            coro.close()
