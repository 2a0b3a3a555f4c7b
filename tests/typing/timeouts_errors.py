"""What type checkers have to refuse of timeouts: each line with an error mark, and no other one."""

from taskgroup_compat import Timeout, timeout, timeout_at


async def wrong_arguments(limit: Timeout) -> None:
    timeout()  # error
    timeout("1")  # error
    timeout(1, 2)  # error
    timeout_at()  # error
    Timeout("1")  # error
    limit.reschedule("1")  # error
    limit.reschedule()  # error
    limit.when(1)  # error
    wrong: float = limit.when()  # error
    print(wrong)


def wrong_statement() -> None:
    with timeout(1):  # error
        pass


async def wrong_use() -> None:
    await timeout(1)  # error
    timeout(1).cancel()  # error
