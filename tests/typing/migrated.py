"""Annotated statements as `migrate in` converts them: read by type checkers, never run."""

import asyncio
from typing import Any, List, Optional, Tuple, Type

from taskgroup_compat import BaseExceptionGroup, ExceptionGroup, catch

RETRIED: Tuple[Type[Exception], ...] = (OSError, EOFError)


class Failure(Exception):
    pass


class Client:
    def __init__(self) -> None:
        self.failed: List[str] = []

    async def close(self) -> None:
        await asyncio.sleep(0)

    async def fetch(self) -> int:
        count = 0

        def handle_failure(group: ExceptionGroup[Failure]) -> None:
            nonlocal count
            self.failed.append(str(group))
            count += len(group.exceptions)

        async def handle_system_exit(_group: BaseExceptionGroup[SystemExit]) -> None:
            await self.close()
            raise

        async with catch({Failure: handle_failure, SystemExit: handle_system_exit}):
            await self.close()
        return count


def use_after(flag: bool) -> int:
    caught: Optional[Exception] = None
    message: Any

    def handle_key_error(group: ExceptionGroup[KeyError]) -> None:
        nonlocal caught, message
        caught = group.exceptions[0]
        message = str(group)

    def handle_os_error_or_value_error(
        group: "ExceptionGroup[OSError | ValueError]",
    ) -> None:
        nonlocal message
        message = group.message
        raise RuntimeError(message) from group

    def handle_retried(group: ExceptionGroup[Exception]) -> None:
        print(group.exceptions)

    completed = False
    with catch(
        {
            KeyError: handle_key_error,
            (OSError, ValueError): handle_os_error_or_value_error,
            RETRIED: handle_retried,
        }
    ):
        print(flag)
        completed = True
    if completed:
        message = ""
        print(message.upper())
    return 1 if caught is None else 0


error: Any


def _handle_failure(group: ExceptionGroup[Failure]) -> None:
    global error
    for error in group.exceptions:
        print(error)


with catch({Failure: _handle_failure}):
    use_after(True)
