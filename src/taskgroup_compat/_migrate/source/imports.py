"""Adding imports to a module, and taking single names out of import statements."""

from __future__ import annotations

from typing import Sequence

import libcst as cst

from ..options import COMPAT
from . import sections
from .editing import Editing
from .sections import Statement
from .tree import comments, walk
from .visiting import Scope


class Wanted:
    """Names that the converted code uses and that are still to be imported."""

    def __init__(self, editing: Editing) -> None:
        self._editing = editing
        # the module, the name, and the alias that it is imported as
        self._names: set[tuple[str, str, str | None]] = set()
        self._modules: set[str] = set()

    def use(self, name: str, scope: Scope, module: str = COMPAT) -> str:
        """Return what to write, in the scope, for a name of this package or a module; `insert` imports it."""
        editing = self._editing
        names = editing.names
        for imported in names.imported_as(f"{module}.{name}"):
            if (
                names.only_binding(names.top, imported.local) is not None
                and names.resolve(scope, imported.local) is names.top
                and _is_at_top(editing, imported.statement)
            ):
                return imported.local
        known = [alias or name for *key, alias in sorted(self._names, key=str) if key == [module, name]]
        for local in known:
            if names.resolve(scope, local) in (None, names.top):
                return local
        if not self._is_free(name):
            self._modules.add(module)
            return f"{module}.{name}"
        self._names.add((module, name, None))
        return name

    def add(self, name: str, alias: str | None) -> None:
        """Add an import of a name that the file knows by the alias."""
        self._names.add((COMPAT, name, alias))

    def use_module(self, module: str) -> None:
        """Add `import module` unless it is there."""
        self._modules.add(module)

    def takes(self, module: str, statement: cst.Import) -> bool:
        """Return whether an import that goes can make room for that of a module, which is then no longer missing."""
        if module in self._modules and _is_at_top(self._editing, statement) and len(statement.names) == 1:
            self._modules.remove(module)
            return True
        return False

    def _is_free(self, name: str) -> bool:
        """Return whether nothing in the file binds the name, so that what is read is the built-in one."""
        names = self._editing.names
        if names.top.has_star_import and name in names.every_name:
            return False
        return not any(scope.binds(name) for scope in names.scope_list)

    def insert(self) -> None:
        """Add the missing imports to the tree, each in its section."""
        editing = self._editing
        body = list(editing.module.body)
        new = [_import(each) for each in sorted(self._modules - _plain_imports(body[: import_position(body)]))]
        for module in sorted({module for module, _, alias in self._names if alias is None}):
            plain = [cst.ImportAlias(cst.Name(each)) for of, each, alias in self._names if of == module and not alias]
            new.append(_import_from(module, sorted(plain, key=sections.key_of_name), editing.width))
        for module, name, alias in sorted((each, name, alias) for each, name, alias in self._names if alias):
            asname = cst.AsName(cst.Name(alias))
            new.append(_import_from(module, [cst.ImportAlias(cst.Name(name), asname)], editing.width))
        if not new:
            return
        self._free_first_statement(body)
        for each in new:
            end = import_position(body)
            start = next((number for number, other in enumerate(body) if is_import(other)), None)
            if start is None or start > end:
                start = 1 if body and is_string(body[0]) else 0
            sections.add(editing, body, each, start, end)
        editing.replace_module(body)

    def _free_first_statement(self, body: list[Statement]) -> None:
        """Give a comment right above the first statement, which libcst has in the header, to that statement."""
        module = self._editing.module
        if not body or is_import(body[0]) or is_string(body[0]):
            return
        place = next((n for n, line in reversed(list(enumerate(module.header))) if line.comment is None), -1) + 1
        attached = list(module.header[place:])
        if attached and not str(attached[0].comment and attached[0].comment.value).startswith(("#!", "# -*-")):
            self._editing.module = module.with_changes(header=module.header[:place])
            new = body[0].with_changes(leading_lines=[*attached, *body[0].leading_lines])
            self._editing.lines.hand_on(body[0], new)
            body[0] = new


def _import(module: str) -> cst.SimpleStatementLine:
    return cst.SimpleStatementLine([cst.Import([cst.ImportAlias(cst.Name(module))])])


def _import_from(module: str, aliases: Sequence[cst.ImportAlias], width: int) -> cst.SimpleStatementLine:
    return cst.SimpleStatementLine([sections.import_from(module, aliases, width)])


def _plain_imports(body: Sequence[Statement]) -> set[str]:
    """Return the modules that are imported under their own name."""
    return {
        alias.evaluated_name
        for statement in body
        if isinstance(statement, cst.SimpleStatementLine)
        for small in statement.body
        if isinstance(small, cst.Import)
        for alias in small.names
        if alias.asname is None
    }


def _is_at_top(editing: Editing, node: cst.CSTNode) -> bool:
    """Return whether an import statement runs in any case, before everything but other imports."""
    line = editing.names.parents[id(node)]
    body = editing.names.module.body
    return any(each is line for each in body[: import_position(body)])


def is_movable(editing: Editing, node: cst.ImportFrom) -> bool:
    """Return whether an import stands alone at the top, without comments, so that its names can go to another."""
    line = editing.names.parents[id(node)]
    if not (isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 and _is_at_top(editing, node)):
        return False
    return not comments(line)


def is_import(statement: cst.CSTNode) -> bool:
    """Return whether a line imports, and does nothing else."""
    return isinstance(statement, cst.SimpleStatementLine) and all(
        isinstance(each, (cst.Import, cst.ImportFrom)) for each in statement.body
    )


def _only_imports(node: cst.CSTNode) -> bool:
    """Return whether it is an `if` or `try` around imports."""
    return all(
        isinstance(each, (cst.If, cst.Try, cst.Import, cst.ImportFrom, cst.Pass))
        for each in walk(node)
        if isinstance(each, (cst.BaseCompoundStatement, cst.BaseSmallStatement))
    )


def import_position(body: Sequence[Statement]) -> int:
    """Return the place after the last of the imports that the module begins with."""
    position = 0
    for number, statement in enumerate(body):
        if is_import(statement):
            position = number + 1
        elif number == 0 and is_string(statement):
            position = 1
        elif not _only_imports(statement):
            break
    return position


def is_string(statement: cst.CSTNode) -> bool:
    """Return whether it is a docstring, at its place."""
    if not isinstance(statement, cst.SimpleStatementLine):
        return False
    first = statement.body[0]
    return isinstance(first, cst.Expr) and isinstance(first.value, (cst.SimpleString, cst.ConcatenatedString))


def without(node: cst.ImportFrom, gone: Sequence[cst.ImportAlias]) -> cst.ImportFrom | None:
    """Return the import without these names; None if nothing stays."""
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
    """Replace small statements; on a line with others the new ones join it, else each gets a line of its own."""
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
