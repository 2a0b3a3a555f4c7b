"""Converts the projects and runs their tests before and after; `nox -s adopters` does so.

    python -m tests.adopters --uv PATH --folder FOLDER [NAME ...]

FOLDER keeps the downloads.
"""

import argparse
import collections
import filecmp
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import time

from tests.adopters.projects import PROJECTS
from tests.support.suites import ROOT, download, environment, run_pytest


def convert(source, floor):
    """Run the command on a folder; return its status and its output."""
    command = [sys.executable, "-m", "taskgroup_compat", "migrate", "in", "--write", "--floor", floor, "."]
    done = subprocess.run(command, cwd=str(source), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def changed(before, after):
    """Return the names of the Python files that differ between two folders."""
    names = [str(path.relative_to(before)) for path in sorted(before.rglob("*.py"))]
    return [name for name in names if not filecmp.cmp(str(before / name), str(after / name), shallow=False)]


def run_tests(uv, python, project, source, place):
    """Install a project from a folder and run its tests; return each outcome and the end of the output."""
    found = environment(uv, python, place, str(source), str(ROOT), "pytest", *project.requirements)
    return run_pytest([found, "-m"], source)


def passes(outcomes):
    """Count the passed tests of each function: the names of parameters depend on the Python."""
    return collections.Counter(name.split("[")[0] for name, outcome in outcomes.items() if outcome == "passed")


def judge(project, before, after):
    """Return a line for each difference from the project's table."""
    found = []
    counts, counts_after = passes(before), passes(after)
    if sum(counts.values()) != project.passed:
        found.append(f"{sum(counts.values())} tests pass before, expected {project.passed}")
    for name in sorted({*counts, *counts_after, *project.differences}):
        if (counts[name] == counts_after[name]) == (name in project.differences):
            found.append(f"{name}: {counts[name]} pass before and {counts_after[name]} after")
            found += [
                text for test, text in after.items() if test.startswith(name) and text not in ("passed", "skipped")
            ]
    return found


def adopt(uv, project, folder, place):
    """Run a project's tests, convert it, and run them on the older Python; return a line for each fault."""
    source = download(uv, project.name, project.release, folder)
    plain, edited, converted = (place / name for name in ("plain", "edited", "converted"))
    shutil.copytree(source, plain)
    shutil.copytree(source, edited)
    for edit in project.edits:
        edit.apply(edited)
    shutil.copytree(edited, converted)
    start = time.perf_counter()
    status, output = convert(converted, project.floor)
    seconds = time.perf_counter() - start
    print(f"{project.name} {project.release}, converted in {seconds:.1f} s:\n{output}", flush=True)
    found = [f"the command ends with status {status}"] if status else []
    files = changed(edited, converted)
    if len(files) != project.converted:
        found.append(f"{len(files)} files changed, expected {project.converted}: {files}")
    before, text_before = run_tests(uv, sys.executable, project, plain, place / "before")
    after, text_after = run_tests(uv, project.floor, project, converted, place / "after")
    for python, outcomes, text in (
        (platform.python_version(), before, text_before),
        (project.floor, after, text_after),
    ):
        counts = [sum(outcome == each for outcome in outcomes.values()) for each in ("passed", "skipped")]
        print(f"  {python}: {counts[0]} passed, {counts[1]} skipped, of {len(outcomes)}", flush=True)
        if not counts[0]:
            print(text)
    return found + judge(project, before, after)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--uv", default="uv")
    parser.add_argument("--folder", required=True)
    parser.add_argument("name", nargs="*")
    options = parser.parse_args()
    faults = 0
    for project in PROJECTS:
        if options.name and project.name not in options.name:
            continue
        with tempfile.TemporaryDirectory() as place:
            try:
                found = adopt(options.uv, project, options.folder, pathlib.Path(place))
            except LookupError as error:
                found = [str(error)]
        for each in found:
            print(f"  WRONG: {each}", flush=True)
        faults += len(found)
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
