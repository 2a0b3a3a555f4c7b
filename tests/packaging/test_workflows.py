"""The workflows and the pages name files and nox sessions that exist."""

import ast
import re
import shlex
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
# An unpacked sdist has no workflows.
needs_workflows = pytest.mark.skipif(not WORKFLOWS, reason="no checkout: the sdist has no workflows")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

USES = re.compile(r"^\s*(?:- )?uses: *(\S+)", re.MULTILINE)
JOB = re.compile(r"^  (?=\S)", re.MULTILINE)
LIST = re.compile(r"^\s*(?:- )?(\w[\w-]*): \[([^\]]*)\]", re.MULTILINE)
COMMAND = re.compile(r"\bnox (?:-s|--session) ((?:[a-z][\w.-]* ?)+)")
VALUE = re.compile(r"^\s*(?:- )?(\w[\w-]*): ([^\[|{\n]+|\$\{\{.*\}\}.*)$", re.MULTILINE)


def sessions_of_noxfile():
    """Return the names of the functions that nox.session decorates."""
    tree = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    return {
        each.name
        for each in tree.body
        if isinstance(each, ast.FunctionDef) and any(is_session(decorator) for decorator in each.decorator_list)
    }


def is_session(decorator):
    """Return whether a decorator is `@nox.session` or `@nox.session(...)`."""
    function = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(function, ast.Attribute) and function.attr == "session"


def without_python(session):
    """Return the name of a session without the version of its Python."""
    return re.sub(r"-(pypy)?3\.\d+$", "", session)


def expanded(word, job):
    """Return the values of a word, for each value of its shell variable or matrix in one job."""
    variable = re.search(r"\$\{\{ *matrix\.([\w-]+).*?\}\}|\$(\w+)", word)
    if variable is None:
        return {word}
    name = variable.group(1) or variable.group(2)
    values = {each.strip(" \"'") for key, text in LIST.findall(job) if key == name for each in text.split(",")}
    values |= {text.strip(" \"'") for key, text in VALUE.findall(job) if key == name}
    assert values, f"{word} is not defined"
    whole = {word[: variable.start()] + value + word[variable.end() :] for value in values}
    return {each for value in whole for each in expanded(value, job)}


def sessions_of(text):
    """Yield the sessions that a workflow runs, with its variables and matrices expanded."""
    for job in JOB.split(text):
        for line in job.splitlines():
            if not re.search(r"\bnox .*(--session|-s) ", line):
                continue
            words = shlex.split(line.partition(" nox ")[2])
            begin = next(number for number, word in enumerate(words) if word in ("--session", "-s")) + 1
            end = next((number for number in range(begin, len(words)) if words[number][0] == "-"), len(words))
            for word in words[begin:end]:
                yield from expanded(word, job)


@needs_workflows
@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_local_uses_are_files(path):
    """`$/` and `./` begin a path in this repository."""
    for used in USES.findall(path.read_text(encoding="utf-8")):
        if used.startswith(("$/", "./")):
            assert (ROOT / used[2:]).is_file() or (ROOT / used[2:] / "action.yml").is_file(), used


@needs_workflows
def test_a_local_use_is_found():
    """The release workflow uses the one of the tests."""
    release = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    assert "$/.github/workflows/tests.yml" in USES.findall(release)


@needs_workflows
@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_sessions_are_in_the_noxfile(path):
    """Each session by its name, or by its name and a Python."""
    known = sessions_of_noxfile()
    named = set(sessions_of(path.read_text(encoding="utf-8")))
    assert named
    assert {name for name in named if without_python(name) not in known} == set()


def test_sessions_in_the_pages_are_in_the_noxfile():
    """README and docs name them in commands."""
    known = sessions_of_noxfile()
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    named = {name for words in COMMAND.findall(text) for name in words.split()}
    assert "tests" in named
    assert {name for name in named if without_python(name) not in known} == set()


def test_matrices_are_expanded():
    """A session by its name, by a variable of a matrix, and by a part of its name."""
    text = """
jobs:
  one:
    strategy:
      matrix:
        session: [parity, lint]
    steps:
      - run: nox --session tests typing -- -x
      - run: nox --session "$SESSION"
        env:
          SESSION: ${{ matrix.session }}
  two:
    strategy:
      matrix:
        minor: ["3.8", "3.9"]
    env:
      MINOR: ${{ matrix.minor }}
    steps:
      - run: uvx nox --session "tests-$MINOR"
"""
    assert sorted(sessions_of(text)) == ["lint", "parity", "tests", "tests-3.8", "tests-3.9", "typing"]
