"""Notices that a release of CPython changed what is backported here.

    python3.15 -m tests.upstream.fingerprint

records a hash of each function of 3.15's asyncio/taskgroups.py and timeouts.py, after the difference was read and what
it changes was backported. Comments, docstrings and annotations do not count.
"""

import ast
import hashlib
import importlib
import json
import pathlib

RECORDED = pathlib.Path(__file__).parent / "recorded" / "fingerprint.json"
MODULES = ("asyncio.taskgroups", "asyncio.timeouts")


class _Plain(ast.NodeTransformer):
    """Takes away what does nothing."""

    def visit(self, node):
        self.generic_visit(node)
        for field in ("annotation", "returns"):
            if getattr(node, field, None) is not None and not isinstance(node, ast.AnnAssign):
                setattr(node, field, None)
        body = getattr(node, "body", None)
        if (
            isinstance(body, list)
            and body
            and isinstance(body[0], ast.Expr)
            and isinstance(body[0].value, ast.Constant)
        ):
            node.body = body[1:] or [ast.Pass()]
        return node


def fingerprint(source):
    """The hash of each function of a module, by its name, and of what is outside of them."""
    tree = _Plain().visit(ast.parse(source))
    found = {}

    def take(node, prefix):
        rest = []
        for child in node.body:
            if isinstance(child, ast.ClassDef):
                take(child, f"{prefix}{child.name}.")
            elif isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                found[prefix + child.name] = _hash([child])
            else:
                rest.append(child)
        found[prefix + "*"] = _hash(rest)

    take(tree, "")
    return found


def _hash(nodes):
    return hashlib.sha256("\n".join(ast.dump(node) for node in nodes).encode()).hexdigest()[:16]


def present():
    """The fingerprint of this interpreter's modules."""
    files = {name: importlib.import_module(name).__file__ for name in MODULES}
    return {name: fingerprint(pathlib.Path(file).read_text("utf-8")) for name, file in files.items()}


def changes(before, after):
    """The names of the functions that differ."""
    names = {(module, name) for side in (before, after) for module in side for name in side[module]}
    differing = [(module, name) for module, name in names if before[module].get(name) != after[module].get(name)]
    return sorted(f"{module}.{name}" for module, name in differing)


if __name__ == "__main__":
    RECORDED.parent.mkdir(exist_ok=True)
    RECORDED.write_text(json.dumps(present(), indent=1) + "\n")
