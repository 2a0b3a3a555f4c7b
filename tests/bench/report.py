"""The tables: plain text for the terminal, the same cells as Markdown for the docs."""

from .catching import BARE_KEPT, BARE_NEW, KEPT, NEW, PEER, STATEMENT, SUPPRESS
from .implementations import GATHER, HAND_WRITTEN, NATIVE, OURS, PEERS
from .measure import cost, ratio
from .suite import LISTS, LISTS_UNCOLLECTED
from .timeouts import NATIVE as NATIVE_TIMEOUT
from .timeouts import OURS as TIMEOUT
from .timeouts import PEER as PEER_TIMEOUT

COLUMNS = (OURS, HAND_WRITTEN, NATIVE, GATHER, *PEERS)
TIMEOUT_COLUMNS = (TIMEOUT, NATIVE_TIMEOUT, PEER_TIMEOUT)
CATCH_COLUMNS = (KEPT, NEW, SUPPRESS, PEER, STATEMENT, BARE_KEPT, BARE_NEW)
NONE = "–"  # noqa: RUF001


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 20 else f"{value:.2f}"


def spread(measured):
    """A ratio and its quartiles: 1.04 (1.02-1.05)."""
    return f"{measured[0]:.2f} ({measured[1]:.2f}-{measured[2]:.2f})"


def is_group_row(key):
    return not key.startswith(("catch-", "scale-", "timeout-"))


def cost_table(rows, keep, columns):
    columns = [name for name in columns if any(cost(row["rounds"], name) for key, row in rows.items() if keep(key))]
    table = [["", *columns]]
    for key, row in rows.items():
        if keep(key):
            cells = [cost(row["rounds"], name) for name in columns]
            table.append([f"{row['title']}, {row['unit']}", *(number(cell[0]) if cell else NONE for cell in cells)])
    return table


def ratio_table(rows):
    """Return the cost of `taskgroup_compat` as a multiple of each other one, with the spread over the rounds."""
    others = [name for name in COLUMNS[1:] if any(ratio(row["rounds"], OURS, name) for row in rows.values())]
    table = [["taskgroup_compat as a multiple of", *others]]
    for key, row in rows.items():
        if is_group_row(key):
            cells = [ratio(row["rounds"], OURS, name) for name in others]
            if any(cells):
                table.append([row["title"], *(spread(cell) if cell else NONE for cell in cells)])
    return table


def scale_table(rows):
    return cost_table(rows, lambda key: key.startswith("scale-"), (*COLUMNS, LISTS, LISTS_UNCOLLECTED))


def tables(result):
    """Each table of one interpreter with its heading."""
    rows = result["rows"]
    yield "Cost, median CPU time", cost_table(rows, is_group_row, COLUMNS)
    yield "Ratios, median and quartiles over the rounds", ratio_table(rows)
    yield "catch, median CPU time", cost_table(rows, lambda key: key.startswith("catch-"), CATCH_COLUMNS)
    yield "Timeouts, median CPU time", cost_table(rows, lambda key: key.startswith("timeout-"), TIMEOUT_COLUMNS)
    yield "No-op children in one group", scale_table(rows)


def as_text(table):
    widths = [max(len(line[column]) for line in table) for column in range(len(table[0]))]
    lines = []
    for line in table:
        first, *others = [
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths))
        ]
        lines.append("  ".join([first, *others]).rstrip())
    return "\n".join(lines)


def as_markdown(table):
    head, *body = table
    ruler = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, ruler, *body])


def heading(result):
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    return f"{result['python']}; {versions}"


def remarks(result):
    """Yield a line for each implementation that did not take part, with the reason."""
    for name, reason in result["missing"].items():
        yield f"{name}: cannot be imported, {reason}"
    for name, reasons in result["failed"].items():
        for key, reason in reasons.items():
            yield f"{name}: {key} {reason}"


def terminal(result):
    before, after = result["load"][:2]
    yield f"\n{heading(result)}\n{result['machine']}; load {before} at the start, {after} at the end\n"
    for title, table in tables(result):
        if len(table) > 1:
            yield f"{title}\n{as_text(table)}\n"
    yield from remarks(result)
    yield f"{result['seconds']:.0f} s"
