"""The examples of README and docs run, and print what they say.

A ```python block is a whole program. The ```text block that follows it at once is what it prints; without one it prints
nothing. A block whose first line is `# Python 3.X and later` runs from that version on, as earlier ones cannot read it.
test_api.py runs the examples of docstrings.
"""

import asyncio
import re
import sys
from pathlib import Path

import pytest

import taskgroup_compat

from .. import readme
from ..support.virtual_time import VirtualTimeLoop
from ..typing import guarded

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(ROOT.glob("docs/*.md"))]
PROGRAM = re.compile(r"^```python\n(.*?)^```\n(?:\n?```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)
SINCE = re.compile(r"# Python 3\.(\d+) and later\n")
LINK = re.compile(r"\]\(([^)#:]*)(?:#([^)]*))?\)")


def programs():
    """Each program of the pages that this version can read: its page, its line, its text and its output."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in PROGRAM.finditer(text):
            since = SINCE.match(match.group(1))
            if since is None or sys.version_info >= (3, int(since.group(1))):
                line = text.count("\n", 0, match.start(1))
                yield pytest.param(page, line, match.group(1), match.group(2) or "", id=f"{page.name}:{line}")


def page_name(page):
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page, line, program, output", list(programs()))
def test_example_prints_what_it_says(page, line, program, output, capsys, monkeypatch):
    """An example of a page runs by itself, on a virtual clock, and its output is the one shown."""
    monkeypatch.setattr(asyncio.events, "new_event_loop", VirtualTimeLoop)
    code = compile("\n" * line + program, page_name(page), "exec", dont_inherit=True)
    exec(code, {"__name__": "__main__"})
    assert capsys.readouterr() == (output, "")


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_every_python_block_is_an_example(page):
    """No block escapes the test above by its form."""
    text = page.read_text(encoding="utf-8")
    assert len(PROGRAM.findall(text)) == len(re.findall(r"^\s*[`~]{3,}\s*py(?!con)", text, re.MULTILINE))


# Their lines come from runs.
GENERATED = {"benchmarks.md", "parity.md", "parity-peers.md"}


@pytest.mark.parametrize("page", [page for page in PAGES if page.name not in GENERATED], ids=page_name)
def test_prose_fits_the_line(page):
    """A line of prose has at most 120 characters, as a line of code; rows of tables are longer."""
    prose = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    assert [line for line in prose.splitlines() if len(line) > 120 and not line.startswith("|")] == []


def anchors(page):
    """What a link may name after the # of a page: its headings, as the forge writes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_links_lead_somewhere(page):
    """What a page links to inside the project is there, heading and all."""
    links = [(page.parent / path if path else page, anchor) for path, anchor in LINK.findall(page.read_text("utf-8"))]
    assert [str(target) for target, _ in links if not target.exists()] == []
    assert [anchor for target, anchor in links if anchor and anchor not in anchors(target)] == []


def test_printed_compat_module_is_the_checked_one():
    """README prints tests/typing/guarded.py, which both type checkers read for every version."""
    checked = (ROOT / "tests" / "typing" / "guarded.py").read_text(encoding="utf-8")
    assert f"`_compat.py`:\n\n```python\n{checked}```\n" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_printed_compat_module_has_the_names_in_use():
    """Its names are those of the package on every version."""
    assert {name: getattr(guarded, name) for name in guarded.__all__} == {
        name: getattr(taskgroup_compat, name) for name in guarded.__all__
    }


def test_tables_of_readme_are_those_of_the_runs():
    """README counts what docs/parity.md and docs/parity-peers.md say now; `python -m tests.readme` writes it anew."""
    text = readme.README.read_text(encoding="utf-8")
    assert readme.rewritten(text) == text
