"""`catch`: except* without the syntax."""

from ._clauses import run


class catch:
    """Handle the exceptions of a block as `except*` does."""

    __slots__ = ("_clauses",)
    __module__ = "taskgroup_compat"

    def __init__(self, handlers):
        self._clauses = tuple(handlers.items())

    def __enter__(self) -> None:
        pass

    def __exit__(self, typ, exc, tb) -> bool:
        if exc is None:
            return False
        result = run(self._clauses, exc)
        if result is None:
            return True
        if result is exc:
            return False
        raise result
