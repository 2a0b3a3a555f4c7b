"""Every check of the project: `nox -l` lists the sessions, `nox` runs the usual ones.

To add one: write a function below with `@nox.session`, a docstring of one line (`nox -l` shows it), `install()` for
what it needs, and one command; what the command does lives in a module under tests/. `python=PYTHONS` runs it on every
interpreter, `python=OLDEST` on one, neither on that of nox itself. It runs on a plain `nox` only if its name is in
`nox.options.sessions`, which together have to end within ten minutes on two cores.
"""

import atexit
import os
import re
import subprocess
import sys
from pathlib import Path

import nox
import nox.virtualenv

nox.options.default_venv_backend = "uv"
nox.options.sessions = ["interpreters", "lint", "typing", "typing_oldest", "tests", "parity-check", "missing"]
nox.options.reuse_venv = "yes"
# A missing interpreter is named at the end; waiting for a download that cannot come helps nobody.
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False
os.environ["UV_PYTHON_DOWNLOADS"] = "never"
# As pip does: a company's network may have a certificate of its own.
os.environ.setdefault("UV_SYSTEM_CERTS", "true")

CPYTHONS = nox.project.python_versions(nox.project.load_toml("pyproject.toml"))
PYTHONS = [*CPYTHONS, "pypy3.9", "pypy3.11"]
OLDEST, NEWEST = CPYTHONS[0], CPYTHONS[-1]
# mypy 2 refuses to check for these.
OLD_TARGETS = ["3.8", "3.9"]


if not nox.virtualenv.HAS_UV:
    raise SystemExit("uv is missing: python -m pip install uv")


def find(python):
    """The path of an interpreter as uv finds it, or None."""
    command = [nox.virtualenv.UV, "python", "find", "--system", "--no-project", python]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return answer.stdout.strip() if answer.returncode == 0 else None


def find_all():
    """Every interpreter's path. What only pyenv has, behind a shim that is not active, is put on the PATH."""
    found = {}
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv", "versions")
    for python in PYTHONS:
        found[python] = find(python)
        versions = sorted(pyenv.glob(f"{python}[.-]*"), key=lambda path: path.stat().st_mtime)
        if found[python] is None and versions:
            os.environ["PATH"] = f"{versions[-1] / 'bin'}{os.pathsep}{os.environ['PATH']}"
            found[python] = find(python)
    return found


FOUND = find_all()


def find_others():
    """The paths of the interpreters in the folders that OTHER_PYTHONS names, which is written as PATH is."""
    folders = filter(None, os.environ.get("OTHER_PYTHONS", "").split(os.pathsep))
    found = [path for folder in folders for path in sorted(Path(folder).iterdir())]
    return [str(path) for path in found if re.fullmatch(r"(python|pypy)3\.\d+(\.exe)?", path.name)]


def install(session, *groups):
    """Installs the project as its users get it, and the named dependency groups of pyproject.toml."""
    session.install(".", *(option for group in groups for option in ("--group", group)))


def run_tests(session):
    """Runs the tests on all cores: a run takes a minute on each of many interpreters."""
    session.run("python", "-m", "pytest", "--numprocesses", "auto", *session.posargs)


@nox.session(python=PYTHONS)
def tests(session):
    """Run the tests against the installed package, with pytest's arguments after --."""
    install(session, "tests")
    run_tests(session)


@nox.session(python=find_others() or False)
def patches(session):
    """Run the tests on each interpreter in the folders of OTHER_PYTHONS: patch releases that are not the usual ones."""
    if session.python is False:
        session.error("OTHER_PYTHONS names no folder with a python3.X or pypy3.X in it")
    session.run("python", "-VV")
    install(session, "tests")
    run_tests(session)


@nox.session(python=PYTHONS)
def coverage(session):
    """Measure which lines of the package the tests reach on each version; `-s coverage coverage_report` shows them."""
    session.install("--editable", ".", "--group", "tests", "--group", "coverage")
    run = ["python", "-m", "coverage", "run", "--parallel-mode", "-m"]
    # Tracing makes PyPy many times slower: there just what it has lines of its own for.
    tests = ["tests/group", "tests/cancellation", "tests/catch"]
    session.run(*run, "pytest", *(tests if str(session.python).startswith("pypy") else []), *session.posargs)
    session.run(*run, "taskgroup_compat")


@nox.session
def coverage_report(session):
    """Combine what the coverage sessions measured; fail where no version reaches a line or a branch, and show it."""
    session.install("--group", "coverage")
    session.run("coverage", "combine")
    session.run("coverage", "report")


@nox.session(python=["3.8", "3.9", "3.10", "3.14", "3.15"])
def interop(session):
    """Run programs with real libraries (aiohttp, anyio, async_timeout, httpx, uvloop) and hold them against 3.15."""
    install(session)
    session.install("--only-binary", ":all:", "-r", "tests/interop/requirements.txt")
    session.run("python", "-m", "pytest", "-p", "no:asyncio", "tests/interop", *session.posargs)


@nox.session(python=PYTHONS)
def upstream(session):
    """Run CPython's own tests of TaskGroup, timeout() and except*, from the newest Python, and the version's own."""
    install(session)
    reference = FOUND[NEWEST] or f"python{NEWEST}"
    session.run("python", "-m", "tests.upstream", "--reference", reference, *session.posargs)


@nox.session(python=CPYTHONS)
def dependents(session):
    """Run the tests of libraries that use a group or catch, as they are and with ours in the place of theirs."""
    install(session)
    folder = str(Path(session.cache_dir, "dependents"))
    session.run("python", "-m", "tests.dependents", "--uv", nox.virtualenv.UV, "--folder", folder, *session.posargs)


@nox.session(python=["3.8", "3.9", "3.10"])
@nox.parametrize(
    "requirements",
    [
        nox.param(["--resolution", "lowest", "."], id="lowest"),
        # The first that needs typing-extensions, so with the oldest of these that can be.
        nox.param(["--resolution", "lowest", ".", "exceptiongroup>=1.3"], id="lowest-typing-extensions"),
        nox.param(["--resolution", "highest", "."], id="highest"),
    ],
)
def minimums(session, requirements):
    """Run the tests with the oldest and the newest of what the project needs, and of what that needs in turn."""
    install(session, "tests")
    # What is installed would be kept. The packages for the tests stay as new as they are.
    session.run("uv", "pip", "uninstall", "exceptiongroup", "typing-extensions")
    session.install(*requirements)
    session.run("uv", "pip", "check")
    session.run("uv", "pip", "list")
    run_tests(session)


@nox.session
def lint(session):
    """Check style and format with ruff."""
    session.install("--group", "lint")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session
def workflows(session):
    """Check the forge's workflows for what an attacker could use, with zizmor."""
    session.install("--group", "workflows")
    session.run("zizmor", "--offline", "--persona", "auditor", ".github")


@nox.session
def typing(session):
    """Check the types with mypy and pyright for every Python that today's releases of them know."""
    install(session, "typing")
    session.run("python", "tests/typing/check.py", "mypy", *(each for each in CPYTHONS if each not in OLD_TARGETS))
    session.run("python", "tests/typing/check.py", "pyright", *CPYTHONS)
    session.run("python", "tests/typing/check.py", "names", *(each for each in CPYTHONS if each not in OLD_TARGETS))


@nox.session(python=OLDEST)
def typing_oldest(session):
    """Check the types for the Pythons that only an older mypy knows."""
    install(session, "typing")
    session.run("python", "tests/typing/check.py", "mypy", *OLD_TARGETS)


@nox.session
def build(session):
    """Build wheel and sdist, check them, and try them in empty environments of every interpreter."""
    session.install("--group", "build")
    session.run("python", "tests/packaging/check.py", *filter(None, FOUND.values()))


@nox.session(python=["3.8", "3.12", "3.15"])
def vendored(session):
    """Run the tests against a copy at mylib/_vendor/taskgroup_compat, beside the installed package."""
    install(session, "tests")
    session.run("python", "tests/packaging/vendored.py", session.create_tmp(), *session.posargs)


def run_scenarios(session, *options):
    """Runs every scenario on every interpreter."""
    found = [f"{python}={path}" for python, path in FOUND.items() if path]
    command = [sys.executable, "-m", "tests.parity", "matrix", *found, "--uv", nox.virtualenv.UV]
    session.run(*command, *options, *session.posargs)


@nox.session(python=False)
def parity(session):
    """Run all scenarios on every interpreter, write docs/parity.md; -- --peers adds libraries, --matrix prints all."""
    run_scenarios(session)
    session.run(sys.executable, "-m", "tests.readme")


@nox.session(python=False, name="parity-check")
def parity_check(session):
    """Run every scenario on every interpreter; fail where one differs unexpectedly, or docs/parity.md is stale."""
    run_scenarios(session, "--check")


@nox.session(python=PYTHONS)
def random(session):
    """Hold 4,000 random programs of each flavour against 3.15's recorded outcomes, or as many as -- --count N says."""
    install(session)
    reference = FOUND[NEWEST] or f"python{NEWEST}"
    options = session.posargs or ["--count", "4000", "--note"]
    session.run("python", "-m", "tests.parity.random", "--reference", reference, *options)


@nox.session(python=False)
def mutation(session):
    """Change the package in one place at a time and say what no test notices; -- --count N, --seed S, --only TEXT."""
    found = [f"{python}={path}" for python, path in FOUND.items() if path]
    command = [sys.executable, "-m", "tests.mutation", *found, "--uv", nox.virtualenv.UV]
    session.run(*command, *session.posargs)


@nox.session(python=OLDEST)
def api(session):
    """Write docs/api.md, which is made from the docstrings."""
    install(session)
    session.run("python", "-m", "tests.api")


@nox.session(python=NEWEST, name="record-catch")
def record_catch(session):
    """Record again what except* leaves on the newest Python, for the tests of catch on the others."""
    install(session)
    session.run("python", "-m", "tests.catch.recording", *session.posargs)


@nox.session(python=["3.8", "3.11", "3.14", "3.15"])
def migrate(session):
    """Convert every generated case, and many more random programs than `tests` does, in each direction."""
    install(session, "tests")
    environment = {"MIGRATE_CASES": "2000", "MIGRATE_EXAMPLES": "3000", "MIGRATE_STATEMENTS": "850"}
    session.run("python", "-m", "pytest", "tests/migrate", *session.posargs, env=environment)


@nox.session(python=["3.8", "3.10", "3.12", "3.14", "pypy3.9"])
def bench(session):
    """Measure costs against hand-written asyncio and the peers; -- --quick, --docs, --json FOLDER."""
    install(session)
    # attrs: quattro 0.3, the last for 3.8, does not name it
    session.install("taskgroup", "quattro", "aiotools", "anyio", "exceptiongroup", "attrs", "async-timeout")
    session.run("python", "-m", "tests.bench", "--run", str(os.getpid()), *session.posargs)


@nox.session(python=["3.8", "3.10", "3.12"])
def soak(session):
    """Run random groups for ten minutes, which must leave no task and no memory behind; -- --seconds N."""
    install(session)
    session.install("async-timeout")
    session.run("python", "-m", "tests.bench.soak", *session.posargs)


@nox.session(python=False)
def interpreters(session):
    """Say which Pythons the checks have found; fail where one named after -- is missing."""
    for python, path in FOUND.items():
        session.log(f"{python}: {path or 'not found'}")
    needed = [python for python in session.posargs if FOUND.get(python) is None]
    if needed:
        session.error(f"needed here: {', '.join(needed)}")
    session.log("Plain nox takes up to ten minutes where all of them are found.")


@nox.session(python=False)
def missing(session):
    """Say at the very end which Pythons were not found, and so not checked."""
    lacking = [python for python, path in FOUND.items() if path is None]
    if not lacking:
        return
    text = f"Not checked, because not found: {', '.join(lacking)}. To get them: uv python install {' '.join(lacking)}"
    if NEWEST in lacking:
        text += f"\nPython {NEWEST}, the reference, is missing: outcomes were compared with those recorded on it."
    # after nox's own summary
    atexit.register(print, f"\n{text}", file=sys.stderr)
