"""The tables of scenarios by the names of their recordings, and the outcomes that this Python has to have."""

import asyncio
import contextlib
import json
import pathlib
import subprocess
import sys

from . import beside, grouped, known, matrix, programs, sockets
from .running import frozen, perform

FOLDER = pathlib.Path(__file__).parent / "recorded"

# Differences of the libraries themselves on older versions: below_311.py gives the reasons.
if sys.version_info < (3, 9):
    ELSEWHERE = "on 3.8"
elif sys.version_info < (3, 11):
    ELSEWHERE = "below 3.11"
else:
    ELSEWHERE = None


def _groups(scenarios):
    """Group scenarios by the part of their names before the colon."""
    groups = {}
    for name, scenario in scenarios.items():
        group, _, rest = name.partition(": ")
        groups.setdefault(group, {})[rest] = scenario
    return groups


MATRICES = {"scopes": matrix.scenarios, "beside": beside.scenarios}
SCENARIOS = {table: _groups(scenarios()) for table, scenarios in MATRICES.items()}


def _perform_all(groups, **options):
    with frozen():
        return {
            group: {name: perform(row, **options)[0] for name, row in rows.items()} for group, rows in groups.items()
        }


def _differences(base, other):
    changed = {}
    for group, outcomes in other.items():
        rows = {name: outcome for name, outcome in outcomes.items() if outcome != base[group][name]}
        if rows:
            changed[group] = rows
    return changed


def perform_sockets(name, new_loop=asyncio.new_event_loop):
    """Return the outcome of one program with sockets."""
    return perform(sockets.SCENARIOS[name], loop=new_loop(), timed=False)[0]


def produce():
    """Return every recording by name."""
    return {
        **produce_matrices(),
        "sockets": {name: perform_sockets(name) for name in sockets.SCENARIOS},
        "programs": programs.outcomes(),
    }


def produce_matrices():
    """Return the recordings of the tables of scopes: the first of each in full, of the others the differences."""
    compiled = perform_matrices()
    pure = json.loads(subprocess.run([sys.executable, "-c", _PURE], stdout=subprocess.PIPE, check=True).stdout)
    recordings = {}
    for table, by_libraries in compiled.items():
        recordings[table] = by_libraries[""]
        for elsewhere, outcomes in by_libraries.items():
            if elsewhere:
                recordings[f"{table} {elsewhere}"] = _differences(by_libraries[""], outcomes)
            name = f"{table} {elsewhere} pure".replace("  ", " ")
            recordings[name] = _differences(outcomes, pure[table][elsewhere])
    return recordings


# without the C module, so that current_task() sees the pure Python Task on every version
_PURE = """
import json, sys
sys.modules["_asyncio"] = None
from tests.interop import tables
json.dump(tables.perform_matrices(), sys.stdout)
"""


def perform_matrices():
    """Return the outcomes of the tables of scopes here, with this version's libraries and with those of older ones."""
    from . import below_311

    outcomes = {}
    libraries = {"below 3.11": contextlib.ExitStack, "on 3.8": below_311.anyio_45}
    for table, scenarios in MATRICES.items():
        outcomes[table] = {"": _perform_all(SCENARIOS[table])}
        older = _groups(scenarios(below_311.SCOPES))
        for elsewhere, library in libraries.items():
            with library():
                outcomes[table][elsewhere] = _perform_all(older, task_factory=below_311.task_factory)
    return outcomes


def expected(table, *, pure=False):
    """Return the outcomes that this Python has to have for a table, and with the pure Python Task."""
    outcomes = load(table)
    if table in MATRICES:
        names = [f"{table} {ELSEWHERE}"] if ELSEWHERE else []
        if pure:
            names.append(" ".join(filter(None, [table, ELSEWHERE, "pure"])))
        for name in names:
            for group, rows in load(name).items():
                outcomes[group].update(rows)
    known.apply(table, outcomes)
    return outcomes


def path_of(name):
    """Return the path of a recording."""
    return FOLDER / (name.replace(" ", "-") + ".json")


def load(name):
    """Return a recording by name."""
    recording = json.loads(path_of(name).read_text(encoding="utf-8"))
    return grouped.ungroup(recording) if is_grouped(name) else recording


def save(name, outcomes):
    """Write a recording."""
    if is_grouped(name):
        text = grouped.text(grouped.group(outcomes))
    else:
        text = json.dumps(outcomes, indent=0, ensure_ascii=False) + "\n"
    path_of(name).write_text(text, encoding="utf-8")


def is_grouped(name):
    """Return whether a recording is of a matrix, in which few outcomes come in many places."""
    return name.split()[0] in MATRICES
