"""Several scopes around and inside of one group: whose request is whose."""

import asyncio
import contextlib
import sys
import weakref

import pytest

from taskgroup_compat import ExceptionGroup, TaskGroup, cancelling, uncancel
from tests.support.scopes import BELOW_311, LibraryScope, collect, fails_cleaning_up, library_timeout, next_await
from tests.support.virtual_time import run

BELOW_313 = sys.version_info < (3, 13)
PYPY = sys.implementation.name == "pypy"


async def cancelled_meanwhile(seconds=10):
    """Sleeps, and keeps the cancellation that comes to itself."""
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.sleep(seconds)


def test_two_fired_scopes_are_counted_separately():
    """The inner scope withdraws its own request; that of the outer one remains until it is left."""

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


def test_two_fired_scopes_around_a_failing_group_leave_no_cancellation():
    """The group's error leaves both scopes at once."""

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
def test_request_through_an_inner_scope_counts_until_the_outer_is_left(way):
    """As anyio's outer scope, which delivers through the innermost scope of the task."""

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
def test_scope_left_by_closing_its_stack_no_longer_counts(way):
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
                    collect()
                seen.append(cancelling(task))
        return seen, await next_await()

    assert run(main()) == ([1, 0], "goes on")


def test_request_through_another_manager_belongs_to_the_scope():
    """The manager that calls the scope is entered as well, and left first."""

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


def test_count_of_a_scope_survives_a_foreign_cancel():
    """The scope reads the count outside of groups, then a foreign cancel() wraps the task's."""

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
def test_request_of_a_counting_scope_remains_until_it_is_withdrawn(others):
    """The scope reads the count on entering, and calls uncancel() some time after it was left."""

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


def test_scope_withdraws_only_its_own_request():
    """uncancel() in its __exit__() leaves a request from outside counted."""

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


def test_request_withdrawn_outside_of_groups_is_gone():
    """A request swallowed in a group and withdrawn after it does not count in the next group."""

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


def test_child_with_foreign_callbacks_counts_its_groups_request():
    """A foreign bound method precedes the group's among the done callbacks of the child."""

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
def test_scope_on_a_stack_around_a_failing_group_leaves_no_cancellation(stack):
    """The scope fires, and the group's error leaves the stack."""

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
def test_scope_on_a_stack_whose_group_failed_inside_ends_its_block(stack):
    """The body catches the group's error; the next await in the stack is cancelled, and none after it."""

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


def test_scope_kept_by_a_traceback_no_longer_counts():
    """The traceback of the scope's own error holds the frame that called its __exit__()."""

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
    """Withdraws its own requests on every version with cancelling() and uncancel()."""

    def __enter__(self):
        self.before = cancelling(asyncio.current_task())
        return super().__enter__()

    def __exit__(self, kind, error, traceback):
        self.handle.cancel()
        return self.expired and uncancel(self.task) <= self.before and kind is asyncio.CancelledError


class CountingScopeWithSlots:
    """A counting scope without weak references."""

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
def test_counting_scope_around_a_failing_group_gets_its_own_cancellation(scope):
    """It reads the count on entering and withdraws its request on leaving; the group's error changes nothing."""

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


def test_fired_scope_is_freed_when_it_is_left():
    """The group around it is still entered."""

    async def main():
        async with TaskGroup():
            scope = LibraryScope(1)
            reference = weakref.ref(scope)
            with scope:
                await cancelled_meanwhile()
            del scope
            if PYPY:
                collect()
            return reference()

    assert run(main()) is None


# cancel() takes no message before 3.9.
if sys.version_info >= (3, 9):

    def test_redelivery_has_the_message_of_the_scope():
        """Inside it the group's error is caught. Below 3.11 a scope can know its request by the message alone."""

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


def test_counting_scope_may_outlive_its_task(monkeypatch):
    """Freeing it long after the task raises no unraisable error."""
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
        collect()
        return reference()

    assert run(main()) is None or not BELOW_311
    del kept["scope"]
    collect()
    assert reported == []


def test_finished_task_keeps_its_count_after_the_scope_is_freed():
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
        collect()
        return [*seen, cancelling(task)]

    assert run(main()) == [1, 1]


def test_request_by_an_object_with_a_raising_class_is_plain():
    """cancel() returns True and counts, although every look-up on the caller's class raises."""

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
    def test_undelivered_request_withdrawn_with_the_groups_error(TaskGroup):
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


@pytest.mark.skipif((3, 11) <= sys.version_info < (3, 13), reason="asyncio's own timeout cannot clear the flag")
def test_group_that_the_body_cancels_in_a_fired_timeout_leaves_no_cancellation():
    """The body calls cancel() of the group in its clean-up, and the timeout is left in the same step."""

    async def main():
        with pytest.raises(asyncio.TimeoutError):
            async with library_timeout(1):
                async with TaskGroup() as group:
                    try:
                        await asyncio.sleep(10)
                    finally:
                        group.cancel()
        return await next_await(), await next_await()

    assert run(main()) == ("goes on", "goes on")


def requests_of_scopes():
    """The requests that the current task's record keeps, if it has one."""
    return len(getattr(asyncio.current_task().cancel, "scopes", ()))


def test_scope_that_cancels_in_each_iteration_is_kept_once():
    """As anyio's scopes do until they are left; each request is withdrawn with the scope."""

    class Repeating(LibraryScope):
        def deliver(self):
            self.task.cancel()
            self.handle = asyncio.get_running_loop().call_soon(self.deliver)

    async def main():
        async with TaskGroup():
            with Repeating(1):
                for _ in range(50):
                    with contextlib.suppress(asyncio.CancelledError):
                        await asyncio.sleep(10)
                most = requests_of_scopes()
                raise asyncio.CancelledError
            return most, cancelling(asyncio.current_task()) if BELOW_311 else 0

    assert run(main()) == (int(BELOW_311), 0)


def test_scopes_that_have_been_left_are_forgotten():
    """A program may poll under a library's timeout for as long as its group lives."""

    async def main():
        async with TaskGroup():
            for _ in range(20):
                with LibraryScope(1):
                    await asyncio.sleep(10)
            return requests_of_scopes()

    assert run(main()) == int(BELOW_311)
