"""What `catch` promises beyond the clauses themselves: input, forms, sharing, garbage, tracebacks."""

import asyncio
import contextlib
import dataclasses
import functools
import gc
import inspect
import operator
import sys
import sysconfig
import threading
import traceback
import types
import weakref
from collections import OrderedDict
from xml.parsers import expat

import pytest

import taskgroup_compat
from taskgroup_compat import BaseExceptionGroup, ExceptionGroup, catch
from taskgroup_compat._catch import clauses
from tests.support import virtual_time

from .running import HAS_STATEMENT

IS_PYPY = sys.implementation.name == "pypy"
# Of an exception that is being raised: entries that were taken off do not come back.
HAS_OWN_TRACEBACKS = sys.pypy_version_info >= (8,) if IS_PYPY else sys.version_info >= (3, 11)
# 3.13t never frees a class that is made after the first thread has started; 3.14t does (gh-117783).
HAS_IMMORTAL_CLASSES = sys.version_info < (3, 14) and bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


def ignore(group):
    pass


async def ignore_later(group):
    await asyncio.sleep(0)


def group(*excs):
    return BaseExceptionGroup("group", excs)


def leaves(exc):
    if isinstance(exc, BaseExceptionGroup):
        return [leaf for each in exc.exceptions for leaf in leaves(each)]
    return [exc]


class TestInput:
    @pytest.mark.parametrize("handlers", [None, 5, [(ValueError, ignore)], {ValueError}, ValueError, ignore])
    def test_an_object_that_is_no_mapping_is_refused(self, handlers):
        """The call raises TypeError."""
        with pytest.raises(TypeError, match="mapping"):
            catch(handlers)

    @pytest.mark.parametrize(
        "key",
        [
            int,
            "ValueError",
            None,
            ValueError(),
            object,
            (ValueError, int),
            (ValueError, (KeyError,)),
            frozenset([ValueError]),
            types.SimpleNamespace,
        ],
    )
    def test_a_key_that_is_no_exception_class_is_refused(self, key):
        """A key is a class or a flat tuple of them; the call raises TypeError."""
        with pytest.raises(TypeError, match="must be an exception class or a flat tuple"):
            catch({key: ignore})

    @pytest.mark.parametrize(
        "key", [ExceptionGroup, BaseExceptionGroup, (ValueError, ExceptionGroup), type("Own", (ExceptionGroup,), {})]
    )
    def test_a_group_class_is_refused_as_a_key(self, key):
        """As by the statement, but at the call."""
        with pytest.raises(TypeError, match="not allowed"):
            catch({key: ignore})

    @pytest.mark.parametrize("handler", [None, 5, "handler", ValueError(), [ignore]])
    def test_a_handler_that_cannot_be_called_is_refused(self, handler):
        """The call raises TypeError."""
        with pytest.raises(TypeError, match="must be callable"):
            catch({ValueError: handler})

    def test_a_refused_mapping_is_refused_again(self):
        """Keys that are known to be right do not hide a wrong one beside them."""
        catch({ValueError: ignore})
        for _ in range(2):
            with pytest.raises(TypeError):
                catch({ValueError: ignore, int: ignore})
            with pytest.raises(TypeError):
                catch({ValueError: None})

    @pytest.mark.parametrize("arguments", [(), ({ValueError: ignore}, ignore)])
    def test_one_argument_is_taken_by_position(self, arguments):
        """Anything else is a TypeError, a keyword too."""
        with pytest.raises(TypeError):
            catch(*arguments)
        with pytest.raises(TypeError):
            catch(handlers={ValueError: ignore})

    def test_later_changes_of_the_mapping_have_no_effect(self):
        """The entries are those of the call."""
        seen = []
        handlers = {ValueError: seen.append}
        catching = catch(handlers)
        handlers.clear()
        with catching:
            raise ValueError
        assert len(seen) == 1

    def test_any_mapping_is_taken_in_its_order(self):
        """A mapping need not be a dict."""
        seen = []
        handlers = OrderedDict([(KeyError, seen.append), (ValueError, seen.append)])
        with catch(types.MappingProxyType(handlers)):
            raise group(ValueError(1), KeyError(2))
        assert [leaves(each)[0].args for each in seen] == [(2,), (1,)]

    def test_callables_of_every_kind_are_handlers(self):
        """Functions, builtin ones, methods, partials, classes and objects with __call__."""
        seen = []

        class Handler:
            def method(self, group):
                seen.append("method")

            def __call__(self, group):
                seen.append("object")

        handlers = {
            ValueError: Handler().method,
            KeyError: Handler(),
            OSError: functools.partial(seen.append),
            LookupError: list.__len__ and (lambda group: seen.append("lambda")),
            ZeroDivisionError: types.SimpleNamespace
            and functools.partial(lambda text, group: seen.append(text), "text"),
        }
        with catch(handlers):
            raise group(ValueError(), KeyError(), OSError(), IndexError(), ZeroDivisionError())
        assert seen[:2] == ["method", "object"]
        assert isinstance(seen[2], ExceptionGroup)
        assert seen[3:] == ["lambda", "text"]

    @pytest.mark.parametrize("known", [False, True])
    def test_a_function_marked_as_a_coroutine_function_is_a_plain_handler(self, known):
        """Before and after its key was seen: the coroutine that it returns is refused, and closed, on every version."""

        class Error(Exception):
            pass

        def marked(group):
            return ignore_later(group)

        if hasattr(inspect, "markcoroutinefunction"):
            inspect.markcoroutinefunction(marked)
        key = ValueError if known else Error
        with pytest.raises(TypeError, match="returned a coroutine"), catch({key: marked}):
            raise key

    @pytest.mark.parametrize("make", [lambda: ignore_later, lambda: functools.partial(ignore_later)])
    @pytest.mark.parametrize("local", [False, True])
    def test_a_coroutine_function_is_refused_on_entering(self, make, local):
        """Under a plain with, whatever was seen of its key before."""
        key = type("Error", (Exception,), {}) if local else ValueError
        for handler in (ignore, make()):
            catch({key: handler})
        with pytest.raises(TypeError, match="async with"), catch({key: make()}):
            raise AssertionError

    @pytest.mark.skipif(IS_PYPY, reason="PyPy frees by its collector alone")
    @pytest.mark.skipif(HAS_IMMORTAL_CLASSES, reason="3.13t keeps each class for ever once a thread has started")
    def test_a_class_used_as_a_key_can_be_freed(self):
        """A local class is freed after use as a key, alone and in a tuple."""
        error = type("Error", (Exception,), {})
        with catch({error: ignore}), catch({(error, ValueError): ignore}):
            raise error
        alive = weakref.ref(error)
        del error
        gc.collect()
        assert alive() is None

    def test_without_entries_nothing_is_touched(self):
        """The exception leaves as it came."""
        orig = group(ValueError())
        with pytest.raises(BaseExceptionGroup) as caught, catch({}):
            raise orig
        assert caught.value is orig

    def test_without_entries_nothing_is_touched_under_async_with(self):
        """Either kind of error leaves as it came."""

        async def main(exc):
            async with catch({}):
                raise exc

        for orig in group(ValueError()), ValueError(), KeyboardInterrupt():
            with pytest.raises(BaseException) as caught:
                main(orig).send(None)
            assert caught.value is orig


awaited = []


async def note_later(group):
    await asyncio.sleep(0)
    awaited.append(group)


class TestCoroutineFunctions:
    class Callable:
        async def __call__(self, group):
            await note_later(group)

        async def method(self, group):
            await note_later(group)

    HANDLERS = (note_later, functools.partial(note_later), Callable(), Callable().method)

    @pytest.mark.parametrize("handler", HANDLERS)
    def test_one_is_refused_under_a_plain_with_before_the_body_runs(self, handler):
        """TypeError on entering; the call itself is fine."""
        catching = catch({KeyError: ignore, ValueError: handler})
        ran = []
        with pytest.raises(TypeError, match="async with"), catching:
            ran.append("body")
        assert ran == []

    def test_one_is_refused_on_a_plain_function_before_the_body_runs(self):
        """TypeError on entering, that is, when the function is called."""
        ran = []

        @catch({ValueError: ignore_later})
        def function():
            ran.append("body")

        with pytest.raises(TypeError, match="async"):
            function()
        assert ran == []

    @pytest.mark.parametrize("handler", HANDLERS)
    def test_one_is_awaited_under_async_with(self, handler):
        """Whatever kind of callable makes the coroutine."""

        async def main():
            async with catch({ValueError: handler}):
                raise ValueError
            assert len(awaited) == 1

        awaited.clear()
        asyncio.run(main())

    def test_a_coroutine_that_a_plain_handler_returns_is_closed_and_an_error(self):
        """TypeError with the group as its context; what no clause matched stays beside it."""
        made = []

        def handler(group):
            made.append(ignore_later(group))
            return made[0]

        with pytest.raises(ExceptionGroup) as caught, catch({ValueError: handler}):
            raise group(ValueError(1), KeyError(2))
        error, rest = caught.value.exceptions
        assert type(error) is TypeError and "returned a coroutine" in str(error)
        assert [leaf.args for leaf in leaves(error.__context__)] == [(1,)]
        assert [leaf.args for leaf in leaves(rest)] == [(2,)]
        assert inspect.getcoroutinestate(made[0]) == inspect.CORO_CLOSED

    def test_plain_and_coroutine_handlers_run_in_the_order_of_the_mapping(self):
        """Each is done before the next one starts."""
        seen = []

        async def slow(group):
            for _ in range(3):
                await asyncio.sleep(0)
            seen.append("slow")

        async def main():
            async with catch({ValueError: slow, KeyError: lambda group: seen.append("plain"), OSError: slow}):
                raise group(OSError(), KeyError(), ValueError())

        asyncio.run(main())
        assert seen == ["slow", "plain", "slow"]

    def test_a_future_that_a_handler_returns_is_awaited(self):
        """Any awaitable is."""
        seen = []

        async def main():
            loop = asyncio.get_running_loop()

            def handler(group):
                future = loop.create_future()
                loop.call_soon(future.set_result, None)
                future.add_done_callback(lambda future: seen.append("done"))
                return future

            async with catch({ValueError: handler}):
                raise ValueError
            assert seen == ["done"]

        asyncio.run(main())


def test_a_derived_group_keeps_its_traceback_if_the_group_has_none():
    """A group inside of another one that was never raised itself."""

    class Raised(ExceptionGroup):
        def derive(self, excs):
            try:
                raise Raised(self.message, excs)
            except Raised as derived:
                return derived

    seen = []
    with catch({ValueError: seen.append, KeyError: seen.append}):
        raise ExceptionGroup("around", [Raised("inside", [ValueError(), KeyError()])])
    assert [frames(part.exceptions[0])[-1] for part in seen] == ["derive", "derive"]


class TestDecorator:
    def test_a_handled_exception_gives_none_and_a_result_passes(self):
        """Arguments go through, and so do name and docstring."""

        @catch({ValueError: ignore})
        def parse(text, *, base=10):
            """Parse."""
            return int(text, base)

        assert parse("11", base=2) == 3
        assert parse("x") is None
        assert parse.__name__ == "parse" and parse.__doc__ == "Parse."
        with pytest.raises(TypeError):
            parse()

    def test_an_async_function_gets_its_arguments(self):
        """Those with a keyword too."""

        @catch({ValueError: ignore})
        async def parse(text, *, base=10):
            return int(text, base)

        assert asyncio.run(parse("11", base=2)) == 3
        assert asyncio.run(parse("x", base=2)) is None

    def test_an_async_function_stays_one(self):
        """Its handlers may be coroutine functions."""
        seen = []

        async def handler(group):
            await asyncio.sleep(0)
            seen.append(leaves(group))

        @catch({ValueError: handler, KeyError: ignore})
        async def fetch(number):
            await asyncio.sleep(0)
            if number:
                raise ValueError(number)
            return "result"

        assert inspect.iscoroutinefunction(fetch)
        assert asyncio.run(fetch(0)) == "result"
        assert asyncio.run(fetch(5)) is None
        assert [leaf.args for leaf in seen[0]] == [(5,)]

    def test_methods_are_bound(self):
        """The decorated function is a function."""

        class Service:
            @catch({ValueError: ignore})
            def call(self, number):
                return self, number

        service = Service()
        assert service.call(3) == (service, 3)

    def test_generator_functions_are_refused(self):
        """The call of one raises nothing, so that there is nothing to guard."""

        def generator():
            yield

        async def async_generator():
            yield

        for function in generator, async_generator:
            with pytest.raises(TypeError, match="generator"):
                catch({ValueError: ignore})(function)

    @pytest.mark.parametrize("what", [None, 5, "function"])
    def test_decorating_an_object_that_is_not_callable_is_refused(self, what):
        """TypeError on decorating."""
        with pytest.raises(TypeError, match="functions"):
            catch({ValueError: ignore})(what)


class TestSharing:
    def test_one_object_may_be_nested_in_itself(self):
        """Each run is on its own."""
        seen = []
        catching = catch({ValueError: seen.append})
        with catching:
            with catching:
                raise ValueError(1)
            raise ValueError(2)
        assert [leaves(each)[0].args for each in seen] == [(1,), (2,)]

    def test_one_object_serves_many_tasks_at_once(self):
        """Every task gets its own exceptions back."""
        seen = []

        async def handler(group):
            await asyncio.sleep(0)
            number = leaves(group)[0].args[0]
            assert sys.exc_info()[1] is group
            await asyncio.sleep(0.001 * (number % 3))
            assert sys.exc_info()[1] is group
            seen.append(number)
            raise KeyError(number)

        catching = catch({ValueError: handler})

        async def one(number):
            async with catching:
                await asyncio.sleep(0)
                raise group(ValueError(number), OSError(number))

        async def main():
            return await asyncio.gather(*map(one, range(20)), return_exceptions=True)

        results = virtual_time.run(main())
        assert sorted(seen) == list(range(20))
        for number, result in enumerate(results):
            assert [(type(leaf), leaf.args) for leaf in leaves(result)] == [(KeyError, (number,)), (OSError, (number,))]

    def test_one_object_serves_many_threads_at_once(self):
        """Every thread gets its own exceptions back."""
        start = threading.Barrier(4)
        wrong = []

        def handler(group):
            if sys.exc_info()[1] is not group:
                wrong.append(group)
            raise

        catching = catch({ValueError: handler})
        left = []

        def work(number):
            start.wait()
            for i in range(300):
                try:
                    with catching:
                        raise group(ValueError(number, i), KeyError(number, i))
                except BaseExceptionGroup as exc:
                    left.append(number)
                    if [leaf.args for leaf in leaves(exc)] != [(number, i)] * 2 or len(exc.exceptions) != 2:
                        wrong.append(exc)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
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
        assert sorted(left) == [number for number in range(4) for _ in range(300)]


class TestAsync:
    def test_cancelling_a_task_in_a_handler_raises_the_same_as_in_a_clause(self):
        """CancelledError with the group as its context, and what no clause matched beside it."""

        async def handler(group):
            await asyncio.sleep(10)

        async def main(rest):
            async with catch({ValueError: handler}):
                raise group(ValueError(1), *rest)

        async def cancelled(rest):
            task = asyncio.ensure_future(main(rest))
            for _ in range(3):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            return task

        task = asyncio.run(cancelled([]))
        assert task.cancelled()

        task = asyncio.run(cancelled([KeyError(2)]))
        error, rest = task.exception().exceptions
        assert type(error) is asyncio.CancelledError
        assert [leaf.args for leaf in leaves(error.__context__)] == [(1,)]
        assert [leaf.args for leaf in leaves(rest)] == [(2,)]
        assert task.exception().__context__ is None

    def test_a_cancelled_task_stays_cancelled_where_no_handler_is_for_it(self):
        """CancelledError passes untouched."""

        async def main():
            async with catch({Exception: ignore_later}):
                await asyncio.sleep(10)

        async def cancelled():
            task = asyncio.ensure_future(main())
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            assert task.cancelled()

        asyncio.run(cancelled())

    def test_an_exception_of_an_awaited_coroutine_has_the_group_as_context(self):
        """Where it was thrown in: the frame of the clause handles the group, whatever that coroutine handled."""
        seen = []

        @types.coroutine
        def once():
            yield

        async def inner():
            try:
                raise OSError
            except OSError:
                await once()

        async def handler(group):
            seen.append(group)
            await inner()

        async def main():
            async with catch({ValueError: handler}):
                raise group(ValueError(), ValueError())

        coro = main()
        coro.send(None)
        thrown = KeyError("thrown")
        with pytest.raises(KeyError) as caught:
            coro.throw(thrown)
        assert caught.value is thrown
        assert thrown.__context__ is seen[0]

    def test_stop_iteration_leaves_an_async_block(self):
        """Although no coroutine may raise it."""
        stop = StopIteration(5)

        def handler(group):
            raise leaves(group)[0]

        async def main():
            try:
                async with catch({StopIteration: handler}):
                    raise stop
            except StopIteration as exc:
                assert exc is stop
            else:
                raise AssertionError("lost")

        asyncio.run(main())

    def test_closing_a_coroutine_while_a_handler_awaits_loses_no_error(self):
        """What another handler has raised leaves, as it does from the statement."""

        def failing(group):
            raise OSError("failed")

        @types.coroutine
        def forever():
            while True:
                yield

        async def waiting(group):
            await forever()

        async def main():
            async with catch({ValueError: failing, KeyError: waiting}):
                raise group(ValueError(), KeyError())

        coro = main()
        coro.send(None)
        with pytest.raises(BaseExceptionGroup) as caught:
            coro.close()
        assert [type(leaf) for leaf in leaves(caught.value)] == [OSError, GeneratorExit]
        # the group is new: no entry of what the block raised
        allowed = [] if HAS_OWN_TRACEBACKS else ["__aexit__"]
        assert frames(caught.value)[1:] == ["main", *allowed]

    def test_a_coroutine_that_is_closed_while_a_handler_awaits_ends(self):
        """GeneratorExit alone is no error."""

        @types.coroutine
        def forever():
            while True:
                yield

        async def waiting(group):
            await forever()

        async def main():
            async with catch({KeyError: waiting}):
                raise KeyError

        coro = main()
        coro.send(None)
        coro.close()
        assert inspect.getcoroutinestate(coro) == inspect.CORO_CLOSED

    def test_values_go_through_an_awaiting_handler_both_ways(self):
        """What it yields reaches the driver, what is sent reaches it."""
        got = []

        @types.coroutine
        def ask(what):
            return (yield what)

        async def handler(group):
            got.append(await ask("first"))
            got.append(await ask("second"))

        async def main():
            async with catch({ValueError: handler}):
                raise ValueError

        coro = main()
        assert coro.send(None) == "first"
        assert coro.send(1) == "second"
        with pytest.raises(StopIteration):
            coro.send(2)
        assert got == [1, 2]

    def test_an_exit_stack_raises_the_same_exception(self):
        """AsyncExitStack asks for the truth of what __aexit__ returns, as `async with` does."""

        async def handler(group):
            raise KeyError("new")

        async def main():
            async with contextlib.AsyncExitStack() as stack:
                await stack.enter_async_context(catch({ValueError: handler}))
                raise ValueError

        with pytest.raises(KeyError):
            asyncio.run(main())


@dataclasses.dataclass(frozen=True)
class Frozen(Exception):
    number: int


class Splits(ExceptionGroup):
    parts = ()

    def split(self, condition):
        return self.parts


def fail(group):
    raise OSError("from the handler")


def handling_value_errors(error, handler):
    with catch({ValueError: handler}):
        raise error


STATEMENTS = {"catch": handling_value_errors}
if HAS_STATEMENT:
    from tests.support import except_star

    STATEMENTS["except*"] = except_star.handling_value_errors


class TestOddities:
    @pytest.mark.parametrize("parts", [None, [None, None], (), (None,), (5, None), (None, "rest"), (ValueError, None)])
    def test_a_split_that_returns_something_else_is_a_type_error(self, parts):
        """As in 3.15 where that tells; where it would crash, too."""
        exc = Splits("group", [ValueError()])
        exc.parts = parts
        with pytest.raises(TypeError, match=r"Splits\.split must return") as caught, catch({ValueError: ignore}):
            raise exc
        assert caught.value.__context__ is exc

    @pytest.mark.parametrize("style", STATEMENTS)
    def test_a_rest_with_the_traceback_of_the_group_but_other_leaves_is_dropped(self, style):
        """As in 3.15: with the group's own traceback it counts as a part of the group, which has none of its leaves."""

        class MakesRest(ExceptionGroup):
            def split(self, condition):
                return self, ExceptionGroup("rest", [KeyError()]).with_traceback(self.__traceback__)

        STATEMENTS[style](MakesRest("group", [ValueError()]), ignore)
        with pytest.raises(OSError, match="from the handler"):
            STATEMENTS[style](MakesRest("group", [ValueError()]), fail)

    def test_exceptions_that_refuse_new_attributes_are_handled(self):
        """A frozen dataclass refuses even a traceback."""
        seen = []
        with catch({Frozen: seen.append}):
            raise group(Frozen(1), Frozen(2))
        assert leaves(seen[0]) == [Frozen(1), Frozen(2)]

    def test_an_exit_stack_works_without_async_too(self):
        """The handler has the group as its current exception there as well."""
        seen = []

        def handler(group):
            seen.append(sys.exc_info()[1] is group)

        with contextlib.ExitStack() as stack:
            stack.enter_context(catch({KeyError: handler}))
            stack.enter_context(catch({ValueError: handler}))
            raise group(ValueError(), KeyError())
        assert seen == [True, True]

    def test_with_gives_none(self):
        """There is nothing to bind, as with the statement."""
        with catch({ValueError: ignore}) as bound:
            pass
        assert bound is None

    def test_repr_shows_the_public_name(self):
        """In repr and by inspection."""
        place = taskgroup_compat.__name__
        assert repr(catch) == f"<class '{place}.catch'>"
        assert repr(catch({ValueError: ignore})).startswith(f"<{place}.catch object")


def frames(exc):
    return [entry.name for entry in traceback.extract_tb(exc.__traceback__)]


class TestTracebacks:
    ALLOWED = [] if HAS_OWN_TRACEBACKS else ["__exit__"]

    def left(self, handlers, *excs):
        with pytest.raises(BaseException) as caught:
            self.block(handlers, *excs)
        return caught.value

    def block(self, handlers, *excs):
        with catch(handlers):
            self.fail(*excs)

    def fail(self, *excs):
        raise excs[0] if len(excs) == 1 else group(*excs)

    def test_an_unmatched_exception_keeps_its_traceback(self):
        """A naked exception has no entry more than without `catch`."""
        assert frames(self.left({KeyError: ignore}, ValueError()))[1:] == ["block", "fail"]

    def test_the_rest_of_a_group_shows_the_block_and_where_it_was_raised(self):
        """Plus the line of the `with`, which no context manager can avoid."""
        left = self.left({KeyError: ignore}, ValueError(), KeyError())
        assert frames(left)[2:] == [*self.ALLOWED, "block", "fail"]

    def test_a_new_error_shows_the_handler(self):
        """And the line of the `with`."""

        def handler(group):
            raise OSError

        assert frames(self.left({ValueError: handler}, ValueError()))[2:] == [*self.ALLOWED, "handler"]

    def test_the_group_around_a_single_error_has_the_entry_of_the_block(self):
        """One, as since 3.14, at the line that raised."""
        seen = []
        self.block({ValueError: lambda group: seen.append(traceback.extract_tb(group.__traceback__))}, ValueError())
        ((entry,),) = seen
        assert entry.name == "block"
        assert entry.line == "self.fail(*excs)"

    def test_a_frame_that_no_traceback_takes_is_none_of_the_groups(self, monkeypatch):
        """Nuitka's frames are of a type of their own: the group around a single error has no entry then."""

        def refuses(*args):
            raise SystemError("bad argument to internal function")

        seen = []
        monkeypatch.setattr(clauses, "TracebackType", refuses)
        error = ValueError()
        self.block({ValueError: lambda group: seen.append((group.exceptions, group.__traceback__))}, error)
        assert seen == [((error,), None)]

    @pytest.mark.skipif(IS_PYPY, reason="PyPy's expat is written in Python")
    def test_an_exception_reraised_by_compiled_code_has_no_entry_of_that_code(self):
        """As Cython's code, expat adds an entry to whatever leaves it; the handler here has no frame either."""
        finished = (each for each in ())
        finished.close()

        class Group(ExceptionGroup):
            def derive(self, excs):
                return Group(self.message, excs)

            @property
            def by_expat(self):
                parser = expat.ParserCreate()
                # raises it without a frame
                parser.StartCdataSectionHandler = functools.partial(finished.throw, self)
                return functools.partial(parser.Parse, "<a><![CDATA[b]]></a>", True)

        for excs in ([ValueError()], [ValueError(), KeyError()]):
            expected, error = Group("group", excs), Group("group", excs)
            expected = self.left({ValueError: raise_again}, expected)
            left = self.left({ValueError: operator.methodcaller("by_expat")}, error)
            assert (repr(left), frames(left)) == (repr(expected), frames(expected))

    @pytest.mark.parametrize("asynchronous_handler", [False, True])
    def test_a_reraised_exception_under_async_with_shows_the_block(self, asynchronous_handler):
        """And where it was raised first, but nothing of the handler or of `catch`, except one entry below 3.11."""

        async def raise_again_later(group):
            raise

        async def block():
            async with catch({ValueError: raise_again_later if asynchronous_handler else raise_again}):
                self.fail(ValueError(), KeyError())

        with pytest.raises(BaseExceptionGroup) as caught:
            block().send(None)
        allowed = [] if HAS_OWN_TRACEBACKS else ["__bool__"]
        assert frames(caught.value)[1:] == ["block", *allowed, "block", "fail"]

    @pytest.mark.skipif(IS_PYPY, reason="PyPy puts the entry that was taken off back")
    def test_a_statement_directly_around_another_adds_no_entry_to_the_group_of_its_handler(self):
        """The line of the inner `with` is not where anything was raised."""
        seen = []
        with contextlib.suppress(BaseExceptionGroup):
            with catch({ValueError: lambda group: seen.append(frames(group))}):
                with catch({KeyError: ignore}):
                    self.fail(ValueError(), KeyError(), OSError())
        assert seen[0][-2:] == [sys._getframe().f_code.co_name, "fail"]
        assert len(seen[0]) == 2

    @pytest.mark.skipif(IS_PYPY, reason="PyPy puts the entry that was taken off back")
    def test_an_async_statement_directly_around_another_one_adds_none_either(self):
        """Where the truth of what __aexit__ returned is tested nothing was raised."""
        seen = []

        async def block():
            async with catch({ValueError: lambda group: seen.append(frames(group))}):
                async with catch({KeyError: ignore}):
                    self.fail(ValueError(), KeyError(), OSError())

        with pytest.raises(BaseExceptionGroup) as caught:
            block().send(None)
        assert [type(leaf) for leaf in leaves(caught.value)] == [OSError]
        assert seen == [["block", "fail"]]

    @pytest.mark.skipif(IS_PYPY, reason="PyPy puts the entry for the helper back")
    def test_a_handler_sees_the_traceback_of_its_group(self):
        """As it was raised."""
        seen = []
        self.block({ValueError: lambda group: seen.append(frames(group))}, ValueError(), ValueError())
        with contextlib.suppress(BaseExceptionGroup):
            self.block({ValueError: lambda group: seen.append(frames(group))}, ValueError(), KeyError())
        assert seen == [["block", "fail"]] * 2

    def test_a_decorated_function_raises_as_a_plain_one(self):
        """The wrapper does not show where that can be had."""

        @catch({KeyError: ignore})
        def function():
            self.fail(ValueError(), KeyError())

        with pytest.raises(BaseExceptionGroup) as caught:
            function()
        assert frames(caught.value)[-2:] == ["function", "fail"]
        assert len(frames(caught.value)) == (3 if HAS_OWN_TRACEBACKS else 4)


def raise_group(group):
    raise group


def raise_new_group(group):
    raise ExceptionGroup("new", [group, KeyError("new")])


def raise_again(group):
    raise


def raise_new(group):
    raise OSError("new")


def raise_new_from_leaf(group):
    raise OSError("new") from leaves(group)[0]


def raise_nested(group):
    with catch({ValueError: raise_new}):
        raise


PARTS = {
    "the group": lambda group: group,
    "a leaf": lambda group: group.exceptions[0],
    "a group inside": lambda group: group.exceptions[1],
    "a leaf of a group inside": lambda group: group.exceptions[1].exceptions[0],
}


@pytest.mark.skipif(IS_PYPY, reason="PyPy frees by its collector alone")
class TestGarbage:
    """A leaf that is raised in a clause is in the group that becomes its context: a cycle of the statement's own."""

    HANDLERS = (ignore, raise_again, raise_group, raise_new, raise_new_group, raise_new_from_leaf, raise_nested)
    EXCEPTIONS = (
        lambda: ValueError(1),
        lambda: KeyError(1),
        lambda: group(ValueError(1), ValueError(2)),
        lambda: group(ValueError(1), KeyError(2)),
        lambda: group(ValueError(1), group(ValueError(2), OSError(3))),
    )

    @staticmethod
    def collected(run):
        run()
        gc.collect()
        gc.disable()
        try:
            run()
            return gc.collect()
        finally:
            gc.enable()

    @pytest.mark.parametrize("handler", HANDLERS, ids=lambda handler: handler.__name__)
    @pytest.mark.parametrize("make", EXCEPTIONS)
    def test_an_error_leaves_nothing_to_the_collector(self, handler, make):
        """Reference counts free everything, whatever a handler raises."""

        def run():
            try:
                with catch({ValueError: handler}):
                    raise make()
            except BaseException:
                pass

        assert self.collected(run) == 0

    @pytest.mark.parametrize("is_async", [False, True])
    def test_a_new_error_does_not_refer_to_the_unmatched_rest(self, is_async):
        """Its traceback has the handler's frame; a leaf of the rest that is raised in its place has it as context."""

        async def enter():
            async with catch({ValueError: raise_new}):
                raise group(ValueError(1), KeyError(2))

        def run():
            try:
                if is_async:
                    enter().send(None)
                else:
                    with catch({ValueError: raise_new}):
                        raise group(ValueError(1), KeyError(2))
            except BaseException as error:
                new, rest = error.exceptions
            try:
                try:
                    raise new
                except OSError:
                    raise rest.exceptions[0]
            except BaseException:
                del new, rest

        assert self.collected(run) == 0

    def test_a_new_error_of_a_handler_keeps_the_variables_of_the_handler(self):
        """A debugger shows them afterwards, as those of a clause."""

        def fails(caught):
            number = len(caught.exceptions)
            raise OSError(number)

        with pytest.raises(OSError) as info:
            with catch({ValueError: fails}):
                raise group(ValueError(1), ValueError(2))
        tb = info.value.__traceback__
        while tb.tb_frame.f_code is not fails.__code__:
            tb = tb.tb_next
        assert tb.tb_frame.f_locals["number"] == 2

    def test_a_function_that_is_its_own_handler_keeps_the_variables_of_its_first_call(self):
        """The call that raised is none of a clause, although it is of the handler's code."""

        def function(caught=None):
            number = 1 if caught is None else 2
            if number == 2:
                raise
            raise group(ValueError(1), KeyError(2))

        with pytest.raises(BaseExceptionGroup) as info:
            catch({ValueError: function})(function)()
        tb = info.value.__traceback__
        while tb.tb_frame.f_code is not function.__code__:
            tb = tb.tb_next
        assert tb.tb_frame.f_locals["number"] == 1

    @pytest.mark.parametrize("part", PARTS)
    def test_the_frame_of_a_handler_that_raises_a_part_of_its_group_is_cleared(self, part):
        """Its frame is in the cycle that the part is in with its context, but no longer has what it had."""

        class Held:
            pass

        kept = []

        def handler(caught):
            held = Held()
            kept.append(weakref.ref(held))
            raise PARTS[part](caught)

        gc.disable()
        try:
            try:
                with catch({ValueError: handler}):
                    raise group(ValueError(1), group(ValueError(2), ValueError(3)))
            except BaseException:
                pass
            assert kept[0]() is None
        finally:
            gc.enable()

    @pytest.mark.parametrize("handler", HANDLERS, ids=lambda handler: handler.__name__)
    @pytest.mark.parametrize("make", EXCEPTIONS)
    def test_a_decorated_function_leaves_no_cycle(self, handler, make):
        """Its wrapper included."""

        @catch({ValueError: handler})
        def function():
            raise make()

        def run():
            try:
                function()
            except BaseException:
                pass

        assert self.collected(run) == 0

    @pytest.mark.parametrize("handler", HANDLERS, ids=lambda handler: handler.__name__)
    @pytest.mark.parametrize("make", EXCEPTIONS)
    def test_an_async_block_leaves_no_cycle(self, handler, make):
        """With a handler that awaits first."""

        async def handling(group):
            await asyncio.sleep(0)
            if handler is raise_group:
                raise group
            handler(group)

        async def block():
            try:
                async with catch({ValueError: handling}):
                    raise make()
            except BaseException:
                pass

        def run():
            coro = block()
            try:
                while True:
                    coro.send(None)
            except StopIteration:
                pass

        assert self.collected(run) == 0

    @pytest.mark.parametrize("handler", [ignore, raise_again, raise_new], ids=lambda each: each.__name__)
    @pytest.mark.parametrize("make", EXCEPTIONS)
    def test_an_error_thrown_into_an_awaiting_handler_leaves_no_cycle(self, handler, make):
        """Whether it passes the handler or not."""

        @types.coroutine
        def once():
            yield

        async def handling(group):
            try:
                await once()
            finally:
                handler(group)

        async def block():
            async with catch({ValueError: handling}):
                raise make()

        def run():
            coro = block()
            try:
                coro.send(None)
                coro.throw(OSError())
            except BaseException:
                pass

        assert self.collected(run) == 0


def test_a_jump_over_255_bytes_still_hides_the_entry_of_the_with():
    """A jump over more than 255 bytes, to which a traceback points below 3.11, hides no statement that was left."""
    lines = ["async def handler(group):", "    async with inner:", "        async with inner:"]
    lines += [f"            value = {{'{number}': [value, value]}}" for number in range(60)]
    lines += ["            raise"]
    names = {"inner": catch({LookupError: print}), "value": None}
    lines.insert(1, "    value = None")
    exec("\n".join(lines), names)

    async def main():
        async with catch({ValueError: names["handler"]}):
            raise ExceptionGroup("both", [ValueError(), OSError()])

    with pytest.raises(ExceptionGroup) as caught:
        main().send(None)
    assert [type(each) for each in caught.value.exceptions] == [ValueError, OSError]
