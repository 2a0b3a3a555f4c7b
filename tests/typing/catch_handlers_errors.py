"""Annotations of handlers and mappings that type checkers have to refuse: each line with an error mark, no other one.

mypy takes the result of a call for Any if an argument's type contains Any and several overloads match: it cannot refuse
a plain `with` for mappings whose annotation has Coroutine[Any, Any, ...]. At run time `with` refuses them.
"""

# Annotations and mappings in every style that users write.
# ruff: noqa: C420, UP006, UP007

from __future__ import annotations

import functools
from typing import Any, Callable, Coroutine, Dict, List, Mapping, Tuple, Type, Union

from typing_extensions import Protocol

from taskgroup_compat import BaseExceptionGroup, ExceptionGroup, catch


def on_os_error(group: ExceptionGroup[OSError]) -> None: ...
def takes_error(error: OSError) -> None: ...
def takes_value_error(error: ValueError) -> None: ...
def takes_number(error: int) -> None: ...
def takes_text(error: str) -> None: ...
def takes_list(errors: List[OSError]) -> None: ...
def takes_class(kind: Type[OSError]) -> None: ...
def takes_tuple(errors: Tuple[OSError, ...]) -> None: ...
def takes_either_error(error: Union[OSError, ValueError]) -> None: ...
def takes_two(group: ExceptionGroup[OSError], level: int) -> None: ...
def takes_keyword(group: ExceptionGroup[OSError], *, level: int) -> None: ...
def takes_nothing() -> None: ...
def takes_exc_info(kind: Type[OSError], error: OSError, traceback: object) -> None: ...
async def on_os_error_async(group: ExceptionGroup[OSError]) -> None: ...
async def takes_error_async(error: OSError) -> None: ...
async def takes_options_async(group: ExceptionGroup[OSError], level: int = 0) -> None: ...


class Server:
    def on_error(self, error: OSError) -> None: ...

    async def on_error_async(self, error: OSError) -> None: ...

    async def on_group_async(self, group: ExceptionGroup[OSError]) -> None: ...


class CallableHandler:
    def __call__(self, error: OSError) -> None: ...


def handlers_without_a_group(server: Server) -> None:
    catch({OSError: takes_error})  # error
    catch({OSError: on_os_error, ValueError: takes_value_error})  # error
    catch({OSError: takes_number})  # error
    catch({OSError: takes_text})  # error
    catch({OSError: takes_list})  # error
    catch({OSError: takes_class})  # error
    catch({OSError: takes_tuple})  # error
    catch({(OSError, ValueError): takes_either_error})  # error
    catch({OSError: takes_error_async})  # error
    catch({OSError: server.on_error})  # error
    catch({OSError: server.on_error_async})  # error
    catch({OSError: Server.on_error})  # error
    catch({OSError: CallableHandler()})  # error
    catch({OSError: functools.partial(takes_two, level=1), ValueError: takes_value_error})  # error


def handlers_with_other_arguments() -> None:
    catch({OSError: takes_two})  # error
    catch({OSError: takes_keyword})  # error
    catch({OSError: takes_nothing})  # error
    catch({OSError: takes_exc_info})  # error
    catch({OSError: lambda: None})  # error
    catch({OSError: lambda kind, error: None})  # error
    catch({OSError: None})  # error
    catch({OSError: [on_os_error]})  # error
    catch({OSError: on_os_error(ExceptionGroup("", [OSError()]))})  # error


class ErrorProtocol(Protocol):
    def __call__(self, error: OSError, /) -> None: ...


class AsyncProtocol(Protocol):
    async def __call__(self, group: ExceptionGroup[OSError], /) -> None: ...


OF_ERROR: Dict[Type[OSError], Callable[[OSError], None]] = {OSError: takes_error}
OF_TEXT: Dict[Type[OSError], Callable[[str], None]] = {OSError: takes_text}
OF_NO_FUNCTION: Dict[Type[OSError], str] = {OSError: "takes_error"}
OF_TWO: Mapping[Type[OSError], Callable[[ExceptionGroup[OSError], int], None]] = {OSError: takes_two}
OF_ERROR_ASYNC: Dict[Type[OSError], Callable[[OSError], Coroutine[Any, Any, None]]] = {OSError: takes_error_async}
OF_MAYBE: Dict[Type[OSError], Union[Callable[[ExceptionGroup[OSError]], None], None]] = {OSError: None}
OF_LIST: Dict[Type[OSError], List[Callable[[ExceptionGroup[OSError]], None]]] = {OSError: [on_os_error]}
NAMES: Dict[str, Callable[[ExceptionGroup[OSError]], None]] = {"OSError": on_os_error}
CLASSES: Dict[Type[int], Callable[[ExceptionGroup[OSError]], None]] = {int: on_os_error}
INSTANCES: Dict[OSError, Callable[[ExceptionGroup[OSError]], None]] = {OSError(): on_os_error}
OBJECTS: Mapping[object, Callable[[ExceptionGroup[OSError]], None]] = {OSError: on_os_error}
LISTS: Dict[Tuple[List[Type[OSError]], ...], Callable[[ExceptionGroup[OSError]], None]] = {}
MIXED: Dict[Union[Type[OSError], str], Callable[[ExceptionGroup[OSError]], None]] = {OSError: on_os_error}
REVERSED: Dict[Callable[[ExceptionGroup[OSError]], None], Type[OSError]] = {on_os_error: OSError}
INFERRED = {OSError: takes_error}
INFERRED_NAMES = {"OSError": on_os_error}


def annotated_mappings(of_protocol: Dict[Type[OSError], ErrorProtocol]) -> None:
    catch(OF_ERROR)  # error
    catch(OF_TEXT)  # error
    catch(OF_NO_FUNCTION)  # error
    catch(OF_TWO)  # error
    catch(OF_ERROR_ASYNC)  # error
    catch(OF_MAYBE)  # error
    catch(OF_LIST)  # error
    catch(NAMES)  # error
    catch(CLASSES)  # error
    catch(INSTANCES)  # error
    catch(OBJECTS)  # error
    catch(LISTS)  # error
    catch(MIXED)  # error
    catch(REVERSED)  # error
    catch(INFERRED)  # error
    catch(INFERRED_NAMES)  # error
    catch(of_protocol)  # error
    catch({kind: takes_error for kind in (OSError, ValueError)})  # error
    catch({**OF_ERROR, OSError: on_os_error})  # error
    catch(dict.fromkeys((OSError, ValueError), takes_error))  # error


def no_mapping() -> None:
    catch([(OSError, on_os_error)])  # error
    catch({OSError})  # error
    catch(OSError, on_os_error)  # error
    catch(handlers={OSError: on_os_error})  # error
    catch(None)  # error


class Guards:
    def __init__(self) -> None:
        self.errors: Dict[Type[OSError], Callable[[OSError], None]] = {}
        self.awaited: Dict[Type[OSError], Callable[[ExceptionGroup[OSError]], Coroutine[Any, Any, None]]] = {}

    def attributes(self) -> None:
        with catch(self.errors):  # error
            pass
        with catch(self.awaited):  # error: pyright
            pass


AWAITED: Dict[Type[OSError], Callable[[ExceptionGroup[OSError]], Coroutine[Any, Any, None]]] = {}
AWAITED_BASE: Mapping[Type[OSError], Callable[[BaseExceptionGroup[OSError]], Coroutine[Any, Any, int]]] = {}
BOTH: Dict[
    Type[OSError],
    Union[
        Callable[[ExceptionGroup[OSError]], None],
        Callable[[ExceptionGroup[OSError]], Coroutine[Any, Any, None]],
    ],
] = {}
INFERRED_AWAITED = {OSError: on_os_error_async}


def coroutine_handlers(server: Server, of_protocol: Dict[Type[OSError], AsyncProtocol]) -> None:
    with catch({OSError: on_os_error_async}):  # error
        pass
    with catch({OSError: on_os_error_async, ValueError: on_os_error}):  # error
        pass
    with catch({(OSError, ValueError): on_os_error_async, KeyError: on_os_error}):  # error
        pass
    with catch({OSError: functools.partial(takes_options_async, level=1)}):  # error
        pass
    with catch({OSError: server.on_group_async}):  # error
        pass
    with catch(AWAITED):  # error: pyright
        pass
    with catch(AWAITED_BASE):  # error: pyright
        pass
    with catch(BOTH):  # error: pyright
        pass
    with catch(INFERRED_AWAITED):  # error
        pass
    with catch(of_protocol):  # error
        pass


@catch(AWAITED)  # error: pyright
def plain() -> int:
    return 1


@catch(OF_ERROR)  # error
def plain_with_an_error_handler() -> int:
    return 1


@catch(OF_ERROR)  # error
async def awaited_with_an_error_handler() -> int:
    return 1
