"""A pytest plugin that imports a vendored copy instead of the installed package.

vendored.py makes the copy, names it in TASKGROUP_COMPAT_COPY and loads the plugin.
"""

import importlib
import importlib.abc
import importlib.util
import os
import sys

NAME = "taskgroup_compat"
COPY = os.environ["TASKGROUP_COMPAT_COPY"]


class CopyFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Find the modules of the copy under the names of the installed ones; both names have the same module object."""

    def find_spec(self, name, path=None, target=None):
        return importlib.util.spec_from_loader(name, self) if name.partition(".")[0] == NAME else None

    def create_module(self, spec):
        module = importlib.import_module(COPY + spec.name[len(NAME) :])
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module):
        # The module has been executed. The import system has set the spec of the other name.
        module.__spec__ = module.__spec__.loader_state


sys.meta_path.insert(0, CopyFinder())
