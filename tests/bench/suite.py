"""The rows of the benchmark: scenario, repetitions, unit and implementations."""

import os
import subprocess
import sys

from . import catching, floors, groups, timeouts
from .implementations import DECISIVE, GATHER, HAND_WRITTEN, OURS, PEERS

MICRO, NANO = 1e6, 1e9
SIZES = (10, 100, 1_000, 10_000, 100_000, 1_000_000)
PROBE = 200  # Children in a probe, or depth.
PYPY = sys.implementation.name == "pypy"
LISTS, LISTS_UNCOLLECTED = "three lists, held", "three lists, held, collector off"


class Row:
    """One line of the table. `runs` maps a name to a function that returns the cost of one sample, in `unit`."""

    def __init__(self, key, title, unit, runs, decisive=DECISIVE):
        self.key = key
        self.title = title
        self.unit = unit
        self.runs = runs
        self.decisive = decisive


class GroupRow:
    """A scenario with children before it is bound to implementations.

    A sample runs `function` with `arguments` so often that it lasts, and costs are given for one of `count`. On PyPy a
    collection of everything costs as much as some ten runs: a sample has to last for several of them.
    """

    def __init__(self, key, title, unit, function, arguments, count, times=1, without=(), on_pypy=40):
        self.key = key
        self.title = title
        self.unit = unit
        self.function = function
        self.arguments = arguments
        self.count = count
        self.times = times * on_pypy if PYPY else times
        self.without = without

    def probe(self, implementation):
        *others, count = self.arguments
        groups.run(self.function, implementation, (*others, min(count, PROBE)))

    def bind(self, implementations):
        def runner(implementation):
            def run():
                seconds = groups.run(self.function, implementation, self.arguments, self.times)
                return seconds * MICRO / (self.count * self.times)

            return run

        return Row(self.key, self.title, self.unit, {each.name: runner(each) for each in implementations})


def group_rows(quick):
    child, group = "µs per child", "µs per group"
    noop, yielding = groups.noop, groups.yielding
    in_one_task, through_children = groups.nested_in_one_task, groups.nested_through_children
    rows = [
        GroupRow("noop-1000", "1,000 children, no-op", child, groups.fill, (noop, 1000), 1000, 2),
        GroupRow("yield-1000", "1,000 children, sleep(0)", child, groups.fill, (yielding, 1000), 1000),
        GroupRow("empty", "10,000 empty groups", group, groups.empty, (10_000,), 10_000, without=(GATHER,)),
        GroupRow("fails", "one of 1,000 fails", child, groups.one_fails, (1000,), 1000, without=(GATHER,)),
        GroupRow("cancelled", "1,000 cancelled from outside", child, groups.cancelled, (1000,), 1000),
        GroupRow("nested", "200 nested in one task", group, in_one_task, (200,), 200, 3, without=(GATHER,)),
        GroupRow("nested-children", "200 nested through children", group, through_children, (200,), 200, 3),
        GroupRow("noop-100000", "100,000 children, no-op", child, groups.fill, (noop, 100_000), 100_000, on_pypy=5),
        GroupRow(
            "yield-100000", "100,000 children, sleep(0)", child, groups.fill, (yielding, 100_000), 100_000, on_pypy=5
        ),
    ]
    return rows[:-2] if quick else rows


def memory_row(implementations, quick):
    children = 2_000 if quick else 100_000

    def runner(implementation):
        return lambda: groups.traced_memory(implementation, children) / children

    title = f"{children:,} sleeping children"
    return Row("memory", title, "bytes per child", {each.name: runner(each) for each in implementations})


def scale_rows(implementations, quick):
    """No-op children in one group, from 10 to 1,000,000, beside lists that grow without any library.

    Small groups repeat, so that each sample lasts.
    """

    def runner(implementation, children, times):
        return lambda: (
            groups.run(groups.fill, implementation, (groups.noop, children), times) * MICRO / (children * times)
        )

    def lists(children, times, collector):
        return lambda: floors.hold_lists(children, times, collector) * MICRO / (children * times)

    rows = []
    for children in SIZES[:4] if quick else SIZES:
        times = max(1, 5_000 // children)
        runs = {each.name: runner(each, children, times) for each in implementations if each.name in DECISIVE}
        runs[LISTS] = lists(children, times, True)
        runs[LISTS_UNCOLLECTED] = lists(children, times, False)
        rows.append(Row(f"scale-{children}", f"{children:,} children", "µs per child", runs))
    return rows


def catch_rows(quick):
    without, leaves = (5_000, 100) if quick else (20_000, 300)
    no_exception, ten_leaves = catching.rows(without, leaves)

    def runner(run, count):
        return lambda: run() * NANO / count

    return [
        Row(
            "catch-none",
            "catch, no exception",
            "ns per statement",
            {name: runner(run, without) for name, run in no_exception.items()},
            tuple(no_exception),
        ),
        Row(
            "catch-ten",
            "catch, ten leaves, two handlers",
            "ns per statement",
            {name: runner(run, leaves) for name, run in ten_leaves.items()},
            tuple(ten_leaves),
        ),
    ]


def timeout_rows(quick):
    times = 500 if quick else 5_000
    found = timeouts.find_all()

    def row(key, title, function, times):
        def runner(make):
            return lambda: timeouts.run(function, make, times) * MICRO / times

        runs = {name: runner(make) for name, make in found.items()}
        return Row(f"timeout-{key}", title, "µs per timeout", runs, tuple(found))

    return [
        row("quiet", "a timeout that does not fire", timeouts.quiet, times),
        row("firing", "a timeout that fires", timeouts.firing, times),
        row("at-once", "1,000 at once, half of which fire", timeouts.at_once, 1_000),
    ]


# Other work of a new process only adds, up to half as much again.
PROCESSES = 5


def import_rows(found):
    """CPU time of the import in a new interpreter that has asyncio loaded, and our dependencies in the second row.

    There stands beside it, as the hand-written floor, a package of as many modules with nothing in them.
    """
    # With byte code, which the first, discarded round writes if need be.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    dependencies = "import asyncio, exceptiongroup" if sys.version_info < (3, 11) else "import asyncio"

    def runner(module, before, name="TaskGroup"):
        statement = f"from {module} import {name}"
        code = f"{before}; import time; t = time.process_time(); {statement}; print(time.process_time() - t)"

        def run():
            command = [sys.executable, "-c", code]
            answers = [
                subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment).stdout
                for _ in range(PROCESSES)
            ]
            return min(map(float, answers)) * 1e3

        return run

    # By name: anyio loads its functions lazily.
    names = {"anyio": "create_task_group"}
    runs = {
        each: runner(each, "import asyncio", names.get(each, "TaskGroup")) for each in (OURS, *PEERS) if each in found
    }
    own = {}
    modules = sum(name.startswith(f"{OURS}.") for name in sys.modules)
    if OURS in found:
        folder, package = floors.empty_package(modules)
        own[OURS] = runner(OURS, dependencies)
        own[HAND_WRITTEN] = runner(package, f"{dependencies}, sys; sys.path.append({folder!r})", "module0")
    title = f"import, dependencies loaded; by hand: {modules} empty modules"
    rows = [
        Row("import", "import", "ms", runs, tuple(runs)),
        Row("import-own", title, "ms", own, tuple(own)),
    ]
    if sys.version_info < (3, 13):
        module = f"{OURS}._timeout"
        loaded = f"{dependencies}, {OURS}, sys; del sys.modules[{module!r}]"
        runs = {timeouts.OURS: runner(module, loaded, "timeout")}
        rows.append(Row("timeout-import", "import of what timeouts need", "ms", runs, tuple(runs)))
    return rows
