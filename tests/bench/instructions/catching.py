"""The counted operations of `catch`. Each takes a `catch` and how many operations to do, or the groups to raise."""

import contextlib
import sys

if sys.version_info < (3, 11):
    from exceptiongroup import ExceptionGroup


def handler(group):
    pass


async def coroutine_handler(group):
    pass


def ten_leaves(count):
    """Return the groups that are raised: they are made before the count."""
    return [ExceptionGroup("", [ValueError(n) if n % 2 else OSError(n) for n in range(10)]) for _ in range(count)]


async def new(catch, count):
    for _ in range(count):
        with catch({ValueError: handler, OSError: handler}):
            pass


async def kept(catch, count):
    catching = catch({ValueError: handler, OSError: handler})
    for _ in range(count):
        with catching:
            pass


async def new_with_coroutine(catch, count):
    for _ in range(count):
        async with catch({ValueError: handler, OSError: coroutine_handler}):
            pass


async def ten_new(catch, groups):
    for group in groups:
        with catch({ValueError: handler, OSError: handler}):
            raise group


async def ten_kept(catch, groups):
    catching = catch({ValueError: handler, OSError: handler})
    for group in groups:
        with catching:
            raise group


async def suppress(_, count):
    for _ in range(count):
        with contextlib.suppress(ValueError, OSError):
            pass
