"""Imports that were used before and that nothing uses any more."""

from __future__ import annotations

from typing import Sequence

import libcst as cst

from .editing import Editing
from .imports import separate, without
from .visiting import Imported


def used_names(editing: Editing) -> dict[str, int]:
    """Return the names of imports at the top that something in the file uses, and how often."""
    names = editing.names
    counts = {
        each.local: len(names.refs(names.top, each.local)) - _bindings(editing, each.local) for each in names.imports
    }
    return {local: count for local, count in counts.items() if count}


def _bindings(editing: Editing, local: str) -> int:
    return sum(each.kind == "import" for each in editing.names.refs(editing.names.top, local))


def is_in_text(editing: Editing, word: str) -> bool:
    """Return whether a string, such as a quoted annotation, or a type comment has the word."""
    return word in editing.names.words_in_strings or word in editing.lines.words_in_type_comments


def is_in_annotation(editing: Editing, word: str) -> bool:
    """Return whether a quoted annotation has the word."""
    return any(_is_annotation(editing, string) for string in editing.names.words_in_strings.get(word, ()))


def _is_annotation(editing: Editing, string: cst.SimpleString) -> bool:
    kinds = (cst.Annotation, cst.Subscript, cst.BaseStatement)
    around = next(above for above in editing.names.ancestors(string) if isinstance(above, kinds))
    return not isinstance(around, cst.BaseStatement)


def drop(editing: Editing, used_before: set[str], keep: set[str]) -> None:
    """Remove the imports that nothing uses since the conversion, except those that other modules may need."""
    names = editing.names
    exported = names.exported() | keep
    gone: dict[int, tuple[cst.BaseSmallStatement, list[Imported]]] = {}
    for each in names.imports:
        if (
            each.scope is names.top
            and each.local in used_before
            and each.local not in exported
            and len(names.refs(names.top, each.local)) == _bindings(editing, each.local)
            and not is_in_text(editing, each.local)
            and not is_reexport(each)
        ):
            gone.setdefault(id(each.statement), (each.statement, []))[1].append(each)
    changes: list[tuple[cst.BaseSmallStatement, Sequence[cst.BaseSmallStatement]]] = []
    for statement, found in gone.values():
        aliases = [each.alias for each in found]
        if isinstance(statement, cst.ImportFrom):
            new = without(statement, aliases)
            changes.append((statement, [] if new is None else [new]))
        else:
            assert isinstance(statement, cst.Import)
            kept = [each for each in statement.names if not any(each is alias for alias in aliases)]
            if kept:
                kept[-1] = kept[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
            changes.append((statement, [statement.with_changes(names=kept)] if kept else []))
    if changes:
        separate(editing, changes)
        editing.commit()


def is_reexport(imported: Imported) -> bool:
    """Return whether it is `import X as X`, which type checkers take for a re-export."""
    alias = imported.alias
    return alias.evaluated_alias == alias.evaluated_name.rpartition(".")[2]
