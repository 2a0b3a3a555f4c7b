"""Cancellation on 3.8 to 3.10, whose Task does not count requests: a record stands in for the cancel() of a parent.

A request by a scope that the task is inside of counts until the scope is left, for nobody withdraws it on these versions.
Every other request counts until uncancel().
"""

import sys
from asyncio import AbstractEventLoop, Task
from types import MethodType
from typing import Any, Dict, List, Optional, Tuple
from weakref import ref

from ._scopes import asking, exit_of, holds
from ._undelivered import can_pause, clear, pause, right_after_step


class _ScopeRequests:
    """What one scope asked for, and the method that is held while the task is inside of the scope."""

    __slots__ = ("method", "number", "message")

    def __init__(self, method: MethodType, message: "Tuple[Tuple[Any, ...], Dict[str, Any]]") -> None:
        self.method = ref(method)
        self.number = 1
        self.message = message


class _Record:
    """Counts the requests to cancel a task, called in the place of the task's own cancel().

    The task holds its record while it is inside a group, so the record refers to the task weakly.
    """

    __slots__ = ("task", "groups", "plain", "scopes", "replaced")

    def __init__(self, task: "Task[Any]") -> None:
        self.task = ref(task)
        self.groups = 0
        # One that is still to be delivered was asked for before the record began.
        self.plain = 1 if task._must_cancel else 0
        self.scopes: List[_ScopeRequests] = []
        self.replaced = None if getattr(task.cancel, "__self__", None) is task else task.cancel

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        task = self.task()
        if task is None:
            return False
        asked = self.deliver(task, *args, **kwargs)
        if asked:
            scopes = asking(sys._getframe(1))
            method = exit_of(task, scopes) if scopes else None
            if method is None:
                self.plain += 1
            else:
                self._count(method, (args, kwargs))
        return asked

    def deliver(self, task: "Task[Any]", *args: Any, **kwargs: Any) -> Any:
        if self.replaced is not None:
            return self.replaced(*args, **kwargs)
        return type(task).cancel(task, *args, **kwargs)

    def _count(self, method: MethodType, message: "Tuple[Tuple[Any, ...], Dict[str, Any]]") -> None:
        for requests in self.scopes:
            if requests.method() is method:
                requests.number += 1
                requests.message = message
                break
        else:
            self.scopes.append(_ScopeRequests(method, message))

    def around(self, task: "Task[Any]") -> int:
        """The number of requests of scopes that are still entered; the others end here."""
        if not self.scopes:
            return 0
        self.scopes = [requests for requests in self.scopes if holds(task, requests.method)]
        return sum(requests.number for requests in self.scopes)

    def withdraw(self, task: "Task[Any]", scopes: List[object]) -> int:
        """Takes one request back, of these scopes if they have one; returns how many remain."""
        remaining = self.plain + self.around(task)
        own = [requests for requests in self.scopes if getattr(requests.method(), "__self__", None) in scopes]
        if not own and self.plain:
            self.plain -= 1
        elif self.scopes:
            requests = (own or self.scopes)[-1]
            requests.number -= 1
            if not requests.number:
                self.scopes.remove(requests)
        return max(remaining - 1, 0)

    def renew(self) -> None:
        """Delivers a cancellation again if somebody still wants it, with the message that a scope looks for."""
        task = self.task()
        if task is not None and not task.done():
            if self.plain:
                self.deliver(task)
            elif self.around(task):
                args, kwargs = self.scopes[-1].message
                self.deliver(task, *args, **kwargs)


def _record_of(task: "Task[Any]") -> Optional[_Record]:
    cancel = task.cancel
    return cancel if type(cancel) is _Record else getattr(task, "_taskgroup_compat_kept", None)


def record(task: "Task[Any]") -> None:
    """Begins to record the requests to cancel a task that enters a group."""
    current = task.cancel
    if type(current) is not _Record:
        current = getattr(task, "_taskgroup_compat_kept", None) or _Record(task)
        task.cancel = current  # type: ignore[method-assign]
    current.groups += 1


def unrecord(task: "Task[Any]") -> None:
    """Ends what record() began when the task's last group is left."""
    current = _record_of(task)
    if current is None:
        return
    current.groups -= 1
    if not current.groups:
        if task.cancel is current:
            if current.replaced is None:
                del task.cancel
            else:
                task.cancel = current.replaced  # type: ignore[method-assign]
        _keep(task, current)


def _keep(task: "Task[Any]", current: _Record) -> None:
    """Keeps a count that is not zero for the task's next group."""
    if current.plain or current.around(task):
        task._taskgroup_compat_kept = current  # type: ignore[attr-defined]
    elif hasattr(task, "_taskgroup_compat_kept"):
        del task._taskgroup_compat_kept


def cancelling(task: "Task[Any]") -> int:
    current = _record_of(task)
    if current is None:
        return int(task._must_cancel)
    return current.plain + current.around(task)


def uncancel(task: "Task[Any]") -> int:
    current = _record_of(task)
    if current is None:
        clear(task)
        return 0
    remaining = current.withdraw(task, asking(sys._getframe(1)) if current.scopes else [])
    if remaining == 0:
        clear(task)
        if not current.groups:
            _keep(task, current)
    return remaining


def request(task: "Task[Any]") -> None:
    """Cancels the parent task of a group, which withdraws the request itself when it is left."""
    current = _record_of(task)
    if current is None:
        task.cancel()
    elif current.deliver(task):
        current.plain += 1


async def settle(parent: "Task[Any]", loop: AbstractEventLoop, *, own: bool, failing: bool, may_suspend: bool) -> int:
    """Withdraws the group's own request, and leaves the parent cancelled just if somebody else asked for it.

    Returns the number of requests that remain.
    """
    current = _record_of(parent)
    if current is None:
        return 0
    if own and current.plain:
        current.plain -= 1
    around = current.around(parent)
    undelivered = parent._must_cancel
    if current.plain:
        if failing:
            current.deliver(parent)
        return current.plain + around
    if undelivered and not clear(parent) and may_suspend and can_pause(parent, loop) and await pause(loop):
        current.deliver(parent)
    elif around and (failing or undelivered):
        # Left in this same step, the scope has settled its request, and a cancellation would be a stray one.
        right_after_step(loop, current.renew)
    return current.plain + current.around(parent)

