"""Random programs with taskgroup_compat, held against what CPython 3.15 does.

Needs taskgroup_compat and exceptiongroup only::

    PYTHONPATH=src python3.X -m tests.parity.random              500 of the 1,000 recorded programs of each flavour
    ... -m tests.parity.random --count 4000 --note               more, by python3.15; note the shares for the docs
    ... -m tests.parity.random --scope library_timeout           one flavour of timeouts (see Api)
    ... -m tests.parity.random --show 17 --scope timeout         program 17: source, outcome, and 3.15's
    ... -m tests.parity.random --shrink 3                        shrink the first three that differ
    ... -m tests.parity.random --json out.json                   whole outcomes, instead of comparing
    ... -m tests.parity.random --compare expected.json           against such a file instead of the recording
    ... -m tests.parity.random --api asyncio                     asyncio's own group (3.11+)
    ... -m tests.parity.random --accept                          note which of the first 250 differ on this version
    python3.15 -m tests.parity.random --record                   make the recording again

Differences are told apart: "outcome" (events, errors, counts), "reads" (only what cancelling() or uncancel() returned),
"order" (the same events in another order within the same instants), "chains" (only causes and contexts).
Shrinking asks python3.15 (or --reference) for the outcome of each smaller program.
"""

import argparse
import hashlib
import json
import os
import pathlib
import platform
import subprocess
import sys
import warnings

from tests.parity.api import APIS
from tests.parity.columns import column
from tests.parity.outcome import without_chains
from tests.parity.programs import GENERATOR, execute, generate, paste, shrink, source

SCOPES = ("timeout", "counting_timeout", "library_timeout")
RECORDED = pathlib.Path(__file__).parent / "recorded"
ROOT = pathlib.Path(__file__).parent.parent.parent
RECORDED_COUNT = 1000
KNOWN = RECORDED / "random-known.json"
KNOWN_COUNT = 250
SHARES = RECORDED / "random-shares.json"
# Per cent of the programs that may differ, by flavour and version; what they are is told in docs/parity.md.
ALLOWED = {
    "timeout": {"3.8": 0.2, "3.9": 0.2, "3.10": 0.2, "pypy3.9": 0.2, "3.11": 0.1, "3.12": 0.1, "pypy3.11": 0.1},
    "counting_timeout": {
        "3.8": 0.4,
        "3.9": 0.4,
        "3.10": 0.4,
        "pypy3.9": 0.4,
        "3.11": 0.3,
        "3.12": 0.3,
        "pypy3.11": 0.3,
    },
    "library_timeout": {"3.8": 6.0, "3.9": 6.0, "3.10": 6.0, "pypy3.9": 6.0, "3.11": 0.4, "3.12": 0.4, "pypy3.11": 0.4},
}
# The same for programs that differ in reads alone: nobody counts while a task is in nothing of ours.
READS_ALLOWED = {"3.8": 4.0, "3.9": 4.0, "3.10": 4.0, "pypy3.9": 4.0}


def _digest(value):
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:5]


def digests(outcome):
    """A digest of the outcome without causes and contexts, and one of the whole."""
    plain = json.loads(json.dumps(outcome))
    return _digest(without_chains(plain)), _digest(plain)


def _sources(scope):
    return _digest([source(generate(seed, scope)) for seed in range(50)])


def recording(scope):
    """The recorded digests of 3.15, or SystemExit when they belong to other programs."""
    lines = (RECORDED / f"random-{scope}.txt").read_text().splitlines()
    if lines[0].split()[1:3] != [str(GENERATOR), _sources(scope)]:
        raise SystemExit("recorded outcomes belong to other programs: run python3.15 -m tests.parity.random --record")
    return [tuple(line.split()) for line in lines[1:]]


def record(count, api):
    """Writes the digests of 3.15's outcomes."""
    if sys.version_info[:2] != (3, 15):
        raise SystemExit("the recording is made by 3.15")
    RECORDED.mkdir(exist_ok=True)
    for scope in SCOPES:
        lines = [f"generator {GENERATOR} {_sources(scope)} python {platform.python_version()}"]
        lines += [" ".join(digests(execute(generate(seed, scope), api))) for seed in range(count)]
        (RECORDED / f"random-{scope}.txt").write_text("\n".join(lines) + "\n")


def known():
    """The first programs that are known to differ on this version: numbers by flavour."""
    return json.loads(KNOWN.read_text()).get(column(), {scope: [] for scope in SCOPES})


def differing(scope, api):
    """The numbers of the first programs that differ here: all that does from 3.13 on, chains apart before that."""
    strict = sys.version_info >= (3, 13)
    found = compare(scope, range(KNOWN_COUNT), api, recording(scope))
    return [seed for seed, kind in found if strict or kind != "chains"]


def accept(api):
    """Writes down the programs that differ on this version."""
    everywhere = json.loads(KNOWN.read_text()) if KNOWN.exists() else {}
    everywhere[column()] = {scope: differing(scope, api) for scope in SCOPES}
    lines = [f"  {json.dumps(key)}: {json.dumps(everywhere[key])}" for key in sorted(everywhere)]
    KNOWN.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def shares():
    """What was noted of larger runs: counts of differences by kind, for each version and flavour."""
    return json.loads(SHARES.read_text()) if SHARES.exists() else {}


def note(scope, programs, counts):
    """Writes down how many programs of one run differ in which way."""
    everywhere = shares()
    everywhere.setdefault(column(), {})[scope] = dict(counts, programs=programs)
    lines = [f"  {json.dumps(key)}: {json.dumps(everywhere[key], sort_keys=True)}" for key in sorted(everywhere)]
    SHARES.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def _reads(events):
    return [event for event in events if event[2] not in ("cancelling", "uncancel")]


def kind_of_difference(found, expected):
    """Which kind of difference lies between two outcomes, or None."""
    found, expected = json.loads(json.dumps(found)), json.loads(json.dumps(expected))
    if found == expected:
        return None
    found, expected = without_chains(found), without_chains(expected)
    if found == expected:
        return "chains"
    if _reads(found) == _reads(expected):
        return "reads"
    if sorted(map(json.dumps, found)) == sorted(map(json.dumps, expected)):
        return "order"
    return "outcome"


class Reference:
    """A python3.15 that runs programs on request."""

    def __init__(self, python):
        environment = dict(os.environ, PYTHONPATH=str(ROOT / "src"))
        self._process = subprocess.Popen(
            [python, "-m", "tests.parity.random", "--serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=str(ROOT),
            env=environment,
            universal_newlines=True,
        )

    def execute(self, program):
        self._process.stdin.write(json.dumps(program) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self):
        # leaving it closes the pipes and waits
        with self._process:
            pass


def _serve(api):
    for line in sys.stdin:
        print(json.dumps(execute(json.loads(line), api)), flush=True)


def _side_by_side(found, expected):
    """Both outcomes as lines, those that differ marked."""
    found, expected = json.loads(json.dumps(found)), json.loads(json.dumps(expected))
    for place in range(max(len(found), len(expected))):
        here = found[place] if place < len(found) else None
        there = expected[place] if place < len(expected) else None
        if here == there:
            print("    " + json.dumps(here))
        else:
            print("  - 3.15: " + json.dumps(there))
            print("  + here: " + json.dumps(here))


def show(program, api, reference):
    """Prints a program as source, with its outcome here and on 3.15."""
    print(paste(program))
    _side_by_side(execute(program, api), reference.execute(program))
    print("program = " + json.dumps(program))


def compare(scope, seeds, api, expected):
    """The seeds whose programs differ, by the recording's digests or by whole outcomes."""
    differing = []
    for seed in seeds:
        found = execute(generate(seed, scope), api)
        if isinstance(expected[seed], tuple):
            plain, whole = digests(found)
            if plain != expected[seed][0]:
                differing.append((seed, "outcome"))
            elif whole != expected[seed][1]:
                differing.append((seed, "chains"))
        else:
            kind = kind_of_difference(found, expected[seed])
            if kind is not None:
                differing.append((seed, kind))
    return differing


def _parser():
    parser = argparse.ArgumentParser(prog="tests.parity.random", description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--first", type=int, default=0, help="number of the first program")
    parser.add_argument("--scope", choices=SCOPES, action="append")
    parser.add_argument("--api", choices=sorted(APIS), default="compat")
    parser.add_argument("--json", metavar="FILE", help="write whole outcomes")
    parser.add_argument("--compare", metavar="FILE", help="a file written by --json on 3.15")
    parser.add_argument("--shrink", type=int, default=0, metavar="N", help="shrink the first N that differ")
    parser.add_argument("--kind", help="with --shrink: only differences of this kind")
    parser.add_argument("--show", type=int, metavar="NUMBER")
    parser.add_argument("--program", metavar="JSON", help="show this program (- reads it from standard input)")
    parser.add_argument("--reference", default="python3.15", help="the 3.15 that gives what is not recorded")
    parser.add_argument(
        "--chains",
        action="store_true",
        default=sys.version_info >= (3, 13),
        help="causes and contexts count as differences too, as they always do from 3.13 on",
    )
    parser.add_argument("--accept", action="store_true")
    parser.add_argument("--note", action="store_true", help="write the shares down for docs/parity.md")
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    return parser


def main(arguments=None):
    """The command line; returns 1 when more differ than is allowed."""
    options = _parser().parse_args(arguments)
    if options.api != "compat":
        # asyncio before 3.13 does not close what it refuses (gh-115957)
        warnings.simplefilter("ignore", RuntimeWarning)
    # the reference's group is asyncio's own
    api = APIS["asyncio" if options.serve else options.api]()
    scopes = options.scope or SCOPES
    if options.serve:
        return _serve(api)
    if options.record:
        return record(max(options.count, RECORDED_COUNT), api)
    if options.accept:
        return accept(api)
    if options.program is not None or options.show is not None:
        reference = Reference(options.reference)
        if options.program is not None:
            text = sys.stdin.read() if options.program == "-" else options.program
            program = json.loads(text)
        else:
            program = generate(options.show, scopes[0])
        show(program, api, reference)
        reference.close()
        return 0
    seeds = range(options.first, options.first + options.count)
    if options.json:
        outcomes = {scope: {str(seed): execute(generate(seed, scope), api) for seed in seeds} for scope in scopes}
        pathlib.Path(options.json).write_text(json.dumps(outcomes))
        return 0
    failed = 0
    for scope in scopes:
        failed |= _compare_and_tell(scope, seeds, api, options)
    return failed


def _compare_and_tell(scope, seeds, api, options):
    reference = None
    if options.compare:
        whole = json.loads(pathlib.Path(options.compare).read_text())[scope]
        expected = {int(seed): outcome for seed, outcome in whole.items()}
    else:
        expected = recording(scope)
        if seeds[-1] >= len(expected):
            expected, seeds = _expected_beyond(expected, scope, seeds, options.reference)
    differing = compare(scope, seeds, api, expected)
    if options.shrink or (differing and not options.compare):
        reference = _reference(options.reference)
    if reference is not None and not options.compare:
        programs = ((seed, generate(seed, scope)) for seed, _ in differing)
        differing = [(seed, kind_of_difference(execute(each, api), reference.execute(each))) for seed, each in programs]
    counts = {}
    for _, kind in differing:
        counts[kind] = counts.get(kind, 0) + 1
    counted = [seed for seed, kind in differing if kind != "chains" or options.chains]
    reads = 100.0 * counts.get("reads", 0) / len(seeds)
    share = 100.0 * (len(counted) - counts.get("reads", 0)) / len(seeds)
    version = f"{platform.python_implementation()} {platform.python_version()}"
    print(f"{version}, {scope}: of {len(seeds)} programs {share:.2f} % differ, {reads:.2f} % in reads alone", counts)
    for kind in sorted(counts, key=str):
        print(f"  {kind}: {[seed for seed, each in differing if each == kind][:40]}")
    wanted = [pair for pair in differing if (pair[1] == options.kind if options.kind else pair[0] in counted)]
    shown = {}
    for seed, kind in wanted[: options.shrink]:
        _shrink_and_show(seed, scope, kind, api, reference, shown)
    if reference is not None:
        reference.close()
    sys.stdout.flush()
    if options.note and (reference is not None or not differing):
        note(scope, len(seeds), counts)
    return int(share > ALLOWED[scope].get(column(), 0.0) or reads > READS_ALLOWED.get(column(), 0.0))


def _expected_beyond(recorded, scope, seeds, python):
    """Return the expected outcomes, those that are not recorded from a python3.15, and the seeds that have one."""
    expected = {seed: recorded[seed] for seed in seeds if seed < len(recorded)}
    reference = _reference(python)
    if reference is None:
        print(f"{scope}: only the {len(recorded)} recorded programs are compared")
        return expected, list(expected)
    for seed in seeds:
        if seed not in expected:
            expected[seed] = reference.execute(generate(seed, scope))
    reference.close()
    return expected, seeds


def _reference(python):
    try:
        return Reference(python)
    except OSError:
        print(f"no {python}: the differences cannot be told apart or shrunk")
        return None


def _shrink_and_show(seed, scope, kind, api, reference, shown):
    def differs(program):
        return kind_of_difference(execute(program, api), reference.execute(program)) == kind

    program = generate(seed, scope)
    if reference is not None:
        program = shrink(program, differs)
    text = paste(program)
    if text in shown:
        print(f"\nprogram {seed} ({scope}, {kind}): shrinks to the same as {shown[text]}")
        return
    shown[text] = seed
    print(f"\nprogram {seed} ({scope}, {kind}), shrunk:")
    if reference is not None:
        show(program, api, reference)
    else:
        print(text)


if __name__ == "__main__":
    sys.exit(main())
