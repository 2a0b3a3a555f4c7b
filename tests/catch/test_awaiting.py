"""What a handler of `catch` awaits, driven by hand: it gets what the await in a real clause gets."""

import asyncio
import inspect
import types
import warnings

import pytest

from taskgroup_compat import ExceptionGroup, catch

from .running import HAS_STATEMENT


class Steps:
    """An awaitable whose iterator has neither send() nor throw() nor close()."""

    def __await__(self):
        return iter(["first", "second"])


@types.coroutine
def generator():
    yield "first"
    yield "second"


async def awaiting_handler(awaitable, seen):
    def handler(group):
        seen.append(group)
        return awaitable

    async with catch({ValueError: handler}):
        raise ExceptionGroup("group", [ValueError(1), ValueError(2)])


PROGRAMS = {"catch": awaiting_handler}
if HAS_STATEMENT:
    from tests.support.except_star import awaiting_clause

    PROGRAMS["except*"] = awaiting_clause


@pytest.fixture(params=PROGRAMS)
def program(request):
    """A coroutine function that raises a group, and awaits its argument in a clause, which adds its group to a list."""
    return PROGRAMS[request.param]


def test_a_plain_iterator_is_awaited(program):
    """What it gives comes out of the coroutine; at its end the exception is handled."""
    coro = program(Steps(), [])
    assert [coro.send(None), coro.send(None)] == ["first", "second"]
    with pytest.raises(StopIteration):
        coro.send(None)


def test_a_value_sent_into_a_plain_iterator_is_an_error_of_the_clause(program):
    """It has no send(): AttributeError, with the group as its context."""
    seen = []
    coro = program(Steps(), seen)
    coro.send(None)
    with pytest.raises(AttributeError, match="send") as caught:
        coro.send("value")
    assert caught.value.__context__ is seen[0]


def test_an_exception_thrown_into_a_plain_iterator_is_raised_at_the_await(program):
    """It has no throw(); the group is the context."""
    seen = []
    coro = program(Steps(), seen)
    coro.send(None)
    thrown = KeyError("thrown")
    with pytest.raises(KeyError) as caught:
        coro.throw(thrown)
    assert caught.value is thrown
    assert thrown.__context__ is seen[0]


def test_an_exception_that_the_handler_catches_ends_the_clause(program):
    """The group is handled, and the statement has no exception."""

    @types.coroutine
    def catches():
        try:
            yield "first"
        except KeyError:
            pass

    coro = program(catches(), [])
    assert coro.send(None) == "first"
    with pytest.raises(StopIteration):
        coro.throw(KeyError("thrown"))


@pytest.mark.parametrize("awaitable", [Steps, generator])
def test_closing_ends_the_statement(program, awaitable):
    """Whether what is awaited has a close() or not; nothing is raised."""
    seen = []
    coro = program(awaitable(), seen)
    assert coro.send(None) == "first"
    assert len(seen) == 1
    coro.close()
    assert inspect.getcoroutinestate(coro) == inspect.CORO_CLOSED


def test_closing_a_coroutine_closes_the_awaitable_of_the_handler(program):
    """Once, before the coroutine itself ends, and although somebody else still has it."""
    closed = []

    class Closing(Steps):
        def steps(self):
            try:
                yield "first"
            finally:
                closed.append(inspect.getcoroutinestate(coro))

        def __await__(self):
            kept.append(self.steps())
            return kept[0]

    kept = []
    coro = program(Closing(), [])
    coro.send(None)
    coro.close()
    assert closed == [inspect.CORO_RUNNING]
    assert inspect.getcoroutinestate(coro) == inspect.CORO_CLOSED


@pytest.mark.parametrize("awaitable", [Steps, generator])
@pytest.mark.parametrize(
    "arguments",
    [(KeyError,), (KeyError, "text"), (KeyError, ("two", "texts")), (KeyError, KeyError("own")), (KeyError("own"),)],
    ids=["class", "class and value", "class and arguments", "class and instance", "instance"],
)
def test_an_exception_is_thrown_in_each_form_that_throw_takes(program, awaitable, arguments):
    """A class alone, with a value, a tuple or an instance, or an instance: as without a statement around."""

    async def plain():
        await awaitable()

    def thrown_into(coro):
        coro.send(None)
        with warnings.catch_warnings():
            # from 3.12 on for more than one argument
            warnings.simplefilter("ignore", DeprecationWarning)
            with pytest.raises(KeyError) as caught:
                coro.throw(*arguments)
        return caught.value

    seen = []
    expected = thrown_into(plain()).args
    found = thrown_into(program(awaitable(), seen))
    assert (type(found), found.args) == (KeyError, expected)
    assert found.__context__ is seen[0]


@pytest.mark.parametrize("awaitable", [Steps, generator])
def test_the_group_itself_may_be_thrown(program, awaitable):
    """It does not become its own context."""
    seen = []
    coro = program(awaitable(), seen)
    coro.send(None)
    with pytest.raises(ExceptionGroup) as caught:
        coro.throw(seen[0])
    assert [leaf.args for leaf in caught.value.exceptions] == [(1,), (2,)]
    assert seen[0].__context__ is None


@pytest.mark.parametrize("awaitable", [Steps, generator])
def test_the_context_of_the_group_may_be_thrown(program, awaitable):
    """It then has the group as its context, and is cut out of the group's own chain, so that no cycle comes about."""
    seen = []
    coro = program(awaitable(), seen)
    coro.send(None)
    thrown = KeyError("thrown")
    between = OSError("between")
    seen[0].__context__, between.__context__ = between, thrown
    with pytest.raises(KeyError) as caught:
        coro.throw(thrown)
    assert caught.value is thrown
    assert thrown.__context__ is seen[0]
    assert seen[0].__context__ is between
    assert between.__context__ is None


@pytest.mark.parametrize("awaitable", [Steps, generator])
def test_a_cycle_in_the_contexts_of_the_group_ends(program, awaitable):
    """It is looked through for the exception that is thrown, but once."""
    seen = []
    coro = program(awaitable(), seen)
    coro.send(None)
    one, other = KeyError("one"), OSError("other")
    seen[0].__context__, one.__context__, other.__context__ = one, other, one
    thrown = KeyError("thrown")
    with pytest.raises(KeyError) as caught:
        coro.throw(thrown)
    assert caught.value is thrown
    assert thrown.__context__ is seen[0]
    assert (seen[0].__context__, one.__context__, other.__context__) == (one, other, one)


def test_an_error_that_was_raised_in_a_frame_which_still_runs_leaves_unchanged():
    """The handler's frame is freed of what it holds, but one that runs cannot be."""
    loop = asyncio.new_event_loop()
    awaited = []

    def handler(group):
        if awaited:
            return awaited[0]
        # Called by hand: the error is raised in a frame of the handler, which then runs the block itself.
        error = KeyError("raised in a frame that runs")
        try:
            raise error
        except KeyError:
            awaited.append(loop.create_future())
            awaited[0].set_exception(error)

        async def block():
            async with catch({KeyError: handler}):
                raise ExceptionGroup("group", [error])

        with pytest.raises(KeyError) as caught:
            block().send(None)
        return caught.value is error

    try:
        assert handler(None)
    finally:
        loop.close()
