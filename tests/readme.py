"""README's tables of numbers, taken from the pages that runs have written.

`python -m tests.readme` writes them anew; a test compares them.
"""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
MATRIX = ROOT / "docs" / "parity.md"
PEERS = ROOT / "docs" / "parity-peers.md"


def cells(line):
    return [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]


def sections(text):
    """For each section of scenarios: its title, the columns' titles, and the symbols of each scenario."""
    for section in text.split("\n## ")[1:]:
        title, *lines = section.splitlines()
        rows = [cells(line) for line in lines if line.startswith("|")]
        if rows and rows[0][0] == "scenario":
            yield title, rows[0][1:], [row[1:] for row in rows[2:]]


def markdown(rows):
    heading, *rest = [f"| {' | '.join(row)} |\n" for row in rows]
    return heading + "|---" * len(rows[0]) + "|\n" + "".join(rest)


def parity():
    """For each Python how many scenarios it can run, and how many give 3.15's outcome with this package and without."""
    parts = list(sections(MATRIX.read_text(encoding="utf-8")))
    titles = parts[0][1]
    columns = dict(zip(titles, zip(*(row for _, _, rows in parts for row in rows))))
    rows = [
        ["Python", "scenarios that can run there", "the same outcome with taskgroup-compat", "with its own asyncio"]
    ]
    for title in titles:
        if not title.startswith("asyncio"):
            ours, native = columns[title], columns.get(f"asyncio {title}", "")
            total = len(ours) - ours.count("·")
            rows.append(
                [title.replace("pypy", "PyPy "), str(total), str(ours.count("=")), str(native.count("=") or "-")]
            )
    return markdown(rows)


def peers():
    """What docs/parity-peers.md says in short: which releases were asked, and what their groups answered."""
    text = PEERS.read_text(encoding="utf-8").split("\n## ")[1]
    asked = re.findall(r"^- (.*)$", text, re.MULTILINE)
    rows = [line for line in text.splitlines(keepends=True) if line.startswith("|")]
    return "".join(rows) + f"\nMeasured with {'; '.join(asked)}.\n"


TABLES = {"docs/parity.md": parity, "docs/parity-peers.md": peers}


def rewritten(text):
    """README's text with every table as it is to be."""
    for source, table in TABLES.items():
        begin, end = f"<!-- from {source}, by python -m tests.readme -->\n", "<!-- end -->\n"
        before, rest = text.split(begin)
        _, after = rest.split(end, 1)
        text = f"{before}{begin}{table()}{end}{after}"
    return text


if __name__ == "__main__":
    README.write_text(rewritten(README.read_text(encoding="utf-8")), encoding="utf-8")
