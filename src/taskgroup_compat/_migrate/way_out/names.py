"""Out: the other names of the package become those of the standard library, as far as the floor has them."""

from __future__ import annotations

import re
from typing import Any, Sequence

import libcst as cst

from ..options import COMPAT, Version
from ..source import layout
from ..source.editing import Editing
from ..source.guards import is_import_from
from ..source.imports import Wanted, separate, without
from ..source.tree import comments
from ..source.unused import is_in_annotation, is_in_text, is_reexport
from ..source.visiting import BINDING, Imported, Scope, dotted_name

GROUPS = ("BaseExceptionGroup", "ExceptionGroup")
METHODS = {"cancelling": (3, 11), "uncancel": (3, 13)}
ASYNCIO = {"timeout": (3, 13), "timeout_at": (3, 13), "Timeout": (3, 13), "TaskGroup": (3, 15)}
# What no standard library has, at no floor.
_OWN = {"__version__"}


def replaced_names(floor: Version, packages: set[str]) -> set[str]:
    """Return the qualified names that the standard library has from the floor on under the same name."""
    result = {f"{package}.{name}" for package in packages for name in GROUPS}
    return result | {f"{COMPAT}.{name}" for name, since in ASYNCIO.items() if floor >= since}


_FROM_COMPAT = re.compile(rf"^[ \t]*from[ \t]+{COMPAT}[ \t]+import[ \t]+(\([^)]*\)|[^\n]*)", re.MULTILINE)


def still_needed(text: str, floor: Version) -> set[str]:
    """Return what a text still imports from this package, each with the floor from which on it need not."""
    found: set[str] = set()
    for names in _FROM_COMPAT.findall(text):
        for each in re.sub(r"#.*", "", names).strip("()").split(","):
            name = each.split()[0] if each.split() else ""
            since = ASYNCIO.get(name, METHODS.get(name, (3, 11)))
            if name and since > floor:
                found.add(f"{name}, up to --floor {since[0]}.{since[1]}")
            elif name:
                found.add(f"{name}, as uses of it stay")
    if re.search(rf"^[ \t]*import[ \t].*\b{COMPAT}\b", text, re.MULTILINE):
        found.add("the module itself, which is imported by its name")
    return found


class Names:
    """The conversion of all names of a file."""

    def __init__(
        self,
        editing: Editing,
        wanted: Wanted,
        floor: Version,
        packages: set[str],
        is_package: bool,
        imported_from: set[str],
    ) -> None:
        self.editing, self.wanted, self.floor, self.packages = editing, wanted, floor, packages
        self.is_package, self.imported_from = is_package, imported_from
        # Imports that nothing uses are there for other modules.
        self._unused = {
            id(each.alias): each.alias
            for each in editing.names.imports
            if not self._uses(each.scope, each.local) and not is_in_annotation(editing, each.local)
        }

    def convert(self) -> None:
        """Convert calls first, then attributes of the module, then the imports."""
        for star in self.editing.names.star_imports:
            if is_import_from(star, self.packages):
                self.editing.left(star, f"import * stays: what is used of {dotted_name(star.module)} cannot be told")
        for node in self.editing.names.collected:
            if self._is_lazy_import(node):
                self.editing.left(node, "a lazy import stays, and the uses of what it binds")
        while self._convert_calls():
            self.editing.commit()
        self._convert_attributes()
        self.editing.commit()
        self._convert_imports()
        self.editing.commit()

    def _is_lazy_import(self, node: Any) -> bool:
        """Return whether it imports one of the packages lazily, as 3.15 can."""
        if not type(node).__name__.startswith("LazyImport"):
            return False
        modules = [node.module] if hasattr(node, "module") else [alias.name for alias in node.names]
        return any(dotted_name(module) in self.packages for module in modules)

    def _uses(self, scope: Scope, local: str) -> list[cst.CSTNode]:
        return [each.node for each in self.editing.names.refs(scope, local) if each.kind not in BINDING]

    # task.cancelling() and task.uncancel()

    def _convert_calls(self) -> bool:
        """Convert the innermost ones; return whether there were any."""
        names, editing = self.editing.names, self.editing
        found = [each for each in names.calls if self._is_method_call(each)]
        outer = {id(above) for each in found for above in names.ancestors(each)}
        for call in found:
            value = call.args[0].value
            name = str(self._name_of(call.func))
            if len(comments(call)) != len(comments(value)):
                editing.refuse(call, f"{name}(...) stays: there is a comment between its parentheses")
            elif id(call) not in outer:
                new = cst.Attribute(layout.called(editing.module, value), cst.Name(name))
                editing.replace(call, cst.Call(new, lpar=call.lpar, rpar=call.rpar))
                editing.report.converted[f"{name}()"] += 1
        return bool(found)

    def _is_method_call(self, call: cst.Call) -> bool:
        name = self._name_of(call.func)
        return (
            name in METHODS
            and self.floor >= METHODS[name]
            and id(call) not in self.editing.refused
            and len(call.args) == 1
            and not call.args[0].star
        )

    def _name_of(self, node: cst.CSTNode) -> str | None:
        """Return its name in one of the packages; None if it is of none."""
        package, _, name = str(self.editing.names.qualified(node)).rpartition(".")
        return name if package in self.packages else None

    # import taskgroup_compat as tc

    def _convert_attributes(self) -> None:
        names, editing = self.editing.names, self.editing
        for attribute in names.attributes:
            name = self._name_of(attribute)
            if name is None:
                continue
            qualified = names.qualified(attribute)
            scope = names.scope_at(attribute)
            if name in GROUPS:
                if names.resolve(scope, name) is not None and not self._is_import_of(scope, name):
                    editing.left(attribute, f"{qualified} stays: {name} is another name there")
                    continue
                editing.replace(attribute, cst.Name(name, lpar=attribute.lpar, rpar=attribute.rpar))
            elif name in ASYNCIO and self.floor >= ASYNCIO[name]:
                local = self._asyncio(scope)
                if local is None:
                    editing.left(attribute, f"{qualified} stays: asyncio is another name there")
                    continue
                editing.replace(attribute, attribute.with_changes(value=cst.Name(local)))
            else:
                if name in METHODS and self.floor >= METHODS[name] and not self._is_reported(attribute):
                    editing.left(attribute, f"{name} stays: it is not called with one task here")
                elif name in _OWN:
                    editing.left(attribute, f"{qualified} stays: the standard library has no such thing")
                continue
            editing.report.converted[name] += 1

    def _is_import_of(self, scope: Scope, name: str) -> bool:
        """Return whether the name is imported from one of the packages, so that it will be the built-in one."""
        return self.editing.names.qualified(cst.Name(name), scope) in {f"{each}.{name}" for each in self.packages}

    def _asyncio(self, scope: Scope) -> str | None:
        """Return the name of asyncio in the scope; it is imported if need be."""
        names = self.editing.names
        for each in names.imported_as("asyncio"):
            local = cst.Name(each.local)
            if names.resolve(scope, each.local) is names.top and names.qualified(local, names.top) == "asyncio":
                return each.local
        if names.resolve(scope, "asyncio") is not None:
            return None
        self.wanted.use_module("asyncio")
        return "asyncio"

    # Import statements

    def _convert_imports(self) -> None:
        editing, names = self.editing, self.editing.names
        groups: dict[tuple[int, str], list[Imported]] = {}
        for each in names.imports:
            groups.setdefault((id(each.scope), each.local), []).append(each)
        gone: dict[int, list[cst.ImportAlias]] = {}
        moved: dict[int, list[tuple[str, cst.ImportAlias]]] = {}
        for found in groups.values():
            ours = [each for each in found if self._is_ours(each)]
            if not ours:
                continue
            first = ours[0]
            if first.qualified in self.packages:
                if self._module_can_go(first):
                    for each in ours:
                        gone.setdefault(id(each.statement), []).append(each.alias)
                continue
            for each in ours:
                module = self._where_from(each, found)
                if module is None:
                    continue
                gone.setdefault(id(each.statement), []).append(each.alias)
                if module:
                    moved.setdefault(id(each.statement), []).append((module, each.alias))
        changes: list[tuple[cst.BaseSmallStatement, Sequence[cst.BaseSmallStatement]]] = []
        for statement in {id(each.statement): each.statement for each in names.imports}.values():
            if id(statement) not in gone:
                continue
            new: list[cst.BaseSmallStatement] = []
            if isinstance(statement, cst.ImportFrom):
                kept = without(statement, gone[id(statement)])
                targets = moved.get(id(statement), [])
                modules = sorted({module for module, _ in targets})
                if len(modules) == 1 and len(targets) == len(statement.names):  # type: ignore[arg-type]
                    new = [statement.with_changes(module=cst.Name(modules[0]))]
                else:
                    for module in modules:
                        aliases = [
                            alias.with_changes(comma=cst.MaybeSentinel.DEFAULT)
                            for each, alias in targets
                            if each == module
                        ]
                        new.append(cst.ImportFrom(cst.Name(module), aliases))
                    if kept is not None:
                        new.append(kept)
            else:
                rest = [each for each in statement.names if not any(each is alias for alias in gone[id(statement)])]
                if self.wanted.takes("asyncio", statement):
                    new = [statement.with_changes(names=[cst.ImportAlias(cst.Name("asyncio"))])]
                elif rest:
                    rest[-1] = rest[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
                    new = [statement.with_changes(names=rest)]
            changes.append((statement, new))
        separate(editing, changes)

    def _module_can_go(self, imported: Imported) -> bool:
        names = self.editing.names
        if self._uses(imported.scope, imported.local) or self._is_for_others(imported):
            return False
        pattern = re.compile(rf"\b{re.escape(imported.local)}\.\w")
        if any(pattern.search(string.value) for string in names.strings):
            self.editing.left(imported.statement, f"the import of {imported.local} stays: a string names it")
            return False
        return True

    def _is_for_others(self, imported: Imported) -> bool:
        """Return whether other modules may import the name from this one."""
        if imported.scope is not self.editing.names.top:
            return False
        local = imported.local
        return (
            local in self.editing.names.exported()
            or is_reexport(imported)
            or id(imported.alias) in self._unused
            or local in self.imported_from
        )

    def _is_ours(self, imported: Imported) -> bool:
        """Return whether it is one of the packages, or imported from one."""
        return imported.qualified in self.packages or imported.qualified.rpartition(".")[0] in self.packages

    def _where_from(self, imported: Imported, found: list[Imported]) -> str | None:
        """Return the module to import the name from now, "" where no import is needed, None where it stays."""
        editing, names = self.editing, self.editing.names
        package, _, name = imported.qualified.rpartition(".")
        if name in ASYNCIO:
            if self.floor < ASYNCIO[name]:
                return None
            editing.report.converted[name] += 1
            return "asyncio"
        bindings = names.bindings(imported.scope, imported.local)
        is_alone = len(bindings) == len(found) and all(each.qualified == imported.qualified for each in found)
        uses = self._uses(imported.scope, imported.local)
        if name in GROUPS:
            if is_alone:
                return self._where_group(imported, name, uses)
            editing.report.converted[name] += 1
            return "builtins"
        if name != "catch" and (package != COMPAT or (name in METHODS and self.floor < METHODS[name])):
            return None
        if not is_alone:
            if name != "catch":
                editing.left(imported.statement, f"{imported.local} stays: it is bound at several places")
            return None
        if name != "catch" and name not in METHODS:
            editing.left(imported.statement, f"the import of {name} stays: the standard library has no such thing")
            return None
        if uses:
            for use in uses:
                if name in METHODS and not self._is_reported(use):
                    editing.left(use, f"{name} stays: it is not called with one task here")
            return None
        if self._is_for_others(imported):
            local = imported.local
            editing.left(imported.statement, f"the import of {local} stays: other modules may import it from here")
            return None
        return ""

    def _is_reported(self, use: cst.CSTNode) -> bool:
        return id(self.editing.names.parents.get(id(use))) in self.editing.refused

    def _where_group(self, first: Imported, name: str, uses: list[cst.CSTNode]) -> str | None:
        editing, names = self.editing, self.editing.names
        local = first.local
        for each in names.refs(first.scope, local):
            if each.kind in BINDING:
                continue
            below = names.resolve(each.scope, name) if local != name else self._below(first, name)
            if each.kind not in ("load", "global") or (below is not None and not self._is_import_of(below, name)):
                editing.left(first.statement, f"the import of {local} stays: {name} is another name where it is used")
                return None
        editing.report.converted[name] += 1
        if self._is_for_others(first) or (local != name and is_in_text(editing, local)):
            return "builtins"
        if self.is_package and first.scope is names.top and not uses:
            return "builtins"
        if local != name:
            for use in uses:
                editing.replace(use, use.with_changes(value=name))
        return ""

    def _below(self, first: Imported, name: str) -> Scope | None:
        """Return the scope that the name would belong to without the import."""
        parent = first.scope.parent
        return None if parent is None else self.editing.names.resolve(parent, name)
