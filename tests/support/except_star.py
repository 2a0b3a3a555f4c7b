"""Code with the except* statement, which only 3.11 and later can read."""


async def print_caught(awaitable):
    try:
        await awaitable
    except* RuntimeError as group:
        for error in group.exceptions:
            print(f"Caught: {error}")
