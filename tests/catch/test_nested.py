"""Statements that are left in a handler of another one: what counts as raised again, whatever else runs meanwhile."""

import asyncio
import functools
import sys
import threading
import traceback

import pytest

from taskgroup_compat import BaseExceptionGroup, ExceptionGroup, catch

from ..support import virtual_time


def ignore(group):
    pass


def new_group():
    return ExceptionGroup("g", [ValueError(1), KeyError(2), OSError(3)])


def shape(exc):
    """A group's message with its members, a leaf's class."""
    return (exc.message, *map(shape, exc.exceptions)) if isinstance(exc, BaseExceptionGroup) else type(exc)


def left(run):
    with pytest.raises(BaseException) as caught:
        run()
    return shape(caught.value)


def clean_up():
    """Statements that leave in every way, each an error of its own."""
    for handler in (ignore, raise_again, raise_new):
        try:
            with catch({KeyError: handler}):
                raise ExceptionGroup("other", [KeyError(), OSError()])
        except BaseExceptionGroup:
            pass


def raise_again(group):
    raise


def raise_new(group):
    raise RuntimeError


def without_key_errors(group):
    with catch({KeyError: ignore}):
        raise


def without_key_errors_and_clean_up(group):
    try:
        with catch({KeyError: ignore}):
            raise
    finally:
        clean_up()


def many_times(group):
    """More than any table of what was left could remember."""
    try:
        with catch({KeyError: ignore}):
            raise
    finally:
        for _ in range(2000):
            clean_up()


def kept_and_raised_again(group):
    try:
        with catch({KeyError: ignore}):
            raise
    except ExceptionGroup:
        clean_up()
        raise


def through_two_statements(group):
    try:
        with catch({KeyError: ignore}):
            raise
    except ExceptionGroup:
        with catch({ZeroDivisionError: ignore}):
            raise


def around_each_other(group):
    with catch({ZeroDivisionError: ignore}):
        with catch({KeyError: ignore}):
            raise


def with_a_generator(group):
    def pausing():
        try:
            with catch({KeyError: ignore}):
                yield
                raise ExceptionGroup("paused", [KeyError(), OSError()])
        except ExceptionGroup:
            yield

    paused = pausing()
    next(paused)
    try:
        with catch({KeyError: ignore}):
            raise
    finally:
        next(paused)


def in_other_threads(group):
    try:
        with catch({KeyError: ignore}):
            raise
    finally:
        threads = [threading.Thread(target=clean_up) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


@pytest.mark.parametrize(
    "handler",
    [
        without_key_errors,
        without_key_errors_and_clean_up,
        many_times,
        kept_and_raised_again,
        through_two_statements,
        around_each_other,
        with_a_generator,
        in_other_threads,
    ],
    ids=lambda handler: handler.__name__,
)
def test_an_exception_of_a_statement_in_a_handler_counts_as_reraised(handler):
    """As for except* the group leaves in the shape it came in, without what the nested statement handled."""

    def run():
        with catch({(ValueError, KeyError): handler}):
            raise new_group()

    assert left(run) == ("g", ValueError, OSError)


def test_as_a_decorator_too():
    """The handler is then the body of the nested statement."""

    @catch({KeyError: ignore})
    def handler(group):
        try:
            raise
        finally:
            clean_up()

    def run():
        with catch({(ValueError, KeyError): handler}):
            raise new_group()

    assert left(run) == ("g", ValueError, OSError)


@pytest.mark.parametrize("wrap", [functools.partial, lambda function: lambda group: function(group)])
def test_an_exception_of_a_statement_in_a_called_function_counts_as_new(wrap):
    """A call between the handler and the statement adds an entry, as in the real one."""

    def function(group):
        without_key_errors_and_clean_up(group)

    def run():
        with catch({(ValueError, KeyError): wrap(function)}):
            raise new_group()

    assert left(run) == ("", ("g", ValueError), ("g", OSError))


class Manager:
    """Raises what it was given again, by its own code."""

    def __enter__(self):
        pass

    def __exit__(self, kind, exc, tb):
        raise exc


def test_an_exception_of_another_manager_counts_as_new():
    """Its __exit__ adds an entry that tells it from a statement."""

    def handler(group):
        with Manager():
            raise

    def run():
        with catch({(ValueError, KeyError): handler}):
            raise new_group()

    assert left(run) == ("", ("g", ValueError, KeyError), ("g", OSError))


def test_the_line_of_another_manager_stays_in_the_traceback():
    """Also where that raises from C, so that its with is all there is to show."""
    lock = threading.Lock()

    def handler(group):
        with lock:
            lock.release()
            raise KeyError

    with pytest.raises(RuntimeError) as caught, catch({ValueError: handler}):
        raise ValueError
    assert "handler" in [entry.name for entry in traceback.extract_tb(caught.value.__traceback__)]


def test_a_group_that_was_never_raised_counts_as_raised_again_by_the_statement_around():
    """Two results leave as a new group without a traceback; the with around is left in the shape of that one."""

    def run():
        with catch({BaseException: raise_again}):
            with catch({ValueError: raise_new}):
                raise new_group()

    assert left(run) == ("", RuntimeError, ("g", KeyError, OSError))

    def no_os_errors(group):
        with catch({OSError: ignore}):
            raise

    def run_nested():
        with catch({(RuntimeError, OSError): no_os_errors}):
            with catch({ValueError: raise_new}):
                raise new_group()

    assert left(run_nested) == ("", RuntimeError, ("g", KeyError))


async def later(group):
    await asyncio.sleep(1)


async def sleeps_before_it_ends(group):
    try:
        async with catch({KeyError: later}):
            raise
    finally:
        await asyncio.sleep(1)


async def sleeps_with_others_in_the_statement(group):
    async with catch({KeyError: later, ZeroDivisionError: later}):
        await asyncio.sleep(1)
        raise


@pytest.mark.parametrize("handler", [sleeps_before_it_ends, sleeps_with_others_in_the_statement])
def test_other_tasks_and_callbacks_change_nothing(handler):
    """They leave statements of their own while the handler awaits."""

    async def other():
        for _ in range(20):
            clean_up()
            try:
                async with catch({KeyError: later}):
                    raise ExceptionGroup("other", [KeyError(), OSError()])
            except ExceptionGroup:
                await asyncio.sleep(0.1)

    async def one():
        async with catch({(ValueError, KeyError): handler}):
            raise new_group()

    async def main():
        tasks = [asyncio.ensure_future(each) for each in (one(), other(), one(), other())]
        for task in tasks:
            task.add_done_callback(lambda task: clean_up())
        return await asyncio.gather(*tasks, return_exceptions=True)

    results = virtual_time.run(main())
    assert [shape(each) for each in results[::2]] == [("g", ValueError, OSError)] * 2
    assert results[1::2] == [None, None]


def test_a_coroutine_may_go_on_in_another_thread():
    """What was left in one thread is known in the other."""

    async def handler(group):
        try:
            async with catch({KeyError: later_by_hand}):
                raise
        finally:
            await later_by_hand(group)

    async def later_by_hand(group):
        future = asyncio.Future(loop=loop)
        loop.call_soon(future.set_result, None)
        await future

    async def block():
        async with catch({(ValueError, KeyError): handler}):
            raise new_group()

    loop = asyncio.new_event_loop()
    coro = block()
    results = []

    def step():
        clean_up()
        try:
            future = coro.send(None)
        except BaseException as exc:
            results.append(shape(exc))
        else:
            loop.run_until_complete(future)
            future._asyncio_future_blocking = False

    try:
        while not results:
            thread = threading.Thread(target=step)
            thread.start()
            thread.join()
    finally:
        loop.close()
    assert results == [("g", ValueError, OSError)]


def test_eight_threads_nest_statements_of_one_object():
    """Every thread gets its own exceptions back, in their shape, however the threads take turns."""
    threads_count = 8
    rounds = 100
    start = threading.Barrier(threads_count)
    wrong = []
    finished = []

    def handler(group):
        if sys.exc_info()[1] is not group:
            wrong.append(group)
        if group.message == "inner":
            raise
        try:
            with catching:
                raise
        finally:
            try:
                with catching:
                    raise ExceptionGroup("inner", [ValueError("clean-up"), OSError("clean-up")])
            except ExceptionGroup as exc:
                if shape(exc) != ("inner", ValueError, OSError):
                    wrong.append(exc)

    def ignore_or_handle(group):
        depth.value = getattr(depth, "value", 0) + 1
        try:
            if depth.value > 1:
                raise
            handler(group)
        finally:
            depth.value -= 1

    depth = threading.local()
    catching = catch({ValueError: ignore_or_handle})

    def work(number):
        start.wait()
        for i in range(rounds):
            try:
                with catching:
                    raise ExceptionGroup("outer", [ValueError(number, i), KeyError(number, i)])
            except ExceptionGroup as exc:
                # the handler runs one function deeper: what it raises is new
                expected = ("", ("outer", ValueError), ("outer", KeyError))
                if shape(exc) != expected or exc.exceptions[0].exceptions[0].args != (number, i):
                    wrong.append(exc)
        finished.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(threads_count)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert wrong == []
    assert sorted(finished) == list(range(threads_count))
