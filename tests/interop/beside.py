"""The second table: the package's timeout around and inside each scope, when both are due, and the program inside."""

import asyncio
import functools

from taskgroup_compat import TaskGroup

from .matrix import HAIR, WHEN, _caught, _cleans, _fails_cleaning
from .running import Broken
from .scopes import SCOPES


async def wait_for(run, when, block):
    await asyncio.wait_for(block(), when - run.now)


async def returns_in_time(run):
    await run.sleep(1)


async def waits(run):
    await run.sleep(50)


async def cleans_up(run):
    try:
        await run.sleep(50)
    finally:
        await run.awaits("cleaning up", 3)


async def fails_cleaning_up(run):
    try:
        await run.sleep(50)
    finally:
        raise Broken("cleaning up")


async def swallows(run):
    try:
        await run.sleep(50)
    except asyncio.CancelledError:
        run.say("swallowed")
    await run.awaits("after it", 3)


async def group_waits(run):
    async with TaskGroup() as group:
        group.create_task(run.sleep(50))
        await run.sleep(50)


async def group_cleans_up(run):
    async with TaskGroup() as group:
        group.create_task(_cleans(run, 2))


async def child_fails_cleaning_up(run):
    async with TaskGroup() as group:
        group.create_task(_fails_cleaning(run, 0))


async def child_fails_cleaning_up_caught(run):
    await _caught(run, "inside", functools.partial(child_fails_cleaning_up, run))
    await run.awaits("inside", 3)


async def outside_cancels_just_before(run):
    run.at(WHEN - HAIR, run.task.cancel)
    await run.sleep(50)


async def outside_cancels_while_a_child_cleans_up(run):
    run.at(WHEN + 1, run.task.cancel)
    await group_cleans_up(run)


async def outside_cancels_while_cleaning_up(run):
    # not run.task.cancel, which is from before the timeout was entered
    run.at(WHEN + 1, lambda: run.task.cancel())
    await cleans_up(run)


BLOCKS = [
    returns_in_time,
    waits,
    cleans_up,
    fails_cleaning_up,
    swallows,
    group_waits,
    group_cleans_up,
    child_fails_cleaning_up,
    child_fails_cleaning_up_caught,
    outside_cancels_just_before,
    outside_cancels_while_a_child_cleans_up,
    outside_cancels_while_cleaning_up,
]

# When the outer and the inner one are due: together is within one iteration of the loop.
TIMES = {
    "the inner one first": (WHEN + 2, WHEN),
    "the outer one first": (WHEN, WHEN + 2),
    "both, the inner one before": (WHEN + HAIR, WHEN),
    "both, the outer one before": (WHEN, WHEN + HAIR),
}


async def beside(run, outer, inner, times, block):
    async def inside():
        await _caught(run, "between", functools.partial(inner, run, times[1], functools.partial(block, run)))
        await run.awaits("between")

    await _caught(run, "outside", functools.partial(outer, run, times[0], inside))
    await run.awaits("outside")


def scenarios(scopes=SCOPES):
    """All scenarios by name."""
    table = {}
    ours = scopes["timeout_at"]
    pairs = {}
    for name, scope in {**scopes, "asyncio.wait_for": wait_for}.items():
        pairs[f"{name} inside ours"] = ours, scope
        pairs[f"{name} around ours"] = scope, ours
    for pair, (outer, inner) in pairs.items():
        for when, times in TIMES.items():
            for block in BLOCKS:
                name = f"{pair}: {when}, {block.__name__.replace('_', ' ')}"
                table[name] = functools.partial(beside, outer=outer, inner=inner, times=times, block=block)
    return table
