"""Annotated code stays annotated: the types of handlers, and the declarations that type checkers need."""

import re
from pathlib import Path

import pytest

from . import tool
from .tool import dedent

STATEMENTS = '''
"""Annotated statements as `migrate in` converts them: read by type checkers, never run."""

import asyncio
from typing import List, Optional, Tuple, Type

RETRIED: Tuple[Type[Exception], ...] = (OSError, EOFError)


class Failure(Exception):
    pass


class Client:
    def __init__(self) -> None:
        self.failed: List[str] = []

    async def close(self) -> None:
        await asyncio.sleep(0)

    async def fetch(self) -> int:
        count = 0
        try:
            await self.close()
        except* Failure as group:
            self.failed.append(str(group))
            count += len(group.exceptions)
        except* SystemExit:
            await self.close()
            raise
        return count


def use_after(flag: bool) -> int:
    caught: Optional[Exception] = None
    try:
        print(flag)
    except* KeyError as group:
        caught = group.exceptions[0]
        message = str(group)
    except* (OSError, ValueError) as group:
        message = group.message
        raise RuntimeError(message) from group
    except* RETRIED as group:
        print(group.exceptions)
    else:
        message = ""
        print(message.upper())
    return 1 if caught is None else 0


try:
    use_after(True)
except* Failure as group:
    for error in group.exceptions:
        print(error)
'''


@pytest.mark.skipif(not tool.READS_NEWEST, reason="its format needs a newer libcst")
def test_the_page_that_type_checkers_read_is_what_is_written():
    """`nox -s typing` holds mypy and pyright to it; it comes out again as it was."""
    page = Path(__file__).resolve().parents[1] / "typing" / "migrated.py"
    inside = tool.bring_in(dedent(STATEMENTS))
    assert inside.left == []
    assert page.read_text(encoding="utf-8") == inside.text
    assert tool.take_out(inside.text, "3.15").text == dedent(STATEMENTS)


def handler(code, head=""):
    """Return the head of the first handler in an annotated file, without its name."""
    text = tool.bring_in(f"{head}def f(x: int) -> None:\n    try: pass\n    {code}\n        pass\n").text
    found = re.search(r" handle_\w+\((.*?)(,\s*)?\)( -> None)?:", text, re.DOTALL)
    return f"{found[1].strip()}{found[3] or ''}"


@pytest.mark.parametrize(
    "types, head, expected",
    [
        ("OSError", "", "ExceptionGroup[OSError]"),
        ("KeyboardInterrupt", "", "BaseExceptionGroup[KeyboardInterrupt]"),
        ("(OSError, SystemExit)", "", '"BaseExceptionGroup[OSError | SystemExit]"'),
        ("(OSError, EOFError)", "from __future__ import annotations\n", "ExceptionGroup[OSError | EOFError]"),
        ("asyncio.CancelledError", "import asyncio\n", "BaseExceptionGroup[asyncio.CancelledError]"),
        ("asyncio.TimeoutError", "import asyncio\n", "ExceptionGroup[asyncio.TimeoutError]"),
        ("Own", "class Own(Exception): pass\n", "ExceptionGroup[Own]"),
        ("errors", "errors = (OSError, EOFError)\n", "ExceptionGroup[Exception]"),
        ("self.errors", "self = 1\n", "ExceptionGroup[Exception]"),
        ("const.ERRORS", "import const\n", "ExceptionGroup[Exception]"),
        ("(E, const.Error)", "from const import E\nimport const\n", '"ExceptionGroup[E | const.Error]"'),
    ],
)
def test_a_handler_has_the_type_of_its_group(types, head, expected):
    assert handler(f"except* {types} as group:", head) == f"group: {expected} -> None"


def test_a_handler_has_no_type_where_a_function_has_none():
    for function in ("def g(): pass", "def g(x) -> int: pass", "def g(self, *x) -> int: pass", "def g(x: int): pass"):
        assert handler("except* OSError as group:", f"{function}\n") == "group"
    for function in ("def g() -> int: pass", "class C:\n    def g(self, *x: int) -> int: pass"):
        assert handler("except* OSError as group:", f"{function}\n").endswith(" -> None")


def test_a_global_name_is_declared_in_annotated_code():
    """Where nothing else binds it; not in other code."""
    text = "try:\n    pass\nexcept* OSError as group:\n    found = one = group\nexcept* EOFError:\n    found = 1\n"
    text += "one = 1\n"
    assert ": object" not in tool.bring_in(text).text
    annotated = f"def f() -> None:\n    pass\n\n\n{text}"
    converted = tool.bring_in(annotated).text
    assert converted.count(": Any") == 1 and "found: Any\n" in converted
    assert converted.startswith("from typing import Any\n\nfrom taskgroup_compat import")
    assert tool.take_out(converted).text == annotated
    for head in ("import typing\n\nAny = typing\n", "import typing\n\ntyping\n", "from typing import Any as A\n\nA\n"):
        result = tool.bring_in(f"{head}{annotated}")
        assert tool.take_out(result.text).text == f"{head}{annotated}"


def test_a_name_that_is_bound_below_is_declared_in_annotated_code():
    """Unless it has an annotation there."""
    text = "def f() -> None:\n    try:\n        pass\n    except* OSError as group:\n        found = one = group\n"
    text += "    found = None\n    one: object = None\n"
    converted = tool.bring_in(text).text
    assert converted.count(": Any") == 1 and "found: Any\n" in converted
    assert tool.take_out(converted).text == text
    converted = tool.bring_in(text.replace(" -> None", "")).text
    assert ": Any" not in converted
