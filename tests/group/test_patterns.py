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
    """The actions of the tasks of one program in order, each with its time."""

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


def test_gather_runs_coroutines_concurrently():
    """Three fetches take the time of one, and the list has the order of the arguments."""

    async def program(journal):
        return await asyncio.gather(*(fetch(journal, user) for user in USERS))

    assert run(program) == (USERS, FETCHED_AT_ONCE)


def test_gather_keeps_the_order_of_its_arguments():
    """The order in which the coroutines finish does not matter."""

    async def program(journal):
        return await asyncio.gather(journal.work("a", 3, "A"), journal.work("b", 1, "B"), journal.work("c", 2, "C"))

    result, entries = run(program)
    assert result == ["A", "B", "C"]
    assert entries[3:] == [(1, "b done"), (2, "c done"), (3, "a done"), (3, "end with 0 orphans")]


def test_gather_leaves_tasks_running_after_an_error():
    """gather raises the first error; the other tasks run on, and their results are lost."""

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


def test_gather_returns_exceptions_as_values():
    """return_exceptions=True returns record, error, record, and no task is left running."""

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


def test_wait_returns_the_first_result_and_the_pending_tasks():
    """FIRST_COMPLETED returns two sets; the program has to cancel and await the pending tasks."""

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


def test_wait_leaves_pending_tasks_running():
    """Pending tasks that the program does not cancel run on."""

    async def program(journal):
        done, _ = await asyncio.wait(ask_all(journal), return_when=asyncio.FIRST_COMPLETED)
        return names(done)

    result, entries = run(program)
    assert result == ["quick"]
    assert entries[3:5] == [(0.3, "quick done"), (0.3, "end with 2 orphans")]


def test_wait_with_a_timeout_cancels_nothing():
    """Between the second and the third answer two tasks are done and one runs on."""

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


def test_wait_raises_no_error_of_a_task():
    """FIRST_EXCEPTION returns at the first failure; task.result() raises its error."""

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


def test_wait_with_a_coroutine_depends_on_the_version():
    """3.8 accepts it, 3.9 and 3.10 warn, and 3.11 and later refuse it."""

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


def test_group_waits_for_all_its_children():
    """All three orders are done when the block is left, in the time of one."""

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
    """The siblings are cancelled before they finish, and one ExceptionGroup contains the one error."""

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


def test_catch_handles_the_error_of_a_group(capsys):
    """The handler receives the error of the group on every version."""

    def print_caught(group):
        for error in group.exceptions:
            print(f"Caught: {error}")

    async def program(journal):
        with catch({RuntimeError: print_caught}):
            await fail_second_of_three(journal)

    assert run(program) == (None, SECOND_FAILED)
    assert capsys.readouterr() == ("Caught: Task 2 failed\n", "")


if sys.version_info >= (3, 11):

    def test_except_star_handles_the_error_of_a_group(capsys):
        """The statement prints the same as catch."""

        async def program(journal):
            await print_caught_by_except_star(fail_second_of_three(journal))

        assert run(program) == (None, SECOND_FAILED)
        assert capsys.readouterr() == ("Caught: Task 2 failed\n", "")


def test_group_has_the_results_of_gather():
    """The same records in the same order at the same times as in the program with gather."""

    async def program(journal):
        async with TaskGroup() as tg:
            tasks = [tg.create_task(fetch(journal, user)) for user in USERS]
        return [task.result() for task in tasks]

    assert run(program) == (USERS, FETCHED_AT_ONCE)


def test_cancel_ends_a_race():
    """The first child to finish calls cancel(); no error is raised, and no task is left running."""

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


def test_timeout_around_a_group_keeps_earlier_results():
    """The program with wait's timeout: results in time are kept, the other children are cancelled."""

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
