"""asyncio.TaskGroup, asyncio.timeout and except* of the newest Python, on every Python from 3.8.

`python -m taskgroup_compat` prints which class each name is on this Python, and checks it.
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

# 3.13 is the first whose own timeouts have every fix: gh-96037, gh-102780, gh-113848, gh-116720.
if sys.version_info >= (3, 13):
    from asyncio import Timeout, timeout, timeout_at
else:
    from ._timeout import Timeout, timeout, timeout_at

# The function that pickle uses for a TimeoutError of 3.8 to 3.10.
if sys.version_info >= (3, 11):
    _timeout_error = TimeoutError
else:
    from ._timeout import _timeout_error as _timeout_error

__version__ = "0.1.0"
__all__ = [
    "BaseExceptionGroup",
    "ExceptionGroup",
    "TaskGroup",
    "Timeout",
    "__version__",
    "cancelling",
    "catch",
    "timeout",
    "timeout_at",
    "uncancel",
]

# What repr(), help() and pickle show is where users import it from, also where the package is a copy inside another.
for _public in [globals()[name] for name in __all__ if name != "__version__"]:
    if _public.__module__.startswith(f"{__name__}."):
        _public.__module__ = __name__
