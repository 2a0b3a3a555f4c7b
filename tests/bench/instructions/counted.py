"""`python -m tests.bench.instructions.counted ours|peers [ROW ...]`: the process that callgrind runs for the rows.

Every operation is warmed up before the first count. A label is a row's key and a name; a pair that fails is printed.
"""

import asyncio
import gc
import sys

from .counter import count_nothing, start, stop
from .rows import WARM_UP, rows_of


async def warm_up(row, name):
    operation, subject = row.runs[name]
    for _ in range(-(-WARM_UP // row.count)):
        await operation(subject, row.arguments())


async def count(row, name):
    operation, subject = row.runs[name]
    arguments = row.arguments()
    label = f"{row.key}|{name}"
    await asyncio.sleep(0)
    gc.collect()
    start()
    await operation(subject, arguments)
    stop(label)


def main():
    process, *keys = sys.argv[1:]
    rows = [row for row in rows_of(process) if not keys or row.key in keys]
    gc.disable()
    failed = set()
    for step in (warm_up, count):
        if step is count:
            count_nothing()
        for row in rows:
            for name in row.runs:
                if (row.key, name) in failed:
                    continue
                try:
                    asyncio.run(step(row, name))
                except Exception as error:
                    failed.add((row.key, name))
                    print(f"{row.key}|{name}|{error!r}")


if __name__ == "__main__":
    main()
