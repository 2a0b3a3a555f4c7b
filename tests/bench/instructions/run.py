"""Take the counts of this interpreter: each function starts the processes that it needs."""

from concurrent.futures import ThreadPoolExecutor

from .. import implementations
from ..groups import traced_memory
from ..implementations import GATHER, OURS, Implementation
from . import callgrind, raw
from .cancelling import SHAPES
from .rows import PROCESSES, RAW, rows_of

CHILDREN = 20_000  # In the group whose memory is measured.


def count_rows(keys=(), processes=PROCESSES):
    """Return the instructions of one operation, by row and name, and the pairs that failed with their reason."""
    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(lambda each: callgrind.count(f"{__package__}.counted", each, *keys), processes))
    counts, failed = {}, {}
    for process, (found, printed) in zip(processes, answers):
        for row in rows_of(process):
            cells = {name: found[f"{row.key}|{name}"] for name in row.runs if f"{row.key}|{name}" in found}
            counts.setdefault(row.key, {}).update(
                {name: round(instructions / row.count) for name, instructions in cells.items()}
            )
        for line in printed:
            key, name, reason = line.split("|", 2)
            failed[f"{key}, {name}"] = reason
    return {key: row for key, row in counts.items() if row}, failed


def measure_memory():
    """Return the bytes of one sleeping child by name: every allocation, the same in each run."""
    found = [each for each in implementations.find_all()[0] if each.name != GATHER]
    found.append(Implementation(RAW, raw.Group, raw.Style))
    sizes = {}
    for each in found:
        try:
            # Not a child's: what the first group makes for good, and asyncio's set of all tasks, which never shrinks.
            traced_memory(each, CHILDREN)
            sizes[each.name] = round(traced_memory(each, CHILDREN) / CHILDREN)
        except Exception:
            if each.name == OURS:
                raise
            # A peer may fail on this version: taskgroup cannot start a task from 3.13 on.
    return sizes


def count_imports():
    """Return the instructions of importing asyncio, exceptiongroup below 3.11, and this package after them."""
    found, _ = callgrind.count(f"{__package__}.imports", twice=True)
    found = {label.split("|")[1]: instructions for label, instructions in found.items()}
    found[OURS] = found.pop("ours")
    return found


def count_cancellations():
    """Return, for each shape of a task, the instructions of cancel() and those from there until the task has ended."""
    found, _ = callgrind.count(f"{__package__}.cancelling")
    names = sorted({label.split("|")[1] for label in found}, reverse=True)
    return [
        {"shape": shape, **{name: [found[f"{number}|{name}|{end}"] for end in ("call", "end")] for name in names}}
        for number, shape in enumerate(SHAPES)
    ]
