"""The command line: what it prints and writes, its exit status, encodings, line ends, large files, many files."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from .tool import dedent
from .tool import libcst as cst

from taskgroup_compat import _migrate  # isort: skip
from taskgroup_compat._migrate import command, convert  # isort: skip

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
        1 file, 1 changed with --write, 0 left. Converted: 1 ExceptionGroup.
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
        "1 file, 0 changed with --write, 1 left. Nothing was converted.\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["sideways", "a.py"],
        ["out", "a.py"],
        ["out", "--floor", "3.12", "a.py"],
        ["out", "--floor", "3.11"],
        ["in"],
        ["in", "missing.py"],
        ["in", "--floor", "3.11", "a.py"],
        ["out", "--floor", "3.11", "--from", "trio", "a.py"],
    ],
)
def test_bad_arguments_are_status_2(run, arguments):
    """And a line on stderr; nothing is read."""
    status, out, err, _ = run(*arguments, a="x = 1\n")
    assert (status, out) == (2, "")
    assert "error: " in err


def test_help_is_status_0(run):
    """It says what the exit status means."""
    status, out, err, _ = run("--help")
    assert (status, err) == (0, "")
    assert "Exit status: 0 if all was done" in out


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
        (b"from asyncio import TaskGroup\nx = '\xff'\n", "cannot be read: "),
        (b"# coding: nonsense\nfrom asyncio import TaskGroup\n", "cannot be read: unknown encoding"),
        (b"from asyncio import TaskGroup\ndef f(:\n", "cannot be parsed"),
        (b"\x0cfrom asyncio import TaskGroup\n", "stays: the parser does not keep all of its text"),
    ],
)
def test_what_cannot_be_read_is_left(run, data, why):
    """It is said, the rest is done, and the status is 1."""
    status, out, _, files = run("in", "--write", ".", a=data, b="from asyncio import TaskGroup\n")
    assert status == 1
    assert out.startswith("a.py:") and f": {why}" in out.split("\n")[0]
    assert files == {"a": data, "b": b"from taskgroup_compat import TaskGroup\n"}


def test_a_text_that_would_not_compile_is_not_written(run, monkeypatch):
    """Whatever went wrong in the conversion."""
    outside = cst.SimpleStatementLine([cst.Return()])
    monkeypatch.setattr(convert.in_star, "convert", lambda editing, wanted: editing.replace_module([outside]))
    status, out, _, files = run("in", "--write", "a.py", a="from asyncio import TaskGroup\n")
    assert status == 1 and "stays: converted, it would not compile" in out
    assert files == {"a": b"from asyncio import TaskGroup\n"}


def test_folders_are_searched(run, tmp_path):
    """Not those that are hidden, nor environments; a file is taken once, whatever its name ends in if it is named."""
    for folder in ("sub", ".hidden", "env", "__pycache__"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "m.py").write_text("from asyncio import TaskGroup\n")
    (tmp_path / "env" / "pyvenv.cfg").write_text("")
    (tmp_path / "script").write_text("from asyncio import TaskGroup\n")
    status, out, _, _ = run("in", "--write", ".", "sub/m.py", "script")
    assert status == 0 and out.endswith("2 files, 2 changed, 0 left. Converted: 2 TaskGroup.\n")


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
    assert "pyproject.toml:1: note: taskgroup-compat is a dependency now\n" in out


def test_an_import_that_another_file_needs_stays_importable(run):
    """Found among the files of the run."""
    status, _, _, files = run(
        "out", "--floor", "3.11", "--write", ".", a=BEFORE, b="from .a import ExceptionGroup\nraise ExceptionGroup\n"
    )
    assert status == 0
    assert files["a"].startswith(b"from builtins import ExceptionGroup\n")


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
    assert 'python -m pip install "taskgroup-compat[migrate]"' in printed.err


def test_the_package_imports_nothing_of_it():
    """Neither libcst nor the folder."""
    code = (
        "import sys, taskgroup_compat; sys.exit('libcst' in sys.modules or 'taskgroup_compat._migrate' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def shown_runs():
    """Each run that the page shows: the arguments, the file, and what is printed."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "migrating.md").read_text(encoding="utf-8")
    blocks = "```python\n(.*?)```\n.*?```console\n\\$ python -m taskgroup_compat migrate (.*?)\n(.*?)```\n"
    for part in page.split("<!-- a run of migrate -->\n")[1:]:
        yield re.search(blocks, part, re.DOTALL).groups()


@pytest.mark.parametrize("text, arguments, printed", list(shown_runs()))
def test_the_page_shows_what_is_printed(run, text, arguments, printed):
    """Of each file that docs/migrating.md shows."""
    name = arguments.split()[-1]
    _, out, err, _ = run(*arguments.split(), **{name.partition(".")[0]: text})
    assert (out, err) == (printed, "")


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


def test_a_large_tree_shows_how_far_it_is(run, tmp_path, monkeypatch):
    """On stderr, so that the diff can be piped on."""
    times = iter(range(0, 100_000, 3))
    monkeypatch.setattr(command.time, "monotonic", lambda: next(times))
    for number in range(2_000):
        folder = tmp_path / f"package_{number % 40}"
        folder.mkdir(exist_ok=True)
        (folder / f"module_{number}.py").write_text(
            "from asyncio import TaskGroup\n" if number % 50 == 0 else "x = 1\n"
        )
    status, out, err, _ = run("in", "--write", ".")
    assert status == 0
    assert out == "2000 files, 40 changed, 0 left. Converted: 40 TaskGroup.\n"
    assert "reading 2 of 2000\n" in err and "converting 40 of 40\n" in err
