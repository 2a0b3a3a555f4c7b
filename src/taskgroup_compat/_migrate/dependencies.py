"""Which file of a project names a dependency that the converted code no longer needs, or needs now."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Iterable

_FILES = ("pyproject.toml", "setup.cfg", "setup.py", "Pipfile", "tox.ini", "noxfile.py", "environment.yml")
_FOLDER = "requirements"
# Where a line of a file can name a dependency: the tables of it, and the keys of a table whose values can.
_TABLES = {
    "pyproject.toml": [
        (r"build-system", r"requires"),
        (r"project", r"(optional-)?dependencies(\..*)?"),
        (r"project\.optional-dependencies", r".*"),
        (r"dependency-groups", r".*"),
        (r"tool\.poetry(\.group\.[^.]+)?\.(dev-)?dependencies", r".*"),
        (r"tool\.poetry\.extras", r".*"),
        (r"tool\.pdm\.dev-dependencies", r".*"),
        (r"tool\.uv", r".*dependencies"),
        (r"tool\.hatch\.envs\..*", r"(extra-)?dependencies"),
    ],
    "setup.cfg": [(r"options", r"\w+_requires?"), (r"options\.extras_require", r".*")],
    "tox.ini": [(r"testenv.*", r"deps"), (r"env.*", r"deps")],
    "Pipfile": [(r"(dev-)?packages", r".*")],
}
_TABLE = re.compile(r"\[+\s*([^\[\]]+?)\s*\]+\s*$")
# In a file without tables: the project's own name and packages, and what is run.
_NOT_ASKED = re.compile(r"^\s*name\s*[=:]|\bpackages\s*=|\bimport\b|\.run\(")
_KEY = re.compile(r"""(["']?)([\w.-]+)\1\s*=""")


def project_files(paths: Iterable[Path]) -> list[Path]:
    """Return the files that name dependencies, in the nearest folder above each path that has any."""
    found: list[Path] = []
    seen: set[Path] = set()
    for path in paths:
        start = path.resolve()
        for folder in (start, *start.parents):
            if folder in seen:
                break
            seen.add(folder)
            here = [folder / name for name in _FILES if (folder / name).is_file()]
            here += sorted(folder.glob(f"{_FOLDER}*.txt"))
            here += sorted(folder.glob(f"{_FOLDER}/*.txt"))
            found += here
            if here or (folder / ".git").exists():
                break
    return found


def formatter(paths: Iterable[Path]) -> str | None:
    """Return "ruff" or "black", whichever the project has settings of in the nearest folder."""
    for path in paths:
        start = path.resolve()
        for folder in (start, *start.parents):
            settings = folder / "pyproject.toml"
            text = settings.read_bytes() if settings.is_file() else b""
            if any((folder / name).is_file() for name in ("ruff.toml", ".ruff.toml")):
                return "ruff"
            for name in ("ruff", "black"):
                if re.search(rf"^\[tool\.{name}\b".encode(), text, re.MULTILINE):
                    return name
            if (folder / ".git").exists():
                break
    return None


def lines_naming(path: Path, package: str) -> list[int]:
    """Return the lines of a file that name a package as a requirement."""
    name = re.compile(rf"(?<![\w./-]){re.sub('[-_.]', '[-_.]', package)}(?![\w./-])", re.IGNORECASE)
    try:
        text = path.read_bytes().decode()
    except (OSError, UnicodeDecodeError):
        return []
    found: list[int] = []
    tables = _TABLES.get(path.name)
    table = key = ""
    for number, line in enumerate(text.split("\n"), 1):
        code = re.sub(r"(^|\s)#.*", "", line)
        header = _TABLE.match(code)
        if header is not None:
            table = re.sub("[\"']", "", header.group(1))
            continue
        start = _KEY.match(code)
        if start is not None:
            key = start.group(2)
        if not name.search(code):
            continue
        if path.suffix == ".py" and not re.search(rf"""["']{name.pattern}""", code, re.IGNORECASE):
            continue
        if tables is None:
            is_asked = not _NOT_ASKED.search(code)
        else:
            is_asked = any(re.fullmatch(one, table) and re.fullmatch(other, key) for one, other in tables)
        if is_asked:
            found.append(number)
    return found
