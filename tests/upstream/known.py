"""What of CPython's tests cannot pass here: by name, with the versions and the reason.

What fails and is not here fails the session, and so does what is here and passes.
"""

OLD = ("3.8", "3.9", "3.10", "pypy3.9")
PYPY = ("pypy3.9", "pypy3.11")
WITHOUT_EAGER_TASKS = (*OLD, "3.11", "pypy3.11")
CPYTHONS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15")

# Classes that are not run at all.
LEFT_OUT = {
    "TestEagerTaskTaskGroup": (WITHOUT_EAGER_TASKS, "eager tasks came with 3.12"),
}


class Known:
    """Tests of one module that fail on some versions for one reason."""

    def __init__(self, module, reason, columns, tests):
        self.module = module
        self.reason = reason
        self.columns = columns
        self.tests = tests


# The newest Python's tests, translated.
TRANSLATED = [
    Known(
        "test_taskgroups",
        "3.8 takes no message of a cancellation, 3.9 and 3.10 lose it where the task is awaited (gh-89553).",
        OLD,
        ("TestTaskGroup.test_taskgroup_cancel_keeps_outer_cancellation",),
    ),
    Known(
        "test_taskgroups",
        "Below 3.11 the step of a Task that a cancellation was thrown into holds it, in the arguments of throw().",
        ("3.8", "3.9", "3.10"),
        ("TestTaskGroup.test_exception_refcycles_propagate_cancellation_error",),
    ),
    Known(
        "test_taskgroups",
        "PyPy's collector finds other referrers than CPython's, and frees a task only when it runs.",
        PYPY,
        (
            "TestTaskGroup.test_exception_refcycles_base_error",
            "TestTaskGroup.test_exception_refcycles_direct",
            "TestTaskGroup.test_exception_refcycles_errors",
            "TestTaskGroup.test_exception_refcycles_parent_task",
            "TestTaskGroup.test_exception_refcycles_parent_task_wr",
            "TestTaskGroup.test_exception_refcycles_propagate_cancellation_error",
        ),
    ),
    Known(
        "test_timeouts",
        "What is thrown into a coroutine that handles an exception does not get it as its context (gh-73773).",
        ("3.8", "pypy3.11"),
        (
            "TimeoutTests.test_foreign_exception_on_timeout_2",
            "TimeoutTests.test_nested_timeout_in_finally",
            "TimeoutTests.test_timeout_exception_context",
            "TimeoutTests.test_timeout_taskgroup",
        ),
    ),
    Known(
        "test_except_star",
        "These compile source text with except*: the syntax is the interpreter's.",
        (*OLD, "pypy3.11"),
        (
            "TestBreakContinueReturnInExceptStarBlock.test_break_in_except_star",
            "TestBreakContinueReturnInExceptStarBlock.test_continue_in_except_star_block_invalid",
            "TestBreakContinueReturnInExceptStarBlock.test_return_in_except_star_block_invalid",
        ),
    ),
    Known(
        "test_except_star",
        "What leaves a with statement gets a traceback entry of the function around it, what leaves except* does not.",
        (*CPYTHONS, *PYPY),
        ("TestExceptStarExceptionGroupSubclass.test_except_star_EG_subclass",),
    ),
]

# A version's own tests, with ours in the place of asyncio's.
OWN = [
    Known(
        "test_taskgroups",
        "Expects that a coroutine which the group refuses stays open: 3.13 has closed it since gh-115957.",
        ("3.11", "3.12"),
        (
            "TestTaskGroup.test_taskgroup_finished",
            "TestTaskGroup.test_taskgroup_no_create_task_after_failure",
            "TestTaskGroup.test_taskgroup_not_entered",
            "TestTaskGroup.test_taskgroup_without_parent_task",
        ),
    ),
    Known(
        "test_graph",
        "Expects the name of a private method of asyncio's group in the stack of the parent.",
        ("3.14",),
        ("TestCallStackC.test_stack_tgroup", "TestCallStackPy.test_stack_tgroup"),
    ),
]


def known(table, module, column):
    """The tests of a module that fail in a column, each with its reason."""
    found = {}
    for each in table:
        if each.module == module and column in each.columns:
            for test in each.tests:
                assert test not in found, f"two reasons for {test} on {column}"
                found[test] = each.reason
    return found


def left_out(test, column):
    """Why a test is not run, or None."""
    columns, reason = LEFT_OUT.get(test.partition(".")[0], ((), None))
    return reason if column in columns else None
