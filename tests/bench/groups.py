"""The scenarios with children. Each function returns the CPU seconds that it took."""

import asyncio
import gc
import sys
from itertools import chain, repeat
from time import process_time

from .implementations import GatherStyle


class Failure(Exception):
    """The error of the failing child."""


async def noop():
    pass


async def yielding():
    await asyncio.sleep(0)


async def sleeping():
    await asyncio.sleep(3600)


async def failing():
    await asyncio.sleep(0)
    raise Failure


async def fill(implementation, function, children):
    started = process_time()
    await implementation.style.fill(implementation.enter, repeat(function, children))
    return process_time() - started


async def empty(implementation, times):
    enter = implementation.enter
    started = process_time()
    for _ in range(times):
        async with enter():
            pass
    return process_time() - started


async def one_fails(implementation, children):
    functions = chain(repeat(sleeping, children - 1), [failing])
    started = process_time()
    try:
        await implementation.style.fill(implementation.enter, functions)
    except BaseException as error:  # aiotools raises one that is no Exception.
        took = process_time() - started
        leaves = getattr(error, "exceptions", getattr(error, "__errors__", ()))
        if [type(leaf) for leaf in leaves] != [Failure]:
            raise
        return took
    raise AssertionError("the failure was lost")


async def cancelled(implementation, children):
    started = process_time()
    filling = implementation.style.fill(implementation.enter, repeat(sleeping, children))
    task = asyncio.get_running_loop().create_task(filling)
    for _ in range(3):
        await asyncio.sleep(0)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        return process_time() - started
    raise AssertionError("the cancellation was lost")


async def nested_in_one_task(implementation, depth):
    enter, spawn = implementation.enter, implementation.style.spawn

    async def nest(depth):
        async with enter() as group:
            spawn(group, noop)
            if depth > 1:
                await nest(depth - 1)

    started = process_time()
    await nest(depth)
    return process_time() - started


async def nested_through_children(implementation, depth):
    enter = implementation.enter

    if implementation.style is GatherStyle:

        async def nest(depth):
            if depth > 1:
                await enter(nest(depth - 1))

    else:
        spawn = implementation.style.spawn

        async def nest(depth):
            async with enter() as group:
                if depth > 1:
                    spawn(group, nest, depth - 1)

    started = process_time()
    await nest(depth)
    return process_time() - started


if sys.implementation.name == "pypy":

    def memory_in_use():
        for _ in range(4):  # An object with a finalizer takes several passes.
            gc.collect()
        return gc.get_stats()._s.total_gc_memory  # PyPy has no tracemalloc.

    def start_tracing():
        pass

    stop_tracing = start_tracing

else:
    import tracemalloc
    from tracemalloc import start as start_tracing
    from tracemalloc import stop as stop_tracing

    def memory_in_use():
        gc.collect()
        return tracemalloc.get_traced_memory()[0]


async def memory(implementation, children):
    """Not seconds but bytes, of a group whose children all sleep."""
    before = memory_in_use()
    filling = implementation.style.fill(implementation.enter, repeat(sleeping, children))
    task = asyncio.get_running_loop().create_task(filling)
    for _ in range(3):
        await asyncio.sleep(0)
    grown = memory_in_use() - before
    stop_tracing()
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        return grown
    raise AssertionError("the cancellation was lost")


def traced_memory(implementation, children):
    start_tracing()
    return run(memory, implementation, (children,))


async def repeated(function, implementation, arguments, times):
    return sum([await function(implementation, *arguments) for _ in range(times)])


def run(function, implementation, arguments, times=1):
    """Run one sample in a new loop. Garbage of earlier samples is collected first, outside the measurement."""
    gc.collect()
    return asyncio.run(repeated(function, implementation, arguments, times))
