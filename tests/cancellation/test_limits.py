"""Which exception leaves a group, and what is taken as evidence that a task is inside of a scope: each rule alone."""

import contextlib
from asyncio import CancelledError
from types import SimpleNamespace

import pytest

from taskgroup_compat._cancellation.scopes import ScopeRequest, _chain_frames, says_entered
from taskgroup_compat._cancellation.undelivered import _can_await_while_leaving
from taskgroup_compat._group import select_exception
from tests.support.scopes import collect


def leaving(body=None, cancelled=None, later=None, errors=(), remaining=None):
    """What leaves by itself, and the errors that leave in a group where nothing does."""
    errors = list(errors)
    return select_exception(body, cancelled, later, errors, remaining), errors


def test_cancellation_propagates_unless_there_are_errors():
    """With errors of children the errors propagate, and no ExceptionGroup contains the cancellation."""
    cancelled, error = CancelledError(), ValueError()
    assert leaving(cancelled, cancelled) == (cancelled, [])
    assert leaving(cancelled, cancelled, errors=[error]) == (None, [error])


def test_cancellation_by_the_group_alone_does_not_propagate():
    """No request remains after the group has withdrawn its own."""
    cancelled, error = CancelledError(), ValueError()
    assert leaving(cancelled, cancelled, remaining=0) == (None, [])
    assert leaving(cancelled, cancelled, remaining=1) == (cancelled, [])
    assert leaving(cancelled, cancelled, errors=[error], remaining=0) == (None, [error])


def test_of_two_cancellations_the_one_with_a_message_propagates():
    """The group's own has none; the later one is chosen only if a request remains (gh-155433)."""
    first, told, message = CancelledError(), CancelledError("outside"), CancelledError("body")
    assert leaving(first, first, told, remaining=1)[0] is told
    assert leaving(None, None, told, remaining=1)[0] is told
    assert leaving(message, message, told, remaining=1)[0] is message
    assert leaving(first, first, CancelledError(), remaining=1)[0] is first
    assert leaving(first, first, told)[0] is first


def test_error_of_the_body_is_the_last_of_the_errors():
    """A GeneratorExit propagates bare if it is the only error, so that aclose() sees it (gh-135736)."""
    error, body, end = ValueError(), KeyError(), GeneratorExit()
    assert leaving(body, errors=[error]) == (None, [error, body])
    assert leaving(body, remaining=0) == (None, [body])
    assert leaving(end)[0] is end
    assert leaving(end, errors=[error]) == (None, [error, end])


def test_generator_exit_is_found_behind_later_errors():
    """A coroutine may suspend unless a GeneratorExit is among the contexts, which can be a cycle."""
    error, later = ValueError(), KeyError()
    error.__context__, later.__context__ = later, error
    assert _can_await_while_leaving(error) and _can_await_while_leaving(None)
    later.__context__ = GeneratorExit()
    assert not _can_await_while_leaving(error)


@pytest.mark.parametrize("active, mine, expected", [(True, True, True), (True, False, False), (False, True, False)])
def test_scope_of_anyio_is_entered_if_active_in_this_task(active, mine, expected):
    """It is active, and its host is this task."""
    task = SimpleNamespace()
    scope = SimpleNamespace(_active=active, _host_task=task if mine else SimpleNamespace())
    assert says_entered(scope, task) is expected


@pytest.mark.parametrize(
    "state, expected",
    [(name, True) for name in ("ENTER", "TIMEOUT", "ACTIVE", "EXPIRING")] + [("INIT", False), ("EXIT", False)],
)
def test_timeout_with_a_state_is_entered_by_its_state(state, expected):
    """async_timeout's and asyncio's, for their own task only; an unknown state is no evidence."""
    task = SimpleNamespace()
    scope = SimpleNamespace(_task=task, _state=SimpleNamespace(name=state))
    assert says_entered(scope, task) is expected
    assert says_entered(scope, SimpleNamespace()) is False
    assert says_entered(SimpleNamespace(_task=task, _state=state), task) is False


def test_timer_of_aiohttp_is_entered_by_its_tasks():
    """By identity: a task that equals all others is not among them."""

    class EqualToAll:
        def __eq__(self, other):
            return True

    task = EqualToAll()
    assert says_entered(SimpleNamespace(_tasks=[task]), task) is True
    assert says_entered(SimpleNamespace(_tasks=[EqualToAll()]), task) is False


def test_unknown_scope_is_no_evidence():
    """Neither yes nor no, also if one attribute of a known form has another value."""
    task = SimpleNamespace()
    for scope in (SimpleNamespace(), SimpleNamespace(_tasks={task.__class__}), SimpleNamespace(_task=task)):
        assert says_entered(scope, task) is None


def test_evidence_ends_with_the_scope():
    """It holds while the scope is alive and reports the same."""

    class Timer:
        _tasks = ()

    task, timer = SimpleNamespace(), Timer()
    timer._tasks = [task]
    said = ScopeRequest(timer, ((), {}))
    assert said.holds(task)
    timer._tasks = []
    assert not said.holds(task)


def test_scope_on_a_freed_stack_is_not_entered():
    """Although the stack's exit callback is still referenced."""
    stack = contextlib.ExitStack()
    stack.enter_context(contextlib.suppress(KeyError))
    [(_, callback)] = stack._exit_callbacks
    held = ScopeRequest(callback.__self__, ((), {}), callback, stack)
    del stack
    collect()
    assert held.holds(None) is False


class Wrapper:
    """An awaitable around a coroutine, with other attributes."""

    def __init__(self, coro, others=0):
        self.coro = coro
        for number in range(others):
            setattr(self, f"other{number}", number)


class WrapperInAList(list):
    """An awaitable that is a container."""


async def waits():
    pass


def test_wrapper_with_few_attributes_is_followed():
    """A dict of a hundred attributes is read, a larger one and a container are not: that bounds the cost."""
    coro = waits()
    try:
        frames = [coro.cr_frame]
        assert [*_chain_frames(Wrapper(coro))] == [*_chain_frames(Wrapper(coro, 99))] == frames
        assert [*_chain_frames(Wrapper(coro, 100))] == [*_chain_frames(WrapperInAList([coro]))] == []
    finally:
        coro.close()
