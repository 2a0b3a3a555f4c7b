"""docs/api.md, made from the docstrings: `python -m tests.api` writes it, tests/docs/test_api.py compares it.

It is made on 3.8 to 3.10, where every name but the groups of exceptions is this package's own.
"""

import inspect
import re
import sys
from pathlib import Path

import taskgroup_compat

PAGE = Path(__file__).resolve().parent.parent / "docs" / "api.md"
COMPLETE = sys.version_info < (3, 11)
INTRO = """\
# API

Made from the docstrings by `nox -s api`; do not edit. Names, behaviour and errors are the same on every version; what a
version still does in another way is listed in [parity.md](parity.md). Every example runs on every version.

"""
# What is never this package's own, and so has no docstring of ours.
OTHERS = {
    "BaseExceptionGroup": """\
The built-in class from Python 3.11 on, below it that of `exceptiongroup`: the one that everybody else uses, too.""",
    "ExceptionGroup": """\
The built-in class from Python 3.11 on, below it that of `exceptiongroup`: the one that everybody else uses, too.""",
    "__version__": """\
The version of this package, a string such as `"0.1.0"`.""",
}


def is_ours(value):
    return getattr(value, "__module__", None) == taskgroup_compat.__name__


def methods(kind):
    """The public methods that a class itself defines, in order; of a function none."""
    if not isinstance(kind, type):
        return []
    return [name for name, value in vars(kind).items() if not name.startswith("_") and inspect.isfunction(value)]


def call(name, function):
    """How a name is called, as code: without self, and without types that say nothing."""
    signature = inspect.signature(function)
    given = [each for each in signature.parameters.values() if each.name != "self"]
    given = [each.replace(annotation=each.empty) if each.annotation == "Any" else each for each in given]
    result = signature.empty if isinstance(function, type) else signature.return_annotation
    text = str(signature.replace(parameters=given, return_annotation=result))
    return name + re.sub(r"'([^']*)'", r"\1", text)


def markdown(docstring):
    """A docstring as Markdown: its examples as blocks, its sections of arguments and errors as lists."""
    parts = []
    for paragraph in docstring.split("\n\n"):
        title, _, rest = paragraph.partition("\n")
        if paragraph.startswith(">>> "):
            parts.append(f"```pycon\n{paragraph}\n```")
        elif re.fullmatch(r"[A-Z][a-z]+:", title) and rest.startswith("    "):
            items = re.sub(r"^ {4}(?=\S)", "- ", rest, flags=re.MULTILINE)
            items = re.sub(r"^- (\w+):", r"- `\1`:", items, flags=re.MULTILINE)
            parts.append(f"**{title[:-1]}**\n\n{re.sub(r'^ {8}', '  ', items, flags=re.MULTILINE)}")
        else:
            parts.append(paragraph)
    return "\n\n".join(parts)


def entry(level, name, value):
    """A heading, how it is called, and what its docstring says."""
    title = "#" * level + " " + name
    return f"{title}\n\n`{call(name, value)}`\n\n{markdown(inspect.getdoc(value))}\n"


def section(name):
    """What the page says of a public name, or None where this version has another one's."""
    value = getattr(taskgroup_compat, name)
    if name in OTHERS:
        return f"## {name}\n\n{OTHERS[name]}\n"
    if not is_ours(value):
        return None
    entries = [entry(2, name, value)]
    entries += [entry(3, f"{name}.{each}", vars(value)[each]) for each in methods(value)]
    return "\n".join(entries)


def names():
    """The public names: what is called first, then the rest."""
    return sorted(taskgroup_compat.__all__, key=lambda name: (name in OTHERS, name.lower()))


def page():
    return INTRO + "\n".join(filter(None, map(section, names())))


if __name__ == "__main__":
    if not COMPLETE:
        raise SystemExit("docs/api.md is made by Python 3.8, 3.9 or 3.10")
    PAGE.write_text(page(), encoding="utf-8")
