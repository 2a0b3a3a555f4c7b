"""Outcomes of real `except*` on Python 3.15, kept in a file for the Pythons that lack the statement or differ in it.

Record again with:  python3.15 -m tests.catch.recording [--cases N] [--file PATH]
"""

import argparse
import gzip
import hashlib
import json
import os
import sys
from pathlib import Path

from .cases import Case
from .running import Run

FILE = Path(os.environ.get("CATCH_OUTCOMES") or Path(__file__).with_name("outcomes.json.gz"))
CASES = 2000


def _read(path):
    return json.loads(gzip.decompress(path.read_bytes()))


def load(path=FILE):
    """For False (sync) and True (async), the outcome of each case, by seed."""
    recorded = _read(path)
    return {is_async: recorded["async" if is_async else "sync"] for is_async in (False, True)}


def recorded_programs(path=FILE):
    return _read(path)["programs"]


def digest_of_programs(cases):
    """One number for the text of all programs."""
    digest = hashlib.sha256()
    for is_async in (False, True):
        for seed in range(cases):
            case = Case(seed, is_async)
            digest.update(f"{case.source('catch')}{case.throws}".encode())
    return digest.hexdigest()


def record(path, cases):
    if sys.version_info[:2] != (3, 15):
        raise SystemExit("outcomes are recorded on Python 3.15")
    outcomes = {
        name: [Run(Case(seed, name == "async"), "except*").outcome for seed in range(cases)]
        for name in ("sync", "async")
    }
    about = {"python": sys.version.split()[0], "programs": digest_of_programs(cases)}
    text = json.dumps({**about, **outcomes}, separators=(",", ":"))
    # without the time, so that the same outcomes give the same file
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(f"{2 * cases} outcomes in {path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=record.__doc__)
    parser.add_argument("--cases", type=int, default=CASES, help="of each kind, sync and async")
    parser.add_argument("--file", type=Path, default=FILE)
    arguments = parser.parse_args()
    record(arguments.file, arguments.cases)
