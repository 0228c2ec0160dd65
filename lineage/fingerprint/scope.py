"""What a top-level statement refers to, changes and calls, with Python's scopes observed.

References are dotted chains (``helpers.clean``) whose first part is a global name of the module. A name that a function
imports for itself is written ``level:module:rest`` (``0:helpers:clean``, ``1::text.norm``), since it is no global.

One pass over the tree: each scope collects what it loads and binds, and what it does not bind goes to the scope around
it when it ends.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Any

from lineage.fingerprint.declarations import dotted
from lineage.fingerprint.facts import CHANGERS, HARMLESS, IMPORTERS, MUTATORS, PURE, TELLING, Facts
from lineage.fingerprint.units import ALL_MODULES, DOCS, DYNAMIC, HOOK, MUTATES, SUBCLASSES, WILD

__all__ = ["read_facts"]


_EVALUATORS = frozenset({"eval", "exec", "globals"})
_ITERATING = frozenset({"enumerate", "filter", "iter", "map", "reversed", "sorted", "zip"})
_HOOKS = frozenset({"__init_subclass__", "__class_getitem__"})
_META_HOOKS = frozenset({"__new__", "__init__", "__call__", "__prepare__"})

Fold = Callable[[ast.expr, Callable[[str], bool]], str | None]


class _Scope:
    __slots__ = ("aliases", "bound", "declared", "imports", "kind", "loads", "outer", "params", "receiver", "writes")

    def __init__(self, kind: str, outer: _Scope | None) -> None:
        self.kind = kind
        self.outer = outer
        self.bound: set[str] = set()
        self.params: set[str] = set()
        self.receiver = ""
        self.declared: set[str] = set()
        self.imports: dict[str, list[str]] = {}
        self.aliases: dict[str, tuple[str, ...]] = {}
        self.loads: dict[str, None] = {}
        self.writes: dict[str, None] = {}


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
    walker.visit(statement)
    return walker.finish()


class _Walker:
    def __init__(self, ours: Callable[[ast.expr], str | None], fold: Fold, origin: Callable[[str], str]) -> None:
        self.facts = Facts()
        self.ours = ours
        self._fold = fold
        self._file_origin = origin
        self.module = _Scope("module", None)
        self.scope = self.module
        self.late = 0
        self.hook = False

    def finish(self) -> Facts:
        facts = self.facts
        facts.refs.update(self.module.loads)
        facts.writes.update(self.module.writes)
        for others in self.module.aliases.values():
            facts.aliases.update(dict.fromkeys(others))
        for name in _EVALUATORS & facts.refs.keys():
            # eval() reads; the others can bind names, which matters while the module is being imported.
            facts.flags |= DYNAMIC
            if name != "eval" and name in self.module.loads:
                facts.flags |= WILD if any(call[0] == name for call in facts.calls) else 0
        return facts

    def fold(self, node: ast.expr) -> str | None:
        return self._fold(node, self._is_local)

    def _origin(self, chain: str) -> str:
        """Apply the imports of the functions around here, or of the file, to a chain."""
        head, dot, rest = chain.partition(".")
        scope: _Scope | None = self.scope
        while scope is not None:
            if head in scope.imports:
                return scope.imports[head][0].replace(":", ".") + dot + rest
            scope = scope.outer
        return self._file_origin(chain)

    def _is_local(self, name: str) -> bool:
        scope: _Scope | None = self.scope
        while scope is not None and scope.kind != "module":
            if name in scope.bound:
                return True
            scope = scope.outer
        return False

    # Walking

    def visit(self, node: ast.AST) -> None:
        kind = node.__class__
        method = _METHODS.get(kind)
        if method is not None:
            method(self, node)
            return
        for field in kind._fields:
            value = getattr(node, field, None)
            if value.__class__ is list:
                for child in value:
                    if isinstance(child, ast.AST):
                        self.visit(child)
            elif isinstance(value, ast.AST):
                self.visit(value)

    def visit_all(self, nodes: Iterable[ast.AST | None]) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)

    def skip(self, node: ast.AST) -> None:
        """Do nothing: contexts and operators hold nothing."""

    # Names

    def load(self, chain: str) -> None:
        scope = self.scope
        if "." in chain or chain in TELLING:
            for part in TELLING.intersection(chain.split(".")):
                self._telling(part)
            if chain.startswith("sys.modules"):
                self.facts.flags |= ALL_MODULES
            elif chain.startswith(("builtins.", "__builtins__.")) and chain.rpartition(".")[2] in _EVALUATORS:
                self.facts.flags |= DYNAMIC if self.late else DYNAMIC | WILD
        if scope.kind == "class":
            head = chain.partition(".")[0]
            if head in scope.imports:
                self._emit_imported(scope, head, chain, self.facts.refs)
                return
            if head in scope.bound:
                return
            scope = _function_scope(scope)
        scope.loads[chain] = None

    def write(self, chain: str) -> None:
        if self.hook:
            self.facts.flags |= HOOK
        scope = self.scope
        if scope.kind == "class":
            if chain.partition(".")[0] in scope.bound:
                return
            scope = _function_scope(scope)
        scope.writes[chain] = None

    def bind(self, name: str) -> None:
        scope = self.scope
        if name in scope.declared:
            if "global " + name in scope.declared:
                self.facts.late_writes[name] = None
            return
        scope.bound.add(name)

    def name(self, node: ast.Name) -> None:
        if node.ctx.__class__ is ast.Load:
            self.load(node.id)
        else:
            self.bind(node.id)

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

    def _telling(self, name: str) -> None:
        self.facts.flags |= SUBCLASSES if name == "__subclasses__" else DOCS

    def _write_attribute(self, chain: str) -> None:
        if self.hook and chain.count(".") == 1 and chain.partition(".")[0] == self.scope.receiver:
            return  # cls.tag = ... in __init_subclass__ changes the new class alone
        self.write(chain)

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

    def _write_into(self, node: ast.AST) -> None:
        for chain in _roots(node):
            self.write(chain)

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
        else:
            self.visit(value)

    def call(self, node: ast.Call, bare: bool = False) -> None:
        chain = dotted(node.func)
        if chain is not None and self._special_call(chain, node):
            return
        if chain is None:
            self.visit(node.func)
            if bare:
                self._bare_on_value(node.func)
        else:
            self.load(chain)
            self._record_call(chain, bare, node)
        self.visit_all(node.args)
        self.visit_all(word.value for word in node.keywords)

    def _bare_on_value(self, function: ast.expr) -> None:
        """``get_registry().add(f)`` changes what the call gives, ``REG["a"].append(f)`` what is in REG."""
        if not isinstance(function, ast.Attribute) or function.attr in HARMLESS:
            return
        self._write_into(function.value)

    def _record_call(self, chain: str, bare: bool, node: ast.Call) -> None:
        owner, _, method = chain.rpartition(".")
        mutator = bool(owner) and (method in MUTATORS or (bare and method not in HARMLESS))
        arguments = () if chain in PURE or method in HARMLESS else _argument_chains(node)
        changer = method in CHANGERS or (mutator and owner in ("dict", "list", "set", "object", "type"))
        if not self.late:
            self.facts.calls.append((chain, 2 if bare else 3 if changer else int(mutator), arguments))
            return
        if mutator:
            self.write(owner)
        for argument in arguments:
            if bare or changer:
                self.write(argument)
            elif self._is_local(argument.partition(".")[0]):
                self.facts.passes[chain] = None

    def _special_call(self, chain: str, node: ast.Call) -> bool:
        last = self._origin(chain).rpartition(".")[2]
        if chain in ("getattr", "hasattr", "setattr", "delattr") and len(node.args) >= 2:
            return self._attribute_call(chain, node)
        if last in IMPORTERS and node.args:
            self._import_call(node, last)
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

    def _import_call(self, node: ast.Call, function: str) -> None:
        name = self.fold(node.args[0])
        if name is not None:
            self.facts.dynamic_imports[name.replace(":", ".")] = None
        elif function in ("import_module", "__import__"):
            self.facts.dynamic_imports["*"] = None

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
            if isinstance(node.target, ast.Name) and not self.late:
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
            parts = value.elts if isinstance(value, (ast.Tuple, ast.List)) else []
            same = len(parts) == len(target.elts) and not any(isinstance(one, ast.Starred) for one in target.elts)
            pairs = list(zip(target.elts, parts if same else [value] * len(target.elts), strict=True))
        for name, part in pairs:
            if isinstance(name, ast.Name):
                others = tuple(root for root in _roots(part) if root != name.id)
                if others:
                    self.scope.aliases[name.id] = (*self.scope.aliases.get(name.id, ()), *others)
            elif name is not target:
                self._alias(name, part)

    def with_item(self, node: ast.withitem) -> None:
        self.visit(node.context_expr)
        if node.optional_vars is not None:
            self.visit(node.optional_vars)
            self._alias(node.optional_vars, node.context_expr)

    def loop(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        self.visit(node.target)
        self._alias(node.target, node.iter)
        self.visit_all(node.body)
        self.visit_all(node.orelse)

    # Imports

    def imports(self, node: ast.Import) -> None:
        for alias in node.names:
            self._note_load(0, alias.name, ())
            local = alias.asname or alias.name.partition(".")[0]
            self._note_import(local, 0, alias.name if alias.asname else local, "")

    def imports_from(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        names = tuple(alias.name for alias in node.names)
        self._note_load(node.level, module, names)
        for alias in node.names:
            if alias.name == "*":
                self.facts.stars.append((node.level, module))
            else:
                self._note_import(alias.asname or alias.name, node.level, module, alias.name)

    def _note_load(self, level: int, module: str, names: tuple[str, ...]) -> None:
        (self.facts.late_loads if self.late else self.facts.loads).append((level, module, names))

    def _note_import(self, local: str, level: int, module: str, name: str) -> None:
        scope = self.scope
        if scope.kind == "module" or "global " + local in scope.declared:
            self.facts.imported.append((local, level, module, name))
            self.bind(local)
        else:
            scope.bound.add(local)
            reference = f"{level}:{module}:{name}"
            scope.imports.setdefault(local, []).append(reference)
            if scope.kind == "class":
                self.facts.refs[reference] = None  # an attribute of the class, whoever asks for it

    def _emit_imported(self, scope: _Scope, head: str, chain: str, into: dict[str, None]) -> None:
        rest = chain[len(head) :]
        for reference in scope.imports[head]:
            into[reference + (rest if not reference.endswith(":") else rest[1:])] = None

    # Scopes

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        ours = self._visit_decorators(node.decorator_list)
        self._defaults(node.args)
        annotations = [argument.annotation for argument in _all_arguments(node.args)] + [node.returns]
        if node.decorator_list and not (ours and len(node.decorator_list) == 1):
            self._annotations(annotations, weak=False)
        elif ours and self.scope.kind == "module":
            self._annotations(annotations, weak=True)
        self.bind(node.name)
        in_class = self.scope.kind == "class"
        was_hook = self.hook
        self.hook = was_hook or (in_class and node.name in _HOOKS) or (in_class and self._meta(node.name))
        self._enter(node.args, node.body, in_class)
        self.hook = was_hook

    def _meta(self, method: str) -> bool:
        return method in _META_HOOKS and any(base.endswith(("type", "Meta")) for base in self.facts.bases)

    def _visit_decorators(self, decorators: list[ast.expr]) -> bool:
        ours = False
        for decorator in decorators:
            if self.ours(decorator) is not None:
                ours = True
                continue
            self.visit(decorator)
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            chain = dotted(called)
            if chain is not None and not self.late:
                self.facts.calls.append((chain, 1, ()))
        return ours

    def _annotations(self, annotations: list[ast.expr | None], weak: bool) -> None:
        for annotation in annotations:
            parsed = _parsed(annotation)
            if parsed is None:
                continue
            if not weak:
                self.visit(parsed)
                continue
            for chain in _chains(parsed):
                self.facts.weak[chain] = None

    def _defaults(self, arguments: ast.arguments) -> None:
        self.visit_all(arguments.defaults)
        self.visit_all(arguments.kw_defaults)

    def lambda_(self, node: ast.Lambda) -> None:
        self._defaults(node.args)
        self._enter(node.args, [node.body], False)

    def _enter(self, arguments: ast.arguments, body: Iterable[ast.AST], in_class: bool) -> None:
        scope = _Scope("function", self.scope)
        names = [argument.arg for argument in _all_arguments(arguments)]
        scope.params.update(names)
        scope.bound.update(names)
        if in_class and names:
            scope.receiver = names[0]
        here, self.scope = self.scope, scope
        self.late += 1
        self.visit_all(body)
        self.late -= 1
        self.scope = here
        self._leave(scope)

    def _leave(self, scope: _Scope) -> None:
        outer = _function_scope(scope.outer or self.module)
        late = self.late > 0 or scope.kind == "function"
        self._pass_on(scope, scope.loads, outer, self.facts.refs if outer is self.module else outer.loads)
        writes = self.facts.writes if not late else self.facts.late_writes
        self._pass_on_writes(scope, outer, writes)

    def _pass_on(self, scope: _Scope, chains: dict[str, None], outer: _Scope, into: dict[str, None]) -> None:
        for chain in chains:
            head = chain.partition(".")[0]
            if "global " + head in scope.declared:
                self.facts.refs[chain] = None
            elif head in scope.imports:
                self._emit_imported(scope, head, chain, self.facts.refs)
            elif head not in scope.bound:
                into[chain] = None

    def _pass_on_writes(self, scope: _Scope, outer: _Scope, at_module: dict[str, None]) -> None:
        for chain in _unaliased(scope):
            head = chain.partition(".")[0].removesuffix("()")
            if head in scope.imports:
                self._emit_imported(scope, head, chain, at_module)
            elif head in scope.bound and "global " + head not in scope.declared:
                if head in scope.params and head != scope.receiver:
                    self.facts.flags |= MUTATES
            elif outer is self.module:
                at_module[chain] = None
            else:
                outer.writes[chain] = None

    def class_(self, node: ast.ClassDef) -> None:
        self._visit_decorators(node.decorator_list)
        self.visit_all(node.bases)
        self.visit_all(word.value for word in node.keywords)
        if self.scope.kind == "module":
            bases = [*node.bases, *(word.value for word in node.keywords if word.arg == "metaclass")]
            chains = (chain.removesuffix("()") for base in bases for chain in _roots(base))
            self.facts.bases = tuple(dict.fromkeys((*self.facts.bases, *chains)))
        self.bind(node.name)
        scope = _Scope("class", self.scope)
        here, self.scope = self.scope, scope
        self.visit_all(node.body)
        self.scope = here

    def comprehension(self, node: Any) -> None:
        self.visit(node.generators[0].iter)
        scope = _Scope("comprehension", self.scope)
        here, self.scope = self.scope, scope
        for place, generator in enumerate(node.generators):
            if place:
                self.visit(generator.iter)
            self.visit(generator.target)
            self.visit_all(generator.ifs)
        self.visit_all(getattr(node, part, None) for part in ("key", "value", "elt"))
        self.scope = here
        self._leave(scope)

    def declare(self, node: ast.Global | ast.Nonlocal) -> None:
        for name in node.names:
            self.scope.declared.add(name)
            self.scope.bound.discard(name)
            if isinstance(node, ast.Global):
                self.scope.declared.add("global " + name)

    # Statements that bind names of their own

    def handler(self, node: ast.ExceptHandler) -> None:
        if node.type is not None:
            self.visit(node.type)
        if node.name:
            self.bind(node.name)
        self.visit_all(node.body)

    def capture(self, node: Any) -> None:
        name = getattr(node, "name", None) or getattr(node, "rest", None)
        if name:
            self.bind(name)
        for field in ("pattern", "keys", "patterns"):
            value = getattr(node, field, None)
            self.visit_all(value if isinstance(value, list) else [value])


def _unaliased(scope: _Scope) -> Iterable[str]:
    """Return the chains that a scope writes to, by the names they had before they got local ones."""
    pending = list(scope.writes)
    seen = set(pending)
    for chain in pending:
        head = chain.partition(".")[0]
        others = scope.aliases.get(head, ()) if head in scope.bound else ()
        if not others:
            yield chain
        for other in others:
            if other not in seen:
                seen.add(other)
                pending.append(other)


def _function_scope(scope: _Scope) -> _Scope:
    """Return the nearest scope that functions inside can see: a class is none."""
    while scope.kind == "class" and scope.outer is not None:
        scope = scope.outer
    return scope


def _all_arguments(arguments: ast.arguments) -> list[ast.arg]:
    extra = [argument for argument in (arguments.vararg, arguments.kwarg) if argument is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *extra]


def _root(node: ast.AST) -> str | None:
    """Return the chain at the bottom of ``CFG.sub["x"][0].y``: ``CFG.sub``."""
    while True:
        chain = dotted(node)
        if chain is not None:
            return chain
        if not isinstance(node, (ast.Subscript, ast.Attribute, ast.Starred)):
            return None
        node = node.value


def _roots(node: ast.AST) -> list[str]:
    """Return the chains whose objects a value may be, or be a part of.

    Of a call that is what it returns, ``chain()``, and what it is given, unless a builtin makes something new of it.
    """
    while isinstance(node, (ast.Subscript, ast.Attribute, ast.Starred)) and dotted(node) is None:
        node = node.value
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        return [root for part in node.elts for root in _roots(part)]
    if isinstance(node, ast.Dict):
        return [root for part in node.values for root in _roots(part)]
    if isinstance(node, (ast.BoolOp, ast.IfExp)):
        parts = node.values if isinstance(node, ast.BoolOp) else [node.body, node.orelse]
        return [root for part in parts for root in _roots(part)]
    if isinstance(node, ast.NamedExpr):
        return _roots(node.value)
    chain = dotted(node.func if isinstance(node, ast.Call) else node)
    if not isinstance(node, ast.Call):
        return [] if chain is None else [chain]
    if chain is None:
        return _roots(node.func)
    if chain in PURE and chain not in _ITERATING:
        return []
    owner = [chain.rpartition(".")[0]] if "." in chain else []
    return [chain + "()", *owner, *_argument_chains(node)]


def _argument_chains(node: ast.Call) -> tuple[str, ...]:
    values = [*node.args, *(word.value for word in node.keywords)]
    chains = [_root(value) for value in values]
    return tuple(chain for chain in chains if chain is not None)


def _parsed(annotation: ast.expr | None) -> ast.expr | None:
    if not (isinstance(annotation, ast.Constant) and isinstance(annotation.value, str)):
        return annotation
    try:
        return ast.parse(annotation.value.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return None


def _chains(node: ast.AST) -> Iterable[str]:
    chain = dotted(node)
    if chain is not None:
        yield chain
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return
    for child in ast.iter_child_nodes(node):
        yield from _chains(child)


_METHODS: dict[type[ast.AST], Callable[[_Walker, Any], None]] = {
    ast.Name: _Walker.name,
    ast.Attribute: _Walker.attribute,
    ast.Subscript: _Walker.subscript,
    ast.Expr: _Walker.expression,
    ast.Call: _Walker.call,
    ast.Assign: _Walker.assign,
    ast.AnnAssign: _Walker.annotated,
    ast.AugAssign: _Walker.augmented,
    ast.NamedExpr: _Walker.named,
    ast.withitem: _Walker.with_item,
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
    ast.Global: _Walker.declare,
    ast.Nonlocal: _Walker.declare,
    ast.ExceptHandler: _Walker.handler,
    ast.MatchAs: _Walker.capture,
    ast.MatchStar: _Walker.capture,
    ast.MatchMapping: _Walker.capture,
}
_METHODS.update(
    (kind, _Walker.skip)
    for family in (ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.expr_context)
    for kind in family.__subclasses__()
)
_METHODS[ast.Constant] = _Walker.skip
_METHODS[ast.Pass] = _Walker.skip
