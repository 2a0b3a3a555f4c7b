"""A TaskGroup's failure handled: with `except*` where that exists, with `catch` everywhere."""

import asyncio
import sys

import pytest

from taskgroup_compat import TaskGroup, catch

from ..support import virtual_time

CATCH = """
async def main():
    def caught(group):
        for exc in group.exceptions:
            print("Caught:", exc)

    with catch({RuntimeError: caught}):
        async with TaskGroup() as tg:
            for number in 1, 2, 3:
                tg.create_task(risky_task(number))
"""
STATEMENT = """
async def main():
    try:
        async with TaskGroup() as tg:
            for number in 1, 2, 3:
                tg.create_task(risky_task(number))
    except* RuntimeError as group:
        for exc in group.exceptions:
            print("Caught:", exc)
"""


@pytest.mark.parametrize(
    "program",
    [
        pytest.param(CATCH, id="catch"),
        pytest.param(
            STATEMENT,
            id="statement",
            marks=pytest.mark.skipif(sys.version_info < (3, 11), reason="except* exists since 3.11"),
        ),
    ],
)
def test_a_failing_task_cancels_its_siblings_and_its_error_is_caught(program, capsys):
    """One of three raises at once: the others are cancelled before they finish, nothing is left."""
    cancelled = []

    async def risky_task(number):
        if number == 2:
            raise RuntimeError(f"Task {number} failed")
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError:
            cancelled.append(number)
            raise
        print("Finished:", number)

    names = {"TaskGroup": TaskGroup, "catch": catch, "risky_task": risky_task}
    exec(program, names)

    async def whole():
        await names["main"]()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    virtual_time.run(whole())
    assert capsys.readouterr().out == "Caught: Task 2 failed\n"
    # 3 has not started yet where 2 fails, except with eager tasks; the order of cancelling is that of a set
    assert set(cancelled) <= {1, 3}
