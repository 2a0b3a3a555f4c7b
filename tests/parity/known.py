"""The differences from 3.15 that are known: where, why, and the CPython issue behind them.

A difference that is not here fails, and so does one that is here and no longer occurs.
"""

OLD = ("3.8", "3.9", "3.10", "pypy3.9")  # whose Task does not count cancellations
UNDELIVERED = ("3.8", "3.9", "3.10", "3.11", "3.12")  # whose C Task cannot be told to drop one


class Known:
    """One kind of difference: the scenarios that show it, and the columns where they do."""

    def __init__(self, reason, columns, keys, *, issue=None, kind="outcome"):
        self.reason = reason
        self.columns = columns
        self.keys = keys
        self.issue = issue
        self.kind = kind


KNOWN = []


def known(key, column):
    """The known difference of a scenario in a column, or None."""
    found = [each for each in KNOWN if key in each.keys and column in each.columns]
    assert len(found) < 2, "two reasons for {} on {}".format(key, column)
    return found[0] if found else None
