"""Out: imports under `if sys.version_info ...` or `try: ... except ImportError:` that the floor has decided."""

from __future__ import annotations

from typing import Sequence, cast

import libcst as cst

from ..options import Version
from . import layout
from .editing import Editing
from .tree import comments, with_lines_before
from .visiting import canonical, dotted_name

CONVERTED = "guarded import"
# What every floor has. What is no name of ours here is left for other tools.
_THERE = {
    "asyncio.TaskGroup",
    "asyncio.Timeout",
    "asyncio.timeout",
    "asyncio.timeout_at",
    "builtins.BaseExceptionGroup",
    "builtins.ExceptionGroup",
}
_MISSING = {
    "builtins.AttributeError",
    "builtins.ImportError",
    "builtins.ModuleNotFoundError",
    "builtins.NameError",
}


def fold(editing: Editing, floor: Version, packages: set[str], gone: set[str]) -> None:
    """Keep the branch that runs from the floor on; `gone`: the names of the packages that the floor has itself."""
    while True:
        for node in editing.names.compounds:
            if type(node) is cst.If:
                _fold_if(editing, node, floor, packages)
            elif type(node) is cst.Try:
                _fold_try(editing, node, packages, gone)
        if not editing.commit():
            return


def _imports_from(editing: Editing, node: object, packages: set[str]) -> bool:
    """Return whether something in the code is imported from one of the packages."""
    names = editing.names
    if "importing" not in names.results:
        importing: set[int] = set()
        for statement in {id(each.statement): each.statement for each in names.imports}.values():
            if is_import_from(statement, packages):
                importing.update(map(id, names.ancestors(statement)))
        for star in names.star_imports:
            if is_import_from(star, packages):
                importing.update(map(id, names.ancestors(star)))
        names.results["importing"] = importing
    return id(node) in cast("set[int]", names.results["importing"])


def is_import_from(node: cst.Import | cst.ImportFrom, packages: set[str]) -> bool:
    """Return whether it imports one of the packages, or something of one."""
    if isinstance(node, cst.ImportFrom):
        return not node.relative and dotted_name(node.module) in packages
    return any(dotted_name(alias.name) in packages for alias in node.names)


def truth(editing: Editing, test: cst.BaseExpression, floor: Version) -> bool | None:
    """Return the result of a test of sys.version_info from the floor on; None if it depends, or for another test."""
    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        value = truth(editing, test.expression, floor)
        return None if value is None else not value
    if not isinstance(test, cst.Comparison) or len(test.comparisons) != 1:
        return None
    left, is_cut = test.left, False
    if isinstance(left, cst.Subscript):
        if editing.code(left).replace(" ", "").rpartition("[")[2] != ":2]":
            return None
        left, is_cut = left.value, True
    if editing.names.qualified(left) != "sys.version_info":
        return None
    comparison = test.comparisons[0]
    version = _version(comparison.comparator)
    if version is None:
        return None
    operator = comparison.operator
    # the whole of it is longer than what it is compared with, and so the greater one
    lowest = floor if is_cut else (*floor, 0)
    at_least = lowest >= version
    above = lowest > version or (not is_cut and at_least)
    if isinstance(operator, cst.GreaterThanEqual):
        return True if at_least else None
    if isinstance(operator, cst.GreaterThan):
        return True if above else None
    if isinstance(operator, cst.LessThan):
        return False if at_least else None
    if isinstance(operator, cst.LessThanEqual):
        return False if above else None
    return None


def _version(node: cst.BaseExpression) -> Version | None:
    if not isinstance(node, cst.Tuple):
        return None
    numbers: list[int] = []
    for each in node.elements:
        if not isinstance(each.value, cst.Integer):
            return None
        numbers.append(each.value.evaluated_value)
    return tuple(numbers)


def _fold_if(editing: Editing, node: cst.If, floor: Version, packages: set[str]) -> None:
    if not (_imports_from(editing, node.body, packages) or _imports_from(editing, node.orelse, packages)):
        return
    value = truth(editing, node.test, floor)
    if value is None or _is_inside_replaced(editing, node):
        return
    editing.report.converted[CONVERTED] += 1
    is_elif = isinstance(editing.names.parents[id(node)], cst.If)
    if is_elif:
        editing.replace(node, cst.Else(node.body, leading_lines=node.leading_lines) if value else node.orelse)
    elif value:
        editing.replace(node, _unpacked(editing, node, node.leading_lines, node.body))
    elif isinstance(node.orelse, cst.If):
        editing.replace(node, node.orelse.with_changes(leading_lines=[*node.leading_lines, *node.orelse.leading_lines]))
    elif node.orelse is not None:
        lines = [*node.leading_lines, *node.orelse.leading_lines]
        editing.replace(node, _unpacked(editing, node, lines, node.orelse.body))
    else:
        editing.replace(node, None)


def _is_inside_replaced(editing: Editing, node: cst.CSTNode) -> bool:
    return any(editing.is_replaced(above) for above in editing.names.ancestors(node))


def _unpacked(
    editing: Editing, node: cst.CSTNode, lines: Sequence[cst.EmptyLine], *suites: cst.BaseSuite
) -> list[cst.CSTNode] | None:
    """Return the statements of the suites in place of what they were in; a lone `pass` goes."""
    result: list[cst.CSTNode] = []
    above = list(lines)
    for suite in suites:
        block = layout.block(suite)
        above += [cst.EmptyLine(comment=each) for each in comments(block.header)]
        for statement in block.body:
            result.append(with_lines_before(statement, above) if above else statement)
            editing.lines.hand_on(statement, result[-1])
            above = []
        above += [line for line in block.footer if line.comment is not None]
    if all(map(_is_pass, result)):
        return None
    last = result[-1]
    result[-1] = last.with_changes(leading_lines=[*getattr(last, "leading_lines", ()), *above])
    editing.lines.hand_on(last, result[-1])
    return result


def _is_pass(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.SimpleStatementLine) and all(isinstance(each, cst.Pass) for each in node.body)


def _fold_try(editing: Editing, node: cst.Try, packages: set[str], gone: set[str]) -> None:
    if node.finalbody is not None or _is_inside_replaced(editing, node):
        return
    if not all(_is_about_missing(editing, handler) for handler in node.handlers):
        return
    is_ours = _imports_from(editing, node.body, packages)
    if not is_ours and not any(_imports_from(editing, handler.body, packages) for handler in node.handlers):
        return
    kept: list[cst.CSTNode] = []
    for statement in layout.block(node.body).body:
        if not isinstance(statement, cst.SimpleStatementLine):
            return
        for small in statement.body:
            if not _is_there(editing, small, packages, gone):
                return
        if not all(isinstance(small, cst.Expr) for small in statement.body):
            kept.append(statement)
    block = layout.block(node.body).with_changes(body=kept)
    suites: list[cst.BaseSuite] = [block] if node.orelse is None else [block, node.orelse.body]
    editing.report.converted[CONVERTED] += 1
    editing.replace(node, _unpacked(editing, node, node.leading_lines, *suites))


def _is_about_missing(editing: Editing, handler: cst.ExceptHandler) -> bool:
    types = handler.type
    if types is None:
        return True
    each_of: Sequence[cst.BaseElement | cst.Element] = (
        types.elements if isinstance(types, cst.Tuple) else [cst.Element(types)]
    )
    return all(editing.names.qualified(each.value) in _MISSING for each in each_of) and handler.name is None


def _is_there(editing: Editing, small: cst.BaseSmallStatement, packages: set[str], gone: set[str]) -> bool:
    """Return whether a statement cannot fail from the floor on: what it imports or names is there."""
    if isinstance(small, cst.ImportFrom):
        if small.relative or isinstance(small.names, cst.ImportStar):
            return False
        module = dotted_name(small.module)
        there = gone if module in packages else _THERE
        return all(canonical(f"{module}.{alias.evaluated_name}") in there for alias in small.names)
    if isinstance(small, cst.Import):
        return all(dotted_name(alias.name) in ("asyncio", "builtins", "sys") for alias in small.names)
    if isinstance(small, (cst.Expr, cst.Assign)):
        # A name that the other branch binds is the built-in one here.
        text = dotted_name(small.value)
        return editing.names.qualified(small.value) in _THERE or f"builtins.{text}" in _THERE
    return False
