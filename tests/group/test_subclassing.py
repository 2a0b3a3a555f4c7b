"""TaskGroup as an object: subclasses, references, copies. Every expected value is that of 3.15."""

import asyncio
import copy
import gc
import pickle
import sys
import weakref

import pytest

from taskgroup_compat import TaskGroup
from tests.support.virtual_time import run


class WithSlots:
    __slots__ = ("label",)


class WithSlotsAndGroup(TaskGroup, WithSlots):
    pass


class WithDict(TaskGroup, dict):
    pass


class WithAttributes(TaskGroup):
    limit = 2

    def __init__(self, label):
        super().__init__()
        self.label = label


class WithCallback(TaskGroup):
    """Overrides the done callback, as groups that collect results do."""

    def __init__(self):
        super().__init__()
        self.ended = []

    def _on_task_done(self, task):
        self.ended.append(task.get_name())
        super()._on_task_done(task)


async def names_of(group):
    async with group:
        tasks = [group.create_task(asyncio.sleep(1, name)) for name in "ab"]
    return [task.result() for task in tasks]


@pytest.mark.parametrize("make", [WithSlotsAndGroup, WithDict, lambda: WithAttributes("x")])
def test_a_subclass_may_have_other_bases_and_attributes(make):
    """Base classes with an instance layout of their own do not conflict with TaskGroup."""
    group = make()
    group.label = "label"
    assert run(names_of(group)) == ["a", "b"]
    assert group.label == "label"


def test_an_overridden_done_callback_is_called_for_every_child():
    """The group looks its done callback up on the instance, so that subclasses can extend it."""

    async def main():
        group = WithCallback()
        async with group:
            group.create_task(asyncio.sleep(1), name="first")
            group.create_task(asyncio.sleep(2), name="second")
            await asyncio.sleep(5)
            group.create_task(asyncio.sleep(1), name="third")
        return group.ended

    assert run(main()) == ["first", "second", "third"]


@pytest.mark.parametrize("clone", [copy.copy, lambda group: pickle.loads(pickle.dumps(group))])
def test_a_copy_of_a_group_that_was_not_entered_is_a_group(clone):
    """Copies and pickles of an unused group can be entered."""
    assert run(names_of(clone(TaskGroup()))) == ["a", "b"]


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="only reference counts free an object at once")
def test_a_group_is_freed_when_its_last_child_has_ended():
    """A group that was left by force refers to itself only while it has children."""

    async def main():
        group = TaskGroup()
        await group.__aenter__()
        for _ in range(2):
            group.create_task(asyncio.sleep(1))
        reference = weakref.ref(group)
        del group
        await asyncio.sleep(2)
        return reference() is None

    gc.disable()
    try:
        assert run(main())
    finally:
        gc.enable()
