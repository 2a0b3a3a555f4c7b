import sys

if sys.version_info >= (3, 15):
    from asyncio import TaskGroup, timeout
else:
    from taskgroup_compat import TaskGroup, timeout

if sys.version_info >= (3, 11):
    from builtins import BaseExceptionGroup, ExceptionGroup
else:
    from taskgroup_compat import BaseExceptionGroup, ExceptionGroup

__all__ = ["BaseExceptionGroup", "ExceptionGroup", "TaskGroup", "timeout"]
