"""What a run converts. Without libcst, so that `migrate --help` needs none."""

from __future__ import annotations

from typing import Tuple

Version = Tuple[int, ...]
# The name that users import; a copy inside another package converts code that uses the installed package.
COMPAT = "taskgroup_compat"


class Options:
    """The direction, the floor, the packages whose names are converted, and whether to name code for newer Pythons."""

    def __init__(self, direction: str, floor: Version, packages: set[str], report_newer: bool = False) -> None:
        self.direction, self.floor, self.packages, self.report_newer = direction, floor, packages, report_newer
        # the length of lines in the converted code
        self.width = 88
