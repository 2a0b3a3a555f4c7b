"""Holds outcomes against the recorded ones of 3.15, and makes the matrix of it."""

import json
import pathlib

from tests.parity.columns import column
from tests.parity.known import KNOWN, known
from tests.parity.outcome import without_chains
from tests.parity.table import TABLE

ROOT = pathlib.Path(__file__).parent.parent.parent
RECORDED = pathlib.Path(__file__).parent / "recorded" / "table.json"
DOCUMENT = ROOT / "docs" / "parity.md"
REFERENCE = "3.15"

SAME, CHAINS, DIFFERENT, NOTHING = "=", "≈", "≠", "·"
_GROUPS = list(dict.fromkeys(scenario.group for scenario in TABLE))


def recorded():
    """The outcomes of 3.15."""
    return json.loads(RECORDED.read_text())["outcomes"]


def difference(found, expected):
    """None, "chains" where only causes and contexts differ, "unavailable", or "outcome"."""
    if "unavailable" in found:
        return "unavailable"
    found = json.loads(json.dumps(found))
    if found == expected:
        return None
    return "chains" if without_chains(found) == without_chains(expected) else "outcome"


_SYMBOLS = {None: SAME, "chains": CHAINS, "outcome": DIFFERENT, "unavailable": NOTHING}


class Matrix:
    """The results of several runs: symbols by scenario and column."""

    def __init__(self, runs):
        expected = recorded()
        self.runs = runs
        self.differences = {}
        for run in runs:
            for scenario in TABLE:
                found = run["outcomes"][scenario.key]
                self.differences[scenario.key, _place(run)] = difference(found, expected[scenario.key])

    def symbol(self, key, place):
        return _SYMBOLS[self.differences[key, place]]

    def places(self, api):
        return [_place(run) for run in self.runs if run["api"] == api]

    def totals(self, place):
        """How many scenarios are the same, how many differ, how many there are."""
        symbols = [self.symbol(scenario.key, place) for scenario in TABLE]
        return {symbol: symbols.count(symbol) for symbol in (SAME, CHAINS, DIFFERENT, NOTHING)}

    def complaints(self):
        """What is unknown or no longer so, as lines."""
        found = []
        for run in self.runs:
            place = _place(run)
            if run["api"] != "compat":
                if place == ("asyncio", REFERENCE):
                    found += self._stale(place)
                continue
            for scenario in TABLE:
                now = self.differences[scenario.key, place]
                entry = known(scenario.key, run["column"])
                if now not in (None, "unavailable") and (entry is None or entry.kind != now):
                    found.append("{}: {} differs ({}), and that is not known".format(run["column"], scenario.key, now))
                elif entry is not None and now in (None, "unavailable"):
                    found.append("{}: {} is known to differ, but does not".format(run["column"], scenario.key))
        keys = {scenario.key for scenario in TABLE}
        found += ["known.py: no scenario {}".format(key) for each in KNOWN for key in each.keys if key not in keys]
        return found

    def _stale(self, place):
        return [
            "recorded outcome of {} is not what 3.15 does: python3.15 -m tests.parity record".format(scenario.key)
            for scenario in TABLE
            if self.differences[scenario.key, place] is not None
        ]


def _place(run):
    return run["api"], run["column"]


def _heading(cells):
    return ["| " + " | ".join(cells) + " |", "|" + "---|" * len(cells)]


def _row(cells):
    return "| " + " | ".join(cells) + " |"


def _columns(matrix, apis):
    return [place for api in apis for place in matrix.places(api)]


def _head(place):
    return "`{}`".format(place[1]) if place[0] == "compat" else "{} {}".format(*place)


def tables(matrix, apis):
    """The matrix as Markdown lines: totals first, then group by group."""
    places = _columns(matrix, apis)
    lines = ["## Totals", "", *_heading(["", *map(_head, places)])]
    totals = [matrix.totals(place) for place in places]
    words = {SAME: "same", CHAINS: "same but for causes and contexts", DIFFERENT: "different", NOTHING: "not to be had"}
    for symbol in (SAME, CHAINS, DIFFERENT, NOTHING):
        lines.append(_row(["{} {}".format(symbol, words[symbol]), *(str(total[symbol]) for total in totals)]))
    for group in _GROUPS:
        lines += ["", "## {}".format(group[0].upper() + group[1:]), "", *_heading(["scenario", *map(_head, places)])]
        for scenario in TABLE:
            if scenario.group == group:
                symbols = [matrix.symbol(scenario.key, place) for place in places]
                lines.append(_row(["**{}**<br>{}".format(_words(scenario.name), scenario.sentence), *symbols]))
    return lines


def _words(name):
    return name.replace("_", " ")


def as_text(matrix, apis):
    """The matrix for a terminal."""
    places = _columns(matrix, apis)
    width = max(len(scenario.key) for scenario in TABLE)
    heads = [place[1].replace("pypy", "py") for place in places]
    lines, before = [], None
    owners = " ".join("{}: {}".format(api, ", ".join(name for _, name in matrix.places(api))) for api in apis)
    lines.append("{}  (columns {})".format(" " * width, owners))
    lines.append("{}  {}".format(" " * width, " ".join("{:>5}".format(head) for head in heads)))
    for scenario in TABLE:
        if before not in (None, scenario.group):
            lines.append("")
        before = scenario.group
        symbols = " ".join("{:>5}".format(matrix.symbol(scenario.key, place)) for place in places)
        lines.append("{:<{}}  {}".format(scenario.key, width, symbols))
    for symbol in (SAME, CHAINS, DIFFERENT, NOTHING):
        counts = " ".join("{:>5}".format(matrix.totals(place)[symbol]) for place in places)
        lines.append("{:<{}}  {}".format(symbol, width, counts))
    return "\n".join(lines)


def document(matrix):
    """docs/parity.md as text."""
    versions = ", ".join("{} {}".format(run["implementation"], run["python"]) for run in _of(matrix, "compat"))
    native = ", ".join(run["python"] for run in _of(matrix, "asyncio"))
    lines = [
        "# Parity with CPython 3.15",
        "",
        "Made by `nox -s parity`; do not edit. Each row is a small program that ran with `taskgroup_compat` on each",
        "version, and with that version's own `asyncio.TaskGroup` and `except*`. Its whole outcome (events with virtual",
        "times, exceptions in full, `cancelling()` counts, text) is held against what the standard library of 3.15 gives.",
        "",
        "`{}` the same, `{}` the same but for causes and contexts of exceptions, `{}` different, `{}` not to be had on".format(
            SAME, CHAINS, DIFFERENT, NOTHING
        ),
        "this version. The first columns are taskgroup_compat, those headed asyncio the standard library itself.",
        "",
        "taskgroup_compat on: {}.  ".format(versions),
        "asyncio of: {}.".format(native),
        "",
        *_known_lines(),
        *_random_lines(),
        *tables(matrix, ["compat", "asyncio"]),
    ]
    return "\n".join(lines) + "\n"


def _of(matrix, api):
    return [run for run in matrix.runs if run["api"] == api]


def _known_lines():
    lines = ["## Known differences", ""]
    for entry in KNOWN:
        issue = " ({})".format(entry.issue) if entry.issue else ""
        keys = ", ".join("{}".format(key.replace("_", " ")) for key in entry.keys)
        lines.append("- {}: {}{} Scenarios: {}.".format(", ".join(entry.columns), entry.reason, issue, keys))
    return [*lines, "" if KNOWN else "None.\n"]


def _random_lines():
    notes = pathlib.Path(__file__).parent / "random.md"
    return [*notes.read_text().splitlines(), ""] if notes.exists() else []


def _cells(text):
    """The cells of a document's matrix: {(group, scenario, column): symbol}, and the text around them."""
    found, prose, group, heads = {}, [], None, None
    for line in text.splitlines():
        if line.startswith("## "):
            group, heads = line[3:], None
        if not line.startswith("|"):
            prose.append(line)
        elif heads is None:
            heads = [cell.strip() for cell in line.strip("|").split("|")]
        elif not line.startswith("|---"):
            name, *symbols = (cell.strip() for cell in line.strip("|").split("|"))
            found.update({(group, name, head): symbol for head, symbol in zip(heads[1:], symbols)})
    return found, prose


def stale(written, fresh, patch_levels):
    """How a written document differs from a fresh one.

    Columns of interpreters that are not here cannot be checked, nor asyncio's own of another patch release.
    """
    old, old_prose = _cells(written)
    new, new_prose = _cells(fresh)
    asyncio_versions = next((line for line in old_prose if line.startswith("asyncio of: ")), "")
    patch = {version.rsplit(".", 1)[0]: version for version in patch_levels}
    checked = set()
    for _, _, head in new:
        minor = head.replace("asyncio ", "")
        if head.startswith("`") or patch.get(minor, "?") in asyncio_versions:
            checked.add(head)
    found = []
    for cell in sorted(set(old) | set(new)):
        group, name, head = cell
        if head in checked and group != "Totals" and old.get(cell) != new.get(cell):
            found.append("{}, {}, {}: written {}, now {}".format(*cell, old.get(cell), new.get(cell)))
    versions = ("taskgroup_compat on: ", "asyncio of: ")
    plain = [[line for line in prose if not line.startswith(versions)] for prose in (old_prose, new_prose)]
    if plain[0] != plain[1]:
        found.append("the text around the tables")
    return found
