"""docs/parity.md shows the outcomes of this version."""

import json

import pytest

from tests.parity import report
from tests.parity.__main__ import run
from tests.parity.columns import column
from tests.parity.table import TABLE


@pytest.fixture(scope="module")
def matrix():
    """The outcomes of this interpreter."""
    return report.Matrix([json.loads(json.dumps(run("compat")))])


def test_page_shows_the_outcomes_of_this_version(matrix):
    """Other versions' cells, and those that depend on the patch release, are left out."""
    document, fresh = report.DOCUMENT.read_text(), report.document(matrix)
    assert [place for place in report._cells(fresh)[0] if place[2] == column()] != []
    assert report.stale(document, fresh, {}) == []


def test_page_of_peers_has_every_scenario():
    """A new scenario is run with the peers too."""
    page = (report.ROOT / "docs" / "parity-peers.md").read_text()
    assert [scenario.key for scenario in TABLE if f"| {report._label(scenario)} |" not in page] == []


def test_every_difference_is_known_and_occurs(matrix):
    """A new difference and a known one that is gone are complaints."""
    assert matrix.complaints() == []
