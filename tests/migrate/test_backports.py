"""Guarded imports of other backports on the way in, and code for old Pythons under a guard."""

import re

import pytest

from . import tool
from .tool import dedent

CONVERTED = {
    "a fallback, as hypercorn has it": (
        """
        try:
            from asyncio import TaskGroup
        except ImportError:
            from taskgroup import TaskGroup  # type: ignore

        TaskGroup()
        """,
        """
        from taskgroup_compat import TaskGroup

        TaskGroup()
        """,
    ),
    "a version and an alias, as bleak has it": (
        """
        import sys

        import aiohttp

        if sys.version_info < (3, 11):
            from async_timeout import timeout as async_timeout
        else:
            from asyncio import timeout as async_timeout

        async_timeout(aiohttp)
        """,
        """
        import aiohttp
        from taskgroup_compat import timeout as async_timeout

        async_timeout(aiohttp)
        """,
    ),
    "groups that are built in, as uvicorn has it": (
        """
        import sys

        if sys.version_info < (3, 11):  # pragma: no cover
            from exceptiongroup import BaseExceptionGroup, ExceptionGroup

        raise ExceptionGroup("", [BaseExceptionGroup()])
        """,
        """
        from taskgroup_compat import BaseExceptionGroup, ExceptionGroup

        raise ExceptionGroup("", [BaseExceptionGroup()])
        """,
    ),
    "a branch that passes": (
        """
        import sys

        if sys.version_info >= (3, 11):
            pass
        else:
            from exceptiongroup import ExceptionGroup

        print(sys, ExceptionGroup)
        """,
        """
        import sys

        from taskgroup_compat import ExceptionGroup

        print(sys, ExceptionGroup)
        """,
    ),
}


@pytest.mark.parametrize("shape", CONVERTED)
def test_one_import_replaces_the_guard(shape):
    """And `sys` goes where only the guard used it; a second run changes nothing."""
    before, after = map(dedent, CONVERTED[shape])
    result = tool.bring_in(before)
    assert (result.text, result.left, result.notes) == (after, [], [])
    assert result.counts["guarded import"] >= 1
    assert tool.bring_in(after).text == after


KEPT = {
    "another name in the guard": """
        if sys.version_info >= (3, 11):
            from asyncio import Runner, timeout
        else:
            from async_timeout import timeout
            from .compat import Runner
        """,
    "other names for the same": """
        try:
            from asyncio import timeout
        except ImportError:
            from async_timeout import timeout as limit
        """,
    "a group in one branch alone, under another name": """
        if sys.version_info < (3, 11):
            from exceptiongroup import ExceptionGroup as Group
        """,
    "another function of the package": """
        try:
            from asyncio import TaskGroup
        except ImportError:
            from taskgroup import run
        """,
    "a comment": """
        try:
            from asyncio import TaskGroup
        except ImportError:
            # the last release for 3.10
            from taskgroup import TaskGroup
        """,
}


@pytest.mark.parametrize("shape", KEPT)
def test_a_guard_with_more_stays_and_is_named(shape):
    """Nothing of it changes, and a note says so."""
    text = "import asyncio\nimport sys\n" + dedent(KEPT[shape])
    result = tool.bring_in(text)
    assert (result.text, result.left) == (text, [])
    assert len(result.notes) == 1
    assert re.match(
        r"\d: note: the guarded import of (async_timeout|taskgroup|exceptiongroup) stays; ", result.notes[0]
    )


@pytest.mark.parametrize(
    "text",
    [
        "if sys.version_info >= (3, 11):\n    from asyncio import timeout\nelse:\n    from compat import timeout\n",
        "try:\n    from exceptiongroup import *\nexcept ImportError:\n    pass\n",
        "if debug:\n    from async_timeout import timeout\nelse:\n    from asyncio import timeout\n",
        "try:\n    from asyncio import timeout\nexcept OSError:\n    from async_timeout import timeout\n",
        "try:\n    from asyncio import timeout\nfinally:\n    from async_timeout import timeout\n",
    ],
)
def test_other_guards_are_not_touched(text):
    """Those without another backport, and those that do not test the version or a missing module."""
    assert "backport" not in "".join(tool.bring_in("import sys\n" + text).notes)


def test_a_branch_for_old_pythons_is_converted():
    """The floor runs it, unlike the branch for newer Pythons."""
    before = """
        import asyncio
        import sys

        if sys.version_info >= (3, 15):
            from asyncio import TaskGroup
        else:

            class TaskGroup(asyncio.TaskGroup):
                pass
        """
    after = """
        import sys

        import taskgroup_compat

        if sys.version_info >= (3, 15):
            from asyncio import TaskGroup
        else:

            class TaskGroup(taskgroup_compat.TaskGroup):
                pass
        """
    assert tool.bring_in(dedent(before)).text == dedent(after)
