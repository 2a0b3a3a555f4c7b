"""Out: a `with catch(...)` becomes a statement with `except*`, its handlers put into the clauses or called there."""

from __future__ import annotations

from typing import Any, Sequence

import libcst as cst

from ..source import layout
from ..source.editing import Editing
from ..source.frames import frame_nodes, own_except, yields
from ..source.guards import Version
from ..source.imports import is_import, is_string
from ..source.names import Names
from ..source.tree import comments, split_lines, walk
from ..source.visiting import BINDING, Occurrence, Scope
from .handlers import Handler, HandlerRefused, assigned_value, describe
from .inline import Inlined, NotInline, inline_function, inline_lambda

CONVERTED = "with catch(...)"
_DEFINITIONS = (cst.FunctionDef, cst.ClassDef)
WRAPPED = "3.11.0 to 3.11.3 wrap a single error that a clause raises in a group (gh-103590)"


def convert(editing: Editing, functions: set[str], floor: Version) -> None:
    """Converts what can be, until there are only refused ones. `functions`: what catch is."""
    while True:
        # What was refused may stand in other code now, and must not wait for the next run.
        editing.withdraw_refusals()
        before = editing.report.converted[CONVERTED]
        while _convert_innermost(editing, functions, floor):
            editing.commit()
        if editing.report.converted[CONVERTED] == before:
            break
    _say_what_else(editing, functions)


def _convert_innermost(editing: Editing, functions: set[str], floor: Version) -> bool:
    """Converts or refuses the blocks that have no other in them; whether there was any."""
    names = editing.names
    found: list[cst.With | cst.FunctionDef] = []
    for each in names.compounds:
        if id(each) in editing.refused:
            continue
        if isinstance(each, cst.With) and catch_item(editing, each, functions) is not None:
            found.append(each)
        if isinstance(each, cst.FunctionDef) and catch_decorator(editing, each, functions) is not None:
            found.append(each)
    outer = {id(above) for each in found for above in names.ancestors(each)}
    is_any = False
    for each in found:
        if id(each) in outer:
            continue
        converting: _Block | _Decorated
        if isinstance(each, cst.With):
            converting = _Block(editing, each, functions)
        else:
            converting = _Decorated(editing, each, functions)
        used = converting.handler_functions()
        # A handler is taken out of its place: first what stands in it, and what it stands in.
        around = [above for function in used for above in names.ancestors(function)]
        if any(id(function) in outer for function in used) or any(map(editing.is_replaced, around)):
            continue
        is_any = True
        converting.convert()
        if floor == (3, 11) and converting.raises():
            editing.note_once(each, WRAPPED)
    return is_any


def is_catch(editing: Editing, node: cst.CSTNode, functions: set[str]) -> bool:
    """Whether the node is a call of catch."""
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


def _say_what_else(editing: Editing, functions: set[str]) -> None:
    """Names each use of catch that is neither in a `with` nor a decorator."""
    names = editing.names
    for imported in names.imports:
        if imported.qualified in functions:
            uses: Sequence[cst.CSTNode] = [
                each.node for each in names.refs(imported.scope, imported.local) if each.kind not in BINDING
            ]
        elif imported.qualified in {function.partition(".")[0] for function in functions}:
            uses = [each for each in names.attributes if names.qualified(each) in functions]
        else:
            continue
        if names.only_binding(imported.scope, imported.local) is None:
            if uses:
                editing.left(imported.statement, f"{imported.local} is bound at several places")
            continue
        for use in uses:
            call = names.parents.get(id(use))
            around = names.parents.get(id(call)) if isinstance(call, cst.Call) and call.func is use else None
            if isinstance(around, (cst.WithItem, cst.Decorator)):
                continue
            if isinstance(around, cst.Arg):
                text = "the block is entered by a call, as with an ExitStack"
            elif around is not None:
                text = "the object is kept and used elsewhere"
            else:
                text = "the class is used without being called"
            editing.left(use, f"catch stays: {text}")


class _Refused(Exception):
    pass


class _Entry:
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


class _Converting:
    """What a block and a decorated function have in common."""

    def __init__(self, editing: Editing, functions: set[str], call: cst.Call, scope: Scope, is_async: bool) -> None:
        self.editing, self.names, self.functions = editing, editing.names, functions
        self.call, self.scope, self.is_async = call, scope, is_async
        self.entries: list[_Entry] = []
        self.notes: list[str] = []
        # why it stays
        self.error: str | None = None

    def _read(self) -> None:
        """The entries of the mapping."""
        args = self.call.args
        if len(args) != 1 or args[0].star or args[0].keyword is not None:
            raise _Refused("it is not called with one argument")
        mapping = args[0].value
        if not isinstance(mapping, cst.Dict):
            raise _Refused("its mapping is not written out in the call")
        if not mapping.elements:
            raise _Refused("its mapping is empty")
        seen: set[str] = set()
        lines = _comment_lines(mapping.lbrace)
        before = mapping.lbrace.whitespace_after
        for element in mapping.elements:
            if not isinstance(element, cst.DictElement):
                raise _Refused("its mapping has a ** in it")
            code = self.editing.code(element.key)
            if code in seen:
                raise _Refused(f"its mapping has the key {code} twice")
            seen.add(code)
            entry = _Entry(element, before, lines)
            self.entries.append(entry)
            for each in (element.whitespace_before_colon, element.whitespace_after_colon):
                entry.comments += _comment_lines(each)
            entry.comments += _comment_lines(getattr(element.comma, "whitespace_before", None))
            is_last = element is mapping.elements[-1]
            before = mapping.rbrace.whitespace_before if is_last else getattr(element.comma, "whitespace_after", before)
            lines = _comment_lines(before)
            if isinstance(before, cst.ParenthesizedWhitespace) and before.first_line.comment is not None:
                entry.trailing = before.first_line.comment
                lines = lines[1:]
        self.other_comments = [
            *_comment_lines(self.call.whitespace_before_args),
            *lines,
            *_comment_lines(args[0].whitespace_after_arg),
            *_comment_lines(args[0].comma),
        ]

    def _describe(self, scope: Scope) -> None:
        for entry in self.entries:
            try:
                entry.handler = describe(self.editing, entry.value, scope, self.is_async)
            except HandlerRefused as refused:
                raise _Refused(str(refused)) from None

    def _check_late(self, node: cst.CSTNode, bodies: Sequence[cst.CSTNode]) -> None:
        """What is evaluated in or after the body now must mean the same there."""
        for each in walk(node):
            if not isinstance(each, cst.Name):
                continue
            owner = self.names.resolve(self.names.scope_at(each), each.value)
            for other in self.names.bindings(owner, each.value):
                if self.names.within(other, *bodies):
                    raise _Refused(f"{each.value} would be evaluated after the body, which binds it")

    def raises(self) -> bool:
        """Whether it has been converted, and a handler has a `raise` with an error of its own."""
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
                raise _Refused(f"a catch that stays is in the handler {self.editing.short(entry.value)}")

    def _call(self, entry: _Entry, reason: str) -> None:
        """Has the handler called in its clause, if that can be."""
        if entry.handler.has_bare_raise:
            code = self.editing.short(entry.value)
            raise _Refused(f"the handler {code} has a bare raise and cannot be put into the clause: {reason}")
        if entry.handler.cannot_call:
            raise _Refused(entry.handler.cannot_call)
        entry.handler.group = self._free_group()

    def _has_catch(self, function: cst.FunctionDef) -> bool:
        """Whether a catch is left in a function, or an object that is one."""
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
                    lines += _own_lines(entry.inlined.function.leading_lines, entry.inlined.gap)
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
        """The name for the group in clauses that call their handler."""
        name, number = "group", 2
        while any(map(self._is_taken, self.names.named_within(self.scope.node, name))):
            name, number = f"group_{number}", number + 1
        return name

    def _is_taken(self, occurrence: Occurrence) -> bool:
        """Whether binding the name in a clause would change what this is."""
        owner = occurrence.owner
        if owner is not self.scope:
            return owner is None or not owner.is_inside(self.scope)
        clause = own_except(self.names, occurrence.name, occurrence)
        return clause is None or any(above is clause for above in self.names.ancestors(self.call))


class _Block(_Converting):
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
        except _Refused as refused:
            self.error = str(refused)

    def handler_functions(self) -> list[cst.CSTNode]:
        """The functions that will be taken from their place."""
        if self.error is not None:
            return []
        return [entry.handler.to_inline for entry in self.entries if entry.handler.to_inline is not None]

    def convert(self) -> None:
        """Converts the statement or refuses it."""
        editing = self.editing
        if self.error is None:
            try:
                self._inline()
            except _Refused as refused:
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
            raise _Refused("it has an `as`")
        if self.is_async and self.names.qualified(self.call.func) != "taskgroup_compat.catch":
            raise _Refused("only this package's catch goes with `async with`")
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
        other_comments = _comment_lines(node.lpar)
        for item in node.items:
            other_comments += self.other_comments if item is self.item else []
            other_comments += _comment_lines(item.comma)
        other_comments += _comment_lines(node.rpar)
        if after:
            rest = cst.With(_items(after), body, asynchronous=node.asynchronous)
            editing.lines.hand_on(node, rest)
            body = cst.IndentedBlock([rest])
        place, flag = self._place()
        removed = _Removed(editing, place, [entry.inlined.function for entry in self.entries if entry.inlined], flag)
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

    def _place(self) -> tuple[cst.With | cst.Try, _Flag | None]:
        """What is replaced: the block, or the try statement around it that adds nothing but a finally; and its else."""
        names, node = self.names, self.node
        flag = _find_flag(self.editing, node, self.scope)
        suite = names.parents[id(node)]
        around = names.parents.get(id(suite))
        if not isinstance(around, cst.Try) or around.handlers or len(node.items) != 1:
            return node, flag
        assert isinstance(suite, cst.IndentedBlock)
        if suite.header.comment is not None or suite.footer or len(suite.body) != (1 if flag is None else 3):
            return node, flag
        return around, flag


class _Flag:
    """What stands for the `else` of a statement: `flag = False` before the block, `if flag:` after it."""

    def __init__(self, start: cst.SimpleStatementLine, check: cst.If) -> None:
        self.start, self.check = start, check


def _find_flag(editing: Editing, node: cst.With, scope: Scope) -> _Flag | None:
    names = editing.names
    suite = names.parents.get(id(node))
    body: Sequence[cst.CSTNode] = getattr(suite, "body", ())
    at = names.place(suite, node)
    if at == 0 or at + 1 >= len(body) or len(node.items) != 1:
        return None
    start, check = body[at - 1], body[at + 1]
    if not isinstance(start, cst.SimpleStatementLine) or not isinstance(check, cst.If) or check.orelse is not None:
        return None
    name = _assigned(start, "False")
    if name is None or not isinstance(check.test, cst.Name) or check.test.value != name:
        return None
    if not isinstance(node.body, cst.IndentedBlock) or _assigned(node.body.body[-1], "True") != name:
        return None
    if comments(node.body.body[-1]) or start.trailing_whitespace.comment is not None:
        return None
    # It is used for nothing else.
    return _Flag(start, check) if len(names.refs(names.resolve(scope, name), name)) == 3 else None


def _assigned(node: cst.CSTNode, value: str) -> str | None:
    if isinstance(node, cst.SimpleStatementLine) and len(node.body) == 1:
        small = node.body[0]
        if isinstance(small, cst.Assign) and len(small.targets) == 1:
            target = small.targets[0].target
            if isinstance(target, cst.Name) and isinstance(small.value, cst.Name) and small.value.value == value:
                return target.value
    return None


class _Removed:
    """The functions and declarations right before a statement that go with it, and the lines above them."""

    def __init__(
        self,
        editing: Editing,
        place: cst.CSTNode,
        functions: Sequence[cst.FunctionDef | None],
        flag: _Flag | None,
    ) -> None:
        names = editing.names
        suite = names.parents.get(id(place))
        body: Sequence[cst.CSTNode] = getattr(suite, "body", ())
        at = names.place(suite, place)
        if flag is not None and body[at - 1] is flag.start:
            at -= 1
        gone = {id(each) for each in functions if each is not None}
        outer = {
            item.name.value
            for each in functions
            if each is not None
            for node in frame_nodes(each.body)
            if isinstance(node, (cst.Global, cst.Nonlocal))
            for item in node.names
        }
        self.top: cst.CSTNode | None = None
        self.declarations: list[cst.CSTNode] = []
        self._adjacent: set[int] = set()
        while at and (id(body[at - 1]) in gone or _declares(names, body[at - 1], outer)):
            at -= 1
            self.top = body[at]
            if id(self.top) not in gone:
                self.declarations.append(self.top)
            self._adjacent.add(id(self.top))
        self._gap = 2 if isinstance(suite, cst.Module) else 1
        self._previous = body[at - 1] if at else None

    def gap_above(self, function: cst.FunctionDef) -> int:
        """How many blank lines above it do not belong to its clause."""
        is_below = id(function) in self._adjacent and function is not self.top
        return self._gap if is_below else len(function.leading_lines)

    def above_clause(self, own: Sequence[cst.EmptyLine]) -> tuple[list[cst.EmptyLine], list[cst.EmptyLine]]:
        """The blank lines above the old statement that belong to the first clause, and what remains."""
        blank, rest = split_lines(own)
        return blank[self._gap :], [*blank[: self._gap], *rest]

    def lines(self, own: Sequence[cst.EmptyLine]) -> list[cst.EmptyLine]:
        """The lines above the new statement, given those of the old one."""
        if self.top is None:
            return list(own)
        top: Sequence[cst.EmptyLine] = getattr(self.top, "leading_lines", ())
        lines = _own_lines(own, self._gap)
        return [*self._blank_lines(split_lines(top)[0], bool(lines)), *lines]

    def _blank_lines(self, blank: list[cst.EmptyLine], has_comment: bool) -> list[cst.EmptyLine]:
        """Return the blank lines above a statement in the place of a function that formatters want them above."""
        if len(blank) != self._gap or self._previous is None or isinstance(self._previous, _DEFINITIONS):
            return blank
        # A formatter wants one after an import.
        return blank[: max(self._gap - 1, has_comment, is_import(self._previous))]


def _declares(names: Names, node: cst.CSTNode, bound: set[str]) -> bool:
    """Return whether it is `name: object` or Any, as the way in writes it for names that clauses bind."""
    if not isinstance(node, cst.SimpleStatementLine) or len(node.body) != 1:
        return False
    small = node.body[0]
    return (
        isinstance(small, cst.AnnAssign)
        and small.value is None
        and isinstance(small.target, cst.Name)
        and small.target.value in bound
        and names.qualified(small.annotation.annotation) in ("builtins.object", "typing.Any")
        and not comments(node)
    )


class _Decorated(_Converting):
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
        """Converts the function or refuses it."""
        try:
            self._check()
        except _Refused as refused:
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
            raise _Refused("it decorates a generator function")
        if self.number != len(node.decorators) - 1:
            raise _Refused("another decorator stands between it and the function")
        if names.qualified(self.call.func) != "taskgroup_compat.catch":
            raise _Refused("only this package's catch is converted where it decorates a function")
        outer = names.scope_at(node)
        self._read()
        # The mapping is evaluated in the function now.
        hidden = [self.scope, outer] if outer.kind == "class" else [self.scope]
        for each in walk(self.call.args[0].value):
            if isinstance(each, cst.Name) and any(scope.binds(each.value) for scope in hidden):
                raise _Refused(f"{each.value} is another name inside of the function")
        self._describe(outer)
        self._check_handlers()
        for entry in self.entries:
            self._call(entry, "it is a decorator's")
            if self.editing.code(entry.types) in ("TypeError", "Exception", "BaseException"):
                self.notes.append("an error of the call itself (wrong arguments) is no longer handled")


def _without_docstring(body: Sequence[cst.BaseStatement]) -> tuple[list[cst.BaseStatement], list[cst.BaseStatement]]:
    """The docstring of a function as a line of its own, if it has one, and the other statements."""
    first, *rest = body
    if not isinstance(first, cst.SimpleStatementLine) or not is_string(first):
        return [], [*body]
    if len(first.body) == 1:
        return [first], rest
    string = first.body[0].with_changes(semicolon=cst.MaybeSentinel.DEFAULT)
    return [cst.SimpleStatementLine([string])], [first.with_changes(body=first.body[1:]), *rest]


def _items(items: Sequence[cst.WithItem]) -> list[cst.WithItem]:
    """Items for a `with` of their own, without the commas and parentheses that they had."""
    return [each.with_changes(comma=cst.MaybeSentinel.DEFAULT) for each in items]


def _comment_lines(node: Any) -> list[cst.EmptyLine]:
    """The comments of what may be no node, such as a comma that is not there."""
    return [cst.EmptyLine(comment=each) for each in comments(node)]


def _own_lines(lines: Sequence[cst.EmptyLine], gap: int) -> list[cst.EmptyLine]:
    """Without the blank lines that separate functions."""
    blank, rest = split_lines(lines)
    return [*blank[gap:], *rest]
