"""Questions about the names of a file: who owns a name, what it stands for, where it occurs."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, Callable, Container, Iterator, Sequence, TypeVar

import libcst as cst

from .visiting import Imported, Occurrence, Scope, Visit, all_params, canonical

if TYPE_CHECKING:
    _Result = TypeVar("_Result")


class Names(Visit):
    """The names of one tree."""

    def __init__(self, module: cst.Module) -> None:
        super().__init__(module)
        # the results of functions about this tree, by function and arguments
        self.results: dict[object, Any] = {}

    def cached(self, function: Callable[..., _Result], *arguments: object) -> _Result:
        """Return the result of a function about this tree, computed once."""
        key = (function, arguments)
        if key not in self.results:
            self.results[key] = function(*arguments)
        result: _Result = self.results[key]
        return result

    def release(self) -> None:
        """Break the cycles of scopes and occurrences: they and the tree are freed without a search for cycles."""
        self.results.clear()
        for scope in self.scope_list:
            for table in (scope.own, scope.refs, scope.bindings):
                table.clear()

    def scope_at(self, node: cst.CSTNode) -> Scope:
        """Return the scope that a statement or expression stands in."""
        above: cst.CSTNode | None = node
        while above is not None:
            if id(above) in self._scope_at:
                return self._scope_at[id(above)]
            above = self.parents.get(id(above))
        return self.top

    def refs(self, scope: Scope | None, name: str) -> list[Occurrence]:
        """All occurrences of a variable."""
        return (self.builtins if scope is None else scope.refs).get(name, [])

    def bindings(self, scope: Scope | None, name: str) -> list[Occurrence]:
        """Return the occurrences that bind a variable."""
        return [] if scope is None else scope.bindings.get(name, [])

    def within(self, occurrence: Occurrence, *nodes: cst.CSTNode) -> bool:
        """Return whether it stands in one of the nodes."""
        spans = (self.spans[id(node)] for node in nodes)
        return any(first <= occurrence.index < last for first, last in spans)

    def own_within(self, scope: Scope, node: cst.CSTNode) -> list[Occurrence]:
        """Return the occurrences in the node that are written in the scope itself."""
        return [each for each in self.all_within(node) if each.scope is scope]

    def all_within(self, node: cst.CSTNode) -> list[Occurrence]:
        """Every occurrence of any name in the node."""
        first, last = self.spans[id(node)]
        return self._occurrences[first:last]

    def named_within(self, node: cst.CSTNode, name: str) -> list[Occurrence]:
        """Every occurrence of one name in a node that is asked about often: a module, class or function."""
        return self.cached(self._by_name, node).get(name, [])

    def _by_name(self, node: cst.CSTNode) -> dict[str, list[Occurrence]]:
        table: dict[str, list[Occurrence]] = {}
        for each in self.all_within(node):
            table.setdefault(each.name, []).append(each)
        return table

    def place(self, suite: cst.CSTNode | None, node: cst.CSTNode) -> int:
        """Which statement of a suite the node is."""
        return self.cached(_places, suite)[id(node)]

    @cached_property
    def words_in_strings(self) -> dict[str, list[cst.SimpleString]]:
        """Every word of a string, with the strings that have it."""
        table: dict[str, list[cst.SimpleString]] = {}
        for string in self.strings:
            for word in re.findall(r"\w+", string.value):
                table.setdefault(word, []).append(string)
        return table

    def ancestors(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """Yield the nodes around a node, from the inside."""
        above = self.parents.get(id(node))
        while above is not None:
            yield above
            above = self.parents.get(id(above))

    def imported_as(self, qualified: str) -> list[Imported]:
        """Return the imports of one thing."""
        return self._imports_of.get(qualified, [])

    def imported(self, occurrence: Occurrence) -> Imported | None:
        """Return the import that an occurrence of the kind "import" is."""
        return self._imported_by_alias.get(id(occurrence.node))

    def qualified(self, node: cst.CSTNode, scope: Scope | None = None) -> str | None:
        """Return the dotted name of what a name or attribute stands for; None where that is not certain."""
        if isinstance(node, cst.Attribute):
            value = self.qualified(node.value, scope)
            return None if value is None else canonical(f"{value}.{node.attr.value}")
        if not isinstance(node, cst.Name):
            return None
        owner = self.resolve(scope or self.scope_at(node), node.value)
        if owner is None:
            return None if self.top.has_star_import else canonical(f"builtins.{node.value}")
        found: str | None = None
        for each in self.bindings(owner, node.value):
            imported = self.imported(each)
            if imported is None or found not in (None, imported.qualified):
                return None
            found = imported.qualified
        return found and canonical(found)

    def only_binding(self, scope: Scope | None, name: str) -> Occurrence | None:
        """Return the only occurrence that binds a variable; None if there are several."""
        found = self.bindings(scope, name)
        return found[0] if len(found) == 1 else None

    def loops(self, node: cst.CSTNode) -> bool:
        """Return whether the same run of the function can come to the node twice."""
        kinds = {cst.For, cst.While, cst.FunctionDef, cst.ClassDef, cst.Lambda}
        found = next((above for above in self.ancestors(node) if type(above) in kinds), None)
        return isinstance(found, (cst.For, cst.While))

    def names_in(self, scope: Scope) -> Container[str]:
        """Every name that is written anywhere in a function, or in the whole module."""
        return self.cached(self._by_name, scope.node)

    def exported(self) -> set[str]:
        """Return the names in __all__, as far as it is written out."""
        return self._exported

    @cached_property
    def _exported(self) -> set[str]:
        lines = {self._line_around(each.node) for each in self.refs(self.top, "__all__")} - {None}
        return {str(each.evaluated_value) for each in self.strings if self._line_around(each) in lines}

    def _line_around(self, node: cst.CSTNode) -> cst.CSTNode | None:
        return next((above for above in self.ancestors(node) if type(above) is cst.SimpleStatementLine), None)


def _places(suite: cst.CSTNode | None) -> dict[int, int]:
    body: Sequence[cst.CSTNode] = getattr(suite, "body", ())
    return {id(each): number for number, each in enumerate(body)}


def class_of_self(names: Names, node: cst.BaseExpression, scope: Scope | None = None) -> Scope | None:
    """Return the class whose method has a name as its first parameter; None if the node is no such name."""
    if not isinstance(node, cst.Name):
        return None
    owner = names.resolve(scope or names.scope_at(node), node.value)
    if owner is None or not isinstance(owner.node, cst.FunctionDef):
        return None
    if any(names.qualified(each.decorator) == "builtins.staticmethod" for each in owner.node.decorators):
        return None
    params = all_params(owner.node.params)
    above = names.scope_at(owner.node)
    is_first = bool(params) and params[0].name.value == node.value and names.only_binding(owner, node.value) is not None
    return above if above.kind == "class" and is_first else None
