"""Compiled code, as Cython, mypyc and Nuitka make it: nothing of it can be read.

The expected outcomes are those of 3.15 with its own group.
"""

import asyncio
import sys

import pytest

import taskgroup_compat
from taskgroup_compat import ExceptionGroup, TaskGroup, cancelling, uncancel
from tests.support.scopes import BELOW_311, fails_when_cancelled, next_await
from tests.support.scopes import library_timeout as timeout
from tests.support.virtual_time import run

PYPY = sys.implementation.name == "pypy"


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
        group.create_task(fails_when_cancelled())


class CountingTimeout:
    """A timeout that withdraws its own request on every version."""

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
def test_timeout_in_a_compiled_coroutine_leaves_no_cancellation(shows, limit):
    """The coroutine hides its scopes. The timeout fires, the group's error leaves it, and the next await continues."""

    async def block(inner):
        async with limit(1):
            await inner

    async def main():
        inner = failing_group()
        with pytest.raises(ExceptionGroup):
            await compiled_coroutine(block(inner), inner if shows == "what it waits for" else None)
        return await next_await(), cancelling(asyncio.current_task())

    assert run(main()) == ("goes on", 0)


def test_local_with_a_raising_metaclass_may_be_a_scope():
    """Every look-up on its class raises, so a withdrawal cannot be ruled out; no stray cancellation follows."""

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

    def test_compiled_timeout_leaves_no_cancellation():
        """Its methods are unknown, but it refers to the task. It fires, and the group's error leaves it."""

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
