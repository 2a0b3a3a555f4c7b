"""The way out: what is known of a handler, and whether its code goes into the clause or is called there."""

import pytest

from . import tool
from .test_out_catch import ELSEWHERE
from .tool import dedent

# Why a nested function is called in the clause, although it is used only there.
CALLED = {
    "a decorator": "@decorate\ndef handle(group): pass",
    "a default": "def handle(group, text='late'): pass",
    "any arguments": "def handle(*groups): pass",
    "any arguments by name": "def handle(**groups): pass",
    "an argument by name": "def handle(*, group): pass",
    "an argument that may be left out": "def handle(group=None): pass",
    "a parameter of a type": "def handle[T](group: T): pass",
    "a comment among its parameters": "def handle(\n    group,  # the group\n): pass",
    "a generator": "def handle(group): yield",
    "super()": "def handle(group): super()",
    "locals()": "def handle(group): print(locals())",
    "a global name": "def handle(group):\n    global total\n    total = 1\nprint(total)",
    "a class that meets another": "class Text: pass\ndef handle(group):\n    class Text: pass\n    Text()",
    "a function that meets another": "text = 1\ndef handle(group):\n    def text(): pass\n    text()",
    "an import that meets another": "import os\ndef handle(group):\n    import os.path as os\n    os.sep",
    "a return in a loop": "def handle(group):\n    for each in group.exceptions:\n        return",
    "a return before an else": "def handle(group):\n    try: return\n    except OSError: pass\n    else: print(1)",
    "a function that is kept": "def handle(group): keep(lambda: group)",
    "a generator expression that is kept": "def handle(group): keep(group for _ in [1])",
}


@pytest.mark.parametrize("why", CALLED)
def test_what_cannot_be_put_inline_is_called(why):
    """The function stays where it is."""
    lines = "\n".join(f"    {line}" for line in CALLED[why].split("\n"))
    text = (
        f"def f(self, keep):\n{lines}\n    try:\n        pass\n    except* OSError as group:\n        handle(group)\n"
    )
    block = "    with catch({OSError: handle}):\n        pass\n"
    before = f"from taskgroup_compat import catch\n\n{text[: text.index('    try:' + chr(10) + '        pass')]}{block}"
    result = tool.take_out(before)
    assert result.left == []
    assert result.text == text


@pytest.mark.parametrize(
    "code, clause",
    [
        ("lambda group: (x := group)", "(lambda group: (x := group))(group)"),
        ("lambda group: super()", "(lambda group: super())(group)"),
        ("lambda *groups: None", "(lambda *groups: None)(group)"),
        ("lambda group: keep(lambda: group)", "(lambda group: keep(lambda: group))(group)"),
        ("lambda group: sorted(group.exceptions, key=lambda e: (e, group))", None),
        ("lambda group: any(e is group for e in group.exceptions)", None),
        ("lambda group: ', '.join(str(group) for _ in [1])", None),
        ("(print if keep else repr)", "(print if keep else repr)(group)"),
        ("lambda group: 1", "pass"),
        ("lambda group: 1.5", "pass"),
        ("lambda group: 'nothing'", "pass"),
        ("lambda group: (  # why\n    print(group))", "(  # why\n        print(group))"),
        ("(lambda group:  # why\n    print(group))", "(lambda group:  # why\n        print(group))(group)"),
        ("lambda group=None: print(group)", "(lambda group=None: print(group))(group)"),
        ("lambda keep: keep", "keep_2"),
    ],
)
def test_lambdas_that_are_called(code, clause):
    """And those that are put inline all the same."""
    result = tool.take_out(
        f"from taskgroup_compat import catch\ndef f(keep):\n    with catch({{OSError: {code}}}): pass\n"
    )
    expected = clause or code.partition(": ")[2]
    name = " as group" if "group" in expected else " as keep_2" if expected == "keep_2" else ""
    assert result.left == []
    assert result.text == (f"def f(keep):\n    try: pass\n    except* OSError{name}:\n        {expected}\n")


@pytest.mark.parametrize(
    "code, clause",
    [
        ("lambda group: logging.error(group)", "logging.error(group)"),
        ("lambda group: log.error(group)", "log.error(group)"),
        ("lambda group: plain(group)", "plain(group)"),
        ("lambda group: asking(group)", "await asking(group)"),
        ("lambda group: f'{group}'", "f'{group}'"),
        ("lambda group: group", None),
        ("lambda group: valued(group)", None),
        ("lambda group: log.other.error(group)", None),
        ("partial(asking)", "await partial(asking)(group)"),
        ("plain if log else plain", "(plain if log else plain)(group)"),
        ("make()", "await make()(group)"),
        ("make_plain()", "make_plain()(group)"),
        ("unknown()", None),
        ("print", "print(group)"),
        ("getattr", None),
        ("decorated", None),
    ],
)
def test_handlers_under_async_with(code, clause):
    """What has to be awaited is, what may have to be and cannot be told is left."""
    text = dedent(
        """
        import logging
        from functools import partial
        from library import unknown
        from taskgroup_compat import catch
        log = logging.getLogger()
        def plain(group): print(group)
        def valued(group): return group
        async def asking(group): pass
        @unknown
        async def decorated(group): pass
        def make():
            async def handle(group): pass
            return handle
        def make_plain():
            return lambda group: print(group)
        async def f():
            async with catch({OSError: HANDLER}): pass
        """
    ).replace("HANDLER", code)
    result = tool.take_out(text)
    if clause is None:
        assert result.text == text
        assert len(result.left) == 1 and "catch stays: " in result.left[0]
    else:
        assert result.left == []
        assert f"    try: pass\n    except* OSError as group:\n        {clause}\n" in result.text


def test_a_class_body():
    """A lambda whose names mean the same there is put inline; a function is called."""
    result = tool.take_out(
        dedent(
            """
            from taskgroup_compat import catch

            class A:
                x = 1
                def handle(group): pass
                with catch({OSError: lambda group: print(group), KeyError: lambda group: print(x), EOFError: handle}):
                    pass
            """
        )
    )
    assert result.left == []
    assert result.text.endswith(
        "    except* OSError as group:\n        print(group)\n"
        "    except* KeyError as group:\n        (lambda group: print(x))(group)\n"
        "    except* EOFError as group:\n        handle(group)\n"
    )


def test_the_name_of_the_group_goes_where_nothing_uses_it():
    """A lambda's, and one with an annotation: the clause would bind it for nothing, which linters report."""
    result = tool.take_out(
        dedent(
            """
            from exceptiongroup import BaseExceptionGroup, catch

            def load(rows):
                skipped = False

                def skip(group: BaseExceptionGroup[KeyError]) -> None:
                    nonlocal skipped
                    skipped = True

                with catch({KeyError: skip, OSError: lambda group: None}):
                    rows()
                return skipped
            """
        ),
        packages=["exceptiongroup"],
    )
    assert result.text == dedent(
        """
        def load(rows):
            skipped = False
            try:
                rows()
            except* KeyError:
                skipped = True
            except* OSError:
                pass
            return skipped
        """
    )


SEVERAL = """
from taskgroup_compat import catch

def load(first, second, errors):
    if first is not None:
        def note(group):
            errors.append(("first", len(group.exceptions)))

        with catch({ValueError: note}):
            raise first
    if second is not None:
        def note(group):
            errors.append(("second", len(group.exceptions)))

        with catch({ValueError: note}):
            raise second
    return errors

print(load(ValueError(1), ValueError(2), []))
"""


def test_several_functions_of_one_name():
    """Each is put into the clause of the block in its own suite."""
    result = tool.take_out(SEVERAL.lstrip("\n"))
    assert (result.left, result.notes) == ([], [])
    assert result.text == dedent(
        """
        def load(first, second, errors):
            if first is not None:
                try:
                    raise first
                except* ValueError as group:
                    errors.append(("first", len(group.exceptions)))
            if second is not None:
                try:
                    raise second
                except* ValueError as group:
                    errors.append(("second", len(group.exceptions)))
            return errors

        print(load(ValueError(1), ValueError(2), []))
        """
    )


@pytest.mark.parametrize(
    "old, new, calls",
    [
        # a use that either of them may reach
        ("    return errors\n", "    return errors, note\n", 2),
        # a third one between the second and its block
        (
            "        with catch({ValueError: note}):\n            raise second\n",
            "        if errors:\n            def note(group): pass\n"
            "        with catch({ValueError: note}):\n            raise second\n",
            2,
        ),
        # bound by something else as well
        ("    if second", "    note = print\n    if second", 2),
        # bound by a function inside
        ("    if second", "    def other():\n        nonlocal note\n        note = print\n    if second", 2),
        ("    if second", "    def other():\n        nonlocal note\n        def note(group): pass\n    if second", 2),
        # used by a function inside
        (
            "        with catch({ValueError: note}):\n            raise second",
            "        errors += [lambda: note]\n        with catch({ValueError: note}):\n            raise second",
            2,
        ),
        ("    if second", "    def other():\n        note(1)\n    if second", 2),
        # bound in another statement of the suite
        (
            "        with catch({ValueError: note}):\n            raise second",
            "        while errors:\n            def note(group): pass\n"
            "        with catch({ValueError: note}):\n            raise second",
            2,
        ),
        # the block stands deeper than the function
        (
            "        with catch({ValueError: note}):\n            raise second",
            "        if errors:\n            with catch({ValueError: note}):\n                raise second",
            2,
        ),
    ],
)
def test_several_functions_that_cannot_be_told_apart(old, new, calls):
    """They stay functions, and are called."""
    assert SEVERAL.count(old) == 1
    result = tool.take_out(SEVERAL.replace(old, new))
    assert result.left == []
    assert result.text.count("note(group)\n") == calls
    assert result.text.count("errors.append") == 2


def test_one_of_several_functions_with_a_bare_raise():
    """It is put into the clause; where it cannot be, the block stays."""
    raising = SEVERAL.replace('errors.append(("second", len(group.exceptions)))', "raise")
    assert "except* ValueError:\n            raise\n" in tool.take_out(raising).text.replace(" as group", "")
    result = tool.take_out(raising.replace("    return errors\n", "    return errors, note\n"))
    assert [line.partition(": ")[2] for line in result.left] == [
        "catch stays: the handler note has a bare raise and cannot be put into the clause: it is used more than once"
    ]


HANDLERS = dedent(
    """
    import collections
    import logging
    from functools import partial
    from library import decorate
    from taskgroup_compat import catch

    log = logging.getLogger(__name__)
    other, (unpacked, _) = decorate([]), ([], [])
    annotated: list = []
    given: list
    seen_list = list()
    seen_set = set()
    seen_dict = dict()
    seen_deque = collections.deque()
    seen_counter = collections.Counter()
    literal_list = first = []
    literal_set = {1}
    literal_dict = {}
    list_comp = [x for x in "ab"]
    set_comp = {x for x in "ab"}
    changed = []
    changed += literal_list


    def plain(group):
        return


    def raising(group):
        raise


    def valued(group):
        return decorate(group)


    def generator(group):
        yield


    async def asking(group): pass


    async def asking_generator(group):
        yield


    @decorate
    def decorated(group): pass


    def make():
        return lambda group: asking(group)


    def make_unknown():
        return lambda group: valued(group)


    def make_one():
        if log:
            return plain
        return raising


    def make_none():
        if log:
            return
        return plain


    def make_nothing():
        return decorate


    def make_generator():
        yield
        return plain


    def make_again(count):
        return make_again(count - 1) if count else asking


    @decorate
    def make_decorated():
        return plain


    async def make_asking():
        return plain


    class Work:
        @staticmethod
        def static(group): pass

        @classmethod
        async def of_class(cls, group): pass

        @decorate
        def decorated(self, group): pass

        def raising(self, group):
            raise

        def changed(self, group): pass

        changed = decorate(changed)
    """
)
IN_FUNCTION = """

{0}def run(self):
    {0}with catch({{OSError: {1}}}):
        pass
"""
IN_METHOD = """
    {0}def run(self, given):
        {0}with catch({{OSError: {1}}}):
            pass
"""
AWAITED = {
    "asking": "await asking(group)",
    "asking_generator": "stays: is an asynchronous generator function",
    "generator": "generator(group)",
    "valued": "stays: may return something that is awaited under `async with`",
    "decorated": "stays: has to be awaited cannot be told, as it is decorated",
    "plain if log else asking": "stays: may have to be awaited, or not",
    "asking if log else plain": "stays: may have to be awaited, or not",
    "asking if log else make()": "await (asking if log else make())(group)",
    "asking if log else decorate": "stays: has to be awaited cannot be told from this file",
    "decorate if log else asking": "stays: has to be awaited cannot be told from this file",
    "partial(asking, 1)": "await partial(asking, 1)(group)",
    "partial(*log)": "stays: has to be awaited cannot be told from this file",
    "partial()": "stays: has to be awaited cannot be told from this file",
    "decorate(plain)": "stays: has to be awaited cannot be told from this file",
    "make()": "await make()(group)",
    "make_unknown()": "stays: may return something that is awaited under `async with`",
    "make_none()": "stays: has to be awaited cannot be told from this file",
    "make_nothing()": "stays: has to be awaited cannot be told from this file",
    "make_generator()": "stays: has to be awaited cannot be told from this file",
    "make_again(3)": "await make_again(3)(group)",
    "make_decorated()": "stays: has to be awaited cannot be told from this file",
    "make_asking()": "stays: has to be awaited cannot be told from this file",
    "(make if log else make)()": "stays: has to be awaited cannot be told from this file",
    "(lambda: plain)()": "stays: has to be awaited cannot be told from this file",
    "lambda group: plain(group)": "plain(group)",
    "lambda group: asking(group)": "await asking(group)",
    "lambda group: generator(group)": "stays: may return something that is awaited under `async with`",
    "lambda group: asking_generator(group)": "stays: may return something that is awaited under `async with`",
    "lambda group: decorated(group)": "stays: may return something that is awaited under `async with`",
    "lambda group: valued(group)": "stays: may return something that is awaited under `async with`",
    "lambda group: exit(group)": "stays: may return something that is awaited under `async with`",
    "lambda group: group.derive(())": "stays: may return something that is awaited under `async with`",
    "lambda group: group()": "stays: may return something that is awaited under `async with`",
    "lambda group: group + 1": "stays: may return something that is awaited under `async with`",
    "lambda group: (plain, group)": "(plain, group)",
    "lambda group: None": "pass",
    "lambda group: True": "pass",
    "lambda group: False": "pass",
    "lambda group: ...": "pass",
    "lambda group: not group": "not group",
    "lambda group: group == 1": "group == 1",
    "lambda group: [group]": "[group]",
    "lambda group: {group}": "{group}",
    "lambda group: {1: group}": "{1: group}",
    "lambda group: [x for x in group]": "[x for x in group]",
    "lambda group: lambda: 1": "lambda: 1",
    "lambda group: log.error(group)": "log.error(group)",
    "lambda group: logging.error(group)": "logging.error(group)",
    "lambda group: other.error(group)": "stays: may return something that is awaited under `async with`",
    "other.append": "stays: has to be awaited cannot be told from this file",
    "unpacked.append": "stays: has to be awaited cannot be told from this file",
    "changed.append": "stays: has to be awaited cannot be told from this file",
    "given.append": "stays: has to be awaited cannot be told from this file",
    "log.other.append": "stays: has to be awaited cannot be told from this file",
    "log.error": "stays: has to be awaited cannot be told from this file",
    "annotated.append": "annotated.append(group)",
    "Work.static": "stays: has to be awaited cannot be told from this file",
    "exit": "stays: whether exit has to be awaited cannot be told",
    **{
        handler: f"{handler}(group)"
        for handler in ["seen_list.append", "seen_set.add", "seen_dict.update", "seen_deque.append", "set_comp.add"]
    },
    **{
        handler: f"{handler}(group)"
        for handler in ["literal_list.append", "literal_set.add", "literal_dict.update", "list_comp.append"]
    },
    "seen_counter.update": "seen_counter.update(group)",
    **{
        builtin: f"{builtin}(group)"
        for builtin in ["bool", "dict", "float", "format", "int", "len", "list", "max", "min", "print", "repr", "set"]
    },
    **{builtin: f"{builtin}(group)" for builtin in ["setattr", "sorted", "str", "sum", "tuple"]},
}
CALLED_IN_A_CLAUSE = {
    "asking": "stays: is a coroutine function, under a plain `with`",
    "valued": "valued(group)",
    "decorated": "decorated(group)",
    "exit": "exit(group)",
    "raising if log else plain": f"stays: {ELSEWHERE}",
    "plain if log else raising": f"stays: {ELSEWHERE}",
    "make_one()": f"stays: the handler make_one() {ELSEWHERE}",
    "lambda group: exit(group)": "exit(group)",
    **{
        handler: f"stays: its handler {handler} cannot be called"
        for handler in ["None", "True", "False", "1", "'a' 'b'", "plain == 1", "(plain, 1)", "[plain]", "{plain}", "{}"]
    },
    **{
        handler: f"stays: its handler {handler} cannot be called"
        for handler in ["[x for x in log]", "{x for x in log}", "-log", "..."]
    },
}
OF_A_CLASS = {
    "self.static": "self.static(group)",
    "self.of_class": "await self.of_class(group)",
    "self.decorated": "stays: has to be awaited cannot be told, as it is decorated",
    "self.raising": f"stays: {ELSEWHERE}",
    "self.changed": "stays: has to be awaited cannot be told from this file",
    "self.missing": "stays: has to be awaited cannot be told from this file",
    "given.static": "stays: has to be awaited cannot be told from this file",
    "self.static.static": "stays: has to be awaited cannot be told from this file",
}


def check_handler(place, keyword, handler, said):
    before = HANDLERS + place.format(keyword, handler)
    result = tool.take_out(before)
    if said.startswith("stays: "):
        assert result.text == before
        assert len(result.left) == 1 and result.left[0].endswith(said[len("stays: ") :])
    else:
        clauses = result.text.partition("except* OSError")[2].replace(" as group", "")
        assert result.left == []
        assert dedent(clauses.partition(":\n")[2]) == f"{said}\n"


@pytest.mark.parametrize("handler", AWAITED)
def test_whether_a_handler_has_to_be_awaited(handler):
    """As catch does under `async with`: by what is known of the file, or the block stays."""
    check_handler(IN_FUNCTION, "async ", handler, AWAITED[handler])


@pytest.mark.parametrize("handler", CALLED_IN_A_CLAUSE)
def test_whether_a_handler_can_be_called(handler):
    """Under a plain `with` nothing is awaited."""
    check_handler(IN_FUNCTION, "", handler, CALLED_IN_A_CLAUSE[handler])


@pytest.mark.parametrize("handler", OF_A_CLASS)
def test_what_a_method_is(handler):
    """By the class that the code stands in."""
    check_handler(IN_METHOD, "async ", handler, OF_A_CLASS[handler])
    check_handler(IN_FUNCTION, "async ", handler, "stays: has to be awaited cannot be told from this file")
