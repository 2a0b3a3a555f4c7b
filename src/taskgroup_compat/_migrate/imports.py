"""Adding imports to a module, and taking single names out of import statements."""

from __future__ import annotations

from typing import Sequence, Union, cast

import libcst as cst

from .editing import COMPAT, Editing
from .names import Scope

Statement = Union[cst.SimpleStatementLine, cst.BaseCompoundStatement]


class Wanted:
    """Names that the converted code uses and that are still to be imported."""

    def __init__(self, editing: Editing) -> None:
        self._editing = editing
        self._names: dict[str, str | None] = {}
        self._modules: list[str] = []

    def use(self, name: str, scope: Scope) -> str:
        """What to write, in the scope, for a name of this package; it is imported by `insert`."""
        editing = self._editing
        names = editing.names
        for imported in names.imported_as(f"{COMPAT}.{name}"):
            if (
                imported.scope is names.top
                and names.only_binding(names.top, imported.local) is not None
                and names.resolve(scope, imported.local) is names.top
                and _is_at_top(editing, imported.statement)
            ):
                return imported.local
        if name not in self._names:
            is_free = name not in names.every_name and not names.top.has_star_import
            self._names[name] = name if is_free or self._is_builtin_only(name) else None
        local = self._names[name]
        if local is not None:
            return local
        del self._names[name]
        if COMPAT not in self._modules:
            self._modules.append(COMPAT)
        return f"{COMPAT}.{name}"

    def use_module(self, module: str) -> None:
        """Has `import module` added unless it is there."""
        if module not in self._modules:
            self._modules.append(module)

    def takes(self, module: str, statement: cst.Import) -> bool:
        """Whether an import that goes can make room for that of a module, which is then no longer missing."""
        if module in self._modules and _is_at_top(self._editing, statement) and len(statement.names) == 1:
            self._modules.remove(module)
            return True
        return False

    def _is_builtin_only(self, name: str) -> bool:
        """Whether nothing in the file binds the name, so that what is read is the built-in one."""
        return not any(scope.binds(name) for scope in self._editing.names.scope_list)

    def insert(self) -> None:
        """Adds what is missing to the tree."""
        names = sorted(name for name in self._names)
        editing = self._editing
        body = list(editing.module.body)
        there = _plain_imports(body[: import_position(body)])
        modules = [each for each in self._modules if each not in there]
        if not names and not modules:
            return
        if names:
            extended = self._extend(body, names)
            if extended:
                names = []
        lines: list[Statement] = [
            cst.SimpleStatementLine([cst.Import([cst.ImportAlias(cst.Name(each))])]) for each in sorted(modules)
        ]
        if names:
            aliases = [cst.ImportAlias(cst.Name(each)) for each in names]
            lines.append(cst.SimpleStatementLine([cst.ImportFrom(cst.Name(COMPAT), aliases)]))
        if lines:
            at = import_position(body)
            if at < len(body) and not _is_import(body[at]) and not body[at].leading_lines:
                body[at] = _with_blank_line(editing, body[at])
            body[at:at] = lines
        editing.replace_module(body)
        self._names, self._modules = {}, []

    def _extend(self, body: list[Statement], names: Sequence[str]) -> bool:
        """Adds the names to an import of this package that is there; whether there is one."""
        for number, statement in enumerate(body[: import_position(body)]):
            if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
                continue
            node = statement.body[0]
            if not isinstance(node, cst.ImportFrom) or isinstance(node.names, cst.ImportStar) or node.lpar is not None:
                continue
            if node.relative or not isinstance(node.module, cst.Name) or node.module.value != COMPAT:
                continue
            old = [each.with_changes(comma=cst.MaybeSentinel.DEFAULT) for each in node.names]
            new = [cst.ImportAlias(cst.Name(each)) for each in names]
            aliases = [*old, *new]
            if [_key(each) for each in old] == sorted(_key(each) for each in old):
                aliases.sort(key=_key)
            extended = statement.with_changes(body=[node.with_changes(names=aliases)])
            self._editing.lines.hand_on(statement, extended)
            body[number] = extended
            return True
        return False


def _plain_imports(body: Sequence[Statement]) -> set[str]:
    """The modules that are imported under their own name."""
    return {
        alias.evaluated_name
        for statement in body
        if isinstance(statement, cst.SimpleStatementLine)
        for small in statement.body
        if isinstance(small, cst.Import)
        for alias in small.names
        if alias.asname is None
    }


def _key(alias: cst.ImportAlias) -> str:
    return alias.evaluated_name


def _with_blank_line(editing: Editing, statement: Statement) -> Statement:
    new = statement.with_changes(leading_lines=[cst.EmptyLine(indent=False)])
    editing.lines.hand_on(statement, new)
    return new


def _is_at_top(editing: Editing, node: cst.CSTNode) -> bool:
    """Whether an import statement runs in any case, before everything but other imports."""
    line = editing.names.parents.get(id(node))
    found = editing.names.found
    if "at top" not in found:
        body = editing.names.module.body
        found["at top"] = {id(each) for each in body[: import_position(body)]}
    return id(line) in cast("set[int]", found["at top"])


def _is_import(statement: cst.CSTNode) -> bool:
    return isinstance(statement, cst.SimpleStatementLine) and all(
        isinstance(each, (cst.Import, cst.ImportFrom)) for each in statement.body
    )


def _only_imports(node: cst.CSTNode) -> bool:
    """Whether it is an `if` or `try` around imports."""
    if isinstance(node, cst.SimpleStatementLine):
        return all(isinstance(each, (cst.Import, cst.ImportFrom, cst.Pass)) for each in node.body)
    if isinstance(node, cst.If):
        return _only_imports(node.body) and (node.orelse is None or _only_imports(node.orelse))
    if isinstance(node, cst.Else):
        return _only_imports(node.body)
    if isinstance(node, cst.Try):
        return (
            _only_imports(node.body)
            and all(_only_imports(each.body) for each in node.handlers)
            and (node.orelse is None or _only_imports(node.orelse))
            and node.finalbody is None
        )
    if isinstance(node, cst.IndentedBlock):
        return all(_only_imports(each) for each in node.body)
    return False


def import_position(body: Sequence[Statement]) -> int:
    """The place after the last of the imports that the module begins with."""
    position = 0
    for number, statement in enumerate(body):
        if _is_import(statement):
            position = number + 1
        elif number == 0 and is_string(statement):
            position = 1
        elif not _only_imports(statement):
            break
    return position


def is_string(statement: cst.CSTNode) -> bool:
    """Whether it is a docstring, at its place."""
    if not isinstance(statement, cst.SimpleStatementLine) or not statement.body:
        return False
    first = statement.body[0]
    return isinstance(first, cst.Expr) and isinstance(first.value, (cst.SimpleString, cst.ConcatenatedString))


def without(node: cst.ImportFrom, gone: Sequence[cst.ImportAlias]) -> cst.ImportFrom | None:
    """The import without these names; None if nothing stays."""
    assert not isinstance(node.names, cst.ImportStar)
    kept = [each for each in node.names if not any(each is other for other in gone)]
    if not kept:
        return None
    if kept[-1] is not node.names[-1]:
        # What stood after the last one, a trailing comma or none and the way to the parenthesis.
        kept[-1] = kept[-1].with_changes(comma=node.names[-1].comma)
    return node.with_changes(names=kept)


def separate(
    editing: Editing, statements: Sequence[tuple[cst.BaseSmallStatement, Sequence[cst.BaseSmallStatement]]]
) -> None:
    """Replaces small statements; on a line with others the new ones join it, else each gets a line of its own."""
    lines: dict[int, tuple[cst.CSTNode, dict[int, Sequence[cst.BaseSmallStatement]]]] = {}
    for old, new in statements:
        line = editing.names.parents[id(old)]
        lines.setdefault(id(line), (line, {}))[1][id(old)] = new
    for line, changes in lines.values():
        if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1:
            new = list(changes[id(line.body[0])])
            parts: list[cst.CSTNode] = []
            for number, each in enumerate(new):
                changed = line if number == 0 else cst.SimpleStatementLine([each])
                part = changed.with_changes(body=[each])
                editing.lines.hand_on(line, part)
                parts.append(part)
            editing.replace(line, parts or None)
            continue
        assert isinstance(line, (cst.SimpleStatementLine, cst.SimpleStatementSuite))
        body: list[cst.BaseSmallStatement] = []
        for each in line.body:
            body += changes.get(id(each), [each])
        if not body and isinstance(line, cst.SimpleStatementLine):
            editing.replace(line, None)
        else:
            body = [each.with_changes(semicolon=cst.MaybeSentinel.DEFAULT) for each in body] or [cst.Pass()]
            editing.replace(line, line.with_changes(body=body))
