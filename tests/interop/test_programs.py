"""Whole programs in development mode have the output and exit status of 3.15 on every version."""

import pytest

from . import programs, tables

EXPECTED = tables.expected("programs")


@pytest.fixture(scope="module")
def outcomes():
    return programs.outcomes()


@pytest.mark.parametrize("name", programs.PROGRAMS)
def test_outcome_is_that_recorded_on_3_15(name, outcomes):
    """The exit status, the output, and no line on stderr that the program did not print."""
    assert outcomes[name] == EXPECTED[name]


def test_stderr_is_empty_unless_the_program_ends_with_an_error():
    silent = [name for name, outcome in EXPECTED.items() if not outcome["stderr"]]
    assert len(silent) >= 20
    assert all(EXPECTED[name]["ends with"] in (0, 7) for name in silent)
