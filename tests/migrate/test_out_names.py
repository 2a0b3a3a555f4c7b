"""The way out: the other names, their imports and the guards around them, by floor."""

import pytest

from . import tool
from .tool import dedent


def check(before, after, floor="3.11", left=(), counts=None, **options):
    """The conversion gives the other text and leaves nothing but this, and done again it changes nothing more."""
    result = tool.take_out(dedent(before), floor, **options)
    assert result.text == dedent(after)
    assert counts is None or result.counts == counts
    assert [line.partition(": ")[2] for line in result.left] == list(left)
    assert tool.take_out(result.text, floor, **options).text == result.text


USES = """
import asyncio
from taskgroup_compat import BaseExceptionGroup, ExceptionGroup, TaskGroup, cancelling, timeout, uncancel


async def main(task):
    async with timeout(1), TaskGroup() as tg:
        tg.create_task(main(task))
    print(cancelling(task), uncancel(asyncio.current_task() or task))
    raise ExceptionGroup("group", [BaseExceptionGroup("inner", [])])
"""


@pytest.mark.parametrize(
    "floor, imported, methods",
    [
        (
            "3.11",
            "from taskgroup_compat import TaskGroup, timeout, uncancel",
            "task.cancelling(), uncancel(asyncio.current_task() or task)",
        ),
        (
            "3.13",
            "from asyncio import timeout\n\nfrom taskgroup_compat import TaskGroup",
            "task.cancelling(), (asyncio.current_task() or task).uncancel()",
        ),
        (
            "3.15",
            "from asyncio import TaskGroup, timeout",
            "task.cancelling(), (asyncio.current_task() or task).uncancel()",
        ),
    ],
)
def test_each_floor_takes_what_it_has(floor, imported, methods):
    """The rest stays, and nothing is said of it."""
    after = dedent(USES)
    old = "from taskgroup_compat import BaseExceptionGroup, ExceptionGroup, TaskGroup, cancelling, timeout, uncancel"
    after = after.replace(old, imported)
    after = after.replace("cancelling(task), uncancel(asyncio.current_task() or task)", methods)
    check(USES, after, floor)


def test_the_module_under_another_name():
    """Attributes of it become names of the standard library; asyncio is imported where it is not."""
    check(
        """
        import taskgroup_compat as tc


        async def main(task):
            async with tc.TaskGroup(), tc.timeout(1):
                raise tc.ExceptionGroup("group", [tc.cancelling(task), tc.uncancel(await task())])
        """,
        """
        import asyncio


        async def main(task):
            async with asyncio.TaskGroup(), asyncio.timeout(1):
                raise ExceptionGroup("group", [task.cancelling(), (await task()).uncancel()])
        """,
        "3.15",
    )


def test_the_module_stays_while_something_is_used():
    """At a floor that lacks it, without a word; what the standard library never has is said."""
    check(
        "import taskgroup_compat\ntaskgroup_compat.TaskGroup\n", "import taskgroup_compat\ntaskgroup_compat.TaskGroup\n"
    )
    check(
        "import taskgroup_compat\nprint(taskgroup_compat.__version__)\n",
        "import taskgroup_compat\nprint(taskgroup_compat.__version__)\n",
        "3.15",
        ["taskgroup_compat.__version__ stays: the standard library has no such thing"],
    )


def test_other_names_in_the_file():
    """An alias of a group becomes the built-in name; one of asyncio's keeps its alias."""
    check(
        """
        from taskgroup_compat import ExceptionGroup as EG, TaskGroup as TG, catch as handling


        def run():
            with handling({ValueError: lambda group: print(EG, TG)}):
                pass
        """,
        """
        from asyncio import TaskGroup as TG


        def run():
            try:
                pass
            except* ValueError:
                print(ExceptionGroup, TG)
        """,
        "3.15",
    )


def test_imports_in_functions_and_for_type_checkers():
    """They are converted where they are."""
    check(
        """
        from typing import TYPE_CHECKING

        if TYPE_CHECKING:
            from taskgroup_compat import TaskGroup


        def run(tg: "TaskGroup"):
            from taskgroup_compat import ExceptionGroup, catch

            with catch({ValueError: print}):
                raise ExceptionGroup("", [])
        """,
        """
        from typing import TYPE_CHECKING

        if TYPE_CHECKING:
            from asyncio import TaskGroup


        def run(tg: "TaskGroup"):
            try:
                raise ExceptionGroup("", [])
            except* ValueError as group:
                print(group)
        """,
        "3.15",
    )


def test_what_other_modules_import_from_here_stays_importable():
    """By __all__, by `X as X`, by an import that nothing here uses, by the file being imported from."""
    check(
        """
        from taskgroup_compat import BaseExceptionGroup as BaseExceptionGroup, ExceptionGroup, TaskGroup, catch

        __all__ = ["ExceptionGroup", "TaskGroup", "catch"]
        """,
        """
        from asyncio import TaskGroup
        from builtins import BaseExceptionGroup as BaseExceptionGroup, ExceptionGroup

        from taskgroup_compat import catch

        __all__ = ["ExceptionGroup", "TaskGroup", "catch"]
        """,
        "3.15",
        ["the import of catch stays: other modules may import it from here"],
    )
    check("from taskgroup_compat import ExceptionGroup\n", "from builtins import ExceptionGroup\n")
    used = "from taskgroup_compat import ExceptionGroup\nraise ExceptionGroup\n"
    check(used, "raise ExceptionGroup\n")
    check(used, "from builtins import ExceptionGroup\nraise ExceptionGroup\n", imported_from={"ExceptionGroup"})


def test_a_name_that_is_something_else_stays():
    """Shadowed, bound again, or in the way."""
    for text, reason in (
        (
            "from taskgroup_compat import ExceptionGroup as EG\n\ndef f(ExceptionGroup):\n    raise EG\n",
            "the import of EG stays: ExceptionGroup is another name where it is used",
        ),
        (
            "from taskgroup_compat import catch\ncatch = print\nwith catch({}): pass\n",
            "catch is bound at several places",
        ),
        (
            "from taskgroup_compat import cancelling\nprint(*map(cancelling, []))\n",
            "cancelling stays: it is not called with one task here",
        ),
        (
            "from taskgroup_compat import cancelling\ncancelling(  # why\n    task)\n",
            "cancelling(...) stays: there is a comment between its parentheses",
        ),
        ("from taskgroup_compat import *\n", "import * stays: what is used of taskgroup_compat cannot be told"),
        (
            "import taskgroup_compat as tc\n\ndef f(x: 'tc.TaskGroup'): pass\n",
            "the import of tc stays: a string names it",
        ),
    ):
        check(text, text, "3.15", [reason])


def test_a_shadowed_name_is_not_ours():
    """A parameter, a local function."""
    text = """
        from taskgroup_compat import catch


        def f(catch):
            with catch({ValueError: print}):
                pass


        def g():
            def cancelling(task): pass
            with catch({ValueError: print}):
                cancelling(1)
        """
    after = """
        def f(catch):
            with catch({ValueError: print}):
                pass


        def g():
            def cancelling(task): pass
            try:
                cancelling(1)
            except* ValueError as group:
                print(group)
        """
    check(text, after)


@pytest.mark.parametrize(
    "test, floor, kept",
    [
        ("sys.version_info >= (3, 15)", "3.15", "new"),
        ("sys.version_info >= (3, 15, 0)", "3.15", "new"),
        ("sys.version_info[:2] >= (3, 15)", "3.15", "new"),
        ("sys.version_info[ : 2] >= (3, 15)", "3.15", "new"),
        ("sys.version_info[:2] > (3, 14)", "3.15", "new"),
        ("sys.version_info > (3, 15)", "3.15", "new"),
        ("sys.version_info > (3, 15, 0)", "3.15", "new"),
        ("sys.version_info > (3, 14)", "3.15", "new"),
        ("not sys.version_info < (3, 15)", "3.15", "new"),
        ("sys.version_info < (3, 15)", "3.15", "old"),
        ("sys.version_info <= (3, 14)", "3.15", "old"),
        ("sys.version_info <= (3, 15, 0)", "3.15", "old"),
        ("sys.version_info >= (3, 15)", "3.13", None),
        ("sys.version_info >= (3, 15, 1)", "3.15", None),
        ("sys.version_info[:2] > (3, 15)", "3.15", None),
        ("sys.version_info > (3, 15, 1)", "3.15", None),
        ("sys.version_info < (3, 15, 1)", "3.15", None),
        ("sys.version_info[:2] <= (3, 15)", "3.15", None),
        ("sys.version_info[:2] == (3, 14)", "3.15", None),
        ("not sys.version_info < (3, 15, 1)", "3.15", None),
        ("sys.version_info[0] >= (3, 14)", "3.15", None),
        ("sys.version_info < (3, 15) < sys.implementation.version", "3.15", None),
        ("sys.implementation.version >= (3, 15)", "3.15", None),
        ("sys.version_info >= sys.implementation.version", "3.15", None),
        ("sys.version_info >= (3, sys.maxsize)", "3.15", None),
        ("sys.platform == 'win32'", "3.15", None),
    ],
)
def test_guards_of_the_version(test, floor, kept):
    """The branch that runs from the floor on is kept, if the test says which."""
    new, old = "from asyncio import TaskGroup", "from taskgroup_compat import TaskGroup"
    first, second = (old, new) if "<" in test and "not" not in test else (new, old)
    before = f"import sys\n\nif {test}:\n    {first}\nelse:\n    {second}\n\nTaskGroup()\n"
    if kept is None:
        check(before, before.replace(old, new) if floor == "3.15" else before, floor)
    else:
        check(before, f"{new}\n\nTaskGroup()\n", floor)


def test_guards_of_other_things_stay():
    """They are other tools' work."""
    text = "import sys\nif sys.version_info >= (3, 11):\n    import tomllib\nelse:\n    import tomli as tomllib\n"
    text += "from taskgroup_compat import TaskGroup\nTaskGroup()\n"
    check(text, text)


def test_guards_in_a_chain():
    """An elif becomes an if, or an else."""
    check(
        """
        import sys

        if sys.platform == "win32":
            from windows import ExceptionGroup
        elif sys.version_info >= (3, 11):
            ExceptionGroup = ExceptionGroup
        else:
            from taskgroup_compat import ExceptionGroup
        """,
        """
        import sys

        if sys.platform == "win32":
            from windows import ExceptionGroup
        else:
            ExceptionGroup = ExceptionGroup
        """,
    )
    check(
        """
        import sys

        # groups
        if sys.version_info < (3, 11):  # old
            from taskgroup_compat import ExceptionGroup
        print(sys.argv)
        raise ExceptionGroup
        """,
        """
        import sys

        # groups
        print(sys.argv)
        raise ExceptionGroup
        """,
    )


@pytest.mark.parametrize(
    "before, after",
    [
        (
            """
            # groups
            if sys.version_info < (3, 11):
                from taskgroup_compat import ExceptionGroup
            # on Windows
            elif sys.platform == "win32":
                from windows import ExceptionGroup
            else:
                from elsewhere import ExceptionGroup
            """,
            """
            # groups
            # on Windows
            if sys.platform == "win32":
                from windows import ExceptionGroup
            else:
                from elsewhere import ExceptionGroup
            """,
        ),
        (
            """
            if sys.platform == "win32":
                from windows import ExceptionGroup
            # since 3.11
            elif sys.version_info >= (3, 11):
                from builtins import ExceptionGroup
            # before
            else:
                from taskgroup_compat import ExceptionGroup
            """,
            """
            if sys.platform == "win32":
                from windows import ExceptionGroup
            # since 3.11
            else:
                from builtins import ExceptionGroup
            """,
        ),
        (
            """
            if sys.platform == "win32":
                from windows import ExceptionGroup
            # before 3.11
            elif sys.version_info < (3, 11):
                from taskgroup_compat import ExceptionGroup
            # since
            else:
                from builtins import ExceptionGroup
            """,
            """
            if sys.platform == "win32":
                from windows import ExceptionGroup
            # since
            else:
                from builtins import ExceptionGroup
            """,
        ),
        (
            """
            if sys.platform == "win32":
                from windows import ExceptionGroup
            elif sys.version_info < (3, 11):
                from taskgroup_compat import ExceptionGroup
            """,
            """
            if sys.platform == "win32":
                from windows import ExceptionGroup
            """,
        ),
        (
            """
            # groups
            if sys.version_info < (3, 11):
                from taskgroup_compat import ExceptionGroup
            # since 3.11
            else:  # built in
                # by name
                from builtins import ExceptionGroup
                # as it is
            print(sys.argv)
            """,
            """
            # groups
            # since 3.11
            # built in
            # by name
            # as it is
            from builtins import ExceptionGroup

            print(sys.argv)
            """,
        ),
        (
            """
            # groups
            if sys.version_info >= (3, 11):
                pass  # built in
            else:
                from taskgroup_compat import *
            print(sys.argv)
            """,
            """
            # groups
            print(sys.argv)
            """,
        ),
        (
            """
            if sys.version_info >= (3, 11):
                from builtins import ExceptionGroup

                print("built in")
            else:
                import taskgroup_compat as groups
            print(sys.argv)
            """,
            """
            from builtins import ExceptionGroup

            print("built in")
            print(sys.argv)
            """,
        ),
    ],
)
def test_what_a_guard_leaves(before, after):
    """The comments of what stays, and those above the whole."""
    above = "import sys\n\nx = 1\n\n"
    check(f"{above}{dedent(before)}", f"{above}{dedent(after)}")


def test_a_guard_in_a_guard():
    """Each counts once; what is left in them has its line."""
    text = """
        import sys

        # groups
        if sys.version_info >= (3, 8):
            from taskgroup_compat import __version__
            if sys.version_info < (3, 11):
                from taskgroup_compat import TaskGroup
            else:
                try:
                    from asyncio import TaskGroup
                except ImportError:
                    from taskgroup_compat import TaskGroup
        print(sys.argv)
        """
    after = """
        import sys
        from asyncio import TaskGroup

        # groups
        from taskgroup_compat import __version__

        print(sys.argv)
        """
    result = tool.take_out(dedent(text))
    assert result.text == dedent(after)
    assert result.counts == {"guarded import": 3}
    assert result.left == ["5: the import of __version__ stays: the standard library has no such thing"]


@pytest.mark.parametrize(
    "before, after",
    [
        (
            "try:\n    from asyncio import TaskGroup\nexcept ImportError:\n    from taskgroup_compat import TaskGroup\n"
            "TaskGroup()\n",
            "from asyncio import TaskGroup\n\nTaskGroup()\n",
        ),
        (
            "try:\n    ExceptionGroup\nexcept NameError:\n    from taskgroup_compat import ExceptionGroup\n"
            "raise ExceptionGroup\n",
            "raise ExceptionGroup\n",
        ),
        (
            "try:\n    from builtins import ExceptionGroup\nexcept (ImportError, AttributeError):\n"
            "    from taskgroup_compat import ExceptionGroup\nraise ExceptionGroup\n",
            "from builtins import ExceptionGroup\n\nraise ExceptionGroup\n",
        ),
        (
            "try:\n    from taskgroup_compat import ExceptionGroup\nexcept ImportError:\n    ExceptionGroup = None\n"
            "raise ExceptionGroup\n",
            "raise ExceptionGroup\n",
        ),
        (
            """
            # groups
            try:
                from asyncio import TaskGroup, Timeout
                from asyncio.timeouts import timeout, timeout_at
                # 3.11
            except (ImportError, ModuleNotFoundError):
                from taskgroup_compat import TaskGroup, Timeout, timeout, timeout_at
            else:  # there
                print(TaskGroup, Timeout, timeout, timeout_at)
            """,
            """
            # groups
            from asyncio import TaskGroup, Timeout
            from asyncio.timeouts import timeout, timeout_at

            # 3.11
            # there
            print(TaskGroup, Timeout, timeout, timeout_at)
            """,
        ),
        (
            """
            try:
                import asyncio, builtins, sys

                BaseExceptionGroup, ExceptionGroup
                Group = builtins.BaseExceptionGroup
                asyncio.TaskGroup
            except:
                Group = asyncio = None
                import taskgroup_compat
            """,
            None,
        ),
        (
            """
            try:
                import asyncio, builtins, sys
                BaseExceptionGroup
                Group = builtins.BaseExceptionGroup
                asyncio.TaskGroup; limit = asyncio.timeout
            except:
                from taskgroup_compat import BaseExceptionGroup
            """,
            """
            import asyncio, builtins, sys

            Group = builtins.BaseExceptionGroup
            asyncio.TaskGroup; limit = asyncio.timeout
            """,
        ),
    ],
)
def test_guards_of_what_is_there(before, after):
    """What the floor surely has is imported without a guard."""
    check(before, before if after is None else after)


STAYING = """
try:
    from asyncio import TaskGroup
except ImportError:
    from taskgroup_compat import TaskGroup
"""


@pytest.mark.parametrize(
    "old, new",
    [
        # what is asked for is not known to be there
        ("asyncio import TaskGroup", "asyncio import Unknown as TaskGroup"),
        ("from asyncio", "from .asyncio"),
        ("from asyncio import TaskGroup\n", "from asyncio import *\n"),
        ("from asyncio import TaskGroup\n", "import asyncio, unknown\n"),
        ("from asyncio import TaskGroup\n", "TaskGroup = unknown.TaskGroup\n"),
        ("from asyncio import TaskGroup\n", "from taskgroup_compat import ExceptionGroup, TaskGroup as T\n"),
        ("from asyncio import TaskGroup\n", "from asyncio import TaskGroup\n    print(TaskGroup)\n"),
        ("from asyncio import TaskGroup\n", "if unknown: from asyncio import TaskGroup\n"),
        # another error than that something is missing, or one that is used
        ("except ImportError", "except OSError"),
        ("except ImportError", "except (ImportError, OSError)"),
        ("except ImportError", "except ImportError as error"),
        ("except ImportError", "except OSError:\n    pass\nexcept ImportError"),
        # what is done in any case
        ("asyncio import TaskGroup\nexcept", "asyncio import TaskGroup\nfinally:\n    print()\ntry: pass\nexcept"),
        # nothing of ours
        ("from taskgroup_compat", "from .taskgroup_compat"),
        ("from taskgroup_compat", "from other"),
        ("from taskgroup_compat import TaskGroup", "import taskgroup"),
    ],
)
def test_a_guard_that_the_floor_does_not_decide_stays(old, new):
    """As its import may fail, or something else is asked."""
    assert STAYING.count(old) == 1
    result = tool.take_out(STAYING.replace(old, new))
    assert "guarded import" not in result.counts
    assert result.text.count("try:") == STAYING.replace(old, new).count("try:")


def test_names_of_exceptiongroup():
    """Only where they are asked for, and only what this floor has."""
    text = """
        from exceptiongroup import BaseExceptionGroup, ExceptionGroup, catch, print_exception


        def f():
            with catch({ValueError: print_exception}):
                raise BaseExceptionGroup("", [ExceptionGroup("", [])])
        """
    check(text, text)
    check(
        text,
        """
        from exceptiongroup import print_exception


        def f():
            try:
                raise BaseExceptionGroup("", [ExceptionGroup("", [])])
            except* ValueError as group:
                print_exception(group)
        """,
        packages=["exceptiongroup"],
    )


def test_only_this_packages_catch_is_awaited_or_decorates():
    """What exceptiongroup's does there is something else."""
    text = "from exceptiongroup import catch\n@catch({ValueError: print})\ndef f(): pass\n"
    result = tool.take_out(text, packages=["exceptiongroup"])
    assert result.text == text and result.left == [
        "3: catch stays: only this package's catch is converted where it decorates a function"
    ]


def test_an_import_that_nothing_uses_any_more_goes():
    """Of whatever was used by what is gone; not what was unused before, nor what a string still names."""
    check(
        """
        import os
        from typing import Any, List
        from taskgroup_compat import catch


        def f(x: "List[int]"):
            def handle(group: Any) -> List[int]:
                print(group)

            with catch({ValueError: handle}):
                pass
        """,
        """
        import os
        from typing import List


        def f(x: "List[int]"):
            try:
                pass
            except* ValueError as group:
                print(group)
        """,
    )


def test_comments_around_imports_stay():
    """Those on the line of one that goes do not."""
    check(
        """
        # the file

        # one
        import os
        # two
        from taskgroup_compat import ExceptionGroup  # gone
        # three
        import sys

        raise ExceptionGroup(os, sys)
        """,
        """
        # the file

        # one
        import os
        # two
        # three
        import sys

        raise ExceptionGroup(os, sys)
        """,
    )
    check(
        """
        from taskgroup_compat import (
            ExceptionGroup,  # a group
            TaskGroup,  # a class
        )

        raise ExceptionGroup(TaskGroup)
        """,
        """
        from taskgroup_compat import (
            TaskGroup,  # a class
        )

        raise ExceptionGroup(TaskGroup)
        """,
    )


@pytest.mark.parametrize(
    "old, new, counts",
    [
        ("cancelling(task)", "task.cancelling()", 1),
        ("(cancelling(task))", "(task.cancelling())", 1),
        ("cancelling(tasks[uncancel(task)])", "tasks[task.uncancel()].cancelling()", 2),
        (
            "cancelling(task or other) + cancelling(lambda: 1)",
            "(task or other).cancelling() + (lambda: 1).cancelling()",
            2,
        ),
    ],
)
def test_calls_become_methods(old, new, counts):
    """Also one in the other."""
    used = "cancelling, uncancel" if "uncancel" in old else "cancelling"
    result = tool.take_out(f"from taskgroup_compat import {used}\nprint({old})\n", "3.13")
    assert (result.text, sum(result.counts.values()), result.left) == (f"print({new})\n", counts, [])
    old = old.replace("cancelling", "tc.cancelling").replace("uncancel", "tc.uncancel")
    result = tool.take_out(f"import taskgroup_compat as tc\nprint({old})\n", "3.13")
    assert (result.text, sum(result.counts.values()), result.left) == (f"print({new})\n", counts, [])


@pytest.mark.parametrize("old", ["cancelling(*tasks)", "cancelling(one, other)", "cancelling()", "cancelling"])
def test_calls_that_have_not_one_task_stay(old):
    """They are named, and so is one with a comment in it, once."""
    said = "cancelling stays: it is not called with one task here"
    text = f"from taskgroup_compat import cancelling\nprint({old})\n"
    check(text, text, "3.13", [said], {})
    text = f"import taskgroup_compat as tc\nprint(tc.{old})\n"
    check(text, text, "3.13", [said], {})
    text = "import taskgroup_compat as tc\nprint(tc.uncancel, tc.cancelling(task  # why\n))\n"
    check(text, text, "3.11", ["cancelling(...) stays: there is a comment between its parentheses"], {})


def test_names_of_others_stay():
    """Of another library, of a module of the same name in this package, what this package does not have."""
    text = """
        import library, taskgroup_compat as tc
        from . import *
        from .taskgroup_compat import *
        from .taskgroup_compat import ExceptionGroup
        from library import uncancel

        print(uncancel(task), library.TaskGroup, library.cancelling(task), tc.other, ExceptionGroup)
        """
    check(text, text, "3.15", counts={})


def test_attributes_of_the_module():
    """In parentheses, beside an import of the same name; where the name is another one, the attribute stays."""
    check(
        """
        import taskgroup_compat as tc
        from taskgroup_compat import ExceptionGroup


        def run(asyncio, BaseExceptionGroup):
            print(tc.ExceptionGroup, (tc.ExceptionGroup), ExceptionGroup, tc.BaseExceptionGroup, tc.timeout)
        """,
        """
        import taskgroup_compat as tc


        def run(asyncio, BaseExceptionGroup):
            print(ExceptionGroup, (ExceptionGroup), ExceptionGroup, tc.BaseExceptionGroup, tc.timeout)
        """,
        "3.13",
        [
            "taskgroup_compat.BaseExceptionGroup stays: BaseExceptionGroup is another name there",
            "taskgroup_compat.timeout stays: asyncio is another name there",
        ],
        {"ExceptionGroup": 3},
    )


@pytest.mark.parametrize(
    "before, after",
    [
        # the import that there is, under its name
        (
            "import asyncio as aio\nimport taskgroup_compat as tc\ntc.TaskGroup()\n",
            "import asyncio as aio\naio.TaskGroup()\n",
        ),
        (
            "import asyncio.events\nimport taskgroup_compat as tc\ntc.TaskGroup()\n",
            "import asyncio.events\nasyncio.TaskGroup()\n",
        ),
        (
            "if 1: import asyncio\nelse: import asyncio\nimport taskgroup_compat as tc\ntc.TaskGroup()\n",
            "if 1: import asyncio\nelse: import asyncio\ntc.TaskGroup()\n".replace("tc", "asyncio"),
        ),
        # where that name is another thing
        (
            "import asyncio as aio\nimport taskgroup_compat as tc\n\ndef run(aio):\n    tc.TaskGroup()\n",
            "import asyncio as aio\nimport asyncio\n\n\ndef run(aio):\n    asyncio.TaskGroup()\n",
        ),
        (
            "import asyncio as aio\nimport taskgroup_compat as tc\naio = None\ntc.TaskGroup()\n",
            "import asyncio as aio\nimport asyncio\n\naio = None\nasyncio.TaskGroup()\n",
        ),
        # an import that only a function sees
        (
            "def run():\n    import asyncio as aio\nimport taskgroup_compat as tc\ntc.TaskGroup()\n",
            "import asyncio\n\n\ndef run():\n    import asyncio as aio\nasyncio.TaskGroup()\n",
        ),
        (
            "import os\n\ndef run():\n    import taskgroup_compat as tc\n    tc.TaskGroup()\n    tc.timeout(1)\n",
            "import asyncio\nimport os\n\ndef run():\n    asyncio.TaskGroup()\n    asyncio.timeout(1)\n",
        ),
        # one import of several
        (
            "import os, taskgroup_compat as tc\ntc.TaskGroup(os)\n",
            "import asyncio\nimport os\nasyncio.TaskGroup(os)\n",
        ),
        (
            "import taskgroup_compat as tc\nimport taskgroup_compat\ntaskgroup_compat.TaskGroup(tc.timeout)\n",
            "import asyncio\nasyncio.TaskGroup(asyncio.timeout)\n",
        ),
        (
            "import taskgroup_compat as tc, taskgroup_compat\ntaskgroup_compat.TaskGroup(tc.timeout)\n",
            "import asyncio\n\nasyncio.TaskGroup(asyncio.timeout)\n",
        ),
    ],
)
def test_asyncio_is_imported_once(before, after):
    """At the top, in the place of the package where it has a line of its own."""
    check(before, after, "3.15")


@pytest.mark.parametrize(
    "before, after, left, options",
    [
        # in a string that is no annotation of it
        (
            "from taskgroup_compat import ExceptionGroup as EG\n\ndef f(x: 'EG[OSError]'):\n    raise EG\n",
            "from builtins import ExceptionGroup as EG\n\ndef f(x: 'EG[OSError]'):\n    raise EG\n",
            [],
            {},
        ),
        # in an annotation, under its own name
        (
            "from taskgroup_compat import ExceptionGroup\n\ndef f(x: 'ExceptionGroup[OSError]'): pass\n",
            "def f(x: 'ExceptionGroup[OSError]'): pass\n",
            [],
            {},
        ),
        (
            "from taskgroup_compat import ExceptionGroup\n\ndef f(x: 'ExceptionGroup[OSError]'): pass\n",
            "from builtins import ExceptionGroup\n\ndef f(x: 'ExceptionGroup[OSError]'): pass\n",
            [],
            {"is_package": True},
        ),
        (
            "from taskgroup_compat import ExceptionGroup\n\nraise ExceptionGroup\n",
            "raise ExceptionGroup\n",
            [],
            {"is_package": True},
        ),
        # in a function: nothing else can import it
        (
            "def f(): from taskgroup_compat import ExceptionGroup\n",
            "def f(): pass\n",
            [],
            {"is_package": True, "imported_from": {"ExceptionGroup"}},
        ),
        # a function that binds the module's name
        (
            "def f():\n    global EG\n    from taskgroup_compat import ExceptionGroup as EG\n",
            "def f():\n    global EG\n    from builtins import ExceptionGroup as EG\n",
            [],
            {},
        ),
        (
            "from taskgroup_compat import ExceptionGroup as EG\n\ndef f():\n    global EG\n    raise (EG)\n",
            "def f():\n    global ExceptionGroup\n    raise (ExceptionGroup)\n",
            [],
            {},
        ),
        # a class of that name
        (
            "class ExceptionGroup: pass\n\ndef f():\n    from taskgroup_compat import ExceptionGroup\n"
            "    raise ExceptionGroup\n",
            None,
            ["the import of ExceptionGroup stays: ExceptionGroup is another name where it is used"],
            {},
        ),
        (
            "def f():\n    from taskgroup_compat import ExceptionGroup\n\n"
            "    def g():\n        nonlocal ExceptionGroup\n        raise ExceptionGroup\n",
            None,
            ["the import of ExceptionGroup stays: ExceptionGroup is another name where it is used"],
            {},
        ),
        # under two names
        (
            "from taskgroup_compat import ExceptionGroup, ExceptionGroup as EG\n\nraise ExceptionGroup(EG)\n",
            "raise ExceptionGroup(ExceptionGroup)\n",
            [],
            {},
        ),
    ],
)
def test_imports_of_groups(before, after, left, options):
    """They go where the built-in name can stand for them, else it is imported; or nothing can be said of them."""
    check(before, before if after is None else after, "3.11", left, **options)


def test_what_is_bound_at_several_places():
    """A group or a class of asyncio's is imported from elsewhere; what is a method or a statement now stays."""
    check(
        """
        try:
            from taskgroup_compat import ExceptionGroup, TaskGroup, cancelling, catch, uncancel
        except OSError:
            ExceptionGroup = TaskGroup = cancelling = catch = uncancel = None
        """,
        """
        try:
            from asyncio import TaskGroup
            from builtins import ExceptionGroup

            from taskgroup_compat import cancelling, catch, uncancel
        except OSError:
            ExceptionGroup = TaskGroup = cancelling = catch = uncancel = None
        """,
        "3.15",
        [
            "cancelling stays: it is bound at several places",
            "uncancel stays: it is bound at several places",
        ],
        {"ExceptionGroup": 1, "TaskGroup": 1},
    )
    text = "from taskgroup_compat import uncancel\nuncancel = None\n"
    check(text, text)
    text = "if 1: import taskgroup_compat as groups\nelse: import library as groups\nprint(groups.ExceptionGroup)\n"
    check(text, text)


def test_imports_of_what_is_only_here():
    """Of the version, of a part of the package; what an import that nothing uses is for cannot be known."""
    for text, reason in (
        (
            "from taskgroup_compat import __version__\nprint(__version__)\n",
            "the import of __version__ stays: the standard library has no such thing",
        ),
        (
            "import taskgroup_compat.testing as testing\nprint(testing)\n",
            "the import of testing stays: the standard library has no such thing",
        ),
        (
            "from taskgroup_compat import uncancel\n",
            "the import of uncancel stays: other modules may import it from here",
        ),
        (
            "from taskgroup_compat import uncancel as uncancel\nuncancel(task)\n",
            "the import of uncancel stays: other modules may import it from here",
        ),
    ):
        check(
            text, text if "(task)" not in text else text.replace("uncancel(task)", "task.uncancel()"), "3.13", [reason]
        )
    text = "import taskgroup_compat as tc\n\n__all__ = ['tc']\nraise tc.ExceptionGroup\n"
    check(text, text.replace("raise tc.", "raise "))
    text = "import exceptiongroup._catch as c\nprint(c)\n"
    check(text, text, packages=["exceptiongroup"])


def test_several_imports_on_a_line():
    """The others stay, and a line that loses all gets a `pass` where it needs one."""
    check(
        """
        import os; from taskgroup_compat import ExceptionGroup; import sys
        if os: from taskgroup_compat import ExceptionGroup
        if sys: import os; from taskgroup_compat import ExceptionGroup, TaskGroup
        raise ExceptionGroup(TaskGroup)
        """,
        """
        import os; import sys
        if os: pass
        if sys: import os; from taskgroup_compat import TaskGroup
        raise ExceptionGroup(TaskGroup)
        """,
    )
    check(
        "from taskgroup_compat import ExceptionGroup, TaskGroup; import os\n",
        "from asyncio import TaskGroup; from builtins import ExceptionGroup; import os\n",
        "3.15",
    )
    check(
        "from taskgroup_compat import ExceptionGroup; from exceptiongroup import ExceptionGroup as EG\nprint(EG)\n"
        "raise ExceptionGroup\n",
        "print(ExceptionGroup)\nraise ExceptionGroup\n",
        packages=["exceptiongroup"],
    )
