"""Parent tasks of foreign classes, and unusual objects among locals and callbacks.

The expected outcomes are those of 3.15 with its own group.
"""

import asyncio
import contextlib
import functools
import sys
import types

import pytest

from taskgroup_compat import ExceptionGroup, TaskGroup, cancelling
from tests.support.scopes import BELOW_311, LibraryScope, fails_when_cancelled, next_await
from tests.support.scopes import library_timeout as timeout
from tests.support.virtual_time import run

PYPY = sys.implementation.name == "pypy"


# Tasks, loops and what is found on the way.


def test_scope_beside_a_method_of_a_partial_is_found():
    """Its request ends with it, although the frame also holds a bound method without a name."""

    async def main():
        task = asyncio.current_task()
        seen = []
        with pytest.raises(ExceptionGroup):
            async with LibraryScope(1) as scope:
                nameless = types.MethodType(functools.partial(print, "x"), scope)
                async with TaskGroup() as group:
                    group.create_task(fails_when_cancelled())
        seen += [await next_await(), cancelling(task)]
        async with TaskGroup():
            async with LibraryScope(1) as scope:
                nameless = types.MethodType(functools.partial(print, "x"), scope)
                await asyncio.sleep(10)
            # the scope has been left, whatever is bound to it
            seen += [nameless.__self__ is scope, cancelling(task)]
        return seen

    assert run(main()) == ["goes on", 0, True, 0]


def test_unusual_locals_and_callbacks_raise_no_error():
    """A method without a name is a local and a done callback: the timeout fires, and the group is entered."""

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
    """A task of another class, with fewer attributes than asyncio's."""

    __slots__ = ("_attributes", "__weakref__")

    def __init__(self, task):
        object.__setattr__(self, "_attributes", {"task": task})

    def __getattr__(self, name):
        if name in ("_must_cancel", "_callbacks", "_fut_waiter"):
            raise AttributeError(name)
        return getattr(self._attributes["task"], name)


class ForeignWithAttributes(Foreign):
    """A foreign task that accepts weak references and attributes."""


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
def test_parent_of_a_foreign_class_can_use_groups(kind):
    """A task without readable or writable attributes and weak references enters groups, fails and is cancelled."""

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
def test_parent_of_a_foreign_class_is_cancelled_once():
    """It does not show undelivered requests; without errors the group redelivers nothing."""

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


def test_child_of_a_foreign_class_is_cancelled_by_its_group():
    """It takes no attribute, so that below 3.11 the group cannot mark it."""

    async def main():
        children = []

        class Child(Foreign):
            __slots__ = ()

            def __setattr__(self, name, value):
                raise AttributeError(name)

            # The done callback gets the inner task.
            def __eq__(self, other):
                return other is self._attributes["task"]

            def __hash__(self):
                return hash(self._attributes["task"])

        def factory(loop, coro, **keywords):
            children.append(Child(asyncio.Task(coro, loop=loop, **keywords)))
            return children[-1]

        async def fails():
            raise ValueError

        loop = asyncio.get_running_loop()
        async with TaskGroup() as group:
            loop.set_task_factory(factory)
            group.create_task(asyncio.sleep(10))
            loop.set_task_factory(None)
            await asyncio.sleep(1)
            group.cancel()
        return [child.cancelled() for child in children]

    assert run(main()) == [True]


# From 3.11 on the Task counts, and nothing is put on it.
if BELOW_311:

    def test_cancelled_parent_of_a_foreign_class_leaves_its_group():
        """It shows an undelivered request, and accepts no attribute for the count."""

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
