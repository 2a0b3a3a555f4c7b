"""The matrix tells what ran, and notices what is unknown, gone or stale."""

import copy
import json

import pytest

from tests.parity import known, report
from tests.parity.__main__ import run
from tests.parity.columns import column
from tests.parity.table import TABLE
from tests.support.versions import skip_module_on_others

skip_module_on_others()


@pytest.fixture(scope="module")
def here():
    """The outcomes of this interpreter."""
    return run("compat")


def _matrix(*runs):
    return report.Matrix([json.loads(json.dumps(each)) for each in runs])


def test_document_has_the_known_differences_and_the_shares():
    """docs/parity.md lists what known.py lists, and what the runs of random programs noted."""
    assert "\n".join(report.random_lines()).strip() in report.DOCUMENT.read_text()
    assert "\n".join(report._known_lines()).strip() in report.DOCUMENT.read_text()


def test_unknown_difference_is_told(here):
    """A scenario that is the same everywhere and suddenly differs is a complaint."""
    changed = copy.deepcopy(here)
    changed["outcomes"]["lifecycle.results"]["events"].append("one more")
    (complaint,) = _matrix(changed).complaints()
    assert "lifecycle.results differs (outcome), and that is not known" in complaint


def test_known_difference_that_is_gone_is_told(here, monkeypatch):
    """A known difference that does not occur is a complaint."""
    gone = known.Known("It was so once.", (column(),), ("lifecycle.results",))
    monkeypatch.setattr(known, "KNOWN", [*known.KNOWN, gone])
    (complaint,) = _matrix(here).complaints()
    assert "lifecycle.results is known to differ, but does not" in complaint


def test_known_difference_of_some_releases_is_told_by_the_release(here, monkeypatch):
    """One that a release mended is known before it, and a complaint since then; the document says where it is."""
    changed = copy.deepcopy(here)
    changed["outcomes"]["lifecycle.results"]["events"].append("one more")
    entry = known.Known("So.", ("9.9", column()), ("lifecycle.results",), before={column(): (9, 9, 5)})
    monkeypatch.setattr(known, "KNOWN", [*known.KNOWN, entry])
    assert [complaint for complaint in _matrix(changed).complaints() if "lifecycle.results" in complaint] == []
    changed["interpreter"] = (9, 9, 5)
    assert any("lifecycle.results differs (outcome)" in complaint for complaint in _matrix(changed).complaints())
    assert entry.where() == f"9.9, {column()} of releases before 9.9.5"


def test_document_of_another_release_is_not_stale(here, monkeypatch):
    """A cell that depends on the release is compared with the same release only, and so are the totals."""
    changed = copy.deepcopy(here)
    changed["outcomes"]["lifecycle.results"]["events"].append("one more")
    written, fresh = report.document(_matrix(here)), report.document(_matrix(changed))
    assert len(report.stale(written, fresh, {})) == 3
    assert len(report.stale(written, report.document(_matrix(dict(changed, python="9.9.9"))), {})) == 3
    entry = known.Known("So.", (column(),), ("lifecycle.results",), before={column(): (99,)})
    monkeypatch.setattr(known, "KNOWN", [*known.KNOWN, entry])
    written, fresh = report.document(_matrix(here)), report.document(_matrix(changed))
    assert len(report.stale(written, fresh, {})) == 3
    name = ".".join([*changed["python"].split(".")[:2], "999"])
    assert report.stale(written, report.document(_matrix(dict(changed, python=name))), {}) == []


def test_summary_counts_and_names_what_differs(here):
    """A terminal gets a line of totals for a column, and one for each scenario that differs, not the matrix."""
    same = {**here, "outcomes": report.recorded()}
    changed = copy.deepcopy(same)
    changed["column"] = "3.99"
    changed["outcomes"]["lifecycle.results"]["events"].append("one more")
    matrix = _matrix(same, changed)
    lines = report.summary(matrix, ["compat"]).splitlines()
    counts = [[int(word) for word in line.split() if word.isdigit()] for line in lines[1:3]]
    all_same = list(matrix.totals(("compat", column())).values())
    assert counts == [all_same, [all_same[0] - 1, all_same[1], all_same[2] + 1, *all_same[3:]]]
    assert [line for line in lines if "lifecycle" in line] == ["  lifecycle.results: 3.99"]
    assert len(lines) == 7


def test_answers_of_peers_are_told_in_few_words():
    """One answer for all versions, or each answer with the versions that give it."""
    assert report._by_version({"3.8": "yes", "3.9": "yes", "3.10": "-"}) == "yes"
    answers = {"3.8": "no", "3.9": "no", "3.10": "yes", "3.11": "no", "3.12": "no", "3.13": "no", "pypy3.9": "no"}
    assert report._by_version(answers) == "no (3.8, 3.9, 3.11 to 3.13, PyPy 3.9), yes (3.10)"


def test_only_chains_are_told_apart():
    """An outcome that differs in a context alone is another kind of difference."""
    plain = {"events": [[0, "root", "end", {"type": "ValueError"}]]}
    chained = {"events": [[0, "root", "end", {"type": "ValueError", "context": {"type": "KeyError"}}]]}
    assert report.difference(chained, plain) == "chains"
    assert report.difference(plain, plain) is None


def test_changed_cell_is_stale(here):
    """A document whose cell says something else than the run is stale, and so is one with other prose."""
    fresh = report.document(_matrix(here))
    assert report.stale(fresh, fresh, {}) == []
    assert len(report.stale(fresh.replace("| = |", "| ≠ |", 1), fresh, {})) == 1
    row = f"| {column().replace('pypy', 'PyPy ')} |"
    assert len(report.stale(fresh.replace(row, f"{row} 1", 1), fresh, {})) == 1
    assert report.stale(fresh.replace("is recorded", "is known"), fresh, {}) == ["the text around the tables"]


def test_column_of_an_interpreter_that_is_not_here_is_told_and_not_stale(here):
    """Nobody can say here whether it still holds."""
    elsewhere = dict(here, column="9.9")
    written, fresh = report.document(_matrix(here, elsewhere)), report.document(_matrix(here))
    assert report.unchecked(written, fresh, {}) == {"9.9": "no such interpreter here"}
    assert report.stale(written, fresh, {}) == []
    assert report.unchecked(fresh, written, {}) == {}
    assert len(report.stale(fresh, written, {})) >= len(TABLE)


def test_asyncio_of_another_patch_release_is_told_and_not_stale(here):
    """What the standard library does may change with each release of it, so only that of the same one is compared."""
    native = dict(here, api="asyncio", column="9.9", python="9.9.10")
    written = report.document(_matrix(here, native)).replace("| = | = |", "| = | ≠ |", 1)
    fresh = report.document(_matrix(here, dict(native, python="9.9.1")))
    assert list(report.unchecked(written, fresh, {"9.9": "9.9.1"})) == ["asyncio 9.9"]
    assert report.stale(written, fresh, {"9.9": "9.9.1"}) == []
    (complaint,) = report.stale(written, fresh, {"9.9": "9.9.10"})
    assert complaint.endswith("asyncio 9.9: written ≠, now =")


def test_signs_are_read_as_they_are_written():
    """A cell has one sign for all columns, or each other sign with its columns."""
    columns = ["3.8", "3.9", "3.10", "3.11", "pypy3.9", "pypy3.11"]
    for signs, text in (
        ("======", "="),
        ("······", "·"),
        ("≠≠≠=·=", "≠ 3.8 to 3.10; · PyPy 3.9"),
        ("≈=≈==≈", "≈ 3.8, 3.10, PyPy 3.11"),
    ):
        written = report._signs(dict(zip(columns, signs)))
        assert written == text
        assert report._symbols(written, columns) == dict(zip(columns, signs))


def test_asyncio_without_cancel_is_counted_apart(here):
    """A scenario that calls cancel() cannot succeed with a group that lacks it."""
    native = dict(copy.deepcopy(here), api="asyncio")
    native["outcomes"]["lifecycle.results"] = {"events": ["'TaskGroup' object has no attribute 'cancel'"]}
    totals = _matrix(here, native).totals(("asyncio", column()))
    assert totals[report.LACKING] == 1


def test_names_of_scenarios_are_their_own():
    """No two scenarios share a key, each has a sentence, and there are enough of them."""
    keys = [scenario.key for scenario in TABLE]
    assert len(set(keys)) == len(keys) >= 120
    assert all(scenario.sentence.endswith(".") for scenario in TABLE)
