"""asyncio.TaskGroup, asyncio.timeout and except* of the newest Python, on every Python from 3.8.

`python -m taskgroup_compat` says what each name is on this Python, and tries it.
"""

import sys

from ._cancellation import cancelling, uncancel
from ._catch import catch

if sys.version_info >= (3, 11):
    ExceptionGroup = ExceptionGroup
    BaseExceptionGroup = BaseExceptionGroup
else:
    from exceptiongroup import BaseExceptionGroup, ExceptionGroup

# 3.15 is the first whose own group has cancel() and every fix: gh-108951, gh-135736, gh-155418, gh-155433.
if sys.version_info >= (3, 15):
    from asyncio import TaskGroup
else:
    from ._group import TaskGroup

__version__ = "0.1.0"
__all__ = [
    "BaseExceptionGroup",
    "ExceptionGroup",
    "TaskGroup",
    "__version__",
    "cancelling",
    "catch",
    "uncancel",
]

# What repr(), help() and pickle show is where users import it from, also where the package is a copy inside another.
for _public in [globals()[name] for name in __all__]:
    if getattr(_public, "__module__", "").startswith(f"{__name__}."):
        _public.__module__ = __name__
