"""Cancellation on 3.8 to 3.10, whose Task does not count requests: a record stands in for the cancel() of a parent.

A request by a scope that the task is inside of counts until the scope is left, for nobody withdraws it on these
versions. Every other request counts until uncancel(), and so does that of a scope that asks for the count itself.
"""

from __future__ import annotations

import sys
from asyncio import AbstractEventLoop, Task
from types import MethodType
from weakref import ref

from ._scopes import Held, asking, entered_of, holds
from ._undelivered import can_pause, clear, pause, right_after_step, undelivered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Sequence

    _Ref = ref[Task[Any]]
else:
    _Ref = ref


def _before_record(task: Any) -> bool:
    """Whether a request can be known of without a record: one not yet delivered, or by the task's group."""
    if task._must_cancel:
        return True
    for callback, _ in task._callbacks or ():
        # A child knows its group by the done callback; a group that is aborting has cancelled all its children.
        if type(callback) is MethodType and callback.__name__ == "_on_task_done":
            return bool(getattr(callback.__self__, "_aborting", False))
    return False


def _reference(scope: object) -> Callable[[], object]:
    try:
        return ref(scope)
    except TypeError:
        return lambda: None


class _ScopeRequests:
    """What one scope asked for: counts while the scope is entered, or until its own uncancel() if it counts itself."""

    __slots__ = ("scope", "held", "counts", "number", "message")

    def __init__(self, scope: object, held: Held, counts: bool) -> None:
        self.scope = _reference(scope)
        self.held = held
        self.counts = counts
        self.number = 0
        self.message: tuple[tuple[Any, ...], dict[str, Any]] = ((), {})


class Record(_Ref):
    """Counts the requests to cancel a task, called in the place of the task's own cancel().

    The task holds its record while it is inside a group, so the record is a weak reference to the task.
    """

    # Most records are made and dropped without a request: then the defaults in the class are all there is, and an
    # empty __dict__ says so.
    __slots__ = ("__dict__",)

    # What tells a task's own cancel() is the task that it is bound to; a record stands in for it.
    __self__ = None

    # The groups that the task is inside of: one begins the record.
    groups = 1
    plain = 0
    scopes: Sequence[_ScopeRequests] = ()
    # The scopes that ask for the count: the record stays for them.
    counting: Sequence[Callable[[], object]] = ()
    # Whether a request came through the record since nothing counted, and since the parent began to wait.
    announced = False
    announced_in_wait = False
    # Somebody else's stand-in for cancel() that ours replaces.
    replaced: Any = None
    # Whether the task keeps the record in between groups.
    kept = False

    def task(self) -> Task[Any] | None:
        task: Task[Any] | None = super().__call__()
        return task

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        task = self.task()
        if task is None:
            return False
        asked = self.deliver(task, *args, **kwargs)
        if asked:
            scopes = asking(sys._getframe(1))
            found = entered_of(task, scopes) if scopes else None
            if found is None:
                self.plain += 1
            else:
                requests = self._of(*found)
                requests.number += 1
                requests.message = args, kwargs
        return asked

    def deliver(self, task: Task[Any], *args: Any, **kwargs: Any) -> Any:
        self.announced = self.announced_in_wait = True
        if self.replaced is not None:
            return self.replaced(*args, **kwargs)
        return type(task).cancel(task, *args, **kwargs)

    def _of(self, scope: object, held: Held) -> _ScopeRequests:
        for requests in self.scopes:
            if requests.held == held:
                return requests
        requests = _ScopeRequests(scope, held, any(reference() is scope for reference in self.counting))
        self.scopes = [*self.scopes, requests]
        return requests

    def around(self, task: Task[Any]) -> int:
        """The number of requests of scopes that are still entered; the others end here."""
        if not self.scopes:
            return 0
        self.scopes = [requests for requests in self.scopes if requests.counts or holds(task, requests.held)]
        return sum(requests.number for requests in self.scopes)

    def withdraw(self, task: Task[Any], scopes: list[object]) -> int:
        """Takes one request back, of these scopes if they have one; returns how many remain."""
        own = [requests for requests in self.scopes if any(requests.scope() is scope for scope in scopes)]
        if own or (self.around(task) and not self.plain):
            requests = (own or self.scopes)[-1]
            requests.number -= 1
            if not requests.number:
                self.scopes = [other for other in self.scopes if other is not requests]
        elif self.plain:
            self.plain -= 1
        # backports.asyncio.runner has a Task that counts, and asks it whether SIGINT alone cancelled the program.
        native: Any = getattr(task, "uncancel", None)
        if native is not None:
            native()
        remaining = self.plain + self.around(task)
        if not remaining:
            self.announced = False
        return remaining

    def renew(self) -> None:
        """Delivers a cancellation again if somebody still wants it, with the message that a scope looks for."""
        task = self.task()
        if task is not None and not task.done():
            if self.plain:
                self.deliver(task)
            elif self.around(task):
                args, kwargs = self.scopes[-1].message
                self.deliver(task, *args, **kwargs)


def _record_of(task: Task[Any]) -> Record | None:
    cancel: Any = task.cancel
    return cancel if type(cancel) is Record else getattr(task, "_taskgroup_compat_kept", None)


def record(task: Any) -> Record:
    """Begins to record the requests to cancel a task that enters a group."""
    cancel = task.cancel
    try:
        own = cancel.__self__ is task
    except AttributeError:
        own = False
    if not own and type(cancel) is Record:
        cancel.groups += 1
        return cancel
    current: Record | None = getattr(task, "_taskgroup_compat_kept", None)
    if current is not None:
        current.groups = 1
    else:
        current = Record(task)
        if _before_record(task):
            current.plain = 1
            current.announced = True
        if not own:
            current.replaced = cancel
    task.cancel = current
    return current


def _ungrouped(task: Any) -> Record:
    """The task's record, begun if there is none, for a task that enters no group."""
    current = record(task)
    current.groups -= 1
    return current


def unrecord(task: Any, current: Record) -> None:
    """Ends what record() began when the task's last group is left."""
    if not current.__dict__ and task.cancel is current:
        del task.cancel
        return
    current.groups -= 1
    if current.groups or current.counting:
        return
    if task.cancel is current:
        if current.replaced is None:
            del task.cancel
        else:
            task.cancel = current.replaced
    if current.plain or current.scopes or current.kept:
        _keep(task, current)


def _keep(task: Any, current: Record) -> None:
    """Keeps a count that is not zero for the task's next group."""
    kept = bool(current.plain or current.around(task))
    if kept and not current.kept:
        task._taskgroup_compat_kept = current
    elif current.kept and not kept:
        del task._taskgroup_compat_kept
    current.kept = kept


def _asked_for(task: Task[Any], scopes: list[object]) -> Record | None:
    """The task's record. A scope that asks for the count has to see what comes outside of any group as well."""
    if not scopes:
        return _record_of(task)
    current = _ungrouped(task)
    known = [reference() for reference in current.counting]
    counting = [scope for scope in known if scope is not None]
    counting += [scope for scope in scopes if not any(scope is other for other in counting)]
    current.counting = [_reference(scope) for scope in counting]
    return current


def cancelling(task: Task[Any]) -> int:
    current = _asked_for(task, asking(sys._getframe(1)))
    if current is None:
        return int(_before_record(task))
    return current.plain + current.around(task)


def uncancel(task: Task[Any]) -> int:
    scopes = asking(sys._getframe(1))
    current = _asked_for(task, scopes)
    if current is None:
        if not _before_record(task):
            return 0
        current = _ungrouped(task)
    remaining = current.withdraw(task, scopes)
    if remaining == 0:
        clear(task)
        if not current.groups:
            _keep(task, current)
    return remaining


def request(task: Task[Any], current: Record) -> None:
    """Cancels the parent task of a group, which withdraws the request itself when it is left."""
    if current.deliver(task):
        current.plain += 1


def withdraw(task: Task[Any], current: Record) -> int:
    """Takes the request of a group back; returns how many remain."""
    return current.withdraw(task, [])


def wait_begins(task: Any, current: Record) -> None:
    """Notes that the parent begins to wait for its children: what was delivered before has arrived."""
    if task._must_cancel != current.announced_in_wait:
        current.announced_in_wait = not current.announced_in_wait


def wait_cancelled(current: Record) -> None:
    """Counts a request that came past the record: by a bound cancel() that somebody has had since before."""
    if not current.announced_in_wait:
        current.plain += 1
        current.announced = True
    current.announced_in_wait = False


def body_cancelled(current: Record, error: BaseException) -> None:
    """Counts such a request in the body, where nobody but the Task could cancel what the body waited for."""
    if not current.announced and _waited_for_its_own(error):
        current.plain += 1
        current.announced = True


def _waited_for_its_own(error: BaseException) -> bool:
    """Whether a CancelledError comes from a wait of asyncio's own for a future that no one else can have."""
    waiting = None
    tb = error.__traceback__
    while tb is not None:
        place = tb.tb_frame.f_globals.get("__name__"), tb.tb_frame.f_code.co_name
        # How Tasks and Futures that are written in Python hand it on says nothing.
        if place[0] != "asyncio.futures" and place != ("asyncio.tasks", "__wakeup"):
            waiting = place
        tb = tb.tb_next
    return waiting is not None and (
        waiting[0] in ("asyncio.locks", "asyncio.queues", "asyncio.streams")
        or waiting in (("asyncio.tasks", "sleep"), ("asyncio.tasks", "__sleep0"), ("asyncio.tasks", "_wait"))
    )


async def drop_unwanted(parent: Task[Any], current: Record, loop: AbstractEventLoop, *, may_suspend: bool) -> None:
    """Clears a cancellation of the parent of a group that is not delivered and that nobody wants any more."""
    if undelivered(parent) and not (current.plain or current.around(parent)):
        await _clear(parent, current, loop, may_suspend)


async def _clear(parent: Task[Any], current: Record, loop: AbstractEventLoop, may_suspend: bool) -> bool:
    """Clears an undelivered cancellation; returns whether another one came meanwhile, which is kept."""
    if clear(parent) or not may_suspend or not can_pause(parent, loop) or not await pause(loop):
        return False
    current.deliver(parent)
    return True


async def settle(
    parent: Task[Any], current: Record, loop: AbstractEventLoop, *, again: bool, may_suspend: bool
) -> None:
    """Leaves the parent of a group with a cancellation to be delivered just if a request remains.

    again: whether one that has been delivered already is to be delivered again.
    """
    due = undelivered(parent)
    if current.plain:
        if again:
            current.deliver(parent)
    elif due and await _clear(parent, current, loop, may_suspend):
        pass
    elif (again or due) and current.around(parent):
        # Left in this same step, the scope has settled its request, and a cancellation would be a stray one.
        right_after_step(loop, current.renew)
