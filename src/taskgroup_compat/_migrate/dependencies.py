"""Which file of a project names a dependency that the converted code no longer needs, or needs now."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Iterable

_FILES = ("pyproject.toml", "setup.cfg", "setup.py", "Pipfile", "tox.ini", "environment.yml")
_FOLDER = "requirements"


def project_files(paths: Iterable[Path]) -> list[Path]:
    """The files that name dependencies, in the nearest folder above each path that has any."""
    found: list[Path] = []
    seen: set[Path] = set()
    for path in paths:
        start = path.resolve()
        for folder in [start, *start.parents] if start.is_dir() else start.parents:
            if folder in seen:
                break
            seen.add(folder)
            here = [folder / name for name in _FILES if (folder / name).is_file()]
            here += sorted(folder.glob(f"{_FOLDER}*.txt"))
            here += sorted((folder / _FOLDER).glob("*.txt")) if (folder / _FOLDER).is_dir() else []
            if here:
                found += here
                break
            if (folder / ".git").exists():
                break
    return found


def lines_naming(path: Path, package: str) -> list[int]:
    """The lines of a file that name a package as a requirement."""
    name = re.compile(rf"(?<![\w.-]){re.sub('[-_.]', '[-_.]', package)}(?![\w-])", re.IGNORECASE)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return []
    return [
        number
        for number, line in enumerate(text.split("\n"), 1)
        if name.search(line.partition("#")[0]) and not line.lstrip().startswith(("#", "["))
    ]
