"""What the package offers."""

import taskgroup_compat


def test_version_is_text():
    """__version__ is a non-empty string."""
    assert isinstance(taskgroup_compat.__version__, str) and taskgroup_compat.__version__
