"""The tables of scenarios by the names of their recordings, and what of them this Python has to give."""

import asyncio
import contextlib
import json
import pathlib
import sys

from . import known, matrix, programs, sockets
from .running import perform

FOLDER = pathlib.Path(__file__).parent / "recorded"

# What the libraries themselves do otherwise on older versions, and its reasons: see below_311.py.
if sys.version_info < (3, 9):
    ELSEWHERE = "on 3.8"
elif sys.version_info < (3, 11):
    ELSEWHERE = "below 3.11"
else:
    ELSEWHERE = None


def _groups(scenarios):
    """Scenarios in groups by what stands before the colon of their names."""
    groups = {}
    for name, scenario in scenarios.items():
        group, _, rest = name.partition(": ")
        groups.setdefault(group, {})[rest] = scenario
    return groups


SCENARIOS = _groups(matrix.scenarios())


def _perform_all(groups, **options):
    return {group: {name: perform(row, **options)[0] for name, row in rows.items()} for group, rows in groups.items()}


def _differences(base, other):
    changed = {}
    for group, outcomes in other.items():
        rows = {name: outcome for name, outcome in outcomes.items() if outcome != base[group][name]}
        if rows:
            changed[group] = rows
    return changed


def perform_sockets(name, new_loop=asyncio.new_event_loop):
    """What one program with sockets gives."""
    return perform(sockets.SCENARIOS[name], loop=new_loop(), timed=False)[0]


def produce():
    """Every recording by name: what this Python gives, and with older libraries what is different then."""
    return {
        **produce_scopes(),
        "sockets": {name: perform_sockets(name) for name in sockets.SCENARIOS},
        "programs": programs.outcomes(),
    }


def produce_scopes():
    """The recordings of the table of scopes."""
    from . import below_311

    recordings = {"scopes": _perform_all(SCENARIOS)}
    older = _groups(matrix.scenarios(below_311.SCOPES))
    libraries = {"below 3.11": contextlib.ExitStack, "on 3.8": below_311.anyio_45}
    for elsewhere, library in libraries.items():
        with library():
            outcomes = _perform_all(older, task_factory=below_311.task_factory)
        recordings["scopes " + elsewhere] = _differences(recordings["scopes"], outcomes)
    return recordings


def expected(table):
    """What this Python has to give for a table."""
    outcomes = _load(table)
    if ELSEWHERE and table == "scopes":
        for group, rows in _load(f"{table} {ELSEWHERE}").items():
            outcomes[group].update(rows)
    known.apply(table, outcomes)
    return outcomes


def _load(name):
    return json.loads((FOLDER / (name + ".json")).read_text(encoding="utf-8"))
