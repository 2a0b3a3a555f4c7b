"""The differences of a version from 3.15 outside the table of scopes: each by name, with its outcome and its reason.

For the table of scopes it is the libraries alone, and below_311.py says what they do.
"""

import json
import pathlib
import sys

_INTERRUPTED = {"stderr": ["KeyboardInterrupt"]}
_ANYIO_INTERRUPTED = {
    "ends with": 1,
    "stderr": (
        ["CancelledError"]
        if sys.version_info < (3, 9)
        else ["CancelledError", "During handling of the above exception, another exception occurred:", "CancelledError"]
    ),
}

# The first version without the difference, the outcome before it, and the reason.
PROGRAMS = {
    "group in a thread that nobody catches is a tree on stderr": (
        (3, 11),
        {
            "stderr": [
                "Exception in thread worker:",
                "ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)",
            ]
        },
        "threading prints errors in C, where the package exceptiongroup cannot have them printed as trees",
    ),
    "SIGINT while the body waits": (
        (3, 11),
        _INTERRUPTED,
        "asyncio.run() raises the KeyboardInterrupt and cancels all tasks; from 3.11 on it cancels the main task first",
    ),
    "SIGINT while the group waits": ((3, 11), _INTERRUPTED, "the same"),
    "SIGINT in a program of anyio": (
        (3, 11),
        _ANYIO_INTERRUPTED,
        "anyio.run() ends with KeyboardInterrupt only where a task has uncancel()",
    ),
    "SIGINT in a program of anyio while children clean up with awaits": ((3, 11), _ANYIO_INTERRUPTED, "the same"),
    "SIGINT in a program of anyio whose child fails cleaning up": ((3, 11), _ANYIO_INTERRUPTED, "the same"),
    "tests of IsolatedAsyncioTestCase": (
        (3, 11),
        {
            "stdout": [
                "6",
                "test_cancelled_outside_and_swallowed False True",
                "test_cancelled_outside_and_swallowed False True",
                "test_that_fails True False",
            ]
        },
        "the test, its tear down and its clean up run in one task there, which counts what the test has swallowed",
    ),
    "groups leave nothing to the garbage collector": (
        (3, 15),
        {"stdout": ["found 0"]},
        "3.15's own group leaves frames in cycles, ours does not",
    ),
    "timeouts leave nothing to the garbage collector": (
        (3, 13),
        {"stdout": ["none"]},
        "asyncio's own keeps the task, which keeps the TimeoutError that it ended with, ours does not",
    ),
}

SOCKETS = {}

# Scopes that differ on older versions: the first version with that of 3.15, and the difference before it.
OTHER_SCOPES = {"asyncio.wait_for ": ((3, 12), "wait_for() of this version runs its coroutine in a task of its own")}

# gh-155433: a group that cancels itself, and whose scope fires while its children end, has two cancellations to let
# out. A scope of anyio knows its own by the message. 3.15's group lets the other one leave, which passes the scope.
# Ours lets the one with a message leave below 3.15, so that the scope swallows it, and the program goes on.
MESSAGE_LEAVES = (
    ("anyio.",),
    ("child cancels the group", "child cancels the group, caught inside"),
    {
        "3 outside passes CancelledError; 3 ends with CancelledError": "4 outside: goes on; 4 returns",
        "3 between passes CancelledError; 4 child has cleaned up; 4 outside passes CancelledError; "
        "4 ends with CancelledError": "4 between: goes on; 5 child has cleaned up; "
        "5 outside catches ExceptionGroup[Broken(outer body)]; 6 outside: goes on; 6 returns",
    },
)

TABLES = {"programs": PROGRAMS, "sockets": SOCKETS}


def apply(table, outcomes):
    """Put the known differences of this version into the expectations of a table."""
    if table == "scopes" and sys.version_info < (3, 15):
        scopes, rows, instead = MESSAGE_LEAVES
        for group in outcomes:
            # After an error of a group in between, a Task that counts is cancelled again, without the message.
            lost = sys.version_info >= (3, 11) and group.endswith(" around two groups")
            for name in rows if group.startswith(scopes) and not lost else ():
                for end, other in instead.items():
                    outcome = outcomes[group].get(name, "")
                    if outcome.endswith(end):
                        # fail_after() raises where its scope has swallowed something
                        raised = end[: end.index("passes")] + "catches TimeoutError; " if "fail_after" in group else ""
                        outcomes[group][name] = outcome[: -len(end)] + raised + other
    for name, (fixed_in, outcome, _) in TABLES.get(table, {}).items():
        if sys.version_info < fixed_in:
            different = {**outcomes[name], **outcome} if isinstance(outcome, dict) else outcome
            assert different != outcomes[name], f"{name} is no difference any more"
            outcomes[name] = different


def late_on_uvloop(table, group):
    """Return the outcomes that differ on uvloop from 3.9 to 3.12, where newer releases of anyio run.

    The cancellation that remains beside errors comes one iteration later there. A scope of anyio that has fired cancels
    the task in that iteration too, with its own message. They arrive as one CancelledError, which the scope swallows.
    From 3.11 on that is the scope's own cancellation in every row: none has a cancellation from outside.
    """
    if not (3, 9) <= sys.version_info < (3, 13):
        return {}
    recorded = json.loads(pathlib.Path(__file__).with_name("recorded").joinpath("late_on_uvloop.json").read_text())
    start = f"{table}: {group}, "
    rows = recorded["below 3.11" if sys.version_info < (3, 11) else "3.11 and 3.12"]
    return {name[len(start) :]: outcome for name, outcome in rows.items() if name.startswith(start)}
