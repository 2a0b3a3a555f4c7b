"""In: other code of a file that needs a Python above the floor, for --report-newer. It is not changed."""

from __future__ import annotations

from typing import Iterator

import libcst as cst

from ..options import Version
from ..source.editing import Editing
from .names import is_guarded

_MODULES = {
    "annotationlib": (3, 14),
    "compression": (3, 14),
    "concurrent.interpreters": (3, 14),
    "graphlib": (3, 9),
    "importlib.resources.abc": (3, 11),
    "string.templatelib": (3, 14),
    "tomllib": (3, 11),
    "wsgiref.types": (3, 11),
    "zoneinfo": (3, 9),
}


def _table() -> dict[str, Version]:
    by_version: dict[Version, dict[str, str]] = {
        (3, 9): {"asyncio": "to_thread", "functools": "cache", "math": "lcm nextafter ulp", "typing": "Annotated"},
        (3, 10): {
            "builtins": "aiter anext EncodingWarning",
            "contextlib": "aclosing",
            "inspect": "get_annotations",
            "itertools": "pairwise",
            "types": "EllipsisType NoneType NotImplementedType UnionType",
            "typing": "Concatenate ParamSpec ParamSpecArgs ParamSpecKwargs TypeAlias TypeGuard is_typeddict",
        },
        (3, 11): {
            "asyncio": "Barrier BrokenBarrierError Runner",
            "contextlib": "chdir",
            "datetime": "UTC",
            "enum": "EnumCheck FlagBoundary ReprEnum StrEnum global_enum member nonmember property verify",
            "inspect": "getmembers_static ismethodwrapper",
            "math": "cbrt exp2",
            "operator": "call",
            "sys": "exception",
            "typing": "LiteralString Never NotRequired Required Self TypeVarTuple Unpack assert_never assert_type"
            " clear_overloads dataclass_transform get_overloads reveal_type",
        },
        (3, 12): {
            "asyncio": "create_eager_task_factory eager_task_factory",
            "collections.abc": "Buffer",
            "inspect": "markcoroutinefunction",
            "itertools": "batched",
            "math": "sumprod",
            "sys": "monitoring",
            "typing": "TypeAliasType override",
        },
        (3, 13): {
            "asyncio": "QueueShutDown",
            "builtins": "PythonFinalizationError",
            "copy": "replace",
            "typing": "NoDefault ReadOnly TypeIs get_protocol_members is_protocol",
            "warnings": "deprecated",
        },
        (3, 14): {"asyncio": "capture_call_graph future_add_to_awaited_by print_call_graph"},
    }
    return {
        f"{module}.{name}": version
        for version, modules in by_version.items()
        for module, names in modules.items()
        for name in names.split()
    }


_NAMES = _table()
# Methods that nothing else is called like.
_METHODS = {"removeprefix": (3, 9), "removesuffix": (3, 9), "add_note": (3, 11), "is_junction": (3, 12)}
_ARGUMENTS = {
    "builtins.zip": {"strict": (3, 10)},
    "builtins.map": {"strict": (3, 14)},
    "dataclasses.dataclass": {"slots": (3, 10), "kw_only": (3, 10), "match_args": (3, 10), "weakref_slot": (3, 11)},
    "dataclasses.field": {"kw_only": (3, 10)},
    "asyncio.create_task": {"context": (3, 11), "eager_start": (3, 14)},
    "asyncio.run": {"loop_factory": (3, 12)},
}
# Builtin and standard types that can be subscripted since 3.9.
_GENERIC = {f"builtins.{name}" for name in ["dict", "frozenset", "list", "set", "tuple", "type"]} | {
    "asyncio.Task",
    "asyncio.Future",
    "asyncio.Queue",
    "collections.Counter",
    "collections.OrderedDict",
    "collections.defaultdict",
    "collections.deque",
}
_TYPES = {"None", "bool", "bytes", "dict", "float", "int", "list", "object", "set", "str", "tuple", "type"}
_GENERIC_MODULES = ("collections.abc.", "contextlib.Abstract", "queue.", "re.")


def report(editing: Editing, floor: Version) -> None:
    """Report each kind of code that needs a later version, with its lines."""
    for node, what, since in _found(editing):
        if since > floor and not is_guarded(editing, node):
            key = what, f"{since[0]}.{since[1]}"
            editing.report.newer.setdefault(key, set()).add(editing.line(node))


def _found(editing: Editing) -> Iterator[tuple[cst.CSTNode, str, Version]]:
    yield from _syntax(editing)
    yield from _library(editing)


def _library(editing: Editing) -> Iterator[tuple[cst.CSTNode, str, Version]]:
    names = editing.names
    for each in names.imports:
        qualified = each.qualified
        if isinstance(each.statement, cst.ImportFrom):
            module = qualified.rpartition(".")[0]
        else:
            module = each.alias.evaluated_name
        if module in _MODULES:
            yield each.statement, f"the module {module}", _MODULES[module]
        elif qualified in _NAMES:
            yield each.statement, qualified, _NAMES[qualified]
    for attribute in names.attributes:
        qualified = str(names.qualified(attribute))
        method = attribute.attr.value
        if qualified in _NAMES:
            yield attribute, qualified, _NAMES[qualified]
        elif method in _METHODS and isinstance(names.parents[id(attribute)], cst.Call):
            yield attribute, f"{method}()", _METHODS[method]
    for name, occurrences in names.builtins.items():
        if f"builtins.{name}" in _NAMES:
            yield occurrences[0].node, name, _NAMES[f"builtins.{name}"]
    for call in names.calls:
        given = {arg.keyword.value for arg in call.args if arg.keyword is not None}
        for argument, since in _ARGUMENTS.get(str(names.qualified(call.func)), {}).items():
            if argument in given:
                yield call, f"{editing.code(call.func)}({argument}=)", since


def _syntax(editing: Editing) -> Iterator[tuple[cst.CSTNode, str, Version]]:
    names = editing.names
    late = bool(names.imported_as("__future__.annotations"))
    for node in names.collected:
        if isinstance(node, cst.Match):
            yield node, "match", (3, 10)
        elif isinstance(node, cst.TypeAlias):
            yield node, "a type statement", (3, 12)
        elif isinstance(node, (cst.FunctionDef, cst.ClassDef)):
            if node.type_parameters is not None:
                yield node, "a type parameter list", (3, 12)
        elif isinstance(node, cst.With):
            if isinstance(node.lpar, cst.LeftParen):
                yield node, "a with statement in parentheses", (3, 9)
        elif isinstance(node, cst.Decorator):
            if not _is_old_decorator(node.decorator):
                yield node, "this decorator", (3, 9)
        elif isinstance(node, (cst.BinaryOperation, cst.Subscript)):
            is_annotation = any(type(above) is cst.Annotation for above in names.ancestors(node))
            if is_annotation and late:
                continue  # it is never evaluated
            if isinstance(node, cst.Subscript):
                qualified = str(names.qualified(node.value))
                if qualified in _GENERIC or qualified.startswith(_GENERIC_MODULES):
                    yield node, f"{editing.code(node.value)}[...]", (3, 9)
            elif isinstance(node.operator, cst.BitOr) and (
                is_annotation or (_is_type(editing, node.left) and _is_type(editing, node.right))
            ):
                yield node, f"{editing.code(node)} instead of typing.Union", (3, 10)
        elif isinstance(node, (cst.ExceptHandler, cst.ExceptStarHandler)):
            if isinstance(node.type, cst.Tuple) and not node.type.lpar:
                yield node, "except without parentheses", (3, 14)
        elif type(node).__name__.startswith("LazyImport"):
            yield node, "a lazy import", (3, 15)
        else:
            assert type(node).__name__ == "TemplatedString"
            yield node, "a template string", (3, 14)


def _is_type(editing: Editing, node: cst.BaseExpression) -> bool:
    """Return whether it is surely a type: a builtin one, None, a class of this file, or a union or generic of them."""
    names = editing.names
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.BitOr):
        return _is_type(editing, node.left) or _is_type(editing, node.right)
    if isinstance(node, cst.Subscript):
        return _is_type(editing, node.value)
    if not isinstance(node, cst.Name):
        return False
    owner = names.resolve(names.scope_at(node), node.value)
    if owner is None:
        return node.value in _TYPES
    found = names.bindings(owner, node.value)
    return bool(found) and all(each.kind == "class" for each in found)


def _is_old_decorator(node: cst.BaseExpression) -> bool:
    """Dotted names and one call of them, without parentheses around, as 3.8 reads."""
    if isinstance(node, cst.Call) and not node.lpar:
        node = node.func
    while isinstance(node, cst.Attribute) and not node.lpar:
        node = node.value
    return isinstance(node, cst.Name) and not node.lpar
