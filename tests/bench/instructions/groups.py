"""The counted operations of groups. Each takes an `Implementation` and how many operations to do."""

import asyncio
from itertools import repeat


class Failure(Exception):
    """The error of the child that fails."""


async def noop():
    pass


async def yielding():
    await asyncio.sleep(0)


async def sleeping():
    await asyncio.sleep(3600)


async def failing():
    await asyncio.sleep(0)
    raise Failure


async def noop_children(implementation, count):
    await implementation.style.fill(implementation.enter, repeat(noop, count))


async def yielding_children(implementation, count):
    await implementation.style.fill(implementation.enter, repeat(yielding, count))


def groups_of(size):
    """Return the operation that enters and leaves groups of so many children."""

    async def groups(implementation, count):
        fill, enter = implementation.style.fill, implementation.enter
        for _ in range(count):
            await fill(enter, repeat(noop, size))

    return groups


async def empty(implementation, count):
    enter = implementation.enter
    for _ in range(count):
        async with enter():
            pass


async def nested(implementation, count):
    enter = implementation.enter

    async def nest(depth):
        async with enter():
            if depth > 1:
                await nest(depth - 1)

    await nest(count)


async def one_fails(implementation, count):
    functions = [sleeping] * count
    functions[count // 2] = failing
    try:
        await implementation.style.fill(implementation.enter, functions)
    except BaseException as error:  # aiotools raises one that is no Exception.
        leaves = getattr(error, "exceptions", getattr(error, "__errors__", ()))
        if [type(leaf) for leaf in leaves] != [Failure]:
            raise
        return
    raise AssertionError("the failure was lost")


async def cancelled(implementation, count):
    filling = implementation.style.fill(implementation.enter, repeat(sleeping, count))
    task = asyncio.get_running_loop().create_task(filling)
    for _ in range(3):
        await asyncio.sleep(0)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        return
    raise AssertionError("the cancellation was lost")
