"""Outcomes as data: exceptions in full, and events with their virtual times."""

import asyncio

# A cancelled task's own error carries details that belong to the Task of each version, not to the group.
_DEPTH = 12


def describe(error, seen=()):
    """An exception as JSON: type, arguments, notes, leaves, cause and context.

    A link that leads back to an exception being described is written as "again".
    """
    if error is None:
        return None
    if any(error is each for each in seen) or len(seen) > _DEPTH:
        return "again"
    seen += (error,)
    found = {"type": _name(type(error))}
    leaves = getattr(error, "exceptions", None)
    if isinstance(leaves, tuple):
        found["message"] = error.message
        found["leaves"] = [describe(leaf, seen) for leaf in leaves]
    elif error.args:
        found["args"] = [arg if isinstance(arg, (str, int)) else repr(arg) for arg in error.args]
    notes = getattr(error, "__notes__", None)
    if notes:
        found["notes"] = list(notes)
    if error.__cause__ is not None:
        found["cause"] = describe(error.__cause__, seen)
    if error.__context__ is not None:
        found["context"] = describe(error.__context__, seen)
    if error.__suppress_context__:
        found["suppressed"] = True
    return found


def _name(kind):
    # asyncio.TimeoutError became the builtin class in 3.11
    return "TimeoutError" if kind is asyncio.TimeoutError else kind.__name__


def without_chains(outcome):
    """The same outcome without causes and contexts."""
    if isinstance(outcome, dict):
        chain = ("cause", "context", "suppressed")
        return {key: without_chains(value) for key, value in outcome.items() if key not in chain}
    if isinstance(outcome, (list, tuple)):
        return [without_chains(each) for each in outcome]
    return outcome


def brief(error):
    """A described exception on one line: ``ExceptionGroup[ValueError('x'), KeyError]``."""
    if not isinstance(error, dict):
        return str(error)
    if "leaves" in error:
        return "{}[{}]".format(error["type"], ", ".join(brief(leaf) for leaf in error["leaves"]))
    args = ", ".join(repr(arg) for arg in error.get("args", ()))
    text = "{}({})".format(error["type"], args) if args else error["type"]
    if "cause" in error:
        text += " from " + brief(error["cause"])
    return text
