"""Out: what is known of a handler in the mapping of a catch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Sequence, Union

import libcst as cst

from ..source.editing import Editing
from ..source.frames import frame_nodes, has_bare_raise, yields
from ..source.names import Names, class_of_self
from ..source.visiting import BINDING, Scope

if TYPE_CHECKING:
    Function = Union[cst.FunctionDef, cst.Lambda]

_PLAIN_BUILTINS = {
    "builtins." + name
    for name in [
        "bool",
        "dict",
        "float",
        "format",
        "int",
        "len",
        "list",
        "max",
        "min",
        "print",
        "repr",
        "set",
        "setattr",
        "sorted",
        "str",
        "sum",
        "tuple",
    ]
}
_CONTAINERS = {"builtins.list", "builtins.set", "builtins.dict", "collections.deque", "collections.Counter"}
_PLAIN = (
    cst.BaseNumber,
    cst.BaseString,
    cst.Comparison,
    cst.Tuple,
    cst.List,
    cst.Set,
    cst.Dict,
    cst.BaseComp,
    cst.UnaryOperation,
    cst.Lambda,
    cst.Ellipsis,
)


class HandlerRefused(Exception):
    """The handler cannot stand in a clause at all."""


class Handler:
    """A handler: where it is defined, and how it can be called in a clause."""

    def __init__(self) -> None:
        self.function: cst.FunctionDef | None = None
        # every function that it may be
        self.functions: list[cst.FunctionDef] = []
        # the function that may be put into the clause, or why it may not
        self.to_inline: cst.FunctionDef | None = None
        self.why_not = "it is no function of the same scope that is used only here"
        self.has_bare_raise = False
        # whether what it returns has to be awaited
        self.is_async = False
        self.cannot_call: str | None = None
        self.note: str | None = None
        # the name for the group, once it is known
        self.group: str | None = None


def describe(editing: Editing, value: cst.BaseExpression, scope: Scope, is_async: bool) -> Handler:
    """Analyse a handler; `is_async`: under `async with` or on a coroutine function."""
    names = editing.names
    handler = Handler()
    code = editing.short(value)
    if isinstance(value, cst.Lambda):
        if is_async:
            returned = _returned(names, value.body)
            if returned is None:
                raise HandlerRefused("its lambda may return something that is awaited under `async with`")
            handler.is_async = returned
        elif _returned(names, value.body):
            raise HandlerRefused("its lambda returns a coroutine, under a plain `with`")
        return handler
    if isinstance(value, _PLAIN) or (isinstance(value, cst.Name) and value.value in ("None", "True", "False")):
        raise HandlerRefused(f"its handler {code} cannot be called")
    if isinstance(value, cst.Name):
        owner = names.resolve(scope, value.value)
        function = _function(names, owner, value.value) or _reaching(names, owner, value.value, value)
        if function is not None:
            handler.function = function
            _describe_function(names, handler, function, code, is_async)
            _may_inline(names, handler, function, owner, scope)
            return handler
        if owner is None and not names.top.has_star_import:
            if is_async and f"builtins.{value.value}" not in _PLAIN_BUILTINS:
                handler.cannot_call = f"whether {code} has to be awaited cannot be told"
            return handler
        _unknown(handler, code, is_async, late=False)
        return handler
    found = _functions_of(names, value, scope)
    if found is None and not _is_method_of_container(names, value):
        _unknown(handler, code, is_async, late=True)
        return handler
    handler.note = f"the handler {code} is evaluated after the body now"
    kinds: set[bool] = set()
    for each in found or ():
        _describe_function(names, handler, each, code, is_async)
        kinds.add(handler.is_async)
    if len(kinds) > 1:
        handler.cannot_call = f"the handler {code} may have to be awaited, or not"
    return handler


def _unknown(handler: Handler, code: str, is_async: bool, late: bool) -> None:
    if is_async:
        handler.cannot_call = f"whether the handler {code} has to be awaited cannot be told from this file"
    texts = [f"the handler {code} is not defined in this file: it must have no bare raise"]
    if late:
        texts.insert(0, f"the handler {code} is evaluated after the body now")
    handler.note = "; ".join(texts)


def _describe_function(names: Names, handler: Handler, function: Function, code: str, is_async: bool) -> None:
    if isinstance(function, cst.Lambda):
        returned = _returned(names, function.body)
        if returned and not is_async:
            raise HandlerRefused(f"the handler {code} returns a coroutine, under a plain `with`")
        if returned is None and is_async:
            handler.cannot_call = f"the handler {code} may return something that is awaited under `async with`"
        handler.is_async = bool(returned)
        return
    handler.functions.append(function)
    handler.has_bare_raise = handler.has_bare_raise or has_bare_raise(function.body)
    coroutine = function.asynchronous is not None
    if coroutine and yields(function.body):
        raise HandlerRefused(f"the handler {code} is an asynchronous generator function")
    if coroutine and not is_async:
        raise HandlerRefused(f"the handler {code} is a coroutine function, under a plain `with`")
    if is_async and any(names.qualified(each.decorator) not in _HARMLESS for each in function.decorators):
        handler.cannot_call = f"whether the handler {code} has to be awaited cannot be told, as it is decorated"
    handler.is_async = coroutine
    if not coroutine:
        found = [each.value for each in frame_nodes(function.body) if isinstance(each, cst.Return) and each.value]
        results = [_returned(names, each) for each in found]
        if is_async and not all(each is False for each in results):
            raise HandlerRefused(f"the handler {code} may return something that is awaited under `async with`")
        if not is_async and any(results):
            raise HandlerRefused(f"the handler {code} returns a coroutine, under a plain `with`")


_HARMLESS = {"builtins.staticmethod", "builtins.classmethod"}


def _may_inline(names: Names, handler: Handler, function: cst.FunctionDef, owner: Scope | None, scope: Scope) -> None:
    name = function.name.value
    uses = [each for each in names.refs(owner, name) if each.node is not function]
    # If there are several functions of this name, it goes if each use is surely that of one of them.
    reached = [(each, _reaching(names, owner, name, each.node)) for each in uses if each.kind not in BINDING]
    if all(found is not None for _, found in reached):
        uses = [each for each, found in reached if found is function]
    if owner is not scope:
        handler.why_not = "it is defined elsewhere"
    elif scope.kind == "class":
        handler.why_not = "it is defined in a class body"
    elif len(uses) != 1:
        handler.why_not = "it is used more than once"
    elif scope.kind == "module" and (not name.startswith("_") or name in names.exported()):
        handler.why_not = "other modules may use it"
    elif next(each for each in names.refs(owner, name) if each is uses[0] or each.node is function) is uses[0]:
        handler.why_not = "it is defined below"
    else:
        handler.to_inline = function


def _function(names: Names, owner: Scope | None, name: str) -> cst.FunctionDef | None:
    """Return the function that a name stands for, if nothing else binds it."""
    binding = names.only_binding(owner, name)
    return binding.node if binding is not None and isinstance(binding.node, cst.FunctionDef) else None


def _reaching(names: Names, owner: Scope | None, name: str, use: cst.CSTNode) -> cst.FunctionDef | None:
    """Of several functions of a name the one that is defined in the same suite, before what uses it."""
    bindings = names.bindings(owner, name)
    if names.scope_at(use) is not owner or any(each.kind != "def" or each.scope is not owner for each in bindings):
        return None
    statement = use
    while not isinstance(names.parents[id(statement)], (cst.IndentedBlock, cst.Module)):
        statement = names.parents[id(statement)]
    suite: cst.CSTNode = names.parents[id(statement)]
    before: Sequence[cst.CSTNode] = getattr(suite, "body", ())[: names.place(suite, statement)]
    for each in reversed(before):
        if any(names.within(binding, each) for binding in bindings):
            return each if isinstance(each, cst.FunctionDef) else None
    return None


def _functions_of(
    names: Names, value: cst.BaseExpression, scope: Scope, factories: tuple[cst.FunctionDef, ...] = ()
) -> list[Function] | None:
    """Return the functions that an expression in one of the factories may give, if all of them are known."""
    function: cst.FunctionDef | None = None
    if isinstance(value, cst.Lambda):
        return [value]
    if isinstance(value, cst.Name):
        function = _function(names, names.resolve(scope, value.value), value.value)
    elif isinstance(value, cst.Attribute):
        function = _method(names, value.value, value.attr.value, scope)
    elif isinstance(value, cst.IfExp):
        one = _functions_of(names, value.body, scope, factories)
        other = _functions_of(names, value.orelse, scope, factories)
        return None if one is None or other is None else one + other
    elif isinstance(value, cst.Call):
        if names.qualified(value.func) == "functools.partial" and value.args:
            return _functions_of(names, value.args[0].value, scope, factories)
        return _made_in(names, _functions_of(names, value.func, scope, factories), factories)
    return None if function is None else [function]


def _made_in(
    names: Names, called: list[Function] | None, factories: tuple[cst.FunctionDef, ...]
) -> list[Function] | None:
    """Return the functions that a call of one function may give, if all of them are known."""
    factory = called[0] if called is not None and len(called) == 1 else None
    if not isinstance(factory, cst.FunctionDef) or factory.decorators or factory.asynchronous is not None:
        return None
    result: list[Function] = []
    if factory in factories:
        return result
    for each in frame_nodes(factory.body):
        if isinstance(each, cst.Yield):
            return None
        if isinstance(each, cst.Return):
            inner = names.scopes[id(factory)]
            found = None if each.value is None else _functions_of(names, each.value, inner, (*factories, factory))
            if found is None:
                return None
            result += found
    return result


def _method(names: Names, of: cst.BaseExpression, attribute: str, scope: Scope) -> cst.FunctionDef | None:
    """Return the method that self.attribute or cls.attribute is, by the class that the code stands in."""
    owner = class_of_self(names, of, scope)
    return None if owner is None else _function(names, owner, attribute)


def _is_method_of_container(names: Names, value: cst.CSTNode) -> bool:
    """Return whether it is a method of what is surely a list, a set, a dict or the like."""
    if not isinstance(value, cst.Attribute) or not isinstance(value.value, cst.Name):
        return False
    return _made_by(names, value.value, _CONTAINERS, (cst.List, cst.Set, cst.Dict, cst.ListComp, cst.SetComp))


def _made_by(names: Names, node: cst.Name, functions: set[str], kinds: tuple[type, ...] = ()) -> bool:
    """Return whether the name is only ever assigned a call of one of the functions, or such a node."""
    made = assigned_value(names, node)
    return isinstance(made, kinds) or (isinstance(made, cst.Call) and names.qualified(made.func) in functions)


def assigned_value(names: Names, node: cst.Name) -> cst.BaseExpression | None:
    """Return the only thing that is ever assigned to a name; None where that is not known."""
    binding = names.only_binding(names.resolve(names.scope_at(node), node.value), node.value)
    if binding is None:
        return None
    parent = names.parents.get(id(binding.node))
    if isinstance(parent, cst.AssignTarget):
        parent = names.parents.get(id(parent))
    return parent.value if isinstance(parent, (cst.Assign, cst.AnnAssign)) else None


def _returned(names: Names, value: cst.BaseExpression) -> bool | None:
    """Return True if an expression gives a coroutine, False for nothing to be awaited, None if it is unknown."""
    if isinstance(value, _PLAIN):
        return False
    if isinstance(value, cst.Name):
        return False if value.value in ("None", "True", "False") else None
    if not isinstance(value, cst.Call):
        return None
    qualified = str(names.qualified(value.func))
    if qualified in _PLAIN_BUILTINS or qualified.startswith("logging."):
        return False
    if _is_method_of_container(names, value.func):
        return False
    receiver = value.func.value if isinstance(value.func, cst.Attribute) else None
    if isinstance(receiver, cst.Name) and _made_by(names, receiver, {"logging.getLogger"}):
        return False
    if isinstance(value.func, cst.Name):
        function = _function(names, names.resolve(names.scope_at(value), value.func.value), value.func.value)
        if function is not None and not function.decorators and not yields(function.body):
            if function.asynchronous is not None:
                return True
            if not any(isinstance(each, cst.Return) and each.value for each in frame_nodes(function.body)):
                return False
    return None
