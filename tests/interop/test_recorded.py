"""The recordings name every scenario; 3.15 still has the recorded outcomes."""

import json
import sys

import pytest

from . import grouped, known, programs, sockets, tables


@pytest.mark.parametrize("table", ["scopes", "beside", "sockets", "programs"])
def test_every_scenario_is_recorded_and_nothing_else(table):
    present = {**tables.SCENARIOS, "sockets": sockets.SCENARIOS, "programs": programs.PROGRAMS}
    recorded = tables.load(table)
    assert list(recorded) == list(present[table])
    if table in tables.MATRICES:
        assert {group: list(rows) for group, rows in recorded.items()} == {
            group: list(rows) for group, rows in present[table].items()
        }


def test_a_recording_holds_each_outcome_once_and_gives_the_table_back():
    table = {"a": {"x": "1 good", "y": "2 bad"}, "b": {"y": "2 bad"}, "c": {"x": "1 good", "y": "2 bad"}}
    recording = grouped.group(table)
    assert recording == {
        "groups": {"a": 1, "b": 2, "c": 1},
        "rows": {"x": 1, "y": 2},
        "outcomes": {"1 good": ["1: 1"], "2 bad": ["1 2: 2"]},
    }
    assert json.loads(grouped.text(recording)) == recording
    back = grouped.ungroup(recording)
    assert back == table
    assert [list(rows) for rows in back.values()] == [list(rows) for rows in table.values()]


def test_known_differences_are_of_scenarios_that_are_there():
    assert set(known.PROGRAMS) <= set(programs.PROGRAMS)
    assert set(known.SOCKETS) <= set(sockets.SCENARIOS)


if sys.version_info[:2] == (3, 15):

    def test_the_scopes_of_older_libraries_differ_in_exactly_what_is_recorded():
        """Other tests of this version do not perform these."""
        for name, outcomes in tables.produce_matrices().items():
            assert outcomes == tables.load(name)
