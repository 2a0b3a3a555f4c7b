"""Tests with the same result on every version run on the oldest and the newest: plain nox has ten minutes for all."""

import sys

import pytest

_IS_OTHER = sys.version_info[:2] not in ((3, 8), (3, 15))
_REASON = "the same on every version: runs on 3.8 and 3.15"

on_oldest_and_newest = pytest.mark.skipif(_IS_OTHER, reason=_REASON)


def skip_module_on_others():
    """Skip the calling module, with one line of the summary for all its tests."""
    if _IS_OTHER:
        pytest.skip(_REASON, allow_module_level=True)
