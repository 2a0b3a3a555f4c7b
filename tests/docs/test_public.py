"""What the package offers: its names, and what they say of themselves."""

import asyncio
import inspect
import pickle
import pydoc
import re
import sys
import types

import pytest

import taskgroup_compat
from taskgroup_compat import BaseExceptionGroup, ExceptionGroup, TaskGroup

# In `nox -s build` the package is at another place than its name.
PLACE = taskgroup_compat.__name__
# From 3.15 on TaskGroup is the standard library's, from 3.13 on timeouts are; the groups of exceptions are never ours.
OURS = ["cancelling", "catch", "uncancel"] + ["TaskGroup"] * (sys.version_info < (3, 15))
OURS += ["Timeout", "timeout", "timeout_at"] * (sys.version_info < (3, 13))


def test_all_lists_every_public_name():
    """__all__ is sorted."""
    public = {
        name
        for name, value in vars(taskgroup_compat).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert taskgroup_compat.__all__ == sorted(public | {"__version__"})


def test_version_is_the_distributions():
    """__version__ has the form of a release."""
    assert re.fullmatch(r"\d+\.\d+\.\d+((a|b|rc)\d+)?", taskgroup_compat.__version__)


def test_group_is_asyncios_or_its_subclass():
    """From 3.15 on asyncio's own, from 3.11 on a subclass of it, below a class of its own."""
    native = getattr(asyncio, "TaskGroup", None)
    if sys.version_info >= (3, 15):
        assert TaskGroup is native
    elif sys.version_info >= (3, 11):
        assert TaskGroup.__mro__ == (TaskGroup, native, object)
    else:
        assert native is None and TaskGroup.__mro__ == (TaskGroup, object)


def test_exception_groups_are_the_built_in_or_exceptiongroups():
    """The built-in classes from 3.11 on, those of exceptiongroup below."""
    if sys.version_info >= (3, 11):
        import builtins as origin
    else:
        import exceptiongroup as origin
    assert ExceptionGroup is origin.ExceptionGroup
    assert BaseExceptionGroup is origin.BaseExceptionGroup


@pytest.mark.parametrize("name", OURS)
def test_repr_and_pickle_show_the_public_module(name):
    """Not a module inside of the package; a vendored copy shows its own place."""
    public = getattr(taskgroup_compat, name)
    assert (public.__module__, public.__qualname__) == (PLACE, name)
    assert pickle.loads(pickle.dumps(public)) is public
    if isinstance(public, type):
        assert repr(public) == f"<class '{PLACE}.{name}'>"
        assert f"class {name}(" in pydoc.plain(pydoc.render_doc(public))


@pytest.mark.parametrize("name", OURS)
def test_public_name_has_a_full_docstring(name):
    """It says since which Python the standard library has the name, and shows an example; so do methods."""
    public = getattr(taskgroup_compat, name)
    text = inspect.getdoc(public)
    assert re.search(r"\b3\.\d+\b", text)
    assert ">>> " in text
    if isinstance(public, type):
        methods = [method for key, method in vars(public).items() if not key.startswith("_") and callable(method)]
        assert [method.__name__ for method in methods if not inspect.getdoc(method)] == []
