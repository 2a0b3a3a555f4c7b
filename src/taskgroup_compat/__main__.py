"""The command line, `python -m taskgroup_compat`: `check`, which is the default, and `migrate`.

`check` prints the classes in use on this Python with the reasons, and runs a small program. Its status is 0 if the
program has the outcome that it has on Python 3.15, else 1.
"""

from __future__ import annotations

import argparse
import asyncio
import errno
import os
import platform
import sys
from importlib import import_module
from typing import Sequence, TextIO, cast

from . import BaseExceptionGroup, ExceptionGroup, TaskGroup, Timeout, __version__, cancelling, timeout

PRICES = {"tea": 3, "coffee": 4}
# The outcome of shop() on 3.15.
EXPECTED = {
    "children of nested groups": [
        "gold: failed: LookupError: no price for gold",
        "slow body: cancelled",
        "slow pepper: failed: ConnectionError: pepper was not told goodbye",
        "slow salt: cancelled",
        "slow sugar: cancelled",
        "slow thyme: cancelled",
        "spices: failed: ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)",
        "tea: got 3",
    ],
    "the error of the group": [
        "ExceptionGroup: unhandled errors in a TaskGroup (2 sub-exceptions)",
        "|-- LookupError: no price for gold",
        "`-- ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)",
        "    `-- ConnectionError: pepper was not told goodbye",
    ],
    "a race that cancel() ended": ["coffee: got 4", "slow coffee: cancelled"],
    "an order with a time limit": ["slow mint: cancelled", "told: TimeoutError"],
    "the parent task stayed the same": ["yes"],
    "cancellations left on the parent": ["0"],
    "tasks left running": ["none"],
}


def one_line(error: BaseException) -> str:
    """Return the type and the message of an error."""
    return f"{type(error).__name__}: {error}"


def tree(error: BaseException) -> list[str]:
    """Return the lines that show an error and, below an exception group, each of its errors."""
    lines = [one_line(error)]
    if isinstance(error, BaseExceptionGroup):
        group = cast("BaseExceptionGroup[BaseException]", error)
        last = group.exceptions[-1]
        for child in group.exceptions:
            first, *rest = tree(child)
            lines.append(("`-- " if child is last else "|-- ") + first)
            lines += [("    " if child is last else "|   ") + line for line in rest]
    return lines


def lines_of(outcomes: dict[str, str]) -> list[str]:
    """Return a line for each outcome, sorted by name."""
    return [f"{name}: {outcome}" for name, outcome in sorted(outcomes.items())]


async def shop() -> dict[str, list[str]]:
    """Run nested groups until a child fails, a race of two children and a timeout; return their outcomes."""
    children: dict[str, str] = {}
    race: dict[str, str] = {}
    order: dict[str, str] = {}
    same: list[bool] = []
    error: list[str] = []
    slow: list[str] = []
    all_wait = asyncio.Event()

    async def price(goods: str) -> int:
        if goods.startswith("slow "):
            slow.append(goods)
            if len(slow) == 5:
                all_wait.set()
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                if goods == "slow pepper":
                    raise ConnectionError("pepper was not told goodbye")
                raise
        if goods == "gold":
            await all_wait.wait()  # for the same order in every run
            raise LookupError("no price for gold")
        await asyncio.sleep(0)
        return PRICES[goods]

    async def ask(goods: str, outcomes: dict[str, str]) -> None:
        try:
            outcomes[goods] = f"got {await price(goods)}"
        except asyncio.CancelledError:
            outcomes[goods] = "cancelled"
            raise
        except Exception as error:
            outcomes[goods] = f"failed: {one_line(error)}"
            raise

    async def ask_for_spices() -> None:
        try:
            async with TaskGroup() as spices:
                for goods in ("slow pepper", "slow thyme"):
                    spices.create_task(ask(goods, children))
        except ExceptionGroup as group:
            children["spices"] = f"failed: {one_line(group)}"
            raise

    async def win() -> None:
        await ask("coffee", race)
        contest.cancel()

    parent = asyncio.current_task()
    assert parent is not None
    before = asyncio.all_tasks()
    await ask("tea", children)
    try:
        async with TaskGroup() as tg:
            for goods in ("gold", "slow salt", "slow sugar"):
                tg.create_task(ask(goods, children))
            tg.create_task(ask_for_spices())
            same.append(asyncio.current_task() is parent)
            await ask("slow body", children)
    except ExceptionGroup as group:
        error = tree(group)
    async with TaskGroup() as contest:
        contest.create_task(ask("slow coffee", race))
        contest.create_task(win())
    try:
        async with timeout(0.05):
            await ask("slow mint", order)
    except TimeoutError as late:
        order["told"] = type(late).__name__
    await asyncio.sleep(0)  # raises a stray cancellation
    same.append(asyncio.current_task() is parent)
    return {
        "children of nested groups": lines_of(children),
        "the error of the group": error,
        "a race that cancel() ended": lines_of(race),
        "an order with a time limit": lines_of(order),
        "the parent task stayed the same": ["yes" if all(same) else "no"],
        "cancellations left on the parent": [str(cancelling(parent))],
        "tasks left running": [task.get_name() for task in asyncio.all_tasks() - before] or ["none"],
    }


def origin(kind: type, added: str) -> str:
    """Return whose class this is, and why; `added` names the additions of a subclass."""
    native = getattr(asyncio, kind.__name__, None)
    if native is None:
        return "this package's own; asyncio has none before 3.11"
    if kind is native:
        return "asyncio's own; this version has all of it"
    return f"a subclass of asyncio.{kind.__name__} that adds {added}"


async def check() -> int:
    """Print the classes in use and the results of the program; return the exit status."""
    print(f"{__package__} {__version__}")
    print(f"Python: {platform.python_implementation()} {platform.python_version()}, {sys.executable}")
    print(f"Loop: {type(asyncio.get_running_loop()).__name__}")
    print(f"TaskGroup: {origin(TaskGroup, 'cancel() and the fixes up to 3.15')}")
    print(f"Timeout: {origin(Timeout, 'the fixes up to 3.13')}")
    print(f"ExceptionGroup: from {ExceptionGroup.__module__}")
    async with timeout(30):
        outcome = await shop()
    wrong = False
    for title, expected in EXPECTED.items():
        print(f"\n{title.capitalize()}:", *outcome[title], sep="\n  ")
        if outcome[title] != expected:
            wrong = True
            print("But on 3.15:", *expected, sep="\n  ")
    print("\nNOT as on Python 3.15." if wrong else "\nAll as on Python 3.15.")
    return 1 if wrong else 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line; `migrate` reads its own arguments."""
    started_as_module = os.path.basename(sys.argv[0]) == "__main__.py"
    name = f"python -m {__package__}" if started_as_module else "taskgroup-compat"
    result = argparse.ArgumentParser(prog=name, description="Check the backport on this Python, or rewrite code.")
    result.add_argument("--version", action="version", version=f"{__package__} {__version__}")
    commands = result.add_subparsers(dest="command", metavar="check|migrate")
    text = "Run a small program and compare its outcome with that on Python 3.15. The status is 1 if they differ."
    commands.add_parser(
        "check", help="compare this Python with 3.15 by a small program (the default)", description=text
    )
    commands.add_parser("migrate", help="rewrite code to use this package, or to stop using it; see migrate --help")
    return result


def run(arguments: Sequence[str]) -> int:
    """Run a command; return the exit status."""
    if arguments[:1] != ["migrate"]:
        command = parser().parse_args(arguments).command
        if command != "migrate":
            return asyncio.run(check())
    # By its name: a vendored copy may lack it, and the type checker of the vendoring project should not miss it.
    try:
        migrate = import_module("._migrate", __package__)
    except ModuleNotFoundError as error:
        if error.name != f"{__package__}._migrate":
            raise
        print("migrate is not part of this copy; install taskgroup-compat[migrate]", file=sys.stderr)
        return 2
    return cast("int", migrate.main(list(arguments[1:])))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status, which is 1 if the reader of the output closes the pipe."""
    # None where there is no console, as under pythonw
    output = cast("TextIO | None", sys.stdout)
    try:
        try:
            return run(sys.argv[1:] if arguments is None else arguments)
        finally:
            if output is not None:
                output.flush()
    except OSError as error:
        # Windows reports a closed pipe as EINVAL.
        if error.errno != (errno.EINVAL if sys.platform == "win32" else errno.EPIPE):
            raise
        # The interpreter flushes once more at exit: the rest of the output goes to devnull.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


if __name__ == "__main__":
    sys.exit(main())
