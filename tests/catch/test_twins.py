"""`catch` against `except*`: the same programs, whole outcomes compared."""

import os
import sys
from difflib import unified_diff

import pytest

from .cases import Case
from .recording import CASES, digest_of_programs, digests, load, recorded_programs, without_contexts
from .recording import told as told_events
from .running import Run

# 3.11 keeps what is left as it is where a clause matches nothing, later ones rebuild it; a split of the wrong shape
# crashes the interpreter before 3.14. There the recorded outcomes of 3.15 are the reference.
IS_PYPY = sys.implementation.name == "pypy"
IS_REFERENCE = sys.version_info >= (3, 12) and not IS_PYPY
CRASHES = ("SplitShort(", "SplitList(")
# What PyPy does in its own way. It puts a traceback back that was taken off, or that a handler's `raise` has made, so
# that what a statement leaves which stands in another one, directly in a handler, counts as new there, or as reraised.
TRACEBACK_COMES_BACK = {
    "below 3.11": {
        False: {99, 759},
        True: {639, 712, 864},
    },
    "3.11": {
        False: {99, 759},
        True: {639, 712, 864},
    },
    "3.11 of PyPy 8": {
        False: set(),
        True: {639, 712, 864},
    },
}
# The split() of its own ExceptionGroup, which SplitKeeps calls, asks the hooks of the classes.
SPLIT_ASKS_HOOKS = {False: {255, 272}, True: {890, 943}}
# Since PyPy 8 a `raise` leaves the context of an exception as it is if that was set before.
KEEPS_CONTEXT = IS_PYPY and sys.pypy_version_info >= (8,)
if not IS_PYPY:
    DIFFERS = {False: set(), True: set()}
elif sys.version_info < (3, 11):
    DIFFERS = TRACEBACK_COMES_BACK["below 3.11"]
else:
    own = TRACEBACK_COMES_BACK["3.11 of PyPy 8" if KEEPS_CONTEXT else "3.11"]
    DIFFERS = {is_async: own[is_async] | SPLIT_ASKS_HOOKS[is_async] for is_async in own}
STEP = 250
MORE = int(os.environ.get("CATCH_CASES", "1000"))


@pytest.fixture(scope="module")
def recorded():
    return load()


def blocks(count):
    return [pytest.param(first, id=f"{first}-{min(first + STEP, count) - 1}") for first in range(0, count, STEP)]


def told(outcome):
    return told_events(without_contexts(outcome) if KEEPS_CONTEXT else outcome)


def difference(expected, run):
    return "\n".join([run.source, *unified_diff(told(expected), told(run.outcome), "except*", "catch", "", "", n=99)])


def shown(seed, is_async, run):
    """Return the outcome here, and how to see that of 3.15: the recording holds digests alone."""
    option = " --async" if is_async else ""
    command = f"to compare: python3.15 -m tests.catch.recording --show {seed}{option}"
    return "\n".join([run.source, *told(run.outcome), command])


def own_frames_allowed():
    return 0 if sys.version_info >= (3, 11) else 1


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("first", blocks(CASES))
def test_catch_raises_what_the_statement_of_3_15_raised(recorded, first, is_async):
    """Handlers, structure, identity, causes, contexts, notes, errors, sys.exc_info(): as 3.15 recorded them."""
    differing = set()
    for seed in range(first, min(first + STEP, CASES)):
        run = Run(Case(seed, is_async), "catch")
        if digests(run.outcome)[KEEPS_CONTEXT] != recorded[is_async][seed][KEEPS_CONTEXT]:
            differing.add(seed)
            assert seed in DIFFERS[is_async], shown(seed, is_async, run)
        assert IS_PYPY or max(run.frames_of_ours(), default=0) <= own_frames_allowed()
    assert differing == {seed for seed in DIFFERS[is_async] if first <= seed < first + STEP}


@pytest.mark.skipif(
    not IS_REFERENCE, reason="except* exists since 3.11, and does since CPython 3.12 what that of 3.15 does"
)
@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("first", blocks(MORE))
def test_catch_raises_what_the_statement_of_this_version_raises(first, is_async):
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


def test_cases_reach_every_kind_of_event():
    """Handlers, splitting, deriving, throwing and swallowing all take place in the cases."""
    runs = [Run(Case(seed, is_async), "catch") for is_async in (False, True) for seed in range(STEP)]
    seen = {event[0].rstrip("0123456789") for run in runs for event in run.outcome}
    assert seen >= {"before", "h", "derive", "split", "again", "quiet", "finally", "thrown", "step", "after", "left"}
    assert seen >= {"cleaned", "paused", "other", "callback"}
