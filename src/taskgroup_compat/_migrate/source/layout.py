"""Making statements that look as if written by hand."""

from __future__ import annotations

from typing import Sequence

import libcst as cst

WIDTHS = (88, 100)


def width(text: str) -> int:
    """How long a line may be, by those that a file has."""
    return min(max([WIDTHS[0], *map(len, text.splitlines())]), WIDTHS[1])


def block(suite: cst.BaseSuite) -> cst.IndentedBlock:
    """A suite in lines of its own."""
    if isinstance(suite, cst.IndentedBlock):
        return suite
    assert isinstance(suite, cst.SimpleStatementSuite)
    return cst.IndentedBlock([cst.SimpleStatementLine(suite.body, trailing_whitespace=suite.trailing_whitespace)])


def statements(suite: cst.BaseSuite) -> list[cst.SimpleStatementLine | cst.BaseCompoundStatement]:
    """The statements of a suite."""
    return [
        each for each in block(suite).body if isinstance(each, (cst.SimpleStatementLine, cst.BaseCompoundStatement))
    ]


def with_first(suite: cst.BaseSuite, *lines: cst.SimpleStatementLine) -> cst.BaseSuite:
    """The suite with lines before its own."""
    if not lines:
        return suite
    old = block(suite)
    return old.with_changes(body=[*lines, *old.body])


def with_last(suite: cst.BaseSuite, *lines: cst.SimpleStatementLine | cst.BaseCompoundStatement) -> cst.BaseSuite:
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


def blank_lines(count: int) -> list[cst.EmptyLine]:
    """Empty lines, without trailing blanks."""
    return [cst.EmptyLine(indent=False) for _ in range(count)]


def catch_call(function: str, entries: Sequence[tuple[cst.BaseExpression, str]], in_lines: bool) -> cst.Call:
    """`catch({Type: handler, ...})`, with one line for each entry if it would be too long."""
    elements: list[cst.DictElement] = []
    for number, (types, handler) in enumerate(entries):
        comma: cst.Comma | cst.MaybeSentinel = cst.MaybeSentinel.DEFAULT
        is_last = number == len(entries) - 1
        if in_lines:
            comma = cst.Comma(whitespace_after=_new_line(not is_last))
            types = indented(types)
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
    try:
        cst.parse_expression(module.code_for_node(node))
    except cst.ParserSyntaxError:
        return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return node


def indented(node: cst.BaseExpression) -> cst.BaseExpression:
    """The expression for a line that is indented by four blanks more."""
    changed = node.visit(_Indenting())
    assert isinstance(changed, cst.BaseExpression)
    return changed


class _Indenting(cst.CSTTransformer):
    """Adds blanks to the start of continuation lines."""

    def leave_ParenthesizedWhitespace(
        self, original_node: cst.ParenthesizedWhitespace, updated_node: cst.ParenthesizedWhitespace
    ) -> cst.ParenthesizedWhitespace:
        last = updated_node.last_line
        if not updated_node.indent:
            return updated_node
        lines = [
            line.with_changes(whitespace=line.whitespace.with_changes(value="    " + line.whitespace.value))
            if line.comment is not None
            else line
            for line in updated_node.empty_lines
        ]
        return updated_node.with_changes(empty_lines=lines, last_line=last.with_changes(value="    " + last.value))


def moved(node: cst.BaseExpression, before: cst.CSTNode) -> cst.BaseExpression:
    """The expression indented for a line of its own; `before`: the whitespace that was before it."""
    last = before.last_line.value if isinstance(before, cst.ParenthesizedWhitespace) else ""
    if not last:
        return node
    changed = node.visit(_Dedenting(last))
    assert isinstance(changed, cst.BaseExpression)
    return changed


class _Dedenting(cst.CSTTransformer):
    """Takes blanks from the start of continuation lines."""

    def __init__(self, blanks: str) -> None:
        super().__init__()
        self._blanks = blanks

    def leave_ParenthesizedWhitespace(
        self, original_node: cst.ParenthesizedWhitespace, updated_node: cst.ParenthesizedWhitespace
    ) -> cst.ParenthesizedWhitespace:
        last = updated_node.last_line
        if not updated_node.indent or not last.value.startswith(self._blanks):
            return updated_node
        lines = [
            line.with_changes(whitespace=line.whitespace.with_changes(value=line.whitespace.value[len(self._blanks) :]))
            if line.whitespace.value.startswith(self._blanks)
            else line
            for line in updated_node.empty_lines
        ]
        return updated_node.with_changes(
            empty_lines=lines, last_line=last.with_changes(value=last.value[len(self._blanks) :])
        )
