"""The command line: arguments, the run over all files, what is printed, the exit status."""

from __future__ import annotations

import argparse
import gc
import io
import os
import re
import sys
import threading
import time
from pathlib import Path
from typing import Counter, Sequence, cast

from . import files
from .convert import COMPAT, Failed, Options, concerns, convert, needs
from .dependencies import lines_naming, project_files
from .report import Report

FLOORS = {"3.11": (3, 11), "3.13": (3, 13), "3.15": (3, 15)}
OLD_FLOORS = {"3.8": (3, 8), "3.9": (3, 9), "3.10": (3, 10)}
_EXAMPLES = """
Without --write it shows a diff and changes nothing. Each thing that is left is one line, `file:line: what, and why`;
a line with `note:` is to be looked at. Exit status: 0 if all was done, 1 if something was left, 2 for bad arguments.
"""
_RECURSION = 20_000
_STACK = 0x2000_0000
_FROM_IMPORT = re.compile(r"^[ \t]*from[ \t]+([.\w]+)[ \t]+import[ \t]+(\([^)]*\)|[^\n]*)", re.MULTILINE)


def parser() -> argparse.ArgumentParser:
    """What the command takes."""
    raw = argparse.RawDescriptionHelpFormatter
    result = argparse.ArgumentParser(prog="python -m taskgroup_compat migrate", epilog=_EXAMPLES, formatter_class=raw)
    directions = result.add_subparsers(dest="direction", metavar="out|in")
    out = directions.add_parser(
        "out", help="from this package to except* and asyncio", epilog=_EXAMPLES, formatter_class=raw
    )
    out.add_argument("--floor", required=True, choices=list(FLOORS), help="the oldest Python that stays supported")
    out.add_argument(
        "--from",
        dest="packages",
        action="append",
        choices=["exceptiongroup"],
        default=[],
        help="also convert what is used of this package",
    )
    into = directions.add_parser(
        "in", help="from except* and asyncio to this package", epilog=_EXAMPLES, formatter_class=raw
    )
    into.add_argument(
        "--floor", choices=list(OLD_FLOORS), default="3.8", help="the oldest Python to support (default: 3.8)"
    )
    for each in (out, into):
        each.add_argument("--write", action="store_true", help="change the files")
        each.add_argument(
            "paths", nargs="+", metavar="PATH", type=Path, help="a file, or a folder with files of Python"
        )
    return result


def run(arguments: Sequence[str]) -> int:
    """Runs the command; returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    reading = parser()
    try:
        asked = reading.parse_args(list(arguments))
        if asked.direction is None:
            reading.error("out or in?")
        for path in asked.paths:
            _check_path(reading, path)
    except SystemExit as ended:
        return cast(int, ended.code)
    floor = FLOORS[asked.floor] if asked.direction == "out" else OLD_FLOORS[asked.floor]
    packages = {COMPAT, *getattr(asked, "packages", [])}
    return _Run(Options(asked.direction, floor, packages), asked.write, asked.paths).run_deep()


def _check_path(reading: argparse.ArgumentParser, path: Path) -> None:
    """Ends the program if there is nothing to read at a path."""
    if str(path) == "-":
        reading.error("standard input is not read: name files or folders")
    try:
        if path.is_file() or path.is_dir():
            return
        is_there, is_link = path.exists(), path.is_symlink()
    except (OSError, ValueError):  # a name that the system does not take
        is_there = is_link = False
    if is_there:
        reading.error(f"neither a file nor a folder: {path}")
    reading.error(f"{'the link leads nowhere' if is_link else 'no such file or folder'}: {path}")


class _Stopped(Exception):
    """The user wants the run to end."""


class _Run:
    """One run over all files."""

    def __init__(self, options: Options, write: bool, paths: list[Path]) -> None:
        self.options, self.write, self.paths = options, write, paths
        self.imported_from: dict[str, set[str]] = {}
        self.total: Counter[str] = Counter()
        self.changed = 0
        self.left = 0
        self.still: Counter[str] = Counter()
        self.needed: set[str] = set()
        self.said: set[str] = set()
        self.status = 1
        self.stopped = False
        self.error: OSError | None = None
        self.progress = _Progress()

    def run_deep(self) -> int:
        """Runs in a thread with a large stack: a tree is as deep as the longest chain of operators or elifs.

        The parser and, below 3.11, every Python function take from that stack, and die where it ends.
        """
        limit, size = sys.getrecursionlimit(), threading.stack_size()
        sys.setrecursionlimit(max(limit, _RECURSION))
        threading.stack_size(_STACK)
        thread = threading.Thread(target=self._run_and_say)
        try:
            thread.start()
            thread.join()
        except KeyboardInterrupt:
            # The file that is being converted or written is the last one.
            self.stopped = True
            thread.join()
        finally:
            threading.stack_size(size)
            sys.setrecursionlimit(limit)
        if self.error is not None:
            raise self.error
        return self.status

    def _run_and_say(self) -> None:
        try:
            self.status = self.run()
            sys.stdout.flush()
        except _Stopped:
            self.status = 130
            print(f"interrupted; {self.changed} files changed", file=sys.stderr)
        except OSError as error:
            # A closed pipe, as after `| head`: the command line handles it.
            self.error = error

    def run(self) -> int:
        """Converts every file; returns the exit status."""
        found = list(files.find(self.paths))
        reading: list[tuple[Path, files.Text]] = []
        for number, path in enumerate(found, 1):
            self.progress.show("reading", number, len(found))
            self._check_stopped()
            try:
                text = files.Text(path.read_bytes())
            except files.Unreadable as error:
                self._leave(path, error.line, str(error))
                continue
            except OSError as error:
                self._leave(path, 1, f"cannot be read: {error.strerror}")
                continue
            self._note_imports(text.text)
            if concerns(text.text, self.options):
                reading.append((path, text))
        for number, (path, text) in enumerate(reading, 1):
            self.progress.show("converting", number, len(reading))
            self._check_stopped()
            self._convert(path, text)
        self.progress.clear()
        self._dependencies()
        self._summary(len(found))
        return 1 if self.left else 0

    def _check_stopped(self) -> None:
        if self.stopped:
            raise _Stopped

    def _note_imports(self, text: str) -> None:
        """Which names other modules import from a module, by the last part of its name."""
        for module, imported in _FROM_IMPORT.findall(text):
            names = self.imported_from.setdefault(module.rpartition(".")[2], set())
            for each in imported.strip("()").split(","):
                words = each.split()
                if words:
                    names.add(words[0])

    def _convert(self, path: Path, text: files.Text) -> None:
        report = Report()
        is_package = path.stem == "__init__"
        imported = self.imported_from.get(path.resolve().parent.name if is_package else path.stem, set())
        if is_package:
            imported = imported | self.imported_from.get("", set())
        # Trees have cycles, and nearly all of one lives until its file is done.
        gc.disable()
        try:
            after = convert(text.text, self.options, is_package, imported, report)
            data = text.encode(after)
        except Exception as error:
            self._leave(path, *_reason(error))
            after, data, report = text.text, b"", Report()
        finally:
            gc.enable()
        for package in self.options.packages:
            self.still[package] += needs(after, package)
            if needs(after, package) != needs(text.text, package):
                self.needed.add(package)
        lines = [*report.lines(str(path)), *report.lines_once(str(path), self.said)]
        self.progress.clear()
        if after != text.text:
            self.changed += 1
            self.total.update(report.converted)
            if self.write:
                try:
                    files.write(path, data)
                except OSError as error:
                    self._leave(path, 1, f"cannot be written: {error.strerror}")
            else:
                sys.stdout.write(files.diff(path.as_posix(), text.text, after))
        for line in lines:
            print(line)
        self.left += len(report.left)

    def _leave(self, path: Path, line: int, why: str) -> None:
        self.progress.clear()
        print(f"{path}:{line}: {why}")
        self.left += 1

    def _dependencies(self) -> None:
        """Names the files whose lists of dependencies can lose a package, or need one."""
        if not self.needed:
            return
        for path in project_files(self.paths):
            shown = os.path.relpath(path)
            for package in sorted(self.needed):
                name = package.replace("_", "-")
                lines = lines_naming(path, name)
                if self.options.direction == "out" and not self.still[package]:
                    for line in lines:
                        print(f"{shown}:{line}: note: {name} can go, nothing here imports it any more")
                elif self.options.direction == "in" and not lines and path.name == "pyproject.toml":
                    print(f"{shown}:1: note: {name} is a dependency now")

    def _summary(self, count: int) -> None:
        done = ", ".join(f"{number} {what}" for what, number in sorted(self.total.items()))
        files_read = "1 file" if count == 1 else f"{count} files"
        changed = f"{self.changed} changed" if self.write else f"{self.changed} changed with --write"
        print(f"{files_read}, {changed}, {self.left} left.", end="")
        print(f" Converted: {done}." if done else " Nothing was converted.")


def _reason(error: Exception) -> tuple[int, str]:
    """The line that a file cannot be converted for, and why."""
    if isinstance(error, Failed):
        return error.line, str(error)
    if isinstance(error, RecursionError):
        return 1, "stays: its code is nested too deeply"
    if isinstance(error, UnicodeEncodeError):
        return 1, f"stays: converted, it cannot be written as {error.encoding}"
    # A mistake of this program, which must not keep the other files from being converted.
    return 1, f"stays: internal error, please report it: {type(error).__name__}: {error}"


class _Progress:
    """A line on a terminal's stderr, or now and then one elsewhere, for runs that take more than a moment."""

    def __init__(self) -> None:
        self._start = self._last = time.monotonic()
        self._is_terminal = sys.stderr.isatty()
        self._shown = False

    def show(self, what: str, number: int, count: int) -> None:
        """Says where the run is."""
        now = time.monotonic()
        if now - self._last < (0.2 if self._is_terminal else 5) or now - self._start < 1:
            return
        self._last = now
        text = f"{what} {number} of {count}"
        if self._is_terminal:
            sys.stderr.write(f"\r{text}")
            self._shown = True
        else:
            sys.stderr.write(f"{text}\n")
        sys.stderr.flush()

    def clear(self) -> None:
        """Takes the line away, so that something else can be printed."""
        if self._shown:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
            self._shown = False
