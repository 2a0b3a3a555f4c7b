"""Minimal counter-examples: the cost of the interpreter without any library."""

import atexit
import gc
import shutil
import tempfile
from pathlib import Path
from time import process_time


def hold_lists(count, times, collector=True):
    """The CPU seconds of making three lists `count` times, of holding them, and of dropping them together."""
    gc.collect()
    if not collector:
        gc.disable()
    started = process_time()
    for _ in range(times):
        held = [[[], []] for _ in range(count)]
        del held
    took = process_time() - started
    gc.enable()
    return took


def empty_package(modules):
    """Writes a package that imports so many modules with nothing in them; returns its folder and its name."""
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder)
    package = Path(folder, "empty_package")
    package.mkdir()
    names = [f"module{number}" for number in range(modules)]
    for name in names:
        Path(package, f"{name}.py").touch()
    Path(package, "__init__.py").write_text(f"from . import {', '.join(names)}\n", encoding="utf-8")
    return folder, package.name
