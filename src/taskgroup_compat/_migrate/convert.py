"""The conversion of one file's text, in each direction."""

from __future__ import annotations

import re
import sys
import warnings
from typing import Container, cast

import libcst as cst

from .options import Options
from .report import Report
from .source import guards, sections, unused
from .source.editing import Editing
from .source.imports import Wanted
from .source.tree import Lines
from .way_in import except_star, newer
from .way_in import names as names_in
from .way_out import catch
from .way_out import names as names_out

# Without one of these words nothing is to be done, and the file is not parsed.
_OUT = re.compile(r"taskgroup_compat")
_OUT_EXCEPTIONGROUP = re.compile(r"taskgroup_compat|exceptiongroup")
_IN = re.compile(r"except[\s\\]*\*|ExceptionGroup|\bcancelling\b|\buncancel\b")
_IN_WITH_ASYNCIO = re.compile(r"TaskGroup|\btimeouts?\b|timeout_at|\bTimeout\b")
_GLOBAL = re.compile(r"^global\b", re.MULTILINE)
_EXCEPT_STAR = re.compile(r"^(\s*except)[\s\\]*\*", re.MULTILINE)


class Failed(Exception):
    """A file cannot be converted as a whole: the line, and why."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line


def concerns(text: str, options: Options) -> bool:
    """Return whether there may be something to convert."""
    if options.direction == "in":
        if _IN.search(text) is not None:
            return True
        return "asyncio" in text and _IN_WITH_ASYNCIO.search(text) is not None
    pattern = _OUT_EXCEPTIONGROUP if "exceptiongroup" in options.packages else _OUT
    return pattern.search(text) is not None


def convert(
    text: str,
    options: Options,
    is_package: bool,
    imported_from: set[str],
    report: Report,
    first_party: Container[str] = (),
) -> str:
    """Return the converted text. Raises Failed where the file has to stay as it is."""
    try:
        module = cst.parse_module(text)
    except cst.ParserSyntaxError as error:
        raise _unparsable(text, error) from None
    lines = Lines(module)
    if lines.text != text:
        raise Failed(1, f"stays: {_not_kept(text)}")
    editing = Editing(module, lines, report, first_party, options.width)
    used = unused.used_names(editing)
    wanted = Wanted(editing)
    modules = sections.modules_by_line(editing)
    if options.direction == "in":
        names_in.convert(editing, wanted, options.floor)
        if options.floor < (3, 11):
            except_star.convert(editing, wanted)
        sections.sort_changed(editing, modules)
        wanted.insert()
        if any(editing.replaced_names[name] >= count for name, count in used.items()):
            unused.drop(editing, set(used), imported_from)
        if options.report_newer:
            newer.report(editing, options.floor)
        if editing.refused and not report.converted[except_star.CONVERTED]:
            # The statements that stay need 3.11 themselves: the names would only get an import more.
            report.converted.clear()
            report.notes.clear()
            return text
    else:
        names = names_out.Names(editing, wanted, options.floor, options.packages, is_package, imported_from)
        gone = names_out.replaced_names(options.floor, options.packages)
        guards.fold(editing, options.floor, options.packages, gone)
        catch.convert(editing, {f"{package}.catch" for package in options.packages}, options.floor)
        names.convert()
        sections.sort_changed(editing, modules)
        wanted.insert()
        unused.drop(editing, set(used) if not is_package else set(), imported_from)
    after, changed = lines.texts_of(editing.module)
    editing.release()
    if after != text:
        _check(text, after, changed)
    return after


def needs(text: str, package: str) -> bool:
    """Return whether a text still imports a package."""
    return re.search(rf"^\s*(?:from\s+{package}\b|import\b.*\b{package}\b)", text, re.MULTILINE) is not None


def _check(before: str, after: str, changed: str) -> None:
    """Raise Failed for what does not parse, or what the compiler refuses where it took what was there.

    `changed`: the statements of the module that differ, which are enough unless they declare names for all of it.
    """
    if _GLOBAL.search(after) is None and _refused(changed) is None:
        return
    refused = _refused(after)
    if refused is None:
        return
    line, why = refused
    if _refused(before) is None:
        raise Failed(line, f"stays: converted, it would not compile: {why}")
    try:
        cst.parse_module(after)
    except cst.ParserSyntaxError as error:
        raise Failed(1, f"stays: converted, it would not parse: {error.message}") from None


def _refused(text: str) -> tuple[int, str] | None:
    """Where and why the compiler of this version refuses a text."""
    if sys.version_info < (3, 11):
        text = _EXCEPT_STAR.sub(r"\1", text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(text, "<converted>", "exec", dont_inherit=True)
        except SyntaxError as error:
            return cast(int, error.lineno), error.msg
        except (ValueError, RecursionError, MemoryError) as error:
            return 1, str(error) or "nested too deeply"
    return None


def _unparsable(text: str, error: cst.ParserSyntaxError) -> Failed:
    """Return the error with the text of the compiler, which is clearer, unless it accepts the file."""
    line, why = _refused(text) or (error.raw_line, error.message.partition(": expected one of ")[0])
    return Failed(line, f"cannot be parsed{_limit()}: {why}")


def _not_kept(text: str) -> str:
    """Return the reason why the parser would lose a part of the text."""
    if re.search(r"\r(?!\n)", text):
        return "lines end in a lone carriage return, which the parser does not keep"
    if text.startswith("\f"):
        return "it begins with a form feed, which the parser does not keep"
    return "the parser does not keep all of its text"


def _limit() -> str:
    """Return a text about the syntax that the parser of this installation cannot read."""
    from libcst import LIBCST_VERSION

    major, minor = (int(part) for part in LIBCST_VERSION.split(".")[:2])
    if (major, minor) < (1, 8):
        return (
            f" (libcst {LIBCST_VERSION} reads the syntax up to Python 3.12; under a newer Python there is a newer one)"
        )
    return f" by libcst {LIBCST_VERSION}"


__all__ = ["Failed", "concerns", "convert", "needs"]
