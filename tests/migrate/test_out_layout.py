"""The way out: expressions in several lines between the braces of a catch; lines around what goes."""

import textwrap

import pytest

from . import tool
from .tool import dedent

BEFORE = """
async def report(group): pass


async def load(read, log, handlers):
    {}with catch({{
{}
    }}):
        read()
"""
AFTER = """
async def report(group): pass


async def load(read, log, handlers):
    try:
        read()
{}
"""

# The entries of the mapping, and the clauses.
ENTRIES = {
    "a call": (
        """
        ValueError: lambda group: log(
            group,

            # why
            1,
        ),
        """,
        """
        except* ValueError as group:
            log(
                group,

                # why
                1,
            )
        """,
    ),
    "brackets": (
        """
        ValueError: lambda group: log[
            group](
            1),
        """,
        """
        except* ValueError as group:
            log[
                group](
                1)
        """,
    ),
    "an operator at the end of the line": (
        """
        ValueError: lambda group: log(group) or
            read(group),
        """,
        """
        except* ValueError as group:
            (log(group) or
                read(group))
        """,
    ),
    "strings in two lines": (
        """
        ValueError: lambda group: f'{group}'
            'x',
        """,
        """
        except* ValueError as group:
            (f'{group}'
                'x')
        """,
    ),
    "parentheses": (
        """
        ValueError: lambda group: (
            log(group)
        ),
        """,
        """
        except* ValueError as group:
            (
                log(group)
            )
        """,
    ),
    "lines to the left of the entry": (
        """
        ValueError: lambda group: log(
          group,
          # left
         # more
         1),
        """,
        """
        except* ValueError as group:
            log(
              group,
              # left
             # more
             1)
        """,
    ),
    "types": (
        """
        (
            OSError,  # the file
            # the text
            ValueError,
        ): lambda group: log(group),
        """,
        """
        except* (
            OSError,  # the file
            # the text
            ValueError,
        ) as group:
            log(group)
        """,
    ),
    "a type in two lines": (
        """
        read.
            Failure: lambda group: log(group),
        """,
        """
        except* (read.
            Failure) as group:
            log(group)
        """,
    ),
    "handlers that are called": (
        """
        KeyError: handlers[0],
        OSError: log or
            read,
        ValueError: (log or read),
        EOFError: handlers(
            1,
        ),
        TypeError: log
            .one,
        IndexError: log if read else handlers,
        """,
        """
        except* KeyError as group:
            handlers[0](group)
        except* OSError as group:
            (log or
                read)(group)
        except* ValueError as group:
            (log or read)(group)
        except* EOFError as group:
            handlers(
                1,
            )(group)
        except* TypeError as group:
            (log
                .one)(group)
        except* IndexError as group:
            (log if read else handlers)(group)
        """,
    ),
    "a coroutine": (
        """
        KeyError: lambda group: report(
            group
        ),
        """,
        """
        except* KeyError as group:
            await report(
                group
            )
        """,
    ),
}


@pytest.mark.parametrize("shape", ENTRIES)
def test_layout(shape):
    """The lines keep their place beside each other, and get parentheses where they need them."""
    entries, clauses = (dedent(text).rstrip("\n") for text in ENTRIES[shape])
    prefix = "async " if "await" in clauses else ""
    before = "from taskgroup_compat import catch\n" + BEFORE.format(prefix, textwrap.indent(entries, " " * 8))
    result = tool.take_out(before)
    assert result.left == []
    assert result.text.lstrip("\n") == AFTER.format(textwrap.indent(clauses, " " * 4)).lstrip("\n")


def test_lines_at_the_left_edge_stay_there():
    """They have no indentation that could be changed."""
    before = "from taskgroup_compat import catch\n\n\ndef f(log):\n    with catch({\n        (\nOSError,\n# why\n"
    before += "        KeyError\n        ): lambda group: log(\n1,\n        # why\n\n        group\n  ),\n"
    before += "    }):\n        log()\n"
    assert tool.take_out(before).text == (
        "def f(log):\n    try:\n        log()\n    except* (\nOSError,\n# why\n    KeyError\n    ) as group:\n"
        "        log(\n1,\n        # why\n\n        group\n  )\n"
    )


def test_a_comment_to_the_left_of_its_entry():
    """It keeps its distance from the block, as there is less of it to take away."""
    before = (
        "from taskgroup_compat import catch\n\n\ndef f(log):\n    with catch({\n        KeyError: lambda group: log(\n"
    )
    before += "      # left\n            # right\n          group),\n    }):\n        log()\n"
    assert tool.take_out(before).text == (
        "def f(log):\n    try:\n        log()\n    except* KeyError as group:\n        log(\n"
        "          # left\n            # right\n          group)\n"
    )


GUARDED = """
import sys

if sys.version_info >= (3, 15):
    from asyncio import TaskGroup
else:
    from taskgroup_compat import TaskGroup
TaskGroup()
"""


def test_what_nothing_uses_any_more_goes_with_the_lines_after_it():
    """But not from a package, where others look for names."""
    text = GUARDED.lstrip("\n")
    assert tool.take_out(text, "3.15").text == "from asyncio import TaskGroup\nTaskGroup()\n"
    assert tool.take_out(text, "3.15", is_package=True).text == (
        "import sys\n\nfrom asyncio import TaskGroup\nTaskGroup()\n"
    )
