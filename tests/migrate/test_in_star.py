"""The way in: statements with except*, as they are found in real code, and those that are refused."""

import contextlib
import io
import re
import textwrap

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
            with catch(
                {
                    ValueError: handle_value_error,
                    (OSError, EOFError): handle_os_error_or_eof_error,
                }
            ):  # starts
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
    "a trailing comma": (
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
    "a walrus in a comprehension": (
        """
        def first(errors):
            for error in errors:
                try:
                    raise error
                except* ValueError as group:
                    if any([(last := each).args for each in group.exceptions]):
                        print(last)
            return last

        print(first([ValueError(1), ValueError(2)]))
        """,
        """
        from taskgroup_compat import catch


        def first(errors):
            for error in errors:
                last: object

                def handle_value_error(group):
                    nonlocal last
                    if any([(last := each).args for each in group.exceptions]):
                        print(last)

                with catch({ValueError: handle_value_error}):
                    raise error
            return last

        print(first([ValueError(1), ValueError(2)]))
        """,
    ),
    "types of this file": (
        """
        class Broken(Exception):
            pass

        class Late(Exception):
            pass

        def work(Early):
            try:
                raise ExceptionGroup("", [Broken(), Late(), Early()])
            except* Broken:
                print("broken")
            except* Late:
                print("late")
            except* Early:
                print("early")

        work(KeyError)
        """,
        """
        from taskgroup_compat import ExceptionGroup, catch


        class Broken(Exception):
            pass

        class Late(Exception):
            pass

        def work(Early):
            def handle_broken(_group):
                print("broken")

            def handle_late(_group):
                print("late")

            def handle_early(_group):
                print("early")

            with catch({Broken: handle_broken, Late: handle_late, Early: handle_early}):
                raise ExceptionGroup("", [Broken(), Late(), Early()])

        work(KeyError)
        """,
    ),
    "three clauses for a type under two names": (
        """
        def first(error):
            try:
                raise error
            except* OSError:
                print("the first")
            except* IOError:
                print("never")
            except* IOError:
                unused = 1

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
    "a second clause that binds what is used nowhere else": (
        """
        def first(error):
            global total
            try:
                raise error
            except* OSError as group:
                print("the first", group)
            except* OSError as group:
                total = 0
                number = len(group.exceptions)
                group = None
                print(number)

        total = 1
        first(OSError())
        print(total)
        """,
        """
        from taskgroup_compat import catch


        def first(error):
            global total

            def handle_os_error(group):
                print("the first", group)

            with catch({OSError: handle_os_error}):
                raise error

        total = 1
        first(OSError())
        print(total)
        """,
    ),
    "what a clause without a name calls _group": (
        """
        _group, _group_2 = [], []

        def work():
            try:
                raise ExceptionGroup("", [ValueError(), KeyError()])
            except* ValueError:
                _group.append("value")
            except* KeyError:
                _group.append(_group_2)

        work()
        print(_group)
        """,
        """
        from taskgroup_compat import ExceptionGroup, catch

        _group, _group_2 = [], []

        def work():
            def handle_value_error(_group_2):
                _group.append("value")

            def handle_key_error(_group_3):
                _group.append(_group_2)

            with catch({ValueError: handle_value_error, KeyError: handle_key_error}):
                raise ExceptionGroup("", [ValueError(), KeyError()])

        work()
        print(_group)
        """,
    ),
    "loops in a clause": (
        """
        def work():
            for number in range(2):
                try:
                    raise ValueError(number)
                except* ValueError as group:
                    for each in group.exceptions:
                        if each.args == (0,):
                            continue
                        while True:
                            print(each)
                            break

        work()
        """,
        None,
    ),
    "a function in a clause changes its variable": (
        """
        def work():
            for number in range(2):
                try:
                    raise ValueError(number)
                except* ValueError as group:
                    count = 0
                    def add():
                        nonlocal count
                        count += len(group.exceptions)
                    add()
                    add()
                    print(count)

        work()
        """,
        """
        from taskgroup_compat import catch


        def work():
            for number in range(2):

                def handle_value_error(group):
                    count = 0
                    def add():
                        nonlocal count
                        count += len(group.exceptions)
                    add()
                    add()
                    print(count)

                with catch({ValueError: handle_value_error}):
                    raise ValueError(number)

        work()
        """,
    ),
    "a function has a global of the same name": (
        """
        def work():
            def change():
                global text
                text = "changed"
                def show():
                    print(text)
                show()
            try:
                raise ValueError(1)
            except* ValueError as group:
                text = str(group)
                print(text)
            change()

        work()
        print(text)
        """,
        """
        from taskgroup_compat import catch


        def work():
            def change():
                global text
                text = "changed"
                def show():
                    print(text)
                show()

            def handle_value_error(group):
                text = str(group)
                print(text)

            with catch({ValueError: handle_value_error}):
                raise ValueError(1)
            change()

        work()
        print(text)
        """,
    ),
    "several names, declared before and not": (
        """
        total = seen = 0

        def outer():
            inside = 0
            def inner():
                global total, seen
                nonlocal inside
                last = None
                try:
                    raise ValueError
                except* ValueError:
                    total += 1
                    seen = total
                    inside += 1
                    last = first = seen
                return last, first
            return inner(), inside

        print(outer(), total, seen)
        """,
        """
        from taskgroup_compat import catch

        total = seen = 0

        def outer():
            inside = 0
            def inner():
                global total, seen
                nonlocal inside
                last = None
                first: object

                def handle_value_error(_group):
                    global seen, total
                    nonlocal first, inside, last
                    total += 1
                    seen = total
                    inside += 1
                    last = first = seen

                with catch({ValueError: handle_value_error}):
                    raise ValueError
                return last, first
            return inner(), inside

        print(outer(), total, seen)
        """,
    ),
    "a name that two statements bind is declared once": (
        """
        def work(error):
            try:
                raise error
            except* ValueError:
                result = "value"
            try:
                raise error
            except* KeyError:
                result = "key"
            except* ValueError:
                pass
            return result

        print(work(ValueError()))
        """,
        """
        from taskgroup_compat import catch


        def work(error):
            result: object

            def handle_value_error(_group):
                nonlocal result
                result = "value"

            with catch({ValueError: handle_value_error}):
                raise error

            def handle_key_error(_group):
                nonlocal result
                result = "key"

            def handle_value_error_2(_group):
                pass

            with catch({KeyError: handle_key_error, ValueError: handle_value_error_2}):
                raise error
            return result

        print(work(ValueError()))
        """,
    ),
    "a name that a function of the same one binds": (
        """
        def work():
            def change():
                nonlocal kept
                kept = 2
            try:
                raise ValueError
            except* ValueError:
                kept = 1
            change()
            return kept

        print(work())
        """,
        """
        from taskgroup_compat import catch


        def work():
            def change():
                nonlocal kept
                kept = 2
            kept: object

            def handle_value_error(_group):
                nonlocal kept
                kept = 1

            with catch({ValueError: handle_value_error}):
                raise ValueError
            change()
            return kept

        print(work())
        """,
    ),
    "a statement in a clause shares a name with the clause": (
        """
        def work():
            try:
                raise ValueError(1)
            except* ValueError as outer:
                found = [outer.exceptions[0].args]
                try:
                    raise KeyError(2)
                except* KeyError as inner:
                    found += [inner.exceptions[0].args]
                    own = 1
                    print(own)
                print(found)

        work()
        """,
        """
        from taskgroup_compat import catch


        def work():
            def handle_value_error(outer):
                found = [outer.exceptions[0].args]

                def handle_key_error(inner):
                    nonlocal found
                    found += [inner.exceptions[0].args]
                    own = 1
                    print(own)

                with catch({KeyError: handle_key_error}):
                    raise KeyError(2)
                print(found)

            with catch({ValueError: handle_value_error}):
                raise ValueError(1)

        work()
        """,
    ),
    "the name of a handler is declared in the function": (
        """
        def work(handle_key_error):
            def inner():
                global handle_value_error
                nonlocal handle_key_error
                try:
                    raise ExceptionGroup("", [ValueError(1), KeyError(2)])
                except* ValueError as group:
                    print(group)
                except* KeyError as group:
                    print(group)
            inner()

        work(None)
        """,
        """
        from taskgroup_compat import ExceptionGroup, catch


        def work(handle_key_error):
            def inner():
                global handle_value_error
                nonlocal handle_key_error

                def handle_value_error_2(group):
                    print(group)

                def handle_key_error_2(group):
                    print(group)

                with catch({ValueError: handle_value_error_2, KeyError: handle_key_error_2}):
                    raise ExceptionGroup("", [ValueError(1), KeyError(2)])
            inner()

        work(None)
        """,
    ),
    "a name that is a group's in another clause": (
        """
        def work():
            try:
                raise ExceptionGroup("", [ValueError(1), KeyError(2)])
            except* ValueError:
                group = [1]
                print(group)
            except* KeyError:
                try:
                    raise OSError(3)
                except* OSError as group:
                    print(group)

        work()
        """,
        """
        from taskgroup_compat import ExceptionGroup, catch


        def work():
            def handle_value_error(_group):
                group = [1]
                print(group)

            def handle_key_error(_group):
                def handle_os_error(group):
                    print(group)

                with catch({OSError: handle_os_error}):
                    raise OSError(3)

            with catch({ValueError: handle_value_error, KeyError: handle_key_error}):
                raise ExceptionGroup("", [ValueError(1), KeyError(2)])

        work()
        """,
    ),
    "the name of the group is bound again": (
        """
        try:
            raise ValueError(1)
        except* ValueError as group:
            group = group.exceptions
            print(group)
        """,
        """
        from taskgroup_compat import catch


        def _handle_value_error(group):
            group = group.exceptions
            print(group)


        with catch({ValueError: _handle_value_error}):
            raise ValueError(1)
        """,
    ),
    "a re-raise in a statement in a clause": (
        """
        def work():
            try:
                raise ValueError(1)
            except* ValueError:
                try:
                    raise
                except* KeyError:
                    print("never")

        try:
            work()
        except ExceptionGroup as group:
            print(repr(group))
        """,
        """
        from taskgroup_compat import ExceptionGroup, catch


        def work():
            def handle_value_error(_group_2):

                def handle_key_error(_group):
                    print("never")

                with catch({KeyError: handle_key_error}):
                    raise

            with catch({ValueError: handle_value_error}):
                raise ValueError(1)

        try:
            work()
        except ExceptionGroup as group:
            print(repr(group))
        """,
    ),
    "a statement in a body": (
        """
        def work():
            try:
                try:
                    raise ExceptionGroup("", [ValueError(1), KeyError(2)])
                except* ValueError as group:
                    last = group
                    raise
                else:
                    print("never")
            except* (KeyError, ValueError) as group:
                print(repr(group), repr(last))

        work()
        """,
        """
        from taskgroup_compat import ExceptionGroup, catch


        def work():
            def handle_key_error_or_value_error(group):
                print(repr(group), repr(last))

            with catch({(KeyError, ValueError): handle_key_error_or_value_error}):
                last: object

                def handle_value_error(group):
                    nonlocal last
                    last = group
                    raise

                completed = False
                with catch({ValueError: handle_value_error}):
                    raise ExceptionGroup("", [ValueError(1), KeyError(2)])
                    completed = True
                if completed:
                    print("never")

        work()
        """,
    ),
}


def output_of(text):
    stream = io.StringIO()
    with contextlib.redirect_stdout(stream):
        exec(compile(text, __file__, "exec", dont_inherit=True), {"__name__": "shape", "__file__": __file__})
    return stream.getvalue()


def without_blank_lines(text):
    return "".join(line for line in text.splitlines(keepends=True) if line.strip())


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
    assert tool.bring_in(str(result.text)).text == result.text


# In these something had to change: a clause was dropped, a type or a name renamed, or a clause on one line.
CHANGED = {
    "the same type twice",
    "the same type under another name",
    "three clauses for a type under two names",
    "a second clause that binds what is used nowhere else",
    "a function has a global of the same name",
    "one statement in a clause of another",
    "one line",
}


@pytest.mark.parametrize("shape", sorted(set(SHAPES) - CHANGED))
def test_shape_comes_out_again(shape):
    """The same code; a formatter wants a blank line above a handler, which stays above the statement."""
    before = dedent(SHAPES[shape][0])
    again = tool.take_out(str(tool.bring_in(before).text))
    assert again.left == []
    assert without_blank_lines(again.text) == without_blank_lines(before)


REFUSED = {
    "a class body": (
        """
        class Work:
            try:
                pass
            except* ValueError:
                failed = True
        """,
        "it stands in a class body, whose names a function would not see",
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
        "super() in a clause would mean something else in a function",
    ),
    "global": (
        "def f():\n    try: pass\n    except* ValueError:\n        global x\n        x = 1\n",
        "a global statement in a clause would mean something else in a function",
    ),
    "nonlocal": (
        "def f(x):\n  def g():\n    try: pass\n    except* ValueError:\n        nonlocal x\n        x = 1\n",
        "a nonlocal statement in a clause would mean something else in a function",
    ),
    "return": (
        "def f():\n    try: pass\n    except* ValueError: return\n",
        "a clause has a return, break or continue, which no Python accepts",
    ),
    "break": (
        "for x in y:\n    try: pass\n    except* ValueError:\n        for z in x: pass\n        break\n",
        "a clause has a return, break or continue, which no Python accepts",
    ),
    "continue": (
        "while x:\n    try: pass\n    except* ValueError: continue\n",
        "a clause has a return, break or continue, which no Python accepts",
    ),
    "await in a module": (
        "try: pass\nexcept* ValueError: await x\n",
        "a clause awaits outside of a coroutine function",
    ),
    "await in a function": (
        "def f():\n    try: pass\n    except* ValueError: [x async for x in y]\n",
        "a clause awaits outside of a coroutine function",
    ),
    "the name of the group is global": (
        "def f():\n    global group\n    try: pass\n    except* ValueError as group: pass\n",
        "group, the name of the group, is no variable of the function",
    ),
    "the name of the group is nonlocal": (
        "def f(group):\n  def g():\n    nonlocal group\n    try: pass\n    except* ValueError as group: pass\n",
        "group, the name of the group, is no variable of the function",
    ),
    "types that are those of a clause under another name": (
        "def f():\n    try: pass\n    except* (OSError, KeyError): pass\n    except* (IOError, KeyError): pass\n",
        "the types (IOError, KeyError) are those of an earlier clause under another name",
    ),
    "an attribute that an earlier clause deletes": (
        "def f(a):\n    try: a.b = a.Error\n    except* OSError: del a.Error\n    except* (KeyError, a.Error): pass\n",
        "a.Error would be evaluated before the body runs, which assigns it",
    ),
    "types that are computed": (
        "def f():\n    try: pass\n    except* kinds(): pass\n",
        "the types kinds() would be evaluated before the body runs, and are more than names and attributes",
    ),
    "types in two lines": (
        "def f():\n    try: pass\n    except* (\n        kinds(),\n        OSError): pass\n",
        "the types ( kinds(), OSError) would be evaluated before the body runs, and are more than names and attributes",
    ),
    "types of fifty characters": (
        f"def f():\n    try: pass\n    except* {'x' * 48}(): pass\n",
        f"the types {'x' * 48}() would be evaluated before the body runs, and are more than names and attributes",
    ),
    "types of fifty-one characters": (
        f"def f():\n    try: pass\n    except* {'x' * 49}(): pass\n",
        f"the types {'x' * 47}... would be evaluated before the body runs, and are more than names and attributes",
    ),
    "an attribute of what is computed": (
        "def f():\n    try: pass\n    except* kinds().Error: pass\n",
        "the types kinds().Error would be evaluated before the body runs, and are more than names and attributes",
    ),
    "types that are unpacked": (
        "def f():\n    try: pass\n    except* (*kinds, OSError): pass\n",
        "the types (*kinds, OSError) would be evaluated before the body runs, and are more than names and attributes",
    ),
    "a type that the body binds": (
        "def f():\n    try:\n        from library import Error\n    except* Error: pass\n",
        "Error, of the types Error, would be evaluated before the body runs, which binds it",
    ),
    "a type that an earlier clause binds": (
        "def f(Error):\n    try: pass\n    except* KeyError: Error = OSError\n    except* Error: pass\n",
        "Error, of the types Error, would be evaluated before the body runs, which binds it",
    ),
    "a type of a module that the body imports": (
        "def f():\n    try: import library\n    except* (E, library.errors.Error): pass\n",
        "library, of the types (E, library.errors.Error), would be evaluated before the body runs, which binds it",
    ),
    "an attribute of one that the body assigns": (
        "def f(a):\n    try: a.errors = b\n    except* a.errors.Error: pass\n",
        "a.errors would be evaluated before the body runs, which assigns it",
    ),
    "an attribute that the body assigns": (
        "def f(a):\n    try: a.Error = OSError\n    except* a.Error: pass\n",
        "a.Error would be evaluated before the body runs, which assigns it",
    ),
    "the name of the group, bound elsewhere": (
        "def f():\n    group = None\n    try: pass\n    except* OSError as group: pass\n    return group\n",
        "group, the name of the group, is used outside of its clause, where it is unbound after it",
    ),
    "the name of the group, used in another function": (
        "try: pass\nexcept* OSError as group: show()\n\ndef show():\n    print(group)\n",
        "group, the name of the group, is used outside of its clause, where it is unbound after it",
    ),
    "the name of an outer clause": (
        "def f():\n    try: pass\n    except OSError as e:\n        try: pass\n        except* KeyError:\n"
        "            e = 1\n        print(e)",
        "e, the name of what an outer clause handles, is bound in a clause",
    ),
    "the name of an outer clause in a clause that unbinds it": (
        "def f():\n    try: pass\n    except OSError as e:\n        try: pass\n        except* KeyError:\n"
        "            try: pass\n            except OSError as e: pass\n        print(e)",
        "e, the name of what an outer clause handles, is bound in a clause",
    ),
    "an annotation": (
        "def f():\n    try: pass\n    except* OSError:\n        failed: bool = True\n    return failed\n",
        "failed has an annotation in a clause, and would have to be nonlocal there",
    ),
    "an annotation that binds nothing": (
        "def f(y):\n for x in y:\n  try: pass\n  except* OSError:\n   kept: int\n   print(kept)\n   kept = 1\n",
        "kept has an annotation in a clause, and would have to be nonlocal there",
    ),
    "an annotation in a module": (
        "try: pass\nexcept* OSError: failed: bool = True\n",
        "failed has an annotation in a clause, and would have to be global there",
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
    assert what == f"except* stays: {reason}"


FRAMES = {
    "yield": ["yield 1", "x = yield", "def g(x=(yield)): pass", "lambda x=(yield): x", "@x((yield))\ndef g(): pass"],
    "locals()": ["print(locals())"],
    "vars()": ["print(vars())"],
    "dir()": ["print(dir())"],
    "super()": ["super().run()", "class A(super().x): pass", "class A(x=super()): pass", "@x(super())\nclass A: pass"],
    "exec()": ["exec('x = 1')"],
    "eval()": ["eval('x')"],
    "a stacklevel": ["warnings.warn('x', stacklevel=2)", "warnings.warn('x', None, **x, stacklevel=2)"],
    "sys._getframe()": ["sys._getframe(1)"],
    "sys._getframemodulename()": ["sys._getframemodulename()"],
    "inspect.currentframe()": ["inspect.currentframe()"],
    "inspect.stack()": ["inspect.stack()"],
}


@pytest.mark.parametrize("what, code", [(what, code) for what, codes in FRAMES.items() for code in codes])
def test_what_looks_at_its_function_is_refused(what, code):
    """A clause becomes another function."""
    text = "import inspect, sys, warnings\ndef f():\n    try: pass\n    except* ValueError:\n"
    result = tool.bring_in(text + textwrap.indent(code, " " * 8) + "\n")
    assert result.left == [f"3: except* stays: {what} in a clause would mean something else in a function"]


@pytest.mark.parametrize(
    "code",
    [
        "print(vars(x), dir(x), super(x, y).z)",
        "locals.exec(); x.eval()",
        "from x import y",
        "def g(locals): yield locals()",
        "lambda: (yield)",
        "class A: x = (locals() for x in y)",
        "f(level=2)",
    ],
)
def test_what_looks_at_another_one_is_not(code):
    """Nor what only has its name."""
    result = tool.bring_in(f"def f(x, y):\n    try: pass\n    except* ValueError:\n        {code}\n")
    assert result.left == [] and "with catch(" in result.text


@pytest.mark.parametrize(
    "types, name",
    [
        ("OSError", "os_error"),
        ("library.errors.SSLWantReadError", "ssl_want_read_error"),
        ("(_Broken, HTTP2Error)", "broken_or_http2_error"),
        ("(KeyError, ValueError, OSError)", "errors"),
        ("_", "errors"),
    ],
)
def test_a_handler_is_called_after_its_types(types, name):
    """As far as there are one or two."""
    result = tool.bring_in(f"def f():\n    try: pass\n    except* {types}: pass\n")
    assert f"def handle_{name}(_group):" in result.text


LOOP = """
async def f(x, y, z):
    for each in x:
        try:
            pass
        except* ValueError:
{0}
        except* KeyError:
{1}
"""
OWN = [
    "kept = 1; print(kept)",
    "kept: int = 1\nprint(kept)",
    "print(x); kept = 1\nprint(kept)",
    "kept = kept_too = 1",
    "import kept.x",
    "type kept = int\nprint(kept)",
    "from x import y as kept\nprint(kept)",
    "def kept(): pass\nkept()",
    "class kept: pass\nkept()",
    "with x as kept: print(kept)",
    "with x:\n    kept = 1\n    print(kept)",
    "for kept in x: print(kept)",
    "for kept in x: print(kept)\nelse: print(x)",
    "for y in x:\n    kept = y\n    print(kept)",
    "for y in x: pass\nelse:\n    kept = y\n    print(kept)",
    "while x:\n    kept = y\n    print(kept)",
    "if x:\n    kept = 1\n    print(kept)",
    "if x: pass\nelif y:\n    kept = 1\n    print(kept)",
    "if x: pass\nelif y: pass\nelse:\n    kept = 1\n    print(kept)",
    "try:\n    kept = 1\n    print(kept)\nfinally: pass",
    "try: pass\nexcept OSError:\n    kept = 1\n    print(kept)",
    "try: pass\nfinally:\n    kept = 1\n    print(kept)",
    "match x:\n    case 1:\n        kept = 1\n        print(kept)",
    "kept = 1\nprint([kept for y in x], {kept for y in x}, {kept: kept for y in x})",
    *(
        f"kept = 1\nprint({name}(kept for y in x))"
        for name in ["all", "any", "dict", "frozenset", "list", "max", "min", "set", "sorted", "sum", "tuple"]
    ),
    "kept = 1\nprint(', '.join(kept for y in x))",
    "kept = 1\nprint(sorted(x, key=lambda each: each - kept))",
    "kept = 1\ndef g(): return kept\nprint(g())",
    "kept = 1\nasync def g(): return kept\nprint(await g())",
    "kept = 1\ndef g():\n    print(kept)\n    def h(): yield\ng()",
]
KEPT = [
    "print(kept); kept = 1",
    "kept += 1",
    "del kept",
    "kept.x = kept = 1",
    "print(kept := 1)",
    "if x: kept = 1\nprint(kept)",
    "if x: kept = 1\nelse: print(kept)",
    "if kept: kept = 1",
    "while kept: kept = 1",
    "with x: kept = 1\nprint(kept)",
    "with x as kept: pass\nprint(kept)",
    "with kept as kept: print(kept)",
    "for kept in x: pass\nprint(kept)",
    "for kept in x: pass\nelse: print(kept)",
    "for y in x: kept = 1\nelse: print(kept)",
    "for y in kept: kept = 1",
    "try: kept = 1\nexcept OSError: print(kept)",
    "match x:\n    case kept if kept: pass",
    "match x:\n    case 1: kept = 1\n    case _: print(kept)",
    "@kept\ndef kept(): pass",
    "class kept(kept): pass",
    "class A: print(kept)\nkept = 1",
    "kept = 1\nlater(lambda: kept)",
    "kept = 1\ny = sorted(x, lambda: kept)",
    "kept = 1\ny = max(x, default=lambda: kept)",
    "kept = 1\ny = later(x, key=lambda: kept)",
    "kept = 1\ny = (kept for y in x)",
    "kept = 1\ny = iter(kept for y in x)",
    "kept = 1\ny = x.sum(kept for y in x)",
    "kept = 1\ny = x.join(kept for y in x)",
    "kept = 1\ny = ', '.later(kept for y in x)",
    "kept = 1\nclass A(x=lambda: kept): pass",
    "kept = 1\ndef g(): return kept\nlater(g)",
    "kept = 1\n@later\ndef g(): return kept",
    "kept = 1\ndef g(): yield kept\ny = g()",
    "kept = 1\nasync def g(): return kept\nlater(g())",
    "kept = 1\ndef g(): return [lambda: kept]\nprint(g())",
    "kept = 1\ny = [lambda: kept for y in x]",
]


def nonlocals(*clauses):
    """How often the function's variable is declared in the handlers, and in the function."""
    result = tool.bring_in(LOOP.format(*(textwrap.indent(code, " " * 12) for code in clauses)), "3.10")
    assert not any("except*" in line for line in result.left)
    return result.text.count("nonlocal kept"), result.text.count("        kept: object\n")


@pytest.mark.parametrize("code", OWN)
def test_a_variable_that_each_run_of_a_clause_has_for_itself(code):
    """It is the handler's, unless another clause can take its value from this one."""
    assert nonlocals(code, "pass") == (0, 0)
    assert nonlocals(code, "kept = 2; print(kept)") == (0, 0)
    if "kept: int" not in code:
        assert nonlocals(code, "print(kept)") == (1, 1)


@pytest.mark.parametrize("head", ["def g():", "class A:\n            def g(self):"])
def test_a_loop_around_the_function_is_none_of_it(head):
    """Each call has variables of its own."""
    text = f"for x in y:\n        {head}\n                try: pass\n                except* ValueError:\n"
    text += f"{' ' * 20}print(kept)\n{' ' * 20}kept = 1\n"
    assert "nonlocal" not in tool.bring_in(text).text


@pytest.mark.parametrize("code", KEPT)
def test_a_variable_that_outlives_a_run_of_a_clause(code):
    """It stays the function's, for the other clauses too."""
    assert nonlocals(code, "pass") == (1, 1)
    assert nonlocals(code, "kept = 2; print(kept)") == (2, 1)


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


def test_a_statement_that_re_raises_in_the_body_of_one_that_stays_is_converted():
    """There it is the same."""
    text = "def f(e):\n    try:\n        try: raise\n        except* KeyError: pass\n    except* kinds(): pass\n"
    result = tool.bring_in(text)
    assert len(result.left) == 1 and "with catch({KeyError: handle_key_error}): raise\n" in result.text


@pytest.mark.parametrize(
    "code",
    [
        "try:\n    try: pass\n    except OSError: raise\n    def g(): raise\n    lambda: x\nexcept* KeyError: pass",
        "try:\n    try: pass\n    except* OSError: raise\n    class A: raise\nexcept* KeyError: pass",
        "def g():\n    try: raise\n    except* KeyError: pass",
        "try: raise x\nexcept* KeyError: pass",
    ],
)
def test_a_statement_that_re_raises_something_else_is_converted(code):
    """In a clause that stays, an error of its own, or in another function."""
    text = "def f(e):\n    try: pass\n    except* kinds():\n" + textwrap.indent(code, " " * 8) + "\n"
    result = tool.bring_in(text)
    assert len(result.left) == 1 and "with catch({KeyError: handle_key_error}):" in result.text


@pytest.mark.skipif(not tool.READS_NEWEST, reason="the last libcst for 3.8 reads the syntax up to 3.12")
def test_types_without_parentheses_get_some():
    """3.14 takes them without, a dict does not."""
    result = tool.bring_in("def f():\n    try: pass\n    except* OSError, KeyError: pass\n", "3.10")
    assert "    with catch({(OSError, KeyError): handle_os_error_or_key_error}): pass\n" in result.text


def test_an_attribute_is_no_name():
    """What the body binds has nothing to do with it."""
    result = tool.bring_in("def f():\n    try: Error = c.Error = a.b = 1\n    except* a.Error: print(Error)\n")
    assert result.left == [] and "with catch({a.Error: handle_error}):" in result.text


def test_the_name_of_a_group_in_a_function_in_a_clause():
    """It is another one, also if it is the same as the clause's."""
    text = dedent(
        """
        def f():
            try: pass
            except* OSError as e:
                def g():
                    try: pass
                    except* KeyError as e: pass
                    print(e)
        """
    )
    result = tool.bring_in(text)
    assert result.left == [
        "5: except* stays: e, the name of the group, is used outside of its clause, where it is unbound after it"
    ]
    assert "with catch({OSError: handle_os_error}): pass" in result.text
    result = tool.bring_in(text.replace("            print(e)\n", ""))
    assert result.left == [] and "except*" not in result.text


@pytest.mark.parametrize("name", ["locals", "vars", "super"])
def test_a_function_that_has_the_name_of_one_that_looks_around_is_no_reason(name):
    """It is the module's own."""
    call = f"def {name}(): pass\ndef f():\n    try: pass\n    except* OSError: print({name}())\n"
    result = tool.bring_in(call)
    assert result.left == [] and "with catch({OSError: handle_os_error}): pass" in result.text
    assert len(tool.bring_in(call.partition("\n")[2]).left) == 1


def test_timeout_error_gets_a_hint():
    """asyncio's is another one below 3.11."""
    result = tool.bring_in("def f():\n    try: pass\n    except* TimeoutError: pass\n")
    assert result.left == []
    (note,) = result.notes
    assert note == ("3: note: below 3.11 catch asyncio's own too: (TimeoutError, asyncio.TimeoutError)")
    for types in ("OSError", "(TimeoutError, asyncio.TimeoutError)", "library.TimeoutError"):
        assert tool.bring_in(f"import asyncio\ntry: pass\nexcept* {types}: pass\n").notes == []
    result = tool.bring_in("import asyncio\ntry: pass\nexcept* TimeoutError: x\nexcept* asyncio.TimeoutError: y\n")
    assert "    (asyncio.TimeoutError,): _handle_timeout_error_2,\n" in result.text


@pytest.mark.parametrize(
    "first, second",
    [
        ("OSError", "IOError"),
        ("OSError", "EnvironmentError"),
        ("WindowsError", "OSError"),
        ("os.error", "OSError"),
        ("select.error", "OSError"),
        ("socket.error", "select.error"),
        ("socket.timeout", "TimeoutError"),
        ("asyncio.TimeoutError", "TimeoutError"),
        ("asyncio.exceptions.TimeoutError", "asyncio.TimeoutError"),
        ("concurrent.futures.TimeoutError", "asyncio.TimeoutError"),
        ("asyncio.exceptions.CancelledError", "asyncio.CancelledError"),
    ],
)
def test_one_type_under_two_names(first, second):
    """A dict would take the second clause's handler for both, on the versions where they are the same."""
    head = "import asyncio, concurrent.futures, os, select, socket\n"
    text = f"{head}try: pass\nexcept* {first}: pass\nexcept* {second}: pass\n"
    assert re.search(rf"catch\(\s*{{\s*{first}: \w+,\s*\({second},\): ", tool.bring_in(text).text)
    other = "concurrent.futures.CancelledError"
    text = f"{head}try: pass\nexcept* {first}: pass\nexcept* {other}: pass\n"
    assert re.search(rf"catch\(\s*{{\s*{first}: \w+,\s*{other}: ", tool.bring_in(text).text)


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

            with catch(
                {
                    (
                        OSError,  # the file
                        ValueError,
                    ): handle_os_error_or_value_error,
                }
            ):
                read()
        """,
    ),
    "few types in several lines": (
        """
        def load(read):
            try:
                read()
            except* (
                A,
            ):
                pass
        """,
        """
        from taskgroup_compat import catch


        def load(read):
            def handle_a(_group):
                pass

            with catch(
                {
                    (
                        A,
                    ): handle_a,
                }
            ):
                read()
        """,
    ),
    "types with comments and blank lines": (
        """
        def load(read):
            try:
                read()
            except* (
                A,

                # why
                B,
            ):
                pass
        """,
        """
        from taskgroup_compat import catch


        def load(read):
            def handle_a_or_b(_group):
                pass

            with catch(
                {
                    (
                        A,

                        # why
                        B,
                    ): handle_a_or_b,
                }
            ):
                read()
        """,
    ),
    "a type at the left edge": (
        """
        def load(read):
            try:
                read()
            except* (
        A,
                B):
                pass
        """,
        """
        from taskgroup_compat import catch


        def load(read):
            def handle_a_or_b(_group):
                pass

            with catch(
                {
                    (
        A,
                        B): handle_a_or_b,
                }
            ):
                read()
        """,
    ),
    "comments above the clauses and the statement": (
        """
        def load(read):
            read()

            # tries
            try:
                read()
            # first
            except* OSError:
                pass

            # second
            except* ValueError:
                pass
            # done
            read()
        """,
        """
        from taskgroup_compat import catch


        def load(read):
            read()

            # first
            def handle_os_error(_group):
                pass


            # second
            def handle_value_error(_group):
                pass

            # tries
            with catch({OSError: handle_os_error, ValueError: handle_value_error}):
                read()
            # done
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
    """As it would be written by hand, and the way out restores every line, but for blank ones above a statement."""
    result = tool.bring_in(dedent(before))
    assert result.text == dedent(after)
    assert without_blank_lines(tool.take_out(str(result.text)).text) == without_blank_lines(dedent(before))


@pytest.mark.parametrize(
    "length, longest, in_lines",
    [
        (88, 0, False),
        (89, 0, True),
        (89, 100, True),
    ],
)
@pytest.mark.parametrize("indent", ["    ", "  ", "\t"])
def test_a_line_is_no_longer_than_88_columns(length, longest, in_lines, indent):
    """88 columns, as formatters have it, whatever a comment of the file takes; a tab is four."""
    for is_async in (False, True):
        head = "    async with catch({(OSError, KeyError, " if is_async else "    with catch({(OSError, KeyError, "
        name = "x" * (length - len(head) - len("): handle_errors}):") - len(indent.expandtabs(4)) + 4)
        clause = "await read()" if is_async else "read()"
        text = f"{'#'.ljust(longest, 'x')}\nasync def load(read):\n{indent}try:\n{indent * 2}read()\n"
        text += f"{indent}except* (OSError, KeyError, {name}):\n{indent * 2}{clause}\n"
        lines = tool.bring_in(text).text.expandtabs(4).split("\n")
        assert any(
            each.endswith(f"with catch({{(OSError, KeyError, {name}): handle_errors}}):") for each in lines
        ) is not (in_lines)
        assert in_lines or max(map(len, lines[1:])) == length
