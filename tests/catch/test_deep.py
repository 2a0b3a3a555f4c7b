"""Groups that are nested deep, wide, or caught by many clauses."""

import sys

import pytest

from taskgroup_compat import BaseExceptionGroup, ExceptionGroup, catch

IS_PYPY = sys.implementation.name == "pypy"
# Where groups are Python code theirs is ours, without recursion. In C the split of each version ends somewhere.
DEPTHS = [300, 900, 2000] if sys.version_info < (3, 11) or sys.version_info >= (3, 14) or IS_PYPY else [300, 900]


def deep(depth):
    exc = ValueError(1)
    for _ in range(depth):
        exc = ExceptionGroup("group", [exc, KeyError(2)])
    return exc


def count(exc):
    """How deep it is, and how many leaves of each class there are."""
    depth = 0
    leaves = {}
    level = [exc]
    while level:
        groups = [each for each in level if isinstance(each, BaseExceptionGroup)]
        for each in level:
            if not isinstance(each, BaseExceptionGroup):
                leaves[type(each).__name__] = leaves.get(type(each).__name__, 0) + 1
        depth += bool(groups)
        level = [member for each in groups for member in each.exceptions]
    return depth, leaves


def raise_again(group):
    raise


def raise_new(group):
    raise OSError


def raise_leaf(group):
    while isinstance(group, BaseExceptionGroup):
        group = group.exceptions[0]
    raise group


@pytest.mark.parametrize("depth", DEPTHS)
def test_a_deep_group_is_split(depth):
    """What is handled goes, on each of its levels."""
    with pytest.raises(ExceptionGroup) as caught, catch({ValueError: lambda group: None}):
        raise deep(depth)
    assert count(caught.value) == (depth, {"KeyError": depth})


@pytest.mark.parametrize("depth", DEPTHS)
def test_a_deep_group_is_raised_again(depth):
    """It leaves in the shape it came in."""
    with pytest.raises(ExceptionGroup) as caught, catch({ValueError: raise_again}):
        raise deep(depth)
    assert count(caught.value) == (depth, {"ValueError": 1, "KeyError": depth})


@pytest.mark.parametrize("depth", DEPTHS)
def test_a_new_error_beside_a_deep_group(depth):
    """Both leave."""
    with pytest.raises(ExceptionGroup) as caught, catch({ValueError: raise_new}):
        raise deep(depth)
    assert count(caught.value) == (depth + 1, {"OSError": 1, "KeyError": depth})


@pytest.mark.parametrize("depth", DEPTHS)
def test_a_leaf_of_a_deep_group_is_raised(depth):
    """It is looked for in the group, since that is what the handler's frame then holds."""
    with pytest.raises(ExceptionGroup) as caught, catch({ValueError: raise_leaf}):
        raise deep(depth)
    assert count(caught.value) == (depth + 1, {"ValueError": 1, "KeyError": depth})


def test_a_hundred_thousand_leaves():
    """Are shared out over two handlers, and what is left is kept."""
    seen = []
    kinds = [ValueError, KeyError, OSError, LookupError]
    handlers = {ValueError: lambda group: seen.append(len(group.exceptions)), KeyError: raise_again}
    with pytest.raises(ExceptionGroup) as caught, catch(handlers):
        raise ExceptionGroup("group", [kinds[number % 4](number) for number in range(100000)])
    assert seen == [25000]
    assert [leaf.args[0] for leaf in caught.value.exceptions] == [n for n in range(100000) if n % 4]


def test_a_thousand_clauses():
    """Each gets its own exceptions, in the order of the mapping; classes that nothing else holds are not kept."""
    kinds = [type(f"Error{number}", (Exception,), {}) for number in range(1000)]
    seen = []
    with catch(dict.fromkeys(kinds, seen.append)):
        raise ExceptionGroup("group", [kind() for kind in reversed(kinds)])
    assert [type(group.exceptions[0]) for group in seen] == kinds
