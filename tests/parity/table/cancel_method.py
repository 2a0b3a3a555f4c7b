"""TaskGroup.cancel() (gh-108951)."""

import asyncio

from tests.parity.scene import scenarios

scenario, SCENARIOS = scenarios("cancel()")


@scenario
async def from_the_body(s):
    """The block is left without an error, its children cancelled."""
    async with s.TaskGroup() as group:
        group.create_task(s.work("child", 10))
        await asyncio.sleep(1)
        group.cancel()
        s.note_cancelling()
        await asyncio.sleep(10)
    s.note("left")
    s.note_cancelling()
    await asyncio.sleep(1)


@scenario
async def at_the_end_of_the_body(s):
    """A body that cancels the group and ends leaves the block at once."""
    async with s.TaskGroup() as group:
        s.watch(group.create_task(s.work("child", 10), name="child"))
        await asyncio.sleep(1)
        group.cancel()
    s.note("left")
    s.note_cancelling()


@scenario
async def without_children(s):
    """Without children, and with nothing awaited, nothing is left of the cancellation."""
    async with s.TaskGroup() as group:
        group.cancel()
    s.note_cancelling()
    await asyncio.sleep(1)
    s.note("goes on")


@scenario
async def from_a_child(s):
    """A child may cancel its group; it is cancelled itself at its next await."""

    async def child():
        await asyncio.sleep(1)
        group.cancel()
        s.note("still here")
        await asyncio.sleep(0)
        s.note("unreachable")

    async with s.TaskGroup() as group:
        group.create_task(child())
        group.create_task(s.work("sibling", 10))
        await asyncio.sleep(10)
    s.note("left")


@scenario
async def from_outside(s):
    """Any callback may cancel a group whose block waits for its children."""
    async with s.TaskGroup() as group:
        s.later(1, group.cancel)
        group.create_task(s.work("child", 10))
    s.note("left")


@scenario
async def before_entering(s):
    """A group that is cancelled before it is entered is left at the first await."""
    group = s.TaskGroup()
    group.cancel()
    async with group:
        s.note(repr(group))
        s.note_cancelling()
        await asyncio.sleep(10)
        s.note("unreachable")
    s.note("left")


@scenario
async def before_entering_no_tasks(s):
    """A group that is cancelled before it is entered takes no tasks."""
    group = s.TaskGroup()
    group.cancel()
    async with group:
        group.create_task(s.work("never", 1))


@scenario
async def twice(s):
    """cancel() may be called again."""
    async with s.TaskGroup() as group:
        group.create_task(s.work("child", 10))
        await asyncio.sleep(1)
        group.cancel()
        group.cancel()
        await asyncio.sleep(10)
    s.note_cancelling()


@scenario
async def after_leaving(s):
    """cancel() after the block does nothing."""
    async with s.TaskGroup() as group:
        group.create_task(s.work("child", 1))
    group.cancel()
    s.note(repr(group))
    await asyncio.sleep(1)
    s.note_cancelling()


@scenario
async def after_a_failure(s):
    """cancel() in a group that is shutting down hides no error."""
    async with s.TaskGroup() as group:
        group.create_task(s.fail(ValueError(1), 1))
        try:
            await asyncio.sleep(10)
        finally:
            group.cancel()


@scenario
async def child_fails_cleaning_up(s):
    """A child that cancel() cancels raises an error: the group raises it."""
    async with s.TaskGroup() as group:
        group.create_task(s.clean_up(ValueError(1)))
        await asyncio.sleep(1)
        group.cancel()
        await asyncio.sleep(10)


@scenario
async def body_fails(s):
    """The body raises an error after cancel(): the group raises it."""
    async with s.TaskGroup() as group:
        group.create_task(s.work("child", 10))
        await asyncio.sleep(1)
        group.cancel()
        raise ValueError("body")


@scenario
async def body_fails_at_its_await(s):
    """The body raises another error when it is cancelled: the group raises it."""
    async with s.TaskGroup() as group:
        await asyncio.sleep(1)
        group.cancel()
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            raise ValueError("body") from None


@scenario
async def body_swallows(s):
    """A body that swallows the cancellation runs to its end."""
    async with s.TaskGroup() as group:
        group.cancel()
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            s.note("swallowed")
        await asyncio.sleep(1)
        s.note("the body's end")
    s.note("left")


@scenario
async def outside_first(s):
    """An outside cancellation before cancel() leaves the block."""
    async with s.TaskGroup() as group:
        group.create_task(s.work("child", 10))
        s.me.cancel()
        group.cancel()
        await asyncio.sleep(10)


@scenario
async def outside_after(s):
    """An outside cancellation after cancel() leaves the block."""
    async with s.TaskGroup() as group:
        group.create_task(s.work("child", 10))
        group.cancel()
        s.me.cancel()
        await asyncio.sleep(10)


@scenario
async def outside_while_children_clean_up(s):
    """An outside cancellation while children clean up after cancel() is kept (gh-155433)."""

    async def slow():
        try:
            await asyncio.sleep(10)
        finally:
            await asyncio.sleep(3)

    s.cancel_later(2)
    async with s.TaskGroup() as group:
        group.create_task(slow())
        s.later(1, group.cancel)
    s.note("unreachable")


@scenario("messages")
async def outside_message(s):
    """An outside cancellation during cancel() is kept with its message."""

    async def slow():
        try:
            await asyncio.sleep(10)
        finally:
            await asyncio.sleep(3)

    s.cancel_later(2, "told why")
    async with s.TaskGroup() as group:
        group.create_task(slow())
        s.later(1, group.cancel)


@scenario
async def outside_after_leaving(s):
    """An outside cancellation right after the block arrives at the next await."""
    me = s.me
    async with s.TaskGroup() as group:
        group.cancel()
        await asyncio.sleep(10)
    me.cancel()
    s.note_cancelling()
    await asyncio.sleep(0)
    s.note("unreachable")


@scenario
async def body_error_and_outside(s):
    """An error of the body, cancel() and an outside cancellation while a child ends (gh-155433)."""
    async with s.TaskGroup() as group:
        group.create_task(s.work("child", 10))
        s.loop.call_soon(s.me.cancel)
        group.cancel()
        raise ValueError("body")


@scenario
async def inner_group(s):
    """Only the group that is cancelled is left, not the one around it."""
    async with s.TaskGroup() as outer:
        outer.create_task(s.work("outer", 3))
        async with s.TaskGroup() as inner:
            inner.create_task(s.work("inner", 10))
            inner.cancel()
            await asyncio.sleep(10)
        s.note("inner left")
        s.note_cancelling()
        await asyncio.sleep(1)


@scenario
async def outer_group(s):
    """Cancelling the outer group from the inner body leaves both."""
    async with s.TaskGroup() as outer:
        async with s.TaskGroup() as inner:
            inner.create_task(s.work("inner", 10))
            outer.cancel()
            await asyncio.sleep(10)
        s.note("unreachable")
    s.note("left")
    s.note_cancelling()


@scenario
async def both_groups(s):
    """Cancelling both leaves both, with nothing left behind."""
    async with s.TaskGroup() as outer:
        async with s.TaskGroup() as inner:
            inner.cancel()
            outer.cancel()
            s.note_cancelling()
            await asyncio.sleep(10)
        s.note_cancelling()
    s.note("left")
    s.note_cancelling()


@scenario
async def outer_group_inner_fails(s):
    """The outer group is cancelled and an inner child fails cleaning up."""
    async with s.TaskGroup() as outer:
        async with s.TaskGroup() as inner:
            inner.create_task(s.clean_up(ValueError("inner")))
            s.later(1, outer.cancel)


@scenario
async def child_swallows(s):
    """A child that swallows its cancellation is waited for."""

    async def stubborn():
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            s.note("swallowed")
        await asyncio.sleep(3)
        return "kept"

    async with s.TaskGroup() as group:
        child = group.create_task(stubborn())
        await asyncio.sleep(1)
        group.cancel()
    return child.result()


@scenario
async def uncancelled_by_the_body(s):
    """A body that withdraws the request of cancel() before it is delivered runs to its end."""
    async with s.TaskGroup() as group:
        group.cancel()
        s.note("uncancel", s.uncancel())
        await asyncio.sleep(1)
        s.note("goes on")
    s.note_cancelling()


@scenario
async def in_an_exception_handler(s):
    """cancel() while the body handles an error of its own."""
    async with s.TaskGroup() as group:
        group.create_task(s.work("child", 10))
        try:
            raise ValueError("body")
        except ValueError:
            group.cancel()
            await asyncio.sleep(10)
    s.note("left")


@scenario
async def first_result_wins(s):
    """The pattern it is for: the first result cancels the rest."""
    found = []

    async def racer(delay):
        await asyncio.sleep(delay)
        found.append(delay)
        group.cancel()

    async with s.TaskGroup() as group:
        for delay in (3, 1, 2):
            group.create_task(racer(delay))
    return found
