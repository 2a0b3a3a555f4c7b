"""Scopes and names of a file: which occurrence of a name belongs to which scope, and what is imported as what."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Callable, Iterable, Iterator, Sequence, cast

import libcst as cst

from .tree import children

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
    "concurrent.futures.CancelledError": "asyncio.CancelledError",
    "concurrent.futures.TimeoutError": "asyncio.TimeoutError",
    "concurrent.futures._base.CancelledError": "asyncio.CancelledError",
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
        self.bound: set[str] = set()
        self.globals: set[str] = set()
        self.nonlocals: set[str] = set()
        self.has_star_import = False

    def binds(self, name: str) -> bool:
        """Whether a variable of that name belongs to this scope."""
        return name in self.bound and name not in self.globals and name not in self.nonlocals

    def is_inside(self, outer: Scope) -> bool:
        """Whether it is the other scope or one in it."""
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


_SPANNED = (
    cst.BaseCompoundStatement,
    cst.BaseSuite,
    cst.ExceptHandler,
    cst.ExceptStarHandler,
    cst.SimpleStatementLine,
    cst.Lambda,
    cst.BaseComp,
    cst.Else,
    cst.Finally,
    cst.WithItem,
    cst.Call,
    cst.Decorator,
    cst.DictElement,
)


# The kinds of nodes of which a list is kept.
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
        # libcst for 3.8 has none
        *filter(None, [getattr(cst, "TemplatedString", None)]),
    ]
)


class Names:
    """Everything about the names of one tree."""

    def __init__(self, module: cst.Module) -> None:
        self.module = module
        self.parents: dict[int, cst.CSTNode] = {}
        self.spans: dict[int, tuple[int, int]] = {}
        self.scopes: dict[int, Scope] = {}
        self.scope_list: list[Scope] = []
        self.builtins: dict[str, list[Occurrence]] = {}
        self.imports: list[Imported] = []
        self.strings: list[cst.SimpleString] = []
        # where an attribute or item is assigned or deleted: (index, the target)
        self.attribute_stores: list[tuple[int, cst.CSTNode]] = []
        self.compounds: list[cst.CSTNode] = []
        self.calls: list[cst.Call] = []
        self.attributes: list[cst.Attribute] = []
        self.star_imports: list[cst.ImportFrom] = []
        # the nodes of the kinds in COLLECTED
        self.collected: list[cst.CSTNode] = []
        self._qualified: dict[tuple[int, str], str | None] = {}
        self._by_index: list[Occurrence] = []
        self._indexes: list[int] = []
        self._index = 0
        self._imported_by_alias: dict[int, Imported] = {}
        self._scope_at: dict[int, Scope] = {}
        self._bindings: dict[tuple[int, str], list[Occurrence]] = {}
        self._named: dict[int, dict[str, list[Occurrence]]] = {}
        self._places: dict[int, dict[int, int]] = {}
        self._imports_of: dict[str, list[Imported]] = {}
        self._words: set[str] | None = None
        self._exported: set[str] | None = None
        # what others have found out about this tree, by what they call it
        self.found: dict[object, object] = {}
        self._visitors: dict[type[cst.CSTNode], tuple[Callable[[cst.CSTNode], None], bool]] = {}
        self.top = self._enter("module", module, None)
        self._scope = self.top
        self._start(module)
        self._visit_all(module, module.body)
        self.spans[id(module)] = (0, self._index)
        self._resolve()
        self.every_name = {name for scope in self.scope_list for name in scope.own}

    # Asking

    def scope_at(self, node: cst.CSTNode) -> Scope:
        """The scope that a statement or expression stands in."""
        above: cst.CSTNode | None = node
        while above is not None:
            if id(above) in self._scope_at:
                return self._scope_at[id(above)]
            above = self.parents.get(id(above))
        return self.top

    def resolve(self, scope: Scope, name: str) -> Scope | None:
        """The scope that a name seen from `scope` belongs to; None for builtins."""
        start: Scope | None = scope
        skip_start = False
        if name in scope.globals:
            return self.top
        if name in scope.nonlocals:
            skip_start = True
        while start is not None:
            if (start.kind != "class" or start is scope) and not (skip_start and start is scope):
                if name in start.globals:
                    return self.top
                if start.binds(name):
                    return start
            start = start.parent
        return None

    def refs(self, scope: Scope | None, name: str) -> list[Occurrence]:
        """All occurrences of a variable."""
        return (self.builtins if scope is None else scope.refs).get(name, [])

    def bindings(self, scope: Scope | None, name: str) -> list[Occurrence]:
        """The occurrences that bind a variable."""
        key = (id(scope), name)
        found = self._bindings.get(key)
        if found is None:
            found = self._bindings[key] = [each for each in self.refs(scope, name) if each.kind in BINDING]
        return found

    def within(self, occurrence: Occurrence, *nodes: cst.CSTNode) -> bool:
        """Whether it stands in one of the nodes."""
        for node in nodes:
            first, last = self.spans[id(node)]
            if first <= occurrence.index < last:
                return True
        return False

    def own_within(self, scope: Scope, node: cst.CSTNode) -> list[Occurrence]:
        """What of the scope's own names stands in the node."""
        return [each for each in self.all_within(node) if each.scope is scope]

    def all_within(self, node: cst.CSTNode) -> list[Occurrence]:
        """Every occurrence of any name in the node."""
        if not self._by_index:
            self._by_index = sorted(
                (each for scope in self.scope_list for found in scope.own.values() for each in found),
                key=lambda each: each.index,
            )
            self._indexes = [each.index for each in self._by_index]
        first, last = self.spans[id(node)]
        return self._by_index[bisect_left(self._indexes, first) : bisect_left(self._indexes, last)]

    def named_within(self, node: cst.CSTNode, name: str) -> list[Occurrence]:
        """Every occurrence of one name in a node that is asked about often: a module, class or function."""
        table = self._named.get(id(node))
        if table is None:
            table = self._named[id(node)] = {}
            for each in self.all_within(node):
                table.setdefault(each.name, []).append(each)
        return table.get(name, [])

    def place(self, suite: cst.CSTNode | None, node: cst.CSTNode) -> int:
        """Which statement of a suite the node is; 0 where it is none."""
        if suite is None:
            return 0
        table = self._places.get(id(suite))
        if table is None:
            body: Sequence[cst.CSTNode] = getattr(suite, "body", ())
            table = self._places[id(suite)] = {id(each): number for number, each in enumerate(body)}
        return table.get(id(node), 0)

    def words_in_strings(self) -> set[str]:
        """Every word of a string."""
        if self._words is None:
            self._words = {word for string in self.strings for word in re.findall(r"\w+", string.value)}
        return self._words

    def ancestors(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """What the node stands in, from the inside."""
        above = self.parents.get(id(node))
        while above is not None:
            yield above
            above = self.parents.get(id(above))

    def imported_as(self, qualified: str) -> list[Imported]:
        """The imports of one thing."""
        if not self._imports_of:
            for each in self.imports:
                self._imports_of.setdefault(each.qualified, []).append(each)
        return self._imports_of.get(qualified, [])

    def imported(self, occurrence: Occurrence) -> Imported | None:
        """The import that an occurrence of the kind "import" is."""
        return self._imported_by_alias.get(id(occurrence.node))

    def qualified(self, node: cst.CSTNode, scope: Scope | None = None) -> str | None:
        """The dotted name of what a name or attribute stands for; None where that is not certain."""
        if isinstance(node, cst.Attribute):
            value = self.qualified(node.value, scope)
            return None if value is None else canonical(f"{value}.{node.attr.value}")
        if not isinstance(node, cst.Name):
            return None
        owner = self.resolve(scope or self.scope_at(node), node.value)
        if owner is None:
            return None if self.top.has_star_import else canonical(f"builtins.{node.value}")
        key = (id(owner), node.value)
        if key not in self._qualified:
            imports = map(self.imported, self.bindings(owner, node.value))
            found = {each.qualified if each else None for each in imports}
            self._qualified[key] = canonical(found.pop() or "") or None if len(found) == 1 else None
        return self._qualified[key]

    def only_binding(self, scope: Scope | None, name: str) -> Occurrence | None:
        """What binds a variable, if that happens at one place only."""
        found = self.bindings(scope, name)
        return found[0] if len(found) == 1 else None

    def loops(self, node: cst.CSTNode) -> bool:
        """Whether the same run of the function can come to the node twice."""
        for above in self.ancestors(node):
            if isinstance(above, (cst.For, cst.While)):
                return True
            if isinstance(above, (cst.FunctionDef, cst.ClassDef, cst.Lambda)):
                return False
        return False

    def names_in(self, scope: Scope) -> set[str]:
        """Every name that is written anywhere in a function, or in the whole module."""
        if scope.kind != "function":
            return self.every_name
        key = ("names_in", id(scope))
        if key not in self.found:
            self.found[key] = {each.name for each in self.all_within(scope.node)}
        return cast("set[str]", self.found[key])

    def exported(self) -> set[str]:
        """What __all__ names, as far as it is written out."""
        if self._exported is None:
            self._exported = set()
            statements: set[int] = set()
            for each in self.top.refs.get("__all__", ()):
                line = self._line_around(each.node)
                if line is not None:
                    statements.add(id(line))
            for string in self.strings if statements else ():
                line = self._line_around(string)
                if line is not None and id(line) in statements:
                    value = string.evaluated_value
                    if isinstance(value, str):
                        self._exported.add(value)
        return self._exported

    def _line_around(self, node: cst.CSTNode) -> cst.CSTNode | None:
        return next((above for above in self.ancestors(node) if type(above) is cst.SimpleStatementLine), None)

    # Building

    def _enter(self, kind: str, node: cst.CSTNode, parent: Scope | None) -> Scope:
        scope = Scope(kind, node, parent)
        self.scopes[id(node)] = scope
        self.scope_list.append(scope)
        return scope

    def _start(self, node: cst.CSTNode) -> None:
        self._scope_at[id(node)] = self._scope

    def _note(self, name: str, node: cst.CSTNode, kind: str, scope: Scope | None = None) -> None:
        scope = scope or self._scope
        self._index += 1
        if kind in BINDING:
            scope.bound.add(name)
        scope.own.setdefault(name, []).append(Occurrence(name, node, kind, self._index, scope))

    def _resolve(self) -> None:
        for scope in self.scope_list:
            for name, occurrences in scope.own.items():
                owner = self.resolve(scope, name)
                for each in occurrences:
                    each.owner = owner
                table = self.builtins if owner is None else owner.refs
                table.setdefault(name, []).extend(occurrences)
        for scope in self.scope_list:
            for occurrences in scope.refs.values():
                occurrences.sort(key=lambda each: each.index)

    def _visit_all(self, parent: cst.CSTNode, nodes: Iterable[cst.CSTNode | None]) -> None:
        for node in nodes:
            if node is not None:
                self.parents[id(node)] = parent
                self._visit(node)

    def _visit(self, node: cst.CSTNode) -> None:
        kind = type(node)
        try:
            visitor, is_special = self._visitors[kind]
        except KeyError:
            visitor = getattr(self, f"_visit_{kind.__name__}", self._go_on)
            is_special = issubclass(kind, _SPANNED) or kind in COLLECTED
            self._visitors[kind] = visitor, is_special
        if not is_special:
            visitor(node)
            return
        if kind in COLLECTED:
            self.collected.append(node)
        first = self._index = self._index + 1
        if isinstance(node, cst.BaseCompoundStatement):
            self.compounds.append(node)
        visitor(node)
        self._index += 1
        self.spans[id(node)] = (first, self._index)

    def _go_on(self, node: cst.CSTNode) -> None:
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
        self.parents[id(node.attr)] = node
        self._visit_all(node, [node.value])

    def _visit_Call(self, node: cst.Call) -> None:
        self.calls.append(node)
        self._visit_all(node, [node.func, *node.args])

    def _visit_Arg(self, node: cst.Arg) -> None:
        self._visit_all(node, [node.value])

    def _visit_Assign(self, node: cst.Assign) -> None:
        self._visit_all(node, [node.value])
        for each in node.targets:
            self.parents[id(each)] = node
            self._target(each, each.target)

    def _visit_AnnAssign(self, node: cst.AnnAssign) -> None:
        self._visit_all(node, [node.annotation, node.value])
        self._target(node, node.target, "annotation" if node.value is None else "store")

    def _visit_AugAssign(self, node: cst.AugAssign) -> None:
        if isinstance(node.target, cst.Name):
            self._note(node.target.value, node.target, "load")
        self._visit_all(node, [node.value])
        self._target(node, node.target)

    def _visit_NamedExpr(self, node: cst.NamedExpr) -> None:
        self._visit_all(node, [node.value])
        self.parents[id(node.target)] = node
        if isinstance(node.target, cst.Name):
            scope = self._scope
            while scope.kind == "comprehension" and scope.parent is not None:
                scope = scope.parent
            self._note(node.target.value, node.target, "store", scope)

    def _visit_Del(self, node: cst.Del) -> None:
        self._target(node, node.target, "del")

    def _visit_TypeAlias(self, node: cst.TypeAlias) -> None:
        self._note(node.name.value, node.name, "store")
        self.parents[id(node.name)] = node
        self._with_type_parameters(node, node.type_parameters, lambda: self._visit_all(node, [node.value]))

    def _target(self, parent: cst.CSTNode, target: cst.CSTNode, kind: str = "store") -> None:
        self.parents[id(target)] = parent
        if isinstance(target, cst.Name):
            self._note(target.value, target, kind)
        elif isinstance(target, (cst.Tuple, cst.List)):
            for element in target.elements:
                self.parents[id(element)] = target
                self._target(element, element.value, kind)
        elif isinstance(target, cst.StarredElement):
            self._target(target, target.value, kind)
        else:
            self._visit(target)
            self._index += 1
            self.attribute_stores.append((self._index, target))

    def _visit_For(self, node: cst.For) -> None:
        self._visit_all(node, [node.iter])
        self._target(node, node.target)
        self._visit_all(node, [node.body, node.orelse])

    def _visit_With(self, node: cst.With) -> None:
        for item in node.items:
            self.parents[id(item)] = node
            self._index += 1
            first = self._index
            self._visit_all(item, [item.item])
            if item.asname is not None:
                self.parents[id(item.asname)] = item
                self._target(item.asname, item.asname.name)
            self._index += 1
            self.spans[id(item)] = (first, self._index)
        self._visit_all(node, [node.body])

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
        for item in node.names:
            self.parents[id(item)] = node
            self._scope.globals.add(item.name.value)
            self._note(item.name.value, item.name, "global")
            self.parents[id(item.name)] = item

    def _visit_Nonlocal(self, node: cst.Nonlocal) -> None:
        for item in node.names:
            self.parents[id(item)] = node
            self._scope.nonlocals.add(item.name.value)
            self._note(item.name.value, item.name, "nonlocal")
            self.parents[id(item.name)] = item

    def _visit_Import(self, node: cst.Import) -> None:
        for alias in node.names:
            dotted = dotted_name(alias.name)
            if alias.asname is not None and isinstance(alias.asname.name, cst.Name):
                self._import(dotted, alias.asname.name.value, alias, node)
            else:
                first = dotted.partition(".")[0]
                self._import(first, first, alias, node)

    def _visit_ImportFrom(self, node: cst.ImportFrom) -> None:
        if isinstance(node.names, cst.ImportStar):
            self._scope.has_star_import = True
            self.star_imports.append(node)
            return
        module = "." * len(node.relative) + (dotted_name(node.module) if node.module is not None else "")
        for alias in node.names:
            name = dotted_name(alias.name)
            local = name
            if alias.asname is not None and isinstance(alias.asname.name, cst.Name):
                local = alias.asname.name.value
            self._import(f"{module}.{name}", local, alias, node)

    def _import(self, qualified: str, local: str, alias: cst.ImportAlias, node: cst.Import | cst.ImportFrom) -> None:
        self.parents[id(alias)] = node
        imported = Imported(qualified, local, alias, node, self._scope)
        self.imports.append(imported)
        self._imported_by_alias[id(alias)] = imported
        self._note(local, alias, "import")

    def _visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        self._visit_all(node, node.decorators)
        self._visit_all(node, default_values(node.params))
        self.parents[id(node.params)] = node
        self.parents[id(node.name)] = node
        self._note(node.name.value, node, "def")

        def inner() -> None:
            self._visit_all(node, [each.annotation for each in all_params(node.params)])
            self._visit_all(node, [node.returns])
            self._function(node, node.params, node.body)

        self._with_type_parameters(node, node.type_parameters, inner)

    def _visit_Lambda(self, node: cst.Lambda) -> None:
        self._visit_all(node, default_values(node.params))
        self._function(node, node.params, node.body)

    def _function(self, node: cst.CSTNode, params: cst.Parameters, body: cst.CSTNode) -> None:
        outer = self._scope
        self._scope = self._enter("function", node, outer)
        self._start(body)
        for param in all_params(params):
            self.parents[id(param)] = params
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
        for each in parameters.params:
            self._note(each.param.name.value, each.param.name, "store")
            self._visit_all(each, [getattr(each.param, "bound", None), getattr(each, "default", None)])
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
        self._visit_all(first, [first.iter])
        outer = self._scope
        self._scope = self._enter("comprehension", node, outer)
        for each in elements:
            self._start(each)
        each_for: cst.CompFor | None = first
        while each_for is not None:
            if each_for is not first:
                self._start(each_for.iter)
                self._visit_all(each_for, [each_for.iter])
            self._start(each_for.target)
            self._target(each_for, each_for.target)
            for condition in each_for.ifs:
                self._start(condition)
            self._visit_all(each_for, each_for.ifs)
            if each_for.inner_for_in is not None:
                self.parents[id(each_for.inner_for_in)] = each_for
            each_for = each_for.inner_for_in
        self._visit_all(node, elements)
        self._scope = outer

    def _visit_ListComp(self, node: cst.ListComp | cst.SetComp | cst.GeneratorExp) -> None:
        self._comprehension(node, [node.elt])

    _visit_SetComp = _visit_ListComp
    _visit_GeneratorExp = _visit_ListComp

    def _visit_DictComp(self, node: cst.DictComp) -> None:
        self._comprehension(node, [node.key, node.value])


def canonical(name: str) -> str:
    """The one name of what has several."""
    name = ALIASES.get(name, name)
    if name.startswith("builtins.builtins"):  # `import builtins`
        name = name[len("builtins.") :]
    return ALIASES.get(name, name)


def dotted_name(node: cst.CSTNode | None) -> str:
    """The text of a name or of attributes of one; "" for anything else."""
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
    """The defaults of a function's parameters, which are evaluated outside of it."""
    return [each.default for each in all_params(params) if each.default is not None]
