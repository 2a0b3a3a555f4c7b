"""Annotations of handlers and mappings that type checkers have to accept: read by them, never run."""

# Annotations and mappings in every style that users write.
# ruff: noqa: C402, C420, RUF012, UP006, UP007, UP035

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
from collections import ChainMap, OrderedDict, defaultdict
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import (
    Any,
    Awaitable,
    Callable,
    ClassVar,
    Coroutine,
    Dict,
    Generic,
    Iterable,
    Iterator,
    List,
    Mapping,
    MutableMapping,
    NoReturn,
    Optional,
    Tuple,
    Type,
    TypeVar,
    Union,
    overload,
)

from typing_extensions import Final, Protocol, TypeAlias, assert_type

from taskgroup_compat import BaseExceptionGroup, ExceptionGroup, catch

Error = TypeVar("Error", bound=Exception)
AnyError = TypeVar("AnyError", bound=BaseException)


# Arguments of handlers


def on_os_error(group: ExceptionGroup[OSError]) -> None: ...
def on_exception(group: ExceptionGroup[Exception]) -> None: ...
def on_unknown(group: ExceptionGroup[Any]) -> None: ...
def on_base(group: BaseExceptionGroup[BaseException]) -> None: ...
def on_exit(group: BaseExceptionGroup[SystemExit]) -> None: ...
def on_either(group: Union[ExceptionGroup[OSError], ExceptionGroup[ValueError]]) -> None: ...
def on_error_or_group(error: Union[OSError, ExceptionGroup[OSError]]) -> None: ...
def on_generic(group: ExceptionGroup[Error]) -> None: ...
def on_generic_base(group: BaseExceptionGroup[AnyError]) -> None: ...
def takes_exception(error: Exception) -> None: ...
def takes_base_exception(error: BaseException) -> None: ...
def takes_object(error: object) -> None: ...
def takes_any(error: Any) -> Any: ...
def takes_options(group: ExceptionGroup[OSError], level: int = 0, *, text: str = "") -> None: ...
def takes_all(*args: object, **kwargs: object) -> None: ...
async def on_os_error_async(group: ExceptionGroup[OSError]) -> None: ...
async def takes_exception_async(error: Exception) -> None: ...
async def takes_options_async(group: ExceptionGroup[OSError], level: int = 0) -> None: ...


def gives_number(group: ExceptionGroup[OSError]) -> int:
    return len(group.exceptions)


def gives_truth(group: ExceptionGroup[OSError]) -> bool:
    return bool(group.exceptions)


def fails(group: ExceptionGroup[OSError]) -> NoReturn:
    raise RuntimeError from group


async def on_exception_async(group: ExceptionGroup[Exception]) -> int:
    return len(group.exceptions)


@overload
def describe(error: ExceptionGroup[OSError]) -> str: ...
@overload
def describe(error: int) -> int: ...
def describe(error: Union[ExceptionGroup[OSError], int]) -> Union[str, int]:
    return error if isinstance(error, int) else str(error)


class CallableHandler:
    def __call__(self, group: ExceptionGroup[OSError]) -> None: ...


class AsyncCallableHandler:
    async def __call__(self, group: ExceptionGroup[OSError]) -> None: ...


def displays(seen: List[BaseException], names: List[str]) -> None:
    with catch({OSError: on_os_error, (ValueError, KeyError): on_exception, SystemExit: on_exit}):
        pass
    with catch({OSError: on_unknown, ValueError: on_base, (): on_either, (KeyError,): on_error_or_group}):
        pass
    with catch({OSError: on_generic, KeyError: on_generic_base, ValueError: takes_exception}):
        pass
    with catch({BaseException: takes_base_exception, OSError: takes_object, ValueError: takes_any}):
        pass
    with catch({OSError: takes_options, ValueError: takes_all, KeyError: gives_number, IndexError: gives_truth}):
        pass
    with catch({OSError: fails}):
        pass
    with catch({OSError: fails, ValueError: on_exception}):
        pass
    with catch({OSError: describe, ValueError: CallableHandler()}):
        pass
    with catch({OSError: functools.partial(takes_options, level=1), ValueError: functools.partial(print, "failed")}):
        pass
    with catch({OSError: seen.append, ValueError: print, KeyError: logging.getLogger().exception}):
        pass
    with catch({OSError: lambda group: None}):
        pass
    with catch({OSError: lambda group: names.extend(str(each) for each in group.exceptions)}):
        pass
    with catch({OSError: lambda group: print(group.message), (ValueError, KeyError): lambda _: 1}):
        pass
    with catch({}):
        pass


# Annotated mappings

Handler: TypeAlias = Callable[[ExceptionGroup[OSError]], None]
AnyHandler = Callable[[ExceptionGroup[Any]], Any]
Types: TypeAlias = "Union[Type[BaseException], Tuple[Type[BaseException], ...]]"

DICT: dict[type[OSError], Callable[[ExceptionGroup[OSError]], None]] = {ConnectionError: on_os_error}
OLD_DICT: Dict[Type[OSError], Callable[[ExceptionGroup[OSError]], None]] = {ConnectionError: on_os_error}
MAPPING: Mapping[Type[Exception], Callable[[ExceptionGroup[Exception]], None]] = {OSError: on_exception}
MUTABLE: MutableMapping[Type[Exception], Callable[[ExceptionGroup[Exception]], object]] = {OSError: on_exception}
OF_BASE: Dict[Type[BaseException], Callable[[BaseExceptionGroup[BaseException]], None]] = {OSError: on_base}
OF_ANY: Dict[Type[BaseException], Callable[[Any], Any]] = {OSError: on_os_error}
OF_ELLIPSIS: Dict[Type[OSError], Callable[..., None]] = {OSError: on_os_error}
OF_ALIAS: Dict[Type[OSError], Handler] = {OSError: on_os_error}
OF_ANY_ALIAS: Dict[Type[Exception], AnyHandler] = {OSError: on_os_error}
OF_EXCEPTION: Dict[Type[Exception], Callable[[Exception], None]] = {OSError: takes_exception}
OF_OBJECT: Dict[Type[Exception], Callable[[object], object]] = {OSError: takes_object}
TUPLES: Dict[Tuple[Type[Exception], ...], Callable[[ExceptionGroup[Exception]], None]] = {(OSError,): on_exception}
PAIRS: Dict[Tuple[Type[OSError], Type[KeyError]], Callable[[ExceptionGroup[Exception]], None]] = {}
MIXED: Dict[Union[Type[Exception], Tuple[Type[Exception], ...]], Callable[[ExceptionGroup[Exception]], None]] = {}
FULL: Dict[Types, Callable[[ExceptionGroup[Any]], object]] = {OSError: gives_number}
ORDERED: OrderedDict[Type[OSError], Handler] = OrderedDict()
DEFAULTS: defaultdict[Type[OSError], Handler] = defaultdict(lambda: on_os_error)
CHAINED: ChainMap[Type[OSError], Handler] = ChainMap(OLD_DICT)
UNTYPED: Dict[Any, Any] = {}
FINAL: Final = {OSError: on_os_error}
INFERRED = {ConnectionError: on_os_error}
INFERRED_MIXED = {OSError: on_exception, ValueError: on_exception}
FROZEN = MappingProxyType({OSError: on_os_error})
ERRORS = (OSError, ValueError)


def annotated_mappings() -> None:
    with catch(DICT):
        pass
    with catch(OLD_DICT):
        pass
    with catch(MAPPING):
        pass
    with catch(MUTABLE):
        pass
    with catch(OF_BASE):
        pass
    with catch(OF_ANY):
        pass
    with catch(OF_ELLIPSIS):
        pass
    with catch(OF_ALIAS):
        pass
    with catch(OF_ANY_ALIAS):
        pass
    with catch(OF_EXCEPTION):
        pass
    with catch(OF_OBJECT):
        pass
    with catch(TUPLES):
        pass
    with catch(PAIRS):
        pass
    with catch(MIXED):
        pass
    with catch(FULL):
        pass
    with catch(ORDERED):
        pass
    with catch(DEFAULTS):
        pass
    with catch(CHAINED):
        pass
    with catch(UNTYPED):
        pass
    with catch(FINAL):
        pass
    with catch(INFERRED):
        pass
    with catch(INFERRED_MIXED):
        pass
    with catch(FROZEN):
        pass
    with catch({ERRORS: on_exception}):
        pass


# Mappings that code builds


class Registry(Mapping[Type[Exception], Callable[[ExceptionGroup[Exception]], None]]):
    def __getitem__(self, key: Type[Exception]) -> Callable[[ExceptionGroup[Exception]], None]:
        return on_exception

    def __iter__(self) -> Iterator[Type[Exception]]:
        return iter([OSError])

    def __len__(self) -> int:
        return 1


def make_handler(kind: Type[Error]) -> Callable[[ExceptionGroup[Error]], None]:
    return lambda group: print(kind, group)


def make_handlers() -> Mapping[Type[OSError], Handler]:
    return {OSError: on_os_error}


def built_mappings(kinds: Iterable[Type[Exception]], registry: Registry, quiet: bool) -> None:
    table: Dict[Type[Exception], Callable[[ExceptionGroup[Exception]], None]] = {}
    for kind in kinds:
        table[kind] = on_exception
    with catch(table):
        pass
    with catch({kind: on_exception for kind in kinds}):
        pass
    with catch({kind: make_handler(kind) for kind in kinds}):
        pass
    with catch(dict.fromkeys(kinds, on_exception)):
        pass
    with catch(dict((kind, on_exception) for kind in kinds)):
        pass
    with catch({**table, ValueError: on_exception}):
        pass
    with catch({**MIXED, ValueError: on_exception}):
        pass
    with catch({tuple(kinds): on_exception}):
        pass
    with catch(make_handlers()):
        pass
    with catch(registry):
        pass
    with catch(table if quiet else MAPPING):
        pass
    with catch(table or {}):
        pass
    with catch({OSError: on_os_error if quiet else fails}):
        pass


def generic_mapping(kind: Type[Error], handler: Callable[[ExceptionGroup[Error]], None]) -> None:
    with catch({kind: handler}):
        pass
    table = {kind: handler}
    with catch(table):
        pass


# Attributes, methods and protocols


class HandlerProtocol(Protocol):
    def __call__(self, group: ExceptionGroup[OSError], /) -> None: ...


class NamedProtocol(Protocol):
    def __call__(self, group: ExceptionGroup[OSError]) -> object: ...


class AsyncHandlerProtocol(Protocol):
    async def __call__(self, group: ExceptionGroup[OSError], /) -> None: ...


@dataclass
class Settings:
    handlers: Dict[Type[Exception], Callable[[ExceptionGroup[Exception]], None]] = field(
        default_factory=lambda: {OSError: on_exception}
    )


class Server(Generic[Error]):
    TABLE: ClassVar[Dict[Type[OSError], Callable[[ExceptionGroup[OSError]], None]]] = {}
    INFERRED = {OSError: on_os_error}

    def __init__(self, kind: Type[Error]) -> None:
        self.handlers: Dict[Type[BaseException], Callable[[BaseExceptionGroup[BaseException]], None]] = {}
        self.of_kind: Dict[Type[Error], Callable[[ExceptionGroup[Error]], None]] = {}
        self.awaited: Dict[Type[Error], Callable[[ExceptionGroup[Error]], Coroutine[Any, Any, None]]] = {}
        self.inferred = {OSError: self.on_error}
        self.seen: List[BaseException] = []

    def on_error(self, group: ExceptionGroup[OSError]) -> None: ...

    async def on_error_async(self, group: ExceptionGroup[OSError]) -> None: ...

    @staticmethod
    def on_static(group: ExceptionGroup[OSError]) -> None: ...

    @classmethod
    def on_class(cls, group: ExceptionGroup[ValueError]) -> None: ...

    def serve(self, settings: Settings) -> None:
        with catch(self.handlers):
            pass
        with catch(self.of_kind):
            pass
        with catch(self.TABLE):
            pass
        with catch(self.INFERRED):
            pass
        with catch(self.inferred):
            pass
        with catch(settings.handlers):
            pass
        with catch({OSError: self.on_error, ValueError: self.seen.append}):
            pass
        with catch({OSError: self.on_static, ValueError: self.on_class}):
            pass

    async def serve_async(self) -> None:
        async with catch(self.awaited):
            pass
        async with catch(self.handlers):
            pass
        async with catch({OSError: self.on_error_async, ValueError: self.on_class}):
            pass

    @catch({OSError: on_os_error})
    def decorated(self, port: int) -> int:
        return port

    @catch({OSError: on_os_error_async})
    async def decorated_async(self, port: int) -> int:
        return port


def protocols(
    table: Mapping[Type[OSError], HandlerProtocol],
    named: Dict[Type[OSError], NamedProtocol],
    handler: HandlerProtocol,
) -> None:
    with catch(table):
        pass
    with catch(named):
        pass
    with catch({OSError: handler, ValueError: on_exception}):
        pass


# Coroutine handlers

AsyncHandler = Callable[[ExceptionGroup[OSError]], Coroutine[Any, Any, None]]
AWAITED: Dict[Type[OSError], Callable[[ExceptionGroup[OSError]], Coroutine[Any, Any, None]]] = {}
AWAITED_ALIAS: Mapping[Type[OSError], AsyncHandler] = {OSError: on_os_error_async}
AWAITABLE: Dict[Type[OSError], Callable[[ExceptionGroup[OSError]], Awaitable[None]]] = {OSError: on_os_error_async}
BOTH: Dict[Type[OSError], Union[Handler, AsyncHandler]] = {OSError: on_os_error_async}
OPTIONAL: Dict[Type[OSError], Callable[[ExceptionGroup[OSError]], Awaitable[None] | None]] = {}
INFERRED_AWAITED = {OSError: on_os_error_async}


async def coroutine_handlers(of_protocol: Dict[Type[OSError], AsyncHandlerProtocol]) -> None:
    async with catch({OSError: on_os_error_async}):
        pass
    async with catch({OSError: on_os_error_async, ValueError: on_exception, KeyError: gives_number}):
        pass
    async with catch({(OSError, ValueError): on_exception_async, KeyError: takes_exception_async}):
        pass
    async with catch({OSError: functools.partial(takes_options_async, level=1)}):
        pass
    async with catch({OSError: AsyncCallableHandler()}):
        pass
    async with catch({OSError: lambda group: asyncio.sleep(1)}):
        pass
    async with catch(AWAITED):
        pass
    async with catch(AWAITED_ALIAS):
        pass
    async with catch(AWAITABLE):
        pass
    async with catch(BOTH):
        pass
    async with catch(OPTIONAL):
        pass
    async with catch(INFERRED_AWAITED):
        pass
    async with catch(of_protocol):
        pass
    async with catch(OLD_DICT):
        pass
    # A plain `with` ignores a task that a handler returns.
    with catch({OSError: lambda group: asyncio.create_task(on_os_error_async(group))}):
        pass


# Decorators and stacks


@catch(OLD_DICT)
def plain(number: int) -> int:
    return number


@catch(OLD_DICT)
async def awaited(number: int) -> int:
    return number


@catch(AWAITED)
async def awaited_with_coroutine_handler(number: int) -> int:
    return number


@catch(Server.TABLE)
def without_result() -> None: ...


guard = catch(OF_BASE)


@guard
def guarded(text: str) -> bytes:
    return text.encode()


async def results(server: Server[OSError]) -> None:
    assert_type(plain(1), Optional[int])
    assert_type(await awaited(1), Optional[int])
    assert_type(await awaited_with_coroutine_handler(1), Optional[int])
    assert_type(guarded("1"), Optional[bytes])
    assert_type(server.decorated(80), Optional[int])
    assert_type(await server.decorated_async(80), Optional[int])
    with contextlib.ExitStack() as stack:
        stack.enter_context(catch(OLD_DICT))
        stack.enter_context(guard)
    async with contextlib.AsyncExitStack() as async_stack:
        async_stack.enter_context(catch(OLD_DICT))
        await async_stack.enter_async_context(catch(AWAITED))


def takes_context_manager(manager: contextlib.AbstractContextManager[None]) -> None: ...


takes_context_manager(catch(OLD_DICT))
