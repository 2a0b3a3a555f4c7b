"""The visit of a tree that finds its scopes and names: which occurrence of a name belongs to which scope."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Callable, Iterable, Sequence, TypeVar, cast

import libcst as cst

from .tree import children

if TYPE_CHECKING:
    _Result = TypeVar("_Result")
# Occurrences that make a name one of the scope. `del` does as well, and an annotation without a value.
BINDING = {"store", "del", "import", "def", "class", "param", "except", "annotation"}
# The same thing under several names.
ALIASES = {
    "asyncio.taskgroups.TaskGroup": "asyncio.TaskGroup",
    "asyncio.timeouts.Timeout": "asyncio.Timeout",
    "asyncio.timeouts.timeout": "asyncio.timeout",
    "asyncio.timeouts.timeout_at": "asyncio.timeout_at",
    "asyncio.tasks.Task": "asyncio.Task",
    "asyncio.tasks.current_task": "asyncio.current_task",
    "asyncio.tasks.create_task": "asyncio.create_task",
    "asyncio.exceptions.CancelledError": "asyncio.CancelledError",
    "asyncio.exceptions.TimeoutError": "asyncio.TimeoutError",
    "concurrent.futures.TimeoutError": "asyncio.TimeoutError",
    "builtins.IOError": "builtins.OSError",
    "builtins.EnvironmentError": "builtins.OSError",
    "builtins.WindowsError": "builtins.OSError",
    "os.error": "builtins.OSError",
    "select.error": "builtins.OSError",
    "socket.error": "builtins.OSError",
    "socket.timeout": "builtins.TimeoutError",
}


class Occurrence:
    """A name at one place of the text. `index` orders them as they are evaluated, about as in the text.

    `scope` is where it is written, `owner` where its variable belongs; None for builtins.
    """

    __slots__ = ("index", "kind", "name", "node", "owner", "scope")

    def __init__(self, name: str, node: cst.CSTNode, kind: str, index: int, scope: Scope) -> None:
        self.name, self.node, self.kind, self.index, self.scope = name, node, kind, index, scope
        self.owner: Scope | None = None


class Scope:
    """A module, function, lambda, class, comprehension, or what type parameters make."""

    def __init__(self, kind: str, node: cst.CSTNode, parent: Scope | None) -> None:
        self.kind, self.node, self.parent = kind, node, parent
        # what is written in this scope itself, by name
        self.own: dict[str, list[Occurrence]] = {}
        # what belongs to a variable of this scope, also from scopes inside it
        self.refs: dict[str, list[Occurrence]] = {}
        self.bindings: dict[str, list[Occurrence]] = {}
        self.bound: set[str] = set()
        self.globals: set[str] = set()
        self.nonlocals: set[str] = set()
        self.has_star_import = False

    def binds(self, name: str) -> bool:
        """Return whether a variable of that name belongs to this scope."""
        return name in self.bound

    def is_inside(self, outer: Scope) -> bool:
        """Return whether it is the other scope or one in it."""
        scope: Scope | None = self
        while scope is not None and scope is not outer:
            scope = scope.parent
        return scope is outer


class Imported:
    """One name that an import statement binds."""

    def __init__(
        self,
        qualified: str,
        local: str,
        alias: cst.ImportAlias,
        statement: cst.Import | cst.ImportFrom,
        scope: Scope,
    ) -> None:
        self.qualified, self.local, self.alias, self.statement, self.scope = qualified, local, alias, statement, scope


# The kinds of nodes of which lists are kept.
COMPOUND = {cst.ClassDef, cst.FunctionDef, cst.If, cst.Try, cst.TryStar, cst.With}
COLLECTED: frozenset[type[cst.CSTNode]] = frozenset(
    [
        cst.BinaryOperation,
        cst.ClassDef,
        cst.Decorator,
        cst.ExceptHandler,
        cst.ExceptStarHandler,
        cst.FunctionDef,
        cst.Match,
        cst.Subscript,
        cst.TypeAlias,
        cst.With,
        # an older libcst has none of these
        *filter(None, [getattr(cst, name, None) for name in ("TemplatedString", "LazyImport", "LazyImportFrom")]),
    ]
)


class Visit:
    """Visits a tree once, and notes its scopes, the occurrences of names, and their owners."""

    def __init__(self, module: cst.Module) -> None:
        self.module = module
        self.parents: dict[int, cst.CSTNode] = {}
        self.spans: dict[int, tuple[int, int]] = {}
        self.scopes: dict[int, Scope] = {}
        self.scope_list: list[Scope] = []
        self.builtins: dict[str, list[Occurrence]] = {}
        self.imports: list[Imported] = []
        self.strings: list[cst.SimpleString] = []
        # the attributes and items that are assigned or deleted
        self.attribute_stores: list[cst.CSTNode] = []
        self.calls: list[cst.Call] = []
        self.attributes: list[cst.Attribute] = []
        self.star_imports: list[cst.ImportFrom] = []
        # every occurrence, in the order of the indexes
        self._occurrences: list[Occurrence] = []
        self._imported_by_alias: dict[int, Imported] = {}
        self._imports_of: dict[str, list[Imported]] = {}
        self._scope_at: dict[int, Scope] = {}
        self._visited: list[cst.CSTNode] = []
        self.top = self._scope = self._enter("module", module, None)
        self._start(module)
        self._visit(module)
        # the statements that are looked for
        self.compounds = [each for each in self._visited if type(each) in COMPOUND]
        self._resolve()

    @cached_property
    def collected(self) -> list[cst.CSTNode]:
        """The nodes of the kinds in COLLECTED."""
        return [each for each in self._visited if type(each) in COLLECTED]

    @cached_property
    def every_name(self) -> set[str]:
        """Every name of the file."""
        return {name for scope in self.scope_list for name in scope.own}

    def resolve(self, scope: Scope, name: str) -> Scope | None:
        """Return the scope that a name seen from `scope` belongs to; None for builtins."""
        start: Scope | None = scope
        while start is not None:
            if start.kind != "class" or start is scope:
                if name in start.globals:
                    return self.top
                if start.binds(name):
                    return start
            start = start.parent
        return None

    def _enter(self, kind: str, node: cst.CSTNode, parent: Scope | None) -> Scope:
        scope = Scope(kind, node, parent)
        self.scopes[id(node)] = scope
        self.scope_list.append(scope)
        return scope

    def _start(self, node: cst.CSTNode) -> None:
        self._scope_at[id(node)] = self._scope

    def _note(self, name: str, node: cst.CSTNode, kind: str, scope: Scope | None = None) -> None:
        scope = scope or self._scope
        if kind in BINDING and name not in scope.nonlocals:
            (self.top if name in scope.globals else scope).bound.add(name)
        occurrence = Occurrence(name, node, kind, len(self._occurrences), scope)
        self._occurrences.append(occurrence)
        scope.own.setdefault(name, []).append(occurrence)

    def _resolve(self) -> None:
        for scope in self.scope_list:
            for name, occurrences in scope.own.items():
                owner = self.resolve(scope, name)
                for each in occurrences:
                    each.owner = owner
        for each in self._occurrences:
            table = self.builtins if each.owner is None else each.owner.refs
            table.setdefault(each.name, []).append(each)
            if each.owner is not None and each.kind in BINDING:
                each.owner.bindings.setdefault(each.name, []).append(each)

    def _visit_all(self, parent: cst.CSTNode, nodes: Iterable[cst.CSTNode | None]) -> None:
        for node in nodes:
            if node is not None:
                self.parents[id(node)] = parent
                self._visit(node)

    def _visit(self, node: cst.CSTNode) -> None:
        self._visited.append(node)
        first = len(self._occurrences)
        _visitor(type(node))(self, node)
        self.spans[id(node)] = (first, len(self._occurrences))

    def _visit_children(self, node: cst.CSTNode) -> None:
        parents, visit = self.parents, self._visit
        for each in children(node):
            parents[id(each)] = node
            visit(each)

    def _visit_Name(self, node: cst.Name) -> None:
        self._note(node.value, node, "load")

    def _visit_SimpleString(self, node: cst.SimpleString) -> None:
        self.strings.append(node)

    def _visit_Attribute(self, node: cst.Attribute) -> None:
        self.attributes.append(node)
        self._visit_all(node, [node.value])

    def _visit_Call(self, node: cst.Call) -> None:
        self.calls.append(node)
        self._visit_children(node)

    def _visit_Arg(self, node: cst.Arg) -> None:
        self._visit_all(node, [node.value])

    def _visit_Assign(self, node: cst.Assign) -> None:
        self._visit_all(node, [node.value, *node.targets])

    def _visit_AssignTarget(self, node: cst.AssignTarget) -> None:
        self._target(node, node.target)

    def _visit_AnnAssign(self, node: cst.AnnAssign) -> None:
        self._visit_all(node, [node.annotation, node.value])
        self._target(node, node.target, "annotation" if node.value is None else "store")

    def _visit_AugAssign(self, node: cst.AugAssign) -> None:
        self._visit_all(node, [node.value])
        self._target(node, node.target)

    def _visit_NamedExpr(self, node: cst.NamedExpr) -> None:
        self._visit_all(node, [node.value])
        self.parents[id(node.target)] = node
        scope = self._scope
        while scope.kind == "comprehension":
            assert scope.parent is not None
            scope = scope.parent
        self._note(cast(cst.Name, node.target).value, node.target, "store", scope)

    def _visit_Del(self, node: cst.Del) -> None:
        self._target(node, node.target, "del")

    def _visit_TypeAlias(self, node: cst.TypeAlias) -> None:
        self._target(node, node.name)
        self._with_type_parameters(node, node.type_parameters, lambda: self._visit_all(node, [node.value]))

    def _target(self, parent: cst.CSTNode, target: cst.CSTNode, kind: str = "store") -> None:
        self.parents[id(target)] = parent
        if isinstance(target, cst.Name):
            self._note(target.value, target, kind)
        elif isinstance(target, (cst.Tuple, cst.List)):
            for element in target.elements:
                self.parents[id(element)] = target
                self._target(element, element.value, kind)
        else:
            self._visit(target)
            self.attribute_stores.append(target)

    def _visit_For(self, node: cst.For) -> None:
        self._visit_all(node, [node.iter])
        self._target(node, node.target)
        self._visit_all(node, [node.body, node.orelse])

    def _visit_AsName(self, node: cst.AsName) -> None:
        self._target(node, node.name)

    def _visit_ExceptHandler(self, node: cst.ExceptHandler | cst.ExceptStarHandler) -> None:
        self._visit_all(node, [node.type])
        if node.name is not None:
            self.parents[id(node.name)] = node
            self._target(node.name, node.name.name, "except")
        self._visit_all(node, [node.body])

    _visit_ExceptStarHandler = _visit_ExceptHandler

    def _visit_MatchAs(self, node: cst.MatchAs) -> None:
        self._visit_all(node, [node.pattern])
        if node.name is not None:
            self._target(node, node.name)

    def _visit_MatchStar(self, node: cst.MatchStar) -> None:
        if node.name is not None:
            self._target(node, node.name)

    def _visit_MatchMapping(self, node: cst.MatchMapping) -> None:
        self._visit_all(node, node.elements)
        if node.rest is not None:
            self._target(node, node.rest)

    def _visit_Global(self, node: cst.Global) -> None:
        self._declare(node, self._scope.globals, "global")

    def _visit_Nonlocal(self, node: cst.Nonlocal) -> None:
        self._declare(node, self._scope.nonlocals, "nonlocal")

    def _declare(self, node: cst.Global | cst.Nonlocal, declared: set[str], kind: str) -> None:
        for item in node.names:
            declared.add(item.name.value)
            self.parents[id(item)], self.parents[id(item.name)] = node, item
            self._note(item.name.value, item.name, kind)

    def _visit_Import(self, node: cst.Import) -> None:
        for alias in node.names:
            name, local = alias.evaluated_name, alias.evaluated_alias
            if local is None:
                name = local = name.partition(".")[0]
            self._import(name, local, alias, node)

    def _visit_ImportFrom(self, node: cst.ImportFrom) -> None:
        if isinstance(node.names, cst.ImportStar):
            self._scope.has_star_import = True
            self.star_imports.append(node)
            return
        module = dotted_name(node.module)
        if node.relative:
            module = f".{module}"
        for alias in node.names:
            name = alias.evaluated_name
            self._import(f"{module}.{name}", alias.evaluated_alias or name, alias, node)

    def _import(self, qualified: str, local: str, alias: cst.ImportAlias, node: cst.Import | cst.ImportFrom) -> None:
        self.parents[id(alias)] = node
        imported = Imported(qualified, local, alias, node, self._scope)
        self.imports.append(imported)
        self._imports_of.setdefault(qualified, []).append(imported)
        self._imported_by_alias[id(alias)] = imported
        self._note(local, alias, "import")

    def _visit_LazyImport(self, node: Any) -> None:
        # What a lazy import binds is of unknown origin.
        for alias in node.names:
            self.parents[id(alias)] = node
            name = alias.evaluated_name if hasattr(node, "module") else alias.evaluated_name.partition(".")[0]
            self._note(alias.evaluated_alias or name, alias, "import")

    _visit_LazyImportFrom = _visit_LazyImport

    def _visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        self._visit_all(node, node.decorators)
        self._defaults(node, node.params)
        self._note(node.name.value, node, "def")

        def inner() -> None:
            for each in all_params(node.params):
                self._visit_all(each, [each.annotation])
            self._visit_all(node, [node.returns])
            self._function(node, node.params, node.body)

        self._with_type_parameters(node, node.type_parameters, inner)

    def _visit_Lambda(self, node: cst.Lambda) -> None:
        self._defaults(node, node.params)
        self._function(node, node.params, node.body)

    def _defaults(self, node: cst.CSTNode, params: cst.Parameters) -> None:
        self.parents[id(params)] = node
        for each in all_params(params):
            self.parents[id(each)] = params
            self._visit_all(each, [each.default])

    def _function(self, node: cst.CSTNode, params: cst.Parameters, body: cst.CSTNode) -> None:
        outer = self._scope
        self._scope = self._enter("function", node, outer)
        self._start(body)
        for param in all_params(params):
            self.parents[id(param.name)] = param
            self._note(param.name.value, param.name, "param")
        self._visit_all(node, [body])
        self._scope = outer

    def _with_type_parameters(
        self, node: cst.CSTNode, parameters: cst.TypeParameters | None, inner: Callable[[], None]
    ) -> None:
        if parameters is None:
            inner()
            return
        outer = self._scope
        self._scope = self._enter("types", parameters, outer)
        self.parents[id(parameters)] = node
        for each in parameters.params:
            self.parents[id(each)], self.parents[id(each.param)] = parameters, each
            self._note(each.param.name.value, each.param.name, "store")
            self._visit_all(each.param, [getattr(each.param, "bound", None)])
            # libcst for 3.8 knows no defaults
            self._visit_all(each, [getattr(each, "default", None)])
        inner()
        self._scope = outer

    def _visit_ClassDef(self, node: cst.ClassDef) -> None:
        self._visit_all(node, node.decorators)

        def inner() -> None:
            self._visit_all(node, [*node.bases, *node.keywords])
            outer = self._scope
            self._scope = self._enter("class", node, outer)
            self._start(node.body)
            self._visit_all(node, [node.body])
            self._scope = outer

        self._with_type_parameters(node, node.type_parameters, inner)
        self._note(node.name.value, node, "class")

    def _comprehension(self, node: cst.BaseComp, elements: Sequence[cst.BaseExpression]) -> None:
        first: cst.CompFor = node.for_in
        self.parents[id(first)] = node
        self._start(first.iter)
        self._visit_all(first, [first.iter])
        outer = self._scope
        self._scope = self._enter("comprehension", node, outer)
        self._start(node)
        each: cst.CompFor | None = first
        while each is not None:
            if each is not first:
                self._visit_all(each, [each.iter])
            self._target(each, each.target)
            self._visit_all(each, each.ifs)
            if each.inner_for_in is not None:
                self.parents[id(each.inner_for_in)] = each
            each = each.inner_for_in
        self._visit_all(node, elements)
        self._scope = outer

    def _visit_ListComp(self, node: cst.ListComp | cst.SetComp | cst.GeneratorExp) -> None:
        self._comprehension(node, [node.elt])

    _visit_SetComp = _visit_ListComp
    _visit_GeneratorExp = _visit_ListComp

    def _visit_DictComp(self, node: cst.DictComp) -> None:
        self._comprehension(node, [node.key, node.value])


@lru_cache(None)
def _visitor(kind: type[cst.CSTNode]) -> Callable[[Visit, cst.CSTNode], None]:
    visitor: Callable[[Visit, cst.CSTNode], None] = getattr(Visit, f"_visit_{kind.__name__}", Visit._visit_children)
    return visitor


def canonical(name: str) -> str:
    """Return the one name of what has several."""
    return ALIASES.get(name, name)


def dotted_name(node: cst.CSTNode | None) -> str:
    """Return the text of a name or of attributes of one; "" for anything else."""
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute):
        value = dotted_name(node.value)
        return f"{value}.{node.attr.value}" if value else ""
    return ""


def all_params(params: cst.Parameters) -> list[cst.Param]:
    """Every parameter, in the order of the text."""
    result = [*params.posonly_params, *params.params]
    if isinstance(params.star_arg, cst.Param):
        result.append(params.star_arg)
    result += params.kwonly_params
    if params.star_kwarg is not None:
        result.append(params.star_kwarg)
    return result


def default_values(params: cst.Parameters) -> list[cst.BaseExpression]:
    """Return the defaults of a function's parameters, which are evaluated outside of it."""
    return [each.default for each in all_params(params) if each.default is not None]
