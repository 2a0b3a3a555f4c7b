"""Programs that people write with gather, with wait and with TaskGroup: their whole outcomes, on every version."""

import asyncio
import sys
import warnings
from itertools import groupby

import pytest

from taskgroup_compat import ExceptionGroup, TaskGroup, catch

from ..support import virtual_time

if sys.version_info >= (3, 11):
    from ..support.except_star import print_caught as print_caught_by_except_star


class Journal:
    """What the tasks of one program did, in order, each entry with its time."""

    def __init__(self):
        self.entries = []

    def add(self, what):
        self.entries.append((asyncio.get_running_loop().time(), what))

    async def work(self, name, seconds, result=None, error=None):
        """Works for some virtual seconds, then returns the result or raises the error."""
        self.add(f"{name} starts")
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            self.add(f"{name} cancelled")
            raise
        if error is not None:
            self.add(f"{name} fails")
            raise error
        self.add(f"{name} done")
        return result


def run(program):
    """What program(journal) returned, and the journal from its first entry to the end of the loop."""
    journal = Journal()

    async def main():
        result = await program(journal)
        journal.add(f"end with {len(others())} orphans")
        return result

    result = virtual_time.run(main())
    # wait and TaskGroup keep their tasks in sets, so the order in which several are cancelled is not fixed
    runs = groupby(journal.entries, lambda entry: (entry[0], entry[1].endswith(" cancelled")))
    return result, [entry for (_, cancelled), run in runs for entry in (sorted(run) if cancelled else run)]


def others():
    """Every task of the running loop but the current one."""
    return asyncio.all_tasks() - {asyncio.current_task()}


def names(tasks):
    return sorted(task.result() for task in tasks)


USERS = [{"id": number, "name": f"User {number}"} for number in (1, 2, 3)]
FETCHED_AT_ONCE = [
    (0, "1 starts"),
    (0, "2 starts"),
    (0, "3 starts"),
    (0.5, "1 done"),
    (0.5, "2 done"),
    (0.5, "3 done"),
    (0.5, "end with 0 orphans"),
]


def fetch(journal, user):
    return journal.work(user["id"], 0.5, user)


def broken_fetch(journal):
    return journal.work(2, 0.5, error=ValueError("something broke"))


def test_gather_runs_side_by_side():
    """Three fetches take the time of one, and the list has the order of the arguments."""

    async def program(journal):
        return await asyncio.gather(*(fetch(journal, user) for user in USERS))

    assert run(program) == (USERS, FETCHED_AT_ONCE)


def test_gather_keeps_the_order_given_whoever_ends_first():
    """A result stands in gather's list where its coroutine stood."""

    async def program(journal):
        return await asyncio.gather(journal.work("a", 3, "A"), journal.work("b", 1, "B"), journal.work("c", 2, "C"))

    result, entries = run(program)
    assert result == ["A", "B", "C"]
    assert entries[3:] == [(1, "b done"), (2, "c done"), (3, "a done"), (3, "end with 0 orphans")]


def test_gather_leaves_orphans_when_one_fails():
    """gather raises the first error while the others run on, and what they return is lost."""

    async def program(journal):
        with pytest.raises(ValueError, match=r"^something broke$"):
            await asyncio.gather(journal.work(1, 1), broken_fetch(journal), journal.work(3, 2))
        journal.add(f"caught, {len(others())} orphans")
        await asyncio.sleep(1)

    assert run(program) == (
        None,
        [
            (0, "1 starts"),
            (0, "2 starts"),
            (0, "3 starts"),
            (0.5, "2 fails"),
            (0.5, "caught, 2 orphans"),
            (1, "1 done"),
            (1.5, "end with 1 orphans"),
            (1.5, "3 cancelled"),  # by the end of the loop only
        ],
    )


def test_gather_returns_exceptions_as_values_when_asked():
    """return_exceptions=True gives record, error, record, and nothing runs on."""

    async def program(journal):
        return await asyncio.gather(
            fetch(journal, USERS[0]), broken_fetch(journal), fetch(journal, USERS[2]), return_exceptions=True
        )

    (first, error, third), entries = run(program)
    assert (first, third) == (USERS[0], USERS[2])
    assert type(error) is ValueError and error.args == ("something broke",)
    assert entries == [entry if entry != (0.5, "2 done") else (0.5, "2 fails") for entry in FETCHED_AT_ONCE]


EXCHANGES = {"quick": 0.3, "middle": 0.8, "slow": 1.2}
ASKED = [(0, "quick starts"), (0, "middle starts"), (0, "slow starts")]


def ask(journal, exchange):
    return journal.work(exchange, EXCHANGES[exchange], exchange)


def ask_all(journal):
    return [asyncio.ensure_future(ask(journal, exchange)) for exchange in EXCHANGES]


def test_wait_gives_the_quickest_and_leaves_the_rest_to_the_caller():
    """FIRST_COMPLETED returns two sets; the pending tasks end only because the program cancels and awaits them."""

    async def program(journal):
        done, pending = await asyncio.wait(ask_all(journal), return_when=asyncio.FIRST_COMPLETED)
        journal.add(f"got {names(done)}, {len(pending)} pending")
        for task in pending:
            task.cancel()
        await asyncio.wait(pending)
        return sorted(task.cancelled() for task in done | pending)

    result, entries = run(program)
    assert result == [False, True, True]
    assert entries == [
        *ASKED,
        (0.3, "quick done"),
        (0.3, "got ['quick'], 2 pending"),
        (0.3, "middle cancelled"),
        (0.3, "slow cancelled"),
        (0.3, "end with 0 orphans"),
    ]


def test_wait_forgets_pending_tasks():
    """Whoever does not cancel the pending tasks has orphans."""

    async def program(journal):
        done, _ = await asyncio.wait(ask_all(journal), return_when=asyncio.FIRST_COMPLETED)
        return names(done)

    result, entries = run(program)
    assert result == ["quick"]
    assert entries[3:5] == [(0.3, "quick done"), (0.3, "end with 2 orphans")]


def test_wait_with_a_timeout_stops_waiting_and_cancels_nothing():
    """Between the second and the third answer two are done and one is pending, and still runs."""

    async def program(journal):
        done, pending = await asyncio.wait(ask_all(journal), timeout=1)
        journal.add(f"got {names(done)}, {len(pending)} pending")
        (last,) = pending
        return await last

    assert run(program) == (
        "slow",
        [
            *ASKED,
            (0.3, "quick done"),
            (0.8, "middle done"),
            (1, "got ['middle', 'quick'], 1 pending"),
            (1.2, "slow done"),
            (1.2, "end with 0 orphans"),
        ],
    )


def test_wait_raises_nothing_until_asked():
    """FIRST_EXCEPTION returns when one fails; its error comes from task.result()."""

    async def program(journal):
        failing = asyncio.ensure_future(broken_fetch(journal))
        other = asyncio.ensure_future(journal.work(1, 2))
        done, pending = await asyncio.wait([failing, other], return_when=asyncio.FIRST_EXCEPTION)
        assert (done, pending) == ({failing}, {other})
        with pytest.raises(ValueError, match=r"^something broke$"):
            failing.result()
        other.cancel()
        await asyncio.wait([other])

    assert run(program)[1] == [
        (0, "2 starts"),
        (0, "1 starts"),
        (0.5, "2 fails"),
        (0.5, "1 cancelled"),
        (0.5, "end with 0 orphans"),
    ]


def test_wait_with_a_bare_coroutine():
    """wait takes a coroutine on 3.8, warns of it on 3.9 and 3.10, and refuses it from 3.11 on."""

    async def program(journal):
        coroutine = journal.work(1, 1, "result")
        if sys.version_info >= (3, 11):
            with pytest.raises(TypeError, match="coroutines is forbidden"):
                await asyncio.wait([coroutine])
            coroutine.close()
            return
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            done, _ = await asyncio.wait([coroutine])
        assert [warning.category for warning in caught] == [DeprecationWarning] * (sys.version_info >= (3, 9))
        assert names(done) == ["result"]

    run(program)


def test_group_has_every_order_done_at_its_end():
    """When the block is left all three orders are done, each result is its task's, and the time is that of one."""

    async def program(journal):
        async with TaskGroup() as tg:
            tasks = {number: tg.create_task(journal.work(number, 0.5, f"order {number}")) for number in (101, 102, 103)}
            journal.add("body ends")
        journal.add("group ends")
        return {number: task.result() for number, task in tasks.items()}

    assert run(program) == (
        {101: "order 101", 102: "order 102", 103: "order 103"},
        [
            (0, "body ends"),
            (0, "101 starts"),
            (0, "102 starts"),
            (0, "103 starts"),
            (0.5, "101 done"),
            (0.5, "102 done"),
            (0.5, "103 done"),
            (0.5, "group ends"),
            (0.5, "end with 0 orphans"),
        ],
    )


async def fail_second_of_three(journal):
    """Program 5: the second task fails at once, beside two that would take a second."""
    async with TaskGroup() as tg:
        tg.create_task(journal.work(1, 1))
        tg.create_task(journal.work(2, 0, error=RuntimeError("Task 2 failed")))
        tg.create_task(journal.work(3, 1))


SECOND_FAILED = [
    (0, "1 starts"),
    (0, "2 starts"),
    (0, "3 starts"),
    (0, "2 fails"),
    (0, "1 cancelled"),
    (0, "3 cancelled"),
    (0, "end with 0 orphans"),
]


def test_group_cancels_the_siblings_of_a_failure():
    """The others are cancelled before they finish, none is left, and one ExceptionGroup has the one error."""

    async def program(journal):
        with pytest.raises(ExceptionGroup) as caught:
            await fail_second_of_three(journal)
        return caught.value

    group, entries = run(program)
    assert entries == SECOND_FAILED
    assert type(group) is ExceptionGroup
    assert group.message == "unhandled errors in a TaskGroup"
    assert [(type(error), error.args) for error in group.exceptions] == [(RuntimeError, ("Task 2 failed",))]
    assert (group.__cause__, group.__context__) == (None, None)


def test_failure_handled_with_catch(capsys):
    """catch prints the error of the group on every version."""

    def print_caught(group):
        for error in group.exceptions:
            print(f"Caught: {error}")

    async def program(journal):
        with catch({RuntimeError: print_caught}):
            await fail_second_of_three(journal)

    assert run(program) == (None, SECOND_FAILED)
    assert capsys.readouterr() == ("Caught: Task 2 failed\n", "")


if sys.version_info >= (3, 11):

    def test_failure_handled_with_except_star(capsys):
        """The statement prints what catch prints."""

        async def program(journal):
            await print_caught_by_except_star(fail_second_of_three(journal))

        assert run(program) == (None, SECOND_FAILED)
        assert capsys.readouterr() == ("Caught: Task 2 failed\n", "")


def test_group_fetches_like_gather():
    """Program 1 with a group: the same records in the same order at the same times."""

    async def program(journal):
        async with TaskGroup() as tg:
            tasks = [tg.create_task(fetch(journal, user)) for user in USERS]
        return [task.result() for task in tasks]

    assert run(program) == (USERS, FETCHED_AT_ONCE)


def test_group_ends_a_race_with_cancel():
    """Program 3 with a group: the quickest ends it with cancel(), which raises nothing and leaves no orphan."""

    async def program(journal):
        winners = []

        async def compete(exchange):
            winners.append(await ask(journal, exchange))
            tg.cancel()

        async with TaskGroup() as tg:
            for exchange in EXCHANGES:
                tg.create_task(compete(exchange))
        return winners

    assert run(program) == (
        ["quick"],
        [
            *ASKED,
            (0.3, "quick done"),
            (0.3, "middle cancelled"),
            (0.3, "slow cancelled"),
            (0.3, "end with 0 orphans"),
        ],
    )


def test_group_waits_no_longer_than_a_timeout_between_the_second_and_the_third():
    """Program 3's timeout with a group: what came in time is kept, the rest is cancelled."""

    async def program(journal):
        answers = []

        async def answer(exchange):
            answers.append(await ask(journal, exchange))

        async with TaskGroup() as tg:
            for exchange in EXCHANGES:
                tg.create_task(answer(exchange))
            asyncio.get_running_loop().call_later(1, tg.cancel)
        return answers

    assert run(program) == (
        ["quick", "middle"],
        [
            *ASKED,
            (0.3, "quick done"),
            (0.8, "middle done"),
            (1, "slow cancelled"),
            (1, "end with 0 orphans"),
        ],
    )
