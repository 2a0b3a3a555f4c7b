"""`catch` against `except*`: the same programs, whole outcomes compared."""

import json
import os
import re
import sys
from difflib import unified_diff

import pytest

from .cases import Case
from .recording import CASES, digest_of_programs, load, recorded_programs
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
        True: {639, 712, 864, 1286, 1495, 1778, 1876, 1877},
    },
    "3.11": {
        False: {99, 759},
        True: {639, 712, 864, 1171, 1286, 1495, 1778, 1876, 1877},
    },
    "3.11 of PyPy 8": {
        False: set(),
        True: {639, 712, 864, 1171, 1286, 1778, 1876, 1877},
    },
}
# The split() of its own ExceptionGroup, which SplitKeeps calls, asks the hooks of the classes.
SPLIT_ASKS_HOOKS = {False: {255, 272, 1182, 1190, 1560, 1599}, True: {890, 943, 1889}}
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
    return [json.dumps(event) for event in (without_contexts(outcome) if KEEPS_CONTEXT else outcome)]


def without_contexts(outcome):
    """The outcome as if nobody had looked at a context: exceptions are numbered as they are met elsewhere."""
    names, last, told_last, events = {}, {}, {}, []

    def named(text):
        return re.sub(r"#\d+", lambda number: names.setdefault(number.group(), f"#{len(names)}"), text)

    for event in outcome:
        changes = event[-1] if isinstance(event[-1], dict) else {}
        last.update({number: re.sub(r" context #\d+", "", text) for number, text in changes.items()})
        events.append([json.loads(named(json.dumps(part))) for part in event if part is not changes])
        shown = {}
        waiting = list(names)
        for number in waiting:
            if number in last and last[number] != told_last.get(number):
                told_last[number] = last[number]
                shown[names[number]] = named(last[number])
                waiting += [each for each in names if each not in waiting]
        events[-1].append(shown)
    return events


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
            assert seed in DIFFERS[is_async], difference(expected, run)
        assert IS_PYPY or max(run.frames_of_ours(), default=0) <= own_frames_allowed()
    assert differing == {seed for seed in DIFFERS[is_async] if first <= seed < first + STEP}


@pytest.mark.skipif(
    not IS_REFERENCE, reason="except* exists since 3.11, and does since CPython 3.12 what that of 3.15 does"
)
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
    assert seen >= {"cleaned", "paused", "other", "callback"}
