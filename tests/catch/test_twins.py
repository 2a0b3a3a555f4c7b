"""`catch` against `except*`: the same programs, whole outcomes compared."""

import json
import os
import sys
from difflib import unified_diff

import pytest

from .cases import Case
from .recording import CASES, digest_of_programs, load, recorded_programs
from .running import Run

# 3.11 keeps what is left as it is where a clause matches nothing, later ones rebuild it; a split of the wrong shape
# crashes the interpreter before 3.14. There the recorded outcomes of 3.15 are the reference.
IS_REFERENCE = sys.version_info >= (3, 12)
CRASHES = ("SplitShort(", "SplitList(")
# What PyPy 3.9 does in its own way: it puts a traceback back that was taken off, so that the rest of a statement
# which stands in another one, directly in a handler, counts as new there.
PYPY_DIFFERS = {False: {183, 216, 1427, 1800}, True: {712, 1614, 1743, 1876}}
STEP = 250
MORE = int(os.environ.get("CATCH_CASES", "1000"))


@pytest.fixture(scope="module")
def recorded():
    return load()


def blocks(count):
    return [pytest.param(first, id=f"{first}-{min(first + STEP, count) - 1}") for first in range(0, count, STEP)]


def told(outcome):
    return [json.dumps(event) for event in outcome]


def difference(expected, run):
    return "\n".join([run.source, *unified_diff(told(expected), told(run.outcome), "except*", "catch", "", "", n=99)])


def own_frames_allowed():
    return 0 if sys.version_info >= (3, 11) else 1


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("first", blocks(CASES))
def test_catch_leaves_what_the_statement_of_3_15_left(recorded, first, is_async):
    """Handlers, structure, identity, causes, contexts, notes, errors, sys.exc_info(): as 3.15 recorded them."""
    differing = set()
    for seed in range(first, min(first + STEP, CASES)):
        run = Run(Case(seed, is_async), "catch")
        expected = recorded[is_async][seed]
        if told(run.outcome) != told(expected):
            differing.add(seed)
            known = PYPY_DIFFERS[is_async] if sys.implementation.name == "pypy" else set()
            assert seed in known, difference(expected, run)
        assert sys.implementation.name == "pypy" or max(run.frames_of_ours(), default=0) <= own_frames_allowed()
    if sys.implementation.name == "pypy":
        assert differing == {seed for seed in PYPY_DIFFERS[is_async] if first <= seed < first + STEP}


@pytest.mark.skipif(not IS_REFERENCE, reason="except* exists since 3.11, and does since 3.12 what 3.15 does")
@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("first", blocks(MORE))
def test_catch_leaves_what_the_statement_beside_it_leaves(first, is_async):
    """More cases on request (CATCH_CASES=6000), after those that are recorded."""
    for seed in range(CASES + first, CASES + min(first + STEP, MORE)):
        case = Case(seed, is_async)
        source = case.source("except*")
        if sys.version_info < (3, 14) and any(each in source for each in CRASHES):
            continue
        expected = Run(case, "except*").outcome
        run = Run(case, "catch")
        assert told(run.outcome) == told(expected), difference(expected, run)
        assert max(run.frames_of_ours(), default=0) == 0


def test_cases_are_the_same_on_every_python():
    """The programs that were recorded are those that are replayed here."""
    assert recorded_programs() == digest_of_programs(CASES)


def test_cases_reach_every_kind_of_event(recorded):
    """Handlers, splitting, deriving, throwing and swallowing all take place in the cases."""
    seen = {event[0].rstrip("0123456789") for outcomes in recorded.values() for each in outcomes for event in each}
    assert seen >= {"before", "h", "derive", "split", "again", "quiet", "finally", "thrown", "step", "after", "left"}
