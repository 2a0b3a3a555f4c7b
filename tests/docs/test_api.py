"""docs/api.md says what there is, as the docstrings do."""

import ast
import doctest
import re

import pytest

import taskgroup_compat

from .. import api
from ..support.virtual_time import VirtualTimeLoop

TEXT = api.PAGE.read_text(encoding="utf-8")
HEADINGS = re.findall(r"^##+ (.+)$", TEXT, re.MULTILINE)
EXAMPLES = re.findall(r"^```pycon\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", taskgroup_compat.__all__)
def test_page_says_what_the_docstring_says(name):
    """Call, arguments, errors, since when, and example of a name are those of the code that runs here."""
    found = api.section(name)
    assert found is None or f"\n{found}" in TEXT


def test_page_is_what_the_docstrings_make():
    """Where every name is ours, nothing else is on the page; `nox -s api` writes it anew."""
    if api.COMPLETE:
        assert api.page() == TEXT


def test_every_name_has_its_place():
    """Each public name and each public method is on the page once, also where asyncio's own class stands for ours."""
    expected = []
    for name in api.names():
        value = getattr(taskgroup_compat, name)
        expected.append(name)
        if name not in api.OTHERS:
            expected += sorted(f"{name}.{each}" for each in api.methods(value))
    found = [heading for heading in HEADINGS if "." not in heading]
    assert found == [name for name in expected if "." not in name]
    assert sorted(HEADINGS) == sorted(expected)


def test_each_entry_says_since_when_and_shows_an_example():
    """For whatever the standard library has it too."""
    entries = re.split(r"^##+ ", TEXT, flags=re.MULTILINE)[1:]
    own = [entry for entry in entries if entry.split("\n", 1)[0] not in api.OTHERS]
    assert [entry for entry in own if "Python 3." not in entry or "```pycon" not in entry] == []


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_example_runs_on_this_version(example, monkeypatch):
    """Also where the name is asyncio's own; the texts of its errors may differ there."""
    monkeypatch.setattr("asyncio.events.new_event_loop", VirtualTimeLoop)
    parsed = doctest.DocTestParser().get_doctest(example, {"__name__": "__main__"}, "docs/api.md", None, 0)
    assert parsed.examples
    report = []
    doctest.DocTestRunner(verbose=False, optionflags=doctest.IGNORE_EXCEPTION_DETAIL).run(parsed, out=report.append)
    assert report == []


def parameters(signature):
    """The names of the parameters, with how they may be given, and their defaults."""
    arguments = ast.parse(f"def function{signature}: pass").body[0].args
    for each in ast.walk(arguments):
        if isinstance(each, ast.arg):
            each.annotation = None
    return ast.dump(arguments)


@pytest.mark.parametrize("name", [name for name in taskgroup_compat.__all__ if name not in api.OTHERS])
def test_calls_fit_the_standard_library(name):
    """Where the name is asyncio's own, its signature has the parameters that the page shows."""
    value = getattr(taskgroup_compat, name)
    if api.is_ours(value):
        return
    for title, function in [(name, value), *((f"{name}.{each}", vars(value)[each]) for each in api.methods(value))]:
        shown = re.search(rf"^##+ {re.escape(title)}\n\n`{re.escape(title)}(.*)`$", TEXT, re.MULTILINE).group(1)
        assert parameters(shown) == parameters(re.sub("^[^(]*", "", api.call(title, function)))
