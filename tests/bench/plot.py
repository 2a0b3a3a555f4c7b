"""A small line chart as SVG: cost per child against the number of children, one panel for each interpreter."""

from math import log10
from xml.sax.saxutils import escape

from .implementations import HAND_WRITTEN, NATIVE, OURS

WIDTH, PANEL_WIDTH, PANEL_HEIGHT = 980, 380, 230
LEFT, TOP, COLUMN, ROW = 55, 75, 470, 300
STYLES = {  # Colours that differ for colour-blind eyes too, and a mark of their own.
    HAND_WRITTEN: ("#999999", "square"),
    NATIVE: ("#d55e00", "triangle"),
    OURS: ("#0072b2", "circle"),
}


def mark(shape, x, y, colour):
    if shape == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>'
    if shape == "square":
        return f'<rect x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8" fill="{colour}"/>'
    return f'<path d="M{x:.1f} {y - 5:.1f} l5 9 h-10 z" fill="{colour}"/>'


def text(x, y, words, anchor="middle", size=12, colour="#333333", weight="normal"):
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" '
        f'font-weight="{weight}" fill="{colour}">'
        f"{escape(words)}</text>"
    )


def nice_top(value):
    """The first round number that leaves room above a value."""
    for top in (2, 4, 6, 8, 10, 12, 16, 20, 24, 32, 40, 60, 80, 100):
        if value <= top * 0.95:
            return top
    return value * 1.1


def panel(x, y, title, lines):
    """`lines` maps a name to its points, (number of children, µs)."""
    top = nice_top(max(cost for points in lines.values() for _, cost in points))
    exponents = [log10(children) for points in lines.values() for children, _ in points]
    first, last = min(exponents), max(exponents)

    def at(children, cost):
        return x + (log10(children) - first) / (last - first) * PANEL_WIDTH, y + PANEL_HEIGHT * (1 - cost / top)

    parts = [text(x, y - 10, title, "start", 14, weight="bold")]
    for step in range(5):
        height = y + PANEL_HEIGHT * (1 - step / 4)
        parts.append(f'<path d="M{x} {height:.1f} h{PANEL_WIDTH}" stroke="#dddddd"/>')
        parts.append(text(x - 8, height + 4, f"{top * step / 4:g}", "end"))
    for children in sorted({children for points in lines.values() for children, _ in points}):
        parts.append(text(at(children, 0)[0], y + PANEL_HEIGHT + 18, f"{children:,}"))
    for name, (colour, shape) in STYLES.items():
        if name in lines:
            places = [at(*point) for point in lines[name]]
            path = " ".join(f"{'L' if index else 'M'}{px:.1f} {py:.1f}" for index, (px, py) in enumerate(places))
            parts.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
            parts.extend(mark(shape, px, py, colour) for px, py in places)
    return parts


def svg(panels):
    """`panels` is a list of pairs: a title, and its lines."""
    height = TOP + ROW * ((len(panels) + 1) // 2)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"'
        ' font-family="DejaVu Sans, Verdana, sans-serif">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        text(LEFT, 24, "CPU time per no-op child in µs, against the number of children in one group", "start", 15),
    ]
    x = LEFT + 6
    for name in (OURS, HAND_WRITTEN, NATIVE):
        colour, shape = STYLES[name]
        parts += [mark(shape, x, 42, colour), text(x + 10, 46, name, "start")]
        x += 170
    for index, (title, lines) in enumerate(panels):
        parts += panel(LEFT + COLUMN * (index % 2), TOP + 15 + ROW * (index // 2), title, lines)
    return "\n".join([*parts, "</svg>", ""])
