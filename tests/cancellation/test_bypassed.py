"""Requests by a bound task.cancel from before the group, as loop.add_signal_handler(SIGTERM, task.cancel) has it.

The expected outcomes are those of 3.15 with its own group and timeout.
"""

import asyncio
import contextlib

import pytest

from taskgroup_compat import ExceptionGroup, TaskGroup, cancelling, timeout, uncancel
from tests.support.scopes import BELOW_311, LibraryScope, fails_when_cancelled, next_await
from tests.support.virtual_time import OtherLoop, run


async def sleeps():
    await asyncio.sleep(10)


async def waits_for_an_event():
    await asyncio.Event().wait()


async def acquires_a_lock():
    lock = asyncio.Lock()
    await lock.acquire()
    await lock.acquire()


async def enters_a_lock():
    lock = asyncio.Lock()
    async with lock:
        async with lock:
            pass


async def acquires_a_semaphore():
    await asyncio.Semaphore(0).acquire()


async def waits_for_a_condition():
    condition = asyncio.Condition()
    async with condition:
        await condition.wait()


async def gets_from_a_queue():
    await asyncio.Queue().get()


async def puts_into_a_full_queue():
    queue = asyncio.Queue(1)
    await queue.put(1)
    await queue.put(2)


@contextlib.asynccontextmanager
async def connection():
    await asyncio.sleep(10)
    yield


async def enters_a_manager_made_of_a_generator():
    async with connection():
        pass


async def joins_a_queue():
    queue = asyncio.Queue()
    await queue.put(1)
    await queue.join()


async def reads_a_stream():
    await asyncio.StreamReader().readline()


async def waits_for_tasks():
    children = {asyncio.get_running_loop().create_task(asyncio.sleep(5))}
    try:
        await asyncio.wait(children)
    finally:
        children.pop().cancel()


async def waits_with_a_limit():
    await asyncio.wait_for(asyncio.Event().wait(), 50)


async def waits_for_children():
    async with TaskGroup() as group:
        group.create_task(asyncio.sleep(10))


WAITS = [
    sleeps,
    waits_for_an_event,
    acquires_a_lock,
    enters_a_lock,
    acquires_a_semaphore,
    waits_for_a_condition,
    gets_from_a_queue,
    puts_into_a_full_queue,
    joins_a_queue,
    enters_a_manager_made_of_a_generator,
    reads_a_stream,
    waits_for_tasks,
    waits_with_a_limit,
    waits_for_children,
]


async def limited(wait, shutdown_first, cancel):
    """A timeout's request and somebody's in one turn of the loop."""

    def at_once():
        # Both run in the next iteration, in this order, and the Task wakes up after them.
        if shutdown_first:
            loop.call_soon(cancel)
        limit.reschedule(loop.time())
        if not shutdown_first:
            loop.call_soon(cancel)

    loop = asyncio.get_running_loop()
    async with timeout(50) as limit:
        loop.call_at(1, at_once)
        await wait()


async def end_of(service):
    try:
        await service
    except (TimeoutError, asyncio.TimeoutError):
        return "timeout", await next_await()
    except asyncio.CancelledError:
        return "cancelled", cancelling(asyncio.current_task()) if not BELOW_311 else 1, await next_await()
    return "returned", await next_await()


def on_another_loop(main):
    loop = OtherLoop()
    try:
        return loop.run_until_complete(main)
    finally:
        loop.close()


@pytest.mark.parametrize("run", [run, on_another_loop])
@pytest.mark.parametrize("shutdown_first", [True, False])
@pytest.mark.parametrize("wait", WAITS, ids=lambda wait: wait.__name__)
def test_bound_cancel_in_the_iteration_of_a_deadline_is_counted(wait, shutdown_first, run):
    """The task ends cancelled: the timeout withdraws its own request, and the other one remains."""

    async def main():
        return await end_of(limited(wait, shutdown_first, asyncio.current_task().cancel))

    assert run(main()) == ("cancelled", 1, "goes on")


@pytest.mark.parametrize("shutdown_first", [True, False])
@pytest.mark.parametrize("wait", WAITS, ids=lambda wait: wait.__name__)
def test_bound_cancel_beside_the_groups_own_request_is_counted(wait, shutdown_first):
    """Both come in one iteration. The group withdraws its own request, and the other one remains."""

    async def service(cancel):
        loop = asyncio.get_running_loop()
        async with TaskGroup() as group:
            both = [cancel, group.cancel] if shutdown_first else [group.cancel, cancel]
            loop.call_at(1, lambda: [loop.call_soon(each) for each in both])
            await wait()

    async def main():
        return await end_of(service(asyncio.current_task().cancel))

    assert run(main()) == ("cancelled", 1, "goes on")


@pytest.mark.parametrize("wait", WAITS, ids=lambda wait: wait.__name__)
def test_unbound_cancel_in_the_iteration_of_a_deadline_counts_once(wait):
    """Both requests pass through the counting cancel(); neither is taken for a bypassing one."""

    async def main():
        task = asyncio.current_task()
        found = []
        for shutdown_first in (True, False):
            found.append(await end_of(limited(wait, shutdown_first, lambda: task.cancel())))
            if not BELOW_311:
                task.uncancel()
        return found

    assert run(main()) == [("cancelled", 1, "goes on")] * 2


@pytest.mark.parametrize("wait", WAITS, ids=lambda wait: wait.__name__)
def test_two_deadlines_in_one_iteration_leave_no_cancellation(wait):
    """The outer timeout raises TimeoutError."""

    async def service():
        async with timeout(1):
            async with timeout(1):
                await wait()

    async def main():
        return await end_of(service())

    assert run(main()) == ("timeout", "goes on")


def test_future_cancelled_in_the_iteration_of_a_deadline_is_no_request():
    """The body awaits the future: the timeout raises TimeoutError, and no cancellation follows."""

    async def main():
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        return await end_of(limited(lambda: future, True, future.cancel))

    async def with_limit():
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        return await end_of(limited(lambda: asyncio.wait_for(future, None), True, future.cancel))

    assert run(main()) == ("timeout", "goes on")
    assert run(with_limit()) == ("timeout", "goes on")


def test_request_withdrawn_before_its_delivery_is_not_counted():
    """Below 3.13 the Task still delivers it at the next await, and in that iteration a deadline passes."""

    async def service():
        task = asyncio.current_task()
        async with timeout(50) as limit:
            async with TaskGroup() as group:
                group.cancel()
            limit.reschedule(asyncio.get_running_loop().time())
            await asyncio.sleep(10)
        return task

    async def main():
        return await end_of(service())

    assert run(main()) == ("timeout", "goes on")


def test_request_withdrawn_in_the_iteration_of_a_deadline_is_not_counted():
    """It has cancelled the future that the body waits for, and is withdrawn before the deadline passes."""

    async def service():
        task = asyncio.current_task()
        loop = asyncio.get_running_loop()

        def at_once():
            loop.call_soon(lambda: (task.cancel(), uncancel(task)))
            limit.reschedule(loop.time())

        async with timeout(50) as limit:
            loop.call_later(1, at_once)
            await asyncio.sleep(10)

    async def main():
        return await end_of(service())

    assert run(main()) == ("timeout", "goes on")


@pytest.mark.parametrize("outcome", ["timeout", "cancelled"])
def test_request_that_finds_a_gathering_done_counts_once(outcome):
    """The children of gather() have ended, gather() itself has not, and refuses to be cancelled."""

    async def service(future, limit):
        async with limit:
            await asyncio.gather(future)
            await asyncio.sleep(10)

    async def main():
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        future, limit = loop.create_future(), timeout(50)

        def at_once():
            if outcome == "timeout":
                limit.reschedule(loop.time())
            else:
                loop.call_soon(lambda: task.cancel())
            future.set_result(None)

        loop.call_later(1, at_once)
        return await end_of(service(future, limit))

    seen = {"timeout": ("timeout", "goes on"), "cancelled": ("cancelled", 1, "goes on")}
    assert run(main()) == seen[outcome]


def decorated(function):
    async def wrapper():
        return await function()

    return wrapper


sleeps_decorated = decorated(sleeps)


class Items:
    """An asynchronous iterator over a queue that stays empty."""

    def __aiter__(self):
        self.queue = asyncio.Queue()
        return self

    async def __anext__(self):
        return await self.queue.get()


async def items():
    while True:
        yield await asyncio.Queue().get()


async def iterates(source):
    async for _ in source:
        pass


async def passed_on(coro):
    await coro


async def awaits_a_coroutine_that_it_was_given():
    await passed_on(asyncio.sleep(10))


async def awaits_a_decorated_coroutine():
    await sleeps_decorated()


async def iterates_over_an_object():
    await iterates(Items())


async def iterates_over_a_generator():
    await iterates(items())


BODIES = [
    *WAITS,
    awaits_a_coroutine_that_it_was_given,
    awaits_a_decorated_coroutine,
    iterates_over_an_object,
    iterates_over_a_generator,
]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.__name__)
def test_bound_cancel_in_the_body_remains_beside_the_groups_error(body):
    """A child fails cleaning up; the body catches the error, and its next await is cancelled."""

    async def main():
        task = asyncio.current_task()
        asyncio.get_running_loop().call_at(1, task.cancel)
        try:
            async with TaskGroup() as group:
                group.create_task(fails_when_cancelled())
                await body()
        except ExceptionGroup as error:
            seen = [repr(leaf) for leaf in error.exceptions]
        return seen, await next_await(), await next_await()

    assert run(main()) == (["ValueError('cleaning up')"], "cancelled", "goes on")


def in_a_task(coro):
    """A plain function that makes a task, as pools have them."""
    return asyncio.get_running_loop().create_task(coro)


async def awaits_a_task():
    await in_a_task(sleeps())


async def awaits_a_task_by_a_variable():
    coro = sleeps()
    task = in_a_task(coro)
    await task


async def awaits_through_gather():
    await asyncio.gather(sleeps())


@pytest.mark.parametrize("body", [awaits_a_task, awaits_a_task_by_a_variable, awaits_through_gather])
def test_cancelled_task_that_the_body_awaits_is_no_request(body):
    """No cancellation follows the group's error."""

    async def main():
        loop = asyncio.get_running_loop()
        before = asyncio.all_tasks(loop)

        def cancel_the_inner_one():
            for task in asyncio.all_tasks(loop) - before - set(children):
                task.cancel()

        children = []
        try:
            async with TaskGroup() as group:
                children.append(group.create_task(fails_when_cancelled()))
                loop.call_at(1, cancel_the_inner_one)
                await body()
        except ExceptionGroup as error:
            seen = [repr(leaf) for leaf in error.exceptions]
        return seen, cancelling(asyncio.current_task()), await next_await()

    assert run(main()) == (["ValueError('cleaning up')"], 0, "goes on")


def test_request_after_a_scope_has_fired_and_was_left_counts():
    """The scope's own request is over."""

    async def main():
        loop = asyncio.get_running_loop()
        stop = asyncio.current_task().cancel
        with pytest.raises(ExceptionGroup):
            async with TaskGroup() as group:
                group.create_task(fails_when_cancelled())
                with LibraryScope(1):
                    await asyncio.sleep(10)
                loop.call_later(1, stop)
                await asyncio.sleep(10)
        return await next_await()

    assert run(main()) == "cancelled"


class ClosingTransport(asyncio.Transport):
    def is_closing(self):
        return True

    def close(self):
        pass


def test_future_of_wait_closed_that_another_task_cancels_is_no_request():
    """All callers of wait_closed() wait for one future."""

    async def fails():
        raise ValueError

    async def main():
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        writer = asyncio.StreamWriter(ClosingTransport(), asyncio.StreamReaderProtocol(reader), reader, loop)
        watcher = asyncio.ensure_future(writer.wait_closed())
        loop.call_later(1, watcher.cancel)
        with pytest.raises(asyncio.CancelledError):
            async with TaskGroup():
                await writer.wait_closed()
        with pytest.raises(ExceptionGroup):
            async with TaskGroup() as group:
                group.create_task(fails())
        return await next_await()

    assert run(main()) == "goes on"
