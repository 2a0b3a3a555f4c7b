"""Write docs/benchmarks.md and its picture from the results of one run over several interpreters."""

import json
from pathlib import Path

from ..implementations import NATIVE, OURS, PEERS
from ..report import as_markdown
from . import goals, picture, tables
from .rows import ASYNC_TIMEOUT, NATIVE_TIMEOUT, PEER_CATCH, RAW

DOCS = Path(__file__).resolve().parents[3] / "docs"
OWN = "asyncio's own"
TREE = "https://github.com/taskgroup-compat/taskgroup-compat/blob/main"
# The rows of the first table: how it is called, the row, and whom it is compared with, in the order of preference.
FIRST = {
    "a child": ("child-noop", [[NATIVE, RAW], PEERS]),
    "an empty group": ("empty", [[NATIVE, RAW], PEERS]),
    "a timeout that does not expire": ("timeout-quiet", [[NATIVE_TIMEOUT, ASYNC_TIMEOUT]]),
    "`catch` with nothing raised": ("catch-new", [[PEER_CATCH]]),
    "`catch` of ten leaves": ("ten-new", [[PEER_CATCH]]),
}
CANCELLATIONS_OF = ([3, 8], [3, 12])

HEAD = """\
# Benchmarks

Instructions of one operation with this package, as a multiple of the same operation with asyncio or a peer: below 1.00
this package is cheaper.

{table}

{notes}

![Instructions beside asyncio and the peers](benchmarks.svg)

## How it is measured

- `nox -s bench -- --instructions --docs` writes this page. It needs valgrind, gcc and libc6-dev.
- callgrind counts the instructions that the interpreter executes, with the garbage collector off. The counts repeat to
  0.3 %, also on a busy machine; times vary by 10 %.
- Every operation is warmed up first. Each number is a count divided by the operations in it.
- Peers are counted in a second process: some are subclasses of asyncio's classes, which changes the interpreter's
  specialisation of both.
- *raw* is [one set, one done callback and one future]({tree}/tests/bench/instructions/raw.py):
  no library can do less.
  *hand-written* is [a small group for one program]({tree}/tests/bench/hand_written.py),
  without a library's checks.
- `except*` enters no context manager: with nothing raised it costs about 100 instructions.
- Bytes per sleeping child are all allocations that `tracemalloc` counts, divided by 20,000 children.
- PyPy is not counted: its JIT compiler rewrites its own code. `nox -s bench` compares times there.
"""


def fastest(row, names):
    """Return the name with the least count, or None."""
    return min((name for name in names if name in row), key=row.__getitem__, default=None)


def cell(result, key, groups):
    """Return ours as a multiple of the first of each group of names, or of the fastest peer."""
    row = result["counts"][key]
    if is_own(result, key):
        return OWN
    found = []
    for names in groups:
        name = fastest(row, names) if names is PEERS else next((name for name in names if name in row), None)
        if name:
            found.append(f"{row[OURS] / row[name]:.2f} of {name}")
    return "; ".join(found)


def first_table(results):
    """Return the table of the first screen."""
    table = [["cost of", *(".".join(map(str, result["version"])) for result in results)]]
    for title, (key, groups) in FIRST.items():
        table.append([title, *(cell(result, key, groups) for result in results)])
    return table


def notes(results):
    """Return the first table in words, of the interpreters that took part."""
    old = [result for result in results if result["version"] < [3, 11]]
    new = [result for result in results if result["version"] >= [3, 11]]
    sentences = [
        ("a child costs {} of a child of asyncio's group.", new, "child-noop", NATIVE),
        ("an empty group costs {} of asyncio's.", new, "empty", NATIVE),
        ("a child costs {} of the least code, *raw* below. asyncio has no group there.", old, "child-noop", RAW),
        ("an empty group costs {} of *raw*, which checks nothing.", old, "empty", RAW),
        ("a timeout costs {} of asyncio's.", new, "timeout-quiet", NATIVE_TIMEOUT),
        ("a timeout costs {} of async_timeout's.", old, "timeout-quiet", ASYNC_TIMEOUT),
        ("`catch` with nothing raised costs {} of exceptiongroup's.", results, "catch-new", PEER_CATCH),
    ]
    lines = []
    for sentence, chosen, key, name in sentences:
        counted = [result for result in chosen if not is_own(result, key)]
        found = spread(counted, key, name)
        if found:
            versions = [".".join(map(str, result["version"])) for result in counted]
            lines.append(f"- On {joined(versions)} {sentence.format(found)}")
    return "\n".join(lines)


def joined(words):
    """Return words as a list in a sentence."""
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def spread(results, key, name):
    """Return the least and the greatest share of a measure, in per cent, or None."""
    rows = [result["counts"][key] for result in results]
    shares = [round(100 * row[OURS] / row[name]) for row in rows if name in row]
    if not shares:
        return None
    low, high = min(shares), max(shares)
    return f"{low} %" if low == high else f"{low} to {high} %"


def is_own(result, key):
    """Return whether the name is asyncio's own there: timeouts from 3.13 on."""
    return key.startswith("timeout-") and result["version"] >= [3, 13]


def page(results):
    """Yield the parts of the page."""
    yield HEAD.format(table=as_markdown(first_table(results)), notes=notes(results), tree=TREE)
    for result in results:
        peers = ", ".join(f"{name} {version}" for name, version in result["peers"].items())
        yield f"## CPython {result['python']}\n\nWith {peers}.\n"
        for kind in tables.COLUMNS:
            table = tables.count_table(result["counts"], kind)
            if table:
                yield as_markdown(table) + "\n"
    yield "## One cancellation of a task in a group\n"
    yield "Thousands of instructions of `cancel()`, and of all that follows until the task has ended.\n"
    for result in results:
        if result["version"] in list(CANCELLATIONS_OF):
            yield f"CPython {result['python']}:\n\n{as_markdown(tables.cancellation_table(result['cancellations']))}\n"
    yield "## Goals missed\n"
    yield "The maintainers set a goal for each row: `tests/bench/instructions/goals.py`.\n"
    missed = list(missed_goals(results))
    yield "\n".join(missed) if missed else "None."


def missed_goals(results):
    """Yield a line for each goal that an interpreter misses."""
    for result in results:
        version = tuple(result["version"])
        for goal, ratio in goals.evaluate(result["counts"], version):
            if not tables.is_met(goal, ratio):
                title = tables.TITLES[goal.key]
                yield f"- {result['python']}: {title}, {ratio:.3f} of {goal.measure}; the goal is {goal.limit:g}"


def write(folder):
    """Write the page from all results in a folder."""
    results = [json.loads(path.read_text(encoding="utf-8")) for path in Path(folder).glob("*.json")]
    results.sort(key=lambda result: result["version"])
    (DOCS / "benchmarks.md").write_text("\n".join(page(results)) + "\n", encoding="utf-8")
    (DOCS / "benchmarks.svg").write_text(picture.svg(results), encoding="utf-8")
