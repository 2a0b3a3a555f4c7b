"""Runs the tests of one module with ours in the place of asyncio's, and writes what came of each.

    python -m tests.upstream.running MODULE-OR-FILE RESULT [--plain]

The result is JSON: for each test "passed", "skipped: why", or the end of its traceback. --plain leaves asyncio alone.
"""

import argparse
import asyncio
import faulthandler
import importlib
import importlib.util
import json
import pathlib
import sys
import unittest

from tests.parity.columns import column
from tests.upstream.known import left_out
from tests.upstream.place import put_ours

# A test that hangs ends the process; the slowest of CPython's takes some ten seconds.
MOST_SECONDS = 120


class _Result(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.outcomes = {}

    def startTest(self, test):
        super().startTest(test)
        faulthandler.dump_traceback_later(MOST_SECONDS, exit=True)

    def stopTest(self, test):
        super().stopTest(test)
        faulthandler.cancel_dump_traceback_later()
        self.outcomes.setdefault(_name(test), "passed")

    def _failed(self, test, error):
        self.outcomes[_name(test)] = self._exc_info_to_string(error, test)[-3000:]

    def addError(self, test, err):
        self._failed(test, err)

    addFailure = addError

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self._failed(test, err)

    def addSkip(self, test, reason):
        self.outcomes[_name(test)] = f"skipped: {reason}"

    def addExpectedFailure(self, test, err):
        self.outcomes[_name(test)] = "passed"

    def addUnexpectedSuccess(self, test):
        self.outcomes[_name(test)] = "passed, which is not expected"


def _name(test):
    # Of a class whose setUpClass() fails there is no test.
    return ".".join(test.id().split(".")[-2:])


def _load(module):
    if not module.endswith(".py"):
        return importlib.import_module(module)
    spec = importlib.util.spec_from_file_location(pathlib.Path(module).stem, module)
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = loaded
    spec.loader.exec_module(loaded)
    return loaded


def _flat(suite):
    for each in suite:
        if isinstance(each, unittest.TestSuite):
            yield from _flat(each)
        else:
            yield each


def _with_loop_factory():
    """IsolatedAsyncioTestCase looks at loop_factory from 3.13 on; 3.12 has the Runner that takes it."""
    case = unittest.IsolatedAsyncioTestCase

    def set_up(self):
        self._asyncioRunner = asyncio.Runner(debug=True, loop_factory=getattr(self, "loop_factory", None))

    if (3, 11) <= sys.version_info < (3, 13):
        case._setupAsyncioRunner = set_up


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("module")
    parser.add_argument("result")
    parser.add_argument("--plain", action="store_true")
    options = parser.parse_args()
    if not options.plain:
        put_ours()
    if options.module.endswith(".py"):
        _with_loop_factory()
    result = _Result()
    tests = _flat(unittest.defaultTestLoader.loadTestsFromModule(_load(options.module)))
    unittest.TestSuite(test for test in tests if not left_out(_name(test), column())).run(result)
    pathlib.Path(options.result).write_text(json.dumps(result.outcomes, indent=1))


if __name__ == "__main__":
    main()
