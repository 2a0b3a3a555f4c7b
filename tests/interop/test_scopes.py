"""The table of library scopes has the outcomes of 3.15 on every version, loop and kind of task."""

import asyncio
import importlib.util
import sys

import pytest
import uvloop

from . import known, tables
from .running import SteppedTime, frozen, perform

# One scope of each library, for slower runs and those that differ little.
SOME = (
    "async_timeout.timeout ",
    "anyio.move_on_after ",
    "anyio.create_task_group ",
    "aiohttp's timer ",
    "timeout_at ",
)


def _parameter(table, group):
    reasons = [
        reason
        for start, (same_from, reason) in known.OTHER_SCOPES.items()
        if group.startswith(start) and sys.version_info < same_from
    ]
    return pytest.param(table, group, marks=[pytest.mark.skip(reason=reason) for reason in reasons])


GROUPS = [(table, group) for table, groups in tables.SCENARIOS.items() for group in groups]
SOME_GROUPS = [
    (table, group)
    for table, group in GROUPS
    if group.startswith(SOME) and not group.startswith("async_timeout.timeout in an ")
]
# asyncio keeps a stack for each handle then, which takes ten times as long
DEBUGGED = [
    ("scopes", scope + place) for scope in SOME[:2] for place in ("around", "in the body", "between two groups")
]
EXPECTED = {table: tables.expected(table) for table in tables.MATRICES}
# a Task that is written in Python gives errors more contexts, where anyio looks for its own
PURE = {table: tables.expected(table, pure=True) for table in tables.MATRICES}


class UvloopLoop(SteppedTime, uvloop.Loop):
    """uvloop with a clock that can be moved."""


class SubclassedTask(asyncio.Task):
    """A Task that is not exactly a Task."""


def subclassed(loop, coro, **kwargs):
    return SubclassedTask(coro, loop=loop, **kwargs)


def pure_python(loop, coro, **kwargs):
    return asyncio.tasks._PyTask(coro, loop=loop, **kwargs)


def counting(loop, coro, **kwargs):
    from backports.asyncio.runner.tasks import Task

    return Task(coro, loop=loop, **kwargs)


def outcomes_of(table, group, new_loop=None, **options):
    outcomes, cycles = {}, {}
    with frozen():
        for name, row in tables.SCENARIOS[table][group].items():
            outcomes[name], found = perform(row, loop=new_loop and new_loop(), **options)
            # 3.15's own group leaves some of its frames to the collector
            if found and sys.version_info < (3, 15):
                cycles[name] = found
    return outcomes, cycles


@pytest.mark.parametrize("table, group", [_parameter(*each) for each in GROUPS])
def test_outcome_is_that_recorded_on_3_15(table, group):
    """Same events at the same times, one and the same task, nothing reported, nothing left for the collector."""
    assert outcomes_of(table, group) == (EXPECTED[table][group], {})


@pytest.mark.parametrize("table, group", SOME_GROUPS)
def test_uvloop_does_not_change_the_outcome(table, group):
    """uvloop has no ready queue that can be reached, and its callbacks have no frame of a loop below them."""
    assert outcomes_of(table, group, UvloopLoop) == (
        {**EXPECTED[table][group], **known.late_on_uvloop(table, group)},
        {},
    )


@pytest.mark.parametrize("table, group", DEBUGGED)
def test_debug_mode_does_not_change_the_outcome(table, group):
    assert outcomes_of(table, group, debug=True) == (EXPECTED[table][group], {})


@pytest.mark.parametrize("table, group", SOME_GROUPS)
def test_a_task_factory_with_a_subclass_of_task_does_not_change_the_outcome(table, group):
    assert outcomes_of(table, group, task_factory=subclassed) == (EXPECTED[table][group], {})


# from 3.14 on current_task() of the C module does not see a Task of the pure Python one
if sys.version_info < (3, 14):

    @pytest.mark.parametrize("table, group", SOME_GROUPS)
    def test_the_pure_python_task_does_not_change_the_outcome(table, group):
        assert outcomes_of(table, group, task_factory=pure_python) == (PURE[table][group], {})


# pytest-asyncio brings it there
if (3, 9) <= sys.version_info < (3, 11):

    @pytest.mark.parametrize("table, group", SOME_GROUPS)
    def test_a_task_that_counts_under_libraries_that_do_not_changes_no_outcome(table, group):
        """The Task that backports.asyncio.runner gives has uncancel(), which no library calls on these versions."""
        assert importlib.util.find_spec("backports.asyncio.runner")
        assert outcomes_of(table, group, task_factory=counting) == (PURE[table][group], {})
