"""Finds the reference cycles that a task group made itself, among all that the libraries and programs leave."""

import gc
import os
import types

import taskgroup_compat

_HOME = os.path.dirname(taskgroup_compat.__file__)


def cycles_of_the_group():
    """Collects, and returns a line for each cycle in which a frame of the package holds on, or a group itself is.

    A library that leaves an error in a cycle leaves all frames of its traceback with it, ours too: those are in no
    cycle through what our frame refers to.
    """
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        gc.collect()
    finally:
        gc.set_debug(0)
    found = list(gc.garbage)
    gc.garbage.clear()
    known = {id(one): one for one in found}
    lines = []
    for one in found:
        if isinstance(one, taskgroup_compat.TaskGroup) or _is_ours(one):
            for reached in _own_references(one):
                if id(reached) in known and _reaches(reached, one, known):
                    lines.append(f"{_name(one)} -> {_name(reached)}")
    return sorted(set(lines))


def _is_ours(one):
    if isinstance(one, types.FrameType):
        return one.f_code.co_filename.startswith(_HOME)
    return type(one).__module__.startswith("taskgroup_compat")


def _own_references(one):
    # a frame's caller is not of its making
    back = one.f_back if isinstance(one, types.FrameType) else None
    return [reached for reached in gc.get_referents(one) if reached is not back]


def _reaches(start, goal, known):
    """Whether goal can be reached from start, other than by way of the frames that called ours."""
    seen = {id(start)}
    todo = [start]
    while todo:
        one = todo.pop()
        if one is goal:
            return True
        for reached in _own_references(one):
            if id(reached) in known and id(reached) not in seen:
                seen.add(id(reached))
                todo.append(reached)
    return False


def _name(one):
    if isinstance(one, types.FrameType):
        return f"frame of {one.f_code.co_name}"
    return type(one).__name__
