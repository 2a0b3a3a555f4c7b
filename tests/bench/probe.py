"""Finds out which scenarios an implementation gets through at all: some hang or fail on some versions."""

import subprocess
import sys

from .implementations import find_all
from .suite import group_rows

SECONDS = 10


def main(name, skipped):
    (implementation,) = [each for each in find_all()[0] if each.name == name]
    for row in group_rows(quick=False):
        if row.key in skipped or name in row.without:
            continue
        print("start", row.key, flush=True)
        try:
            row.probe(implementation)
        except BaseException as error:
            print("fail", row.key, repr(error).replace("\n", " ")[:100], flush=True)
    print("end", flush=True)


def failures(name):
    """The scenarios that `name` cannot do here, with the reason."""
    failed = {}
    while True:
        command = [sys.executable, "-m", "tests.bench.probe", name, *failed]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, universal_newlines=True)
        try:
            output, _ = process.communicate(timeout=SECONDS)
            last = f"exit {process.returncode}"
        except subprocess.TimeoutExpired:
            process.kill()
            output, _ = process.communicate()
            last = f"hangs (no end within {SECONDS} s)"
        started = None
        for line in output.splitlines():
            word, *rest = line.split(" ", 2)
            if word == "start":
                started = rest[0]
            elif word == "fail":
                failed[rest[0]] = rest[1]
        if output.endswith("end\n"):
            return failed
        if started is None:
            return {row.key: last for row in group_rows(quick=False)}
        failed.setdefault(started, last)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
