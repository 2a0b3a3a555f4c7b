"""Finding, reading and writing files: what is not converted stays the same byte for byte."""

from __future__ import annotations

import codecs
import difflib
import errno
import io
import os
import shutil
import tempfile
import tokenize
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path
from typing import Iterable, Iterator, Sequence

SUFFIXES = (".py", ".pyi", ".pyw", ".ipynb")
_SKIPPED = {"__pycache__", "node_modules"}


class Unreadable(Exception):
    """A file cannot be read as Python: the line, and why."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line


class Text:
    """The text of a file, and how it is written."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.bom = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
        try:
            self.encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
            if self.encoding == "utf-8-sig":
                self.encoding = "utf-8"
            self.text = data[len(self.bom) :].decode(self.encoding)
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, len(self.bom) + error.start) + 1
            raise Unreadable(line, f"cannot be read as {error.encoding}: {error.reason}") from None
        except (SyntaxError, LookupError) as error:
            raise Unreadable(1, f"cannot be read: {error}") from None
        if "\0" in self.text:
            line = self.text.count("\n", 0, self.text.index("\0")) + 1
            raise Unreadable(line, "cannot be read: it has a null byte")

    def encode(self, text: str) -> bytes:
        """Return the bytes of another text, written in the same way."""
        return self.bom + text.encode(self.encoding)


def find(paths: Iterable[Path], exclude: Sequence[str] = ()) -> Iterator[Path]:
    """Yield the files named, and the files of Python in the folders named; each once.

    Hidden folders, virtual environments, caches and what `exclude` matches are left out, and in a folder all that is
    no regular file.
    """
    seen: set[str] = set()
    for path in paths:
        for each in [path] if path.is_file() else _in_folder(path, exclude):
            if is_excluded(each, exclude):
                continue
            real = os.path.realpath(each)
            if real not in seen:
                seen.add(real)
                yield each


def is_excluded(path: Path, exclude: Sequence[str]) -> bool:
    """Return whether a pattern matches the path, one of its last parts, or a folder that it is in."""
    parts = Path(os.path.relpath(path)).parts
    ends = ["/".join(parts[first:last]) for last in range(1, len(parts) + 1) for first in range(last)]
    return any(fnmatch(each, pattern.rstrip("/")) for pattern in exclude for each in ends)


def _in_folder(folder: Path, exclude: Sequence[str]) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in _SKIPPED
            and not is_excluded(Path(root, name), exclude)
            and not os.path.exists(os.path.join(root, name, "pyvenv.cfg"))
        )
        for name in sorted(names):
            path = Path(root, name)
            if name.endswith(SUFFIXES) and path.is_file():
                yield path


def diff(path: str, before: str, after: str) -> str:
    """Return a unified diff that patch and git apply take."""
    lines: list[str] = []
    for line in difflib.unified_diff(_lines(before), _lines(after), f"a/{path.lstrip('/')}", f"b/{path.lstrip('/')}"):
        lines.append(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
    return "".join(lines)


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    last = lines.pop()
    return [f"{line}\n" for line in lines] + ([last] if last else [])


def write(path: Path, data: bytes) -> None:
    """Replace a file's contents in one step, so that it is never half written."""
    target = os.path.realpath(path)
    if not os.access(target, os.W_OK):
        # Another file can take its place all the same, which nobody expects of one that is read-only.
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(target), prefix=".migrate-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        shutil.copymode(target, temporary)
        _copy_owner(target, temporary)
        os.replace(temporary, target)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        raise


def _copy_owner(source: str, target: str) -> None:
    """Give the new file the old one's owner and group, where this user may."""
    before, now = os.stat(source), os.stat(target)
    if (before.st_uid, before.st_gid) != (now.st_uid, now.st_gid):
        with suppress(OSError):
            os.chown(target, before.st_uid, before.st_gid)
