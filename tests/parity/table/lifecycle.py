"""Entering, leaving, and giving tasks to a group."""

import asyncio

from tests.parity.scene import scenarios

scenario, SCENARIOS = scenarios("lifecycle")


@scenario
async def results(s):
    """Children run side by side and keep their results."""
    async with s.TaskGroup() as group:
        first = group.create_task(s.work("first", 1, 42))
        second = group.create_task(s.work("second", 2, 11))
    return [first.result(), second.result()]


@scenario
async def late_child(s):
    """A child may be added while others run or have ended."""
    async with s.TaskGroup() as group:
        group.create_task(s.work("first", 1))
        await asyncio.sleep(2)
        group.create_task(s.work("second", 1))


@scenario
async def child_adds_child(s):
    """A child may add a sibling while the parent waits at the end of the block."""

    async def parent():
        await asyncio.sleep(1)
        group.create_task(s.work("sibling", 1))

    async with s.TaskGroup() as group:
        group.create_task(parent())
    s.note("left")


@scenario
async def last_child_adds_child(s):
    """The last child that runs may add another in its last step."""

    async def last():
        group.create_task(s.work("next", 1))

    async with s.TaskGroup() as group:
        group.create_task(last())


@scenario
async def empty(s):
    """An empty group is entered and left without one turn of the loop."""
    s.loop.call_soon(s.note, "a turn")
    async with s.TaskGroup():
        s.note("inside")
    s.note("left")
    await asyncio.sleep(0)


@scenario
async def finished_children(s):
    """A group whose children are all done is left without a turn of the loop."""
    async with s.TaskGroup() as group:
        group.create_task(s.work("child", 1))
        await asyncio.sleep(2)
        s.loop.call_soon(s.note, "a turn")
    s.note("left")
    await asyncio.sleep(0)


@scenario
async def turns_for_one_child(s):
    """A group with a child that does nothing takes as many iterations of the loop as asyncio's."""
    turns = []

    def count():
        turns.append(1)
        if len(turns) < 10:
            s.loop.call_soon(count)

    async def child():
        pass

    s.loop.call_soon(count)
    async with s.TaskGroup() as group:
        group.create_task(child())
    return len(turns)


@scenario
async def entered_value(s):
    """Entering returns the group itself; leaving without errors returns true."""
    group = s.TaskGroup()
    entered = await group.__aenter__()
    s.note("itself", entered is group)
    return bool(await group.__aexit__(None, None, None))


@scenario
async def entered_twice_inside(s):
    """A group that is entered refuses to be entered again."""
    async with s.TaskGroup() as group:
        try:
            async with group:
                s.note("unreachable")
        except RuntimeError as error:
            s.note("refused", error)
        await asyncio.sleep(0)


@scenario
async def entered_again(s):
    """A group that is finished refuses to be entered again."""
    group = s.TaskGroup()
    async with group:
        pass
    async with group:
        s.note("unreachable")


@scenario
async def not_entered(s):
    """A group that is not entered takes no task and closes the coroutine."""
    coro = s.work("never", 1)
    try:
        s.TaskGroup().create_task(coro)
    except RuntimeError as error:
        s.note("refused", error)
    s.note("frame is gone", coro.cr_frame is None)


@scenario
async def finished(s):
    """A finished group takes no task and closes the coroutine."""
    async with s.TaskGroup() as group:
        pass
    coro = s.work("never", 1)
    try:
        group.create_task(coro)
    except RuntimeError as error:
        s.note("refused", error)
    s.note("frame is gone", coro.cr_frame is None)


@scenario
async def finished_after_error(s):
    """A group that ended with an error takes no task either."""
    group = s.TaskGroup()
    try:
        async with group:
            raise ValueError(1)
    except s.ExceptionGroup as error:
        s.note("caught", error)
    group.create_task(s.work("never", 1))


@scenario
async def shutting_down(s):
    """A group that is shutting down takes no task from a child that cleans up."""

    async def late():
        try:
            await asyncio.sleep(10)
        finally:
            group.create_task(s.work("never", 1))

    async with s.TaskGroup() as group:
        group.create_task(s.fail(ValueError(1)))
        group.create_task(late())


@scenario
async def body_is_refused(s):
    """The body of a group that is shutting down gets a RuntimeError, which is one more error."""
    async with s.TaskGroup() as group:
        group.create_task(s.fail(ValueError(1)))
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            s.note("cancelled")
        group.create_task(s.work("never", 1))


@scenario
async def not_a_coroutine(s):
    """The loop refuses an object that is not a coroutine, and the group continues."""
    async with s.TaskGroup() as group:
        try:
            group.create_task(5)
        except TypeError:
            s.note("TypeError")
        group.create_task(s.work("child", 1))


@scenario
async def unknown_keyword(s):
    """An unknown keyword of create_task() is a TypeError."""
    coro = s.work("never", 1)
    async with s.TaskGroup() as group:
        try:
            group.create_task(coro, nonsense=True)
        except TypeError:
            s.note("TypeError")
    coro.close()


@scenario
def outside_of_a_task(s):
    """Without a running task a group cannot be entered."""
    step = s.TaskGroup().__aenter__()

    def callback():
        try:
            step.send(None)
        except BaseException as error:
            s.note("refused", error)
        s.loop.stop()

    s.loop.call_soon(callback)
    s.loop.run_forever()


@scenario
def outside_of_a_loop(s):
    """Without a running loop a group cannot be entered."""
    try:
        s.TaskGroup().__aenter__().send(None)
    except BaseException as error:
        s.note("refused", error)


@scenario
async def representations(s):
    """The text of a group says how many tasks and errors it has and what it does."""
    group = s.TaskGroup()
    s.note(repr(group))
    try:
        async with group:
            s.note(repr(group))
            group.create_task(s.fail(ValueError(1)))
            group.create_task(s.clean_up(KeyError(2)))
            s.note(repr(group))
            try:
                await asyncio.sleep(5)
            finally:
                s.note(repr(group))
    except s.BaseExceptionGroup as error:
        s.note(repr(group), error)


@scenario
async def return_from_the_block(s):
    """A return in the block waits for the children first."""

    async def function():
        async with s.TaskGroup() as group:
            group.create_task(s.work("child", 1))
            return "value"

    value = await function()
    s.note("returned")
    return value


@scenario
async def break_out_of_the_block(s):
    """A break in the block waits for the children first."""
    turn = 0
    while True:
        turn += 1
        async with s.TaskGroup() as group:
            group.create_task(s.work("child", 1))
            break
    return turn


@scenario
async def same_task_inside(s):
    """The task inside, after and before the block is the same one, with its name."""
    before = s.me
    async with s.TaskGroup() as group:
        s.note("the same", s.me is before)
        group.create_task(s.work("child", 1))
        await asyncio.sleep(0)
        s.note("the same", s.me is before)
    s.note("the same", s.me is before)


@scenario
async def children_see_their_order(s):
    """Children start in the order in which they were created."""

    async def child(number):
        s.note(str(number))

    async with s.TaskGroup() as group:
        for number in range(5):
            group.create_task(child(number))


@scenario
async def a_generator_based_awaitable(s):
    """A future is no coroutine: it is refused."""
    future = s.loop.create_future()
    async with s.TaskGroup() as group:
        try:
            group.create_task(future)
        except (TypeError, AttributeError) as error:
            s.note(type(error).__name__)
    future.cancel()


@scenario
async def task_outlives_interest(s):
    """A child may be awaited in the block and again after it."""
    async with s.TaskGroup() as group:
        child = group.create_task(s.work("child", 1, 7))
        s.note("inside", await child)
    s.note("after", await child)


@scenario
async def entered_by_one_left_by_another(s):
    """A group that is left by another task than the one that entered it."""
    group = s.TaskGroup()

    async def leave():
        return await group.__aexit__(None, None, None)

    await group.__aenter__()
    group.create_task(s.work("child", 1))
    s.note("left", bool(await s.task(leave(), "other")))


@scenario
async def factory_refuses(s):
    """A loop refuses to create the task: create_task() raises its error, and the group continues."""

    def factory(loop, coro, **kwargs):
        coro.close()
        raise LookupError("no more tasks")

    async with s.TaskGroup() as group:
        s.loop.set_task_factory(factory)
        try:
            group.create_task(s.work("never", 1))
        except LookupError as error:
            s.note("refused", error)
        s.loop.set_task_factory(None)
        group.create_task(s.work("child", 1))


@scenario
async def coroutine_that_the_loop_refuses(s):
    """A coroutine that the loop itself refuses."""

    def factory(loop, coro, **kwargs):
        raise LookupError("no more tasks")

    coro = s.work("never", 1)
    async with s.TaskGroup() as group:
        s.loop.set_task_factory(factory)
        try:
            group.create_task(coro)
        except LookupError as error:
            s.note("refused", error)
        s.loop.set_task_factory(None)
    s.note("frame is gone", coro.cr_frame is None)
    coro.close()
