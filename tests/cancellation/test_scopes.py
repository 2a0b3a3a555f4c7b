"""Several scopes around and inside of one group: whose request is whose."""

import asyncio
import contextlib
import gc
import sys
import weakref

import pytest

from taskgroup_compat import ExceptionGroup, TaskGroup, cancelling, uncancel
from tests.support.scopes import BELOW_311, LibraryScope, fails_cleaning_up, next_await
from tests.support.virtual_time import run

BELOW_313 = sys.version_info < (3, 13)
PYPY = sys.implementation.name == "pypy"


async def cancelled_meanwhile(seconds=10):
    """Sleeps, and keeps the cancellation that comes to itself."""
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.sleep(seconds)


def test_two_scopes_that_both_fire_are_counted_apart():
    """Leaving the inner one takes its own request back, that of the outer one remains until that is left."""

    async def main():
        task = asyncio.current_task()
        seen = []
        with LibraryScope(1):
            async with TaskGroup():
                with LibraryScope(1):
                    await cancelled_meanwhile()
                    seen.append(cancelling(task))
                seen.append(cancelling(task))
        async with TaskGroup():
            seen.append(cancelling(task))
        return seen, await next_await()

    assert run(main()) == ([2, 1, 0], "goes on")


def test_two_scopes_around_a_failing_group_that_both_fire_leave_nothing():
    """The group's error leaves both scopes at once: the next await goes on."""

    async def main():
        seen = []
        try:
            with LibraryScope(1):
                with LibraryScope(1):
                    async with TaskGroup() as group:
                        group.create_task(fails_cleaning_up())
        except ExceptionGroup as error:
            seen.append(repr(error.exceptions))
        return seen, await next_await(), cancelling(asyncio.current_task())

    assert run(main()) == (["(ValueError('cleaning up'),)"], "goes on", 0)


@contextlib.contextmanager
def entered_by_a_generator(scope):
    with scope:
        yield


@contextlib.asynccontextmanager
async def entered_by_itself(scope):
    with scope:
        yield contextlib.ExitStack()


@contextlib.asynccontextmanager
async def entered_on_a_plain_stack(scope):
    with contextlib.ExitStack() as stack:
        stack.enter_context(scope)
        yield stack


@contextlib.asynccontextmanager
async def entered_by_a_generator_on_a_plain_stack(scope):
    with contextlib.ExitStack() as stack:
        stack.enter_context(entered_by_a_generator(scope))
        yield stack


@contextlib.asynccontextmanager
async def entered_on_an_asynchronous_stack(scope):
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(scope)
        yield stack


@contextlib.asynccontextmanager
async def entered_by_a_generator_on_an_asynchronous_stack(scope):
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(entered_by_a_generator(scope))
        yield stack


WAYS = [
    entered_by_itself,
    entered_on_a_plain_stack,
    entered_by_a_generator_on_a_plain_stack,
    entered_on_an_asynchronous_stack,
    entered_by_a_generator_on_an_asynchronous_stack,
]


@pytest.mark.parametrize("way", WAYS)
def test_a_scope_that_asks_through_one_inside_of_it_counts_until_it_is_left_itself(way):
    """As anyio's outer scope does, which delivers its cancellation by the scope that the task is innermost in."""

    class Outer(LibraryScope):
        def __init__(self, delay):
            super().__init__(delay)
            self.inside = []

        def deliver(self):
            if self.inside:
                self.inside[-1].deliver()
            else:
                self.task.cancel()

    async def main():
        task = asyncio.current_task()
        seen = []
        outer = Outer(1)
        async with way(outer):
            async with TaskGroup():
                with Outer(50) as inner:
                    outer.inside.append(inner)
                    await cancelled_meanwhile()
                    seen.append(cancelling(task))
                seen.append(cancelling(task))
        async with TaskGroup():
            seen.append(cancelling(task))
        return seen, await next_await()

    assert run(main()) == ([1, 1, 0], "goes on")


@pytest.mark.parametrize("way", WAYS[1:])
def test_a_scope_that_is_left_by_closing_its_stack_counts_no_more(way):
    """The stack itself stays entered."""

    async def main():
        task = asyncio.current_task()
        seen = []
        async with TaskGroup():
            async with way(LibraryScope(1)) as stack:
                await cancelled_meanwhile()
                seen.append(cancelling(task))
                if isinstance(stack, contextlib.AsyncExitStack):
                    await stack.aclose()
                else:
                    stack.close()
                if PYPY:
                    gc.collect()
                seen.append(cancelling(task))
        return seen, await next_await()

    assert run(main()) == ([1, 0], "goes on")


def test_a_manager_of_another_kind_that_makes_a_scope_ask_has_not_asked():
    """The request is the scope's, although the manager that calls it is entered as well, and left first."""

    class Watch:
        def __init__(self, scope):
            self.scope = scope

        def __enter__(self):
            asyncio.get_running_loop().call_later(1, self.fire)

        def fire(self):
            self.scope.expire()

        def __exit__(self, *details):
            return None

    async def main():
        task = asyncio.current_task()
        seen = []
        with LibraryScope(50) as scope:
            async with TaskGroup():
                with Watch(scope):
                    await cancelled_meanwhile()
                    seen.append(cancelling(task))
                seen.append(cancelling(task))
        async with TaskGroup():
            seen.append(cancelling(task))
        return seen, await next_await()

    assert run(main()) == ([1, 1, 0], "goes on")


def test_the_count_of_a_scope_is_known_behind_somebody_elses_cancel():
    """A scope asks for the count outside of groups; somebody puts a cancel() of their own around the task's."""

    class Counts(LibraryScope):
        def count(self):
            return cancelling(self.task)

    async def main():
        task = asyncio.current_task()
        with Counts(50) as scope:
            seen = [scope.count()]
            before = task.cancel
            task.cancel = lambda *args: before(*args)
            asyncio.get_running_loop().call_later(1, lambda: task.cancel())
            await cancelled_meanwhile()
            seen.append(cancelling(task))
            task.cancel = before
            seen.append(uncancel(task))
        return seen, await next_await()

    assert run(main()) == ([0, 1, 0], "goes on")


@pytest.mark.parametrize("others", [0, 1])
def test_the_request_of_a_scope_that_counts_stays_until_it_takes_it_back(others):
    """It asks for the count when it is entered, and calls uncancel() some time after it was left."""

    class Counts(LibraryScope):
        def __enter__(self):
            self.before = cancelling(asyncio.current_task())
            return super().__enter__()

        def __exit__(self, kind, error, traceback):
            self.handle.cancel()
            return kind is asyncio.CancelledError

        def settle(self):
            return uncancel(self.task)

    async def main():
        task = asyncio.current_task()
        seen = []
        async with TaskGroup():
            with contextlib.ExitStack() as stack:
                for _ in range(others):
                    stack.enter_context(Counts(50))
                with Counts(1) as scope:
                    await cancelled_meanwhile()
                    seen.append(cancelling(task))
            seen.append(cancelling(task))
            seen.append(scope.settle())
        return seen, await next_await(), cancelling(task)

    assert run(main()) == ([1, 1, 0], "goes on", 0)


def test_a_scope_takes_its_own_request_back_and_not_somebody_elses():
    """uncancel() in the scope's __exit__, beside a cancellation from outside: that one still counts afterwards."""

    class Uncancels(LibraryScope):
        def __exit__(self, kind, error, traceback):
            self.handle.cancel()
            return self.expired and uncancel(self.task) == 0 and kind is asyncio.CancelledError

    async def main():
        task = asyncio.current_task()
        seen = []
        async with TaskGroup():
            asyncio.get_running_loop().call_later(1, lambda: task.cancel())
            with Uncancels(1):
                await cancelled_meanwhile()
                seen.append(cancelling(task))
            seen.append(cancelling(task))
            seen.append(uncancel(task))
        return seen, await next_await()

    assert run(main()) == ([2, 1, 0], "goes on")


def test_a_count_taken_back_outside_of_any_group_is_gone():
    """A request that was swallowed in a group and is taken back behind it counts no longer, nor in the next group."""

    async def main():
        task = asyncio.current_task()
        async with TaskGroup():
            asyncio.get_running_loop().call_soon(lambda: task.cancel())
            await cancelled_meanwhile()
        seen = [cancelling(task), uncancel(task), cancelling(task)]
        async with TaskGroup():
            seen.append(cancelling(task))
        return seen, await next_await()

    assert run(main()) == ([1, 0, 0, 0], "goes on")


def test_a_child_that_others_watch_knows_that_its_group_has_cancelled_it():
    """A bound method among the child's done callbacks, before that of the group, changes nothing."""

    class Watcher:
        def done(self, task):
            pass

    def factory(loop, coro, **keywords):
        task = asyncio.Task(coro, loop=loop, **keywords)
        task.add_done_callback(Watcher().done)
        return task

    async def child(seen):
        try:
            await asyncio.sleep(10)
        finally:
            seen.append(cancelling(asyncio.current_task()))

    async def main():
        seen = []
        async with TaskGroup() as group:
            group.create_task(child(seen))
            await asyncio.sleep(0)
            group.cancel()
        return seen

    assert run(main(), task_factory=factory) == [1]


@contextlib.contextmanager
def by_generator(delay):
    with LibraryScope(delay):
        yield


@contextlib.asynccontextmanager
async def by_generator_on_a_stack():
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(by_generator(1))
        yield


@contextlib.asynccontextmanager
async def by_generator_on_a_plain_stack():
    with contextlib.ExitStack() as stack:
        stack.enter_context(by_generator(1))
        yield


@contextlib.asynccontextmanager
async def on_a_plain_stack():
    with contextlib.ExitStack() as stack:
        stack.enter_context(LibraryScope(1))
        yield


STACKS = [by_generator_on_a_stack, by_generator_on_a_plain_stack, on_a_plain_stack]


@pytest.mark.parametrize("stack", STACKS)
def test_a_scope_on_a_stack_around_a_failing_group_leaves_no_cancellation_behind_it(stack):
    """The scope fires, the group's error leaves the stack: the next await goes on."""

    async def main():
        seen = []
        try:
            async with stack():
                async with TaskGroup() as group:
                    group.create_task(fails_cleaning_up())
        except ExceptionGroup as error:
            seen.append(repr(error.exceptions[0]))
        return seen, await next_await(), cancelling(asyncio.current_task())

    assert run(main()) == (["ValueError('cleaning up')"], "goes on", 0)


@pytest.mark.parametrize("stack", STACKS)
def test_a_scope_on_a_stack_whose_group_fails_inside_still_ends_its_block(stack):
    """The group's error is caught inside the stack: the next await in it is cancelled, nothing is left behind it."""

    async def main():
        seen = []
        async with stack():
            try:
                async with TaskGroup() as group:
                    group.create_task(fails_cleaning_up())
            except ExceptionGroup as error:
                seen.append(repr(error.exceptions[0]))
            await asyncio.sleep(10)
            seen.append("not reached")
        return seen, await next_await(), asyncio.get_running_loop().time()

    assert run(main()) == (["ValueError('cleaning up')"], "goes on", 2)


def test_a_scope_whose_stack_has_ended_no_longer_counts_though_a_traceback_keeps_it():
    """The traceback of the scope's own error holds the frame that called its __exit__."""

    class Raises(LibraryScope):
        def __exit__(self, *details):
            if super().__exit__(*details):
                raise LookupError("timed out")

    async def main():
        task = asyncio.current_task()
        kept = []
        async with TaskGroup():
            try:
                async with contextlib.AsyncExitStack() as stack:
                    await stack.enter_async_context(Raises(1))
                    await asyncio.sleep(10)
            except LookupError as error:
                kept.append(error)
            seen = cancelling(task)
        return seen, await next_await(), kept[0].args

    assert run(main()) == (0, "goes on", ("timed out",))


class CountingScope(LibraryScope):
    """Takes its own requests back on every version, as cancelling() and uncancel() are there on each."""

    def __enter__(self):
        self.before = cancelling(asyncio.current_task())
        return super().__enter__()

    def __exit__(self, kind, error, traceback):
        self.handle.cancel()
        return self.expired and uncancel(self.task) <= self.before and kind is asyncio.CancelledError


class CountingScopeWithSlots:
    """Another one, which cannot be referred to weakly."""

    __slots__ = ("before", "delay", "expired", "handle", "task")

    __init__ = LibraryScope.__init__
    expire = LibraryScope.expire
    deliver = LibraryScope.deliver

    def __enter__(self):
        self.task = asyncio.current_task()
        self.before = cancelling(self.task)
        self.handle = asyncio.get_running_loop().call_later(self.delay, self.expire)
        return self

    __exit__ = CountingScope.__exit__


@pytest.mark.parametrize("scope", [CountingScope, CountingScopeWithSlots])
def test_a_scope_that_counts_is_left_by_what_it_asked_for_in_a_group(scope):
    """It reads the count on entering and takes its request back on leaving; the group's error changes nothing."""

    async def main():
        task = asyncio.current_task()
        seen = []
        async with TaskGroup():
            with scope(1):
                try:
                    async with TaskGroup() as group:
                        group.create_task(fails_cleaning_up())
                except ExceptionGroup as error:
                    seen.append(repr(error.exceptions[0]))
                seen.append(cancelling(task))
                await asyncio.sleep(10)
            seen.append(cancelling(task))
        return seen, await next_await(), asyncio.get_running_loop().time()

    assert run(main()) == (["ValueError('cleaning up')", 1, 0], "goes on", 2)


def test_a_scope_that_has_asked_and_was_left_is_kept_by_nobody():
    """It is freed when its block is left, although the group around it goes on."""

    async def main():
        async with TaskGroup():
            scope = LibraryScope(1)
            reference = weakref.ref(scope)
            with scope:
                await cancelled_meanwhile()
            del scope
            if PYPY:
                gc.collect()
            return reference()

    assert run(main()) is None


# cancel() takes no message before 3.9.
if sys.version_info >= (3, 9):

    def test_a_scope_is_cancelled_again_with_its_own_message():
        """The group's error is caught inside of it. Below 3.11 it may know by the message alone that it has asked."""

        class Told(LibraryScope):
            def deliver(self):
                self.task.cancel(msg="by the scope")

        async def main():
            seen = []
            with Told(1):
                with contextlib.suppress(ExceptionGroup):
                    async with TaskGroup() as group:
                        group.create_task(fails_cleaning_up())
                try:
                    await asyncio.sleep(10)
                except asyncio.CancelledError as error:
                    seen.append(error.args)
                    raise
            return seen, await next_await()

        assert run(main()) == ([("by the scope",) if BELOW_311 else ()], "goes on")


def test_a_scope_that_counts_may_outlive_its_task(monkeypatch):
    """Whoever keeps it lets go of it long after the task: nothing is raised where nobody could catch it."""
    reported = []
    monkeypatch.setattr(sys, "unraisablehook", lambda found: reported.append(repr(found.exc_value)))
    kept = {}

    async def enters():
        task = asyncio.current_task()
        with CountingScope(10) as kept["scope"]:
            # Somebody keeps a bound cancel() as well.
            kept["cancel"] = task.cancel
        del kept["scope"].task
        return weakref.ref(task)

    async def main():
        reference = await asyncio.get_running_loop().create_task(enters())
        await asyncio.sleep(0)
        gc.collect()
        return reference()

    assert run(main()) is None or not BELOW_311
    del kept["scope"]
    gc.collect()
    assert reported == []


def test_a_task_that_has_ended_keeps_its_count_when_the_scope_that_counted_is_gone():
    """As the Task itself does from 3.11 on."""
    kept = {}

    async def enters():
        with CountingScope(10) as kept["scope"]:
            await asyncio.sleep(10)

    async def main():
        task = asyncio.get_running_loop().create_task(enters())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})
        seen = [cancelling(task)]
        del kept["scope"]
        gc.collect()
        return [*seen, cancelling(task)]

    assert run(main()) == [1, 1]


def test_a_request_by_an_object_whose_class_cannot_be_asked_is_a_plain_one():
    """cancel() returns True and counts, whatever the class of the caller raises when it is looked at."""

    class Lazy(type):
        def __getattr__(cls, name):
            raise RuntimeError(name)

    class Stops(metaclass=Lazy):
        def stop(self, task):
            return task.cancel()

    async def main():
        task = asyncio.current_task()
        async with TaskGroup():
            asyncio.get_running_loop().call_later(1, lambda: seen.append(Stops().stop(task)))
            await cancelled_meanwhile()
            seen.append(cancelling(task))
            seen.append(uncancel(task))
        return await next_await()

    seen = []
    assert run(main()) == "goes on"
    assert seen == [True, 1, 0]


# Below 3.11 the frames of a task that cancels itself cannot be read, so that its request counts as a plain one.
if not BELOW_311:

    @pytest.mark.parametrize("TaskGroup", [TaskGroup, asyncio.TaskGroup], ids=["ours", "asyncio's"])
    def test_a_scope_whose_undelivered_request_is_withdrawn_with_the_groups_error(TaskGroup):
        """The flag stays on 3.11 and 3.12, with asyncio's own group too; from 3.13 on uncancel() clears it."""

        async def main():
            seen = []
            try:
                with LibraryScope(50) as scope:
                    async with TaskGroup():
                        scope.expire()
                        raise KeyError("body")
            except ExceptionGroup as error:
                seen.append(repr(error.exceptions[0]))
            return seen, await next_await(), cancelling(asyncio.current_task())

        left = "cancelled" if sys.version_info < (3, 13) else "goes on"
        assert run(main()) == (["KeyError('body')"], left, 0)
