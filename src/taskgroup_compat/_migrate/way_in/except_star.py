"""In: a statement with `except*` becomes a `with catch(...)`, and each clause a function."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile
from typing import cast

import libcst as cst

from ..source import layout
from ..source.editing import Editing
from ..source.frames import (
    awaits,
    clause_of,
    frame_nodes,
    has_bare_raise,
    has_own,
    needs_its_frame,
    outer_clause,
    own_except,
    strays,
)
from ..source.imports import Wanted
from ..source.names import Names
from ..source.tree import Rebuilding, code_of, split_lines
from ..source.visiting import BINDING, Occurrence, Scope, all_params, dotted_name

CONVERTED = "except* statement"
_JUMPS = {cst.Break, cst.Continue}


def convert(editing: Editing, wanted: Wanted) -> None:
    """Convert what can be, until there are only refused ones."""
    while True:
        before = editing.report.converted[CONVERTED]
        checked = _refuse_from_outside(editing, wanted)
        _convert_from_inside(editing, wanted, {} if editing.refused else checked)
        if not editing.refused or editing.report.converted[CONVERTED] == before:
            return
        # What was refused may stand in a function of its own now, and must not wait for the next run.
        editing.withdraw_refusals()


def _statements(editing: Editing) -> list[cst.TryStar]:
    found = [each for each in editing.names.compounds if type(each) is cst.TryStar]
    return [each for each in found if id(each) not in editing.refused]


def _refuse_from_outside(editing: Editing, wanted: Wanted) -> dict[int, _Statement]:
    """Refuse what cannot be converted before anything in it is; return the others, by their id."""
    checked: dict[int, _Statement] = {}
    for node in _statements(editing):
        statement = _Statement(editing, wanted, node)
        if has_bare_raise(node.body) and statement.is_in_refused():
            # What passes through a catch would count as a new error in that clause.
            editing.refuse(node, "except* stays: it re-raises in a clause of an except* that stays")
        elif not statement.is_refused():
            checked[id(node)] = statement
    return checked


def _convert_from_inside(editing: Editing, wanted: Wanted, checked: dict[int, _Statement]) -> None:
    """Convert the innermost statements first, and again until there are only refused ones.

    `checked`: statements of the tree as it is; a refusal would make the result of a check another one.
    """
    while True:
        found = _statements(editing)
        outer = {id(above) for each in found for above in editing.names.ancestors(each)}
        declared: set[tuple[int, str]] = set()
        for node in found:
            if id(node) in outer:
                continue
            statement = checked.get(id(node)) or _Statement(editing, wanted, node)
            if id(node) in checked or not statement.is_refused():
                statement.convert(declared)
        editing.commit()
        checked = {}
        if not any(id(node) in outer for node in found):
            return


class _Refused(Exception):
    pass


class _Clause:
    def __init__(self, node: cst.ExceptStarHandler) -> None:
        self.node = node
        self.group = cast(cst.Name, node.name.name).value if node.name else None
        # what runs in the frame that the clause stands in
        self.nodes = [*frame_nodes(node.body)]
        self.is_async = awaits(self.nodes)
        self.outer: dict[str, list[str]] = {"global": [], "nonlocal": []}
        self.types = node.type
        # what was declared for a statement in the clause, and will be declared outside now
        self.declarations: list[cst.CSTNode] = []


class _Statement:
    def __init__(self, editing: Editing, wanted: Wanted, node: cst.TryStar) -> None:
        self.editing, self.wanted, self.node = editing, wanted, node
        self.names = editing.names
        self.scope: Scope = self.names.scope_at(node)
        self.clauses = [_Clause(handler) for handler in node.handlers]
        self.declare: list[str] = []
        self.notes: list[tuple[cst.CSTNode, str]] = []

    def convert(self, declared: set[tuple[int, str]]) -> None:
        """Convert the statement; `declared`: the names for which others have put a declaration into a scope."""
        for node, text in self.notes:
            self.editing.note(node, text)
        self._find_declarations(declared)
        declared.update((id(self.scope), name) for name in self.declare)
        self.editing.replace(self.node, self._build())
        self.editing.report.converted[CONVERTED] += 1

    # Whether it can be done

    def is_refused(self) -> bool:
        """Refuse the statement if it cannot be converted; return whether it was refused."""
        try:
            self._check()
        except _Refused as refused:
            self.editing.refuse(self.node, f"except* stays: {refused}")
        return id(self.node) in self.editing.refused

    def is_in_refused(self) -> bool:
        """Return whether it stands in a clause, of the same function, of a statement that stays."""
        return any(
            isinstance(above, cst.ExceptStarHandler)
            and self.names.scope_at(above) is self.scope
            and id(self.names.parents[id(above)]) in self.editing.refused
            for above in self.names.ancestors(self.node)
        )

    def _check(self) -> None:
        if self.scope.kind == "class":
            raise _Refused("it stands in a class body, whose names a function would not see")
        for clause in self.clauses:
            self._check_code(clause)
        self._check_types()
        self._drop_repeated()
        for clause in self.clauses:
            self._check_group_name(clause)
            self._find_outer_names(clause)

    def _check_code(self, clause: _Clause) -> None:
        found = needs_its_frame(self.names, clause.nodes)
        if found:
            raise _Refused(f"{found} in a clause would mean something else in a function")
        for each in clause.nodes:
            if type(each) is cst.Return or (type(each) in _JUMPS and not self._has_loop_inside(each, clause.node)):
                raise _Refused("a clause has a return, break or continue, which no Python accepts")
        if clause.is_async and not self._is_in_coroutine():
            raise _Refused("a clause awaits outside of a coroutine function")

    def _has_loop_inside(self, node: cst.CSTNode, clause: cst.CSTNode) -> bool:
        inside = takewhile(lambda above: above is not clause, self.names.ancestors(node))
        return any(isinstance(above, (cst.For, cst.While)) for above in inside)

    def _is_in_coroutine(self) -> bool:
        return getattr(self.scope.node, "asynchronous", None) is not None

    def _check_types(self) -> None:
        before: list[cst.CSTNode] = [self.node.body]
        for clause in self.clauses:
            types = clause.node.type
            for each in _elements(types):
                if not dotted_name(each):
                    raise _Refused(
                        f"the types {self.editing.short(types)} would be evaluated before the body runs,"
                        " and are more than names and attributes"
                    )
                self._check_type(each, self.editing.short(types), before)
            if isinstance(types, cst.Tuple) and not types.lpar:
                clause.types = types.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
            before.append(clause.node.body)

    def _check_type(self, node: cst.CSTNode, types: str, before: Sequence[cst.CSTNode]) -> None:
        while isinstance(node, cst.Attribute):
            text = dotted_name(node)
            for target in self.names.cached(_attribute_stores, self.names).get(text, ()):
                if any(above in before for above in self.names.ancestors(target)):
                    raise _Refused(f"{text} would be evaluated before the body runs, which assigns it")
            node = node.value
        name = cast(cst.Name, node).value
        bindings = self.names.bindings(self.names.resolve(self.scope, name), name)
        if any(self.names.within(each, *before) for each in bindings):
            raise _Refused(f"{name}, of the types {types}, would be evaluated before the body runs, which binds it")

    def _key(self, types: cst.BaseExpression) -> str:
        """Return the same text for the same types, whatever they are called here."""
        if isinstance(types, cst.Tuple):
            return f"({', '.join(self._key(each.value) for each in types.elements)})"
        qualified = self.names.qualified(types) or dotted_name(types)
        return "builtins.TimeoutError" if qualified == "asyncio.TimeoutError" else qualified

    def _drop_repeated(self) -> None:
        """Of two clauses for the same types only the first can ever run; a dict would keep the last."""
        texts: dict[str, list[str]] = {}
        kept: list[_Clause] = []
        for clause in self.clauses:
            known, code = texts.setdefault(self._key(clause.types), []), self.editing.code(clause.types)
            if code in known:
                bound = [name for name in self._bound(clause) if self._is_used_outside(name, clause)]
                if bound:
                    raise _Refused(f"an earlier clause has the types {code} too, and the second one binds {bound[0]}")
                self.editing.count_names(clause.node)
                self.notes.append((clause.node, f"the second clause for {code} could never run and is dropped"))
                continue
            if known:
                # Another name for the same type, on some versions at least: a tuple is another key, and never matches.
                if isinstance(clause.types, cst.Tuple):
                    raise _Refused(f"the types {code} are those of an earlier clause under another name")
                clause.types = cst.Tuple(
                    [cst.Element(clause.types, comma=cst.Comma())], lpar=[cst.LeftParen()], rpar=[cst.RightParen()]
                )
            known.append(code)
            kept.append(clause)
        self.clauses = kept
        for clause in kept:
            for each in _elements(clause.node.type):
                if self.names.qualified(each) == "builtins.TimeoutError" and "asyncio.TimeoutError" not in (
                    self.editing.code(clause.node.type)
                ):
                    text = "below 3.11 catch asyncio's own too: (TimeoutError, asyncio.TimeoutError)"
                    self.notes.append((clause.node, text))

    def _check_group_name(self, clause: _Clause) -> None:
        """Refuse a name that other code uses: the statement unbinds it after the clause, a parameter does not."""
        name = clause.group
        if name is None:
            return
        if name in self.scope.globals or name in self.scope.nonlocals:
            raise _Refused(f"{name}, the name of the group, is no variable of the function")
        used = [each for each in strays(self.names, self.scope, name) if not self.names.within(each, clause.node.body)]
        if used or self._outer_clause_uses(clause, name):
            raise _Refused(
                f"{name}, the name of the group, is used outside of its clause, where it is unbound after it"
            )

    def _outer_clause_uses(self, clause: _Clause, name: str) -> bool:
        """Return whether an outer clause of the same name uses it when this one has unbound it."""
        outer = outer_clause(self.names, self.scope, name, clause.node)
        if outer is None:
            return False
        _, end = self.names.spans[id(clause.node)]
        repeats = self._has_loop_inside(self.node, outer)
        return any(
            each.name == name
            and each.kind not in BINDING
            and (repeats or each.index >= end)
            and own_except(self.names, name, each) is outer
            for each in self.names.all_within(outer.body)
        )

    # Which names are not the handler's own

    def _bound(self, clause: _Clause) -> dict[str, list[Occurrence]]:
        found: dict[str, list[Occurrence]] = {}
        for each in self.names.own_within(self.scope, clause.node.body):
            if each.kind in BINDING:
                found.setdefault(each.name, []).append(each)
        return found

    def _is_used_outside(self, name: str, clause: _Clause) -> bool:
        return any(not self.names.within(each, clause.node.body) for each in strays(self.names, self.scope, name))

    def _find_outer_names(self, clause: _Clause) -> None:
        for name, bindings in self._bound(clause).items():
            if name == clause.group:
                continue
            if name in self.editing.made_names and not self._is_used_outside(name, clause):
                # the handler or flag of a statement in this clause
                continue
            if self._is_of_outer_clause(name):
                raise _Refused(f"{name}, the name of what an outer clause handles, is bound in a clause")
            kind = self._kind_of(name, clause)
            if kind is None:
                continue
            ours = [each for each in bindings if id(self.names.parents.get(id(each.node))) in self.editing.declared]
            clause.declarations += [each.node for each in ours]
            if any(self._has_annotation(each) for each in bindings if each not in ours):
                raise _Refused(f"{name} has an annotation in a clause, and would have to be {kind} there")
            clause.outer[kind].append(name)

    def _is_of_outer_clause(self, name: str) -> bool:
        """Return whether the statement stands in an `except ... as name` of the same function."""
        return any(
            clause_of(above, name) is not None and self.names.scope_at(above) is self.scope
            for above in self.names.ancestors(self.node)
        )

    def _kind_of(self, name: str, clause: _Clause) -> str | None:
        if name in self.scope.globals or self.scope.kind == "module":
            return "global"
        if name in self.scope.nonlocals:
            return "nonlocal"
        if not strays(self.names, self.scope, name):
            return None
        users = self.names.cached(_users, self.names, self.scope, name)
        if users is None:
            return "nonlocal"
        by_clause, sharing = users
        key = id(clause.node)
        if key not in by_clause:
            # The statement stands in a clause, whose other code must not use the name.
            key = id(_clause_around(self.names, self.scope, self.node))
            if not all(self.names.within(each, clause.node.body) for each in by_clause[key][1]):
                return "nonlocal"
        if len(by_clause) == 1 and not self.names.loops(self.node):
            return None
        # Each clause that uses it has a value of its own, if it always binds it first and lets nothing else keep it.
        if sharing - {key} or not has_own(self.names, clause.node.body, self.scope, by_clause[key][1]):
            return "nonlocal"
        return None

    def _find_declarations(self, declared: set[tuple[int, str]]) -> None:
        """Return the names that nothing else binds once the clauses are functions."""
        kinds = ["nonlocal"]
        if self.scope.kind == "module" and self._is_annotated():
            # A type checker knows no name that only a global statement has.
            kinds.append("global")
        for clause in self.clauses:
            for name in [name for kind in kinds for name in clause.outer[kind]]:
                is_declared = name in self.scope.nonlocals or name in self.declare or (id(self.scope), name) in declared
                if not is_declared and not self._is_bound_outside(name):
                    self.declare.append(name)

    def _is_annotated(self) -> bool:
        return self.names.cached(_is_annotated, self.names)

    def _has_annotation(self, occurrence: Occurrence) -> bool:
        return isinstance(self.names.parents.get(id(occurrence.node)), cst.AnnAssign)

    def _is_bound_outside(self, name: str) -> bool:
        """Return whether anything binds the name that will not become part of a handler."""
        bindings = self.names.bindings(self.scope, name)
        around = set(map(id, self.names.ancestors(self.node)))
        found = [each for each in bindings if each.scope is self.scope and not self._is_in_clause(each.node, around)]
        if self.scope.kind == "function" and self._is_annotated():
            # mypy wants it above the nonlocal statement, but no second annotation.
            start, _ = self.names.spans[id(self.node)]
            return any(each.index < start or self._has_annotation(each) for each in found)
        return bool(found)

    def _is_in_clause(self, node: cst.CSTNode, around: set[int]) -> bool:
        """Return whether it stands in a clause of the same function that is converted, and this statement does not."""
        return any(
            isinstance(above, cst.ExceptStarHandler)
            and id(above) not in around
            and id(self.names.parents[id(above)]) not in self.editing.refused
            and self.names.scope_at(above) is self.scope
            for above in self.names.ancestors(node)
        )

    # What it becomes

    def _build(self) -> list[cst.CSTNode]:
        node, editing = self.node, self.editing
        is_module = self.scope.kind == "module"
        gap = layout.blank_lines(2 if isinstance(self.names.parents[id(node)], cst.Module) else 1)
        prefix = "_" if is_module else ""
        blank, comments = split_lines(node.leading_lines)
        result: list[cst.CSTNode] = []
        for name in self.declare:
            # No value: like in the statement, the name is unbound until a clause binds it.
            type_of_any = self.wanted.use("Any", self.scope, "typing") if self._is_annotated() else "object"
            declaration = cst.AnnAssign(cst.Name(name), cst.Annotation(layout.dotted(type_of_any)))
            editing.declare(declaration)
            result.append(cst.SimpleStatementLine([declaration]))
        entries: list[tuple[cst.BaseExpression, str]] = []
        below: list[cst.EmptyLine] = []
        for clause in self.clauses:
            name = editing.free_name(prefix + handler_name(clause.node.type), self.scope)
            editing.made_names.add(name)
            entries.append((clause.types, name))
            function = self._handler(clause, name)
            lines = [*clause.node.leading_lines]
            if result:
                lines = [*gap, *lines]
            elif blank or self._is_first():
                # There is room enough above the function; the way out finds these lines below it.
                below, lines = split_lines(lines)
            result.append(function.with_changes(leading_lines=lines))
        first = result[0]
        above, rest = split_lines(getattr(first, "leading_lines", ()))
        if isinstance(first, cst.FunctionDef):
            above = max(above, self._lines_above_function(len(gap)), key=len)
        result[0] = first.with_changes(leading_lines=[*max(blank, above, key=len), *rest])
        statement = self._with(entries)
        flag = None
        main: list[cst.CSTNode] = [statement]
        if node.orelse is not None:
            flag = editing.free_name(prefix + "completed", self.scope)
            editing.made_names.add(flag)
            statement = statement.with_changes(body=layout.with_last(node.body, layout.assign(flag, "True")))
            check = cst.If(cst.Name(flag), node.orelse.body, leading_lines=node.orelse.leading_lines)
            main = [layout.assign(flag, "False"), statement, check]
        if node.finalbody is not None:
            body = cst.IndentedBlock(main, header=cst.TrailingWhitespace())  # type: ignore[arg-type]
            main = [cst.Try(body, finalbody=node.finalbody)]
        main[0] = main[0].with_changes(leading_lines=[*gap, *below, *comments])
        return [*result, *main]

    def _lines_above_function(self, gap: int) -> list[cst.EmptyLine]:
        """Return the blank lines that a formatter puts above a function in the place of the statement."""
        if not self._is_first():
            return layout.blank_lines(gap)
        suite = self.names.parents[id(self.node)]
        owner = self.names.parents.get(id(suite))
        return layout.blank_lines(0 if owner is None or isinstance(owner, (cst.FunctionDef, cst.ClassDef)) else 1)

    def _is_first(self) -> bool:
        """Return whether nothing stands above the statement in its suite."""
        return self.names.place(self.names.parents[id(self.node)], self.node) == 0

    def _handler(self, clause: _Clause, name: str) -> cst.FunctionDef:
        body = self._without_declarations(clause)
        lines = [layout.scope_statement(kind, sorted(found)) for kind, found in clause.outer.items() if found]
        group = clause.group
        if group is None:
            used = {each.name for each in self.names.all_within(clause.node.body)}
            group, number = "_group", 2
            while group in used:
                group, number = f"_group_{number}", number + 1
        annotation = self._annotation(clause)
        function = cst.FunctionDef(
            cst.Name(name),
            cst.Parameters([cst.Param(cst.Name(group), annotation)]),
            layout.with_first(layout.stub(body), *lines),
            returns=None if annotation is None else cst.Annotation(cst.Name("None")),
            asynchronous=cst.Asynchronous() if clause.is_async else None,
        )
        if isinstance(function.body, cst.SimpleStatementSuite):
            return function
        header = function.body.header if isinstance(function.body, cst.IndentedBlock) else cst.TrailingWhitespace()
        only_head = cst.IndentedBlock([cst.SimpleStatementLine([cst.Pass()])], header=header)
        head, _, _ = code_of(self.editing.module, function.with_changes(body=only_head)).partition("\n")
        if self._indent() + len(head) > self.editing.width:
            return layout.with_parameters_in_lines(function)
        return function

    def _indent(self) -> int:
        """Return the columns that the statement is indented by."""
        depth = sum(isinstance(each, cst.IndentedBlock) for each in self.names.ancestors(self.node))
        return depth * len(self.editing.module.default_indent.expandtabs(4))

    def _annotation(self, clause: _Clause) -> cst.Annotation | None:
        """Return the type of the group, in a file whose functions all have annotations."""
        names = self.names
        if not self._is_annotated():
            return None
        elements = _elements(clause.types)
        plain = all(names.qualified(each) not in _BASE_ERRORS for each in elements)
        group = self.wanted.use("ExceptionGroup" if plain else "BaseExceptionGroup", self.scope)
        if not all(map(self._is_class, elements)):
            # A variable that holds types is no annotation.
            return cst.Annotation(cst.parse_expression(f"{group}[Exception]"))
        text = f"{group}[{' | '.join(self.editing.code(each) for each in elements)}]"
        if len(elements) > 1 and not names.imported_as("__future__.annotations"):
            # A bar between classes is evaluated, and needs 3.10.
            text = f'"{text}"'
        return cst.Annotation(cst.parse_expression(text)) if elements else None

    def _is_class(self, node: cst.CSTNode) -> bool:
        """Return whether a name or attribute surely stands for a class: built in, imported or of this file."""
        *above, name = dotted_name(node).split(".")
        first = above[0] if above else name
        kinds = {each.kind for each in self.names.bindings(self.names.resolve(self.scope, first), first)}
        return kinds <= {"import", "class"} and not (name.isupper() and len(name) > 1)

    def _without_declarations(self, clause: _Clause) -> cst.BaseSuite:
        body: cst.BaseSuite = clause.node.body
        gone: dict[int, tuple[cst.CSTNode, None]] = {}
        for node in clause.declarations:
            line = self.names.parents[id(self.names.parents[id(node)])]
            gone[id(line)] = (line, None)
        if gone:
            body = cast(cst.BaseSuite, Rebuilding(self.names.parents, self.editing.lines, gone).rebuild(body))
        return body

    def _with(self, entries: Sequence[tuple[cst.BaseExpression, str]]) -> cst.With:
        function = self.wanted.use("catch", self.scope)
        is_async = any(clause.is_async for clause in self.clauses)
        call = layout.catch_call(function, entries, in_lines=False)
        code = code_of(self.editing.module, call)
        indent = self._indent()
        comment = _comment_length(self.node.body)
        width = self.editing.width
        if "\n" in code or indent + len(f"{'async ' if is_async else ''}with {code}:") + comment > width:
            mapping = code_of(self.editing.module, call.args[0].value)
            fits = "\n" not in mapping and indent + 4 + len(mapping) <= width
            if "\n" in mapping:
                entries = [(layout.indented(layout.indented(types)), handler) for types, handler in entries]
            call = layout.catch_call(function, entries, in_lines=True, mapping_in_lines=not fits)
        return cst.With([cst.WithItem(call)], self.node.body, asynchronous=cst.Asynchronous() if is_async else None)


# Errors that only a BaseExceptionGroup can hold.
_BASE_ERRORS = {"asyncio.CancelledError"} | {
    f"builtins.{name}" for name in ("BaseException", "KeyboardInterrupt", "SystemExit", "GeneratorExit")
}


def _is_annotated(names: Names) -> bool:
    """Return whether every function has the types of its parameters and its result."""
    functions = [each for each in names.compounds if isinstance(each, cst.FunctionDef)]
    return bool(functions) and all(map(_has_annotations, functions))


def _has_annotations(node: cst.FunctionDef) -> bool:
    params = [each for each in all_params(node.params) if each.name.value not in ("self", "cls")]
    return node.returns is not None and all(each.annotation is not None for each in params)


def _comment_length(suite: cst.BaseSuite) -> int:
    """Return the columns of the comment behind the colon, but for one that formatters do not count."""
    header = suite.header if isinstance(suite, cst.IndentedBlock) else None
    if header is None or header.comment is None or re.match(r"#\s*(type:|noqa|pyright:|pylint:)", header.comment.value):
        return 0
    return len(header.comment.value) + 2


def _users(
    names: Names, scope: Scope, name: str
) -> tuple[dict[int, tuple[cst.ExceptStarHandler, list[Occurrence]]], set[int]] | None:
    """Return the outermost clauses with the occurrences of a variable in them, if it is only in clauses.

    And which of them may need the value that another one has bound.
    """
    by_clause: dict[int, tuple[cst.ExceptStarHandler, list[Occurrence]]] = {}
    for each in names.refs(scope, name):
        clause = _clause_around(names, scope, each.node)
        if clause is None or not names.within(each, clause.body):
            return None
        by_clause.setdefault(id(clause), (clause, []))[1].append(each)
    sharing = {key for key, (clause, inside) in by_clause.items() if not has_own(names, clause.body, scope, inside)}
    return by_clause, sharing


def _clause_around(names: Names, scope: Scope, node: cst.CSTNode) -> cst.ExceptStarHandler | None:
    """Return the outermost clause of the same function that it stands in."""
    found: cst.ExceptStarHandler | None = None
    for above in names.ancestors(node):
        if type(above) is cst.ExceptStarHandler and names.scope_at(above) is scope:
            found = above
    return found


def _attribute_stores(names: Names) -> dict[str, list[cst.CSTNode]]:
    """Return the attributes that are assigned or deleted, by their text."""
    table: dict[str, list[cst.CSTNode]] = {}
    for target in names.attribute_stores:
        table.setdefault(dotted_name(target), []).append(target)
    return table


def _elements(types: cst.BaseExpression) -> Sequence[cst.CSTNode]:
    """Each of several types; one that is unpacked as it is."""
    if not isinstance(types, cst.Tuple):
        return [types]
    return [each if isinstance(each, cst.StarredElement) else each.value for each in types.elements]


def handler_name(types: cst.BaseExpression) -> str:
    """handle_value_error for ValueError, handle_os_error_or_eof_error for two, and so on."""
    words = [
        re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", dotted_name(each).split(".")[-1])
        for each in _elements(types)
    ]
    text = "_or_".join(word.lower().strip("_") for word in words) if len(words) <= 2 else ""
    return f"handle_{text or 'errors'}"
