"""The tests of each file of the package. A moved test or file is changed here."""

GROUP = [
    "tests/group",
    "tests/cancellation",
    "tests/docs/test_public.py",
    "tests/parity/test_table.py",
    "tests/parity/test_random.py",
]
CATCH = ["tests/catch", "tests/docs/test_public.py", "tests/parity/test_table.py"]
IN = [f"tests/migrate/test_{each}.py" for each in ("typed", "backports", "in_star", "in_names", "newer")]
OUT = [f"tests/migrate/test_{each}.py" for each in ("sections", "out_catch", "out_handlers", "out_layout", "out_names")]

# The beginning of a file's path inside the package, longest first; the tests, quickest first.
TESTS = {
    "__main__": ["tests/command"],
    "__init__": ["tests/docs/test_public.py", *GROUP, *CATCH],
    "_catch": CATCH,
    "_migrate/way_out": [*OUT, *IN, "tests/migrate"],
    "_migrate": [*IN, *OUT, "tests/migrate"],
    "_timeout": ["tests/timeout", *GROUP],
    "": GROUP,
}

# Modules that run as a program; the package does not import them.
ENTRIES = ["__main__", "_migrate.command"]

# Where a change is tried, quickest first: those that differ most from each other.
VERSIONS = ["3.14", "3.12", "3.11", "3.10", "3.8", "pypy3.9"]


def tests_of(path):
    """The tests for a file, given by its path inside the package."""
    return TESTS[max((each for each in TESTS if path.startswith(each)), key=len)]
