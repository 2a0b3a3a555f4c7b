"""except*, and catch where the syntax cannot be had."""

import asyncio

from tests.parity.scene import scenarios

scenario, SCENARIOS = scenarios("catch")

_NOTE = "s.note('handled', e)"


def _raising(error):
    def body():
        raise error

    return body


def _group(s):
    return s.ExceptionGroup(
        "outer", [ValueError(1), s.ExceptionGroup("inner", [KeyError(2), ValueError(3)]), OSError("x")]
    )


@scenario("catch")
def matching(s):
    """A clause gets its part of the group; the rest leaves."""
    s.handle(_raising(_group(s)), (ValueError, _NOTE))


@scenario("catch")
def all_handled(s):
    """When every leaf is handled, nothing leaves."""
    s.handle(_raising(_group(s)), (ValueError, _NOTE), ((KeyError, OSError), _NOTE))


@scenario("catch")
def none_match(s):
    """When no clause matches, the very same group leaves."""
    error = _group(s)
    left = s.handle(_raising(error), (TypeError, _NOTE))
    s.note("the same", left is error)


@scenario("catch")
def nothing_raised(s):
    """A body without an error runs no clause."""
    s.handle(lambda: None, (Exception, _NOTE))


@scenario("catch")
def naked(s):
    """A naked exception is handed over in a group without message."""
    s.handle(_raising(ValueError(1)), (ValueError, _NOTE))


@scenario("catch")
def naked_unmatched(s):
    """A naked exception that no clause matches leaves as it is."""
    error = ValueError(1)
    left = s.handle(_raising(error), (KeyError, _NOTE))
    s.note("the same", left is error)


@scenario("catch")
def naked_reraised(s):
    """A bare raise for a naked exception makes a group of it."""
    s.handle(_raising(ValueError(1)), (ValueError, "raise"))


@scenario("catch")
def reraised(s):
    """A bare raise merges its part back into the shape of the original."""
    s.handle(_raising(_group(s)), (ValueError, "raise"), (OSError, _NOTE))


@scenario("catch")
def both_reraised(s):
    """Two bare raises and a rest merge into one group."""
    s.handle(_raising(_group(s)), (ValueError, "raise"), (OSError, "raise"))


@scenario("catch")
def group_raised_by_name(s):
    """Raising the part by its name is a new error beside the rest."""
    s.handle(_raising(_group(s)), (ValueError, "raise e"))


@scenario("catch")
def new_error(s):
    """A new error of a clause has the part as its context and leaves beside the rest."""
    s.handle(_raising(_group(s)), (ValueError, "raise TypeError('new')"))


@scenario("catch")
def new_error_alone(s):
    """A new error with no rest leaves by itself, not in a group."""
    s.handle(_raising(ValueError(1)), (ValueError, "raise TypeError('new')"))


@scenario("catch")
def new_error_from(s):
    """A new error raised from the part has it as its cause."""
    s.handle(_raising(_group(s)), (ValueError, "raise TypeError('new') from e"))


@scenario("catch")
def new_error_from_none(s):
    """A new error raised from None hides the part."""
    s.handle(_raising(_group(s)), (Exception, "raise TypeError('new') from None"))


@scenario("catch")
def two_new_errors(s):
    """New errors of two clauses leave together, in the order of the clauses."""
    s.handle(_raising(_group(s)), (OSError, "raise TypeError('first')"), (ValueError, "raise LookupError('second')"))


@scenario("catch")
def a_leaf_raised(s):
    """A clause that raises one leaf."""
    s.handle(_raising(_group(s)), (ValueError, "raise e.exceptions[0]"))


@scenario("catch")
def later_clauses_run(s):
    """A clause that raises does not keep the later ones from running."""
    s.handle(_raising(_group(s)), (ValueError, "raise TypeError('new')"), (KeyError, _NOTE), (OSError, _NOTE))


@scenario("catch")
def first_clause_wins(s):
    """A leaf goes to the first clause that matches it."""
    s.handle(_raising(_group(s)), (LookupError, _NOTE), (Exception, _NOTE), (ValueError, _NOTE))


@scenario("catch")
def notes_and_cause(s):
    """Parts carry the notes, cause and context of their group."""
    error = _group(s)
    error.__cause__ = RuntimeError("cause")
    error.__context__ = RuntimeError("context")
    error.__notes__ = ["a note"]
    s.handle(_raising(error), (ValueError, _NOTE))


@scenario("catch")
def base_exceptions(s):
    """A group of BaseExceptions is split too, and becomes an ExceptionGroup where it can be one."""
    error = s.BaseExceptionGroup("base", [KeyboardInterrupt(1), ValueError(2), asyncio.CancelledError()])
    s.handle(_raising(error), (KeyboardInterrupt, _NOTE), (asyncio.CancelledError, _NOTE))


@scenario("catch")
def current_exception(s):
    """sys.exc_info() is the part while its clause runs."""
    s.handle(_raising(_group(s)), (ValueError, "import sys\ns.note('the same', sys.exc_info()[1] is e)"))


@scenario("catch")
def nested_statements(s):
    """A statement inside the body of another one."""

    def body():
        error = s.handle(_raising(_group(s)), (ValueError, _NOTE))
        raise error

    s.handle(body, (KeyError, _NOTE))


@scenario("catch")
async def failed_group(s):
    """The error of a TaskGroup, taken apart."""

    async def body():
        async with s.TaskGroup() as group:
            group.create_task(s.fail(ValueError(1), 1))
            group.create_task(s.clean_up(OSError("x")))

    await s.ahandle(body, (ValueError, _NOTE), (OSError, _NOTE))


@scenario("catch")
async def awaiting_clause(s):
    """A clause may await."""

    async def body():
        async with s.TaskGroup() as group:
            group.create_task(s.fail(ValueError(1), 1))

    await s.ahandle(body, (ValueError, "await asyncio.sleep(1)\ns.note('handled', e)"))


@scenario("catch")
async def cancelled_in_a_clause(s):
    """A clause that awaits and is cancelled: the cancellation leaves beside the rest."""

    async def body():
        async with s.TaskGroup() as group:
            group.create_task(s.fail(ValueError(1), 1))
            group.create_task(s.clean_up(OSError("x")))

    s.cancel_later(2)
    await s.ahandle(body, (ValueError, "await asyncio.sleep(10)"))
    s.note_cancelling()


@scenario("catch")
async def group_in_a_clause(s):
    """A TaskGroup in a clause that fails as well."""

    async def body():
        raise _group(s)

    source = "async with s.TaskGroup() as group:\n    group.create_task(s.fail(TypeError('clause'), 1))"
    await s.ahandle(body, (ValueError, source + "\n    await asyncio.sleep(5)"))


@scenario("catch")
async def outside_cancellation(s):
    """A naked CancelledError passes clauses for other errors."""

    async def body():
        async with s.TaskGroup() as group:
            group.create_task(s.work("child", 10))

    s.cancel_later(1)
    await s.ahandle(body, (Exception, _NOTE))
