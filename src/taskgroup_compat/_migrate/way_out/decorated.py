"""Out: a function with `@catch(...)`, whose body becomes the statement."""

from __future__ import annotations

from typing import Sequence

import libcst as cst

from ..source import layout
from ..source.editing import Editing
from ..source.frames import yields
from ..source.imports import is_string
from ..source.tree import walk
from .converting import CONVERTED, Converting, Refused, catch_decorator


class Decorated(Converting):
    """A function with `@catch(...)`."""

    def __init__(self, editing: Editing, node: cst.FunctionDef, functions: set[str]) -> None:
        number = catch_decorator(editing, node, functions)
        assert number is not None
        self.node, self.number = node, number
        call = node.decorators[number].decorator
        assert isinstance(call, cst.Call)
        super().__init__(editing, functions, call, editing.names.scopes[id(node)], node.asynchronous is not None)

    def handler_functions(self) -> list[cst.CSTNode]:
        """None: the handlers stay where they are."""
        return []

    def convert(self) -> None:
        """Convert the function or refuse it."""
        try:
            self._check()
        except Refused as refused:
            self.error = str(refused)
            self.editing.refuse(self.node, f"catch stays: {self.error}")
            return
        node = self.node
        block = layout.block(node.body)
        docstring, body = _without_docstring(layout.statements(node.body))
        guarded = block.with_changes(
            body=body or [cst.SimpleStatementLine([cst.Pass()])], header=cst.TrailingWhitespace()
        )
        statement = cst.TryStar(guarded, self._handlers(), leading_lines=self.other_comments)
        decorators = [each for number, each in enumerate(node.decorators) if number != self.number]
        lines = [*node.decorators[self.number].leading_lines, *node.lines_after_decorators]
        new = node.with_changes(
            decorators=decorators,
            lines_after_decorators=lines,
            body=block.with_changes(body=[*docstring, statement], footer=[]),
        )
        self.editing.lines.hand_on(node, statement)
        self.editing.replace(node, new)
        for text in self.notes:
            self.editing.note(node, text)
        self.editing.report.converted[CONVERTED] += 1

    def _check(self) -> None:
        node, names = self.node, self.names
        if yields(node.body):
            raise Refused("it decorates a generator function")
        if self.number != len(node.decorators) - 1:
            raise Refused("another decorator stands between it and the function")
        if names.qualified(self.call.func) != "taskgroup_compat.catch":
            raise Refused("only this package's catch is converted where it decorates a function")
        outer = names.scope_at(node)
        self._read()
        # The mapping is evaluated in the function now.
        hidden = [self.scope, outer] if outer.kind == "class" else [self.scope]
        for each in walk(self.call.args[0].value):
            if isinstance(each, cst.Name) and any(scope.binds(each.value) for scope in hidden):
                raise Refused(f"{each.value} is another name inside of the function")
        self._describe(outer)
        self._check_handlers()
        for entry in self.entries:
            self._call(entry, "it is a decorator's")
            if self.editing.code(entry.types) in ("TypeError", "Exception", "BaseException"):
                self.notes.append("an error of the call itself (wrong arguments) is no longer handled")


def _without_docstring(body: Sequence[cst.BaseStatement]) -> tuple[list[cst.BaseStatement], list[cst.BaseStatement]]:
    """Return the docstring of a function as a line of its own, if it has one, and the other statements."""
    first, *rest = body
    if not isinstance(first, cst.SimpleStatementLine) or not is_string(first):
        return [], [*body]
    if len(first.body) == 1:
        return [first], rest
    string = first.body[0].with_changes(semicolon=cst.MaybeSentinel.DEFAULT)
    return [cst.SimpleStatementLine([string])], [first.with_changes(body=first.body[1:]), *rest]
