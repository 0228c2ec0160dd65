"""Which names are other names for things that were there before, or for parts of them."""

from __future__ import annotations

import ast
from typing import Any

from lineage.fingerprint.asked import Asked
from lineage.fingerprint.bindings import names_captured
from lineage.fingerprint.chains import alternatives, elements, roots, sources
from lineage.fingerprint.declarations import dotted

__all__ = ["Aliased"]


class Aliased(Asked):
    """The part of the walk that knows assignments, and whatever else binds a name to something."""

    def assign(self, node: ast.Assign) -> None:
        """Walk ``a = b``."""
        self.visit(node.value)
        self.visit_all(node.targets)
        for target in node.targets:
            self._alias(target, node.value)
            self.give(target)
            if isinstance(target, ast.Attribute):
                self._hold(target, node.value)

    def _hold(self, target: ast.Attribute, value: ast.expr) -> None:
        """Note that ``self.table = table or TABLE`` lets an object hold what is not its own."""
        owned = self.scope.owned
        if owned is not None and isinstance(target.value, ast.Name) and target.value.id == self.scope.receiver:
            owned.holds.setdefault(target.attr, []).extend(alternatives(value))

    def annotated(self, node: ast.AnnAssign) -> None:
        """Walk ``a: T = b``."""
        if node.value is not None:
            self.visit(node.value)
            if isinstance(node.target, ast.Attribute):
                self._hold(node.target, node.value)
        self.visit(node.target)
        if self.scope.kind == "class":
            self._annotations([node.annotation], weak=False)

    def augmented(self, node: ast.AugAssign) -> None:
        """Walk ``a += b``."""
        self.visit(node.value)
        chain = dotted(node.target)
        if chain is not None:
            self.load(chain)
            if isinstance(node.target, ast.Name):
                self.write(chain, deep=False)  # a list changes in place, for those too who hold it by another name
        self.visit(node.target)

    def named(self, node: ast.NamedExpr) -> None:
        """Walk ``a := b``."""
        self.visit(node.value)
        self._alias(node.target, node.value)
        scope = self.scope
        while scope.kind == "comprehension" and scope.outer is not None:
            scope = scope.outer
        here, self.scope = self.scope, scope
        self.bind(node.target.id)
        self.scope = here

    def _alias(self, target: ast.expr, value: ast.expr, is_part: bool = False) -> None:
        """Note that names may from now on be other names for what a value is made of."""
        pairs = [(target, value)]
        if isinstance(target, (ast.Tuple, ast.List)):
            self.note_gone_through([value])
            parts = value.elts if isinstance(value, (ast.Tuple, ast.List)) else []
            same = len(parts) == len(target.elts) and not any(isinstance(one, ast.Starred) for one in target.elts)
            pairs = list(zip(target.elts, parts if same else [value] * len(target.elts), strict=True))
        for name, part in pairs:
            if isinstance(name, ast.Name):
                copied = None if is_part or part is not value else sources(part)
                found = roots(part, self.looked_up) if copied is None else copied
                if part is value and name is not target:  # of what a call gives a part
                    found = [f"{one}.*" if one.endswith("()") else one for one in found]
                others = tuple(self._marked([root for root in found if root != name.id]))
                into = self.scope.aliases if copied is None else self.scope.copies
                if others:
                    into[name.id] = (*into.get(name.id, ()), *others)
            elif name is not target:
                self._alias(name, part, is_part)

    def _marked(self, others: list[str]) -> list[str]:
        """Write ``np`` of ``x = np.zeros(3)`` as ``np.()``: what has made a value; a module then is no part of it."""
        makers = {one.removesuffix(".*").rpartition(".")[0] for one in others if one.endswith(("()", "().*"))}
        return [
            f"{one}.()" if one in makers and ":" not in one and not self._is_local(one.partition(".")[0]) else one
            for one in others
        ]

    def comprehension(self, node: Any) -> None:
        """Walk a comprehension, which goes through its first iterable at once."""
        self.note_gone_through([node.generators[0].iter])
        super().comprehension(node)

    def generator(self, node: ast.comprehension) -> None:
        """Note that the names of a comprehension are other names for elements."""
        self._alias(node.target, elements(node.iter), is_part=True)

    def starred(self, node: ast.Starred) -> None:
        """Walk ``*a``."""
        if node.ctx.__class__ is ast.Load:
            self.note_gone_through([node.value])
        self.visit(node.value)

    def matching(self, node: ast.Match) -> None:
        """Walk a match statement: its patterns give names to parts of what is matched."""
        self.visit(node.subject)
        self.note_operators((node.subject,))
        for case in node.cases:
            before = set(self.given)
            for name in names_captured(case.pattern):
                self._alias(name, node.subject, is_part=True)
                self.give(name)
            self.visit(case)
            self.given = before

    def with_item(self, node: ast.withitem) -> None:
        """Walk ``with a as b``."""
        self.visit(node.context_expr)
        chain = dotted(node.context_expr)
        if chain is not None and not self.late:
            self.facts.calls.extend((f"{chain}.{method}", 0, ()) for method in ("__enter__", "__exit__"))
        if node.optional_vars is not None:
            self.visit(node.optional_vars)
            self._alias(node.optional_vars, node.context_expr)
            self.give(node.optional_vars)

    def loop(self, node: ast.For | ast.AsyncFor) -> None:
        """Walk a ``for``."""
        self.visit(node.iter)
        self.note_gone_through([node.iter])
        self.visit(node.target)
        self._alias(node.target, elements(node.iter), is_part=True)
        before = set(self.given)
        self.give(node.target)
        self.block(node.body)
        self.given = before
        self.block(node.orelse)
