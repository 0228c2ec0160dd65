"""Where the value of each call in a pipeline's body goes, and which of its arguments a loop changes.

The names of step calls and artifacts are made of this (`lineage.declare.naming`), so that they come from what the user
wrote and never from the position of a call.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Any

from lineage.fingerprint.dataflow import Binding, Flow, Loops

__all__ = ["call_sites"]

Position = tuple[int, int, int, int]
Packed = tuple[Any, ...]
Target = tuple[tuple[str, ...] | None, bool]

_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_NOWHERE: Target = ((), False)
#: Methods that change what they are called on, and with it what its name stands for.
_CHANGING = frozenset(
    {
        *("add", "append", "appendleft", "clear", "discard", "extend", "extendleft", "insert", "move_to_end", "pop"),
        *("popitem", "popleft", "put", "remove", "reverse", "rotate", "send", "setdefault", "sort", "update"),
    }
)


def call_sites(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[Position, Packed]]:
    """Yield each call inside a function with its packed `lineage.fingerprint.source.CallSite`.

    Parameters
    ----------
    function : ast.FunctionDef or ast.AsyncFunctionDef
        A function of the top level.

    Yields
    ------
    tuple
        The position ``(line, column, end line, end column)`` that the compiler gives the CALL instruction, and the
        packed call site. A method call over several lines has two positions.
    """
    walker = _Walker()
    walker.enter(function)
    flow = Flow(walker.bindings, walker.targets, walker.parameters)
    for call in walker.calls:
        packed = (*call.packed(flow, function.name), walker.later(call))
        for position in _positions(call.node):
            yield position, packed


class _Call:
    """A call as the walk finds it, before all bindings of the function are known."""

    __slots__ = ("into", "loops", "node", "order", "parameters", "target")

    def __init__(
        self,
        node: ast.Call,
        loops: Loops,
        parameters: frozenset[str],
        target: Target,
        into: frozenset[str],
        order: int,
    ) -> None:
        self.node = node
        self.loops = loops
        self.parameters = parameters
        self.target = target
        self.into = into
        self.order = order

    def packed(self, flow: Flow, function: str) -> Packed:
        chain = flow.chain(self.into)
        told = None if chain is None else flow.name_of(chain)
        arguments = tuple(self._told(flow, chain, _keys(self.node)))
        chosen = () if _changed(self.node) else self._told(flow, None, [("", self.node.func)])
        return (*self.target, self.loops, arguments, function, told, _callee(self.node), next(iter(chosen), None))

    def _told(
        self, flow: Flow, chain: int | None, expressions: Iterable[tuple[int | str, ast.expr]]
    ) -> Iterator[Packed]:
        for key, value in expressions:
            names = sorted(_names_read(value))
            linked = [name for name in names if flow.carries(chain, name)]
            carried = any(not flow.is_new(name, self.loops, self.order) for name in linked)
            start = chain if carried else None
            changes = any(flow.changes(name, self.loops, start) for name in names)
            variables = tuple(dict.fromkeys(flow.variables(names, self.loops, start)))
            parameters = tuple(flow.parameters(names, self.parameters, start))
            if changes or linked or parameters:
                yield key, changes, carried, bool(linked), variables, parameters


class _Walker:
    def __init__(self) -> None:
        self.calls: list[_Call] = []
        self.bindings: list[Binding] = []
        self.targets: dict[int, tuple[str, ...]] = {}
        self.parameters: frozenset[str] = frozenset()
        self._unpacked: dict[str, list[tuple[tuple[str, ...], int]]] = {}
        self._order = 0
        self._loops: Loops = ()
        self._parameters: frozenset[str] = frozenset()
        self._into: frozenset[str] = frozenset()

    def enter(self, node: Any) -> None:
        """Walk what is inside a function; a loop around it is one around what it does."""
        outer = self._parameters, self._into
        own = frozenset(child.arg for child in ast.walk(node.args) if isinstance(child, ast.arg))
        self._parameters |= own
        self.parameters |= own
        self._into = frozenset()
        for part in node.body if isinstance(node.body, list) else [node.body]:
            self.visit(part)
        self._parameters, self._into = outer

    def later(self, call: _Call) -> Packed:
        """Return where the variable that is bound to a call's value, and to nothing else, is unpacked into names."""
        names, unpack = call.target
        if unpack or names is None or len(names) != 1 or sum(one.name == names[0] for one in self.bindings) != 1:
            return ()
        return tuple(self._unpacked.get(names[0], ()))

    def visit(self, node: ast.AST, target: Target = _NOWHERE) -> None:
        """Walk a node, whose value is bound to the target."""
        if isinstance(node, ast.Call):
            self._call(node, target)
        elif isinstance(node, ast.IfExp):
            self.visit(node.test)
            self.visit(node.body, target)
            self.visit(node.orelse, target)
        elif isinstance(node, ast.NamedExpr):
            self._bind([node.target], node.value)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            self._assign(node)
        elif isinstance(node, ast.AugAssign):
            self._count(node)
        elif isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
            self._loop(node)
        elif isinstance(node, _COMPREHENSIONS):
            self._comprehension(node)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            self._with(node)
        elif isinstance(node, _FUNCTIONS):
            self.enter(node)
        else:
            for child in ast.iter_child_nodes(node):
                self.visit(child)

    def _call(self, node: ast.Call, target: Target) -> None:
        self.calls.append(_Call(node, self._loops, self._parameters, target, self._into, self._next()))
        changed = _changed(node)
        outer = self._into
        if changed is not None:
            self._into |= {changed}
        for child in ast.iter_child_nodes(node):
            self.visit(child)
        self._into = outer
        if changed is not None:
            given = [*node.args, *(word.value for word in node.keywords)]
            self._note({changed}, frozenset().union(*map(_names_read, given)))

    def _assign(self, node: ast.Assign | ast.AnnAssign) -> None:
        targets: list[ast.expr] = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            self.visit(target)
        names, unpack = _bound(targets)
        if isinstance(node.value, ast.Name) and unpack and names:
            self._unpacked.setdefault(node.value.id, []).append((names, node.lineno))
        if node.value is not None:
            self._bind(targets, node.value)

    def _bind(self, targets: list[ast.expr], value: ast.expr, also: frozenset[str] = frozenset()) -> None:
        names = _roots(targets)
        outer, self._into = self._into, self._into | names
        self.visit(value, _bound(targets))
        self._into = outer
        self._note(names, _names_read(value) | also)

    def _count(self, node: ast.AugAssign) -> None:
        names = _roots([node.target])
        if self._loops:
            own = self.targets[self._loops[-1]]
            self.targets[self._loops[-1]] = tuple(dict.fromkeys([*own, *sorted(names)]))
        self._bind([node.target], node.value, also=_names_read(node.target) | names)

    def _note(self, names: Iterable[str], reads: frozenset[str]) -> None:
        order = self._next()
        self.bindings.extend(Binding(name, reads, self._loops, order) for name in names)

    def _next(self) -> int:
        self._order += 1
        return self._order

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            self.visit(item.context_expr)
            if item.optional_vars is not None:
                self._note(_roots([item.optional_vars]), _names_read(item.context_expr))
        for child in node.body:
            self.visit(child)

    # Loops

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While) -> None:
        outer = self._loops
        if isinstance(node, ast.While):
            self._open()
            self.visit(node.test)
        else:
            self.visit(node.iter)
            self._open(node.target, node.iter)
        for child in node.body:
            self.visit(child)
        self._loops = outer
        for child in node.orelse:
            self.visit(child)

    def _comprehension(self, node: Any) -> None:
        outer = self._loops
        for generator in node.generators:
            self.visit(generator.iter)
            self._open(generator.target, generator.iter)
            for condition in generator.ifs:
                self.visit(condition)
        for part in ("key", "value", "elt"):
            child = getattr(node, part, None)
            if child is not None:
                self.visit(child)
        self._loops = outer

    def _open(self, target: ast.expr | None = None, over: ast.expr | None = None) -> None:
        """Begin a loop: what is visited from now on is inside it."""
        number = len(self.targets)
        self._loops = (*self._loops, number)
        self.targets[number] = ()
        if target is not None and over is not None:
            names = [child.id for child in ast.walk(target) if isinstance(child, ast.Name)]
            self.targets[number] = tuple(names)
            self._note(names, _names_read(over))


def _bound(targets: list[ast.expr]) -> Target:
    """Return the names that an assignment binds its value to; of ``a = b = f()`` the first."""
    for target in targets:
        if isinstance(target, ast.Name):
            return (target.id,), False
        if isinstance(target, (ast.Tuple, ast.List)):
            names = tuple(element.id for element in target.elts if isinstance(element, ast.Name))
            return (names if len(names) == len(target.elts) else None), True
    return _NOWHERE


def _roots(targets: Iterable[ast.expr]) -> frozenset[str]:
    """Return the names that an assignment binds or changes: ``a``, ``b`` and ``c`` of ``a, b[0], c.x = f()``."""
    found: set[str] = set()
    waiting = list(targets)
    while waiting:
        target = waiting.pop()
        if isinstance(target, ast.Name):
            found.add(target.id)
        elif isinstance(target, (ast.Tuple, ast.List)):
            waiting += target.elts
        elif isinstance(target, (ast.Starred, ast.Subscript, ast.Attribute)):
            waiting.append(target.value)
    return frozenset(found)


def _changed(node: ast.Call) -> str | None:
    """Return the name whose value a call changes: of ``models.append(x)`` and ``next(values)``."""
    function = node.func
    if isinstance(function, ast.Name) and function.id == "next" and node.args:
        return next(iter(_roots(node.args[:1])), None)
    if isinstance(function, ast.Attribute) and function.attr in _CHANGING:
        return next(iter(_roots([function.value])), None)
    return None


def _callee(node: ast.Call) -> str:
    """Return the last name of what is called: ``fit`` of ``fit(x)`` and of ``steps.fit(x)``."""
    function = node.func
    if isinstance(function, ast.Name):
        return function.id
    return function.attr if isinstance(function, ast.Attribute) else ""


def _keys(call: ast.Call) -> Iterator[tuple[int | str, ast.expr]]:
    for place, argument in enumerate(call.args):
        yield ("*" if isinstance(argument, ast.Starred) else place), argument
    for word in call.keywords:
        yield word.arg or "**", word.value


def _names_read(node: ast.AST) -> frozenset[str]:
    return frozenset(
        child.id for child in ast.walk(node) if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Load)
    )


def _positions(node: ast.Call) -> Iterator[Position]:
    end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
    yield node.lineno, node.col_offset, end_line, end_column
    function = node.func
    if isinstance(function, ast.Attribute) and function.end_lineno != node.lineno:
        # The compiler moves the start of a method call of several lines to the attribute's name.
        line, column = function.end_lineno or node.lineno, function.end_col_offset or 0
        yield line, column - len(function.attr), end_line, end_column
