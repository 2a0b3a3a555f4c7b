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


KNOWN = [
    Known(
        "A request that was delivered before the task ever met a group, or while it is in none, is counted by nobody: "
        "the Task has no count of its own.",
        OLD,
        (
            "cancellation.swallowed_before_the_group",
            "cancellation.level_is_kept",
            "cancellation.waiting_for_a_group_task",
            "cancel().outside_after_leaving",
            "catch.cancelled_in_a_clause",
        ),
        issue="gh-90908",
    ),
    Known(
        "`uncancel()` is a plain function, and the Task's own flag for a cancellation that is not delivered yet can be "
        "cleared only where the group awaits.",
        UNDELIVERED,
        ("cancel().uncancelled_by_the_body",),
        issue="gh-116720",
    ),
    Known(
        "On purpose: a coroutine that the loop refuses is closed, as one that the group refuses. 3.15 leaves it open, "
        "and the interpreter warns that it was never awaited.",
        (*OLD, "3.11", "3.12", "3.13", "3.14"),
        ("lifecycle.coroutine_that_the_loop_refuses",),
    ),
    Known(
        "The loop does not know `eager_start`: a TypeError, as the loop itself gives.",
        (*OLD, "3.11", "3.12", "3.13"),
        ("eager tasks.eager_start_on_any_version",),
        issue="gh-128307",
    ),
    Known(
        "A timeout that neither counts nor uncancels raises TimeoutError even where its task was cancelled from "
        "outside too: the library's doing.",
        OLD,
        ("timeouts.library_and_outside",),
    ),
    Known(
        "`asyncio.wait_for()` of 3.8 drops the error that its coroutine raises while it is being cancelled.",
        ("3.8",),
        ("timeouts.wait_for_child_fails",),
        issue="gh-84787",
    ),
    Known(
        "A Task that awaits a cancelled one gets a new CancelledError whose context is the other's.",
        ("3.9", "3.10", "pypy3.9"),
        ("cancellation.of_a_child_that_is_awaited",),
        issue="gh-89553",
        kind="chains",
    ),
    Known(
        "What is thrown into a coroutine that handles an exception does not get it as its context.",
        ("3.8",),
        ("failure.raised_while_handling", "timeouts.fires_then_outside"),
        issue="gh-73773",
        kind="chains",
    ),
    Known(
        "PyPy's Task is the one written in Python: it steps its coroutine inside an `except` clause, so that what is "
        "raised after a cancellation has it as context.",
        ("pypy3.9",),
        (
            "lifecycle.body_is_refused",
            "failure.two_in_one_step",
            "failure.awaited_failure",
            "failure.awaited_failure_leaves",
            "nesting.both_in_one_step",
            "generators.coroutine_closed",
        ),
        kind="chains",
    ),
]


def known(key, column):
    """The known difference of a scenario in a column, or None."""
    found = [each for each in KNOWN if key in each.keys and column in each.columns]
    assert len(found) < 2, f"two reasons for {key} on {column}"
    return found[0] if found else None
