"""In: imports of other backports under a guard, which one import of this package replaces."""

from __future__ import annotations

import re
from typing import Iterator

import libcst as cst

from ..source import layout
from ..source.editing import Editing
from ..source.guards import truth
from ..source.imports import Wanted
from ..source.tree import comments
from ..source.visiting import canonical, dotted_name

# The names of other backports that this package has.
_BACKPORTS = {
    **{f"async_timeout.{name}": name for name in ("timeout", "timeout_at", "Timeout")},
    **{f"taskgroup.{name}": name for name in ("TaskGroup", "timeout", "timeout_at", "Timeout")},
    **{f"exceptiongroup.{name}": name for name in ("BaseExceptionGroup", "ExceptionGroup")},
}
_PACKAGES = {name.partition(".")[0] for name in _BACKPORTS}
_MISSING = ("ImportError", "ModuleNotFoundError")
_PRAGMA = re.compile(r"#\s*(type:|pyright:|noqa|pragma:|pylint:|nopycln|fmt:|isort:)")


def convert(editing: Editing, wanted: Wanted, moved: dict[str, str]) -> None:
    """Replace guards that import one of `moved` from asyncio, the builtins or a backport."""
    body = editing.module.body
    for node in body:
        branches = _branches(editing, node)
        if branches is None:
            continue
        imported = [_names(branch, moved) for branch in branches]
        if not any(_is_from_backport(each) for branch in branches for each in branch):
            continue
        names = _together(imported)
        if names is None or not all(_PRAGMA.match(each.value) for each in comments(node)):
            continue
        for local, name in sorted(names.items()):
            wanted.add(name, None if local == name else local)
            editing.report.converted["guarded import"] += 1
        editing.replace(node, None)


def _branches(editing: Editing, node: cst.CSTNode) -> list[list[cst.ImportFrom]] | None:
    """Return the imports of each branch of a guard that holds nothing else; None for any other statement."""
    if isinstance(node, cst.If):
        if truth(editing, node.test, (10**9,)) is None or isinstance(node.orelse, cst.If):
            return None
        suites = [node.body] + ([] if node.orelse is None else [node.orelse.body])
    elif isinstance(node, cst.Try):
        if len(node.handlers) != 1 or node.orelse is not None or node.finalbody is not None:
            return None
        if dotted_name(node.handlers[0].type) not in _MISSING:
            return None
        suites = [node.body, node.handlers[0].body]
    else:
        return None
    found = [list(_statements(suite)) for suite in suites]
    if not all(isinstance(each, (cst.ImportFrom, cst.Pass)) for branch in found for each in branch):
        return None
    return [[each for each in branch if isinstance(each, cst.ImportFrom)] for branch in found]


def _statements(suite: cst.BaseSuite) -> Iterator[cst.CSTNode]:
    for statement in layout.block(suite).body:
        if isinstance(statement, cst.SimpleStatementLine):
            yield from statement.body
        else:
            yield statement


def _is_from_backport(node: cst.ImportFrom) -> bool:
    return not node.relative and dotted_name(node.module).partition(".")[0] in _PACKAGES


def _names(branch: list[cst.ImportFrom], moved: dict[str, str]) -> dict[str, str | None]:
    """Return what a branch imports: the name that the file knows, and this package's name or None."""
    found: dict[str, str | None] = {}
    for node in branch:
        module = "." if node.relative else dotted_name(node.module)
        if isinstance(node.names, cst.ImportStar):
            found["*"] = None
            continue
        for alias in node.names:
            name = alias.evaluated_name
            ours = _BACKPORTS.get(f"{module}.{name}") or moved.get(canonical(f"{module}.{name}"))
            found[alias.evaluated_alias or name] = ours if ours in moved.values() else None
    return found


def _together(branches: list[dict[str, str | None]]) -> dict[str, str] | None:
    """Return the names that all branches give; None if they differ by more than the built-in groups."""
    result: dict[str, str] = {}
    for branch in branches:
        for local, name in branch.items():
            if name is None or result.setdefault(local, name) != name:
                return None
    for local, name in result.items():
        is_builtin = local == name and name.endswith("ExceptionGroup")
        if not is_builtin and (len(branches) == 1 or any(local not in branch for branch in branches)):
            return None
    return result
