"""What a piece of code does that depends on the function it stands in."""

from __future__ import annotations

from typing import Iterable, Iterator, Union, cast

import libcst as cst

from .names import Names
from .tree import children
from .visiting import Occurrence, Scope, default_values

Clause = Union[cst.ExceptHandler, cst.ExceptStarHandler]
# Builtins that look at the function they are called in, and those that do so without arguments only.
_LOOKING = {"dir", "eval", "exec", "locals", "super", "vars"}
_LOOKING_WITHOUT_ARGUMENTS = {"dir", "super", "vars"}
_CONSUMING = {
    f"builtins.{name}"
    for name in ("all", "any", "dict", "frozenset", "list", "max", "min", "set", "sorted", "sum", "tuple")
}
_WITH_STATEMENTS = (cst.IndentedBlock, cst.SimpleStatementSuite, cst.SimpleStatementLine)
_WITH_TARGETS = (cst.For, cst.With)
_ASSIGNING = (cst.Assign, cst.AnnAssign, cst.Import, cst.ImportFrom, cst.TypeAlias)
# The parts of compound statements that have suites.
_PARTS = (cst.If, cst.Else, cst.Finally, cst.ExceptHandler, cst.ExceptStarHandler, cst.MatchCase)
# `type(node) in ...`, as `isinstance` takes long: the types of nodes are abstract base classes.
_OTHER_FRAMES = {cst.FunctionDef, cst.Lambda, cst.ClassDef}
_OTHER_ERRORS = {*_OTHER_FRAMES, cst.ExceptHandler, cst.ExceptStarHandler}
_MAY_BE_ASYNCHRONOUS = {cst.For, cst.With, cst.CompFor}
_STACK = {"sys._getframe", "sys._getframemodulename", "inspect.currentframe", "inspect.stack"}


def frame_nodes(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield the node and all below it that runs in the same frame, in the order of the text.

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


def awaits(nodes: Iterable[cst.CSTNode]) -> bool:
    """Return whether code with these nodes in its frame can only run in a coroutine function."""
    return any(
        type(each) is cst.Await
        or (type(each) in _MAY_BE_ASYNCHRONOUS and cast(cst.With, each).asynchronous is not None)
        for each in nodes
    )


def yields(node: cst.CSTNode) -> bool:
    """Return whether the code makes its function a generator."""
    return any(type(each) is cst.Yield for each in frame_nodes(node))


def needs_its_frame(names: Names, nodes: Iterable[cst.CSTNode], declarations: bool = True) -> str | None:
    """Return the one of these nodes of a frame that means something else in another one; None if there is none."""
    for each in nodes:
        kind = type(each)
        if kind is cst.Yield:
            return "yield"
        if kind is cst.Global and declarations:
            return "a global statement"
        if kind is cst.Nonlocal and declarations:
            return "a nonlocal statement"
        if kind is cst.ImportStar:
            return "an import of *"
        if kind is cst.Call:
            found = _looks_around(names, cast(cst.Call, each))
            if found:
                return found
    return None


def _looks_around(names: Names, call: cst.Call) -> str | None:
    if any(arg.keyword is not None and arg.keyword.value == "stacklevel" for arg in call.args):
        return "a stacklevel"
    if isinstance(call.func, cst.Name) and call.func.value in _LOOKING:
        name = call.func.value
        is_about_arguments = bool(call.args) and name in _LOOKING_WITHOUT_ARGUMENTS
        if names.resolve(names.scope_at(call), name) is None and not is_about_arguments:
            return f"{name}()"
    qualified = names.qualified(call.func)
    return f"{qualified}()" if qualified in _STACK else None


def clause_of(node: cst.CSTNode, name: str) -> Clause | None:
    """Return the node, if it is an `except ... as name` clause."""
    if isinstance(node, (cst.ExceptHandler, cst.ExceptStarHandler)) and node.name is not None:
        target = node.name.name
        if isinstance(target, cst.Name) and target.value == name:
            return node
    return None


def own_except(names: Names, name: str, occurrence: Occurrence) -> Clause | None:
    """Return the `except ... as name` clause that it stands in, after which the name is unbound."""
    for above in names.ancestors(occurrence.node):
        clause = clause_of(above, name)
        if clause is not None:
            return clause if occurrence.kind == "except" or names.within(occurrence, clause.body) else None
        if names.scopes.get(id(above)) is occurrence.owner:
            return None
    return None


def outer_clause(names: Names, scope: Scope, name: str, clause: Clause) -> Clause | None:
    """Return the nearest `except ... as name` clause of the same variable that this one stands in."""
    return names.cached(_outer_clauses, names, scope, name).get(id(clause))


def _outer_clauses(names: Names, scope: Scope, name: str) -> dict[int, Clause]:
    outer: dict[int, Clause] = {}
    around: list[Clause] = []
    for each in names.refs(scope, name):
        clause = own_except(names, name, each) if each.kind == "except" else None
        if clause is None:
            continue
        while around and not names.within(each, around[-1]):
            around.pop()
        if around:
            outer[id(clause)] = around[-1]
        around.append(clause)
    return outer


def strays(names: Names, scope: Scope, name: str) -> list[Occurrence]:
    """Return the occurrences of a variable that stand in no `except ... as name` clause."""
    return names.cached(_strays, names, scope, name)


def _strays(names: Names, scope: Scope, name: str) -> list[Occurrence]:
    return [each for each in names.refs(scope, name) if not in_own_except(names, name, each)]


def in_own_except(names: Names, name: str, occurrence: Occurrence) -> bool:
    """Return whether it stands in an `except ... as name` clause."""
    return own_except(names, name, occurrence) is not None


def captured(names: Names, scope: Scope, occurrences: list[Occurrence]) -> bool:
    """Return whether a function, a lambda or a generator expression may use the variable later."""
    return any(_is_later(names, inner) for each in occurrences for inner in _scopes_inside(scope, each.scope))


def _scopes_inside(outer: Scope, scope: Scope) -> Iterator[Scope]:
    while scope is not outer:
        yield scope
        assert scope.parent is not None
        scope = scope.parent


def _is_later(names: Names, scope: Scope) -> bool:
    """Return whether the code of a scope may run when the code around it is done."""
    is_later = scope.kind != "comprehension" or isinstance(scope.node, cst.GeneratorExp)
    return is_later and not _is_used_up(names, scope.node)


def _is_used_up(names: Names, node: cst.CSTNode) -> bool:
    """Return whether nothing can keep it: a builtin has used it when it returns, or it is only called by name."""
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
    refs = names.refs(names.resolve(names.scope_at(function), name), name)
    calls = [names.parents.get(id(each.node)) for each in refs if each.node is not function]
    if function.asynchronous is None:
        return all(isinstance(call, cst.Call) for call in calls)
    return all(isinstance(call, cst.Call) and isinstance(names.parents[id(call)], cst.Await) for call in calls)


def has_bare_raise(body: cst.CSTNode) -> bool:
    """Return whether the code re-raises the error that was current at its start, outside of its own functions."""
    return any(type(each) is cst.Raise and each.exc is None for each in _nodes_of_one_error(body))


def _nodes_of_one_error(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    stack = [node]
    while stack:
        each = stack.pop()
        yield each
        if type(each) not in _OTHER_ERRORS:
            stack.extend(children(each))


def binds_before_use(names: Names, suite: cst.CSTNode, occurrences: list[Occurrence]) -> bool:
    """Return whether each run of the suite surely binds a variable before it is used; these are all of it in there."""
    occurrences = [each for each in occurrences if not in_own_except(names, each.name, each)]
    if not occurrences:
        return True
    if not isinstance(suite, _WITH_STATEMENTS) or not names.within(occurrences[0], suite):
        return False
    statement = next(each for each in suite.body if names.within(occurrences[0], each))
    inside = [each for each in occurrences if names.within(each, statement)]
    if isinstance(statement, cst.SimpleStatementLine):
        return binds_before_use(names, statement, inside)
    if isinstance(statement, cst.BaseCompoundStatement):
        return _compound_binds(names, statement, inside, len(inside) == len(occurrences))
    # `a += 1` reads it first.
    return isinstance(statement, _ASSIGNING) and inside[0].kind in {"store", "import"}


def has_own(names: Names, suite: cst.CSTNode, scope: Scope, occurrences: list[Occurrence]) -> bool:
    """Return whether each run of the suite has a value of its own for a variable; these are all of it in there."""
    return not captured(names, scope, occurrences) and binds_before_use(names, suite, occurrences)


def _compound_binds(names: Names, statement: cst.CSTNode, inside: list[Occurrence], are_all: bool) -> bool:
    first = inside[0]
    if isinstance(statement, (cst.FunctionDef, cst.ClassDef)):
        return first.node is statement
    if not are_all:
        return False
    suites = list(_suites(statement))
    for suite in suites:
        if all(names.within(each, suite) for each in inside):
            return binds_before_use(names, suite, inside)
    # What a `for` or a `with` binds is bound in its body; and after a `with`, if nothing was swallowed.
    is_target = isinstance(statement, _WITH_TARGETS) and first.kind == "store" and not names.within(first, suites[0])
    return is_target and not any(names.within(each, *suites[1:]) for each in inside)


def _suites(node: cst.CSTNode) -> Iterator[cst.BaseSuite]:
    """Those of a compound statement."""
    for each in children(node):
        if isinstance(each, cst.BaseSuite):
            yield each
        elif isinstance(each, _PARTS):
            yield from _suites(each)
