"""The run over all files: what is converted, written and printed, and the exit status."""

from __future__ import annotations

import gc
import io
import os
import re
import shlex
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any, Container, Counter, Iterator, NamedTuple, Sequence, cast

from . import arguments as command_line
from . import files
from .arguments import FLOORS, OLD_FLOORS
from .convert import Failed, concerns, convert, needs
from .deep import ignore_interrupts, in_deep_thread
from .dependencies import formatter, lines_naming, project_files
from .options import Options
from .report import Report
from .source.sections import first_party_modules
from .way_out.names import still_needed

_FROM_IMPORT = re.compile(r"^[ \t]*from[ \t]+([.\w]+)[ \t]+import[ \t]+(\([^)]*\)|[^\n]*)", re.MULTILINE)


def run(arguments: Sequence[str]) -> int:
    """Run the command; return the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        asked, options = command_line.read(arguments)
    except SystemExit as ended:
        return cast(int, ended.code)
    running = _Run(options, asked)
    return running.run_input() if asked.is_input else running.run()


class Result(NamedTuple):
    """The outcome for one file; `why` is set where it cannot be converted."""

    before: files.Text
    after: str
    data: bytes
    report: Report
    line: int = 1
    why: Any = None

    def needed(self, package: str) -> tuple[bool, bool]:
        """Return whether the file imports a package, before and after."""
        return needs(self.before.text, package), needs(self.after, package)


def convert_bytes(
    data: bytes, options: Options, is_package: bool, imported: set[str], first_party: Container[str] = ()
) -> Result:
    """Convert a file; never raises for its contents. Raises files.Unreadable if it is no Python."""
    text = files.Text(data)
    report = Report()
    # Trees have cycles, and nearly all of one lives until its file is done.
    gc.disable()
    try:
        after = convert(text.text, options, is_package, imported, report, first_party)
        return Result(text, after, text.encode(after), report)
    except Exception as error:
        return Result(text, text.text, data, Report(), *_reason(error))
    finally:
        gc.enable()


def convert_file(path: Path, options: Options, imported: set[str]) -> Any:
    """Return the Result of a file, or the error that reading it raised."""
    try:
        is_package = path.stem == "__init__"
        return convert_bytes(path.read_bytes(), options, is_package, imported, first_party_modules(path))
    except (OSError, files.Unreadable) as error:
        return error


def convert_in_worker(path: Path, options: Options, imported: set[str]) -> Any:
    """Return what convert_file() returns, from a worker process."""
    return in_deep_thread(lambda: convert_file(path, options, imported))


def _reason(error: Exception) -> tuple[int, str]:
    """Return the line that a file cannot be converted for, and the reason."""
    if isinstance(error, Failed):
        return error.line, str(error)
    if isinstance(error, RecursionError):
        return 1, "stays: its code is nested too deeply"
    if isinstance(error, UnicodeEncodeError):
        return 1, f"stays: converted, it cannot be written as {error.encoding}"
    # A mistake of this program, which must not keep the other files from being converted.
    return 1, f"stays: internal error, please report it: {type(error).__name__}: {error}"


class _Stopped(Exception):
    """The user has interrupted the run."""


class _Run:
    """One run over all files."""

    def __init__(self, options: Options, asked: Any) -> None:
        self.options = options
        self.write, self.check, self.quiet = asked.write, asked.check, asked.quiet
        self.jobs, self.paths, self.exclude = asked.jobs, asked.paths, asked.exclude
        self.output = sys.stdout
        self.imported_from: dict[str, set[str]] = {}
        self.total: Counter[str] = Counter()
        self.changed: list[Path] = []
        self.left = 0
        self.still: Counter[str] = Counter()
        self.still_names: set[str] = set()
        self.needed: set[str] = set()
        self.said: set[str] = set()
        self.stopped = False
        self.progress = _Progress()

    def run(self) -> int:
        """Convert every file; return the exit status."""

        def stop() -> None:
            # The file that is being converted or written is the last one.
            self.stopped = True

        try:
            return in_deep_thread(self._run_all, stop)
        except _Stopped:
            print(f"interrupted; {_counted(len(self.changed) if self.write else 0)} changed", file=sys.stderr)
            return 130

    def run_input(self) -> int:
        """Convert standard input to standard output; return the exit status."""
        self.output = sys.stderr
        path = Path("<stdin>")
        data = sys.stdin.buffer.read()
        try:
            result = in_deep_thread(lambda: convert_bytes(data, self.options, False, set()))
        except files.Unreadable as error:
            self._leave(path, error.line, str(error))
            result = None
        if result is not None:
            self._take(path, result)
        if not self.check:
            sys.stdout.flush()
            sys.stdout.buffer.write(data if result is None else result.data)
            sys.stdout.buffer.flush()
        return self._status()

    def _run_all(self) -> int:
        found = list(files.find(self.paths, self.exclude))
        reading: list[Path] = []
        for number, path in enumerate(found, 1):
            self.progress.show("reading", number, len(found))
            self._check_stopped()
            if self._read(path):
                reading.append(path)
        for number, (path, result) in enumerate(self._results(reading), 1):
            self.progress.show("converting", number, len(reading))
            if isinstance(result, Result):
                self._take(path, result)
            else:
                self._leave_unread(path, result)
            self._check_stopped()
        self.progress.clear()
        if not self.quiet:
            self._dependencies()
            self._still_needed()
            self._summary(len(found))
            self._formatter()
        return self._status()

    def _results(self, paths: list[Path]) -> Iterator[tuple[Path, Any]]:
        """Each file with its result, in order."""
        if self.jobs == 1 or len(paths) < 2:
            for path in paths:
                yield path, convert_file(path, self.options, self._imported(path))
            return
        pool = ProcessPoolExecutor(min(self.jobs, len(paths)), initializer=ignore_interrupts)
        try:
            # A few files ahead of the one that is written, so that little is converted in vain after Ctrl-C.
            ahead = iter(paths)
            running = [self._submit(pool, each) for each in islice(ahead, 4 * self.jobs)]
            while running:
                path, future = running.pop(0)
                yield path, future.result()
                running += [self._submit(pool, each) for each in islice(ahead, 1)]
        finally:
            pool.shutdown(wait=True)

    def _submit(self, pool: ProcessPoolExecutor, path: Path) -> tuple[Path, Any]:
        return path, pool.submit(convert_in_worker, path, self.options, self._imported(path))

    def _check_stopped(self) -> None:
        if self.stopped:
            raise _Stopped

    def _read(self, path: Path) -> bool:
        """Note the imports of a file; return whether it is to be converted."""
        if path.suffix == ".ipynb":
            self._leave(path, 1, "notebooks are not read: export it as a script first")
            return False
        try:
            text = files.Text(path.read_bytes()).text
        except (OSError, files.Unreadable) as error:
            self._leave_unread(path, error)
            return False
        for module, imported in _FROM_IMPORT.findall(text):
            names = self.imported_from.setdefault(module.rpartition(".")[2], set())
            for each in imported.strip("()").split(","):
                words = each.split()
                if words:
                    names.add(words[0])
        return self.options.report_newer or concerns(text, self.options)

    def _imported(self, path: Path) -> set[str]:
        """Return the names that other modules import from a module, by the last part of its name."""
        if path.stem != "__init__":
            return self.imported_from.get(path.stem, set())
        return self.imported_from.get(path.resolve().parent.name, set()) | self.imported_from.get("", set())

    def _take(self, path: Path, result: Result) -> None:
        """Print and write the result of a file."""
        report = result.report
        if result.why is not None:
            self._leave(path, result.line, result.why)
        for package in self.options.packages:
            before, after = result.needed(package)
            self.still[package] += after
            if before != after:
                self.needed.add(package)
        if self.options.direction == "out":
            self.still_names |= still_needed(result.after, self.options.floor)
        lines = [*report.lines(str(path)), *([] if self.quiet else report.lines_once(str(path), self.said))]
        self.progress.clear()
        if result.after != result.before.text and self._change(path, result):
            self.changed.append(path)
            self.total.update(report.converted)
        for line in lines:
            if not (self.quiet and ": note: " in line):
                print(line, file=self.output)
        self.left += len(report.left)

    def _change(self, path: Path, result: Result) -> bool:
        """Write or show a change; return whether the file counts as changed."""
        if self.output is sys.stderr:
            return True
        if self.check:
            if not self.quiet:
                print(f"{path}: would change")
        elif not self.write:
            sys.stdout.write(files.diff(path.as_posix(), result.before.text, result.after))
        else:
            try:
                if path.read_bytes() != result.before.data:
                    self._leave(path, 1, "changed meanwhile: left alone")
                    return False
                files.write(path, result.data)
            except OSError as error:
                self._leave(path, 1, f"cannot be written: {error.strerror}")
                return False
        return True

    def _leave(self, path: Path, line: int, why: str) -> None:
        self.progress.clear()
        print(f"{path}:{line}: {why}", file=self.output)
        self.left += 1

    def _leave_unread(self, path: Path, error: Any) -> None:
        if isinstance(error, OSError):
            self._leave(path, 1, f"cannot be read: {error.strerror}")
        else:
            self._leave(path, error.line, str(error))

    def _status(self) -> int:
        if not self.check:
            return 1 if self.left else 0
        if self.left:
            return 4 if self.changed else 3
        return 1 if self.changed else 0

    # The end of the report

    def _dependencies(self) -> None:
        """Name the files whose lists of dependencies can lose a package, or need one."""
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
                    print(f"{shown}:1: note: add {name} to the dependencies")

    def _still_needed(self) -> None:
        """Name what still needs the package, and the floors from which on it does not."""
        for text in sorted(self.still_names):
            print(f"taskgroup_compat is still needed for {text}")

    def _summary(self, count: int) -> None:
        done = ", ".join(f"{number} {what}" for what, number in sorted(self.total.items()))
        changed = f"{len(self.changed)} {'changed' if self.write else 'would change'}"
        print(f"{_counted(count)}, {changed}, {self.left} left.", end="")
        print(f" Converted: {done}." if done else " Nothing was converted.")

    def _formatter(self) -> None:
        """Name the command that formats the changed files by the settings of the project."""
        name = formatter(self.paths) if self.write and self.changed else None
        files = " ".join(shlex.quote(str(path)) for path in self.changed)
        if name == "ruff":
            print(f"To format them: ruff check --select I --fix --quiet {files}; ruff format {files}")
        elif name == "black":
            print(f"To format them: black {files}")


def _counted(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"


class _Progress:
    """A line on a terminal's stderr for runs that take more than a moment; nothing elsewhere."""

    def __init__(self) -> None:
        self._last = time.monotonic() + 0.8
        self._is_terminal = sys.stderr.isatty()
        self._shown = False

    def show(self, what: str, number: int, count: int) -> None:
        """Print the place that the run has reached, at most five times a second."""
        if not self._is_terminal:
            return
        now = time.monotonic()
        if now - self._last >= 0.2:
            self._last = now
            self._shown = True
            sys.stderr.write(f"\r{what} {number} of {count}")
            sys.stderr.flush()

    def clear(self) -> None:
        """Take the line away, so that something else can be printed."""
        if self._shown:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
            self._shown = False


__all__ = ["FLOORS", "OLD_FLOORS", "run"]
