"""Adding imports to a module, and taking single names out of import statements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Sequence, Union

import libcst as cst

from .editing import COMPAT, Editing
from .tree import walk
from .visiting import Scope, dotted_name

if TYPE_CHECKING:
    Statement = Union[cst.SimpleStatementLine, cst.BaseCompoundStatement]


class Wanted:
    """Names that the converted code uses and that are still to be imported."""

    def __init__(self, editing: Editing) -> None:
        self._editing = editing
        self._names: set[str] = set()
        self._modules: set[str] = set()

    def use(self, name: str, scope: Scope) -> str:
        """What to write, in the scope, for a name of this package; it is imported by `insert`."""
        editing = self._editing
        names = editing.names
        for imported in names.imported_as(f"{COMPAT}.{name}"):
            if (
                names.only_binding(names.top, imported.local) is not None
                and names.resolve(scope, imported.local) is names.top
                and _is_at_top(editing, imported.statement)
            ):
                return imported.local
        if name not in self._names and not self._is_free(name):
            self._modules.add(COMPAT)
            return f"{COMPAT}.{name}"
        self._names.add(name)
        return name

    def use_module(self, module: str) -> None:
        """Has `import module` added unless it is there."""
        self._modules.add(module)

    def takes(self, module: str, statement: cst.Import) -> bool:
        """Whether an import that goes can make room for that of a module, which is then no longer missing."""
        if module in self._modules and _is_at_top(self._editing, statement) and len(statement.names) == 1:
            self._modules.remove(module)
            return True
        return False

    def _is_free(self, name: str) -> bool:
        """Whether nothing in the file binds the name, so that what is read is the built-in one."""
        names = self._editing.names
        if names.top.has_star_import and name in names.every_name:
            return False
        return not any(scope.binds(name) for scope in names.scope_list)

    def insert(self) -> None:
        """Adds what is missing to the tree."""
        names = sorted(self._names)
        body = list(self._editing.module.body)
        modules = self._modules - _plain_imports(body[: import_position(body)])
        if not names and not modules:
            return
        if names:
            names = self._extend(body, names)
        lines: list[Statement] = [
            cst.SimpleStatementLine([cst.Import([cst.ImportAlias(cst.Name(each))])]) for each in sorted(modules)
        ]
        if names:
            aliases = [cst.ImportAlias(cst.Name(each)) for each in names]
            lines.append(cst.SimpleStatementLine([cst.ImportFrom(cst.Name(COMPAT), aliases)]))
        if lines:
            at = import_position(body)
            body[at : at + 1] = [*lines, *(self._set_off(each) for each in body[at : at + 1])]
        self._editing.replace_module(body)

    def _set_off(self, statement: Statement) -> Statement:
        """The first statement after the imports, with a blank line above it."""
        if statement.leading_lines:
            return statement
        new = statement.with_changes(leading_lines=[cst.EmptyLine()])
        self._editing.lines.hand_on(statement, new)
        return new

    def _extend(self, body: list[Statement], names: list[str]) -> list[str]:
        """Adds the names to an import of this package, if one is there; those that are still missing."""
        for number, statement in enumerate(body[: import_position(body)]):
            if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
                continue
            node = statement.body[0]
            if not isinstance(node, cst.ImportFrom) or isinstance(node.names, cst.ImportStar) or node.lpar is not None:
                continue
            if node.relative or dotted_name(node.module) != COMPAT:
                continue
            old = [each.with_changes(comma=cst.MaybeSentinel.DEFAULT) for each in node.names]
            aliases = [*old, *(cst.ImportAlias(cst.Name(each)) for each in names)]
            if list(map(_key, old)) == sorted(map(_key, old)):
                aliases.sort(key=_key)
            body[number] = statement.with_changes(body=[node.with_changes(names=aliases)])
            return []
        return names


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


def _is_at_top(editing: Editing, node: cst.CSTNode) -> bool:
    """Whether an import statement runs in any case, before everything but other imports."""
    line = editing.names.parents[id(node)]
    body = editing.names.module.body
    return any(each is line for each in body[: import_position(body)])


def _is_import(statement: cst.CSTNode) -> bool:
    return isinstance(statement, cst.SimpleStatementLine) and all(
        isinstance(each, (cst.Import, cst.ImportFrom)) for each in statement.body
    )


def _only_imports(node: cst.CSTNode) -> bool:
    """Whether it is an `if` or `try` around imports."""
    return all(
        isinstance(each, (cst.If, cst.Try, cst.Import, cst.ImportFrom, cst.Pass))
        for each in walk(node)
        if isinstance(each, (cst.BaseCompoundStatement, cst.BaseSmallStatement))
    )


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
    if not isinstance(statement, cst.SimpleStatementLine):
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
            body = [each.with_changes(semicolon=cst.MaybeSentinel.DEFAULT) for each in body]
            editing.replace(line, line.with_changes(body=body))
