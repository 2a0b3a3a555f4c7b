"""The tests import the package of the session, and it is complete."""

import inspect
import os
import sys
from pathlib import Path

import taskgroup_compat
from taskgroup_compat import cancelling, catch, uncancel

COPY = os.environ.get("TASKGROUP_COMPAT_COPY")
PLACE = COPY or "taskgroup_compat"
HOME = Path(taskgroup_compat.__file__).parent


def test_package_under_test_is_the_one_of_the_session():
    """The installed package or, in `nox -s build`, the copy; the other one is not loaded."""
    assert taskgroup_compat.__name__ == PLACE
    assert HOME.parts[-len(PLACE.split(".")) :] == tuple(PLACE.split("."))
    ours = [module for name, module in list(sys.modules.items()) if name.partition(".")[0] == "taskgroup_compat"]
    assert {Path(module.__file__).parent for module in ours if hasattr(module, "__path__")} >= {HOME}
    assert [module for module in ours if HOME not in Path(module.__file__).parents] == []
    assert [module for module in ours if not module.__spec__.name.startswith(PLACE)] == []


def test_modules_import_each_other_relatively():
    """A vendored copy that named the package would import another one, or none."""
    absolute = ("import taskgroup_compat", "from taskgroup_compat")
    for path in HOME.rglob("*.py"):
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
        assert [line for line in lines if line.startswith(absolute)] == []


def test_getsource_finds_each_module():
    """inspect.getsource() returns the code from the file of the module."""
    for function in (catch.__exit__, catch.__call__, cancelling, uncancel):
        assert HOME in Path(inspect.getsourcefile(function)).parents
        assert inspect.getsource(function).lstrip().startswith(("def ", "@", "async def "))
