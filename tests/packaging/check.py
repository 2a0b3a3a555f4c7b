"""Build the distribution and try it as its users get it: `python tests/packaging/check.py INTERPRETER ...`.

The script builds sdist and wheel and checks their contents and metadata. It installs the wheel in an empty environment
of each interpreter and checks which modules the import loads. On the first interpreter, the last and PyPy it runs
README's commands from the unpacked sdist. An unpacked sdist is enough to run it; it needs no git checkout.
"""

import email
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
IMPORTS = """
import asyncio, sys
if sys.version_info < (3, 11):
    import exceptiongroup
before = set(sys.modules)
import taskgroup_compat
print(*sorted(name for name in set(sys.modules) - before if name.partition(".")[0] != "taskgroup_compat"))
"""
# Folders of tests that the sdist does not have.
LEFT_OUT = ("tests/adopters/", "tests/bench/", "tests/dependents/")
failures = []
# An installed package has compiled files.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def expect(what, found, expected):
    print(f"{'ok ' if found == expected else 'NOT'} {what}: {found}", flush=True)
    if found != expected:
        print(f"    expected {expected}")
        failures.append(what)


def run(*command, **options):
    answer = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if answer.returncode:
        sys.exit(f"{command} ended with {answer.returncode}\n{answer.stdout}")
    return answer.stdout


def build(folder):
    """Build the sdist, and the wheel from it."""
    run("uv", "build", "--quiet", "--out-dir", folder, ROOT)
    (sdist,), (wheel,) = Path(folder).glob("*.tar.gz"), Path(folder).glob("*.whl")
    return sdist, wheel


def check_with_tools(sdist, wheel):
    """Run the tools for package authors; each exits with an error if it finds a fault."""
    # strict: the long description has to render without a warning
    run(sys.executable, "-m", "twine", "check", "--strict", sdist, wheel)
    run(sys.executable, "-m", "check_wheel_contents", "--toplevel", "taskgroup_compat", wheel)
    run(sys.executable, "-m", "validate_pyproject", ROOT / "pyproject.toml")
    rating = run(sys.executable, "-c", "import pyroma; pyroma.main()", "--file", "--min", "10", sdist)
    expect("pyroma's rating", re.findall(r"^Final rating: (.*)$", rating, re.MULTILINE), ["10/10"])


def project_files():
    """Return the files of the project: those that git tracks, or all files of an unpacked sdist."""
    if Path(ROOT, ".git").exists():
        return set(run("git", "ls-files", cwd=ROOT).split())
    made = {"__pycache__", "dist", "PKG-INFO"}
    files = [path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file()]
    return {path.as_posix() for path in files if path.parts[0][0] != "." and not made.intersection(path.parts)}


def check_contents(sdist, wheel):
    tracked = project_files()
    with tarfile.open(sdist) as archive:
        packed = {name.partition("/")[2] for name in archive.getnames()}
    left_out = {name for name in tracked - packed if not name.startswith((".", *LEFT_OUT))}
    expect(f"other files that the sdist leaves out than {LEFT_OUT}", left_out, set())
    package = {name[len("src/") :] for name in tracked if name.startswith("src/")}
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        metadata = email.message_from_bytes(
            archive.read(next(name for name in names if name.endswith(".dist-info/METADATA")))
        )
    expect("files of the package that the wheel leaves out", package - names, set())
    expect("other files that the wheel installs", {n for n in names - package if ".dist-info/" not in n}, set())
    expect("py.typed is in the wheel", "taskgroup_compat/py.typed" in names, True)
    expect("required Python", metadata["Requires-Python"], ">=3.8")
    expect("licence", metadata["License-Expression"], "MIT")
    expect(
        "requirements",
        [re.sub(r"[>=.\d]+(?=;)", "", each) for each in metadata.get_all("Requires-Dist") if "extra ==" not in each],
        ["exceptiongroup; python_version < '3.11'"],
    )
    expect("long description", metadata["Description-Content-Type"], "text/markdown")
    links = re.findall(r"\]\(([^)]+)\)", metadata.get_payload())
    expect("relative links in it", [link for link in links if not link.startswith(("https://", "#"))], [])


def version_of(python):
    return tuple(run(python, "-c", "import sys; print(*sys.version_info[:2], sys.implementation.name)").split())


def check_wheel(wheel, interpreter, folder):
    """Install the wheel in an empty environment: check its requirements, `check` and what the import loads."""
    python = new_environment(interpreter, folder)
    version = version_of(python)
    name = f"{version[2]} {version[0]}.{version[1]}"
    run("uv", "pip", "install", "--quiet", "--python", python, wheel)
    installed = {
        line.split("==")[0] for line in run("uv", "pip", "freeze", "--python", python).splitlines() if "==" in line
    }
    expected = {"exceptiongroup", "typing-extensions"} if int(version[1]) < 11 else set()
    expect(f"{name}: packages installed with the wheel", installed - {"taskgroup-compat"}, expected)
    said = run(python, "-W", "error", "-m", "taskgroup_compat", cwd=folder).splitlines()
    expect(f"{name}: python -m taskgroup_compat", said[-1:], ["All as on Python 3.15."])
    # `nox -s bench -- --instructions` counts what the import costs.
    loaded = set(run(python, "-c", IMPORTS, cwd=folder).split())
    expect(f"{name}: modules that the import loads after asyncio", loaded - {"__future__", "gc"}, set())


def check_commands(sdist, interpreter, folder):
    """Run README's commands for a fresh machine as printed; nox only lists its sessions.

    The environment has no variables, and python3 is the interpreter.
    """
    with tarfile.open(sdist) as archive:
        archive.extractall(folder)
    (checkout,) = (path for path in Path(folder).iterdir() if path.name.startswith("taskgroup_compat-"))
    text = (checkout / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```console\n(python3 -m venv .*?)^```$", text, re.MULTILINE | re.DOTALL)
    commands = block.splitlines()
    expect("commands in README", len(commands), 3)
    system = Path(folder, "bin")
    system.mkdir()
    (system / "python3").symlink_to(run(interpreter, "-c", "import sys; print(sys.executable)").strip())
    # The settings for the package index depend on the machine.
    kept = {key: value for key, value in os.environ.items() if key == "HOME" or key.startswith(("PIP_", "UV_", "SSL_"))}
    environment = {**kept, "PATH": f"{system}{os.pathsep}/usr/bin{os.pathsep}/bin"}
    for command, added in zip(commands, ("", "", " --list")):
        run("sh", "-c", command + added, cwd=checkout, env=environment)
        print(f"    tried: {command + added}", flush=True)


def new_environment(interpreter, folder, *options):
    environment = Path(folder, "environment")
    run("uv", "venv", "--quiet", "--python", interpreter, *options, environment)
    return str(next(path for path in environment.glob("*/python*") if path.stem == "python"))


def main(interpreters):
    with tempfile.TemporaryDirectory() as folder:
        sdist, wheel = build(folder)
        check_with_tools(sdist, wheel)
        check_contents(sdist, wheel)
        for interpreter in interpreters:
            with tempfile.TemporaryDirectory() as empty:
                check_wheel(wheel, interpreter, empty)
        # Some systems package ensurepip separately.
        whole = [each for each in interpreters if subprocess.run([each, "-c", "import ensurepip"]).returncode == 0]
        print("README's commands cannot be tried, without ensurepip, on", *(set(interpreters) - set(whole) or ["none"]))
        cpythons = [each for each in whole if "pypy" not in each]
        others = [each for each in whole if "pypy" in each]
        for interpreter in [*dict.fromkeys([*cpythons[:1], *cpythons[-1:]]), *others]:
            with tempfile.TemporaryDirectory() as empty:
                print(f"README on {interpreter}", flush=True)
                check_commands(sdist, interpreter, empty)
    print("FAILED" if failures else "All as expected.", *failures, sep="\n  ")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
