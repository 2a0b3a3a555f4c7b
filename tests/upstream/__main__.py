"""Runs CPython's own tests on this interpreter; `nox -s upstream` does so on each.

    python -m tests.upstream --reference PATH [--only translated|own] [MODULE ...]

PATH is the newest Python, whose package `test` is read. MODULE limits the run, as test_taskgroups does.
"""

import argparse
import importlib.util
import json
import pathlib
import platform
import subprocess
import sys
import tempfile

import taskgroup_compat
from tests.parity.columns import column
from tests.upstream.known import LEFT_OUT, OWN, TRANSLATED, known

# Of a version's own tests those whose modules name one of these; the others would not meet ours.
NAMES = ("TaskGroup", "asyncio.timeout", "timeouts.timeout")
MOST_SECONDS = 600


def translated(reference, folder):
    """The files of the newest Python's tests, translated for this version."""
    version = "{}.{}".format(*sys.version_info)
    command = [reference, "-m", "tests.upstream.rewriting", version, folder]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"{reference} cannot read its own tests:\n{done.stderr}")
    return {path.stem: str(path) for path in sorted(pathlib.Path(folder).glob("test_*.py"))}


def own():
    """The modules of this version's tests of asyncio that name what the package has."""
    try:
        spec = importlib.util.find_spec("test.test_asyncio")
    except ImportError:
        spec = None
    if spec is None:
        return {}
    paths = sorted(
        path for folder in spec.submodule_search_locations for path in pathlib.Path(folder).glob("test_*.py")
    )
    wanted = [path for path in paths if any(name in path.read_text(encoding="utf-8") for name in NAMES)]
    return {path.stem: f"test.test_asyncio.{path.stem}" for path in wanted}


def run(module, folder, *options):
    """What each test of a module came to, or None if the process did not get to its end."""
    result = pathlib.Path(folder, "result.json")
    if result.exists():
        result.unlink()
    command = [sys.executable, "-m", "tests.upstream.running", module, str(result), *options]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=MOST_SECONDS)
    except subprocess.TimeoutExpired as error:
        print(f"{module} did not end within {error.timeout} seconds")
        return None
    if not result.exists():
        print(f"{module} ended with {done.returncode}:\n{done.stderr[-3000:]}")
        return None
    return json.loads(result.read_text())


def judge(outcomes, expected, plain):
    """Prints what is not as expected; returns how many tests those are.

    plain() gives the outcomes with asyncio's own: what fails there too is the interpreter's or the machine's doing.
    """
    passed = [test for test, outcome in outcomes.items() if outcome == "passed"]
    failed = [test for test, outcome in outcomes.items() if outcome != "passed" and not outcome.startswith("skipped")]
    wrong = [test for test in failed if test not in expected]
    without_ours = plain() if wrong else {}
    for test in list(wrong):
        if without_ours.get(test, "passed") != "passed":
            print(f"    fails with asyncio's own as well: {test}")
            wrong.remove(test)
    for test in wrong:
        print(f"\n  {test} fails\n{outcomes[test]}")
    for test, reason in expected.items():
        if outcomes.get(test) == "passed":
            print(f"\n  {test} passes, but is known to fail: {reason}")
            wrong.append(test)
        elif test not in outcomes:
            print(f"\n  {test} is known to fail, but is not there any more")
            wrong.append(test)
        else:
            print(f"    known: {test}: {reason}")
    return len(passed), len(wrong)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reference", default=sys.executable)
    parser.add_argument("--only", choices=["translated", "own"])
    parser.add_argument("module", nargs="*")
    options = parser.parse_args()
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        suites = []
        if options.only != "own":
            suites.append(("translated", TRANSLATED, translated(options.reference, folder)))
        if options.only != "translated":
            suites.append(("own", OWN, own()))
        for title, table, modules in suites:
            for name, module in modules.items():
                if options.module and name not in options.module:
                    continue
                if title == "translated" and name == "test_timeouts" and not hasattr(taskgroup_compat, "timeout"):
                    print("not run: test_timeouts: the package has no timeouts")
                    continue
                outcomes = run(module, folder)
                if outcomes is None:
                    wrong += 1
                    continue
                plain = run if title == "own" else (lambda *_: {})

                def without_ours(module=module, plain=plain):
                    return plain(module, folder, "--plain") or {}

                passed, failed = judge(outcomes, known(table, name, column()), without_ours)
                wrong += failed
                print(f"{platform.python_implementation()} {platform.python_version()}, {title} {name}: ", end="")
                print(f"{passed} of {len(outcomes)} pass", flush=True)
    for name, (columns, reason) in LEFT_OUT.items():
        if column() in columns and options.only != "own":
            print(f"not run: {name}: {reason}")
    print(f"taskgroup_compat {taskgroup_compat.__version__}: {wrong or 'none'} not as expected")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
