"""A bar chart as SVG: what one operation costs with each implementation, ours being 1."""

from xml.sax.saxutils import escape

from ..implementations import NATIVE, OURS, PEERS
from .rows import ASYNC_TIMEOUT, NATIVE_TIMEOUT, PEER_CATCH

VERSIONS = ([3, 8], [3, 12])
PANELS = {
    "child that returns at once": ("child-noop", (OURS, NATIVE, *PEERS)),
    "empty group": ("empty", (OURS, NATIVE, *PEERS)),
    "timeout that does not expire": ("timeout-quiet", (OURS, NATIVE_TIMEOUT, ASYNC_TIMEOUT, "anyio")),
    "catch, nothing raised": ("catch-new", (OURS, PEER_CATCH)),
}
WIDTH, COLUMN, LEFT, TOP = 980, 480, 160, 50
BAR, GAP, LONGEST, MOST = 16, 34, 220, 4  # A bar of more than MOST times ours ends there.
COLOUR, OTHER = "#0072b2", "#b0b0b0"


def text(x, y, words, anchor="start", weight="normal"):
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-weight="{weight}">{escape(words)}</text>'


def panel(x, y, title, row, names):
    """Return the elements of one operation and the height that they take."""
    parts = [text(x, y, title, weight="bold")]
    for name in names:
        if name in row:
            y += BAR + 4
            ratio = row[name] / row[OURS]
            length = round(min(ratio, MOST) / MOST * LONGEST)
            parts.append(text(x + LEFT - 8, y, name, "end"))
            colour = COLOUR if name == OURS else OTHER
            parts.append(f'<rect x="{x + LEFT}" y="{y - 12}" width="{length}" height="{BAR - 2}" fill="{colour}"/>')
            parts.append(text(x + LEFT + length + 6, y, f"{ratio:.2f}"))
    return parts, y


def svg(results):
    parts, bottom = [], 0
    for column, result in enumerate(each for each in results if each["version"] in list(VERSIONS)):
        x, y = 20 + column * COLUMN, TOP
        parts.append(text(x, 26, f"CPython {result['python']}: instructions, taskgroup_compat = 1", weight="bold"))
        for title, (key, names) in PANELS.items():
            found, y = panel(x, y + GAP - 20, title, result["counts"][key], names)
            parts += found
            y += GAP - 8
        bottom = max(bottom, y)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{bottom}" viewBox="0 0 {WIDTH} {bottom}"'
        ' font-family="DejaVu Sans, Verdana, sans-serif" font-size="12" fill="#333333">'
    )
    return "\n".join([head, f'<rect width="{WIDTH}" height="{bottom}" fill="white"/>', *parts, "</svg>", ""])
