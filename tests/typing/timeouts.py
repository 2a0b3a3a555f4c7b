"""What type checkers make of timeouts: read by them, never run."""

import asyncio
import sys
from typing import Optional

from typing_extensions import assert_type

from taskgroup_compat import TaskGroup, Timeout, timeout, timeout_at


async def limits(deadline: Optional[float]) -> int:
    limit = timeout(10)
    assert_type(limit, Timeout)
    assert_type(timeout(0.5), Timeout)
    assert_type(timeout(None), Timeout)
    assert_type(timeout_at(deadline), Timeout)
    assert_type(Timeout(deadline), Timeout)
    async with limit as entered:
        assert_type(entered, Timeout)
        assert_type(entered.when(), Optional[float])
        assert_type(entered.expired(), bool)
        entered.reschedule(deadline)
        entered.reschedule(asyncio.get_running_loop().time() + 1)
        # Nothing has to follow the block, as a timeout swallows nothing.
        return 1


async def beside_a_group() -> None:
    async with timeout(1), TaskGroup() as group:
        await group.create_task(asyncio.sleep(1))
    try:
        await beside_a_group()
    except TimeoutError as error:
        assert_type(error.errno, Optional[int])


if sys.version_info >= (3, 11):

    def takes_the_standard_one(limit: asyncio.Timeout) -> None:
        limit.reschedule(None)

    takes_the_standard_one(Timeout(None))
    takes_the_standard_one(timeout_at(None))
