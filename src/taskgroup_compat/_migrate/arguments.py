"""The arguments of `migrate`, completed by the settings of the project."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Sequence

from . import settings
from .options import COMPAT, Options

# The oldest Pythons that a project can support afterwards. One without changes of its own counts as the one before it.
FLOORS = {f"3.{minor}": (3, minor) for minor in range(11, 16)}
OLD_FLOORS = {f"3.{minor}": (3, minor) for minor in range(8, 15)}
_PACKAGES = ["exceptiongroup"]
_EXAMPLES = """
examples:
  python -m taskgroup_compat migrate in --floor 3.9 src tests            show the diff, change nothing
  python -m taskgroup_compat migrate in --floor 3.9 --write src tests    change the files
  python -m taskgroup_compat migrate out --floor 3.11 --check src        for CI: fail if something would change

A line `file:line: what, and why` names code that stays as it is; check each line with `note:`.
- as the only PATH converts standard input to standard output; the lines go to standard error.
The table [tool.taskgroup-compat.migrate] of pyproject.toml takes floor, from, exclude, quiet, report-newer and jobs.

Exit status: 0 if everything was converted, 1 if something was left, 2 for wrong arguments.
With --check: 0 if there is nothing to convert, 1 if something would change, 3 if something is left, 4 for both.
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of `migrate`."""
    raw = argparse.RawDescriptionHelpFormatter
    result = argparse.ArgumentParser(prog="python -m taskgroup_compat migrate", epilog=_EXAMPLES, formatter_class=raw)
    directions = result.add_subparsers(dest="direction", metavar="in|out")
    into = directions.add_parser(
        "in", help="from except* and asyncio to this package", epilog=_EXAMPLES, formatter_class=raw
    )
    into.add_argument("--floor", choices=list(OLD_FLOORS), help="the oldest Python to support (default: 3.8)")
    into.add_argument(
        "--report-newer",
        action="store_true",
        default=None,
        help="also name code that needs a Python above the floor",
    )
    out = directions.add_parser(
        "out", help="from this package to except* and asyncio", epilog=_EXAMPLES, formatter_class=raw
    )
    out.add_argument(
        "--floor",
        choices=list(FLOORS),
        help="the oldest Python that stays supported (required, here or in pyproject.toml)",
    )
    out.add_argument(
        "--from",
        dest="packages",
        action="append",
        choices=_PACKAGES,
        help="also convert code that uses exceptiongroup",
    )
    for each in (into, out):
        writing = each.add_mutually_exclusive_group()
        writing.add_argument("--write", action="store_true", help="change the files")
        writing.add_argument(
            "--check", action="store_true", help="change nothing, print no diff; for continuous integration"
        )
        each.add_argument(
            "--exclude", action="append", metavar="GLOB", help="leave out these files or folders; repeatable"
        )
        each.add_argument(
            "-q", "--quiet", action="store_true", default=None, help="print only the diff and the code that is left"
        )
        each.add_argument("-j", "--jobs", type=_positive, metavar="N", help="convert in N processes (default: 1)")
        each.add_argument("paths", nargs="+", metavar="PATH", type=Path, help="a file, a folder of Python files, or -")
    return result


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def read(arguments: Sequence[str]) -> tuple[Any, Options]:
    """Return the arguments and the options of the conversion; ends the program where they are wrong."""
    reading = parser()
    asked = reading.parse_args(list(arguments))
    if asked.direction is None:
        reading.error("choose a direction: in or out")
    asked.is_input = [str(path) for path in asked.paths] == ["-"]
    paths: list[Path] = [] if asked.is_input else asked.paths
    for path in paths:
        _check_path(reading, path)
    return asked, _options(reading, asked, paths)


def _options(reading: argparse.ArgumentParser, asked: Any, paths: Sequence[Path]) -> Options:
    """Complete the arguments by the settings of the project."""
    try:
        table = settings.read(paths)
    except settings.Invalid as error:
        reading.error(str(error))
    floors = FLOORS if asked.direction == "out" else OLD_FLOORS
    configured = table.get("floor")
    if asked.floor is None and configured in floors:
        asked.floor = configured
    if asked.floor is None and asked.direction == "out":
        what = "the following arguments are required: --floor"
        reading.error(
            what if configured is None else f"{what}; floor = {configured!r} in pyproject.toml is not a floor for out"
        )
    packages = table.get("from", []) if getattr(asked, "packages", None) is None else asked.packages
    for each in packages:
        if each not in _PACKAGES:
            reading.error(f"from in pyproject.toml takes {', '.join(_PACKAGES)}, not {each!r}")
    asked.exclude = [*table.get("exclude", ()), *(asked.exclude or ())]
    asked.quiet = table.get("quiet", False) if asked.quiet is None else asked.quiet
    asked.jobs = max(1, table.get("jobs", 1)) if asked.jobs is None else asked.jobs
    newer = getattr(asked, "report_newer", False)
    if asked.direction == "in" and newer is None:
        newer = table.get("report-newer", False)
    chosen = {COMPAT, *(packages if asked.direction == "out" else ())}
    return Options(asked.direction, floors[asked.floor or "3.8"], chosen, bool(newer))


def _check_path(reading: argparse.ArgumentParser, path: Path) -> None:
    """End the program if there is nothing to read at a path."""
    if str(path) == "-":
        reading.error("- stands for standard input, and cannot be named beside other paths")
    try:
        if path.is_file() or path.is_dir():
            return
        is_there, is_link = path.exists(), path.is_symlink()
    except (OSError, ValueError):  # a name that the system does not take
        is_there = is_link = False
    if is_there:
        reading.error(f"neither a file nor a folder: {path}")
    reading.error(f"{'the link leads nowhere' if is_link else 'no such file or folder'}: {path}")
