"""The names of the matrix's columns, and the releases that they are of."""

import platform
import sys


def column():
    """The name of the running interpreter's column."""
    prefix = "pypy" if platform.python_implementation() == "PyPy" else ""
    return "{}{}.{}".format(prefix, *sys.version_info[:2])


def release():
    """The release of the running interpreter as numbers; PyPy counts its own."""
    return tuple(getattr(sys, "pypy_version_info", sys.version_info)[:3])
