"""`python -m tests.bench.instructions.cancelling`: the process that counts one cancellation of a task in a group.

The cost may grow with the depth of the awaits and the managers that the task has entered, and with nothing else. One
count is of `cancel()`, the next of all that follows until the task has ended. The group's child
fails while it cleans up, so that a request remains beside an error.
"""

import asyncio
import gc
import sys
from collections import OrderedDict, deque

from .counter import count_nothing, start, stop

if sys.version_info >= (3, 11):
    from asyncio import TaskGroup as NativeGroup
else:
    NativeGroup = None

PLAIN, SCOPE = "a plain function", "an entered scope"
MILLION = 1_000_000
REACHABLE = {
    "none": lambda: None,
    "a deque": lambda: deque(range(MILLION)),
    "an OrderedDict": lambda: OrderedDict.fromkeys(range(MILLION)),
    "a list": lambda: list(range(MILLION)),
}
# Who cancels, the depth of the awaits, the entered managers, the container that a local variable and a manager hold.
SHAPES = [(who, depth, managers, "none") for who in (PLAIN, SCOPE) for depth in (10, 100, 1000) for managers in (0, 20)]
SHAPES += [(who, 10, 20, held) for who in (PLAIN, SCOPE) for held in list(REACHABLE)[1:]]
ROUNDS = 3  # The last one is counted.


class Manager:
    """A context manager that a task enters; it holds a container and could cancel the task."""

    def __init__(self, held):
        self.held = held

    async def __aenter__(self):
        self.task = asyncio.current_task()
        return self

    async def __aexit__(self, *details):
        pass

    def cancel(self):
        self.task.cancel()


async def clean_up():
    try:
        await asyncio.sleep(3600)
    finally:
        raise ValueError("clean-up")


async def innermost(group, held):
    async with group() as entered:
        entered.create_task(clean_up())
        await asyncio.sleep(3600)


async def deep(group, depth, managers, held):
    """Enter so many managers, a coroutine for each, then await as many coroutines as `depth` says."""
    if managers:
        async with Manager(held):
            await deep(group, depth, managers - 1, held)
    elif depth:
        await deep(group, depth - 1, 0, held)
    else:
        await innermost(group, held)


async def host(group, depth, managers, held, scopes):
    scope = Manager(held)
    scopes.append(scope)
    async with scope:
        await deep(group, depth, managers, held)


async def cancel_once(group, who, depth, managers, held, label):
    """Cancel one task; count it if there is a label."""
    scopes = []
    task = asyncio.ensure_future(host(group, depth, managers, held, scopes))
    for _ in range(5):
        await asyncio.sleep(0)
    cancel = scopes[0].cancel if who == SCOPE else lambda: task.cancel()
    gc.collect()
    if label:
        start()
    cancel()
    if label:
        stop(f"{label}|call")
    await asyncio.wait([task])
    if label:
        stop(f"{label}|end")
    if not task.cancelled():
        task.exception()


def main():
    from taskgroup_compat import TaskGroup

    groups = {"ours": TaskGroup}
    if NativeGroup is not None:
        groups["asyncio"] = NativeGroup
    sys.setrecursionlimit(20_000)
    gc.disable()
    count_nothing()
    for number, (who, depth, managers, held) in enumerate(SHAPES):
        container = REACHABLE[held]()
        for name, group in groups.items():
            for round_ in range(ROUNDS):
                label = f"{number}|{name}" if round_ == ROUNDS - 1 else None
                asyncio.run(cancel_once(group, who, depth, managers, container, label))


if __name__ == "__main__":
    main()
