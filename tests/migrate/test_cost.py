"""What a conversion costs, counted and not timed: function calls, parses, analyses of the names."""

import gc
import sys
import textwrap

import pytest

from . import tool

# PyPy has no libcst: `tool` has to come first, it skips this module there.
from taskgroup_compat._migrate import command, convert  # isort: skip
from taskgroup_compat._migrate.options import Options  # isort: skip
from taskgroup_compat._migrate.report import Report  # isort: skip
from taskgroup_compat._migrate.source import editing  # isort: skip

STATEMENT = """
try:
    step({0})
except* (ValueError, errors.Failure) as group:
    log.append(group)
    count += 1
    message{0} = str(group)
    print(message{0})
except* OSError:
    raise
"""
BLOCK = """
def note_{0}(group):
    log.append(group)
    detail = str(group)
    print(detail)

with catch({{ValueError: note_{0}, OSError: lambda group: print("no", group)}}):
    step({0})
"""
USES = """
def use_{0}(task: asyncio.Task):
    self.limit = asyncio.timeout({0})
    return task.cancelling(), ExceptionGroup("e", []), asyncio.TaskGroup(), one | two, table[{0}]
"""
NAMES = """
def use_{0}(task):
    return compat.cancelling(task), compat.ExceptionGroup("e", []), compat.TaskGroup(), "a text {0}"
"""
GUARD = """
if sys.version_info >= (3, 11):
    from builtins import ExceptionGroup as E{0}
else:
    from taskgroup_compat import ExceptionGroup as E{0}
print(E{0}, "E{0} in a text")
"""


def repeated(part, count):
    return "".join(part.format(number) for number in range(count))


def in_function(part, count, head=""):
    return f"{head}def f(step, log):\n    count = 0\n{textwrap.indent(repeated(part, count), '    ')}"


def nested(count):
    """Statements in each other's bodies, eight deep."""
    lines = []
    for number in range(count // 8):
        lines.append(f"def f{number}():")
        lines += [f"{'    ' * depth}try:" for depth in range(1, 9)] + [f"{'    ' * 9}pass"]
        for depth in range(8, 0, -1):
            lines += [f"{'    ' * depth}except* OSError as group:", f"{'    ' * (depth + 1)}print(group)"]
    return "\n".join(lines) + "\n"


CATCH = "from taskgroup_compat import catch\n"
SHAPES = {
    "in: statements in one function": ("in", lambda count: in_function(STATEMENT, count)),
    "in: statements in a module": ("in", lambda count: f"log, count = [], 0\n{repeated(STATEMENT, count)}"),
    "in: statements in statements": ("in", nested),
    "in: names": ("in", lambda count: f"import asyncio\n{repeated(USES, count)}"),
    "in: elifs": (
        "in",
        lambda count: (
            "import asyncio\nif x == 0:\n    pass\n"
            + repeated("elif x == {0}:\n    y = asyncio.TaskGroup(), ExceptionGroup('e', [])\n", count)
        ),
    ),
    "out: blocks in one function": ("out", lambda count: in_function(BLOCK, count, CATCH)),
    "out: blocks in a module": ("out", lambda count: CATCH + repeated(BLOCK, count)),
    "out: names": ("out", lambda count: f"import taskgroup_compat as compat\n{repeated(NAMES, count)}"),
    "out: guards": ("out", lambda count: f"import sys\n{repeated(GUARD, count)}"),
    "out: elifs": (
        "out",
        lambda count: (
            "from taskgroup_compat import TaskGroup\nif x == 0:\n    pass\n"
            + repeated("elif x == {0}:\n    y = {0}\n", count)
        ),
    ),
}


def calls(function):
    """How many functions a call of it calls, those in C too."""
    count = 0

    def profile(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        function()
    finally:
        sys.setprofile(before)
    return count


@tool.on_oldest_and_newest
@pytest.mark.parametrize("shape", list(SHAPES))
def test_the_work_grows_with_the_file(shape):
    """Four times the file is about four times the work, not sixteen times."""
    direction, text = SHAPES[shape]
    convert_it = {"in": tool.bring_in, "out": lambda text: tool.take_out(text, "3.15")}[direction]
    convert_it(text(8))  # what is only done once
    small, large = (calls(lambda count=count: convert_it(text(count))) for count in (16, 64))
    assert large < 5 * small


@pytest.fixture
def counted(monkeypatch):
    """How many texts are parsed, and how many trees analysed."""
    counts = {"parses": 0, "analyses": 0}
    parse, names = convert.cst.parse_module, editing.Names

    def counting(what, function):
        def count(*arguments):
            counts[what] += 1
            return function(*arguments)

        return count

    monkeypatch.setattr(convert.cst, "parse_module", counting("parses", parse))
    monkeypatch.setattr(editing, "Names", counting("analyses", names))
    return counts


def test_a_file_without_the_words_is_not_parsed(counted, tmp_path, capsys):
    """Nor one that has only words which mean something else without asyncio."""
    (tmp_path / "a.py").write_text("import os\n\n\ndef f():\n    return os.getcwd()\n")
    (tmp_path / "b.py").write_text("import socket\n\nsocket.create_connection(('localhost', 80), timeout=3)\n")
    assert command.run(["in", str(tmp_path)]) == 0
    assert command.run(["out", "--floor", "3.11", str(tmp_path)]) == 0
    capsys.readouterr()
    assert counted == {"parses": 0, "analyses": 0}


@pytest.mark.parametrize(
    "convert_it, part, head, analyses",
    [(tool.bring_in, STATEMENT, "", 1), (tool.take_out, BLOCK, CATCH, 3)],
    ids=["in", "out"],
)
def test_a_file_is_parsed_once_and_analysed_a_few_times(counted, convert_it, part, head, analyses):
    """However many statements it has."""
    found = []
    for count in (1, 50):
        counted.update(parses=0, analyses=0)
        convert_it(in_function(part, count, head))
        found.append(dict(counted))
    assert found == [{"parses": 1, "analyses": analyses}] * 2


CLAUSE = """
try:
    step({0})
except OSError as group:
    detail = str(group)
    print(detail)
"""


def test_clauses_beside_blocks_are_looked_at_once():
    """However many handlers have names that they have too."""
    text = {count: in_function(CLAUSE + BLOCK, count, CATCH) for count in (8, 16, 64)}
    tool.take_out(text[8])  # what is only done once
    small, large = (calls(lambda count=count: tool.take_out(text[count])) for count in (16, 64))
    assert large < 5 * small


@pytest.mark.parametrize("direction", ["in", "out"])
def test_a_conversion_leaves_no_cycles_behind(direction):
    """Trees, scopes and occurrences are freed when a file is done, without a search for cycles."""
    text = {"in": in_function(STATEMENT, 8, "import asyncio\n"), "out": in_function(BLOCK, 8, CATCH)}[direction]
    options = Options(direction, (3, 8) if direction == "in" else (3, 11), {"taskgroup_compat"}, False)
    gc.collect()
    gc.disable()
    try:
        convert.convert(text, options, False, set(), Report())
        assert gc.collect() < 20
    finally:
        gc.enable()
