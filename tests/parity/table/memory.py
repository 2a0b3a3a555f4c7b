"""What a group keeps alive and what it leaves behind."""

import asyncio
import gc
import weakref

from tests.parity.scene import scenarios

scenario, SCENARIOS = scenarios("memory")


class _Error(Exception):
    """So that no other error is meant."""


async def _fail():
    raise _Error("child")


async def _garbage(s, program):
    """Notes what only the collector could free after a program."""
    while gc.collect():
        pass  # finalizers of other tests' garbage leave garbage of their own
    gc.disable()
    try:
        await program()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        found = sorted(
            {type(each).__name__ for each in gc.garbage if isinstance(each, (BaseException, asyncio.Future))}
        )
        frames = sorted({each.f_code.co_name for each in gc.garbage if type(each).__name__ == "frame"})
        s.note("garbage", [*found, *frames])
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


@scenario
async def children_are_held(s):
    """A group holds its children strongly: the collector takes none of them."""
    done = []

    async def child():
        future = asyncio.get_running_loop().create_future()
        weak = weakref.ref(future)
        s.loop.call_later(1, lambda: weak() and weak().set_result(None))
        keep.append(future)
        await future
        done.append(1)

    keep = []
    async with s.TaskGroup() as group:
        group.create_task(child())
        await asyncio.sleep(0)
        gc.collect()
    return done


@scenario("reference counts")
async def success(s):
    """A group without errors leaves no cycle."""

    async def program():
        async with s.TaskGroup() as group:
            group.create_task(asyncio.sleep(0))

    await _garbage(s, program)


@scenario("reference counts")
async def child_error(s):
    """A child's error leaves no cycle (gh-98543)."""

    async def program():
        try:
            async with s.TaskGroup() as group:
                group.create_task(_fail())
                await asyncio.sleep(10)
        except s.ExceptionGroup:
            s.note("caught")

    await _garbage(s, program)


@scenario("reference counts")
async def body_error(s):
    """A body's error leaves no cycle."""

    async def program():
        try:
            async with s.TaskGroup() as group:
                group.create_task(asyncio.sleep(10))
                await asyncio.sleep(0)
                raise _Error("body")
        except s.ExceptionGroup:
            s.note("caught")

    await _garbage(s, program)


@scenario("reference counts")
async def outside_cancellation(s):
    """A cancellation from outside leaves no cycle."""

    async def program():
        async def main():
            async with s.TaskGroup() as group:
                group.create_task(asyncio.sleep(10))
                await asyncio.sleep(10)

        task = s.task(main(), "main")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])

    await _garbage(s, program)


@scenario("reference counts")
async def interrupt(s):
    """A SystemExit of the body leaves no cycle."""

    async def program():
        try:
            async with s.TaskGroup():
                raise SystemExit(3)
        except SystemExit:
            s.note("caught")

    await _garbage(s, program)


@scenario("reference counts")
async def cancel_method(s):
    """cancel() leaves no cycle."""

    async def program():
        async with s.TaskGroup() as group:
            group.create_task(asyncio.sleep(10))
            await asyncio.sleep(0)
            group.cancel()
            await asyncio.sleep(10)

    await _garbage(s, program)


@scenario("reference counts")
async def refused(s):
    """A refused child leaves no cycle (gh-128552)."""

    async def program():
        group = s.TaskGroup()
        try:
            group.create_task(asyncio.sleep(0))
        except RuntimeError:
            s.note("refused")

    await _garbage(s, program)


@scenario("reference counts")
async def group_is_freed(s):
    """A group that is left is freed at once when nobody else has it."""
    group = s.TaskGroup()
    async with group:
        group.create_task(asyncio.sleep(0))
    try:
        weak = weakref.ref(group)
    except TypeError:
        return "no weak references"
    del group
    return weak() is None


@scenario("reference counts")
async def parent_is_freed(s):
    """A finished parent task is freed although its group is kept (gh-124958)."""
    kept = []

    async def main():
        async with s.TaskGroup() as group:
            kept.append(group)
            group.create_task(asyncio.sleep(0))

    task = s.task(main(), "main")
    await task
    weak = weakref.ref(task)
    del task
    await asyncio.sleep(0)
    return weak() is None


@scenario("reference counts")
async def child_is_freed(s):
    """A finished child is freed while the group still runs."""
    async with s.TaskGroup() as group:
        weak = weakref.ref(group.create_task(asyncio.sleep(0)))
        await asyncio.sleep(1)
        return weak() is None


@scenario("reference counts")
async def many_children(s):
    """Ten thousand children, all done, none kept."""

    async def child():
        await asyncio.sleep(1)

    async with s.TaskGroup() as group:
        for _ in range(10000):
            group.create_task(child())
    return len(asyncio.all_tasks())
