"""Running a function in a thread with a large stack, and in worker processes."""

from __future__ import annotations

import signal
import sys
import threading
from typing import Any, Callable, TypeVar

_Returned = TypeVar("_Returned")
_RECURSION = 20_000
_STACK = 0x2000_0000


def ignore_interrupts() -> None:
    """Leave Ctrl-C to the main process, which lets each file end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def in_deep_thread(function: Callable[[], _Returned], interrupted: Callable[[], None] | None = None) -> _Returned:
    """Run a function in a thread with a large stack, and return or raise its outcome.

    A tree is as deep as the longest chain of operators or elifs. The parser and, below 3.11, every Python function
    use that stack, and crash at its end. A KeyboardInterrupt calls `interrupted`, and the function ends by itself.
    """
    outcome: list[Any] = []

    def call() -> None:
        try:
            outcome.extend((function(), None))
        except BaseException as error:
            outcome.extend((None, error))

    limit, size = sys.getrecursionlimit(), threading.stack_size()
    sys.setrecursionlimit(max(limit, _RECURSION))
    threading.stack_size(_STACK)
    thread = threading.Thread(target=call)
    try:
        thread.start()
        thread.join()
    except KeyboardInterrupt:
        if interrupted is not None:
            interrupted()
        thread.join()
    finally:
        threading.stack_size(size)
        sys.setrecursionlimit(limit)
    result, error = outcome
    try:
        if error is not None:
            raise error
        return result  # type: ignore[no-any-return]
    finally:
        del error
        outcome.clear()
