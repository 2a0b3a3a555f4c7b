"""Sphinx settings; `nox -s docs` builds the site with them."""

import asyncio
import os
import typing

import taskgroup_compat
from taskgroup_compat import _group, _timeout

project = "taskgroup-compat"
author = "The taskgroup-compat authors"
project_copyright = f"%Y, {author}"
version = release = taskgroup_compat.__version__
html_title = f"taskgroup-compat {version}"
html_baseurl = os.environ.get("READTHEDOCS_CANONICAL_URL", "https://taskgroup-compat.readthedocs.io/")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.intersphinx",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
]
html_theme = "furo"
html_theme_options = {
    "source_repository": "https://github.com/taskgroup-compat/taskgroup-compat/",
    "source_branch": "main",
    "source_directory": "docs/",
}
html_static_path = ["_static"]
html_css_files = ["site.css"]
exclude_patterns = ["_build"]

myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]
# Copied without the prompts and without the output.
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
pygments_style = "friendly"

# `name` in a docstring is code.
default_role = "code"
nitpicky = True
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True

# A build needs no network: python.inv lists the names that the pages refer to, each with its page in Python's
# documentation. DOCS_ONLINE=1 takes the whole inventory from there, which finds a wrong line of python.inv.
intersphinx_mapping = {"python": ("https://docs.python.org/3", None if os.environ.get("DOCS_ONLINE") else "python.inv")}

# New versions of Python have some of the names themselves. The reference documents the package's own on each.
for module in (_group, _timeout):
    for name in taskgroup_compat.__all__:
        own = vars(module).get(name)
        if getattr(own, "__module__", None) == module.__name__:
            own.__module__ = taskgroup_compat.__name__
            setattr(taskgroup_compat, name, own)


class Task(asyncio.Future):
    """Stands for asyncio.Task, whose C class names another module."""

    __module__ = "asyncio"


# Annotations use these names, which the modules import for type checkers only.
for function in (taskgroup_compat.cancelling, _group.TaskGroup.cancel, _timeout.timeout):
    function.__globals__.update(Any=typing.Any, Task=Task)
