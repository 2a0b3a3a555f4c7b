"""`python -m taskgroup_compat`, mostly in a process of its own."""

import asyncio
import errno
import io
import os
import platform
import runpy
import subprocess
import sys
from importlib import metadata

import pytest

import taskgroup_compat
from taskgroup_compat import __main__ as program

# In `nox -s build` the package is at another place than its name.
PLACE = taskgroup_compat.__name__
BROKEN = f"""
import runpy
import {PLACE} as taskgroup_compat

class Renaming(taskgroup_compat.TaskGroup):
    async def __aexit__(self, *exc_info):
        try:
            return await super().__aexit__(*exc_info)
        except taskgroup_compat.ExceptionGroup as group:
            raise taskgroup_compat.ExceptionGroup("another message", group.exceptions)

taskgroup_compat.TaskGroup = Renaming
runpy.run_module("{PLACE}", run_name="__main__")
"""


def head(executable):
    """The first lines, which say what is in use on this version, and why."""
    own = "this package's own; asyncio has none before 3.11"
    native = "asyncio's own, which lacks nothing on this version"
    group = "a subclass of asyncio.TaskGroup, which lacks cancel() and later fixes before 3.15"
    limit = "a subclass of asyncio.Timeout, which lacks later fixes before 3.13"
    if sys.version_info < (3, 11):
        group = limit = own
    if sys.version_info >= (3, 13):
        limit = native
    if sys.version_info >= (3, 15):
        group = native
    loop = asyncio.new_event_loop()
    loop.close()
    return f"""\
{PLACE} {taskgroup_compat.__version__}
Python: {platform.python_implementation()} {platform.python_version()}, {executable}
Loop: {type(loop).__name__}
TaskGroup: {group}
Timeout: {limit}
ExceptionGroup: from {"builtins" if sys.version_info >= (3, 11) else "exceptiongroup"}

Children of nested groups:
"""


def run(*arguments):
    """Runs Python with warnings as errors, so that nothing is left unsaid."""
    # Not in development mode: asyncio's would tell of each step that a busy machine takes long for.
    command = [sys.executable, "-W", "error", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_program_comes_out_as_on_3_15():
    """It says what it runs on, shows the group's error as a tree, exits with 0 and writes nothing on stderr."""
    result = run("-m", PLACE)
    assert (result.returncode, result.stderr) == (0, ""), result.stdout
    # An interpreter may write the path that it was started by in another way.
    path = run("-c", "import sys; print(sys.executable)").stdout
    assert result.stdout.startswith(head(path.rstrip("\n")))
    assert (
        """
What the group raised:
  ExceptionGroup: unhandled errors in a TaskGroup (2 sub-exceptions)
  |-- LookupError: no price for gold
  `-- ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)
      `-- ConnectionError: pepper was not told goodbye
"""
        in result.stdout
    )
    assert result.stdout.endswith("\nAll as on Python 3.15.\n")


def test_program_says_what_differs():
    """With a group that behaves in another way it names the difference and exits with 1."""
    result = run("-c", BROKEN)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "But on 3.15:\n  ExceptionGroup: unhandled errors in a TaskGroup (2 sub-exceptions)\n" in result.stdout
    assert result.stdout.endswith("\nNOT as on Python 3.15.\n")


def test_migrate_gets_the_remaining_arguments(monkeypatch):
    """`python -m taskgroup_compat migrate ...` runs it, and exits with its status."""
    arguments = []
    monkeypatch.setattr(f"{PLACE}._migrate.main", lambda given: arguments.extend(given) or 3)
    monkeypatch.setattr(sys, "argv", [PLACE, "migrate", "out", "--help"])
    monkeypatch.delitem(sys.modules, program.__name__)
    with pytest.raises(SystemExit) as ended:
        runpy.run_module(PLACE, run_name="__main__")
    assert (ended.value.code, arguments) == (3, ["out", "--help"])


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["migrat", "in"], "'migrat'"),
        (["in"], "'in'"),
        (["--write"], "--write"),
        (["check", "--strict"], "--strict"),
        (["check", "file.py"], "file.py"),
    ],
)
def test_unknown_arguments_exit_with_2(arguments, named):
    """A mistyped command in a CI step fails; the last line on stderr names the argument."""
    result = run("-m", PLACE, *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    last = result.stderr.splitlines()[-1]
    assert last.startswith(f"python -m {PLACE}: error: ")
    assert named in last


def test_help_names_the_commands():
    """`--help` describes both commands."""
    result = run("-m", PLACE, "--help")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith(f"usage: python -m {PLACE} ")
    assert "\n    check " in result.stdout
    assert "\n    migrate " in result.stdout


def test_version_is_that_of_the_package():
    """`--version` prints the name and the version."""
    result = run("-m", PLACE, "--version")
    assert (result.returncode, result.stdout, result.stderr) == (0, f"{PLACE} {taskgroup_compat.__version__}\n", "")


def test_check_is_the_default():
    """`check` prints what no argument prints."""
    named, default = run("-m", PLACE, "check"), run("-m", PLACE)
    assert (named.returncode, named.stdout, named.stderr) == (default.returncode, default.stdout, default.stderr)


@pytest.mark.skipif(PLACE != "taskgroup_compat", reason="a vendored copy has no console script")
def test_console_script_is_the_same_program(monkeypatch, capsys):
    """The entry point calls main(), which names itself by the script."""
    (script,) = (
        each
        for each in metadata.distribution("taskgroup-compat").entry_points
        if (each.group, each.name) == ("console_scripts", "taskgroup-compat")
    )
    assert script.load() is program.main
    monkeypatch.setattr(sys, "argv", ["/usr/bin/taskgroup-compat", "unknown"])
    with pytest.raises(SystemExit) as ended:
        program.main()
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: taskgroup-compat ")


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [
        ([], {}),
        ([], {"PYTHONUNBUFFERED": "1"}),
        (["check"], {}),
        # Without a buffer argparse itself ignores the error from 3.12 on.
        (["--help"], {}),
        (["--version"], {}),
    ],
)
def test_closed_pipe_exits_with_1_and_prints_nothing(arguments, variables):
    """As `| head` closes it; with a buffer the error comes at the last flush."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    command = [sys.executable, "-W", "error", "-m", PLACE, *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**environment, **variables}
    ) as process:
        process.stdout.close()
        assert (process.stderr.read(), process.wait()) == (b"", 1)


def test_other_errors_of_the_output_are_raised(monkeypatch):
    """A full disk is no closed pipe."""

    class Full(io.StringIO):
        def flush(self):
            raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(sys, "stdout", Full())
    with pytest.raises(OSError, match="no space left"):
        program.main([])


def test_program_can_be_called(capsys, monkeypatch):
    """Importing it runs nothing; main() returns the exit status, 1 where something differs, which it shows."""
    assert program.main([]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(head(sys.executable))
    assert shown.endswith("\nAll as on Python 3.15.\n")

    expected = {**program.EXPECTED, "tasks left running": ["one"]}
    monkeypatch.setattr(program, "EXPECTED", expected)
    assert program.main([]) == 1
    assert capsys.readouterr().out.endswith(
        "\nTasks left running:\n  none\nBut on 3.15:\n  one\n\nNOT as on Python 3.15.\n"
    )


def test_a_group_in_a_group_is_shown_below_it():
    """Beside a line where more follows, and below the last one without."""
    first, last = (taskgroup_compat.ExceptionGroup("inner", [ValueError(1), KeyError(2)]) for _ in range(2))
    outer = taskgroup_compat.ExceptionGroup("outer", [first, OSError(3), last])
    head = "ExceptionGroup: inner (2 sub-exceptions)"
    assert program.tree(outer) == [
        "ExceptionGroup: outer (3 sub-exceptions)",
        f"|-- {head}",
        "|   |-- ValueError: 1",
        "|   `-- KeyError: 2",
        "|-- OSError: 3",
        f"`-- {head}",
        "    |-- ValueError: 1",
        "    `-- KeyError: 2",
    ]
