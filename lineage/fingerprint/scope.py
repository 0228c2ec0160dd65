"""What a top-level statement refers to, changes and calls.

References are dotted chains (``helpers.clean``) whose first part is a global name of the module. A name that a function
imports for itself is written ``level:module:rest`` (``0:helpers:clean``, ``1::text.norm``), since it is no global.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from lineage.fingerprint.chains import argument_chains, root, roots
from lineage.fingerprint.declarations import dotted
from lineage.fingerprint.facts import APPLIERS, CHANGERS, HARMLESS, IMPORTERS, MUTATORS, PURE, TELLING, Facts, words
from lineage.fingerprint.quoted import MARKING, evaluates, looks_around, names_in, quoted
from lineage.fingerprint.replacing import REPLACING, patched
from lineage.fingerprint.units import ALL_MODULES, DOCS, DYNAMIC, WILD
from lineage.fingerprint.walker import EVALUATORS, Fold, Scope, Scopes

__all__ = ["read_facts"]

GOING_THROUGH = words("all any dict enumerate filter frozenset list map max min set sorted sum tuple zip")
LISTERS = frozenset(("iter_modules", "walk_packages"))
LOCATORS = frozenset(
    (
        *("pydoc.locate", "pkgutil.resolve_name", "runpy.run_module", "werkzeug.utils.import_string"),
        *("django.utils.module_loading.import_string", "hydra.utils.instantiate", "hydra.utils.call"),
        *("hydra.utils.get_class", "hydra.utils.get_method", "hydra.utils.get_object"),
    )
)
DISTRIBUTIONS = frozenset(("distribution", "files", "metadata", "requires", "version"))


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


class _Walker(Scopes):
    statement: ast.AST
    _selected: ast.Call | None = None

    def finish(self) -> Facts:
        facts = self.facts
        facts.refs.update(self.module.loads)
        facts.writes.update(self.module.writes)
        for others in self.module.aliases.values():
            facts.aliases.update(dict.fromkeys(others))
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
        elif name in TELLING or scope.kind == "class":
            self.load(name)
        else:
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
        self._environment(chain, node.slice)
        if chain == "sys.modules":
            self._sys_modules(node)
        else:
            self.visit(node.value)
        self.visit(node.slice)
        if node.ctx.__class__ is not ast.Load:
            self._write_into(node.value)
        else:
            self._note_operator(node.value)

    def _write_into(self, node: ast.AST) -> None:
        for chain in roots(node, self._looked_up):
            self.write(chain)

    def _looked_up(self, node: ast.expr) -> str | None:
        """Return a reference to a module that is looked up by name: ``import_module("a")``, ``sys.modules["a"]``."""
        if isinstance(node, ast.Call):
            last = self._origin(dotted(node.func) or "").rpartition(".")[2]
            name = self._module_name(node) if last in ("import_module", "__import__") and node.args else None
        elif isinstance(node, ast.Subscript) and self._origin(dotted(node.value) or "") == "sys.modules":
            name = self.fold(node.slice)
        else:
            name = None
        if not name or not all(part.isidentifier() for part in name.lstrip(".").split(".")):
            return None
        return f"{len(name) - len(name.lstrip('.'))}:{name.lstrip('.')}:"

    def _sys_modules(self, node: ast.Subscript) -> None:
        if isinstance(node.slice, ast.Name) and node.slice.id == "__name__":
            self.facts.flags |= DYNAMIC if self.late else DYNAMIC | WILD
        elif isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
            self.facts.refs[f"0:{node.slice.value}:"] = None
        else:
            self.facts.flags |= ALL_MODULES

    def _environment(self, chain: str | None, key: ast.expr) -> None:
        if chain in ("os.environ", "environ", "os.getenv", "getenv", "os.environ.get", "environ.get"):
            name = self.fold(key)
            if name is not None and not name.endswith("*"):
                self.facts.environment[name] = None

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
            self._select_entry_points(node)
            self.visit(node.func)
            if bare or (isinstance(node.func, ast.Attribute) and node.func.attr in MUTATORS):
                self._bare_on_value(node.func)
            if isinstance(node.func, ast.Lambda) or (bare and not _is_harmless(node.func)):
                self._change_arguments(argument_chains(node))
        else:
            self.load(chain)
            self._record_call(chain, bare, node)
        self.visit_all(node.args)
        self.visit_all(word.value for word in node.keywords)

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
        mutator = bool(owner) and (method in MUTATORS or (bare and method not in HARMLESS))
        arguments = () if chain in PURE or method in HARMLESS else argument_chains(node)
        changer = method in CHANGERS or (mutator and owner in ("dict", "list", "set", "object", "type"))
        if not self.late:
            self.facts.calls.append((chain, 2 if bare else 3 if changer else int(mutator), arguments))
            if method in APPLIERS:
                self._note_applied(node)
            if chain in GOING_THROUGH:
                self._note_gone_through(node.args)
            return
        if mutator:
            self.write(owner)
        for argument in arguments:
            if bare or changer:
                self.write(argument)
            elif self._is_local(argument.partition(".")[0]):
                self.facts.passes[chain] = None

    def _note_applied(self, node: ast.Call) -> None:
        """Note ``map(put, items)`` as a call of ``put`` with what is in the items."""
        functions = [*node.args[:1], *(word.value for word in node.keywords if word.arg == "key")]
        called = [dotted(function) for function in functions]
        given = tuple(one for value in node.args[1:] for one in [root(value)] if one is not None)
        self.facts.calls.extend((chain, 0, given) for chain in called if chain is not None)

    def _note_gone_through(self, values: list[ast.expr]) -> None:
        """Note who is iterated while the module is imported: an iterator has less in it afterwards."""
        chains = () if self.late else tuple(one for one in map(dotted, values) if one is not None)
        if chains:
            self.facts.calls.append(("iter", 5, chains))

    def binary(self, node: ast.BinOp) -> None:
        self.visit(node.left)
        self.visit(node.right)
        for operand in () if self.late else (node.left, node.right):
            self._note_operator(operand)

    def _note_operator(self, node: ast.expr) -> None:
        """Note that an object is asked by an operator while the module is imported; its class says what that does."""
        chain = None if self.late else dotted(node)
        if chain is not None:
            self.facts.calls.append((chain, 4, ()))

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
            self._import_call(node, last, origin)
        elif looks_around(origin):
            self.facts.flags |= DYNAMIC | DOCS
        elif last in DISTRIBUTIONS and "metadata" in origin and node.args:
            self._distribution(self.fold(node.args[0]))
        elif last in ("entry_points", "iter_entry_points") and node is not self._selected:
            self._entry_points(node)
        elif last in LISTERS and node.args:
            self._list_modules(node.args[0])
        elif last in ("getenv", "get") and node.args:
            self._environment(chain, node.args[0])
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

    def _distribution(self, name: str | None) -> None:
        if name is not None and not name.endswith("*"):
            self.facts.environment[f"={name}"] = None

    def _entry_points(self, node: ast.Call) -> None:
        """Note whose entry points are asked for: the packages that provide them count."""
        words = [word.value for word in node.keywords if word.arg == "group"] or node.args[:1]
        name = self.fold(words[0]) if words else None
        self.facts.environment["=[*]" if name is None or name.endswith("*") else f"=[{name}]"] = None

    def _select_entry_points(self, node: ast.Call) -> None:
        """Read ``entry_points().select(group="a")`` as ``entry_points(group="a")``."""
        of = node.func.value if isinstance(node.func, ast.Attribute) and node.func.attr == "select" else None
        if isinstance(of, ast.Call) and self._origin(dotted(of.func) or "").rpartition(".")[2] == "entry_points":
            self._selected = of
            self._entry_points(node)

    def _list_modules(self, path: ast.expr) -> None:
        """Take ``iter_modules(plugins.__path__)`` for an import of all: hardly anybody wants their names alone."""
        if isinstance(path, ast.Name) and path.id == "__path__":
            self.facts.dynamic_imports["{__name__}.*"] = None
        elif isinstance(path, ast.Attribute) and path.attr == "__path__":
            chain = dotted(path.value) or ""
            package = self._origin(chain)
            if package == chain and self._is_local(chain.partition(".")[0]):
                self.facts.dynamic_imports["*"] = None  # whatever package the function is given
            elif package:
                self.facts.dynamic_imports[f"{package}.*"] = None

    def _import_call(self, node: ast.Call, function: str, origin: str) -> None:
        name = self._module_name(node) if function == "import_module" else self.fold(node.args[0])
        if name is not None:
            self.facts.dynamic_imports[name.replace(":", ".")] = None
        elif function in ("import_module", "__import__") or origin in LOCATORS:
            self.facts.dynamic_imports["*"] = None

    def _module_name(self, node: ast.Call) -> str | None:
        """Return the name of a module that a call imports, absolute where it is relative to a named package."""
        name = self.fold(node.args[0])
        anchors = [*node.args[1:2], *(word.value for word in node.keywords if word.arg == "package")]
        package = self.fold(anchors[0]) if anchors and name and name.startswith(".") else None
        if name is None or not package or not package[-1:].isidentifier() or "{" in package:
            return name
        above = len(name) - len(name.lstrip(".")) - 1
        return ".".join([*package.split(".")[: package.count(".") + 1 - above], name.lstrip(".")])

    # Assignments: aliases of globals inside functions

    def assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        self.visit_all(node.targets)
        for target in node.targets:
            self._alias(target, node.value)

    def annotated(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)
        self.visit(node.target)
        if self.scope.kind == "class":
            self._annotations([node.annotation], weak=False)

    def augmented(self, node: ast.AugAssign) -> None:
        self.visit(node.value)
        chain = dotted(node.target)
        if chain is not None:
            self.load(chain)
            if isinstance(node.target, ast.Name):
                self.write(chain)  # a list changes in place, for those too who hold it under another name
        self.visit(node.target)

    def named(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self._alias(node.target, node.value)
        scope = self.scope
        while scope.kind == "comprehension" and scope.outer is not None:
            scope = scope.outer
        here, self.scope = self.scope, scope
        self.bind(node.target.id)
        self.scope = here

    def _alias(self, target: ast.expr, value: ast.expr) -> None:
        """Note that names may from now on be other names for what a value is made of."""
        pairs = [(target, value)]
        if isinstance(target, (ast.Tuple, ast.List)):
            self._note_gone_through([value])
            parts = value.elts if isinstance(value, (ast.Tuple, ast.List)) else []
            same = len(parts) == len(target.elts) and not any(isinstance(one, ast.Starred) for one in target.elts)
            pairs = list(zip(target.elts, parts if same else [value] * len(target.elts), strict=True))
        for name, part in pairs:
            if isinstance(name, ast.Name):
                others = tuple(self._marked([root for root in roots(part, self._looked_up) if root != name.id]))
                if others:
                    self.scope.aliases[name.id] = (*self.scope.aliases.get(name.id, ()), *others)
            elif name is not target:
                self._alias(name, part)

    def _marked(self, others: list[str]) -> list[str]:
        """Write ``np`` of ``x = np.zeros(3)`` as ``np.()``: what has made a value; a module then is no part of it."""
        makers = {one.rpartition(".")[0] for one in others if one.endswith("()")}
        return [
            f"{one}.()" if one in makers and ":" not in one and not self._is_local(one.partition(".")[0]) else one
            for one in others
        ]

    def comprehension(self, node: Any) -> None:
        self._note_gone_through([node.generators[0].iter])
        super().comprehension(node)

    def starred(self, node: ast.Starred) -> None:
        if node.ctx.__class__ is ast.Load:
            self._note_gone_through([node.value])
        self.visit(node.value)

    def with_item(self, node: ast.withitem) -> None:
        self.visit(node.context_expr)
        chain = dotted(node.context_expr)
        if chain is not None and not self.late:
            self.facts.calls.extend((f"{chain}.{method}", 0, ()) for method in ("__enter__", "__exit__"))
        if node.optional_vars is not None:
            self.visit(node.optional_vars)
            self._alias(node.optional_vars, node.context_expr)

    def loop(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        self._note_gone_through([node.iter])
        self.visit(node.target)
        self._alias(node.target, node.iter)
        self.visit_all(node.body)
        self.visit_all(node.orelse)


def _is_harmless(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and function.attr in HARMLESS


_METHODS: dict[type[ast.AST], Callable[[_Walker, Any], None] | None] = {
    ast.Name: _Walker.name,
    ast.Attribute: _Walker.attribute,
    ast.Subscript: _Walker.subscript,
    ast.BinOp: _Walker.binary,
    ast.Expr: _Walker.expression,
    ast.Call: _Walker.call,
    ast.Assign: _Walker.assign,
    ast.AnnAssign: _Walker.annotated,
    ast.AugAssign: _Walker.augmented,
    ast.NamedExpr: _Walker.named,
    ast.withitem: _Walker.with_item,
    ast.Starred: _Walker.starred,
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
