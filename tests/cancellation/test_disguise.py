"""A record in the place of task.cancel is like the bound method; other wrappers work beside it.

The expected outcomes are those of 3.15 with its own group.
"""

import asyncio
import contextlib
import copy
import inspect
import sys
import weakref
from unittest import mock

import pytest

from taskgroup_compat import ExceptionGroup, TaskGroup, cancelling, uncancel
from tests.support.scopes import BELOW_311, collect, next_await
from tests.support.virtual_time import run

PYPY = sys.implementation.name == "pypy"


# What stands in for task.cancel.


def test_kept_cancel_of_a_freed_task_does_nothing():
    """It answers as a bound method does, and has no task to cancel."""

    async def main():
        kept = []

        async def work():
            async with TaskGroup():
                kept.append(asyncio.current_task().cancel)

        await asyncio.get_running_loop().create_task(work())
        return kept[0]

    cancel = run(main())
    collect()
    same = cancel
    assert cancel() is False
    assert cancel == same and hash(cancel) == hash(same)
    assert all(other != cancel for other in (repr, None))
    assert isinstance(repr(cancel), str)
    if BELOW_311:
        # It holds no task. Copies of this package call this one.
        assert cancel.__self__ is None and cancel.uncancel() == 0


@pytest.mark.parametrize("kind", [None, "a subclass"])
def test_record_equals_the_bound_method(kind):
    """Equality, hash, weak references, name and repr are those of task.cancel outside of the group."""

    class Named(asyncio.Task):
        """A subclass, whose name the method has."""

    async def main():
        task = asyncio.current_task()
        before = task.cancel
        outside = type(mock.create_autospec(task, instance=True).cancel).__name__
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
                inspect.ismethod(now) is inspect.ismethod(before),
                inspect.isroutine(now) and isinstance(now, type(before)),
                "cancel" in dict(inspect.getmembers(task, inspect.isroutine)),
                now.__qualname__ == before.__qualname__,
                now.__doc__ == before.__doc__,
                type(mock.create_autospec(task, instance=True).cancel).__name__ == outside,
                copy.copy([now])[0] == before,
            ]

    factory = None if kind is None else lambda loop, coro, **keywords: Named(coro, loop=loop, **keywords)
    assert run(main(), task_factory=factory) == [
        *(True, False, True, True, False, False, True, True, 1, "cancel", True, True, True),
        *(True, True, True, True, True, True, True),
    ]


def test_earlier_record_equals_the_current_one():
    """Each of them equals the same bound method."""

    async def main():
        task = asyncio.current_task()
        async with TaskGroup():
            before = task.cancel
        async with TaskGroup():
            now = task.cancel
            return [before == now, before != now, now in {before}, now == before.__repr__]

    assert run(main()) == [True, False, True, False]


def test_wrapper_set_inside_a_group_sees_the_groups_request():
    """The group calls a cancel() that is set on the task inside of its block."""
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


def test_requests_through_a_wrapper_are_counted():
    """The count includes requests through a foreign cancel() on the task, and they can be withdrawn."""

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


def test_wrapper_around_an_earlier_record_counts_once():
    """A wrapper set in an earlier group calls the record of that group; a later group counts its request once."""

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
