"""The tricks of cancellation below 3.13, at their limits: the record, the scopes, the pause, right after a step."""

import _thread
import asyncio
import contextlib
import gc
import sys
import threading
import types
import weakref

import pytest

from taskgroup_compat import BaseExceptionGroup, ExceptionGroup, TaskGroup, cancelling, timeout, uncancel
from tests.support.scopes import BELOW_311, LibraryScope, fails_cleaning_up, next_await
from tests.support.virtual_time import OtherLoop, VirtualTimeLoop, run

# From 3.14 on asyncio.current_task() does not know tasks written in Python.
PYTHON_TASKS = [False] if sys.version_info >= (3, 14) else [False, True]
PYPY = sys.implementation.name == "pypy"


def python_tasks(loop, coro, **keywords):
    return asyncio.tasks._PyTask(coro, loop=loop, **keywords)


class Worker:
    """A context manager somewhere else, whose stop() cancels a task."""

    task = None

    def __enter__(self):
        return self

    def __exit__(self, *details):
        return None

    def stop(self):
        self.task.cancel()


async def failing_group():
    """A group whose child fails while it is being cancelled; says that the error arrived."""
    try:
        async with TaskGroup() as group:
            group.create_task(fails_cleaning_up())
    except ExceptionGroup as error:
        return [repr(leaf) for leaf in error.exceptions]


@contextlib.contextmanager
def by_generator():
    with LibraryScope(1):
        yield


@contextlib.asynccontextmanager
async def by_async_generator():
    async with LibraryScope(1):
        yield


@contextlib.asynccontextmanager
async def by_exit_stack():
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(contextlib.suppress(LookupError))
        await stack.enter_async_context(LibraryScope(1))
        stack.callback(int)
        yield


WAYS = {
    "directly": lambda: LibraryScope(1),
    "by a generator": by_generator,
    "by an asynchronous generator": by_async_generator,
    "by an exit stack": by_exit_stack,
}


@contextlib.asynccontextmanager
async def either(manager):
    if hasattr(type(manager), "__aexit__"):
        async with manager:
            yield
    else:
        with manager:
            yield


@pytest.mark.parametrize("way", WAYS)
def test_a_scope_around_a_failing_group_leaves_no_cancellation_behind_it(way):
    """The scope fires, the group's error leaves the scope: the next await goes on."""

    async def main():
        seen = []
        try:
            async with either(WAYS[way]()):
                async with TaskGroup() as group:
                    group.create_task(fails_cleaning_up())
        except ExceptionGroup as error:
            seen.append(repr(error.exceptions[0]))
        return seen, await next_await(), cancelling(asyncio.current_task())

    assert run(main()) == (["ValueError('cleaning up')"], "goes on", 0)


@pytest.mark.parametrize("way", WAYS)
def test_a_scope_whose_group_fails_inside_still_ends_its_block(way):
    """The group's error is caught inside the scope: the next await in it is cancelled, nothing is left behind it."""

    async def main():
        seen = []
        async with either(WAYS[way]()):
            seen.append(await failing_group())
            await asyncio.sleep(10)
            seen.append("not reached")
        return seen, await next_await(), asyncio.get_running_loop().time()

    assert run(main()) == ([["ValueError('cleaning up')"]], "goes on", 2)


@pytest.mark.parametrize("way", WAYS)
def test_a_scope_that_was_left_inside_a_group_no_longer_counts(way):
    """A timeout in the body that has fired and was left is not taken for an outside cancellation when a child fails."""

    async def main():
        task = asyncio.current_task()
        seen = []
        try:
            async with TaskGroup() as group:
                async with either(WAYS[way]()):
                    await asyncio.sleep(10)
                if not PYPY:
                    seen.append(cancelling(task))
                group.create_task(fails_cleaning_up())
                await asyncio.sleep(0)
                raise KeyError
        except ExceptionGroup as error:
            seen.append(sorted(type(leaf).__name__ for leaf in error.exceptions))
        return seen, await next_await(), cancelling(task)

    counts = [] if PYPY else [0]
    assert run(main()) == ([*counts, ["KeyError", "ValueError"]], "goes on", 0)


class ByHand:
    """Enters a scope in its own __aenter__."""

    def __init__(self, delay):
        self.inner = LibraryScope(delay)

    async def __aenter__(self):
        return self.inner.__enter__()

    async def __aexit__(self, *details):
        return self.inner.__exit__(*details)


def test_a_scope_of_an_unknown_library_that_is_entered_by_hand_counts_as_somebody_else_below_3_11():
    """No frame holds its __exit__ and it does not tell its state: its request remains when it is left."""

    async def main():
        with pytest.raises(ExceptionGroup):
            async with ByHand(1):
                async with TaskGroup() as group:
                    group.create_task(fails_cleaning_up())
        return await next_await()

    assert run(main()) == ("cancelled" if BELOW_311 else "goes on")


def test_a_context_manager_that_the_task_has_not_entered_is_a_plain_request():
    """worker.stop() cancels the parent while a child fails cleaning up: the cancellation comes at the next await."""

    async def main():
        worker = Worker()
        worker.task = asyncio.current_task()
        asyncio.get_running_loop().call_later(1, worker.stop)
        seen = await failing_group()
        return seen, cancelling(worker.task), await next_await()

    assert run(main()) == (["ValueError('cleaning up')"], 1, "cancelled")


def test_a_scope_of_another_task_is_a_plain_request():
    """A scope that one task has entered and that cancels another one is not around that other one's group."""

    async def main():
        scope = LibraryScope(10)
        victim = asyncio.get_running_loop().create_task(failing_then_next())

        async def owner():
            async with scope:
                await asyncio.sleep(1)
                scope.task = victim
                scope.expire()
                scope.expired = False

        await owner()
        return await victim

    async def failing_then_next():
        return await failing_group(), await next_await()

    assert run(main()) == (["ValueError('cleaning up')"], "cancelled")


@pytest.mark.parametrize("inner", [LibraryScope, ByHand])
def test_the_innermost_of_two_scopes_of_one_kind_is_told_from_the_outer(inner):
    """Of two scopes around a group just the outer one fires: the inner block is left by its cancellation."""

    async def main():
        seen = []
        with LibraryScope(1) as outer:
            async with inner(50) as innermost:
                seen.append(await failing_group())
                await asyncio.sleep(10)
            seen.append("not reached")
        return seen, outer.expired, innermost.expired, await next_await()

    assert run(main()) == ([["ValueError('cleaning up')"]], True, False, "goes on")


@pytest.mark.parametrize("outer", [LibraryScope, ByHand])
def test_a_scope_is_told_from_one_around_it_that_has_not_fired(outer):
    """Of two scopes around a group just the inner one fires: its block alone is left."""

    async def main():
        seen = []
        async with outer(50) as outermost:
            with LibraryScope(1) as inner:
                seen.append(await failing_group())
                await asyncio.sleep(10)
            async with TaskGroup():
                seen.append(cancelling(asyncio.current_task()))
            seen.append(await next_await())
        return seen, outermost.expired, inner.expired, await next_await()

    assert run(main()) == ([["ValueError('cleaning up')"], 0, "goes on"], False, True, "goes on")


def test_one_scope_may_ask_many_times():
    """anyio asks again in each iteration until it is left: all its requests end with it."""

    class Insistent(LibraryScope):
        asked = 0

        def expire(self):
            self.asked += 1
            super().expire()
            self.handle = asyncio.get_running_loop().call_later(0.25, self.expire)

        def __exit__(self, *details):
            for _ in range(0 if BELOW_311 else self.asked - 1):
                self.task.uncancel()
            return super().__exit__(*details)

    async def stubborn():
        try:
            await asyncio.sleep(10)
        finally:
            for _ in range(3):
                await asyncio.sleep(1)
            raise ValueError

    async def main():
        seen = []
        try:
            with Insistent(1):
                async with TaskGroup() as group:
                    group.create_task(stubborn())
        except ExceptionGroup as error:
            seen.append(repr(error.exceptions[0]))
        return seen, await next_await(), cancelling(asyncio.current_task())

    assert run(main()) == (["ValueError()"], "goes on", 0)


class CountingTimeout:
    """A timeout that takes its own request back on every version."""

    def __init__(self, delay):
        self.delay = delay
        self.expired = False

    async def __aenter__(self):
        self.task = asyncio.current_task()
        self.before = cancelling(self.task)
        self.handle = asyncio.get_running_loop().call_later(self.delay, self.expire)

    def expire(self):
        self.expired = True
        self.task.cancel()

    async def __aexit__(self, kind, error, traceback):
        self.handle.cancel()
        return self.expired and uncancel(self.task) <= self.before and kind is asyncio.CancelledError


def test_a_scope_that_counts_sees_what_comes_outside_of_any_group():
    """A timeout and an outside cancellation at once: the outside one goes on, with no group near."""

    async def main():
        task = asyncio.current_task()
        asyncio.get_running_loop().call_later(1, lambda: task.cancel())
        seen = []
        try:
            async with CountingTimeout(1):
                await asyncio.sleep(10)
        except asyncio.CancelledError:
            seen.append(cancelling(task))
        return seen, uncancel(task), cancelling(task)

    assert run(main()) == ([1], 0, 0)


def test_a_scope_that_counts_takes_its_request_back_around_a_failing_group():
    """No stray cancellation and a count of zero after a counting timeout around a group whose child failed."""

    async def main():
        seen = []
        try:
            async with CountingTimeout(1):
                async with TaskGroup() as group:
                    group.create_task(fails_cleaning_up())
        except ExceptionGroup as error:
            seen.append(repr(error.exceptions[0]))
        return seen, await next_await(), cancelling(asyncio.current_task())

    assert run(main()) == (["ValueError('cleaning up')"], "goes on", 0)


async def sleeps(event):
    await asyncio.sleep(10)


async def waits_for_an_event(event):
    await event.wait()


async def waits_for_a_task(event):
    await asyncio.wait({asyncio.get_running_loop().create_task(asyncio.sleep(5))})


async def waits_for_a_group(event):
    async with TaskGroup() as group:
        group.create_task(asyncio.sleep(10))


async def ends_at_once(event):
    pass


BODIES = [sleeps, waits_for_an_event, waits_for_a_task, waits_for_a_group, ends_at_once]


@pytest.mark.parametrize("body", BODIES)
def test_requests_that_go_round_the_record_are_seen(body):
    """A bound cancel() taken before the group was entered still cancels after the group's error."""

    async def main():
        task = asyncio.current_task()
        asyncio.get_running_loop().call_later(1, task.cancel)
        try:
            async with TaskGroup():
                async with TaskGroup() as group:
                    group.create_task(fails_cleaning_up())
                    await body(asyncio.Event())
        except ExceptionGroup as error:
            seen = [repr(leaf.exceptions) for leaf in error.exceptions]
        return seen, cancelling(task), await next_await()

    assert run(main()) == (["(ValueError('cleaning up'),)"], 1, "cancelled")


def test_a_request_that_goes_round_the_record_is_seen_in_a_body_that_turns():
    """sleep(0) waits for nothing: the request is undelivered until the next step."""

    async def main():
        task = asyncio.current_task()
        cancel = task.cancel
        try:
            async with TaskGroup():
                async with TaskGroup() as group:
                    group.create_task(fails_cleaning_up())
                    await asyncio.sleep(0)
                    asyncio.get_running_loop().call_soon(cancel)
                    await asyncio.sleep(0)
                    await asyncio.sleep(0)
        except ExceptionGroup as error:
            seen = [repr(leaf.exceptions) for leaf in error.exceptions]
        return seen, cancelling(task), await next_await()

    assert run(main()) == (["(ValueError('cleaning up'),)"], 1, "cancelled")


@pytest.mark.parametrize("body", BODIES)
def test_a_request_of_the_group_is_not_taken_for_one_that_went_round_the_record(body):
    """The outer group's own cancellation, arriving in the same ways, leaves nothing behind it."""

    async def main():
        task = asyncio.current_task()
        seen = []
        try:
            async with TaskGroup() as outer:
                asyncio.get_running_loop().call_later(1, outer.cancel)
                async with TaskGroup() as group:
                    group.create_task(fails_cleaning_up())
                    await body(asyncio.Event())
        except ExceptionGroup as error:
            seen = [repr(leaf.exceptions) for leaf in error.exceptions]
        return seen, cancelling(task), await next_await()

    assert run(main()) == (["(ValueError('cleaning up'),)"], 0, "goes on")


def test_a_future_that_others_cancel_is_no_request():
    """A body that waits for a future of its own, which somebody cancels: nothing is left behind the group's error."""

    async def main():
        task = asyncio.current_task()
        future = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(1, future.cancel)
        try:
            async with TaskGroup() as group:
                group.create_task(fails_cleaning_up())
                await future
        except ExceptionGroup as error:
            seen = [repr(leaf) for leaf in error.exceptions]
        return seen, cancelling(task), await next_await()

    assert run(main()) == (["ValueError('cleaning up')"], 0, "goes on")


def test_an_awaitable_that_knows_who_waits_for_it_is_read_once():
    """A chain of awaitables that refers back to its beginning comes to an end."""

    class Waiter:
        def __init__(self, future):
            self.coro = asyncio.current_task().get_coro()
            self.steps = future.__await__()

        def __await__(self):
            return self

        def __next__(self):
            return next(self.steps)

    async def main():
        worker = Worker()
        worker.task = asyncio.current_task()
        loop = asyncio.get_running_loop()
        loop.call_later(1, worker.stop)
        try:
            async with TaskGroup() as group:
                group.create_task(fails_cleaning_up())
                await Waiter(loop.create_future())
        except ExceptionGroup as error:
            seen = [repr(leaf) for leaf in error.exceptions]
        return seen, await next_await()

    assert run(main()) == (["ValueError('cleaning up')"], "cancelled")


def test_a_manager_that_cannot_be_asked_does_not_stop_the_task():
    """An attribute that raises while a suspended parent is looked at: the parent is woken all the same."""
    reported = []

    class Broken(Worker):
        @property
        def cancel_called(self):
            raise LookupError

    async def main():
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: reported.append(type(context["exception"]).__name__))
        task = asyncio.current_task()
        loop.call_later(1, lambda: task.cancel())
        with Broken():
            seen = await failing_group()
        return seen, await next_await()

    assert run(main()) == (["ValueError('cleaning up')"], "cancelled")
    assert reported == []


def test_a_task_keeps_neither_itself_nor_a_scope_that_counts():
    """Below 3.11 its record stays for the next scope of that class; it is a weak reference and knows only the class."""

    async def work(scopes):
        for _ in range(3):
            scope = CountingTimeout(10)
            scopes.append(weakref.ref(scope))
            async with scope:
                async with TaskGroup():
                    pass

    async def main():
        scopes = []
        task = asyncio.get_running_loop().create_task(work(scopes))
        gone = weakref.ref(task)
        await task
        del task
        await asyncio.sleep(0)
        if PYPY:
            gc.collect()
        return [each() for each in (gone, *scopes)]

    assert run(main()) == [None] * 4


def test_a_stand_in_for_cancel_that_is_set_inside_of_a_group_loses_nothing():
    """Somebody replaces cancel() on the task in the block: the outside cancellation beside the group's own goes on."""

    async def main():
        task = asyncio.current_task()
        async with TaskGroup() as group:
            inner = task.cancel
            task.cancel = lambda *args, **keywords: inner(*args, **keywords)
            asyncio.get_running_loop().call_later(1, lambda: (group.cancel(), task.cancel()))
            await asyncio.sleep(10)

    with pytest.raises(asyncio.CancelledError):
        run(main())


def test_a_stand_in_for_cancel_that_is_set_inside_of_a_group_stays():
    """Leaving a group in which nobody asked for anything leaves alone what somebody else has set on the task."""

    async def main():
        task = asyncio.current_task()

        def cancel():
            raise AssertionError("nobody calls it")

        async with TaskGroup():
            task.cancel = cancel
        return task.cancel is cancel

    assert run(main())


def test_a_request_past_the_group_counts_although_one_before_came_through_it():
    """A cancel() bound before the group ends the wait for the children, after a request in the body was taken back."""

    async def main():
        task = asyncio.current_task()
        bound = task.cancel
        with contextlib.suppress(asyncio.CancelledError):
            async with TaskGroup() as group:
                asyncio.get_running_loop().call_soon(lambda: task.cancel())
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.sleep(1)
                uncancel(task)
                group.create_task(asyncio.sleep(10))
                asyncio.get_running_loop().call_later(1, bound)
        return cancelling(task)

    assert run(main()) == 1


@pytest.mark.parametrize("python_task", PYTHON_TASKS)
def test_uncancel_leaves_a_cancellation_that_others_want(python_task):
    """Of two requests that have not been delivered one is taken back: the other one arrives."""

    async def main():
        task = asyncio.current_task()
        async with TaskGroup():
            task.cancel()
            task.cancel()
            remaining = uncancel(task)
            return remaining, await next_await(), uncancel(task)

    assert run(main(), task_factory=python_tasks if python_task else None) == (1, "cancelled", 0)


def test_a_task_is_its_own_again_after_uncancel_outside_of_any_group():
    """Nothing stays on the task when its only request was taken back."""

    async def main():
        task = asyncio.current_task()
        own = type(task.cancel)
        task.cancel()
        remaining = uncancel(task)
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(0)
        return remaining, type(task.cancel) is own

    assert run(main()) == (0, True)


def test_a_request_past_the_group_counts_after_one_that_was_taken_back():
    """A cancel() bound before the group reaches the body when the count is zero again."""

    async def main():
        task = asyncio.current_task()
        bound = task.cancel
        with contextlib.suppress(asyncio.CancelledError):
            async with TaskGroup():
                asyncio.get_running_loop().call_soon(lambda: task.cancel())
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.sleep(1)
                uncancel(task)
                asyncio.get_running_loop().call_later(1, bound)
                await asyncio.sleep(10)
        return cancelling(task)

    assert run(main()) == 1


def test_a_request_past_the_groups_that_ends_a_wait_counts_once():
    """A cancel() bound before two groups ends the inner one's wait for its children, and then leaves the outer one."""

    async def main():
        task = asyncio.current_task()
        bound = task.cancel
        with contextlib.suppress(asyncio.CancelledError):
            async with TaskGroup():
                async with TaskGroup() as group:
                    group.create_task(asyncio.sleep(10))
                    asyncio.get_running_loop().call_later(1, bound)
        return cancelling(task)

    assert run(main()) == 1


def test_a_cancel_that_was_put_back_counts_for_the_next_groups():
    """What a task had as cancel() inside of a group, kept by somebody and put back, counts under a stand-in as well."""

    async def fails():
        raise ValueError

    async def main():
        task = asyncio.current_task()
        async with TaskGroup():
            kept = task.cancel
        task.cancel = kept
        with pytest.raises(ExceptionGroup):
            async with TaskGroup() as group:
                real = task.cancel
                task.cancel = lambda *args: real(*args)
                async with TaskGroup():
                    task.cancel()
                    seen = [await next_await(), cancelling(task)]
                seen += [cancelling(task), uncancel(task)]
                group.create_task(fails())
        return [*seen, cancelling(task), await next_await()]

    assert run(main()) == ["cancelled", 1, 1, 0, 0, "goes on"]


def test_the_variables_that_a_scope_shows_stay_what_they_are():
    """A method that has asked for its locals() still has them when it has asked for the count."""

    class Scope(LibraryScope):
        def ask(self):
            shown = locals()
            return cancelling(self.task), sorted(set(shown) & {"self"})

    async def main():
        with Scope(10) as scope:
            async with TaskGroup():
                return scope.ask()

    assert run(main()) == (0, ["self"])


def test_a_scope_may_ask_as_the_first_function_of_a_thread():
    """No frame is outside of its method there."""
    seen = []

    class Scope(LibraryScope):
        def ask(self, done):
            try:
                seen.append(cancelling(self.task))
            finally:
                done.set()

    async def main():
        done = threading.Event()
        with Scope(10) as scope:
            async with TaskGroup():
                _thread.start_new_thread(scope.ask, (done,))
                assert done.wait(20)

    run(main())
    assert seen == [0]


def test_each_request_past_the_group_counts_when_it_leaves_a_block():
    """A cancel() bound before the groups comes twice, in two groups; each is counted once by all that it leaves."""

    async def main():
        task = asyncio.current_task()
        for seconds in (1, 2):
            asyncio.get_running_loop().call_later(seconds, task.cancel)
        seen = []
        async with TaskGroup():
            for _ in range(2):
                with contextlib.suppress(asyncio.CancelledError):
                    async with timeout(50), TaskGroup(), timeout(50), timeout(50):
                        await asyncio.sleep(10)
                seen.append(cancelling(task))
            seen += [uncancel(task), uncancel(task)]
        return seen, await next_await()

    assert run(main()) == ([1, 2, 1, 0], "goes on")


def test_a_request_past_the_group_that_was_taken_back_counts_no_more():
    """It leaves a block, is taken back, and goes on to the group around: that one has been asked for nothing."""

    async def main():
        task = asyncio.current_task()
        asyncio.get_running_loop().call_later(1, task.cancel)
        seen = []
        async with TaskGroup():
            try:
                async with timeout(50):
                    try:
                        async with timeout(50):
                            await asyncio.sleep(10)
                    finally:
                        seen.append(uncancel(task))
            except asyncio.CancelledError:
                seen.append(cancelling(task))
        return seen, await next_await()

    assert run(main()) == ([0, 0], "goes on")


def test_a_count_that_is_not_zero_reaches_the_next_group():
    """A cancellation swallowed in one group is known in the task's next group, until it is taken back."""

    async def main():
        task = asyncio.current_task()
        async with TaskGroup():
            asyncio.get_running_loop().call_soon(lambda: task.cancel())
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(1)
        between = cancelling(task)
        async with TaskGroup():
            inside = cancelling(task)
        return between, inside, uncancel(task), cancelling(task), uncancel(task)

    assert run(main()) == (1, 1, 0, 0, 0)


def test_taking_back_what_a_scope_asked_for():
    """uncancel() by a function ends a scope's request as well, and says what remains."""

    async def main():
        task = asyncio.current_task()
        async with TaskGroup():
            with LibraryScope(1) as scope:
                try:
                    await asyncio.sleep(10)
                except asyncio.CancelledError:
                    seen = cancelling(task), uncancel(task), uncancel(task)
                scope.expired = False
        return seen, cancelling(task)

    assert run(main()) == ((1, 0, 0), 0)


def test_taking_back_one_of_two_requests_of_a_scope():
    """A scope that asks twice counts two, and uncancel() takes one at a time."""

    async def main():
        task = asyncio.current_task()
        async with TaskGroup():
            with LibraryScope(1) as scope:
                asyncio.get_running_loop().call_later(1, scope.expire)
                try:
                    await asyncio.sleep(10)
                except asyncio.CancelledError:
                    seen = cancelling(task), uncancel(task), cancelling(task), uncancel(task)
                scope.expired = False
        return seen, cancelling(task)

    assert run(main()) == ((2, 1, 1, 0), 0)


def test_a_child_that_its_group_cancels_counts_one():
    """cancelling() in a child says that its group has cancelled it, also inside a group of its own."""
    seen = []

    async def child():
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            seen.append(cancelling(task))
            async with TaskGroup():
                seen.append(cancelling(task))
            seen.append(uncancel(task))

    async def main():
        async with TaskGroup() as group:
            group.create_task(child())
            await asyncio.sleep(0)
            group.cancel()

    run(main())
    assert seen == [1, 1, 0]


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("python_task", PYTHON_TASKS)
def test_leaving_a_group_that_cancelled_itself_takes_no_iteration(debug, python_task):
    """The group's own undelivered cancellation is cleared between two callbacks: nothing else runs meanwhile."""
    seen = []

    async def main():
        loop = asyncio.get_running_loop()
        async with TaskGroup() as group:
            loop.call_soon(seen.append, "another callback")
            group.cancel()
        seen.append("left")
        await asyncio.sleep(0)

    run(main(), debug=debug, task_factory=python_tasks if python_task else None)
    assert seen == ["left", "another callback"]


def test_a_cancellation_that_was_taken_back_does_not_end_the_wait_for_children():
    """A parent that is cancelled and uncancelled in one step waits for its child, and its next await goes on."""

    async def main():
        task = asyncio.current_task()
        async with TaskGroup() as group:
            child = group.create_task(asyncio.sleep(1, "result"))
            task.cancel()
            uncancel(task)
        return child.result(), cancelling(task), await next_await()

    assert run(main()) == ("result", 0, "goes on")


@pytest.mark.parametrize("inside", ["directly", "in an exit stack"])
def test_closing_an_asynchronous_generator_clears_the_cancellation_of_its_group(inside):
    """aclose() of a generator whose group has cancelled itself leaves no cancellation behind it."""

    async def generator():
        async with contextlib.AsyncExitStack() as stack:
            group = TaskGroup()
            if inside == "directly":
                async with group:
                    group.cancel()
                    yield
            else:
                await stack.enter_async_context(group)
                group.cancel()
                yield

    async def main():
        opened = generator()
        await opened.__anext__()
        await opened.aclose()
        return await next_await(), cancelling(asyncio.current_task())

    assert run(main()) == ("goes on", 0)


def test_closing_a_coroutine_waits_for_nothing():
    """close() of a coroutine in a group that has cancelled itself raises nothing: nobody could wait there."""

    async def body():
        async with TaskGroup() as group:
            group.cancel()
            await Once()

    class Once:
        def __await__(self):
            yield

    async def main():
        coro = body()
        coro.send(None)
        coro.close()

    async def in_a_task_of_its_own():
        task = asyncio.get_running_loop().create_task(main())
        await asyncio.wait({task})
        # Below 3.13 the cancellation that the group asked for is still there, as nothing could clear it.
        return task.cancelled()

    assert run(in_a_task_of_its_own()) == (sys.version_info < (3, 13) and not PYPY)


@pytest.mark.parametrize("raises", ["KeyError", "nothing"])
def test_closing_a_coroutine_that_fails_waits_for_nothing(raises):
    """close() throws GeneratorExit into a body, whose error leaves with a request from outside: that stays."""

    @types.coroutine
    def suspend():
        yield

    async def child():
        raise ValueError("child")

    async def work():
        async with TaskGroup() as group:
            if raises == "nothing":
                group.create_task(child())
            try:
                await suspend()
            finally:
                if raises == "KeyError":
                    raise KeyError("body")

    async def main():
        task = asyncio.current_task()
        coro = work()
        coro.send(None)
        # The group cancels its parent, wherever that waits.
        seen = [await next_await(), await next_await()]
        task.cancel()
        try:
            coro.close()
        except BaseExceptionGroup as error:
            seen += map(repr, error.exceptions)
        return seen, await next_await(), cancelling(task)

    seen = {
        "KeyError": ["goes on", "goes on", "KeyError('body')"],
        "nothing": ["goes on", "cancelled", "ValueError('child')", "GeneratorExit()"],
    }
    assert run(main()) == (seen[raises], "cancelled", 1)


def test_a_cancellation_that_others_want_is_not_cleared():
    """The group's own request and one from outside, both undelivered: the outside one arrives at the next await."""

    async def main():
        task = asyncio.current_task()
        with pytest.raises(asyncio.CancelledError):
            async with TaskGroup() as group:
                group.cancel()
                task.cancel()
                await asyncio.sleep(0)
        return cancelling(task)

    assert run(main()) == 1


def test_on_other_loops_a_request_that_comes_during_the_pause_is_kept():
    """Where a callback cannot go before the others, clearing takes an iteration; what comes meanwhile is delivered."""

    async def main():
        task = asyncio.current_task()
        async with TaskGroup() as group:
            asyncio.get_running_loop().call_soon(lambda: task.cancel())
            group.cancel()
        return await next_await(), cancelling(task)

    # The flag of a task written in Python is cleared without a pause: the group has been left when the request comes.
    count = 0 if PYPY and BELOW_311 else 1
    loop = OtherLoop()
    try:
        assert loop.run_until_complete(main()) == ("cancelled", count)
    finally:
        loop.close()


def test_on_other_loops_two_requests_around_the_pause_arrive_as_one():
    """A scope's own before it and one from outside during it: as nothing is awaited in between, 3.15 delivers once."""

    async def main():
        task = asyncio.current_task()
        with LibraryScope(10) as scope:
            async with TaskGroup():
                asyncio.get_running_loop().call_soon(lambda: task.cancel())
                scope.expire()
            return [await next_await() for _ in range(4)]

    loop = OtherLoop()
    try:
        assert loop.run_until_complete(main()) == ["cancelled", "goes on", "goes on", "goes on"]
    finally:
        loop.close()


@pytest.mark.parametrize("python_task", PYTHON_TASKS)
def test_a_task_is_alone_again_when_its_last_group_is_left(python_task):
    """Nothing stays on the task, and nothing keeps the task alive while it is inside a group."""
    inside = []

    async def waits():
        async with TaskGroup():
            async with TaskGroup():
                pass
            await asyncio.sleep(10)

    async def main():
        task = asyncio.current_task()
        own = type(task.cancel)
        async with TaskGroup():
            inside.append(type(task.cancel) is own)
        assert type(task.cancel) is own
        async with TaskGroup():
            async with TaskGroup():
                inside.append(type(task.cancel) is own)
        assert type(task.cancel) is own
        assert not hasattr(task, "_taskgroup_compat_kept") and "cancel" not in getattr(task, "__dict__", ())

        child = asyncio.get_running_loop().create_task(waits())
        await asyncio.sleep(0)
        reference = weakref.ref(child)
        child.cancel()
        await asyncio.wait({child})
        del child
        if PYPY:
            gc.collect()
        return reference()

    def factory(loop, coro, **keywords):
        return asyncio.tasks._PyTask(coro, loop=loop, **keywords)

    assert run(main(), task_factory=factory if python_task else None) is None
    assert inside == [not BELOW_311, not BELOW_311]


def test_what_else_stands_in_for_cancel_is_called_and_put_back():
    """A cancel() that somebody has set on the task is called with what it got, and is there again afterwards."""
    calls = []

    async def main():
        task = asyncio.current_task()
        base = task.cancel

        def cancel(*args, **keywords):
            calls.append((args, keywords))
            return base(*args, **keywords)

        task.cancel = cancel
        async with TaskGroup():
            message = {} if sys.version_info < (3, 9) else {"msg": "message"}
            asyncio.get_running_loop().call_soon(lambda: task.cancel(**message))
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(1)
            assert cancelling(task) == (1 if BELOW_311 else task.cancelling())
            uncancel(task)
        assert task.cancel is cancel
        del task.cancel
        return [((), message)]

    assert run(main()) == calls


def test_cancelling_a_task_that_has_ended_counts_nothing():
    """A record that has outlived its task answers like the task."""
    kept = []

    async def child():
        async with TaskGroup():
            kept.append(asyncio.current_task().cancel)

    async def main():
        task = asyncio.get_running_loop().create_task(child())
        await task
        assert task.cancel() is False
        assert kept[0]() is False
        count = cancelling(task)
        del task
        return count

    assert run(main()) == 0
    gc.collect()
    assert kept[0]() is False


def test_a_cancel_that_refuses_is_not_counted():
    """A Task subclass that refuses to be cancelled has no request."""

    class Refuses(asyncio.Task):
        def cancel(self, *args, **keywords):
            return False

    async def main():
        async with TaskGroup() as group:
            asyncio.current_task().cancel()
            group.cancel()
            await asyncio.sleep(1)
        return cancelling(asyncio.current_task())

    assert run(main(), task_factory=lambda loop, coro, **keywords: Refuses(coro, loop=loop, **keywords)) == 0


def test_a_task_that_counts_itself_is_told_of_what_the_group_takes_back():
    """backports.asyncio.runner's Task below 3.11 has a count of its own, and asks it at SIGINT."""

    class Counts(asyncio.Task):
        requests = 0

        def cancel(self, *args, **keywords):
            self.requests += 1
            return super().cancel(*args, **keywords)

        def uncancel(self):
            self.requests -= 1
            return super().uncancel() if not BELOW_311 else self.requests

    async def main():
        async with TaskGroup() as group:
            group.cancel()
            await asyncio.sleep(1)
        return asyncio.current_task().requests

    assert run(main(), task_factory=lambda loop, coro, **keywords: Counts(coro, loop=loop, **keywords)) == 0


@pytest.mark.parametrize("has_locals", [False, True])
def test_a_caller_keeps_no_copy_of_its_locals(has_locals):
    """Looking at who cancels does not keep the caller's locals alive, nor takes them from somebody's locals()."""

    class Local:
        pass

    class Supervisor(Worker):
        def stop(self):
            local = Local()
            reference = weakref.ref(local)
            names = locals() if has_locals else {"self": self, "local": local}
            self.task.cancel()
            found = sorted(names)
            del local, names
            if PYPY:
                gc.collect()
            return found[-1], reference() is None

    async def main():
        async def child():
            async with TaskGroup():
                await asyncio.sleep(10)

        supervisor = Supervisor()
        supervisor.task = asyncio.get_running_loop().create_task(child())
        await asyncio.sleep(0)
        seen = supervisor.stop()
        await asyncio.wait({supervisor.task})
        return seen

    # Before 3.13 locals() itself is the copy that the frame keeps. PyPy's frames keep it once it has been read.
    kept_by_frame = (PYPY and BELOW_311) or (has_locals and sys.version_info < (3, 13))
    assert run(main()) == ("self", not kept_by_frame)


def test_looking_for_scopes_runs_no_code_of_what_frames_hold():
    """Proxies and mocks among the locals and the managers of a parent are not asked anything."""
    asked = []

    class Proxy:
        """As werkzeug's LocalProxy outside of its context."""

        @property
        def __class__(self):
            asked.append("__class__")
            raise RuntimeError("outside of the context")

        def __getattr__(self, name):
            asked.append(name)
            raise RuntimeError("outside of the context")

        def __enter__(self):
            return self

        def __exit__(self, *details):
            return None

    async def main():
        worker = Worker()
        worker.task = asyncio.current_task()
        asyncio.get_running_loop().call_later(1, worker.stop)
        local = Proxy()
        with local, Proxy():
            seen = await failing_group()
        return seen, await next_await()

    assert run(main()) == (["ValueError('cleaning up')"], "cancelled")
    assert asked == []


class SlottedScope:
    """As async_timeout's Timeout it cannot be referred to weakly."""

    __slots__ = ("delay", "expired", "handle", "task")

    __init__ = LibraryScope.__init__
    __enter__ = LibraryScope.__enter__
    __exit__ = LibraryScope.__exit__
    expire = LibraryScope.expire


def test_a_scope_that_cannot_be_referred_to_weakly_is_known_as_well():
    """A scope with slots, left by the group's error, leaves nothing behind it."""

    async def main():
        try:
            with SlottedScope(1):
                async with TaskGroup() as group:
                    group.create_task(fails_cleaning_up())
        except ExceptionGroup as error:
            seen = repr(error.exceptions[0])
        return seen, await next_await(), cancelling(asyncio.current_task())

    assert run(main()) == ("ValueError('cleaning up')", "goes on", 0)


def test_a_plain_request_in_the_step_of_the_groups_error_is_delivered_once():
    """The error is caught inside a scope that has fired, and the body cancels its task itself: one CancelledError."""

    async def main():
        task = asyncio.current_task()
        async with TaskGroup():
            with LibraryScope(1):
                await failing_group()
                task.cancel()
                await asyncio.sleep(10)
        return await next_await(), cancelling(task)

    assert run(main()) == ("goes on", 1)


def test_a_task_that_ends_with_the_groups_error_is_left_alone():
    """The scope and the task end in the same step as the group."""

    async def ends():
        with LibraryScope(1):
            async with TaskGroup() as group:
                group.create_task(fails_cleaning_up())

    async def main():
        task = asyncio.get_running_loop().create_task(ends())
        await asyncio.wait({task})
        await asyncio.sleep(1)
        return repr(task.exception().exceptions[0])

    assert run(main()) == "ValueError('cleaning up')"


def test_taking_back_more_than_was_asked_for():
    """uncancel() stays at zero, in a group and outside, and takes back what is not delivered yet."""

    async def main():
        task = asyncio.current_task()
        seen = [uncancel(task)]
        async with TaskGroup():
            seen.append(uncancel(task))
            task.cancel()
            seen += [uncancel(task), uncancel(task)]
        task.cancel()
        seen += [cancelling(task), uncancel(task), cancelling(task)]
        return seen

    async def outer():
        # On its own, as below 3.13 nothing can clear what is not delivered once no group follows.
        task = asyncio.get_running_loop().create_task(main())
        await asyncio.wait({task})
        return None if task.cancelled() else task.result()

    seen = run(outer())
    cleared = sys.version_info >= (3, 13) or PYPY
    assert seen == ([0, 0, 0, 0, 1, 0, 0] if cleared else None)


def test_requests_that_go_round_the_record_are_seen_with_futures_in_python():
    """The frames that asyncio's own Task and Future in Python add to a traceback do not hide where the body waited."""

    class Loop(VirtualTimeLoop):
        def create_future(self):
            return asyncio.futures._PyFuture(loop=self)

    async def main():
        task = asyncio.current_task()
        asyncio.get_running_loop().call_later(1, task.cancel)
        try:
            async with TaskGroup() as group:
                group.create_task(fails_cleaning_up())
                await asyncio.sleep(10)
        except ExceptionGroup as error:
            seen = repr(error.exceptions[0])
        return seen, await next_await()

    loop = Loop()
    if True in PYTHON_TASKS:
        loop.set_task_factory(lambda loop, coro, **keywords: asyncio.tasks._PyTask(coro, loop=loop, **keywords))
    try:
        assert loop.run_until_complete(main()) == ("ValueError('cleaning up')", "cancelled")
    finally:
        loop.close()


def test_a_manager_whose_generator_has_ended_holds_nothing():
    """A generator based manager that was closed from outside is inside of nothing any more."""

    async def main():
        worker = Worker()
        worker.task = asyncio.current_task()
        asyncio.get_running_loop().call_later(1, worker.stop)
        manager = by_generator()
        with contextlib.suppress(RuntimeError):
            with manager:
                manager.gen.close()
                seen = await failing_group()
        return seen, await next_await()

    assert run(main()) == (["ValueError('cleaning up')"], "cancelled")


def test_an_asynchronous_generator_and_an_awaitable_object_are_looked_through():
    """A scope around a failing group, inside of an asynchronous generator and an object with __await__, is found."""

    class Awaitable:
        def __init__(self, coro):
            self.coro = coro

        def __await__(self):
            return self.coro.__await__()

    async def generator():
        with LibraryScope(1):
            async with TaskGroup() as group:
                group.create_task(fails_cleaning_up())
        yield

    async def inside():
        async for _ in generator():
            raise AssertionError

    async def main():
        try:
            await Awaitable(inside())
        except ExceptionGroup as error:
            seen = repr(error.exceptions[0])
        return seen, await next_await(), cancelling(asyncio.current_task())

    assert run(main()) == ("ValueError('cleaning up')", "goes on", 0)


@pytest.mark.parametrize("function", [cancelling, uncancel])
def test_what_is_no_task_is_refused_with_what_is_expected(function):
    """A future has no count: TypeError on every version."""

    async def main():
        for wrong in (asyncio.get_running_loop().create_future(), None, object()):
            with pytest.raises(TypeError, match=r"an asyncio\.Task was expected, got"):
                function(wrong)

    run(main())
