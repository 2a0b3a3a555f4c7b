"""Making statements that look as if written by hand."""

from __future__ import annotations

from typing import Sequence

import libcst as cst

from .tree import comments


def block(suite: cst.BaseSuite) -> cst.IndentedBlock:
    """Return a suite in lines of its own."""
    if isinstance(suite, cst.IndentedBlock):
        return suite
    assert isinstance(suite, cst.SimpleStatementSuite)
    return cst.IndentedBlock([cst.SimpleStatementLine(suite.body, trailing_whitespace=suite.trailing_whitespace)])


def statements(suite: cst.BaseSuite) -> list[cst.SimpleStatementLine | cst.BaseCompoundStatement]:
    """Return the statements of a suite."""
    return [
        each for each in block(suite).body if isinstance(each, (cst.SimpleStatementLine, cst.BaseCompoundStatement))
    ]


def with_parameters_in_lines(function: cst.FunctionDef) -> cst.FunctionDef:
    """Return the function with its one parameter on a line of its own."""
    parameter = function.params.params[0].with_changes(comma=cst.Comma(whitespace_after=_new_line(0)))
    parameters = function.params.with_changes(params=[parameter])
    return function.with_changes(params=parameters, whitespace_before_params=_new_line(4))


def stub(suite: cst.BaseSuite) -> cst.BaseSuite:
    """Return the suite, or `...` beside the colon of its function, as formatters have it, if that is all."""
    body = block(suite).body
    line = body[0]
    if len(body) != 1 or not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1 or comments(suite):
        return suite
    only = line.body[0]
    if not isinstance(only, cst.Expr) or not isinstance(only.value, cst.Ellipsis):
        return suite
    return cst.SimpleStatementSuite(line.body, trailing_whitespace=line.trailing_whitespace)


def with_first(suite: cst.BaseSuite, *lines: cst.SimpleStatementLine) -> cst.BaseSuite:
    """Return the suite with lines before its own."""
    if not lines:
        return suite
    old = block(suite)
    return old.with_changes(body=[*lines, *old.body])


def with_last(suite: cst.BaseSuite, *lines: cst.SimpleStatementLine | cst.BaseCompoundStatement) -> cst.BaseSuite:
    """Return the suite with lines after its own."""
    old = block(suite)
    return old.with_changes(body=[*old.body, *lines])


def assign(name: str, value: str) -> cst.SimpleStatementLine:
    """Return `name = value`."""
    return cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(cst.Name(name))], cst.Name(value))])


def scope_statement(kind: str, names: Sequence[str]) -> cst.SimpleStatementLine:
    """`global a, b` or `nonlocal a, b`."""
    items = [cst.NameItem(cst.Name(name)) for name in names]
    return cst.SimpleStatementLine([cst.Global(items) if kind == "global" else cst.Nonlocal(items)])


def dotted(name: str) -> cst.BaseExpression:
    """Return a name, or attributes of one."""
    first, *rest = name.split(".")
    node: cst.BaseExpression = cst.Name(first)
    for each in rest:
        node = cst.Attribute(node, cst.Name(each))
    return node


def blank_lines(count: int) -> list[cst.EmptyLine]:
    """Empty lines, without trailing blanks."""
    return [cst.EmptyLine(indent=False) for _ in range(count)]


def catch_call(
    function: str, entries: Sequence[tuple[cst.BaseExpression, str]], in_lines: bool, mapping_in_lines: bool = True
) -> cst.Call:
    """Return `catch({Type: handler, ...})`, if it would be too long with the mapping or each entry on its own line."""
    elements: list[cst.DictElement] = []
    explode = in_lines and mapping_in_lines
    for number, (types, handler) in enumerate(entries):
        comma: cst.Comma | cst.MaybeSentinel = cst.MaybeSentinel.DEFAULT
        if explode:
            comma = cst.Comma(whitespace_after=_new_line(8 if number < len(entries) - 1 else 4))
        elements.append(cst.DictElement(types, cst.Name(handler), comma=comma))
    if not explode:
        mapping = cst.Dict(elements)
    else:
        mapping = cst.Dict(elements, lbrace=cst.LeftCurlyBrace(whitespace_after=_new_line(8)))
    if not in_lines:
        return cst.Call(dotted(function), [cst.Arg(mapping)])
    argument = cst.Arg(mapping, whitespace_after_arg=_new_line(0))
    return cst.Call(dotted(function), [argument], whitespace_before_args=_new_line(4))


def _new_line(blanks: int) -> cst.ParenthesizedWhitespace:
    # four blanks for each level, whatever the file indents by: inside of brackets it does not matter
    return cst.ParenthesizedWhitespace(indent=True, last_line=cst.SimpleWhitespace(" " * blanks))


_ATOMS = (cst.Name, cst.Attribute, cst.Call, cst.Subscript)


def called(module: cst.Module, node: cst.BaseExpression) -> cst.BaseExpression:
    """Return the expression as what stands before the parentheses of a call, or before a dot."""
    if isinstance(node, _ATOMS) or node.lpar:
        return parenthesized(module, node)
    return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def parenthesized(module: cst.Module, node: cst.BaseExpression) -> cst.BaseExpression:
    """Return the expression so that it can stand outside of the parentheses it was in."""
    try:
        cst.parse_expression(module.code_for_node(node))
    except cst.ParserSyntaxError:
        return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return node


def indented(node: cst.BaseExpression) -> cst.BaseExpression:
    """Return the expression for a line that is indented by four blanks more."""
    changed = node.visit(_Indenting())
    assert isinstance(changed, cst.BaseExpression)
    return changed


class _Indenting(cst.CSTTransformer):
    """A transformer that adds blanks to the start of continuation lines."""

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
    """Return the expression indented for a line of its own; `before`: the whitespace that was before it."""
    last = before.last_line.value if isinstance(before, cst.ParenthesizedWhitespace) else ""
    if not last:
        return node
    changed = node.visit(_Dedenting(last))
    assert isinstance(changed, cst.BaseExpression)
    return changed


class _Dedenting(cst.CSTTransformer):
    """A transformer that takes blanks from the start of continuation lines."""

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
