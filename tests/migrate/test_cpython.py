"""CPython's own tests of except*, brought in, run with catch, and taken out again."""

import sys

import pytest

from . import cpython, tool

pytestmark = pytest.mark.skipif(cpython.found() is None, reason="no CPython of 3.12 or later here has its tests")

# What catch cannot give, in the tests as they are converted.
FAILING = {"test_except_star_EG_subclass": "compares traceback objects, and a handler is a frame more"}
if sys.version_info < (3, 11):
    # They compile except* themselves, to see what the compiler of this version says of it.
    FAILING.update(
        {
            "test_break_in_except_star": "the message for a break is that of 3.11",
            "test_continue_in_except_star_block_invalid": "the message for a continue is that of 3.11",
            "test_return_in_except_star_block_invalid": "the message for a return is that of 3.11",
        }
    )


@pytest.fixture(scope="module")
def brought_in():
    return tool.bring_in(cpython.source())


def test_nearly_all_statements_are_converted(brought_in):
    """What stays is said, with its reason."""
    stays = [line.partition(": ")[2] for line in brought_in.left if "except* stays" in line]
    assert brought_in.counts["except* statement"] >= 40
    assert sorted(line.partition(": ")[2][:40] for line in stays) == [
        "e, the name of the group, is used outside"[:40],
        "the types (ValueError, 42) would be evalu"[:40],
        "the types 42 would be evaluated before th"[:40],
    ]


def test_converted_tests_pass_with_catch(brought_in):
    """All but those that look at tracebacks, or at the compiler; on 3.11 and later with what stays except*."""
    text, gone = brought_in.text, []
    if not tool.HAS_EXCEPT_STAR:
        text, gone = cpython.without_statements(text)
        assert len(gone) == 2
    failed, count = cpython.run(text)
    assert failed == sorted(FAILING)
    assert count >= 58 - len(gone)


def test_taken_out_again_they_are_the_same_text(brought_in):
    """But for blanks before `as`, and the blank line that a formatter wants above a handler."""
    out = tool.take_out(brought_in.text)
    assert out.left == []
    before = cpython.source().replace("type  as e", "type as e")
    assert [line for line in out.text.splitlines() if line] == [line for line in before.splitlines() if line]


@pytest.mark.skipif(sys.version_info < (3, 14), reason="earlier ones crash on a split of the wrong shape")
def test_taken_out_again_they_pass_as_before(brought_in):
    """With the statement of this version."""
    assert cpython.run(tool.take_out(brought_in.text).text) == ([], 60) == cpython.run(cpython.source())
