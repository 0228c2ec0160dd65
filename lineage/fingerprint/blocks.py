"""Walks the blocks of a statement, and knows which names it has bound itself when it comes to a place in them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from lineage.fingerprint.collected import Scope, unaliased
from lineage.fingerprint.settled import types_only

__all__ = ["Walk"]

_BLOCKS = frozenset({"body", "orelse", "handlers", "finalbody"})


class Walk:
    """The walk through a tree, block by block."""

    #: By kind of node; ``None`` for what holds nothing, such as operators.
    methods: ClassVar[dict[type[ast.AST], Callable[[Any, Any], None] | None]] = {}

    def __init__(self) -> None:
        self.module = Scope("module", None)
        self.scope = self.module
        self.late = 0
        #: Names of the module that what is walked at the moment has bound itself, whatever else binds them.
        self.given: set[str] = set()
        self.ever_given: set[str] = set()

    def visit(self, node: ast.AST) -> None:
        """Walk a node by the method for its kind, else its children."""
        method = self.methods.get(node.__class__, _children)
        if method is not None:
            method(self, node)

    def visit_all(self, nodes: Iterable[ast.AST | None]) -> None:
        """Walk several nodes."""
        methods = self.methods
        for node in nodes:
            if node is not None:
                method = methods.get(node.__class__, _children)
                if method is not None:
                    method(self, node)

    def give(self, target: ast.expr) -> None:
        """Note that the names of a target are bound for what follows in the block: no other statement gives them."""
        if self.scope is not self.module:
            return
        if isinstance(target, ast.Name):
            self.given.add(target.id)
            self.ever_given.add(target.id)
        elif not isinstance(target, (ast.Attribute, ast.Subscript)):
            names = [one.id for one in ast.walk(target) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)]
            self.given.update(names)
            self.ever_given.update(names)

    def block(self, body: list[Any]) -> None:
        """Walk statements of which nobody knows afterwards whether they were executed."""
        if self.late:
            self.visit_all(body)
            return
        before = set(self.given)
        self.visit_all(body)
        self.given = before & self.given

    def branches(self, node: ast.AST) -> None:
        """Walk a statement with blocks: what is beside them is always executed."""
        if self.late:
            _children(self, node)
            return
        for field in node._fields:
            value = getattr(node, field, None)
            if field in _BLOCKS:
                self.block(value or [])
            elif value.__class__ is list:
                self.visit_all(value)
            elif isinstance(value, ast.AST):
                self.visit(value)

    def conditional(self, node: ast.If) -> None:
        """Walk an ``if``, of one for a type checker what is executed."""
        only = types_only(node.test)
        if only is None:
            self.branches(node)
        else:
            self.visit_all(node.orelse if only else node.body)

    def bound_before(self, chains: tuple[str, ...], deep: bool = True) -> tuple[str, ...]:
        """Return what chains are other names for, as far as they begin with a name that is bound here itself."""
        scope = self.scope
        while scope.kind == "comprehension" and scope.outer is not None:
            chains = tuple(chain for chain, _ in unaliased(scope, chains))
            scope = scope.outer
        if not self.given or scope is not self.module:
            return chains
        found: dict[str, None] = {}
        pending = list(chains)
        seen = set(pending)
        for chain in pending:
            head = chain.partition(".")[0].removesuffix("()")
            if head not in self.given:
                found[chain] = None
                continue
            same = self.module.aliases.get(head, ())
            copied = self.module.copies.get(head, ()) if deep or chain not in chains else ()
            others = [one for one in (*same, *copied) if one not in seen]
            seen.update(others)
            pending += others
        return tuple(found)


def _children(walker: Walk, node: ast.AST) -> None:
    """Walk what a node without a method of its own holds."""
    for field in node._fields:
        value = getattr(node, field, None)
        if value.__class__ is list:
            for child in value:
                if isinstance(child, ast.AST):
                    walker.visit(child)
        elif isinstance(value, ast.AST):
            walker.visit(value)
