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
    """Return the first lines of the output, which name the classes in use and the reasons."""
    own = "this package's own; asyncio has none before 3.11"
    native = "asyncio's own; this version has all of it"
    group = "a subclass of asyncio.TaskGroup that adds cancel() and the fixes up to 3.15"
    limit = "a subclass of asyncio.Timeout that adds the fixes up to 3.13"
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
    """Run Python with warnings as errors."""
    # Without -X dev: asyncio's debug mode reports slow steps, which a busy machine has.
    command = [sys.executable, "-W", "error", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_check_has_the_outcome_of_3_15():
    """It names the classes in use, shows the error of the group as a tree, exits with 0 and leaves stderr empty."""
    result = run("-m", PLACE)
    assert (result.returncode, result.stderr) == (0, ""), result.stdout
    # sys.executable can differ from the path that started the interpreter.
    path = run("-c", "import sys; print(sys.executable)").stdout
    assert result.stdout.startswith(head(path.rstrip("\n")))
    assert (
        """
The error of the group:
  ExceptionGroup: unhandled errors in a TaskGroup (2 sub-exceptions)
  |-- LookupError: no price for gold
  `-- ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)
      `-- ConnectionError: pepper was not told goodbye
"""
        in result.stdout
    )
    assert result.stdout.endswith("\nAll as on Python 3.15.\n")


def test_check_of_a_changed_group_exits_with_1():
    """The output shows the outcome of 3.15 beside the one that differs."""
    result = run("-c", BROKEN)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "But on 3.15:\n  ExceptionGroup: unhandled errors in a TaskGroup (2 sub-exceptions)\n" in result.stdout
    assert result.stdout.endswith("\nNOT as on Python 3.15.\n")


def test_migrate_receives_the_arguments_after_its_name(monkeypatch):
    """`python -m taskgroup_compat migrate ...` exits with the status of migrate."""
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
        (["check", "migrate"], "migrate"),
        (["", "check"], "''"),
    ],
)
def test_unknown_arguments_exit_with_2(arguments, named):
    """A mistyped command in a CI step fails; the last line on stderr names the argument."""
    result = run("-m", PLACE, *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    last = result.stderr.splitlines()[-1]
    assert last.startswith(f"python -m {PLACE}: error: ")
    assert named in last


def test_migrate_after_two_dashes_does_not_run_the_check():
    """argparse accepts the command there from 3.12.8 on, and refuses it below."""
    result = run("-m", PLACE, "--", "migrate")
    assert (result.returncode, result.stdout) == (2, "")
    try:
        status = program.main(["--", "migrate"])
    except SystemExit as ended:
        status = ended.code
    assert status == 2


def test_help_names_the_commands():
    """`--help` describes both commands."""
    result = run("-m", PLACE, "--help")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith(f"usage: python -m {PLACE} ")
    assert "\n    check " in result.stdout
    assert "\n    migrate " in result.stdout


def test_version_prints_the_package_and_its_version():
    """`--version` exits with 0."""
    result = run("-m", PLACE, "--version")
    assert (result.returncode, result.stdout, result.stderr) == (0, f"{PLACE} {taskgroup_compat.__version__}\n", "")


def test_check_is_the_default():
    """`check` prints what no argument prints."""
    named, default = run("-m", PLACE, "check"), run("-m", PLACE)
    assert (named.returncode, named.stdout, named.stderr) == (default.returncode, default.stdout, default.stderr)


@pytest.mark.skipif(PLACE != "taskgroup_compat", reason="a vendored copy has no console script")
def test_console_script_runs_main(monkeypatch, capsys):
    """The usage message begins with the name of the script."""
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
    """`| head` closes its pipe like that. Buffered output raises the error at the last flush."""
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


def test_main_returns_the_exit_status(capsys, monkeypatch):
    """main() returns 0, or 1 if an outcome differs from that of 3.15."""
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


def test_a_nested_group_is_shown_below_its_parent():
    """A vertical line joins the children of one parent."""
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


def test_copy_without_migrate_says_what_to_install(monkeypatch, capsys):
    """Another missing module is an error of that module."""
    monkeypatch.setitem(sys.modules, f"{PLACE}._migrate", None)
    assert program.main(["migrate", "in"]) == 2
    printed = capsys.readouterr()
    assert (printed.out, "migrate is not part of this copy" in printed.err) == ("", True)

    def lacks_another(*names):
        raise ModuleNotFoundError("no_such_module is missing", name="no_such_module")

    monkeypatch.setattr(program, "import_module", lacks_another)
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        program.main(["migrate", "in"])


def test_reader_that_has_gone_away_is_status_1(monkeypatch, tmp_path):
    """The interpreter's last flush writes to devnull. Another error of the output is raised."""

    class Closed(io.StringIO):
        number = errno.EINVAL if sys.platform == "win32" else errno.EPIPE

        def flush(self):
            raise OSError(self.number, "closed")

        def fileno(self):
            return file.fileno()

    monkeypatch.setattr(program, "run", lambda arguments: 0)
    with open(str(tmp_path / "output"), "w") as file:
        monkeypatch.setattr(sys, "stdout", Closed())
        assert program.main([]) == 1
        print("lost", file=file)
        Closed.number = errno.ENOSPC
        with pytest.raises(OSError, match="closed"):
            program.main([])
    assert (tmp_path / "output").read_text() == ""
