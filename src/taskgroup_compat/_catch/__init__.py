"""`catch`: the behaviour of `except*` without its syntax."""

from __future__ import annotations

import sys
from collections.abc import Coroutine as CoroutineABC
from functools import partial, wraps
from inspect import (
    CO_ASYNC_GENERATOR,
    CO_COROUTINE,
    CO_GENERATOR,
    CO_ITERABLE_COROUTINE,
    isasyncgenfunction,
    iscoroutinefunction,
    isgeneratorfunction,
)
from types import ModuleType, TracebackType

from .clauses import GROUP, key_name, new_statement, run, run_async
from .raising import drop_own_entries, set_traceback, throw, traceback_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import AbstractSet, Any, Callable, Coroutine, Mapping, Optional, Protocol, TypeVar, cast, overload
    from typing import Generic as _Base

    from typing_extensions import ParamSpec, final

    from .clauses import Handler, Types

    if sys.version_info < (3, 11):
        from exceptiongroup import ExceptionGroup

    # Mapping is invariant in its keys: dict[type[OSError], ...] is no Mapping[Types, ...].
    _Types = TypeVar("_Types", bound=Types)
    _Handler_co = TypeVar("_Handler_co", covariant=True)

    class _Handlers(Protocol[_Handler_co]):
        """The part of a Mapping that is covariant in the keys."""

        def keys(self) -> AbstractSet[Types]: ...
        def items(self) -> AbstractSet[tuple[Types, _Handler_co]]: ...

    # The awaitables of the handlers: None if a plain `with` will do.
    _Awaited = TypeVar("_Awaited", bound=Optional[Coroutine[Any, Any, object]])
    _Params = ParamSpec("_Params")
    _Returned = TypeVar("_Returned")
else:
    _Awaited = None

    def cast(kind, value):
        return value

    def final(cls):
        return cls

    class _Base:
        """Replaces Generic, which would make each new object several times as expensive on 3.8."""

        __slots__ = ()

        def __class_getitem__(cls, item):
            return cls


# Type checkers do not know the type() of Any.
_type: Callable[[Any], type] = type
# Flags of functions whose call does not run their code. A generator function is a mistake unless it makes a coroutine.
_MAKES_GENERATOR = CO_GENERATOR | CO_ASYNC_GENERATOR
_MAKES_COROUTINE = CO_COROUTINE | CO_ITERABLE_COROUTINE
# Cache: validated key -> forbidden handler code flags. A second check of a key would cost half of the call.
# Only for classes that live as long as the interpreter, so that the cache keeps nothing alive.
_REFUSED_FLAGS: dict[Types, int] = {}
_MOST_KNOWN = 1000
_HEAP_TYPE = 1 << 9
# Not by getattr(): a module's own __getattr__ may warn, and a lazy one runs its code.
_names_of_module: Callable[[Any], dict[str, Any]] = vars(ModuleType)["__dict__"].__get__


def _check_types(types: Types) -> None:
    classes: Any = types if isinstance(types, tuple) else (types,)
    lasting = len(_REFUSED_FLAGS) < _MOST_KNOWN
    for each in classes:
        if not isinstance(each, type) or not issubclass(each, BaseException):
            raise TypeError(f"each key must be an exception class or a flat tuple of exception classes, not {types!r}")
        if issubclass(each, GROUP):
            raise TypeError(f"catching {each.__name__} with catch is not allowed, use except instead")
        lasting = lasting and (not each.__flags__ & _HEAP_TYPE or _is_held_by_module(each))
    if lasting:
        _REFUSED_FLAGS[types] = _MAKES_GENERATOR | _MAKES_COROUTINE


def _is_held_by_module(kind: type) -> bool:
    try:
        return _names_of_module(sys.modules[kind.__module__])[kind.__name__] is kind
    except Exception:
        # no such module, None or another object in its place, a name that is no string: whatever it is, not lasting
        return False


def _flags(function: object) -> int:
    """Return the flags of the code that a call runs. inspect.markcoroutinefunction() does not count."""
    while isinstance(function, partial):
        function = function.func
    code = getattr(function, "__code__", None) or getattr(getattr(type(function), "__call__", None), "__code__", None)
    return getattr(code, "co_flags", 0)


class _Raising:
    """Result of `__aexit__` whose truth test raises an exception, in the frame of the `with`.

    If the coroutine raised it, a throw() in progress would set its context, and a StopIteration would become a
    RuntimeError (PEP 479).
    """

    __slots__ = ("_result",)

    def __init__(self, result: BaseException) -> None:
        self._result = result

    def __bool__(self) -> bool:
        result = self._result
        del self._result
        drop_own_entries(result)
        tb = traceback_of(result)
        try:
            throw(result)
        finally:
            set_traceback(result, tb)
            del self, result, tb

    def __del__(self) -> None:
        result = getattr(self, "_result", None)
        if result is not None:
            raise RuntimeError(
                "an exception was lost: what __aexit__ of catch returns must be tested for truth, as 'async with' does"
            ) from result


@final
class catch(_Base[_Awaited]):
    """Handle the exceptions of a block, also those in groups, as `except*` does.

    Each entry of the mapping is one clause, in order. `catch` calls its handler with the group of the exceptions that
    match. The handler is the body of the clause. If it raises, also by a bare `raise`, that exception propagates
    together with those that no clause matched. Its return value is ignored.

    `with catch(handlers):` calls plain handlers. `async with catch(handlers):` also takes coroutine functions, and
    awaits them. As a decorator it guards a plain or an `async def` function, which returns None if an exception was
    handled. The object has no state of a run: use it as often as you like, in threads and tasks too. The class is
    final.

    Args:
        handlers: A mapping from an exception class, or a flat tuple of them, to a callable of one argument. A dict
            keeps the last handler of a class that is given twice, where a statement runs the first clause.

    Raises:
        TypeError: `handlers` is no mapping; a key is a group class or no exception class; a handler is an exception
            class or a generator function, or is not callable.
            On entering: a handler is a coroutine function, under a plain `with` or on a plain function.
            On decorating: a class, a static or class method, or a generator function.
            While handling: a handler takes no argument, or returned an exception, a generator or, to a plain `with`, a
            coroutine. The group that it was called with is the context.

    The traceback may contain the frame of the block twice: at the `with`, and at the line that raised. Below Python
    3.11 it has an entry of `catch` itself between them. If you call `__aexit__` yourself, test its result for truth:
    that raises the error.

    The statement exists since Python 3.11. `catch` behaves as the statement of 3.15 on every version.

    >>> from taskgroup_compat import ExceptionGroup, catch
    >>> def on_value_error(group):
    ...     print("Caught:", *group.exceptions)
    >>> with catch({ValueError: on_value_error}):
    ...     raise ExceptionGroup("two", [ValueError("one"), ValueError("other")])
    Caught: one other
    """

    __slots__ = ("_handlers",)

    def __init_subclass__(cls, /, **keywords: object) -> None:
        if cls.__module__ != __name__:
            raise TypeError(
                "catch is final: instead of a subclass write a function that returns catch({ValueError: handler})"
            )

    if TYPE_CHECKING:
        # The first two take displays, the next two annotated mappings. Pyright resolves a call whose argument contains
        # Any only if the last overload, for handlers with other results, is no Mapping.
        @overload
        def __init__(self: catch[None], handlers: Mapping[Types, Callable[[ExceptionGroup[Any]], None]], /) -> None: ...
        @overload
        def __init__(
            self: catch[Coroutine[Any, Any, object]],
            handlers: Mapping[Types, Callable[[ExceptionGroup[Any]], Coroutine[Any, Any, object] | None]],
            /,
        ) -> None: ...
        @overload
        def __init__(  # pyright: ignore[reportOverlappingOverload]
            self: catch[None], handlers: Mapping[_Types, Callable[[ExceptionGroup[Any]], None]], /
        ) -> None: ...
        @overload
        def __init__(  # pyright: ignore[reportOverlappingOverload]
            self: catch[Coroutine[Any, Any, object]],
            handlers: Mapping[_Types, Callable[[ExceptionGroup[Any]], Coroutine[Any, Any, object] | None]],
            /,
        ) -> None: ...
        @overload
        def __init__(self: catch[None], handlers: _Handlers[Callable[[ExceptionGroup[Any]], object]], /) -> None: ...

    def __init__(self, handlers: Any, /) -> None:
        try:
            copy: Any = {**handlers}
        except TypeError:
            if hasattr(_type(handlers), "keys"):
                raise
            raise TypeError(
                "catch takes a mapping from exception classes to handlers, as in catch({ValueError: handler}), "
                f"not {type(handlers).__name__}"
            ) from None
        self._handlers: dict[Types, Handler] = copy
        # Fast path: known keys, and handlers that are functions. The full check would double the cost.
        try:
            for types in copy:
                if copy[types].__code__.co_flags & _REFUSED_FLAGS[types]:
                    if copy[types].__code__.co_flags & _MAKES_GENERATOR:
                        break
                    self.__class__ = _AsyncCatch  # type: ignore[assignment]
            else:
                return
        except (AttributeError, KeyError):
            pass
        self._check()

    def _check(self) -> None:
        for types, handler in self._handlers.items():
            if types not in _REFUSED_FLAGS:
                _check_types(types)
            flags = _flags(handler)
            if not callable(handler):
                mistake = f"must be callable, not {type(handler).__name__}"
            elif isinstance(handler, type) and issubclass(handler, BaseException):
                mistake = f"must be a function that may raise {handler.__name__}, not the class"
            elif flags & _MAKES_GENERATOR and not flags & _MAKES_COROUTINE:
                mistake = "must not be a generator function, whose code a call does not run"
            else:
                if flags & _MAKES_COROUTINE:
                    self.__class__ = _AsyncCatch  # type: ignore[assignment]
                continue
            raise TypeError(f"the handler for {key_name(types)} {mistake}")

    if TYPE_CHECKING or sys.version_info >= (3, 14):

        def __enter__(self: catch[None]) -> None:
            pass

    else:
        # Before 3.14 a `with` calls this method in half the instructions of a function. It does nothing.
        __enter__ = object.__init__

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None, /
    ) -> bool:
        if exc is None or not self._handlers:
            return False
        result: BaseException | None = None
        try:
            try:
                result = run(self._handlers.items(), exc)
            except BaseException as error:
                result = error
            if result is None:
                return True
            if result is exc and traceback_of(exc) is tb:
                return False
            drop_own_entries(result)
            tb = traceback_of(result)
            try:
                throw(result)
            finally:
                set_traceback(result, tb)
        finally:
            # An exception of a handler refers to the handler's frame, which may refer to this one: see run().
            del self, kind, exc, tb, result

    async def __aenter__(self) -> None:
        pass

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None, /
    ) -> bool:
        if exc is None or not self._handlers:
            return False
        statement = new_statement(exc)
        result: BaseException | None = None
        try:
            try:
                result = await run_async(self._handlers.items(), statement)
            except GeneratorExit as error:
                # Closed while a handler awaited: the value that is returned then gets lost, an exception does not.
                closing: BaseException = getattr(statement, "result", error)
                tb = traceback_of(closing)
                try:
                    throw(closing)
                finally:
                    set_traceback(closing, tb)
                    del closing
            except BaseException as error:
                result = error
            if result is None:
                return True
            if result is exc and traceback_of(exc) is tb:
                return False
            return _Raising(result)  # type: ignore[return-value]
        finally:
            del self, kind, exc, tb, result, statement

    if TYPE_CHECKING:

        @overload
        def __call__(
            self, function: Callable[_Params, Coroutine[Any, Any, _Returned]], /
        ) -> Callable[_Params, Coroutine[Any, Any, _Returned | None]]: ...
        @overload
        def __call__(
            self: catch[None], function: Callable[_Params, _Returned], /
        ) -> Callable[_Params, _Returned | None]: ...

    def __call__(self, function: Callable[..., Any], /) -> Callable[..., Any]:
        kind = _type(function)
        if kind is staticmethod or kind is classmethod:
            name = kind.__name__
            raise TypeError(f"catch decorates the function inside of a {name}: write @{name} above it")
        if isinstance(function, type):
            raise TypeError(f"catch decorates functions, not classes such as {function.__name__}")
        if not callable(function):
            raise TypeError(f"catch decorates functions, not {type(function).__name__}")
        if isgeneratorfunction(function) or isasyncgenfunction(function):
            raise TypeError("catch cannot decorate a generator function: it would guard the call, not the iteration")
        is_async = iscoroutinefunction(function) or _flags(function) & CO_COROUTINE
        return self._around_async(function) if is_async else self._around(function)

    # A statement in the function adds no frame, so tracebacks get no entry for the wrapper.

    def _around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            if self.__class__ is _AsyncCatch:
                cast("catch[None]", self).__enter__()
            try:
                returned = function(*args, **kwargs)
            except BaseException as exc:
                drop_own_entries(exc)
                try:
                    if self.__exit__(type(exc), exc, traceback_of(exc)):
                        return None
                except BaseException as result:
                    drop_own_entries(result)
                    raise
                raise
            if hasattr(_type(returned), "__await__") and isinstance(returned, CoroutineABC):
                # A compiled or decorated coroutine function is known only by the coroutine that it returns.
                coroutine = cast("Any", returned)
                named: Any = wraps(coroutine, ("__name__", "__qualname__"), ())
                return self._around_async(named(lambda: coroutine))()
            return returned

        return wrapper

    def _around_async(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        async def wrapper(*args: Any, **kwargs: Any) -> Any:
            try:
                return await function(*args, **kwargs)
            except BaseException as exc:
                drop_own_entries(exc)
                try:
                    if await self.__aexit__(type(exc), exc, traceback_of(exc)):
                        return None
                except BaseException as result:
                    drop_own_entries(result)
                    raise
                raise

        return wrapper


class _AsyncCatch(catch[None]):  # type: ignore[misc]
    """The class of an object with coroutine handlers. A test in catch.__enter__ would slow every `with`."""

    __slots__ = ()

    def __enter__(self) -> None:
        types = next(types for types, handler in self._handlers.items() if _flags(handler) & _MAKES_COROUTINE)
        raise TypeError(
            f"the handler for {key_name(types)} is a coroutine function: use 'async with' or decorate an async function"
        )
