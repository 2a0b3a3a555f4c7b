"""Runs the tests of the libraries on this interpreter; `nox -s dependents` does so on each.

    python -m tests.dependents --uv PATH --folder FOLDER [--newest] [NAME ...]

--newest takes each library's newest release instead of the one that is pinned. FOLDER keeps what is downloaded.
"""

import argparse
import pathlib
import platform
import re
import subprocess
import sys
import tempfile

from tests.dependents.known import known
from tests.dependents.suites import SUITES
from tests.parity.columns import column
from tests.support.suites import MOST_SECONDS, ROOT, download, environment, run, run_pytest

RUNNING = pathlib.Path(__file__).parent / "running.py"


def install(uv, suite, release, place):
    """Create an environment with the library, the requirements of its tests, and ours.

    Returns its Python and the library's release, which is the newest if RELEASE is None.
    """
    wanted = suite.name + (f"=={release}" if release else "")
    python = environment(uv, sys.executable, place, wanted, "pytest", *suite.requirements, str(ROOT))
    ask = "import sys, importlib.metadata as metadata; print(metadata.version(sys.argv[1]))"
    found = subprocess.run([python, "-c", ask, suite.name], stdout=subprocess.PIPE, text=True, check=True)
    return python, found.stdout.strip()


def run_suite(python, suite, source, *options):
    """Return the outcome of each test, and the end of the output."""
    start = [python, str(RUNNING), *options]
    if suite.program is None:
        return run_pytest(start, source, *suite.options, *suite.tests)
    output = run([*start, suite.program, *suite.options, *suite.tests], source)
    if output is None:
        return {}, f"did not end within {MOST_SECONDS} seconds"
    # A line of a test's docstring may come between its name and its outcome.
    found = re.findall(r"^(\w+ \([\w.]+\))(?:\n.*)? \.\.\. (\w+)", output, re.MULTILINE)
    words = {"ok": "passed", "skipped": "skipped"}
    return {name: words.get(word, output[-5000:]) for name, word in found}, output[-2000:]


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
            source = download(options.uv, suite.name, release, options.folder)
            title = f"{platform.python_implementation()} {platform.python_version()}, {suite.name} {release}"
            before, text_before = run_suite(python, suite, source, "--plain")
            after, text_after = run_suite(python, suite, source)
            expected = known(suite.name, column())
            # Some hold the clock to a hundredth of a second, which a busy machine misses now and then.
            for _ in range(2):
                if not differing(before, after, expected):
                    break
                again, _ = run_suite(python, suite, source)
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
