"""A test of CPython's says the same after its translation."""

import sys

import pytest

from tests.upstream.known import OWN, TRANSLATED, known

COLUMNS = ["3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15", "pypy3.9", "pypy3.11"]


@pytest.mark.parametrize("table", [TRANSLATED, OWN], ids=["translated", "own"])
def test_each_known_failure_has_one_reason(table):
    """No test is listed twice for a version, and each version that is named exists."""
    for each in table:
        assert set(each.columns) <= set(COLUMNS)
        for column in COLUMNS:
            known(table, each.module, column)


# The translation is a program for the newest Python, which reads the tests.
if sys.version_info >= (3, 14):
    import asyncio

    from tests.upstream.rewriting import rewrite

    PROGRAMS = {
        "a clause that binds": "try:\n  raise ValueError(1)\nexcept* ValueError as e:\n  got = e\nseen(repr(got))",
        "two clauses": (
            "try:\n  raise ExceptionGroup('', [ValueError(1), OSError(2)])\n"
            "except* ValueError:\n  seen('value')\nexcept* OSError as e:\n  seen(repr(e.exceptions))"
        ),
        "else and finally": "try:\n  seen(1)\nexcept* OSError:\n  seen(2)\nelse:\n  seen(3)\nfinally:\n  seen(4)",
        "else is not covered": (
            "try:\n  try:\n    seen(1)\n  except* OSError:\n    seen(2)\n  else:\n    raise OSError(3)\n"
            "except OSError as e:\n  seen(e.args)"
        ),
        "no else after an error": "try:\n  raise OSError\nexcept* OSError:\n  seen(2)\nelse:\n  seen(3)",
        "a clause in a clause": (
            "try:\n  raise OSError(1)\nexcept* OSError as e:\n  try:\n    raise KeyError(2)\n"
            "  except* KeyError as e:\n    inner = repr(e)\n  else:\n    seen(5)\nseen(inner)"
        ),
        "a bare raise": (
            "try:\n  try:\n    raise ExceptionGroup('g', [OSError(1)])\n  except* OSError:\n    raise\n"
            "except ExceptionGroup as e:\n  seen(repr(e))"
        ),
        "a clause that awaits": "try:\n  raise OSError(1)\nexcept* OSError as e:\n  await sleep(0)\n  seen(repr(e))",
        "a name of the function's own": (
            "n = 1\ntry:\n  raise OSError\nexcept* OSError:\n  n += 1\n  for i in range(3): n += i\nseen((n, i))"
        ),
    }

    def run(source):
        events = []
        names = {"sleep": asyncio.sleep, "seen": events.append}
        exec(source, names)
        asyncio.run(names["program"]())
        return events

    @pytest.mark.parametrize("statements", PROGRAMS.values(), ids=PROGRAMS)
    def test_translated_program_does_the_same(statements):
        """except* and its translation to catch leave the same."""
        source = "async def program():\n" + "".join(f"    {line}\n" for line in statements.splitlines())
        translated = rewrite(source, (3, 8))
        assert "except*" not in translated
        assert run(translated) == run(source) != []

    def test_methods_become_functions():
        """What a Task and sys lack below 3.11 is called as a function there, and left alone from 3.11 on."""
        source = "task.cancelling()\nevent.set(task.uncancel())\nsys.exception()\ntask.cancel()"
        translated = rewrite(source, (3, 10)).split("\n", 1)[1]
        assert translated == "cancelling(task)\nevent.set(uncancel(task))\ncurrent_exception()\ntask.cancel()\n"
        assert rewrite(source, (3, 11)).split("\n", 1)[1] == source + "\n"
