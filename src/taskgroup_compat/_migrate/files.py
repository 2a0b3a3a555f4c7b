"""Finding, reading and writing files: what is not converted stays the same byte for byte."""

from __future__ import annotations

import codecs
import difflib
import io
import os
import shutil
import tempfile
import tokenize
from pathlib import Path
from typing import Iterable, Iterator

SUFFIXES = (".py", ".pyi", ".pyw")
_SKIPPED = {"__pycache__", "node_modules"}


class Unreadable(Exception):
    """A file cannot be read as Python, and why."""


class Text:
    """The text of a file, and how it is written."""

    def __init__(self, data: bytes) -> None:
        self.bom = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
        try:
            self.encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
            if self.encoding == "utf-8-sig":
                self.encoding = "utf-8"
            self.text = data[len(self.bom) :].decode(self.encoding)
        except (SyntaxError, UnicodeDecodeError, LookupError) as error:
            raise Unreadable(f"cannot be read: {error}") from None

    def encode(self, text: str) -> bytes:
        """The bytes of another text, written in the same way."""
        return self.bom + text.encode(self.encoding)


def find(paths: Iterable[Path]) -> Iterator[Path]:
    """The files named, and those of Python in the folders named; each once.

    Hidden folders, virtual environments and caches are left out.
    """
    seen: set[str] = set()
    for path in paths:
        for each in [path] if path.is_file() else _in_folder(path):
            real = os.path.realpath(each)
            if real not in seen:
                seen.add(real)
                yield each


def _in_folder(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in _SKIPPED
            and not os.path.exists(os.path.join(root, name, "pyvenv.cfg"))
        )
        for name in sorted(names):
            if name.endswith(SUFFIXES):
                yield Path(root, name)


def diff(path: str, before: str, after: str) -> str:
    """A unified diff that patch and git apply take."""
    lines: list[str] = []
    for line in difflib.unified_diff(_lines(before), _lines(after), f"a/{path.lstrip('/')}", f"b/{path.lstrip('/')}"):
        lines.append(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
    return "".join(lines)


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    last = lines.pop()
    return [f"{line}\n" for line in lines] + ([last] if last else [])


def write(path: Path, data: bytes) -> None:
    """Replaces a file's contents in one step, so that it is never half written."""
    target = os.path.realpath(path)
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(target), prefix=".migrate-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        shutil.copymode(target, temporary)
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise
