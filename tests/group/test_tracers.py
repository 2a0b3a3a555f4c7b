"""Tracers and bridges that replace functions of asyncio, and loops that run a queue of their own.

The expected outcomes are those of 3.15 with its own group.
"""

import asyncio
import functools
import inspect
import sys
from asyncio import BaseEventLoop

import pytest

from taskgroup_compat import ExceptionGroup, TaskGroup
from taskgroup_compat._children import _unless_replaced
from tests.support.scopes import BELOW_311, next_await
from tests.support.virtual_time import VirtualTimeLoop, run

PYPY = sys.implementation.name == "pypy"


def test_function_replaced_before_the_import_is_called():
    """A function from another module than asyncio's is called; the group does not bypass it."""
    own = asyncio.BaseEventLoop.create_task

    def create_task(self, *args, **keywords):
        return own(self, *args, **keywords)

    assert _unless_replaced(own, asyncio.base_events) is own
    assert _unless_replaced(create_task, asyncio.base_events) is None
    assert _unless_replaced(functools.partial(own), asyncio.base_events) is None


class QueueThatNobodyRuns(VirtualTimeLoop):
    """As in qasync and gbulb: the loop inherits asyncio's queue, and runs another one."""

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


class QueueBehindCallSoon(QueueThatNobodyRuns):
    """Inherits asyncio's call_soon() too, and replaces what that calls."""

    call_soon = VirtualTimeLoop.call_soon

    def _call_soon(self, callback, args, context):
        return self.call_later(0, callback, *args, context=context)


@pytest.mark.parametrize("kind", [QueueThatNobodyRuns, QueueBehindCallSoon])
def test_loop_with_its_own_queue_does_not_block_the_group(kind):
    """A group that cancels itself is left on such a loop, and the code after it runs."""

    async def main():
        async with TaskGroup() as group:
            group.cancel()
        return await next_await()

    loop = kind()
    try:
        task = loop.create_task(asyncio.wait_for(main(), 5))
        task.add_done_callback(lambda task: loop.stop())
        loop.run_forever()
        assert task.result() == "goes on"
    finally:
        loop.close()


@pytest.mark.parametrize("keywords", [{}, {"name": "child"}])
@pytest.mark.parametrize("factory", ["none", "plain", "eager"])
def test_patched_loop_create_task_sees_every_child(monkeypatch, factory, keywords):
    """A tracer replaces BaseEventLoop.create_task after the import of this package."""
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
def test_patched_asyncio_group_sees_the_children_of_ours(monkeypatch):
    """A tracer replaces asyncio.TaskGroup.create_task; our group still manages the children."""
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


@pytest.mark.skipif(BELOW_311, reason="there is no asyncio.TaskGroup before 3.11")
def test_traced_child_that_the_loop_refuses_is_closed(monkeypatch):
    """The error of the loop is raised; from 3.15 on asyncio's own group leaves the coroutine to the caller."""
    real = asyncio.TaskGroup.create_task

    def refuses(loop, coro, **kwargs):
        raise ValueError("no more tasks")

    async def main():
        refused = asyncio.sleep(0)
        async with TaskGroup() as group:
            asyncio.get_running_loop().set_task_factory(refuses)
            with pytest.raises(ValueError, match="no more tasks"):
                group.create_task(refused)
            asyncio.get_running_loop().set_task_factory(None)
        state = inspect.getcoroutinestate(refused)
        refused.close()
        return state

    monkeypatch.setattr(asyncio.TaskGroup, "create_task", lambda self, coro, **kwargs: real(self, coro, **kwargs))
    assert run(main()) == ("CORO_CREATED" if sys.version_info >= (3, 15) else "CORO_CLOSED")


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with 3.12")
def test_traced_eager_child_that_cancels_its_group_is_cancelled(monkeypatch):
    """It was no child of the group yet when it cancelled it: gh-155418."""
    real = asyncio.TaskGroup.create_task

    async def cancels(group):
        group.cancel()
        await asyncio.sleep(10)

    async def main():
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
        async with TaskGroup() as group:
            child = group.create_task(cancels(group))
        return child.cancelled(), asyncio.get_running_loop().time()

    monkeypatch.setattr(asyncio.TaskGroup, "create_task", lambda self, coro, **kwargs: real(self, coro, **kwargs))
    assert run(main()) == (True, 0)


@pytest.mark.skipif(BELOW_311, reason="there is no asyncio.TaskGroup before 3.11")
def test_tracer_removed_inside_a_group_loses_no_child(monkeypatch):
    """Children that the patch created and children that the group created end alike."""
    real = asyncio.TaskGroup.create_task

    def create_task(self, coro, **kwargs):
        return real(self, coro, **kwargs)

    async def main():
        async with TaskGroup() as group:
            first = group.create_task(asyncio.sleep(1, 1))
            monkeypatch.setattr(asyncio.TaskGroup, "create_task", create_task)
            second = group.create_task(asyncio.sleep(3, 2))
            await asyncio.sleep(2)
            monkeypatch.undo()
            third = group.create_task(asyncio.sleep(3, 3))
        return first.result(), second.result(), third.result()

    assert run(main()) == (1, 2, 3)


def test_functions_patched_by_bridges_are_used(monkeypatch):
    """asyncio's functions are looked up at each call."""
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
