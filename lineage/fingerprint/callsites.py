"""Where the value of each call in a pipeline's body goes, and which of its arguments a loop changes.

The names of step calls and artifacts are made of this (`lineage.declare.naming`), so that they come from what the user
wrote and never from the position of a call.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

__all__ = ["call_sites"]

Position = tuple[int, int, int, int]
Packed = tuple[Any, ...]
Target = tuple[tuple[str, ...] | None, bool]

_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_NOWHERE: Target = ((), False)


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
    walker = _Walker(function.name)
    for statement in function.body:
        walker.visit(statement, None)
    yield from walker.found


class _Walker:
    def __init__(self, function: str) -> None:
        self.function = function
        self.found: list[tuple[Position, Packed]] = []

    def visit(self, node: ast.AST, loop: frozenset[str] | None, target: Target = _NOWHERE) -> None:
        """Walk a node; `loop` holds the names that the loops around it bind, ``None`` outside of any."""
        if isinstance(node, ast.Call):
            self._call(node, loop, target)
        elif isinstance(node, ast.IfExp):
            self.visit(node.test, loop)
            self.visit(node.body, loop, target)
            self.visit(node.orelse, loop, target)
        elif isinstance(node, ast.NamedExpr):
            self.visit(node.value, loop, ((node.target.id,), False))
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            self._assign(node, loop)
        elif isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
            self._loop(node, loop)
        elif isinstance(node, _COMPREHENSIONS):
            self._comprehension(node, loop)
        elif isinstance(node, _SCOPES):
            for child in ast.iter_child_nodes(node):
                self.visit(child, None)  # a loop around a nested function is not a loop inside it
        else:
            for child in ast.iter_child_nodes(node):
                self.visit(child, loop)

    def _call(self, node: ast.Call, loop: frozenset[str] | None, target: Target) -> None:
        varying = () if not loop else tuple(_varying(node, loop))
        packed = (target[0], target[1], loop is not None, varying, self.function)
        self.found.extend((position, packed) for position in _positions(node))
        for child in ast.iter_child_nodes(node):
            self.visit(child, loop)

    def _assign(self, node: ast.Assign | ast.AnnAssign, loop: frozenset[str] | None) -> None:
        targets: list[ast.expr] = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            self.visit(target, loop)
        if node.value is not None:
            self.visit(node.value, loop, _bound(targets))

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While, loop: frozenset[str] | None) -> None:
        if isinstance(node, ast.While):
            bound = (loop or frozenset()) | _names_bound(node)
            self.visit(node.test, bound)
        else:
            self.visit(node.iter, loop)
            bound = (loop or frozenset()) | _names_bound(node)
        for child in node.body:
            self.visit(child, bound)
        for child in node.orelse:
            self.visit(child, loop)

    def _comprehension(self, node: Any, loop: frozenset[str] | None) -> None:
        inner = (loop or frozenset()) | _names_bound(node)
        self.visit(node.generators[0].iter, loop)
        for place, generator in enumerate(node.generators):
            if place:
                self.visit(generator.iter, inner)
            for condition in generator.ifs:
                self.visit(condition, inner)
        for part in ("key", "value", "elt"):
            child = getattr(node, part, None)
            if child is not None:
                self.visit(child, inner)


def _bound(targets: list[ast.expr]) -> Target:
    """Return the names that an assignment binds its value to; of ``a = b = f()`` the first."""
    for target in targets:
        if isinstance(target, ast.Name):
            return (target.id,), False
        if isinstance(target, (ast.Tuple, ast.List)):
            names = tuple(element.id for element in target.elts if isinstance(element, ast.Name))
            return (names if len(names) == len(target.elts) else None), True
    return _NOWHERE


def _names_bound(loop: ast.AST) -> frozenset[str]:
    """Return every name that a loop binds: its targets, and what its body assigns, which may differ each time."""
    return frozenset(
        child.id for child in ast.walk(loop) if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store)
    )


def _varying(call: ast.Call, names: frozenset[str]) -> Iterator[int | str]:
    for place, argument in enumerate(call.args):
        if _reads(argument, names):
            yield "*" if isinstance(argument, ast.Starred) else place
    for word in call.keywords:
        if _reads(word.value, names):
            yield word.arg or "**"


def _reads(node: ast.AST, names: frozenset[str]) -> bool:
    return any(isinstance(child, ast.Name) and child.id in names for child in ast.walk(node))


def _positions(node: ast.Call) -> Iterator[Position]:
    end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
    yield node.lineno, node.col_offset, end_line, end_column
    function = node.func
    if isinstance(function, ast.Attribute) and function.end_lineno != node.lineno:
        # The compiler moves the start of a method call of several lines to the attribute's name.
        line, column = function.end_lineno or node.lineno, function.end_col_offset or 0
        yield line, column - len(function.attr), end_line, end_column
