"""Below 3.11: an object in the place of task.cancel that looks like the bound method to everybody else."""

# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from __future__ import annotations

from typing import Any
from weakref import ref


class BoundMethod(ref):  # type: ignore[type-arg]  # 3.8 has no ref[Task]
    """Impersonate the bound method of a task; a weak reference to it, as the task holds this object."""

    # A class cannot have a property __qualname__, but it can have a slot of that name. Like the bound method, the
    # object can be referred to weakly. Properties one by one: __getattr__ would slow every attribute access.
    __slots__ = ("__qualname__", "__dict__", "__weakref__")

    def task(self) -> Any:
        return super().__call__()

    def _method(self) -> Any:
        task = self.task()
        return None if task is None else type(task).cancel.__get__(task)

    def __eq__(self, other: object) -> bool:
        # Another object of this kind gets the method to compare.
        method = self._method()
        return self is other or (method is not None and method == other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self._method())

    def __repr__(self) -> str:
        return repr(self._method())

    # inspect.isroutine() and isinstance() ask for it.
    __class__: Any = property(lambda self: self._method().__class__)
    __self__ = property(task)
    __func__ = property(lambda self: self._method().__func__)
    __name__ = property(lambda self: self._method().__name__)
    __doc__: Any = property(lambda self: self._method().__doc__)
    __text_signature__ = property(lambda self: self._method().__text_signature__)
