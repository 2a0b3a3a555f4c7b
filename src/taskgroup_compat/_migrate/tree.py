"""The tree of a file: going through it, the line of a statement, replacing parts.

libcst's own visitors and metadata take several times as long on a large file.
"""

from __future__ import annotations

import re
from contextlib import nullcontext
from dataclasses import dataclass, field, fields
from typing import Any, Callable, Iterator, Mapping, Sequence, Union, cast

import libcst as cst

# The only way to learn a position without recording those of all nodes.
from libcst._nodes.internal import CodegenState

# What a node is replaced with: nothing, another node, or several statements.
Replacement = Union[None, cst.CSTNode, Sequence[cst.CSTNode]]

_LAYOUT = {
    "colon",
    "comma",
    "dot",
    "equal",
    "footer",
    "header",
    "indent",
    "lbrace",
    "lbracket",
    "leading_lines",
    "leading_whitespace",
    "lines_after_decorators",
    "lpar",
    "operator",
    "rbrace",
    "rbracket",
    "rpar",
    "semicolon",
    "trailing_comma",
    "trailing_whitespace",
}
_NOTHING = nullcontext()
_NODE_TYPES: dict[type, bool] = {}
_FIELDS: dict[type, tuple[str, ...]] = {}
_ALL_FIELDS: dict[type, tuple[str, ...]] = {}


def meaning_fields(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    """The fields of a kind of node that are no layout."""
    try:
        return _FIELDS[kind]
    except KeyError:
        names = tuple(
            each.name
            for each in fields(kind)
            if each.name not in _LAYOUT and not each.name.startswith(("_", "whitespace_"))
        )
        return _FIELDS.setdefault(kind, names)


def _all_fields(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    """Every field of a kind of node, from the last to the first."""
    try:
        return _ALL_FIELDS[kind]
    except KeyError:
        return _ALL_FIELDS.setdefault(kind, tuple(each.name for each in reversed(fields(kind))))


def children(node: cst.CSTNode) -> list[cst.CSTNode]:
    """The parts of a node in the order of the text, without layout."""
    found: list[cst.CSTNode] = []
    for name in meaning_fields(type(node)):
        value: object = getattr(node, name)
        kind = type(value)
        if kind is str or value is None:
            continue
        if kind is tuple or kind is list:
            found += [each for each in cast("list[cst.CSTNode]", value) if is_node(each)]
        elif is_node(value):
            found.append(cast(cst.CSTNode, value))
    return found


def is_node(value: object) -> bool:
    """Whether it is a node; `isinstance` takes long, as the types of nodes are abstract base classes."""
    kind: type[object] = type(value)
    try:
        return _NODE_TYPES[kind]
    except KeyError:
        return _NODE_TYPES.setdefault(kind, issubclass(kind, cst.CSTNode))


def walk(node: cst.CSTNode, into: Callable[[cst.CSTNode], bool] = lambda node: True) -> Iterator[cst.CSTNode]:
    """The node and all below it, in the order of the text; what `into` refuses is given, but not gone into."""
    stack = [node]
    while stack:
        each = stack.pop()
        yield each
        if each is node or into(each):
            stack.extend(reversed(children(each)))


def same_frame(node: cst.CSTNode) -> bool:
    """For `walk`: stay in the code that runs in the same frame."""
    return not isinstance(node, (cst.FunctionDef, cst.ClassDef, cst.Lambda))


def comments(node: cst.CSTNode) -> list[cst.Comment]:
    """Every comment in a node's text, its leading lines too."""
    found: list[cst.Comment] = []
    stack: list[object] = [node]
    while stack:
        each = stack.pop()
        kind = type(each)
        if kind is cst.Comment:
            found.append(cast(cst.Comment, each))
        elif kind is list or kind is tuple:
            stack.extend(reversed(cast("list[object]", each)))
        elif is_node(each):
            stack.extend(getattr(each, name) for name in _all_fields(cast("type[cst.CSTNode]", kind)))
    return found


@dataclass(frozen=False)
class _Marking(CodegenState):
    """Notes, for each node with a line of its own, how much of the text was written before it."""

    marks: list[tuple[cst.CSTNode, int]] = field(default_factory=lambda: [])

    def record_syntactic_position(
        self,
        node: cst.CSTNode,
        *,
        start_node: cst.CSTNode | None = None,
        end_node: cst.CSTNode | None = None,
    ) -> Any:
        self.marks.append((node, len(self.tokens)))
        return _NOTHING


class _Written:
    """Stands for a statement of a module while text is made of it, which is the same text every time."""

    def __init__(self, statement: cst.CSTNode) -> None:
        self._statement = statement
        self._tokens: list[str] | None = None

    def _codegen(self, state: CodegenState) -> None:
        if self._tokens is None:
            start = len(state.tokens)
            self._statement._codegen(state)
            self._tokens = state.tokens[start:]
        else:
            state.tokens.extend(self._tokens)


class Lines:
    """The line of each node in the text that was read, also for what has been rebuilt since."""

    def __init__(self, module: cst.Module) -> None:
        state = _Marking(default_indent=module.default_indent, default_newline=module.default_newline)
        # what is written for each statement of the module
        self._written: dict[int, _Written] = {id(each): _Written(each) for each in module.body}
        module.with_changes(body=list(self._written.values()))._codegen(state)
        self.text = "".join(state.tokens)
        self._lines: dict[int, int] = {}
        self._words: set[str] | None = None
        # so that no id is used again
        self._kept: list[cst.CSTNode] = []
        line, before = 1, 0
        tokens = state.tokens
        marks = sorted(state.marks, key=lambda mark: mark[1])
        for node, count in marks:
            for token in tokens[before:count]:
                if token in ("\n", "\r\n", "\r"):
                    line += 1
                elif len(token) > 1:
                    line += token.count("\n")
            before = max(before, count)
            self._lines[id(node)] = line

    def code(self, module: cst.Module) -> str:
        """The text of another tree, in which most statements are those that were read: their text is known."""
        return module.with_changes(body=[self._written.get(id(each), each) for each in module.body]).code

    def of(self, node: cst.CSTNode) -> int:
        """The line, or 0 for what is new."""
        return self._lines.get(id(node), 0)

    def words_in_type_comments(self) -> set[str]:
        """Every word of a comment such as `# type: List[int]`."""
        if self._words is None:
            comments = re.findall(r"#\s*type:(.*)", self.text)
            self._words = {word for comment in comments for word in re.findall(r"\w+", comment)}
        return self._words

    def hand_on(self, old: cst.CSTNode, new: cst.CSTNode) -> None:
        """Gives a rebuilt node the line of the old one."""
        line = self._lines.get(id(old))
        if line and new is not old:
            self._lines[id(new)] = line
            self._kept += [new, old]


class Rebuilding:
    """Replaces nodes of a tree, given by their id, and rebuilds only what is above them."""

    def __init__(
        self,
        parents: Mapping[int, cst.CSTNode],
        lines: Lines,
        replacements: Mapping[int, tuple[cst.CSTNode, Replacement]],
    ) -> None:
        self._lines = lines
        self._replacements = replacements
        self._changed: dict[int, bool] = {}
        for node, _ in replacements.values():
            above: cst.CSTNode | None = parents.get(id(node))
            while above is not None and id(above) not in self._changed:
                self._changed[id(above)] = True
                above = parents.get(id(above))

    def rebuild(self, node: cst.CSTNode) -> cst.CSTNode:
        """The node with its parts replaced; the same object where nothing changes."""
        if id(node) not in self._changed:
            return node
        changes: dict[str, object] = {}
        for name in meaning_fields(type(node)):
            value: object = getattr(node, name)
            if isinstance(value, cst.CSTNode):
                new = self._one(value)
                if new is not value:
                    changes[name] = new
            elif isinstance(value, (list, tuple)):
                parts: list[object] = list(value)  # pyright: ignore[reportUnknownArgumentType]
                rebuilt, rest = self._several(parts)
                if rest and isinstance(node, (cst.Module, cst.IndentedBlock)):
                    changes["footer"] = [*rest, *node.footer]
                if len(rebuilt) != len(parts) or any(a is not b for a, b in zip(rebuilt, parts)):
                    changes[name] = rebuilt
        if isinstance(node, cst.IndentedBlock) and changes.get("body") == []:
            changes["body"] = [cst.SimpleStatementLine([cst.Pass()])]
        if isinstance(node, (cst.SimpleStatementSuite, cst.SimpleStatementLine)) and changes.get("body") == []:
            changes["body"] = [cst.Pass()]
        result: cst.CSTNode = node.with_changes(**changes) if changes else node
        self._lines.hand_on(node, result)
        return result

    def _one(self, node: cst.CSTNode) -> object:
        if id(node) in self._replacements:
            new = self._replacements[id(node)][1]
            if isinstance(new, cst.CSTNode):
                self._lines.hand_on(node, new)
            return new
        return self.rebuild(node)

    def _several(self, parts: list[object]) -> tuple[list[object], list[cst.EmptyLine]]:
        """The parts, and the comments of a removed last one."""
        result: list[object] = []
        carried: list[cst.EmptyLine] = []
        blank: list[cst.EmptyLine] = []  # above what is gone
        is_first = False  # what was first is gone, and the blank lines after it go too
        for each in parts:
            if not isinstance(each, cst.CSTNode):
                result.append(each)
                continue
            new = self._one(each)
            if new is None:
                carried += kept_comments(each)
                is_first = is_first or not result
                blank = blank or split_lines(getattr(each, "leading_lines", ()))[0]
                continue
            several: list[object] = [*cast("list[object]", new)] if isinstance(new, (list, tuple)) else [new]
            is_first = is_first or (not several and not result)
            if blank and not is_first and not carried and several and not getattr(several[0], "leading_lines", [1]):
                carried = blank
            blank = []
            if (carried or is_first) and several and isinstance(several[0], cst.CSTNode):
                several[0] = with_lines_before(several[0], carried, is_first)
                carried, is_first = [], False
            result += several
        return result, carried


def kept_comments(node: cst.CSTNode) -> list[cst.EmptyLine]:
    """The lines above a statement, if there is a comment among them."""
    lines: Sequence[cst.EmptyLine] = getattr(node, "leading_lines", ())
    return list(lines) if split_lines(lines)[1] else []


def split_lines(lines: Sequence[cst.EmptyLine]) -> tuple[list[cst.EmptyLine], list[cst.EmptyLine]]:
    """The blank lines at the start, and the rest."""
    for number, line in enumerate(lines):
        if line.comment is not None:
            return list(lines[:number]), list(lines[number:])
    return list(lines), []


def with_lines_before(
    node: cst.CSTNode, lines: Sequence[cst.EmptyLine], without_blank_lines: bool = False
) -> cst.CSTNode:
    """The statement with these lines above its own ones."""
    if not hasattr(node, "leading_lines"):
        return node
    old: Sequence[cst.EmptyLine] = getattr(node, "leading_lines", ())
    if without_blank_lines:
        old = split_lines(old)[1]
    return node.with_changes(leading_lines=[*lines, *old])
