"""python -m taskgroup_compat: says what TaskGroup is here, and tries it on a small real program.

Exits with 0 only if everything came out as it does with the TaskGroup of Python 3.15.
"""

import asyncio
import platform
import sys
from typing import Any, Dict, List, Set, cast

from . import BaseExceptionGroup, ExceptionGroup, TaskGroup, Timeout, __version__, cancelling, timeout

PRICES = {"tea": 3, "coffee": 4}
# What the program below gives on 3.15.
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
    "what the group raised": [
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


class PriceServer:
    """A server on loopback that is asked for one price a connection, and never answers about slow goods.

    It answers about gold only when everybody who is to be cancelled waits for it, so that each run is the same.
    """

    def __init__(self, waiters: int) -> None:
        self.waiters: int = waiters
        self.all_wait: asyncio.Event = asyncio.Event()
        self.connections: Set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> "PriceServer":
        self.server: asyncio.AbstractServer = await asyncio.start_server(self.answer, "127.0.0.1", 0)
        self.port: int = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self.server.close()
        await asyncio.gather(*self.connections)
        await self.server.wait_closed()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.connections.add(task)
        try:
            goods = (await reader.readline()).decode().strip()
            if goods.startswith("slow "):
                self.waiters -= 1
                if not self.waiters:
                    self.all_wait.set()
                await reader.read()  # until the client is gone
                return
            if goods == "gold":
                await self.all_wait.wait()
            writer.write(f"{PRICES.get(goods, 'none')}\n".encode())
            await writer.drain()
        finally:
            writer.close()

    async def price(self, goods: str) -> int:
        """What a client is answered; the connection is closed however it ends."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(f"{goods}\n".encode())
            answer = (await reader.readline()).decode().strip()
            if answer == "none":
                raise LookupError(f"no price for {goods}")
            return int(answer)
        finally:
            writer.close()
            if goods == "slow pepper":
                raise ConnectionError("pepper was not told goodbye")


def one_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def tree(error: BaseException) -> List[str]:
    """The lines that show an error, and under a group each of its errors."""
    lines = [one_line(error)]
    if isinstance(error, BaseExceptionGroup):
        group = cast("BaseExceptionGroup[BaseException]", error)
        last = group.exceptions[-1]
        for child in group.exceptions:
            first, *rest = tree(child)
            lines.append(("`-- " if child is last else "|-- ") + first)
            lines += [("    " if child is last else "|   ") + line for line in rest]
    return lines


def lines_of(outcomes: Dict[str, str]) -> List[str]:
    return [f"{name}: {outcome}" for name, outcome in sorted(outcomes.items())]


async def shop() -> Dict[str, List[str]]:
    """Asks for prices in nested groups until one child fails, lets two children race, and waits for one in vain."""
    children: Dict[str, str] = {}
    race: Dict[str, str] = {}
    order: Dict[str, str] = {}

    async def ask(goods: str, outcomes: Dict[str, str]) -> None:
        try:
            outcomes[goods] = f"got {await server.price(goods)}"
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
    same: List[bool] = []
    error: List[str] = []
    async with PriceServer(waiters=5) as server:
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
        await asyncio.sleep(0)  # a cancellation that was left over would come here
        same.append(asyncio.current_task() is parent)
    return {
        "children of nested groups": lines_of(children),
        "what the group raised": error,
        "a race that cancel() ended": lines_of(race),
        "an order with a time limit": lines_of(order),
        "the parent task stayed the same": ["yes" if all(same) else "no"],
        "cancellations left on the parent": [str(cancelling(parent))],
        "tasks left running": [task.get_name() for task in asyncio.all_tasks() - before] or ["none"],
    }


def origin(kind: type, lacks: str) -> str:
    """Where a class comes from, and what that of asyncio lacks on this version."""
    native = getattr(asyncio, kind.__name__, None)
    if native is None:
        return "taskgroup_compat's own, as asyncio has none before 3.11"
    if kind is native:
        return "asyncio's own, as nothing is missing in it"
    return f"a subclass of asyncio.{kind.__name__}, which lacks {lacks}"


async def main() -> int:
    print(f"taskgroup_compat {__version__}")
    print(f"Python: {platform.python_implementation()} {platform.python_version()}, {sys.executable}")
    print(f"Loop: {type(asyncio.get_running_loop()).__name__}")
    print(f"TaskGroup: {origin(TaskGroup, 'cancel() and later fixes before 3.15')}")
    print(f"Timeout: {origin(Timeout, 'later fixes before 3.13')}")
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


if __name__ == "__main__":
    if sys.argv[1:2] == ["migrate"]:
        from ._migrate import main as migrate

        sys.exit(migrate())
    sys.exit(asyncio.run(main()))
