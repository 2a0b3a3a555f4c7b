"""`python -m tests.bench.instructions.imports`: the process that counts imports, each once."""

import gc
import sys

from .counter import count_nothing, start, stop


def main():
    gc.disable()
    count_nothing()
    start()
    import asyncio  # noqa: F401

    stop("import|asyncio")
    if sys.version_info < (3, 11):
        start()
        import exceptiongroup  # noqa: F401

        stop("import|exceptiongroup")
    start()
    from taskgroup_compat import TaskGroup, timeout  # noqa: F401

    stop("import|ours")


if __name__ == "__main__":
    main()
