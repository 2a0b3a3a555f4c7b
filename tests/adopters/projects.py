"""The projects, their releases, and the work that the command leaves to a maintainer."""


class Edit:
    """A replacement that a maintainer makes by hand, before the command runs."""

    def __init__(self, file, old, new):
        self.file = file
        self.old = old
        self.new = new

    def apply(self, source):
        """Replace the text in the file; raise LookupError unless it is there exactly once."""
        path = source / self.file
        text = path.read_text(encoding="utf-8")
        if text.count(self.old) != 1:
            raise LookupError(f"{self.file} has {text.count(self.old)} times: {self.old!r}")
        path.write_text(text.replace(self.old, self.new), encoding="utf-8")


class Project:
    """A release whose lowest Python is 3.11, and its results on an older one."""

    def __init__(self, name, release, floor, requirements, edits, *, converted, passed, differences=None):
        self.name = name
        self.release = release
        self.floor = floor
        self.requirements = requirements
        self.edits = edits
        # How many files the command changes, and how many tests pass before and after.
        self.converted = converted
        self.passed = passed
        # Test functions of which more or fewer pass after, each with its reason.
        self.differences = differences or {}


PROJECTS = [
    Project(
        "arcam-fmj",
        "3.0.1.post1",
        "3.10",
        ["pytest-asyncio", "pytest-aiohttp", "pytest-mock"],
        [
            Edit("pyproject.toml", 'requires-python = ">=3.11"', 'requires-python = ">=3.10"'),
            Edit("pyproject.toml", '    "attrs>18.1",\n', '    "attrs>18.1",\n    "taskgroup-compat",\n'),
        ],
        converted=4,
        passed=333,
    ),
    Project(
        "async-kinesis",
        "3.0.1",
        "3.9",
        [
            "pytest-asyncio",
            "aioboto3",
            "aws-kinesis-agg",
            "coloredlogs",
            "msgpack",
            "prometheus-client",
            "python-dotenv",
            "redis",
        ],
        [
            Edit("setup.py", 'python_requires=">=3.11"', 'python_requires=">=3.9"'),
            Edit("setup.py", '"aiobotocore>=2.5.0",\n', '"aiobotocore>=2.5.0",\n        "taskgroup-compat",\n'),
        ],
        converted=5,
        passed=272,
    ),
    Project(
        "asyncio-extensions",
        "1.0.0",
        "3.10",
        ["pytest-asyncio", "faker"],
        [
            Edit("pyproject.toml", 'requires-python = ">=3.11"', 'requires-python = ">=3.10"'),
            Edit(
                "pyproject.toml",
                "  \"typing-extensions (>= 4.16); python_version < '3.15'\",\n",
                '  "typing-extensions (>= 4.16); python_version < \'3.15\'",\n  "taskgroup-compat",\n',
            ),
            Edit(
                "src/asyncio_extensions/_scheduling.py",
                "from typing import Any, Never, ParamSpec, TypeVar\n",
                "from typing import Any, ParamSpec, TypeVar\n\nfrom typing_extensions import Never\n",
            ),
            Edit(
                "src/asyncio_extensions/_task_groups.py",
                "from typing import Any, Never, TypeVar, Unpack\n",
                "from typing import Any, TypeVar\n\n"
                "import taskgroup_compat\nfrom typing_extensions import Never, Unpack\n",
            ),
            Edit(
                "src/asyncio_extensions/_task_groups.py",
                "class TaskGroup(asyncio.TaskGroup):",
                "class TaskGroup(taskgroup_compat.TaskGroup):",
            ),
            Edit(
                "tests/test_iterators.py",
                "        except* GeneratorExit:\n            nonlocal closed\n",
                "        except* GeneratorExit:\n",
            ),
            Edit(
                "tests/test_iterators.py",
                "        try:\n            async with asyncio.TaskGroup() as tg:\n"
                "                tg.create_task(asyncio.sleep(10))\n",
                "        nonlocal closed\n        try:\n            async with asyncio.TaskGroup() as tg:\n"
                "                tg.create_task(asyncio.sleep(10))\n",
            ),
        ],
        converted=6,
        passed=70,
    ),
    Project(
        "bluecurrent-api",
        "1.3.3",
        "3.10",
        ["pytest-asyncio", "pytest-mock"],
        [
            Edit("pyproject.toml", 'requires-python = ">=3.11"', 'requires-python = ">=3.10"'),
            Edit(
                "pyproject.toml",
                '    "websockets >= 15.0, <16.0.0",\n',
                '    "websockets >= 15.0, <16.0.0",\n    "taskgroup-compat",\n',
            ),
        ],
        converted=1,
        passed=28,
    ),
    Project(
        "upb-lib",
        "0.7.2",
        "3.10",
        ["pytest-asyncio", "attrs", "colorlog"],
        [
            Edit("pyproject.toml", 'requires-python = ">= 3.11"', 'requires-python = ">= 3.10"'),
            Edit("pyproject.toml", '    "pytz >= 2021",\n', '    "pytz >= 2021",\n    "taskgroup-compat",\n'),
        ],
        converted=1,
        passed=22,
    ),
]
