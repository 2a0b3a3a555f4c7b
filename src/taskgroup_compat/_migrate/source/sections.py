"""The sections of a module's imports, in the order of ruff and isort, and the place of a new one among them."""

from __future__ import annotations

import os
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any, Container, Sequence, Tuple, Union

import libcst as cst

from .editing import Editing
from .tree import comments, split_lines
from .visiting import dotted_name

Statement = Union[cst.SimpleStatementLine, cst.BaseCompoundStatement]
_Key = Tuple[int, int, str, Tuple[int, str]]

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


def key_of_name(alias: cst.ImportAlias) -> tuple[int, str]:
    """Return the order of a name in an import: constants, then classes, then the others."""
    name = alias.evaluated_name
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return kind, name.lower()


def _key(statement: cst.CSTNode, first_party: Container[str]) -> _Key | None:
    """Return the section of an import and its order there; None for any other statement."""
    if not isinstance(statement, cst.SimpleStatementLine):
        return None
    node = statement.body[0]
    if isinstance(node, cst.Import):
        module = node.names[0].evaluated_name
        return _section(module, first_party), 0, module.lower(), (0, "")
    if not isinstance(node, cst.ImportFrom):
        return None
    if node.relative:
        return _LOCAL, 1, "", (0, "")
    module = dotted_name(node.module)
    name = (0, "") if isinstance(node.names, cst.ImportStar) else key_of_name(node.names[0])
    return _section(module, first_party), 1, module.lower(), name


def _section(module: str, first_party: Container[str]) -> int:
    package = module.partition(".")[0]
    if package == "__future__":
        return _FUTURE
    if package in _standard_modules():
        return _STANDARD
    return _FIRST_PARTY if package in first_party else _THIRD_PARTY


def import_from(module: str, names: Sequence[cst.ImportAlias], width: int, in_lines: bool = False) -> cst.ImportFrom:
    """Return an import of names, each in a line of its own if they do not fit into one."""
    names = [each.with_changes(comma=cst.MaybeSentinel.DEFAULT) for each in names]
    node = cst.ImportFrom(_dotted(module), names)
    if not in_lines and len(cst.Module([]).code_for_node(node)) <= width:
        return node
    inside = cst.ParenthesizedWhitespace(indent=True, last_line=cst.SimpleWhitespace("    "))
    comma = cst.Comma(whitespace_after=inside)
    last = cst.Comma(whitespace_after=cst.ParenthesizedWhitespace(indent=True))
    names = [each.with_changes(comma=comma) for each in names[:-1]] + [names[-1].with_changes(comma=last)]
    return node.with_changes(names=names, lpar=cst.LeftParen(whitespace_after=inside), rpar=cst.RightParen())


def _dotted(module: str) -> cst.Name | cst.Attribute:
    node = cst.parse_expression(module)
    assert isinstance(node, (cst.Name, cst.Attribute))
    return node


def add(editing: Editing, body: list[Statement], new: cst.SimpleStatementLine, start: int, end: int) -> None:
    """Add an import: its names to one of the same module before `end`, or a line to those that begin at `start`."""
    if not _join(editing, body, new, end):
        _insert(editing, body, new, start)


def _join(editing: Editing, body: list[Statement], new: cst.SimpleStatementLine, end: int) -> bool:
    """Add the names of an import to another one of the same module; return whether that is possible."""
    wanted = _plain_import(new)
    if wanted is None or split_lines(new.leading_lines)[1]:
        return False
    for number, statement in enumerate(body[:end]):
        node = _plain_import(statement)
        if node is None or dotted_name(node.module) != dotted_name(wanted.module):
            continue
        assert isinstance(statement, cst.SimpleStatementLine)
        if new.trailing_whitespace.comment is not None:
            if statement.trailing_whitespace.comment is not None:
                continue
            statement = statement.with_changes(trailing_whitespace=new.trailing_whitespace)
        comment = statement.trailing_whitespace.comment
        width = editing.width - (0 if comment is None else len(comment.value) + 2)
        joined = _with_names(node, _aliases(wanted), width)
        if joined.lpar is not None and node.lpar is None and comment is not None:
            # Formatters put the comment of a line beside the parenthesis.
            inside = cst.ensure_type(joined.lpar.whitespace_after, cst.ParenthesizedWhitespace)
            inside = inside.with_changes(first_line=statement.trailing_whitespace)
            joined = joined.with_changes(lpar=cst.LeftParen(whitespace_after=inside))
            statement = statement.with_changes(trailing_whitespace=cst.TrailingWhitespace())
        old = body[number]
        body[number] = statement.with_changes(body=[joined])
        editing.lines.hand_on(old, body[number])
        return True
    return False


def _with_names(node: cst.ImportFrom, added: Sequence[cst.ImportAlias], width: int) -> cst.ImportFrom:
    """Return an import with more names, in order if its own ones are."""
    old = _aliases(node)
    known = {each.evaluated_name for each in old}
    aliases = [*old, *(each for each in added if each.evaluated_name not in known)]
    if [*map(key_of_name, old)] == sorted(map(key_of_name, old)):
        aliases.sort(key=key_of_name)
    return import_from(dotted_name(node.module), aliases, width, isinstance(old[-1].comma, cst.Comma))


def _plain_import(statement: cst.CSTNode) -> cst.ImportFrom | None:
    """Return the import that a line consists of, if others can join it."""
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return None
    node = statement.body[0]
    if not isinstance(node, cst.ImportFrom) or isinstance(node.names, cst.ImportStar) or node.relative:
        return None
    return None if comments(node) or any(each.asname is not None for each in node.names) else node


def _aliases(node: cst.ImportFrom) -> Sequence[cst.ImportAlias]:
    return () if isinstance(node.names, cst.ImportStar) else node.names


def _insert(editing: Editing, body: list[Statement], new: cst.SimpleStatementLine, start: int) -> None:
    """Insert an import into the imports that begin at `start`, with the blank lines between sections."""
    first_party = editing.first_party
    key = _key(new, first_party)
    assert key is not None
    end = _end(editing, body, start)
    keys = [_key(each, first_party) or key for each in body[start:end]]
    at = start + next((number for number, each in enumerate(keys) if each > key), len(keys))
    # An import of * might bind the new name again.
    at = max([at, *(start + number + 1 for number, each in enumerate(body[start:end]) if _is_star(each))])
    before = keys[at - start - 1][0] if at > start else None
    after = keys[at - start][0] if at < end else None
    leading: Sequence[cst.EmptyLine] = () if before in (None, key[0]) else _blank(1)
    if at < len(body):
        following = body[at]
        blanks, _ = split_lines(following.leading_lines)
        if before is None and (start > 0 or end > start):
            leading = _blank(1) if start > 0 else blanks
        if after == key[0]:
            _set_blank_lines(editing, body, at, () if before != key[0] else blanks)
        elif after is not None:
            _set_blank_lines(editing, body, at, blanks if before is not None and blanks else _blank(1))
        else:
            is_definition = isinstance(following, (cst.FunctionDef, cst.ClassDef))
            enough = len(blanks) > is_definition
            _set_blank_lines(editing, body, at, blanks if enough else _blank(2 if is_definition else 1))
    own = split_lines(new.leading_lines)[1]
    body.insert(at, new.with_changes(leading_lines=[*leading, *own]))
    editing.lines.hand_on(new, body[at])


def _end(editing: Editing, body: Sequence[Statement], start: int) -> int:
    """Return the place after the imports that begin at `start`."""
    while start < len(body) and _key(body[start], editing.first_party) is not None:
        start += 1
    return start


def _set_blank_lines(editing: Editing, body: list[Statement], place: int, blanks: Sequence[cst.EmptyLine]) -> None:
    old = body[place]
    rest = split_lines(old.leading_lines)[1]
    if [*blanks, *rest] != [*old.leading_lines]:
        body[place] = old.with_changes(leading_lines=[*blanks, *rest])
        editing.lines.hand_on(old, body[place])


def _is_star(statement: Statement) -> bool:
    return isinstance(statement, cst.SimpleStatementLine) and any(
        isinstance(each, cst.ImportFrom) and isinstance(each.names, cst.ImportStar) for each in statement.body
    )


def _blank(count: int) -> list[cst.EmptyLine]:
    return [cst.EmptyLine(indent=False) for _ in range(count)]


# Imports that name another module now


def modules_by_line(editing: Editing) -> dict[int, set[str]]:
    """Return the modules that each line imports; "" is one of them where it is no statement of the module itself."""
    found: dict[int, set[str]] = {}
    for statement in {id(each.statement): each.statement for each in editing.names.imports}.values():
        line = editing.names.parents[id(statement)]
        modules = found.setdefault(editing.line(line), set())
        modules.update(_modules(statement))
        if editing.names.parents.get(id(line)) is not editing.module:
            modules.add("")
    return found


def _modules(node: cst.CSTNode) -> set[str]:
    if isinstance(node, cst.ImportFrom):
        return set() if node.relative else {dotted_name(node.module)}
    return {each.evaluated_name for each in node.names} if isinstance(node, cst.Import) else set()


def sort_changed(editing: Editing, before: dict[int, set[str]]) -> None:
    """Put each import that has another module now, or stood under a guard, into its section."""
    body = _sorted_body(editing, before, editing.module.body, is_top=True)
    if body is not None:
        editing.replace_module(body)


def _sorted_body(
    editing: Editing, before: dict[int, set[str]], old: Sequence[cst.CSTNode], is_top: bool
) -> list[Statement] | None:
    """Return the statements of a suite with its imports sorted, and those under its guards; None for no change."""
    body: list[Statement] = [*old]  # type: ignore[list-item]
    for number, each in enumerate(body):
        if isinstance(each, (cst.If, cst.Try)):
            body[number] = _sorted_guard(editing, before, each)
    _sort_runs(editing, before, body, is_top)
    return None if [*map(id, body)] == [*map(id, old)] else body


def _sorted_guard(editing: Editing, before: dict[int, set[str]], node: cst.CSTNode) -> Any:
    """Return an `if` or `try`, or a part of it, with the imports in its suites sorted."""
    changes: dict[str, object] = {}
    suite, orelse = getattr(node, "body", None), getattr(node, "orelse", None)
    if isinstance(suite, cst.IndentedBlock):
        body = _sorted_body(editing, before, suite.body, is_top=False)
        if body is not None:
            changes["body"] = suite.with_changes(body=body)
    if isinstance(orelse, (cst.If, cst.Else)):
        new = _sorted_guard(editing, before, orelse)
        if new is not orelse:
            changes["orelse"] = new
    if isinstance(node, cst.Try):
        handlers = [_sorted_guard(editing, before, each) for each in node.handlers]
        if any(new is not old for new, old in zip(handlers, node.handlers)):
            changes["handlers"] = handlers
    if not changes:
        return node
    result = node.with_changes(**changes)
    editing.lines.hand_on(node, result)
    return result


def _sort_runs(editing: Editing, before: dict[int, set[str]], body: list[Statement], is_top: bool) -> None:
    """Sort the imports of a suite where some have changed."""
    start = 0
    while start < len(body):
        end = _end(editing, body, start)
        moved = {id(each) for each in body[start:end] if _is_moved(editing, before, each, is_top)}
        stood_in_guard = is_top and any("" in before.get(editing.line(each), ()) for each in body[start:end])
        if moved and _sort(editing, body, start, end, moved):
            end = _end(editing, body, start)
            if stood_in_guard and end < len(body):
                # Formatters want other lines after imports than after an `if`.
                is_definition = isinstance(body[end], (cst.FunctionDef, cst.ClassDef))
                _set_blank_lines(editing, body, end, _blank(2 if is_definition else 1))
        start = max(end, start + 1)


def _is_moved(editing: Editing, before: dict[int, set[str]], statement: Statement, is_top: bool) -> bool:
    known = before.get(editing.line(statement))
    if known is None or not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return False
    return not _modules(statement.body[0]) <= known or (is_top and "" in known)


def _sort(editing: Editing, body: list[Statement], start: int, end: int, moved: set[int]) -> bool:
    """Move imports to their places among the others, if those are in order; return whether they are."""
    run = body[start:end]
    kept = [each for each in run if id(each) not in moved] or run[:1]
    keys = [key for key in (_key(each, editing.first_party) for each in kept) if key is not None]
    if keys != sorted(keys) or any(map(_is_star, run)):
        return False
    blanks = split_lines(run[0].leading_lines)[0]
    body[start:end] = []
    place = start
    for each in run:
        own = split_lines(each.leading_lines)[0]
        if not any(each is other for other in kept):
            # Its blank lines separate the next one from the section before.
            blanks = blanks or own
            continue
        body.insert(place, each)
        if place == start or not own:
            _set_blank_lines(editing, body, place, blanks)
        blanks, place = [], place + 1
    for each in run:
        if not any(each is other for other in kept):
            assert isinstance(each, cst.SimpleStatementLine)
            add(editing, body, each, start, _end(editing, body, start))
    return True
