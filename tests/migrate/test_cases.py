"""The generated cases of catch's tests, written out as statements and converted: the outcomes stay as recorded."""

import os
import re
import sys

import pytest

from tests.catch import recording
from tests.catch.cases import Case
from tests.catch.running import Run

from . import tool

# Of each kind; all that are recorded in the session `migrate`.
CASES = int(os.environ.get("MIGRATE_CASES") or 20)
CHUNK = 50
CRASHES = ("SplitShort(", "SplitList(")


class Converted:
    """A case whose source has been through the conversion, as `Run` takes it."""

    def __init__(self, case, style, convert):
        self.seed, self.is_async, self.throws = case.seed, case.is_async, case.throws
        head = "from taskgroup_compat import catch\n\n\n" if style == "catch" else ""
        self.result = convert(head + case.source(style))

    def source(self, style):
        return self.result.text


@pytest.fixture(scope="module")
def outcomes():
    return recording.load()


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("start", range(0, CASES, CHUNK))
def test_statements_brought_in_do_what_3_15_does(start, is_async, outcomes):
    """Every statement becomes a catch, and the program's outcome is that of except* on 3.15."""
    for seed in range(start, start + CHUNK):
        case = Converted(Case(seed, is_async), "except*", tool.bring_in)
        assert case.result.left == []
        assert "except*" not in case.result.text
        found = recording.digests(Run(case, "converted").outcome)
        assert found[0] == outcomes[is_async][seed][0], f"seed {seed}\n{case.result.text}"


@pytest.mark.skipif(not tool.HAS_EXCEPT_STAR, reason="the result has except*, which 3.11 has first")
@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("start", range(0, CASES, CHUNK))
def test_mappings_taken_out_do_what_the_statement_does(start, is_async):
    """What cannot be taken out stays and still works beside what could; the outcome is that of except* here."""
    converted = 0
    for seed in range(start, start + CHUNK):
        case = Case(seed, is_async)
        if sys.version_info < (3, 14) and any(each in case.source("except*") for each in CRASHES):
            # A split() of the wrong shape crashes the interpreter.
            continue
        out = Converted(case, "catch", tool.take_out)
        if out.result.left and sys.version_info < (3, 14):
            # What stays does what 3.15 does, and the statement what this version does.
            continue
        if case.throws and (out.result.left or re.search(r"await h\d+\(group", out.result.text)):
            # What is thrown into an awaited function has no context from the clause that awaits it, in no Python.
            continue
        converted += out.result.counts.get("with catch(...)", 0)
        assert Run(out, "converted").outcome == Run(case, "except*").outcome, f"seed {seed}\n{out.result.text}"
    # Before 3.14 some cases are skipped above.
    assert converted > (CHUNK / 4 if sys.version_info >= (3, 14) else CHUNK / 8)


@tool.on_oldest_and_newest
@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("start", range(0, CASES, CHUNK))
def test_in_and_out_again_is_the_same_text(start, is_async):
    """But for imported names of groups, and the blank line that a formatter wants above a handler."""
    for seed in range(start, start + CHUNK):
        source = Case(seed, is_async).source("except*")
        again = tool.take_out(tool.bring_in(source).text)
        assert again.left == []
        lines, expected = ([line for line in text.splitlines() if line] for text in (again.text, source))
        assert lines == expected, f"seed {seed}"
