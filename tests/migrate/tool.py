"""Running the conversion on a text. Test modules that import this are left out where libcst cannot be imported."""

import sys
import textwrap
import warnings

import pytest

if sys.implementation.name == "pypy":
    pytest.skip("libcst cannot be imported on PyPy", allow_module_level=True)

with warnings.catch_warnings():
    # the last libcst for 3.8 uses what mypy_extensions has deprecated
    warnings.simplefilter("ignore", DeprecationWarning)
    import libcst  # noqa: F401

from taskgroup_compat._migrate.command import FLOORS, OLD_FLOORS
from taskgroup_compat._migrate.convert import convert
from taskgroup_compat._migrate.options import Options
from taskgroup_compat._migrate.report import Report
from tests.support.versions import on_oldest_and_newest as on_oldest_and_newest

HAS_EXCEPT_STAR = sys.version_info >= (3, 11)
# gh-103590: until then the statement puts a single error that a clause raises into a group.
STATEMENT_IS_AS_LATER = sys.version_info >= (3, 11, 4)
READS_NEWEST = sys.version_info >= (3, 9)
NAME = "file.py"


class Result:
    """A converted text, and the lines about it, without the name of the file."""

    def __init__(self, text, report):
        self.text = text
        self.counts = dict(report.converted)
        newer = [(line, what, version) for (what, version), found in report.newer.items() for line in found]
        self.newer = [f"{line}: {what} needs Python {version}" for line, what, version in sorted(newer)]
        report.newer.clear()
        lines = [line[len(NAME) + 1 :] for line in report.lines(NAME)]
        self.notes = [line for line in lines if " note: " in line]
        self.left = [line for line in lines if " note: " not in line]


def run(text, direction, floor, packages=(), is_package=False, imported_from=(), report_newer=False):
    floors = FLOORS if direction == "out" else OLD_FLOORS
    report = Report()
    options = Options(direction, floors[floor], {"taskgroup_compat", *packages}, report_newer)
    return Result(convert(text, options, is_package, set(imported_from), report), report)


def bring_in(text, floor="3.8", **options):
    """From except* to catch."""
    return run(text, "in", floor, **options)


def take_out(text, floor="3.11", packages=(), **options):
    """From catch to except*."""
    return run(text, "out", floor, packages, **options)


def dedent(text):
    return textwrap.dedent(text).lstrip("\n")
