"""The rows of the table: an operation, how often it is done in one count, and everybody who does it."""

import asyncio
import importlib
import sys

from .. import implementations
from ..implementations import GATHER, OURS, PEERS, Implementation
from . import catching, groups, raw, timeouts

RAW = "raw"
NATIVE_TIMEOUT, ASYNC_TIMEOUT, SCOPE = "asyncio.timeout", "async_timeout", "anyio"
PEER_CATCH, SUPPRESS, STATEMENT = "exceptiongroup.catch", "contextlib.suppress", "except*"
# Some of them are subclasses of asyncio's classes, and the interpreter specialises the code that both share for the
# class that it sees most: they are counted in a process of their own.
COUNTED_APART = {*PEERS, *((ASYNC_TIMEOUT,) if sys.version_info >= (3, 11) else ())}
PROCESSES = ("ours", "peers")
# Below 3.11 the interpreter caches the lookups of a code object after 1,024 calls; 3.11 and later specialise sooner.
WARM_UP = 1100 if sys.version_info < (3, 11) else 40


class Row:
    """One operation; `runs` maps a name to an asynchronous function of two arguments and its first argument."""

    def __init__(self, key, count, runs, prepare=None):
        self.key = key
        self.count = count
        self.runs = runs
        self.prepare = prepare or (lambda count: count)

    def arguments(self):
        """Return the second argument for one count."""
        return self.prepare(self.count)


def module(name):
    """Return an imported module, or None where it is not installed or does not run here."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def group_rows():
    """Return the rows of groups."""
    found = [each for each in implementations.find_all()[0] if each.name != GATHER]
    found.append(Implementation(RAW, raw.Group, raw.Style))

    def row(key, count, operation):
        return Row(key, count, {each.name: (operation, each) for each in found})

    return [
        row("child-noop", 300, groups.noop_children),
        row("child-sleep", 300, groups.yielding_children),
        row("empty", 100, groups.empty),
        row("group-1", 60, groups.groups_of(1)),
        row("group-2", 50, groups.groups_of(2)),
        row("group-5", 30, groups.groups_of(5)),
        row("nested", 200, groups.nested),
        row("fails", 300, groups.one_fails),
        row("cancelled", 300, groups.cancelled),
    ]


def timeout_rows():
    """Return the rows of timeouts."""
    found = {}
    if module(OURS):
        found[OURS] = module(OURS).timeout
    if sys.version_info >= (3, 11):
        found[NATIVE_TIMEOUT] = asyncio.timeout
    if module("async_timeout"):
        found[ASYNC_TIMEOUT] = module("async_timeout").timeout

    def row(key, count, operation, scope=None):
        runs = {name: (operation, make) for name, make in found.items()}
        if scope and module("anyio"):
            runs[SCOPE] = (scope, module("anyio").move_on_after)
        return Row(key, count, runs)

    return [
        row("timeout-quiet", 100, timeouts.quiet, timeouts.quiet_scope),
        row("timeout-none", 100, timeouts.without_limit),
        row("timeout-expired", 50, timeouts.expired, timeouts.expired_scope),
    ]


def catch_rows():
    """Return the rows of `catch`."""
    found = {}
    if module(OURS):
        found[OURS] = module(OURS).catch
    if module("exceptiongroup"):
        found[PEER_CATCH] = module("exceptiongroup").catch
    quiet, raising = {SUPPRESS: (catching.suppress, None)}, {}
    if sys.version_info >= (3, 11):
        from . import except_star

        quiet[STATEMENT] = (except_star.nothing_raised, None)
        raising[STATEMENT] = (except_star.ten_leaves, None)

    def row(key, count, operation, names, beside, prepare=None):
        runs = {name: (operation, found[name]) for name in names if name in found}
        return Row(key, count, {**runs, **beside}, prepare)

    both, ours, ten = (OURS, PEER_CATCH), (OURS,), catching.ten_leaves
    return [
        row("catch-new", 100, catching.new, both, quiet),
        row("catch-kept", 100, catching.kept, both, quiet),
        row("ten-new", 40, catching.ten_new, both, raising, ten),
        row("ten-kept", 40, catching.ten_kept, both, raising, ten),
        row("catch-async", 100, catching.new_with_coroutine, ours, {}),
    ]


def rows_of(process):
    """Return the rows as one of the two processes counts them."""
    rows = [*group_rows(), *timeout_rows(), *catch_rows()]
    for row in rows:
        row.runs = {name: run for name, run in row.runs.items() if (name in COUNTED_APART) == (process == "peers")}
    return rows
