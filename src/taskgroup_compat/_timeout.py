"""Below 3.13: timeout(), timeout_at() and Timeout with the behaviour of 3.15; below 3.11 their TimeoutError."""

from __future__ import annotations

import sys
from asyncio import CancelledError, events, tasks

from ._cancellation import RECORDS, UNDELIVERED, enter, shared

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, TypeVar

    _Timeout = TypeVar("_Timeout", bound="Timeout")

if sys.version_info >= (3, 11):
    from asyncio import Timeout as _Base

    # The base class's own states, for base-class methods called on our instances.
    _CREATED, _ENTERED, _EXPIRING, _EXPIRED, _EXITED = sys.modules[_Base.__module__]._State
else:
    import asyncio
    import builtins

    from exceptiongroup import ExceptionGroup

    _Base = object
    _CREATED, _ENTERED, _EXPIRING, _EXPIRED, _EXITED = "created", "active", "expiring", "expired", "finished"

    class TimeoutError(builtins.TimeoutError, asyncio.TimeoutError):
        """The TimeoutError of a timeout below 3.11: both the built-in TimeoutError and asyncio.TimeoutError.

        Tracebacks show the name of the built-in class. The class is not exported, because an except clause with this
        class alone would miss the TimeoutErrors of the system and of asyncio.
        """

        def __reduce__(self) -> Any:
            # Under the name of this class pickle finds the built-in one.
            reduced: Any = super().__reduce__()
            kind, *state = reduced
            return (_timeout_error if kind is TimeoutError else kind, *state)

    TimeoutError.__module__ = "builtins"

    def _timeout_error(*args: Any) -> TimeoutError:
        return TimeoutError(*args)

    # From 3.11 on the package has the built-in class under this name, to load such a pickle.
    _timeout_error.__module__ = __name__.rpartition(".")[0]


# Below 3.11 a function in Python; see TaskGroup.
_CURRENT_TASK: Any = tasks.current_task
_tasks_module: Any = tasks


# asyncio's is final to type checkers.
class Timeout(_Base):  # type: ignore[misc, unused-ignore]
    """Cancel the block of an `async with` when its deadline passes, and raise TimeoutError.

    timeout() and timeout_at() return a Timeout. If the deadline passes while the block runs, the Timeout cancels the
    task inside. If the CancelledError propagates out of the block and there is no other request to cancel the task, the
    Timeout raises TimeoutError from it. If there is another request, the CancelledError propagates. Another exception
    propagates as it is, with a TimeoutError in its context in front of the CancelledError (gh-96037).

    `when` is the deadline by the clock of the loop, or None for no deadline. A Timeout can be entered only once, and
    only inside a task; otherwise entering raises RuntimeError.

    Below 3.11 its TimeoutError is both the built-in TimeoutError and asyncio.TimeoutError.

    The standard library has asyncio.Timeout since Python 3.11. This class behaves as that of 3.15 on every version;
    from 3.13 on it is asyncio.Timeout.

    >>> import asyncio
    >>> from taskgroup_compat import timeout
    >>> async def main():
    ...     async with timeout(10) as limit:
    ...         limit.reschedule(asyncio.get_running_loop().time())
    ...         try:
    ...             await asyncio.sleep(3600)
    ...         finally:
    ...             print(limit, limit.expired())
    >>> try:
    ...     asyncio.run(main())
    ... except TimeoutError:
    ...     print("too late")
    <Timeout [expiring]> True
    too late
    """

    # Handles the task's cancellation; below 3.11 set on entering.
    _cancellation: Any = shared

    if RECORDS:
        # Below 3.11 defaults in the class cost less than attributes of each timeout; see TaskGroup.
        _state: Any = _CREATED
        _timeout_handler: Any = None
        _task: Any = None

    def __init__(self, when: float | None) -> None:
        self._when = when
        if not RECORDS:
            self._state: Any = _CREATED
            # A timer and a task while the timeout is entered.
            self._timeout_handler: Any = None
            self._task: Any = None

    def when(self) -> float | None:
        """Return the deadline by the clock of the loop, or None if there is none. Takes no arguments, raises nothing.

        asyncio.Timeout has it since Python 3.11.

        >>> import asyncio
        >>> from taskgroup_compat import timeout_at
        >>> async def main():
        ...     async with timeout_at(None) as limit:
        ...         print(limit.when())
        >>> asyncio.run(main())
        None
        """
        return self._when

    def reschedule(self, when: float | None) -> None:
        """Move the deadline of a timeout that is entered and has not expired.

        `when` is the new deadline by the clock of the loop, or None for no deadline. A deadline in the past cancels the
        task in the next iteration of the loop. Returns None. Raises RuntimeError before the timeout is entered, once it
        has expired, and after the block.

        asyncio.Timeout has it since Python 3.11.

        >>> import asyncio
        >>> from taskgroup_compat import timeout
        >>> async def main():
        ...     async with timeout(3600) as limit:
        ...         limit.reschedule(limit.when() + 60)
        ...         limit.reschedule(None)
        ...     limit.reschedule(None)
        >>> asyncio.run(main())
        Traceback (most recent call last):
        RuntimeError: Cannot change state of finished Timeout
        """
        if self._state is not _ENTERED:
            if self._state is _CREATED:
                raise RuntimeError("Timeout has not been entered")
            raise RuntimeError(f"Cannot change state of {self._state_name()} Timeout")
        self._when = when
        if self._timeout_handler is not None:
            self._timeout_handler.cancel()
        if when is None:
            self._timeout_handler = None
        else:
            loop = events.get_running_loop()
            if when <= loop.time():
                self._timeout_handler = loop.call_soon(self._on_timeout)
            else:
                self._timeout_handler = loop.call_at(when, self._on_timeout)

    def expired(self) -> bool:
        """Return whether the deadline passed while the block ran. Takes no arguments, raises nothing.

        asyncio.Timeout has it since Python 3.11.

        >>> import asyncio
        >>> from taskgroup_compat import timeout
        >>> async def main():
        ...     try:
        ...         async with timeout(0) as limit:
        ...             await asyncio.sleep(3600)
        ...     except TimeoutError:
        ...         print(limit.expired())
        >>> asyncio.run(main())
        True
        """
        return self._state is _EXPIRING or self._state is _EXPIRED

    def _state_name(self) -> str:
        name: str = getattr(self._state, "value", self._state)
        return name

    def __repr__(self) -> str:
        if self._state is not _ENTERED:
            return f"<Timeout [{self._state_name()}]>"
        when = None if self._when is None else round(self._when, 3)
        return f"<Timeout [active] when={when}>"

    async def __aenter__(self: _Timeout) -> _Timeout:
        if self._state is not _CREATED:
            raise RuntimeError("Timeout has already been entered")
        loop = events.get_running_loop()
        # As in TaskGroup.
        if not RECORDS or tasks.current_task is not _CURRENT_TASK:
            task: Any = tasks.current_task(loop)
        else:
            task = _tasks_module._current_tasks.get(loop)
        if task is None:
            raise RuntimeError("Timeout should be used inside a task")
        cancellation: Any = shared
        if RECORDS:
            self._cancellation = cancellation = enter(task)
        try:
            self._cancelling: int = cancellation.count(task) if RECORDS else task.cancelling()
            self._state = _ENTERED
            self._task = task
            # As reschedule(), without the 5 % of its call.
            when = self._when
            if when is not None:
                if when <= loop.time():
                    self._timeout_handler = loop.call_soon(self._on_timeout)
                else:
                    self._timeout_handler = loop.call_at(when, self._on_timeout)
        except BaseException:
            if RECORDS:
                cancellation.leave(task)
            raise
        return self

    async def __aexit__(
        self, et: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        state = self._state
        assert state is _ENTERED or state is _EXPIRING, "Timeout is not entered"
        timer, task, cancellation = self._timeout_handler, self._task, self._cancellation
        # The traceback of an exception may hold this frame and this timeout, which must not refer to the task.
        self._task = None
        if timer is not None:
            timer.cancel()
            # It keeps its Context, whose variables may refer to this timeout.
            self._timeout_handler = None
        if RECORDS and exc is not None and isinstance(exc, CancelledError):
            cancellation.note_body_cancelled(task, exc)
        if state is _ENTERED:
            self._state = _EXITED
            if RECORDS:
                cancellation.leave(task)
            return
        self._state = _EXPIRED
        try:
            remaining = cancellation.withdraw(task)
            if not remaining and getattr(task, UNDELIVERED, False):
                # close() may run this without a loop.
                await cancellation.clear_stale_request(task, events._get_running_loop(), exc)
        finally:
            if RECORDS:
                cancellation.leave(task)
            del task, cancellation
        # gh-102780: if there are more requests than on entering, somebody else's request decides what is raised.
        if remaining <= self._cancelling and et is not None:
            if issubclass(et, CancelledError):
                raise TimeoutError from exc
            if exc is not None:
                _insert_timeout_error(exc)
                if isinstance(exc, ExceptionGroup):
                    for error in exc.exceptions:  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
                        _insert_timeout_error(error)  # pyright: ignore[reportUnknownArgumentType]

    def _on_timeout(self) -> None:
        self._state = _EXPIRING
        self._cancellation.request(self._task)


def _insert_timeout_error(error: BaseException) -> None:
    """Insert a TimeoutError in front of the first CancelledError among the contexts of an error (gh-96037)."""
    # Contexts can be a cycle.
    seen: list[BaseException] = []
    while error.__context__ is not None and not any(error is one for one in seen):
        seen.append(error)
        if isinstance(error.__context__, CancelledError):
            expired = TimeoutError()
            expired.__context__ = expired.__cause__ = error.__context__
            error.__context__ = expired
            return
        error = error.__context__


def timeout(delay: float | None) -> Timeout:
    """Limit the time of a block in seconds.

    `delay` is the number of seconds, counted from this call and not from entering. None sets no limit; zero or less
    cancels the task at its first wait. Returns a Timeout for `async with`, which raises TimeoutError if the time ends
    before the block. Raises RuntimeError if no loop runs.

    Below 3.11 that TimeoutError is both the built-in TimeoutError and asyncio.TimeoutError: either name catches it.

    The standard library has asyncio.timeout() since Python 3.11. This function behaves as that of 3.15 on every
    version; from 3.13 on it is asyncio.timeout.

    >>> import asyncio
    >>> from taskgroup_compat import timeout
    >>> async def main():
    ...     try:
    ...         async with timeout(0.01):
    ...             await asyncio.sleep(3600)
    ...     except TimeoutError:
    ...         print("too late")
    >>> asyncio.run(main())
    too late
    """
    loop = events.get_running_loop()
    return Timeout(None if delay is None else loop.time() + delay)


def timeout_at(when: float | None) -> Timeout:
    """Limit the time of a block by an absolute deadline.

    `when` is the deadline by the clock of the loop, loop.time(); None sets no limit. Returns a Timeout for
    `async with`, as timeout() does. Raises nothing.

    The standard library has asyncio.timeout_at() since Python 3.11. This function behaves as that of 3.15 on every
    version; from 3.13 on it is asyncio.timeout_at.

    >>> import asyncio
    >>> from taskgroup_compat import timeout_at
    >>> async def main():
    ...     deadline = asyncio.get_running_loop().time() + 0.01
    ...     try:
    ...         async with timeout_at(deadline):
    ...             await asyncio.sleep(3600)
    ...     except TimeoutError:
    ...         print("too late")
    >>> asyncio.run(main())
    too late
    """
    return Timeout(when)
