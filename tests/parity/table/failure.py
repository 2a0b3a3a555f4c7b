"""A child or the body fails."""

import asyncio

from tests.parity.scene import scenarios

scenario, SCENARIOS = scenarios("failure")


@scenario
async def one_child(s):
    """The first failure cancels the siblings and is raised in a group."""
    async with s.TaskGroup() as group:
        group.create_task(s.work("sibling", 10))
        group.create_task(s.fail(ValueError("one"), 1))


@scenario
async def body_waits(s):
    """A failing child cancels what the body awaits."""
    async with s.TaskGroup() as group:
        group.create_task(s.fail(ValueError("one"), 1))
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            s.note_cancelling()
            raise


@scenario
async def two_in_one_step(s):
    """Two children fail in the same iteration of the loop: the group raises both errors in order."""
    async with s.TaskGroup() as group:
        group.create_task(s.fail(ValueError("one"), 1))
        group.create_task(s.fail(KeyError("two"), 1))


@scenario
async def body_fails(s):
    """An error of the body cancels the children and is raised in a group."""
    async with s.TaskGroup() as group:
        group.create_task(s.work("child", 10))
        await asyncio.sleep(1)
        raise ValueError("body")


@scenario
async def body_fails_without_children(s):
    """An error of the body is raised in a group without children too."""
    async with s.TaskGroup():
        raise ValueError("body")


@scenario
async def body_fails_at_once(s):
    """Children that have not started yet never start when the body fails."""
    async with s.TaskGroup() as group:
        group.create_task(s.work("child", 10))
        raise ValueError("body")


@scenario
async def body_and_child(s):
    """The body's error comes after the children's."""
    async with s.TaskGroup() as group:
        group.create_task(s.clean_up(KeyError("child")))
        await asyncio.sleep(1)
        raise ValueError("body")


@scenario
async def body_replaces_the_cancellation(s):
    """A body that answers its cancellation with an error of its own adds it."""
    async with s.TaskGroup() as group:
        group.create_task(s.fail(KeyError("child"), 1))
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            raise ValueError("body") from None


@scenario
async def body_cleans_up_slowly(s):
    """A cancelled body may await while it cleans up."""
    async with s.TaskGroup() as group:
        group.create_task(s.fail(KeyError("child"), 1))
        try:
            await asyncio.sleep(10)
        finally:
            s.note_cancelling()
            await asyncio.sleep(2)
            s.note("cleaned up")


@scenario
async def body_swallows(s):
    """A body that swallows its cancellation runs to its end; the error is still raised."""
    async with s.TaskGroup() as group:
        group.create_task(s.fail(KeyError("child"), 1))
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            s.note("swallowed")
        await asyncio.sleep(3)
        s.note("went on")


@scenario
async def siblings_fail_cleaning_up(s):
    """Errors of siblings that clean up are all kept, in order."""
    async with s.TaskGroup() as group:
        group.create_task(s.clean_up(KeyError("a")))
        group.create_task(s.clean_up(OSError("b")))
        group.create_task(s.fail(ValueError("first"), 1))


@scenario
async def sibling_swallows(s):
    """A sibling that swallows its cancellation is waited for, once."""

    async def stubborn():
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            s.note("swallowed")
        await asyncio.sleep(5)
        s.note("done")
        return "kept"

    async with s.TaskGroup() as group:
        s.watch(group.create_task(stubborn(), name="stubborn"))
        group.create_task(s.fail(ValueError("first"), 1))


@scenario
async def sibling_is_cancelled_once(s):
    """Further errors do not cancel a sibling that cleans up again."""

    async def slow():
        try:
            await asyncio.sleep(10)
        finally:
            s.note("cleaning")
            await asyncio.sleep(5)
            s.note("clean")

    async with s.TaskGroup() as group:
        group.create_task(slow())
        group.create_task(s.fail(ValueError("first"), 1))
        group.create_task(s.clean_up(KeyError("second")))


@scenario
async def fails_before_the_body_awaits(s):
    """A child's error after the body's last await arrives at the end of the block."""
    async with s.TaskGroup() as group:
        group.create_task(s.fail(ValueError(1)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        s.note("the body's end")
        s.note_cancelling()


@scenario
async def an_exception_group(s):
    """A child's own group is nested, not opened."""
    async with s.TaskGroup() as group:
        group.create_task(s.fail(s.ExceptionGroup("inner", [ValueError(1), KeyError(2)])))


@scenario
async def a_base_error(s):
    """An error that is no Exception makes a BaseExceptionGroup."""
    async with s.TaskGroup() as group:
        group.create_task(s.fail(s.BaseError(1), 1))
        group.create_task(s.clean_up(ValueError(2)))


@scenario
async def a_base_error_in_the_body(s):
    """An error of the body that is no Exception makes a BaseExceptionGroup."""
    async with s.TaskGroup() as group:
        group.create_task(s.work("child", 1))
        raise s.BaseError(1)


@scenario
async def causes_and_notes(s):
    """Cause and notes of a child's error are kept."""
    error = ValueError("told")
    error.__cause__ = KeyError("cause")
    error.__notes__ = ["a note"]
    async with s.TaskGroup() as group:
        group.create_task(s.fail(error))


@scenario
async def raised_while_handling(s):
    """A group that is left while another error is handled has no context of its own."""
    try:
        raise OSError("before")
    except OSError:
        async with s.TaskGroup() as group:
            group.create_task(s.fail(ValueError(1)))


@scenario
async def caught_and_gone_on(s):
    """After the group's error is caught, the task continues without a cancellation."""
    try:
        async with s.TaskGroup() as group:
            group.create_task(s.fail(ValueError(1)))
            await asyncio.sleep(10)
    except s.ExceptionGroup as error:
        s.note("caught", error)
    s.note_cancelling()
    await asyncio.sleep(1)
    async with s.TaskGroup() as group:
        group.create_task(s.work("again", 1))


@scenario
async def awaited_failure(s):
    """A body that awaits the failing child gets its error too."""
    async with s.TaskGroup() as group:
        child = group.create_task(s.fail(ValueError(1), 1))
        try:
            await child
        except ValueError as error:
            s.note("caught", error)
        s.note("goes on")


@scenario
async def awaited_failure_leaves(s):
    """The child's error that leaves the body as well is there twice."""
    async with s.TaskGroup() as group:
        await group.create_task(s.fail(ValueError(1), 1))


@scenario
async def child_raises_cancelled(s):
    """A child that raises CancelledError by itself is cancelled, not failed."""
    async with s.TaskGroup() as group:
        child = s.watch(group.create_task(s.fail(asyncio.CancelledError(), 1), name="child"))
        group.create_task(s.work("sibling", 2))
    s.note("cancelled", child.cancelled())


@scenario
async def child_raises_a_subclass(s):
    """A child that raises a subclass of CancelledError is cancelled, not failed."""
    async with s.TaskGroup() as group:
        child = group.create_task(s.fail(s.SubCancelled(), 1))
        group.create_task(s.work("sibling", 2))
    s.note("cancelled", child.cancelled())


@scenario
async def body_raises_cancelled(s):
    """A body that raises CancelledError by itself cancels the children and leaves with it."""
    async with s.TaskGroup() as group:
        group.create_task(s.work("child", 10))
        await asyncio.sleep(1)
        raise asyncio.CancelledError


@scenario
async def body_raises_a_subclass(s):
    """A subclass of CancelledError counts as cancellation (gh-113848)."""
    async with s.TaskGroup() as group:
        group.create_task(s.work("child", 10))
        await asyncio.sleep(1)
        raise s.SubCancelled


@scenario
async def subclass_and_child(s):
    """A child's error wins over a body's subclass of CancelledError."""
    async with s.TaskGroup() as group:
        group.create_task(s.clean_up(ValueError(1)))
        await asyncio.sleep(1)
        raise s.SubCancelled


@scenario
async def parent_is_done(s):
    """An error that comes when the parent is already done is reported to the loop."""

    async def parent():
        group = s.TaskGroup()
        await group.__aenter__()
        group.create_task(s.fail(ValueError("late"), 1))
        # leaves without __aexit__

    task = s.task(parent(), "parent")
    await task
    await asyncio.sleep(2)


@scenario
async def stop_iteration(s):
    """A child that raises StopIteration fails with RuntimeError."""
    async with s.TaskGroup() as group:
        group.create_task(s.fail(StopIteration("stop")))


@scenario
async def error_of_the_block_in_exit_stack(s):
    """An inner context manager that fails while the group cancels adds its error."""

    class Manager:
        async def __aenter__(self):
            return self

        async def __aexit__(self, kind, error, traceback):
            s.note("exit", kind.__name__ if kind else None)
            raise KeyError("manager")

    async with s.TaskGroup() as group:
        async with Manager():
            group.create_task(s.fail(ValueError("child"), 1))
            await asyncio.sleep(10)
