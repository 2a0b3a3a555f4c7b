"""The differences from 3.15 that are known: where, why, and the CPython issue behind them.

A difference that is not here fails, and so does one that is here and no longer occurs.
"""

OLD = ("3.8", "3.9", "3.10", "pypy3.9")  # whose Task does not count cancellations
UNDELIVERED = ("3.8", "3.9", "3.10", "3.11", "3.12")  # whose C Task cannot be told to drop one
PYPY = ("pypy3.9", "pypy3.11")
PYPY_8 = {"pypy3.11": (8,)}

STEPPED = (
    "PyPy's Task is the one written in Python: it steps its coroutine inside an `except` clause, so that what is "
    "raised after a cancellation has it as context. CPython's Task that is written in Python does the same."
)


class Known:
    """One kind of difference: the scenarios that show it, and the columns where they do.

    before and since name releases for those of the columns where not every release has it.
    """

    def __init__(self, reason, columns, keys, *, issue=None, kind="outcome", before=None, since=None):
        self.reason = reason
        self.columns = columns
        self.keys = keys
        self.issue = issue
        self.kind = kind
        self.before = before or {}
        self.since = since or {}

    def holds(self, column, release):
        """Whether a release that a column is of shows it."""
        first, end = self.since.get(column, release), self.before.get(column)
        return column in self.columns and first <= release and (end is None or release < end)

    def where(self):
        """Its columns in words."""
        words = []
        for column in self.columns:
            limits = [("before", self.before.get(column)), ("since", self.since.get(column))]
            named = ["{} {}".format(word, ".".join(map(str, limit))) for word, limit in limits if limit]
            words.append(" ".join([column, *(["of releases", *named] if named else ())]))
        return ", ".join(words)


KNOWN = [
    Known(
        "A cancellation that is delivered while the task is in no group or timeout is not counted: the Task has no "
        "count of its own.",
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
        "A request by a bound `task.cancel` that was taken before the group was entered bypasses the count. It is lost "
        "if the body swallows it, or if it arrives in the same clean-up as the group's own request.",
        OLD,
        ("cancellation.method_bound_before_swallowed", "cancellation.method_bound_before_in_clean_up"),
        issue="gh-90908",
    ),
    Known(
        "The cancel scopes of libraries do not call `uncancel()` on these versions, so leaving such a scope withdraws "
        "its request. A scope whose first `uncancel()` follows a CancelledError is treated like one of them.",
        OLD,
        ("cancellation.scope_that_uncancels_after_cancelled_error",),
        issue="gh-90908",
    ),
    Known(
        "After `uncancel()` an undelivered cancellation still arrives at the next `await`. Only the end of a group or "
        "of an expired timeout clears it.",
        UNDELIVERED,
        ("cancel().uncancelled_by_the_body",),
        issue="gh-116720",
    ),
    Known(
        "Where a request to cancel the parent remains beside errors, the cancellation is delivered right after the "
        "step in which the group is left. A task that handles the errors and returns in that step, without another "
        "await, ends with its result, as with asyncio's own group of 3.11 and 3.12.",
        ("3.8", "3.9", "3.10", "3.11", "3.12", *PYPY),
        ("cancellation.then_a_failure_and_no_await",),
        issue="gh-116720",
    ),
    Known(
        "On purpose: a coroutine that the loop refuses is closed, as one that the group refuses. 3.15 leaves it open, "
        "and the interpreter warns that it was never awaited.",
        (*OLD, "3.11", "3.12", "3.13", "3.14", "pypy3.11"),
        ("lifecycle.coroutine_that_the_loop_refuses",),
    ),
    Known(
        "The loop refuses `eager_start` with a TypeError.",
        (*OLD, "3.11", "3.12", "3.13", "pypy3.11"),
        ("eager tasks.eager_start_on_any_version",),
        issue="gh-128307",
        # its create_task() has passed every keyword on since then
        before={"3.13": (3, 13, 3)},
    ),
    Known(
        "A timeout that neither counts nor uncancels raises TimeoutError even where its task was cancelled from "
        "outside too: the library decides this.",
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
        "A Task that awaits a cancelled Task gets a new CancelledError, with the first one as its context.",
        ("3.9", "3.10", "pypy3.9"),
        ("cancellation.of_a_child_that_is_awaited",),
        issue="gh-89553",
        kind="chains",
    ),
    Known(
        "An exception thrown into a coroutine does not get the exception being handled there as its context.",
        ("3.8",),
        ("failure.raised_while_handling", "timeouts.fires_then_outside"),
        issue="gh-73773",
        kind="chains",
    ),
    Known(
        STEPPED,
        PYPY,
        (
            "lifecycle.body_is_refused",
            "failure.two_in_one_step",
            "nesting.both_in_one_step",
            "generators.coroutine_closed",
        ),
        kind="chains",
    ),
    Known(STEPPED, ("pypy3.11",), ("generators.coroutine_closed_with_children",), kind="chains", since=PYPY_8),
    Known(
        "PyPy before 8: a CancelledError that the Task throws in where it waited for a child that failed gets the "
        "child's error as context, as the Task handles it at that moment.",
        PYPY,
        ("failure.awaited_failure", "failure.awaited_failure_leaves"),
        kind="chains",
        before=PYPY_8,
    ),
    Known(
        "PyPy since 8: the GeneratorExit of `aclose()` gets the exception that the caller's Task handles as its "
        "context.",
        ("pypy3.11",),
        ("generators.child_fails_between_steps",),
        kind="chains",
        since=PYPY_8,
    ),
    Known(
        "PyPy since 8: an exception that is raised again keeps its context, also if that is None. So does the "
        "CancelledError that a Task throws in, because the future that it waited for has raised it before.",
        ("pypy3.11",),
        ("cancel().body_error_and_outside", "timeouts.fires_then_outside"),
        kind="chains",
        since=PYPY_8,
    ),
]


def known(key, column, release):
    """The known difference of a scenario in a release that a column is of, or None."""
    found = [each for each in KNOWN if key in each.keys and each.holds(column, release)]
    assert len(found) < 2, f"two reasons for {key} on {column}"
    return found[0] if found else None


def depends_on_release(key, column):
    """Whether a scenario differs in some releases that a column is of, and not in others."""
    return any(key in each.keys and column in (*each.before, *each.since) for each in KNOWN)
