"""What a top-level statement refers to, changes and calls.

References are dotted chains (``helpers.clean``) whose first part is a global name of the module. A name that a function
imports for itself is written ``level:module:rest`` (``0:helpers:clean``, ``1::text.norm``), since it is no global.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from lineage.fingerprint.aliases import Aliased
from lineage.fingerprint.chains import argument_chains, fresh_attribute, roots
from lineage.fingerprint.declarations import dotted
from lineage.fingerprint.facts import (
    APPLIERS,
    CHANGERS,
    FITTERS,
    HARMLESS,
    IMPORTERS,
    MUTATORS,
    PURE,
    TELLING,
    Facts,
    words,
)
from lineage.fingerprint.named import DISTRIBUTIONS, LISTERS, LOCATORS
from lineage.fingerprint.quoted import MARKING, evaluates, looks_around, names_in, quoted
from lineage.fingerprint.replacing import REPLACING, patched
from lineage.fingerprint.units import ALL_MODULES, CALLS, DOCS, DYNAMIC, MUTATES, WILD
from lineage.fingerprint.walker import EVALUATORS, Fold, Scope

__all__ = ["read_facts"]

GOING_THROUGH = words("all any dict enumerate filter frozenset iter list map max min reversed set sorted sum tuple zip")
ASKING = words("abs bool bytes complex divmod float format hash int len next pow print repr round str")


def read_facts(
    statement: ast.AST, ours: Callable[[ast.expr], str | None], fold: Fold, origin: Callable[[str], str]
) -> Facts:
    """Read one top-level statement.

    Parameters
    ----------
    statement : ast.AST
        The statement.
    ours : callable
        Says which of this library's decorators an expression is.
    fold : callable
        The text that an expression evaluates to, as far as it is known: with a trailing ``*`` where the rest is not,
        ``None`` where nothing is. Its second argument says which names are local, and so no constants of the module.
    origin : callable
        Applies the file's imports to a dotted name.
    """
    walker = _Walker(ours, fold, origin)
    walker.statement = statement
    walker.visit(statement)
    return walker.finish()


class _Walker(Aliased):
    def finish(self) -> Facts:
        facts = self.facts
        facts.refs.update(self.module.loads)
        facts.writes.update(self.module.writes)
        facts.deep.update(dict.fromkeys(sorted(self.module.deep)) if self.module.deep else ())
        self.given = self.ever_given
        for others in self.module.aliases.values():
            facts.aliases.update(dict.fromkeys(self.bound_before(others)))
        for others in self.module.copies.values():
            facts.copies.update(dict.fromkeys(self.bound_before(others)))
        if facts.deep:
            facts.deep = {chain: None for chain in facts.deep if chain in facts.writes or chain in facts.late_writes}
        for name in EVALUATORS & facts.refs.keys():
            # eval() reads; the others can bind names, which matters while the module is being imported.
            facts.flags |= DYNAMIC
            if name != "eval" and name in self.module.loads:
                facts.flags |= WILD if any(call[0] == name for call in facts.calls) else 0
        return facts

    def name(self, node: ast.Name) -> None:
        name, scope = node.id, self.scope
        if node.ctx.__class__ is not ast.Load:
            self.bind(name)
            if node.ctx.__class__ is ast.Del:
                self.given.discard(name)
        elif name in TELLING or scope.kind == "class":
            self.load(name)
            if not self.late and name not in scope.bound:
                self.note_attribute(name)  # of several values that it may have the one of this moment
        elif name not in self.given or scope is not self.module:
            scope.loads[name] = None

    def attribute(self, node: ast.Attribute) -> None:
        if node.attr in TELLING:
            self._telling(node.attr)
        chain = dotted(node)
        if chain is None:
            self.visit(node.value)
            if node.ctx.__class__ is not ast.Load:
                self._write_into(node.value)
            return
        self.load(chain)
        if node.ctx.__class__ is not ast.Load:
            self._write_attribute(chain)
        elif node.attr in MUTATORS:
            self._hand_over(chain.rpartition(".")[0])
        elif not self.late:
            self.note_attribute(chain)

    def _hand_over(self, owner: str) -> None:
        """Note ``map(REG.append, names)``: a method that changes its object is given to somebody."""
        if not self.late:
            self.facts.calls.append(("next", 3, (owner,)))
        elif self._origin(owner) == owner:
            self.write(owner)

    def _write_attribute(self, chain: str) -> None:
        if self.hook and chain.count(".") == 1 and chain.partition(".")[0] == self.scope.receiver:
            return  # cls.tag = ... in __init_subclass__ changes the new class alone
        # self.x = ... is of the object alone, where self.x.append() may change what the class has.
        self.write(chain + "=" if self._is_receiver(chain) else chain)

    def _is_receiver(self, chain: str) -> bool:
        head, _, rest = chain.partition(".")
        scope: Scope | None = self.scope
        while scope is not None and head not in scope.bound:
            scope = scope.outer
        return scope is not None and scope.owned is not None and head == scope.receiver and "." not in rest

    def subscript(self, node: ast.Subscript) -> None:
        chain = dotted(node.value)
        self.environment(chain, node.slice)
        if chain == "sys.modules":
            self._sys_modules(node)
        else:
            self.visit(node.value)
        self.visit(node.slice)
        if node.ctx.__class__ is not ast.Load:
            self._write_into(node.value)
        else:
            self.note_operator(node.value)

    def _write_into(self, node: ast.AST) -> None:
        deep = dotted(node) is None
        for chain in self._marked(roots(node, self.looked_up)):
            self.write(chain, deep)
        fresh = fresh_attribute(node)
        if fresh is not None:
            self.write(fresh, deep)

    def _sys_modules(self, node: ast.Subscript) -> None:
        if isinstance(node.slice, ast.Name) and node.slice.id == "__name__":
            self.facts.flags |= DYNAMIC if self.late else DYNAMIC | WILD
        elif isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
            self.facts.refs[f"0:{node.slice.value}:"] = None
        else:
            self.facts.flags |= ALL_MODULES

    # Calls

    def expression(self, node: ast.Expr) -> None:
        value = node.value
        if isinstance(value, ast.Await):
            value = value.value
        if isinstance(value, ast.Call):
            self.call(value, bare=True)
            return
        self.visit(value)
        if isinstance(value, ast.BinOp):
            # load >> train: an operator that is used for nothing but its effect changes what stands left and right.
            self._operands(value)

    def _operands(self, node: ast.expr) -> None:
        if isinstance(node, ast.BinOp):
            self._operands(node.left)
            self._operands(node.right)
        else:
            self._write_into(node)

    def call(self, node: ast.Call, bare: bool = False) -> None:
        chain = dotted(node.func)
        if chain is not None and self._special_call(chain, node):
            return
        if isinstance(node.func, ast.Attribute) and node.func.attr in MARKING:
            self._quoted(node, marked=True)
        if chain is None:
            self.select_entry_points(node)
            self.visit(node.func)
            self.note_held_called(node.func)
            if bare or (isinstance(node.func, ast.Attribute) and node.func.attr in MUTATORS):
                self._bare_on_value(node.func)
            if isinstance(node.func, ast.Lambda) or (bare and not _is_harmless(node.func)):
                self._change_arguments(argument_chains(node))
        else:
            self.load(chain)
            self._record_call(chain, bare, node)
        changes = self.facts.flags & MUTATES
        self.visit_all(node.args)
        self.visit_all(word.value for word in node.keywords)
        if chain in APPLIERS and node.args and isinstance(node.args[0], ast.Lambda):
            self.note_all_called(_roots_of_all(node.args[1:]))
        if chain in APPLIERS and not changes and self.facts.flags & MUTATES and isinstance(node.args[0], ast.Lambda):
            self._change_arguments(_roots_of_all(node.args[1:]))

    def _change_arguments(self, chains: tuple[str, ...]) -> None:
        if not self.late:
            self.facts.calls.append(("next", 3, chains))
        for chain in chains if self.late else ():
            self.write(chain)

    def _bare_on_value(self, function: ast.expr) -> None:
        """``get_registry().add(f)`` changes what the call gives, ``REG["a"].append(f)`` what is in REG."""
        if not isinstance(function, ast.Attribute) or _is_harmless(function):
            return
        self._write_into(function.value)

    def _record_call(self, chain: str, bare: bool, node: ast.Call) -> None:
        owner, _, method = chain.rpartition(".")
        changes = method in MUTATORS or method in FITTERS
        mutator = bool(owner) and (changes or (bare and method not in HARMLESS))
        arguments = () if chain in PURE or method in HARMLESS else argument_chains(node)
        changer = method in CHANGERS or (mutator and owner in ("dict", "list", "set", "object", "type"))
        if not self.late:
            arguments = self.bound_before(arguments) if arguments else ()
            mode = 2 if bare else 3 if changer else int(mutator)
            if mutator and self._is_of_block(owner.partition(".")[0]):
                # What a library made for the block alone is no part of that library.
                self._change_arguments(self.bound_before((owner,), method not in MUTATORS))
                mode = 0
            self.facts.calls.append((chain, mode, arguments))
            self._note_keywords(owner, node)
            self.note_element_called(chain)
            if method in APPLIERS:
                self.note_applied(node)
            if chain in GOING_THROUGH:
                self.note_gone_through(node.args)
            elif chain in ASKING:
                self.note_operators(node.args)
            return
        if not owner and self._is_given(chain):
            self.facts.flags |= CALLS
        self.note_element_called(chain)
        if mutator:
            self.write(owner, method not in MUTATORS)
        for argument in arguments:
            if bare or changer:
                self.write(argument)
            elif self._is_local(argument.partition(".")[0]):
                self.facts.passes[chain] = None

    def _note_keywords(self, owner: str, node: ast.Call) -> None:
        """Note what ``np.add(A, B, out=A)`` and ``df.drop(..., inplace=True)`` change."""
        for word in node.keywords:
            if word.arg == "out":
                self._write_into(word.value)
            elif word.arg == "inplace" and owner:
                self.write(owner, deep=False)

    def _is_given(self, name: str) -> bool:
        """Whether a name is a parameter of the present function, or an element of one."""
        scope = self.scope
        while scope.kind == "comprehension" and scope.outer is not None:
            scope = scope.outer
        return name in scope.params or not scope.params.isdisjoint(scope.aliases.get(name, ()))

    def _is_of_block(self, name: str) -> bool:
        """Whether a name is of the present loop, comprehension or class body, and no other statement gives it."""
        return self._is_local(name) or (self.scope is self.module and name in self.given)

    def _special_call(self, chain: str, node: ast.Call) -> bool:
        origin = self._origin(chain)
        last = origin.rpartition(".")[2]
        for reference in patched(origin, node, self.fold) if last in REPLACING else ():
            self.write(reference)
        if chain in ("getattr", "hasattr", "setattr", "delattr") and len(node.args) >= 2:
            return self._attribute_call(chain, node)
        if evaluates(origin):
            self._quoted(node, marked=False)
        if (last in IMPORTERS or origin in LOCATORS) and node.args:
            self.import_call(node, last, origin)
        elif looks_around(origin):
            self.facts.flags |= DYNAMIC | DOCS
        elif last in DISTRIBUTIONS and "metadata" in origin and node.args:
            self.distribution(self.fold(node.args[0]))
        elif last in ("entry_points", "iter_entry_points") and node is not self.selected:
            self.entry_points(node)
        elif last in LISTERS and node.args:
            self.list_modules(node.args[0])
        elif last in ("getenv", "get") and node.args:
            self.environment(chain, node.args[0])
        elif chain in ("vars", "dir") and not node.args:
            self.facts.flags |= DYNAMIC if self.late else DYNAMIC | WILD
        elif (chain == "locals" and not self.late and self.scope.kind == "module") or (
            chain == "exec" and not self.late
        ):
            self.facts.flags |= DYNAMIC | WILD
        return False

    def _attribute_call(self, function: str, node: ast.Call) -> bool:
        """Read ``getattr(x, "name")`` as ``x.name``; return False where the object is no chain."""
        owner = dotted(node.args[0])
        if owner is None:
            if function in ("setattr", "delattr"):
                self._write_into(node.args[0])
            return False
        name = self.fold(node.args[1])
        known = name is not None and name.isidentifier()
        self.load(function)
        if function in ("setattr", "delattr"):
            self.load(f"{owner}.{name}" if known else owner)
            self.write(f"{owner}.{name}" if known else f"{owner}.*")
        else:
            self.load(f"{owner}.{name}" if known else owner)
            if name in TELLING:
                self._telling(name)
        self.visit_all(node.args[1:])
        return True

    def _quoted(self, node: ast.Call, marked: bool) -> None:
        """Read the names in a text that is evaluated with the variables of who calls."""
        for argument, text in quoted(node, self.statement, self.fold):
            for chain in () if text is None else names_in(text, marked):
                self.load(chain)
            if text is None and not marked and not isinstance(argument, ast.Constant):
                self.facts.flags |= DYNAMIC


def _roots_of_all(nodes: list[ast.expr]) -> tuple[str, ...]:
    return tuple(one for node in nodes for one in roots(node))


def _is_harmless(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and function.attr in HARMLESS


_METHODS: dict[type[ast.AST], Callable[[_Walker, Any], None] | None] = {
    ast.Name: _Walker.name,
    ast.Attribute: _Walker.attribute,
    ast.Subscript: _Walker.subscript,
    ast.BinOp: _Walker.operation,
    ast.BoolOp: _Walker.operation,
    ast.Compare: _Walker.operation,
    ast.FormattedValue: _Walker.operation,
    ast.IfExp: _Walker.operation,
    ast.UnaryOp: _Walker.operation,
    ast.Expr: _Walker.expression,
    ast.Call: _Walker.call,
    ast.Assign: _Walker.assign,
    ast.AnnAssign: _Walker.annotated,
    ast.AugAssign: _Walker.augmented,
    ast.NamedExpr: _Walker.named,
    ast.withitem: _Walker.with_item,
    ast.Starred: _Walker.starred,
    ast.If: _Walker.conditional,
    ast.While: _Walker.branches,
    ast.With: _Walker.branches,
    ast.AsyncWith: _Walker.branches,
    ast.Try: _Walker.branches,
    ast.TryStar: _Walker.branches,
    ast.Match: _Walker.matching,
    ast.match_case: _Walker.branches,
    ast.For: _Walker.loop,
    ast.AsyncFor: _Walker.loop,
    ast.Import: _Walker.imports,
    ast.ImportFrom: _Walker.imports_from,
    ast.FunctionDef: _Walker.function,
    ast.AsyncFunctionDef: _Walker.function,
    ast.Lambda: _Walker.lambda_,
    ast.ClassDef: _Walker.class_,
    ast.ListComp: _Walker.comprehension,
    ast.SetComp: _Walker.comprehension,
    ast.DictComp: _Walker.comprehension,
    ast.GeneratorExp: _Walker.comprehension,
    ast.Return: _Walker.return_,
    ast.Yield: _Walker.yield_,
    ast.YieldFrom: _Walker.yield_,
    ast.Global: _Walker.declare,
    ast.Nonlocal: _Walker.declare,
    ast.ExceptHandler: _Walker.handler,
    ast.MatchAs: _Walker.capture,
    ast.MatchStar: _Walker.capture,
    ast.MatchMapping: _Walker.capture,
}
_METHODS.update(
    (kind, None)
    for family in (ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.expr_context)
    for kind in family.__subclasses__()
)
_METHODS.update(dict.fromkeys((ast.Constant, ast.Pass)))
_Walker.methods.update(_METHODS)
