"""Translates the newest Python's tests for an older one: a program for the newest Python, which can read them.

    python3.15 -m tests.upstream.rewriting 3.8 FOLDER

writes the translated test modules to FOLDER. What the older version cannot do otherwise is translated, nothing else:

- ``except*`` to ``catch``, whose handlers are functions inside of the test; always in the tests of ``except*`` itself
- ``task.cancelling()`` and ``task.uncancel()`` to functions
- ``sys.exception()`` to what it was before 3.11
- what comes from another module of the package ``test`` to its definition, as the older one may not have it
"""

import ast
import importlib.util
import pathlib
import sys

# Each module, and whether except* is translated even for a version that has it.
MODULES = {
    "test.test_asyncio.test_taskgroups": False,
    "test.test_asyncio.test_timeouts": False,
    "test.test_except_star": True,
}
PRELUDE = "from tests.upstream.names import *\n"
# The handling of a test run by the package test, and what names.py has for each version.
DROPPED = {"tearDownModule", "no_other_refs"}
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def source_of(module):
    return pathlib.Path(importlib.util.find_spec(module).origin).read_text(encoding="utf-8")


def rewrite(source, target, *, always=False):
    """The source of a test module for a version, given as (3, 8)."""
    tree = ast.parse(source)
    tree.body = [each for each in tree.body if getattr(each, "name", None) not in DROPPED]
    tree = _Definitions().visit(tree)
    if target < (3, 11):
        tree = _Names().visit(tree)
    if always or target < (3, 11):
        tree = _Clauses().visit(tree)
    return PRELUDE + ast.unparse(ast.fix_missing_locations(tree)) + "\n"


class _Definitions(ast.NodeTransformer):
    """Puts what is imported from the package test where it is imported."""

    def visit_ImportFrom(self, node):
        if not node.module.startswith("test."):
            return node
        tree = ast.parse(source_of(node.module))
        wanted = {alias.name for alias in node.names}
        found = [each for each in tree.body if getattr(each, "name", None) in wanted]
        if len(found) != len(wanted):
            raise LookupError(f"{node.module} does not define all of {wanted}")
        return found


class _Names(ast.NodeTransformer):
    """Methods that Task and sys have from 3.11 on become functions of names.py."""

    def visit_Call(self, node):
        self.generic_visit(node)
        function = node.func
        if isinstance(function, ast.Attribute) and not node.args and not node.keywords:
            if function.attr in ("cancelling", "uncancel"):
                return ast.Call(ast.Name(function.attr, ast.Load()), [function.value], [])
            if ast.unparse(function) == "sys.exception":
                return ast.Call(ast.Name("current_exception", ast.Load()), [], [])
        return node


class _Clauses(ast.NodeTransformer):
    """except* becomes catch.

    A clause becomes a function in front of the statement. The names that it binds belong to the function around it,
    which `if False:` tells the compiler where nothing else does.
    """

    def __init__(self):
        self._number = 0

    def visit_TryStar(self, node):
        # Before the statements in the clauses are translated, which adds names that are the clause's own.
        names_bound = [sorted(_bound(handler)) for handler in node.handlers]
        bound = sorted({name for names in names_bound for name in names})
        node = self.generic_visit(node)
        self._number += 1
        number = self._number
        statements = []
        if bound:
            never = [ast.Assign([ast.Name(name, ast.Store())], ast.Constant(None)) for name in bound]
            statements.append(ast.If(ast.Constant(False), never, []))
        keys, names = [], []
        for handler, own in zip(node.handlers, names_bound):
            keys.append(handler.type)
            names.append(f"_clause_{number}_{len(names)}")
            statements.append(self._function(names[-1], handler, own))
        asynchronous = any(isinstance(each, ast.AsyncFunctionDef) for each in statements)
        mapping = ast.Dict(keys, [ast.Name(name, ast.Load()) for name in names])
        manager = ast.withitem(ast.Call(ast.Name("catch", ast.Load()), [mapping], []))
        kind = ast.AsyncWith if asynchronous else ast.With
        body = node.body
        guarded = []
        if node.orelse:
            # else: runs where nothing was raised, and catch does not cover it.
            done = f"_done_{number}"
            statements.append(ast.Assign([ast.Name(done, ast.Store())], ast.Constant(False)))
            body = [*body, ast.Assign([ast.Name(done, ast.Store())], ast.Constant(True))]
            guarded = [ast.If(ast.Name(done, ast.Load()), node.orelse, [])]
        block = [kind([manager], body), *guarded]
        return [*statements, *([ast.Try(block, [], [], node.finalbody)] if node.finalbody else block)]

    def _function(self, name, handler, bound):
        parameter = handler.name or "_match"
        body = [ast.Nonlocal(bound), *handler.body] if bound else handler.body
        kind = ast.AsyncFunctionDef if any(isinstance(each, ast.Await) for each in _own(handler)) else ast.FunctionDef
        arguments = ast.arguments([], [ast.arg(parameter)], None, [], [], None, [])
        return kind(name, arguments, body, [])


def _own(node):
    """What belongs to the same function as a node."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, (*_FUNCTIONS, ast.ClassDef)):
            yield from _own(child)


def _bound(handler):
    """The names that a clause binds, but for that of its match."""
    names = set()
    for node in _own(handler):
        if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
            names.add(node.id)
        elif isinstance(node, (*_FUNCTIONS, ast.ClassDef, ast.ExceptHandler)) and getattr(node, "name", None):
            names.add(node.name)
        elif isinstance(node, (ast.Return, ast.Yield, ast.YieldFrom, ast.Nonlocal, ast.Global, ast.Import)):
            raise NotImplementedError(f"line {node.lineno}: {ast.unparse(node)} in a clause")
    return names - {handler.name}


def main(target, folder):
    version = tuple(map(int, target.split(".")))
    for module, always in MODULES.items():
        path = pathlib.Path(folder, module.rpartition(".")[2] + ".py")
        path.write_text(rewrite(source_of(module), version, always=always), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
