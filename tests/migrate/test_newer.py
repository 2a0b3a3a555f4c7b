"""The way in: what needs a newer Python than the floor is named."""

import pytest

from . import tool
from .tool import dedent

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
    lines = tool.bring_in(f"from asyncio import TaskGroup\n{text}\n", floor, report_newer=True).newer
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
        f"from __future__ import annotations\nfrom asyncio import TaskGroup\n{head}\na: {text}\n{text}",
        report_newer=True,
    )
    assert result.newer == [f"5: {line}" for line in said]


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


def test_the_types_of_a_converted_clause_keep_their_lines():
    """Each entry of the mapping stands in a line of its own here."""
    types = ["asyncio.QueueShutDown", "ConnectionResetError", "asyncio.BrokenBarrierError"]
    clauses = "".join(f"except* {each}:\n    print({each!r})\n" for each in types)
    assert named_in(f"import asyncio\n\ntry:\n    step()\n{clauses}") == [
        "5: asyncio.QueueShutDown needs Python 3.13",
        "9: asyncio.BrokenBarrierError needs Python 3.11",
    ]


LAZY = "lazy import json.decoder, taskgroup_compat as tc\nlazy from x import catch, TaskGroup as Group\n"


@pytest.mark.skipif(not hasattr(tool.libcst, "LazyImport"), reason="an older libcst")
def test_a_lazy_import_is_named_and_its_names_are_taken():
    assert named_in(LAZY) == ["1: a lazy import needs Python 3.15", "2: a lazy import needs Python 3.15"]
    text = f"{LAZY}import asyncio\n\nasyncio.TaskGroup()\ntry:\n    Group()\nexcept* OSError:\n    print(json)\n"
    converted = tool.bring_in(text).text
    assert "with taskgroup_compat.catch(" in converted and "\nTaskGroup()" in converted
    result = tool.take_out(f"{LAZY}lazy from taskgroup_compat import timeout\ntc.timeout\n", "3.15")
    assert "tc.timeout" in result.text
    assert [line[:27] for line in result.left] == ["1: a lazy import stays, and", "3: a lazy import stays, and"]
