"""Which exception leaves a group, and what is taken as evidence that a task is inside of a scope: each rule alone."""

import contextlib
import gc
from asyncio import CancelledError
from types import SimpleNamespace

import pytest

from taskgroup_compat._cancellation.scopes import FrameEvidence, ScopeEvidence, says_entered
from taskgroup_compat._cancellation.undelivered import _can_await_while_leaving
from taskgroup_compat._group import select_exception


def leaving(body=None, cancelled=None, later=None, errors=(), remaining=None):
    """What leaves by itself, and the errors that leave in a group where nothing does."""
    errors = list(errors)
    return select_exception(body, cancelled, later, errors, remaining), errors


def test_a_cancellation_leaves_unless_there_are_errors():
    """With errors of children they leave, and the cancellation is in nobody's group."""
    cancelled, error = CancelledError(), ValueError()
    assert leaving(cancelled, cancelled) == (cancelled, [])
    assert leaving(cancelled, cancelled, errors=[error]) == (None, [error])


def test_a_cancellation_that_only_the_group_asked_for_does_not_leave():
    """The count says so: nothing remains once the group has taken its request back."""
    cancelled, error = CancelledError(), ValueError()
    assert leaving(cancelled, cancelled, remaining=0) == (None, [])
    assert leaving(cancelled, cancelled, remaining=1) == (cancelled, [])
    assert leaving(cancelled, cancelled, errors=[error], remaining=0) == (None, [error])


def test_of_two_cancellations_the_one_with_a_message_leaves():
    """The group's own has none; the later one is taken where a request remains, and only then (gh-155433)."""
    first, told, message = CancelledError(), CancelledError("outside"), CancelledError("body")
    assert leaving(first, first, told, remaining=1)[0] is told
    assert leaving(None, None, told, remaining=1)[0] is told
    assert leaving(message, message, told, remaining=1)[0] is message
    assert leaving(first, first, CancelledError(), remaining=1)[0] is first
    assert leaving(first, first, told)[0] is first


def test_the_body_s_error_is_the_last_of_the_errors():
    """A GeneratorExit leaves bare where it is the only one, so that aclose() sees it (gh-135736)."""
    error, body, end = ValueError(), KeyError(), GeneratorExit()
    assert leaving(body, errors=[error]) == (None, [error, body])
    assert leaving(body, remaining=0) == (None, [body])
    assert leaving(end)[0] is end
    assert leaving(end, errors=[error]) == (None, [error, end])


def test_what_close_throws_is_seen_behind_later_errors():
    """A coroutine may wait unless a GeneratorExit is among the contexts of what leaves it, which can be a cycle."""
    error, later = ValueError(), KeyError()
    error.__context__, later.__context__ = later, error
    assert _can_await_while_leaving(error) and _can_await_while_leaving(None)
    later.__context__ = GeneratorExit()
    assert not _can_await_while_leaving(error)


@pytest.mark.parametrize("active, mine, expected", [(True, True, True), (True, False, False), (False, True, False)])
def test_scope_of_anyio_says_whether_it_is_entered(active, mine, expected):
    """It is active, and its host is this task."""
    task = SimpleNamespace()
    scope = SimpleNamespace(_active=active, _host_task=task if mine else SimpleNamespace())
    assert says_entered(scope, task) is expected


@pytest.mark.parametrize(
    "state, expected",
    [(name, True) for name in ("ENTER", "TIMEOUT", "ACTIVE", "EXPIRING")] + [("INIT", False), ("EXIT", False)],
)
def test_timeout_with_a_state_says_whether_it_is_entered(state, expected):
    """async_timeout's and asyncio's: of its own task alone; a state that has no name says nothing good."""
    task = SimpleNamespace()
    scope = SimpleNamespace(_task=task, _state=SimpleNamespace(name=state))
    assert says_entered(scope, task) is expected
    assert says_entered(scope, SimpleNamespace()) is False
    assert says_entered(SimpleNamespace(_task=task, _state=state), task) is False


def test_timer_of_aiohttp_says_which_tasks_are_in_it():
    """By identity: a task that is equal to all others is not in it for that."""

    class EqualToAll:
        def __eq__(self, other):
            return True

    task = EqualToAll()
    assert says_entered(SimpleNamespace(_tasks=[task]), task) is True
    assert says_entered(SimpleNamespace(_tasks=[EqualToAll()]), task) is False


def test_scope_of_no_known_form_says_nothing():
    """Neither yes nor no, also where it has one of the attributes with something else in it."""
    task = SimpleNamespace()
    for scope in (SimpleNamespace(), SimpleNamespace(_tasks={task.__class__}), SimpleNamespace(_task=task)):
        assert says_entered(scope, task) is None


def test_evidence_ends_with_the_scope():
    """What a scope said holds while the scope lives and goes on saying so."""

    class Timer:
        _tasks = ()

    task, timer = SimpleNamespace(), Timer()
    timer._tasks = [task]
    said = ScopeEvidence(timer)
    assert said.holds(task) and said.same(ScopeEvidence(timer)) and not said.same(ScopeEvidence(Timer()))
    timer._tasks = []
    assert not said.holds(task)


def test_a_scope_on_a_stack_that_is_gone_is_not_entered():
    """Although somebody has what the stack would have called."""
    stack = contextlib.ExitStack()
    stack.enter_context(contextlib.suppress(KeyError))
    [(_, callback)] = stack._exit_callbacks
    held = FrameEvidence(callback, stack)
    assert held.manager() is callback.__self__
    del stack
    gc.collect()
    assert held.holds(None) is False
