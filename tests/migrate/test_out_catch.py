"""The way out: blocks with catch, as they are found in real code, and those that are refused."""

import contextlib
import io

import pytest

from . import tool
from .tool import dedent

# Each a whole program: before and after. What it prints has to stay the same.
SHAPES = {
    "a nested function that is used once": (
        """
        from taskgroup_compat import ExceptionGroup, catch

        def load(error):
            failed = False

            # says what failed
            def handle(group: "ExceptionGroup[ValueError]") -> None:
                '''Handle it.'''
                nonlocal failed

                # each of them
                for error in group.exceptions:
                    print("value", error)
                failed = True

            print("before")
            with catch({ValueError: handle}):  # it starts
                raise error
            return failed, error

        print(load(ExceptionGroup("several", [ValueError(1)])))
        """,
        """
        def load(error):
            failed = False

            print("before")
            try:  # it starts
                raise error
            # says what failed
            except* ValueError as group:
                '''Handle it.'''

                # each of them
                for error_2 in group.exceptions:
                    print("value", error_2)
                failed = True
            return failed, error

        print(load(ExceptionGroup("several", [ValueError(1)])))
        """,
    ),
    "lambdas": (
        """
        from taskgroup_compat import ExceptionGroup, catch

        def load(error, seen):
            with catch(
                {
                    # nothing to do
                    ValueError: lambda _: None,
                    KeyError: lambda group: seen.append(group),  # kept
                    (OSError, EOFError): lambda group: print(
                        "no connection",
                        len(group.exceptions),
                    ),
                    TypeError: (lambda group, text="late": print(text)),
                }
            ):
                raise error
            return seen

        print(load(ExceptionGroup("", [ValueError(1), KeyError(2), OSError(3), TypeError(4)]), []))
        """,
        """
        def load(error, seen):
            try:
                raise error
            # nothing to do
            except* ValueError:
                pass
            except* KeyError as group:  # kept
                seen.append(group)
            except* (OSError, EOFError) as group:
                print(
                    "no connection",
                    len(group.exceptions),
                )
            except* TypeError as group:
                (lambda group, text="late": print(text))(group)
            return seen

        print(load(ExceptionGroup("", [ValueError(1), KeyError(2), OSError(3), TypeError(4)]), []))
        """,
    ),
    "functions that stay": (
        """
        from functools import partial
        from taskgroup_compat import ExceptionGroup, catch

        def show(text, group):
            print(text, len(group.exceptions))

        def make(text):
            def handler(group):
                show(text, group)
            return handler

        class Work:
            def method(self, group):
                show("method", group)

            def run(self, error, seen):
                def twice(group):
                    show("twice", group)

                with catch({
                    ValueError: partial(show, "partial"),
                    KeyError: make("made"),
                    OSError: self.method,
                    TypeError: twice,
                    AttributeError: twice,
                    LookupError: print,
                }):
                    raise error

        errors = [ValueError(), KeyError(), OSError(), TypeError(), AttributeError(), IndexError()]
        Work().run(ExceptionGroup("", errors), [])
        """,
        """
        from functools import partial

        def show(text, group):
            print(text, len(group.exceptions))

        def make(text):
            def handler(group):
                show(text, group)
            return handler

        class Work:
            def method(self, group):
                show("method", group)

            def run(self, error, seen):
                def twice(group):
                    show("twice", group)

                try:
                    raise error
                except* ValueError as group:
                    partial(show, "partial")(group)
                except* KeyError as group:
                    make("made")(group)
                except* OSError as group:
                    self.method(group)
                except* TypeError as group:
                    twice(group)
                except* AttributeError as group:
                    twice(group)
                except* LookupError as group:
                    print(group)

        errors = [ValueError(), KeyError(), OSError(), TypeError(), AttributeError(), IndexError()]
        Work().run(ExceptionGroup("", errors), [])
        """,
    ),
    "several items": (
        """
        import contextlib
        from taskgroup_compat import catch

        @contextlib.contextmanager
        def context(name):
            print("enter", name)
            try:
                yield name
            finally:
                print("leave", name)

        def run():
            with context("a") as a, catch({ValueError: lambda group: print("caught")}), context("b") as b:
                print(a, b)
                raise ValueError
            with catch({ValueError: lambda _: None}), context("c"), catch({KeyError: lambda group: print("outer")}):
                raise KeyError

        run()
        """,
        """
        import contextlib

        @contextlib.contextmanager
        def context(name):
            print("enter", name)
            try:
                yield name
            finally:
                print("leave", name)

        def run():
            with context("a") as a:
                try:
                    with context("b") as b:
                        print(a, b)
                        raise ValueError
                except* ValueError as group:
                    print("caught")
            try:
                with context("c"):
                    try:
                        raise KeyError
                    except* KeyError as group:
                        print("outer")
            except* ValueError:
                pass

        run()
        """,
    ),
    "awaited handlers": (
        """
        import asyncio
        from taskgroup_compat import ExceptionGroup, catch

        async def shared(group):
            await asyncio.sleep(0)
            print("shared", group)

        async def run(error):
            seen = []

            async def handle(group):
                await asyncio.sleep(0)
                seen.append(group)
                return 5

            async with catch({
                ValueError: handle,
                KeyError: shared,
                OSError: lambda group: seen.append(group),
                TypeError: lambda group: shared(group),
            }):
                raise error
            print(seen)

        asyncio.run(run(ExceptionGroup("", [ValueError(1), KeyError(2), OSError(3), TypeError(4)])))
        """,
        """
        import asyncio

        async def shared(group):
            await asyncio.sleep(0)
            print("shared", group)

        async def run(error):
            seen = []

            try:
                raise error
            except* ValueError as group:
                await asyncio.sleep(0)
                seen.append(group)
            except* KeyError as group:
                await shared(group)
            except* OSError as group:
                seen.append(group)
            except* TypeError as group:
                await shared(group)
            print(seen)

        asyncio.run(run(ExceptionGroup("", [ValueError(1), KeyError(2), OSError(3), TypeError(4)])))
        """,
    ),
    "a bare raise": (
        """
        from taskgroup_compat import ExceptionGroup, catch

        def run(error):
            def handle(group):
                print("seen")
                raise

            with catch({ValueError: handle}):
                raise error

        try:
            run(ExceptionGroup("", [KeyError(1), ExceptionGroup("", [ValueError(2), KeyError(3)])]))
        except ExceptionGroup as group:
            print(repr(group))
        """,
        """
        def run(error):
            try:
                raise error
            except* ValueError as group:
                print("seen")
                raise

        try:
            run(ExceptionGroup("", [KeyError(1), ExceptionGroup("", [ValueError(2), KeyError(3)])]))
        except ExceptionGroup as group:
            print(repr(group))
        """,
    ),
    "returns": (
        """
        from taskgroup_compat import catch

        def run(error, flag):
            def last(group):
                if flag:
                    print("flag")
                    return
                else:
                    return print("no flag")

            def early(group):
                if flag:
                    return
                print("late")

            with catch({ValueError: last, KeyError: early}):
                raise error

        for error in (ValueError(), KeyError()):
            run(error, True)
            run(error, False)
        """,
        """
        def run(error, flag):
            def early(group):
                if flag:
                    return
                print("late")

            try:
                raise error
            except* ValueError as group:
                if flag:
                    print("flag")
                else:
                    print("no flag")
            except* KeyError as group:
                early(group)

        for error in (ValueError(), KeyError()):
            run(error, True)
            run(error, False)
        """,
    ),
    "a decorator": (
        """
        import functools
        from taskgroup_compat import catch

        def show(group):
            print("caught", group)

        def noted(function):
            @functools.wraps(function)
            def wrapper(*args):
                print("called")
                return function(*args)
            return wrapper

        # a comment
        @noted
        @catch({ValueError: show})
        def parse(text):
            '''Parse.'''
            return int(text)

        print(parse("1"), parse("x"))
        """,
        """
        import functools

        def show(group):
            print("caught", group)

        def noted(function):
            @functools.wraps(function)
            def wrapper(*args):
                print("called")
                return function(*args)
            return wrapper

        # a comment
        @noted
        def parse(text):
            '''Parse.'''
            try:
                return int(text)
            except* ValueError as group:
                show(group)

        print(parse("1"), parse("x"))
        """,
    ),
    "what is new in each call": (
        """
        from taskgroup_compat import catch

        def run():
            functions = []
            for number in range(3):
                def handle(group):
                    own = number * 2
                    functions.append(lambda: own)

                with catch({ValueError: handle}):
                    raise ValueError
            return [function() for function in functions]

        print(run())
        """,
        """
        def run():
            functions = []
            for number in range(3):
                def handle(group):
                    own = number * 2
                    functions.append(lambda: own)

                try:
                    raise ValueError
                except* ValueError as group:
                    handle(group)
            return [function() for function in functions]

        print(run())
        """,
    ),
    "names that meet": (
        """
        from taskgroup_compat import ExceptionGroup, catch

        text = "of the module"

        def run(error):
            count = 0
            group = "of the function"

            def one(group):
                text = str(group)
                count = len(text)
                print(count)

            def show():
                print(text, group, count)

            with catch({ValueError: one, KeyError: lambda count: print(count)}):
                raise error
            show()

        run(ExceptionGroup("", [ValueError(1), KeyError(2)]))
        """,
        """
        text = "of the module"

        def run(error):
            count = 0
            group = "of the function"

            def show():
                print(text, group, count)

            try:
                raise error
            except* ValueError as group_2:
                text_2 = str(group_2)
                count_2 = len(text_2)
                print(count_2)
            except* KeyError as count_3:
                print(count_3)
            show()

        run(ExceptionGroup("", [ValueError(1), KeyError(2)]))
        """,
    ),
    "a block in a handler of another": (
        """
        from taskgroup_compat import ExceptionGroup, catch

        def run(error):
            def outer(group):
                def inner(group):
                    print("inner", group)
                    raise

                with catch({TypeError: inner}):
                    raise TypeError(1)

            with catch({ValueError: outer}):
                raise error

        try:
            run(ValueError())
        except ExceptionGroup as group:
            print(repr(group), repr(group.__context__))
        """,
        """
        def run(error):
            try:
                raise error
            except* ValueError as group:
                try:
                    raise TypeError(1)
                except* TypeError as group_2:
                    print("inner", group_2)
                    raise

        try:
            run(ValueError())
        except ExceptionGroup as group:
            print(repr(group), repr(group.__context__))
        """,
    ),
    "a module": (
        """
        from taskgroup_compat import ExceptionGroup, catch

        total = 0


        def _count(group):
            global total
            total += len(group.exceptions)


        def public(group):
            print("public", group)


        with catch({ValueError: _count, KeyError: public}):
            raise ExceptionGroup("", [ValueError(1), KeyError(2)])
        print(total)
        """,
        """
        total = 0


        def public(group):
            print("public", group)


        try:
            raise ExceptionGroup("", [ValueError(1), KeyError(2)])
        except* ValueError as group:
            total += len(group.exceptions)
        except* KeyError as group:
            public(group)
        print(total)
        """,
    ),
}


def output_of(text):
    stream = io.StringIO()
    with contextlib.redirect_stdout(stream):
        exec(compile(text, __file__, "exec", dont_inherit=True), {"__name__": "shape"})
    return stream.getvalue()


@pytest.mark.parametrize("shape", SHAPES)
def test_shape(shape):
    """The text is as expected, nothing is left, and it does what catch did where it can be read."""
    before, after = dedent(SHAPES[shape][0]), dedent(SHAPES[shape][1])
    result = tool.take_out(before)
    assert result.left == []
    assert result.text == after
    printed = output_of(before)
    if tool.HAS_EXCEPT_STAR:
        assert output_of(result.text) == printed
    assert tool.take_out(result.text).text == result.text


REFUSED = {
    "a mapping that is no literal": ("with catch(handlers()): pass", "its mapping is not written out in the call"),
    "a mapping with **": ("with catch({**more, OSError: print}): pass", "its mapping has a ** in it"),
    "an empty mapping": ("with catch({}): pass", "its mapping is empty"),
    "a key twice": ("with catch({OSError: print, OSError: repr}): pass", "its mapping has the key OSError twice"),
    "as": ("with catch({OSError: print}) as caught: pass", "it has an `as`"),
    "a keyword": ("with catch(handlers={OSError: print}): pass", "it is not called with one argument"),
    "an ExitStack": ("stack.enter_context(catch({OSError: print}))", "entered by a call, as with an ExitStack"),
    "a kept object": ("kept = catch({OSError: print})", "the object is kept and used elsewhere"),
    "the class": ("isinstance(x, catch)", "the class is used without being called"),
    "a bare raise elsewhere": (
        "def handle(group):\n    raise\ndef f():\n    with catch({OSError: handle}): pass",
        "the handler handle has a bare raise and cannot be put into the clause: it is defined elsewhere",
    ),
    "a bare raise that is used twice": (
        "def f():\n    def handle(group):\n        raise\n    with catch({OSError: handle, EOFError: handle}): pass",
        "has a bare raise and cannot be put into the clause: it is used more than once",
    ),
    "a bare raise after an early return": (
        "def f():\n    def handle(group):\n        if x: return\n        raise\n"
        "    with catch({OSError: handle}): pass",
        "has a bare raise and cannot be put into the clause: it returns before its end",
    ),
    "a bare raise in a method": (
        "class A:\n    def handle(self, group):\n        raise\n    def f(self):\n"
        "        with catch({OSError: self.handle}): pass",
        "the handler self.handle has a bare raise",
    ),
    "a bare raise in what a factory makes": (
        "def make():\n    def handle(group):\n        raise\n    return handle\nwith catch({OSError: make()}): pass",
        "the handler make() has a bare raise",
    ),
    "a bare raise in a partial": (
        "from functools import partial\ndef handle(x, group):\n    raise\n"
        "with catch({OSError: partial(handle, 1)}): pass",
        "the handler partial(handle, 1) has a bare raise",
    ),
    "a bare raise beside a name that is kept": (
        "def f(keep):\n    def handle(group):\n        keep(lambda: group)\n        raise\n"
        "    with catch({OSError: handle}): pass",
        "a function in it may use group later, when the clause has unbound it",
    ),
    "a coroutine function under a plain with": (
        "async def handle(group): pass\nwith catch({OSError: handle}): pass",
        "the handler handle is a coroutine function, under a plain `with`",
    ),
    "an unknown handler under async with": (
        "from library import handle\nasync def f():\n    async with catch({OSError: handle}): pass",
        "whether the handler handle has to be awaited cannot be told from this file",
    ),
    "a lambda that may give a coroutine": (
        "async def f(g):\n    async with catch({OSError: lambda group: g(group)}): pass",
        "its lambda may return something that is awaited under `async with`",
    ),
    "a handler that may give a coroutine": (
        "async def f(g):\n    def h(group):\n        return g(group)\n    async with catch({OSError: h}): pass",
        "the handler h may return something that is awaited under `async with`",
    ),
    "a handler that the body binds": (
        "def f(h):\n    with catch({OSError: h}):\n        h = None",
        "h would be evaluated after the body, which binds it",
    ),
    "a type that the body binds": (
        "def f(E):\n    with catch({E: print}):\n        E = OSError",
        "E would be evaluated after the body, which binds it",
    ),
    "a generator function": (
        "@catch({OSError: print})\ndef f():\n    yield",
        "it decorates a generator function",
    ),
    "a decorator between": (
        "@catch({OSError: print})\n@other\ndef f(): pass",
        "another decorator stands between it and the function",
    ),
    "a name of the decorated function": (
        "@catch({OSError: handle})\ndef f(handle): pass",
        "handle is another name inside of the function",
    ),
}


@pytest.mark.parametrize("shape", REFUSED)
def test_refused(shape):
    """The file stays the same, and one line says what and why."""
    text, reason = REFUSED[shape]
    text = f"from taskgroup_compat import catch\n{text}\n"
    result = tool.take_out(text)
    assert result.text == text
    (left,) = result.left
    line, _, what = left.partition(": ")
    assert what.startswith("catch stays: ") and reason in what
    assert "catch" in text.split("\n")[int(line) - 1] or "def f" in text.split("\n")[int(line) - 1]


@pytest.mark.parametrize(
    "handler, note",
    [
        ("make(1)", "the handler make(1) is evaluated after the body now"),
        ("self.handle", "the handler self.handle is evaluated after the body now"),
        ("seen.append", "the handler seen.append is evaluated after the body now"),
        ("elsewhere", "the handler elsewhere is not defined in this file: it must have no bare raise"),
    ],
)
def test_what_to_look_at_is_said(handler, note):
    """A note does not count as left."""
    text = dedent(
        f"""
        from library import elsewhere
        from taskgroup_compat import catch

        def make(text):
            def handle(group): print(text)
            return handle

        class A:
            def handle(self, group): pass
            def f(self):
                seen = []
                with catch({{OSError: {handler}}}):
                    pass
        """
    )
    result = tool.take_out(text)
    assert result.left == []
    assert result.notes == [f"12: note: {note}"]
    assert f"except* OSError as group:\n            {handler}(group)\n" in result.text
