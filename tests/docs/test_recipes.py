"""The recipe "one error instead of a group": no circle of contexts, and the traceback stays."""

import asyncio
import re
import traceback
from pathlib import Path

import pytest

from taskgroup_compat import BaseExceptionGroup, ExceptionGroup, TaskGroup

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "recipes.md"


@pytest.fixture(scope="module")
def one_error():
    """Return the function that the page prints."""
    text = PAGE.read_text(encoding="utf-8")
    section = text.partition("## One error instead of a group\n")[2]
    program = re.search(r"^```python\n(.*?)^async def fetch\(", section, re.MULTILINE | re.DOTALL).group(1)
    names = {}
    exec(compile(program, str(PAGE), "exec", dont_inherit=True), names)
    return names["one_error"]


def walk(error, path=()):
    """Follow causes, contexts and groups as reporting tools do, suppressed contexts too; fail at a circle."""
    if error is None:
        return
    assert error not in path, f"circle: {[*path, error]!r}"
    path = (*path, error)
    for following in (error.__cause__, error.__context__, *getattr(error, "exceptions", ())):
        walk(following, path)


def fail(context):
    try:
        raise context
    except LookupError:
        raise ValueError("the error")


async def child():
    fail(KeyError("the context"))


async def error_of_child():
    async with TaskGroup() as tg:
        tg.create_task(child())


async def error_of_body():
    async with TaskGroup():
        fail(KeyError("the context"))


async def error_of_nested_group():
    async with TaskGroup(), TaskGroup() as inner:
        inner.create_task(child())


async def error_raised_by_hand():
    try:
        fail(KeyError("the context"))
    except ValueError as error:
        raise ExceptionGroup("outer", [ExceptionGroup("inner", [error])])


def outcome_of(function):
    async def main():
        try:
            await function()
        except BaseException as error:
            return error

    return asyncio.run(main())


PROGRAMS = [error_of_child, error_of_body, error_of_nested_group, error_raised_by_hand]


@pytest.mark.parametrize("program", PROGRAMS)
def test_unwrapped_error_keeps_its_context_and_traceback(one_error, program):
    async def unwrap():
        with one_error():
            await program()

    error = outcome_of(unwrap)
    walk(error)
    assert repr(error) == "ValueError('the error')"
    assert repr(error.__context__) == "KeyError('the context')"
    assert error.__cause__ is None and not error.__suppress_context__
    assert traceback.extract_tb(error.__traceback__)[-1].name == "fail"


@pytest.mark.parametrize("program", PROGRAMS)
def test_unwrapped_error_leads_to_no_circle_while_another_error_is_handled(one_error, program):
    """Its context is then the interpreter's choice: an awaiting frame chains what is thrown into it (gh-73773)."""

    async def unwrap():
        try:
            raise OSError("another")
        except OSError:
            with one_error():
                await program()

    error = outcome_of(unwrap)
    walk(error)
    assert repr(error) == "ValueError('the error')"
    assert traceback.extract_tb(error.__traceback__)[-1].name == "fail"


def test_raise_in_the_except_block_makes_the_circle_that_the_test_looks_for():
    async def unwrap():
        try:
            raise ExceptionGroup("one", [ValueError("the error")])
        except BaseExceptionGroup as group:
            raise group.exceptions[0]

    with pytest.raises(AssertionError, match="circle"):
        walk(outcome_of(unwrap))


def test_group_of_several_errors_stays_a_group(one_error):
    group = ExceptionGroup("outer", [ExceptionGroup("inner", [ValueError(1), OSError(2)])])
    with pytest.raises(ExceptionGroup) as caught, one_error():
        raise group
    assert caught.value is group.exceptions[0]
    walk(caught.value)


def test_other_errors_and_results_pass_unchanged(one_error):
    error = ValueError("no group")
    with pytest.raises(ValueError) as caught, one_error():
        raise error
    assert caught.value is error and error.__context__ is None
    with one_error():
        pass
