"""What a library's tests give otherwise with ours than as they are: by name, with the versions and the reason."""


class Known:
    """Tests of one suite that fail with ours on some versions, for one reason."""

    def __init__(self, suite, reason, columns, tests):
        self.suite = suite
        self.reason = reason
        self.columns = columns
        self.tests = tests


EVERY = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15", "pypy3.9", "pypy3.11")

KNOWN = [
    Known(
        "exceptiongroup",
        "Reads the text of a TypeError: ours says it in other words.",
        EVERY,
        (
            "tests.test_catch::test_async_handler",
            "tests.test_catch::test_bad_arg",
            "tests.test_catch::test_bad_handler",
            "tests.test_catch::test_catch_exceptiongroup[iterable_basegroup]",
            "tests.test_catch::test_catch_exceptiongroup[naked_basegroup]",
        ),
    ),
    Known(
        "exceptiongroup",
        "Expects what a bare raise leaves as a group beside the rest: except* puts both into the shape they came in.",
        EVERY,
        ("tests.test_catch::test_handler_raises_group_preserves_unmatched[bare_raise]",),
    ),
]


def known(suite, column):
    """The tests of a suite that fail in a column, each with its reason."""
    return {
        test: each.reason for each in KNOWN if each.suite == suite and column in each.columns for test in each.tests
    }
