"""Code with the except* statement, which only 3.11 and later can read."""


async def print_caught(awaitable):
    try:
        await awaitable
    except* RuntimeError as group:
        for error in group.exceptions:
            print(f"Caught: {error}")


async def awaiting_clause(awaitable, seen):
    try:
        raise ExceptionGroup("group", [ValueError(1), ValueError(2)])
    except* ValueError as group:
        seen.append(group)
        await awaitable


def handling_value_errors(error, handler):
    try:
        raise error
    except* ValueError as group:
        handler(group)
