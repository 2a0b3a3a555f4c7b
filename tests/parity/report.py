"""Compares outcomes with those recorded on 3.15, and writes the tables."""

import json
import pathlib

from tests.parity import facts, random
from tests.parity.known import KNOWN, depends_on_release, known
from tests.parity.outcome import without_chains
from tests.parity.table import TABLE

ROOT = pathlib.Path(__file__).parent.parent.parent
RECORDED = pathlib.Path(__file__).parent / "recorded" / "table.json"
DOCUMENT = ROOT / "docs" / "parity.md"
REFERENCE = "3.15"

SAME, CHAINS, DIFFERENT, NOTHING, LACKING = "=", "≈", "≠", "·", "∅"
_INTRO = """\
# Parity with CPython 3.15

A scenario is a small program. Its outcome on 3.15 is recorded: events with virtual times, exceptions in full,
`cancelling()` counts and texts. The table counts, for each Python, the scenarios that it can run, and how many of them
have the recorded outcome: with this package, and with that version's own `asyncio.TaskGroup` and `except*`.

"""
_ABOUT = """\
*Other chains*: only causes or contexts of exceptions differ. *No `cancel()`*: the scenario calls `cancel()`, which
asyncio's group lacks there. Its remaining scenarios differ otherwise. A version cannot run a scenario that needs a
newer interpreter, such as one with eager tasks. `nox -s parity -- --write` makes this page.

"""
_SCENARIOS = f"""\
## The scenarios

`{SAME}` the same outcome, `{CHAINS}` the same but for causes and contexts, `{DIFFERENT}` another outcome,
`{LACKING}` the group lacks `cancel()`, `{NOTHING}` cannot run there.
A sign without a version holds for all versions; versions that are not named have the same outcome.
"""

_COMPAT, _NATIVE = "taskgroup_compat ran on ", "asyncio's own is that of "
_TOTALS = "Totals"
_NAMES = {"compat": "this package", "asyncio": "asyncio"}

_RANDOM = """\
## Random programs

`nox -s random` makes programs of nested groups, timeouts and `cancel()`. Children fail, swallow a cancellation, clean
up, create tasks and wait for each other; cancellations from outside come at the same instants. Each outcome is compared
with that on 3.15. A third of the programs uses this package's `timeout()`. A third uses a timeout as a user may write
it, which calls `cancelling()` and `uncancel()`. A third uses the timeout of a library: asyncio's from 3.11 on, and
before 3.11 one that never calls `uncancel()`, as async_timeout. These differences remain:

- *Other counts*, 3.8 to 3.10 and PyPy 3.9: the program calls `cancelling()` or `uncancel()` for a task that was
  cancelled outside of any group. Such a request is not counted. Everything else in these programs is as on 3.15.
- *Another outcome*, 3.8 to 3.10 and PyPy 3.9, library timeouts: the timeout raises TimeoutError although its task was
  also cancelled by its group, by an outer timeout or from outside. The timeout has no count that would show it.
- *Another outcome*, 3.8 to 3.10 and PyPy 3.9, other timeouts: a task awaits one that ended with a subclass of
  CancelledError. It gets a plain CancelledError, because the Task creates a new one (gh-89553).
- *Another outcome*, before 3.13: a task is cancelled while a child fails, and returns without another `await`.
- *Another outcome*, 3.11 and 3.12: the program calls `uncancel()` outside of a group for a request that is not
  delivered yet. The flag of the Task stays set, and the next `await` is cancelled (gh-116720).
- *Other chains*: before 3.11 a Task creates a new CancelledError where one is awaited (gh-89553). 3.8 loses the context
  of an exception that is thrown into a coroutine. `asyncio.timeout()` adds its TimeoutError to contexts from 3.13 on
  (gh-96037). PyPy's Task is the one written in Python.

"""

_FLAVOURS = {
    "timeout": "the package's timeouts",
    "counting_timeout": "counting timeouts",
    "library_timeout": "library timeouts",
}
_KINDS = {
    "programs": "programs",
    "outcome": "another outcome",
    "order": "another order in an instant",
    "reads": "other counts only",
    "chains": "other chains only",
}

_PEERS = """\
# Other libraries in the same scenarios

The first table asks one question about each library. Each question is a program in `tests/parity/facts.py`, under the
name in brackets. The other tables compare the libraries in the scenarios of [parity](parity.md).

`{different}` means that some part of the outcome differs from 3.15: a text, a count or an iteration of the loop. Other
libraries have other aims. Before release 4.14, anyio's group had no `create_task()` and no `cancel()`: the programs use
`start_soon()` and `cancel_scope.cancel()` instead. Since 4.14 its `create_task()` returns a handle, which is no task.
`nox -s parity -- --write --peers` makes this page.

"""
FACTS_TITLE = "## In short"

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


def lacks_cancel(found):
    """Whether a program failed because its group has no cancel()."""
    return "has no attribute 'cancel'" in json.dumps(found)


_SYMBOLS = {None: SAME, "chains": CHAINS, "outcome": DIFFERENT, "unavailable": NOTHING, "lacking": LACKING}


class Matrix:
    """The results of several runs: symbols by scenario and column."""

    def __init__(self, runs):
        expected = recorded()
        self.runs = runs
        self.differences = {}
        for run in runs:
            for scenario in TABLE:
                found = run["outcomes"][scenario.key]
                kind = difference(found, expected[scenario.key])
                if kind == "outcome" and run["api"] == "asyncio" and lacks_cancel(found):
                    kind = "lacking"
                self.differences[scenario.key, _place(run)] = kind

    def symbol(self, key, place):
        return _SYMBOLS[self.differences[key, place]]

    def places(self, api):
        return [_place(run) for run in self.runs if run["api"] == api]

    def totals(self, place):
        """Return how many scenarios have each symbol."""
        symbols = [self.symbol(scenario.key, place) for scenario in TABLE]
        return {symbol: symbols.count(symbol) for symbol in (SAME, CHAINS, DIFFERENT, NOTHING, LACKING)}

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
                entry = known(scenario.key, run["column"], tuple(run["interpreter"]))
                if now not in (None, "unavailable") and (entry is None or entry.kind != now):
                    found.append("{}: {} differs ({}), and that is not known".format(run["column"], scenario.key, now))
                elif entry is not None and now in (None, "unavailable"):
                    found.append("{}: {} is known to differ, but does not".format(run["column"], scenario.key))
        keys = {scenario.key for scenario in TABLE}
        found += [f"known.py: no scenario {key}" for each in KNOWN for key in each.keys if key not in keys]
        return found

    def _stale(self, place):
        return [
            f"recorded outcome of {scenario.key} is not what 3.15 does: python3.15 -m tests.parity record"
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
    return place[1] if place[0] == "compat" else "{} {}".format(*place)


_TOTAL_HEADS = {
    "compat": {"can run": None, "same outcome": SAME, "other chains": CHAINS, "other outcome": DIFFERENT},
    "asyncio": {"same outcome": SAME, "no `cancel()`": LACKING},
}


def _total_heads(apis):
    """Return the headings of the totals with their API and symbol."""
    return {
        head if api == "compat" else f"{api}: {head}": (api, symbol)
        for api in apis
        for head, symbol in _TOTAL_HEADS[api].items()
    }


def totals_lines(matrix, apis):
    """Return a table with a row for each Python."""
    heads = _total_heads(apis)
    lines = _heading(["Python", *heads])
    for column in dict.fromkeys(name for _, name in _columns(matrix, apis)):
        cells = []
        for api, symbol in heads.values():
            if (api, column) in matrix.places(api):
                totals = matrix.totals((api, column))
                cells.append(len(TABLE) - totals[NOTHING] if symbol is None else totals[symbol])
            else:
                cells.append("-")
        lines.append(_row([column.replace("pypy", "PyPy "), *map(str, cells)]))
    return lines


def scenario_lines(matrix, apis):
    """Return a table for each group of scenarios, with a column for each API."""
    apis = [api for api in apis if matrix.places(api)]
    lines = []
    for group in _GROUPS:
        heads = ["scenario", *(_NAMES[api] for api in apis)]
        lines += ["", f"### {group[0].upper() + group[1:]}", "", *_heading(heads)]
        for scenario in TABLE:
            if scenario.group == group:
                cells = [
                    _signs({name: matrix.symbol(scenario.key, (api, name)) for _, name in matrix.places(api)})
                    for api in apis
                ]
                lines.append(_row([_label(scenario), *cells]))
    return lines


def _signs(symbols):
    """Return the signs of all columns in few words; _symbols() reads them."""
    if len(set(symbols.values())) == 1:
        return next(iter(symbols.values()))
    others = dict.fromkeys(symbol for symbol in symbols.values() if symbol != SAME)
    spans = {
        sign: _span([name.replace("pypy", "PyPy ") for name in symbols if symbols[name] == sign], list(symbols))
        for sign in others
    }
    return "; ".join(f"{sign} {span}" for sign, span in spans.items())


def _symbols(signs, columns):
    """Return the sign of each column; the reverse of _signs()."""
    if " " not in signs:
        return dict.fromkeys(columns, signs)
    found = dict.fromkeys(columns, SAME)
    for part in signs.split("; "):
        sign, _, spans = part.partition(" ")
        for span in spans.replace("PyPy ", "pypy").split(", "):
            first, _, last = span.partition(" to ")
            begin, end = columns.index(first), columns.index(last or first)
            found.update(dict.fromkeys(columns[begin : end + 1], sign))
    return found


def peers_document(matrix, peers, missing, told):
    """docs/parity-peers.md as text: a column for each library, all versions in one cell; what is missing, and why."""
    apis = ["compat", *peers]
    lines = [
        *_PEERS.format(different=DIFFERENT).splitlines(),
        *facts_lines(told),
        "## The scenarios",
        "",
        "A cell with one sign holds for every version on which the library runs. Other cells count the versions.",
        "",
        *([f"Not counted: {'; '.join(missing)}.", ""] if missing else ()),
        *_heading(["same as 3.15", *map(_owner, apis)]),
    ]
    shares = ["scenarios that are the same on every version"]
    for api in apis:
        cells = [_cell(matrix, scenario.key, api) for scenario in TABLE]
        shares.append(f"{cells.count(SAME)} of {len(cells) - cells.count(NOTHING)}")
    lines.append(_row(shares))
    for group in _GROUPS:
        lines += ["", f"## {group[0].upper() + group[1:]}", "", *_heading(["scenario", *map(_owner, apis)])]
        for scenario in TABLE:
            if scenario.group == group:
                cells = [_cell(matrix, scenario.key, api) for api in apis]
                lines.append(_row([_label(scenario), *cells]))
    return "\n".join(lines) + "\n"


def facts_lines(told):
    """Which releases were asked what, and what they said, as Markdown lines."""
    apis = list(dict.fromkeys(each["api"] for each in told if each["answers"]))
    lines = [FACTS_TITLE, "", "These releases were asked:", ""]
    for api in dict.fromkeys(each["api"] for each in told if each["release"]):
        releases = {each["column"]: each["release"] for each in told if each["api"] == api}
        lines.append(f"- {api} {_by_version(releases)}")
    lines += ["", *_heading(["", *map(_owner, apis)])]
    for fact in facts.FACTS:
        cells = [
            _by_version({each["column"]: each["answers"][fact.__name__] for each in told if each["api"] == api})
            for api in apis
        ]
        lines.append(_row([f"{facts.question(fact)} (`{fact.__name__}`)", *cells]))
    return [*lines, ""]


def _by_version(answers):
    """What is said on each column in few words: one answer for all, or each with the versions that give it.

    Where there is no answer to be had, it says nothing.
    """
    parts = {}
    for head, answer in answers.items():
        if answer != facts.UNKNOWN:
            parts.setdefault(answer, []).append(head.replace("pypy", "PyPy "))
    if len(parts) <= 1:
        return next(iter(parts), facts.UNKNOWN)
    return ", ".join(f"{answer} ({_span(heads, list(answers))})" for answer, heads in parts.items())


def _span(heads, all_of_them):
    """Names of columns, with what lies between the first and the last of a run left out."""
    every = [head.replace("pypy", "PyPy ") for head in all_of_them]
    runs = []
    for head in heads:
        place = every.index(head)
        if runs and runs[-1][-1] == place - 1 and "PyPy" not in head:
            runs[-1].append(place)
        else:
            runs.append([place])
    words = [[every[place] for place in run] for run in runs]
    return ", ".join(f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(run) for run in words)


def _owner(api):
    return _NAMES.get(api, api)


def _cell(matrix, key, api):
    symbols = [matrix.symbol(key, place) for place in matrix.places(api)]
    had = [symbol for symbol in symbols if symbol != NOTHING]
    if len(set(had)) <= 1:
        return had[0] if had else NOTHING
    return f"{SAME} on {had.count(SAME)} of {len(had)}" if SAME in had else DIFFERENT


def _label(scenario):
    return f"**{_words(scenario.name)}**<br>{scenario.sentence}"


def _words(name):
    return name.replace("_", " ")


_HEADS = {
    SAME: "same",
    CHAINS: "other chains",
    DIFFERENT: "different",
    NOTHING: "cannot run",
    LACKING: "no cancel()",
}


def summary(matrix, apis):
    """For a terminal: how many outcomes are those of 3.15 in each column, and which of ours are not."""
    places = _columns(matrix, apis)
    width = max(len(f"{_owner(api)} {name}") for api, name in places)
    lines = ["{:<{}}  {}".format(f"outcomes of {len(TABLE)}", width, "  ".join(_HEADS.values()))]
    for place in places:
        counts = "  ".join(f"{count:>{len(_HEADS[symbol])}}" for symbol, count in matrix.totals(place).items())
        lines.append("{:<{}}  {}".format(f"{_owner(place[0])} {place[1]}", width, counts))
    lines += ["", "taskgroup_compat differs in"]
    for scenario in TABLE:
        differing = [
            place[1] for place in matrix.places("compat") if matrix.symbol(scenario.key, place) in (CHAINS, DIFFERENT)
        ]
        if differing:
            lines.append(f"  {scenario.key}: {', '.join(differing)}")
    return "\n".join([*lines, "docs/parity.md has the reasons; the option --matrix shows every scenario."])


def as_text(matrix, apis):
    """The matrix for a terminal."""
    places = _columns(matrix, apis)
    width = max(len(scenario.key) for scenario in TABLE)
    heads = [place[1].replace("pypy", "py") for place in places]
    lines, before = [], None
    owners = " ".join("{}: {}".format(api, ", ".join(name for _, name in matrix.places(api))) for api in apis)
    lines.append("{}  (columns {})".format(" " * width, owners))
    lines.append("{}  {}".format(" " * width, " ".join(f"{head:>5}" for head in heads)))
    for scenario in TABLE:
        if before not in (None, scenario.group):
            lines.append("")
        before = scenario.group
        symbols = " ".join(f"{matrix.symbol(scenario.key, place):>5}" for place in places)
        lines.append("{:<{}}  {}".format(scenario.key, width, symbols))
    for symbol in _HEADS:
        counts = " ".join(f"{matrix.totals(place)[symbol]:>5}" for place in places)
        lines.append("{:<{}}  {}".format(symbol, width, counts))
    return "\n".join(lines)


def document(matrix):
    """Return the text of docs/parity.md."""
    versions = ", ".join("{} {}".format(run["implementation"], run["python"]) for run in _of(matrix, "compat"))
    native = ", ".join(run["python"] for run in _of(matrix, "asyncio"))
    apis = [api for api in _NAMES if matrix.places(api)]
    lines = [
        *_INTRO.splitlines(),
        *totals_lines(matrix, apis),
        "",
        *_ABOUT.splitlines(),
        f"- {_COMPAT}{versions}.",
        f"- {_NATIVE}{native}.",
        "",
        *_known_lines(),
        *random_lines(),
        *_SCENARIOS.splitlines(),
        *scenario_lines(matrix, apis),
    ]
    return "\n".join(lines) + "\n"


def releases(text):
    """The release that each column of taskgroup_compat in a document was written with."""
    found = [each.split() for each in _listed(text, _COMPAT)]
    names = {"CPython": "", "PyPy": "pypy"}
    return {names[each[0]] + ".".join(each[1].split(".")[:2]): each[1] for each in found if len(each) == 2}


def _listed(text, before):
    """Return the elements of the list that follows a beginning of a line."""
    line = next((line for line in text.splitlines() if line.startswith(f"- {before}")), f"- {before}")
    return line[len(f"- {before}") :].rstrip(".").split(", ")


def of_another_release(written, fresh):
    """The cells that may differ as the two documents were written with different releases: {(group, scenario, column)}.

    They are those of the scenarios of which known.py says so, and the totals with them.
    """
    old, new = releases(written), releases(fresh)
    found = set()
    for column in new:
        if old.get(column) != new[column]:
            rows = {(each.group, _label(each)) for each in TABLE if depends_on_release(each.key, column)}
            rows |= {cell[:2] for cell in _cells(fresh)[0] if cell[0] == _TOTALS} if rows else set()
            found |= {(group[0].upper() + group[1:], row, column) for group, row in rows}
    return found


def _of(matrix, api):
    return [run for run in matrix.runs if run["api"] == api]


def _known_lines():
    """Return an item for each reason: the reason, then the scenarios of each set of versions."""
    by_reason = {}
    for entry in KNOWN:
        by_reason.setdefault((entry.reason, entry.issue), []).append(entry)
    lines = ["## Known differences", ""]
    for (reason, issue), entries in by_reason.items():
        where = "; ".join(
            f"on {each.where().replace('pypy', 'PyPy ')}: {', '.join(each.keys).replace('_', ' ')}" for each in entries
        )
        lines.append(f"- {reason}{f' {issue}.' if issue else ''} *Scenarios* {where}.")
    return [*lines, ""]


def random_lines():
    """Return the shares of random programs that differ, as noted by their runs."""
    noted = random.shares()
    columns = sorted(noted, key=lambda name: [int(part) if part.isdigit() else 99 for part in name.split(".")])
    lines = _RANDOM.splitlines()
    for scope, words in _FLAVOURS.items():
        lines += [f"With {words}:", "", *_heading(["Python", *_KINDS.values(), "**differ, chains apart**"])]
        for name in columns:
            total = noted[name][scope]
            different = sum(total.get(kind, 0) for kind in ("outcome", "reads", "order"))
            cells = [str(total.get(kind, 0)) for kind in _KINDS]
            percent = f"{100.0 * different / total['programs']:.2f} %"
            lines.append(_row([name.replace("pypy", "PyPy "), *cells, percent]))
        lines.append("")
    return lines


def _table_rows(lines):
    """Return the rows of the tables in some lines, each with the headings of its table."""
    heads = None
    for line in lines:
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else None
        if cells is None or heads is None:
            heads = cells
        elif not line.startswith("|---"):
            yield heads, cells


def _cells(text):
    """Return the cells of a document, {(group, row, column): symbol}, and the text around them."""
    found, prose = {}, []
    columns = {api: [] for api in _NAMES}
    heads = _total_heads(_NAMES)
    begin = text.find("\n## The scenarios\n")
    top, scenarios = text[:begin].split("\n## ", 1), text[begin:].split("\n### ")
    for titles, (name, *numbers) in _table_rows(top[0].splitlines()):
        name = name.replace("PyPy ", "pypy")
        for title, number in zip(titles[1:], numbers):
            api = heads[title][0]
            if number != "-":
                if name not in columns[api]:
                    columns[api].append(name)
                found[_TOTALS, title, _head((api, name))] = number
    apis = {words: api for api, words in _NAMES.items()}
    for section in scenarios[1:]:
        group, *lines = section.splitlines()
        for titles, (row, *cells) in _table_rows(lines):
            for title, signs in zip(titles[1:], cells):
                for name, symbol in _symbols(signs, columns[apis[title]]).items():
                    found[group, row, _head((apis[title], name))] = symbol
    for part in (top[0], *scenarios):
        prose += [line for line in part.splitlines() if not line.startswith("|")]
    return found, [*prose, *top[1:]]


def unchecked(written, fresh, patch_levels):
    """The columns of a written document that a fresh one from here cannot speak for, and why: {column: reason}."""
    releases = _listed(written, _NATIVE)
    found = dict.fromkeys(lost(written, fresh), "no such interpreter here")
    for head in dict.fromkeys(head for _, _, head in _cells(written)[0]):
        minor = head.replace("asyncio ", "")
        if head in found:
            continue
        if minor != head and minor in patch_levels and patch_levels[minor] not in releases:
            found[head] = f"written with another patch release than {patch_levels[minor]}, which is here"
    return found


def lost(written, fresh):
    """The columns of a written document that a fresh one lacks, as their interpreters are missing here."""
    new = {head for _, _, head in _cells(fresh)[0]}
    return [head for head in dict.fromkeys(head for _, _, head in _cells(written)[0]) if head not in new]


def stale(written, fresh, patch_levels):
    """How a written document differs from a fresh one.

    Columns that unchecked() names are left out, and cells that of_another_release() names.
    """
    left_out = unchecked(written, fresh, patch_levels)
    moved = of_another_release(written, fresh)
    old, old_prose = _cells(written)
    new, new_prose = _cells(fresh)
    found = []
    for cell in sorted(set(old) | set(new)):
        if cell not in moved and cell[2] not in left_out and old.get(cell) != new.get(cell):
            found.append("{}, {}, {}: written {}, now {}".format(*cell, old.get(cell), new.get(cell)))
    versions = (f"- {_COMPAT}", f"- {_NATIVE}")
    plain = [[line for line in prose if not line.startswith(versions)] for prose in (old_prose, new_prose)]
    if plain[0] != plain[1]:
        found.append("the text around the tables")
    return found
