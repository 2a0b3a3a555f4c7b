"""Digests of the outcomes of `except*` on Python 3.15, for the Pythons that lack the statement or differ in it.

A line holds four digests of one case: of its sync and its async outcome, each whole and without contexts. Record again
with `python3.15 -m tests.catch.recording`; `--show SEED [--async]` prints a whole outcome there, to compare.
"""

import argparse
import hashlib
import json
import os
import re
import sys
from pathlib import Path

from .cases import Case
from .running import Run

FILE = Path(os.environ.get("CATCH_OUTCOMES") or Path(__file__).with_name("outcomes.txt"))
CASES = 1000


def told(outcome):
    """Return the events of an outcome as texts."""
    return [json.dumps(event) for event in outcome]


def without_contexts(outcome):
    """Return the outcome as if nobody had looked at a context: exceptions are numbered as they are met elsewhere."""
    names, last, told_last, events = {}, {}, {}, []

    def named(text):
        return re.sub(r"#\d+", lambda number: names.setdefault(number.group(), f"#{len(names)}"), text)

    for event in outcome:
        changes = event[-1] if isinstance(event[-1], dict) else {}
        last.update({number: re.sub(r" context #\d+", "", text) for number, text in changes.items()})
        events.append([json.loads(named(json.dumps(part))) for part in event if part is not changes])
        shown = {}
        waiting = list(names)
        for number in waiting:
            if number in last and last[number] != told_last.get(number):
                told_last[number] = last[number]
                shown[names[number]] = named(last[number])
                waiting += [each for each in names if each not in waiting]
        events[-1].append(shown)
    return events


def digest(events):
    """Return five hexadecimal digits that stand for the events of an outcome."""
    return hashlib.sha256("\n".join(told(events)).encode()).hexdigest()[:5]


def digests(outcome):
    """Return the digest of an outcome as it is and of one without contexts."""
    # As JSON gives it back: tuples become lists.
    plain = json.loads(json.dumps(outcome))
    return digest(plain), digest(without_contexts(plain))


def load(path=FILE):
    """Return, for False (sync) and True (async), the two digests of each case, by seed."""
    lines = [line.split() for line in path.read_text().splitlines()[1:]]
    return {False: [(line[0], line[1]) for line in lines], True: [(line[2], line[3]) for line in lines]}


def recorded_programs(path=FILE):
    """Return the digest of the programs whose outcomes are recorded."""
    return path.read_text().split()[3]


def digest_of_programs(cases):
    """Return a digest of the text of all programs."""
    found = hashlib.sha256()
    for is_async in (False, True):
        for seed in range(cases):
            case = Case(seed, is_async)
            found.update(f"{case.source('catch')}{case.throws}".encode())
    return found.hexdigest()


def write(path, python, programs, sync, coroutines):
    """Write the digests of outcomes."""
    lines = [f"python {python} programs {programs}"]
    lines += [" ".join([*digests(one), *digests(other)]) for one, other in zip(sync, coroutines)]
    path.write_text("\n".join(lines) + "\n")


def record(path, cases):
    """Record the outcomes of so many cases of each kind."""
    outcomes = [[Run(Case(seed, is_async), "except*").outcome for seed in range(cases)] for is_async in (False, True)]
    write(path, sys.version.split()[0], digest_of_programs(cases), *outcomes)
    print(f"{2 * cases} outcomes in {path}: {path.stat().st_size:,} bytes")


def main():
    parser = argparse.ArgumentParser(description=record.__doc__)
    parser.add_argument("--cases", type=int, default=CASES, help="of each kind, sync and async")
    parser.add_argument("--file", type=Path, default=FILE)
    parser.add_argument("--show", type=int, metavar="SEED", help="print the program and the outcome of one case")
    parser.add_argument("--async", action="store_true", dest="is_async", help="of the async case of that number")
    options = parser.parse_args()
    if sys.version_info[:2] != (3, 15):
        raise SystemExit("outcomes are recorded on Python 3.15")
    if options.show is None:
        record(options.file, options.cases)
        return
    run = Run(Case(options.show, options.is_async), "except*")
    print(run.source, *told(run.outcome), sep="\n")


if __name__ == "__main__":
    main()
