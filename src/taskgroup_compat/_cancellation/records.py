"""Cancellation on 3.8 to 3.10, whose Task does not count requests: a record counts in its place.

The task has the record in the place of its cancel() while it is inside a group or a timeout. A request of a scope that
the task is inside of counts until the scope is left: the scope does not withdraw it on these versions. Every other
request counts until uncancel(), and so does that of a scope that calls cancelling() or uncancel() itself: the record
stays while such a scope lives.
"""

# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false, reportUnknownArgumentType=false
from __future__ import annotations

import sys
from asyncio import Task, tasks
from collections import deque
from contextlib import suppress
from functools import partial
from types import BuiltinMethodType, FrameType, MethodType
from typing import Any, Sequence
from weakref import getweakrefs, ref

from .disguise import BoundMethod
from .undelivered import Cancellation, clear, is_undelivered

# Attribute of a task for its record between groups if the count is not zero, or True (set by _group) if its own group
# has cancelled it; and a mark on a CancelledError whose request has been counted. Copies that share records share them.
_KEPT = "_taskgroup_compat_kept_3"
_COUNTED = "_taskgroup_compat_counted_3"

_task_of: Any = ref.__call__  # As Record.task(), in a fifth of the instructions.
_C_TASK: Any = Task
# The type of its cancel(). None on PyPy, where that is the type of any method.
_C_METHOD: Any = BuiltinMethodType if sys.implementation.name == "cpython" else None
# The cancel() of a subclass may take effect later.
_PLAIN_CANCELS = (Task.cancel, tasks._PyTask.cancel)  # type: ignore[attr-defined]


class Record(BoundMethod, Cancellation):
    # Counts the requests to cancel a task, called in the place of its cancel(). That method's docstring is shown:
    __doc__: Any = BoundMethod.__doc__
    # Copies of this package share the records of their own number. They call uncancel() of any other.
    stands_in_for_cancel = 3
    # Most records get no request: they have only these defaults, and leave() tests for an empty __dict__.
    __slots__ = ("users",)
    users: int  # The number of groups and timeouts that the task is inside of.
    unscoped = 0  # The requests that count until uncancel().
    scopes: Sequence[Any] = ()  # Those that end with their scope: a ScopeRequest each.
    counting: Any = ()  # The scopes that call cancelling() or uncancel(), which need it: a weak reference for each id.
    # Whether a request came through the record since the count was last zero, and since the parent began to wait.
    requested_since_zero = False
    requested_in_wait = False
    look: Any = None  # A call of _look() that is scheduled in the turn of a request.
    replaced: Any = None  # Somebody's own cancel() that the record replaces.
    # During a call: the number that the package's own request counts for, and whether the replaced cancel() is called.
    own_request: int | None = None
    forwarding_to_replaced = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        task = self.task()
        if task is None:
            return False
        # A caller may hold a record whose group was left.
        current = self if self.users or self.counting else record_of(task) or self
        return current.ask(task, sys._getframe().f_back, args, kwargs)

    def ask(self, task: Task[Any], caller: FrameType | None, args: Any, kwargs: Any) -> Any:
        """Deliver a request, and count it if the Task accepts it: a wrapper around cancel() may not forward it."""
        number = self.own_request
        accepted = self._deliver(task, *args, **kwargs)
        if accepted and not self.forwarding_to_replaced:
            if number is None:
                number = 0 if self._add_to_scope(task, caller, (args, kwargs)) else 1
            self.unscoped += number
            self.drop_if_unused(task)
        return accepted

    def request(self, parent: Task[Any]) -> None:
        """Cancel the parent for a group or a timeout, which calls withdraw() later."""
        if parent.cancel is not self:
            self._cancel(parent, 1)
        elif self._deliver(parent):
            self.unscoped += 1

    def _cancel(self, task: Task[Any], number: int, *args: Any, **kwargs: Any) -> None:
        """Call task.cancel, which somebody may have replaced; count that many requests if the call comes here."""
        outer, self.own_request = self.own_request, number
        try:
            task.cancel(*args, **kwargs)
        finally:
            self.own_request = outer

    def _deliver(self, task: Task[Any], *args: Any, **kwargs: Any) -> Any:
        if self.forwarding_to_replaced:
            return type(task).cancel(task, *args, **kwargs)
        look = self._look_for_others(task)
        if self.replaced is None:
            accepted = type(task).cancel(task, *args, **kwargs)
        else:
            # It may call a record of an earlier group, which finds this one again.
            self.forwarding_to_replaced = True
            try:
                accepted = self.replaced(*args, **kwargs)
            finally:
                self.forwarding_to_replaced = False
        if look is not None and is_undelivered(task):
            # This request itself has set the flag.
            look.cancel()
            self.look = None
        return accepted

    def _add_to_scope(self, task: Task[Any], caller: FrameType | None, message: Any) -> bool:
        """Count a request of a scope that the task is inside of; return False for that of anybody else."""
        found = None
        with suppress(Exception):  # Frames and managers may hold anything, and cancel() has done its work.
            scopes = _calling_scopes(caller)
            if scopes and not any(id(scope) in self.counting for scope in scopes):
                from .scopes import find_entered

                found = find_entered(task, scopes, message)
        if found is not None:
            # A scope may cancel in every turn until it is left. Scopes that have been left are forgotten here.
            others = (each for each in self.scopes if each.scope() is not found.scope() and each.holds(task))
            self.scopes = [*others, found]
        return found is not None

    def count(self, parent: Task[Any]) -> int:
        """Return the number of requests that remain; forget those of scopes that have been left."""
        if not self.scopes:
            return self.unscoped
        self.scopes = [each for each in self.scopes if each.holds(parent)]
        return self.unscoped + len(self.scopes)

    def count_unscoped(self, parent: Task[Any]) -> int:
        return self.unscoped

    def withdraw(self, task: Task[Any], scopes: Sequence[object] = ()) -> int:
        """Withdraw one request, of these scopes if they have one; return how many remain."""
        own = [each for each in self.scopes if any(each.scope() is scope for scope in scopes)]
        if own or (self.count(task) and not self.unscoped):
            last = (own or self.scopes)[-1]
            self.scopes = [each for each in self.scopes if each is not last]
        elif self.unscoped:
            self.unscoped -= 1
        self._uncancel_elsewhere(task)
        remaining = self.count(task)
        if not remaining:
            self.requested_since_zero = is_undelivered(task)
        return remaining

    def uncancel(self) -> int:
        """Withdraw one request, for another copy of this package."""
        task = self.task()
        return 0 if task is None or self.forwarding_to_replaced else self.withdraw(task)

    def _uncancel_elsewhere(self, task: Any) -> None:
        """Withdraw a request from others that count it: another copy's record, backports.asyncio.runner's Task."""
        if hasattr(type(task), "uncancel"):
            task.uncancel()
        if hasattr(type(self.replaced), "uncancel") and self.replaced.__self__ is task:
            outer, self.forwarding_to_replaced = self.forwarding_to_replaced, True  # Each may have replaced the other.
            self.replaced.uncancel()
            self.forwarding_to_replaced = outer

    def redeliver(self, parent: Task[Any], of_scopes: bool = False) -> None:
        """Cancel the parent again for requests that remain; if all are of scopes, with the last one's message."""
        if not parent.done() and self.count(parent):
            self._uncancel_elsewhere(parent)
            args, kwargs = self.scopes[-1].message if of_scopes and not self.unscoped else ((), {})
            self._cancel(parent, 0, *args, **kwargs)

    def _look_for_others(self, task: Any) -> Any:
        """Note a request; schedule a look for one that bypasses the record in the same turn of the loop.

        The Task delivers the requests of one turn as one CancelledError. The look runs before the Task wakes up: an
        undelivered cancellation is a second request then. Returns the handle, if there is one.
        """
        waiter = getattr(task, "_fut_waiter", None)
        look, self.look = self.look, None
        if look is not None:
            look.cancel()
        elif waiter is None or is_undelivered(task) or not hasattr(waiter, "cancelled"):
            pass
        elif not waiter.done():
            loop = task.get_loop()
            # If nothing else is ready, only this same callback could ask again: not worth a look, 12 % of a timeout.
            # Loops other than asyncio's do not show their queue.
            if getattr(loop, "_ready", None) != deque():
                self.look = loop.call_soon(self._look)
        elif waiter.cancelled() and not self.requested_since_zero:
            # The CancelledError that comes is that of another request, or of a future that somebody has cancelled.
            return None
        self.requested_since_zero = self.requested_in_wait = True
        return self.look

    def _look(self) -> None:
        task = self.task()
        self.look = None
        if task is not None and is_undelivered(task) and (self.users or self.counting):
            self.unscoped += 1

    def note_wait_start(self, parent: Task[Any]) -> None:
        """Note that the parent begins to wait for its children: earlier requests were delivered."""
        # Assigned only if it changes: an empty __dict__ tells leave() that there was no request.
        if self.requested_in_wait != is_undelivered(parent):
            self.requested_in_wait = not self.requested_in_wait

    def note_wait_cancelled(self, parent: Task[Any]) -> None:
        """Count a request that bypassed the record and ended the wait, if it is the parent that waits."""
        if _tells_of_a_request(parent):
            if not self.requested_in_wait:
                self.unscoped += 1
                self.requested_since_zero = True
            self.requested_in_wait = False

    def note_body_cancelled(self, parent: Task[Any], error: BaseException) -> None:
        """Count a request that bypassed the record and reached the body in a wait that only the Task can cancel."""
        is_counted = (self.requested_since_zero and self.count(parent)) or _COUNTED in error.__dict__
        if is_counted or not _tells_of_a_request(parent):
            return
        from .bypassed import came_by_own_wait

        if came_by_own_wait(error):
            self.unscoped += 1
            error.__dict__[_COUNTED] = True

    def leave(self, parent: Any) -> None:
        """End one use that enter() began."""
        self.users = users = self.users - 1
        if not users and not self.__dict__ and parent.cancel is self:
            del parent.cancel
        elif not users:
            self.drop_if_unused(parent)

    def drop_if_unused(self, task: Any) -> None:
        """Take the record off the task if nobody uses it; keep it for the next group if the count is not zero."""
        if self.users or self.counting:
            return
        if task.cancel is self:
            del task.cancel
            if self.replaced is not None:
                task.cancel = self.replaced
        if self.count(task):
            with suppress(AttributeError):  # A task of a foreign class that takes no attributes.
                setattr(task, _KEPT, self)
        elif hasattr(task, _KEPT):
            delattr(task, _KEPT)


def _tells_of_a_request(parent: Task[Any]) -> bool:
    """Return whether a CancelledError means a request: the parent runs, and its cancel() is asyncio's."""
    return tasks.current_task() is parent and type(parent).cancel in _PLAIN_CANCELS


def _is_record(obj: Any) -> bool:
    """Return whether this is a record of this package or of a copy that shares records with it."""
    return getattr(type(obj), "stands_in_for_cancel", None) == Record.stands_in_for_cancel


def record_of(task: Any) -> Any:
    """Return the record that counts for the task, or None. A wrapper may cover it: it is among the weak references."""
    cancel = task.cancel
    if _is_record(cancel) and cancel.task() is task:
        return cancel
    used = (each for each in getweakrefs(task) if _is_record(each) and (each.users or each.counting))
    kept = getattr(task, _KEPT, None)
    return next(used, None if kept is True else kept)


def enter(parent: Any) -> Any:
    """Return the record of a task that enters a group or a timeout, a new one if it has none; leave() ends it."""
    cancel: Any = parent.cancel
    # Fast path: a C task without a record. On 3.8 __class__ costs a third of type(); a record shows that of the method.
    if (
        parent.__class__ is not _C_TASK
        or type(cancel) is not _C_METHOD
        or cancel.__self__ is not parent
        or hasattr(parent, _KEPT)
    ):
        if type(cancel) is not Record or _task_of(cancel) is not parent or not cancel.users:
            return _enter_any(parent, cancel)
        cancel.users += 1
        return cancel
    current: Any = Record(parent)
    parent.cancel = current
    current.users = 1
    current.__qualname__ = "Task.cancel"  # The method creates this string each time.
    if parent._must_cancel:
        current.unscoped = 1
        current.requested_since_zero = True
    return current


def _enter_any(parent: Any, cancel: Any) -> Any:
    current: Any = record_of(parent)
    if current is None:
        current = Record(parent)
        current.users = 0
        current.__qualname__ = getattr(cancel, "__qualname__", "cancel")
    is_used = current.users or current.counting or current.count(parent)
    if not is_used and (is_undelivered(parent) or getattr(parent, _KEPT, None) is True):
        current.unscoped = 1
        current.requested_since_zero = True
    if not current.users and cancel is not current:
        if not _is_own_method(cancel, parent):
            current.replaced = cancel
        with suppress(AttributeError):  # A task of a foreign class: only the requests of its groups are counted.
            parent.cancel = current
    current.users += 1
    return current


def _is_own_method(cancel: Any, task: Any) -> bool:
    """Return whether this is the method of the task's class, and no function that a program has put in its place."""
    is_own = type(cancel) is MethodType and cancel.__func__ is getattr(type(task), "cancel", None)
    return (is_own or type(cancel) is _C_METHOD) and cancel.__self__ is task


def read_locals(frame: FrameType, names: Sequence[str]) -> list[Any]:
    """Return the values of some locals of a frame that runs a function.

    f_locals copies all locals into a dict that the frame then keeps; an exception in it would be in a cycle with the
    frame. So they are removed again, unless a caller of locals() holds the dict. Names that exec() has added stay.
    """
    values = frame.f_locals
    found = [values.get(name) for name in names]
    if hasattr(sys, "getrefcount") and sys.getrefcount(values) <= 3:
        code = frame.f_code
        for name in (*code.co_varnames, *code.co_cellvars, *code.co_freevars):
            values.pop(name, None)
    return found


def _calling_scopes(frame: FrameType | None) -> list[object]:
    """Return the context managers whose methods call from a frame outwards, outermost first; none for other callers.

    A scope may cancel through others of its kind, as anyio's do for the scopes inside of them.
    """
    found: list[object] = []
    while frame is not None and frame.f_code.co_argcount:
        [first] = read_locals(frame, frame.f_code.co_varnames[:1])
        kind: Any = type(first)
        if not hasattr(kind, "stands_in_for_cancel"):  # A record forwards the call.
            if not (hasattr(kind, "__exit__") or hasattr(kind, "__aexit__")) or (found and kind is not type(found[0])):
                break
            found.insert(0, first)
        frame = frame.f_back
    return found


def _enter_for(task: Any, scopes: list[object]) -> Any:
    """Enter a task for a call of the public functions; scopes that call them need the record while they live."""
    current = enter(task)
    for scope in scopes:
        if id(scope) not in current.counting:
            current.counting = current.counting or {}
            with suppress(TypeError):  # Without a weak reference the lifetime cannot be tracked.
                current.counting[id(scope)] = ref(scope, partial(_forget, ref(current), id(scope)))
    return current


def _forget(record_ref: ref[Record], scope_id: int, scope_ref: ref[Any]) -> None:
    """End the use of a record by a scope that is gone. A callback that referred to the record would close a cycle."""
    current = record_ref()
    if current is not None and current.task() is not None:
        del current.counting[scope_id]
        current.drop_if_unused(current.task())


def cancelling(task: Task[Any]) -> int:
    scopes = _calling_scopes(sys._getframe(2))  # From the caller of the public function outwards.
    current = record_of(task)
    if scopes:
        current = _enter_for(task, scopes)
        current.leave(task)
    if current is None:
        return int(is_undelivered(task) or getattr(task, _KEPT, None) is True)
    return int(current.count(task))


def uncancel(task: Task[Any]) -> int:
    scopes = _calling_scopes(sys._getframe(2))
    current = _enter_for(task, scopes)
    remaining: int = current.withdraw(task, scopes)
    if remaining == 0:
        clear(task)
    current.leave(task)
    return remaining
