"""Change the package in one place at a time, and list the changes that no test notices.

    python -m tests.mutation 3.8=PATH 3.12=PATH ... [--uv PATH]
        --count N        how many changes, one in each function first (as many as there are functions)
        --seed S         which ones (1)
        --only TEXT      only in files or functions whose name contains TEXT
        --least PERCENT  fail where less of what is not equivalent is noticed (97)

A change is tried on the versions where its line is live, until a test notices it. A run that lasts five times as long
as without any change counts as noticed. The package is changed in a copy.
"""

import argparse
import concurrent.futures
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from tests.mutation import equivalent
from tests.mutation.changes import changes
from tests.mutation.live import guards_around, is_live, probe
from tests.mutation.table import ENTRIES, VERSIONS, tests_of

ROOT = pathlib.Path(__file__).parent.parent.parent
PACKAGE = "taskgroup_compat"
# However quick the tests are: a busy machine may take some time to start.
LEAST_SECONDS = 60


class Interpreter:
    """One version: its environment and the values of its guards."""

    def __init__(self, version, python, sources):
        self.version = version
        self.python = python
        modules = {module_name(path): source for path, source in sources.items()}
        self.answers = probe(python, PACKAGE, modules, environment_of(ROOT / "src"), ENTRIES)

    def has(self, path, line, guards):
        name = module_name(path)
        return name in self.answers and is_live(guards.get(line, []), self.answers[name])

    def run(self, tests, folder, limit):
        """Return whether tests pass with the package in a folder; None if they do not end."""
        command = [self.python, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-o", f"test_limit={limit}"]
        command += ["-W", "ignore::pytest.PytestConfigWarning", *tests]
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment_of(folder),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
            # Processes that a test started end with it.
            start_new_session=True,
        )
        try:
            output, _ = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return None, ""
        return process.returncode == 0, output


def environment_of(folder):
    return {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}


def module_name(path):
    parts = [PACKAGE, *path[: -len(".py")].split("/")]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def read_package(folder):
    """The source of each file, by its path inside the package."""
    package = folder / PACKAGE
    paths = sorted(package.rglob("*.py"))
    return {path.relative_to(package).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def choose(candidates, count, rng):
    """A sample of (path, change): one of each function in a random order, then more at random; None: one of each."""
    functions = {}
    for path, change in candidates:
        functions.setdefault((path, change.function), []).append((path, change))
    groups = list(functions.values())
    rng.shuffle(groups)
    for group in groups:
        rng.shuffle(group)
    chosen = [group.pop() for group in groups][:count]
    if count is None:
        return chosen
    rest = [each for group in groups for each in group]
    rng.shuffle(rest)
    return chosen + rest[: count - len(chosen)]


def existing(tests):
    return tuple(each for each in tests if (ROOT / each).exists())


def judge(path, change, interpreters, seconds, guards, tests):
    """Return the verdict on a change: "noticed on 3.8", "equivalent: why", "dead" or "not noticed on 3.8, 3.12"."""
    why = equivalent.reason(change)
    if why is not None:
        return f"equivalent: {why}"
    live = [each for each in interpreters if each.has(path, change.line, guards) and (each.version, tests) in seconds]
    if not live:
        return "dead"
    with tempfile.TemporaryDirectory() as folder:
        target = pathlib.Path(folder, PACKAGE)
        shutil.copytree(ROOT / "src" / PACKAGE, target, ignore=shutil.ignore_patterns("__pycache__"))
        target.joinpath(path).write_text(change.source, encoding="utf-8")
        for each in live:
            limit = max(LEAST_SECONDS, 5 * seconds[each.version, tests])
            passed, _ = each.run(tests, folder, int(limit))
            if passed is None:
                return f"noticed on {each.version}: does not end"
            if not passed:
                return f"noticed on {each.version}"
    return f"not noticed on {', '.join(each.version for each in live)}"


def skips_all(output):
    """Return whether pytest's last line names skipped tests or none, and no other outcome."""
    last = output.strip().splitlines()[-1] if output.strip() else ""
    outcomes = set(re.findall(r"\d+ (passed|failed|errors?|skipped|xfailed|xpassed)", last))
    return outcomes == {"skipped"} or "no tests ran" in last


def measure(interpreters, suites):
    """Return how long each suite takes with the package as it is, which has to pass.

    A version that skips every test of a suite has no entry: a change is not tried there.
    """
    seconds = {}
    for tests in sorted(set(suites)):
        for each in interpreters:
            start = time.monotonic()
            passed, output = each.run(tests, ROOT / "src", 1200)
            if skips_all(output):
                print(f"{each.version}: skips all of {' '.join(tests)}", flush=True)
                continue
            if not passed:
                raise SystemExit(f"{each.version} fails without any change:\n{output[-3000:]}")
            seconds[each.version, tests] = time.monotonic() - start
            print(f"{each.version}: {seconds[each.version, tests]:.0f} s for {' '.join(tests)}", flush=True)
    return seconds


def environments(interpreters, uv, folder):
    """Return a Python for each version, in an environment with the tests' requirements."""
    found = {}
    for version, python in interpreters.items():
        if uv is None:
            found[version] = python
            continue
        place = pathlib.Path(folder, version)
        subprocess.run([uv, "venv", "--quiet", "--python", python, str(place)], check=True)
        found[version] = str(place / "bin" / "python")
        install = [uv, "pip", "install", "--quiet", "--python", found[version], str(ROOT), "--group", "tests"]
        subprocess.run(install, cwd=ROOT, check=True)
    return found


def difference(change):
    before = [f"- {line}" for line in change.before.splitlines()]
    return "\n".join([*before, *(f"+ {line}" for line in change.after.splitlines())])


def tell(results):
    """Prints a table of files and the changes that were not noticed; returns the share that was, in percent."""
    rows = {}
    for path, _, verdict in results:
        row = rows.setdefault(path, {"noticed": 0, "not": 0, "equivalent": 0, "dead": 0})
        row[verdict.split()[0].rstrip(":")] += 1
    total = {}
    print("\n| file | noticed | not noticed | equivalent | on no version here |\n| --- | --- | --- | --- | --- |")
    for path, row in [*sorted(rows.items()), ("together", total)]:
        print(f"| {path} | {row['noticed']} | {row['not']} | {row['equivalent']} | {row['dead']} |")
        if row is not total:
            for key, number in row.items():
                total[key] = total.get(key, 0) + number
    for path, change, verdict in results:
        if verdict.startswith("not noticed"):
            print(f"\n{path}:{change.line} {change.function}: {change.kind}, {verdict}")
            print(difference(change))
    counted = total["noticed"] + total["not"]
    return 100.0 * total["noticed"] / counted if counted else 0.0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("interpreters", nargs="+", metavar="VERSION=PATH")
    parser.add_argument("--uv", help="makes the environments; without it the interpreters have what the tests need")
    parser.add_argument("--count", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--least", type=float, default=97.0)
    parser.add_argument("--jobs", type=int, default=max(1, (os.cpu_count() or 2) // 2))
    options = parser.parse_args()
    sources = read_package(ROOT / "src")
    guards = {path: guards_around(source) for path, source in sources.items()}
    candidates = [
        (path, change)
        for path, source in sources.items()
        for change in changes(source)
        if not options.only or any(text in path or text in change.function for text in options.only)
    ]
    chosen = choose(candidates, options.count, random.Random(options.seed))
    with tempfile.TemporaryDirectory() as folder:
        given = dict(each.split("=", 1) for each in options.interpreters)
        pythons = environments({each: given[each] for each in VERSIONS if each in given}, options.uv, folder)
        interpreters = [Interpreter(version, python, sources) for version, python in pythons.items()]
        suites = {path: existing(tests_of(path)) for path, _ in chosen}
        seconds = measure(interpreters, suites.values())

        def one(each):
            path, change = each
            verdict = judge(path, change, interpreters, seconds, guards[path], suites[path])
            print(f"{path}:{change.line} {change.kind}: {verdict}", flush=True)
            if verdict.startswith("not noticed"):
                print(difference(change), flush=True)
            return path, change, verdict

        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            results = list(pool.map(one, chosen))
    share = tell(results)
    print(f"\n{share:.1f} % of what is not equivalent is noticed (seed {options.seed}, {len(chosen)} changes)")
    return int(share < options.least)


if __name__ == "__main__":
    sys.exit(main())
