"""The tree of a file: going through it, the line of a statement, replacing parts.

libcst's own visitors and metadata take several times as long on a large file.
"""

from __future__ import annotations

import re
from contextlib import nullcontext
from dataclasses import dataclass, field, fields
from functools import cached_property, lru_cache
from typing import Any, Iterator, Mapping, Sequence, Type, Union, cast

import libcst as cst

# The only way to learn a position without recording those of all nodes.
from libcst._nodes.internal import CodegenState

# What a node is replaced with: nothing, another node, or several statements.
Replacement = Union[None, cst.CSTNode, Sequence[cst.CSTNode]]
_Kind = Type[cst.CSTNode]

_LAYOUT = re.compile(
    "whitespace_.*|leading_.*|lines_after_decorators|header|footer|indent|colon|comma|dot|equal|operator|semicolon|"
    "lpar|rpar|lbrace|rbrace|lbracket|rbracket|trailing_comma|trailing_whitespace"
)
_NOTHING = nullcontext()


@lru_cache(None)
def _fields(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    """Every field of a kind of node."""
    return tuple(each.name for each in fields(kind))


@lru_cache(None)
def meaning_fields(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    """Return the fields of a kind of node that are no layout."""
    return tuple(name for name in _fields(kind) if not _LAYOUT.fullmatch(name))


@lru_cache(None)
def _is_node(kind: type[object]) -> bool:
    """Return whether objects of a type are nodes; `isinstance` is slow for abstract base classes."""
    return issubclass(kind, cst.CSTNode)


def children(node: cst.CSTNode) -> list[cst.CSTNode]:
    """Return the parts of a node in the order of the text, without layout."""
    found: list[cst.CSTNode] = []
    for name in meaning_fields(type(node)):
        value: Any = getattr(node, name)
        if _is_node(cast(_Kind, type(value))):
            found.append(value)
        elif type(value) in (list, tuple):
            found += value
    return found


def walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield the node and all below it, in the order of the text."""
    stack = [node]
    while stack:
        each = stack.pop()
        yield each
        stack.extend(reversed(children(each)))


def comments(node: cst.CSTNode) -> list[cst.Comment]:
    """Every comment in a node's text, its leading lines too."""
    found: list[cst.Comment] = []
    stack: list[Any] = [node]
    while stack:
        each = stack.pop()
        kind = cast(_Kind, type(each))
        if type(each) in (list, tuple):
            stack.extend(reversed(each))
        elif kind is cst.Comment:
            found.append(each)
        elif _is_node(kind):
            stack.extend(reversed([getattr(each, name) for name in _fields(kind)]))
    return found


class _Writing(CodegenState):
    """Writes the text of nodes. libcst's own way to learn positions, which is not needed, takes a fifth of the time."""

    def record_syntactic_position(self, node: cst.CSTNode, **around: Any) -> Any:
        return _NOTHING


@dataclass
class _Marking(_Writing):
    """Notes, for each node with a line of its own, how many tokens were written before it."""

    # by the id of the node, and with the node, so that no id is used again
    marks: dict[int, tuple[cst.CSTNode, int]] = field(default_factory=lambda: {})

    def record_syntactic_position(self, node: cst.CSTNode, **around: Any) -> Any:
        self.marks[id(node)] = node, len(self.tokens)
        return _NOTHING


def code_of(module: cst.Module, node: cst.CSTNode) -> str:
    """Return the text of a node, as `Module.code_for_node` does."""
    state = _Writing(module.default_indent, module.default_newline)
    node._codegen(state)
    return "".join(state.tokens)


class Lines:
    """The line of each node in the text that was read, also for what has been rebuilt since."""

    def __init__(self, module: cst.Module) -> None:
        state = _Marking(default_indent=module.default_indent, default_newline=module.default_newline)
        # the text of each statement of the module, by its id; the module keeps them alive
        self._module = module
        self._texts: dict[int, str] = {}
        self._tokens, self._marks = state.tokens, state.marks
        # how many lines end in the first so many tokens, as far as this was asked for
        self._line_ends = [0]
        for above in module.header:
            above._codegen(state)
        for statement in module.body:
            start = len(self._tokens)
            statement._codegen(state)
            self._texts[id(statement)] = "".join(self._tokens[start:])
        self.text, _ = self.texts_of(module)

    def texts_of(self, module: cst.Module) -> tuple[str, str]:
        """Return the text of a module, and of its statements that have changed and its imports from __future__.

        Only the statements that have changed are written anew.
        """
        body: list[str] = []
        changed: list[str] = []
        for each in module.body:
            text = self._texts.get(id(each))
            if text is None or "__future__" in text:
                text = text or code_of(module, each)
                changed.append(text)
            body.append(text)
        around = [[code_of(module, each) for each in lines] for lines in (module.header, module.footer)]
        text = "".join([*around[0], *body, *around[1]])
        if not module.has_trailing_newline:
            return text[: -2 if text.endswith("\r\n") else -1], "".join(changed)
        return text or module.default_newline, "".join(changed)

    def of(self, node: cst.CSTNode) -> int:
        """Return the line, or 0 for what is new."""
        mark = self._marks.get(id(node))
        return 0 if mark is None else self._line_after(mark[1])

    def _line_after(self, count: int) -> int:
        """Return the line that the token after so many others is in."""
        ends = self._line_ends
        for token in self._tokens[len(ends) - 1 : count]:
            ends.append(ends[-1] + token.count("\n"))
        return ends[count] + 1

    @cached_property
    def words_in_type_comments(self) -> set[str]:
        """Every word of a comment such as `# type: List[int]`."""
        return set(re.findall(r"\w+", " ".join(re.findall(r"#\s*type:(.*)", self.text))))

    def hand_on(self, old: cst.CSTNode, new: cst.CSTNode) -> None:
        """Record the line of the old node for a rebuilt one."""
        if id(old) in self._marks:
            self._marks[id(new)] = new, self._marks[id(old)][1]


class Rebuilding:
    """Replaces nodes of a tree, given by their id, and rebuilds only the nodes above them."""

    def __init__(
        self,
        parents: Mapping[int, cst.CSTNode],
        lines: Lines,
        replacements: Mapping[int, tuple[cst.CSTNode, Replacement]],
    ) -> None:
        self._lines = lines
        self._replacements = replacements
        self._changed: set[int] = set()
        for node, _ in replacements.values():
            above: cst.CSTNode | None = parents.get(id(node))
            while above is not None and id(above) not in self._changed:
                self._changed.add(id(above))
                above = parents.get(id(above))

    def rebuild(self, node: cst.CSTNode) -> cst.CSTNode:
        """Return the node with its parts replaced; the same object where nothing changes."""
        if id(node) not in self._changed:
            return node
        changes: dict[str, object] = {}
        for name in meaning_fields(type(node)):
            value: Any = getattr(node, name)
            kind = cast(_Kind, type(value))
            if type(value) in (list, tuple):
                changes[name], rest = self._several(value)
                if rest:
                    assert isinstance(node, (cst.Module, cst.IndentedBlock))
                    changes["footer"] = [*rest, *node.footer]
            elif _is_node(kind):
                changes[name] = self._one(value)
        if isinstance(node, cst.IndentedBlock) and not changes["body"]:
            changes["body"] = [cst.SimpleStatementLine([cst.Pass()])]
        if isinstance(node, (cst.SimpleStatementSuite, cst.SimpleStatementLine)) and not changes["body"]:
            changes["body"] = [cst.Pass()]
        result = node.with_changes(**changes)
        self._lines.hand_on(node, result)
        return result

    def _one(self, node: cst.CSTNode) -> Replacement:
        if id(node) in self._replacements:
            return self._replacements[id(node)][1]
        return self.rebuild(node)

    def _several(self, parts: Sequence[cst.CSTNode]) -> tuple[list[Any], list[cst.EmptyLine]]:
        """Return the parts, and the comments of a removed last one."""
        result: list[Any] = []
        carried: list[cst.EmptyLine] = []
        blank: list[cst.EmptyLine] = []  # above what is gone
        for number, each in enumerate(parts):
            new = self._one(each)
            if new is None:
                carried += _kept_comments(each)
                blank = blank or split_lines(_leading_lines(each))[0]
                continue
            several = [new] if isinstance(new, cst.CSTNode) else list(new)
            if not several:
                continue
            # What was first is gone, and the blank lines after it go too.
            is_first = number > 0 and not result
            if blank and not is_first and not carried and not _leading_lines(several[0]):
                carried = blank
            if (carried or is_first) and hasattr(several[0], "leading_lines"):
                first = several[0]
                several[0] = with_lines_before(first, carried, is_first)
                self._lines.hand_on(first, several[0])
            carried, blank = [], []
            result += several
        return result, carried


def _leading_lines(statement: Any) -> Sequence[cst.EmptyLine]:
    # A small statement, one of several in a line, has none of its own.
    return cast(Sequence[cst.EmptyLine], getattr(statement, "leading_lines", ()))


def _kept_comments(statement: cst.CSTNode) -> Sequence[cst.EmptyLine]:
    """Return the lines above a statement, if there is a comment among them."""
    lines = _leading_lines(statement)
    return lines if split_lines(lines)[1] else []


def split_lines(lines: Sequence[cst.EmptyLine]) -> tuple[list[cst.EmptyLine], list[cst.EmptyLine]]:
    """Return the blank lines at the start, and the rest."""
    for number, line in enumerate(lines):
        if line.comment is not None:
            return list(lines[:number]), list(lines[number:])
    return list(lines), []


def with_lines_before(
    node: cst.CSTNode, lines: Sequence[cst.EmptyLine], without_blank_lines: bool = False
) -> cst.CSTNode:
    """Return the statement with these lines above its own ones."""
    old = _leading_lines(node)
    if without_blank_lines:
        old = split_lines(old)[1]
    return node.with_changes(leading_lines=[*lines, *old])
