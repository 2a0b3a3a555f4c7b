"""What a run has to say: what is left, what to look at, and how much was converted."""

from __future__ import annotations

from collections import Counter
from typing import Counter as Counting


class Report:
    """Of one file. `left` and `notes` are (line, what and why)."""

    def __init__(self) -> None:
        self.left: set[tuple[int, str]] = set()
        self.notes: set[tuple[int, str]] = set()
        # what is to be said once in a run: (line, text)
        self.once: set[tuple[int, str]] = set()
        # code that needs a Python above the floor: its description, the version, and the lines
        self.newer: dict[tuple[str, str], set[int]] = {}
        self.converted: Counting[str] = Counter()

    def lines(self, path: str) -> list[str]:
        """Return one line for each, in the order of the file."""
        texts = [(line, False, text) for line, text in self.left]
        texts += [(line, True, f"note: {text}") for line, text in self.notes]
        for (what, version), found in self.newer.items():
            places = f" ({len(found)} places)" if len(found) > 1 else ""
            texts.append((min(found), True, f"note: {what} needs Python {version}{places}"))
        return [f"{path}:{line}: {text}" for line, _, text in sorted(texts)]

    def lines_once(self, path: str, said: set[str]) -> list[str]:
        """One line for each thing that has not been said in another file, at the first place."""
        lines: list[str] = []
        for line, text in sorted(self.once):
            if text not in said:
                said.add(text)
                lines.append(f"{path}:{line}: note: {text}")
        return lines
