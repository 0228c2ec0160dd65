"""What an object may do that is asked something, or has something in it called, while a module is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from lineage.fingerprint.chains import root, roots
from lineage.fingerprint.declarations import dotted
from lineage.fingerprint.named import Named
from lineage.fingerprint.units import RUNS

__all__ = ["Asked"]


class Asked(Named):
    """The part of the walk that knows calls that nobody has written: operators, properties, what loops call."""

    def note_applied(self, node: ast.Call) -> None:
        """Note ``map(put, items)`` as a call of ``put`` with what is in the items."""
        functions = [*node.args[:1], *(word.value for word in node.keywords if word.arg == "key")]
        called = [dotted(function) for function in functions]
        given = tuple(one for value in node.args[1:] for one in [root(value)] if one is not None)
        self.facts.calls.extend((chain, 0, given) for chain in called if chain is not None)

    def note_gone_through(self, values: Iterable[ast.expr]) -> None:
        """Note who is iterated while the module is imported: an iterator has less in it afterwards."""
        chains = () if self.late else tuple(one for one in map(dotted, values) if one is not None)
        if chains:
            self.facts.calls.append(("iter", 5, chains))

    def operation(self, node: ast.expr) -> None:
        """Walk an expression that asks what is in it: ``a + b``, ``a < b``, ``not a``, ``f"{a}"``."""
        for field in node._fields:
            value = getattr(node, field)
            if value.__class__ is list:
                self.visit_all(value)
            elif isinstance(value, ast.AST):
                self.visit(value)
            self.note_operators(value if value.__class__ is list else (value,))

    def conditional(self, node: ast.If) -> None:
        """Walk an ``if``, which asks what it tests whether it is true."""
        self.note_operators((node.test,))
        super().conditional(node)

    def note_operators(self, values: Iterable[ast.AST]) -> None:
        """Note that objects are asked by an operator, or by a builtin that stands for one."""
        for value in () if self.late else values:
            if isinstance(value, (ast.Name, ast.Attribute)):
                self.note_operator(value)

    def note_operator(self, node: ast.AST) -> None:
        """Note that an object is asked by an operator while the module is imported; its class says what that does."""
        chain = None if self.late else dotted(node)
        if chain is not None:
            self.facts.calls.append((chain, 4, ()))

    def note_attribute(self, chain: str) -> None:
        """Note that an object is asked for an attribute while the module is imported: a property is called then."""
        self.facts.calls.append((chain, 6, ()))

    def note_held_called(self, function: ast.expr) -> None:
        """Note that ``HOOKS["a"]()`` or ``HOOKS.get("a")()`` calls what is in something."""
        if isinstance(function, (ast.BoolOp, ast.Call, ast.IfExp, ast.Subscript)):
            self.note_all_called(roots(function, self.looked_up))
            if isinstance(function, ast.Call) and dotted(function.func) == "getattr" and len(function.args) > 1:
                self._note_method_called(function)

    def _note_method_called(self, function: ast.Call) -> None:
        """Note that ``getattr(store, name)(2)`` calls some method of an object, where its name is known that one."""
        owner, name = dotted(function.args[0]), self.fold(function.args[1])
        if owner is not None:
            method = f"{owner}.{name if name is not None and name.isidentifier() else '*'}"
            self.load(method)
            if not self.late:
                self.facts.calls.append((method, 0, ()))

    def note_element_called(self, chain: str) -> None:
        """Note that ``hook()`` calls what is in ``HOOKS``, where ``hook`` is the variable of a loop or a local name."""
        head = chain.partition(".")[0]
        scope = self.scope
        while scope is not self.module and head not in scope.aliases and scope.outer is not None:
            scope = scope.outer
        if head in scope.aliases and (scope is not self.module or head in self.given):
            self.note_all_called(scope.aliases[head])

    def note_all_called(self, chains: Iterable[str]) -> None:
        """Note that whatever is in something is called."""
        if self.late:
            self.facts.flags |= RUNS
        else:
            self.facts.calls.extend((chain, 7, ()) for chain in self.bound_before(tuple(chains)))
