"""Out: a `with catch(...)`, its handlers put into the clauses or called there."""

from __future__ import annotations

from typing import Sequence

import libcst as cst

from ..source import layout
from ..source.editing import Editing
from .converting import CONVERTED, Converting, Refused, catch_item, comment_lines
from .inline import NotInline, inline_function, inline_lambda
from .removed import Flag, Removed, find_flag


class Block(Converting):
    """A `with` statement."""

    def __init__(self, editing: Editing, node: cst.With, functions: set[str]) -> None:
        number = catch_item(editing, node, functions)
        assert number is not None
        self.node, self.number = node, number
        self.item = node.items[number]
        assert isinstance(self.item.item, cst.Call)
        super().__init__(
            editing, functions, self.item.item, editing.names.scope_at(node), node.asynchronous is not None
        )
        try:
            self._check()
        except Refused as refused:
            self.error = str(refused)

    def handler_functions(self) -> list[cst.CSTNode]:
        """Return the functions that will be taken from their place."""
        if self.error is not None:
            return []
        return [entry.handler.to_inline for entry in self.entries if entry.handler.to_inline is not None]

    def convert(self) -> None:
        """Convert the statement or refuse it."""
        editing = self.editing
        if self.error is None:
            try:
                self._inline()
            except Refused as refused:
                self.error = str(refused)
        if self.error is not None:
            editing.refuse(self.node, f"catch stays: {self.error}")
            return
        self._replace()
        for text in self.notes:
            editing.note(self.node, text)
        editing.report.converted[CONVERTED] += 1

    def _check(self) -> None:
        if self.item.asname is not None:
            raise Refused("it has an `as`")
        if self.is_async and self.names.qualified(self.call.func) != "taskgroup_compat.catch":
            raise Refused("only this package's catch goes with `async with`")
        self._read()
        self._describe(self.scope)
        bodies: list[cst.CSTNode] = [self.node.body, *self.node.items[self.number + 1 :]]
        for entry in self.entries:
            self._check_late(entry.types, bodies)
            self._check_late(entry.value, bodies)

    def _inline(self) -> None:
        self._check_handlers()
        others = [entry.handler.function for entry in self.entries if entry.handler.function is not None]
        for entry in self.entries:
            handler = entry.handler
            reason = handler.why_not
            try:
                if isinstance(entry.value, cst.Lambda):
                    entry.inlined = inline_lambda(
                        self.editing, entry.value, self.node, self.scope, handler, entry.before
                    )
                elif handler.to_inline is not None:
                    entry.inlined = inline_function(self.editing, handler.to_inline, self.node, self.scope, others)
            except NotInline as not_inline:
                reason = str(not_inline)
            if entry.inlined is None:
                self._call(entry, reason)
        for entry in self.entries:
            if entry.inlined is not None and entry.inlined.function is not None:
                self.editing.replace(entry.inlined.function, [])

    def _replace(self) -> None:
        node, editing = self.node, self.editing
        before, after = node.items[: self.number], node.items[self.number + 1 :]
        body: cst.BaseSuite = node.body
        other_comments = comment_lines(node.lpar)
        for item in node.items:
            other_comments += self.other_comments if item is self.item else []
            other_comments += comment_lines(item.comma)
        other_comments += comment_lines(node.rpar)
        if after:
            rest = cst.With(_items(after), body, asynchronous=node.asynchronous)
            editing.lines.hand_on(node, rest)
            body = cst.IndentedBlock([rest])
        place, flag = self._place()
        removed = Removed(editing, place, [entry.inlined.function for entry in self.entries if entry.inlined], flag)
        for entry in self.entries:
            if entry.inlined is not None and entry.inlined.function is not None:
                entry.inlined.gap = removed.gap_above(entry.inlined.function)
        own = list(place.leading_lines)
        if place is not node:
            inner = [*(flag.start.leading_lines if flag is not None else ()), *node.leading_lines]
            own += [each for each in inner if each.comment is not None]
        elif flag is not None:
            own = [*flag.start.leading_lines, *own]
        first = self.entries[0].inlined
        if first is not None and removed.top is not None and first.function is removed.top:
            first.above, own = removed.above_clause(own)
        orelse = None
        if flag is not None:
            block = layout.block(body)
            body = block.with_changes(body=block.body[:-1])
            orelse = cst.Else(flag.check.body, leading_lines=flag.check.leading_lines)
        statement: cst.TryStar | cst.With = cst.TryStar(
            body,
            self._handlers(),
            orelse,
            place.finalbody if isinstance(place, cst.Try) else None,
        )
        editing.lines.hand_on(node, statement)
        if before:
            outer = cst.With(_items(before), cst.IndentedBlock([statement]), asynchronous=node.asynchronous)
            editing.lines.hand_on(node, outer)
            statement = outer
        editing.replace(place, statement.with_changes(leading_lines=[*removed.lines(own), *other_comments]))
        if flag is not None:
            editing.replace(flag.start, [])
            editing.replace(flag.check, [])
        for each in removed.declarations:
            editing.replace(each, [])

    def _place(self) -> tuple[cst.With | cst.Try, Flag | None]:
        """Return the statement to replace, the block or a try around it that only adds a finally; and its else."""
        names, node = self.names, self.node
        flag = find_flag(self.editing, node, self.scope)
        suite = names.parents[id(node)]
        around = names.parents.get(id(suite))
        if not isinstance(around, cst.Try) or around.handlers or len(node.items) != 1:
            return node, flag
        assert isinstance(suite, cst.IndentedBlock)
        if suite.header.comment is not None or suite.footer or len(suite.body) != (1 if flag is None else 3):
            return node, flag
        return around, flag


def _items(items: Sequence[cst.WithItem]) -> list[cst.WithItem]:
    """Items for a `with` of their own, without the commas and parentheses that they had."""
    return [each.with_changes(comma=cst.MaybeSentinel.DEFAULT) for each in items]
