"""README's tables of numbers, taken from the pages that runs have written.

`python -m tests.readme` writes them anew; a test compares them.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
MATRIX = ROOT / "docs" / "parity.md"
PEERS = ROOT / "docs" / "parity-peers.md"


def parity():
    """Return the totals of docs/parity.md, without the columns that README leaves out."""
    text = MATRIX.read_text(encoding="utf-8")
    rows = [line.strip("|").split("|") for line in text.split("\n## ")[0].splitlines() if line.startswith("|")]
    chosen = [number for number, head in enumerate(rows[0]) if " other " not in head]
    rows[0] = [" same with this package " if head == " same outcome " else head for head in rows[0]]
    return "".join("|" + "|".join(row[number] for number in chosen) + "|\n" for row in rows)


# The questions in README's table of peers.
ASKED = ["same_task", "stays_cancelled", "has_cancel"]


def peers():
    """Return the rows of ASKED from docs/parity-peers.md."""
    lines = PEERS.read_text(encoding="utf-8").split("\n## ")[1].splitlines(keepends=True)
    heading, rule, *rows = [line for line in lines if line.startswith("|")]
    asked = [row.replace(f" (`{name}`)", "") for name in ASKED for row in rows if f"(`{name}`)" in row]
    return "".join([heading, rule, *asked])


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
