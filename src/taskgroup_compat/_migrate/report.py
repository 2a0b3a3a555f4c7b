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
        self.converted: Counting[str] = Counter()

    def lines(self, path: str) -> list[str]:
        """One line for each, in the order of the file, without what both say."""
        texts = [(line, False, text) for line, text in self.left]
        texts += [(line, True, f"note: {text}") for line, text in self.notes]
        return [f"{path}:{line}: {text}" for line, _, text in sorted(texts)]

    def lines_once(self, path: str, said: set[str]) -> list[str]:
        """One line for each thing that has not been said in another file, at the first place."""
        lines: list[str] = []
        for line, text in sorted(self.once):
            if text not in said:
                said.add(text)
                lines.append(f"{path}:{line}: note: {text}")
        return lines
