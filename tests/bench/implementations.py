"""The implementations that are compared: every way to run children and wait for them."""

import asyncio
import importlib
import sys
from importlib.metadata import PackageNotFoundError, version

from . import hand_written

OURS = "taskgroup_compat"
HAND_WRITTEN = "hand-written"
NATIVE = "asyncio.TaskGroup"
GATHER = "gather"
PEERS = ("taskgroup", "quattro", "aiotools", "anyio")
# These decide the goals, so they get the rounds that are left when time runs out.
DECISIVE = (OURS, HAND_WRITTEN, NATIVE)


class GroupStyle:
    """A class whose objects are entered and have `create_task(coroutine)`."""

    @staticmethod
    async def fill(enter, functions):
        async with enter() as group:
            for function in functions:
                group.create_task(function())

    @staticmethod
    def spawn(group, function, *arguments):
        group.create_task(function(*arguments))


class NurseryStyle:
    """anyio's `start_soon(function, *arguments)`."""

    @staticmethod
    async def fill(enter, functions):
        async with enter() as group:
            for function in functions:
                group.start_soon(function)

    @staticmethod
    def spawn(group, function, *arguments):
        group.start_soon(function, *arguments)


class GatherStyle:
    """`await gather(*coroutines)`: nothing to enter, and siblings go on when one fails."""

    @staticmethod
    async def fill(enter, functions):
        await enter(*[function() for function in functions])


class Implementation:
    def __init__(self, name, enter, style, module=None):
        self.name = name
        self.enter = enter
        self.style = style
        self.module = module

    @property
    def version(self):
        try:
            return version(self.module) if self.module else None
        except PackageNotFoundError:
            return None


def find_all():
    """The implementations that can be imported, and for the others the reason why not."""
    found = [Implementation(HAND_WRITTEN, hand_written.Group, GroupStyle)]
    missing = {}
    found.append(Implementation(GATHER, asyncio.gather, GatherStyle))
    if sys.version_info >= (3, 11):
        found.append(Implementation(NATIVE, asyncio.TaskGroup, GroupStyle))
    for name in (OURS, *PEERS):
        try:
            module = importlib.import_module(name)
        except ImportError as error:
            missing[name] = repr(error)
            continue
        if name == "anyio":
            found.append(Implementation(name, module.create_task_group, NurseryStyle, name))
        else:
            found.append(Implementation(name, module.TaskGroup, GroupStyle, name))
    found.sort(key=lambda implementation: (OURS, HAND_WRITTEN, NATIVE, GATHER, *PEERS).index(implementation.name))
    return found, missing
