"""Random programs do on this version what they do on 3.15."""

import json
import shutil
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.parity import random as parity_random
from tests.parity.api import APIS
from tests.parity.programs import Generator, Randomness, execute, generate, is_sound, paste, shrink, source


@pytest.mark.parametrize("scope", parity_random.SCOPES)
def test_programs_do_what_3_15_does(scope):
    """The first programs have the recorded outcomes, but for those that are known to differ on this version."""
    assert parity_random.differing(scope, APIS["compat"]()) == parity_random.known()[scope]


def test_nothing_may_differ_from_3_13_on():
    """No difference can be accepted for versions whose Task counts and uncancels as 3.15's."""
    accepted = json.loads(parity_random.KNOWN.read_text())
    for column in ("3.13", "3.14", "3.15"):
        assert accepted[column] == {scope: [] for scope in parity_random.SCOPES}


class _Drawn(Randomness):
    """The generator's choices, drawn by hypothesis so that it can make them smaller."""

    def __init__(self, draw):
        self._draw = draw

    def below(self, limit):
        return self._draw(st.integers(0, limit - 1))


@st.composite
def programs(draw):
    """Programs of each flavour, in the same representation as the numbered ones."""
    scope = draw(st.sampled_from(parity_random.SCOPES))
    return Generator(_Drawn(draw), scope).program()


@pytest.fixture(scope="module")
def reference():
    """A python3.15 to ask; on 3.15 itself asyncio's own group in this process."""
    if sys.version_info >= (3, 15):
        api = APIS["asyncio"]()

        class Here:
            def execute(self, program):
                return execute(program, api)

        yield Here()
        return
    asked = parity_random.Reference(shutil.which("python3.15"))
    yield asked
    asked.close()


# Before 3.13 some programs are known to differ, and without a 3.15 there is nobody to ask.
if sys.version_info >= (3, 15) or (sys.version_info >= (3, 13) and shutil.which("python3.15")):

    @settings(max_examples=100, derandomize=True, deadline=None)
    @given(program=programs())
    def test_drawn_programs_do_what_3_15_does(reference, program):
        """Programs that hypothesis draws have the outcome that 3.15 gives them now."""
        kind = parity_random.kind_of_difference(execute(program, APIS["compat"]()), reference.execute(program))
        assert kind is None, paste(program)


@settings(max_examples=25, derandomize=True, deadline=None)
@given(program=programs())
def test_programs_run_twice_alike(program):
    """A program has the same outcome each time, so that differences mean something."""
    api = APIS["compat"]()
    assert execute(program, api) == execute(program, api)


@pytest.mark.parametrize("scope", parity_random.SCOPES)
def test_generated_programs_are_sound(scope):
    """Programs use a group inside itself only, and their source compiles."""
    for seed in range(300):
        program = generate(seed, scope)
        assert is_sound(program)
        compile(source(program), "program", "exec")


def test_a_broken_group_is_found_and_its_program_shrunk():
    """A group that forgets to wait for its children is noticed, and the program that shows it gets small."""
    api, broken = APIS["compat"](), APIS["compat"]()

    class Forgetful(broken.TaskGroup):
        async def __aexit__(self, *args):
            self._tasks.clear()
            return await super().__aexit__(*args)

    broken.TaskGroup = Forgetful

    def differs(program):
        return execute(program, api) != execute(program, broken)

    found = next(program for program in (generate(seed, "timeout") for seed in range(50)) if differs(program))
    small = shrink(found, differs)
    assert differs(small)
    assert len(source(small).splitlines()) <= 6
