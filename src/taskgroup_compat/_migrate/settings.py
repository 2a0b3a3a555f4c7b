"""The table [tool.taskgroup-compat.migrate] of pyproject.toml."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, Iterable, Sequence, cast

TABLE = "tool.taskgroup-compat.migrate"
# The keys, each with the type of its value.
KEYS: dict[str, type] = {"floor": str, "from": list, "exclude": list, "quiet": bool, "report-newer": bool, "jobs": int}


class Invalid(Exception):
    """A message for the user about a file that cannot be used."""


def read(paths: Iterable[Path]) -> dict[str, Any]:
    """Return the settings of the nearest pyproject.toml in or above the folder that all paths have in common."""
    common = Path(os.path.commonpath([os.path.abspath(path) for path in paths] or [os.getcwd()]))
    for folder in (common, *common.parents):
        path = folder / "pyproject.toml"
        if path.is_file():
            return _checked(path, _table(path))
    return {}


def _table(path: Path) -> Any:
    try:
        text = path.read_bytes().decode()
    except (OSError, UnicodeDecodeError):
        return {}
    if "taskgroup-compat" not in text:
        return {}
    found: Any
    try:
        if sys.version_info >= (3, 11):
            import tomllib as toml
        else:
            import tomli as toml
        found = toml.loads(text)
    except ImportError:
        if "taskgroup-compat.migrate]" not in text:
            return {}
        raise Invalid(f"{path} has [{TABLE}]; to read it: python -m pip install tomli") from None
    except ValueError as error:
        raise Invalid(f"{path}: {error}") from None
    for key in TABLE.split("."):
        found = _item(found, key)
    return found


def _item(table: Any, key: str) -> Any:
    try:
        return table[key]
    except (KeyError, TypeError):
        return {}


def _items(value: Any) -> Sequence[Any]:
    return cast("Sequence[Any]", value) if type(value) is list else ()


def _checked(path: Path, table: Any) -> dict[str, Any]:
    if not isinstance(table, dict):
        raise Invalid(f"{path}: [{TABLE}] must be a table")
    found = cast("dict[str, Any]", table)
    value: Any
    for key, value in found.items():
        if key not in KEYS:
            raise Invalid(f"{path}: [{TABLE}] has the unknown key {key!r}; it takes {', '.join(KEYS)}")
        kind: Any = KEYS[key]
        if type(value) is not kind or not all(isinstance(each, str) for each in _items(value)):
            expected = "a list of strings" if kind is list else f"of the type {kind.__name__}"
            raise Invalid(f"{path}: {key} in [{TABLE}] must be {expected}")
    return found
