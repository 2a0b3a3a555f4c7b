"""Out: the functions, declarations and flags before a block that go with it, and the lines around them."""

from __future__ import annotations

from typing import Sequence

import libcst as cst

from ..source.editing import Editing
from ..source.frames import frame_nodes
from ..source.imports import is_import
from ..source.names import Names
from ..source.tree import comments, split_lines
from ..source.visiting import Scope
from .converting import own_lines

_DEFINITIONS = (cst.FunctionDef, cst.ClassDef)


class Flag:
    """What stands for the `else` of a statement: `flag = False` before the block, `if flag:` after it."""

    def __init__(self, start: cst.SimpleStatementLine, check: cst.If) -> None:
        self.start, self.check = start, check


def find_flag(editing: Editing, node: cst.With, scope: Scope) -> Flag | None:
    names = editing.names
    suite = names.parents.get(id(node))
    body: Sequence[cst.CSTNode] = getattr(suite, "body", ())
    at = names.place(suite, node)
    if at == 0 or at + 1 >= len(body) or len(node.items) != 1:
        return None
    start, check = body[at - 1], body[at + 1]
    if not isinstance(start, cst.SimpleStatementLine) or not isinstance(check, cst.If) or check.orelse is not None:
        return None
    name = _assigned(start, "False")
    if name is None or not isinstance(check.test, cst.Name) or check.test.value != name:
        return None
    if not isinstance(node.body, cst.IndentedBlock) or _assigned(node.body.body[-1], "True") != name:
        return None
    if comments(node.body.body[-1]) or start.trailing_whitespace.comment is not None:
        return None
    # It is used for nothing else.
    return Flag(start, check) if len(names.refs(names.resolve(scope, name), name)) == 3 else None


def _assigned(node: cst.CSTNode, value: str) -> str | None:
    if isinstance(node, cst.SimpleStatementLine) and len(node.body) == 1:
        small = node.body[0]
        if isinstance(small, cst.Assign) and len(small.targets) == 1:
            target = small.targets[0].target
            if isinstance(target, cst.Name) and isinstance(small.value, cst.Name) and small.value.value == value:
                return target.value
    return None


class Removed:
    """The functions and declarations right before a statement that go with it, and the lines above them."""

    def __init__(
        self,
        editing: Editing,
        place: cst.CSTNode,
        functions: Sequence[cst.FunctionDef | None],
        flag: Flag | None,
    ) -> None:
        names = editing.names
        suite = names.parents.get(id(place))
        body: Sequence[cst.CSTNode] = getattr(suite, "body", ())
        at = names.place(suite, place)
        if flag is not None and body[at - 1] is flag.start:
            at -= 1
        gone = {id(each) for each in functions if each is not None}
        outer = {
            item.name.value
            for each in functions
            if each is not None
            for node in frame_nodes(each.body)
            if isinstance(node, (cst.Global, cst.Nonlocal))
            for item in node.names
        }
        self.top: cst.CSTNode | None = None
        self.declarations: list[cst.CSTNode] = []
        self._adjacent: set[int] = set()
        while at and (id(body[at - 1]) in gone or _declares(names, body[at - 1], outer)):
            at -= 1
            self.top = body[at]
            if id(self.top) not in gone:
                self.declarations.append(self.top)
            self._adjacent.add(id(self.top))
        self._gap = 2 if isinstance(suite, cst.Module) else 1
        self._previous = body[at - 1] if at else None

    def gap_above(self, function: cst.FunctionDef) -> int:
        """How many blank lines above it do not belong to its clause."""
        is_below = id(function) in self._adjacent and function is not self.top
        return self._gap if is_below else len(function.leading_lines)

    def above_clause(self, own: Sequence[cst.EmptyLine]) -> tuple[list[cst.EmptyLine], list[cst.EmptyLine]]:
        """Return the blank lines above the old statement that belong to the first clause, and what remains."""
        blank, rest = split_lines(own)
        return blank[self._gap :], [*blank[: self._gap], *rest]

    def lines(self, own: Sequence[cst.EmptyLine]) -> list[cst.EmptyLine]:
        """Return the lines above the new statement, given those of the old one."""
        if self.top is None:
            return list(own)
        top: Sequence[cst.EmptyLine] = getattr(self.top, "leading_lines", ())
        lines = own_lines(own, self._gap)
        return [*self._blank_lines(split_lines(top)[0], bool(lines)), *lines]

    def _blank_lines(self, blank: list[cst.EmptyLine], has_comment: bool) -> list[cst.EmptyLine]:
        """Return the blank lines above a statement in the place of a function that formatters want them above."""
        if len(blank) != self._gap or self._previous is None or isinstance(self._previous, _DEFINITIONS):
            return blank
        # A formatter wants one after an import.
        return blank[: max(self._gap - 1, has_comment, is_import(self._previous))]


def _declares(names: Names, node: cst.CSTNode, bound: set[str]) -> bool:
    """Return whether it is `name: object` or Any, as the way in writes it for names that clauses bind."""
    if not isinstance(node, cst.SimpleStatementLine) or len(node.body) != 1:
        return False
    small = node.body[0]
    return (
        isinstance(small, cst.AnnAssign)
        and small.value is None
        and isinstance(small.target, cst.Name)
        and small.target.value in bound
        and names.qualified(small.annotation.annotation) in ("builtins.object", "typing.Any")
        and not comments(node)
    )
