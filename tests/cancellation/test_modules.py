"""From 3.11 on cancellation is handled without reading other frames and objects, and without replacing a method."""

import ast
import asyncio
import pathlib
import subprocess
import sys

import pytest

from taskgroup_compat import TaskGroup, timeout
from tests.support.virtual_time import run

pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="below 3.11 a record counts in the Task's place")

PACKAGE = "taskgroup_compat."
# _catch reads the tracebacks of what a block has raised, on every version.
OTHER_SUBJECTS = ("taskgroup_compat._catch", "taskgroup_compat._migrate")

USE_EVERYTHING = """
import asyncio, sys
from taskgroup_compat import *

async def fails():
    try:
        await asyncio.sleep(9)
    finally:
        raise ValueError

async def main():
    task = asyncio.current_task()
    asyncio.get_running_loop().call_later(0.01, task.cancel)
    try:
        async with timeout(9), TaskGroup() as group:
            group.create_task(fails())
    except ExceptionGroup:
        print(cancelling(task), uncancel(task), file=sys.stderr)

asyncio.run(main())
for name, module in sys.modules.items():
    if name.startswith("taskgroup_compat"):
        print(name, module.__file__, sep="=")
"""


def loaded_sources():
    """The syntax trees of the modules that a program loads that uses groups and timeouts, by name."""
    done = subprocess.run([sys.executable, "-c", USE_EVERYTHING], capture_output=True, text=True, check=True)
    assert done.stderr.split() == ["1", "0"]
    files = dict(line.split("=", 1) for line in done.stdout.splitlines())
    read = {name: file for name, file in files.items() if not name.startswith(OTHER_SUBJECTS)}
    return {name: ast.parse(pathlib.Path(file).read_text(encoding="utf-8")) for name, file in read.items()}


def imported_names(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


def attributes(tree):
    return {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def test_programs_load_only_the_modules_of_their_version():
    """From 3.11 on neither scopes nor records, from 3.13 on only the public functions of cancellation."""
    expected = {PACKAGE + "_cancellation"}
    if sys.version_info < (3, 13):
        expected |= {PACKAGE + "_cancellation.counted", PACKAGE + "_cancellation.undelivered"}
    found = {name for name in loaded_sources() if name.startswith(PACKAGE + "_cancellation")}
    assert found == expected


def test_no_loaded_module_inspects_other_objects():
    """None imports gc or reads a coroutine's locals; below 3.13 only frames of callers are read."""
    for name, tree in loaded_sources().items():
        assert "gc" not in imported_names(tree), name
        coroutines = {"cr_frame", "cr_await", "gi_frame", "gi_yieldfrom", "ag_frame", "ag_await", "get_coro"}
        assert not coroutines & attributes(tree), name
        if name != PACKAGE + "_cancellation.undelivered":
            assert not {"_getframe", "f_back", "f_locals"} & attributes(tree), name


def test_no_method_of_the_task_is_replaced():
    """The attributes of a task are the same inside and outside of a group and a timeout."""

    async def main():
        task = asyncio.current_task()
        before = dict(getattr(task, "__dict__", {})), task.cancel
        async with timeout(1), TaskGroup():
            return (dict(getattr(task, "__dict__", {})), task.cancel) == before

    assert run(main()) is True
