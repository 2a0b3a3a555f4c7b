"""The table: each scope of a library, its place, the events in the group, and the place that catches its error."""

import asyncio
import functools

from taskgroup_compat import TaskGroup

from .running import Broken, describe
from .scopes import SCOPES

# The scope's time is 2. A hair before and after are in the same iteration of the loop, in this order.
WHEN = 2
HAIR = 1e-10


async def _fails(run, when, label="child"):
    await run.sleep(when - run.now)
    raise Broken(label)


async def _fails_cleaning(run, delay):
    try:
        await run.sleep(50)
    except asyncio.CancelledError:
        if delay:
            await run.sleep(delay)
        raise Broken("cleaning up")


async def _cleans(run, delay):
    try:
        await run.sleep(50)
    finally:
        await run.sleep(delay)
        run.say("child has cleaned up")


async def _swallows(run, delay):
    try:
        await run.sleep(50)
    except asyncio.CancelledError:
        await run.sleep(delay)
        run.say("child goes on")


async def _cancels(run, group, when):
    await run.sleep(when - run.now)
    group.cancel()


async def all_goes_well(run, group):
    group.create_task(run.sleep(1))


async def child_cleans_up(run, group):
    group.create_task(_cleans(run, 1))
    await run.sleep(50)


async def child_fails_cleaning_up(run, group):
    group.create_task(_fails_cleaning(run, 0))
    await run.sleep(50)


async def child_fails_cleaning_up_slowly(run, group):
    group.create_task(_fails_cleaning(run, 1))
    await run.sleep(50)


async def child_fails_at_once(run, group):
    group.create_task(_fails(run, run.now + 1))
    await run.sleep(50)


async def child_fails_and_another_cleans_up(run, group):
    group.create_task(_fails(run, run.now + 1))
    group.create_task(_cleans(run, 2))
    await run.sleep(50)


async def child_fails_just_before(run, group):
    group.create_task(_fails(run, WHEN - HAIR))
    await run.sleep(50)


async def child_fails_just_after(run, group):
    group.create_task(_fails(run, WHEN + HAIR))
    await run.sleep(50)


async def body_fails(run, group):
    group.create_task(_cleans(run, 2))
    await run.sleep(1)
    raise Broken("body")


async def body_fails_when_cancelled(run, group):
    group.create_task(_fails_cleaning(run, 1))
    try:
        await run.sleep(50)
    except asyncio.CancelledError:
        raise Broken("body")


async def child_swallows(run, group):
    group.create_task(_swallows(run, 2))
    await run.sleep(50)


async def body_swallows(run, group):
    group.create_task(_fails_cleaning(run, 0))
    try:
        await run.sleep(50)
    except asyncio.CancelledError:
        run.say("body swallows")
    await run.awaits("body", 1)


async def outside_cancels_just_before(run, group):
    run.at(WHEN - HAIR, run.task.cancel)
    group.create_task(_cleans(run, 1))
    await run.sleep(50)


async def outside_cancels_just_after(run, group):
    run.at(WHEN + HAIR, run.task.cancel)
    group.create_task(_cleans(run, 1))
    await run.sleep(50)


async def outside_cancels_just_before_and_child_fails(run, group):
    run.at(WHEN - HAIR, run.task.cancel)
    await child_fails_cleaning_up(run, group)


async def outside_cancels_just_after_and_child_fails(run, group):
    run.at(WHEN + HAIR, run.task.cancel)
    await child_fails_cleaning_up(run, group)


async def outside_cancels_while_a_child_fails_slowly(run, group):
    run.at(WHEN + 1, run.task.cancel)
    group.create_task(_fails_cleaning(run, 3))
    await run.sleep(50)


async def child_cancels_the_group(run, group):
    group.create_task(_cancels(run, group, run.now + 1))
    group.create_task(_cleans(run, 2))
    await run.sleep(50)


async def child_cancels_the_group_just_before(run, group):
    group.create_task(_cancels(run, group, WHEN - HAIR))
    await run.sleep(50)


async def body_cancels_the_group(run, group):
    group.create_task(_fails_cleaning(run, 2))
    await run.sleep(1)
    group.cancel()
    await run.awaits("body", 1)


ACTIONS = [
    all_goes_well,
    child_cleans_up,
    child_fails_cleaning_up,
    child_fails_cleaning_up_slowly,
    child_fails_at_once,
    child_fails_and_another_cleans_up,
    child_fails_just_before,
    child_fails_just_after,
    body_fails,
    body_fails_when_cancelled,
    child_swallows,
    body_swallows,
    outside_cancels_just_before,
    outside_cancels_just_after,
    outside_cancels_just_before_and_child_fails,
    outside_cancels_just_after_and_child_fails,
    outside_cancels_while_a_child_fails_slowly,
    child_cancels_the_group,
    child_cancels_the_group_just_before,
    body_cancels_the_group,
]


async def _group(run, action):
    async with TaskGroup() as group:
        run.check()
        await action(run, group)
    run.say("group left")


async def _caught(run, label, block):
    """Runs a block; an Exception that leaves it is caught, as programs do, a cancellation is not."""
    try:
        await block()
    except Exception as error:
        run.say(f"{label} catches {describe(error)}")
    except BaseException as error:
        run.say(f"{label} passes {describe(error)}")
        raise
    run.check()


async def around(run, scope, action, inside):
    async def block():
        if inside:
            await _caught(run, "inside", functools.partial(_group, run, action))
        else:
            await _group(run, action)
        await run.awaits("inside", 5)

    await _caught(run, "outside", functools.partial(scope, run, WHEN, block))
    await run.awaits("outside")


async def around_and_left_at_once(run, scope, action, inside):
    async def block():
        if inside:
            await _caught(run, "inside", functools.partial(_group, run, action))
        else:
            await _group(run, action)

    await _caught(run, "outside", functools.partial(scope, run, WHEN, block))
    await run.awaits("outside")


async def in_the_body(run, scope, action, inside):
    async def block():
        await action(run, group)

    async def body():
        nonlocal group
        async with TaskGroup() as group:
            run.check()
            if inside:
                await _caught(run, "inside", functools.partial(scope, run, WHEN, block))
            else:
                await scope(run, WHEN, block)
            await run.awaits("inside")

    group = None
    try:
        await _caught(run, "outside", body)
    finally:
        group = None
    await run.awaits("outside")


async def in_a_child(run, scope, action, inside):
    async def block():
        await run.awaits("child's block", 50)

    async def child():
        if inside:
            await _caught_in_child(run, functools.partial(scope, run, WHEN, block))
        else:
            await scope(run, WHEN, block)
        await run.awaits("child")

    async def body():
        async with TaskGroup() as group:
            group.create_task(child())
            await action(run, group)

    await _caught(run, "outside", body)
    await run.awaits("outside")


async def _caught_in_child(run, block):
    try:
        await block()
    except Exception as error:
        run.say(f"child catches {describe(error)}")


async def before(run, scope, action, inside):
    async def block():
        await run.sleep(50)

    # the scope ends one unit before the time of the table
    await _caught(run, "before", functools.partial(scope, run, WHEN - 1, block))
    await _caught(run, "group", functools.partial(_group, run, action))
    await run.awaits("outside")


async def between_two_groups(run, scope, action, inside):
    async def block():
        if inside:
            await _caught(run, "inside", functools.partial(_group, run, action))
        else:
            await _group(run, action)
        await run.awaits("inside", 5)

    async def body():
        async with TaskGroup() as group:
            group.create_task(_cleans(run, 1))
            await _caught(run, "between", functools.partial(scope, run, WHEN, block))
            await run.awaits("between")
            raise Broken("outer body")

    await _caught(run, "outside", body)
    await run.awaits("outside")


async def around_two_groups(run, scope, action, inside):
    async def block():
        if inside:
            await _caught(run, "inside", body)
        else:
            await body()
        await run.awaits("inside", 5)

    async def body():
        async with TaskGroup() as group:
            group.create_task(_fails_cleaning(run, 0))
            await _group(run, action)
            await run.awaits("between")

    await _caught(run, "outside", functools.partial(scope, run, WHEN, block))
    await run.awaits("outside")


POSITIONS = {
    around: (True, False),
    around_and_left_at_once: (True, False),
    in_the_body: (True, False),
    in_a_child: (True, False),
    before: (False,),
    between_two_groups: (True, False),
    around_two_groups: (True, False),
}


PLACES = [position.__name__.replace("_", " ") for position in POSITIONS]


def scenarios(scopes=SCOPES):
    """All scenarios by name."""
    table = {}
    for scope_name, scope in scopes.items():
        for position, places in POSITIONS.items():
            for inside in places:
                for action in ACTIONS:
                    name = "{} {}: {}{}".format(
                        scope_name,
                        position.__name__.replace("_", " "),
                        action.__name__.replace("_", " "),
                        ", caught inside" if inside else "",
                    )
                    table[name] = functools.partial(position, scope=scope, action=action, inside=inside)
    return table
