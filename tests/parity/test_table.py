"""Each scenario of the table does on this version what the standard library of 3.15 does."""

import pytest

from tests.parity import report
from tests.parity.api import APIS
from tests.parity.columns import column, release
from tests.parity.known import known
from tests.parity.scene import perform
from tests.parity.table import TABLE

_EXPECTED = report.recorded()


def _parameters():
    api = APIS["compat"]()
    for scenario in TABLE:
        # what a version does not have is not run there; the matrix shows it as such
        if scenario.unavailable(api) is None:
            entry = known(scenario.key, column(), release())
            reason = "{} {}".format(entry.reason, entry.issue or "") if entry else ""
            marks = [pytest.mark.xfail(reason=reason, strict=True, raises=_Known)] if entry else []
            yield pytest.param(scenario, entry, id=scenario.key, marks=marks)


class _Known(AssertionError):
    """A difference of the known kind."""


@pytest.mark.parametrize("scenario, entry", list(_parameters()))
def test_outcome_is_that_of_3_15(scenario, entry):
    """The whole outcome of the scenario is the recorded one."""
    found = perform(scenario, APIS["compat"]())
    kind = report.difference(found, _EXPECTED[scenario.key])
    if entry is not None and kind == entry.kind:
        raise _Known(scenario.sentence)
    assert found["events"] == _EXPECTED[scenario.key]["events"]
    assert kind is None


def test_every_scenario_is_recorded():
    """The recording has the scenarios of the table, and no others."""
    assert sorted(_EXPECTED) == sorted(scenario.key for scenario in TABLE)


if column() == report.REFERENCE:

    @pytest.mark.parametrize("scenario", TABLE, ids=lambda scenario: scenario.key)
    def test_recording_is_what_3_15_does(scenario):
        """The recorded outcome is the one that asyncio's own group and except* give here."""
        assert report.difference(perform(scenario, APIS["asyncio"]()), _EXPECTED[scenario.key]) is None
