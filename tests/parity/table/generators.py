"""Groups in async generators and context managers made of them."""

import asyncio
import contextlib

from tests.parity.scene import scenarios

scenario, SCENARIOS = scenarios("generators")


@scenario
async def closed(s):
    """Closing a generator that is suspended in a group ends its children and raises nothing (gh-135736)."""

    async def numbers():
        async with s.TaskGroup() as group:
            group.create_task(s.work("child", 10))
            yield 1

    generator = numbers()
    s.note("first", await generator.asend(None))
    await asyncio.sleep(1)
    await generator.aclose()
    s.note("closed")


@scenario
async def closed_without_children(s):
    """Closing a generator that is suspended in an empty group (gh-135736)."""

    async def numbers():
        async with s.TaskGroup():
            yield 1

    generator = numbers()
    await generator.asend(None)
    await generator.aclose()
    s.note("closed")


@scenario
async def closed_and_child_fails(s):
    """A child fails while the generator is closed: aclose() raises the error."""

    async def numbers():
        async with s.TaskGroup() as group:
            group.create_task(s.clean_up(ValueError("child")))
            await asyncio.sleep(1)
            yield 1

    generator = numbers()
    await generator.asend(None)
    await generator.aclose()


@scenario
async def generator_exit_in_the_body(s):
    """A GeneratorExit that is the body's only error leaves bare (gh-135736)."""
    async with s.TaskGroup() as group:
        group.create_task(s.work("child", 1))
        raise GeneratorExit


@scenario
async def generator_exit_in_a_child(s):
    """A GeneratorExit of a child is raised in a group."""
    async with s.TaskGroup() as group:
        group.create_task(s.fail(GeneratorExit("child"), 1))


@scenario
async def generator_exit_in_both(s):
    """A GeneratorExit of the body and an error of a child are raised in a group."""
    async with s.TaskGroup() as group:
        group.create_task(s.clean_up(ValueError("child")))
        await asyncio.sleep(1)
        raise GeneratorExit("body")


@scenario
async def generator_exit_while_cancelled(s):
    """A GeneratorExit of the body in a task that is being cancelled leaves bare, the cancellation comes after it."""
    async with s.TaskGroup():
        s.me.cancel()
        raise GeneratorExit("body")


@scenario
async def thrown_into(s):
    """An error thrown into a generator at its yield is raised in a group."""

    async def numbers():
        async with s.TaskGroup() as group:
            group.create_task(s.work("child", 10))
            await asyncio.sleep(1)
            yield 1

    generator = numbers()
    await generator.asend(None)
    await generator.athrow(ValueError("thrown"))


@scenario
async def child_fails_between_steps(s):
    """A child that fails while the generator is suspended cancels the task that entered the group."""

    async def numbers():
        async with s.TaskGroup() as group:
            group.create_task(s.fail(ValueError("child"), 1))
            yield 1
            await asyncio.sleep(10)
            yield 2

    generator = numbers()
    try:
        async for number in generator:
            s.note("number", number)
            await asyncio.sleep(3)
    except asyncio.CancelledError:
        s.note("cancelled")
        s.note_cancelling()
    try:
        await generator.aclose()
    except s.ExceptionGroup as error:
        s.note("caught", error)
    s.note_cancelling()


@scenario
async def context_manager(s):
    """A group in an @asynccontextmanager: the caller's body fails."""

    @contextlib.asynccontextmanager
    async def service():
        async with s.TaskGroup() as group:
            group.create_task(s.work("service", 10))
            yield group

    async with service():
        await asyncio.sleep(1)
        raise ValueError("caller")


@scenario
async def context_manager_child_fails(s):
    """A group in an @asynccontextmanager: a child fails and the caller's body is cancelled."""

    @contextlib.asynccontextmanager
    async def service():
        async with s.TaskGroup() as group:
            group.create_task(s.fail(ValueError("service"), 1))
            yield group

    async with service():
        await asyncio.sleep(10)


@scenario
async def context_manager_cancelled(s):
    """A group in an @asynccontextmanager: an outside cancellation."""

    @contextlib.asynccontextmanager
    async def service():
        async with s.TaskGroup() as group:
            group.create_task(s.work("service", 10))
            yield group

    s.cancel_later(1)
    async with service():
        await asyncio.sleep(10)


@scenario
def coroutine_closed(s):
    """A coroutine that is suspended in an empty group is closed: close() raises nothing."""

    async def main():
        async with s.TaskGroup():
            await asyncio.sleep(10)

    async def closing():
        task = s.task(main(), "suspended")
        await asyncio.sleep(0)
        task.get_coro().close()
        s.note("closed")
        # the task's own step finds a coroutine that is over
        task.cancel()
        await asyncio.wait([task])
        s.note("ended", s.ended(task))

    s.run(closing())


@scenario
def coroutine_closed_with_children(s):
    """A coroutine that is suspended in a group with a child cannot be closed, as the group waits."""

    async def main():
        async with s.TaskGroup() as group:
            group.create_task(s.work("child", 1), name="child")
            await asyncio.sleep(10)

    async def closing():
        task = s.task(main(), "suspended")
        await asyncio.sleep(0)
        try:
            task.get_coro().close()
            s.note("closed")
        except RuntimeError as error:
            s.note("refused", error)
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        s.note("ended", s.ended(task))

    s.run(closing())


@scenario
async def closed_by_another_task(s):
    """A generator that is suspended in a group is closed by another task than the one that entered it."""

    async def numbers():
        async with s.TaskGroup() as group:
            group.create_task(s.work("child", 10), name="child")
            await asyncio.sleep(1)
            yield 1

    generator = numbers()
    await generator.asend(None)

    async def close():
        await generator.aclose()
        s.note("closed")

    await s.task(close(), "other")
    s.note_cancelling()
