"""What a piece of code does that depends on the function it stands in."""

from __future__ import annotations

from typing import Iterator, Union, cast

import libcst as cst

from .names import BINDING, Names, Occurrence, Scope, default_values
from .tree import children

Clause = Union[cst.ExceptHandler, cst.ExceptStarHandler]
# Builtins that look at the function they are called in. True: only without arguments.
_LOOKING = {"locals": True, "vars": True, "dir": True, "super": True, "exec": False, "eval": False}
_CONSUMING = {
    f"builtins.{name}"
    for name in ("all", "any", "dict", "frozenset", "list", "max", "min", "set", "sorted", "sum", "tuple")
}
# `type(node) in ...`, as `isinstance` takes long: the types of nodes are abstract base classes.
_OTHER_FRAMES = {cst.FunctionDef, cst.Lambda, cst.ClassDef}
_OTHER_ERRORS = {*_OTHER_FRAMES, cst.ExceptHandler, cst.ExceptStarHandler}
_MAY_BE_ASYNCHRONOUS = {cst.For, cst.With, cst.CompFor}
_DEPENDING = {cst.Yield, cst.Global, cst.Nonlocal, cst.ImportFrom, cst.Call}
_STACK = {"sys._getframe", "sys._getframemodulename", "inspect.currentframe", "inspect.stack"}


def frame_nodes(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The node and all below it that runs in the same frame, in the order of the text.

    Of functions and classes that is what is evaluated where they are defined; comprehensions are included.
    """
    stack = [node]
    while stack:
        each = stack.pop()
        yield each
        kind = type(each)
        if kind not in _OTHER_FRAMES:
            stack.extend(reversed(children(each)))
            continue
        inner: list[cst.CSTNode]
        if isinstance(each, cst.FunctionDef):
            inner = [*each.decorators, *default_values(each.params)]
        elif isinstance(each, cst.Lambda):
            inner = [*default_values(each.params)]
        else:
            assert isinstance(each, cst.ClassDef)
            inner = [*each.decorators, *each.bases, *each.keywords]
        stack.extend(reversed(inner))


def awaits(node: cst.CSTNode) -> bool:
    """Whether the code can only run in a coroutine function."""
    for each in frame_nodes(node):
        if type(each) is cst.Await:
            return True
        if type(each) in _MAY_BE_ASYNCHRONOUS and cast(cst.With, each).asynchronous is not None:
            return True
    return False


def yields(node: cst.CSTNode) -> bool:
    """Whether the code makes its function a generator."""
    return any(type(each) is cst.Yield for each in frame_nodes(node))


def needs_its_frame(names: Names, node: cst.CSTNode, declarations: bool = True) -> str | None:
    """What in the code has another meaning in another function, or None; `declarations`: global and nonlocal too."""
    for each in frame_nodes(node):
        if type(each) not in _DEPENDING:
            continue
        if isinstance(each, cst.Yield):
            return "yield"
        if isinstance(each, cst.Global) and declarations:
            return "a global statement"
        if isinstance(each, cst.Nonlocal) and declarations:
            return "a nonlocal statement"
        if isinstance(each, cst.ImportFrom) and isinstance(each.names, cst.ImportStar):
            return "an import of *"
        if isinstance(each, cst.Call):
            found = _looks_around(names, each)
            if found:
                return found
    return None


def _looks_around(names: Names, call: cst.Call) -> str | None:
    if any(arg.keyword is not None and arg.keyword.value == "stacklevel" for arg in call.args):
        return "a stacklevel"
    if isinstance(call.func, cst.Name) and call.func.value in _LOOKING:
        name = call.func.value
        if names.resolve(names.scope_at(call), name) is None and not (_LOOKING[name] and call.args):
            return f"{name}()"
    if isinstance(call.func, (cst.Name, cst.Attribute)):
        qualified = names.qualified(call.func)
        if qualified in _STACK:
            return f"{qualified}()"
    return None


def clause_of(node: cst.CSTNode, name: str) -> Clause | None:
    """The node, if it is an `except ... as name` clause."""
    if isinstance(node, (cst.ExceptHandler, cst.ExceptStarHandler)) and node.name is not None:
        target = node.name.name
        if isinstance(target, cst.Name) and target.value == name:
            return node
    return None


def own_except(names: Names, name: str, occurrence: Occurrence) -> Clause | None:
    """The `except ... as name` clause that it stands in, after which the name is unbound."""
    for above in names.ancestors(occurrence.node):
        clause = clause_of(above, name)
        if clause is not None:
            return clause if occurrence.kind == "except" or names.within(occurrence, clause.body) else None
        if names.scopes.get(id(above)) is occurrence.owner:
            return None
    return None


def strays(names: Names, scope: Scope, name: str) -> list[Occurrence]:
    """The occurrences of a variable that stand in no `except ... as name` clause."""
    key = ("strays", id(scope), name)
    if key not in names.found:
        names.found[key] = [each for each in names.refs(scope, name) if not in_own_except(names, name, each)]
    return cast("list[Occurrence]", names.found[key])


def in_own_except(names: Names, name: str, occurrence: Occurrence) -> bool:
    """Whether it stands in an `except ... as name` clause."""
    return own_except(names, name, occurrence) is not None


def captured(names: Names, scope: Scope, occurrences: list[Occurrence]) -> bool:
    """Whether a function, a lambda or a generator expression may use the variable later."""
    for each in occurrences:
        inner: Scope | None = each.scope
        while inner is not None and inner is not scope:
            is_later = inner.kind != "comprehension" or isinstance(inner.node, cst.GeneratorExp)
            if is_later and not _is_used_up(names, inner.node):
                return True
            inner = inner.parent
    return False


def _is_used_up(names: Names, node: cst.CSTNode) -> bool:
    """Whether nothing can keep it: a builtin is done with it when it returns, or it is only ever called by name."""
    if isinstance(node, cst.FunctionDef):
        return _is_only_called(names, node)
    arg = names.parents.get(id(node))
    call = names.parents.get(id(arg)) if isinstance(arg, cst.Arg) else None
    if not isinstance(call, cst.Call) or not isinstance(arg, cst.Arg):
        return False
    if isinstance(node, cst.Lambda) and (arg.keyword is None or arg.keyword.value != "key"):
        return False
    if isinstance(node, cst.GeneratorExp) and isinstance(call.func, cst.Attribute):
        return call.func.attr.value == "join" and isinstance(call.func.value, cst.SimpleString)
    return (names.qualified(call.func) or "") in _CONSUMING


def _is_only_called(names: Names, function: cst.FunctionDef) -> bool:
    if function.decorators or yields(function.body):
        return False
    name = function.name.value
    for each in names.refs(names.resolve(names.scope_at(function), name), name):
        if each.node is function:
            continue
        call = names.parents.get(id(each.node))
        if not isinstance(call, cst.Call) or call.func is not each.node:
            return False
        if function.asynchronous is not None and not isinstance(names.parents.get(id(call)), cst.Await):
            return False
    return True


def has_bare_raise(body: cst.CSTNode) -> bool:
    """Whether the code re-raises what was current when it began: not in an `except` of its own, nor in a function."""
    stack: list[cst.CSTNode] = [body]
    while stack:
        each = stack.pop()
        if type(each) is cst.Raise and each.exc is None:
            return True
        if type(each) not in _OTHER_ERRORS:
            stack.extend(children(each))
    return False


def binds_before_use(names: Names, suite: cst.CSTNode, occurrences: list[Occurrence]) -> bool:
    """Whether each run of the suite surely binds a variable before it is used; these are all of it in there."""
    if not occurrences:
        return True
    if not isinstance(suite, cst.IndentedBlock):
        statements: list[cst.CSTNode] = list(getattr(suite, "body", ()))
        if not statements:
            return False
        first = statements[0]
        return len(statements) == 1 and _binds_at_once(first, occurrences)
    for statement in suite.body:
        inside = [each for each in occurrences if _stands_in(names, each, statement)]
        if not inside:
            continue
        if isinstance(statement, cst.SimpleStatementLine):
            for small in statement.body:
                here = [each for each in inside if _stands_in(names, each, small)]
                if here:
                    return _binds_at_once(small, here)
            return False
        return _compound_binds(names, statement, inside, len(inside) == len(occurrences))
    return False


def has_own(names: Names, suite: cst.CSTNode, scope: Scope, occurrences: list[Occurrence]) -> bool:
    """Whether each run of the suite has a value of its own for a variable; these are all of it in there."""
    return not captured(names, scope, occurrences) and binds_before_use(names, suite, occurrences)


def _stands_in(names: Names, occurrence: Occurrence, node: cst.CSTNode) -> bool:
    if id(node) in names.spans:
        return names.within(occurrence, node)
    return occurrence.node is node or any(above is node for above in names.ancestors(occurrence.node))


def _binds_at_once(statement: cst.CSTNode, inside: list[Occurrence]) -> bool:
    """The first to be evaluated in it is what binds."""
    first = min(inside, key=lambda each: each.index)
    simple = (cst.Assign, cst.AnnAssign, cst.Import, cst.ImportFrom)
    return isinstance(statement, simple) and first.kind in {"store", "import"} and first.kind in BINDING


def _compound_binds(names: Names, statement: cst.CSTNode, inside: list[Occurrence], are_all: bool) -> bool:
    first = min(inside, key=lambda each: each.index)
    if isinstance(statement, (cst.FunctionDef, cst.ClassDef)):
        return first.kind in {"def", "class"} and first.node is statement
    if isinstance(statement, cst.With):
        # what a `with` binds is bound in its body; and after it, if nothing was swallowed
        if first.kind == "store" and not names.within(first, statement.body):
            return are_all
        return are_all and binds_before_use(names, statement.body, inside)
    if not are_all:
        return False
    if isinstance(statement, cst.For):
        if first.kind == "store" and not names.within(first, statement.body):
            return statement.orelse is None or not any(names.within(each, statement.orelse) for each in inside)
        return all(names.within(each, statement.body) for each in inside) and binds_before_use(
            names, statement.body, inside
        )
    suites: list[cst.CSTNode] = []
    if isinstance(statement, (cst.If, cst.While)):
        suites = [statement.body]
        orelse = statement.orelse
        while isinstance(orelse, cst.If):
            suites.append(orelse.body)
            orelse = orelse.orelse
        if orelse is not None:
            suites.append(orelse.body)
    elif isinstance(statement, (cst.Try, cst.TryStar)):
        suites = [statement.body]
        for handler in statement.handlers:
            here = [each for each in inside if names.within(each, handler)]
            if len(here) == len(inside) and first.kind == "except":
                return True
            suites.append(handler.body)
    for suite in suites:
        here = [each for each in inside if names.within(each, suite)]
        if here and len(here) == len(inside):
            return binds_before_use(names, suite, here)
    return False
