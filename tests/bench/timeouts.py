"""The scenarios of timeouts. Each function returns the CPU seconds that it took."""

import asyncio
import gc
import importlib
import sys
from time import process_time

from taskgroup_compat import timeout

OURS, NATIVE, PEER = "timeout", "asyncio.timeout", "async_timeout"


def find_all():
    """Return the functions that make a timeout, by name. From 3.11 on async_timeout's is a subclass of asyncio's."""
    found = {OURS: timeout}
    if sys.version_info >= (3, 11):
        found[NATIVE] = asyncio.timeout
    else:
        try:
            found[PEER] = importlib.import_module("async_timeout").timeout
        except ImportError:
            pass
    return found


async def quiet(make, times):
    """Timeouts that are entered and left, and do not fire."""
    started = process_time()
    for _ in range(times):
        async with make(3600):
            pass
    return process_time() - started


async def firing(make, times):
    """Timeouts that fire, one after the other."""
    started = process_time()
    for _ in range(times):
        try:
            async with make(0):
                await asyncio.sleep(3600)
        except (TimeoutError, asyncio.TimeoutError):
            pass
    return process_time() - started


async def at_once(make, times):
    """Tasks that are inside of a timeout at the same time, half of which fire."""

    async def limited(number):
        try:
            async with make(number % 2 and 3600):
                await asyncio.sleep(0 if number % 2 else 3600)
        except (TimeoutError, asyncio.TimeoutError):
            pass

    started = process_time()
    await asyncio.gather(*map(limited, range(times)))
    return process_time() - started


def run(function, make, times):
    """Run one sample. Garbage of earlier ones is collected before it."""
    gc.collect()
    return asyncio.run(function(make, times))
