"""Checks the site that Sphinx has built: `python -m tests.docs.site FOLDER`.

Every public name is in objects.inv, and every link inside the site leads to a page and an anchor.
"""

import sys
import zlib
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import taskgroup_compat

from .reference import OTHERS, documented


class Page(HTMLParser):
    """The links and the anchors of a page."""

    def __init__(self, path):
        super().__init__()
        self.links, self.anchors = [], set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.links += [values[name] for name in ("href", "src") if values.get(name)]
        self.anchors |= {values[name] for name in ("id", "name") if values.get(name)}


def inventory(path):
    """Return the names in an inventory of version 2, each with its type."""
    parts = path.read_bytes().split(b"\n", 4)
    lines = zlib.decompress(parts[4]).decode("utf-8").splitlines()
    return dict(line.split(" ", 2)[:2] for line in lines)


def missing_names(folder):
    """Return the public names that the inventory lacks."""
    found = inventory(folder / "objects.inv")
    names = [f"{taskgroup_compat.__name__}.{name}" for name in [*documented(), *OTHERS]]
    return [name for name in names if not found.get(name, "").startswith("py:")]


def broken_links(folder):
    """Return the links inside the site that lead nowhere."""
    pages = {path: Page(path) for path in sorted(folder.rglob("*.html"))}
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            anchor = unquote(parts.fragment)
            if not target.exists() or (anchor and target in pages and anchor not in pages[target].anchors):
                yield f"{path.name}: {link}"


def main(folder):
    """Print each fault; return how many there are."""
    faults = [f"not in objects.inv: {name}" for name in missing_names(folder)]
    faults += [f"broken link in {link}" for link in broken_links(folder)]
    print(
        *faults or ["Every public name is in objects.inv, and every link inside the site leads to its target."],
        sep="\n",
    )
    return len(faults)


if __name__ == "__main__":
    sys.exit(min(main(Path(sys.argv[1]).resolve()), 1))
