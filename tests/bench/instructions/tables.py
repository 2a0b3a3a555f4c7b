"""The tables of counts, for the terminal and for the page."""

from ..implementations import HAND_WRITTEN, NATIVE, OURS, PEERS
from ..report import as_text
from . import goals
from .rows import ASYNC_TIMEOUT, NATIVE_TIMEOUT, PEER_CATCH, RAW, STATEMENT, SUPPRESS

NONE = "–"  # noqa: RUF001
ASYNCIO, EXCEPTIONGROUP = "asyncio", "exceptiongroup"
COLUMNS = {
    "groups": (OURS, RAW, HAND_WRITTEN, NATIVE, *PEERS),
    "timeouts": (OURS, NATIVE_TIMEOUT, ASYNC_TIMEOUT, "anyio"),
    "catch": (OURS, PEER_CATCH, SUPPRESS, STATEMENT),
    "import": (OURS, ASYNCIO, EXCEPTIONGROUP),
}
TITLES = {
    "child-noop": "child that returns at once",
    "child-sleep": "child that awaits sleep(0)",
    "empty": "empty group",
    "group-1": "group of 1 child",
    "group-2": "group of 2 children",
    "group-5": "group of 5 children",
    "nested": "group nested in a group, 200 deep",
    "fails": "child, one of 300 fails",
    "cancelled": "child, 300 are cancelled",
    "memory": "bytes per sleeping child",
    "timeout-quiet": "timeout that does not expire",
    "timeout-none": "timeout(None)",
    "timeout-expired": "timeout that expires",
    "catch-new": "catch made anew, nothing raised",
    "catch-kept": "catch made before, nothing raised",
    "ten-new": "catch made anew, ten leaves caught",
    "ten-kept": "catch made before, ten leaves caught",
    "catch-async": "async with catch, a coroutine handler",
    "import": "import, after asyncio and exceptiongroup",
}


def kind_of(key):
    """Return the table that a row belongs to."""
    if key.startswith("timeout-"):
        return "timeouts"
    if key.startswith(("catch-", "ten-")):
        return "catch"
    return "import" if key == "import" else "groups"


def count_table(counts, kind):
    """Return the rows of one table, the heading first; each cell is a count and ours as a multiple of it."""
    rows = {key: counts[key] for key in TITLES if key in counts and kind_of(key) == kind}
    columns = [name for name in COLUMNS[kind] if any(name in row for row in rows.values())]
    table = [["instructions (ours as a multiple)", *columns]]
    for key, row in rows.items():
        cells = [TITLES[key]]
        for name in columns:
            if name not in row:
                cells.append(NONE)
            elif name == OURS or OURS not in row:
                cells.append(f"{row[name]:,}")
            else:
                cells.append(f"{row[name]:,} ({row[OURS] / row[name]:.3f})")
        table.append(cells)
    return table if len(table) > 1 else []


def cancellation_table(cancellations):
    """Return the table of one cancellation, in thousands of instructions."""
    if not cancellations:
        return []
    names = [name for name in cancellations[0] if name != "shape"]
    heads = [f"{name}, {end}" for name in names for end in ("cancel()", "after it")]
    table = [["cancelled by", "depth of awaits", "entered managers", "object of a million entries", *heads]]
    for each in cancellations:
        cells = [f"{each[name][end] / 1000:,.1f}" for name in names for end in (0, 1)]
        table.append([*map(str, each["shape"]), *cells])
    return table


def goal_table(result):
    """Return the table of goals of one interpreter."""
    table = [["goal", "limit", "measured", ""]]
    for goal, ratio in goals.evaluate(result["counts"], tuple(result["version"])):
        verdict = "met" if is_met(goal, ratio) else "MISSED"
        table.append([f"{TITLES[goal.key]}, to {goal.measure}", f"{goal.limit:g}", f"{ratio:.3f}", verdict])
    return table if len(table) > 1 else []


def is_met(goal, ratio):
    """Compare with as many digits as counts repeat to: within 0.3 %."""
    return ratio <= goal.limit * 1.003


def terminal(result):
    """Return the lines of a report."""
    peers = ", ".join(f"{name} {version}" for name, version in result["peers"].items())
    yield f"\nCPython {result['python']}; {peers}\n"
    for kind in COLUMNS:
        table = count_table(result["counts"], kind)
        if table:
            yield f"{as_text(table)}\n"
    table = cancellation_table(result["cancellations"])
    if table:
        yield f"One cancellation of a task in a group, in thousands of instructions\n{as_text(table)}\n"
    table = goal_table(result)
    if table:
        yield f"{as_text(table)}\n"
    for pair, reason in result["failed"].items():
        yield f"not counted: {pair}: {reason}"
