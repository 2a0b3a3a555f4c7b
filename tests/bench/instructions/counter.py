"""Start and stop a count in the process that callgrind runs. Other processes import this as well and count nothing."""

import ctypes
import os

ZERO = "zero"  # The label of a count of nothing.

_path = os.environ.get("CALLGRIND_REQUESTS")
_library = ctypes.CDLL(_path) if _path else None


def start():
    """Begin a count."""
    _library.start()


def stop(label):
    """End the count under a label."""
    _library.stop(label.encode())


def count_nothing():
    """Count what the requests themselves cost; the first pass warms them up."""
    for label in ("warm-up", ZERO):
        start()
        stop(label)
