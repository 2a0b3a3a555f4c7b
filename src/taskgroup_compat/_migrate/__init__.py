"""`python -m taskgroup_compat migrate`: from `except*` to `catch` and back again, in source files.

The conversion needs libcst, which the extra `migrate` installs; reading the arguments does not.
"""

from __future__ import annotations

import atexit
import gc
import sys
import warnings
from typing import cast


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return the exit status, 130 after Ctrl-C."""
    try:
        return _run(sys.argv[2:] if arguments is None else arguments)
    except KeyboardInterrupt:
        # while libcst is loaded, or a second one while the last file is written
        print("interrupted", file=sys.stderr)
        return 130


def _run(argv: list[str]) -> int:
    if not {"-h", "--help"}.isdisjoint(argv):
        from .arguments import parser

        try:
            parser().parse_args(argv)
        except SystemExit as ended:
            return cast("int", ended.code)
    try:
        with warnings.catch_warnings():
            # its last release for 3.8 uses deprecated names
            warnings.simplefilter("ignore", DeprecationWarning)
            import libcst
    except Exception as error:  # on PyPy, where it can be installed, it cannot be imported
        print(
            "migrate needs libcst, on CPython:\n"
            "    python -m pip install libcst\n"
            f"({type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''})",
            file=sys.stderr,
        )
        return 2
    version = tuple(int(part) for part in libcst.LIBCST_VERSION.split(".")[:2])
    if version < (1, 1):
        print(
            f"migrate needs libcst 1.1 or later, and this is {libcst.LIBCST_VERSION}:\n"
            "    python -m pip install --upgrade libcst",
            file=sys.stderr,
        )
        return 2
    from .command import run

    # The process frees its memory as a whole: CPython need not look for cycles in it first.
    if hasattr(gc, "freeze"):
        atexit.register(gc.freeze)
    return run(argv)
