"""`python -m tests.bench.instructions`: count the instructions of each operation on this interpreter."""

import argparse
import platform
import sys

from .. import implementations
from . import callgrind, run, tables


def measure(options):
    """Return everything that was asked for, as data."""
    result = {
        "python": platform.python_version(),
        "version": list(sys.version_info[:2]),
        "peers": {each.name: each.version for each in implementations.find_all()[0] if each.version},
    }
    special = {"memory", "import", "cancel"}
    only = options.only or []
    keys = [key for key in only if key not in special]
    result["counts"], result["failed"] = run.count_rows(keys) if keys or not only else ({}, {})
    if not only or "memory" in only:
        result["counts"]["memory"] = run.measure_memory()
    if not only or "import" in only:
        result["counts"]["import"] = run.count_imports()
    result["cancellations"] = run.count_cancellations() if not only or "cancel" in only else []
    return result


def main():
    parser = argparse.ArgumentParser(prog="nox -s bench -- --instructions", description=__doc__)
    parser.add_argument("--only", metavar="ROW", nargs="+", help="only these rows: empty, timeout-quiet, cancel, ...")
    options = parser.parse_args()
    reason = callgrind.unavailable()
    if reason:
        print(f"Nothing is counted: {reason}", file=sys.stderr)
        return 2 if reason == callgrind.ADVICE else 0
    result = measure(options)
    for line in tables.terminal(result):
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
