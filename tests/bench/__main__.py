"""`python -m tests.bench`: measures on this interpreter, in this one process. `--help` lists the options."""

import argparse
import datetime
import os
import platform
import sys
from time import monotonic

from . import measure, report, suite
from .implementations import find_all
from .probe import failures


def machine():
    model = platform.processor()
    try:
        with open("/proc/cpuinfo") as lines:
            model = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    except (OSError, StopIteration, ValueError):
        return f"{model}, {os.cpu_count()} cores, {platform.system()}"
    return f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.release()}"


def python():
    return f"{platform.python_implementation()} {platform.python_version()}"


def load():
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


class Progress:
    """One line that is written over on a terminal; one line for each row elsewhere."""

    def __init__(self):
        self.terminal = sys.stderr.isatty()
        self.named = set()

    def __call__(self, text):
        if self.terminal:
            sys.stderr.write(f"\r\033[K{text}")
        elif text.split(":")[0] not in self.named:
            self.named.add(text.split(":")[0])
            sys.stderr.write(text.split(":")[0] + "\n")
        sys.stderr.flush()

    def clear(self):
        if self.terminal:
            sys.stderr.write("\r\033[K")


def run(options):
    started, load_before = monotonic(), load()
    progress = Progress()
    implementations, missing = find_all()
    failed = {}
    for each in implementations:
        progress(f"what works here: {each.name}")
        reasons = failures(each.name)
        if reasons:
            failed[each.name] = reasons

    def able(key, without=()):
        return [each for each in implementations if key not in failed.get(each.name, ()) and each.name not in without]

    plan = []  # A row, the seconds it may take, the least and the most rounds, whether to warm up.
    slow = 1 if options.quick else 5
    for row in suite.group_rows(options.quick):
        bound = row.bind(able(row.key, row.without))
        if row.key.endswith("100000"):
            plan.append((bound, 30, 5, 15, False))
        else:
            plan.append((bound, 1.0 * slow, 5, 60))
    for row in suite.catch_rows(options.quick):
        plan.append((row, 0.5 * slow, 5, 100))
    for row in suite.timeout_rows(options.quick):
        plan.append((row, 0.5 * slow, 5, 100))
    for row in suite.import_rows([each.name for each in implementations]):
        plan.append((row, 1.0 * slow, 3, 15))
    plan.append((suite.memory_row(able("cancelled"), options.quick), 0, 1, 1, False))
    scale = suite.scale_rows(able("noop-100000"), options.quick)
    if options.only:
        plan = [entry for entry in plan if entry[0].key in options.only]
        scale = [row for row in scale if "scale" in options.only]

    rows = {}
    for row, *limits in plan:
        taken = measure.rounds(row, *limits[:3], progress, *limits[3:])
        rows[row.key] = {"title": row.title, "unit": row.unit, "rounds": taken}
    for row, taken in measure.interleaved(scale, 0.7 if options.quick else 5, progress):
        rows[row.key] = {"title": row.title, "unit": row.unit, "rounds": taken}
    progress.clear()

    return {
        "python": python(),
        "version": list(sys.version_info[:3]),
        "machine": machine(),
        "date": datetime.date.today().isoformat(),
        "mode": "quick" if options.quick else "full",
        "load": [load_before, load()],
        "seconds": monotonic() - started,
        "versions": {each.name: each.version for each in implementations if each.version},
        "missing": missing,
        "failed": failed,
        "rows": rows,
    }


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, no row with 100,000 children or more")
    parser.add_argument(
        "--only", metavar="ROW", nargs="+", help="only these rows: noop-1000, empty, fails, import, scale, ..."
    )
    options = parser.parse_args()
    result = run(options)
    for part in report.terminal(result):
        print(part)


if __name__ == "__main__":
    main()
