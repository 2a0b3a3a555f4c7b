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


def test_is_asyncios_own_or_its_subclass():
    """asyncio's own from 3.13 on, a subclass of it on 3.11 and 3.12, a class of its own below."""
    if sys.version_info >= (3, 13):
        assert (Timeout, timeout, timeout_at) == (asyncio.Timeout, asyncio.timeout, asyncio.timeout_at)
    elif sys.version_info >= (3, 11):
        assert Timeout.__mro__ == (Timeout, asyncio.Timeout, object)
    else:
        assert Timeout.__mro__ == (Timeout, object)


def test_module_is_imported_only_where_it_is_used():
    """From 3.13 on nobody pays for the module of ours."""
    program = "import sys, taskgroup_compat; print('taskgroup_compat._timeout' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, check=True)
    assert found.stdout.strip() == str(sys.version_info < (3, 13)).encode()


# A deadline


def test_fires(play):
    """At its deadline the block is cancelled, and TimeoutError raised from that CancelledError."""

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


def test_does_not_fire(play):
    """A block that ends in time leaves its timeout as if there were none, and so does its error."""

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


def test_deadline_counts_from_the_call():
    """timeout() computes the deadline; entering arms it, at once if it has passed."""

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
def test_no_time_at_all(play, delay):
    """Zero or less cancels the first wait, however short, and nothing where there is no wait."""

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
def test_no_limit(make):
    """None never fires."""

    async def main():
        async with make(None) as limit:
            assert (limit.when(), repr(limit)) == (None, "<Timeout [active] when=None>")
            await asyncio.sleep(1e6)
        assert (limit.when(), limit.expired()) == (None, False)

    run(main())


@pytest.mark.parametrize("make", [timeout_at, Timeout])
def test_absolute_deadline(make):
    """timeout_at(), and Timeout itself, take a time of the loop's clock, and need no loop yet."""
    limit = make(3.00049)

    async def main():
        await asyncio.sleep(1)
        with pytest.raises(TimeoutError):
            async with limit:
                assert repr(limit) == "<Timeout [active] when=3.0>"
                await asyncio.sleep(10)
        assert now() == 3.00049

    run(main())


def test_bad_deadline_is_refused_and_leaves_nothing():
    """What cannot be compared with a time is a TypeError, of timeout() or on entering."""

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
def test_reschedule(play, when, end):
    """The deadline moves to a later, an earlier or a passed time, or goes."""

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


def test_reschedule_from_elsewhere():
    """Another task may move the deadline, again and again, also one that there was not."""

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


def test_refused_in_each_state():
    """reschedule() is a RuntimeError that names the state, in all but the one of a timeout that is entered."""

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


def test_entered_once():
    """Entering again, within or afterwards, is a RuntimeError that disturbs nobody."""

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


def test_needs_a_task_and_a_loop():
    """timeout() needs a running loop, and entering a task: else a RuntimeError, and it can still be entered."""
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


def test_left_without_entering_and_twice():
    """Leaving what is not entered is an AssertionError, as asyncio's."""

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


def test_left_by_hand_with_the_class_of_an_error_alone(play):
    """__aexit__(kind, None, None) of one that has expired: there is no error to show the timeout in."""

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


def test_only_async_with():
    """It is no plain context manager."""

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
def test_entered_in_other_ways(play, way):
    """By hand, on an exit stack, in a generator that is a context manager: as in the block itself."""

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


def test_in_an_asynchronous_generator(play):
    """Between its values the generator's timeout cancels whoever iterates; closing it leaves no cancellation."""

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


def test_outside_cancellation_alone(play):
    """A cancellation from outside before the deadline goes on, and the timeout has not expired."""

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
def test_outside_cancellation_beside_its_own(play, outside):
    """Cancelled from outside as well, before, with or after the deadline, the CancelledError goes on."""

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


def test_outside_cancellation_that_the_block_swallowed(play):
    """One that the block has stopped and not taken back keeps the timeout from raising TimeoutError."""

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


def test_cancellation_from_before(play):
    """What was asked for before it was entered is no reason for the timeout not to raise (gh-102780)."""

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


def test_bound_cancel_from_before(play):
    """A cancel() that somebody took before the block was entered counts for the timeouts around the one it passes."""

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


def test_cancellation_from_before_inside_another(play):
    """The same inside of another timeout, where the count is known on every version."""

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
def test_nested(play, inner, outer, raised, end):
    """Of nested timeouts the outermost that has expired raises."""

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


def test_outer_one_expires_while_the_inner_cleans_up(play):
    """The inner one's TimeoutError gives way to the outer's."""

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


def test_left_out_of_order(play):
    """Two that are entered by hand may be left in the order of entering."""

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
def test_cancelled_in_compiled_code(play, make):
    """The traceback of what a compiled coroutine raises leads to places that its frames do not have."""

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


def test_subclass_of_cancelled_error(play):
    """A subclass of CancelledError becomes TimeoutError as well (gh-113848)."""

    async def main():
        with pytest.raises(TimeoutError) as caught:
            async with timeout(1):
                try:
                    await asyncio.sleep(10)
                except asyncio.CancelledError:
                    raise SubCancelled
        assert chain(caught.value) == ["TimeoutError", "cause", "SubCancelled", "context", "CancelledError"]

    play(main())


def test_other_errors_show_the_timeout(play):
    """What replaced the CancelledError leaves, with a TimeoutError in its contexts (gh-96037)."""

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


def test_members_of_a_group_show_the_timeout(play):
    """So do the errors in a group, one level deep."""

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

    def test_cycle_of_contexts_ends():
        """Contexts that lead in a circle do not hold the timeout for ever."""

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


def test_swallowed_by_the_block(play):
    """A block that stops the CancelledError leaves as if nothing had been; expired() tells."""

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


def test_group_inside_counts_its_request(play):
    """A group whose child fails while the timeout cancels leaves its block cancelled still, and the timeout settles."""

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


def test_error_of_a_group_leaves_it(play):
    """The group's error goes through the timeout, and no cancellation stays behind."""

    async def main():
        with pytest.raises(ExceptionGroup):
            async with timeout(1):
                async with TaskGroup() as group:
                    group.create_task(fails_cleaning_up())
        assert cancelling(asyncio.current_task()) == 0
        return await next_waits()

    assert play(main()) == ["goes on"] * 3


def test_group_around_does_not_count_what_is_settled(play):
    """A timeout that is caught in the body is over for the group, whose child fails later."""

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


def test_group_around_is_being_cancelled(play):
    """Where its group cancels the body in the same instant, the CancelledError goes on to the group."""

    async def main():
        async with TaskGroup() as group:
            asyncio.get_running_loop().call_later(1, group.cancel)
            async with timeout(1) as limit:
                await asyncio.sleep(10)
        assert (now(), limit.expired(), cancelling(asyncio.current_task())) == (1, True, 0)
        return await next_waits()

    assert play(main()) == ["goes on"] * 3


def test_group_around_in_a_child(play):
    """A child whose timeout is not caught fails its group."""

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


def test_wait_for_around_and_inside(play):
    """asyncio.wait_for() around cancels the block from outside; inside it raises its own TimeoutError."""

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
def test_no_iteration_of_the_loop(play, block, turns):
    """It takes no iteration of the loop beside those that its block takes."""
    assert play(turns_of(block)) == turns


@pytest.mark.parametrize("block", [quiet, fires_at_once, fires_around_a_group])
def test_nothing_is_left_on_the_task(play, block):
    """The task is as it was before."""

    async def main():
        task = asyncio.current_task()
        await block()
        assert (left_on(task), cancelling(task)) == (set(), 0)

    play(main())


@pytest.mark.skipif(not COUNTS_REFERENCES, reason="only the collector frees objects here")
@pytest.mark.parametrize("expires", [False, True])
def test_no_reference_cycle(expires):
    """What a timeout held is free when the task and its error are, without the collector."""

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


def test_task_that_has_ended():
    """A timer that outlives its task does nothing, and reports nothing."""

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


def test_closed_from_outside():
    """close() of a coroutine that is inside of an expired timeout ends it at once."""

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


def test_closed_with_a_cancellation_that_is_not_delivered(play):
    """close() may not wait, not even to clear what nobody wants."""

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


def test_thousand_at_once():
    """A thousand tasks with a deadline in the same instant all time out."""

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


def test_timeout_error_is_both():
    """It is the built-in TimeoutError and asyncio's, and catch() finds it as either."""
    error = run(timed_out())
    assert isinstance(error, TimeoutError) and isinstance(error, asyncio.TimeoutError) and isinstance(error, OSError)
    for kind in (TimeoutError, asyncio.TimeoutError):
        found = []
        with catch({kind: found.append}):
            raise error
        assert [group.exceptions for group in found] == [(error,)]


def test_timeout_error_goes_by_the_name_of_the_built_in_one():
    """In a traceback, a repr, and the name of its class."""
    error = run(timed_out())
    assert (repr(error), str(error), repr(type(error))) == ("TimeoutError()", "", "<class 'TimeoutError'>")
    assert traceback.format_exception_only(type(error), error) == ["TimeoutError\n"]
    assert traceback.format_exception(type(error), error, error.__traceback__)[-1] == "TimeoutError\n"


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_timeout_error_pickles(protocol):
    """A copy of it is caught by the same names, and has its arguments and attributes."""
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
    """A class derived from it keeps its own name."""
    assert type(pickle.loads(pickle.dumps(OwnTimeoutError(1)))) is OwnTimeoutError


def test_pickle_of_an_older_version_can_be_read():
    """What 3.8 to 3.10 pickle names something that there is on every version."""
    place = taskgroup_compat.__name__.encode()
    old = b"c" + place + b"\n_timeout_error\n(tR."
    assert repr(pickle.loads(old)) == "TimeoutError()"
    if BELOW_311:
        assert pickle.dumps(run(timed_out()), 0).startswith(old[:-4])


def test_timeout_error_is_not_exported():
    """An except clause with a class of ours would miss the TimeoutErrors of the system and of asyncio."""
    assert "TimeoutError" not in vars(taskgroup_compat)
