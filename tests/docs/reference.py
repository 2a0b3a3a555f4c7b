"""The objects that the reference documents: the package's own, on every version."""

import inspect

import taskgroup_compat
from taskgroup_compat import _group, _timeout

# Names without a docstring of this package; docs/api.md describes them.
OTHERS = ["BaseExceptionGroup", "ExceptionGroup", "__version__"]


def own(name):
    """Return the package's object of a public name; `taskgroup_compat.timeout` is asyncio's from 3.13 on."""
    for module in (_group, _timeout):
        value = vars(module).get(name)
        if getattr(value, "__module__", None) in (module.__name__, taskgroup_compat.__name__):
            return value
    return getattr(taskgroup_compat, name)


def methods(kind):
    """Return the public methods that a class defines, by name; none for a function."""
    if not isinstance(kind, type):
        return {}
    return {name: value for name, value in vars(kind).items() if name[0] != "_" and inspect.isfunction(value)}


def documented():
    """Return each function, class and method that has a docstring of this package, by its dotted name."""
    found = {}
    for name in taskgroup_compat.__all__:
        if name not in OTHERS:
            found[name] = own(name)
            found.update({f"{name}.{each}": method for each, method in methods(own(name)).items()})
    return found
