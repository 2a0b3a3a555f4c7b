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
from tests.support.scopes import BELOW_311, LibraryScope, collect, fails_cleaning_up, left_on, next_await
from tests.support.virtual_time import OtherLoop, VirtualTimeLoop, run

# From 3.14 on asyncio.current_task() does not know tasks written in Python.
PYTHON_TASKS = [False] if sys.version_info >= (3, 14) else [False, True]
PYPY = sys.implementation.name == "pypy"


def python_tasks(loop, coro, **keywords):
    return asyncio.tasks._PyTask(coro, loop=loop, **keywords)


class Worker:
    """A context manager that the task has not entered; its stop() cancels a task."""

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
def test_scope_around_a_failing_group_leaves_no_cancellation(way):
    """The scope fires, and the group's error leaves the scope."""

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
def test_scope_whose_group_failed_inside_ends_its_block(way):
    """The body catches the group's error; the next await in the scope is cancelled, and none after it."""

    async def main():
        seen = []
        async with either(WAYS[way]()):
            seen.append(await failing_group())
            await asyncio.sleep(10)
            seen.append("not reached")
        return seen, await next_await(), asyncio.get_running_loop().time()

    assert run(main()) == ([["ValueError('cleaning up')"]], "goes on", 2)


@pytest.mark.parametrize("way", WAYS)
def test_scope_left_inside_a_group_no_longer_counts(way):
    """A timeout in the body has fired and was left; a later failure of a child finds no outside request."""

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
    """Enters a scope in its own __aenter__()."""

    def __init__(self, delay):
        self.inner = LibraryScope(delay)

    async def __aenter__(self):
        return self.inner.__enter__()

    async def __aexit__(self, *details):
        return self.inner.__exit__(*details)


def test_unknown_scope_entered_by_hand_counts_as_outside_below_3_11():
    """No frame holds its __exit__(), and it has no state: its request remains after it was left."""

    async def main():
        with pytest.raises(ExceptionGroup):
            async with ByHand(1):
                async with TaskGroup() as group:
                    group.create_task(fails_cleaning_up())
        return await next_await()

    assert run(main()) == ("cancelled" if BELOW_311 else "goes on")


def test_request_by_a_manager_that_is_not_entered_is_plain():
    """worker.stop() cancels the parent while a child fails cleaning up: the next await is cancelled."""

    async def main():
        worker = Worker()
        worker.task = asyncio.current_task()
        asyncio.get_running_loop().call_later(1, worker.stop)
        seen = await failing_group()
        return seen, cancelling(worker.task), await next_await()

    assert run(main()) == (["ValueError('cleaning up')"], 1, "cancelled")


def test_request_by_a_scope_of_another_task_is_plain():
    """A scope that another task has entered is not around the group of this one."""

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
def test_inner_scope_does_not_absorb_the_request_of_the_outer(inner):
    """Only the outer of two scopes around a group fires: its cancellation leaves the inner block."""

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
def test_outer_scope_does_not_absorb_the_request_of_the_inner(outer):
    """Only the inner of two scopes around a group fires: only its block is left."""

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


def test_all_requests_of_a_scope_end_with_it():
    """anyio repeats its request in each iteration until the scope is left."""

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
    """A timeout that withdraws its own request on every version."""

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


def test_counting_scope_sees_requests_outside_of_groups():
    """A timeout and an outside request at once: the outside one propagates."""

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


def test_counting_scope_around_a_failing_group_withdraws_its_request():
    """Afterwards the count is zero, and no cancellation follows."""

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
def test_requests_bypassing_the_record_are_counted(body):
    """A cancel() bound before the group was entered cancels the task again after the group's error."""

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


def test_request_bypassing_the_record_is_counted_during_sleep_0():
    """sleep(0) waits for no future: the request is undelivered until the next step."""

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
def test_request_of_the_outer_group_is_not_a_bypassing_one(body):
    """The outer group's own request reaches the body in the same ways, and leaves no cancellation."""

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


def test_cancelled_future_is_no_request():
    """Another task cancels the future that the body awaits; no cancellation follows the group's error."""

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


def test_cyclic_chain_of_awaitables_is_read_once():
    """An awaitable refers back to its consumer."""

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


def test_manager_with_a_raising_attribute_does_not_block_the_task():
    """The attribute is read while the parent is suspended; the parent is woken."""
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


def test_task_keeps_no_reference_to_itself_or_to_a_counting_scope():
    """Below 3.11 its record stays for the next scope of that class, with a weak reference and the class only."""

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
            collect()
        return [each() for each in (gone, *scopes)]

    assert run(main()) == [None] * 4


def test_cancel_replaced_inside_a_group_loses_no_request():
    """Another library replaces cancel() in the block: the outside request beside the group's own propagates."""

    async def main():
        task = asyncio.current_task()
        async with TaskGroup() as group:
            inner = task.cancel
            task.cancel = lambda *args, **keywords: inner(*args, **keywords)
            asyncio.get_running_loop().call_later(1, lambda: (group.cancel(), task.cancel()))
            await asyncio.sleep(10)

    with pytest.raises(asyncio.CancelledError):
        run(main())


def test_task_has_its_own_cancel_again_once_no_scope_counts():
    """A task that has entered scopes that count, inside and outside of groups, has its own cancel() again."""

    async def main():
        task = asyncio.current_task()
        own = type(task.cancel)
        async with TaskGroup():
            for _ in range(3):
                async with CountingTimeout(10):
                    pass
        for _ in range(3):
            async with CountingTimeout(10):
                async with TaskGroup():
                    pass
        if PYPY:
            collect()
        return type(task.cancel) is own, left_on(task)

    assert run(main()) == (True, [])


def test_cancel_replaced_inside_a_group_stays():
    """Without a request, leaving the group does not change a foreign cancel() on the task."""

    async def main():
        task = asyncio.current_task()

        def cancel():
            raise AssertionError("nobody calls it")

        async with TaskGroup():
            task.cancel = cancel
        return task.cancel is cancel

    assert run(main())


def test_bypassing_cancel_counts_after_a_withdrawn_request_in_the_body():
    """A cancel() bound before the group ends the wait for the children."""

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
def test_uncancel_keeps_a_second_undelivered_request(python_task):
    """One of two undelivered requests is withdrawn; the other one is delivered."""

    async def main():
        task = asyncio.current_task()
        async with TaskGroup():
            task.cancel()
            task.cancel()
            remaining = uncancel(task)
            return remaining, await next_await(), uncancel(task)

    assert run(main(), task_factory=python_tasks if python_task else None) == (1, "cancelled", 0)


def test_uncancel_outside_of_groups_restores_the_task():
    """No attribute remains when the only request was withdrawn."""

    async def main():
        task = asyncio.current_task()
        own = type(task.cancel)
        task.cancel()
        remaining = uncancel(task)
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(0)
        return remaining, type(task.cancel) is own

    assert run(main()) == (0, True)


def test_bypassing_cancel_counts_after_uncancel():
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


def test_bypassing_cancel_that_ends_a_wait_counts_once():
    """It was bound before two groups: it ends the inner one's wait for its children, and leaves the outer one."""

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


def test_kept_cancel_set_again_counts_in_later_groups():
    """A library keeps the cancel() of a task inside of a group and sets it again, also under a wrapper."""

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


def test_locals_of_a_scope_method_stay_valid():
    """A method that has called locals() still has them after it has read the count."""

    class Scope(LibraryScope):
        def ask(self):
            shown = locals()
            return cancelling(self.task), sorted(set(shown) & {"self"})

    async def main():
        with Scope(10) as scope:
            async with TaskGroup():
                return scope.ask()

    assert run(main()) == (0, ["self"])


def test_scope_method_may_be_the_first_function_of_a_thread():
    """It has no calling frame."""
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


def test_each_bypassing_request_counts_in_the_block_it_leaves():
    """A cancel() bound before two groups is called twice, in each of them; each request is counted once."""

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


def test_withdrawn_bypassing_request_no_longer_counts():
    """It leaves a block, is withdrawn, and propagates to the outer group, which has no request."""

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


def test_nonzero_count_reaches_the_next_group():
    """A cancellation swallowed in one group counts in the next one until it is withdrawn."""

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


def test_uncancel_withdraws_the_request_of_a_scope():
    """A function calls it, and it returns the remaining count."""

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


def test_child_counts_the_request_of_its_group():
    """Also inside a group of its own."""
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
def test_leaving_a_self_cancelled_group_takes_no_iteration(debug, python_task):
    """The undelivered request is cleared between two callbacks, and no other callback runs."""
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


def test_withdrawn_request_does_not_end_the_wait_for_children():
    """A parent cancelled and uncancelled in one step waits for its child."""

    async def main():
        task = asyncio.current_task()
        async with TaskGroup() as group:
            child = group.create_task(asyncio.sleep(1, "result"))
            task.cancel()
            uncancel(task)
        return child.result(), cancelling(task), await next_await()

    assert run(main()) == ("result", 0, "goes on")


@pytest.mark.parametrize("inside", ["directly", "in an exit stack"])
def test_aclose_clears_the_request_of_a_self_cancelled_group(inside):
    """aclose() of the generator leaves no cancellation."""

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


def test_close_in_a_self_cancelled_group_does_not_suspend():
    """close() raises nothing, because a closed coroutine cannot wait."""

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
def test_close_of_a_failing_body_does_not_suspend(raises):
    """close() throws GeneratorExit; the body's error propagates beside an outside request, which stays."""

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


def test_outside_request_beside_the_groups_own_is_not_cleared():
    """Both are undelivered; the outside one is delivered at the next await."""

    async def main():
        task = asyncio.current_task()
        with pytest.raises(asyncio.CancelledError):
            async with TaskGroup() as group:
                group.cancel()
                task.cancel()
                await asyncio.sleep(0)
        return cancelling(task)

    assert run(main()) == 1


def test_other_loop_delivers_a_request_made_during_the_pause():
    """If no callback can be placed before the others, clearing takes an iteration."""

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


def test_other_loop_delivers_two_requests_around_the_pause_once():
    """A scope's own before it and one from outside during it; 3.15 has no await between them."""

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
def test_task_is_restored_when_its_last_group_is_left(python_task):
    """No attribute remains on the task, and no reference keeps it alive inside a group."""
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
        assert left_on(task) == []

        child = asyncio.get_running_loop().create_task(waits())
        await asyncio.sleep(0)
        reference = weakref.ref(child)
        child.cancel()
        await asyncio.wait({child})
        del child
        if PYPY:
            collect()
        return reference()

    def factory(loop, coro, **keywords):
        return asyncio.tasks._PyTask(coro, loop=loop, **keywords)

    assert run(main(), task_factory=factory if python_task else None) is None
    assert inside == [not BELOW_311, not BELOW_311]


def test_foreign_cancel_is_called_and_restored():
    """A cancel() set on the task before is called with the same arguments, and is set again afterwards."""
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


def test_cancelling_a_finished_task_counts_nothing():
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
    collect()
    assert kept[0]() is False


def test_refused_cancel_is_not_counted():
    """A Task subclass whose cancel() returns False has no request."""

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


def test_task_with_its_own_count_is_told_of_withdrawals():
    """backports.asyncio.runner's Task has its own count below 3.11, and reads it at SIGINT."""

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
def test_caller_of_cancel_keeps_no_copy_of_its_locals(has_locals):
    """Reading the caller's frame neither keeps its locals alive nor empties the result of locals()."""

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
                collect()
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


def test_search_for_scopes_runs_no_code_of_locals():
    """Proxies and mocks among the locals and managers of a parent are not called."""
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
    """Without weak references, as async_timeout's Timeout."""

    __slots__ = ("delay", "expired", "handle", "task")

    __init__ = LibraryScope.__init__
    __enter__ = LibraryScope.__enter__
    __exit__ = LibraryScope.__exit__
    expire = LibraryScope.expire


def test_scope_without_weak_references_leaves_no_cancellation():
    """The group's error leaves a scope with slots."""

    async def main():
        try:
            with SlottedScope(1):
                async with TaskGroup() as group:
                    group.create_task(fails_cleaning_up())
        except ExceptionGroup as error:
            seen = repr(error.exceptions[0])
        return seen, await next_await(), cancelling(asyncio.current_task())

    assert run(main()) == ("ValueError('cleaning up')", "goes on", 0)


def test_plain_request_in_the_step_of_the_error_is_delivered_once():
    """The body catches the error inside a fired scope and cancels its own task: one CancelledError."""

    async def main():
        task = asyncio.current_task()
        async with TaskGroup():
            with LibraryScope(1):
                await failing_group()
                task.cancel()
                await asyncio.sleep(10)
        return await next_await(), cancelling(task)

    assert run(main()) == ("goes on", 1)


def test_task_that_ends_with_the_groups_error_is_not_cancelled():
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


def test_uncancel_without_a_request_stays_at_zero():
    """In a group and outside; it also withdraws an undelivered request."""

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


def test_bypassing_requests_are_counted_with_python_futures():
    """asyncio's Task and Future in Python add frames to the traceback."""

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


def test_manager_with_a_closed_generator_is_not_entered():
    """The generator of a generator-based manager was closed from outside."""

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


def test_scope_behind_a_generator_and_an_awaitable_is_found():
    """A scope encloses a failing group inside an asynchronous generator and an object with __await__()."""

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
def test_other_object_than_a_task_raises_type_error(function):
    """A future has no count, on every version."""

    async def main():
        for wrong in (asyncio.get_running_loop().create_future(), None, object()):
            with pytest.raises(TypeError, match=r"an asyncio\.Task was expected, got"):
                function(wrong)

    run(main())


@pytest.mark.skipif(not hasattr(sys, "getrefcount"), reason="only reference counts free an object at once")
def test_group_in_a_counting_scope_does_not_count_a_withdrawn_request_again():
    """It is still undelivered when the group is entered."""

    class Scope:
        def __enter__(self):
            return cancelling(asyncio.current_task())

        def __exit__(self, *details):
            pass

    async def main():
        task = asyncio.current_task()
        task.cancel()
        with Scope() as before:
            seen = [before, uncancel(task)]
            async with TaskGroup() as group:
                seen.append(cancelling(task))
                group.cancel()
        return [*seen, await next_await()]

    assert run(main()) == [1, 0, 0, "goes on"]


def test_scope_that_counts_often_leaves_nothing_behind():
    """A server whose methods ask in each step, in tasks that end long before it."""

    class Server:
        def __enter__(self):
            return self

        def __exit__(self, *details):
            pass

        async def handle(self):
            for _ in range(3):
                assert cancelling(asyncio.current_task()) == 0
                await asyncio.sleep(0)

    def references(server):
        if PYPY:
            collect()
        return weakref.getweakrefcount(server)

    async def main():
        with Server() as server:
            async with TaskGroup() as group:
                for _ in range(100):
                    group.create_task(server.handle())
            await asyncio.sleep(1)
            return references(server)

    assert run(main()) == 0


def test_counting_scope_may_outlive_its_task():
    """Freeing it calls nothing of a task that has been freed."""
    kept = []

    class Scope:
        def __enter__(self):
            cancelling(asyncio.current_task())
            kept.append(self)

        def __exit__(self, *details):
            pass

    async def child():
        with Scope():
            pass

    async def main():
        await asyncio.get_running_loop().create_task(child())

    run(main())
    collect()
    kept.clear()
    collect()


def test_record_is_freed_with_its_task_while_a_counting_scope_lives():
    """The program may keep the scope, and no cycle leads to the record."""
    kept = []

    class CountingScope(LibraryScope):
        def __enter__(self):
            kept.append(self)
            super().__enter__()
            cancelling(self.task)
            return self

        def __exit__(self, kind, error, traceback):
            self.handle.cancel()
            uncancel(self.task)
            del self.handle, self.task
            return True

    async def child():
        with CountingScope(1):
            await asyncio.sleep(10)

    async def main():
        async with TaskGroup() as group:
            group.create_task(child())

    def records():
        return sum(type(each).__name__ == "Record" for each in gc.get_objects())

    collect()
    gc.disable()
    try:
        before = records()
        run(main())
        if PYPY:
            collect()
        assert (len(kept), records() - before) == (1, 0)
    finally:
        gc.enable()
