"""The command line: what it prints and writes, its exit status, encodings, line ends, large files, many files."""

import gc
import io
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from .tool import dedent
from .tool import libcst as cst

from taskgroup_compat import _migrate  # isort: skip
from taskgroup_compat._migrate import command, convert, dependencies  # isort: skip

GROUP = "from asyncio import TaskGroup\n"
STATEMENTS = int(os.environ.get("MIGRATE_STATEMENTS") or 40)

BEFORE = "from taskgroup_compat import ExceptionGroup\n\nraise ExceptionGroup('é', [])\n"
AFTER = "raise ExceptionGroup('é', [])\n"
LEFT = "from taskgroup_compat import catch\n\nwith catch(handlers):\n    pass\n"


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Runs the command in a folder of its own; gives the exit status, what it printed, and the files."""
    monkeypatch.chdir(tmp_path)
    # where the search for the project's files ends
    (tmp_path / ".git").mkdir()

    def running(*arguments, **contents):
        for name, data in contents.items():
            path = tmp_path / f"{name}.py"
            path.write_bytes(data if isinstance(data, bytes) else data.encode())
        status = _migrate.main(list(arguments))
        printed = capsys.readouterr()
        files = {path.stem: path.read_bytes() for path in sorted(tmp_path.glob("*.py"))}
        return status, printed.out, printed.err, files

    return running


def test_a_diff_is_shown_and_nothing_is_changed(run):
    """Without --write."""
    status, out, err, files = run("out", "--floor", "3.11", "a.py", a=BEFORE)
    assert (status, err, files) == (0, "", {"a": BEFORE.encode()})
    assert out == dedent(
        """
        --- a/a.py
        +++ b/a.py
        @@ -1,3 +1 @@
        -from taskgroup_compat import ExceptionGroup
        -
         raise ExceptionGroup('é', [])
        1 file, 1 would change, 0 left. Converted: 1 ExceptionGroup.
        """
    )


def test_files_are_written(run):
    """With --write; the second time there is nothing to do."""
    status, out, err, files = run("out", "--floor", "3.11", "--write", ".", a=BEFORE, b="x = 1\n")
    assert (status, err, files) == (0, "", {"a": AFTER.encode(), "b": b"x = 1\n"})
    assert out == "2 files, 1 changed, 0 left. Converted: 1 ExceptionGroup.\n"
    status, out, err, files = run("out", "--floor", "3.11", "--write", ".")
    assert (status, err, files) == (0, "", {"a": AFTER.encode(), "b": b"x = 1\n"})
    assert out == "2 files, 0 changed, 0 left. Nothing was converted.\n"


def test_what_is_left_is_a_line_and_status_1(run):
    """With the file, the line, what and why."""
    status, out, err, _ = run("out", "--floor", "3.11", "a.py", a=LEFT)
    assert (status, err) == (1, "")
    assert out == (
        "a.py:3: catch stays: its mapping is not written out in the call\n"
        "taskgroup_compat is still needed for catch, as uses of it stay\n"
        "1 file, 0 would change, 1 left. Nothing was converted.\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["sideways", "a.py"],
        ["out", "a.py"],
        ["out", "--floor", "3.10", "a.py"],
        ["out", "--floor", "3.11"],
        ["in"],
        ["in", "missing.py"],
        ["in", "--floor", "3.15", "a.py"],
        ["out", "--floor", "3.11", "--from", "trio", "a.py"],
    ],
)
def test_bad_arguments_are_status_2(run, arguments):
    """And a line on stderr; nothing is read."""
    status, out, err, _ = run(*arguments, a="x = 1\n")
    assert (status, out) == (2, "")
    assert "error: " in err


EXIT_STATUS = """
Exit status: 0 if everything was converted, 1 if something was left, 2 for wrong arguments.
With --check: 0 if there is nothing to convert, 1 if something would change, 3 if something is left, 4 for both.
"""
HELP = {
    (): ["in|out ...", "in from except* and asyncio to this package out from this package to except* and asyncio"],
    ("out",): [
        "--floor {3.11,3.12,3.13,3.14,3.15} the oldest Python that stays supported",
        "(required, here or in pyproject.toml)",
        "--from {exceptiongroup} also convert code that uses exceptiongroup --write change the files --check",
        "PATH a file, a folder of Python files, or -",
    ],
    ("in",): [
        "--floor {3.8,3.9,3.10,3.11,3.12,3.13,3.14} the oldest Python to support (default: 3.8) --report-newer",
        "PATH a file, a folder of Python files, or -",
    ],
}


@pytest.mark.parametrize("arguments", list(HELP))
def test_help_is_status_0(run, monkeypatch, arguments):
    """It says what there is to choose from, and what the exit status means."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")
    status, out, err, _ = run(*arguments, "--help")
    assert (status, err) == (0, "")
    assert out.startswith(" ".join(["usage: python -m taskgroup_compat migrate", *arguments, "[-h]"]))
    assert all(each in " ".join(out.split()) for each in HELP[arguments])
    assert out.endswith(EXIT_STATUS)


def test_the_interpreter_is_as_it_was_after_a_run(run, monkeypatch):
    """The limits of the stack, and the garbage collector, which rests while a file is converted."""
    convert_it, resting = command.convert, []

    def converting(*arguments):
        resting.append(not gc.isenabled())
        return convert_it(*arguments)

    monkeypatch.setattr(command, "convert", converting)
    before = (sys.getrecursionlimit(), threading.stack_size())
    assert run("in", "a.py", a=GROUP)[0] == 0
    assert (sys.getrecursionlimit(), threading.stack_size(), gc.isenabled(), resting) == (*before, True, [True])


def test_an_edit_between_reading_and_writing_is_kept(run, monkeypatch):
    """The file is left alone and named; the next one is converted."""
    convert_it = command.convert

    def converting(text, *arguments):
        if "# edited" in text:
            with open("a.py", "a") as file:
                file.write("# saved meanwhile\n")
        return convert_it(text, *arguments)

    monkeypatch.setattr(command, "convert", converting)
    text = GROUP + "# edited\n"
    status, out, _, files = run("in", "--write", ".", a=text, b=GROUP)
    assert status == 1
    assert out == "a.py:1: changed meanwhile: left alone\n2 files, 1 changed, 1 left. Converted: 1 TaskGroup.\n"
    assert files["a"] == (text + "# saved meanwhile\n").encode()
    assert b"taskgroup_compat" in files["b"]


def test_a_file_that_changes_before_its_turn_is_read_again(run, monkeypatch):
    """Each file is read when it is converted, not when the run begins."""
    convert_it = command.convert

    def converting(text, *arguments):
        if "# first" in text:
            with open("b.py", "a") as file:
                file.write("# saved meanwhile\n")
        return convert_it(text, *arguments)

    monkeypatch.setattr(command, "convert", converting)
    status, _, _, files = run("in", "--write", ".", a=GROUP + "# first\n", b=GROUP)
    assert status == 0
    assert files["b"].endswith(b"# saved meanwhile\n") and b"taskgroup_compat" in files["b"]


STAYS = "class C:\n    try: pass\n    except* OSError: pass\n"


@pytest.mark.parametrize(
    "contents, status, printed",
    [
        ({"a": "x = 1\n"}, 0, "1 file, 0 would change, 0 left. Nothing was converted.\n"),
        ({"a": GROUP}, 1, "a.py: would change\n1 file, 1 would change, 0 left. Converted: 1 TaskGroup.\n"),
        (
            {"a": STAYS},
            3,
            "a.py:2: except* stays: it stands in a class body, whose names a function would not see\n"
            "1 file, 0 would change, 1 left. Nothing was converted.\n",
        ),
        (
            {"a": STAYS, "b": GROUP},
            4,
            "a.py:2: except* stays: it stands in a class body, whose names a function would not see\n"
            "b.py: would change\n2 files, 1 would change, 1 left. Converted: 1 TaskGroup.\n",
        ),
    ],
)
def test_check_changes_nothing_and_has_statuses_of_its_own(run, contents, status, printed):
    """0, 1 for a change, 3 for what is left, 4 for both; no diff."""
    found, out, err, files = run("in", "--check", ".", **contents)
    assert (found, out, err) == (status, printed, "")
    assert files == {name: text.encode() for name, text in contents.items()}


def test_check_and_write_exclude_each_other(run):
    """As a run cannot do both."""
    status, _, err, _ = run("in", "--check", "--write", "a.py", a=GROUP)
    assert status == 2 and "--write: not allowed with argument --check" in err


@pytest.mark.parametrize("pattern", ["b.py", "folder", "folder/", "f*", "folder/*.py", "fold?r/b.py", "*/b.py"])
def test_exclude_leaves_out_files_and_folders(run, tmp_path, pattern):
    """A pattern matches a name, a path from this folder, or a part of it; several can be given."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "b.py").write_text(GROUP)
    status, out, _, _ = run("in", "--check", "--exclude", "none", "--exclude", pattern, ".", a=GROUP)
    assert (status, out.splitlines()[0]) == (1, "a.py: would change")
    assert out.splitlines()[1].startswith("1 file, ")
    assert run("in", "--check", "--exclude", pattern, "folder/b.py")[:2] == (
        0,
        "0 files, 0 would change, 0 left. Nothing was converted.\n",
    )


def test_quiet_prints_refusals_alone(run):
    """No notes, no totals."""
    text = GROUP + "class Group(TaskGroup): pass\n"
    assert run("in", "--write", "-q", ".", a=text, b="x = 1\n")[:3] == (0, "", "")
    status, out, _, _ = run("in", "--check", "--quiet", ".", a=STAYS, b=GROUP)
    assert (status, out) == (
        4,
        "a.py:2: except* stays: it stands in a class body, whose names a function would not see\n",
    )


def through_stdin(*arguments, data):
    command_line = [sys.executable, "-W", "error", "-m", "taskgroup_compat", "migrate", *arguments, "-"]
    process = subprocess.run(command_line, input=data, capture_output=True)
    return process.returncode, process.stdout, process.stderr.decode().replace("\r\n", "\n")


def test_standard_input_is_converted_to_standard_output():
    """In its own encoding and line ends; the lines of the report go to stderr."""
    data = "# coding: latin-1\r\nfrom asyncio import TaskGroup  # \xe9\r\n".encode("latin-1")
    status, out, err = through_stdin("in", "--quiet", data=data)
    assert (status, out, err) == (0, data.replace(b"asyncio", b"taskgroup_compat"), "")
    status, out, err = through_stdin("in", data=STAYS.encode())
    assert (status, out) == (1, STAYS.encode())
    assert err == "<stdin>:2: except* stays: it stands in a class body, whose names a function would not see\n"
    assert through_stdin("in", "--check", data=GROUP.encode()) == (1, b"", "")
    assert through_stdin("in", data=b"\xff") == (
        1,
        b"\xff",
        "<stdin>:1: cannot be read: invalid or missing encoding declaration\n",
    )


def test_standard_input_goes_with_no_other_path(run):
    """It would be unclear where its text goes."""
    status, out, err, _ = run("in", "-", "a.py", a=GROUP)
    assert (status, out) == (2, "")
    assert err.endswith("error: - stands for standard input, and cannot be named beside other paths\n")


def test_jobs_convert_as_one_process_does(run):
    """The same lines in the same order, the same files."""
    contents = {f"m{number}": GROUP + f"# {number}\n" for number in range(9)}
    contents.update(bad="x = (\n", stays=STAYS)
    one = run("in", "--write", ".", **contents)
    several = run("in", "--write", "-j", "2", ".", **contents)
    assert several == one
    assert run("in", "-j", "0", ".")[0] == 2


def test_notebooks_are_named_as_not_read(run, tmp_path):
    """By their suffix, in a folder or by name."""
    (tmp_path / "n.ipynb").write_text("{}")
    line = "n.ipynb:1: notebooks are not read: export it as a script first\n"
    assert run("in", ".")[:2] == (1, line + "1 file, 0 would change, 1 left. Nothing was converted.\n")


def test_settings_are_read_from_pyproject(run, tmp_path):
    """The nearest one above the paths; an argument overrides it."""
    settings = '[tool.taskgroup-compat.migrate]\nfloor = "3.13"\nexclude = ["b.py"]\nquiet = true\njobs = 2\n'
    (tmp_path / "pyproject.toml").write_text(settings)
    text = "from taskgroup_compat import timeout\n"
    status, out, err, files = run("out", "--write", ".", a=text, b=text)
    assert (status, out, err) == (0, "", "")
    assert files == {"a": b"from asyncio import timeout\n", "b": text.encode()}
    assert run("out", "--write", "--floor", "3.11", ".", a=text)[3]["a"] == text.encode()


@pytest.mark.parametrize(
    "settings, why",
    [
        ("colour = 1", "[tool.taskgroup-compat.migrate] has the unknown key 'colour'"),
        ("floor = 3.11", "floor in [tool.taskgroup-compat.migrate] must be of the type str"),
        ("exclude = [1]", "exclude in [tool.taskgroup-compat.migrate] must be a list of strings"),
        ("exclude = 'a'", "exclude in [tool.taskgroup-compat.migrate] must be a list of strings"),
        ("quiet = 1", "quiet in [tool.taskgroup-compat.migrate] must be of the type bool"),
        ("floor = '2.7'", "floor = '2.7' in pyproject.toml is not a floor for out"),
        ("floor = '3.11'\nfrom = ['trio']", "from in pyproject.toml takes exceptiongroup, not 'trio'"),
        ("= 1", "pyproject.toml: "),
    ],
)
def test_wrong_settings_are_status_2(run, tmp_path, settings, why):
    """And a line that names the key."""
    (tmp_path / "pyproject.toml").write_text(f"[tool.taskgroup-compat.migrate]\n{settings}\n")
    status, out, err, _ = run("out", "a.py", a=GROUP)
    assert (status, out) == (2, "")
    assert why in err.splitlines()[-1]


def test_the_end_of_the_report_names_what_still_needs_the_package(run):
    """Each name with the floor from which on it does not."""
    text = "from taskgroup_compat import TaskGroup, catch, timeout, uncancel\nimport taskgroup_compat\n"
    text += "uncancel(x), TaskGroup, timeout, taskgroup_compat\nwith catch(handlers): pass\n"
    status, out, _, _ = run("out", "--floor", "3.12", "--write", "a.py", a=text)
    assert status == 1
    assert [line for line in out.splitlines() if line.startswith("taskgroup_compat is")] == [
        "taskgroup_compat is still needed for TaskGroup, up to --floor 3.15",
        "taskgroup_compat is still needed for catch, as uses of it stay",
        "taskgroup_compat is still needed for the module itself, which is imported by its name",
        "taskgroup_compat is still needed for timeout, up to --floor 3.13",
        "taskgroup_compat is still needed for uncancel, up to --floor 3.13",
    ]


def test_projects_with_a_formatter_are_told_the_command(run, tmp_path):
    """Over the changed files; only after --write."""
    (tmp_path / "pyproject.toml").write_text("[tool.ruff]\nline-length = 100\n")
    _, out, _, _ = run("in", "--write", ".", a=GROUP, b="x = 1\n")
    assert out.splitlines()[-1] == "To format them: ruff check --select I --fix --quiet a.py; ruff format a.py"
    assert "ruff" not in run("in", ".", a=GROUP)[1]


@pytest.mark.parametrize(
    "name, text, expected",
    [
        ("ruff.toml", "line-length = 100\n", "ruff check --select I --fix --quiet sub/a.py; ruff format sub/a.py"),
        (".ruff.toml", "", "ruff check --select I --fix --quiet sub/a.py; ruff format sub/a.py"),
        ("pyproject.toml", "[tool.black]\nline-length = 100\n", "black sub/a.py"),
        ("pyproject.toml", "[tool.ruffian]\n", None),
        ("pyproject.toml", "[project]\n", None),
    ],
)
def test_the_formatter_is_the_one_with_settings(run, tmp_path, name, text, expected):
    """Also in a folder above, and without a list of dependencies."""
    (tmp_path / name).write_text(text)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.py").write_text(GROUP)
    last = run("in", "--write", "sub")[1].splitlines()[-1]
    assert last == f"To format them: {expected}" if expected else "To format them" not in last


@pytest.mark.parametrize("floor, kept", [("3.10", ""), ("3.12", "ExceptionGroup"), ("3.14", "ExceptionGroup timeout")])
def test_the_way_in_leaves_what_the_floor_has(run, floor, kept):
    """From 3.11 on except* and the groups stay, from 3.13 on the timeouts."""
    text = "from asyncio import TaskGroup\nfrom asyncio import timeout\ntry:\n    TaskGroup, timeout\n"
    text += "except* ExceptionGroup:\n    pass\n".replace("except* ExceptionGroup", "except* OSError")
    text += "ExceptionGroup\n"
    _, _, _, files = run("in", "--floor", floor, "--write", "a.py", a=text)
    after = files["a"].decode()
    assert "from taskgroup_compat import" in after and "from asyncio import TaskGroup" not in after
    assert ("except*" in after) == (floor != "3.10")
    assert ("from asyncio import timeout" in after) == ("timeout" in kept)


def test_a_file_whose_statements_all_stay_is_left_alone(run):
    """It needs 3.11 all the same: another import would help nobody."""
    text = "from asyncio import TaskGroup\n" + STAYS + "raise ExceptionGroup('', [])\n"
    status, out, _, files = run("in", "--write", "a.py", a=text)
    assert status == 1 and files == {"a": text.encode()}
    assert out.endswith("1 file, 0 changed, 1 left. Nothing was converted.\n")


def test_lines_are_in_the_order_of_the_file(run):
    """By number; on one line, what is left is before what is to be looked at."""
    text = GROUP + "\n" * 7 + "class Group(TaskGroup, x=zip(a, strict=True)): pass\nzip(a, strict=True)\n"
    text += "class Other:\n    try: pass\n    except* OSError: pass\ntry: pass\nexcept* OSError: pass\n"
    status, out, _, _ = run("in", "--write", "--report-newer", "a.py", a=text)
    assert status == 1
    assert out.splitlines()[:-1] == [
        "a.py:9: note: Group inherits from TaskGroup: its private attributes are others",
        "a.py:9: note: zip(strict=) needs Python 3.10 (2 places)",
        "a.py:12: except* stays: it stands in a class body, whose names a function would not see",
    ]


@pytest.mark.parametrize(
    "arguments, text",
    [
        ("in", "try: pass\nexcept* OSError: pass\n"),
        ("in", "try: pass\nexcept \\\n* OSError: pass\n"),
        ("in", "raise ExceptionGroup\n"),
        ("in", "from asyncio import TaskGroup\n"),
        ("in", "from asyncio import timeout\n"),
        ("in", "from asyncio import timeout_at\n"),
        ("in", "from asyncio import timeouts\nprint(timeouts.Timeout)\n"),
        ("in", "from asyncio import Timeout\n"),
        ("in", "from asyncio import *\nprint(current_task.cancelling)\n"),
        ("in", "from asyncio import *\nprint(current_task.uncancel)\n"),
        ("out --floor 3.15", "from taskgroup_compat import TaskGroup\nTaskGroup()\n"),
        ("out --floor 3.15 --from exceptiongroup", "from exceptiongroup import ExceptionGroup\nraise ExceptionGroup\n"),
        ("out --floor 3.15 --from exceptiongroup", "from taskgroup_compat import TaskGroup\nTaskGroup()\n"),
    ],
)
def test_one_word_is_enough(run, arguments, text):
    """For a file to be looked at."""
    _, out, _, files = run(*arguments.split(), "--write", "a.py", a=text)
    assert files["a"].decode() != text or "stays: " in out


def test_a_package_that_is_not_asked_for_stays(run):
    """And is not looked at."""
    text = "from exceptiongroup import ExceptionGroup\nraise ExceptionGroup\n"
    assert run("out", "--floor", "3.15", "--write", "a.py", a=text)[3] == {"a": text.encode()}


@pytest.mark.parametrize(
    "encoding, cookie", [("latin-1", "# -*- coding: latin-1 -*-\n"), ("utf-8-sig", ""), ("utf-8", "")]
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_bytes_stay_as_they_are(run, encoding, cookie, newline):
    """Encoding, byte order mark, line ends, tabs, blanks at the end of a line, a missing last one."""
    text = cookie + dedent(
        """
        import os
        from asyncio import TaskGroup


        def f():
        \tx = 'é \t'\x20\x20
        \ttry:
        \t\tTaskGroup(x)
        \texcept* OSError as group:
        \t\tprint('''é
          ''', group)  # é
        \t\tos.close(0)"""
    )
    data = text.replace("\n", newline).encode(encoding)
    status, _, err, files = run("in", "--write", "a.py", a=data)
    assert (status, err) == (0, "")
    converted = files["a"].decode(encoding)
    assert converted.count("\r\n") == (converted.count("\n") if newline == "\r\n" else 0)
    assert "\tx = 'é \t'  " in converted and "\t\tprint('''é" in converted
    assert "    def" not in converted and files["a"].startswith(data[:3])
    status, _, err, files = run("out", "--floor", "3.15", "--write", "a.py")
    assert (status, err) == (0, "")
    assert files["a"] == data


@pytest.mark.parametrize(
    "data, why",
    [
        (b"from asyncio import TaskGroup\nx = '\xff'\n", "2: cannot be read as utf-8: "),
        (b"# coding: nonsense\nfrom asyncio import TaskGroup\n", "1: cannot be read: unknown encoding"),
        (b"# coding: ascii\nfrom asyncio import TaskGroup\n\nx = '\xe9'\n", "4: cannot be read as ascii: "),
        (b"from asyncio import TaskGroup\nx = '\0'\n", "2: cannot be read: it has a null byte"),
        (b"from asyncio import TaskGroup\ndef f(:\n", "2: cannot be parsed"),
        (b"from asyncio import TaskGroup\n\nprint 'x'\n", "3: cannot be parsed"),
        (b"try: TaskGroup()\nexcept* OSError: pass\n\nprint 'x'\n", "4: cannot be parsed"),
        (b"\nfrom asyncio import TaskGroup\nx = '\0'\n", "3: cannot be read: it has a null byte\n"),
        (b"\n\n'\xff'\nfrom asyncio import TaskGroup\n", "3: cannot be read as utf-8: invalid start byte\n"),
        (b"\xef\xbb\xbf#\n#\n'\xff'\n", "3: cannot be read as utf-8: invalid start byte\n"),
        (b"\\\nfrom asyncio import TaskGroup\n", "1: stays: the parser does not keep all of its text\n"),
        (
            b"\x0cfrom asyncio import TaskGroup\n",
            "1: stays: it begins with a form feed, which the parser does not keep\n",
        ),
        (
            b"from asyncio import TaskGroup\rx = 1\r",
            "1: stays: lines end in a lone carriage return, which the parser does not keep\n",
        ),
    ],
)
def test_what_cannot_be_read_is_left(run, data, why):
    """It is said, the rest is done, and the status is 1."""
    status, out, _, files = run("in", "--write", ".", a=data, b="from asyncio import TaskGroup\n")
    assert status == 1
    assert out.startswith(f"a.py:{why}")
    assert files == {"a": data, "b": b"from taskgroup_compat import TaskGroup\n"}


def test_a_text_that_would_not_compile_is_not_written(run, monkeypatch):
    """Whatever went wrong in the conversion."""
    outside = cst.SimpleStatementLine([cst.Return()])
    monkeypatch.setattr(convert.except_star, "convert", lambda editing, wanted: editing.replace_module([outside]))
    status, out, _, files = run("in", "--write", "a.py", a="from asyncio import TaskGroup\n")
    assert status == 1 and "stays: converted, it would not compile" in out
    assert files == {"a": b"from asyncio import TaskGroup\n"}


@pytest.mark.parametrize(
    "version, limit",
    [
        (
            "1.7.9",
            " (libcst 1.7.9 reads the syntax up to Python 3.12; under a newer Python there is a newer one)",
        ),
        ("1.8.0", " by libcst 1.8.0"),
        ("2.0.0", " by libcst 2.0.0"),
    ],
)
def test_what_the_parser_reads_is_said(run, monkeypatch, version, limit):
    """An old one does not know what is new."""
    monkeypatch.setattr(cst, "LIBCST_VERSION", version)
    _, out, _, _ = run("in", "a.py", a=GROUP + "x = (\n")
    assert out.startswith(f"a.py:2: cannot be parsed{limit}: ")


@pytest.mark.parametrize(
    "error, why",
    [
        (SyntaxError("of the compiler", ("x", 7, 1, "")), "7: {}of the compiler"),
        (RecursionError(), "1: {}nested too deeply"),
        (MemoryError("no memory"), "1: {}no memory"),
        (ValueError("no value"), "1: {}no value"),
    ],
)
def test_what_the_compiler_refuses_is_said(run, monkeypatch, error, why):
    """Of what cannot be parsed, and of what could be compiled before."""

    def compiling(text, *arguments, **options):
        if "compat" in text or "x" in text:
            raise error

    monkeypatch.setattr(convert, "compile", compiling, raising=False)
    _, out, _, _ = run("in", "--write", ".", a=GROUP + "x = (\n", b=GROUP)
    limit = f"cannot be parsed by libcst {cst.LIBCST_VERSION}: " if libcst_is_new() else "cannot be parsed (libcst "
    assert out.splitlines()[0].startswith(f"a.py:{why.format(limit)}" if libcst_is_new() else f"a.py:{why[0]}: {limit}")
    assert out.splitlines()[1] == f"b.py:{why.format('stays: converted, it would not compile: ')}"


def libcst_is_new():
    return tuple(map(int, cst.LIBCST_VERSION.split(".")[:2])) >= (1, 8)


def test_what_the_parser_says_is_cut(run, monkeypatch):
    """It lists all that could stand there; the compiler takes the text here."""
    monkeypatch.setattr(convert, "compile", lambda *arguments, **options: None, raising=False)
    _, out, _, _ = run("in", "a.py", a=GROUP + "\n\nx = = 1\n")
    assert re.match(r"a\.py:4: cannot be parsed[^:]*: parser error: error at 4:\d+\n", out), out


def test_what_neither_compiles_nor_parses_is_not_written(run, monkeypatch):
    """Where the compiler took it as little before, as with syntax that is newer than itself."""
    broken = cst.SimpleStatementLine([cst.Expr(cst.Name("if"))])
    monkeypatch.setattr(convert.except_star, "convert", lambda editing, wanted: editing.replace_module([broken]))

    def compiling(text, *arguments, **options):
        raise SyntaxError("newer", ("x", 1, 1, ""))

    monkeypatch.setattr(convert, "compile", compiling, raising=False)
    status, out, _, files = run("in", "--write", "a.py", a=GROUP)
    assert status == 1 and out.startswith("a.py:1: stays: converted, it would not parse: ")
    assert files == {"a": GROUP.encode()}


def test_folders_are_searched(run, tmp_path):
    """Not those that are hidden, nor environments; a file is taken once, whatever its name ends in if it is named."""
    for folder in ("sub", ".hidden", "env", "__pycache__", "node_modules"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "m.py").write_text("from asyncio import TaskGroup\n")
    (tmp_path / "env" / "pyvenv.cfg").write_text("")
    (tmp_path / "script").write_text("from asyncio import TaskGroup\n")
    status, out, _, _ = run("in", "--write", ".", "sub/m.py", "script")
    assert status == 0 and out.endswith("2 files, 2 changed, 0 left. Converted: 2 TaskGroup.\n")


def test_files_are_taken_in_the_order_of_their_names(run, tmp_path):
    """With each ending of Python's, those of a folder before the folders in it."""
    for folder in ("q", "a"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.py").write_text("from asyncio import TaskGroup\n")
    for name in ("z.pyi", "c.pyw", "b.py", "d.pyx", "py"):
        (tmp_path / name).write_text("from asyncio import TaskGroup\n")
    _, out, _, _ = run("in", ".")
    assert re.findall(r"^--- a/(.*)$", out, re.MULTILINE) == ["b.py", "c.pyw", "z.pyi", "a/x.py", "q/x.py"]


def test_the_diff_can_be_applied(run, tmp_path):
    """By its paths, and where the last line has no end."""
    assert run("in", str(tmp_path / "a.py"), a=b"from asyncio import TaskGroup")[1].startswith(
        f"--- a{tmp_path.as_posix()}/a.py\n+++ b{tmp_path.as_posix()}/a.py\n@@ -1 +1 @@\n"
        "-from asyncio import TaskGroup\n\\ No newline at end of file\n"
        "+from taskgroup_compat import TaskGroup\n\\ No newline at end of file\n1 file"
    )


def test_dependencies_that_can_go_are_named(run, tmp_path):
    """If no file imports the package any more; the file itself stays."""
    project = '[project]\ndependencies = [\n    "taskgroup-compat>=1",\n    "exceptiongroup",\n]\n'
    (tmp_path / "pyproject.toml").write_text(project)
    (tmp_path / "requirements.txt").write_text("# taskgroup-compat\ntaskgroup_compat\n")
    status, out, _, _ = run("out", "--floor", "3.11", ".", a=BEFORE)
    assert status == 0
    assert "pyproject.toml:3: note: taskgroup-compat can go, nothing here imports it any more\n" in out
    assert "requirements.txt:2: note: taskgroup-compat can go" in out
    assert (tmp_path / "pyproject.toml").read_text() == project
    _, out, _, _ = run("out", "--floor", "3.11", ".", b="from taskgroup_compat import TaskGroup\nTaskGroup()\n")
    assert "can go" not in out
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    _, out, _, _ = run("in", "c.py", c="from asyncio import TaskGroup\n")
    assert out.splitlines()[-2] == "pyproject.toml:1: note: add taskgroup-compat to the dependencies"
    (tmp_path / "requirements.txt").write_text("")
    _, out, _, _ = run("in", "c.py")
    assert out.count(" note: ") == 1
    for text in ("import os\n", "from taskgroup_compat import timeout\nfrom asyncio import TaskGroup\n"):
        assert " note: " not in run("in", "c.py", c=text)[1]
    (tmp_path / "pyproject.toml").write_text(project)
    assert " note: " not in run("in", "c.py", c="from asyncio import TaskGroup\n")[1]


def test_an_import_that_another_file_needs_stays_importable(run):
    """Found among the files of the run."""
    status, _, _, files = run(
        "out", "--floor", "3.11", "--write", ".", a=BEFORE, b="from .a import ExceptionGroup\nraise ExceptionGroup\n"
    )
    assert status == 0
    assert files["a"].startswith(b"from builtins import ExceptionGroup\n")


@pytest.mark.parametrize(
    "importing, stays",
    [
        ("from a import (\n    x,\n    ExceptionGroup as E,\n)\n", True),
        ("from .sub.a import x, ExceptionGroup\n", True),
        ("if x:\n    from a import ExceptionGroup\n", True),
        ("from b import ExceptionGroup\n", False),
        ("from a import x\n", False),
        ("from . import ExceptionGroup\n", False),
    ],
)
def test_every_way_to_import_from_a_module(run, importing, stays):
    """By the last part of its name."""
    _, _, _, files = run("out", "--floor", "3.11", "--write", ".", a=BEFORE, b=importing)
    assert files["a"].startswith(b"from builtins import ExceptionGroup\n") is stays


@pytest.mark.parametrize(
    "importing, stays",
    [("from package import x", True), ("from .. import x", True), ("from __init__ import x", False), ("", False)],
)
def test_every_way_to_import_from_a_package(run, tmp_path, importing, stays):
    """By its folder, from inside and outside."""
    text = "import asyncio as x\n\nprint(x.TaskGroup)\n"
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text(text)
    run("in", "--write", ".", b=f"{importing}\n")
    assert ("import asyncio as x" in (tmp_path / "package" / "__init__.py").read_text()) is stays


@pytest.mark.parametrize(
    "name, text, lines",
    [
        ("pyproject.toml", '[project]\nname = "taskgroup-compat"\n[project.urls]\nHome = "x/taskgroup-compat"\n', []),
        ("pyproject.toml", '[project]\ndependencies = ["a", "taskgroup-compat>=1"]\n', [2]),
        ("pyproject.toml", '[project]\ndependencies = [\n  "a",\n  "taskgroup_compat; x",  # why\n]\n', [4]),
        ("pyproject.toml", '[project.optional-dependencies]\nx = [\n"Taskgroup.Compat[migrate]",\n]\n', [3]),
        ("pyproject.toml", '[dependency-groups]\ntests = ["taskgroup-compat"]\n', [2]),
        ("pyproject.toml", '[tool.poetry.group.x.dependencies]\ntaskgroup-compat = "^1"\n', [2]),
        ("pyproject.toml", '[tool.ruff]\nsrc = ["src/taskgroup_compat"]\nknown = ["taskgroup_compat"]\n', []),
        ("setup.cfg", "[metadata]\nname = taskgroup-compat\n[options]\ninstall_requires =\n  taskgroup-compat\n", [5]),
        ("setup.cfg", "[options]\npackages = taskgroup_compat\n", []),
        (
            "setup.py",
            'setup(\n    name="taskgroup-compat",\n    packages=["taskgroup_compat"],\n'
            '    install_requires=["taskgroup-compat"],\n)\n',
            [4],
        ),
        ("requirements-dev.txt", "# taskgroup-compat\nother-taskgroup-compat\ntaskgroup_compat==1 # x\n", [3]),
        ("tox.ini", "[testenv]\ndeps =\n  taskgroup-compat\ncommands = python -m taskgroup_compat\n", [3]),
        ("noxfile.py", 's.install("taskgroup-compat")\ns.run("python", "-m", "taskgroup_compat")\n', [1]),
        ("Pipfile", '[packages]\ntaskgroup-compat = "*"\n', [2]),
        ("environment.yml", "name: taskgroup-compat\ndependencies:\n  - taskgroup-compat\n", [3]),
    ],
)
def test_only_lists_of_dependencies_count(tmp_path, name, text, lines):
    """Not the project's own name, nor what else has the word in it."""
    (tmp_path / name).write_text(text)
    assert dependencies.project_files([tmp_path]) == [tmp_path / name]
    assert dependencies.lines_naming(tmp_path / name, "taskgroup-compat") == lines


RAISING = """
from taskgroup_compat import catch


def handler(group):
    raise KeyError


def other(group):
    raise


with catch({ValueError: handler}):
    pass
with catch({OSError: handler}):
    pass
"""


def test_a_bug_of_early_3_11_is_named_once(run):
    """Only with the floor that it concerns, and where a handler raises an error of its own."""
    text = dedent(RAISING)
    note = "note: 3.11.0 to 3.11.3 wrap a single error that a clause raises in a group (gh-103590)\n"
    _, out, _, _ = run("out", "--floor", "3.11", ".", a=text, b=text)
    assert out.count(note) == 1 and f"a.py:12: {note}" in out
    _, out, _, _ = run("out", "--floor", "3.13", ".")
    assert note not in out
    _, out, _, _ = run("out", "--floor", "3.11", ".", a=text.replace("KeyError", "group"), b="")
    assert note in out
    _, out, _, _ = run("out", "--floor", "3.11", ".", a=text.replace("raise KeyError", "print"), b="")
    assert note not in out


CONVERTED = b"from taskgroup_compat import TaskGroup\n"


@pytest.mark.parametrize(
    "name, why",
    [
        ("gone", "the link leads nowhere: gone"),
        ("pipe", "neither a file nor a folder: pipe"),
        ("nothing", "no such file or folder: nothing"),
        ("n" * 300, f"no such file or folder: {'n' * 300}"),
    ],
)
def test_a_path_that_is_nothing_to_read_is_status_2(run, tmp_path, name, why):
    """And said in one line after the usage."""
    (tmp_path / "gone").symlink_to("nowhere.py")
    os.mkfifo(tmp_path / "pipe")
    status, out, err, _ = run("in", name)
    assert (status, out) == (2, "") and err.splitlines()[-1].endswith(f"error: {why}")


def test_a_folder_may_have_anything_in_it(run, tmp_path):
    """Links in circles, links that lead nowhere, pipes, nothing of Python at all."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.txt").write_text(GROUP)
    assert run("in", "folder")[:2] == (0, "0 files, 0 would change, 0 left. Nothing was converted.\n")
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "gone.py").symlink_to("nowhere.py")
    os.mkfifo(folder / "pipe.py")
    (folder / "real.py").write_text(GROUP)
    (folder / "link.py").symlink_to("real.py")
    (folder / "real.py").chmod(0o751)
    assert run("in", "--write", "folder")[:2] == (0, "1 file, 1 changed, 0 left. Converted: 1 TaskGroup.\n")
    assert (folder / "link.py").is_symlink() and (folder / "real.py").read_bytes() == CONVERTED
    assert (folder / "real.py").stat().st_mode & 0o777 == 0o751
    assert {path.name for path in folder.iterdir()} == {"a.txt", "loop", "gone.py", "pipe.py", "real.py", "link.py"}


def test_the_owner_stays(run, monkeypatch):
    """Where this user may give files away; where not, the file is written all the same."""
    given, real = [], os.stat

    def stat(path, **options):
        result = real(path, **options)
        if ".migrate-" not in str(path) and str(path).endswith("a.py"):
            result = os.stat_result([*result[:4], 7, 8, *result[6:10]])
        return result

    def chown(path, *owner):
        given.append((re.sub("-.*", "-", os.path.basename(path)), *owner))
        raise PermissionError

    monkeypatch.setattr(command.files.os, "chown", chown, raising=False)
    run("in", "--write", "b.py", b=GROUP)
    assert given == []
    monkeypatch.setattr(command.files.os, "stat", stat)
    _, _, _, files = run("in", "--write", "a.py", a=GROUP)
    assert (files["a"], given) == (CONVERTED, [(".migrate-", 7, 8)])


def test_what_the_system_refuses_is_a_line(run, monkeypatch, tmp_path, capsys):
    """For reading and for writing; the other files are done."""
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text(GROUP)
    read = Path.read_bytes

    def refuse(path):
        if path.name == "a.py":
            raise PermissionError(13, "Permission denied", str(path))
        return read(path)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_bytes", refuse)
        assert command.run(["in", "--write", "."]) == 1
    printed = capsys.readouterr().out
    assert printed == (
        "a.py:1: cannot be read: Permission denied\n2 files, 1 changed, 1 left. Converted: 1 TaskGroup.\n"
    )
    monkeypatch.setattr(command.files.os, "access", lambda path, mode: not path.endswith("a.py"))
    status, out, _, files = run("in", "--write", ".", b=GROUP)
    assert status == 1 and "a.py:1: cannot be written: Permission denied\n" in out
    assert files == {"a": GROUP.encode(), "b": CONVERTED}


def test_a_write_that_fails_leaves_the_file_as_it_was(run, monkeypatch, tmp_path):
    """And nothing beside it."""

    def fail(temporary, target):
        assert re.fullmatch(rf"{re.escape(str(tmp_path))}/\.migrate-.{{8}}", temporary)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(command.files.os, "replace", fail)
    status, out, _, files = run("in", "--write", "a.py", a=GROUP)
    assert status == 1 and "a.py:1: cannot be written: No space left on device\n" in out
    assert files == {"a": GROUP.encode()}
    assert sorted(path.name for path in tmp_path.iterdir()) == [".git", "a.py"]


@pytest.mark.parametrize(
    "error, line",
    [
        (ZeroDivisionError("oops"), "a.py:1: stays: internal error, please report it: ZeroDivisionError: oops\n"),
        (RecursionError(), "a.py:1: stays: its code is nested too deeply\n"),
    ],
)
def test_an_error_of_the_program_stops_no_other_file(run, monkeypatch, error, line):
    """It is a line, and the file stays."""
    convert_it = command.convert

    def failing(text, *arguments):
        if "failing" in text:
            raise error
        return convert_it(text, *arguments)

    monkeypatch.setattr(command, "convert", failing)
    status, out, _, files = run("in", "--write", ".", a=GROUP + "# failing\n", b=GROUP)
    assert status == 1 and out.startswith(line)
    assert files == {"a": f"{GROUP}# failing\n".encode(), "b": CONVERTED}


def test_deep_nesting_is_no_crash(run):
    """Of brackets, of operators, of elifs, however little of the stack there is."""
    contents = {
        "brackets": f"{GROUP}x = {'[' * 300}{']' * 300}\n",
        "operators": f"{GROUP}x = {'-' * 300}1\n",
        "elifs": f"{GROUP}if x:\n    pass\n" + "elif x:\n    pass\n" * 3_000,
    }
    status, out, err, _ = run("in", ".", **contents)
    assert status in (0, 1) and "Traceback" not in err
    assert out.splitlines()[-1].startswith("3 files, ")


def test_ctrl_c_ends_the_run_between_two_files(run, monkeypatch):
    """With 130, as shells have it, and a line; no file is half written."""
    join = threading.Thread.join
    stopped = threading.Event()

    def joins_again(thread, *arguments):
        stopped.set()
        return join(thread, *arguments)

    def interrupted(thread, *arguments):
        monkeypatch.setattr(threading.Thread, "join", joins_again)
        raise KeyboardInterrupt

    def find(paths, exclude):
        assert stopped.wait(60)
        return iter(paths)

    monkeypatch.setattr(threading.Thread, "join", interrupted)
    monkeypatch.setattr(command.files, "find", find)
    status, out, err, files = run("in", "--write", "a.py", a=GROUP)
    assert (status, out, err) == (130, "", "interrupted; 0 files changed\n")
    assert files == {"a": GROUP.encode()}


def test_ctrl_c_while_libcst_loads_is_no_traceback(monkeypatch, capsys):
    """The status and the line are those of a run that has begun."""

    class Interrupted:
        def find_spec(self, name, path=None, target=None):
            if name == "libcst":
                raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, "libcst")
    monkeypatch.setattr(sys, "meta_path", [Interrupted(), *sys.meta_path])
    assert _migrate.main(["in", "a.py"]) == 130
    assert capsys.readouterr() == ("", "interrupted\n")


def test_the_process_ends_without_a_search_for_cycles(run, monkeypatch):
    """Of all that libcst consists of, which takes as long as a small file."""
    registered = []
    monkeypatch.setattr(_migrate.atexit, "register", registered.append)
    run("in", "a.py", a="")
    assert registered == [gc.freeze]


@pytest.mark.parametrize("count, lines", [(40, 2_000), (1, 1)])
def test_a_reader_that_goes_away_is_no_traceback(tmp_path, count, lines):
    """As `| head` does; also if all that is printed waits in the buffer until the end."""
    for number in range(count):
        (tmp_path / f"m{number}.py").write_text(GROUP + "x = 1\n" * lines + GROUP)
    command_line = [sys.executable, "-m", "taskgroup_compat", "migrate", "in", str(tmp_path)]
    with subprocess.Popen(command_line, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert (process.stderr.read(), process.wait()) == (b"", 1)


def test_a_terminal_of_ascii_shows_the_diff(tmp_path):
    """What it cannot show is escaped."""
    (tmp_path / "é.py").write_text("from asyncio import TaskGroup  # é\n", encoding="utf-8")
    process = subprocess.run(
        [sys.executable, "-m", "taskgroup_compat", "migrate", "in", str(tmp_path)],
        env={**os.environ, "PYTHONIOENCODING": "ascii", "LC_ALL": "C"},
        capture_output=True,
    )
    assert (process.returncode, process.stderr) == (0, b"")
    assert b"+from taskgroup_compat import TaskGroup  # \\xe9\n" in process.stdout


def test_a_libcst_that_is_too_old_is_named(monkeypatch, capsys):
    """And what to do."""
    monkeypatch.setattr(cst, "LIBCST_VERSION", "0.4.9")
    assert _migrate.main(["in", "."]) == 2
    assert "needs libcst 1.1 or later, and this is 0.4.9" in capsys.readouterr().err


def test_the_interpreter_runs_it():
    """`python -m taskgroup_compat migrate`, with warnings as errors."""
    process = subprocess.run(
        [sys.executable, "-W", "error", "-m", "taskgroup_compat", "migrate", "in", "missing.py"],
        capture_output=True,
        text=True,
    )
    assert (process.returncode, process.stdout) == (2, "")
    assert "no such file or folder: missing.py" in process.stderr


def test_without_the_extra_it_says_what_to_install(monkeypatch, capsys):
    """And ends with 2."""
    monkeypatch.setitem(sys.modules, "libcst", None)
    assert _migrate.main(["in", "."]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "python -m pip install libcst" in printed.err


def test_help_needs_no_libcst(monkeypatch, capsys):
    """Who has not installed the extra can read what the command does."""
    monkeypatch.setitem(sys.modules, "libcst", None)
    assert _migrate.main(["in", "--help"]) == 0
    assert "--report-newer" in capsys.readouterr().out


def test_the_package_imports_nothing_of_it():
    """Neither libcst nor the folder."""
    code = (
        "import sys, taskgroup_compat; sys.exit('libcst' in sys.modules or 'taskgroup_compat._migrate' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def shown_runs():
    """Yield the file, the arguments and the output of each run in the documentation."""
    docs = Path(__file__).resolve().parents[2] / "docs"
    pages = "".join((docs / name).read_text(encoding="utf-8") for name in ("way-in.md", "way-out.md"))
    blocks = "```python\n(.*?)```\n.*?```console\n\\$ python -m taskgroup_compat migrate (.*?)\n(.*?)```\n"
    for part in pages.split("<!-- a run of migrate -->\n")[1:]:
        yield re.search(blocks, part, re.DOTALL).groups()


@pytest.mark.parametrize("text, arguments, printed", list(shown_runs()))
def test_the_page_shows_what_is_printed(run, text, arguments, printed):
    """For each file in docs/way-in.md and docs/way-out.md."""
    name = arguments.split()[-1]
    _, out, err, _ = run(*arguments.split(), **{name.partition(".")[0]: text})
    assert (out, err) == (printed, "")


def test_readmes_compat_module_needs_the_package_no_more_from_3_15_on(run):
    """`out --floor 3.15` folds both of its guards."""
    text = (Path(__file__).resolve().parents[1] / "typing" / "guarded.py").read_text(encoding="utf-8")
    status, out, _, files = run("out", "--floor", "3.15", "--write", "compat.py", compat=text)
    assert status == 0 and "0 left" in out
    assert files["compat"].decode() == dedent(
        """\
        from asyncio import TaskGroup, timeout
        from builtins import BaseExceptionGroup, ExceptionGroup

        __all__ = ["BaseExceptionGroup", "ExceptionGroup", "TaskGroup", "timeout"]
        """
    )


def test_a_file_of_many_statements_comes_out_again_as_it_was(run):
    """Each statement is converted in both directions; `nox -s migrate` takes a file of more than 10,000 lines."""
    part = dedent(
        """
        async def function_{0}(urls, limit):
            results = []
            try:
                async with TaskGroup() as tg:
                    for url in urls:
                        results.append(tg.create_task(fetch(url, limit=limit + {0})))
            except* ValueError as group:
                failed = len(group.exceptions)
                print(f"failed: {{failed}}")
            return [result.result() for result in results], failed


        """
    )
    text = "from asyncio import TaskGroup\n\n\n" + "".join(part.format(number) for number in range(STATEMENTS))
    status, out, _, files = run("in", "--write", "a.py", a=text)
    assert status == 0 and f"{STATEMENTS} except* statement" in out
    status, _, _, files = run("out", "--floor", "3.15", "--write", "a.py")
    assert files["a"].decode() == text


class Terminal(io.StringIO):
    """Writes to the same place as stdout, as a terminal does."""

    def isatty(self):
        return True

    def write(self, text):
        return sys.stdout.write(text)


def test_progress_is_shown_now_and_then(run, monkeypatch):
    """On a terminal, from the first second on."""
    clock = iter([100.0, 100.9, 101.0, 101.1, 101.25, 109.0])
    monkeypatch.setattr(command.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(sys, "stderr", Terminal())
    _, out, _, _ = run("in", ".", **{f"m{number}": "x = 1\n" for number in range(5)})
    shown = "\rreading 2 of 5\rreading 4 of 5\rreading 5 of 5\r\033[K"
    assert out == shown + "5 files, 0 would change, 0 left. Nothing was converted.\n"


def test_no_progress_is_shown_elsewhere(run, monkeypatch):
    """However long the run takes: stderr of a job in CI stays empty."""
    times = iter(range(0, 100_000, 3))
    monkeypatch.setattr(command.time, "monotonic", lambda: next(times))
    _, out, err, _ = run("in", ".", **{f"m{number}": "x = 1\n" for number in range(5)})
    assert (out, err) == ("5 files, 0 would change, 0 left. Nothing was converted.\n", "")


def test_progress_makes_room_for_what_is_printed(run, monkeypatch):
    """On a terminal: what is left, the diffs, the last line."""
    times = iter(range(0, 100_000, 3))
    monkeypatch.setattr(command.time, "monotonic", lambda: next(times))
    monkeypatch.setattr(sys, "stderr", Terminal())
    _, out, _, _ = run("in", "--write", ".", a=b"\xff", b=GROUP + "x = (\n", c=GROUP)
    assert re.sub(r"cannot be .*", "...", out) == (
        "\rreading 1 of 3\r\033[Ka.py:1: ...\n\rreading 2 of 3\rreading 3 of 3"
        "\rconverting 1 of 2\r\033[Kb.py:2: ...\n\rconverting 2 of 2\r\033[K"
        "3 files, 1 changed, 2 left. Converted: 1 TaskGroup.\n"
    )


@pytest.mark.parametrize(
    "name, text, lines",
    [
        (
            "pyproject.toml",
            '[build-system]\nrequires = ["taskgroup-compat"]\nbackend-path = ["taskgroup-compat"]\n',
            [2],
        ),
        ("pyproject.toml", '[project]\ndependencies = ["a"]\nkeywords = ["taskgroup-compat"]\n', []),
        ("pyproject.toml", "[project]\noptional-dependencies.tests = ['taskgroup-compat']\n", [2]),
        ("pyproject.toml", '[project.optional-dependencies]  # extras\n"tests" = ["taskgroup-compat"]\n', [2]),
        ("pyproject.toml", '["dependency-groups"]\ntests = ["taskgroup-compat"]\n', [2]),
        ("pyproject.toml", "['dependency-groups']\nimport = ['taskgroup-compat']\n", [2]),
        ("pyproject.toml", '[tool.poetry.dependencies]\ntaskgroup-compat = "^1"\n', [2]),
        ("pyproject.toml", '[tool.poetry.dev-dependencies]\ntaskgroup-compat = "^1"\n', [2]),
        ("pyproject.toml", '[tool.poetry.extras]\ngroups = ["taskgroup-compat"]\n', [2]),
        ("pyproject.toml", '[tool.poetry]\nname = "taskgroup-compat"\n', []),
        ("pyproject.toml", '[tool.pdm.dev-dependencies]\ntests = [\n  "taskgroup-compat",\n]\n', [3]),
        (
            "pyproject.toml",
            '[tool.uv]\ndev-dependencies = ["taskgroup-compat"]\nno-build = ["taskgroup-compat"]\n',
            [2],
        ),
        ("pyproject.toml", '[tool.hatch.envs.tests]\nextra-dependencies = ["taskgroup-compat"]\n', [2]),
        ("pyproject.toml", '[[tool.mypy.overrides]]\nmodule = "taskgroup_compat.*"\n', []),
        ("setup.cfg", "[options]\ntests_require = taskgroup-compat\n", [2]),
        ("setup.cfg", "[options.extras_require]\r\ntests =\r\n  taskgroup-compat\r\n", [3]),
        ("setup.py", "import taskgroup_compat\nversion = taskgroup_compat.__version__\n", []),
        ("setup.py", "setup(\n    extras_require={'groups': 'Taskgroup-Compat[migrate]'},\n)\n", [2]),
        ("tox.ini", "[testenv:old]\ndeps = taskgroup-compat\n", [2]),
        ("tox.ini", "[env_run_base]\ndeps = taskgroup-compat\n", [2]),
        ("Pipfile", '[[source]]\nname = "taskgroup-compat"\n[dev-packages]\ntaskgroup-compat = "*"\n', [4]),
        ("requirements.txt", "-e ../taskgroup-compat\ntaskgroup-compat-extra\n# \xe9\nTASKGROUP.compat\n", [4]),
    ],
)
def test_each_kind_of_list_counts(tmp_path, name, text, lines):
    """By the table that it is in, and by its key."""
    (tmp_path / name).write_bytes(text.encode())
    assert dependencies.lines_naming(tmp_path / name, "taskgroup-compat") == lines


def test_the_nearest_folder_with_lists_of_dependencies_counts(tmp_path):
    """Each of its files once; the search ends where the repository does."""
    (tmp_path / "requirements.txt").touch()
    project, lonely = tmp_path / "project", tmp_path / "lonely"
    for folder in (project / "src", project / "requirements", project / "setup.py", lonely / ".git", lonely / "src"):
        folder.mkdir(parents=True)
    found = [project / "Pipfile", project / "requirements-dev.txt", project / "requirements" / "base.txt"]
    for path in [*found, project / "src" / "a.py", lonely / "src" / "b.py"]:
        path.touch()
    assert dependencies.project_files([project / "src" / "a.py", project / "src", project, project]) == found
    assert dependencies.project_files([lonely / "src" / "b.py", lonely]) == []
    assert dependencies.project_files([lonely / "src", project]) == found


def test_a_list_of_dependencies_that_cannot_be_read_is_passed_over(tmp_path):
    """As it is a folder, or no text."""
    (tmp_path / "requirements.txt").mkdir()
    (tmp_path / "requirements-dev.txt").write_bytes(b"# \xff\ntaskgroup-compat\n")
    found = dependencies.project_files([tmp_path])
    assert len(found) == 2
    assert [dependencies.lines_naming(path, "taskgroup-compat") for path in found] == [[], []]
