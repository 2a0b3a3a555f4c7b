"""The names of the matrix's columns."""

import platform
import sys


def column():
    """The name of the running interpreter's column."""
    prefix = "pypy" if platform.python_implementation() == "PyPy" else ""
    return "{}{}.{}".format(prefix, *sys.version_info[:2])
