"""Runs a module or a file with ours in the place of what libraries use: running.py [--plain] MODULE ARGUMENT...

A script of its own, as the tests of a library may be a package `tests` as well.
"""

import os
import runpy
import sys


def put_ours():
    """Replaces what is there; what a version or an environment has not stays missing."""
    import asyncio
    import importlib

    import taskgroup_compat

    ours = {name: getattr(taskgroup_compat, name, None) for name in ("TaskGroup", "Timeout", "timeout", "timeout_at")}
    ours["catch"] = taskgroup_compat.catch
    places = ["taskgroup", "taskgroup.tasks", "taskgroup.timeouts", "exceptiongroup"]
    if sys.version_info >= (3, 11):
        places += ["asyncio", "asyncio.taskgroups", "asyncio.timeouts"]
    for place in places:
        try:
            module = importlib.import_module(place)
        except ImportError:
            continue
        for name, value in ours.items():
            if value is not None and hasattr(module, name):
                setattr(module, name, value)
    if sys.version_info >= (3, 11):
        assert asyncio.TaskGroup is taskgroup_compat.TaskGroup


def main():
    # The folder of this file, where other modules would hide the library's.
    sys.path[0] = ""
    arguments = sys.argv[1:]
    if arguments[0] == "--plain":
        del arguments[0]
    else:
        put_ours()
    module, sys.argv[1:] = arguments[0], arguments[1:]
    if module.endswith(".py"):
        sys.argv[0] = module
        sys.path[0] = os.path.dirname(os.path.abspath(module))
        runpy.run_path(module, run_name="__main__")
    else:
        runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
