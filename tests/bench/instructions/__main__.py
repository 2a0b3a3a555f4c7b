"""`python -m tests.bench.instructions`: count the instructions of each operation on this interpreter."""

import argparse
import json
import os
import platform
import sys
from pathlib import Path

from .. import implementations
from . import callgrind, page, run, tables


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
    parser.add_argument("--docs", action="store_true", help="write docs/benchmarks.md from the results of this run")
    parser.add_argument("--run", default=str(os.getpid()), help="a name that the interpreters of one run share")
    options = parser.parse_args()
    reason = callgrind.unavailable()
    if reason:
        print(f"Nothing is counted: {reason}", file=sys.stderr)
        return 2 if reason == callgrind.ADVICE else 0
    result = measure(options)
    for line in tables.terminal(result):
        print(line)
    if options.docs:
        folder = Path(".nox", "bench", options.run)
        folder.mkdir(parents=True, exist_ok=True)
        name = ".".join(map(str, result["version"]))
        Path(folder, f"{name}.json").write_text(json.dumps(result, indent=1), encoding="utf-8")
        page.write(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
