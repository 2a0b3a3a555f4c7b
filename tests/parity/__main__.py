"""The table of scenarios from the command line.

    python -m tests.parity run [--api NAME] [--out FILE]     this interpreter's outcomes as JSON
    python -m tests.parity facts [--api NAME] [--out FILE]   this interpreter's answers to the questions of facts.py
    python -m tests.parity show SCENARIO [--api NAME]        one scenario's outcome here and on 3.15
    python3.15 -m tests.parity record                        record 3.15's outcomes again
    python -m tests.parity matrix 3.8=PATH 3.9=PATH ...      all interpreters, totals and differences, docs/parity.md
        --check    fail where docs/parity.md is stale, instead of writing it
        --matrix   show each scenario's outcome on each interpreter
        --peers    other libraries beside it, written to docs/parity-peers.md

``nox -s parity`` runs the last one.
"""

import argparse
import importlib.metadata
import json
import os
import pathlib
import platform
import signal
import subprocess
import sys
import tempfile
import warnings

from tests.parity import report
from tests.parity.api import APIS
from tests.parity.columns import column, release
from tests.parity.facts import answers
from tests.parity.peers import PEERS, REQUIREMENTS
from tests.parity.scene import perform
from tests.parity.table import TABLE

_MOST_SECONDS = 3  # for a peer's scenario; the slowest of ours takes a third of one
_MOST_SECONDS_OF_ALL = 120  # for all of a peer's scenarios, as one may hang so that no signal ends it


def run(name):
    """Every scenario with one implementation on this interpreter."""
    if name != "compat":
        warnings.simplefilter("ignore")
    api = (APIS.get(name) or PEERS[name])()
    outcomes = {}
    for scenario in TABLE:
        if api.TaskGroup is None and scenario.group != "catch":
            outcomes[scenario.key] = {"unavailable": "it has no group"}
        elif name in PEERS:
            outcomes[scenario.key] = _perform_in_time(scenario, api)
        else:
            outcomes[scenario.key] = perform(scenario, api)
    return {
        "api": name,
        "release": _release(name) if name in PEERS else None,
        "column": column(),
        "interpreter": release(),
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "outcomes": outcomes,
    }


def facts(name):
    """What one implementation says to the questions of facts.py on this interpreter."""
    warnings.simplefilter("ignore")
    api = (APIS.get(name) or PEERS[name])()
    return {
        "api": name,
        "release": _release(name) if name in PEERS else None,
        "column": column(),
        "answers": answers(api) if api.TaskGroup is not None else {},
    }


def _release(name):
    return importlib.metadata.version(name)


def _perform_in_time(scenario, api):
    """A peer may hang; its scenario then ends as something that 3.15 never does."""

    def interrupt(number, frame):
        raise SystemExit("hung")

    signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, _MOST_SECONDS, 0.2)
    try:
        return perform(scenario, api)
    except BaseException as error:
        return {"events": [f"{error!r} left the loop"]}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def record():
    """Writes the outcomes of 3.15's own group and ``except*``."""
    if column() != report.REFERENCE:
        raise SystemExit(f"the recording is made by {report.REFERENCE}")
    result = run("asyncio")
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in result["outcomes"].items()]
    text = '{{"python": "{}", "outcomes": {{\n{}\n}}}}\n'.format(result["python"], ",\n".join(lines))
    report.RECORDED.write_text(text)


def _show(key, name):
    scenario = next(each for each in TABLE if each.key == key)
    found = json.loads(json.dumps(perform(scenario, (APIS.get(name) or PEERS[name])())))
    expected = report.recorded()[key]
    print(scenario.sentence)
    if "unavailable" in found:
        print(found["unavailable"])
        return
    here, there = found["events"], expected["events"]
    for place in range(max(len(here), len(there))):
        pair = [json.dumps(each[place]) if place < len(each) else "nothing" for each in (there, here)]
        if pair[0] == pair[1]:
            print("    " + pair[0])
        else:
            print("  - 3.15: {}\n  + here: {}".format(*pair))


def _status(command, environment, limit):
    """The exit status, or None where the command had to be killed because it took longer than the limit."""
    # a session of its own, so that what hangs can be ended with all that uv started
    output = subprocess.DEVNULL if limit else None
    process = subprocess.Popen(
        command, cwd=str(report.ROOT), env=environment, start_new_session=True, stdout=output, stderr=output
    )
    try:
        return process.wait(limit)
    except BaseException as error:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if isinstance(error, subprocess.TimeoutExpired):
            return None
        raise


def _ask(python, path, names, uv, folder, what="run"):
    """Runs the named implementations on an interpreter, in environments that uv makes and keeps.

    Returns the results, and for each peer without one a line that says why.
    """
    results, missing = [], []
    for name in names:
        out = pathlib.Path(folder, f"{python}-{name}.json")
        command = [uv, "run", "--quiet", "--no-project", "--python", path, "--with", str(report.ROOT)]
        for requirement in REQUIREMENTS.get(name, ()):
            command += ["--with", requirement]
        command += ["python", "-m", "tests.parity", what, "--api", name, "--out", str(out)]
        environment = {key: value for key, value in os.environ.items() if key not in ("VIRTUAL_ENV", "PYTHONPATH")}
        status = _status(command, environment, limit=_MOST_SECONDS_OF_ALL if name in PEERS else None)
        if status == 0:
            results.append(json.loads(out.read_text()))
        elif name not in PEERS:
            raise SystemExit(f"{name} did not run on {python}")
        elif status is None:
            missing.append(f"{name} on {python} hangs, and was killed after {_MOST_SECONDS_OF_ALL} seconds")
        else:
            missing.append(f"{name} on {python} cannot be installed or imported")
    return results, missing


def _matrix(interpreters, uv, check, with_peers, in_full):
    runs, missing, told = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        for each in interpreters:
            python, _, path = each.partition("=")
            names = ["compat"]
            # asyncio's own group exists since 3.11
            if not python.startswith("pypy") and int(python.split(".")[1]) >= 11:
                names.append("asyncio")
            names += PEERS if with_peers else ()
            found, without = _ask(python, path or python, names, uv, folder)
            runs += found
            missing += without
            if with_peers:
                told += _ask(python, path or python, ["compat", *PEERS], uv, folder, "facts")[0]
    matrix = report.Matrix(runs)
    show = report.as_text if in_full else report.summary
    print(show(matrix, ["compat", "asyncio", *(PEERS if with_peers else ())]))
    for line in missing:
        print(line)
    failed = matrix.complaints()
    fresh = report.document(matrix)
    written = report.DOCUMENT.read_text() if report.DOCUMENT.exists() else ""
    lost = report.lost(written, fresh)
    if with_peers and not lost:
        (report.ROOT / "docs" / "parity-peers.md").write_text(report.peers_document(matrix, list(PEERS), missing, told))
    if check:
        patch_levels = {each["column"]: each["python"] for each in runs if each["api"] == "asyncio"}
        reasons = {}
        for head, reason in report.unchecked(written, fresh, patch_levels).items():
            reasons.setdefault(reason, []).append(head.strip("`"))
        for reason, heads in reasons.items():
            print(f"Columns of docs/parity.md that were not checked, {reason}: {', '.join(heads)}")
        failed += ["docs/parity.md is stale: " + each for each in report.stale(written, fresh, patch_levels)]
    elif lost:
        failed.append(f"docs/parity.md is not written, as it would lose columns: {', '.join(lost)}")
    else:
        report.DOCUMENT.write_text(fresh)
    for line in failed:
        print(line)
    return int(bool(failed))


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="tests.parity", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for what in (run, facts):
        running = commands.add_parser(what.__name__)
        running.set_defaults(what=what)
        running.add_argument("--api", default="compat", choices=[*APIS, *PEERS])
        running.add_argument("--out")
    showing = commands.add_parser("show")
    showing.add_argument("scenario")
    showing.add_argument("--api", default="compat", choices=[*APIS, *PEERS])
    commands.add_parser("record")
    all_of_them = commands.add_parser("matrix")
    all_of_them.add_argument("interpreters", nargs="+")
    all_of_them.add_argument("--uv", default="uv")
    all_of_them.add_argument("--check", action="store_true")
    all_of_them.add_argument("--peers", action="store_true")
    all_of_them.add_argument("--matrix", action="store_true")
    options = parser.parse_args(arguments)
    if options.command in ("run", "facts"):
        text = json.dumps(options.what(options.api))
        if options.out:
            pathlib.Path(options.out).write_text(text)
        else:
            print(text)
        return 0
    if options.command == "show":
        return _show(options.scenario, options.api)
    if options.command == "record":
        return record()
    return _matrix(options.interpreters, options.uv, options.check, options.peers, options.matrix)


if __name__ == "__main__":
    sys.exit(main())
