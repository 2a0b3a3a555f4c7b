"""CPython's own tests of except*, read from an installed CPython: this one's, or the newest that is on the PATH."""

import functools
import shutil
import subprocess
import sys
import types
import unittest
from pathlib import Path

from taskgroup_compat import BaseExceptionGroup, ExceptionGroup

from .tool import libcst as cst

WHERE = "import test.test_except_star as t, test.support.testcase as s; print(t.__file__); print(s.__file__)"


@functools.lru_cache(maxsize=None)
def found():
    """The paths of the test and of what it shares with others, or None."""
    names = [f"python3.{minor}" for minor in range(20, 11, -1)]
    for python in [sys.executable, *filter(None, map(shutil.which, names))]:
        answer = subprocess.run([python, "-c", WHERE], capture_output=True, text=True, check=False)
        if answer.returncode == 0:
            return [Path(line) for line in answer.stdout.splitlines()]
    return None


def source():
    return found()[0].read_text(encoding="utf-8")


class _Sys(types.ModuleType):
    """The module sys, with the function that 3.11 has first."""

    def __getattr__(self, name):
        return getattr(sys, name)

    @staticmethod
    def exception():
        return sys.exc_info()[1]


def without_statements(text):
    """The text without the test methods that still have an except*, which 3.8 to 3.10 cannot read; and their names."""
    gone = []

    class Dropping(cst.CSTTransformer):
        def leave_FunctionDef(self, original_node, updated_node):
            if any(isinstance(each, cst.TryStar) for each in _all(original_node)):
                gone.append(original_node.name.value)
                return cst.RemoveFromParent()
            return updated_node

    return cst.parse_module(text).visit(Dropping()).code, gone


def _all(node):
    for child in node.children:
        yield child
        yield from _all(child)


def run(text):
    """Runs the tests of a text; the names of those that failed, and how many there were."""
    shared = types.ModuleType("test.support.testcase")
    namespace = {"ExceptionGroup": ExceptionGroup, "BaseExceptionGroup": BaseExceptionGroup}
    vars(shared).update(namespace)
    exec(compile(found()[1].read_text(encoding="utf-8"), str(found()[1]), "exec", dont_inherit=True), vars(shared))
    module = types.ModuleType("converted")
    vars(module).update(namespace)
    replaced = {"test.support.testcase": shared, "test.support": types.ModuleType("test.support"), "converted": module}
    if sys.version_info < (3, 11):
        replaced["sys"] = _Sys("sys")
    replaced["test"] = types.ModuleType("test")
    before = {name: sys.modules.get(name) for name in replaced}
    sys.modules.update(replaced)
    try:
        exec(compile(text, "<converted test_except_star>", "exec", dont_inherit=True), vars(module))
    finally:
        for name, old in before.items():
            if old is None:
                del sys.modules[name]
            else:
                sys.modules[name] = old
    suite = unittest.TestLoader().loadTestsFromModule(module)
    result = unittest.TestResult()
    suite.run(result)
    wrong = [*result.failures, *result.errors]
    return sorted(test.id().rpartition(".")[2] for test, _ in wrong), result.testsRun
