"""Below 3.13: timeout(), timeout_at() and Timeout as 3.15 has them, and below 3.11 the TimeoutError that they raise."""

from __future__ import annotations

import sys
from asyncio import CancelledError, events, tasks

from ._cancellation import enter, shared

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, TypeVar

    _Timeout = TypeVar("_Timeout", bound="Timeout")

if sys.version_info >= (3, 11):
    from asyncio import Timeout as _Base

    # The base class's own states, for whoever calls a method of it with one of ours.
    _CREATED, _ENTERED, _EXPIRING, _EXPIRED, _EXITED = sys.modules[_Base.__module__]._State
else:
    import asyncio
    import builtins

    from exceptiongroup import ExceptionGroup

    _Base = object
    _CREATED, _ENTERED, _EXPIRING, _EXPIRED, _EXITED = "created", "active", "expiring", "expired", "finished"

    class TimeoutError(builtins.TimeoutError, asyncio.TimeoutError):
        """What a timeout raises below 3.11, where asyncio's TimeoutError is not the built-in one: it is both.

        It goes by the name of the built-in class in tracebacks and reports. The name is not exported: an except clause
        that caught this class alone would miss the TimeoutErrors of the system and of asyncio.
        """

        def __reduce__(self) -> Any:
            # The class's name belongs to the built-in one.
            reduced: Any = super().__reduce__()
            kind, *state = reduced
            return (_timeout_error if kind is TimeoutError else kind, *state)

    TimeoutError.__module__ = "builtins"

    def _timeout_error(*args: Any) -> TimeoutError:
        return TimeoutError(*args)

    # From 3.11 on the package has the built-in class under this name, so that it reads what is pickled here.
    _timeout_error.__module__ = __name__.rpartition(".")[0]


# asyncio's is final to type checkers.
class Timeout(_Base):  # type: ignore[misc, unused-ignore]
    """Cancels the block when its deadline passes, and raises TimeoutError.

    timeout() and timeout_at() make one. When its deadline comes while the block runs, the task inside is cancelled. If
    the CancelledError leaves the block and nobody else has asked for one, TimeoutError is raised from it. Any other
    exception leaves as it is, with a TimeoutError in its context in front of the CancelledError (gh-96037). If somebody
    else has cancelled the task as well, the CancelledError propagates.

    when is the deadline by the clock of the loop, or None for none. It can be entered only once, and only
    inside a task; otherwise entering raises RuntimeError.

    Below 3.11 its TimeoutError is both the built-in TimeoutError and asyncio.TimeoutError.

    The standard library has asyncio.Timeout since Python 3.11; this one has the behaviour of 3.15 on every version, and
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

    # Defaults in the class cost less than attributes of each timeout. The timer, the task, and what takes part in that
    # one's cancellation, are there while it is entered.
    _state: Any = _CREATED
    _timeout_handler: Any = None
    _task: Any = None
    _cancellation: Any = None

    def __init__(self, when: float | None) -> None:
        self._when = when

    def when(self) -> float | None:
        """Returns the deadline, by the clock of the loop; None if there is none. Takes no arguments, raises nothing.

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
        """Moves the deadline of a timeout that is entered and has not expired.

        when is the new deadline by the clock of the loop: None for none; one that has passed cancels the task in the
        next iteration of the loop. Returns None. Raises RuntimeError before the timeout is entered, once it has
        expired, and after it is left.

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
        RuntimeError: a finished Timeout has no deadline to change
        """
        if self._state is not _ENTERED:
            if self._state is _CREATED:
                raise RuntimeError("Timeout has not been entered")
            raise RuntimeError(f"a {self._state_name()} Timeout has no deadline to change")
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
        """Returns whether the deadline came while the block ran. Takes no arguments, raises nothing.

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
        task = tasks.current_task(loop)
        if task is None:
            raise RuntimeError("Timeout should be used inside a task")
        self._cancellation = cancellation = shared if enter is None else enter(task)
        try:
            self._cancelling: int = cancellation.count(task)
            self._state = _ENTERED
            self._task = task
            # As reschedule() does, whose call would be a twentieth of the cost.
            when = self._when
            if when is not None:
                if when <= loop.time():
                    self._timeout_handler = loop.call_soon(self._on_timeout)
                else:
                    self._timeout_handler = loop.call_at(when, self._on_timeout)
        except BaseException:
            cancellation.leave(task)
            raise
        return self

    async def __aexit__(
        self, et: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        state = self._state
        assert state is _ENTERED or state is _EXPIRING, "Timeout is not entered"
        timer, task, cancellation = self._timeout_handler, self._task, self._cancellation
        # The traceback of an exception may hold this frame, which must lead to no task.
        self._task = self._cancellation = None
        if timer is not None:
            timer.cancel()
            self._timeout_handler = None
        if exc is not None and isinstance(exc, CancelledError):
            cancellation.note_body_cancelled(task, exc)
        if state is _ENTERED:
            self._state = _EXITED
            cancellation.leave(task)
            return
        self._state = _EXPIRED
        try:
            remaining = cancellation.withdraw(task)
            if not remaining:
                # None where close() runs it without a loop.
                loop = events._get_running_loop()
                await cancellation.clear_stale_request(task, loop, exc)
        finally:
            cancellation.leave(task)
            del task, cancellation
        # A request more than on entering is somebody else's: what is raised is then that one's matter (gh-102780).
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
    """Puts a TimeoutError in front of the first CancelledError among the contexts of an error (gh-96037)."""
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
    """Limits the time that a block may take.

    delay is the number of seconds from this call on, and not from entering; None sets no limit, zero or less cancels
    the task at its first wait. Returns a Timeout to be used with `async with`, which raises TimeoutError if the time is
    over before the block ends. Raises RuntimeError where no loop runs.

    Below 3.11 that TimeoutError is both the built-in TimeoutError and asyncio.TimeoutError: either name catches it.

    The standard library has asyncio.timeout() since Python 3.11; this one has the behaviour of 3.15 on every version,
    and from 3.13 on it is asyncio.timeout.

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
    """Limits the time that a block may take by an absolute deadline.

    when is the deadline by the clock of the loop, loop.time(); None sets no limit. Returns a Timeout to be used with
    `async with`, as timeout() does. Raises nothing.

    The standard library has asyncio.timeout_at() since Python 3.11; this one has the behaviour of 3.15 on every
    version, and from 3.13 on it is asyncio.timeout_at.

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
