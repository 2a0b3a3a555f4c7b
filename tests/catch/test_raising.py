"""How an exception is raised without what a `raise` statement changes."""

import sys
import types

import pytest

from taskgroup_compat._catch.raising import throw

WAYS = {"throw": throw}
if sys.implementation.name == "pypy":
    # PyPy hides the frames of this function from tracebacks, and so from what measures coverage: here it is once more,
    # not hidden.
    WAYS["not hidden"] = types.FunctionType(throw.__code__.replace(), throw.__globals__)


@pytest.fixture(params=WAYS)
def way(request):
    return WAYS[request.param]


@pytest.mark.parametrize("context", [None, OSError("context")])
def test_the_context_stays(way, context):
    """It does not become what is being handled."""
    exc = ValueError()
    exc.__context__ = context
    handled = KeyError("handled")
    with pytest.raises(ValueError) as caught:
        try:
            raise handled
        except KeyError:
            way(exc)
    assert caught.value is exc
    assert exc.__context__ is context
    assert handled.__context__ is None


def test_the_chain_of_the_handled_exception_stays(way):
    """It leads to the exception before, and still does."""
    exc = ValueError()
    between = OSError("between")
    handled = KeyError("handled")
    handled.__context__, between.__context__ = between, exc
    with pytest.raises(ValueError) as caught:
        try:
            raise handled
        except KeyError:
            # raising it has set its context
            handled.__context__ = between
            way(exc)
    assert caught.value is exc
    assert (handled.__context__, between.__context__, exc.__context__) == (between, exc, None)


def test_throw_outside_of_a_handler_only_raises(way):
    """With no context."""
    exc = ValueError()
    with pytest.raises(ValueError) as caught:
        way(exc)
    assert caught.value is exc
    assert exc.__context__ is None
