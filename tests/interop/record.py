"""Record the outcome of every scenario on this Python: `python3.15 -m tests.interop.record`."""

import asyncio
import sys

from taskgroup_compat import TaskGroup

from . import tables


def main():
    if TaskGroup is not asyncio.TaskGroup or sys.version_info[:2] != (3, 15):
        raise SystemExit("expectations are recorded with Python 3.15's own TaskGroup")
    tables.FOLDER.mkdir(exist_ok=True)
    for name, outcomes in tables.produce().items():
        tables.save(name, outcomes)
        print(f"{name}: {len(outcomes)} groups or scenarios")


if __name__ == "__main__":
    main()
