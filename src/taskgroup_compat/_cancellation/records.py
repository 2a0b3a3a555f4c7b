"""Cancellation on 3.8 to 3.10, whose Task does not count requests: a record counts in its place.

The task has the record in the place of its cancel() while it is inside a group or a timeout. A request of a scope that
the task is inside of counts until the scope is left, for nobody withdraws it on these versions. Every other request
counts until uncancel(), and so does that of a scope that calls cancelling() or uncancel() itself.
"""

# The types of tasks and wrappers are any:
# pyright: reportUnknownVariableType=false

from __future__ import annotations

import sys
from asyncio import AbstractEventLoop, Task, tasks
from collections import deque
from types import BuiltinMethodType, FunctionType, MethodType
from weakref import getweakrefs, ref

from .bypassed import came_by_own_wait, found_cancelled
from .disguise import BoundMethod
from .scopes import calling_scopes, find_entered, reference
from .undelivered import can_clear, clear, clear_by_waiting, is_current, is_undelivered, right_after_step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any, Sequence

    _ScopeRef = ref[object]
else:
    _ScopeRef = ref

# Attribute of a task for its record between groups, if the count is not zero.
_KEPT = "_taskgroup_compat_kept"


def has_visible_request(task: Any) -> bool:
    """Return whether the task has a request that shows without a record: undelivered, or made by its group."""
    return is_undelivered(task) or _is_cancelled_by_group(getattr(task, "_callbacks", None))


def _is_cancelled_by_group(callbacks: Any) -> bool:
    # A child has a method of its group as done callback; a group that is aborting has cancelled all its children.
    for callback, _ in callbacks or ():
        function = callback.__func__ if type(callback) is MethodType else None
        if type(function) is FunctionType and function.__name__ == "_on_task_done":
            return getattr(callback.__self__, "_aborting", False) is True
    return False


class _ScopeRequests:
    """The requests of one scope; until_uncancel if the scope counts itself, otherwise they end with it."""

    __slots__ = ("scope", "evidence", "until_uncancel", "number", "message")

    def __init__(self, scope: object, evidence: Any, until_uncancel: bool) -> None:
        self.scope = reference(scope)
        self.evidence = evidence
        self.until_uncancel = until_uncancel
        self.number = 0
        self.message: Any = ((), {})


class _CountingScope(_ScopeRef):
    """A weak reference to a scope that asked for its task's count; the record may go when the last of them is gone."""

    __slots__ = ("task",)
    task: Any

    def __new__(cls, scope: object, task: Task[Any]) -> _CountingScope:
        self = super().__new__(cls, scope, _forget)
        self.task = ref(task)
        return self


def _forget(scope: Any) -> None:
    task = scope.task()
    if task is not None:
        # There is one: only a record that still counts has this reference.
        current = record_of(task)
        current.counting = [each for each in current.counting if each is not scope]
        current.drop_if_unused(task)


class Record(BoundMethod):
    # Counts the requests to cancel a task, called in the place of the task's own cancel(). A docstring here would hide
    # that of the bound method.
    __doc__: Any = BoundMethod.__doc__

    # Other copies of this package know a record by this, and share one whose number is their own. Of every other
    # number they may rely on what a Task has as well: it can be called, and it has uncancel().
    stands_in_for_cancel = 1

    # Most records get no request: then all that they have are these defaults, and an empty __dict__ says so to leave().
    __slots__ = ("users",)
    # The number of groups and timeouts that the task is inside of.
    users: int
    # The requests that count until uncancel(), and those of scopes.
    unscoped = 0
    scopes: Sequence[_ScopeRequests] = ()
    # The scopes that ask for the count: the record stays for them.
    counting: Sequence[_CountingScope] = ()
    # Whether a request came through the record since the count was last zero, and since the parent began to wait.
    asked_since_zero = False
    asked_in_wait = False
    # The number of requests in this turn of the loop, while a look for others is scheduled.
    asked_in_turn = 0
    # Somebody's own cancel() that the record replaces.
    replaced: Any = None
    # During a call: the number that the package's own request counts for, and whether the replaced cancel() is called.
    own_request: int | None = None
    forwarding_to_replaced = False

    # Requests.

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        task = self.task()
        if task is None:
            return False
        # Somebody may have kept this record since before its group was left.
        current = self if _counts(self) else record_of(task) or self
        return current.ask(task, sys._getframe(1), args, kwargs)

    def ask(self, task: Task[Any], caller: FrameType, args: Any, kwargs: Any) -> Any:
        """Deliver a request, and count it if the Task accepts it.

        It counts here, where it reaches the Task: somebody's own cancel() may keep it back until later.
        """
        if self.forwarding_to_replaced:
            return type(task).cancel(task, *args, **kwargs)
        number = self.own_request
        accepted = self._deliver(task, args, kwargs)
        if not accepted:
            return accepted
        try:
            scopes = calling_scopes(caller) if number is None else []
            found = find_entered(task, scopes) if scopes else None
        except Exception:
            # Frames and managers may hold anything, and cancel() has done its work.
            found = None
        if found is None:
            self.unscoped += 1 if number is None else number
        else:
            self._add(task, *found, (args, kwargs))
        if not _counts(self):
            self.users = 0
            self.drop_if_unused(task)
        return accepted

    def request(self, parent: Task[Any]) -> None:
        """Cancel the parent for a group or a timeout, which calls withdraw() later."""
        self._cancel(parent, 1)

    def _cancel(self, task: Task[Any], number: int, args: Any = (), kwargs: Any = None) -> None:
        """Call task.cancel, which somebody may have replaced; count that many requests if the call comes here."""
        self.own_request = number
        try:
            task.cancel(*args, **(kwargs or {}))
        finally:
            del self.own_request
        self.asked_since_zero = self.asked_in_wait = True

    def _deliver(self, task: Task[Any], args: Any, kwargs: Any) -> Any:
        look = self._look_for_others(task)
        self.asked_since_zero = self.asked_in_wait = True
        if self.replaced is None:
            accepted = type(task).cancel(task, *args, **kwargs)
        else:
            # It may call a record of an earlier group, which finds this one again.
            self.forwarding_to_replaced = True
            try:
                accepted = self.replaced(*args, **kwargs)
            finally:
                del self.forwarding_to_replaced
        if look is not None and is_undelivered(task):
            # This request itself has set the flag.
            look.cancel()
            self.asked_in_turn = 0
        return accepted

    def _add(self, task: Task[Any], scope: object, evidence: Any, message: Any) -> None:
        """Count a request of a scope."""
        self.scope_requests(task)
        own = [each for each in self.scopes if each.scope() is scope]
        if not own:
            own = [_ScopeRequests(scope, evidence, self.is_counting(scope))]
            self.scopes = [*self.scopes, *own]
        own[0].number += 1
        own[0].message = message

    # The count.

    def is_counting(self, scope: object) -> bool:
        return any(each() is scope for each in self.counting)

    def scope_requests(self, task: Task[Any]) -> int:
        """Forget scopes that have been left; return how many requests the others have made."""
        if not self.scopes:
            return 0
        self.scopes = [each for each in self.scopes if each.until_uncancel or each.evidence.holds(task)]
        return sum(each.number for each in self.scopes)

    def count(self, parent: Task[Any]) -> int:
        return self.unscoped + self.scope_requests(parent) if self.scopes else self.unscoped

    def withdraw(self, task: Task[Any], scopes: Sequence[object] = ()) -> int:
        """Withdraw one request, of these scopes if they have one; return how many remain."""
        own = [requests for requests in self.scopes if any(requests.scope() is scope for scope in scopes)]
        if own or (self.scope_requests(task) and not self.unscoped):
            requests = (own or self.scopes)[-1]
            requests.number -= 1
            if not requests.number:
                self.scopes = [other for other in self.scopes if other is not requests]
        elif self.unscoped:
            self.unscoped -= 1
        self._uncancel_elsewhere(task)
        remaining = self.count(task)
        if not remaining:
            self.asked_since_zero = is_undelivered(task)
        return remaining

    def uncancel(self) -> int:
        """Withdraw one request, for a copy of this package that has a record of another number."""
        task = self.task()
        return 0 if task is None else self.withdraw(task)

    def _uncancel_elsewhere(self, task: Any) -> None:
        """Withdraw a request from others that count it: another copy's record, backports.asyncio.runner's Task."""
        for other in (self.replaced, task):
            kind: Any = type(other)
            if hasattr(kind, "uncancel"):
                other.uncancel()

    # Requests that bypass the record.

    def _look_for_others(self, task: Any) -> Any:
        """Count a request of this turn of the loop that came before; schedule a look for one that comes after.

        The Task delivers the requests of one turn as one CancelledError. The look runs before the Task wakes up: an
        undelivered cancellation is a second request then. Returns the handle, if there is one.
        """
        waiter = getattr(task, "_fut_waiter", None)
        if self.asked_in_turn:
            self.asked_in_turn += 1
        elif waiter is None or is_undelivered(task) or not hasattr(waiter, "cancelled"):
            pass
        elif not waiter.done():
            loop = task.get_loop()
            # Nothing comes after if the ready queue is empty; loops other than asyncio's do not show theirs.
            if getattr(loop, "_ready", None) != deque():
                self.asked_in_turn = 1
                return loop.call_soon(self._look)
        elif not self.asked_since_zero and found_cancelled(task, waiter):
            self.unscoped += 1
        return None

    def _look(self) -> None:
        task = self.task()
        if self.asked_in_turn == 1 and task is not None and is_undelivered(task) and _counts(self):
            self.unscoped += 1
        self.asked_in_turn = 0

    def note_wait_start(self, parent: Task[Any]) -> None:
        """Note that the parent begins to wait for its children: what was asked before has been delivered."""
        if self.asked_in_wait != is_undelivered(parent) and type(parent).cancel in _PLAIN_CANCELS:
            self.asked_in_wait = not self.asked_in_wait

    def note_wait_cancelled(self, parent: Task[Any]) -> None:
        """Count a request that bypassed the record and ended the wait, if it is the parent that waits."""
        if tasks.current_task() is parent:
            if not self.asked_in_wait:
                self.unscoped += 1
                self.asked_since_zero = True
            self.asked_in_wait = False

    def note_body_cancelled(self, parent: Task[Any], error: BaseException) -> None:
        """Count a request that bypassed the record and reached the body in a wait that only the Task can cancel."""
        if self.asked_since_zero or _COUNTED in error.__dict__:
            return
        if tasks.current_task() is parent and came_by_own_wait(error):
            self.unscoped += 1
            error.__dict__[_COUNTED] = True

    # The end of a group or a timeout.

    async def clear_stale_request(
        self, parent: Task[Any], loop: AbstractEventLoop | None, leaving: BaseException | None
    ) -> None:
        """Clear an undelivered cancellation of the parent if no request remains.

        leaving is the exception that leaves the group or the timeout.
        """
        if is_undelivered(parent) and not self.count(parent):
            await self._clear(parent, loop, leaving)

    async def _clear(self, parent: Task[Any], loop: AbstractEventLoop | None, leaving: BaseException | None) -> None:
        if not clear(parent) and await clear_by_waiting(parent, loop, leaving):
            self._redeliver(parent)

    async def deliver_remaining(
        self, parent: Task[Any], loop: AbstractEventLoop, after_errors: bool, leaving: BaseException | None
    ) -> None:
        """Cancel the parent again if a request remains; otherwise clear an undelivered cancellation."""
        due = is_undelivered(parent)
        if self.unscoped:
            if not after_errors or parent.done():
                pass
            elif is_current(parent, loop) and not can_clear(parent):
                # Set at once, the flag would stay if somebody withdraws the request in this step (gh-116720).
                right_after_step(loop, self._deliver_remaining, False)
            else:
                self._redeliver(parent)
            return
        if due:
            await self._clear(parent, loop, leaving)
        if (after_errors or due) and self.scope_requests(parent):
            # A scope that is left in this same step has settled its request by then.
            right_after_step(loop, self._deliver_remaining, True)

    def _deliver_remaining(self, of_scopes: bool) -> None:
        """Cancel the task again if a request remains; with the message that a scope looks for if only scopes asked."""
        task = self.task()
        if task is not None and not task.done() and self.count(task):
            self._redeliver(task, *(self.scopes[-1].message if of_scopes and not self.unscoped else ()))

    def _redeliver(self, task: Task[Any], args: Any = (), kwargs: Any = None) -> None:
        """Cancel the task again for a request that has been counted."""
        self._uncancel_elsewhere(task)
        self._cancel(task, 0, args, kwargs)

    # Lifetime.

    def leave(self, parent: Any) -> None:
        """End one use that enter() began; the last one takes the record off the task."""
        self.users -= 1
        if not self.users:
            if not self.__dict__ and parent.cancel is self:
                del parent.cancel
            else:
                self.drop_if_unused(parent)

    def drop_if_unused(self, task: Any) -> None:
        """Take the record off the task if nobody uses it; keep it for the next group if the count is not zero."""
        if _counts(self):
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


# Marks a CancelledError whose request has been counted, for the groups around that it leaves as well. A copy of this
# package that has records of its own counts for itself.
_COUNTED = f"_taskgroup_compat_counted_{Record.stands_in_for_cancel}"

# The cancel() of a subclass may take effect later.
_PLAIN_CANCELS = (Task.cancel, tasks._PyTask.cancel)  # type: ignore[attr-defined]


def is_record(obj: object) -> bool:
    """Return whether this is a record of ours, or of another copy of this package that shares it."""
    return getattr(type(obj), "stands_in_for_cancel", None) == Record.stands_in_for_cancel


def _counts(record: Any) -> bool:
    return bool(record.users or record.counting)


def record_of(task: Any) -> Any:
    """Return the record that counts for the task now, or None. Another wrapper may cover it."""
    if is_record(task.cancel):
        return task.cancel
    # A record is a weak reference to its task.
    for each in getweakrefs(task):
        if is_record(each) and _counts(each):
            return each
    return getattr(task, _KEPT, None)


def enter(parent: Any) -> Any:
    """Return the record of a task that enters a group or a timeout, a new one if it has none; leave() ends it."""
    cancel: Any = parent.cancel
    # Fast path: a C task without a record. On 3.8 __class__ costs a third of type(); a record shows that of the method.
    if (
        parent.__class__ is not Task
        or type(cancel) is not BuiltinMethodType
        or cancel.__self__ is not parent
        or hasattr(parent, _KEPT)
    ):
        return _enter_any(parent, cancel)
    task: Any = parent
    current: Any = Record(task)
    task.cancel = current
    current.users = 1
    # The method would make the name anew.
    current.__qualname__ = "Task.cancel"
    callbacks = task._callbacks
    # asyncio.run()'s main task has one callback, which is a function.
    if task._must_cancel or (
        callbacks
        and (len(callbacks) > 1 or callbacks[0][0].__class__ is MethodType)
        and _is_cancelled_by_group(callbacks)
    ):
        current.unscoped = 1
        current.asked_since_zero = True
    return current


def _enter_any(parent: Any, cancel: Any) -> Any:
    current: Any = record_of(parent)
    if current is not None and current.users:
        current.users += 1
        return current
    if current is None:
        current = Record(parent)
        current.__qualname__ = getattr(cancel, "__qualname__", "cancel")
        if has_visible_request(parent):
            current.unscoped = 1
            current.asked_since_zero = True
    current.users = 1
    if cancel is not current:
        if type(cancel) not in (MethodType, BuiltinMethodType) or cancel.__self__ is not parent:
            current.replaced = cancel
        try:
            parent.cancel = current
        except AttributeError:
            # A task of a foreign class: only the requests of its groups are counted.
            pass
    return current


def _record_for(task: Task[Any], scopes: list[object]) -> Any:
    """Return the task's record. A scope that counts itself has to see the requests outside of any group too."""
    if not scopes:
        return record_of(task)
    current = enter(task)
    for scope in scopes:
        if not current.is_counting(scope):
            try:
                current.counting = [*current.counting, _CountingScope(scope, task)]
            except TypeError:
                # It takes no weak reference, so its lifetime cannot be tracked.
                pass
    current.users -= 1
    current.drop_if_unused(task)
    return current


def cancelling(task: Task[Any]) -> int:
    # The caller of the public function.
    current = _record_for(task, calling_scopes(sys._getframe(2)))
    return int(has_visible_request(task)) if current is None else int(current.count(task))


def uncancel(task: Task[Any]) -> int:
    scopes = calling_scopes(sys._getframe(2))
    current = _record_for(task, scopes)
    if current is None:
        if not has_visible_request(task):
            return 0
        current = enter(task)
        current.users -= 1
    remaining = int(current.withdraw(task, scopes))
    if remaining == 0:
        clear(task)
    current.drop_if_unused(task)
    return remaining
