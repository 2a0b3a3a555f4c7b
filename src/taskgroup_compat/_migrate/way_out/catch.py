"""Out: each use of catch becomes a statement with `except*`, or is reported."""

from __future__ import annotations

from typing import Sequence

import libcst as cst

from ..options import Version
from ..source.editing import Editing
from ..source.visiting import BINDING
from .block import Block
from .converting import CONVERTED, catch_decorator, catch_item
from .decorated import Decorated

WRAPPED = "3.11.0 to 3.11.3 wrap a single error that a clause raises in a group (gh-103590)"


def convert(editing: Editing, functions: set[str], floor: Version) -> None:
    """Convert what can be, until there are only refused ones. `functions`: what catch is."""
    while True:
        # What was refused may stand in other code now, and must not wait for the next run.
        editing.withdraw_refusals()
        before = editing.report.converted[CONVERTED]
        while _convert_innermost(editing, functions, floor):
            editing.commit()
        if editing.report.converted[CONVERTED] == before:
            break
    _say_what_else(editing, functions)


def _convert_innermost(editing: Editing, functions: set[str], floor: Version) -> bool:
    """Convert or refuse the blocks that have no other in them; return whether there was any."""
    names = editing.names
    found: list[cst.With | cst.FunctionDef] = []
    for each in names.compounds:
        if id(each) in editing.refused:
            continue
        if isinstance(each, cst.With) and catch_item(editing, each, functions) is not None:
            found.append(each)
        if isinstance(each, cst.FunctionDef) and catch_decorator(editing, each, functions) is not None:
            found.append(each)
    outer = {id(above) for each in found for above in names.ancestors(each)}
    is_any = False
    for each in found:
        if id(each) in outer:
            continue
        converting: Block | Decorated
        if isinstance(each, cst.With):
            converting = Block(editing, each, functions)
        else:
            converting = Decorated(editing, each, functions)
        used = converting.handler_functions()
        # A handler is taken out of its place: first what stands in it, and what it stands in.
        around = [above for function in used for above in names.ancestors(function)]
        if any(id(function) in outer for function in used) or any(map(editing.is_replaced, around)):
            continue
        is_any = True
        converting.convert()
        if floor == (3, 11) and converting.raises():
            editing.note_once(each, WRAPPED)
    return is_any


def _say_what_else(editing: Editing, functions: set[str]) -> None:
    """Name each use of catch that is neither in a `with` nor a decorator."""
    names = editing.names
    for imported in names.imports:
        if imported.qualified in functions:
            uses: Sequence[cst.CSTNode] = [
                each.node for each in names.refs(imported.scope, imported.local) if each.kind not in BINDING
            ]
        elif imported.qualified in {function.partition(".")[0] for function in functions}:
            uses = [each for each in names.attributes if names.qualified(each) in functions]
        else:
            continue
        if names.only_binding(imported.scope, imported.local) is None:
            if uses:
                editing.left(imported.statement, f"{imported.local} is bound at several places")
            continue
        for use in uses:
            call = names.parents.get(id(use))
            around = names.parents.get(id(call)) if isinstance(call, cst.Call) and call.func is use else None
            if isinstance(around, (cst.WithItem, cst.Decorator)):
                continue
            if isinstance(around, cst.Arg):
                text = "the block is entered by a call, as with an ExitStack"
            elif around is not None:
                text = "the object is kept and used elsewhere"
            else:
                text = "the class is used without being called"
            editing.left(use, f"catch stays: {text}")
