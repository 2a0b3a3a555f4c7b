"""The counted operations of timeouts. Each takes the function that makes one and how many operations to do."""

import asyncio


async def quiet(make, count):
    for _ in range(count):
        async with make(3600):
            pass


async def without_limit(make, count):
    for _ in range(count):
        async with make(None):
            pass


async def expired(make, count):
    for _ in range(count):
        try:
            async with make(0):
                await asyncio.sleep(3600)
        except (TimeoutError, asyncio.TimeoutError):
            pass


async def quiet_scope(make, count):
    """A cancel scope of anyio is entered by a plain `with`."""
    for _ in range(count):
        with make(3600):
            pass


async def expired_scope(make, count):
    for _ in range(count):
        with make(0):
            await asyncio.sleep(3600)
