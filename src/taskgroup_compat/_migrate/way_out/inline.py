"""Out: putting the code of a handler into its clause, where that is equal."""

from __future__ import annotations

from typing import Sequence, cast

import libcst as cst

from ..source import layout
from ..source.editing import Editing
from ..source.frames import (
    Clause,
    binds_before_use,
    captured,
    frame_nodes,
    has_own,
    in_own_except,
    needs_its_frame,
    own_except,
    strays,
)
from ..source.tree import Rebuilding, Replacement, comments
from ..source.visiting import Occurrence, Scope, all_params
from .handlers import Handler


class NotInline(Exception):
    """The code has to stay a function, and why."""


class Inlined:
    """The body of a clause, the name of its group, and the function that it was."""

    def __init__(self, body: cst.BaseSuite, group: str | None, function: cst.FunctionDef | None) -> None:
        self.body, self.group, self.function = body, group, function
        # how many of the blank lines above the function only separated it
        self.gap: int
        # blank lines above the clause
        self.above: list[cst.EmptyLine] = []


def inline_lambda(
    editing: Editing, node: cst.Lambda, block: cst.With, scope: Scope, handler: Handler, before: cst.CSTNode
) -> Inlined:
    """Return the body of a lambda as a clause."""
    names = editing.names
    inner = names.scopes[id(node)]
    param = _only_param(node.params)
    expression = node.body
    if any(isinstance(each, cst.NamedExpr) for each in frame_nodes(expression)):
        raise NotInline
    if needs_its_frame(names, frame_nodes(expression)) or len(comments(node)) != len(comments(expression)):
        raise NotInline
    _check_declarations(editing, expression, inner, block, scope)
    # It sees other names than the class body.
    if scope.kind == "class" and any(scope.binds(each.name) for each in names.all_within(node)):
        raise NotInline
    renaming = _Renaming(editing, inner, scope, node, block, [])
    group = renaming.name_of_group(param)
    changed = renaming.apply(expression, {})
    assert isinstance(changed, cst.BaseExpression)
    changed = layout.moved(changed, before)
    statement: cst.BaseSmallStatement
    if handler.is_async:
        changed = cst.Await(layout.called(editing.module, changed))
    if _is_constant(changed):
        statement = cst.Pass()
    else:
        statement = cst.Expr(layout.parenthesized(editing.module, changed))
    editing.inlined.append(node)
    return Inlined(cst.IndentedBlock([cst.SimpleStatementLine([statement])]), group, None)


def inline_function(
    editing: Editing,
    function: cst.FunctionDef,
    block: cst.With,
    scope: Scope,
    others: Sequence[cst.FunctionDef],
) -> Inlined:
    """Return the body of a nested function as a clause."""
    names = editing.names
    inner = names.scopes[id(function)]
    if function.decorators:
        raise NotInline("it is decorated")
    if function.type_parameters is not None or comments(function.params):
        raise NotInline("its parameters are more than a name")
    param = _only_param(function.params)
    found = needs_its_frame(names, frame_nodes(function.body), declarations=False)
    if found:
        raise NotInline(f"it uses {found}")
    _check_declarations(editing, function.body, inner, block, scope)
    changes: dict[int, tuple[cst.CSTNode, Replacement]] = {}
    kept = _drop_declarations(editing, function, inner, scope, changes)
    _drop_returns(editing, function, changes)
    renaming = _Renaming(editing, inner, scope, function, block, others)
    group = renaming.name_of_group(param)
    renaming.rename_own(param)
    body = renaming.apply(function.body, changes)
    assert isinstance(body, cst.BaseSuite)
    editing.declared_in(scope).update(kept)
    editing.inlined.append(function)
    return Inlined(body, group, function)


def _only_param(params: cst.Parameters) -> cst.Param:
    every = all_params(params)
    if len(every) != 1 or params.kwonly_params or every[0].star or every[0].default is not None:
        raise NotInline("its parameters are more than a name")
    return every[0]


def _check_declarations(editing: Editing, body: cst.CSTNode, inner: Scope, block: cst.With, scope: Scope) -> None:
    """Refuse code with a name that the other scope declares global or nonlocal only below the block."""
    names = editing.names
    start, _ = names.spans[id(block)]
    for each in names.all_within(body):
        if each.scope is not inner or each.owner is inner:
            continue
        found = scope.own.get(each.name, ())
        if any(other.kind in ("global", "nonlocal") and other.index > start for other in found):
            raise NotInline(f"{each.name} is declared below")


def _drop_declarations(
    editing: Editing,
    function: cst.FunctionDef,
    inner: Scope,
    scope: Scope,
    changes: dict[int, tuple[cst.CSTNode, Replacement]],
) -> set[str]:
    """Remove the declarations that the other scope does not need; return the names that it needs declared."""
    names = editing.names
    kept: set[str] = set()
    for name in inner.nonlocals:
        if names.resolve(inner, name) is not scope and name not in scope.nonlocals:
            kept.add(name)
    for name in inner.globals:
        if scope.kind != "module" and name not in scope.globals:
            kept.add(name)
    kept -= editing.declared_in(scope)
    for name in kept:
        # It has to be declared before it is used, and the compiler looks at an `else` before the clauses.
        uses = names.named_within(scope.node, name)
        if any(each.scope is scope or names.within(each, *editing.inlined) for each in uses):
            raise NotInline(f"{name} is declared in it")
    for each in frame_nodes(function.body):
        if isinstance(each, (cst.Nonlocal, cst.Global)):
            items = [
                item.with_changes(comma=cst.MaybeSentinel.DEFAULT) for item in each.names if item.name.value in kept
            ]
            if items:
                changes[id(each)] = (each, each.with_changes(names=items))
            else:
                _remove(editing, each, changes)
    return kept


def _remove(editing: Editing, node: cst.CSTNode, changes: dict[int, tuple[cst.CSTNode, Replacement]]) -> None:
    line = editing.names.parents[id(node)]
    if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1:
        if line.trailing_whitespace.comment is not None:
            changes[id(node)] = (node, cst.Pass())
        else:
            changes[id(line)] = (line, None)
    else:
        changes[id(node)] = (node, None)


def _drop_returns(
    editing: Editing, function: cst.FunctionDef, changes: dict[int, tuple[cst.CSTNode, Replacement]]
) -> None:
    last = _tail_returns(function.body)
    for each in frame_nodes(function.body):
        if isinstance(each, cst.Return):
            if id(each) not in last:
                raise NotInline("it returns before its end")
            if each.value is None or _is_constant(each.value):
                _remove(editing, each, changes)
            else:
                changes[id(each)] = (each, cst.Expr(layout.parenthesized(editing.module, each.value)))


def _is_constant(node: cst.BaseExpression) -> bool:
    if isinstance(node, cst.Name):
        return node.value in ("None", "True", "False")
    return isinstance(node, (cst.BaseNumber, cst.SimpleString, cst.Ellipsis))


def _tail_returns(node: cst.CSTNode | None) -> dict[int, cst.Return]:
    """Return the return statements after which the code ends anyway."""
    found: dict[int, cst.Return] = {}
    parts: list[cst.CSTNode | None] = []
    if isinstance(node, cst.Return):
        return {id(node): node}
    if isinstance(node, (cst.IndentedBlock, cst.SimpleStatementSuite, cst.SimpleStatementLine)):
        parts = [node.body[-1]]
    elif isinstance(node, cst.If):
        parts = [node.body, node.orelse]
    elif isinstance(node, (cst.Else, cst.With)):
        parts = [node.body]
    elif isinstance(node, (cst.Try, cst.TryStar)):
        parts = [each.body for each in node.handlers]
        parts.append(node.body if node.orelse is None else node.orelse)
    elif isinstance(node, cst.Match):
        parts = [each.body for each in node.cases]
    for part in parts:
        found.update(_tail_returns(part))
    return found


class _Renaming:
    """New names for those of a handler that would meet names of the scope that it comes into."""

    def __init__(
        self,
        editing: Editing,
        inner: Scope,
        scope: Scope,
        node: cst.CSTNode,
        block: cst.With,
        others: Sequence[cst.FunctionDef],
    ) -> None:
        self.editing, self.names = editing, editing.names
        self.inner, self.scope, self.node, self.block = inner, scope, node, block
        self.others = {id(other): other for other in others if other is not node}
        self._clauses_around_block = [
            above
            for above in self.names.ancestors(block)
            if isinstance(above, (cst.ExceptHandler, cst.ExceptStarHandler))
        ]
        self.new: dict[str, str] = {}

    def name_of_group(self, param: cst.Param) -> str | None:
        """Return the name of the group in the clause; None if it needs no name."""
        name = param.name.value
        refs = self.inner.refs.get(name, [])
        # What the way in writes has no annotation, and an underscore where the clause had no name.
        is_unnamed = name.startswith("_") or isinstance(self.node, cst.Lambda) or param.annotation is not None
        if is_unnamed and len(refs) == 1:
            return None
        if captured(self.names, self.inner, refs):
            raise NotInline(f"a function in it may use {name} later, when the clause has unbound it")
        if self._clashes(name, is_group=True):
            self.new[name] = self.editing.free_name(name, self.scope)
        return self.new.get(name, name)

    def rename_own(self, param: cst.Param) -> None:
        """Rename the names that the function binds."""
        body = _body(self.node)
        loops = self.names.loops(self.block)
        for name, refs in self.inner.refs.items():
            if name == param.name.value:
                continue
            if loops and (captured(self.names, self.inner, refs) or not binds_before_use(self.names, body, refs)):
                raise NotInline(f"its {name} is new in each call")
            if not self._clashes(name, is_group=False):
                continue
            if any(each.kind in ("def", "class", "import") for each in refs):
                raise NotInline(f"its {name} meets another one")
            self.new[name] = self.editing.free_name(name, self.scope)

    def _clashes(self, name: str, is_group: bool) -> bool:
        names, scope = self.names, self.scope
        refs = self.inner.refs.get(name, [])
        if not is_group and all(in_own_except(names, name, each) for each in refs):
            is_group = True
        if any(not names.within(each, self.node) for each in self._foreign(name)):
            return True
        meets = self._meeting(name)
        if meets is None:
            return True
        for other in self.others.values():
            owner = names.scopes[id(other)]
            found = owner.refs.get(name)
            if not found or not owner.is_inside(scope):
                continue
            meets = True
            if any(each.kind == "param" for each in found) or not strays(names, owner, name):
                continue
            if not has_own(names, other.body, owner, found):
                return True
        return meets and not is_group and not has_own(names, _body(self.node), self.inner, refs)

    def _foreign(self, name: str) -> list[Occurrence]:
        """Return the occurrences of the name in the scope's code that belong to a scope outside of it."""
        return [
            each
            for each in self.names.named_within(self.scope.node, name)
            if each.owner is None or not each.owner.is_inside(self.scope)
        ]

    def _meeting(self, name: str) -> bool | None:
        """Return whether the scope has a variable of that name, only in clauses that have a value of their own.

        None if it is used elsewhere as well. That is the same for all blocks which stand in the same clauses.
        """
        key = ("meeting", id(self.scope), name, tuple(id(each) for each in self._clauses_around_block))
        if key not in self.names.results:
            self.names.results[key] = self._find_meeting(name)
        return cast("bool | None", self.names.results[key])

    def _find_meeting(self, name: str) -> bool | None:
        names = self.names
        shared: dict[int, tuple[Clause, list[Occurrence]]] = {}
        meets = False
        for each in names.named_within(self.scope.node, name):
            if each.owner is not self.scope:
                continue
            clause = self._clause_around(each)
            if clause is None:
                return None
            meets = True
            own = own_except(names, name, each)
            if own is None or self._has_block(own):
                shared.setdefault(id(clause), (clause, []))[1].append(each)
        if not all(has_own(names, clause.body, self.scope, found) for clause, found in shared.values()):
            return None
        return meets

    def _clause_around(self, occurrence: Occurrence) -> Clause | None:
        """Return the outermost clause that it stands in and the block does not."""
        found: Clause | None = None
        for above in self.names.ancestors(occurrence.node):
            if not isinstance(above, (cst.ExceptHandler, cst.ExceptStarHandler)):
                continue
            if self.names.scope_at(above) is self.scope and not self._has_block(above):
                found = above
        return found

    def _has_block(self, clause: Clause) -> bool:
        return any(above is clause for above in self._clauses_around_block)

    def apply(self, node: cst.CSTNode, changes: dict[int, tuple[cst.CSTNode, Replacement]]) -> cst.CSTNode:
        """Return the code with the new names and other changes."""
        for old, new in self.new.items():
            for each in self.inner.refs.get(old, []):
                changes[id(each.node)] = (each.node, each.node.with_changes(value=new))
        if id(node) in changes:
            whole = changes[id(node)][1]
            assert isinstance(whole, cst.CSTNode)
            return whole
        return Rebuilding(self.editing.names.parents, self.editing.lines, changes).rebuild(node)


def _body(node: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(node, (cst.FunctionDef, cst.Lambda))
    return node.body
