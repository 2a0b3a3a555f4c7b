"""The sections of a module's imports, in the order of ruff and isort, and the place of a new one among them."""

from __future__ import annotations

import os
import sys
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Container, Sequence

import libcst as cst

from .tree import split_lines
from .visiting import dotted_name

if TYPE_CHECKING:
    from .imports import Statement

_FUTURE, _STANDARD, _THIRD_PARTY, _FIRST_PARTY, _LOCAL = range(5)


@lru_cache(None)
def _standard_modules() -> frozenset[str]:
    known: frozenset[str] | None = getattr(sys, "stdlib_module_names", None)
    if known is not None:
        return known
    # before 3.10: the names in the folder of the standard library
    folder = os.path.dirname(os.__file__)
    names = {name.partition(".")[0] for name in [*os.listdir(folder), *os.listdir(f"{folder}/lib-dynload")]}
    return frozenset(names - {"site-packages", "test"}) | frozenset(sys.builtin_module_names)


def first_party_modules(path: Path) -> frozenset[str]:
    """Return the modules and packages in the root of a file's project, and in its folder src."""
    folder = path.resolve().parent
    root = next((each for each in (folder, *folder.parents) if _is_root(each)), folder)
    return _modules_in(root) | _modules_in(root / "src")


def _is_root(folder: Path) -> bool:
    return any((folder / name).exists() for name in ("pyproject.toml", "setup.py", "setup.cfg", ".git"))


@lru_cache(None)
def _modules_in(folder: Path) -> frozenset[str]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return frozenset()
    files = {each.name[:-3] for each in entries if each.name.endswith(".py")}
    return frozenset(files | {each.name for each in entries if each.name.isidentifier() and each.is_dir()})


def _key(statement: Statement, first_party: Container[str]) -> tuple[int, int, str] | None:
    """Return the section of an import and its order there; None for any other statement."""
    if not isinstance(statement, cst.SimpleStatementLine):
        return None
    node = statement.body[0]
    if isinstance(node, cst.ImportFrom):
        if node.relative:
            return _LOCAL, 1, ""
        module = dotted_name(node.module)
        return _section(module, first_party), 1, module.lower()
    if isinstance(node, cst.Import):
        module = node.names[0].evaluated_name
        return _section(module, first_party), 0, module.lower()
    return None


def _section(module: str, first_party: Container[str]) -> int:
    package = module.partition(".")[0]
    if package == "__future__":
        return _FUTURE
    if package in _standard_modules():
        return _STANDARD
    return _FIRST_PARTY if package in first_party else _THIRD_PARTY


def insert(body: list[Statement], new: Statement, start: int, first_party: Container[str]) -> dict[int, Statement]:
    """Insert an import into the imports that begin at `start`; return the statements that it changed, by place."""
    key = _key(new, first_party)
    assert key is not None
    end = start
    while end < len(body) and _key(body[end], first_party) is not None:
        end += 1
    keys = [_key(each, first_party) or key for each in body[start:end]]
    at = start + next((number for number, each in enumerate(keys) if each > key), len(keys))
    # An import of * might bind the new name again.
    at = max([at, *(start + number + 1 for number, each in enumerate(body[start:end]) if _is_star(each))])
    before = keys[at - start - 1][0] if at > start else None
    after = keys[at - start][0] if at < end else None
    changed: dict[int, Statement] = {}
    leading: Sequence[cst.EmptyLine] = () if before in (None, key[0]) else _blank(1)
    if at < len(body):
        following = body[at]
        blanks, rest = split_lines(following.leading_lines)
        if before is None and (start > 0 or end > start):
            leading = _blank(1) if start > 0 else blanks
        if after == key[0]:
            wanted: Sequence[cst.EmptyLine] = () if before != key[0] else blanks
        elif after is not None:
            wanted = blanks if before is not None and blanks else _blank(1)
        else:
            is_definition = isinstance(following, (cst.FunctionDef, cst.ClassDef))
            wanted = blanks if len(blanks) > is_definition else _blank(2 if is_definition else 1)
        if [*wanted, *rest] != [*following.leading_lines]:
            changed[at + 1] = following.with_changes(leading_lines=[*wanted, *rest])
    body.insert(at, new.with_changes(leading_lines=[*leading]))
    for place, statement in changed.items():
        body[place] = statement
    return changed


def _is_star(statement: Statement) -> bool:
    return isinstance(statement, cst.SimpleStatementLine) and any(
        isinstance(each, cst.ImportFrom) and isinstance(each.names, cst.ImportStar) for each in statement.body
    )


def _blank(count: int) -> list[cst.EmptyLine]:
    return [cst.EmptyLine(indent=False) for _ in range(count)]
