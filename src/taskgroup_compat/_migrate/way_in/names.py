"""In: what asyncio and the builtins have since 3.11 becomes this package's."""

from __future__ import annotations

import sys
from typing import Callable, Sequence, cast

import libcst as cst

from ..options import COMPAT, Version
from ..source import layout
from ..source.editing import Editing
from ..source.guards import truth
from ..source.imports import Wanted, is_movable, separate, without
from ..source.names import Names, class_of_self
from ..source.visiting import Imported, Occurrence, canonical
from . import backports

OURS = {f"asyncio.{name}": name for name in ("TaskGroup", "Timeout", "timeout", "timeout_at")}
GROUPS = {f"builtins.{name}": name for name in ("BaseExceptionGroup", "ExceptionGroup")}
METHODS = ("cancelling", "uncancel")
_BACKPORTS = {
    "async_timeout": "timeout and timeout_at",
    "exceptiongroup": "ExceptionGroup and BaseExceptionGroup",
    "taskgroup": "TaskGroup, timeout and timeout_at",
}
_GUARDS = {cst.If, cst.Try}
# The first Python whose own is as this package's: from that floor on a name stays.
NATIVE = {"TaskGroup": (3, 15), "Timeout": (3, 13), "timeout": (3, 13), "timeout_at": (3, 13)}
_NAMES = {**OURS, **GROUPS}
_MAKING_TASKS = {"asyncio.current_task", "asyncio.create_task", "asyncio.Task"}


def convert(editing: Editing, wanted: Wanted, floor: Version) -> None:
    """Convert methods first, as the imports from asyncio tell their receiver."""
    moved = {qualified: name for qualified, name in _NAMES.items() if floor < NATIVE.get(name, (3, 11))}
    if floor < (3, 11):
        _convert_methods(editing, wanted)
        editing.commit()
    _note_subclasses(editing, moved)
    backports.convert(editing, wanted, moved)
    editing.commit()
    _note_guarded_backports(editing)
    _convert_imports(editing, wanted, moved)
    _convert_uses(editing, wanted, moved)
    editing.commit()


def _note_subclasses(editing: Editing, moved: dict[str, str]) -> None:
    """Name each class that inherits what will be another implementation."""
    for node in editing.names.compounds:
        if isinstance(node, cst.ClassDef):
            for base in node.bases:
                qualified = editing.names.qualified(base.value)
                if qualified in moved and qualified in ("asyncio.TaskGroup", "asyncio.Timeout"):
                    name = editing.code(base.value).rpartition(".")[2]
                    editing.note(node, f"{node.name.value} inherits from {name}: its private attributes are others")


def _note_guarded_backports(editing: Editing) -> None:
    """Name each import of another backport under a guard, which stays as it is."""
    for each in editing.names.imports:
        package = each.qualified.partition(".")[0]
        if package in _BACKPORTS and is_guarded(editing, each.statement):
            text = f"the guarded import of {package} stays; {COMPAT} has {_BACKPORTS[package]} on every version"
            editing.note(each.statement, text)


def is_guarded(editing: Editing, node: cst.CSTNode) -> bool:
    """Return whether the code is for newer Pythons only: under a test of the version, or of what is there."""
    known = editing.names.results
    guarded = False
    unknown: list[tuple[cst.CSTNode, cst.CSTNode]] = []
    branch = node
    for above in editing.names.ancestors(node):
        if type(above) in _GUARDS:
            if (is_guarded, branch) in known:
                guarded = known[is_guarded, branch]
                break
            unknown.append((above, branch))
        branch = above
    # From outside, each once: elifs stand in each other.
    for above, branch in reversed(unknown):
        guarded = known[is_guarded, branch] = guarded or _guards(editing, above, branch)
    return guarded


def _guards(editing: Editing, node: cst.CSTNode, branch: cst.CSTNode) -> bool:
    if isinstance(node, cst.If):
        newest = truth(editing, node.test, (sys.maxsize,))
        if newest is None:
            return _asks(editing, node.test)
        # The branch for versions below 3.12 or later also runs on 3.11, so that it may use the names of asyncio.
        is_for_newest = (branch is node.body) == newest
        return is_for_newest or truth(editing, node.test, (3, 11)) is not None
    assert isinstance(node, cst.Try)
    return any(_is_about_missing(editing, each) for each in node.handlers) and all(
        isinstance(each, cst.SimpleStatementLine) for each in layout.block(node.body).body
    )


def _asks(editing: Editing, test: cst.CSTNode) -> bool:
    """Return whether it is hasattr(asyncio, "TaskGroup") or the like."""
    code = editing.code(test)
    return "hasattr" in code and any(name in code for name in (*METHODS, "TaskGroup", "timeout", "ExceptionGroup"))


def _is_about_missing(editing: Editing, handler: cst.ExceptHandler) -> bool:
    code = "" if handler.type is None else editing.code(handler.type)
    return any(word in code for word in ("ImportError", "NameError", "AttributeError", "ModuleNotFoundError"))


# Imports and uses


def _convert_imports(editing: Editing, wanted: Wanted, moved_names: dict[str, str]) -> None:
    statements: dict[int, tuple[cst.ImportFrom, list[cst.ImportAlias]]] = {}
    for each in editing.names.imports:
        statement, qualified = each.statement, canonical(each.qualified)
        if not isinstance(statement, cst.ImportFrom) or qualified not in moved_names or is_guarded(editing, statement):
            continue
        if not _is_only_import(editing, each):
            editing.left(statement, f"{each.local} stays: it is bound at several places")
            continue
        editing.report.converted[moved_names[qualified]] += 1
        statements.setdefault(id(statement), (statement, []))[1].append(each.alias)
    changes: list[tuple[cst.BaseSmallStatement, Sequence[cst.BaseSmallStatement]]] = []
    for statement, moved in statements.values():
        kept = without(statement, moved)
        if is_movable(editing, statement):
            for alias in moved:
                wanted.add(canonical(f"asyncio.{alias.evaluated_name}").rpartition(".")[2], alias.evaluated_alias)
            changes.append((statement, [] if kept is None else [kept]))
        elif kept is None:
            changes.append((statement, [statement.with_changes(module=cst.Name(COMPAT))]))
        else:
            aliases = [alias.with_changes(comma=cst.MaybeSentinel.DEFAULT) for alias in moved]
            changes.append((statement, [kept, cst.ImportFrom(cst.Name(COMPAT), aliases)]))
    separate(editing, changes)


def _is_only_import(editing: Editing, imported: Imported) -> bool:
    bindings = editing.names.bindings(imported.scope, imported.local)
    return all(
        other is not None and other.qualified == imported.qualified for other in map(editing.names.imported, bindings)
    )


def _convert_uses(editing: Editing, wanted: Wanted, moved: dict[str, str]) -> None:
    names = editing.names
    assigned = {id(target) for target in names.attribute_stores}
    last_parts = set(moved.values())
    for attribute in names.attributes:
        if attribute.attr.value not in last_parts:
            continue
        name = moved.get(names.qualified(attribute) or "")
        if name is None or is_guarded(editing, attribute):
            continue
        if id(attribute) in assigned:
            editing.left(attribute, f"{editing.code(attribute)} stays: it is assigned")
            continue
        new = _expression(wanted.use(name, names.scope_at(attribute)), attribute)
        editing.replace(attribute, new)
        editing.report.converted[name] += 1
    for name in set(GROUPS.values()) & set(moved.values()):
        uses = [each for each in names.builtins.get(name, ()) if not is_guarded(editing, each.node)]
        if not uses:
            continue
        if names.top.has_star_import:
            editing.left(uses[0].node, f"{name} stays: an import of * may bind it")
            continue
        for each in uses:
            editing.replace(each.node, _expression(wanted.use(name, each.scope), cast(cst.Name, each.node)))
        editing.report.converted[name] += len(uses)


def _expression(dotted: str, old: cst.BaseExpression) -> cst.BaseExpression:
    return layout.dotted(dotted).with_changes(lpar=old.lpar, rpar=old.rpar)


# task.cancelling() and task.uncancel()


def _convert_methods(editing: Editing, wanted: Wanted) -> None:
    names = editing.names
    for attribute in names.attributes:
        name = attribute.attr.value
        if name not in METHODS or is_guarded(editing, attribute):
            continue
        if names.qualified(attribute) == f"{COMPAT}.{name}":
            continue
        call = names.parents.get(id(attribute))
        code = editing.code(attribute)
        if not isinstance(call, cst.Call) or call.args:
            editing.left(attribute, f"{code} stays: it is not called without arguments")
        elif not is_task(editing, attribute.value):
            editing.left(attribute, f"{code}() stays: {editing.code(attribute.value)} is not surely a task")
        else:
            local = wanted.use(name, names.scope_at(call))
            value = attribute.value.with_changes(lpar=[], rpar=[])
            editing.replace(call, call.with_changes(func=layout.dotted(local), args=[cst.Arg(value)]))
            editing.report.converted[f"{name}()"] += 1


def is_task(editing: Editing, node: cst.BaseExpression | None) -> bool:
    """Return whether an expression surely gives an asyncio task."""
    names = editing.names
    if isinstance(node, cst.NamedExpr):
        return is_task(editing, node.value)
    if isinstance(node, cst.Call):
        called = names.qualified(node.func)
        if called in _MAKING_TASKS:
            return True
        if called == "typing.cast" and node.args:
            return _is_task_type(editing, node.args[0].value)
        return (
            isinstance(node.func, cst.Attribute)
            and node.func.attr.value == "create_task"
            and isinstance(node.func.value, cst.Name)
            and _is_always(editing, node.func.value, _binds_group)
        )
    if isinstance(node, cst.Attribute):
        return _is_task_attribute(editing, node)
    return isinstance(node, cst.Name) and _is_always(editing, node, _binds_task)


def _is_task_attribute(editing: Editing, node: cst.Attribute) -> bool:
    """Return whether it is an attribute of `self` that its class declares as a task."""
    names = editing.names
    owner = class_of_self(names, node.value)
    if owner is None:
        return False
    declared = [names.parents.get(id(each.node)) for each in names.bindings(owner, node.attr.value)]
    declared += names.cached(_declared_attributes, names).get((id(owner), node.attr.value), ())
    found = [each for each in declared if isinstance(each, cst.AnnAssign)]
    return bool(found) and all(_is_task_type(editing, each.annotation.annotation) for each in found)


def _declared_attributes(names: Names) -> dict[tuple[int, str], list[cst.CSTNode | None]]:
    """Return the statements `self.name: type` of each class and name."""
    table: dict[tuple[int, str], list[cst.CSTNode | None]] = {}
    for target in names.attribute_stores:
        owner = class_of_self(names, target.value) if isinstance(target, cst.Attribute) else None
        if owner is not None and isinstance(target, cst.Attribute):
            table.setdefault((id(owner), target.attr.value), []).append(names.parents.get(id(target)))
    return table


def _is_always(editing: Editing, node: cst.Name, binds: Callable[[Editing, Occurrence], bool]) -> bool:
    """Return whether all that binds the name is of a kind, and something does."""
    names = editing.names
    bindings = names.bindings(names.resolve(names.scope_at(node), node.value), node.value)
    return bool(bindings) and all(binds(editing, each) for each in bindings)


def _binds_task(editing: Editing, occurrence: Occurrence) -> bool:
    names = editing.names
    parent = names.parents.get(id(occurrence.node))
    if isinstance(parent, cst.Param):
        return parent.annotation is not None and _is_task_type(editing, parent.annotation.annotation)
    if isinstance(parent, cst.AssignTarget):
        parent = names.parents.get(id(parent))
    if isinstance(parent, cst.AnnAssign):
        is_declared = _is_task_type(editing, parent.annotation.annotation)
        return is_declared or is_task(editing, parent.value)
    if isinstance(parent, (cst.NamedExpr, cst.Assign)):
        return is_task(editing, parent.value)
    if not isinstance(parent, (cst.For, cst.CompFor)) or not isinstance(parent.iter, cst.Call):
        return False
    return names.qualified(parent.iter.func) == "asyncio.all_tasks"


def _is_task_type(editing: Editing, annotation: cst.BaseExpression) -> bool:
    if isinstance(annotation, cst.SimpleString):
        try:
            annotation = cst.parse_expression(str(annotation.evaluated_value))
        except cst.ParserSyntaxError:
            return False
    if isinstance(annotation, cst.Subscript):
        annotation = annotation.value
    return editing.names.qualified(annotation) == "asyncio.Task"


def _binds_group(editing: Editing, occurrence: Occurrence) -> bool:
    """Return whether it is `async with TaskGroup() as name`, or a parameter annotated so."""
    names = editing.names
    groups = {"asyncio.TaskGroup", f"{COMPAT}.TaskGroup"}
    parent = names.parents.get(id(occurrence.node))
    if isinstance(parent, cst.Param):
        return parent.annotation is not None and names.qualified(parent.annotation.annotation) in groups
    item = names.parents.get(id(parent))
    if not isinstance(item, cst.WithItem) or not isinstance(item.item, cst.Call):
        return False
    return names.qualified(item.item.func) in groups
