"""Run the tests against a copy inside another package: `python tests/packaging/vendored.py FOLDER [OPTION ...]`.

The copy is FOLDER/mylib/_vendor/taskgroup_compat, as in docs/vendoring.md. copied.py makes the tests import the copy
instead of the installed package.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
COPY = "mylib._vendor.taskgroup_compat"


def main(folder, *arguments):
    vendor = Path(folder, "mylib", "_vendor")
    shutil.rmtree(vendor, ignore_errors=True)
    shutil.copytree(ROOT / "src" / "taskgroup_compat", vendor / "taskgroup_compat")
    for package in (vendor, vendor.parent):
        (package / "__init__.py").touch()
    environment = {**os.environ, "TASKGROUP_COMPAT_COPY": COPY, "PYTHONPATH": folder}
    command = [sys.executable, "-m", "pytest", "-p", "tests.packaging.copied", *arguments]
    return subprocess.run(command, cwd=str(ROOT), env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
