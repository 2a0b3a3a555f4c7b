"""A limit for each test: one that never gives control back, to the loop or even to the interpreter, ends the run.

faulthandler's watchdog is a thread without Python code, on PyPy as well. A signal handler or a Python thread would wait
for a loop in C that keeps the interpreter lock, and a Task swallows what a signal handler raises.
"""

import faulthandler
import os
import sys

import pytest

_stderr = None


def pytest_addoption(parser):
    parser.addini(
        "test_limit", "seconds after which a test ends the run, with a traceback of every thread", default="300"
    )


def pytest_configure(config):
    global _stderr
    # pytest replaces descriptor 2 while it captures.
    _stderr = os.dup(sys.__stderr__.fileno())


def pytest_unconfigure(config):
    faulthandler.cancel_dump_traceback_later()
    os.close(_stderr)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    faulthandler.dump_traceback_later(float(item.config.getini("test_limit")), file=_stderr, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()
