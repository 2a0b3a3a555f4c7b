"""Groups in groups."""

import asyncio

from tests.parity.scene import scenarios

scenario, SCENARIOS = scenarios("nesting")


@scenario
async def in_the_body(s):
    """An inner group in the body is left before the outer one."""
    async with s.TaskGroup() as outer:
        outer.create_task(s.work("outer", 3))
        async with s.TaskGroup() as inner:
            inner.create_task(s.work("inner", 1))
        s.note("inner left")


@scenario
async def inner_fails(s):
    """An inner group's error is nested in the outer's."""
    async with s.TaskGroup() as outer:
        outer.create_task(s.work("outer", 10))
        async with s.TaskGroup() as inner:
            inner.create_task(s.fail(ValueError("inner"), 1))


@scenario
async def outer_fails(s):
    """An outer child's error cancels the inner group and its children."""
    async with s.TaskGroup() as outer:
        outer.create_task(s.fail(ValueError("outer"), 1))
        async with s.TaskGroup() as inner:
            inner.create_task(s.work("inner", 10))


@scenario
async def both_in_one_step(s):
    """Inner and outer child fail in the same iteration: each error is raised once."""
    async with s.TaskGroup() as outer:
        outer.create_task(s.fail(ValueError("outer"), 1))
        async with s.TaskGroup() as inner:
            inner.create_task(s.fail(KeyError("inner"), 1))


@scenario
async def both_in_the_other_order(s):
    """Inner child fails first, the outer one in the same turn."""
    async with s.TaskGroup() as outer:
        async with s.TaskGroup() as inner:
            inner.create_task(s.fail(KeyError("inner"), 1))
            outer.create_task(s.fail(ValueError("outer"), 1))


@scenario
async def inner_is_caught(s):
    """An inner error that is caught leaves the outer group alone."""
    async with s.TaskGroup() as outer:
        outer.create_task(s.work("outer", 3))
        try:
            async with s.TaskGroup() as inner:
                inner.create_task(s.fail(KeyError("inner"), 1))
        except s.ExceptionGroup as error:
            s.note("caught", error)
        s.note_cancelling()
        await asyncio.sleep(1)
        s.note("goes on")


@scenario
async def inner_is_caught_outer_fails(s):
    """Both fail in one turn and the inner error is caught: the outer cancellation still comes."""
    async with s.TaskGroup() as outer:
        outer.create_task(s.fail(ValueError("outer"), 1))
        try:
            async with s.TaskGroup() as inner:
                inner.create_task(s.fail(KeyError("inner"), 1))
                await asyncio.sleep(10)
        except s.ExceptionGroup as error:
            s.note("caught", error)
        s.note_cancelling()
        await asyncio.sleep(1)
        s.note("unreachable")


@scenario
async def both_cancelled(s):
    """An outside cancellation leaves both groups once."""
    s.cancel_later(1)
    async with s.TaskGroup() as outer:
        outer.create_task(s.work("outer", 10))
        async with s.TaskGroup() as inner:
            inner.create_task(s.work("inner", 10))


@scenario
async def cancelled_and_inner_fails(s):
    """An outside cancellation and an inner child that fails cleaning up."""
    s.cancel_later(1)
    async with s.TaskGroup() as outer:
        outer.create_task(s.work("outer", 10))
        async with s.TaskGroup() as inner:
            inner.create_task(s.clean_up(ValueError("inner")))


@scenario
async def cancelled_and_both_fail(s):
    """An outside cancellation while children of both groups fail cleaning up; the error is caught outside."""
    s.cancel_later(1)
    try:
        async with s.TaskGroup() as outer:
            outer.create_task(s.clean_up(KeyError("outer")))
            async with s.TaskGroup() as inner:
                inner.create_task(s.clean_up(ValueError("inner")))
    except s.ExceptionGroup as error:
        s.note("caught", error)
    s.note_cancelling()
    await asyncio.sleep(1)
    s.note("unreachable")


@scenario
async def caught_between(s):
    """An outside cancellation, and the inner error caught between the groups: the cancellation propagates."""
    s.cancel_later(1)
    async with s.TaskGroup() as outer:
        outer.create_task(s.work("outer", 10))
        try:
            async with s.TaskGroup() as inner:
                inner.create_task(s.clean_up(ValueError("inner")))
        except s.ExceptionGroup as error:
            s.note("caught", error)
        s.note_cancelling()
        await asyncio.sleep(1)
        s.note("unreachable")


@scenario
async def in_a_child(s):
    """A group in a child: its error passes up through both."""

    async def child():
        async with s.TaskGroup() as inner:
            inner.create_task(s.work("grandchild", 10))
            inner.create_task(s.fail(ValueError("deep"), 1))

    async with s.TaskGroup() as outer:
        outer.create_task(child())
        outer.create_task(s.work("sibling", 10))


@scenario
async def child_group_is_cancelled(s):
    """A failing sibling cancels a child together with the group in it."""

    async def child():
        async with s.TaskGroup() as inner:
            inner.create_task(s.work("grandchild", 10))
            inner.create_task(s.clean_up(KeyError("cleaning")))
            await asyncio.sleep(10)

    async with s.TaskGroup() as outer:
        outer.create_task(child())
        outer.create_task(s.fail(ValueError("first"), 1))


@scenario
async def into_the_outer_group(s):
    """A grandchild may add a task to the outer group."""

    async def grandchild(outer):
        await asyncio.sleep(1)
        outer.create_task(s.work("added", 2))

    async with s.TaskGroup() as outer:
        async with s.TaskGroup() as inner:
            inner.create_task(grandchild(outer))
        s.note("inner left")


@scenario
async def inner_waits_in_vain_for_the_outer(s):
    """A child of the inner group fails when an outer one has failed while the inner one cleans up."""

    async def slow():
        try:
            await asyncio.sleep(10)
        finally:
            await asyncio.sleep(2)
            raise KeyError("slow")

    async with s.TaskGroup() as outer:
        outer.create_task(s.fail(ValueError("outer"), 2))
        async with s.TaskGroup() as inner:
            inner.create_task(slow())
            inner.create_task(s.fail(OSError("inner"), 1))


@scenario
async def three_deep(s):
    """Three groups, the middle one fails, the outer one's child fails cleaning up."""
    async with s.TaskGroup() as first:
        first.create_task(s.clean_up(KeyError("first")))
        async with s.TaskGroup() as second:
            second.create_task(s.fail(ValueError("second"), 1))
            async with s.TaskGroup() as third:
                third.create_task(s.work("third", 10))


@scenario
async def left_in_the_wrong_order(s):
    """The outer group is left before the inner one: the inner one still works."""
    outer, inner = s.TaskGroup(), s.TaskGroup()
    await outer.__aenter__()
    await inner.__aenter__()
    outer.create_task(s.work("outer", 1))
    inner.create_task(s.fail(ValueError("inner"), 2))
    await outer.__aexit__(None, None, None)
    s.note("outer left")
    await inner.__aexit__(None, None, None)


@scenario
async def exit_stack(s):
    """Two groups in one AsyncExitStack are left in turn."""
    import contextlib

    async with contextlib.AsyncExitStack() as stack:
        outer = await stack.enter_async_context(s.TaskGroup())
        inner = await stack.enter_async_context(s.TaskGroup())
        outer.create_task(s.fail(ValueError("outer"), 2))
        inner.create_task(s.work("inner", 3))
        await asyncio.sleep(10)


@scenario
async def body_error_through_both(s):
    """A body's error passes both groups and is nested twice."""
    async with s.TaskGroup():
        async with s.TaskGroup() as inner:
            inner.create_task(s.work("child", 10))
            raise ValueError("body")
