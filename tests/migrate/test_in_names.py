"""The way in: the names of asyncio and of the builtins, and what else needs a newer Python."""

import pytest

from . import tool
from .tool import dedent


def check(before, after, left=(), floor="3.8"):
    """The conversion gives the other text and leaves nothing but this, and done again it changes nothing more."""
    result = tool.bring_in(dedent(before), floor)
    assert result.text == dedent(after)
    assert [line.partition(": ")[2] for line in result.left] == list(left)
    assert tool.bring_in(result.text, floor).text == result.text


def test_imports_are_split():
    """What the package does not have stays imported from asyncio."""
    check(
        """
        from asyncio import TaskGroup, sleep, timeout as limit
        from asyncio.timeouts import Timeout


        async def main():
            async with TaskGroup(), limit(1):
                await sleep(1)
        """,
        """
        from asyncio import sleep
        from taskgroup_compat import TaskGroup, timeout as limit
        from taskgroup_compat import Timeout


        async def main():
            async with TaskGroup(), limit(1):
                await sleep(1)
        """,
    )


def test_attributes_and_builtins():
    """They are imported by name, or through the package's name where that is taken."""
    check(
        '''
        """Docstring."""
        from __future__ import annotations

        import asyncio
        import builtins as b


        async def main(timeout: float) -> asyncio.Timeout:
            async with asyncio.TaskGroup() as tg, asyncio.timeout(timeout):
                raise ExceptionGroup("text", [b.BaseExceptionGroup("ExceptionGroup", [])])
        ''',
        '''
        """Docstring."""
        from __future__ import annotations

        import taskgroup_compat
        from taskgroup_compat import BaseExceptionGroup, ExceptionGroup, TaskGroup, Timeout


        async def main(timeout: float) -> Timeout:
            async with TaskGroup() as tg, taskgroup_compat.timeout(timeout):
                raise ExceptionGroup("text", [BaseExceptionGroup("ExceptionGroup", [])])
        ''',
    )


def test_an_import_of_the_package_is_extended():
    """In its order."""
    check(
        "from taskgroup_compat import TaskGroup, uncancel\n\ntry: pass\nexcept* OSError: print(TaskGroup, uncancel)\n",
        "from taskgroup_compat import TaskGroup, catch, uncancel\n\n"
        "def _handle_os_error(_group): print(TaskGroup, uncancel)\n\n\nwith catch({OSError: _handle_os_error}): pass\n",
    )


def test_the_name_catch_may_be_taken():
    """By something else in the file."""
    check(
        "import re\n\n\ndef catch(f):\n    try:\n        f()\n    except* OSError:\n        pass\n",
        "import re\nimport taskgroup_compat\n\n\ndef catch(f):\n    def handle_os_error(_group):\n        pass\n\n"
        "    with taskgroup_compat.catch({OSError: handle_os_error}):\n        f()\n".replace(
            "import re\n", "import re\n"
        ),
    )


@pytest.mark.parametrize(
    "receiver",
    [
        "asyncio.current_task()",
        "task",
        "(found := asyncio.current_task())",
        "child",
        "given",
        "quoted",
        "[each.cancelling() for each in asyncio.all_tasks()]",
    ],
)
def test_methods_of_what_is_surely_a_task(receiver):
    """By what is assigned to it, by its annotation."""
    template = dedent(
        """
        import asyncio
        from {} import TaskGroup{}


        async def main(given: asyncio.Task, quoted: "asyncio.Task[int]"):
            task: asyncio.Task = asyncio.current_task()
            async with TaskGroup() as tg:
                child = tg.create_task(asyncio.sleep(0))
            {}
        """
    )
    if receiver.startswith("["):
        before, after = receiver, "[cancelling(each) for each in asyncio.all_tasks()]"
    else:
        before = f"{receiver}.cancelling()"
        after = f"cancelling({receiver.strip('()') if ':=' in receiver else receiver})"
        after = "cancelling(found := asyncio.current_task())" if ":=" in receiver else after
    check(
        template.format("asyncio", "", before),
        template.format("taskgroup_compat", ", cancelling", after),
    )


@pytest.mark.parametrize("receiver", ["task", "self.task", "scope", "make()"])
def test_methods_of_what_may_be_something_else_stay(receiver):
    """A timeout's scope or a mock has such methods too."""
    text = f"import asyncio\n\n\ndef f(self, task, make):\n    scope = make()\n    {receiver}.uncancel()\n"
    check(text, text, [f"{receiver}.uncancel() stays: {receiver} is not surely a task"])


@pytest.mark.parametrize(
    "text",
    [
        "import sys\nif sys.version_info >= (3, 11):\n    from asyncio import TaskGroup\n"
        "else:\n    from taskgroup_compat import TaskGroup\n",
        "try:\n    from asyncio import TaskGroup\nexcept ImportError:\n    from taskgroup_compat import TaskGroup\n",
        "import asyncio\nif hasattr(asyncio, 'TaskGroup'):\n    Group = asyncio.TaskGroup\nelse:\n    Group = None\n",
        "try:\n    ExceptionGroup\nexcept NameError:\n    from exceptiongroup import ExceptionGroup\n",
    ],
)
def test_what_is_guarded_already_stays(text):
    """It runs on both sides."""
    check(text, text)


def test_what_is_ambiguous_is_said():
    """A name that is bound twice, an attribute that is assigned."""
    text = "from asyncio import TaskGroup\nTaskGroup = print\n"
    check(text, text, ["TaskGroup stays: it is bound at several places"])
    text = "import asyncio\nasyncio.TaskGroup = print\n"
    check(text, text, ["asyncio.TaskGroup stays: it is assigned"])
    text = "from library import *\nraise ExceptionGroup\n"
    check(text, text, ["ExceptionGroup stays: an import of * may bind it"])


NEWER = dedent(
    """
    import asyncio, dataclasses
    import tomllib
    from asyncio import TaskGroup
    from typing import Optional, Self

    @dataclasses.dataclass(slots=True)
    class A:
        a: list[int] | None

    def f(x):
        match x:
            case 1: x.add_note("text".removeprefix("t"))
        print(zip(x, strict=True), asyncio.Runner, isinstance(x, int | str))

    with (open("a"), open("b")): pass
    """
)


def test_what_else_needs_a_newer_python_is_named():
    """With its line; only above the floor."""
    left = tool.bring_in(NEWER).left
    assert [line.replace(" needs Python", "") for line in left] == [
        "2: the module tomllib 3.11",
        "4: typing.Self 3.11",
        "6: dataclasses.dataclass(slots=) 3.10",
        "8: list[...] 3.9",
        "8: list[int] | None instead of typing.Union 3.10",
        "11: match 3.10",
        "12: add_note() 3.11",
        "12: removeprefix() 3.9",
        "13: asyncio.Runner 3.11",
        "13: int | str instead of typing.Union 3.10",
        "13: zip(strict=) 3.10",
        "15: a with statement in parentheses 3.9",
    ]
    assert len(tool.bring_in(NEWER, "3.10").left) == 4
    late = tool.bring_in("from __future__ import annotations\n" + NEWER).left
    assert not any(line.startswith("9:") for line in late)


def test_nothing_is_said_of_a_file_that_has_nothing_to_convert():
    """The tool is not there to find what is new."""
    assert tool.bring_in(NEWER.replace("from asyncio import TaskGroup\n", "")).left == []


@pytest.mark.skipif(not tool.READS_NEWEST, reason="the last libcst for 3.8 reads the syntax up to 3.12")
def test_newest_syntax_is_named():
    """As far as the parser reads it."""
    left = tool.bring_in("from asyncio import TaskGroup\ntype X = int\ndef f[T](x: T): pass\nt't'\n").left
    assert [line.partition(" needs ")[0] for line in left] == [
        "2: a type statement",
        "3: a type parameter list",
        "4: a template string",
    ]


@pytest.mark.skipif(not tool.READS_NEWEST, reason="the last libcst for 3.8 reads the syntax up to 3.12")
def test_the_default_of_a_type_parameter_is_a_use():
    """So that its import stays."""
    text = "import asyncio\n\n\ndef f[T = asyncio.Task](x: T):\n    return asyncio.TaskGroup()\n"
    assert tool.bring_in(text).text.startswith("import asyncio\nfrom taskgroup_compat import TaskGroup\n")


def test_a_subclass_is_named():
    """It may use or override what is private to asyncio's class, and is silently wrong then."""
    text = "from asyncio import TaskGroup\n\n\nclass Group(TaskGroup):\n    def _abort(self):\n        pass\n"
    result = tool.bring_in(text)
    assert result.notes == ["4: note: Group inherits from TaskGroup: its private attributes are others"]
    assert result.text == text.replace("asyncio", "taskgroup_compat")
    assert tool.bring_in("class TaskGroup: pass\nclass Group(TaskGroup): pass\n").notes == []


# What each version brought, as the documentation of the modules has it.
LIBRARY = {
    "3.9": """
        the module graphlib; the module zoneinfo; asyncio.to_thread; functools.cache; math.lcm; math.nextafter;
        math.ulp; typing.Annotated
        """,
    "3.10": """
        contextlib.aclosing; inspect.get_annotations; itertools.pairwise; types.EllipsisType; types.NoneType;
        types.NotImplementedType; types.UnionType; typing.Concatenate; typing.ParamSpec; typing.ParamSpecArgs;
        typing.ParamSpecKwargs; typing.TypeAlias; typing.TypeGuard; typing.is_typeddict
        """,
    "3.11": """
        the module importlib.resources.abc; the module tomllib; the module wsgiref.types; asyncio.Barrier;
        asyncio.BrokenBarrierError; asyncio.Runner; contextlib.chdir; datetime.UTC; enum.EnumCheck; enum.FlagBoundary;
        enum.ReprEnum; enum.StrEnum; enum.global_enum; enum.member; enum.nonmember; enum.property; enum.verify;
        inspect.getmembers_static; inspect.ismethodwrapper; math.cbrt; math.exp2; operator.call; sys.exception;
        typing.LiteralString; typing.Never; typing.NotRequired; typing.Required; typing.Self; typing.TypeVarTuple;
        typing.Unpack; typing.assert_never; typing.assert_type; typing.clear_overloads; typing.dataclass_transform;
        typing.get_overloads; typing.reveal_type
        """,
    "3.12": """
        asyncio.create_eager_task_factory; asyncio.eager_task_factory; collections.abc.Buffer;
        inspect.markcoroutinefunction; itertools.batched; math.sumprod; sys.monitoring; typing.TypeAliasType;
        typing.override
        """,
    "3.13": """
        asyncio.QueueShutDown; copy.replace; typing.NoDefault; typing.ReadOnly; typing.TypeIs;
        typing.get_protocol_members; typing.is_protocol; warnings.deprecated
        """,
    "3.14": """
        the module annotationlib; the module compression; the module concurrent.interpreters;
        the module string.templatelib; asyncio.capture_call_graph; asyncio.future_add_to_awaited_by;
        asyncio.print_call_graph
        """,
}


def named_in(text, floor="3.8"):
    """What is named in a text, with its line in that text."""
    lines = tool.bring_in(f"from asyncio import TaskGroup\n{text}\n", floor).left
    return [f"{int(number) - 1}: {what}" for number, what in (line.split(": ", 1) for line in lines)]


@pytest.mark.parametrize("since", LIBRARY)
def test_what_the_library_has_since_a_version(since):
    """A module by any import of it, a name by its import or as an attribute of the module."""
    for each in map(str.strip, LIBRARY[since].split(";")):
        module, _, name = each.rpartition(".")
        expected = f"{each} needs Python {since}"
        if each.startswith("the module "):
            each = each[len("the module ") :]
            assert named_in(f"import {each}") == named_in(f"from {each} import some, other") == [f"1: {expected}"]
            assert named_in(f"import os, {each} as it") == [f"1: {expected}"]
        else:
            assert named_in(f"import {module}\n{each}") == [f"2: {expected}"]
            assert named_in(f"from {module} import {name} as it") == [f"1: {expected}"]


def test_what_the_floor_has_is_not_named():
    """Nor what is not the library's, nor what is in a guard."""
    text = "import zoneinfo\nfrom functools import cache\nfrom contextlib import aclosing"
    assert named_in(text, "3.9") == ["3: contextlib.aclosing needs Python 3.10"]
    assert named_in(text, "3.10") == []
    assert named_in("from .functools import cache\nfunctools.cache\nimport other as math\nmath.ulp") == []
    assert named_in("try:\n    import tomllib\nexcept ImportError:\n    import tomli as tomllib") == []
    assert named_in("import tomllib.some\nfrom tomllib.some import other") == []


def test_what_the_builtins_have_since_a_version():
    """At the first place of each."""
    text = "x = anext(y)\naiter(y), anext(y)\nexcept_ = EncodingWarning, PythonFinalizationError\ndef f(aiter): aiter"
    assert named_in(text) == [
        "1: anext needs Python 3.10",
        "2: aiter needs Python 3.10",
        "3: EncodingWarning needs Python 3.10",
        "3: PythonFinalizationError needs Python 3.13",
    ]


def test_methods_and_arguments_of_a_newer_python():
    """A method where it is called, an argument where it is given by its name."""
    text = """
        import asyncio, dataclasses
        from dataclasses import field
        x.removeprefix("a"), x.removesuffix("a"), x.add_note("a"), x.is_junction()
        x.removeprefix, len(x.removesuffix)
        zip(x, strict=True), map(f, x, strict=True), sorted(x, strict=True), zip(x, y)
        dataclasses.dataclass(slots=True), dataclasses.dataclass(kw_only=True), dataclasses.dataclass(frozen=True)
        dataclasses.dataclass(match_args=True, weakref_slot=True), field(kw_only=True), field(default=1)
        asyncio.create_task(x, context=y), asyncio.create_task(x, eager_start=True), asyncio.create_task(x, name="a")
        asyncio.run(x, loop_factory=y), asyncio.run(x, debug=True), x.run(loop_factory=y)
        """
    assert named_in(dedent(text)) == [
        "3: add_note() needs Python 3.11",
        "3: is_junction() needs Python 3.12",
        "3: removeprefix() needs Python 3.9",
        "3: removesuffix() needs Python 3.9",
        "5: map(strict=) needs Python 3.14",
        "5: zip(strict=) needs Python 3.10",
        "6: dataclasses.dataclass(kw_only=) needs Python 3.10",
        "6: dataclasses.dataclass(slots=) needs Python 3.10",
        "7: dataclasses.dataclass(match_args=) needs Python 3.10",
        "7: dataclasses.dataclass(weakref_slot=) needs Python 3.11",
        "7: field(kw_only=) needs Python 3.10",
        "8: asyncio.create_task(context=) needs Python 3.11",
        "8: asyncio.create_task(eager_start=) needs Python 3.14",
        "9: asyncio.run(loop_factory=) needs Python 3.12",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "dict[x]",
        "frozenset[x]",
        "list[x]",
        "set[x]",
        "tuple[x]",
        "type[x]",
        "asyncio.Task[x]",
        "asyncio.Future[x]",
        "asyncio.Queue[x]",
        "collections.Counter[x]",
        "collections.OrderedDict[x]",
        "collections.defaultdict[x]",
        "collections.deque[x]",
        "collections.abc.Iterator[x]",
        "contextlib.AbstractContextManager[x]",
        "queue.Queue[x]",
        "re.Pattern[x]",
        "typing.List[x]",
        "re_[x]",
        "x[x]",
    ],
)
def test_types_that_can_be_subscripted_since_3_9(text):
    """Where it is evaluated; annotations are not with the import from the future."""
    head = "import asyncio, collections, collections.abc, contextlib, queue, re, typing"
    said = [] if text.startswith(("typing.", "re_", "x")) else [f"{text[:-3]}[...] needs Python 3.9"]
    assert named_in(f"{head}\nX = {text}") == [f"2: {line}" for line in said]
    assert named_in(f"{head}\ndef f(x: {text}): pass") == [f"2: {line}" for line in said]
    result = tool.bring_in(
        f"from __future__ import annotations\nfrom asyncio import TaskGroup\n{head}\na: {text}\n{text}"
    )
    assert result.left == [f"5: {line}" for line in said]


@pytest.mark.parametrize(
    "text, named",
    [
        ("X = int | str", ["2: int | str"]),
        ("X = int | str | None", ["2: int | str", "2: int | str | None"]),
        ("X = Own | typing.List[int] | list[x]", ["2: Own | typing.List[int] | list[x]", "2: list[...]"]),
        ("X = Own | set[int]", ["2: Own | set[int]", "2: set[...]"]),
        *((f"X = Own | {name}", [f"2: Own | {name}"]) for name in ["bool", "bytes", "dict", "float", "int", "list"]),
        *((f"X = {name} | Own", [f"2: {name} | Own"]) for name in ["None", "object", "set", "str", "tuple", "type"]),
        ("X = Own | Other", []),
        ("X = Other | Own", []),
        ("X = Own & int", []),
        ("X = (Own & int) | int", []),
        ("X = Own.x | int", []),
        ("X = Own | unknown", []),
        ("def f(x: unknown | Other): x | int", ["2: unknown | Other"]),
        ("def f() -> unknown | None: pass", ["2: unknown | None"]),
        ("def f(int): int | str", []),
        ("def f():\n    global mask\n    mask | int", []),
    ],
)
def test_unions_since_3_10(text, named):
    """Of what is surely a type: a builtin one, a class of the file; in an annotation of whatever it is."""
    head = "import typing\nclass Own: pass\nclass Other: pass\nOther = 1\n"
    since = {True: "needs Python 3.9", False: "instead of typing.Union needs Python 3.10"}
    lines = [f"{each.replace('2:', '5:', 1)} {since[each.endswith('[...]')]}" for each in named]
    assert named_in(head + text) == lines


@pytest.mark.parametrize(
    "decorator, is_old",
    [
        ("a", True),
        ("a.b.c", True),
        ("a.b(c[0])", True),
        ("a[0]", False),
        ("a[0].b", False),
        ("a().b", False),
        ("a()()", False),
        ("(a)", False),
        ("(a.b)", False),
        ("(a()).b", False),
        ("(a())", False),
        ("lambda f: f", False),
    ],
)
def test_decorators_that_3_8_reads(decorator, is_old):
    """A dotted name, and one call of it."""
    expected = [] if is_old else ["1: this decorator needs Python 3.9"]
    assert named_in(f"@{decorator}\ndef f(): pass") == named_in(f"@{decorator}\nclass C: pass") == expected


def test_statements_of_a_newer_python():
    """Not those that look much the same."""
    text = "with (a), b: pass\nwith (a, b): pass\nwith (a as x, b): pass\nmatch x:\n    case 1: pass\nmatch = 1"
    assert named_in(text) == [
        "2: a with statement in parentheses needs Python 3.9",
        "3: a with statement in parentheses needs Python 3.9",
        "4: match needs Python 3.10",
    ]


@pytest.mark.skipif(not tool.READS_NEWEST, reason="the last libcst for 3.8 reads the syntax up to 3.12")
def test_except_without_parentheses_is_named():
    """With a star or without; a single type has never had any."""
    text = "try: pass\nexcept A, B: pass\nexcept (C, D): pass\nexcept E: pass\nexcept: pass\nclass C[T]: pass"
    assert named_in(text) == [
        "2: except without parentheses needs Python 3.14",
        "6: a type parameter list needs Python 3.12",
    ]
    text = "if sys.version_info >= (3, 14):\n    try: pass\n    except* A, B: pass"
    assert named_in(f"import sys\n{text}") == []


@pytest.mark.parametrize(
    "before, after",
    [
        # the import that there is, under the name that it has
        (
            "import asyncio\nfrom taskgroup_compat import TaskGroup as TG\n\nasyncio.TaskGroup(TG)\n",
            "from taskgroup_compat import TaskGroup as TG\n\nTG(TG)\n",
        ),
        # which is another thing there, or may be
        (
            "import asyncio\nfrom taskgroup_compat import TaskGroup as TG\n\ndef f(TG): asyncio.TaskGroup\n",
            "from taskgroup_compat import TaskGroup as TG, TaskGroup\n\ndef f(TG): TaskGroup\n",
        ),
        (
            "import asyncio\nfrom taskgroup_compat import TaskGroup as TG\n\nTG = None\nasyncio.TaskGroup()\n",
            "from taskgroup_compat import TaskGroup as TG, TaskGroup\n\nTG = None\nTaskGroup()\n",
        ),
        (
            "import asyncio\n\nx = asyncio.TaskGroup\nfrom taskgroup_compat import TaskGroup as TG\n",
            "from taskgroup_compat import TaskGroup\n\nx = TaskGroup\nfrom taskgroup_compat import TaskGroup as TG\n",
        ),
        (
            "import asyncio\n\ndef f():\n    from taskgroup_compat import TaskGroup as TG\n    asyncio.TaskGroup()\n",
            "from taskgroup_compat import TaskGroup\n\n"
            "def f():\n    from taskgroup_compat import TaskGroup as TG\n    TaskGroup()\n",
        ),
        # a name that something else in the file has
        (
            "import asyncio\n\ndef f(TaskGroup):\n    return asyncio.TaskGroup, asyncio.timeout\n",
            "import taskgroup_compat\nfrom taskgroup_compat import timeout\n\n"
            "def f(TaskGroup):\n    return taskgroup_compat.TaskGroup, timeout\n",
        ),
        (
            "import asyncio\nimport taskgroup_compat\n\ndef f(TaskGroup):\n    return asyncio.TaskGroup\n",
            "import taskgroup_compat\n\ndef f(TaskGroup):\n    return taskgroup_compat.TaskGroup\n",
        ),
        (
            "import asyncio\nimport taskgroup_compat as tc\n\ndef f(TaskGroup):\n    return asyncio.TaskGroup, tc\n",
            "import taskgroup_compat as tc\nimport taskgroup_compat\n\n"
            "def f(TaskGroup):\n    return taskgroup_compat.TaskGroup, tc\n",
        ),
        # a name that may come with a star
        (
            "import asyncio\nfrom library import *\n\nprint(asyncio.TaskGroup, TaskGroup, asyncio.timeout)\n",
            "from library import *\nimport taskgroup_compat\nfrom taskgroup_compat import timeout\n\n"
            "print(taskgroup_compat.TaskGroup, TaskGroup, timeout)\n",
        ),
        # imports that are extended, in their order or at the end
        (
            "import asyncio\nfrom taskgroup_compat import catch\n\nprint(asyncio.timeout, asyncio.TaskGroup)\n",
            "from taskgroup_compat import TaskGroup, catch, timeout\n\nprint(timeout, TaskGroup)\n",
        ),
        (
            "import asyncio\nfrom taskgroup_compat import uncancel, catch\n\nasyncio.timeout, asyncio.Timeout\n",
            "from taskgroup_compat import uncancel, catch, Timeout, timeout\n\ntimeout, Timeout\n",
        ),
        # and those that are not
        *(
            (
                f"import asyncio\n{line}\n\nprint(asyncio.TaskGroup)\n",
                f"{line}\nfrom taskgroup_compat import TaskGroup\n\nprint(TaskGroup)\n",
            )
            for line in [
                "from taskgroup_compat import catch; import os",
                "from taskgroup_compat import (catch)",
                "from taskgroup_compat import *",
                "from .taskgroup_compat import catch",
                "from library import catch",
                "if 1:\n    from taskgroup_compat import catch\nimport os",
            ]
        ),
    ],
)
def test_what_the_import_of_a_name_is(before, after):
    """What is there is used; what is missing is added after the imports that the file begins with."""
    check(before, after)


@pytest.mark.parametrize(
    "head, rest",
    [
        ("'A docstring.'\n", "USE\n"),
        ("'A ' 'docstring.'\n", "'no docstring'\nimport os\nUSE\n"),
        ("import os\nimport sys\n", "'no docstring'\nUSE\n"),
        ("", "f'{no} docstring'\nUSE\n"),
        ("", "x = 1\nimport sys\nUSE\n"),
        ("import os; import sys\n", "x = 1; import io\nimport sys\nUSE\n"),
        ("if os:\n    import sys\nelif io:\n    pass\nelse: import abc\n", "USE\n"),
        ("try:\n    import sys\nexcept ImportError: pass\nelse:\n    from os import *\n", "USE\n"),
        ("pass\n", "USE\n"),
        ("", "if os:\n    import sys\nelse:\n    x = 1\nimport os\nUSE\n"),
        ("", "try:\n    import sys\nexcept ImportError:\n    x = 1\nimport os\nUSE\n"),
        ("", "with x:\n    import sys\nimport os\nUSE\n"),
        ("", "if x:\n    for y in x: import sys\nimport os\nUSE\n"),
        ("import os\n", "if sys: import sys\nUSE\n"),
    ],
)
def test_where_an_import_is_added(head, rest):
    """After those at the top, with a blank line below it unless there is something."""
    after = f"from taskgroup_compat import TaskGroup\n\n{rest.replace('USE', 'TaskGroup()')}"
    rest = rest.replace("USE", "asyncio.TaskGroup()")
    check(f"{head}import asyncio\n{rest}", head + after)
    check(f"{head}import asyncio\n# why\n{rest}", head + after.replace("\n\n", "\n# why\n", 1))


def test_lines_below_an_added_import():
    """What is named has the line that it has in the file as it was."""
    result = tool.bring_in("import asyncio\nwith (a, b):\n    asyncio.TaskGroup | list[int]\nimport os\n")
    assert result.text == (
        "from taskgroup_compat import TaskGroup\n\nwith (a, b):\n    TaskGroup | list[int]\nimport os\n"
    )
    assert result.left == [
        "2: a with statement in parentheses needs Python 3.9",
        "3: list[...] needs Python 3.9",
    ]
