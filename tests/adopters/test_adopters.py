"""Tests of the run that converts projects: its comparison, and the edits of its table."""

import pytest

from tests.adopters.__main__ import changed, judge
from tests.adopters.projects import Edit, Project
from tests.support.versions import skip_module_on_others

skip_module_on_others()


def project(passed, **differences):
    """Return a project with an expected number of passes."""
    return Project("library", "1", "3.9", [], [], converted=1, passed=passed, differences=differences)


JUDGED = {
    "the same passes": (project(1), {"t": "passed"}, {"t": "passed"}, 0),
    "the same with other parameters": (project(1), {"t[E.A]": "passed"}, {"t[1]": "passed"}, 0),
    "one parameter is missing": (project(2), {"t[1]": "passed", "t[2]": "passed"}, {"t[1]": "passed"}, 1),
    "fewer tests than listed": (project(2), {"t": "passed"}, {"t": "passed"}, 1),
    "more tests than listed": (project(0), {"t": "passed"}, {"t": "passed"}, 1),
    "missing after": (project(1), {"t": "passed"}, {}, 1),
    "skipped after": (project(1), {"t": "passed"}, {"t": "skipped"}, 1),
    "fails after, with its text": (project(1), {"t": "passed"}, {"t": "Traceback"}, 2),
    "fails before and after": (project(0), {"t": "Traceback"}, {"t": "Traceback"}, 0),
    "another test passes after": (project(1), {"t": "passed"}, {"u": "passed"}, 2),
    "listed difference": (project(1, t="why"), {"t": "passed"}, {"t": "Traceback"}, 0),
    "listed difference that is gone": (project(1, t="why"), {"t": "passed"}, {"t": "passed"}, 1),
    "listed difference that never passed": (project(0, t="why"), {}, {}, 1),
}


@pytest.mark.parametrize("case", JUDGED)
def test_every_difference_from_the_table_is_named(case):
    """Counts that differ, tests that are lost, and listed differences that are none are faults."""
    listed, before, after, faults = JUDGED[case]
    assert len(judge(listed, before, after)) == faults


def test_edit_replaces_text_that_occurs_once(tmp_path):
    """An edit that no longer fits the release is an error."""
    path = tmp_path / "setup.py"
    path.write_text("a = 1\nb = 1\n")
    Edit("setup.py", "a = 1", "a = 2").apply(tmp_path)
    assert path.read_text() == "a = 2\nb = 1\n"
    for old in ("c = 1", "= "):
        with pytest.raises(LookupError):
            Edit("setup.py", old, "").apply(tmp_path)
    assert path.read_text() == "a = 2\nb = 1\n"


def test_changed_files_are_found_in_subfolders(tmp_path):
    """Only Python files that differ are counted."""
    for side, text in (("before", "a"), ("after", "b")):
        (tmp_path / side / "sub").mkdir(parents=True)
        (tmp_path / side / "sub" / "module.py").write_text(text)
        (tmp_path / side / "same.py").write_text("")
        (tmp_path / side / "notes.txt").write_text(text)
    [name] = changed(tmp_path / "before", tmp_path / "after")
    assert name.replace("\\", "/") == "sub/module.py"
