"""Downloads source distributions of other projects and runs their test suites."""

import os
import pathlib
import subprocess
import tarfile
import tempfile
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).parent.parent.parent
MOST_SECONDS = 300
# The build backends of the projects.
BACKENDS = (
    "setuptools",
    "setuptools-scm",
    "hatchling",
    "hatch-vcs",
    "uv-dynamic-versioning",
    "flit-core",
    "flit-scm",
    "poetry-core",
    "pdm-backend",
    "uv-build",
)


def download(uv, name, release, folder):
    """Return the folder of an unpacked source distribution; download it unless FOLDER has it."""
    target = pathlib.Path(folder, f"{name}-{release}")
    if not target.exists():
        command = [uv, "run", "--quiet", "--no-project"]
        for each in ("pip", *BACKENDS):
            command += ["--with", each]
        command += ["python", "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
        # pip builds metadata of the download. A build environment for each project would cost most of the time.
        command += ["--no-build-isolation", f"{name}=={release}"]
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


def environment(uv, python, place, *requirements):
    """Create an environment with the requirements and return the path of its Python.

    Raises LookupError with uv's message if the requirements cannot be installed.
    """
    subprocess.run([uv, "venv", "--quiet", "--python", python, str(place)], check=True)
    path = str(pathlib.Path(place, "Scripts" if os.name == "nt" else "bin", "python"))
    command = [uv, "pip", "install", "--quiet", "--python", path, *requirements]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise LookupError(done.stderr.strip())
    return path


def run(command, source):
    """Run a command in a folder; return its output, or None if it did not end in time."""
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
        return None
    return done.stdout


def run_pytest(start, source, *arguments):
    """Run pytest, whose command begins with START, and return each test's outcome and the end of the output.

    An outcome is "passed", "skipped" or the text of the failure.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder, "report.xml")
        # The project's own options may name plugins that are not installed.
        options = ["-q", "-p", "no:cacheprovider", "-o", "addopts=", "--junitxml", str(report)]
        output = run([*start, "pytest", *options, *arguments], source)
        if output is None:
            return {}, f"did not end within {MOST_SECONDS} seconds"
        outcomes = {}
        if report.exists():
            for case in xml.etree.ElementTree.parse(str(report)).iter("testcase"):
                name = f"{case.get('classname')}::{case.get('name')}"
                bad = [each.text or "" for each in case if each.tag in ("failure", "error")]
                skipped = any(each.tag == "skipped" for each in case)
                outcomes[name] = "\n".join(bad) if bad else "skipped" if skipped else "passed"
        return outcomes, output[-2000:]
