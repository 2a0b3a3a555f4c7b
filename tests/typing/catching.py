"""What type checkers make of catch: read by them, never run."""

import asyncio
from typing import Any, List, Optional

from typing_extensions import assert_type

from taskgroup_compat import BaseExceptionGroup, ExceptionGroup, catch


def on_value_error(group: ExceptionGroup[ValueError]) -> None: ...


def on_lookup_error(group: ExceptionGroup[LookupError]) -> int:
    return len(group.exceptions)


def on_exception(group: ExceptionGroup[Exception]) -> None: ...


def on_cancelled(group: BaseExceptionGroup[asyncio.CancelledError]) -> None: ...


def on_any(group: BaseException) -> None: ...


async def async_on_value_error(group: ExceptionGroup[ValueError]) -> None: ...


class Handlers:
    def on_os_error(self, group: ExceptionGroup[OSError]) -> None: ...


def handlers_of_many_kinds(collected: List[Any]) -> None:
    with catch({ValueError: on_value_error}):
        pass
    with catch({ValueError: on_value_error, LookupError: on_lookup_error, asyncio.CancelledError: on_cancelled}):
        pass
    with catch({(ValueError, KeyError): on_exception, OSError: Handlers().on_os_error}):
        pass
    with catch({Exception: on_any, (): on_any, KeyboardInterrupt: collected.append, (OSError,): print}):
        pass
    with catch({ValueError: lambda group: collected.extend(group.exceptions)}):
        pass


def code_after_the_block_is_reached() -> int:
    with catch({ValueError: on_value_error}):
        raise ValueError
    return 1


def result_may_be_missing_after_the_block() -> Optional[int]:
    with catch({ValueError: on_value_error}):
        return 1
    return None


async def asynchronous(collected: List[Any]) -> Optional[int]:
    async with catch({ValueError: async_on_value_error}):
        pass
    async with catch({ValueError: async_on_value_error, LookupError: on_lookup_error}):
        pass
    async with catch({LookupError: on_lookup_error}):
        pass
    with catch({LookupError: on_lookup_error}):
        await asyncio.sleep(0)
    async with catch({ValueError: async_on_value_error}):
        return 1
    return None


@catch({ValueError: on_value_error})
def parse(text: str, *, base: int = 10) -> int:
    return int(text, base)


@catch({ValueError: async_on_value_error, LookupError: on_lookup_error})
async def fetch(name: str, retries: int = 0) -> bytes:
    return name.encode() * retries


@catch({ValueError: on_value_error})
async def fetch_with_plain_handlers(name: str) -> bytes:
    return name.encode()


async def decorated_functions() -> None:
    assert_type(parse("1"), Optional[int])
    assert_type(parse("1", base=2), Optional[int])
    assert_type(await fetch("name", retries=2), Optional[bytes])
    assert_type(await fetch_with_plain_handlers("name"), Optional[bytes])
