"""A time limit for each test, and a collector that leaves out what pytest keeps.

A test that blocks the loop or the interpreter ends the run.

faulthandler's watchdog is a thread without Python code, also on PyPy. A signal handler and a Python thread wait for the
interpreter lock, which a loop in C keeps. A Task swallows an exception of a signal handler.
"""

import faulthandler
import gc
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


def pytest_collection_finish():
    """Let `gc.collect()` of a test visit the objects of the test: thousands of tests would cost it 0.2 s each time."""
    if sys.implementation.name == "cpython":
        if "hypothesis" in sys.modules:
            draw_one_example()
        gc.collect()
        gc.freeze()


def draw_one_example():
    """Let Hypothesis register its generator: `gc.get_referrers()`, which it asks, leaves frozen objects out."""
    from hypothesis import given, settings, strategies

    settings(max_examples=1, database=None, derandomize=True)(given(strategies.none())(lambda _: None))()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    faulthandler.dump_traceback_later(float(item.config.getini("test_limit")), file=_stderr, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()
