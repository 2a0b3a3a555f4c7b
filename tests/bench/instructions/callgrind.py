"""Run a Python module under callgrind and read the counts that it took.

The process labels each count itself (see `counter.py`). It starts without instrumentation, so that the warm-up costs
little more than the emulation.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from .counter import ZERO

HEADER = Path("/usr/include/valgrind/callgrind.h")
ADVICE = "counting instructions needs valgrind and a C compiler: apt-get install valgrind gcc libc6-dev"


def unavailable():
    """Return the reason why nothing can be counted here, or None."""
    if sys.implementation.name != "cpython":
        return "callgrind counts CPython alone: a JIT compiler rewrites its own code"
    if not sys.platform.startswith("linux"):
        return "callgrind is used on Linux alone"
    if not (shutil.which("valgrind") and shutil.which("gcc") and HEADER.exists()):
        return ADVICE
    return None


def build(folder):
    """Compile the requests to callgrind into a library and return its path."""
    library = Path(folder, "libcallgrind-requests.so")
    source = Path(__file__).with_name("callgrind.c")
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", str(library), str(source)], check=True)
    return library


def environment(folder, library):
    """Return the environment of a counted process: the same hashes each time, and compiled byte code."""
    keep = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {
        **keep,
        "CALLGRIND_REQUESTS": str(library),
        "PYTHONHASHSEED": "0",
        "PYTHONPYCACHEPREFIX": str(Path(folder, "byte-code")),
    }


def read(folder):
    """Return the count of each label in callgrind's dumps."""
    counts = {}
    for path in Path(folder).glob("counts.*"):
        text = path.read_text(errors="replace")
        label = re.search(r"^desc: Trigger: Client Request: (.*)$", text, re.MULTILINE)
        count = re.search(r"^(?:totals|summary): (\d+)", text, re.MULTILINE)
        if label and count:
            counts[label.group(1)] = int(count.group(1))
    return counts


def count(module, *arguments, twice=False):
    """Run `python -m module *arguments` under callgrind.

    With `twice` it runs once before without callgrind, which compiles the byte code of all that it imports. Returns
    the instructions by label, without those of an empty count, and the lines that the process printed.
    """
    with tempfile.TemporaryDirectory(prefix="instructions-") as folder:
        variables = environment(folder, build(folder))
        command = [sys.executable, "-m", module, *arguments]
        if twice:
            subprocess.run(command, env=variables, stdout=subprocess.DEVNULL, check=True)
        valgrind = ["valgrind", "-q", "--tool=callgrind", "--instr-atstart=no"]
        valgrind += [f"--callgrind-out-file={Path(folder, 'counts')}", f"--log-file={Path(folder, 'log')}"]
        answer = subprocess.run([*valgrind, *command], env=variables, stdout=subprocess.PIPE, text=True, check=True)
        counts = read(folder)
    zero = counts[ZERO]
    return {label: value - zero for label, value in counts.items() if "|" in label}, answer.stdout.splitlines()
