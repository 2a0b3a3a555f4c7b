"""Random programs: statements in statements, functions, classes, loops and comments, converted in each direction."""

import io
import os
import re
import tokenize

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from . import tool

EXAMPLES = int(os.environ.get("MIGRATE_EXAMPLES") or 10)
# Shrinking takes minutes, and the text that failed is shown anyway.
PHASES = [Phase.explicit, Phase.reuse, Phase.generate]
TYPES = ["ValueError", "KeyError", "(ValueError, KeyError)", "OSError", "Exception"]
VARIABLES = ["a", "b", "c"]
GROUPS = ["eg", "e", "a"]
HEAD = """
def program(log):
    def see(*values):
        log.append(values)

"""


@st.composite
def programs(draw):
    """The text of a module with a function `program` that says what happens."""
    numbers = iter(range(1, 1000))

    def choose(*options):
        return draw(st.sampled_from(options))

    def chance(percent):
        return draw(st.integers(0, 99)) < percent

    def indented(lines):
        return [f"    {line}" for line in lines]

    def suite(depth, place):
        lines = []
        for _ in range(draw(st.integers(1, 3))):
            if chance(15):
                lines.append(f"# {next(numbers)}")
            lines += statement(depth, place)
            if chance(10):
                lines.append("")
        return lines

    def read(place):
        names = [*VARIABLES, *place["groups"]]
        return choose(*names)

    def statement(depth, place):
        kinds = ["see", "see", "assign", "add", "raise"]
        if place["handled"]:
            kinds += ["again", "see_group"]
        if place["loop"]:
            kinds.append("leave")
        if depth:
            kinds += ["star", "star", "star", "except", "for", "def", "class", "if", "lambda"]
        kind = choose(*kinds)
        if kind == "see":
            return [f"see({next(numbers)}, {read(place)})" + ("  # seen" if chance(20) else "")]
        if kind == "see_group":
            return [f"see({next(numbers)}, {place['groups'][-1]!s})" if place["groups"] else f"see({next(numbers)})"]
        if kind == "assign":
            return [f"{choose(*VARIABLES)} = {next(numbers)}"]
        if kind == "add":
            return [f"{choose(*VARIABLES)} += {next(numbers)}"]
        if kind == "raise":
            number = next(numbers)
            error = choose(
                f"ValueError({number})",
                f"KeyError({number})",
                f"ExceptionGroup('g', [ValueError({number}), KeyError({number})])",
                f"ExceptionGroup('g', [ExceptionGroup('h', [ValueError({number})]), OSError({number})])",
            )
            return [f"if {choose('True', 'True', 'len(log) % 2')}:", f"    raise {error}"]
        if kind == "again":
            return ["raise"]
        if kind == "leave":
            return [choose("break", "continue")]
        if kind == "star":
            return star(depth - 1, place)
        if kind == "except":
            name = choose("e", "error")
            inner = {**place, "handled": True, "groups": [*place["groups"], name]}
            return [
                "try:",
                *indented(suite(depth - 1, place)),
                f"except {choose(*TYPES)} as {name}:",
                *indented(suite(depth - 1, inner)),
            ]
        if kind == "for":
            inner = {**place, "loop": True}
            return [f"for {choose(*VARIABLES)} in range(2):", *indented(suite(depth - 1, inner))]
        if kind == "if":
            return [f"if {choose('a', 'not a', 'True')}:", *indented(suite(depth - 1, place))]
        if kind == "lambda":
            number = next(numbers)
            return [f"f{number} = lambda x: (x, {read(place)})", f"see(f{number}({number}))"]
        number = next(numbers)
        inner = {"loop": False, "handled": place["handled"], "groups": place["groups"]}
        if kind == "class":
            body = ["a = b = c = 0", *suite(depth - 1, {**inner, "groups": []})]
            return [
                f"class C{number}:",
                "    def method(self):",
                *indented(indented(body)),
                f"see(C{number}().method())",
            ]
        scope = [choose("nonlocal a", "a = 1", "pass"), choose("nonlocal b", "b = 2"), "c = 3"]
        body = [*scope, *suite(depth - 1, inner)]
        if chance(30):
            body.append(f"return {choose(*VARIABLES)}")
        return [f"def f{number}():", *indented(body), f"see(f{number}())"]

    def star(depth, place):
        lines = ["try:", *indented(suite(depth, place))]
        for _ in range(draw(st.integers(1, 3))):
            name = choose(None, *GROUPS[: 2 if chance(90) else 3])
            groups = [*place["groups"], name] if name else place["groups"]
            inner = {"loop": False, "handled": True, "groups": groups}
            lines.append(f"except* {choose(*TYPES)}{f' as {name}' if name else ''}:{choose('', '', '  # clause')}")
            lines += indented(suite(depth, inner))
        if chance(25):
            lines += ["else:", *indented(suite(depth, place))]
        if chance(25):
            lines += ["finally:", *indented([f"see({next(numbers)})"])]
        return lines

    place = {"loop": False, "handled": False, "groups": []}
    body = ["a = b = c = 0", *suite(3, place), *star(2, place), *suite(1, place), "return a, b, c"]
    return HEAD.lstrip("\n") + "\n".join(line.rstrip() for line in indented(body)) + "\n"


def outcome(text):
    """What a program says, and how it ends. A name that is unbound is told in another way in a function."""
    log = []
    namespace = {}
    exec(compile(text, "<random>", "exec", dont_inherit=True), namespace)
    try:
        end = namespace["program"](log)
    except BaseException as error:
        end = error
    return re.sub(r"UnboundLocalError|NameError", "NameError", shown((log, end)))


def shown(value):
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(shown, value))}]"
    if isinstance(value, BaseException):
        if hasattr(value, "exceptions"):
            return f"{type(value).__name__}({value.message!r}, {shown(value.exceptions)})"
        return f"{type(value).__name__}({'' if isinstance(value, NameError) else value.args})"
    return repr(value)


def comments(text):
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return sorted(token.string for token in tokens if token.type == tokenize.COMMENT)


def without_blank_lines(text):
    return [line for line in text.split("\n") if line]


@settings(max_examples=EXAMPLES, deadline=None, phases=PHASES, suppress_health_check=list(HealthCheck))
@given(programs())
def test_random_programs(text):
    """They do the same once converted, keep their comments, and stay as they are when converted once more."""
    if tool.HAS_EXCEPT_STAR:
        try:
            expected = outcome(text)
        except SyntaxError:
            return  # a name that is used before it is declared nonlocal
    inside = tool.bring_in(text)
    dropped = any("is dropped" in note for note in inside.notes)
    assert tool.bring_in(inside.text).text == inside.text
    if "except*" not in inside.text or tool.HAS_EXCEPT_STAR:
        try:
            brought_in = outcome(inside.text)
        except SyntaxError:
            assert not tool.HAS_EXCEPT_STAR
            return
        if tool.STATEMENT_IS_AS_LATER:
            assert brought_in == expected, inside.text
    if not dropped:
        assert comments(inside.text) == comments(text)
    outside = tool.take_out(inside.text)
    assert tool.take_out(outside.text).text == outside.text
    if tool.STATEMENT_IS_AS_LATER:
        assert outcome(outside.text) == expected, outside.text
    if not dropped:
        assert comments(outside.text) == comments(text)


@tool.on_oldest_and_newest
def test_random_programs_have_what_they_are_for():
    """Among some, nearly all statements are converted, and come out again as they were."""
    found = {"texts": 0, "converted": 0, "left": 0, "same": 0}

    @settings(
        max_examples=40,
        deadline=None,
        database=None,
        derandomize=True,
        phases=PHASES,
        suppress_health_check=list(HealthCheck),
    )
    @given(programs())
    def look(text):
        inside = tool.bring_in(text)
        outside = tool.take_out(inside.text)
        found["texts"] += 1
        found["converted"] += inside.counts.get("except* statement", 0)
        found["left"] += sum("except* stays" in line for line in inside.left)
        found["same"] += without_blank_lines(outside.text) == without_blank_lines(text)

    look()
    assert found["converted"] > found["texts"]
    assert found["left"] < found["converted"]
    # Two of five do; so many fewer come by chance in one sample of two hundred.
    assert found["same"] > found["texts"] / 5
