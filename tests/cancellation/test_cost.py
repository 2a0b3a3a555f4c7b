"""The work of one cancel() grows with the depth of the await chain and the entered managers, and with nothing else.

The work is counted: the lines that the package runs, and the objects that it gets from the collector's module.
"""

import asyncio
import collections
import contextlib
import os
import sys
from unittest import mock

import pytest

import taskgroup_compat
from taskgroup_compat import ExceptionGroup, TaskGroup
from tests.support.scopes import BELOW_311, LibraryScope, fails_when_cancelled
from tests.support.virtual_time import run

PACKAGE = os.path.dirname(taskgroup_compat.__file__)


# PyPy runs a callback of a weak reference now and then.
NOISE = 1000 if sys.implementation.name == "pypy" else 0


def same(*numbers):
    """Whether two measurements are alike."""
    return all(abs(one - other) <= NOISE for one, other in zip(*numbers))


class Work:
    """Counts the lines of the package that run in a block, and the objects that it reads."""

    lines = 0
    objects = 0

    def _trace(self, frame, event, arg):
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        self.lines += 1
        return self._trace

    def _counting(self, read):
        def counting(obj):
            found = read(obj)
            self.objects += len(found)
            return found

        return counting

    def __enter__(self):
        self._patches = contextlib.ExitStack()
        if BELOW_311:
            from taskgroup_compat._cancellation import scopes

            for name in ("get_referents", "_direct_referents"):
                patch = mock.patch.object(scopes, name, self._counting(getattr(scopes, name)))
                self._patches.enter_context(patch)
        self._before = sys.gettrace()
        sys.settrace(self._trace)
        return self

    def __exit__(self, *details):
        sys.settrace(self._before)
        self._patches.close()

    def numbers(self):
        return self.lines, self.objects


class Worker:
    """A context manager that nobody has entered, so that every kind of evidence is looked for."""

    def __init__(self, task):
        self.task = task

    def __enter__(self):
        return self

    def __exit__(self, *details):
        return None

    def stop(self):
        self.task.cancel()


class Holder:
    """A manager with data among its attributes."""

    def __init__(self, data):
        self.data = data

    def __enter__(self):
        return self

    def __exit__(self, *details):
        return None


class Awaitable:
    """An awaitable that is its own iterator, with data among its attributes."""

    def __init__(self, data):
        self.coro = asyncio.sleep(10)
        self.data = data

    def __await__(self):
        return self

    def __next__(self):
        return self.coro.send(None)

    def throw(self, *details):
        return self.coro.throw(*details)


class Batch(list):
    """An awaitable that is a container itself."""

    def __await__(self):
        self.coro = asyncio.sleep(10)
        return self

    def __next__(self):
        return self.coro.send(None)

    def throw(self, *details):
        return self.coro.throw(*details)


CONTAINERS = [
    list,
    collections.deque,
    set,
    dict.fromkeys,
    collections.OrderedDict.fromkeys,
    lambda numbers: collections.defaultdict(list, dict.fromkeys(numbers)),
]


async def nested(depth, innermost):
    if depth:
        return await nested(depth - 1, innermost)
    return await innermost()


async def work_of_a_cancel(depth=1, managers=0, data=(), awaits=None, by_scope=False):
    """Cancels a body with this depth of awaits, so many entered managers, and data in reach; returns the work."""
    work = Work()

    def stop(asks):
        with work:
            asks()

    async def innermost():
        with contextlib.ExitStack() as stack:
            for _ in range(managers):
                stack.enter_context(Holder(data))
            with Holder(data):
                await (awaits(data) if awaits else asyncio.sleep(10))

    async def body():
        task = asyncio.current_task()
        with LibraryScope(50) as scope:
            async with TaskGroup() as group:
                group.create_task(fails_when_cancelled())
                asks = scope.expire if by_scope else Worker(task).stop
                asyncio.get_running_loop().call_later(1, stop, asks)
                await nested(depth, innermost)

    # The task ends as cancelled or with the group's error.
    await asyncio.gather(asyncio.get_running_loop().create_task(body()), return_exceptions=True)
    return work.numbers()


def measured(**circumstances):
    return run(work_of_a_cancel(**circumstances))


@pytest.mark.parametrize("by_scope", [True, False], ids=["by a scope", "by a plain object"])
def test_a_cancel_costs_at_most_in_proportion_to_the_depth_and_the_managers(by_scope):
    """Twice the depth and twice the managers are at most twice the work."""
    for name, sizes in (("depth", (100, 200, 400)), ("managers", (20, 40, 80))):
        found = [measured(by_scope=by_scope, **{name: size}) for size in sizes]
        for less, more in zip(found, found[1:]):
            assert all(double <= 2 * single + NOISE for single, double in zip(less, more)), (name, found)


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_cancel_costs_the_same_whatever_is_in_reach(container):
    """A large container in a local, in a manager and in an awaitable is not read."""
    for circumstances in ({}, {"managers": 3}, {"by_scope": True}, {"awaits": Awaitable}):
        found = [measured(data=container(range(size)), **circumstances) for size in (1, 10000)]
        assert same(*found), (circumstances, found)


class Record(Awaitable):
    """An awaitable with very many attributes."""

    def __init__(self, data):
        super().__init__(data)
        self.__dict__.update((f"attribute{number}", number) for number in data)


@pytest.mark.parametrize("awaitable", [Batch, Record])
def test_a_cancel_reads_no_awaitable_that_is_a_container(awaitable):
    """Neither one whose class is a container, nor one with more attributes than a class names."""
    found = [measured(data=range(size), awaits=awaitable) for size in (1000, 10000)]
    assert same(*found), found


def test_delivering_again_beside_an_error_costs_the_same_whatever_is_in_reach():
    """From the step in which the group is left on, the group's parent is not looked at."""

    async def serve(data, work):
        with contextlib.suppress(ExceptionGroup):
            async with TaskGroup() as group:
                group.create_task(fails_when_cancelled())
                try:
                    await asyncio.sleep(10)
                finally:
                    work.__enter__()
        await asyncio.sleep(0)
        return data

    async def main(data):
        work = Work()
        task = asyncio.get_running_loop().create_task(serve(data, work))
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.wait({task})
        work.__exit__()
        return (task.cancelled(), *work.numbers())

    found = [run(main(collections.deque(range(size)))) for size in (1, 10000)]
    assert same(*found), found
    assert found[0][0] is True
