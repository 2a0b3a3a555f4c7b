"""The way in: statements with except*, as they are found in real code, and those that are refused."""

import contextlib
import io

import pytest

from . import tool
from .tool import dedent

# Each a whole program: before and after. What it prints has to stay the same.
SHAPES = {
    "two clauses in a function": (
        """
        def load(error):
            # the comment stays with the statement
            try:  # starts
                raise error
            except* ValueError as group:  # of the first clause
                for each in group.exceptions:
                    print("value", each)
            # before the second
            except* (OSError, EOFError):
                print("no connection")

        load(ExceptionGroup("several", [ValueError(1), OSError(2)]))
        """,
        """
        from taskgroup_compat import ExceptionGroup, catch

        def load(error):
            def handle_value_error(group):  # of the first clause
                for each in group.exceptions:
                    print("value", each)

            # before the second
            def handle_os_error_or_eof_error(_group):
                print("no connection")

            # the comment stays with the statement
            with catch({
                ValueError: handle_value_error,
                (OSError, EOFError): handle_os_error_or_eof_error,
            }):  # starts
                raise error

        load(ExceptionGroup("several", [ValueError(1), OSError(2)]))
        """,
    ),
    "a name that is bound in a clause and used after it": (
        """
        def count(error):
            failures = 0
            try:
                raise error
            except* ValueError as group:
                failures += len(group.exceptions)
                text = "failed"
            return failures, text

        print(count(ValueError(1)))
        """,
        """
        from taskgroup_compat import catch

        def count(error):
            failures = 0
            text: object

            def handle_value_error(group):
                nonlocal failures, text
                failures += len(group.exceptions)
                text = "failed"

            with catch({ValueError: handle_value_error}):
                raise error
            return failures, text

        print(count(ValueError(1)))
        """,
    ),
    "every kind of binding": (
        """
        def bind(error):
            try:
                raise error
            except* ValueError:
                one = 1
                for two in [2]:
                    pass
                with open(__file__) as three:
                    pass
                if (four := 4):
                    pass
                import os as five
                def six(): return 6
                class Seven: pass
                try:
                    raise KeyError(8)
                except KeyError as eight:
                    nine = eight
                ten, *rest = 10, 11
                gone = 1
                del gone
            print(one, two, three.closed, four, five.sep, six(), Seven.__name__, nine, ten, rest)
            try:
                print(gone)
            except NameError:
                print("gone")

        bind(ValueError())
        """,
        None,
    ),
    "names of a module": (
        """
        import sys

        try:
            raise ValueError(1)
        except* ValueError as group:
            failed = len(group.exceptions)
        else:
            failed = 0
        print(failed, "group" in globals())
        """,
        """
        import sys
        from taskgroup_compat import catch

        def _handle_value_error(group):
            global failed
            failed = len(group.exceptions)


        _completed = False
        with catch({ValueError: _handle_value_error}):
            raise ValueError(1)
            _completed = True
        if _completed:
            failed = 0
        print(failed, "group" in globals())
        """,
    ),
    "else and finally": (
        """
        def run(error):
            for attempt in range(3):
                try:
                    print("body", attempt)
                    if attempt == 0:
                        continue
                    if attempt == 1 and error:
                        raise error
                except* ValueError:
                    print("caught")
                else:
                    # nothing was raised
                    print("else", attempt)
                    if attempt == 2:
                        return "returned"
                finally:
                    print("finally", attempt)

        print(run(None), run(ValueError()))
        """,
        """
        from taskgroup_compat import catch

        def run(error):
            for attempt in range(3):
                def handle_value_error(_group):
                    print("caught")

                try:
                    completed = False
                    with catch({ValueError: handle_value_error}):
                        print("body", attempt)
                        if attempt == 0:
                            continue
                        if attempt == 1 and error:
                            raise error
                        completed = True
                    if completed:
                        # nothing was raised
                        print("else", attempt)
                        if attempt == 2:
                            return "returned"
                finally:
                    print("finally", attempt)

        print(run(None), run(ValueError()))
        """,
    ),
    "a clause that awaits": (
        """
        import asyncio

        async def serve():
            try:
                raise ExceptionGroup("group", [ValueError(1), KeyError(2)])
            except* ValueError:
                await asyncio.sleep(0)
                print("awaited")
            except* KeyError:
                print("not awaited")

        asyncio.run(serve())
        """,
        """
        import asyncio
        from taskgroup_compat import ExceptionGroup, catch

        async def serve():
            async def handle_value_error(_group):
                await asyncio.sleep(0)
                print("awaited")

            def handle_key_error(_group):
                print("not awaited")

            async with catch({ValueError: handle_value_error, KeyError: handle_key_error}):
                raise ExceptionGroup("group", [ValueError(1), KeyError(2)])

        asyncio.run(serve())
        """,
    ),
    "every form of awaiting": (
        """
        import asyncio
        import contextlib

        async def numbers():
            for each in range(3):
                yield each

        @contextlib.asynccontextmanager
        async def context():
            yield

        async def serve():
            for form in range(4):
                try:
                    raise ValueError
                except* ValueError:
                    async for each in numbers():
                        print(form, each)
                try:
                    raise ValueError
                except* ValueError:
                    async with context():
                        print(form)
                try:
                    raise ValueError
                except* ValueError:
                    print([each async for each in numbers()])
                try:
                    raise ValueError
                except* ValueError:
                    async def later(): await asyncio.sleep(0)
                    asyncio.get_running_loop().create_task(later())
            await asyncio.sleep(0)

        asyncio.run(serve())
        """,
        None,
    ),
    "a bare raise": (
        """
        def again(error):
            try:
                raise error
            except* ValueError:
                print("seen")
                raise

        try:
            again(ExceptionGroup("group", [ValueError(1), ExceptionGroup("inner", [KeyError(2), ValueError(3)])]))
        except ExceptionGroup as group:
            print(repr(group))
        """,
        None,
    ),
    "the same type twice": (
        """
        def first(error):
            try:
                raise error
            except* ValueError:
                print("the first")
            except* KeyError:
                print("the key")
            except* ValueError:
                print("never")

        first(ExceptionGroup("group", [ValueError(1), KeyError(2)]))
        """,
        """
        from taskgroup_compat import ExceptionGroup, catch

        def first(error):
            def handle_value_error(_group):
                print("the first")

            def handle_key_error(_group):
                print("the key")

            with catch({ValueError: handle_value_error, KeyError: handle_key_error}):
                raise error

        first(ExceptionGroup("group", [ValueError(1), KeyError(2)]))
        """,
    ),
    "the same type under another name": (
        """
        def first(error):
            try:
                raise error
            except* OSError:
                print("the first")
            except* IOError:
                print("never")

        first(OSError())
        """,
        """
        from taskgroup_compat import catch

        def first(error):
            def handle_os_error(_group):
                print("the first")

            def handle_io_error(_group):
                print("never")

            with catch({OSError: handle_os_error, (IOError,): handle_io_error}):
                raise error

        first(OSError())
        """,
    ),
    "one statement in a clause of another": (
        """
        def outer():
            found = []
            try:
                raise ExceptionGroup("outer", [ValueError(1), KeyError(2)])
            except* ValueError as group:
                try:
                    raise TypeError(3) from group
                except* TypeError as group:
                    found.append(group)
                    last = "inner"
                found.append(last)
            except* KeyError as group:
                found.append(group)
            return found, last

        print(outer())
        """,
        None,
    ),
    "names that only one clause uses stay its own": (
        """
        def work():
            for number in range(2):
                try:
                    raise ExceptionGroup("group", [ValueError(number), KeyError(number)])
                except* ValueError as group:
                    names = [repr(each) for each in group.exceptions]
                    print(names)
                except* KeyError as group:
                    for name in group.exceptions:
                        print(name)

        work()
        """,
        """
        from taskgroup_compat import ExceptionGroup, catch

        def work():
            for number in range(2):
                def handle_value_error(group):
                    names = [repr(each) for each in group.exceptions]
                    print(names)

                def handle_key_error(group):
                    for name in group.exceptions:
                        print(name)

                with catch({ValueError: handle_value_error, KeyError: handle_key_error}):
                    raise ExceptionGroup("group", [ValueError(number), KeyError(number)])

        work()
        """,
    ),
    "a value that a loop carries on": (
        """
        def work():
            functions = []
            for number in range(3):
                try:
                    raise ValueError(number)
                except* ValueError:
                    shared = number
                    functions.append(lambda: shared)
                try:
                    raise ValueError(number)
                except* ValueError:
                    try:
                        seen += 1
                    except NameError:
                        seen = 1
                    print(seen)
            return [function() for function in functions]

        print(work())
        """,
        None,
    ),
    "what another function of the same one declares": (
        """
        total = 0

        def outer():
            inside = 0
            def inner():
                global total
                nonlocal inside
                try:
                    raise ValueError
                except* ValueError:
                    total += 1
                    inside += 1
                def more():
                    nonlocal kept
                    kept += 1
                try:
                    raise ValueError
                except* ValueError:
                    kept = 1
                more()
                return kept
            return inner(), inside

        print(outer(), total)
        """,
        None,
    ),
    "a method, a lambda, a comprehension": (
        """
        class Work:
            def __init__(self):
                self.seen = []

            def run(self):
                try:
                    raise ExceptionGroup("group", [ValueError(2), ValueError(1)])
                except* ValueError as group:
                    self.seen += sorted(group.exceptions, key=lambda error: error.args)
                    self.seen += [group.message for _ in range(2)]
                    self.__private = 1
                return self.seen, self.__private, __class__.__name__

        print(Work().run())
        """,
        None,
    ),
    "an async generator": (
        """
        import asyncio

        async def produce():
            try:
                yield 1
                raise ValueError("two")
            except* ValueError as group:
                await asyncio.sleep(0)
                last = group.exceptions[0]
            yield last

        async def main():
            print([each async for each in produce()])

        asyncio.run(main())
        """,
        None,
    ),
    "one line": (
        """
        def quick():
            try: raise ValueError(1)
            except* ValueError as group: print(group); value = 2
            return value

        print(quick())
        """,
        None,
    ),
    "types without parentheses get some": (
        """
        def quick():
            try:
                raise ValueError(1)
            except* (ValueError, KeyError,) as group:
                print(group)

        quick()
        """,
        None,
    ),
}


def output_of(text):
    stream = io.StringIO()
    with contextlib.redirect_stdout(stream):
        exec(compile(text, __file__, "exec", dont_inherit=True), {"__name__": "shape", "__file__": __file__})
    return stream.getvalue()


@pytest.mark.parametrize("shape", SHAPES)
def test_shape(shape):
    """The text is as expected, nothing is left, it runs, and does what the statement does where that can be read."""
    before, after = (text and dedent(text) for text in SHAPES[shape])
    result = tool.bring_in(before)
    assert result.left == []
    assert "except*" not in result.text
    if after is not None:
        assert result.text == after
    printed = output_of(result.text)
    if tool.HAS_EXCEPT_STAR:
        assert printed == output_of(before)
    assert tool.bring_in(result.text).text == result.text


# In these something had to change: a clause was dropped, a type renamed, a name of a group, or a clause on one line.
CHANGED = {
    "the same type twice",
    "the same type under another name",
    "one statement in a clause of another",
    "one line",
}


@pytest.mark.parametrize("shape", sorted(set(SHAPES) - CHANGED))
def test_shape_comes_out_again(shape):
    """The same text, but for what the way in imports, and for lines between the parts of one statement."""
    before = dedent(SHAPES[shape][0])
    again = tool.take_out(tool.bring_in(before).text)
    assert again.left == []
    assert again.text == before


REFUSED = {
    "a class body": (
        """
        class Work:
            try:
                pass
            except* ValueError:
                failed = True
        """,
        "it stands in a class body",
    ),
    "super()": (
        """
        class Work(Base):
            def run(self):
                try:
                    pass
                except* ValueError:
                    super().run()
        """,
        "super() in a clause",
    ),
    "yield": (
        """
        def produce():
            try:
                pass
            except* ValueError:
                yield 1
        """,
        "yield in a clause",
    ),
    "locals()": ("def f():\n    try: pass\n    except* ValueError: print(locals())\n", "locals() in a clause"),
    "vars()": ("def f():\n    try: pass\n    except* ValueError: print(vars())\n", "vars() in a clause"),
    "exec": ("def f():\n    try: pass\n    except* ValueError: exec('x = 1')\n", "exec() in a clause"),
    "eval": ("def f():\n    try: pass\n    except* ValueError: eval('x')\n", "eval() in a clause"),
    "a stack level": (
        "import warnings\ndef f():\n    try: pass\n    except* ValueError: warnings.warn('x', stacklevel=2)\n",
        "a stacklevel in a clause",
    ),
    "a frame": (
        "import sys\ndef f():\n    try: pass\n    except* ValueError: sys._getframe(1)\n",
        "sys._getframe() in a clause",
    ),
    "global": (
        "def f():\n    try: pass\n    except* ValueError:\n        global x\n        x = 1\n",
        "a global statement",
    ),
    "types that are computed": (
        "def f():\n    try: pass\n    except* kinds(): pass\n",
        "the types kinds() would be evaluated before the body runs",
    ),
    "types that are unpacked": (
        "def f():\n    try: pass\n    except* (*kinds, OSError): pass\n",
        "the types (*kinds, OSError) would be evaluated",
    ),
    "a type that the body binds": (
        "def f():\n    try:\n        from library import Error\n    except* Error: pass\n",
        "Error, of the types Error, would be evaluated before the body runs, which binds it",
    ),
    "a type that an earlier clause binds": (
        "def f(Error):\n    try: pass\n    except* KeyError: Error = OSError\n    except* Error: pass\n",
        "which binds it",
    ),
    "an attribute that the body assigns": (
        "def f(a):\n    try: a.Error = OSError\n    except* a.Error: pass\n",
        "a.Error would be evaluated before the body runs, which assigns it",
    ),
    "the name of the group, bound elsewhere": (
        "def f():\n    group = None\n    try: pass\n    except* OSError as group: pass\n    return group\n",
        "group, the name of the group, is used outside of its clause",
    ),
    "the name of the group, used in another function": (
        "try: pass\nexcept* OSError as group: show()\n\ndef show():\n    print(group)\n",
        "group, the name of the group, is used outside of its clause",
    ),
    "an annotation": (
        "def f():\n    try: pass\n    except* OSError:\n        failed: bool = True\n    return failed\n",
        "failed has an annotation in a clause",
    ),
    "a second clause that binds": (
        "def f():\n    try: pass\n    except* OSError: pass\n    except* OSError: failed = True\n    return failed\n",
        "an earlier clause has the types OSError too, and the second one binds failed",
    ),
}


@pytest.mark.parametrize("shape", REFUSED)
def test_refused(shape):
    """The file stays the same, and one line says what and why."""
    text, reason = REFUSED[shape]
    text = dedent(text)
    result = tool.bring_in(text)
    assert result.text == text
    (left,) = result.left
    line, _, what = left.partition(": ")
    assert text.split("\n")[int(line) - 1].strip().startswith("try:")
    assert what.startswith("except* stays: ") and reason in what


def test_one_refused_statement_does_not_stop_another():
    """Also where one stands in the other."""
    result = tool.bring_in(
        dedent(
            """
            def f():
                try:
                    try:
                        pass
                    except* kinds():
                        pass
                except* ValueError:
                    print()
            """
        )
    )
    assert result.text == dedent(
        """
        from taskgroup_compat import catch

        def f():
            def handle_value_error(_group):
                print()

            with catch({ValueError: handle_value_error}):
                try:
                    pass
                except* kinds():
                    pass
        """
    )
    assert len(result.left) == 1


def test_a_statement_that_re_raises_in_a_clause_that_stays_is_refused():
    """A catch there would make a new error of what it lets through."""
    text = dedent(
        """
        def f(e):
            try:
                pass
            except* ValueError as e:
                try:
                    raise
                except* KeyError:
                    pass
            return e
        """
    )
    result = tool.bring_in(text)
    assert result.text == text
    assert [line.partition(": except* stays: ")[2] for line in result.left] == [
        "e, the name of the group, is used outside of its clause, where it is unbound after it",
        "it re-raises in a clause of an except* that stays",
    ]


_NESTED = """
def f():
    try:
        pass
    {outer} ValueError as e:
        {loop}
            show(e)
            try:
                pass
            except* KeyError as e:
                show(e)
            {after}
"""


@pytest.mark.parametrize(
    ("loop", "after", "stays"),
    [
        ("if True:", "pass", False),
        ("if True:", "show(e)", True),
        ("if True:", "show(lambda: e)", True),
        ("if True:", "e = None", False),
        ("if True:", "def later(e): show(e)", False),
        ("while True:", "pass", True),
    ],
)
@pytest.mark.parametrize("outer", ["except", "except*"])
def test_the_name_of_an_outer_clause(outer, loop, after, stays):
    """The statement unbinds it, so that what comes later raises NameError; a parameter would leave it alone."""
    text = _NESTED.format(outer=outer, loop=loop, after=after)
    result = tool.bring_in(text)
    assert [line.partition(": except* stays: ")[2] for line in result.left] == stays * [
        "e, the name of the group, is used outside of its clause, where it is unbound after it"
    ]
    assert ("except*" in result.text) is stays


def test_timeout_error_gets_a_hint():
    """asyncio's is another one below 3.11."""
    result = tool.bring_in("def f():\n    try: pass\n    except* TimeoutError: pass\n")
    assert result.left == []
    (note,) = result.notes
    assert note == (
        "3: note: below 3.11 asyncio raises a TimeoutError of its own: (TimeoutError, asyncio.TimeoutError)"
    )


def test_a_dropped_clause_is_said():
    """With its line."""
    result = tool.bring_in("def f():\n    try: pass\n    except* OSError: pass\n    except* OSError: print(1)\n")
    assert result.notes == ["4: note: the second clause for OSError could never run and is dropped"]


LAYOUT = {
    "a blank line before the first clause": (
        """
        def load(read):
            try:
                read()

            # nothing to read
            except* OSError:
                pass

            except* ValueError:
                pass
        """,
        """
        from taskgroup_compat import catch

        def load(read):
            # nothing to read
            def handle_os_error(_group):
                pass


            def handle_value_error(_group):
                pass


            with catch({OSError: handle_os_error, ValueError: handle_value_error}):
                read()
        """,
    ),
    "types in several lines": (
        """
        def load(read):
            try:
                read()
            except* (
                OSError,  # the file
                ValueError,
            ):
                pass
        """,
        """
        from taskgroup_compat import catch

        def load(read):
            def handle_os_error_or_value_error(_group):
                pass

            with catch({
                (
                    OSError,  # the file
                    ValueError,
                ): handle_os_error_or_value_error,
            }):
                read()
        """,
    ),
    "indented code of a module": (
        """
        if __name__ == "__main__":
            try:
                print(1)
            except* OSError:
                pass
            except* ValueError:
                pass
        """,
        """
        from taskgroup_compat import catch

        if __name__ == "__main__":
            def _handle_os_error(_group):
                pass

            def _handle_value_error(_group):
                pass

            with catch({OSError: _handle_os_error, ValueError: _handle_value_error}):
                print(1)
        """,
    ),
}


@pytest.mark.parametrize("before, after", LAYOUT.values(), ids=LAYOUT)
def test_layout(before, after):
    """As it would be written by hand, and the way out restores every line."""
    result = tool.bring_in(dedent(before))
    assert result.text == dedent(after)
    assert tool.take_out(result.text).text == dedent(before)


@pytest.mark.parametrize("longest, in_lines", [(88, True), (89, True), (90, False), (120, False)])
def test_a_line_is_no_longer_than_those_of_the_file(longest, in_lines):
    """Up to 88 columns in any file, up to 100 where the file has such lines."""
    comment = "#".ljust(longest, "x")
    text = f"{comment}\ndef load(read):\n    try:\n        read()\n"
    text += "    except* (ConnectionError, OtherErrors):\n        pass\n"
    line = "    with catch({(ConnectionError, OtherErrors): handle_connection_error_or_other_errors}):\n"
    assert len(line.rstrip()) == 90
    lines = tool.bring_in(text).text.split("\n")
    assert any(each.startswith("    with catch({(") for each in lines) is not in_lines
    assert max(map(len, lines)) <= max(longest, 88)
