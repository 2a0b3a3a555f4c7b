"""Puts what taskgroup_compat has in the place of asyncio's."""

import asyncio
import importlib
import sys
import types

import taskgroup_compat

# asyncio's modules, and what tests and asyncio itself take from them.
_PLACES = {"asyncio.taskgroups": ["TaskGroup"], "asyncio.timeouts": ["Timeout", "timeout", "timeout_at"]}


def put_ours():
    for place, names in _PLACES.items():
        try:
            module = importlib.import_module(place)
        except ImportError:
            module = sys.modules[place] = types.ModuleType(place)
            setattr(asyncio, place.rpartition(".")[2], module)
        for name in names:
            # A version's own is left where the package has none.
            ours = getattr(taskgroup_compat, name, None)
            if ours is not None:
                setattr(module, name, ours)
                setattr(asyncio, name, ours)
    if not hasattr(asyncio, "EventLoop"):
        asyncio.EventLoop = asyncio.SelectorEventLoop
