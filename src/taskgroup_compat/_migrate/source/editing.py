"""One file while it is being converted: its tree, its names, and what is to be replaced next."""

from __future__ import annotations

import re
from collections import Counter
from typing import Container, Sequence, cast

import libcst as cst

from ..report import Report
from .names import Names
from .tree import Lines, Rebuilding, Replacement, code_of, walk
from .visiting import Scope


class Editing:
    """Replacements are collected, and take effect together in `commit`, after which all is analysed again."""

    def __init__(
        self, module: cst.Module, lines: Lines, report: Report, first_party: Container[str] = (), width: int = 88
    ) -> None:
        self.module, self.lines, self.report = module, lines, report
        # the modules of the project itself, and the length of its lines, for the layout
        self.first_party, self.width = first_party, width
        self._names: Names | None = None
        self._analyses: list[Names] = []
        # by the id, and with the node, so that no id is used again
        self.refused: dict[int, cst.CSTNode] = {}
        self._refusals: list[tuple[int, str]] = []
        self.declared: dict[int, cst.CSTNode] = {}
        # the names of handlers and flags that the conversion has made
        self.made_names: set[str] = set()
        self._taken: dict[int, set[str]] = {}
        self._declared_in: dict[int, set[str]] = {}
        # the functions whose code stands in another place in the next tree, in the order of those places
        self.inlined: list[cst.CSTNode] = []
        self._replacements: dict[int, tuple[cst.CSTNode, Replacement]] = {}
        # how often each name stood in code that was replaced, but for statements whose parts all stay
        self.replaced_names: Counter[str] = Counter()

    @property
    def names(self) -> Names:
        """The names of the tree as it is now."""
        if self._names is None:
            self._names = Names(self.module)
            self._analyses.append(self._names)
        return self._names

    def release(self) -> None:
        """Let all that is known of the names be freed; nothing asks for them any more."""
        for each in self._analyses:
            each.release()

    def replace(self, node: cst.CSTNode, replacement: Replacement) -> None:
        """Replace the node by another, by several statements, or (None) by nothing, at the next commit."""
        self._replacements[id(node)] = (node, replacement)
        if not isinstance(node, cst.TryStar):
            self.count_names(node)

    def count_names(self, node: cst.CSTNode) -> None:
        """Count the names in code that goes."""
        self.replaced_names.update(each.value for each in walk(node) if isinstance(each, cst.Name))

    def is_replaced(self, node: cst.CSTNode) -> bool:
        """Return whether it will be."""
        return id(node) in self._replacements

    def commit(self) -> bool:
        """Rebuild the tree; return whether there was anything to replace."""
        if not self._replacements:
            return False
        rebuilding = Rebuilding(self.names.parents, self.lines, self._replacements)
        self.module = cast(cst.Module, rebuilding.rebuild(self.module))
        self._replacements, self._taken, self._declared_in, self.inlined = {}, {}, {}, []
        self._names = None
        return True

    def replace_module(self, body: Sequence[cst.SimpleStatementLine | cst.BaseCompoundStatement]) -> None:
        """Replace the statements of the module at once."""
        self.module = self.module.with_changes(body=body)
        self._names = None

    def declared_in(self, scope: Scope) -> set[str]:
        """Return the names that the next tree declares global or nonlocal in a scope."""
        return self._declared_in.setdefault(id(scope), set())

    def declare(self, node: cst.AnnAssign) -> None:
        """Remember a declaration that was made here."""
        self.declared[id(node)] = node

    def refuse(self, node: cst.CSTNode, text: str) -> None:
        """Leave a statement as it is, and report why."""
        self.refused[id(node)] = node
        self._refusals.append((self.line(node), text))
        self.left(node, text)

    def withdraw_refusals(self) -> None:
        """Forget the refusals, as the code around them has changed."""
        self.report.left.difference_update(self._refusals)
        self.refused, self._refusals = {}, []

    def left(self, node: cst.CSTNode, text: str) -> None:
        """Report code that is left."""
        self.report.left.add((self.line(node), text))

    def note(self, node: cst.CSTNode, text: str) -> None:
        """Report code to look at."""
        self.report.notes.add((self.line(node), text))

    def note_once(self, node: cst.CSTNode, text: str) -> None:
        """Report a fact at its first place in a run."""
        self.report.once.add((self.line(node), text))

    def line(self, node: cst.CSTNode) -> int:
        """Return the line of a node in the file as it was read."""
        return self.lines.of(node)

    def code(self, node: cst.CSTNode) -> str:
        """Return the text of an expression on one line."""
        return re.sub(r"\s+", " ", code_of(self.module, node)).strip()

    def short(self, node: cst.CSTNode) -> str:
        """Return the text of an expression, cut to what a message can take."""
        code = self.code(node)
        return code if len(code) <= 50 else f"{code[:47]}..."

    def free_name(self, wanted: str, scope: Scope) -> str:
        """Return the name, with a number if the scope has it; each result is given once in a scope."""
        taken = self._taken.setdefault(id(scope), set())
        used = self.names.names_in(scope)
        name, number = wanted, 1
        while name in used or name in taken:
            number += 1
            name = f"{wanted}_{number}"
        taken.add(name)
        return name
