"""Timeouts around, inside, before and after groups: the package's own, one that a user may write, a library's."""

import asyncio
import contextlib

from tests.parity.scene import scenarios

scenario, SCENARIOS = scenarios("timeouts")


@scenario
async def around(s):
    """A timeout around a group cancels it and becomes TimeoutError."""
    async with s.timeout(1):
        async with s.TaskGroup() as group:
            group.create_task(s.work("child", 10))


@scenario
async def around_in_the_body(s):
    """A timeout around a group whose body awaits."""
    async with s.timeout(1):
        async with s.TaskGroup() as group:
            group.create_task(s.work("child", 10))
            await asyncio.sleep(10)


@scenario
async def inside(s):
    """A timeout in the body is one more error of the body."""
    async with s.TaskGroup() as group:
        group.create_task(s.work("child", 10))
        async with s.timeout(1):
            await asyncio.sleep(10)


@scenario
async def inside_caught(s):
    """A timeout in the body that is caught there leaves the group alone."""
    async with s.TaskGroup() as group:
        group.create_task(s.work("child", 3))
        try:
            async with s.timeout(1):
                await asyncio.sleep(10)
        except TimeoutError:
            s.note("caught")
        s.note_cancelling()
        await asyncio.sleep(1)
        s.note("goes on")


@scenario
async def in_a_child(s):
    """A timeout in a child fails that child."""

    async def child():
        async with s.timeout(1):
            await asyncio.sleep(10)

    async with s.TaskGroup() as group:
        group.create_task(child())
        group.create_task(s.work("sibling", 10))


@scenario
async def around_child_fails_cleaning_up(s):
    """The timeout fires and a child fails cleaning up: the group's error leaves the timeout."""
    async with s.timeout(1):
        async with s.TaskGroup() as group:
            group.create_task(s.clean_up(ValueError(1)))


@scenario
async def around_caught_inside(s):
    """The timeout fires, a child fails cleaning up, the error is caught inside: the next await is cancelled."""
    try:
        async with s.timeout(1):
            try:
                async with s.TaskGroup() as group:
                    group.create_task(s.clean_up(ValueError(1)))
            except s.ExceptionGroup as error:
                s.note("caught", error)
            s.note_cancelling()
            await asyncio.sleep(5)
            s.note("unreachable")
    except TimeoutError as error:
        s.note("timed out", error)
    s.note_cancelling()
    await asyncio.sleep(1)
    s.note("goes on")


@scenario
async def around_caught_inside_no_await(s):
    """The same, but nothing is awaited any more inside the timeout: nothing is left behind it."""
    async with s.timeout(1):
        try:
            async with s.TaskGroup() as group:
                group.create_task(s.clean_up(ValueError(1)))
        except s.ExceptionGroup as error:
            s.note("caught", error)
    s.note_cancelling()
    await asyncio.sleep(1)
    s.note("goes on")


@scenario
async def fires_as_a_child_fails(s):
    """Timeout and child's failure in the same turn."""
    try:
        async with s.timeout(1):
            async with s.TaskGroup() as group:
                group.create_task(s.fail(ValueError(1), 1))
                await asyncio.sleep(10)
    except (TimeoutError, s.ExceptionGroup) as error:
        s.note("caught", error)
    s.note_cancelling()
    await asyncio.sleep(1)
    s.note("goes on")


@scenario
async def two_at_once(s):
    """An inner and an outer timeout around a group fire in the same turn."""
    async with s.timeout(1):
        async with s.timeout(1):
            async with s.TaskGroup() as group:
                group.create_task(s.work("child", 10))


@scenario
async def at_once_with_outside(s):
    """Timeout and outside cancellation in the same turn: the cancellation stays."""
    s.cancel_later(1)
    async with s.timeout(1):
        async with s.TaskGroup() as group:
            group.create_task(s.work("child", 10))


@scenario
async def between_groups(s):
    """A timeout between an outer and an inner group: if its error is caught, the outer group continues."""
    async with s.TaskGroup() as outer:
        outer.create_task(s.work("outer", 3))
        try:
            async with s.timeout(1):
                async with s.TaskGroup() as inner:
                    inner.create_task(s.work("inner", 10))
        except TimeoutError:
            s.note("caught")
        s.note_cancelling()
        await asyncio.sleep(1)


@scenario
async def zero_around_an_empty_group(s):
    """A timeout of 0 around an empty group does not fire, as nothing yields."""
    async with s.timeout(0) as timeout:
        async with s.TaskGroup():
            pass
    s.note("expired", timeout.expired())


@scenario
async def with_cancel_method(s):
    """The timeout fires while children clean up after cancel()."""

    async def slow():
        try:
            await asyncio.sleep(10)
        finally:
            await asyncio.sleep(5)

    async with s.timeout(2):
        async with s.TaskGroup() as group:
            group.create_task(slow())
            s.later(1, group.cancel)


@scenario
async def nothing_left_behind(s):
    """A group that fails after a timeout that was caught: no cancellation is left over."""
    try:
        async with s.timeout(1):
            await asyncio.sleep(10)
    except TimeoutError:
        s.note("caught")
    try:
        async with s.TaskGroup() as group:
            group.create_task(s.fail(ValueError(1)))
            await asyncio.sleep(10)
    except s.ExceptionGroup as error:
        s.note("caught", error)
    s.note_cancelling()
    await asyncio.sleep(1)
    s.note("goes on")


@scenario
async def outside_then_it_fires(s):
    """Cancelled from outside, and the timeout fires while the children clean up: the cancellation stays."""

    async def slow():
        try:
            await asyncio.sleep(10)
        finally:
            await asyncio.sleep(5)

    s.cancel_later(1)
    async with s.timeout(2):
        async with s.TaskGroup() as group:
            group.create_task(slow())


@scenario
async def fires_then_outside(s):
    """The timeout fires, and an outside cancellation comes while the body cleans up: the cancellation stays."""
    s.cancel_later(2)
    async with s.timeout(1):
        try:
            await asyncio.sleep(10)
        finally:
            await asyncio.sleep(5)


@scenario
async def outside_that_the_body_takes_back(s):
    """An outside cancellation that the body stops and takes back does not keep the timeout from raising."""
    s.cancel_later(1)
    async with s.TaskGroup() as group:
        group.create_task(s.work("child", 3))
        try:
            async with s.timeout(2):
                try:
                    await asyncio.sleep(10)
                except asyncio.CancelledError:
                    s.note("uncancel", s.uncancel())
                await asyncio.sleep(10)
        except TimeoutError as error:
            s.note("timed out", error)
        s.note_cancelling()


@scenario
async def error_instead_of_the_cancellation(s):
    """An error that replaces the CancelledError leaves the timeout, and shows it (gh-96037)."""
    async with s.timeout(1):
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            raise ValueError(1)


@scenario
async def subclass_of_cancelled_error(s):
    """A subclass of CancelledError becomes TimeoutError too (gh-113848)."""
    async with s.timeout(1):
        async with s.TaskGroup() as group:
            group.create_task(s.work("child", 10))
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                raise s.SubCancelled


@scenario
async def rescheduled_by_a_child(s):
    """A child puts the deadline off, and then brings it forward to the past."""

    async def child(limit):
        limit.reschedule(5)
        await asyncio.sleep(3)
        limit.reschedule(0)
        await asyncio.sleep(10)

    async with s.timeout(1) as limit:
        async with s.TaskGroup() as group:
            group.create_task(child(limit))


@scenario
async def on_an_exit_stack(s):
    """A timeout and a group on one exit stack, where no with statement holds them."""
    try:
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(s.timeout(1))
            group = await stack.enter_async_context(s.TaskGroup())
            group.create_task(s.clean_up(ValueError(1)))
    except s.ExceptionGroup as error:
        s.note("caught", error)
    s.note_cancelling()
    await asyncio.sleep(1)
    s.note("goes on")


@scenario
async def nested_around_caught_between(s):
    """Two timeouts fire in one turn around a group whose child fails; its error is caught between them."""
    try:
        async with s.timeout(1):
            try:
                async with s.timeout(1):
                    async with s.TaskGroup() as group:
                        group.create_task(s.clean_up(ValueError(1)))
            except s.ExceptionGroup:
                s.note("caught")
            s.note_cancelling()
            await asyncio.sleep(5)
            s.note("unreachable")
    except TimeoutError as error:
        s.note("timed out", error)
    s.note_cancelling()
    await asyncio.sleep(1)
    s.note("goes on")


@scenario
async def in_the_clean_up_of_a_child(s):
    """A child that is being cancelled gives its clean-up a limit."""

    async def child():
        try:
            await asyncio.sleep(10)
        finally:
            s.note_cancelling()
            try:
                async with s.timeout(1):
                    await asyncio.sleep(10)
            except TimeoutError:
                s.note("clean-up timed out")

    async with s.TaskGroup() as group:
        group.create_task(child(), name="child")
        await asyncio.sleep(1)
        group.cancel()


@scenario
async def counting_around_caught_inside(s):
    """A timeout that asks for the count itself fires, the group's error is caught: the next await is cancelled."""
    try:
        async with s.counting_timeout(1):
            try:
                async with s.TaskGroup() as group:
                    group.create_task(s.clean_up(ValueError(1)))
            except s.ExceptionGroup as error:
                s.note("caught", error)
            s.note_cancelling()
            await asyncio.sleep(5)
            s.note("unreachable")
    except TimeoutError as error:
        s.note("timed out", error)
    s.note_cancelling()
    await asyncio.sleep(1)
    s.note("goes on")


@scenario
async def counting_around_caught_inside_no_await(s):
    """The same without another await inside: nothing is left behind it."""
    async with s.counting_timeout(1):
        try:
            async with s.TaskGroup() as group:
                group.create_task(s.clean_up(ValueError(1)))
        except s.ExceptionGroup as error:
            s.note("caught", error)
    s.note_cancelling()
    await asyncio.sleep(1)
    s.note("goes on")


@scenario
async def counting_at_once_with_outside(s):
    """A timeout that asks for the count itself and an outside cancellation in the same turn: the cancellation stays."""
    s.cancel_later(1)
    async with s.counting_timeout(1):
        async with s.TaskGroup() as group:
            group.create_task(s.work("child", 10))


@scenario
async def counting_inside_of_ours(s):
    """A timeout that asks for the count itself, inside of the package's own: both fire in one turn."""
    try:
        async with s.timeout(1) as outer:
            async with s.counting_timeout(1) as inner:
                await asyncio.sleep(10)
    except TimeoutError as error:
        s.note("timed out", error)
    s.note("expired", [outer.expired(), inner.expired()])
    s.note_cancelling()
    await asyncio.sleep(1)
    s.note("goes on")


@scenario
async def library_inside_of_ours(s):
    """A library's timeout inside of the package's own, which fires while the library's error is being cleaned up."""
    try:
        async with s.timeout(2) as outer:
            try:
                async with s.library_timeout(1):
                    await asyncio.sleep(10)
            finally:
                await asyncio.sleep(10)
    except (TimeoutError, asyncio.TimeoutError):
        s.note("timed out", outer.expired())
    s.note_cancelling()
    await asyncio.sleep(1)
    s.note("goes on")


@scenario
async def library_around_ours(s):
    """A library's timeout around the package's own, and a group in between."""
    try:
        async with s.library_timeout(1):
            async with s.TaskGroup() as group:
                group.create_task(s.work("child", 10))
                async with s.timeout(5) as inner:
                    await asyncio.sleep(10)
    except (TimeoutError, asyncio.TimeoutError):
        s.note("timed out", inner.expired())
    await asyncio.sleep(1)
    s.note("goes on")


@scenario
async def library_around(s):
    """A library's timeout around a group cancels it and becomes TimeoutError."""
    try:
        async with s.library_timeout(1):
            async with s.TaskGroup() as group:
                group.create_task(s.work("child", 10))
    except (TimeoutError, asyncio.TimeoutError):
        s.note("timed out")
    await asyncio.sleep(1)
    s.note("goes on")


@scenario
async def library_inside(s):
    """A library's timeout in the body that is caught there leaves nothing behind when a child fails later."""
    try:
        async with s.TaskGroup() as group:
            group.create_task(s.fail(ValueError(1), 3))
            try:
                async with s.library_timeout(1):
                    await asyncio.sleep(10)
            except (TimeoutError, asyncio.TimeoutError):
                s.note("timed out")
            await asyncio.sleep(10)
    except s.ExceptionGroup as error:
        s.note("caught", error)
    await asyncio.sleep(1)
    s.note("goes on")


@scenario
async def library_before(s):
    """A library's timeout before a group leaves nothing behind when a child fails."""
    try:
        async with s.library_timeout(1):
            await asyncio.sleep(10)
    except (TimeoutError, asyncio.TimeoutError):
        s.note("timed out")
    try:
        async with s.TaskGroup() as group:
            group.create_task(s.fail(ValueError(1)))
            await asyncio.sleep(10)
    except s.ExceptionGroup as error:
        s.note("caught", error)
    await asyncio.sleep(1)
    s.note("goes on")


@scenario
async def library_around_child_fails(s):
    """A library's timeout fires and a child fails cleaning up: one group, and nothing is left behind."""
    try:
        async with s.library_timeout(1):
            async with s.TaskGroup() as group:
                group.create_task(s.clean_up(ValueError(1)))
    except s.ExceptionGroup:
        s.note("caught")
    await asyncio.sleep(1)
    s.note("goes on")


@scenario
async def library_around_caught_inside(s):
    """A library's timeout fires, the group's error is caught inside: the next await gets the TimeoutError."""
    try:
        async with s.library_timeout(1):
            try:
                async with s.TaskGroup() as group:
                    group.create_task(s.clean_up(ValueError(1)))
            except s.ExceptionGroup:
                s.note("caught")
            await asyncio.sleep(5)
            s.note("unreachable")
    except (TimeoutError, asyncio.TimeoutError):
        s.note("timed out")
    await asyncio.sleep(1)
    s.note("goes on")


@scenario
async def library_around_caught_inside_no_await(s):
    """The same without another await inside: nothing is left behind the timeout."""
    try:
        async with s.library_timeout(1):
            try:
                async with s.TaskGroup() as group:
                    group.create_task(s.clean_up(ValueError(1)))
            except s.ExceptionGroup:
                s.note("caught")
    except (TimeoutError, asyncio.TimeoutError):
        s.note("timed out")
    await asyncio.sleep(1)
    s.note("goes on")


@scenario
async def library_in_a_child(s):
    """A library's timeout around a group in a child, with an outer group."""

    async def child():
        try:
            async with s.library_timeout(1):
                async with s.TaskGroup() as inner:
                    inner.create_task(s.work("grandchild", 10))
        except (TimeoutError, asyncio.TimeoutError):
            s.note("timed out")
        await asyncio.sleep(1)
        s.note("goes on")

    async with s.TaskGroup() as outer:
        outer.create_task(child(), name="child")


@scenario
async def library_and_outside(s):
    """A library's timeout fires, and later an outside cancellation comes while children clean up."""

    async def slow():
        try:
            await asyncio.sleep(10)
        finally:
            await asyncio.sleep(5)

    s.cancel_later(2)
    try:
        async with s.library_timeout(1):
            async with s.TaskGroup() as group:
                group.create_task(slow())
    except (TimeoutError, asyncio.TimeoutError):
        s.note("timed out")
    await asyncio.sleep(1)
    s.note("unreachable")


@scenario
async def library_inside_with_cancel_method(s):
    """A library's timeout in the body and cancel() in the same turn."""
    async with s.TaskGroup() as group:
        s.later(1, group.cancel)
        group.create_task(s.work("child", 10))
        async with s.library_timeout(5):
            await asyncio.sleep(10)
    s.note("left")


@scenario
async def wait_for(s):
    """asyncio.wait_for() around a coroutine with a group."""

    async def inner():
        async with s.TaskGroup() as group:
            group.create_task(s.work("child", 10))

    try:
        await asyncio.wait_for(inner(), 1)
    except (TimeoutError, asyncio.TimeoutError):
        s.note("timed out")
    await asyncio.sleep(1)
    s.note("goes on")


@scenario
async def wait_for_child_fails(s):
    """asyncio.wait_for() around a group whose child fails cleaning up."""

    async def inner():
        async with s.TaskGroup() as group:
            group.create_task(s.clean_up(ValueError(1)))

    try:
        await asyncio.wait_for(inner(), 1)
    except (TimeoutError, asyncio.TimeoutError):
        s.note("timed out")
    except s.ExceptionGroup:
        s.note("caught")
    await asyncio.sleep(1)
    s.note("goes on")
