"""The scenarios of `catch`. Each function returns the CPU seconds of `times` statements."""

import importlib
import sys
from contextlib import suppress
from time import process_time

if sys.version_info >= (3, 11):
    from .except_star import statement_no_exception, statement_ten_leaves
else:
    from exceptiongroup import ExceptionGroup

    statement_no_exception = statement_ten_leaves = None

KEPT, NEW = "catch, kept", "catch, new"
BARE_KEPT, BARE_NEW = "bare, kept", "bare, new"
SUPPRESS, PEER, STATEMENT = "suppress, new", "exceptiongroup.catch", "except*"


_finished = (each for each in ())
next(_finished, None)


class Bare:
    """The steps that no context manager can leave out, without any check.

    It serves only where plain groups of a single level are handled wholly by plain functions.
    """

    __slots__ = ("_handlers",)

    def __init__(self, handlers):
        self._handlers = handlers

    def __enter__(self):
        pass

    def __exit__(self, kind, exc, tb):
        if exc is None:
            return False
        rest = exc
        for types, handle in self._handlers.items():
            match, rest = rest.split(types)
            try:
                # makes the match the exception being handled, without a new context
                _finished.throw(match)
            except BaseException:
                match.__traceback__ = tb
                handle(match)
        return rest is None


def handler(group):
    pass


def kept(catch, times):
    catching = catch({ValueError: handler, OSError: handler})
    started = process_time()
    for _ in range(times):
        with catching:
            pass
    return process_time() - started


def new(catch, times):
    started = process_time()
    for _ in range(times):
        with catch({ValueError: handler, OSError: handler}):
            pass
    return process_time() - started


def new_suppress(times):
    started = process_time()
    for _ in range(times):
        with suppress(ValueError, OSError):
            pass
    return process_time() - started


def ten_leaves_each(times):
    """The groups are built before: it is catching that is measured."""
    return [ExceptionGroup("", [ValueError(n) if n % 2 else OSError(n) for n in range(10)]) for _ in range(times)]


def ten_leaves_kept(catch, times):
    groups = ten_leaves_each(times)
    catching = catch({ValueError: handler, OSError: handler})
    started = process_time()
    for group in groups:
        with catching:
            raise group
    return process_time() - started


def ten_leaves_new(catch, times):
    groups = ten_leaves_each(times)
    started = process_time()
    for group in groups:
        with catch({ValueError: handler, OSError: handler}):
            raise group
    return process_time() - started


def rows(without, with_leaves):
    """The runs of each row by name, without an exception `without` times, with ten leaves `with_leaves` times."""
    catches = {}
    for name, module in (("ours", "taskgroup_compat"), (PEER, "exceptiongroup")):
        with suppress(ImportError):
            catches[name] = importlib.import_module(module).catch
    no_exception = {
        SUPPRESS: lambda: new_suppress(without),
        BARE_KEPT: lambda: kept(Bare, without),
        BARE_NEW: lambda: new(Bare, without),
    }
    leaves = {}
    if "ours" in catches:
        ours = catches["ours"]
        no_exception[KEPT] = lambda: kept(ours, without)
        no_exception[NEW] = lambda: new(ours, without)
        leaves[KEPT] = lambda: ten_leaves_kept(ours, with_leaves)
        leaves[NEW] = lambda: ten_leaves_new(ours, with_leaves)
    if PEER in catches:
        peer = catches[PEER]
        no_exception[PEER] = lambda: new(peer, without)
        leaves[PEER] = lambda: ten_leaves_new(peer, with_leaves)
    if statement_no_exception is not None:
        no_exception[STATEMENT] = lambda: statement_no_exception(without)
        leaves[STATEMENT] = lambda: statement_ten_leaves(ten_leaves_each(with_leaves))
        leaves[BARE_KEPT] = lambda: ten_leaves_kept(Bare, with_leaves)
        leaves[BARE_NEW] = lambda: ten_leaves_new(Bare, with_leaves)
    return no_exception, leaves
