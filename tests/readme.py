"""README's table of what each version gets, counted from the matrix in docs/parity.md.

`python -m tests.readme` writes it anew; a test compares it.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
MATRIX = ROOT / "docs" / "parity.md"
BEGIN, END = "<!-- from docs/parity.md, by python -m tests.readme -->\n", "<!-- end -->\n"


def cells(line):
    return [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]


def sections(text):
    """For each section of scenarios: its title, the columns' titles, and the symbols of each scenario."""
    for section in text.split("\n## ")[1:]:
        title, *lines = section.splitlines()
        rows = [cells(line) for line in lines if line.startswith("|")]
        if rows and rows[0][0] == "scenario":
            yield title, rows[0][1:], [row[1:] for row in rows[2:]]


def count(symbols):
    """How many scenarios are as on 3.15, of those that can be had."""
    had = len(symbols) - symbols.count("·")
    same = symbols.count("=")
    return "-" if not had else f"all {had}" if same == had else f"{same} of {had}"


def table():
    parts = list(sections(MATRIX.read_text(encoding="utf-8")))
    titles = parts[0][1]
    ours = [place for place, title in enumerate(titles) if not title.startswith("asyncio")]
    native = {title.split()[1]: place for place, title in enumerate(titles) if title.startswith("asyncio")}
    everything = [row for _, _, rows in parts for row in rows]

    def column(rows, place):
        return count([row[place] for row in rows])

    lines = [["scenarios as on 3.15", *(titles[place].replace("pypy", "PyPy ") for place in ours)]]
    lines.append(["---"] * len(lines[0]))
    lines += [[title, *(column(rows, place) for place in ours)] for title, _, rows in parts]
    lines.append(["**Together**", *(column(everything, place) for place in ours)])
    own = [native.get(titles[place]) for place in ours]
    lines.append(["the version's own", *("-" if place is None else column(everything, place) for place in own)])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def split_readme():
    """README before the table, the table, and README after it."""
    before, rest = README.read_text(encoding="utf-8").split(BEGIN)
    found, after = rest.split(END)
    return before, found, after


if __name__ == "__main__":
    before, _, after = split_readme()
    README.write_text(f"{before}{BEGIN}{table()}{END}{after}", encoding="utf-8")
