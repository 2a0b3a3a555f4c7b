"""Making statements that look as if written by hand."""

from __future__ import annotations

from typing import List, Sequence, Tuple, Union

import libcst as cst

WIDTH = 100
Suite = Union[cst.IndentedBlock, cst.SimpleStatementSuite]


def block(suite: cst.BaseSuite) -> cst.IndentedBlock:
    """A suite in lines of its own."""
    if isinstance(suite, cst.IndentedBlock):
        return suite
    assert isinstance(suite, cst.SimpleStatementSuite)
    return cst.IndentedBlock([cst.SimpleStatementLine(suite.body, trailing_whitespace=suite.trailing_whitespace)])


def statements(suite: cst.BaseSuite) -> List[Union[cst.SimpleStatementLine, cst.BaseCompoundStatement]]:
    """The statements of a suite."""
    return list(block(suite).body)


def with_first(suite: cst.BaseSuite, *lines: cst.SimpleStatementLine) -> cst.BaseSuite:
    """The suite with lines before its own."""
    if not lines:
        return suite
    old = block(suite)
    return old.with_changes(body=[*lines, *old.body])


def with_last(suite: cst.BaseSuite, *lines: Union[cst.SimpleStatementLine, cst.BaseCompoundStatement]) -> cst.BaseSuite:
    """The suite with lines after its own."""
    old = block(suite)
    return old.with_changes(body=[*old.body, *lines])


def assign(name: str, value: str) -> cst.SimpleStatementLine:
    """`name = value`"""
    return cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(cst.Name(name))], cst.Name(value))])


def scope_statement(kind: str, names: Sequence[str]) -> cst.SimpleStatementLine:
    """`global a, b` or `nonlocal a, b`."""
    items = [cst.NameItem(cst.Name(name)) for name in names]
    return cst.SimpleStatementLine([cst.Global(items) if kind == "global" else cst.Nonlocal(items)])


def dotted(name: str) -> cst.BaseExpression:
    """A name, or attributes of one."""
    first, *rest = name.split(".")
    node: cst.BaseExpression = cst.Name(first)
    for each in rest:
        node = cst.Attribute(node, cst.Name(each))
    return node


def blank_lines(count: int) -> List[cst.EmptyLine]:
    """Empty lines, without trailing blanks."""
    return [cst.EmptyLine(indent=False) for _ in range(count)]


def catch_call(function: str, entries: Sequence[Tuple[cst.BaseExpression, str]], in_lines: bool) -> cst.Call:
    """`catch({Type: handler, ...})`, with one line for each entry if it would be too long."""
    elements: List[cst.DictElement] = []
    for number, (types, handler) in enumerate(entries):
        comma: Union[cst.Comma, cst.MaybeSentinel] = cst.MaybeSentinel.DEFAULT
        is_last = number == len(entries) - 1
        if in_lines:
            comma = cst.Comma(whitespace_after=_new_line(not is_last))
        elements.append(cst.DictElement(types, cst.Name(handler), comma=comma))
    if not in_lines:
        return cst.Call(dotted(function), [cst.Arg(cst.Dict(elements))])
    return cst.Call(
        dotted(function), [cst.Arg(cst.Dict(elements, lbrace=cst.LeftCurlyBrace(whitespace_after=_new_line(True))))]
    )


def _new_line(is_inside: bool) -> cst.ParenthesizedWhitespace:
    # four blanks, whatever the file indents by: inside of braces it does not matter
    return cst.ParenthesizedWhitespace(indent=True, last_line=cst.SimpleWhitespace("    " if is_inside else ""))


_ATOMS = (cst.Name, cst.Attribute, cst.Call, cst.Subscript)


def called(module: cst.Module, node: cst.BaseExpression) -> cst.BaseExpression:
    """The expression as what stands before the parentheses of a call, or before a dot."""
    if isinstance(node, _ATOMS) or node.lpar:
        return parenthesized(module, node)
    return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def parenthesized(module: cst.Module, node: cst.BaseExpression) -> cst.BaseExpression:
    """The expression so that it can stand outside of the parentheses it was in."""
    code = module.code_for_node(node)
    if node.lpar or "\n" not in code:
        return node
    try:
        cst.parse_module(f"if x:\n    {code}\n")
    except cst.ParserSyntaxError:
        return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return node
