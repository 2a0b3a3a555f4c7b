"""On which versions a line can run: whether its module is imported there, and which guards around it hold."""

import ast
import json
import subprocess

# The interpreter in question runs this: it imports the module and evaluates the guards in it.
_PROBE = """
import importlib, json, sys
import {package}
for entry in {entries}:
    try:
        importlib.import_module("{package}." + entry)
    except ImportError:
        pass  # A requirement of it is not installed here.
answers = {{}}
for name, guards in json.load(sys.stdin).items():
    module = sys.modules.get(name)
    if module is None:
        continue
    answers[name] = held = []
    for guard in guards:
        try:
            held.append(bool(eval(guard, vars(module))))
        except Exception:
            held.append(None)
print(json.dumps(answers))
"""


def guards_around(source):
    """Return for each line of a module the guards before it, each with the value that it needs.

    A guard is a condition of names in capitals and of sys.version_info, or such an operand of an `and`.
    """
    found = {}

    def take(node, held):
        for child in ast.iter_child_nodes(node):
            inner = held
            if isinstance(node, ast.If) and child is not node.test:
                inner = held + _required(node.test, child in node.body)
            for line in range(getattr(child, "lineno", 0), getattr(child, "end_lineno", 0) + 1):
                found[line] = inner if len(inner) >= len(found.get(line, ())) else found[line]
            take(child, inner)

    take(ast.parse(source), [])
    return found


def _required(test, holds):
    if holds and isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return [each for value in test.values for each in _required(value, True)]
    if _is_static(test):
        return [(ast.unparse(test), holds)]
    return []


def _is_static(test):
    for node in ast.walk(test):
        if isinstance(node, ast.Name) and node.id != "sys" and not node.id.isupper():
            return False
        if isinstance(node, ast.Call) or (isinstance(node, ast.Attribute) and ast.unparse(node.value) != "sys"):
            return False
    return any(isinstance(node, ast.Name) for node in ast.walk(test))


def probe(python, package, sources, environment, entries=()):
    """Return the value of each guard on an interpreter, for each module that the package or an entry imports."""
    wanted = {}
    for name, source in sources.items():
        wanted[name] = sorted({guard for held in guards_around(source).values() for guard, _ in held})
    done = subprocess.run(
        [python, "-c", _PROBE.format(package=package, entries=list(entries))],
        input=json.dumps(wanted),
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        check=True,
    )
    answers = json.loads(done.stdout)
    return {name: dict(zip(wanted[name], held)) for name, held in answers.items()}


def is_live(held, answers):
    """Whether a line behind these guards runs where a module's guards came to these answers."""
    return all(answers.get(guard) in (None, wanted) for guard, wanted in held)
