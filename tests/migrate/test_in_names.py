"""The way in: the names of asyncio and of the builtins, and what else needs a newer Python."""

import pytest

from . import tool
from .tool import dedent


def set_off(text):
    """A text below imports: functions and classes have two blank lines above them, other statements one."""
    return f"\n\n{text}" if text.startswith(("def ", "class ", "@", "async def ")) else f"\n{text}"


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

        from taskgroup_compat import TaskGroup, Timeout
        from taskgroup_compat import timeout as limit


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
        "from taskgroup_compat import TaskGroup, catch, uncancel\n\n\n"
        "def _handle_os_error(_group): print(TaskGroup, uncancel)\n\n\nwith catch({OSError: _handle_os_error}): pass\n",
    )


def test_the_name_catch_may_be_taken():
    """By something else in the file."""
    check(
        "import re\n\n\ndef catch(f):\n    try:\n        f()\n    except* OSError:\n        pass\n",
        "import re\n\nimport taskgroup_compat\n\n\ndef catch(f):\n    def handle_os_error(_group):\n        pass\n\n"
        "    with taskgroup_compat.catch({OSError: handle_os_error}):\n        f()\n".replace(
            "import re\n", "import re\n"
        ),
    )


METHODS = """
import asyncio
import {0}
from {0} import TaskGroup{1}


async def main({2}):
    {3}
"""


@pytest.mark.parametrize(
    "parameters, code",
    [
        ("", "x = (<asyncio.current_task()>)"),
        ("", "<asyncio.create_task(work())>"),
        ("", "<asyncio.Task(work())>"),
        ("", "<asyncio.tasks.current_task()>; <asyncio.tasks.create_task(work())>; <asyncio.tasks.Task(work())>"),
        ("", "task = asyncio.current_task(); <task>"),
        ("", "task: asyncio.Task = make(); <task>"),
        ("", "task: asyncio.Future = asyncio.create_task(work()); <task>"),
        ("", "task: asyncio.Task\n    <task>"),
        ("", "first = task = (other := asyncio.current_task()); <first>; <task>; <other>"),
        ("", "if x: task = asyncio.current_task()\n    else: task = asyncio.create_task(work())\n    <task>"),
        ("", "for task in asyncio.all_tasks(): <task>"),
        ("", "print([<task> for task in asyncio.all_tasks() if <task> for x in <task>])"),
        ("task: asyncio.Task", "<task>"),
        ("task: 'asyncio.Task[int]'", "<task>"),
        ("task: 'asyncio.Task'", "<task>"),
        ("*, task: 'asyncio.Task[int]'", "<task>"),
        ("", "async with TaskGroup() as tg: <tg.create_task(work())>"),
        ("", "async with x, TaskGroup() as tg:\n        task = tg.create_task(work()); <task>"),
        ("tg: TaskGroup", "def inner(): <tg.create_task(work())>"),
    ],
)
def test_methods_of_what_is_surely_a_task(parameters, code):
    """By what is assigned to it, by its annotation."""
    for method in ("cancelling", "uncancel"):
        before = code.replace(">", f".{method}()").replace("<", "")
        after = code.replace("<", f"{method}(").replace(">", ")")
        check(
            METHODS.format("asyncio", "", parameters, before).replace(
                "import asyncio\nimport asyncio", "import asyncio"
            ),
            METHODS.format("taskgroup_compat", f", {method}", parameters, after).replace(
                "import taskgroup_compat\n", "\n"
            ),
        )
        assert tool.bring_in(METHODS.format("asyncio", "", parameters, before)).counts[f"{method}()"] == code.count("<")


TASK_IN_CLASS = """
import asyncio
import typing
from typing import cast

from taskgroup_compat import cancelling


class Job:
    first: asyncio.Task
    both: "asyncio.Task[None]"
    other: asyncio.Task
    perhaps: typing.Optional[asyncio.Task]
    name = 1

    def __init__(self, other):
        self.second: asyncio.Task[None] = other
        self.both: asyncio.Task = other
        self.other: asyncio.Future = other
        other.third: asyncio.Task = other

    def run(this):
        print({})

    @staticmethod
    def start(this):
        print(this.first.cancelling())


class Other(Job):
    def run(self, this):
        print(self.first.cancelling(), this.first.cancelling())
        self = this
        print(self.second.cancelling())
"""


def test_an_attribute_that_the_class_declares_as_a_task():
    """In its own methods, by the name of their first parameter; a cast says what its value is."""
    before = [f"{each}.cancelling()" for each in ("this.first", "this.second", "this.both", "cast(asyncio.Task, 1)")]
    after = [f"cancelling({each.rpartition('.')[0]})" for each in before]
    stay = [f"this.{each}.cancelling()" for each in ("other", "perhaps", "third", "name")]
    stay += ["run.first.cancelling()", "cast('x', 1).cancelling()", "cast().cancelling()"]
    result = tool.bring_in(TASK_IN_CLASS.format(", ".join(before + stay)))
    assert result.text == TASK_IN_CLASS.format(", ".join(after + stay))
    assert len(result.left) == len(stay) + 4


def test_the_receiver_stands_in_the_call():
    """Without the parentheses that it had."""
    check(
        "import asyncio\nprint(((task := asyncio.current_task()).cancelling( )), (task).uncancel(), asyncio)\n",
        "import asyncio\n\nfrom taskgroup_compat import cancelling, uncancel\n\n"
        "print((cancelling( task := asyncio.current_task())), uncancel(task), asyncio)\n",
    )
    text = "import taskgroup_compat\nprint(taskgroup_compat.uncancel(x))\nprint(taskgroup_compat.cancelling)\n"
    check(text, text)


@pytest.mark.parametrize(
    "parameters, code, receiver",
    [
        ("task", "<task>", "task"),
        ("*task", "<task>", "task"),
        ("task: asyncio.Future", "<task>", "task"),
        ("task: asyncio.Task | None", "<task>", "task"),
        ("task: 'a b'", "<task>", "task"),
        ("task: b'asyncio.Task'", "<task>", "task"),
        ("self", "<self.task>", "self.task"),
        ("make", "<make()>", "make()"),
        ("make", "<(x := make())>", "(x := make())"),
        ("make", "x: asyncio.Future = make(); <x>", "x"),
        ("make", "x = make(); <x>", "x"),
        ("make", "x: asyncio.Future; <x>", "x"),
        ("make", "x = asyncio.current_task(); x = make(); <x>", "x"),
        ("make", "for x in make(): <x>", "x"),
        ("make", "for x in asyncio.all_tasks: <x>", "x"),
        ("make", "for x, y in asyncio.all_tasks(): <x>", "x"),
        ("", "x, y = asyncio.current_task(); <x>", "x"),
        ("", "import task\n    <task>", "task"),
        ("", "global task; <task>", "task"),
        ("", "<task>", "task"),
        ("", "asyncio.current_task().x = 1; <x>", "x"),
        ("tg", "<tg.create_task(work())>", "tg.create_task(work())"),
        ("tg: asyncio.Runner", "<tg.create_task(work())>", "tg.create_task(work())"),
        ("tg: TaskGroup", "<tg.make(work())>", "tg.make(work())"),
        ("tg: TaskGroup", "<tg.x.create_task(work())>", "tg.x.create_task(work())"),
        ("", "with TaskGroup as tg: <tg.create_task(work())>", "tg.create_task(work())"),
        ("", "with make() as tg: <tg.create_task(work())>", "tg.create_task(work())"),
        ("", "tg = TaskGroup(); <tg.create_task(work())>", "tg.create_task(work())"),
        ("", "with TaskGroup() as tg: tg = 1; <tg.create_task(work())>", "tg.create_task(work())"),
        ("", "with TaskGroup() as (tg, x): <tg.create_task(work())>", "tg.create_task(work())"),
        ("", "global tg; <tg.create_task(work())>", "tg.create_task(work())"),
        ("", "<tg.create_task(work())>", "tg.create_task(work())"),
        (
            "",
            "try: pass\n    except TaskGroup() as tg: <tg.create_task(work())>",
            "tg.create_task(work())",
        ),
    ],
)
def test_methods_of_what_may_be_something_else_stay(parameters, code, receiver):
    """A timeout's scope or a mock has such methods too."""
    text = METHODS.format("x", "", parameters, code.replace("<", "").replace(">", ".uncancel()"))
    text = text.replace("from x", "from taskgroup_compat")
    (left,) = [line.partition(": ")[2] for line in tool.bring_in(text).left if "uncancel" in line]
    assert left == f"{receiver}.uncancel() stays: {receiver} is not surely a task"
    assert tool.bring_in(text).text == text


@pytest.mark.parametrize("code", ["f = task.cancelling", "print(task.cancelling)", "task.cancelling(1)"])
def test_a_method_that_is_not_called_as_it_should_be_stays(code):
    """Whoever has it may call it in any way."""
    text = f"import asyncio\ntask = asyncio.current_task()\n{code}\n"
    check(text, text, ["task.cancelling stays: it is not called without arguments"])


ELSEWHERE = [
    ("asyncio.taskgroups", "TaskGroup"),
    ("asyncio.timeouts", "Timeout"),
    ("asyncio.timeouts", "timeout"),
    ("asyncio.timeouts", "timeout_at"),
    ("asyncio", "TaskGroup"),
    ("asyncio", "Timeout"),
    ("asyncio", "timeout"),
    ("asyncio", "timeout_at"),
    ("builtins", "ExceptionGroup"),
    ("builtins", "BaseExceptionGroup"),
]


@pytest.mark.parametrize("module, name", ELSEWHERE)
def test_every_name_from_every_place(module, name):
    """Imported by itself, with another name, with its module."""
    check(f"from {module} import {name}\n{name}\n", f"from taskgroup_compat import {name}\n\n{name}\n")
    check(f"from {module} import ({name} as x)\nx\n", f"from taskgroup_compat import {name} as x\n\nx\n")
    check(
        f"import {module}\nprint(({module}.{name}), {module})\n",
        f"import {module}\n\nfrom taskgroup_compat import {name}\n\nprint(({name}), {module})\n",
    )
    for text in (f"from .{module} import {name}\n", f"from . import {name}\n", f"from library import {name}\n"):
        check(text, text)


def test_two_names_of_one_import():
    """They stay together; what is used nowhere stays as well, as others may import it from here."""
    check(
        "from asyncio import (\n    TaskGroup,\n    sleep,\n    timeout as limit,  # seconds\n)\n",
        "from asyncio import (\n    sleep,  # seconds\n)\n\nfrom taskgroup_compat import TaskGroup, timeout as limit\n",
    )
    result = tool.bring_in("from asyncio import TaskGroup, timeout\nraise ExceptionGroup(BaseExceptionGroup)\n")
    assert result.counts == {"TaskGroup": 1, "timeout": 1, "ExceptionGroup": 1, "BaseExceptionGroup": 1}


@pytest.mark.parametrize(
    "text",
    [
        "import asyncio as asyncio\nprint(asyncio.TaskGroup)\n",
        "from asyncio import timeouts as timeouts\nprint(timeouts.Timeout)\n",
        "import asyncio.timeouts as timeouts\nprint(timeouts.Timeout)\n",
        "import asyncio\n__all__ = ['asyncio', b'x']\n__all__ += [y]\nprint(asyncio.TaskGroup)\n",
        "import asyncio\nx: 'asyncio.Future'\nprint(asyncio.TaskGroup)\n",
        "import asyncio\nx = None  # type: asyncio.Future\nprint(asyncio.TaskGroup)\n",
        "import asyncio\nx = None\t#type:dict[str, asyncio.Future]\nprint(asyncio.TaskGroup)\n",
        "import asyncio\nprint(asyncio.TaskGroup, asyncio.sleep)\n",
        "import asyncio\nimport asyncio\nprint(asyncio.TaskGroup, asyncio)\n",
        "def f():\n    import asyncio\n    return asyncio.TaskGroup\n",
        "import asyncio\nraise ExceptionGroup\n",
    ],
)
def test_an_import_that_something_may_use_stays(text):
    """Another module, a type checker, the rest of the file; and one that nothing has used before."""
    result = tool.bring_in(text)
    assert "import" in result.text and [line for line in text.split("\n") if "import" in line] == [
        line for line in result.text.split("\n") if "import" in line and "taskgroup_compat" not in line
    ]


@pytest.mark.parametrize(
    "text",
    [
        "import asyncio\nif x in __all__:\n    print('asyncio2')\nprint(asyncio.TaskGroup)\n",
        "import asyncio\nx = ['asyncios']  # asyncio, of any type: asyncio\nprint(asyncio.TaskGroup)\n",
        "import asyncio as tasks\nprint(tasks.TaskGroup)\n",
        "import asyncio.timeouts as asyncio\nprint(asyncio.Timeout)\n",
        "import asyncio\nimport asyncio\nprint(asyncio.TaskGroup)\n",
        "if x:\n    import asyncio\nprint(asyncio.TaskGroup)\n",
    ],
)
def test_an_import_that_nothing_can_use_goes(text):
    """Other words and other comments are no use; a block that is left without a statement gets one."""
    result = tool.bring_in(text)
    assert "import asyncio" not in result.text and "taskgroup_compat" in result.text
    assert ("if x:\n    pass\n" in result.text) is text.startswith("if x")


def test_an_import_that_another_module_needs_stays():
    """As the run over all files has found."""
    text = "import asyncio\nprint(asyncio.TaskGroup)\n"
    assert tool.run(text, "in", "3.8", imported_from=["asyncio"]).text.startswith("import asyncio\n\nfrom ")
    assert tool.run(text, "in", "3.8", imported_from=["other"]).text.startswith("from ")


@pytest.mark.parametrize(
    "text",
    [
        "import sys\nif sys.version_info >= (3, 11):\n    from asyncio import TaskGroup\n"
        "else:\n    from taskgroup_compat import TaskGroup\n",
        "import sys\nif sys.version_info < (3, 11):\n    pass\nelif x:\n    print(ExceptionGroup)\n",
        *(
            f"try:\n    from asyncio import TaskGroup\nexcept {error}:\n    from taskgroup_compat import TaskGroup\n"
            for error in ("ImportError", "ModuleNotFoundError", "(OSError, AttributeError)", "NameError")
        ),
        *(
            f"import asyncio\nif hasattr(asyncio, '{name}'):\n    Group = asyncio.TaskGroup\nelse:\n    Group = None\n"
            for name in ("TaskGroup", "timeout", "ExceptionGroup", "cancelling", "uncancel")
        ),
        "import asyncio\ntask = asyncio.current_task()\nif hasattr(task, 'uncancel'):\n    task.uncancel()\n",
        "try:\n    ExceptionGroup\nexcept OSError:\n    pass\nexcept NameError:\n    from x import ExceptionGroup\n",
    ],
)
def test_what_is_guarded_already_stays(text):
    """It runs on both sides."""
    check(text, text)


@pytest.mark.parametrize(
    "text",
    [
        "import asyncio\nif hasattr(x, 'y'):\n    print(asyncio.TaskGroup)\n",
        "import asyncio\nif x(asyncio, 'TaskGroup'):\n    print(asyncio.TaskGroup)\n",
        "import asyncio\nwhile hasattr(x, 'TaskGroup'):\n    print(asyncio.TaskGroup)\n",
        "import asyncio\ntry:\n    print(asyncio.TaskGroup)\nexcept OSError:\n    pass\n",
        "import asyncio\ntry:\n    print(asyncio.TaskGroup)\nexcept:\n    pass\n",
        "import asyncio\ntry:\n    for x in y:\n        print(asyncio.TaskGroup)\nexcept AttributeError:\n    pass\n",
    ],
)
def test_another_condition_is_no_guard(text):
    """The code runs on every version."""
    result = tool.bring_in(text)
    assert result.left == [] and result.counts == {"TaskGroup": 1}


def test_what_is_ambiguous_is_said():
    """A name that is bound twice, an attribute that is assigned."""
    text = "from asyncio import TaskGroup\nTaskGroup = print\n"
    check(text, text, ["TaskGroup stays: it is bound at several places"])
    text = "from asyncio import TaskGroup\nif x:\n    from .own import TaskGroup\n"
    check(text, text, ["TaskGroup stays: it is bound at several places"])
    check(
        "from asyncio import TaskGroup\nif x:\n    from asyncio import TaskGroup\n",
        "from taskgroup_compat import TaskGroup\n\nif x:\n    from taskgroup_compat import TaskGroup\n",
    )
    text = "import asyncio\nasyncio.TaskGroup = print\n"
    check(text, text, ["asyncio.TaskGroup stays: it is assigned"])
    text = "from library import *\nraise ExceptionGroup\n"
    check(text, text, ["ExceptionGroup stays: an import of * may bind it"])


USES = [
    "x = {}",
    "x, y[{}], z.a = 1, 2, 3",
    "x: {}",
    "x: int = {}",
    "x += {}",
    "{}.x += 1",
    "x[{}] += 1",
    "del x, y[{}]",
    "print(x, *{}, y={})",
    "(x := {})",
    "for x in {}: pass",
    "for x[{}] in y: pass\nelse: pass",
    "with x, {} as y: pass",
    "with x as y[{}]: pass",
    "try: pass\nexcept {}: pass",
    "@{}\ndef f(): pass",
    "@{}\nclass A: pass",
    "def f(x, /, y={}, *, z={}): pass",
    "def f(x: {}, /, y: {}, *z: {}, a: {}, **b: {}) -> {}: pass",
    "lambda x={}: {}",
    "class A({}, metaclass={}): pass",
    "[{} for x in y]",
    "{{x for x in {}}}",
    "(x for x in y if {} if {})",
    "{{x: {} for x in y}}",
    "{{{}: x for x in y}}",
    "[x for x in y for z in {}]",
    "[x for y[{}] in z]",
    "f'{{{}!r:{{{}}}}}'",
    "x if {} else y",
    "raise x from {}",
    "match {}:\n    case x if {}: pass",
    "match x:\n    case {}(): pass\n    case [*_]: pass\n    case {{1: _}}: pass\n    case _: pass",
    "match x:\n    case [{}.a, {{{}.a: {}.b}} as z]: pass",
    "match x:\n    case {}(y={}()) | {}(): pass",
    "type X = {}",
    "type X[T: {}] = {}",
    "def f[T: {}, *S, **P](x: {}) -> {}: pass",
    "class A[T: {}]({}): pass",
]


@pytest.mark.parametrize("statement", USES)
def test_a_name_is_seen_wherever_it_stands(statement):
    """It becomes the package's, and nothing needs the import any more."""
    body = statement.replace("{}", "asyncio.TaskGroup").replace("{{", "{").replace("}}", "}")
    result = tool.bring_in(f"import asyncio\n\n{body}\n")
    assert result.text == f"from taskgroup_compat import TaskGroup\n{set_off(body.replace('asyncio.', ''))}\n"
    assert result.counts == {"TaskGroup": statement.count("{}")}


BINDINGS = [
    "{} = 1",
    "x, (y, *{}), z = 1",
    "[x, {}] = y = 1",
    "{}: type",
    "{}: type = 1",
    "{} += 1",
    "del {}",
    "({} := 1)",
    "[({} := x) for x in y if x]",
    "[[{{z: ({} := x) for x in y}}] for z in a]",
    "for {} in x: pass",
    "for x, {} in y: pass",
    "with x as {}: pass",
    "with x as (y, {}): pass",
    "try: pass\nexcept OSError as {}: pass",
    "import {}",
    "import {}.x",
    "import x.y as {}",
    "from x import y as {}",
    "from x import {}",
    "def {}(): pass",
    "class {}: pass",
    "def f():\n    global {}\n    {} = 1",
    "match x:\n    case {}: pass",
    "match x:\n    case [y, *{}]: pass",
    "match x:\n    case {{**{}}}: pass",
    "match x:\n    case [int() as {}]: pass",
    "type {} = int",
]


@pytest.mark.parametrize("statement", BINDINGS)
def test_what_binds_a_name_makes_it_no_builtin(statement):
    """So it stays."""
    body = statement.replace("{}", "ExceptionGroup").replace("{{", "{").replace("}}", "}")
    text = f"{body}\nraise ExceptionGroup\n"
    assert tool.bring_in(text).text == text


# Each with the builtin one as ?, and another one of the name as !.
SCOPES = {
    "a parameter": "def f(!, x=?): return !",
    "every kind of parameter": "def f(!, /): !\ndef g(*, !): !\ndef h(*!): !\ndef i(**!): !\n?",
    "a parameter of a lambda": "lambda !, x=?: !\n?",
    "a function's variable": "def f():\n    ! = 1\n    def g():\n        return !\n    return !\n?",
    "a function's variable, declared in another": (
        "def f():\n    ! = 1\n    def g():\n        nonlocal !\n        def h(): return !\n        ! = 2\n?"
    ),
    "a class's name": "class A:\n    ! = 1\n    x = !\n    def f(self, x=!): return ?\n    y = [? for x in !]",
    "a function in a class": "def f(!):\n    class A:\n        def f(self): return !\n?",
    "a comprehension": "[! for x in ? for ! in x if !]\n{! for ! in ?}\n(! for ! in ?)\n{!: ! for ! in ?}\n?",
    "a comprehension's second loop": "[y for ! in ? for y in !]\n?",
    "a keyword and an attribute": "x.! = f(!=?).!\nlambda !: 1\n?",
    "a type parameter": "def f[!](x: !, y=?) -> !: return !\nclass A[!](x[!]): y = !\ntype X[!] = !\n?",
}


@pytest.mark.parametrize("shape", SCOPES)
def test_whose_name_it_is(shape):
    """Only the builtin one becomes the package's, through its module, as the name is another's in the file too."""
    body = SCOPES[shape].replace("!", "ExceptionGroup")
    before, after = body.replace("?", "ExceptionGroup"), body.replace("?", "taskgroup_compat.ExceptionGroup")
    assert tool.bring_in(f"{before}\n").text == f"import taskgroup_compat\n{set_off(after)}\n"


@pytest.mark.parametrize(
    "before, after",
    [
        # what was first goes with the blank lines after it
        (
            "import asyncio\n\nfrom taskgroup_compat import timeout\n\nprint(asyncio.TaskGroup, timeout)\n",
            "from taskgroup_compat import TaskGroup, timeout\n\nprint(TaskGroup, timeout)\n",
        ),
        # what was in between leaves the blank lines above it
        (
            "import os\n\nimport asyncio\nimport re\n\nprint(asyncio.TaskGroup, os, re)\n",
            "import os\n\nimport re\n\nfrom taskgroup_compat import TaskGroup\n\nprint(TaskGroup, os, re)\n",
        ),
        # but not twice
        (
            "import os\n\nimport asyncio\n\n\nimport re\n\nprint(asyncio.TaskGroup, os, re)\n",
            "import os\n\n\nimport re\n\nfrom taskgroup_compat import TaskGroup\n\nprint(TaskGroup, os, re)\n",
        ),
        # a comment stays
        (
            "import os\n\n# of the library\nimport asyncio\n\nimport re\n\nprint(asyncio.TaskGroup, os, re)\n",
            "import os\n\n# of the library\n\nimport re\n\nfrom taskgroup_compat import TaskGroup\n\n"
            "print(TaskGroup, os, re)\n",
        ),
        # also below the last statement
        (
            "def f():\n    return asyncio.TaskGroup()\n\n# slow\nimport asyncio\n# end\n",
            "from taskgroup_compat import TaskGroup\n\n\ndef f():\n    return TaskGroup()\n\n# slow\n# end\n",
        ),
        # one of several on a line
        (
            "import os, asyncio; import re\nimport asyncio as a, sys\n\n"
            "print(asyncio.TaskGroup, a.timeout, os, re, sys)\n",
            "import os; import re\nimport sys\n\nfrom taskgroup_compat import TaskGroup, timeout\n\n"
            "print(TaskGroup, timeout, os, re, sys)\n",
        ),
        ("import asyncio; x = asyncio.TaskGroup\n", "x = TaskGroup\n\nfrom taskgroup_compat import TaskGroup\n"),
    ],
)
def test_an_import_that_nothing_uses_any_more_goes(before, after):
    """With the lines that belong to it."""
    check(before, after)


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
    left = tool.bring_in(NEWER, report_newer=True).newer
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
    assert len(tool.bring_in(NEWER, "3.9", report_newer=True).newer) == 9
    assert len(tool.bring_in(NEWER, "3.10", report_newer=True).newer) == 4
    late = tool.bring_in("from __future__ import annotations\n" + NEWER, report_newer=True).newer
    assert not any(line.startswith("9:") for line in late)


def test_newer_code_is_named_whatever_else_the_file_has():
    """In a file whose statements stay, and in one with nothing to convert; only where it is asked for."""
    text = "def f():\n    try: pass\n    except* kinds(): pass\nzip(x, strict=True)\n"
    assert tool.bring_in(text, report_newer=True).newer == ["4: zip(strict=) needs Python 3.10"]
    assert len(tool.bring_in(NEWER.replace("from asyncio import TaskGroup\n", ""), report_newer=True).newer) == 12
    assert (tool.bring_in(NEWER).newer, tool.bring_in(NEWER).left) == ([], [])


@pytest.mark.skipif(not tool.READS_NEWEST, reason="the last libcst for 3.8 reads the syntax up to 3.12")
def test_newest_syntax_is_named():
    """As far as the parser reads it."""
    text = "from asyncio import TaskGroup\ntype X = int\ndef f[T](x: T): pass\nt't'\n"
    left = tool.bring_in(text, report_newer=True).newer
    assert [line.partition(" needs ")[0] for line in left] == [
        "2: a type statement",
        "3: a type parameter list",
        "4: a template string",
    ]


@pytest.mark.skipif(not tool.READS_NEWEST, reason="the last libcst for 3.8 reads the syntax up to 3.12")
def test_the_default_of_a_type_parameter_is_a_use():
    """So that its import stays."""
    text = "import asyncio\n\n\ndef f[T = asyncio.Task](x: T):\n    return asyncio.TaskGroup()\n"
    assert tool.bring_in(text).text.startswith("import asyncio\n\nfrom taskgroup_compat import TaskGroup\n")


def test_a_subclass_is_named():
    """It may use or override what is private to asyncio's class, and is silently wrong then."""
    text = "from asyncio import TaskGroup\n\n\nclass Group(TaskGroup):\n    def _abort(self):\n        pass\n"
    result = tool.bring_in(text)
    assert result.notes == ["4: note: Group inherits from TaskGroup: its private attributes are others"]
    assert result.text == text.replace("asyncio", "taskgroup_compat")
    assert tool.bring_in("class TaskGroup: pass\nclass Group(TaskGroup): pass\n").notes == []
    result = tool.bring_in("import asyncio\nclass Limit(A, asyncio.Timeout): pass\n")
    assert result.notes == ["2: note: Limit inherits from Timeout: its private attributes are others"]


@pytest.mark.parametrize(
    "before, after",
    [
        # the import that there is, under the name that it has
        (
            "import asyncio\n\nfrom taskgroup_compat import TaskGroup as TG\n\nasyncio.TaskGroup(TG)\n",
            "from taskgroup_compat import TaskGroup as TG\n\nTG(TG)\n",
        ),
        # which is another thing there, or may be
        (
            "import asyncio\n\nfrom taskgroup_compat import TaskGroup as TG\n\ndef f(TG): asyncio.TaskGroup\n",
            "from taskgroup_compat import TaskGroup as TG\nfrom taskgroup_compat import TaskGroup\n"
            "\n\ndef f(TG): TaskGroup\n",
        ),
        (
            "import asyncio\n\nfrom taskgroup_compat import TaskGroup as TG\n\nTG = None\nasyncio.TaskGroup()\n",
            "from taskgroup_compat import TaskGroup as TG\nfrom taskgroup_compat import TaskGroup\n"
            "\nTG = None\nTaskGroup()\n",
        ),
        (
            "import asyncio\n\nx = asyncio.TaskGroup\nfrom taskgroup_compat import TaskGroup as TG\n",
            "from taskgroup_compat import TaskGroup\n\nx = TaskGroup\nfrom taskgroup_compat import TaskGroup as TG\n",
        ),
        (
            "import asyncio\n\ndef f():\n    from taskgroup_compat import TaskGroup as TG\n    asyncio.TaskGroup()\n",
            "from taskgroup_compat import TaskGroup\n\n\n"
            "def f():\n    from taskgroup_compat import TaskGroup as TG\n    TaskGroup()\n",
        ),
        # a name that something else in the file has
        (
            "import asyncio\n\ndef f(TaskGroup):\n    return asyncio.TaskGroup, asyncio.timeout\n",
            "import taskgroup_compat\nfrom taskgroup_compat import timeout\n\n\n"
            "def f(TaskGroup):\n    return taskgroup_compat.TaskGroup, timeout\n",
        ),
        (
            "import asyncio\n\nimport taskgroup_compat\n\ndef f(TaskGroup):\n    return asyncio.TaskGroup\n",
            "import taskgroup_compat\n\ndef f(TaskGroup):\n    return taskgroup_compat.TaskGroup\n",
        ),
        (
            "import asyncio\n\nimport taskgroup_compat as tc\n\ndef f(TaskGroup):\n    return asyncio.TaskGroup, tc\n",
            "import taskgroup_compat as tc\nimport taskgroup_compat\n\n\n"
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
            "import asyncio\n\nfrom taskgroup_compat import catch\n\nprint(asyncio.timeout, asyncio.TaskGroup)\n",
            "from taskgroup_compat import TaskGroup, catch, timeout\n\nprint(timeout, TaskGroup)\n",
        ),
        (
            "import asyncio\n\nfrom taskgroup_compat import uncancel, catch\n\nasyncio.timeout, asyncio.Timeout\n",
            "from taskgroup_compat import uncancel, catch, Timeout, timeout\n\ntimeout, Timeout\n",
        ),
        # and those that are not
        *(
            (
                f"import asyncio\n{line}\n\nprint(asyncio.TaskGroup)\n",
                f"{imports}\n\nprint(TaskGroup)\n",
            )
            for line, imports in [
                (each, f"{each}\nfrom taskgroup_compat import TaskGroup")
                for each in [
                    "from taskgroup_compat import Early; import os",
                    "from taskgroup_compat import *",
                    "from library import catch",
                ]
            ]
            + [
                (
                    "from .taskgroup_compat import catch",
                    "from taskgroup_compat import TaskGroup\n\nfrom .taskgroup_compat import catch",
                ),
                (
                    "if 1:\n    from taskgroup_compat import catch\nimport os",
                    "from taskgroup_compat import TaskGroup\n\n"
                    "if 1:\n    from taskgroup_compat import catch\nimport os",
                ),
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
    """In a section of its own after the imports at the top, with a blank line above and below."""
    head_after = f"{head}\n" if head else ""
    after = f"from taskgroup_compat import TaskGroup\n\n{rest.replace('USE', 'TaskGroup()')}"
    rest = rest.replace("USE", "asyncio.TaskGroup()")
    check(f"{head}import asyncio\n{rest}", head_after + after)
    check(f"{head}import asyncio\n# why\n{rest}", head_after + after.replace("\n\n", "\n\n# why\n", 1))


def test_lines_below_an_added_import():
    """What is named has the line that it has in the file as it was."""
    text = "import asyncio\nwith (a, b):\n    asyncio.TaskGroup | list[int]\nimport os\n"
    result = tool.bring_in(text, report_newer=True)
    assert result.text == (
        "from taskgroup_compat import TaskGroup\n\nwith (a, b):\n    TaskGroup | list[int]\nimport os\n"
    )
    assert result.newer == [
        "2: a with statement in parentheses needs Python 3.9",
        "3: list[...] needs Python 3.9",
    ]


@pytest.mark.parametrize("version, converted", [("(3, 11)", False), ("(3, 12)", True), ("(3, 15)", True)])
def test_a_branch_that_also_runs_on_3_11_is_converted(version, converted):
    """A guard with a bound above 3.11 does not keep asyncio's names away from 3.10."""
    text = (
        f"import asyncio\nimport sys\n\nif sys.version_info >= {version}:\n    from asyncio import TaskGroup\n"
        "else:\n\n    class TaskGroup(asyncio.TaskGroup):\n        pass\n"
    )
    after = text.replace("import asyncio\nimport sys\n", "import sys\n\nimport taskgroup_compat\n")
    after = after.replace("(asyncio.", "(taskgroup_compat.")
    check(text, after if converted else text)


def test_an_import_is_not_added_before_an_import_of_a_star():
    """The other module might bind the name too."""
    check(
        "import asyncio\nfrom web import *\n\nasyncio.timeout(1)\n",
        "from web import *\nfrom taskgroup_compat import timeout\n\ntimeout(1)\n",
    )
