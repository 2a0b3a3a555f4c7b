"""Out: what a block with catch and a decorated function have in common, the mapping and its clauses."""

from __future__ import annotations

from typing import Any, Sequence

import libcst as cst

from ..source import layout
from ..source.editing import Editing
from ..source.frames import frame_nodes, own_except
from ..source.tree import comments, split_lines, walk
from ..source.visiting import Occurrence, Scope
from .handlers import Handler, HandlerRefused, assigned_value, describe
from .inline import Inlined

CONVERTED = "with catch(...)"


def is_catch(editing: Editing, node: cst.CSTNode, functions: set[str]) -> bool:
    """Return whether the node is a call of catch."""
    return isinstance(node, cst.Call) and editing.names.qualified(node.func) in functions


def catch_item(editing: Editing, node: cst.With, functions: set[str]) -> int | None:
    """Which item of a `with` is a catch, the first."""
    for number, item in enumerate(node.items):
        if is_catch(editing, item.item, functions):
            return number
    return None


def catch_decorator(editing: Editing, node: cst.FunctionDef, functions: set[str]) -> int | None:
    """Which decorator is a catch, the last."""
    for number, decorator in reversed(list(enumerate(node.decorators))):
        if is_catch(editing, decorator.decorator, functions):
            return number
    return None


class Refused(Exception):
    pass


class Entry:
    """One entry of the mapping, which becomes a clause."""

    def __init__(
        self, element: cst.DictElement, before: cst.BaseParenthesizableWhitespace, comments: list[cst.EmptyLine]
    ) -> None:
        self.types, self.value = element.key, element.value
        # the whitespace before the entry, by which its lines are indented
        self.before = before
        self.comments = comments
        self.trailing: cst.Comment | None = None
        self.handler: Handler
        self.inlined: Inlined | None = None


class Converting:
    """What a block and a decorated function have in common."""

    def __init__(self, editing: Editing, functions: set[str], call: cst.Call, scope: Scope, is_async: bool) -> None:
        self.editing, self.names, self.functions = editing, editing.names, functions
        self.call, self.scope, self.is_async = call, scope, is_async
        self.entries: list[Entry] = []
        self.notes: list[str] = []
        # why it stays
        self.error: str | None = None

    def _read(self) -> None:
        """Read the entries of the mapping."""
        args = self.call.args
        if len(args) != 1 or args[0].star or args[0].keyword is not None:
            raise Refused("it is not called with one argument")
        mapping = args[0].value
        if not isinstance(mapping, cst.Dict):
            raise Refused("its mapping is not written out in the call")
        if not mapping.elements:
            raise Refused("its mapping is empty")
        seen: set[str] = set()
        lines = comment_lines(mapping.lbrace)
        before = mapping.lbrace.whitespace_after
        for element in mapping.elements:
            if not isinstance(element, cst.DictElement):
                raise Refused("its mapping has a ** in it")
            code = self.editing.code(element.key)
            if code in seen:
                raise Refused(f"its mapping has the key {code} twice")
            seen.add(code)
            entry = Entry(element, before, lines)
            self.entries.append(entry)
            for each in (element.whitespace_before_colon, element.whitespace_after_colon):
                entry.comments += comment_lines(each)
            entry.comments += comment_lines(getattr(element.comma, "whitespace_before", None))
            is_last = element is mapping.elements[-1]
            before = mapping.rbrace.whitespace_before if is_last else getattr(element.comma, "whitespace_after", before)
            lines = comment_lines(before)
            if isinstance(before, cst.ParenthesizedWhitespace) and before.first_line.comment is not None:
                entry.trailing = before.first_line.comment
                lines = lines[1:]
        self.other_comments = [
            *comment_lines(self.call.whitespace_before_args),
            *lines,
            *comment_lines(args[0].whitespace_after_arg),
            *comment_lines(args[0].comma),
        ]

    def _describe(self, scope: Scope) -> None:
        for entry in self.entries:
            try:
                entry.handler = describe(self.editing, entry.value, scope, self.is_async)
            except HandlerRefused as refused:
                raise Refused(str(refused)) from None

    def _check_late(self, node: cst.CSTNode, bodies: Sequence[cst.CSTNode]) -> None:
        """Refuse code that is evaluated after the body now, if the body binds a name of it."""
        for each in walk(node):
            if not isinstance(each, cst.Name):
                continue
            owner = self.names.resolve(self.names.scope_at(each), each.value)
            for other in self.names.bindings(owner, each.value):
                if self.names.within(other, *bodies):
                    raise Refused(f"{each.value} would be evaluated after the body, which binds it")

    def raises(self) -> bool:
        """Return whether it has been converted and a handler has a `raise` with an error of its own."""
        return self.error is None and any(
            isinstance(each, cst.Raise) and each.exc is not None
            for entry in self.entries
            for function in entry.handler.functions
            for each in frame_nodes(function.body)
        )

    def _check_handlers(self) -> None:
        for entry in self.entries:
            if any(map(self._has_catch, entry.handler.functions)):
                # What passes through that would count as reraised in a handler, and as new in a clause.
                raise Refused(f"a catch that stays is in the handler {self.editing.short(entry.value)}")

    def _call(self, entry: Entry, reason: str) -> None:
        """Convert to a call of the handler, or refuse."""
        if entry.handler.has_bare_raise:
            code = self.editing.short(entry.value)
            raise Refused(f"the handler {code} has a bare raise and cannot be put into the clause: {reason}")
        if entry.handler.cannot_call:
            raise Refused(entry.handler.cannot_call)
        entry.handler.group = self._free_group()

    def _has_catch(self, function: cst.FunctionDef) -> bool:
        """Return whether a catch is left in a function, or an object that is one."""
        made = [each.item for each in walk(function.body) if isinstance(each, cst.WithItem)]
        made += filter(None, [assigned_value(self.names, each) for each in made if isinstance(each, cst.Name)])
        return any(is_catch(self.editing, each, self.functions) for each in made)

    def _handlers(self) -> list[cst.ExceptStarHandler]:
        result: list[cst.ExceptStarHandler] = []
        for entry in self.entries:
            lines: list[cst.EmptyLine] = list(entry.comments)
            header = cst.TrailingWhitespace()
            if entry.trailing is not None:
                header = cst.TrailingWhitespace(whitespace=cst.SimpleWhitespace("  "), comment=entry.trailing)
            if entry.inlined is not None:
                body, name = entry.inlined.body, entry.inlined.group
                if entry.inlined.function is not None:
                    lines = [*entry.inlined.above, *lines]
                    lines += own_lines(entry.inlined.function.leading_lines, entry.inlined.gap)
                if isinstance(body, cst.IndentedBlock) and body.header.comment is None:
                    body = body.with_changes(header=header)
                elif entry.trailing is not None:
                    lines.append(cst.EmptyLine(comment=entry.trailing))
            else:
                name = entry.handler.group
                assert name is not None
                called: cst.BaseExpression = cst.Call(
                    layout.moved(layout.called(self.editing.module, entry.value), entry.before),
                    [cst.Arg(cst.Name(name))],
                )
                if entry.handler.is_async:
                    called = cst.Await(called)
                body = cst.IndentedBlock([cst.SimpleStatementLine([cst.Expr(called)])], header=header)
                if entry.handler.note:
                    self.notes.append(entry.handler.note)
            types = layout.moved(layout.parenthesized(self.editing.module, entry.types), entry.before)
            asname = cst.AsName(cst.Name(name)) if name is not None else None
            result.append(
                cst.ExceptStarHandler(
                    body,
                    types,
                    asname,
                    leading_lines=lines,
                    whitespace_after_except=cst.SimpleWhitespace(""),
                    whitespace_after_star=cst.SimpleWhitespace(" "),
                )
            )
        return result

    def _free_group(self) -> str:
        """Return the name for the group in clauses that call their handler."""
        name, number = "group", 2
        while any(map(self._is_taken, self.names.named_within(self.scope.node, name))):
            name, number = f"group_{number}", number + 1
        return name

    def _is_taken(self, occurrence: Occurrence) -> bool:
        """Return whether binding the name in a clause would change what this is."""
        owner = occurrence.owner
        if owner is not self.scope:
            return owner is None or not owner.is_inside(self.scope)
        clause = own_except(self.names, occurrence.name, occurrence)
        return clause is None or any(above is clause for above in self.names.ancestors(self.call))


def comment_lines(node: Any) -> list[cst.EmptyLine]:
    """Return the comments of what may be no node, such as a comma that is not there."""
    return [cst.EmptyLine(comment=each) for each in comments(node)]


def own_lines(lines: Sequence[cst.EmptyLine], gap: int) -> list[cst.EmptyLine]:
    """Without the blank lines that separate functions."""
    blank, rest = split_lines(lines)
    return [*blank[gap:], *rest]
