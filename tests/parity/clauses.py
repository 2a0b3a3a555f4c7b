"""except* and catch from one description: pairs of a type and the source of the clause's body.

The body is pasted into a real ``except*`` clause, or into a function that is given to ``catch``.
It sees ``e``, the matching group, and the names it is given.
"""

import asyncio
import functools

_NAMES = {"asyncio": asyncio}


def _indented(source, depth):
    return "".join("    " * depth + line + "\n" for line in source.splitlines())


@functools.lru_cache(maxsize=None)
def _compiled(source):
    return compile(source, "<clauses>", "exec")


def _defined(source, name, names):
    space = dict(_NAMES, **names)
    exec(_compiled(source), space)
    return space[name]


def with_syntax(clauses, names, is_async):
    """A function that runs a body under a real ``except*`` statement (3.11 and later)."""
    start = "async def run(body, types):\n    try:\n        await body()\n"
    if not is_async:
        start = "def run(body, types):\n    try:\n        body()\n"
    parts = [start]
    for place, (_, source) in enumerate(clauses):
        parts.append(f"    except* types[{place}] as e:\n" + _indented(source, 2))
    run = _defined("".join(parts), "run", names)
    types = [kind for kind, _ in clauses]
    return lambda body: run(body, types)


def with_catch(catch):
    """The same through ``catch``."""

    def make(clauses, names, is_async):
        handlers = {}
        for kind, source in clauses:
            awaits = is_async and "await " in source
            start = "async def handler(e):\n" if awaits else "def handler(e):\n"
            handlers[kind] = _defined(start + _indented(source, 1), "handler", names)
        run = "async def run(body, manager):\n    async with manager:\n        await body()\n"
        if not is_async:
            run = "def run(body, manager):\n    with manager:\n        body()\n"
        run = _defined(run, "run", {})
        return lambda body: run(body, catch(handlers))

    return make
