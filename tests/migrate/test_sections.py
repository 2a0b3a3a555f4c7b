"""Imports that name another module go to their section, in the order of ruff's defaults; the blank lines follow."""

import pytest

from . import tool
from .tool import dedent

OUT = {
    "between the others of its section": (
        """
        import asyncio
        import zlib
        from abc import ABC
        from typing import Any

        import aiohttp
        from taskgroup_compat import timeout
        from yarl import URL

        from . import local


        def f(): timeout
        """,
        """
        import asyncio
        import zlib
        from abc import ABC
        from asyncio import timeout
        from typing import Any

        import aiohttp
        from yarl import URL

        from . import local


        def f(): timeout
        """,
    ),
    "a section of its own, above the first one": (
        """
        from __future__ import annotations

        from taskgroup_compat import timeout

        from . import local

        timeout
        """,
        """
        from __future__ import annotations

        from asyncio import timeout

        from . import local

        timeout
        """,
    ),
    "to names of the same module": (
        """
        from asyncio import FIRST_COMPLETED, CancelledError, sleep

        from taskgroup_compat import Timeout, timeout  # limits

        timeout, Timeout
        """,
        """
        from asyncio import FIRST_COMPLETED, CancelledError, Timeout, sleep, timeout  # limits

        timeout, Timeout
        """,
    ),
    "too many for one line": (
        """
        from asyncio import FIRST_COMPLETED, CancelledError, Queue, create_task, current_task

        from taskgroup_compat import Timeout

        Timeout
        """,
        """
        from asyncio import (
            FIRST_COMPLETED,
            CancelledError,
            Queue,
            Timeout,
            create_task,
            current_task,
        )

        Timeout
        """,
    ),
    "too long with the comment": (
        """
        from asyncio import CancelledError, Queue, create_task, sleep  # a comment that is longer

        from taskgroup_compat import Timeout

        Timeout
        """,
        """
        from asyncio import (  # a comment that is longer
            CancelledError,
            Queue,
            Timeout,
            create_task,
            sleep,
        )

        Timeout
        """,
    ),
    "one name in each line": (
        """
        from asyncio import (
            sleep,
        )

        from taskgroup_compat import timeout

        timeout
        """,
        """
        from asyncio import (
            sleep,
            timeout,
        )

        timeout
        """,
    ),
    "names in another order": (
        """
        from asyncio import sleep, Queue

        from taskgroup_compat import Timeout

        Timeout
        """,
        """
        from asyncio import sleep, Queue, Timeout

        Timeout
        """,
    ),
    "comments": (
        """
        from asyncio import sleep  # naps

        # for limits
        from taskgroup_compat import Timeout
        from taskgroup_compat import timeout  # seconds

        timeout, Timeout
        """,
        """
        # for limits
        from asyncio import Timeout, timeout  # seconds
        from asyncio import sleep  # naps

        timeout, Timeout
        """,
    ),
    "names with other names": (
        """
        from asyncio import sleep

        from taskgroup_compat import Timeout as Limit

        Limit
        """,
        """
        from asyncio import Timeout as Limit
        from asyncio import sleep

        Limit
        """,
    ),
    "below a guard that is folded": (
        """
        import sys
        from typing import Any

        import aiohttp

        if sys.version_info >= (3, 13):
            from asyncio import timeout
        else:
            from taskgroup_compat import timeout
        x = timeout
        """,
        """
        from asyncio import timeout
        from typing import Any

        import aiohttp

        x = timeout
        """,
    ),
    "below a guard that is folded, above a class": (
        """
        import sys

        if sys.version_info >= (3, 13):
            from asyncio import timeout
        else:
            from taskgroup_compat import timeout

        class C: timeout(sys)
        """,
        """
        import sys
        from asyncio import timeout


        class C: timeout(sys)
        """,
    ),
    "in a block": (
        """
        from typing import TYPE_CHECKING

        if TYPE_CHECKING:
            import logging

            from taskgroup_compat import Timeout

            x: Timeout
        elif unknown:
            import re

            from taskgroup_compat import Timeout
        else:
            try:
                import re

                from taskgroup_compat import Timeout
            except OSError:
                import json

                from taskgroup_compat import Timeout
        """,
        """
        from typing import TYPE_CHECKING

        if TYPE_CHECKING:
            import logging
            from asyncio import Timeout

            x: Timeout
        elif unknown:
            import re
            from asyncio import Timeout
        else:
            try:
                import re
                from asyncio import Timeout
            except OSError:
                import json
                from asyncio import Timeout
        """,
    ),
    "not where the others have no order": (
        """
        import zlib
        import asyncio

        from taskgroup_compat import timeout

        timeout
        """,
        """
        import zlib
        import asyncio

        from asyncio import timeout

        timeout
        """,
    ),
    "not beside an import of *": (
        """
        import asyncio

        from elsewhere import *
        from taskgroup_compat import timeout

        timeout
        """,
        """
        import asyncio

        from elsewhere import *
        from asyncio import timeout

        timeout
        """,
    ),
    "not a line of several statements": (
        """
        import asyncio

        import aiohttp
        from taskgroup_compat import timeout; import zlib

        timeout
        """,
        """
        import asyncio

        import aiohttp
        from asyncio import timeout; import zlib

        timeout
        """,
    ),
    "alone": (
        """
        '''Docstring.'''

        from taskgroup_compat import timeout
        timeout
        """,
        """
        '''Docstring.'''

        from asyncio import timeout
        timeout
        """,
    ),
}


@pytest.mark.parametrize("shape", OUT)
def test_an_import_from_asyncio_stands_in_its_section(shape):
    before, after = map(dedent, OUT[shape])
    result = tool.take_out(before, "3.13")
    assert result.text == after
    assert tool.take_out(result.text, "3.13").text == after


@tool.on_oldest_and_newest
def test_the_line_of_a_moved_import_is_reported_as_it_was():
    """`names` keeps its lines while imports above it move."""
    text = dedent(
        """
        import zlib

        from taskgroup_compat import TaskGroup, __version__, timeout

        with timeout(zlib):
            TaskGroup.__version__
        """
    )
    result = tool.take_out(text, "3.13")
    assert result.text.startswith("import zlib\nfrom asyncio import timeout\n\nfrom taskgroup_compat import")
    assert result.left == ["3: the import of __version__ stays: the standard library has no such thing"]


def test_an_import_in_a_block_is_sorted_on_the_way_in():
    before = "if TYPE_CHECKING:\n    import abc\n    from asyncio import Timeout\n    from typing import Any\n"
    after = (
        "if TYPE_CHECKING:\n    import abc\n    from typing import Any\n\n    from taskgroup_compat import Timeout\n"
    )
    assert tool.bring_in(before).text == after


def test_blank_lines_that_only_a_function_needs_go_with_it():
    """One stays below an import, two below a function, and what stands above a comment."""
    for above, below in [
        ("    x = 1\n\n", "    x = 1\n"),
        ("    import os\n\n", "    import os\n\n"),
        ("    def g(): os\n\n", "    def g(): os\n\n"),
        ("    x = 1\n\n\n", "    x = 1\n\n\n"),
        ("    x = 1\n", "    x = 1\n"),
    ]:
        block = "    def h(group):\n        print(group)\n\n    with catch({OSError: h}):\n        step()\n"
        text = f"from taskgroup_compat import catch\n\n\ndef f():\n{above}{block}"
        statement = "    try:\n        step()\n    except* OSError as group:\n        print(group)\n"
        assert tool.take_out(text).text == f"def f():\n{below}{statement}"
    for above, below in [
        ("x = 1\n\n\n", "x = 1\n\n"),
        ("import os\n\n\n", "import os\n\n"),
        ("class C: os\n\n\n", "class C: os\n\n\n"),
    ]:
        block = "def _h(group):\n    print(group)\n\n\nwith catch({OSError: _h}):\n    step()\n"
        statement = "try:\n    step()\nexcept* OSError as group:\n    print(group)\n"
        assert tool.take_out(f"from taskgroup_compat import catch\n\n{above}{block}").text == f"{below}{statement}"
        commented = block.replace("with", "# why\nwith")
        after = tool.take_out(f"from taskgroup_compat import catch\n\n{above}{commented}").text
        assert after == f"{below}# why\n{statement}"
