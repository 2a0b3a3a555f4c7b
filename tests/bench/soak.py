"""`python -m tests.bench.soak`: random groups for ten minutes, which must leave no task and no memory behind.

Many users run random programs side by side: groups that fail, nest, are cancelled, cancel themselves and time out,
with children that sleep, fail at once, later, or when they are cancelled. A stray or a lost cancellation, an
unexpected error, a task that is left, output of asyncio's about errors, or memory that grows fails the soak.
"""

import argparse
import asyncio
import gc
import os
import platform
import random
import sys
import tracemalloc
from collections import Counter
from time import monotonic

from taskgroup_compat import BaseExceptionGroup, ExceptionGroup, TaskGroup, cancelling

if sys.version_info >= (3, 11):
    from asyncio import timeout
else:
    from async_timeout import timeout

USERS = 30
SAMPLES = 40
TRACED_GROWTH = 32 * 1024
RSS_GROWTH = 2 * 1024 * 1024


class Boom(Exception):
    """The error of children and bodies."""


class Soak:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.outcomes = Counter()
        self.problems = []
        self.running = True

    def problem(self, text):
        self.outcomes["problem"] += 1
        if len(self.problems) < 20:
            self.problems.append(text)

    def delay(self):
        return self.random.choice((0, 0, 0, 0.001, 0.002, 0.005))

    async def child(self, depth):
        kind = self.random.choice(
            ("return", "sleep", "sleep", "fail", "fail late", "fail when cancelled", "group", "group")
        )
        if kind == "return":
            return
        if kind == "sleep":
            await asyncio.sleep(self.delay() * 4)
        elif kind == "fail":
            raise Boom
        elif kind == "fail late":
            await asyncio.sleep(self.delay())
            raise Boom
        elif kind == "fail when cancelled":
            try:
                await asyncio.sleep(self.delay() * 4)
            except asyncio.CancelledError:
                raise Boom from None
        elif depth:
            await self.group(depth - 1)

    async def group(self, depth):
        async with TaskGroup() as group:
            for _ in range(self.random.randrange(8)):
                group.create_task(self.child(depth))
            body = self.random.randrange(6)
            if body == 0:
                raise Boom
            if body == 1:
                await asyncio.sleep(self.delay())
                group.cancel()
            elif body == 2:
                await asyncio.sleep(self.delay())
            elif body == 3 and depth:
                await self.group(depth - 1)

    async def plain(self):
        await self.group(3)

    async def timed_out(self):
        async with timeout(self.delay()):
            await self.group(2)

    async def timed_out_by_wait_for(self):
        task = asyncio.ensure_future(self.group(2))
        try:
            await asyncio.wait_for(task, self.delay())
        finally:
            # 3.8's wait_for() drops the error of what it cancelled, and its task complains.
            if not task.cancelled():
                task.exception()

    async def caught_inside_timeout(self):
        async with timeout(self.delay()):
            try:
                await self.group(1)
            except ExceptionGroup:
                self.outcomes["caught inside"] += 1
            await asyncio.sleep(self.delay())

    async def cancelled(self):
        task = asyncio.ensure_future(self.group(2))
        await asyncio.sleep(self.delay())
        was_asked = task.cancel()
        if self.random.random() < 0.3:
            task.cancel()
        await asyncio.wait({task})
        if task.cancelled():
            if not was_asked:
                self.problem("a task was cancelled that nobody cancelled")
            self.outcomes["cancelled"] += 1
        else:
            task.result()
            if was_asked:
                self.problem("a cancellation was lost")

    async def user(self):
        programs = (self.plain, self.timed_out, self.timed_out_by_wait_for, self.caught_inside_timeout, self.cancelled)
        while self.running:
            program = self.random.choice(programs)
            try:
                await program()
                # The loop reports leftovers of a group or a timeout here.
                await asyncio.sleep(0)
                self.outcomes["finished"] += 1
            except asyncio.TimeoutError:
                self.outcomes["timed out"] += 1
                await self.settled(program)
            except ExceptionGroup as error:
                if not all(isinstance(leaf, (Boom, asyncio.TimeoutError)) for leaf in leaves(error)):
                    self.problem(f"{program.__name__}: {error!r}")
                self.outcomes["failed"] += 1
                del error
                await self.settled(program)
            except BaseException as error:
                self.problem(f"{program.__name__}: {error!r}")

    async def settled(self, program):
        """After an error too there must be nothing left of a cancellation."""
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            self.problem(f"{program.__name__}: a stray cancellation")
        if cancelling(asyncio.current_task()):
            self.problem(f"{program.__name__}: the task still counts as being cancelled")


def leaves(error):
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from leaves(each)
    else:
        yield error


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def soak(seconds, seed):
    soak = Soak(seed)
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda loop, context: soak.problem(f"asyncio says: {context['message']}"))
    samples = []
    print(f"{platform.python_implementation()} {platform.python_version()}, {seconds:.0f} s, seed {seed}")
    print("seconds  programs  tasks  resident MiB  traced KiB", flush=True)
    started = monotonic()
    for number in range(1, SAMPLES + 1):
        soak.running = True
        # Each part begins and ends without tasks, so that samples can be compared.
        users = [asyncio.ensure_future(soak.user()) for _ in range(USERS)]
        await asyncio.sleep(max(0.1, started + seconds * number / SAMPLES - monotonic()))
        soak.running = False
        await asyncio.wait(users)
        del users
        for _ in range(3):
            await asyncio.sleep(0.01)
        left = len(asyncio.all_tasks()) - 1
        if left:
            soak.problem(f"{left} tasks are left: {list(asyncio.all_tasks())[:3]}")
        gc.collect()
        samples.append((resident(), tracemalloc.get_traced_memory()[0]))
        programs = sum(soak.outcomes.values())
        mebibytes, kibibytes = samples[-1][0] / 2**20, samples[-1][1] / 2**10
        print(
            f"{monotonic() - started:7.0f} {programs:9,} {left:6} {mebibytes:13.1f} {kibibytes:11.0f}",
            flush=True,
        )
    return soak, samples


def growth(values):
    """Return the least of the last quarter minus the least of the second: steady growth raises both."""
    quarter = len(values) // 4
    return min(values[-quarter:]) - min(values[quarter : 2 * quarter])


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.bench.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600, help="how long (600)")
    parser.add_argument("--seed", type=int, default=1, help="for the random programs (1)")
    options = parser.parse_args()
    tracemalloc.start()
    result, samples = asyncio.run(soak(options.seconds, options.seed))
    print(", ".join(f"{name}: {count:,}" for name, count in sorted(result.outcomes.items())))
    for name, values, limit in (
        ("resident", [s[0] for s in samples], RSS_GROWTH),
        ("traced", [s[1] for s in samples], TRACED_GROWTH),
    ):
        grown = growth(values)
        print(f"{name} memory: {grown / 1024:+.0f} KiB from the second quarter to the last, limit {limit / 1024:.0f}")
        if grown > limit:
            result.problem(f"{name} memory grows")
    for problem in result.problems:
        print(f"PROBLEM {problem}")
    print("failed" if result.problems else "nothing left, memory flat")
    sys.exit(bool(result.problems))


if __name__ == "__main__":
    main()
