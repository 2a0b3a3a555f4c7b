"""All single changes of a module's source, as text."""

import ast
import copy
from collections import namedtuple

# line: where it is; function: the qualified name; before, after: the lines that differ, without indentation.
Change = namedtuple("Change", "function line before after kind source")

_OTHER = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
}
_SIMPLE = (ast.Expr, ast.Assign, ast.AugAssign, ast.Delete, ast.Raise, ast.Return, ast.Continue, ast.Break)


def changes(source):
    """Return every change of code that runs; annotations, docstrings and code for type checkers stay as they are."""
    found = []
    _walk(ast.parse(source), "", source, found)
    seen = {source}
    return [each for each in found if each.source not in seen and not seen.add(each.source)]


def _ends_anyway(parent, field, child):
    """Return whether a statement does the same as the end of its function; None is as good as False to a caller."""
    last = isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef)) and field == "body" and parent.body[-1] is child
    return last and isinstance(child, ast.Return) and (child.value is None or _is_no(child.value))


def _walk(node, function, source, found):
    for field, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _says_nothing(node, field, child):
                inner = function
                if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                    inner = f"{function}.{child.name}" if function else child.name
                for kind, new in () if _ends_anyway(node, field, child) else _variants(child):
                    found.append(_change(source, child, new, kind, inner))
                _walk(child, inner, source, found)


def _says_nothing(parent, field, child):
    """Whether a part of the tree does not run."""
    if field in ("annotation", "returns", "type_comment"):
        return True
    if isinstance(child, ast.AnnAssign) and child.value is None:
        return True
    if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
        return True  # a docstring, or an ellipsis
    if isinstance(child, ast.JoinedStr):
        return True  # below 3.12 its parts are not where the tree says
    if isinstance(parent, ast.Call) and ast.unparse(parent.func) == "cast" and child in parent.args[:1]:
        return True
    if isinstance(child, ast.Compare) and "sys.version_info" in ast.unparse(child):
        return True  # every version has its run of all tests
    test = getattr(parent, "test", None)
    if isinstance(parent, ast.If) and isinstance(test, ast.Name) and test.id == "TYPE_CHECKING":
        return field == "body"
    if isinstance(child, ast.Assign) and isinstance(child.targets[0], ast.Attribute):
        return child.targets[0].attr == "__doc__"
    if isinstance(child, ast.Assign) and isinstance(child.targets[0], ast.Name):
        return child.targets[0].id in ("TYPE_CHECKING", "__slots__", "__all__", "__version__")
    return isinstance(child, (ast.Import, ast.ImportFrom, ast.Assert))


def _variants(node):
    """Yield each other form of one node: the kind of change, and the text or the node."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _OTHER:
        yield "comparison", _with(node, ops=[_OTHER[type(node.ops[0])]()])
    elif isinstance(node, ast.BoolOp):
        yield "and or or", _with(node, op=_OTHER[type(node.op)]())
        for index, value in enumerate(node.values):
            if _is_about_version(value):
                continue
            rest = [each for other, each in enumerate(node.values) if other != index]
            yield "operand left out", rest[0] if len(rest) == 1 else _with(node, values=rest)
    elif isinstance(node, ast.BinOp) and type(node.op) in _OTHER:
        yield "operator", _with(node, op=_OTHER[type(node.op)]())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "not left out", node.operand
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield "constant", ast.Constant(not node.value)
        elif isinstance(node.value, int):
            yield "constant", ast.Constant(node.value + 1)
        elif isinstance(node.value, str):
            yield "constant", ast.Constant(node.value + "x")
    elif isinstance(node, ast.Call):
        for index in range(len(node.keywords)):
            yield "keyword left out", _with(node, keywords=node.keywords[:index] + node.keywords[index + 1 :])
    elif isinstance(node, ast.IfExp):
        yield "always the first", node.body
        yield "always the second", node.orelse
    elif isinstance(node, (ast.If, ast.While)):
        if not _is_guard(node):
            yield "condition turned round", (node.test, ast.UnaryOp(ast.Not(), node.test))
            yield "never", (node.test, ast.Constant(False))
            if isinstance(node, ast.If):
                yield "always", (node.test, ast.Constant(True))
    elif isinstance(node, ast.ExceptHandler) and node.type is not None:
        yield "catches nothing", (node.type, ast.Tuple([], ast.Load()))
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        body = [each for each in node.body if not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))]
        if body and not (len(body) == 1 and isinstance(body[0], ast.Pass)):
            yield "does nothing", body
    elif isinstance(node, _SIMPLE):
        yield "statement left out", "pass"
        if isinstance(node, ast.Return) and node.value is not None and not _is_no(node.value):
            yield "returns None", ast.Return(ast.Constant(None))
        if isinstance(node, ast.AugAssign) and type(node.op) in _OTHER:
            yield "operator", _with(node, op=_OTHER[type(node.op)]())


def _is_no(node):
    return isinstance(node, ast.Constant) and (node.value is None or node.value is False)


def _is_guard(node):
    """Return whether a condition reads the version alone: the code behind it is changed instead."""
    return "sys.version_info" in ast.unparse(node.test) or ast.unparse(node.test) == "TYPE_CHECKING"


def _is_about_version(node):
    """Whether an operand asks for the version, or for a type checker: each has its own run."""
    return any(word in ast.unparse(node) for word in ("sys.version_info", "TYPE_CHECKING"))


def _with(node, **fields):
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def _change(source, node, new, kind, function):
    if isinstance(new, tuple):
        node, new = new
    first, last = (new[0], new[-1]) if isinstance(new, list) else (node, node)
    lines = source.splitlines(keepends=True)
    start = _offset(lines, first.lineno, first.col_offset)
    end = _offset(lines, last.end_lineno, last.end_col_offset)
    text = "pass" if isinstance(new, list) else new if isinstance(new, str) else _text(new)
    changed = source[:start] + text + source[end:]
    before = source[source.rfind("\n", 0, start) + 1 :][: _line_end(source, end) - source.rfind("\n", 0, start) - 1]
    stop = start + len(text)
    after = changed[changed.rfind("\n", 0, start) + 1 : _line_end(changed, stop)]
    return Change(function, first.lineno, _strip(before), _strip(after), kind, changed)


def _text(node):
    text = ast.unparse(node)
    return f"({text})" if isinstance(node, (ast.Compare, ast.BoolOp, ast.BinOp, ast.UnaryOp, ast.IfExp)) else text


def _offset(lines, lineno, column):
    # The columns of a tree count bytes.
    line = lines[lineno - 1]
    return sum(map(len, lines[: lineno - 1])) + len(line.encode()[:column].decode())


def _line_end(text, position):
    end = text.find("\n", position)
    return len(text) if end < 0 else end


def _strip(text):
    return "\n".join(line.strip() for line in text.splitlines())
