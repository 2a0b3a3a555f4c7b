"""The names that the translated tests use, on this version."""

import gc
import sys
from asyncio import current_task
from types import CellType

from taskgroup_compat import BaseExceptionGroup, ExceptionGroup, cancelling, catch, uncancel

__all__ = [
    "BaseExceptionGroup",
    "ExceptionGroup",
    "cancelling",
    "catch",
    "current_exception",
    "no_other_refs",
    "uncancel",
]


def current_exception():
    return sys.exc_info()[1]


def no_other_refs():
    """What gc.get_referrers() of a test's only exception has to find: what holds the local variable `exc`.

    That is a cell where a clause assigns it, else the frame below 3.11. Later a frame that runs is no object of the
    collector's, but a coroutine refers to its locals from 3.14 on (gh-124392).
    """
    frame = sys._getframe(1)
    if "exc" in frame.f_code.co_cellvars:
        cells = [each for each in gc.get_referents(frame) if type(each) is CellType]
        return [each for each in cells if isinstance(each.cell_contents, BaseException)]
    if sys.version_info < (3, 11):
        return [frame]
    if sys.version_info < (3, 14):
        return []
    coro = current_task().get_coro()
    while coro.cr_frame is not frame:
        coro = coro.cr_await
    return [coro]
