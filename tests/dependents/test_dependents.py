"""What the run of a library's tests with ours is held to."""

import pytest

from tests.dependents.__main__ import judge
from tests.dependents.known import KNOWN
from tests.dependents.suites import SUITES, Suite

JUDGED = {
    "the same passes": ({"t": "passed"}, {"t": "passed"}, {}, 0),
    "ours fails": ({"t": "passed"}, {"t": "Traceback"}, {}, 1),
    "ours does not run it": ({"t": "passed"}, {}, {}, 1),
    "both fail": ({"t": "Traceback 1"}, {"t": "Traceback 2"}, {}, 0),
    "ours fails and is known to": ({"t": "passed"}, {"t": "Traceback"}, {"t": "why"}, 0),
    "known to fail, and passes": ({"t": "passed"}, {"t": "passed"}, {"t": "why"}, 1),
    "known to fail, and gone": ({}, {}, {"t": "why"}, 1),
}


@pytest.mark.parametrize("case", JUDGED)
def test_what_ours_changes_has_to_be_known(case):
    """A test that fails with ours alone is wrong unless it is listed, and so is one that is listed and passes."""
    before, after, expected, wrong = JUDGED[case]
    assert judge(before, after, expected) == wrong


def test_each_known_difference_is_of_a_suite():
    """A list of a library that is not run any more would be believed for ever."""
    assert {each.suite for each in KNOWN} <= {each.name for each in SUITES}


def test_a_suite_has_the_release_for_its_version():
    """The last release that the version can have, or none."""
    suite = Suite("library", [((3, 9), "1"), ((3, 12), "2")], [], [])
    assert [suite.release(version) for version in ((3, 8), (3, 9), (3, 11), (3, 12), (3, 15))] == [
        None,
        "1",
        "1",
        "2",
        "2",
    ]
