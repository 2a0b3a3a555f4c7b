"""timeout(), timeout_at() and Timeout: the same on every version, as asyncio's of 3.15."""

import asyncio
import contextlib
import copy
import gc
import pickle
import subprocess
import sys
import traceback
import types
import weakref

import pytest

import taskgroup_compat
from taskgroup_compat import ExceptionGroup, TaskGroup, Timeout, cancelling, catch, timeout, timeout_at, uncancel
from tests.support.virtual_time import VirtualTimeLoop, run

# From 3.14 on asyncio.current_task() does not know tasks written in Python.
PYTHON_TASKS = [False] if sys.version_info >= (3, 14) else [False, True]
BELOW_311 = sys.version_info < (3, 11)
COUNTS_REFERENCES = sys.implementation.name == "cpython"


def python_task(loop, coro, **kwargs):
    return asyncio.tasks._PyTask(coro, loop=loop, **kwargs)


@pytest.fixture(params=PYTHON_TASKS, ids=lambda python: "python task" if python else "task")
def play(request):
    """Runs a coroutine on a virtual clock, in the usual Task and in the one that is written in Python."""
    return lambda main: run(main, task_factory=python_task if request.param else None)


def now():
    return asyncio.get_running_loop().time()


async def next_waits(count=3):
    """What the next waits bring: a cancellation that somebody forgot would come here."""
    found = []
    for _ in range(count):
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            found.append("cancelled")
        else:
            found.append("goes on")
    return found


def left_on(task):
    """The names of what somebody has put on a task; those of asyncio's own Task in Python do not count."""
    try:
        names = set(vars(task))
    except TypeError:
        names = set().union(*(each for each in gc.get_referents(task) if type(each) is dict))
    return {name for name in names if name == "cancel" or "taskgroup" in name}


def chain(error):
    """The types along the contexts of an error, and whether each context is the cause as well."""
    found = [type(error).__name__]
    while error.__context__ is not None:
        found.append("cause" if error.__cause__ is error.__context__ else "context")
        error = error.__context__
        found.append(type(error).__name__)
    return found


# What there is


def test_class_is_asyncios_or_its_subclass():
    """From 3.13 on asyncio's own, on 3.11 and 3.12 a subclass of it, below a class of its own."""
    if sys.version_info >= (3, 13):
        assert (Timeout, timeout, timeout_at) == (asyncio.Timeout, asyncio.timeout, asyncio.timeout_at)
    elif sys.version_info >= (3, 11):
        assert Timeout.__mro__ == (Timeout, asyncio.Timeout, object)
    else:
        assert Timeout.__mro__ == (Timeout, object)


def test_module_is_not_imported_from_3_13_on():
    """The import costs nothing on versions that use asyncio's own class."""
    program = "import sys, taskgroup_compat; print('taskgroup_compat._timeout' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, check=True)
    assert found.stdout.strip() == str(sys.version_info < (3, 13)).encode()


# A deadline


def test_deadline_raises_timeout_error(play):
    """At the deadline the block is cancelled, and TimeoutError is raised from the CancelledError."""

    async def main():
        try:
            async with timeout(2) as limit:
                assert (limit.when(), limit.expired(), repr(limit)) == (2, False, "<Timeout [active] when=2.0>")
                try:
                    await asyncio.sleep(10)
                finally:
                    assert (limit.when(), limit.expired(), repr(limit)) == (2, True, "<Timeout [expiring]>")
        except TimeoutError as error:
            assert (now(), chain(error), error.args) == (2, ["TimeoutError", "cause", "CancelledError"], ())
        assert (limit.when(), limit.expired(), repr(limit)) == (2, True, "<Timeout [expired]>")
        assert cancelling(asyncio.current_task()) == 0
        return await next_waits()

    assert play(main()) == ["goes on"] * 3


def test_block_in_time_has_its_own_outcome(play):
    """A block that ends before the deadline returns its result or raises its error."""

    async def main():
        reported = []
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: reported.append(context))
        async with timeout(2) as limit:
            await asyncio.sleep(1)
        assert (limit.when(), limit.expired(), repr(limit)) == (2, False, "<Timeout [finished]>")
        with pytest.raises(KeyError) as caught:
            async with timeout(2):
                raise KeyError(1)
        assert chain(caught.value) == ["KeyError"]
        await asyncio.sleep(10)
        assert (cancelling(asyncio.current_task()), limit.expired(), reported) == (0, False, [])

    play(main())


def test_timeout_computes_the_deadline_at_the_call():
    """Entering starts the timer, or cancels at once if the deadline has passed."""

    async def main():
        late, soon = timeout(2), timeout(5)
        assert repr(late) == "<Timeout [created]>"
        await asyncio.sleep(3)
        assert (late.when(), late.expired()) == (2, False)
        with pytest.raises(TimeoutError):
            async with late:
                await asyncio.sleep(1)
        assert (now(), late.when()) == (3, 2)
        with pytest.raises(TimeoutError):
            async with soon:
                await asyncio.sleep(10)
        assert now() == 5

    run(main())


@pytest.mark.parametrize("delay", [0, -1, -1e9])
def test_zero_or_negative_delay_cancels_the_first_await(play, delay):
    """A block that never suspends ends normally."""

    async def main():
        with pytest.raises(TimeoutError):
            async with timeout(delay) as limit:
                await asyncio.sleep(0)
        assert (limit.when(), limit.expired(), now()) == (delay, True, 0)
        async with timeout(delay) as limit:
            pass
        assert (limit.when(), limit.expired()) == (delay, False)
        return await next_waits()

    assert play(main()) == ["goes on"] * 3


@pytest.mark.parametrize("make", [timeout, timeout_at, Timeout])
def test_none_never_expires(make):
    """when() returns None."""

    async def main():
        async with make(None) as limit:
            assert (limit.when(), repr(limit)) == (None, "<Timeout [active] when=None>")
            await asyncio.sleep(1e6)
        assert (limit.when(), limit.expired()) == (None, False)

    run(main())


@pytest.mark.parametrize("make", [timeout_at, Timeout])
def test_timeout_at_takes_a_time_of_the_loop(make):
    """timeout_at() and Timeout need no running loop until they are entered."""
    limit = make(3.00049)

    async def main():
        await asyncio.sleep(1)
        with pytest.raises(TimeoutError):
            async with limit:
                assert repr(limit) == "<Timeout [active] when=3.0>"
                await asyncio.sleep(10)
        assert now() == 3.00049

    run(main())


def test_invalid_deadline_raises_type_error():
    """timeout() or entering raises it for a value that has no order with a number; no timer remains."""

    async def main():
        task = asyncio.current_task()
        with pytest.raises(TypeError):
            timeout("1")
        with pytest.raises(TypeError):
            async with timeout_at("1"):
                raise AssertionError("entered")
        async with timeout(5) as limit:
            with pytest.raises(TypeError):
                limit.reschedule("1")
        assert left_on(task) == set()
        return await next_waits()

    assert run(main()) == ["goes on"] * 3


# Rescheduled


@pytest.mark.parametrize("when, end", [(5, 5), (2, 2), (1, 1), (0, 1), (-3, 1), (None, 7)])
def test_reschedule_moves_the_deadline(play, when, end):
    """To a later, an earlier or a past time, or to None."""

    async def main():
        try:
            async with timeout(3) as limit:
                await asyncio.sleep(1)
                limit.reschedule(when)
                assert limit.when() == when
                await asyncio.sleep(6)
        except TimeoutError:
            assert limit.expired()
        assert (now(), limit.expired()) == (end, when is not None)
        return await next_waits()

    assert play(main()) == ["goes on"] * 3


def test_another_task_can_reschedule():
    """Again and again, also a timeout that had no deadline."""

    async def main():
        async def moves():
            for when in (4, None, 6, 8):
                await asyncio.sleep(1)
                limit.reschedule(when)

        with pytest.raises(TimeoutError):
            async with timeout(2) as limit:
                mover = asyncio.ensure_future(moves())
                await asyncio.sleep(20)
        assert now() == 8
        await mover
        with pytest.raises(TimeoutError):
            async with timeout(None) as limit:
                asyncio.get_running_loop().call_later(1, limit.reschedule, 10)
                await asyncio.sleep(20)
        assert now() == 10

    run(main())


def test_reschedule_outside_of_the_block_raises_runtime_error():
    """The message names the state. Only an entered timeout can be rescheduled."""

    async def main():
        limit = timeout(1)
        with pytest.raises(RuntimeError, match=r"^Timeout has not been entered$"):
            limit.reschedule(2)
        with pytest.raises(TimeoutError):
            async with limit:
                try:
                    await asyncio.sleep(10)
                finally:
                    with pytest.raises(RuntimeError, match="expiring"):
                        limit.reschedule(2)
        with pytest.raises(RuntimeError, match="expired"):
            limit.reschedule(None)
        async with timeout(1) as limit:
            pass
        with pytest.raises(RuntimeError, match="finished"):
            limit.reschedule(2)
        assert limit.when() == 1 + 1

    run(main())


# Entered and left


def test_second_entry_raises_runtime_error():
    """Inside of the block or after it; the first entry is not affected."""

    async def main():
        async with timeout(1) as limit:
            with pytest.raises(RuntimeError, match="already been entered"):
                await limit.__aenter__()
        for _ in range(2):
            with pytest.raises(RuntimeError, match="already been entered"):
                await limit.__aenter__()
        assert (repr(limit), cancelling(asyncio.current_task())) == ("<Timeout [finished]>", 0)
        assert await next_waits() == ["goes on"] * 3
        with pytest.raises(TimeoutError):
            async with timeout(1) as limit:
                with pytest.raises(RuntimeError, match="already been entered"):
                    await limit.__aenter__()
                await asyncio.sleep(10)

    run(main())


def test_timeout_outside_of_a_task_raises_runtime_error():
    """timeout() needs a running loop and entering needs a task; it can be entered in a task afterwards."""
    with pytest.raises(RuntimeError, match="no running event loop"):
        timeout(1)
    with pytest.raises(RuntimeError, match="no running event loop"):
        timeout(None)
    with pytest.raises(RuntimeError):
        timeout_at(None).__aenter__().send(None)

    async def main():
        limit, found = timeout(1), []

        def enter():
            try:
                limit.__aenter__().send(None)
            except RuntimeError as error:
                found.append(str(error))

        asyncio.get_running_loop().call_soon(enter)
        await asyncio.sleep(0)
        assert found == ["Timeout should be used inside a task"]
        with pytest.raises(RuntimeError, match="not been entered"):
            limit.reschedule(1)
        with pytest.raises(TimeoutError):
            async with limit:
                await asyncio.sleep(10)

    run(main())


def test_aexit_without_entry_or_twice_raises_assertion_error():
    """As asyncio's."""

    async def main():
        limit = timeout(1)
        for _ in range(2):
            with pytest.raises(AssertionError):
                await limit.__aexit__(None, None, None)
            async with timeout(1) as limit:
                pass
        with pytest.raises(AssertionError):
            await limit.__aexit__(None, None, None)

    run(main())


def test_aexit_with_only_an_exception_class(play):
    """__aexit__(kind, None, None) of an expired timeout has no error to set a context on."""

    async def main(kind):
        limit = timeout(1)
        await limit.__aenter__()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(10)
        try:
            left = await limit.__aexit__(kind, None, None)
        except TimeoutError as error:
            left = error.args, error.__cause__
        return left, repr(limit), await next_waits()

    assert play(main(KeyError)) == (None, "<Timeout [expired]>", ["goes on"] * 3)
    assert play(main(asyncio.CancelledError)) == (((), None), "<Timeout [expired]>", ["goes on"] * 3)


def test_plain_with_raises_an_error():
    """A timeout is no synchronous context manager."""

    async def main():
        with pytest.raises((AttributeError, TypeError)):
            with timeout(1):
                pass

    run(main())


async def by_hand(delay):
    limit = timeout(delay)
    await limit.__aenter__()
    try:
        yield limit
    except BaseException:
        if not await limit.__aexit__(*sys.exc_info()):
            raise
    else:
        await limit.__aexit__(None, None, None)


async def from_a_stack(delay):
    async with contextlib.AsyncExitStack() as stack:
        yield await stack.enter_async_context(timeout(delay))


async def from_a_generator(delay):
    async with timeout(delay) as limit:
        yield limit


@pytest.mark.parametrize("way", [by_hand, from_a_stack, from_a_generator])
def test_entering_by_hand_has_the_outcome_of_the_block(play, way):
    """By hand, on an exit stack and in a generator-based manager."""

    async def main():
        async with contextlib.asynccontextmanager(way)(1) as limit:
            pass
        assert repr(limit) == "<Timeout [finished]>"
        with pytest.raises(TimeoutError) as caught:
            async with contextlib.asynccontextmanager(way)(1) as limit:
                async with TaskGroup() as group:
                    group.create_task(asyncio.sleep(10))
        assert caught.value.__cause__ is not None
        assert (now(), repr(limit), cancelling(asyncio.current_task())) == (1, "<Timeout [expired]>", 0)
        return await next_waits()

    assert play(main()) == ["goes on"] * 3


def test_timeout_in_an_asynchronous_generator_cancels_the_consumer(play):
    """It cancels the iterating task between two values; closing the generator leaves no cancellation."""

    async def ticks():
        async with timeout(3):
            while True:
                await asyncio.sleep(1)
                yield now()

    async def main():
        found = []
        with pytest.raises(TimeoutError):
            async for tick in ticks():
                found.append(tick)
        assert (found, now()) == ([1, 2], 3)
        generator = ticks()
        assert await generator.__anext__() == 4
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            assert (now(), cancelling(asyncio.current_task())) == (6, 1)
        await generator.aclose()
        assert cancelling(asyncio.current_task()) == 0
        return await next_waits()

    assert play(main()) == ["goes on"] * 3


# Whose cancellation


def test_cancellation_before_the_deadline_propagates(play):
    """The timeout has not expired."""

    async def main():
        task = asyncio.current_task()
        asyncio.get_running_loop().call_later(1, task.cancel)
        limit = timeout(2)
        try:
            async with limit:
                await asyncio.sleep(10)
        except asyncio.CancelledError as error:
            assert (now(), chain(error)) == (1, ["CancelledError"])
        assert not limit.expired()
        return await next_waits()

    assert play(main()) == ["goes on"] * 3


@pytest.mark.parametrize("outside", [1, 2, 3])
def test_cancellation_beside_the_deadline_propagates(play, outside):
    """The CancelledError propagates if the request comes before, with or after the deadline."""

    async def main():
        task = asyncio.current_task()
        asyncio.get_running_loop().call_later(outside, lambda: task.cancel())
        limit = timeout(2)
        try:
            async with limit:
                try:
                    await asyncio.sleep(10)
                finally:
                    while now() < 4:
                        try:
                            await asyncio.sleep(4 - now())
                        except asyncio.CancelledError:
                            pass
        except asyncio.CancelledError:
            assert now() == 4
        assert limit.expired()
        assert (cancelling(task), uncancel(task)) == (1, 0)
        return await next_waits()

    assert play(main()) == ["goes on"] * 3


def test_swallowed_cancellation_prevents_the_timeout_error(play):
    """The block catches the CancelledError; TimeoutError follows only if it calls uncancel()."""

    async def main(takes_back):
        task = asyncio.current_task()
        asyncio.get_running_loop().call_later(1, lambda: task.cancel())
        async with timeout(2):
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                if takes_back:
                    assert uncancel(task) == 0
            await asyncio.sleep(10)

    with pytest.raises(asyncio.CancelledError):
        play(main(takes_back=False))
    with pytest.raises(TimeoutError):
        play(main(takes_back=True))


def test_earlier_request_does_not_prevent_the_timeout_error(play):
    """A request from before the entry is not counted (gh-102780)."""

    async def main():
        task = asyncio.current_task()
        task.cancel()
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError:
            with pytest.raises(TimeoutError):
                async with timeout(1):
                    await asyncio.sleep(10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            async with timeout(1) as limit:
                await asyncio.sleep(10)
        assert not limit.expired()

    play(main())


def test_bound_cancel_from_before_counts_for_outer_timeouts(play):
    """Its request leaves the inner block and prevents the TimeoutError of the outer one."""

    async def main():
        bound = asyncio.current_task().cancel
        with pytest.raises(asyncio.CancelledError):
            async with timeout(2) as outer:
                try:
                    async with timeout(10) as inner:
                        asyncio.get_running_loop().call_later(1, bound)
                        await asyncio.sleep(20)
                finally:
                    await asyncio.sleep(20)
        assert (now(), outer.expired(), inner.expired()) == (2, True, False)

    play(main())


def test_earlier_request_inside_another_timeout(play):
    """The outer timeout makes the count known on every version."""

    async def main():
        task = asyncio.current_task()
        async with timeout(100):
            asyncio.get_running_loop().call_later(1, task.cancel)
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                assert cancelling(task) == 1
                with pytest.raises(TimeoutError):
                    async with timeout(1):
                        await asyncio.sleep(10)
                assert cancelling(task) == 1
                uncancel(task)

    play(main())


@pytest.mark.parametrize(
    "inner, outer, raised, end",
    [(1, 2, ["inner"], 1), (2, 1, ["outer"], 1), (1, 1, ["outer"], 1), (0, 0, ["outer"], 0), (None, 1, ["outer"], 1)],
)
def test_outermost_expired_timeout_raises(play, inner, outer, raised, end):
    """The CancelledError propagates through the timeouts inside of it."""

    async def main():
        found = []
        try:
            async with timeout(outer):
                try:
                    async with timeout(inner):
                        await asyncio.sleep(10)
                except TimeoutError:
                    found.append("inner")
        except TimeoutError:
            found.append("outer")
        assert (found, now(), cancelling(asyncio.current_task())) == (raised, end, 0)
        return await next_waits()

    assert play(main()) == ["goes on"] * 3


def test_outer_timeout_replaces_the_error_of_the_inner(play):
    """The outer deadline passes during the clean-up of the inner block."""

    async def main():
        with pytest.raises(TimeoutError):
            async with timeout(2) as outer:
                async with timeout(1) as inner:
                    try:
                        await asyncio.sleep(10)
                    finally:
                        await asyncio.sleep(10)
        assert (now(), inner.expired(), outer.expired()) == (2, True, True)
        return await next_waits()

    assert play(main()) == ["goes on"] * 3


def test_leaving_in_the_order_of_entering(play):
    """Two timeouts entered by hand may be left in that order."""

    async def main():
        first, second = timeout(1), timeout(2)
        await first.__aenter__()
        await second.__aenter__()
        with pytest.raises(asyncio.CancelledError) as caught:
            await asyncio.sleep(10)
        with pytest.raises(TimeoutError):
            await first.__aexit__(caught.type, caught.value, None)
        with pytest.raises(asyncio.CancelledError) as caught:
            await asyncio.sleep(10)
        assert (now(), cancelling(asyncio.current_task())) == (2, 1)
        with pytest.raises(TimeoutError):
            await second.__aexit__(caught.type, None, None)
        assert cancelling(asyncio.current_task()) == 0
        return await next_waits()

    assert play(main()) == ["goes on"] * 3


@pytest.mark.parametrize("make", [lambda: timeout(10), TaskGroup], ids=["timeout", "group"])
def test_cancellation_in_compiled_code(play, make):
    """The traceback of a compiled coroutine names positions that its frames do not have."""

    async def main():
        future = asyncio.get_running_loop().create_future()
        nowhere = types.TracebackType(None, sys._getframe(), 1_000_000, 1)
        future.set_exception(asyncio.CancelledError().with_traceback(nowhere))
        async with make():
            await future

    with pytest.raises(asyncio.CancelledError):
        play(main())


# What leaves it


class SubCancelled(asyncio.CancelledError):
    pass


def test_subclass_of_cancelled_error_becomes_timeout_error(play):
    """As a CancelledError does (gh-113848)."""

    async def main():
        with pytest.raises(TimeoutError) as caught:
            async with timeout(1):
                try:
                    await asyncio.sleep(10)
                except asyncio.CancelledError:
                    raise SubCancelled
        assert chain(caught.value) == ["TimeoutError", "cause", "SubCancelled", "context", "CancelledError"]

    play(main())


def test_other_error_has_the_timeout_error_as_context(play):
    """The error that replaced the CancelledError propagates (gh-96037)."""

    async def main():
        with pytest.raises(ValueError) as caught:
            async with timeout(1):
                try:
                    await asyncio.sleep(10)
                except asyncio.CancelledError:
                    try:
                        raise KeyError
                    except KeyError:
                        raise ValueError
        assert chain(caught.value) == (
            ["ValueError", "context", "KeyError", "context", "TimeoutError", "cause", "CancelledError"]
        )
        with pytest.raises(ValueError) as caught:
            async with timeout(1):
                try:
                    await asyncio.sleep(10)
                except asyncio.CancelledError:
                    raise ValueError from None
        assert chain(caught.value) == ["ValueError", "context", "TimeoutError", "cause", "CancelledError"]

    play(main())


def test_errors_in_a_group_have_the_timeout_error_as_context(play):
    """One level deep."""

    async def fails_cleaning_up():
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            raise ValueError

    async def main():
        with pytest.raises(ExceptionGroup) as caught:
            async with timeout(1):
                async with TaskGroup() as outer:
                    outer.create_task(fails_cleaning_up())
                    async with TaskGroup() as inner:
                        inner.create_task(fails_cleaning_up())
        error, group = sorted(caught.value.exceptions, key=lambda error: type(error).__name__, reverse=True)
        shown = ["ValueError", "context", "TimeoutError", "cause", "CancelledError"]
        assert chain(error) == shown
        assert [chain(each) for each in group.exceptions] == [["ValueError", "context", "CancelledError"]]
        assert cancelling(asyncio.current_task()) == 0
        return await next_waits()

    assert play(main()) == ["goes on"] * 3


# asyncio's own, from 3.13 on, goes round for ever, and so did the interpreter itself in earlier releases.
if (3, 9, 8) <= sys.version_info < (3, 13) and sys.version_info[:3] != (3, 10, 0):

    def test_cycle_of_contexts_does_not_hang():
        """The search along the contexts ends."""

        async def main():
            first, second = ValueError(1), ValueError(2)
            try:
                async with timeout(1):
                    try:
                        await asyncio.sleep(10)
                    except asyncio.CancelledError:
                        pass
                    first.__context__, second.__context__ = second, first
                    raise first
            except ValueError as error:
                assert error is first
                first.__context__ = None

        run(main())


def test_block_that_swallows_the_cancellation_raises_nothing(play):
    """expired() returns True."""

    async def main():
        async with timeout(1) as limit:
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                pass
            await asyncio.sleep(1)
        assert (now(), limit.expired(), cancelling(asyncio.current_task())) == (2, True, 0)
        return await next_waits()

    assert play(main()) == ["goes on"] * 3


# With groups


async def fails_cleaning_up(delay=0):
    try:
        await asyncio.sleep(10)
    finally:
        await asyncio.sleep(delay)
        raise ValueError("cleaning up")


def test_group_inside_keeps_the_block_cancelled(play):
    """A child fails while the timeout cancels the block: the next await is cancelled, and TimeoutError follows."""

    async def main(waits):
        found = []
        try:
            async with timeout(1):
                try:
                    async with TaskGroup() as group:
                        group.create_task(fails_cleaning_up(1))
                except ExceptionGroup:
                    found.append(cancelling(asyncio.current_task()))
                if waits:
                    await asyncio.sleep(10)
        except TimeoutError:
            found.append("timed out")
        found.append(cancelling(asyncio.current_task()))
        return [*found, now(), await next_waits()]

    assert play(main(waits=True)) == [1, "timed out", 0, 2, ["goes on"] * 3]
    assert play(main(waits=False)) == [1, 0, 2, ["goes on"] * 3]


def test_error_of_a_group_propagates_through_the_timeout(play):
    """No cancellation remains."""

    async def main():
        with pytest.raises(ExceptionGroup):
            async with timeout(1):
                async with TaskGroup() as group:
                    group.create_task(fails_cleaning_up())
        assert cancelling(asyncio.current_task()) == 0
        return await next_waits()

    assert play(main()) == ["goes on"] * 3


def test_group_around_ignores_a_timeout_that_was_handled(play):
    """The body catches the TimeoutError before a child of the group fails."""

    async def main():
        async def fails():
            await asyncio.sleep(2)
            raise ValueError

        with pytest.raises(ExceptionGroup) as caught:
            async with TaskGroup() as group:
                group.create_task(fails())
                with pytest.raises(TimeoutError):
                    async with timeout(1):
                        await asyncio.sleep(10)
                await asyncio.sleep(10)
        assert [type(error) for error in caught.value.exceptions] == [ValueError]
        return await next_waits()

    assert play(main()) == ["goes on"] * 3


def test_group_around_that_cancels_in_the_same_instant(play):
    """The CancelledError propagates to the group."""

    async def main():
        async with TaskGroup() as group:
            asyncio.get_running_loop().call_later(1, group.cancel)
            async with timeout(1) as limit:
                await asyncio.sleep(10)
        assert (now(), limit.expired(), cancelling(asyncio.current_task())) == (1, True, 0)
        return await next_waits()

    assert play(main()) == ["goes on"] * 3


def test_timeout_error_of_a_child_fails_its_group(play):
    """The child does not catch it."""

    async def child():
        async with timeout(1):
            await asyncio.sleep(10)

    async def main():
        with pytest.raises(ExceptionGroup) as caught:
            async with TaskGroup() as group:
                group.create_task(child())
                group.create_task(asyncio.sleep(10))
        assert (now(), [type(error).__name__ for error in caught.value.exceptions]) == (1, ["TimeoutError"])

    play(main())


def test_wait_for_around_and_inside_of_a_timeout(play):
    """Around, wait_for() cancels the block; inside, it raises its own TimeoutError."""

    async def limited():
        async with timeout(2):
            await asyncio.sleep(10)

    async def main():
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(limited(), 1)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(limited(), 5)
        assert now() == 3
        with pytest.raises(asyncio.TimeoutError):
            async with timeout(5) as limit:
                await asyncio.wait_for(asyncio.sleep(10), 1)
        assert not limit.expired()
        with pytest.raises(TimeoutError):
            async with timeout(1) as limit:
                await asyncio.wait_for(asyncio.sleep(10), 5)
        assert limit.expired()
        return await next_waits()

    assert play(main()) == ["goes on"] * 3


# What it leaves behind, and what it costs the loop


async def turns_of(block):
    """How many iterations of the loop a coroutine function takes."""
    loop, turns = asyncio.get_running_loop(), [0]

    def turn():
        turns[0] += 1
        turns.append(loop.call_soon(turn))

    turn()
    await block()
    turns[-1].cancel()
    return turns[0]


async def quiet():
    async with timeout(10):
        pass


async def fires_at_once():
    with pytest.raises(TimeoutError):
        async with timeout(0):
            await asyncio.sleep(10)


async def fires_around_a_group():
    with pytest.raises(ExceptionGroup):
        async with timeout(0):
            async with TaskGroup() as group:
                group.create_task(fails_cleaning_up())


@pytest.mark.parametrize("block, turns", [(quiet, 1), (fires_at_once, 3), (fires_around_a_group, 7)])
def test_timeout_adds_no_iteration_of_the_loop(play, block, turns):
    """The block alone determines the number of iterations."""
    assert play(turns_of(block)) == turns


@pytest.mark.parametrize("block", [quiet, fires_at_once, fires_around_a_group])
def test_task_has_no_attribute_after_the_block(play, block):
    """The timeout restores the task."""

    async def main():
        task = asyncio.current_task()
        await block()
        assert (left_on(task), cancelling(task)) == (set(), 0)

    play(main())


@pytest.mark.skipif(not COUNTS_REFERENCES, reason="only the collector frees objects here")
@pytest.mark.parametrize("expires", [False, True])
def test_timeout_is_freed_without_the_collector(expires):
    """Deleting the task and its error frees the timeout."""

    async def fails():
        async with timeout(1) as limit:
            found.append(weakref.ref(limit))
            await asyncio.sleep(10 if expires else 0)
            raise KeyError("quiet")

    async def main():
        task = asyncio.ensure_future(fails())
        found.append(weakref.ref(task))
        await asyncio.wait([task])
        assert task.exception().args == (() if expires else ("quiet",))

    found = []
    gc.collect()
    gc.disable()
    try:
        run(main())
        # 3.13's own keeps the task in the timeout that the error's traceback leads to.
        if sys.version_info < (3, 13):
            assert [reference() for reference in found] == [None, None]
    finally:
        gc.enable()


def test_timer_after_the_end_of_its_task_does_nothing():
    """Nothing is reported either."""

    async def enters():
        limit = timeout(1)
        await limit.__aenter__()
        return limit

    async def main():
        reported = []
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: reported.append(context))
        task = asyncio.ensure_future(enters())
        limit = await task
        await asyncio.sleep(2)
        assert (reported, limit.expired(), task.cancelled()) == ([], True, False)

    run(main())


def test_close_inside_of_an_expired_timeout_ends_at_once():
    """close() of the coroutine does not suspend."""

    async def inside():
        async with timeout(0) as limit:
            limits.append(limit)
            await asyncio.sleep(10)

    limits = []
    loop = VirtualTimeLoop()
    task = loop.create_task(inside())
    loop.call_soon(loop.call_soon, loop.stop)
    loop.run_forever()
    assert repr(limits) == "[<Timeout [expiring]>]"
    task.get_coro().close()
    assert repr(limits) == "[<Timeout [expired]>]"
    task.cancel()
    with pytest.raises((asyncio.CancelledError, RuntimeError)):
        loop.run_until_complete(task)
    loop.close()


def test_close_with_an_undelivered_request_does_not_suspend(play):
    """Clearing the request needs a wait, and close() cannot wait."""

    class Once:
        def __await__(self):
            yield

    async def inside():
        async with timeout(0):
            await Once()

    async def main():
        task, coroutine = asyncio.current_task(), inside()
        coroutine.send(None)
        with pytest.raises(asyncio.CancelledError):
            await asyncio.sleep(10)
        task.cancel()
        assert uncancel(task) == 1
        coroutine.close()
        # Below 3.13 nothing but a wait can clear it (gh-116720).
        found = await next_waits(2)
        assert found == ["goes on"] * 2 or (sys.version_info < (3, 13) and found == ["cancelled", "goes on"])

    play(main())


def test_a_thousand_tasks_with_one_deadline_all_time_out():
    """All of them raise TimeoutError at the same time."""

    async def limited():
        async with timeout(1):
            await asyncio.sleep(10)

    async def main():
        results = await asyncio.gather(*(limited() for _ in range(1000)), return_exceptions=True)
        assert {type(result).__name__ for result in results} == {"TimeoutError"}
        assert now() == 1

    run(main())


# TimeoutError


async def timed_out():
    try:
        async with timeout(0):
            await asyncio.sleep(10)
    except TimeoutError as error:
        return error


def test_timeout_error_is_the_built_in_and_asyncios():
    """catch() matches it as either."""
    error = run(timed_out())
    assert isinstance(error, TimeoutError) and isinstance(error, asyncio.TimeoutError) and isinstance(error, OSError)
    for kind in (TimeoutError, asyncio.TimeoutError):
        found = []
        with catch({kind: found.append}):
            raise error
        assert [group.exceptions for group in found] == [(error,)]


def test_timeout_error_has_the_built_in_name():
    """In a traceback, in its repr, and as the name of its class."""
    error = run(timed_out())
    assert (repr(error), str(error), repr(type(error))) == ("TimeoutError()", "", "<class 'TimeoutError'>")
    assert traceback.format_exception_only(type(error), error) == ["TimeoutError\n"]
    assert traceback.format_exception(type(error), error, error.__traceback__)[-1] == "TimeoutError\n"


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_timeout_error_pickles(protocol):
    """The copy matches both names and keeps arguments and attributes."""
    error = run(timed_out())
    made = type(error)(110, "too late")
    made.host = "example.org"
    for found in (pickle.loads(pickle.dumps(made, protocol)), copy.copy(made), copy.deepcopy(made)):
        assert type(found) is type(error)
        assert (found.errno, found.strerror, found.args, found.host) == (
            110,
            "too late",
            (110, "too late"),
            "example.org",
        )
    assert pickle.loads(pickle.dumps(error, protocol)).args == ()


class OwnTimeoutError(type(run(timed_out()))):
    pass


def test_subclass_of_timeout_error_pickles():
    """The copy is an instance of the subclass."""
    assert type(pickle.loads(pickle.dumps(OwnTimeoutError(1)))) is OwnTimeoutError


def test_pickle_of_an_older_version_can_be_loaded():
    """Pickles of 3.8 to 3.10 refer to a name that every version has."""
    place = taskgroup_compat.__name__.encode()
    old = b"c" + place + b"\n_timeout_error\n(tR."
    assert repr(pickle.loads(old)) == "TimeoutError()"
    if BELOW_311:
        assert pickle.dumps(run(timed_out()), 0).startswith(old[:-4])


def test_timeout_error_is_not_exported():
    """A clause for a class of ours would not match TimeoutErrors of the system and of asyncio."""
    assert "TimeoutError" not in vars(taskgroup_compat)
