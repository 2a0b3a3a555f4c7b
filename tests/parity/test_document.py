"""docs/parity.md shows the outcomes of this version."""

import json

import pytest

from tests.parity import report
from tests.parity.__main__ import run
from tests.parity.columns import column


@pytest.fixture(scope="module")
def matrix():
    """The outcomes of this interpreter."""
    return report.Matrix([json.loads(json.dumps(run("compat")))])


def test_page_shows_the_outcomes_of_this_version(matrix):
    """Cells that depend on the patch release are left out."""
    document, fresh = report.DOCUMENT.read_text(), report.document(matrix)
    moved = report.of_another_release(document, fresh)

    def cells(text):
        found, _ = report._cells(text)
        return {cell: symbol for cell, symbol in found.items() if cell[2] == f"`{column()}`" and cell not in moved}

    assert cells(document) == cells(fresh)


def test_every_difference_is_known_and_occurs(matrix):
    """A new difference and a known one that is gone are complaints."""
    assert matrix.complaints() == []
