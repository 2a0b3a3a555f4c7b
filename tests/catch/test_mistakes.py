"""What can only be a mistake: a TypeError that says what is wrong and where, and no error lost."""

import asyncio
import functools
import gc
import importlib.util
import sys
import types

import pytest

from taskgroup_compat import ExceptionGroup, _catch, catch

IS_PYPY = sys.implementation.name == "pypy"
PARTIAL_IS_PYTHON = IS_PYPY and sys.version_info < (3, 11)


def ignore(group):
    pass


async def ignore_later(group):
    await asyncio.sleep(0)


class Unavailable(Exception):
    pass


def generator(group):
    yield


async def async_generator(group):
    yield


@types.coroutine
def generator_coroutine(group):
    yield


class Callable:
    def __init__(self, function):
        self.function = function

    def __call__(self, group):
        yield


def message(run):
    with pytest.raises(TypeError) as caught:
        run()
    return str(caught.value)


class TestTheMapping:
    @pytest.mark.parametrize(
        "handlers, name",
        [
            (ValueError, "type"),
            (ignore, "function"),
            ([(ValueError, ignore)], "list"),
            ({ValueError}, "set"),
            (None, "NoneType"),
            (5, "int"),
        ],
    )
    def test_an_object_that_is_no_mapping(self, handlers, name):
        """The message shows the right form."""
        expected = "catch takes a mapping from exception classes to handlers, as in catch({ValueError: handler})"
        assert message(lambda: catch(handlers)) == f"{expected}, not {name}"

    def test_a_bare_decorator(self):
        """Without its mapping catch gets the function, and says the same."""

        def decorate():
            @catch
            def function():
                pass

        assert "as in catch({ValueError: handler}), not function" in message(decorate)

    @pytest.mark.skipif(IS_PYPY, reason="PyPy's own message takes the place of what keys() raises")
    def test_an_error_of_the_mapping_itself_is_not_hidden(self):
        """What a mapping's own method raises leaves as it is."""

        class Broken:
            def keys(self):
                raise TypeError("broken")

        with pytest.raises(TypeError, match="broken"):
            catch(Broken())

    @pytest.mark.parametrize("known", [False, True])
    @pytest.mark.parametrize(
        "handler, text",
        [
            (None, "must be callable, not NoneType"),
            (Unavailable, "must be a function that may raise Unavailable, not the class"),
            (generator, "must not be a generator function, whose code a call does not run"),
            (async_generator, "must not be a generator function, whose code a call does not run"),
            (functools.partial(generator), "must not be a generator function, whose code a call does not run"),
            (Callable(ignore), "must not be a generator function, whose code a call does not run"),
        ],
    )
    def test_a_handler_that_would_lose_the_error(self, handler, text, known):
        """Its key is named, whether it was known to be right before or not."""
        key = ValueError if known else type("ValueError", (Exception,), {})
        catch({key: ignore})
        assert message(lambda: catch({KeyError: ignore, key: handler})) == f"the handler for ValueError {text}"

    def test_the_key_is_named_as_it_is_written(self):
        """A tuple too."""
        assert message(lambda: catch({(ValueError, KeyError): None})).startswith(
            "the handler for (ValueError, KeyError) must"
        )
        assert message(lambda: catch({(ValueError,): None})).startswith("the handler for (ValueError,) must")

    def test_other_classes_are_handlers(self):
        """Calling one may do something useful."""
        seen = []

        class Report:
            def __init__(self, group):
                seen.append(group)

        with catch({ValueError: Report}):
            raise ValueError
        assert len(seen) == 1

    @pytest.mark.parametrize(
        "module",
        [None, object(), type("Slots", (), {"__slots__": ()})(), types.SimpleNamespace()],
        ids=["blocked", "object", "without a dict", "namespace"],
    )
    def test_a_key_whose_module_is_no_module(self, module, monkeypatch):
        """Whatever sys.modules has under the name."""
        error = type("Error", (Exception,), {"__module__": "a module of these tests"})
        monkeypatch.setitem(sys.modules, "a module of these tests", module)
        with catch({error: ignore}):
            raise error

    @pytest.mark.parametrize("name", [["a list"], None, 5, "no such module"], ids=repr)
    def test_a_key_whose_module_has_no_proper_name(self, name):
        """The name may be of any type."""
        error = type("Error", (Exception,), {})
        error.__module__ = name
        with catch({error: ignore}):
            raise error

    def test_a_lazy_module_is_not_loaded(self, monkeypatch, tmp_path):
        """To look at a key runs nobody's code."""
        path = tmp_path / "lazy_module_of_these_tests.py"
        path.write_text("raise AssertionError('loaded')")
        spec = importlib.util.spec_from_file_location(path.stem, path)
        spec.loader = importlib.util.LazyLoader(spec.loader)
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, path.stem, module)
        spec.loader.exec_module(module)
        error = type("Error", (Exception,), {"__module__": path.stem})
        with catch({error: ignore}):
            raise error

    @pytest.mark.parametrize("is_async", [False, True])
    def test_a_key_that_its_module_holds_is_looked_at_once(self, is_async, monkeypatch):
        """To look again at what was found right would be half of the cost."""
        looked_at = []
        name = "a module of these tests"

        class Kind(type):
            @property
            def __module__(cls):
                looked_at.append(cls)
                return name

        class Error(Exception, metaclass=Kind):
            pass

        monkeypatch.setattr(_catch, "_REFUSED_FLAGS", {})
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
        sys.modules[name].Error = Error
        for _ in range(3):
            catch({Error: ignore_later if is_async else ignore})
        assert looked_at == [Error]


def test_no_more_than_a_thousand_keys_are_remembered(monkeypatch):
    """The table of keys that were found right has an end, and those beyond it work."""
    monkeypatch.setattr(_catch, "_REFUSED_FLAGS", {})
    classes = [ValueError, KeyError, OSError, LookupError, TypeError, ArithmeticError, RuntimeError, BufferError]
    keys = [(a, b, c, d) for a in classes for b in classes for c in classes for d in classes]
    for key in keys[:1500]:
        with catch({key: ignore}):
            raise key[0]
    assert len(_catch._REFUSED_FLAGS) == 1000


def in_block(handler):
    with catch({KeyError: ignore, OSError: handler}):
        raise OSError("the error")


def in_async_block(handler):
    async def main():
        async with catch({KeyError: ignore, OSError: handler}):
            raise OSError("the error")

    asyncio.run(main())


@pytest.mark.parametrize("run", [in_block, in_async_block])
class TestWhatAHandlerReturns:
    @pytest.mark.parametrize(
        "handler, text",
        [
            (lambda group: Unavailable(group), "an exception, which leaves the block only if the handler raises it"),
            (lambda group: group, "an exception, which leaves the block only if the handler raises it"),
            (functools.partial(Unavailable), "an exception, which leaves the block only if the handler raises it"),
            (lambda group: generator(group), "a generator, whose code nobody would run: a handler must not yield"),
            (
                lambda group: async_generator(group),
                "a generator, whose code nobody would run: a handler must not yield",
            ),
        ],
        ids=["exception", "group", "partial", "generator", "asynchronous generator"],
    )
    def test_a_return_value_that_can_only_be_a_mistake_is_refused(self, run, handler, text):
        """TypeError; the error that was handled is its context."""
        with pytest.raises(TypeError) as caught:
            run(handler)
        assert str(caught.value) == f"the handler for OSError returned {text}"
        assert [leaf.args for leaf in caught.value.__context__.exceptions] == [("the error",)]

    @pytest.mark.parametrize("returned", [0, "text", [ValueError()], ValueError, ignore, object()])
    def test_anything_else_is_ignored(self, run, returned):
        """As a clause has no value."""
        run(lambda group: returned)

    @pytest.mark.parametrize(
        "handler",
        [
            lambda: None,
            lambda group, other: None,
            pytest.param(
                functools.partial(ignore, None),
                marks=pytest.mark.skipif(
                    PARTIAL_IS_PYTHON, reason="a partial of PyPy 3.9 runs code before the handler"
                ),
            ),
        ],
    )
    def test_one_that_cannot_take_the_group_is_named(self, run, handler):
        """The interpreter's TypeError is the cause, the error that was handled the context of that."""
        with pytest.raises(TypeError) as caught:
            run(handler)
        name = getattr(handler, "__qualname__", "partial")
        assert str(caught.value) == f"the handler for OSError, {name}, must take one argument, the group"
        cause = caught.value.__cause__
        assert type(cause) is TypeError
        assert [leaf.args for leaf in cause.__context__.exceptions] == [("the error",)]

    @pytest.mark.parametrize("handler", [len, [].extend, lambda group: len(5)])
    def test_a_type_error_of_the_handler_itself_leaves_as_it_is(self, run, handler):
        """It could be called."""
        with pytest.raises(TypeError) as caught:
            run(handler)
        assert "handler" not in str(caught.value)
        assert caught.value.__cause__ is None


class TestCoroutines:
    @pytest.mark.parametrize("handler", [ignore_later, functools.partial(ignore_later), generator_coroutine])
    def test_a_plain_with_names_the_key_of_the_coroutine_function(self, handler):
        """On entering."""

        def run():
            with catch({KeyError: ignore, (OSError, ValueError): handler}):
                raise AssertionError

        expected = "the handler for (OSError, ValueError) is a coroutine function: use 'async with' or decorate an "
        assert message(run) == expected + "async function"

    def test_a_coroutine_that_a_plain_handler_returns(self):
        """Its key is named as well."""
        expected = "the handler for OSError returned a coroutine: use 'async with' or decorate an async function"
        assert message(lambda: in_block(lambda group: ignore_later(group))) == expected

    def test_a_generator_that_is_a_coroutine_is_awaited(self):
        """What types.coroutine makes is a coroutine function."""
        in_async_block(generator_coroutine)

    def test_an_error_that_nobody_would_get_is_reported(self, monkeypatch):
        """__aexit__ called by hand, and neither its result nor an error looked at."""
        reported = []
        monkeypatch.setattr(sys, "unraisablehook", lambda args: reported.append(args.exc_value))

        def handler(group):
            raise Unavailable

        async def main():
            manager = catch({ValueError: handler})
            await manager.__aenter__()
            try:
                raise ValueError
            except ValueError as exc:
                await manager.__aexit__(type(exc), exc, exc.__traceback__)

        asyncio.run(main())
        while IS_PYPY and not reported:
            gc.collect()
        (error,) = reported
        assert type(error) is RuntimeError
        assert "__aexit__" in str(error)
        assert type(error.__cause__) is Unavailable

    def test_by_hand_the_error_is_raised_where_the_result_is_tested(self, monkeypatch):
        """As `async with` does; then nothing is reported."""
        reported = []
        monkeypatch.setattr(sys, "unraisablehook", lambda args: reported.append(args.exc_value))

        def handler(group):
            raise Unavailable

        async def main():
            manager = catch({ValueError: handler})
            try:
                raise ValueError
            except ValueError as exc:
                if await manager.__aexit__(type(exc), exc, exc.__traceback__):
                    raise AssertionError

        with pytest.raises(Unavailable):
            asyncio.run(main())
        gc.collect()
        assert reported == []


class TestDecorating:
    def test_the_return_value_of_a_decorated_function_is_not_touched(self):
        """A proxy that stands for nothing raises whenever somebody looks at it."""

        class Unbound:
            @property
            def __class__(self):
                raise RuntimeError("working outside of a context")

        unbound = Unbound()
        assert catch({ValueError: ignore})(lambda: unbound)() is unbound

    @pytest.mark.parametrize("kind", [staticmethod, classmethod])
    def test_a_static_method_is_decorated_inside(self, kind):
        """The message says so, whether such objects can be called on this version or not."""
        name = kind.__name__
        expected = f"catch decorates the function inside of a {name}: write @{name} above it"
        assert message(lambda: catch({ValueError: ignore})(kind(ignore))) == expected

    def test_a_class_is_refused(self):
        """Its errors would give None in the place of an instance."""
        expected = "catch decorates functions, not classes such as Unavailable"
        assert message(lambda: catch({ValueError: ignore})(Unavailable)) == expected

    def test_a_function_that_returns_a_coroutine_is_guarded_to_its_end(self):
        """As a coroutine function: its call, and what is awaited."""
        seen = []

        async def fetch(number):
            await asyncio.sleep(0)
            if number:
                raise ValueError(number)
            return "result"

        @catch({ValueError: seen.append})
        def function(number):
            if number < 0:
                raise ValueError(number)
            return fetch(number)

        async def main():
            return function(-1), await function(0), await function(1)

        assert asyncio.run(main()) == (None, "result", None)
        assert [group.exceptions[0].args for group in seen] == [(-1,), (1,)]

    def test_a_coroutine_that_a_decorated_function_returns_keeps_its_name(self):
        """Tasks and warnings show it."""

        async def fetch():
            pass

        async def main():
            coroutine = catch({ValueError: ignore})(lambda: fetch())()
            names = coroutine.__name__, coroutine.__qualname__
            await coroutine
            return names

        assert asyncio.run(main()) == (fetch.__name__, fetch.__qualname__)

    def test_other_awaitables_are_returned_as_they_are(self):
        """A future may be meant to be awaited by somebody else."""

        async def main():
            future = asyncio.get_running_loop().create_future()
            assert catch({ValueError: ignore})(lambda: future)() is future

        asyncio.run(main())


class TestSubclasses:
    def test_catch_is_final(self):
        """TypeError when a subclass is made, with what to do instead."""

        def make():
            class Own(catch):
                pass

        expected = "catch is final: instead of a subclass write a function that returns catch({ValueError: handler})"
        assert message(make) == expected
        assert message(lambda: type("Own", (catch,), {"__slots__": ()})) == expected

    def test_one_with_coroutine_handlers_is_one_too(self):
        """isinstance holds for each."""
        assert isinstance(catch({ValueError: ignore_later}), catch)
        assert isinstance(catch({ValueError: ignore}), catch)


def test_a_class_that_cannot_be_hashed_is_handled():
    """A metaclass may take that from its classes, which are then no keys, but may be raised."""

    class Unhashable(type):
        __hash__ = None

    class Error(Exception, metaclass=Unhashable):
        pass

    class Group(ExceptionGroup, metaclass=Unhashable):
        pass

    seen = []
    for exc in Error(), Group("group", [Error()]):
        with catch({Exception: seen.append}):
            raise exc
    assert [type(group) for group in seen] == [ExceptionGroup, Group]
