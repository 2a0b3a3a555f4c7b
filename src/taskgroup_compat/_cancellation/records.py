"""Cancellation on 3.8 to 3.10, whose Task does not count requests: a record stands in for the cancel() of a parent.

A request by a scope that the task is inside of counts until the scope is left, for nobody withdraws it on these
versions. Every other request counts until uncancel(), and so does that of a scope that asks for the count itself.
"""

from __future__ import annotations

import sys
from asyncio import AbstractEventLoop, Task, tasks
from opcode import opmap, opname
from types import BuiltinMethodType, FunctionType, MethodType
from weakref import getweakrefs, ref

from .scopes import asking, entered_of, reference
from .undelivered import (
    can_await_while_leaving,
    can_clear,
    can_pause,
    clear,
    is_undelivered,
    pause,
    read_locals,
    right_after_step,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType
    from typing import Any, Sequence

    _TaskRef = ref[Task[Any]]
    _ScopeRef = ref[object]
else:
    _TaskRef = _ScopeRef = ref

# Where a task keeps a count that is not zero in between groups.
_KEPT = "_taskgroup_compat_kept"


def is_asked_without_record(task: Any) -> bool:
    """Whether the task has a request that can be seen without a record: undelivered, or made by its group."""
    return is_undelivered(task) or _is_asked_by_group(getattr(task, "_callbacks", None))


def _is_asked_by_group(callbacks: Any) -> bool:
    # A child knows its group by the done callback; a group that is aborting has cancelled all its children.
    for callback, _ in callbacks or ():
        function = callback.__func__ if type(callback) is MethodType else None
        if type(function) is FunctionType and function.__name__ == "_on_task_done":
            return getattr(callback.__self__, "_aborting", False) is True
    return False


class _ScopeRequests:
    """What one scope asked for: counts while the scope is entered, or until its own uncancel() if it counts itself."""

    __slots__ = ("scope", "evidence", "counts", "number", "message")

    def __init__(self, scope: object, evidence: Any, counts: bool) -> None:
        self.scope = reference(scope)
        self.evidence = evidence
        self.counts = counts
        self.number = 0
        self.message: tuple[tuple[Any, ...], dict[str, Any]] = ((), {})


class _CountingScope(_ScopeRef):
    """A weak reference to a scope that asked for its task's count; the record may go when the last of them is gone."""

    __slots__ = ("task",)
    task: _TaskRef

    def __new__(cls, scope: object, task: Task[Any]) -> _CountingScope:
        self = super().__new__(cls, scope, _forget)
        self.task = ref(task)
        return self


def _forget(scope: Any) -> None:
    task = scope.task()
    if task is not None:
        # There is one: only a record that still counts has this reference.
        record_of(task).forget(scope, task)


class Record(_TaskRef):
    """Counts the requests to cancel a task, called in the place of the task's own cancel().

    The task holds its record while it is inside a group, so the record is a weak reference to the task.
    """

    # Most records are made and dropped without a request: then the defaults in the class are all there is, and an
    # empty __dict__ says so. Like the method it stands in for, a record can be referred to weakly.
    __slots__ = ("left", "__dict__", "__weakref__")

    # Other copies of this package know a record by this, and share one whose number is their own. Of every other
    # number they may rely on what a Task has as well: it can be called, and it has uncancel().
    stands_in_for_cancel = 1

    # The groups and timeouts that the task is inside of: one begins the record. It is left once that was the only one.
    left: bool
    users = 1
    # Requests that count until uncancel(), and those that end with their scope.
    unscoped = 0
    scopes: Sequence[_ScopeRequests] = ()
    # The scopes that ask for the count: the record stays for them.
    counting_scopes: Sequence[_CountingScope] = ()
    # Whether a request came through the record since the count was last zero, and since the parent began to wait.
    asked_since_zero = False
    asked_in_wait = False
    # Somebody else's stand-in for cancel() that ours replaces.
    replaced: Any = None
    # Whether the request in progress is counted elsewhere, and whether it is with what ours replaces.
    passes = False
    passes_on = False

    # The bound method, to everybody else.

    def task(self) -> Task[Any] | None:
        task: Task[Any] | None = super().__call__()
        return task

    def _method(self) -> Any:
        task = self.task()
        return None if task is None else type(task).cancel.__get__(task)

    def __eq__(self, other: object) -> bool:
        # Another record gets the method to compare.
        method = self._method()
        return self is other or (method is not None and method == other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self._method())

    def __repr__(self) -> str:
        return repr(self._method())

    # One by one, as a __getattr__ would make every attribute of a record dearer. A class cannot have __qualname__ so.
    __self__ = property(task)
    __func__ = property(lambda self: self._method().__func__)
    __name__ = property(lambda self: self._method().__name__)
    __text_signature__ = property(lambda self: self._method().__text_signature__)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        task = self.task()
        if task is None:
            return False
        return self._current(task).ask(task, sys._getframe(1), args, kwargs)

    def _current(self, task: Task[Any]) -> Record:
        """The record that counts now: somebody may have kept this one since before its group was left."""
        return self if _counts(self) else record_of(task) or self

    def uncancel(self) -> int:
        """Takes one request back, for a copy of this package that has a record of another kind."""
        task = self.task()
        return 0 if task is None else self.withdraw_for(task, [])

    # Requests.

    def ask(self, task: Task[Any], caller: FrameType, args: Any, kwargs: Any) -> Any:
        """Delivers somebody's request, and counts it."""
        if self.passes or self.passes_on:
            return self._deliver(task, args, kwargs)
        asked = self._deliver(task, args, kwargs)
        if asked:
            try:
                scopes = asking(caller)
                found = entered_of(task, scopes) if scopes else None
            except Exception:
                # Frames and managers may hold anything, and cancel() has done what was asked.
                found = None
            if found is None:
                self.unscoped += 1
            else:
                requests = self._of(*found)
                requests.number += 1
                requests.message = args, kwargs
            if not _counts(self):
                self.users = 0
                self.drop_if_unused(task)
        return asked

    def request(self, parent: Task[Any]) -> None:
        """Cancels the parent for a group or a timeout, which calls withdraw() later."""
        if self._ask_again(parent):
            self.unscoped += 1

    def _ask_again(self, task: Task[Any], args: Any = (), kwargs: Any = None) -> Any:
        """Asks through task.cancel, so that what somebody else has put there sees it, and counts nothing."""
        self.asked_since_zero = self.asked_in_wait = True
        self.passes = True
        try:
            return task.cancel(*args, **(kwargs or {}))
        finally:
            del self.passes

    def _cancel_again(self, task: Task[Any], args: Any = (), kwargs: Any = None) -> None:
        """Delivers again what is counted already."""
        self._tell_who_counts(task)
        self._ask_again(task, args, kwargs)

    def _deliver(self, task: Task[Any], args: Any, kwargs: Any) -> Any:
        self.asked_since_zero = self.asked_in_wait = True
        if self.replaced is None or self.passes_on:
            return type(task).cancel(task, *args, **kwargs)
        # It may call a record of an earlier group, which finds this one again.
        self.passes_on = True
        try:
            return self.replaced(*args, **kwargs)
        finally:
            del self.passes_on

    def _of(self, scope: object, evidence: Any) -> _ScopeRequests:
        for requests in self.scopes:
            if requests.evidence.same(evidence):
                return requests
        requests = _ScopeRequests(scope, evidence, any(each() is scope for each in self.counting_scopes))
        self.scopes = [*self.scopes, requests]
        return requests

    # The count.

    def scope_requests(self, task: Task[Any]) -> int:
        """Forgets scopes that have been left; returns how many requests the others have made."""
        if not self.scopes:
            return 0
        self.scopes = [requests for requests in self.scopes if requests.counts or requests.evidence.holds(task)]
        return sum(requests.number for requests in self.scopes)

    def count(self, parent: Task[Any]) -> int:
        return self.unscoped + self.scope_requests(parent) if self.scopes else self.unscoped

    def withdraw(self, parent: Task[Any]) -> int:
        """Takes a request of a group or a timeout back; returns how many remain."""
        return self.withdraw_for(parent, [])

    def withdraw_for(self, task: Task[Any], scopes: list[object]) -> int:
        """Takes one request back, of these scopes if they have one; returns how many remain."""
        own = [requests for requests in self.scopes if any(requests.scope() is scope for scope in scopes)]
        if own or (self.scope_requests(task) and not self.unscoped):
            requests = (own or self.scopes)[-1]
            requests.number -= 1
            if not requests.number:
                self.scopes = [other for other in self.scopes if other is not requests]
        elif self.unscoped:
            self.unscoped -= 1
        self._tell_who_counts(task)
        remaining = self.count(task)
        if not remaining:
            self.asked_since_zero = False
        return remaining

    def _tell_who_counts(self, task: Any) -> None:
        """Takes a request back where others count it too.

        That is another copy of this package, and the Task of backports.asyncio.runner, which asks it at SIGINT.
        """
        for other in (self.replaced, task):
            kind: Any = other.__class__
            if hasattr(kind, "uncancel"):
                other.uncancel()
            elif hasattr(kind, "withdraw"):
                # the record of a copy from before there was a number
                other.withdraw(task, [])

    # Requests that went past the record: by a bound cancel() that somebody has had since before.

    def note_wait_start(self, parent: Task[Any]) -> None:
        """Notes that the parent begins to wait for its children: what was delivered before has arrived."""
        if is_undelivered(parent) != self.asked_in_wait:
            self.asked_in_wait = not self.asked_in_wait

    def note_wait_cancelled(self, parent: Task[Any]) -> None:
        """Counts such a request, which ended the wait; in another task that leaves the group it says nothing."""
        if tasks.current_task() is parent:
            if not self.asked_in_wait:
                self.unscoped += 1
                self.asked_since_zero = True
            self.asked_in_wait = False

    def note_body_cancelled(self, parent: Task[Any], error: BaseException) -> None:
        """Counts such a request, which reached the body in a wait that only the Task itself could have cancelled."""
        if self.asked_since_zero or _COUNTED in error.__dict__:
            return
        if tasks.current_task() is parent and _came_by_a_wait_of_its_own(error):
            self.unscoped += 1
            error.__dict__[_COUNTED] = True

    # What a group or a timeout leaves behind.

    async def clear_stale_request(
        self, parent: Task[Any], loop: AbstractEventLoop | None, leaving: BaseException | None
    ) -> None:
        """Clear an undelivered cancellation of the parent if no request remains.

        leaving is the exception that leaves the group or the timeout.
        """
        if is_undelivered(parent) and not self.count(parent):
            await self._clear(parent, loop, leaving)

    async def _clear(self, parent: Task[Any], loop: AbstractEventLoop | None, leaving: BaseException | None) -> None:
        """Clear an undelivered cancellation; keep another one that comes meanwhile."""
        if clear(parent):
            return
        if can_await_while_leaving(leaving) and can_pause(parent, loop) and await pause(loop):
            self._cancel_again(parent)

    async def deliver_remaining(
        self, parent: Task[Any], loop: AbstractEventLoop, after_errors: bool, leaving: BaseException | None
    ) -> None:
        """Cancel the parent again if a request remains; otherwise clear an undelivered cancellation."""
        due = is_undelivered(parent)
        if self.unscoped:
            if not after_errors or parent.done():
                pass
            elif can_pause(parent, loop) and not can_clear(parent):
                right_after_step(loop, self._deliver_again)
            else:
                self._cancel_again(parent)
            return
        if due:
            await self._clear(parent, loop, leaving)
        if (after_errors or due) and self.scope_requests(parent):
            # Left in this same step, the scope has settled its request, and a cancellation would be a stray one.
            right_after_step(loop, self._deliver_again)

    def _deliver_again(self) -> None:
        """Delivers a cancellation again if somebody still wants it, with the message that a scope looks for."""
        task = self.task()
        if task is not None and not task.done():
            if self.unscoped:
                self._cancel_again(task)
            elif self.scope_requests(task):
                self._cancel_again(task, *self.scopes[-1].message)

    # How long the task has it.

    def leave(self, parent: Any) -> None:
        """Ends what enter() began when the last group or timeout of the task is left."""
        if not self.__dict__ and parent.cancel is self:
            self.left = True
            del parent.cancel
        else:
            self.users -= 1
            self.drop_if_unused(parent)

    def forget(self, scope: _CountingScope, task: Task[Any]) -> None:
        """Lets go of a scope that is gone, and of the task with the last of them."""
        self.counting_scopes = [each for each in self.counting_scopes if each is not scope]
        self.drop_if_unused(task)

    def drop_if_unused(self, task: Any) -> None:
        """Takes the record off the task if nobody is inside; a count that is not zero stays for the next group."""
        if self.users or self.counting_scopes:
            return
        try:
            if task.cancel is self:
                if self.replaced is None:
                    del task.cancel
                else:
                    task.cancel = self.replaced
            if self.count(task):
                setattr(task, _KEPT, self)
            elif getattr(task, _KEPT, None) is self:
                delattr(task, _KEPT)
        except AttributeError:
            # A task of a foreign class that takes no attributes has no record.
            pass


# What says of a CancelledError that its request has been counted, for the groups around that it leaves as well. A copy
# of this package that has records of its own counts for itself.
_COUNTED = f"_taskgroup_compat_counted_{Record.stands_in_for_cancel}"


def is_record(obj: object) -> bool:
    """Whether this is a record of ours, or of another copy of this package that shares it."""
    return getattr(type(obj), "stands_in_for_cancel", None) == Record.stands_in_for_cancel


def _counts(record: Any) -> bool:
    return bool(record.users or record.counting_scopes) and not hasattr(record, "left")


def record_of(task: Any) -> Any:
    """The record that counts for the task now, or None. It may be under somebody else's stand-in."""
    if is_record(task.cancel):
        return task.cancel
    # A record is a weak reference to its task.
    for each in getweakrefs(task):
        if is_record(each) and _counts(each):
            return each
    return getattr(task, _KEPT, None)


def enter(parent: Any) -> Record:
    """The record of a task that enters a group or a timeout, begun if there is none; leave() ends it."""
    cancel: Any = parent.cancel
    # Most tasks are C tasks without a record.
    if (
        type(cancel) is not BuiltinMethodType
        or cancel.__self__ is not parent
        or hasattr(parent, _KEPT)
        # Compiled tasks of foreign classes have such a method too, and on PyPy all have.
        or not issubclass(type(parent), Task)
    ):
        found: Record = _enter_any(parent, cancel)
        return found
    task: Any = parent
    current = task.cancel = Record(task)
    callbacks = task._callbacks
    # The program's own task has a single callback, which is a function.
    if task._must_cancel or (
        callbacks and (len(callbacks) > 1 or type(callbacks[0][0]) is MethodType) and _is_asked_by_group(callbacks)
    ):
        current.unscoped = 1
        current.asked_since_zero = True
    return current


def _enter_any(parent: Any, cancel: Any) -> Any:
    own = type(cancel) is MethodType and cancel.__self__ is parent
    current: Any = record_of(parent)
    if current is not None and current.users:
        current.users += 1
        return current
    if current is not None:
        current.users = 1
        if hasattr(current, "left"):
            del current.left
    else:
        try:
            current = Record(parent)
        except TypeError:
            # It cannot be referred to weakly, so that it cannot hold its record either.
            nobody: Any = _Nobody()
            current = Record(nobody)
        if is_asked_without_record(parent):
            current.unscoped = 1
            current.asked_since_zero = True
    if cancel is not current:
        if not own and type(cancel) is not BuiltinMethodType:
            current.replaced = cancel
        try:
            parent.cancel = current
        except AttributeError:
            # A task of a foreign class: what its group asks for is counted, nothing else.
            pass
    return current


class _Nobody:
    """Stands for a task that cannot be referred to."""


def _check(task: Any) -> None:
    if not hasattr(task, "get_coro"):
        raise TypeError(f"an asyncio.Task was expected, got {type(task).__name__}")


def _asked_for(task: Task[Any], scopes: list[object]) -> Record | None:
    """The task's record. A scope that asks for the count has to see what comes outside of any group as well."""
    if not scopes:
        found: Record | None = record_of(task)
        return found
    current = enter(task)
    known = [scope() for scope in current.counting_scopes]
    for scope in scopes:
        if not any(scope is other for other in known):
            try:
                current.counting_scopes = [*current.counting_scopes, _CountingScope(scope, task)]
            except TypeError:
                # It cannot be referred to weakly: then nobody could say when it is gone.
                pass
    current.users -= 1
    current.drop_if_unused(task)
    return current


def cancelling(task: Task[Any]) -> int:
    _check(task)
    current = _asked_for(task, asking(sys._getframe(1)))
    return int(is_asked_without_record(task)) if current is None else current.count(task)


def uncancel(task: Task[Any]) -> int:
    _check(task)
    scopes = asking(sys._getframe(1))
    current = _asked_for(task, scopes)
    if current is None:
        if not is_asked_without_record(task):
            return 0
        current = enter(task)
        current.users -= 1
    remaining = current.withdraw_for(task, scopes)
    if remaining == 0:
        clear(task)
    current.drop_if_unused(task)
    return remaining


# How a CancelledError reached a body.

_YIELD_FROM = bytes([opmap.get("YIELD_FROM", 0)])
_INSTRUCTION = 2
# Before an await stand GET_AWAITABLE, the None that is sent first, and the instruction that has made the awaitable.
_MADE_BEFORE = 3 * _INSTRUCTION


def _came_by_a_wait_of_its_own(error: BaseException) -> bool:
    """Whether a CancelledError comes from a wait of asyncio's own for a future that no one else can have.

    Each entry of its traceback has to await what the next one runs: an error that a future or a variable has carried
    over from another task has entries of that task's.
    """
    entries: list[Any] = []
    tb = error.__traceback__
    while tb is not None:
        place = _place(tb)
        # How Tasks and Futures that are written in Python hand it on says nothing.
        if place[0] != "asyncio.futures" and place != ("asyncio.tasks", "__wakeup"):
            entries.append(tb)
        tb = tb.tb_next
    if not entries or not all(map(_awaits, entries)):
        return False
    if not all(_calls(outer, inner.tb_frame.f_code) for outer, inner in zip(entries, entries[1:])):
        return False
    waiting = _place(entries[-1])
    return waiting[0] in ("asyncio.locks", "asyncio.queues", "asyncio.streams") or waiting in (
        ("asyncio.tasks", "sleep"),
        ("asyncio.tasks", "__sleep0"),
        ("asyncio.tasks", "_wait"),
    )


def _place(tb: Any) -> tuple[Any, str]:
    return tb.tb_frame.f_globals.get("__name__"), tb.tb_frame.f_code.co_name


def _awaits(tb: Any) -> bool:
    code: CodeType = tb.tb_frame.f_code
    # A compiled coroutine has no byte code.
    return code.co_code[tb.tb_lasti : tb.tb_lasti + 1] == _YIELD_FROM or code.co_name == "__sleep0"


def _calls(tb: Any, callee: Any) -> bool:
    """Whether what an entry awaits is a call, by a name that it knows the callee by."""
    code: CodeType = tb.tb_frame.f_code
    before: int = tb.tb_lasti - _MADE_BEFORE
    if not opname[code.co_code[before]].startswith("CALL_"):
        return False
    if callee.co_name in code.co_names:
        return True
    values = read_locals(tb.tb_frame, (*code.co_varnames, *code.co_freevars, *code.co_cellvars))
    return any(type(each) is FunctionType and each.__code__ is callee for each in values)
