"""Runs the tests of the libraries on this interpreter; `nox -s dependents` does so on each.

    python -m tests.dependents --uv PATH --folder FOLDER [--newest] [NAME ...]

--newest takes each library's newest release instead of the one that is pinned. FOLDER keeps what is downloaded.
"""

import argparse
import os
import pathlib
import platform
import re
import subprocess
import sys
import tarfile
import tempfile
import xml.etree.ElementTree

from tests.dependents.known import known
from tests.dependents.suites import SUITES
from tests.parity.columns import column

ROOT = pathlib.Path(__file__).parent.parent.parent
RUNNING = pathlib.Path(__file__).parent / "running.py"
MOST_SECONDS = 300
# What the suites are built with.
BACKENDS = ("setuptools", "hatchling", "hatch-vcs", "flit-core", "flit-scm", "poetry-core", "pdm-backend", "uv-build")


def download(uv, suite, release, folder):
    """The unpacked source distribution of a release."""
    target = pathlib.Path(folder, f"{suite.name}-{release}")
    if not target.exists():
        command = [uv, "run", "--quiet", "--no-project"]
        for each in ("pip", *BACKENDS):
            command += ["--with", each]
        command += ["python", "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
        # pip makes metadata of what it downloads. An environment of its own for each would cost most of the time.
        command += ["--no-build-isolation", f"{suite.name}=={release}"]
        with tempfile.TemporaryDirectory() as place:
            subprocess.run([*command, "--dest", place], check=True)
            [archive] = pathlib.Path(place).iterdir()
            with tarfile.open(archive) as packed:
                if hasattr(tarfile, "data_filter"):
                    packed.extractall(target, filter="data")
                else:
                    packed.extractall(target)
    [source] = [each for each in target.iterdir() if each.is_dir()]
    return source


def install(uv, suite, release, place):
    """A new environment with the library, the newest if release is None, what its tests need, and ours.

    Returns its Python and the release that was found.
    """
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, place], check=True)
    python = str(pathlib.Path(place, "Scripts" if os.name == "nt" else "bin", "python"))
    wanted = suite.name + (f"=={release}" if release else "")
    command = [uv, "pip", "install", "--quiet", "--python", python, wanted, "pytest", *suite.requirements, str(ROOT)]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise LookupError(done.stderr.strip())
    ask = "import sys, importlib.metadata as metadata; print(metadata.version(sys.argv[1]))"
    found = subprocess.run([python, "-c", ask, suite.name], stdout=subprocess.PIPE, text=True, check=True)
    return python, found.stdout.strip()


def run(python, suite, source, *options):
    """What each test came to, and the last lines of the run."""
    command = [python, str(RUNNING), *options]
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder, "report.xml")
        if suite.program is None:
            # The library's own options of pytest may name plugins that nothing here needs.
            command += ["pytest", "-q", "-p", "no:cacheprovider", "-o", "addopts=", "--junitxml", str(report)]
        else:
            command += [suite.program]
        command += [*suite.options, *suite.tests]
        try:
            done = subprocess.run(
                command,
                cwd=str(source),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=MOST_SECONDS,
            )
        except subprocess.TimeoutExpired:
            return {}, f"did not end within {MOST_SECONDS} seconds"
        outcomes = {}
        if report.exists():
            for case in xml.etree.ElementTree.parse(str(report)).iter("testcase"):
                name = f"{case.get('classname')}::{case.get('name')}"
                bad = [each for each in case if each.tag in ("failure", "error")]
                skipped = any(each.tag == "skipped" for each in case)
                outcomes[name] = (
                    "\n".join(each.text or "" for each in bad) if bad else "skipped" if skipped else "passed"
                )
        elif suite.program is not None:
            # A line of a test's docstring may come between its name and what it came to.
            for name, what in re.findall(r"^(\w+ \([\w.]+\))(?:\n.*)? \.\.\. (\w+)", done.stdout, re.MULTILINE):
                outcomes[name] = {"ok": "passed", "skipped": "skipped"}.get(what, done.stdout[-5000:])
        return outcomes, done.stdout[-2000:]


def differing(before, after, expected):
    """The tests that pass as they are and not with ours, without those that are known to."""
    passed = [test for test, outcome in before.items() if outcome == "passed"]
    return [test for test in passed if after.get(test) != "passed" and test not in expected]


def judge(before, after, expected):
    """Prints what ours changes and nobody knows of; returns how many tests that are."""
    found = differing(before, after, expected)
    for test in found:
        print(f"\n  {test} passes as it is, and with ours comes to:\n{after.get(test)}")
    for test in sorted(before):
        if before[test] not in ("passed", "skipped"):
            print(f"    fails as it is: {test}")
    wrong = len(found)
    for test, reason in expected.items():
        if before.get(test) == "passed" and after.get(test) not in (None, "passed"):
            print(f"    known: {test}: {reason}")
        else:
            print(f"\n  {test} is known to fail with ours alone, and does not: {reason}")
            wrong += 1
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--uv", default="uv")
    parser.add_argument("--folder", required=True)
    parser.add_argument("--newest", action="store_true")
    parser.add_argument("name", nargs="*")
    options = parser.parse_args()
    wrong = 0
    for suite in SUITES:
        if options.name and suite.name not in options.name:
            continue
        pinned = suite.release(sys.version_info[:2])
        title = f"{platform.python_implementation()} {platform.python_version()}, {suite.name} {pinned}"
        if pinned is None:
            print(f"{title}: not for this version")
            continue
        release = None if options.newest else pinned
        with tempfile.TemporaryDirectory() as place:
            try:
                python, release = install(options.uv, suite, release, place)
            except LookupError as error:
                print(f"{title}: does not install here:\n{error}")
                wrong += 1
                continue
            source = download(options.uv, suite, release, options.folder)
            title = f"{platform.python_implementation()} {platform.python_version()}, {suite.name} {release}"
            before, text_before = run(python, suite, source, "--plain")
            after, text_after = run(python, suite, source)
            expected = known(suite.name, column())
            # Some hold the clock to a hundredth of a second, which a busy machine misses now and then.
            for _ in range(2):
                if not differing(before, after, expected):
                    break
                again, _ = run(python, suite, source)
                after.update((test, outcome) for test, outcome in again.items() if outcome == "passed")
        passed = [sum(each == "passed" for each in outcomes.values()) for outcomes in (before, after)]
        print(
            f"{title}: {passed[0]} of {len(before)} pass as they are, {passed[1]} of {len(after)} with ours", flush=True
        )
        if not passed[0]:
            print(text_before)
            wrong += 1
        elif not after:
            print(text_after)
            wrong += 1
        else:
            wrong += judge(before, after, expected)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
