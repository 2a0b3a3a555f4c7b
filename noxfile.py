"""Every check of the project. `nox` runs the sessions with a *, which each change has to pass.

`nox -s tests` runs a session on all its Pythons, `nox -s tests-3.8` on one; arguments after -- go to its command.
"""

# To add a session: write a function with `@nox.session`, a docstring of one line (`nox -l` shows it), `install()` for
# its requirements, and one command. The command's code lives in a module under tests/. nox's own interpreter runs the
# session; with `python=unless_listing(PYTHONS)` every interpreter does.

import atexit
import os
import re
import subprocess
import sys
from pathlib import Path

import nox
import nox.virtualenv

nox.options.default_venv_backend = "uv"
nox.options.reuse_venv = "yes"
# A notice names the missing interpreters; a download might never come.
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False
os.environ["UV_PYTHON_DOWNLOADS"] = "never"
# As pip does: the network may need a certificate of its own.
os.environ.setdefault("UV_SYSTEM_CERTS", "true")

CPYTHONS = nox.project.python_versions(nox.project.load_toml("pyproject.toml"))
PYTHONS = [*CPYTHONS, "pypy3.9", "pypy3.11"]
OLDEST, NEWEST = CPYTHONS[0], CPYTHONS[-1]
# mypy 2 refuses to check for these.
OLD_TARGETS = ["3.8", "3.9"]


if not nox.virtualenv.HAS_UV:
    raise SystemExit("uv is missing: python -m pip install uv")


def find(python):
    """Return the path of an interpreter that uv finds, or None."""
    command = [nox.virtualenv.UV, "python", "find", "--system", "--no-project", python]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return answer.stdout.strip() if answer.returncode == 0 else None


def find_all():
    """Return the path of every interpreter; those that only pyenv has are added to PATH."""
    found = {}
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv", "versions")
    for python in PYTHONS:
        found[python] = find(python)
        versions = sorted(pyenv.glob(f"{python}[.-]*"), key=lambda path: path.stat().st_mtime)
        if found[python] is None and versions:
            os.environ["PATH"] = f"{versions[-1] / 'bin'}{os.pathsep}{os.environ['PATH']}"
            found[python] = find(python)
    return found


def find_others():
    """Return the interpreters in the folders that OTHER_PYTHONS names, which is written as PATH is."""
    folders = filter(None, os.environ.get("OTHER_PYTHONS", "").split(os.pathsep))
    found = [path for folder in folders for path in sorted(Path(folder).iterdir())]
    return [str(path) for path in found if re.fullmatch(r"(python|pypy)3\.\d+(\.exe)?", path.name)]


FOUND = find_all()
OTHERS = find_others()
MISSING = [python for python, path in FOUND.items() if path is None]
# `nox -l` shows one line for each session, not one for each of its Pythons.
LISTING = not {"-l", "--list", "--list-sessions"}.isdisjoint(sys.argv)
TESTED = [python for python in PYTHONS if python not in MISSING] + OTHERS
nox.options.sessions = ["tests"] if LISTING else [f"tests-{python}" for python in TESTED]
nox.options.sessions += ["lint", "typing", "parity"]

needed = [python for python in os.environ.get("REQUIRED_PYTHONS", "").split() if FOUND.get(python) is None]
if needed:
    raise SystemExit(f"REQUIRED_PYTHONS names interpreters that were not found: {', '.join(needed)}")


def unless_listing(pythons):
    """Return the Pythons of a session; None for `nox -l`."""
    return None if LISTING else pythons


def notice():
    """Return the line that says which interpreters were found."""
    text = f"Pythons found: {', '.join(TESTED)}."
    if MISSING:
        text += f" Left out: {', '.join(MISSING)}; to get them: uv python install {' '.join(MISSING)}"
    if NEWEST in MISSING:
        text += f". Without {NEWEST} outcomes are compared with its recorded ones."
    return text


# The line stands below nox's own summary.
atexit.register(lambda: print(notice(), file=sys.stderr, flush=True))


def install(session, *groups):
    """Install the project as its users get it, and dependency groups of pyproject.toml."""
    session.install(".", *(option for group in groups for option in ("--group", group)))


def new_environment(session, interpreter, *options):
    """Return the interpreter of a second environment, with the project and the options of `uv pip install`."""
    folder = str(Path(session.create_tmp(), f"environment-{Path(interpreter).name}"))
    session.run("uv", "venv", "--quiet", "--clear", "--python", interpreter, folder, external=True)
    session.run("uv", "pip", "install", "--quiet", "--python", folder, ".", *options, external=True)
    return next(str(path) for path in Path(folder).glob("*/python*") if path.stem == "python")


def run_tests(session):
    """Run the tests on all cores."""
    session.run("python", "-m", "pytest", "--numprocesses", "auto", "--dist", "worksteal", *session.posargs)


@nox.session(python=unless_listing([*PYTHONS, *OTHERS]))
def tests(session):
    """Run the tests with the installed package; the folders in OTHER_PYTHONS add interpreters."""
    install(session, "tests")
    run_tests(session)


@nox.session(python=unless_listing(PYTHONS))
def coverage(session):
    """Measure the lines that the tests reach; the newest Python combines and checks them."""
    session.install("--editable", ".", "--group", "tests", "--group", "coverage")
    run = ["python", "-m", "coverage", "run", "--parallel-mode", "-m"]
    # Tracing makes PyPy many times slower: it runs the tests of the lines that only PyPy runs.
    tests = ["tests/group", "tests/cancellation", "tests/catch"]
    # Coverage's tracer in Python does not survive the trace function that the first sets. Under that tracer, though not
    # under others, inspect.ismethod() of a record is False, and the second fails.
    tests += ["--ignore=tests/cancellation/test_cost.py", "--ignore=tests/cancellation/test_disguise.py"]
    session.run(*run, "pytest", *(tests if str(session.python).startswith("pypy") else []), *session.posargs)
    session.run(*run, "taskgroup_compat")
    if session.python == TESTED[-1 - len(OTHERS)]:
        session.run("python", "-m", "coverage", "combine")
        session.run("python", "-m", "coverage", "report")


@nox.session(python=unless_listing(["3.8", "3.9", "3.10", "3.11", "3.12", "3.14", "3.15"]))
def interop(session):
    """Run programs with real libraries and compare their results with those on 3.15."""
    install(session)
    session.install("--only-binary", ":all:", "-r", "tests/interop/requirements.txt")
    session.run("python", "-m", "pytest", "-p", "no:asyncio", "tests/interop", *session.posargs)


@nox.session(python=unless_listing(PYTHONS))
def upstream(session):
    """Run CPython's own tests of TaskGroup, timeout() and except*."""
    install(session)
    reference = FOUND[NEWEST] or f"python{NEWEST}"
    session.run("python", "-m", "tests.upstream", "--reference", reference, *session.posargs)


@nox.session(python=unless_listing(CPYTHONS))
def dependents(session):
    """Run the tests of libraries that use a group or catch, with theirs and with ours."""
    install(session)
    folder = str(Path(session.cache_dir, "dependents"))
    session.run("python", "-m", "tests.dependents", "--uv", nox.virtualenv.UV, "--folder", folder, *session.posargs)


@nox.session(python="3.12")
def adopters(session):
    """Convert projects that need 3.11 and run their tests on 3.9 or 3.10."""
    session.install(".[migrate]")
    folder = str(Path(session.cache_dir, "dependents"))
    session.run("python", "-m", "tests.adopters", "--uv", nox.virtualenv.UV, "--folder", folder, *session.posargs)


@nox.session(python=unless_listing(["3.8", "3.9", "3.10"]))
def minimums(session):
    """Run the tests with the oldest and the newest releases of the requirements."""
    install(session, "tests")
    for requirements in (
        ["--resolution", "lowest", "."],
        # The first exceptiongroup that needs typing-extensions, with the oldest of these.
        ["--resolution", "lowest", ".", "exceptiongroup>=1.3"],
        ["--resolution", "highest", "."],
    ):
        # uv keeps an installed release; the packages for the tests stay.
        session.run("uv", "pip", "uninstall", "exceptiongroup", "typing-extensions")
        session.install(*requirements)
        session.run("uv", "pip", "check")
        session.run("uv", "pip", "list")
        run_tests(session)


@nox.session
def lint(session):
    """Check style and format with ruff, spelling with codespell, and the workflows with zizmor."""
    session.install("--group", "lint")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("codespell", "src", "tests", "docs", "README.md", "CHANGELOG.md", "noxfile.py")
    session.run("zizmor", "--offline", "--quiet", "--persona", "auditor", ".github")


@nox.session
def typing(session):
    """Check the types with mypy and pyright, strictly, for every Python."""
    install(session, "typing")
    current = [each for each in CPYTHONS if each not in OLD_TARGETS]
    session.run("python", "tests/typing/check.py", "mypy", *current)
    session.run("python", "tests/typing/check.py", "pyright", *CPYTHONS)
    session.run("python", "tests/typing/check.py", "names", *current)
    python = new_environment(session, str(session.virtualenv.location), "--group", "typing-old")
    session.run(python, "tests/typing/check.py", "mypy", *OLD_TARGETS, external=True)


@nox.session
def build(session):
    """Build wheel and sdist and try them everywhere; vendor the package and test a copy."""
    session.install("--group", "build")
    session.run("python", "tests/packaging/check.py", *filter(None, FOUND.values()))
    session.run("python", "tests/packaging/vendoring.py", *filter(None, (FOUND[OLDEST], FOUND[NEWEST])))
    for version in ("3.8", "3.12", "3.15"):
        if FOUND[version]:
            python = new_environment(session, FOUND[version], "--group", "tests")
            copy = str(Path(session.create_tmp(), "copy"))
            session.run(python, "tests/packaging/vendored.py", copy, *session.posargs, external=True)


@nox.session(python=False)
def parity(session):
    """Compare every scenario with 3.15; -- --write writes docs/parity.md; --peers, --matrix."""
    found = [f"{python}={path}" for python, path in FOUND.items() if path]
    command = [sys.executable, "-m", "tests.parity", "matrix", *found, "--uv", nox.virtualenv.UV]
    options = [each for each in session.posargs if each not in ("--write", "--check")]
    write = "--write" in session.posargs
    session.run(*command, *([] if write else ["--check"]), *options)
    if write:
        session.run(sys.executable, "-m", "tests.readme")


@nox.session(python=unless_listing(PYTHONS))
def random(session):
    """Compare random programs with 3.15; -- --count N."""
    install(session)
    reference = FOUND[NEWEST] or f"python{NEWEST}"
    options = session.posargs or ["--count", "4000", "--note"]
    session.run("python", "-m", "tests.parity.random", "--reference", reference, *options)


@nox.session(python=False)
def mutation(session):
    """Change the package in one place at a time; name what no test notices; -- --only TEXT."""
    found = [f"{python}={path}" for python, path in FOUND.items() if path]
    command = [sys.executable, "-m", "tests.mutation", *found, "--uv", nox.virtualenv.UV]
    session.run(*command, *session.posargs)


@nox.session
def docs(session):
    """Build the site with warnings as errors, and check its links and names."""
    install(session, "docs")
    site = str(Path(session.create_tmp(), "html").resolve())
    options = ["--fail-on-warning", "--keep-going", "--nitpicky", "--fresh-env", "--write-all", "--quiet"]
    session.run("python", "-m", "sphinx", *options, *session.posargs, "docs", site)
    session.run("python", "-m", "tests.docs.site", site)
    session.log(f"file://{site}/index.html")


@nox.session(python=NEWEST)
def record(session):
    """Record the results of except* on the newest Python, for the tests of catch."""
    install(session)
    session.run("python", "-m", "tests.catch.recording", *session.posargs)


@nox.session(python=unless_listing(["3.8", "3.11", "3.14", "3.15"]))
def migrate(session):
    """Convert every generated case and many random programs, in each direction."""
    install(session, "tests")
    environment = {"MIGRATE_CASES": "1000", "MIGRATE_EXAMPLES": "3000", "MIGRATE_STATEMENTS": "850"}
    # The random programs take longer than the limit of one test in plain nox.
    limit = ["--override-ini", "test_limit=3000"]
    session.run("python", "-m", "pytest", *limit, "tests/migrate", *session.posargs, env=environment)


@nox.session(python=unless_listing(["3.8", "3.10", "3.11", "3.12", "3.14", "pypy3.9"]))
def bench(session):
    """Measure costs beside asyncio and the peers; -- --instructions, --quick, --soak."""
    install(session)
    if session.posargs[:1] == ["--soak"]:
        session.install("async-timeout")
        session.run("python", "-m", "tests.bench.soak", *session.posargs[1:])
        return
    # attrs: quattro 0.3, the last for 3.8, does not name it
    session.install("taskgroup", "quattro", "aiotools", "anyio", "exceptiongroup", "attrs", "async-timeout")
    if session.posargs[:1] == ["--instructions"]:
        run = ["--run", str(os.getpid())]
        session.run("python", "-m", "tests.bench.instructions", *run, *session.posargs[1:])
        return
    session.run("python", "-m", "tests.bench", *session.posargs)
