"""Which libraries, in which release, and how their tests are run."""


class Suite:
    """The tests of one library."""

    def __init__(self, name, releases, requirements, tests, *, options=(), program=None):
        self.name = name
        # The first version that a release is for, and the release; in this order.
        self.releases = releases
        self.requirements = requirements
        self.tests = tests
        self.options = options
        # What runs the tests where pytest does not, which says what came of each as unittest does.
        self.program = program

    def release(self, version):
        """The release for a version, given as (3, 8), or None."""
        found = [release for first, release in self.releases if version >= first]
        return found[-1] if found else None


SUITES = [
    Suite(
        "exceptiongroup",
        [((3, 8), "1.3.2")],
        [],
        ["tests/test_catch.py"],
    ),
    Suite(
        "hypercorn",
        [((3, 10), "0.18.0")],
        ["pytest-asyncio", "pytest-trio", "trio", "httpx"],
        ["tests"],
        options=["-o", "asyncio_mode=strict"],
    ),
    Suite(
        "quart-tasks",
        [((3, 9), "0.5.0")],
        ["pytest-asyncio", "freezegun"],
        ["tests"],
        options=["-o", "asyncio_mode=auto"],
    ),
    Suite(
        "aiotools",
        [((3, 11), "2.2.4")],
        # typing-extensions: it imports them from 3.13 on without naming them
        ["pytest-asyncio", "typing-extensions"],
        # The others are of forks and servers, and take minutes.
        [
            "tests/test_cancel.py",
            "tests/test_ptaskgroup.py",
            "tests/test_taskgroup.py",
            "tests/test_taskscope.py",
            "tests/test_utils_as_completed.py",
            "tests/test_utils_gather.py",
            "tests/test_utils_race.py",
        ],
        options=["-o", "asyncio_mode=auto"],
    ),
    Suite(
        "quattro",
        [((3, 9), "25.2.0")],
        ["pytest-asyncio"],
        ["tests"],
        options=["-o", "asyncio_mode=auto"],
    ),
    Suite(
        "asyncio-extensions",
        [((3, 11), "1.0.0")],
        ["pytest-asyncio", "faker"],
        ["tests"],
        options=["-o", "asyncio_mode=auto"],
    ),
    Suite(
        "Django",
        [((3, 12), "6.1.3")],
        [],
        ["async", "signals", "asgi"],
        options=["--verbosity", "2", "--parallel", "1", "--settings", "test_sqlite"],
        program="tests/runtests.py",
    ),
]
# Without tests in the source distribution: taskgroup 0.2.2, hypercorn 0.17.3, the last for 3.8 and 3.9.
