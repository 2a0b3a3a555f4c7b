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
    assert tool.take_out(text, "3.15").text == "from asyncio import TaskGroup\n\nTaskGroup()\n"
    assert tool.take_out(text, "3.15", is_package=True).text == (
        "import sys\nfrom asyncio import TaskGroup\n\nTaskGroup()\n"
    )


# Where comments and blank lines go; nothing of it is run.
AROUND = {
    "a finally around": (
        """
        def f(step):
            # top
            try:
                # guard
                with catch({ValueError: print}):
                    step()
            # end
            finally:
                step()
            try:  # why
                with catch({ValueError: print}):
                    step()
            finally:
                step()
            try:
                with catch({ValueError: print}):
                    step()
                # why
            finally:
                step()
            try:
                step()
                with catch({ValueError: print}):
                    step()
            finally:
                step()
            try:
                with catch({ValueError: print}), step:
                    step()
            finally:
                step()
            try:
                with catch({ValueError: print}):
                    step()
            except OSError:
                step()
        """,
        """
        def f(step):
            # top
            # guard
            try:
                step()
            except* ValueError as group:
                print(group)
            # end
            finally:
                step()
            try:  # why
                try:
                    step()
                except* ValueError as group:
                    print(group)
            finally:
                step()
            try:
                try:
                    step()
                except* ValueError as group:
                    print(group)
                # why
            finally:
                step()
            try:
                step()
                try:
                    step()
                except* ValueError as group:
                    print(group)
            finally:
                step()
            try:
                try:
                    with step:
                        step()
                except* ValueError as group:
                    print(group)
            finally:
                step()
            try:
                try:
                    step()
                except* ValueError as group:
                    print(group)
            except OSError:
                step()
        """,
    ),
    "comments of a decorated function": (
        """
        # what it does
        @catch(  # of values
            {ValueError: print}
        )
        # why
        def f(step):  # step
            # a docstring
            "Steps."; step()  # it
            step()
            # last


        @catch({ValueError: print})
        def g(step): step()  # it
        """,
        """
        # what it does
        # why
        def f(step):  # step
            "Steps."
            # of values
            try:
                # a docstring
                step()  # it
                step()
                # last
            except* ValueError as group:
                print(group)


        def g(step):
            try:
                step()  # it
            except* ValueError as group:
                print(group)
        """,
    ),
    "blank lines above a block": (
        """
        def f(step):
            step()



            with catch({ValueError: lambda group: print(group)}):
                step()
        """,
        """
        def f(step):
            step()



            try:
                step()
            except* ValueError as group:
                print(group)
        """,
    ),
    "comments in a mapping": (
        """
        def f(handlers):
            # above
            with catch(  # 1
                # 2
                {  # 6
                    # 7
                    ValueError  # 8
                    :  # 9
                    handlers[0],  # 10
                    # 11
                    (
                        KeyError,
                        OSError,
                    ): handlers[1]  # 12
                    ,  # 13
                    # 3
                }  # 4
                ,  # 5
            ):  # try
                # first
                pass
                # last
            # below
        """,
        """
        def f(handlers):
            # above
            # 1
            # 2
            # 3
            # 4
            # 5
            try:  # try
                # first
                pass
                # last
            # 6
            # 7
            # 8
            # 9
            except* ValueError as group:  # 10
                handlers[0](group)
            # 11
            # 12
            except* (
                KeyError,
                OSError,
            ) as group:  # 13
                handlers[1](group)
            # below
        """,
    ),
    "comments between items": (
        """
        def f(handlers, context):
            # above
            with (  # 1
                context() as a,  # 2
                # 3
                catch({ValueError: handlers[0]}),  # 4
                context() as b,  # 5
                # 6
                context() as c,
                # 7
            ):  # body
                pass
        """,
        """
        def f(handlers, context):
            # above
            # 1
            # 2
            # 3
            # 4
            # 5
            # 6
            # 7
            with context() as a:
                try:
                    with context() as b, context() as c:  # body
                        pass
                except* ValueError as group:
                    handlers[0](group)
        """,
    ),
    "a mapping on one line": (
        """
        async def f(context, other):
            async with catch({ValueError: print}): pass
            async with context(), other(), catch({ValueError: print}): pass
            async with catch({ValueError: print}), context(), other(): pass
        """,
        """
        async def f(context, other):
            try: pass
            except* ValueError as group:
                print(group)
            async with context(), other():
                try: pass
                except* ValueError as group:
                    print(group)
            try:
                async with context(), other(): pass
            except* ValueError as group:
                print(group)
        """,
    ),
    "comments of handlers": (
        """
        def f(step):
            step()


            # what one does

            def one(group):  # one
                # in one
                print(group)

                # end of one

            # what two does
            def two(group): print(group)  # two


            def three(group): return print(group)

            # the statement

            with catch({
                ValueError: one,  # of values
                KeyError: two,  # of keys
                # of others
                OSError: three,
            }):  # try
                step()
        """,
        """
        def f(step):
            step()


            # the statement

            try:  # try
                step()
            # what one does

            # of values
            except* ValueError as group:  # one
                # in one
                print(group)

                # end of one
            # what two does
            # of keys
            except* KeyError as group: print(group)  # two
            # of others

            except* OSError as group: print(group)
        """,
    ),
    "handlers that do not stand right above": (
        """
        def f(step):
            def one(group):
                print(group)

            step()



            def two(group):
                print(group)
            with catch({ValueError: one, KeyError: two}):
                step()
        """,
        """
        def f(step):
            step()



            try:
                step()
            except* ValueError as group:
                print(group)
            except* KeyError as group:
                print(group)
        """,
    ),
    "functions of a module": (
        """
        step = print


        def _one(group):
            print(group)



        # what two does
        def _two(group):
            print(group)


        # the statement
        with catch({ValueError: _one, KeyError: _two}):
            step()

        def _three(group):
            print(group)



        with catch({ValueError: _three}):
            step()
        """,
        """
        step = print

        # the statement
        try:
            step()
        except* ValueError as group:
            print(group)

        # what two does
        except* KeyError as group:
            print(group)

        try:
            step()

        except* ValueError as group:
            print(group)
        """,
    ),
    "what only clauses bind": (
        """
        def f(step):
            found: object
            other: object

            def handle(group):
                nonlocal found, other
                found = other = group

            with catch({ValueError: handle}):
                step()
            return found, other

        def g(step):
            kept: object = None
            typed: int
            with catch({ValueError: lambda group: kept.append(typed)}):
                step()
            noted: object  # why

            def handle(group):
                nonlocal noted
                noted = group

            with catch({ValueError: handle}):
                step()
            one: object; two: object

            def handle_one(group):
                nonlocal one, two
                one = two = group

            with catch({ValueError: handle_one}):
                step()
            unused: object
            one, two
            self.found: object
            found: Group

            def handle_other(group):
                nonlocal found
                found = group

            with catch({ValueError: handle_other}):
                step()
        """,
        """
        def f(step):
            try:
                step()
            except* ValueError as group:
                found = other = group
            return found, other

        def g(step):
            kept: object = None
            typed: int
            try:
                step()
            except* ValueError:
                kept.append(typed)
            noted: object  # why
            try:
                step()
            except* ValueError as group:
                noted = group
            one: object; two: object
            try:
                step()
            except* ValueError as group:
                one = two = group
            unused: object
            one, two
            self.found: object
            found: Group
            try:
                step()
            except* ValueError as group:
                found = group
        """,
    ),
}


@pytest.mark.parametrize("layout", AROUND)
def test_comments_and_blank_lines(layout):
    """Each comment stays, in the order of the text as far as that can be."""
    before, after = map(dedent, AROUND[layout])
    result = tool.take_out(f"from taskgroup_compat import catch\n\n{before}")
    assert result.left == []
    assert result.text == after
