"""The limits that the project has set itself: ours to a measure, for each row and version, within one run."""

from collections import namedtuple

from ..implementations import NATIVE, OURS
from .rows import ASYNC_TIMEOUT, NATIVE_TIMEOUT, PEER_CATCH, RAW, SUPPRESS

Goal = namedtuple("Goal", ["key", "measure", "limit"])

_TO_RAW = {
    "child-noop": 1.08,
    "child-sleep": 1.08,
    "group-1": 1.25,
    "group-2": 1.25,
    "group-5": 1.20,
    "empty": 3.2,
    "nested": 2.5,
    "fails": 1.06,
    "cancelled": 1.06,
    "memory": 1.00,
}
_TO_NATIVE = {
    "child-noop": 1.00,
    "child-sleep": 1.00,
    "group-1": 1.04,
    "group-2": 1.03,
    "group-5": 1.01,
    "empty": 1.05,
    "nested": 1.04,
    "fails": 1.00,
    "cancelled": 1.00,
    "memory": 1.00,
}
_TO_NATIVE_314 = {
    **_TO_NATIVE,
    "child-noop": 0.98,
    "child-sleep": 0.98,
    "group-1": 1.00,
    "group-2": 1.00,
    "group-5": 1.00,
    "empty": 0.87,
    "nested": 0.88,
}
_TO_ASYNC_TIMEOUT = {"timeout-quiet": 0.98, "timeout-none": 1.4, "timeout-expired": 1.35}
_TO_NATIVE_TIMEOUT = {"timeout-quiet": 0.95, "timeout-none": 0.85, "timeout-expired": 1.03}
# Half of its cost before a coroutine handler took the fast path.
_ASYNC_CATCH = {(3, 8): 0.84, (3, 10): 0.81, (3, 11): 0.84, (3, 12): 0.80, (3, 14): 0.86}
# Instructions of the import after that of asyncio and exceptiongroup, to those of `import asyncio`.
_IMPORT = {(3, 8): 0.045, (3, 10): 0.045, (3, 11): 0.035, (3, 12): 0.035, (3, 14): 0.025}


def goals_of(version):
    """Return the goals of a version, a pair of numbers."""
    old, timeouts = version < (3, 11), (3, 11) <= version < (3, 13)
    children = _TO_RAW if old else _TO_NATIVE if version < (3, 14) else _TO_NATIVE_314
    found = [Goal(key, RAW if old else NATIVE, limit) for key, limit in children.items()]
    if old:
        found += [Goal(key, ASYNC_TIMEOUT, limit) for key, limit in _TO_ASYNC_TIMEOUT.items()]
    if timeouts:
        found += [Goal(key, NATIVE_TIMEOUT, limit) for key, limit in _TO_NATIVE_TIMEOUT.items()]
    new, kept, ten_new, ten_kept = (
        (0.42, 0.40, 0.75, 0.75) if old else (0.55, 0.50, 1.05, 1.20) if version < (3, 14) else (0.50, 0.37, 1.03, 1.20)
    )
    found += [
        Goal("catch-new", PEER_CATCH, new),
        Goal("catch-kept", SUPPRESS, kept),
        Goal("ten-new", PEER_CATCH, ten_new),
        Goal("ten-kept", PEER_CATCH, ten_kept),
    ]
    if version in _ASYNC_CATCH:
        found.append(Goal("catch-async", PEER_CATCH, _ASYNC_CATCH[version]))
    if version in _IMPORT:
        found.append(Goal("import", "asyncio", _IMPORT[version]))
    return found


def evaluate(counts, version):
    """Return each goal with the ratio that was measured, those that a run does not hold left out."""
    found = []
    for goal in goals_of(version):
        ours = counts.get(goal.key, {}).get(OURS)
        # No peer's catch awaits a handler: its plain form is the measure.
        beside = counts.get("catch-new" if goal.key == "catch-async" else goal.key, {}).get(goal.measure)
        if ours and beside:
            found.append((goal, ours / beside))
    return found
