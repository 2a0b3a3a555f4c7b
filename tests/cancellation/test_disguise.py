"""A record in the place of task.cancel is like the bound method; other wrappers work beside it.

The expected outcomes are those of 3.15 with its own group.
"""

import asyncio
import contextlib
import copy
import gc
import inspect
import sys
import weakref
from unittest import mock

import pytest

from taskgroup_compat import ExceptionGroup, TaskGroup, cancelling, uncancel
from tests.support.scopes import BELOW_311, next_await
from tests.support.virtual_time import run

PYPY = sys.implementation.name == "pypy"


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


@pytest.mark.parametrize("kind", [None, "a subclass"])
def test_what_stands_in_for_cancel_is_like_the_bound_method(kind):
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
