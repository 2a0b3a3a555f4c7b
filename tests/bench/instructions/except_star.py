"""The statement `except*`, in a file of its own because only 3.11 and later can read it."""

from .catching import handler


async def nothing_raised(_, count):
    for _ in range(count):
        try:
            pass
        except* ValueError as group:
            handler(group)
        except* OSError as group:
            handler(group)


async def ten_leaves(_, groups):
    for each in groups:
        try:
            raise each
        except* ValueError as group:
            handler(group)
        except* OSError as group:
            handler(group)
