"""The docstrings, from which Sphinx makes the reference."""

import ast
import doctest
import inspect
import re

import pytest

import taskgroup_compat

from ..support.virtual_time import VirtualTimeLoop
from .reference import OTHERS, documented

DOCUMENTED = documented()


def examples(name):
    """Return the examples of a docstring."""
    text = inspect.getdoc(DOCUMENTED[name]) or ""
    return doctest.DocTestParser().get_doctest(text, {"__name__": "__main__"}, name, None, 0)


@pytest.mark.parametrize("name", DOCUMENTED)
def test_docstring_has_an_example_and_names_the_version(name):
    """The version is the one from which the standard library has the name."""
    assert re.search(r"\b3\.\d+\b", inspect.getdoc(DOCUMENTED[name]) or "")
    assert examples(name).examples


@pytest.mark.parametrize("name", DOCUMENTED)
def test_docstring_example_prints_its_output(name, monkeypatch):
    """The example imports the name, which is asyncio's own on new versions; texts of errors may differ there."""
    monkeypatch.setattr("asyncio.events.new_event_loop", VirtualTimeLoop)
    report = []
    doctest.DocTestRunner(verbose=False, optionflags=doctest.IGNORE_EXCEPTION_DETAIL).run(
        examples(name), out=report.append
    )
    assert report == []


def parameters(function):
    """Return the parameters of a function with their kinds and defaults, without types."""
    signature = inspect.signature(function)
    plain = [each.replace(annotation=each.empty) for each in signature.parameters.values()]
    text = str(signature.replace(parameters=plain, return_annotation=signature.empty))
    return ast.dump(ast.parse(f"def function{text}: pass").body[0].args)


@pytest.mark.parametrize("name", DOCUMENTED)
def test_signature_is_the_one_of_the_name_in_use(name):
    """On new versions asyncio's own function takes the same parameters."""
    in_use = taskgroup_compat
    for part in name.split("."):
        in_use = getattr(in_use, part)
    assert parameters(in_use) == parameters(DOCUMENTED[name])


def test_every_public_name_is_documented():
    """Names that are not this package's own have a text in docs/api.md."""
    assert sorted({name.partition(".")[0] for name in DOCUMENTED} | set(OTHERS)) == taskgroup_compat.__all__
