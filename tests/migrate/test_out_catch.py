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
                except* ValueError:
                    print("caught")
            try:
                with context("c"):
                    try:
                        raise KeyError
                    except* KeyError:
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
    "what is declared elsewhere": (
        """
        from taskgroup_compat import ExceptionGroup, catch

        def count():
            failed = total = 0

            def load(error):
                last = None

                def note(group):
                    nonlocal failed, last, total
                    total += 1
                    failed += len(group.exceptions)
                    last = group

                def skip(group):
                    nonlocal total; total += 1
                    global skipped  # for all
                    skipped = True

                with catch({ValueError: note, KeyError: skip}):
                    raise error
                return last

            load(ExceptionGroup("", [ValueError(1), KeyError(2)]))
            return failed, total

        print(count(), skipped)
        """,
        """
        def count():
            failed = total = 0

            def load(error):
                last = None
                try:
                    raise error
                except* ValueError as group:
                    nonlocal failed, total
                    total += 1
                    failed += len(group.exceptions)
                    last = group
                except* KeyError as group:
                    total += 1
                    global skipped  # for all
                    skipped = True
                return last

            load(ExceptionGroup("", [ValueError(1), KeyError(2)]))
            return failed, total

        print(count(), skipped)
        """,
    ),
    "what is used before its declaration": (
        """
        from taskgroup_compat import ExceptionGroup, catch

        def count():
            total = 0

            def load(error):
                def show(group):
                    print(total)

                def add(group):
                    nonlocal total
                    total += 1

                with catch({ValueError: show, KeyError: add}):
                    raise error

            def load_again(error):
                def add(group):
                    nonlocal total
                    total += 1

                with catch({ValueError: lambda group: print(total), KeyError: add}):
                    raise error

            load(ExceptionGroup("", [ValueError(1), KeyError(2)]))
            load_again(ExceptionGroup("", [ValueError(1), KeyError(2)]))
            return total

        print(count())
        """,
        """
        def count():
            total = 0

            def load(error):
                def add(group):
                    nonlocal total
                    total += 1

                try:
                    raise error
                except* ValueError as group:
                    print(total)
                except* KeyError as group:
                    add(group)

            def load_again(error):
                def add(group):
                    nonlocal total
                    total += 1

                try:
                    raise error
                except* ValueError:
                    print(total)
                except* KeyError as group:
                    add(group)

            load(ExceptionGroup("", [ValueError(1), KeyError(2)]))
            load_again(ExceptionGroup("", [ValueError(1), KeyError(2)]))
            return total

        print(count())
        """,
    ),
    "returns at each end": (
        """
        import threading
        from taskgroup_compat import ExceptionGroup, catch

        def run(error, flag, lock):
            def one(group):
                with lock:
                    try:
                        print(group.exceptions[flag])
                    except IndexError:
                        print("none")
                        return
                    except TypeError:
                        return print("type")
                    else:
                        if flag == 0:
                            return None
                        elif flag < 0: return 5
                        else:
                            return print("else", flag)

            def other(group):
                try:
                    return len(
                        group.exceptions
                    )
                finally:
                    print("other")

            with catch({ValueError: one, KeyError: other}):
                raise error

        for flag in (0, 1, 2, -1, "x"):
            run(ExceptionGroup("", [ValueError(1), ValueError(2), KeyError(3)]), flag, threading.Lock())
        """,
        """
        import threading

        def run(error, flag, lock):
            try:
                raise error
            except* ValueError as group:
                with lock:
                    try:
                        print(group.exceptions[flag])
                    except IndexError:
                        print("none")
                    except TypeError:
                        print("type")
                    else:
                        if flag == 0:
                            pass
                        elif flag < 0: pass
                        else:
                            print("else", flag)
            except* KeyError as group:
                try:
                    len(
                        group.exceptions
                    )
                finally:
                    print("other")

        for flag in (0, 1, 2, -1, "x"):
            run(ExceptionGroup("", [ValueError(1), ValueError(2), KeyError(3)]), flag, threading.Lock())
        """,
    ),
    "names of several handlers": (
        """
        from taskgroup_compat import ExceptionGroup, catch

        detail = "of the module"

        def run(error):
            global count
            count = 0

            def one(group):
                detail = str(group.exceptions[0])
                print(detail)

            def two(group):
                detail = len(group.exceptions)
                count = detail
                print(detail, count)

            def three(group):
                if group.exceptions:
                    text = "some"
                print(text)

            def four(group):
                text = "all"
                print(text)

            with catch({ValueError: one, KeyError: two, OSError: three, EOFError: four}):
                raise error
            return count, detail

        print(run(ExceptionGroup("", [ValueError(1), KeyError(2), OSError(3), EOFError(4)])))
        """,
        """
        detail = "of the module"

        def run(error):
            global count
            count = 0
            try:
                raise error
            except* ValueError as group:
                detail_2 = str(group.exceptions[0])
                print(detail_2)
            except* KeyError as group:
                detail_3 = len(group.exceptions)
                count_2 = detail_3
                print(detail_3, count_2)
            except* OSError as group:
                if group.exceptions:
                    text_2 = "some"
                print(text_2)
            except* EOFError as group:
                text_3 = "all"
                print(text_3)
            return count, detail

        print(run(ExceptionGroup("", [ValueError(1), KeyError(2), OSError(3), EOFError(4)])))
        """,
    ),
    "names of clauses around": (
        """
        from taskgroup_compat import ExceptionGroup, catch

        def run(error):
            try:
                raise LookupError
            except LookupError as group:
                print(repr(group))

            def one(group):
                try:
                    raise OSError
                except OSError as problem:
                    print(repr(problem))
                class Text: pass
                print(Text.__name__)

            try:
                raise EOFError
            except EOFError as problem:
                with catch({ValueError: one, KeyError: lambda problem: print(problem)}):
                    raise error
                print(repr(problem))

        run(ExceptionGroup("several", [ValueError(1), KeyError(2)]))
        """,
        """
        def run(error):
            try:
                raise LookupError
            except LookupError as group:
                print(repr(group))

            try:
                raise EOFError
            except EOFError as problem:
                try:
                    raise error
                except* ValueError as group:
                    try:
                        raise OSError
                    except OSError as problem_2:
                        print(repr(problem_2))
                    class Text: pass
                    print(Text.__name__)
                except* KeyError as problem_3:
                    print(problem_3)
                print(repr(problem))

        run(ExceptionGroup("several", [ValueError(1), KeyError(2)]))
        """,
    ),
    "classes and functions that meet others": (
        """
        from taskgroup_compat import ExceptionGroup, catch

        def run(error):
            class Text: pass

            def one(group):
                class Text: pass
                print(Text.__name__)

            def two(group):
                def Text(): pass
                print(Text.__name__)

            def three(group):
                Text = "three"
                print(Text)

            with catch({ValueError: one, KeyError: two, OSError: three}):
                raise error
            print(Text.__qualname__)

        run(ExceptionGroup("", [ValueError(1), KeyError(2), OSError(3)]))
        """,
        """
        def run(error):
            class Text: pass

            def one(group):
                class Text: pass
                print(Text.__name__)

            def two(group):
                def Text(): pass
                print(Text.__name__)

            try:
                raise error
            except* ValueError as group:
                one(group)
            except* KeyError as group:
                two(group)
            except* OSError as group:
                Text_2 = "three"
                print(Text_2)
            print(Text.__qualname__)

        run(ExceptionGroup("", [ValueError(1), KeyError(2), OSError(3)]))
        """,
    ),
    "blocks in a loop": (
        """
        from taskgroup_compat import catch

        def run(errors):
            for error in errors:
                def one(group):
                    if len(errors) == 1:
                        text = "one"
                    try:
                        print(text)
                    except NameError as problem:
                        print(type(problem).__name__)

                def two(group):
                    line = "two"
                    line += "!"
                    print(line)

                with catch({ValueError: one, KeyError: two}):
                    raise error

        run([KeyError(1)])
        run([ValueError(1), KeyError(1)])
        """,
        """
        def run(errors):
            for error in errors:
                def one(group):
                    if len(errors) == 1:
                        text = "one"
                    try:
                        print(text)
                    except NameError as problem:
                        print(type(problem).__name__)

                try:
                    raise error
                except* ValueError as group:
                    one(group)
                except* KeyError as group:
                    line = "two"
                    line += "!"
                    print(line)

        run([KeyError(1)])
        run([ValueError(1), KeyError(1)])
        """,
    ),
    "names of clauses before": (
        """
        from taskgroup_compat import ExceptionGroup, catch

        def run(errors, error):
            try:
                raise errors[0]
            except OSError:
                own, shared = "a", "b"
                print(own, shared)
            except KeyError as caught:
                print(repr(caught))
            except EOFError:
                if error:
                    some = "c"
                print(some)
            try:
                raise errors[1]
            except OSError:
                own = "d"
                print(own)
                late = lambda: shared
            except KeyError as caught:
                print(repr(caught))

            def one(group):
                own = "e"
                print(own)

            def two(group):
                caught = "f"
                print(caught)

            def three(group):
                some = "g"
                print(some)

            def four(group):
                shared = "h"
                print(shared)

            def five(caught):
                print(repr(caught.exceptions))

            def six(group):
                try:
                    raise error
                except ExceptionGroup as caught:
                    print(len(caught.exceptions))

            with catch({
                ValueError: one, TypeError: two, AttributeError: three, LookupError: four, OSError: five, EOFError: six
            }):
                raise error

        errors = [ValueError(1), TypeError(2), AttributeError(3), LookupError(4), OSError(5), EOFError(6)]
        several = ExceptionGroup("", errors)
        run([EOFError(1), KeyError(2)], several)
        run([OSError(1), OSError(2)], several)
        run([KeyError(1), KeyError(2)], several)
        """,
        """
        def run(errors, error):
            try:
                raise errors[0]
            except OSError:
                own, shared = "a", "b"
                print(own, shared)
            except KeyError as caught:
                print(repr(caught))
            except EOFError:
                if error:
                    some = "c"
                print(some)
            try:
                raise errors[1]
            except OSError:
                own = "d"
                print(own)
                late = lambda: shared
            except KeyError as caught:
                print(repr(caught))
            try:
                raise error
            except* ValueError as group:
                own = "e"
                print(own)
            except* TypeError as group:
                caught = "f"
                print(caught)
            except* AttributeError as group:
                some_2 = "g"
                print(some_2)
            except* LookupError as group:
                shared_2 = "h"
                print(shared_2)
            except* OSError as caught:
                print(repr(caught.exceptions))
            except* EOFError as group:
                try:
                    raise error
                except ExceptionGroup as caught:
                    print(len(caught.exceptions))

        errors = [ValueError(1), TypeError(2), AttributeError(3), LookupError(4), OSError(5), EOFError(6)]
        several = ExceptionGroup("", errors)
        run([EOFError(1), KeyError(2)], several)
        run([OSError(1), OSError(2)], several)
        run([KeyError(1), KeyError(2)], several)
        """,
    ),
    "names of the clause around": (
        """
        from taskgroup_compat import ExceptionGroup, catch

        def run(error):
            try:
                raise OSError("a")
            except OSError as problem:
                text = "b"

                def one(group):
                    text = "c"
                    print(text)

                def two(problem):
                    print(len(problem.exceptions))

                def three(group):
                    for problem in group.exceptions:
                        print(problem)

                with catch({ValueError: one, KeyError: two, TypeError: three}):
                    raise error
                print(text, problem)
            try:
                raise OSError("d")
            except OSError as problem:
                print(problem)

        run(ExceptionGroup("several", [ValueError(1), KeyError(2), TypeError(3)]))
        """,
        """
        def run(error):
            try:
                raise OSError("a")
            except OSError as problem:
                text = "b"
                try:
                    raise error
                except* ValueError as group:
                    text_2 = "c"
                    print(text_2)
                except* KeyError as problem_2:
                    print(len(problem_2.exceptions))
                except* TypeError as group:
                    for problem_3 in group.exceptions:
                        print(problem_3)
                print(text, problem)
            try:
                raise OSError("d")
            except OSError as problem:
                print(problem)

        run(ExceptionGroup("several", [ValueError(1), KeyError(2), TypeError(3)]))
        """,
    ),
    "names that are declared around": (
        """
        from taskgroup_compat import ExceptionGroup, catch

        def count():
            total = 0
            lines = []

            def load(error):
                nonlocal total
                global group
                group = None

                def one(group):
                    total = len(group.exceptions)
                    lines.append(total)

                def two(lines):
                    print(lines.exceptions)

                def three(errors):
                    nonlocal lines
                    lines += errors.exceptions

                def four(errors):
                    lines = len(errors.exceptions)
                    print(lines)

                with catch({
                    ValueError: one, KeyError: two, TypeError: three, OSError: four,
                    EOFError: lambda total: print(len(total.exceptions))
                }):
                    raise error
                total += 1

            load(ExceptionGroup("", [ValueError(1), KeyError(2), TypeError(3), OSError(4), EOFError(5)]))
            return total, lines, group

        print(count())
        """,
        """
        def count():
            total = 0
            lines = []

            def load(error):
                nonlocal total
                global group
                group = None

                def three(errors):
                    nonlocal lines
                    lines += errors.exceptions

                try:
                    raise error
                except* ValueError as group_2:
                    total_2 = len(group_2.exceptions)
                    lines.append(total_2)
                except* KeyError as lines_2:
                    print(lines_2.exceptions)
                except* TypeError as group_2:
                    three(group_2)
                except* OSError as errors:
                    lines_3 = len(errors.exceptions)
                    print(lines_3)
                except* EOFError as total_3:
                    print(len(total_3.exceptions))
                total += 1

            load(ExceptionGroup("", [ValueError(1), KeyError(2), TypeError(3), OSError(4), EOFError(5)]))
            return total, lines, group

        print(count())
        """,
    ),
    "a name that another handler has": (
        """
        from taskgroup_compat import ExceptionGroup, catch

        def run(error):
            def one(group):
                text = "one"
                print(text)

            def two(text):
                print(len(text.exceptions))

            def three(group):
                try:
                    raise OSError("three")
                except OSError as text:
                    print(text)
                try:
                    raise KeyError("three")
                except KeyError as text:
                    print(text)

            with catch({ValueError: one, KeyError: two, TypeError: three}):
                raise error

        def run_again(error, late):
            def one(group):
                text = "one"
                print(text)

            def two(group):
                text = "two"
                late.append(lambda: text)

            with catch({ValueError: one, KeyError: two}):
                raise error

        several = ExceptionGroup("", [ValueError(1), KeyError(2), TypeError(3)])
        run(several)
        late = []
        run_again(ExceptionGroup("", [ValueError(1), KeyError(2)]), late)
        print(late[0]())
        """,
        """
        def run(error):
            try:
                raise error
            except* ValueError as group:
                text = "one"
                print(text)
            except* KeyError as text:
                print(len(text.exceptions))
            except* TypeError as group:
                try:
                    raise OSError("three")
                except OSError as text:
                    print(text)
                try:
                    raise KeyError("three")
                except KeyError as text:
                    print(text)

        def run_again(error, late):
            try:
                raise error
            except* ValueError as group:
                text_2 = "one"
                print(text_2)
            except* KeyError as group:
                text_3 = "two"
                late.append(lambda: text_3)

        several = ExceptionGroup("", [ValueError(1), KeyError(2), TypeError(3)])
        run(several)
        late = []
        run_again(ExceptionGroup("", [ValueError(1), KeyError(2)]), late)
        print(late[0]())
        """,
    ),
    "a name that may be unbound": (
        """
        from taskgroup_compat import ExceptionGroup, catch

        def shared(group):
            if group:
                text = "shared"
            print(text)

        def run(error, flag):
            try:
                raise OSError
            except OSError:
                line = "before"
                print(line)

            def one(group):
                text = "one"
                print(text)

            def two(group):
                if flag:
                    line = "two"
                try:
                    print(line)
                except NameError:
                    print("unbound")

            with catch({ValueError: one, KeyError: shared, TypeError: two}):
                raise error

        for flag in (True, False):
            run(ExceptionGroup("", [ValueError(1), KeyError(2), TypeError(3)]), flag)
        """,
        """
        def shared(group):
            if group:
                text = "shared"
            print(text)

        def run(error, flag):
            try:
                raise OSError
            except OSError:
                line = "before"
                print(line)
            try:
                raise error
            except* ValueError as group:
                text = "one"
                print(text)
            except* KeyError as group:
                shared(group)
            except* TypeError as group:
                if flag:
                    line_2 = "two"
                try:
                    print(line_2)
                except NameError:
                    print("unbound")

        for flag in (True, False):
            run(ExceptionGroup("", [ValueError(1), KeyError(2), TypeError(3)]), flag)
        """,
    ),
    "the name of a group that is taken": (
        """
        from taskgroup_compat import ExceptionGroup, catch

        group = group_2 = "of the module"

        def run(error, show):
            global group_3
            group_3 = "global"
            with catch({ValueError: show}):
                raise error
            print(group, group_2)

        def run_with(error, group):
            def show(errors):
                nonlocal group
                group += str(errors)

            def inner():
                nonlocal group
                with catch({ValueError: show}):
                    raise error
            inner()
            print(group)

        def run_in_clauses(error, show):
            with catch({ValueError: show, OSError: show}):
                raise error
            try:
                raise OSError
            except OSError as group:
                with catch({ValueError: show, OSError: show}):
                    raise error
                print(repr(group))

        def run_beside(error, show):
            with catch({ValueError: show}):
                raise error
            return [group for group in range(3)], lambda group: group

        run(ValueError(1), print)
        run_with(ValueError(2), "taken: ")
        run_in_clauses(ValueError(3), print)
        run_beside(ValueError(4), print)
        """,
        """
        from builtins import ExceptionGroup

        group = group_2 = "of the module"

        def run(error, show):
            global group_3
            group_3 = "global"
            try:
                raise error
            except* ValueError as group_4:
                show(group_4)
            print(group, group_2)

        def run_with(error, group):
            def show(errors):
                nonlocal group
                group += str(errors)

            def inner():
                nonlocal group
                try:
                    raise error
                except* ValueError as group_2:
                    show(group_2)
            inner()
            print(group)

        def run_in_clauses(error, show):
            try:
                raise error
            except* ValueError as group:
                show(group)
            except* OSError as group:
                show(group)
            try:
                raise OSError
            except OSError as group:
                try:
                    raise error
                except* ValueError as group_2:
                    show(group_2)
                except* OSError as group_2:
                    show(group_2)
                print(repr(group))

        def run_beside(error, show):
            try:
                raise error
            except* ValueError as group:
                show(group)
            return [group for group in range(3)], lambda group: group

        run(ValueError(1), print)
        run_with(ValueError(2), "taken: ")
        run_in_clauses(ValueError(3), print)
        run_beside(ValueError(4), print)
        """,
    ),
    "two decorators of a function": (
        """
        from taskgroup_compat import catch

        def show(group):
            print("caught", group)

        class Parser:
            # of values
            @catch({ValueError: show})
            # of keys
            @catch({KeyError: show})

            def parse(self, text):
                # what it does
                return {"1": 1}[text]
                # and that is all

            @catch({ValueError: show})
            def pair(self, text): "A pair."; return text, int(text)

            @catch({ValueError: show})
            def nothing(self):
                "Nothing."

        print(Parser().parse("1"), Parser().parse("x"), Parser().nothing())
        print(Parser().pair("1"), Parser().pair("x"), Parser.pair.__doc__, Parser.nothing.__doc__)
        """,
        """
        def show(group):
            print("caught", group)

        class Parser:
            # of values
            # of keys

            def parse(self, text):
                try:
                    try:
                        # what it does
                        return {"1": 1}[text]
                        # and that is all
                    except* KeyError as group:
                        show(group)
                except* ValueError as group:
                    show(group)

            def pair(self, text):
                "A pair."
                try:
                    return text, int(text)
                except* ValueError as group:
                    show(group)

            def nothing(self):
                "Nothing."
                try:
                    pass
                except* ValueError as group:
                    show(group)

        print(Parser().parse("1"), Parser().parse("x"), Parser().nothing())
        print(Parser().pair("1"), Parser().pair("x"), Parser.pair.__doc__, Parser.nothing.__doc__)
        """,
    ),
    "what an else and a finally were": (
        """
        from taskgroup_compat import catch

        def run(error):
            print("run")

            # what is caught
            def one(group):
                print("caught", group)

            # top
            try:
                # start
                completed = False
                # guard
                with catch({ValueError: one}):
                    if error:
                        raise error
                    completed = True
                # done
                if completed:  # no error
                    # print
                    print("completed")
            # end
            finally:
                print("finally")

            # start
            done = False
            # guard
            with catch({ValueError: print}):
                done = True
            if done:
                print("done")

        run(None)
        run(ValueError(1))
        """,
        """
        def run(error):
            print("run")

            # top
            # start
            # guard
            try:
                if error:
                    raise error
            # what is caught
            except* ValueError as group:
                print("caught", group)
            # done
            else:  # no error
                # print
                print("completed")
            # end
            finally:
                print("finally")

            # start
            # guard
            try:
                pass
            except* ValueError as group:
                print(group)
            else:
                print("done")

        run(None)
        run(ValueError(1))
        """,
    ),
    "a handler that stands in another block": (
        """
        from taskgroup_compat import catch

        def run(error):
            with catch({ValueError: print}):
                print("body")

                def handle(group):
                    print("handled")

            with catch({KeyError: handle}):
                raise error

        run(KeyError(1))
        """,
        """
        def run(error):
            try:
                print("body")
            except* ValueError as group:
                print(group)

            try:
                raise error
            except* KeyError as group:
                print("handled")

        run(KeyError(1))
        """,
    ),
    "names that are declared below and above": (
        """
        from taskgroup_compat import catch

        x = y = 0
        def run(error):
            def count(group):
                x = 1
                print(x, y)
            with catch({OSError: count, KeyError: lambda group: print(x, y)}):
                raise error
            global x
            def count(group):
                global x
                x += 1
            with catch({OSError: count, KeyError: lambda group: print(x, y)}):
                raise error
            global y

        run(OSError())
        run(KeyError())
        print(x)
        """,
        """
        x = y = 0
        def run(error):
            def count(group):
                x = 1
                print(x, y)
            try:
                raise error
            except* OSError as group:
                count(group)
            except* KeyError as group:
                (lambda group: print(x, y))(group)
            global x
            try:
                raise error
            except* OSError as group:
                x += 1
            except* KeyError as group:
                (lambda group: print(x, y))(group)
            global y

        run(OSError())
        run(KeyError())
        print(x)
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
    assert result.counts["with catch(...)"] == before.count("catch(")
    printed = output_of(before)
    if tool.HAS_EXCEPT_STAR:
        assert output_of(result.text) == printed
    assert tool.take_out(result.text).text == result.text


ELSEWHERE = (
    "has a bare raise and cannot be put into the clause: it is no function of the same scope that is used only here"
)
REFUSED = {
    "a mapping that is no literal": ("with catch(handlers()): pass", "its mapping is not written out in the call"),
    "a mapping with **": ("with catch({**more, OSError: print}): pass", "its mapping has a ** in it"),
    "an empty mapping": ("with catch({}): pass", "its mapping is empty"),
    "a key twice": ("with catch({OSError: print, OSError: repr}): pass", "its mapping has the key OSError twice"),
    "None for a handler": ("with catch({OSError: None}): pass", "its handler None cannot be called"),
    "a text for a handler": ("with catch({OSError: 'print'}): pass", "its handler 'print' cannot be called"),
    "several arguments": ("with catch({OSError: print}, x): pass", "it is not called with one argument"),
    "no argument": ("with catch(): pass", "it is not called with one argument"),
    "any arguments": ("with catch(*x): pass", "it is not called with one argument"),
    "a decorator that cannot be called": (
        "@catch({OSError: None})\ndef f(): pass",
        "its handler None cannot be called",
    ),
    "a decorator with a name of the class": (
        "class A:\n    E = OSError\n    @catch({E: print})\n    def f(self): pass",
        "E is another name inside of the function",
    ),
    "a decorator of a coroutine function": (
        "from library import handle\n@catch({OSError: handle})\nasync def f(): pass",
        "whether the handler handle has to be awaited cannot be told from this file",
    ),
    "a decorator with a bare raise": (
        "def handle(group):\n    raise\n@catch({OSError: handle})\ndef f(): pass",
        "the handler handle has a bare raise and cannot be put into the clause: it is a decorator's",
    ),
    "a handler that a later item binds": (
        "def f(h):\n    with catch({OSError: h}), x() as h: pass",
        "h would be evaluated after the body, which binds it",
    ),
    "a name in a lambda that the body binds": (
        "def f(h):\n    with catch({OSError: lambda group: print(h)}):\n        h = 1",
        "h would be evaluated after the body, which binds it",
    ),
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
        f"the handler self.handle {ELSEWHERE}",
    ),
    "a bare raise in what a factory makes": (
        "def make():\n    def handle(group):\n        raise\n    return handle\nwith catch({OSError: make()}): pass",
        f"the handler make() {ELSEWHERE}",
    ),
    "a bare raise in a partial": (
        "from functools import partial\ndef handle(x, group):\n    raise\n"
        "with catch({OSError: partial(handle, 1)}): pass",
        f"the handler partial(handle, 1) {ELSEWHERE}",
    ),
    "a bare raise beside a name that is kept": (
        "def f(keep):\n    def handle(group):\n        keep(lambda: group)\n        raise\n"
        "    with catch({OSError: handle}): pass",
        "a function in it may use group later, when the clause has unbound it",
    ),
    "a declaration after a use": (
        "def f():\n    x = 0\n    def g():\n        print(x)\n        def handle(group):\n            nonlocal x\n"
        "            x = 1\n            raise\n        with catch({OSError: handle}): pass",
        "has a bare raise and cannot be put into the clause: x is declared in it",
    ),
    "a declaration before a use that may become an else": (
        "def f():\n    x = 0\n    def g():\n        def handle(group):\n            nonlocal x\n"
        "            x = 1\n            raise\n        completed = False\n"
        "        with catch({OSError: handle}):\n            completed = True\n"
        "        if completed:\n            print(x)",
        "has a bare raise and cannot be put into the clause: x is declared in it",
    ),
    "a declaration below the block": (
        "def f():\n    x = 0\n    def g():\n        def handle(group):\n            print(x)\n            raise\n"
        "        with catch({OSError: handle}): pass\n        nonlocal x",
        "has a bare raise and cannot be put into the clause: x is declared below",
    ),
    "a bare raise in a class body": (
        "class A:\n    def handle(group):\n        raise\n    with catch({OSError: handle}): pass",
        "has a bare raise and cannot be put into the clause: it is defined in a class body",
    ),
    "a bare raise in a function of the module": (
        "def handle(group):\n    raise\nwith catch({OSError: handle}): pass",
        "has a bare raise and cannot be put into the clause: other modules may use it",
    ),
    "a bare raise in a function that is exported": (
        "__all__ = ['_handle']\ndef _handle(group):\n    raise\nwith catch({OSError: _handle}): pass",
        "has a bare raise and cannot be put into the clause: other modules may use it",
    ),
    "a bare raise that is defined below": (
        "def f():\n    for x in y:\n        with catch({OSError: handle}): pass\n    def handle(group):\n        raise",
        "has a bare raise and cannot be put into the clause: it is defined below",
    ),
    "a bare raise in a decorated function": (
        "def f():\n    @other\n    def handle(group):\n        raise\n    with catch({OSError: handle}): pass",
        "has a bare raise and cannot be put into the clause: it is decorated",
    ),
    "a bare raise under a default": (
        "def f():\n    def handle(group=None):\n        raise\n    with catch({OSError: handle}): pass",
        "has a bare raise and cannot be put into the clause: its parameters are more than a name",
    ),
    "a bare raise under a commented parameter": (
        "def f():\n    def handle(\n        group,  # why\n    ):\n        raise\n"
        "    with catch({OSError: handle}): pass",
        "has a bare raise and cannot be put into the clause: its parameters are more than a name",
    ),
    "a bare raise in a generator function": (
        "def f():\n    def handle(group):\n        yield\n        raise\n    with catch({OSError: handle}): pass",
        "has a bare raise and cannot be put into the clause: it uses yield",
    ),
    "a bare raise and a name that is new in each call": (
        "def f():\n    for _ in x:\n        def handle(group):\n            a = 1\n            keep(lambda: a)\n"
        "            raise\n        with catch({OSError: handle}): pass",
        "has a bare raise and cannot be put into the clause: its a is new in each call",
    ),
    "a bare raise and a class that meets another": (
        "def f(A):\n    def handle(group):\n        class A: pass\n        raise\n"
        "    with catch({OSError: handle}): pass",
        "has a bare raise and cannot be put into the clause: its A meets another one",
    ),
    "a function that returns a coroutine under a plain with": (
        "async def work(group): pass\ndef handle(group):\n    return work(group)\nwith catch({OSError: handle}): pass",
        "the handler handle returns a coroutine, under a plain `with`",
    ),
    "a lambda that returns a coroutine under a plain with": (
        "async def work(group): pass\nwith catch({OSError: lambda group: work(group)}): pass",
        "its lambda returns a coroutine, under a plain `with`",
    ),
    "one of two lambdas that returns a coroutine under a plain with": (
        "async def work(group): pass\nwith catch({OSError: (lambda g: 1) if x else lambda g: work(g)}): pass",
        "(lambda g: 1) if x else lambda g: work(g) returns a coroutine, under a plain `with`",
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
    assert what.startswith("catch stays: ") and what.endswith(reason)
    assert "catch" in text.split("\n")[int(line) - 1] or "def f" in text.split("\n")[int(line) - 1]


@pytest.mark.parametrize("shape", ["an ExitStack", "a kept object", "the class"])
def test_refused_as_an_attribute(shape):
    """The same, if the module is imported, and not its names."""
    text, reason = REFUSED[shape]
    text = (
        f"import taskgroup_compat as tc\n{text.replace('catch', 'tc.catch')}\nwith tc.catch({{OSError: print}}): pass\n"
    )
    result = tool.take_out(text)
    assert result.text == text.replace("with tc.catch({OSError: print}): pass", CLAUSE)
    (left,) = result.left
    assert left.startswith("2: catch stays: ") and left.endswith(reason)


CLAUSE = "try: pass\nexcept* OSError as group:\n    print(group)"


def test_a_catch_that_is_bound_twice_stays():
    """That is said once, whatever it is used for, and only if it is."""
    text = "from taskgroup_compat import catch\ncatch = print\n"
    result = tool.take_out(f"{text}kept = catch({{}})\n")
    assert result.text == f"{text}kept = catch({{}})\n"
    assert result.left == ["1: catch is bound at several places"]
    assert tool.take_out(text).left == []


def test_only_this_packages_catch_goes_with_async_with():
    """What exceptiongroup's does there is something else."""
    text = "from exceptiongroup import catch\nasync def f():\n    async with catch({OSError: print}): pass\n"
    result = tool.take_out(text, packages=["exceptiongroup"])
    assert result.text == text
    assert result.left == ["3: catch stays: only this package's catch goes with `async with`"]


def test_a_name_that_an_import_of_all_may_bind_is_not_taken():
    """The group gets another one."""
    text = (
        "from library import *\nfrom taskgroup_compat import catch\n\ndef f(x):\n    with catch({OSError: x}): pass\n"
    )
    result = tool.take_out(f"{text}    print(group)\n")
    assert result.text.endswith("except* OSError as group_2:\n        x(group_2)\n    print(group)\n")


@pytest.mark.parametrize("error", ["TypeError", "Exception", "BaseException", "ValueError"])
def test_an_error_of_the_call_itself(error):
    """What the arguments raise is no longer handled, once the decorator is gone."""
    text = f"from taskgroup_compat import catch\n@catch({{{error}: print}})\ndef f(): pass\n"
    said = ["3: note: an error of the call itself (wrong arguments) is no longer handled"]
    assert tool.take_out(text).notes == (said if error != "ValueError" else [])


@pytest.mark.parametrize(
    "old, new",
    [
        ("completed = False\n", "completed = True\n"),
        ("completed = False\n", "completed: bool = False\n"),
        ("completed = False\n", "completed = other = False\n"),
        ("completed = False\n", "other = 1; completed = False\n"),
        ("completed = False\n", "self.completed = False\n"),
        ("completed = False\n", "completed = not True\n"),
        ("completed = False\n", "completed = False  # why\n"),
        ("completed = False\n", "print()\n"),
        ("completed = False\n    with", "with"),
        ("completed = False\n    with", "completed = False\n    print()\n    with"),
        ("completed = True\n", "completed = True  # why\n"),
        ("completed = True\n", "# why\n        completed = True\n"),
        ("completed = True\n", "completed = False\n"),
        ("completed = True\n", "completed = True\n        step()\n"),
        ("):\n        step()\n        completed = True\n", "): completed = True\n"),
        ("if completed:\n        print()\n", "if completed:\n        print()\n    else:\n        step()\n"),
        ("if completed:\n", "if not completed:\n"),
        ("if completed:\n", "if step:\n"),
        ("if completed:\n", "while completed:\n"),
        ("    if completed:\n        print()\n", ""),
        ("    if completed:\n", "    step()\n    if completed:\n"),
        ("        print()\n", "        print(completed)\n"),
        ("        print()\n", "        print()\n    return completed\n"),
        ("print}):", "print}), step():"),
    ],
)
def test_a_flag_that_is_no_else(old, new):
    """It stays as it is."""
    text = dedent(
        """
        def f(self, step):
            completed = False
            with catch({OSError: print}):
                step()
                completed = True
            if completed:
                print()
        """
    )
    assert text.count(old) == 1
    head = "from taskgroup_compat import catch\n\n"
    assert "    else:\n        print()\n" in tool.take_out(head + text).text
    result = tool.take_out(head + text.replace(old, new))
    assert result.left == []
    flags = [line for line in text.replace(old, new).split("\n") if "completed" in line]
    assert [line.replace("            ", "        ") for line in result.text.split("\n") if "completed" in line] == [
        line.replace("with catch({OSError: print}): completed", "try: completed") for line in flags
    ]


def test_a_catch_that_stays_in_a_handler_keeps_the_block_around_it():
    """What passes through it would count as reraised in the one, and as new in the other."""
    text = dedent(
        """
        from taskgroup_compat import catch

        def f(kept):
            def outer(group):
                with catch(kept):
                    raise

            with catch({ValueError: outer}):
                pass
        """
    )
    result = tool.take_out(text)
    assert result.text == text
    assert [line.partition(": catch stays: ")[2] for line in result.left] == [
        "its mapping is not written out in the call",
        "a catch that stays is in the handler outer",
    ]
    text = text.replace("        with catch(kept):", "        guard = catch(kept)\n        with other, guard:")
    result = tool.take_out(text)
    assert result.text == text
    assert [line.partition(": catch stays: ")[2] for line in result.left] == [
        "the object is kept and used elsewhere",
        "a catch that stays is in the handler outer",
    ]


@pytest.mark.parametrize(
    "handler, note",
    [
        ("make(1)", "the handler make(1) is evaluated after the body now"),
        ("self.handle", "the handler self.handle is evaluated after the body now"),
        ("seen.append", "the handler seen.append is evaluated after the body now"),
        ("elsewhere", "the handler elsewhere is not defined in this file: it must have no bare raise"),
        (
            "self.handlers[0]",
            "the handler self.handlers[0] is evaluated after the body now; "
            "the handler self.handlers[0] is not defined in this file: it must have no bare raise",
        ),
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
