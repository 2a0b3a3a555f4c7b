"""Follows docs/vendoring.md in new projects and looks into their wheels: `python tests/packaging/vendoring.py PYTHON`.

Each pyproject.toml on the page is tried: with hatchling and with setuptools. Each PYTHON installs the wheels.
"""

import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "vendoring.md"
COPY = "mylib/_vendor/taskgroup_compat"


def blocks(language):
    """Return the blocks of the page in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def new_project(folder, pyproject):
    """Make a project with a src layout and run the commands of the page in it."""
    (folder / "taskgroup-compat").symlink_to(ROOT)
    project = folder / "mylib"
    (project / "src" / "mylib").mkdir(parents=True)
    (project / "src" / "mylib" / "__init__.py").touch()
    (project / "LICENSE").write_text("The licence of mylib.\n")
    (project / "pyproject.toml").write_text(pyproject)
    (commands,) = blocks("console")
    subprocess.run(["sh", "-e", "-c", commands], cwd=str(project), check=True)
    return project


def expected_files():
    """Return the names of the copy's files in a wheel."""
    package = ROOT / "src" / "taskgroup_compat"
    files = [path.relative_to(package) for path in package.rglob("*") if path.is_file()]
    kept = [path for path in files if path.parts[0] != "_migrate" and "__pycache__" not in path.parts]
    return {f"{COPY}/{path.as_posix()}" for path in kept}


def faults(wheel):
    """Return what is wrong with the contents of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        licences = {archive.read(name) for name in names if "/licenses/" in name}
    found = {name for name in names if name.startswith(f"{COPY}/") and name != f"{COPY}/LICENSE"}
    expected = expected_files()
    wrong = [f"lacks {name}" for name in sorted(expected - found)]
    wrong += [f"has {name}" for name in sorted(found - expected)]
    if (ROOT / "LICENSE").read_bytes() not in licences:
        wrong.append("lacks the licence of taskgroup-compat")
    return wrong


def run_copy(wheel, python, folder):
    """Install the wheel in a new environment; yield what is wrong with the commands of the copy."""
    environment = folder / f"environment-{Path(python).name}"
    subprocess.run(["uv", "venv", "--quiet", "--python", python, str(environment)], check=True)
    interpreter = str(next(path for path in environment.glob("*/python*") if path.stem == "python"))
    subprocess.run(["uv", "pip", "install", "--quiet", "--python", interpreter, str(wheel)], check=True)
    for arguments, status, last in (
        ([], 0, "All as on Python 3.15."),
        (["migrate"], 2, "migrate is not part of this copy; install taskgroup-compat[migrate]"),
    ):
        command = [interpreter, "-W", "error", "-m", COPY.replace("/", "."), *arguments]
        answer = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=str(folder), check=False
        )
        if (answer.returncode, answer.stdout.splitlines()[-1:]) != (status, [last]):
            yield f"on {python} {arguments} ends with {answer.returncode} and prints {answer.stdout!r}"


def main(pythons):
    """Print what is wrong with each wheel; return how many faults there are."""
    pages = blocks("toml")
    count = 0
    for pyproject in pages:
        backend = re.search(r'^build-backend = "(.*)"$', pyproject, re.MULTILINE).group(1)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name).resolve()
            project = new_project(folder, pyproject)
            subprocess.run(["uv", "build", "--quiet", "--wheel", "--out-dir", str(folder), str(project)], check=True)
            (wheel,) = folder.glob("*.whl")
            wrong = faults(wheel)
            for python in pythons:
                wrong += run_copy(wheel, python, folder)
        print(f"{backend}: {'; '.join(wrong) or 'the wheel has the copy and its licence'}", flush=True)
        count += len(wrong)
    return count + (len(pages) != 2)


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
