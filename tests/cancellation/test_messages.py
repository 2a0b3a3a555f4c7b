"""Two cancellations at once, of which one has a message.

The expected outcomes are those of 3.15 with its own group.
"""

import asyncio
import sys

import pytest

from taskgroup_compat import TaskGroup, uncancel
from tests.support.virtual_time import run

PYPY = sys.implementation.name == "pypy"


# Two cancellations at once.


@pytest.mark.skipif(sys.version_info < (3, 9), reason="cancel() takes no message before 3.9")
@pytest.mark.skipif(sys.version_info >= (3, 15), reason="3.15's own group lets the one without a message leave")
def test_of_two_cancellations_the_one_with_a_message_propagates():
    """cancel() of the group, then a scope that recognises its own by the message, while a child still cleans up."""

    async def slow_to_end():
        try:
            await asyncio.sleep(10)
        finally:
            await asyncio.sleep(1)

    async def main():
        task = asyncio.current_task()
        loop = asyncio.get_running_loop()
        with pytest.raises(asyncio.CancelledError) as caught:
            async with TaskGroup() as group:
                group.create_task(slow_to_end())
                loop.call_later(1, group.cancel)
                loop.call_later(1.5, task.cancel, "by the scope")
                await asyncio.sleep(10)
        return caught.value.args, uncancel(task)

    assert run(main()) == (("by the scope",), 0)
