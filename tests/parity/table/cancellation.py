"""The parent task or a child is cancelled, from outside and from inside."""

import asyncio

from tests.parity.scene import scenarios

scenario, SCENARIOS = scenarios("cancellation")


@scenario
async def body_awaits(s):
    """A cancellation while the body awaits cancels the children and leaves the block."""
    s.cancel_later(1)
    async with s.TaskGroup() as group:
        group.create_task(s.work("child", 10))
        await asyncio.sleep(10)


@scenario
async def leaving(s):
    """A cancellation while the block waits for its children cancels them."""
    s.cancel_later(1)
    async with s.TaskGroup() as group:
        group.create_task(s.work("child", 10))


@scenario
async def before_entering(s):
    """A cancellation that was asked for before the block arrives at its first await."""
    s.me.cancel()
    async with s.TaskGroup() as group:
        s.note_cancelling()
        group.create_task(s.work("child", 10))
        await asyncio.sleep(10)


@scenario
async def before_entering_an_empty_one(s):
    """A cancellation not yet delivered passes an empty group."""
    s.me.cancel()
    async with s.TaskGroup():
        s.note("inside")
    s.note("after")
    await asyncio.sleep(0)


@scenario
async def by_the_body(s):
    """A body that cancels its own task is cancelled at its next await."""
    async with s.TaskGroup() as group:
        group.create_task(s.work("child", 10))
        s.me.cancel()
        s.note_cancelling()
        await asyncio.sleep(10)


@scenario
async def by_the_body_at_its_end(s):
    """A body that cancels its own task and ends is cancelled while it waits for the children."""
    async with s.TaskGroup() as group:
        group.create_task(s.work("child", 10))
        s.me.cancel()


@scenario
async def by_a_child(s):
    """A child that cancels the parent counts as outside."""

    async def child(parent):
        await asyncio.sleep(1)
        parent.cancel()

    async with s.TaskGroup() as group:
        group.create_task(child(s.me))
        group.create_task(s.work("sibling", 10))


@scenario
async def of_one_child(s):
    """Cancelling one child disturbs nobody else."""
    async with s.TaskGroup() as group:
        child = group.create_task(s.work("child", 10))
        group.create_task(s.work("sibling", 3))
        await asyncio.sleep(1)
        child.cancel()


@scenario
async def of_a_child_that_is_awaited(s):
    """Cancelling the child that the body awaits cancels the body, without counting."""
    async with s.TaskGroup() as group:
        child = group.create_task(s.work("child", 10))
        group.create_task(s.work("sibling", 3))
        s.later(1, child.cancel)
        try:
            await child
        except asyncio.CancelledError:
            s.note_cancelling()
            raise


@scenario
async def before_a_child_starts(s):
    """A child that is cancelled before its first step never runs."""
    async with s.TaskGroup() as group:
        s.watch(group.create_task(s.work("child", 1), name="child")).cancel()


@scenario
async def at_once_with_a_failure(s):
    """A child's failure and an outside cancellation in one step: both stay (gh-116720)."""
    me = s.me

    async def child():
        await asyncio.sleep(1)
        me.cancel()
        raise ValueError(1)

    try:
        async with s.TaskGroup() as group:
            group.create_task(child())
            await asyncio.sleep(10)
    except s.ExceptionGroup as error:
        s.note("caught", error)
    s.note_cancelling()
    await asyncio.sleep(1)
    s.note("unreachable")


@scenario
async def after_a_failure(s):
    """A failure first, an outside cancellation while siblings clean up: errors win, then it comes (gh-116720)."""

    async def slow():
        try:
            await asyncio.sleep(10)
        finally:
            await asyncio.sleep(5)

    s.cancel_later(2)
    try:
        async with s.TaskGroup() as group:
            group.create_task(slow())
            group.create_task(s.fail(ValueError(1), 1))
    except s.ExceptionGroup as error:
        s.note("caught", error)
    s.note_cancelling()
    await asyncio.sleep(1)
    s.note("unreachable")


@scenario
async def then_a_failure(s):
    """An outside cancellation first, then a child fails cleaning up: errors win, then it comes again (gh-116720)."""
    s.cancel_later(1)
    try:
        async with s.TaskGroup() as group:
            group.create_task(s.clean_up(ValueError(1)))
    except s.ExceptionGroup as error:
        s.note("caught", error)
    s.note_cancelling()
    await asyncio.sleep(1)
    s.note("unreachable")


@scenario
async def then_a_failure_and_no_await(s):
    """An outside cancellation, a child fails cleaning up, and the task returns without another await (gh-116720)."""

    async def work():
        try:
            async with s.TaskGroup() as group:
                group.create_task(s.clean_up(ValueError(1)))
        except s.ExceptionGroup as error:
            s.note("caught", error)
        return "result"

    task = asyncio.create_task(work())
    await asyncio.sleep(1)
    task.cancel()
    await asyncio.wait({task})
    s.note(s.ended(task))


@scenario
async def then_a_failure_uncaught(s):
    """An outside cancellation and a child that fails cleaning up, caught by nobody: the group leaves."""
    s.cancel_later(1)
    async with s.TaskGroup() as group:
        group.create_task(s.clean_up(ValueError(1)))
        await asyncio.sleep(10)


@scenario
async def worker_stop(s):
    """A context manager that is not entered here stops the task while a child fails cleaning up: plain, it comes."""
    worker = s.Worker(s.me)
    s.later(1, worker.stop)
    try:
        async with s.TaskGroup() as group:
            group.create_task(s.clean_up(ValueError(1)))
            await asyncio.sleep(10)
    except s.ExceptionGroup as error:
        s.note("caught", error)
    s.note_cancelling()
    await asyncio.sleep(1)
    s.note("unreachable")


@scenario
async def worker_leaves(s):
    """A context manager cancels another task as it is left while a child of that task fails cleaning up."""

    async def elsewhere(parent):
        async with s.Worker(parent):
            await asyncio.sleep(1)

    other = s.task(elsewhere(s.me), "elsewhere")
    try:
        async with s.TaskGroup() as group:
            group.create_task(s.clean_up(ValueError(1)))
            await asyncio.sleep(10)
    except s.ExceptionGroup as error:
        s.note("caught", error)
    s.note_cancelling()
    try:
        await asyncio.sleep(1)
        s.note("unreachable")
    finally:
        await other


@scenario
async def method_bound_before(s):
    """A bound cancel() that was taken before the block was entered, called while the block waits."""
    s.later(1, s.me.cancel)
    try:
        async with s.TaskGroup() as group:
            group.create_task(s.clean_up(ValueError(1)))
    except s.ExceptionGroup as error:
        s.note("caught", error)
    s.note_cancelling()
    await asyncio.sleep(1)
    s.note("unreachable")


@scenario
async def method_bound_before_the_body(s):
    """The same, called while the body awaits."""
    s.later(1, s.me.cancel)
    try:
        async with s.TaskGroup() as group:
            group.create_task(s.clean_up(ValueError(1)))
            await asyncio.sleep(10)
    except s.ExceptionGroup as error:
        s.note("caught", error)
    s.note_cancelling()
    await asyncio.sleep(1)
    s.note("unreachable")


@scenario
async def method_bound_before_twice(s):
    """The same twice, each time in a group of its own inside of another one."""
    s.later(1, s.me.cancel)
    s.later(2, s.me.cancel)
    async with s.TaskGroup():
        for _ in range(2):
            try:
                async with s.TaskGroup():
                    await asyncio.sleep(10)
            except asyncio.CancelledError as error:
                s.note("caught", error)
            s.note_cancelling()


@scenario
async def method_bound_before_swallowed(s):
    """The same, but the body swallows the first one inside of its group."""
    s.later(1, s.me.cancel)
    s.later(2, s.me.cancel)
    async with s.TaskGroup():
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError as error:
            s.note("caught", error)
        s.note_cancelling()
        try:
            async with s.TaskGroup():
                await asyncio.sleep(10)
        except asyncio.CancelledError as error:
            s.note("caught", error)
        s.note_cancelling()


@scenario
async def method_bound_before_in_clean_up(s):
    """A cancel() bound before the group reaches the body while it cleans up after the group's own request."""

    async def work():
        cancel = s.me.cancel
        async with s.TaskGroup() as group:
            s.loop.call_at(1, group.cancel)
            s.loop.call_at(2, cancel)
            try:
                await asyncio.sleep(10)
            finally:
                await asyncio.sleep(10)

    task = asyncio.create_task(work())
    await asyncio.wait({task})
    s.note(s.ended(task))


@scenario
async def scope_that_uncancels_after_cancelled_error(s):
    """A scope that calls uncancel() only for a CancelledError is left with the group's error: its request remains."""

    class Scope:
        def __enter__(self):
            self.task = s.me
            s.loop.call_at(1, self.fire)

        def fire(self):
            self.task.cancel()

        def __exit__(self, kind, error, traceback):
            return kind is asyncio.CancelledError and s.uncancel(self.task) == 0

    try:
        with Scope():
            async with s.TaskGroup() as group:
                group.create_task(s.clean_up(ValueError(1)))
    except s.ExceptionGroup as error:
        s.note("caught", error)
    s.note_cancelling()
    await asyncio.sleep(1)
    s.note("unreachable")


@scenario
async def twice(s):
    """Two cancellations from outside: the second interrupts nothing but the waiting."""

    async def slow():
        try:
            await asyncio.sleep(10)
        finally:
            s.note("cleaning")
            await asyncio.sleep(5)
            s.note("clean")

    s.cancel_later(1)
    s.cancel_later(2)
    async with s.TaskGroup() as group:
        group.create_task(slow())


@scenario
async def repeatedly(s):
    """Many cancellations from outside while children clean up count each."""

    async def slow():
        try:
            await asyncio.sleep(10)
        finally:
            await asyncio.sleep(5)

    for delay in (1, 2, 2, 3):
        s.cancel_later(delay)
    try:
        async with s.TaskGroup() as group:
            group.create_task(slow())
            await asyncio.sleep(10)
    finally:
        s.note_cancelling()


@scenario
async def swallowed_in_the_body(s):
    """A cancellation that the body swallows without uncancel() still counts at the end of the block."""
    s.cancel_later(1)
    async with s.TaskGroup() as group:
        group.create_task(s.work("child", 3))
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            s.note("swallowed")
        s.note_cancelling()
    s.note("left")
    s.note_cancelling()


@scenario
async def swallowed_then_a_failure(s):
    """A swallowed cancellation that nobody uncancelled comes again after a child's error."""
    s.cancel_later(1)
    try:
        async with s.TaskGroup() as group:
            group.create_task(s.fail(ValueError(1), 3))
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                s.note("swallowed")
            await asyncio.sleep(10)
    except s.ExceptionGroup as error:
        s.note("caught", error)
    s.note_cancelling()
    await asyncio.sleep(1)
    s.note("unreachable")


@scenario
async def uncancelled_in_the_body(s):
    """A cancellation that the body swallows and uncancels is gone for good."""
    s.cancel_later(1)
    try:
        async with s.TaskGroup() as group:
            group.create_task(s.fail(ValueError(1), 3))
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                s.note("uncancel", s.uncancel())
            await asyncio.sleep(10)
    except s.ExceptionGroup as error:
        s.note("caught", error)
    s.note_cancelling()
    await asyncio.sleep(1)


@scenario
async def swallowed_before_the_group(s):
    """A cancellation swallowed before any group counts in it."""
    s.cancel_later(1)
    try:
        await asyncio.sleep(10)
    except asyncio.CancelledError:
        s.note("swallowed")
    try:
        async with s.TaskGroup() as group:
            group.create_task(s.fail(ValueError(1)))
            await asyncio.sleep(10)
    except s.ExceptionGroup as error:
        s.note("caught", error)
    s.note_cancelling()
    await asyncio.sleep(1)
    s.note("unreachable")


@scenario
async def between_two_groups(s):
    """A cancellation swallowed in one group counts in the next."""
    s.cancel_later(1)
    async with s.TaskGroup():
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            s.note("swallowed")
    s.note_cancelling()
    try:
        async with s.TaskGroup() as group:
            group.create_task(s.fail(ValueError(1)))
            await asyncio.sleep(10)
    except s.ExceptionGroup as error:
        s.note("caught", error)
    await asyncio.sleep(1)
    s.note("unreachable")


@scenario
async def counts_around(s):
    """What cancelling() says before, inside and after a group that fails."""
    s.note_cancelling()
    try:
        async with s.TaskGroup() as group:
            s.note_cancelling()
            group.create_task(s.fail(ValueError(1)))
            try:
                await asyncio.sleep(1)
            finally:
                s.note_cancelling()
    except s.ExceptionGroup:
        s.note_cancelling()


@scenario
async def level_is_kept(s):
    """A group that fails in a task that is being cancelled leaves its count as it was."""
    s.me.cancel()
    try:
        await asyncio.sleep(0)
    except asyncio.CancelledError:
        s.note_cancelling()
        try:
            async with s.TaskGroup() as group:
                group.create_task(s.fail(ValueError(1)))
        except s.ExceptionGroup as error:
            s.note("caught", error)
        s.note_cancelling()


@scenario
async def in_the_clean_up(s):
    """A group in a finally clause of a cancelled task works as any other."""
    s.cancel_later(1)
    try:
        async with s.TaskGroup():
            await asyncio.sleep(10)
    finally:
        async with s.TaskGroup() as group:
            group.create_task(s.work("cleaning", 1))
        s.note_cancelling()


@scenario
async def child_reads_its_count(s):
    """A child that its group cancels reads one request."""

    async def child():
        try:
            await asyncio.sleep(10)
        finally:
            s.note_cancelling()

    async with s.TaskGroup() as group:
        group.create_task(child(), name="child")
        group.create_task(s.fail(ValueError(1)))


@scenario("messages")
async def message(s):
    """The message of a cancellation leaves with it."""
    s.cancel_later(1, "told why")
    async with s.TaskGroup() as group:
        group.create_task(s.work("child", 10))
        await asyncio.sleep(10)


@scenario
async def message_of_the_wait(s):
    """A cancellation of the future that is awaited in the block leaves as it is."""
    future = s.loop.create_future()
    s.later(1, future.cancel)
    async with s.TaskGroup() as group:
        group.create_task(s.work("child", 10))
        await future


@scenario
async def waiting_for_a_group_task(s):
    """Cancelling a task that awaits another one with a group in it."""

    async def inner():
        async with s.TaskGroup() as group:
            group.create_task(s.work("child", 10))

    task = s.watch(s.task(inner(), "inner"))
    s.cancel_later(1)
    await task


@scenario
async def return_value_of_cancel(s):
    """cancel() on the parent task says True in a group, False once it is done."""

    async def inner():
        async with s.TaskGroup() as group:
            group.create_task(s.work("child", 10))

    task = s.watch(s.task(inner(), "inner"))
    await asyncio.sleep(1)
    s.note("answer", task.cancel())
    s.note("answer", task.cancel())
    await asyncio.wait([task])
    s.note("answer", task.cancel())


@scenario
async def cancel_attribute_after_the_group(s):
    """After the group nothing is left on the task: its cancel is the class's own."""
    async with s.TaskGroup() as group:
        group.create_task(s.work("child", 1))
    return "cancel" in getattr(s.me, "__dict__", {})


@scenario
async def shield_in_the_body(s):
    """A shield in the body: the shielded task continues while the block ends."""
    inner = s.watch(s.task(s.work("inner", 5), "inner"))
    try:
        async with s.TaskGroup() as group:
            group.create_task(s.fail(ValueError(1), 1))
            await asyncio.shield(inner)
    except s.ExceptionGroup as error:
        s.note("caught", error)
    await inner


@scenario
async def shielded_clean_up(s):
    """A child that is cancelled and shields its clean-up is waited for."""

    async def child():
        try:
            await asyncio.sleep(10)
        finally:
            await asyncio.shield(s.task(s.work("clean-up", 3), "clean-up"))

    s.cancel_later(1)
    async with s.TaskGroup() as group:
        group.create_task(child())
