"""Where people run it: hidden scopes, foreign tasks and loops, tracers, other copies of the package, other tasks.

What is expected is what 3.15 does with its own group. Each program has come out otherwise once.
"""

import asyncio
import contextlib
import contextvars
import copy
import enum
import functools
import gc
import importlib
import inspect
import pathlib
import shutil
import sys
import traceback
import types
import weakref
from asyncio import BaseEventLoop

import pytest

import taskgroup_compat
from taskgroup_compat import ExceptionGroup, TaskGroup, cancelling, uncancel
from taskgroup_compat._children import _unless_replaced
from tests.support.scopes import BELOW_311, LibraryScope, next_await
from tests.support.virtual_time import VirtualTimeLoop, run

PYPY = sys.implementation.name == "pypy"


class _State(enum.Enum):
    INIT = "INIT"
    ENTER = "ENTER"
    TIMEOUT = "TIMEOUT"
    EXIT = "EXIT"


class LibraryTimeout:
    """A timeout below 3.11, in the form of async_timeout: it says what state it is in, and never uncancels."""

    __slots__ = ("_delay", "_handle", "_state", "_task")

    def __init__(self, delay):
        self._delay = delay
        self._state = _State.INIT
        self._task = None

    async def __aenter__(self):
        self._state = _State.ENTER
        self._task = asyncio.current_task()
        self._handle = asyncio.get_running_loop().call_later(self._delay, self._on_timeout)
        return self

    def _on_timeout(self):
        self._task.cancel()
        self._state = _State.TIMEOUT

    async def __aexit__(self, kind, error, tb):
        self._handle.cancel()
        self._task = None
        if self._state is _State.TIMEOUT and kind is asyncio.CancelledError:
            raise asyncio.TimeoutError
        self._state = _State.EXIT


timeout = LibraryTimeout if BELOW_311 else asyncio.timeout


async def fails_cleaning_up():
    try:
        await asyncio.sleep(10)
    finally:
        raise ValueError("cleaning up")


class Session:
    """A client with start() and stop(), which a frame holds in the place of its timeout."""

    def __init__(self, delay):
        self.limit = timeout(delay)

    async def start(self):
        await self.limit.__aenter__()

    async def stop(self, *error):
        return await self.limit.__aexit__(*error)

    async def __aenter__(self):
        await self.start()

    async def __aexit__(self, *error):
        return await self.stop(*error)


class StackOfItsOwn(Session):
    """Keeps its timeout on an exit stack that is an attribute."""

    def __init__(self, delay):
        self.stack = contextlib.AsyncExitStack()
        self.delay = delay

    async def start(self):
        await self.stack.enter_async_context(timeout(self.delay))

    async def stop(self, *error):
        return await self.stack.__aexit__(*error)


class ListOfLimits(Session):
    """Keeps its timeouts in a list."""

    def __init__(self, delay):
        self.limits = [timeout(delay), timeout(50)]

    async def start(self):
        for limit in self.limits:
            await limit.__aenter__()

    async def stop(self, *error):
        async with contextlib.AsyncExitStack() as stack:
            for limit in self.limits:
                stack.push_async_exit(limit.__aexit__)
            return await stack.__aexit__(*error)


class Proxy:
    """Hands everything on, also the methods of a context manager."""

    def __init__(self, delay):
        self.__dict__["wrapped"] = timeout(delay)

    def __getattr__(self, name):
        return getattr(self.wrapped, name)

    def __aenter__(self):
        return self.wrapped.__aenter__()

    def __aexit__(self, *error):
        return self.wrapped.__aexit__(*error)


async def by_hand(delay, block):
    limit = timeout(delay)
    await limit.__aenter__()
    try:
        result = await block()
    except BaseException as error:
        await limit.__aexit__(type(error), error, error.__traceback__)
        raise
    await limit.__aexit__(None, None, None)
    return result


async def by_a_callback_on_a_stack(delay, block):
    limit = timeout(delay)
    async with contextlib.AsyncExitStack() as stack:
        await limit.__aenter__()
        stack.push_async_exit(lambda *error: limit.__aexit__(*error))
        return await block()


def entered_as(manager):
    async def way(delay, block):
        async with manager(delay):
            return await block()

    way.__name__ = manager.__name__
    return way


WAYS = [
    *map(entered_as, (timeout, Session, StackOfItsOwn, ListOfLimits, Proxy)),
    by_hand,
    by_a_callback_on_a_stack,
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_hidden_timeout_around_a_failing_group_leaves_no_cancellation(way):
    """A timeout fires, a child fails while it is cancelled, the error leaves the timeout: the next await goes on."""

    async def block():
        async with TaskGroup() as group:
            group.create_task(fails_cleaning_up())

    async def main():
        with pytest.raises(ExceptionGroup):
            await way(1, block)
        return await next_await(), cancelling(asyncio.current_task())

    assert run(main()) == ("goes on", 0)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_hidden_timeout_whose_group_failed_inside_still_ends_its_block(way):
    """The group's error is caught inside the timeout, and the body waits on: TimeoutError comes at the same time."""

    async def block():
        try:
            async with TaskGroup() as group:
                group.create_task(fails_cleaning_up())
        except ExceptionGroup:
            pass
        await asyncio.sleep(10)

    async def main():
        with pytest.raises(asyncio.TimeoutError):
            await way(1, block)
        return await next_await(), asyncio.get_running_loop().time()

    assert run(main()) == ("goes on", 1)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_hidden_timeout_that_was_left_in_a_body_counts_no_more(way):
    """A timeout in the body fires and is left; then a child fails: nothing comes after the group's error."""

    async def main():
        with pytest.raises(ExceptionGroup):
            async with TaskGroup() as group:
                with pytest.raises(asyncio.TimeoutError):
                    await way(1, lambda: asyncio.sleep(10))
                group.create_task(fails_cleaning_up())
                await asyncio.sleep(0)
                group.cancel()
        return await next_await(), cancelling(asyncio.current_task())

    assert run(main()) == ("goes on", 0)


@pytest.mark.skipif(BELOW_311, reason="there is no asyncio.TaskGroup before 3.11")
def test_a_group_of_asyncios_own_around_ours_leaves_no_cancellation():
    """The outer group's child fails, ours fails cleaning up inside of it: the next await goes on."""

    async def fails():
        await asyncio.sleep(1)
        raise KeyError

    async def main():
        with pytest.raises(ExceptionGroup):
            async with asyncio.TaskGroup() as outer:
                outer.create_task(fails())
                async with TaskGroup() as group:
                    group.create_task(fails_cleaning_up())
        return await next_await(), cancelling(asyncio.current_task())

    assert run(main()) == ("goes on", 0)


def test_the_error_of_a_task_that_nobody_awaits_is_reported():
    """cancel() of a task that has ended would silence the report: it ends in the step in which its group is left."""
    said = []

    async def fails():
        raise ValueError

    async def work():
        async with timeout(0):
            async with TaskGroup() as group:
                group.create_task(fails())
                asyncio.current_task().cancel()

    async def main():
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: said.append(context["message"]))
        task = loop.create_task(work())
        await asyncio.sleep(1)
        del task
        gc.collect()

    run(main())
    assert said == ["Task exception was never retrieved"]


def test_the_error_of_a_task_that_could_have_taken_its_request_back_is_reported():
    """It ends in the step in which its group is left, with a request that is to come right after that step."""
    said = []

    async def fails():
        raise ValueError

    async def work(takes_back):
        try:
            async with TaskGroup() as group:
                group.create_task(fails())
                asyncio.current_task().cancel()
        except ExceptionGroup:
            if takes_back:
                uncancel(asyncio.current_task())
            raise

    async def main():
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: said.append(context["message"]))
        task = loop.create_task(work(False))
        await asyncio.sleep(1)
        del task
        gc.collect()

    run(main())
    assert said == ["Task exception was never retrieved"]


# Another task, another time.


def test_a_cancellation_of_another_task_that_leaves_the_group_is_not_the_parents():
    """wait_for() closes a stack with a group in a task of its own, below 3.12: later groups of the parent are quiet."""

    async def main():
        stack = contextlib.AsyncExitStack()
        group = await stack.enter_async_context(TaskGroup())
        group.create_task(asyncio.sleep(10))
        closing = asyncio.get_running_loop().create_task(stack.aclose())
        await asyncio.sleep(1)
        closing.cancel()
        await asyncio.wait({closing})
        count = cancelling(asyncio.current_task())
        async with TaskGroup() as race:
            race.create_task(asyncio.sleep(10))
            race.cancel()
        return count, await next_await()

    assert run(main()) == (0, "goes on")


@pytest.mark.parametrize("carrier", ["future", "variable"])
def test_an_error_that_another_task_got_is_not_the_parents(carrier):
    """A CancelledError that was caught elsewhere is raised in the body, while a child fails cleaning up."""

    async def main():
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        caught = []

        async def other():
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError as error:
                caught.append(error)
                future.set_exception(error)

        task = loop.create_task(other())
        loop.call_later(1, task.cancel)
        with pytest.raises(ExceptionGroup):
            async with TaskGroup() as group:
                group.create_task(fails_cleaning_up())
                if carrier == "future":
                    await future
                else:
                    await asyncio.wait({task})
                    raise caught[0]
        future.cancelled() or future.exception()
        return cancelling(asyncio.current_task()), await next_await()

    assert run(main()) == (0, "goes on")


def test_a_cancel_bound_in_an_earlier_group_counts_in_a_later_one():
    """A signal handler keeps task.cancel from inside of a group; in the next one a child fails cleaning up."""

    async def main():
        task = asyncio.current_task()
        async with TaskGroup():
            cancel = task.cancel
        asyncio.get_running_loop().call_later(1, cancel)
        with pytest.raises(ExceptionGroup):
            async with TaskGroup() as group:
                group.create_task(fails_cleaning_up())
                await asyncio.get_running_loop().create_future()
        return cancelling(task), await next_await()

    assert run(main()) == (1, "cancelled")


def test_a_cancel_bound_in_an_earlier_group_counts_outside_of_groups():
    """It is called when the task is in no group; what it asked for is known until it is taken back."""

    async def main():
        task = asyncio.current_task()
        async with TaskGroup():
            cancel = task.cancel
        asyncio.get_running_loop().call_later(1, cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(10)
        seen = [cancelling(task)]
        async with TaskGroup():
            seen.append(cancelling(task))
        return [*seen, uncancel(task), hasattr(task, "_taskgroup_compat_kept")]

    assert run(main()) == [1, 1, 0, False]


# What stands in for task.cancel.


def test_a_cancel_that_was_kept_when_its_task_is_gone_does_nothing():
    """It answers as a bound method does, and finds nobody to cancel."""

    async def main():
        kept = []

        async def work():
            async with TaskGroup():
                kept.append(asyncio.current_task().cancel)

        await asyncio.get_running_loop().create_task(work())
        return kept[0]

    cancel = run(main())
    gc.collect()
    same = cancel
    assert cancel() is False
    assert cancel == same and hash(cancel) == hash(same)
    assert all(other != cancel for other in (repr, None))
    assert isinstance(repr(cancel), str)
    if BELOW_311:
        # It holds no task. Copies of this package call this one.
        assert cancel.__self__ is None and cancel.uncancel() == 0


def test_what_stands_in_for_cancel_is_like_the_bound_method():
    """Equality, hash, weak references, name and repr are those of task.cancel outside of the group."""

    async def main():
        task = asyncio.current_task()
        before = task.cancel
        async with TaskGroup():
            now = task.cancel
            future = asyncio.get_running_loop().create_future()
            future.add_done_callback(before)
            return [
                now == before and before == now,
                now != before or before != now,
                hash(now) == hash(before),
                now in {before},
                now == task.uncancel if hasattr(task, "uncancel") else False,
                now == object(),
                callable(now),
                weakref.ref(now)() is now,
                future.remove_done_callback(now),
                now.__name__,
                now.__self__ is task,
                repr(now) == repr(before),
                getattr(now, "__text_signature__", None) == getattr(before, "__text_signature__", None),
                inspect.ismethod(now) and not inspect.ismethod(before),
                copy.copy([now])[0] == before,
            ]

    assert run(main()) == [
        True, False, True, True, False, False, True, True, 1, "cancel", True, True, True, False, True
    ]  # fmt: skip


def test_what_stood_in_for_cancel_is_like_what_does_now():
    """Each of them is the same bound method to everybody else."""

    async def main():
        task = asyncio.current_task()
        async with TaskGroup():
            before = task.cancel
        async with TaskGroup():
            now = task.cancel
            return [before == now, before != now, now in {before}, now == before.__repr__]

    assert run(main()) == [True, False, True, False]


def test_somebody_elses_stand_in_is_asked_by_the_group():
    """A cancel() that is put on the task inside of the group sees the group's own request."""
    asked = []

    async def fails():
        raise ValueError

    async def main():
        task = asyncio.current_task()
        with pytest.raises(ExceptionGroup):
            async with TaskGroup() as group:
                real = task.cancel
                task.cancel = lambda *args: asked.append(args) or real(*args)
                async with TaskGroup():
                    pass
                group.create_task(fails())
                await asyncio.sleep(1)
        del task.cancel
        return cancelling(task), await next_await()

    assert run(main()) == (0, "goes on")
    assert asked == [()]


def test_a_stand_in_hides_no_count():
    """What comes through a cancel() that somebody has put on the task is counted there, and can be taken back."""

    async def main():
        task = asyncio.current_task()
        seen = []
        async with TaskGroup():
            real = task.cancel
            task.cancel = lambda *args: real(*args)
            asyncio.get_running_loop().call_later(1, lambda: task.cancel())
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(10)
            seen.append(cancelling(task))
            async with TaskGroup():
                seen.append(cancelling(task))
            seen += [cancelling(task), uncancel(task)]
        seen.append(cancelling(task))
        del task.cancel
        return seen, await next_await()

    assert run(main()) == ([1, 1, 1, 0, 0], "goes on")


def test_a_stand_in_that_stays_calls_an_earlier_record_once():
    """It was put there in an earlier group, whose record it calls; a later group counts what it asks for once."""

    async def main():
        task = asyncio.current_task()
        async with TaskGroup():
            real = task.cancel
            task.cancel = lambda *args: real(*args)
        with contextlib.suppress(asyncio.CancelledError):
            async with TaskGroup():
                asyncio.get_running_loop().call_later(1, lambda: task.cancel())
                await asyncio.sleep(10)
        count = cancelling(task)
        del task.cancel
        return count

    assert run(main()) == 1


def vendored(tmp_path, edit=lambda text: text):
    """Another copy of the package, as a library may have one."""
    package = pathlib.Path(taskgroup_compat.__file__).parent
    target = tmp_path / f"library_{tmp_path.name}" / "vendored"
    shutil.copytree(str(package), str(target), ignore=shutil.ignore_patterns("__pycache__"))
    (target.parent / "__init__.py").touch()
    for path in target.rglob("*.py"):
        path.write_text(edit(path.read_text()))
    sys.path.insert(0, str(tmp_path))
    try:
        return importlib.import_module(f"{target.parent.name}.vendored")
    finally:
        sys.path.remove(str(tmp_path))


@pytest.mark.parametrize("release", ["the same", "another"])
@pytest.mark.parametrize("outside", ["theirs", "ours"])
def test_two_copies_of_the_package_do_not_disturb_each_other(tmp_path, release, outside):
    """Groups of two copies in one task, the inner one failing, the outer one cancelled: nothing is left behind."""

    def edit(text):
        return text if release == "the same" else text.replace("stands_in_for_cancel = 1", "stands_in_for_cancel = 2")

    copied = vendored(tmp_path, edit).TaskGroup
    outer, inner = (copied, TaskGroup) if outside == "theirs" else (TaskGroup, copied)

    async def fails():
        raise ValueError

    async def main():
        task = asyncio.current_task()
        own = type(task.cancel)
        async with outer() as group:
            with pytest.raises(ExceptionGroup):
                async with inner() as failing:
                    failing.create_task(fails())
            async with inner() as race:
                race.create_task(asyncio.sleep(10))
                race.cancel()
            group.cancel()
        seen = [cancelling(task), await next_await(), type(task.cancel) is own]
        asyncio.get_running_loop().call_later(1, lambda: task.cancel())
        try:
            async with outer():
                async with inner() as group:
                    group.create_task(fails_cleaning_up())
        except ExceptionGroup:
            seen.append("failed")
        return [*seen, cancelling(task), await next_await()]

    assert run(main()) == [0, "goes on", True, "failed", 1, "cancelled"]


@pytest.mark.parametrize("release", ["the same", "another"])
@pytest.mark.parametrize("outside", ["theirs", "ours"])
def test_a_request_past_the_records_of_two_copies_is_seen_by_both(tmp_path, release, outside):
    """A cancel() bound before ends a timeout of one copy and then the group of another one, whose child fails."""

    def edit(text):
        return text if release == "the same" else text.replace("stands_in_for_cancel = 1", "stands_in_for_cancel = 2")

    copied = vendored(tmp_path, edit)
    outer, inner = (copied, taskgroup_compat) if outside == "theirs" else (taskgroup_compat, copied)

    async def main():
        asyncio.get_running_loop().call_later(1, asyncio.current_task().cancel)
        with pytest.raises(ExceptionGroup):
            async with outer.TaskGroup() as group:
                group.create_task(fails_cleaning_up())
                async with inner.timeout(50):
                    await asyncio.sleep(10)
        return await next_await(), await next_await()

    assert run(main()) == ("cancelled", "goes on")


def test_a_record_of_a_copy_without_a_number_is_told_what_is_taken_back():
    """It stands in for cancel(), counts what passes through it, and has withdraw(task, scopes)."""

    class Earlier:
        count = 0

        def __init__(self, cancel):
            self.cancel = cancel

        def __call__(self, *args):
            self.count += 1
            return self.cancel(*args)

        def withdraw(self, task, scopes):
            self.count -= 1

    async def main():
        task = asyncio.current_task()
        task.cancel = earlier = Earlier(task.cancel)
        async with TaskGroup() as group:
            group.create_task(asyncio.sleep(10))
            group.cancel()
        found = task.cancel is earlier, earlier.count
        del task.cancel
        return found

    assert run(main()) == (True, 0 if BELOW_311 else 1)


# Tasks, loops and what is found on the way.


def test_a_scope_beside_a_method_without_a_name_is_known():
    """Its request ends with it, although the frame holds a method of a partial too."""

    async def main():
        task = asyncio.current_task()
        seen = []
        with pytest.raises(ExceptionGroup):
            async with LibraryScope(1) as scope:
                nameless = types.MethodType(functools.partial(print, "x"), scope)
                async with TaskGroup() as group:
                    group.create_task(fails_cleaning_up())
        seen += [await next_await(), cancelling(task)]
        async with TaskGroup():
            async with LibraryScope(1) as scope:
                nameless = types.MethodType(functools.partial(print, "x"), scope)
                await asyncio.sleep(10)
            # the scope has been left, whatever is bound to it
            seen += [nameless.__self__ is scope, cancelling(task)]
        return seen

    assert run(main()) == ["goes on", 0, True, 0]


def test_whatever_is_found_among_locals_and_callbacks_raises_nothing():
    """A method without a name among the locals and the done callbacks: the timeout fires, the group is entered."""

    class Anything:
        pass

    async def body():
        nameless = types.MethodType(functools.partial(print, "x"), Anything())
        async with timeout(1):
            async with TaskGroup() as group:
                group.create_task(asyncio.sleep(5))
        return nameless

    async def main():
        with pytest.raises(asyncio.TimeoutError):
            await body()
        task = asyncio.get_running_loop().create_task(enters())
        task.add_done_callback(types.MethodType(functools.partial(lambda *args: None), Anything()))
        return await task

    async def enters():
        async with TaskGroup():
            return "entered"

    assert run(main()) == "entered"


class Foreign:
    """A task of another class, which has less than asyncio's."""

    __slots__ = ("_attributes",)

    def __init__(self, task):
        object.__setattr__(self, "_attributes", {"task": task})

    def __getattr__(self, name):
        if name in ("_must_cancel", "_callbacks", "_fut_waiter"):
            raise AttributeError(name)
        return getattr(self._attributes["task"], name)


class ForeignWithAttributes(Foreign):
    """Another one, which can be referred to weakly and takes attributes."""


@contextlib.contextmanager
def running_as(other):
    """Lets the current task run as another one, for as long as it does not wait."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    asyncio.tasks._leave_task(loop, task)
    asyncio.tasks._enter_task(loop, other)
    try:
        yield
    finally:
        asyncio.tasks._leave_task(loop, other)
        asyncio.tasks._enter_task(loop, task)


@pytest.mark.parametrize("kind", [Foreign, ForeignWithAttributes])
def test_a_parent_of_a_foreign_class_will_do(kind):
    """A task that cannot be read, written or referred to weakly enters groups, passes, fails and is cancelled."""

    async def fails():
        raise ValueError

    async def main():
        parent = kind(asyncio.current_task())
        seen = []
        with running_as(parent):
            async with TaskGroup():
                seen.append("passes")
            group = TaskGroup()
            await group.__aenter__()
            group.create_task(fails())
        try:
            await group.__aexit__(None, None, None)
        except ExceptionGroup as error:
            seen.append(repr(error.exceptions[0]))
        return [*seen, await next_await()]

    if sys.version_info >= (3, 14):
        pytest.skip("from 3.14 on asyncio asks C tasks themselves who runs")
    assert run(main()) == ["passes", "ValueError()", "goes on"]


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="from 3.14 on asyncio asks C tasks themselves who runs")
def test_a_parent_of_a_foreign_class_is_cancelled_once():
    """It does not say whether a cancellation is undelivered: without errors there is nothing to deliver again."""

    async def main():
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        requests = []

        class Counts(ForeignWithAttributes):
            def cancel(self, *args):
                requests.append(args)
                return task.cancel(*args)

        parent = Counts(task)
        group = TaskGroup()
        with running_as(parent):
            await group.__aenter__()
            group.create_task(asyncio.sleep(10))
        loop.call_later(1, lambda: parent.cancel())
        with pytest.raises(asyncio.CancelledError):
            await group.__aexit__(None, None, None)
        return requests, await next_await()

    assert run(main()) == ([()], "goes on")


# From 3.11 on the Task counts, and nothing is put on it.
if BELOW_311:

    def test_a_parent_of_a_foreign_class_that_is_being_cancelled_leaves_its_group():
        """It shows an undelivered cancellation, and takes no attribute that could keep the count for its next group."""

        class Cancelled(Foreign):
            __slots__ = ()
            _must_cancel = True

        async def main():
            parent = Cancelled(asyncio.current_task())
            with running_as(parent):
                async with TaskGroup():
                    count = cancelling(parent)
            return count, await next_await()

        assert run(main()) == (1, "goes on")


def test_what_a_tracer_replaced_before_the_import_is_not_asyncios():
    """A function that is not of asyncio's module is called as it is, and not gone round."""
    own = asyncio.BaseEventLoop.create_task

    def create_task(self, *args, **keywords):
        return own(self, *args, **keywords)

    assert _unless_replaced(own, asyncio.base_events) is own
    assert _unless_replaced(create_task, asyncio.base_events) is None
    assert _unless_replaced(functools.partial(own), asyncio.base_events) is None


class QueueThatNobodyRuns(VirtualTimeLoop):
    """As qasync's and gbulb's: asyncio's queue is inherited, and another one is run."""

    def call_soon(self, callback, *args, context=None):
        return self.call_later(0, callback, *args, context=context)

    def _run_once(self):
        handles = self._ready
        self._ready = type(handles)()
        due = [each for each in self._scheduled if each._when <= self.time()]
        if not due:
            self.now = min(each._when for each in self._scheduled)
            due = [each for each in self._scheduled if each._when <= self.now]
        for handle in sorted(due, key=lambda each: each._when):
            self._scheduled.remove(handle)
            handle._scheduled = False
            if not handle.cancelled():
                handle._run()
        handles.clear()


def test_a_loop_that_runs_another_queue_is_not_waited_for():
    """A group that cancels itself is left on such a loop, and what comes after it goes on."""

    async def main():
        async with TaskGroup() as group:
            group.cancel()
        return await next_await()

    loop = QueueThatNobodyRuns()
    try:
        task = loop.create_task(asyncio.wait_for(main(), 5))
        task.add_done_callback(lambda task: loop.stop())
        loop.run_forever()
        assert task.result() == "goes on"
    finally:
        loop.close()


@pytest.mark.parametrize("keywords", [{}, {"name": "child"}])
@pytest.mark.parametrize("factory", ["none", "plain", "eager"])
def test_a_tracer_of_the_loops_create_task_sees_every_child(monkeypatch, factory, keywords):
    """BaseEventLoop.create_task is replaced after the import of this package, as tracers do."""
    factories = {"none": None, "plain": lambda loop, coro, **kwargs: asyncio.Task(coro, loop=loop, **kwargs)}
    if sys.version_info >= (3, 12):
        factories["eager"] = asyncio.eager_task_factory
    if factory not in factories:
        pytest.skip("eager tasks came with 3.12")
    seen = []
    real = BaseEventLoop.create_task

    def traced(self, coro, **kwargs):
        seen.append(kwargs)
        return real(self, coro, **kwargs)

    async def main():
        seen.clear()
        asyncio.get_running_loop().set_task_factory(factories[factory])
        async with TaskGroup() as group:
            group.create_task(asyncio.sleep(0), **keywords)
        return list(seen)

    monkeypatch.setattr(BaseEventLoop, "create_task", traced)
    assert run(main()) == [keywords]


@pytest.mark.skipif(BELOW_311, reason="there is no asyncio.TaskGroup before 3.11")
def test_a_tracer_of_asyncios_group_sees_our_children(monkeypatch):
    """asyncio.TaskGroup.create_task is replaced, as tracers do: they see the children, which are still ours."""
    traced = []
    real = asyncio.TaskGroup.create_task

    def create_task(self, coro, **kwargs):
        traced.append(kwargs)
        return real(self, coro, **kwargs)

    async def fails():
        raise ValueError

    async def main():
        with pytest.raises(ExceptionGroup) as caught:
            async with TaskGroup() as group:
                task = group.create_task(asyncio.sleep(10))
                group.create_task(fails(), name="child")
        refused = asyncio.sleep(0)
        with pytest.raises(RuntimeError):
            group.create_task(refused)
        return task.cancelled(), len(caught.value.exceptions), inspect.getcoroutinestate(refused)

    monkeypatch.setattr(asyncio.TaskGroup, "create_task", create_task)
    assert run(main()) == (True, 1, "CORO_CLOSED")
    # from 3.15 on the refusals are within what is traced
    assert traced[:2] == [{}, {"name": "child"}]


def test_what_bridges_put_into_asyncio_is_used(monkeypatch):
    """asyncio's functions are looked up when they are called."""
    asked = []

    def asking(name, function):
        def asks(*args):
            asked.append(name)
            return function(*args)

        return asks

    async def main():
        loop = asyncio.events.get_running_loop
        current = asyncio.tasks.current_task
        monkeypatch.setattr(asyncio.events, "get_running_loop", asking("loop", loop))
        monkeypatch.setattr(asyncio.tasks, "current_task", asking("task", current))
        async with TaskGroup():
            pass
        monkeypatch.undo()

    run(main())
    assert {"loop", "task"} <= set(asked)


# Objects around coroutines.


def test_no_frame_of_ours_is_in_the_traceback_of_a_child_with_a_context():
    """What a child raises names the frames of the child alone."""

    async def child():
        await asyncio.sleep(0)
        raise ValueError

    async def main():
        with pytest.raises(ExceptionGroup) as caught:
            async with TaskGroup() as group:
                group.create_task(child(), context=contextvars.copy_context())
        return [
            frame.name
            for frame in traceback.extract_tb(caught.value.exceptions[0].__traceback__)
            if "taskgroup_compat" in frame.filename
        ]

    assert run(main()) == []


def test_a_child_with_a_context_that_is_cancelled_before_its_first_step_does_not_run():
    """The object around its coroutine hands a thrown cancellation on."""
    ran = []

    async def child():
        ran.append(True)

    async def main():
        async with TaskGroup() as group:
            task = group.create_task(child(), context=contextvars.copy_context())
            task.cancel()
        return task.cancelled()

    assert run(main()) and ran == []


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_child_with_a_context_can_be_wrapped_and_has_scopes(wrapped):
    """A timeout around a failing group, in a child with context=, that a factory's coroutine awaits: no stray."""
    variable = contextvars.ContextVar("variable", default="outside")

    async def child():
        variable.set("inside")
        with contextlib.suppress(ExceptionGroup):
            async with timeout(1):
                async with TaskGroup() as group:
                    group.create_task(fails_cleaning_up())
        return await next_await(), variable.get()

    def factory(loop, coro, **kwargs):
        async def wrapper():
            return await coro

        return asyncio.Task(wrapper() if wrapped else coro, loop=loop, **kwargs)

    async def main():
        context = contextvars.copy_context()
        async with TaskGroup() as group:
            task = group.create_task(child(), context=context)
        return task.result(), context[variable], variable.get()

    assert run(main(), task_factory=factory) == (("goes on", "inside"), "inside", "outside")


# Compiled code, as Cython, mypyc and Nuitka make it: nothing of it can be read.


def compiled(**methods):
    """An object of a class without a function that is written in Python, whose methods lead to nothing."""

    def hidden(function):
        # A class can be called as well. But it belongs to everybody, so that nobody looks for what it refers to.
        return type("hidden", (), {"__new__": lambda cls, *args: function(*args)})

    return type("compiled", (), {name: hidden(function) for name, function in methods.items()})()


def compiled_coroutine(coro, waits_for=None):
    """What awaits a coroutine; it shows what that one waits for, where this is no compiled code itself."""
    made = compiled(__await__=lambda: made, __next__=lambda: coro.send(None), throw=coro.throw)
    made.waits_for = waits_for
    return made


async def failing_group():
    async with TaskGroup() as group:
        group.create_task(fails_cleaning_up())


class CountingTimeout:
    """A timeout that takes its own request back on every version."""

    def __init__(self, delay):
        self.delay = delay

    async def __aenter__(self):
        self.task = asyncio.current_task()
        self.before = cancelling(self.task)
        self.handle = asyncio.get_running_loop().call_later(self.delay, self.expire)

    def expire(self):
        self.task.cancel()

    async def __aexit__(self, kind, error, traceback):
        return uncancel(self.task) <= self.before and kind is asyncio.CancelledError


@pytest.mark.parametrize("limit", [timeout, CountingTimeout])
@pytest.mark.parametrize("shows", ["nothing", "what it waits for"])
def test_a_timeout_in_a_compiled_coroutine_leaves_no_cancellation(shows, limit):
    """Whether a scope is in there cannot be seen: it fires, the group's error leaves it, the next await goes on."""

    async def block(inner):
        async with limit(1):
            await inner

    async def main():
        inner = failing_group()
        with pytest.raises(ExceptionGroup):
            await compiled_coroutine(block(inner), inner if shows == "what it waits for" else None)
        return await next_await(), cancelling(asyncio.current_task())

    assert run(main()) == ("goes on", 0)


def test_a_variable_whose_class_cannot_be_asked_hides_what_takes_a_request_back():
    """Its metaclass raises whatever is looked up: then it cannot be ruled out, and nothing is left when that comes."""

    class Refuses(type):
        def __getattr__(cls, name):
            raise RuntimeError(name)

    async def main():
        task = asyncio.current_task()
        hides = Refuses("Hides", (), {})()
        asyncio.get_running_loop().call_later(1, lambda: task.cancel())
        with pytest.raises(ExceptionGroup):
            await failing_group()
        getattr(taskgroup_compat, "un" + "cancel")(task)
        return await next_await(), cancelling(task), type(hides).__name__

    assert run(main()) == ("goes on", 0, "Hides")


# Below 3.11 it is a scope of an unknown library, and taken for somebody else.
if not BELOW_311:

    def test_a_compiled_timeout_leaves_no_cancellation():
        """What its methods do is not known, but it has the task: it fires, the group's error leaves it, no stray."""

        async def main():
            task = asyncio.current_task()
            timers = []
            limit = compiled(
                __enter__=lambda: timers.append(asyncio.get_running_loop().call_later(1, lambda: task.cancel())),
                __exit__=lambda *error: bool(task.uncancel()),
            )
            limit.task = task
            with pytest.raises(ExceptionGroup):
                with limit:
                    await failing_group()
            return await next_await(), cancelling(task)

        assert run(main()) == ("goes on", 0)


class Awaits:
    """An awaitable that is written in Python, step by step."""

    def __init__(self, coro):
        self.coro = coro
        self.throw = coro.throw

    def __await__(self):
        return self

    def __next__(self):
        return self.coro.send(None)


@pytest.mark.parametrize("inside", ["an awaitable", "a compiled manager", "both"])
def test_a_task_that_returns_beside_a_request_is_cancelled_where_no_scope_can_have_asked(inside):
    """Somebody cancels it, its group fails, it returns in that step: nothing is hidden, so it has been cancelled."""

    async def block():
        # with somebody else's task
        manager = compiled(__enter__=lambda: None, __exit__=lambda *error: None)
        manager.task = asyncio.get_running_loop().create_future()
        with manager if inside != "an awaitable" else contextlib.suppress(KeyError):
            with contextlib.suppress(ExceptionGroup):
                await failing_group()
        return "returned"

    async def work():
        return await (block() if inside == "a compiled manager" else Awaits(block()))

    async def main():
        loop = asyncio.get_running_loop()
        task = loop.create_task(work())
        loop.call_later(1, lambda: task.cancel())
        await asyncio.wait({task})
        return task.cancelled()

    assert run(main()) is True


# Two cancellations at once.


@pytest.mark.skipif(sys.version_info < (3, 9), reason="cancel() takes no message before 3.9")
@pytest.mark.skipif(sys.version_info >= (3, 15), reason="3.15's own group lets the one without a message leave")
def test_of_two_cancellations_the_one_with_a_message_leaves():
    """cancel() of the group, then a scope that knows its cancellation by the message, while a child still ends."""

    async def slow_to_end():
        try:
            await asyncio.sleep(10)
        finally:
            await asyncio.sleep(1)

    async def main():
        task = asyncio.current_task()
        loop = asyncio.get_running_loop()
        with pytest.raises(asyncio.CancelledError) as caught:
            async with TaskGroup() as group:
                group.create_task(slow_to_end())
                loop.call_later(1, group.cancel)
                loop.call_later(1.5, task.cancel, "by the scope")
                await asyncio.sleep(10)
        return caught.value.args, uncancel(task)

    assert run(main()) == (("by the scope",), 0)
