"""Holds type checkers to the files beside this one: `python tests/typing/check.py mypy|pyright|names TARGET ...`.

Every line that ends in `# error` has to be refused, or `# error: mypy` by that checker alone, and every other line
has to be accepted; src as well, both strictly. Below 3.11 mypy does not know that a group keeps its tasks.

`names` compares what there is at run time with what each checker sees, in the package as it is installed: exactly the
names of __all__, and the type of each known in full.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PACKAGE = ROOT / "src" / "taskgroup_compat"
FILES = sorted(path for path in HERE.glob("*.py") if path.name not in {"__init__.py", Path(__file__).name})
# What is imported on some versions only; to the others its contents make no sense.
SPANS = {
    "records": ("3.8", "3.10"),
    "counted": ("3.11", "3.12"),
    "_group": ("3.8", "3.14"),
    "_timeout": ("3.8", "3.12"),
}
MARK = re.compile(r"# error(?:: (mypy|pyright))?$")


def output_of(command, folder=ROOT):
    answer = subprocess.run(command, capture_output=True, text=True, cwd=str(folder))
    if answer.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)} ended with {answer.returncode}\n{answer.stdout}{answer.stderr}")
    return answer.stdout


def mypy(target, paths, folder=ROOT):
    """Each error as (file, line, text)."""
    command = [sys.executable, "-m", "mypy", "--strict", "--output=json", f"--python-version={target}"]
    if version(target) >= (3, 11):
        command.append("--enable-error-code=unused-awaitable")
    found = [
        json.loads(line) for line in output_of([*command, *map(str, paths)], folder).splitlines() if line[:1] == "{"
    ]
    return [
        (Path(ROOT, each["file"]).name, each["line"], f"{each['message']} [{each['code']}]")
        for each in found
        if each["severity"] == "error"
    ]


def pyright(target, paths):
    """Each error as (file, line, text); pyright's configuration is in pyproject.toml."""
    command = [sys.executable, "-m", "pyright", "--outputjson", f"--pythonversion={target}"]
    command.append(f"--pythonpath={sys.executable}")
    found = json.loads(output_of([*command, *map(str, paths)]))["generalDiagnostics"]
    return [
        (Path(each["file"]).name, each["range"]["start"]["line"] + 1, f"{each['message']} [{each.get('rule')}]")
        for each in found
        if each["severity"] in ("error", "warning")
    ]


def version(target):
    return tuple(map(int, target.split(".")))


def marked(checker):
    """The lines that the checker has to refuse."""
    for path in FILES:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            mark = MARK.search(line)
            if mark and mark.group(1) in (None, checker):
                yield path.name, number


def modules(checker, target):
    """The package's modules that are imported on the target."""
    if checker == "mypy" and version(target) < (3, 10):
        return  # as only a mypy that is no longer mended knows the target, of which our users have to make do
    for path in sorted(PACKAGE.rglob("*.py")):
        first, last = SPANS.get(path.stem, ("3.8", target))
        if version(first) <= version(target) <= version(last):
            yield path


def check(checker, target):
    """Prints what differs from the marks; whether nothing does."""
    found = globals()[checker](target, [*FILES, *modules(checker, target)])
    expected = set(marked(checker))
    wrong = [f"  {name}:{line}: {text}" for name, line, text in found if (name, line) not in expected]
    refused = {(name, line) for name, line, _ in found}
    wrong += [f"  {name}:{line}: accepted" for name, line in sorted(expected - refused)]
    print(
        f"{checker} for {target}: {len(expected)} lines have to be refused, {len(wrong)} differences",
        *wrong,
        sep="\n",
        flush=True,
    )
    return not wrong


def names(target):
    """Prints where run time, mypy and pyright disagree about the public names; whether nowhere."""
    import taskgroup_compat

    expected = set(taskgroup_compat.__all__)
    candidates = sorted(expected | {name for name in vars(taskgroup_compat) if not name.startswith("_")})
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "names.py")
        page.write_text("".join(f"from taskgroup_compat import {name} as _{name}\n" for name in candidates))
        refused = {line for _, line, _ in mypy(target, [page], folder)}
    seen = {"mypy": {name for line, name in enumerate(candidates, 1) if line not in refused}}
    command = [sys.executable, "-m", "pyright", "--verifytypes", "taskgroup_compat", "--ignoreexternal", "--outputjson"]
    found = json.loads(output_of([*command, f"--pythonversion={target}"]))
    symbols = [each for each in found["typeCompleteness"]["symbols"] if each["isExported"]]
    seen["pyright"] = {each["name"].partition(".")[2] for each in symbols if each["name"].count(".") == 1}
    expected_of = {"mypy": expected, "pyright": expected - {"__version__"}}  # which pyright does not list
    wrong = [
        f"  {checker} {what}: {', '.join(sorted(difference))}"
        for checker, all_seen in seen.items()
        for what, difference in (
            ("misses", expected_of[checker] - all_seen),
            ("has beyond __all__", all_seen - expected_of[checker]),
        )
        if difference
    ]
    wrong += [f"  type of {each['name']} is not known in full" for each in symbols if not each["isTypeKnown"]]
    print(f"names for {target}: {len(expected)} names, {len(symbols)} symbols", *wrong, sep="\n", flush=True)
    return not wrong


def main(task, first, *others):
    def run(target):
        return names(target) if task == "names" else check(task, target)

    # The first run of pyright downloads it; the others use all cores.
    results = [run(first)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results += pool.map(run, others)
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
