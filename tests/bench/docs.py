"""docs/benchmarks.md and its plot, written from the results of one run over several interpreters."""

import json
import os
from pathlib import Path

from . import goals, plot, report
from .measure import cost
from .suite import SIZES

DOCS = Path(__file__).resolve().parents[2] / "docs"

HEAD = """\
# Benchmarks

`nox -s bench -- --docs` writes this page; nothing in it is entered by hand. `nox -s bench -- --quick` takes about two minutes
and prints the same tables.

![CPU time per child against the number of children](benchmarks.svg)

## How it is measured
- One process for each interpreter. In a round every implementation gives one sample, in a new random order each time. A ratio
  compares samples of one round, taken one after the other; the tables give the median over the rounds and, in brackets, the quartiles.
  An implementation that costs more than 1.5 times the fastest is left out of the later rounds.
- CPU time of the process, with the garbage collector on. Garbage of earlier samples is collected before each sample, outside the
  measurement. On PyPy a full collection costs as much as some ten groups of 1,000, so a sample there spans several collections.
- *hand-written* is the floor: one set, one done callback, one future ([the class](../tests/bench/hand_written.py)). It does less than a
  library has to: it loses a cancellation from outside that comes together with an error, checks no misuse, and leaves reference cycles.
- Bytes per child are what `tracemalloc` counts between the empty loop and the moment when all children sleep: every allocation of
  the interpreter, the same to the byte in each run. The resident set would include what the allocator holds in reserve. PyPy has no
  `tracemalloc`; there it is what its collector counts.
- Import is the `import` statement in a new interpreter that has loaded asyncio, with compiled byte code; each sample is the least of
  five processes, because everything else that a new process does only adds, up to half as much again. For *dependencies loaded*,
  exceptiongroup is loaded first as well below 3.11. Its floor is a package of as many empty modules.
- The real `except*` stands inline with an empty body in each clause; `catch` has to call a function for it. *bare* is the least that
  any context manager has to do for that, [in Python without a check](../tests/bench/catching.py): no goal can go below it.
- `timeout` is measured beside asyncio's from 3.11 on, and beside async_timeout's below.
- A child costs more among very many, because the collector and the processor's caches work harder. The goal there is that it costs no
  more than the hand-written class does on this interpreter, with the same allocations; its growth is named beside. Three empty
  lists that are made and kept, without asyncio, grow as much or more, and far less with the collector off.
"""


def lines_of(result):
    lines = {}
    for children in SIZES:
        row = result["rows"].get(f"scale-{children}")
        if row:
            for name in plot.STYLES:
                measured = cost(row["rounds"], name)
                if measured:
                    lines.setdefault(name, []).append((children, measured[0]))
    return lines


def page(results):
    yield HEAD
    machines = sorted({result["machine"] for result in results})
    dates = sorted({result["date"] for result in results})
    modes = sorted({result["mode"] for result in results})
    yield f"## The run\n{'; '.join(machines)}. {', '.join(dates)}, {' and '.join(modes)} run.\n"
    for result in results:
        yield f"- {report.heading(result)}. Load {result['load'][0]} at the start, {result['load'][1]} at the end."
    yield "\n## Goals\n"
    for result in results:
        met = sum(goal["met"] for goal in result["goals"])
        yield f"- {result['python']}: {met} of {len(result['goals'])} met"
        for goal in result["goals"]:
            if not goal["met"]:
                yield f"  - missed: {goal['goal']}: {report.spread(goal['measured'])}, limit {goal['limit']:.2f}"
    for result in results:
        yield f"\n## {result['python']}"
        for title, table in report.tables(result):
            if len(table) > 1:
                yield f"\n### {title}\n\n{report.as_markdown(table)}"
        remarks = list(report.remarks(result))
        if remarks:
            yield "\nNot in the tables:\n"
            yield from (f"- {remark}" for remark in remarks)


def save(result, folder, only=False):
    """Writes a result into the folder of a run; with `only`, its rows in the place of those of the whole result there."""
    os.makedirs(folder, exist_ok=True)
    path = Path(folder, f"{result['python'].replace(' ', '-')}.json")
    if only and path.exists():
        whole = json.loads(path.read_text(encoding="utf-8"))
        whole["rows"].update(result["rows"])
        result = {**whole, "goals": goals.evaluate(whole["rows"], tuple(whole["version"][:2]))}
    path.write_text(json.dumps(result, indent=1), encoding="utf-8")


def write(folder):
    """Writes the page and the plot from all results in a folder."""
    results = [json.loads(path.read_text(encoding="utf-8")) for path in Path(folder).glob("*.json")]
    results.sort(key=lambda result: (result["python"].split()[0], result["version"]))
    (DOCS / "benchmarks.md").write_text("\n".join(page(results)) + "\n", encoding="utf-8")
    panels = [(result["python"], lines_of(result)) for result in results if lines_of(result)]
    (DOCS / "benchmarks.svg").write_text(plot.svg(panels), encoding="utf-8")
