"""Walks a statement with Python's scopes observed.

One pass over the tree: each scope collects what it loads, binds and changes, and what it does not bind goes to the
scope around it when it ends.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Any

from lineage.fingerprint.attributes import changeable_defaults, held_by_class, is_shared, of_class, of_objects
from lineage.fingerprint.blocks import Walk
from lineage.fingerprint.chains import all_arguments, chains, parsed, roots, sources, unquoted
from lineage.fingerprint.collected import Owned, Scope, function_scope, unaliased
from lineage.fingerprint.declarations import dotted
from lineage.fingerprint.facts import AROUND, TELLING, Facts, telling
from lineage.fingerprint.units import (
    ALL_MODULES,
    DISPATCHES,
    DYNAMIC,
    HOOK,
    KEEPS,
    MUTATES,
    REMEMBERS,
    WILD,
    YIELDS,
)

__all__ = ["Fold", "Scope", "Scopes"]

Fold = Callable[[ast.expr, Callable[[str], bool]], str | None]

EVALUATORS = frozenset({"eval", "exec", "globals"})
_HOOKS = frozenset({"__init_subclass__", "__class_getitem__"})
_META_HOOKS = frozenset({"__new__", "__init__", "__call__", "__prepare__"})
_OF_CLASS = frozenset({"__new__", "__class_getitem__"})
_PROPERTIES = ("property", "lazy")
_LOOKUPS = frozenset({"__getattr__", "__getattribute__"})
_KEEPING = ("cache", "lazy", "memo", "once", "singleton")
_DISPATCHERS = frozenset({"singledispatch", "singledispatchmethod"})


class Scopes(Walk):
    """The part of the walk that knows scopes: what binds names, and where a name that is not bound goes."""

    def __init__(self, ours: Callable[[ast.expr], str | None], fold: Fold, origin: Callable[[str], str]) -> None:
        super().__init__()
        self.facts = Facts()
        self.ours = ours
        self._fold = fold
        self._file_origin = origin
        self.hook = False
        self.owned: list[Owned] = []

    def fold(self, node: ast.expr) -> str | None:
        """Return the text that an expression is known to evaluate to, seen from the present scope."""
        return self._fold(node, self._is_local)

    def _origin(self, chain: str) -> str:
        """Apply the imports of the functions around here, or of the file, to a chain."""
        head, dot, rest = chain.partition(".")
        scope: Scope | None = self.scope
        while scope is not None:
            if head in scope.imports:
                level, module, name = scope.imports[head][0].split(":")
                whole = ".".join(part for part in (module, name) if part)
                return "." * int(level) + whole + dot + rest
            scope = scope.outer
        return self._file_origin(chain)

    def _is_local(self, name: str) -> bool:
        scope: Scope | None = self.scope
        while scope is not None and scope.kind != "module":
            if name in scope.bound:
                return True
            scope = scope.outer
        return False

    # Names

    def load(self, chain: str) -> None:
        """Note that a chain is read in the present scope."""
        scope = self.scope
        if "." in chain or chain in TELLING:
            for part in TELLING.intersection(chain.split(".")):
                self._telling(part)
            if chain.startswith("sys.modules"):
                self.facts.flags |= ALL_MODULES
            elif chain.startswith(("builtins.", "__builtins__.")) and chain.rpartition(".")[2] in EVALUATORS:
                self.facts.flags |= DYNAMIC if self.late else DYNAMIC | WILD
        if scope.kind == "class":
            head = chain.partition(".")[0]
            if head in scope.imports:
                self._emit_imported(scope, head, chain, self.facts.refs)
                return
            if head in scope.bound:
                return
            scope = function_scope(scope)
        if not self.given or scope is not self.module or chain.partition(".")[0] not in self.given:
            scope.loads[chain] = None

    def write(self, chain: str, deep: bool = True) -> None:
        """Note that what a chain stands for is changed in place, or, if it is `deep`, a part of it."""
        if self.hook:
            self.facts.flags |= HOOK
        scope = self.scope
        if scope.kind == "class":
            if chain.partition(".")[0] in scope.bound:
                others = [
                    other for other, _ in unaliased(scope, (chain,), ()) if other.partition(".")[0] not in scope.bound
                ]
                here, self.scope = self.scope, function_scope(scope)
                for other in others:
                    self.write(other)
                self.scope = here
                return
            scope = function_scope(scope)
        for one in self.bound_before((chain,), deep) if self.given and scope is self.module else (chain,):
            scope.writes[one] = None
            if deep or one != chain:
                scope.deep.add(one)

    def bind(self, name: str) -> None:
        """Note that a name is bound in the present scope, or where `global` says."""
        scope = self.scope
        if name in scope.declared:
            if "global " + name in scope.declared:
                self.facts.late_writes[name] = None
            return
        scope.bound.add(name)

    def _telling(self, name: str) -> None:
        if name in AROUND:
            self.facts.flags |= ALL_MODULES
        else:
            self.facts.flags |= telling(name)

    def imports(self, node: ast.Import) -> None:
        """Walk ``import a.b as c``."""
        for alias in node.names:
            self._note_load(0, alias.name, ())
            local = alias.asname or alias.name.partition(".")[0]
            self._note_import(local, 0, alias.name if alias.asname else local, "")

    def imports_from(self, node: ast.ImportFrom) -> None:
        """Walk ``from a import b as c``."""
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
            if name in TELLING:
                self._telling(name)
            if scope.kind == "class":
                self.facts.refs[reference] = None  # an attribute of the class, whoever asks for it

    def _emit_imported(self, scope: Scope, head: str, chain: str, into: dict[str, None]) -> None:
        rest = chain[len(head) :]
        for reference in scope.imports[head]:
            into[reference + (rest if not reference.endswith(":") else rest[1:])] = None

    # Scopes

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Walk a function: decorators and defaults outside of its scope, its body inside."""
        ours = self._visit_decorators(node.decorator_list)
        self._defaults(node.args)
        annotations = [argument.annotation for argument in all_arguments(node.args)] + [node.returns]
        if node.decorator_list and not (ours and len(node.decorator_list) == 1):
            self._annotations(annotations, weak=False)
        elif ours and self.scope.kind == "module":
            self._annotations(annotations, weak=True)
        if not self.late:
            self._hints(annotations)
        self.bind(node.name)
        in_class = self.scope.kind == "class"
        was_hook = self.hook
        self.hook = was_hook or (in_class and node.name in _HOOKS) or (in_class and self._meta(node.name))
        owned = None
        if in_class and self.scope.outer is self.module:
            owned = Owned(node.name, node.name in _OF_CLASS or "classmethod" in map(dotted, node.decorator_list))
            called = [one.func if isinstance(one, ast.Call) else one for one in node.decorator_list]
            names = [(dotted(one) or "").rpartition(".")[2].lower() for one in called]
            owned.is_property = any(word in name for name in names for word in _PROPERTIES)
            self.owned.append(owned)
        self._enter(node.args, node.body, in_class, owned, node.name)
        self.hook = was_hook

    def _meta(self, method: str) -> bool:
        return method in _META_HOOKS and any(base.endswith(("type", "Meta")) for base in self.facts.bases)

    def _visit_decorators(self, decorators: list[ast.expr]) -> bool:
        ours = False
        for decorator in decorators:
            if self.ours(decorator) is not None:
                ours = True
                if isinstance(decorator, ast.Call):
                    for keyword in decorator.keywords:
                        self.visit(keyword.value)
                continue
            self.visit(decorator)
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            chain = dotted(called)
            if chain is not None and not self.late:
                self.facts.calls.append((chain, 1, ()))
            if chain is not None and any(word in chain.lower() for word in _KEEPING):
                self.facts.flags |= KEEPS
            if chain is not None and self._origin(chain).rpartition(".")[2] in _DISPATCHERS:
                self.facts.flags |= DISPATCHES
        return ours

    def _annotations(self, annotations: list[ast.expr | None], weak: bool) -> None:
        for annotation in annotations:
            expression = parsed(annotation)
            if expression is None:
                continue
            if weak:
                self.facts.weak.update(dict.fromkeys(chains(expression)))
            else:
                self.visit_all(unquoted(expression))

    def _hints(self, annotations: list[ast.expr | None]) -> None:
        hints = self.facts.hints
        for annotation in annotations:
            if annotation is None:
                continue
            chain = dotted(annotation)
            if chain is not None:
                hints[chain] = None
            else:
                hints.update(dict.fromkeys(chain for one in unquoted(annotation) for chain in chains(one)))

    def _defaults(self, arguments: ast.arguments) -> None:
        self.visit_all(arguments.defaults)
        self.visit_all(arguments.kw_defaults)
        if not self.late:
            # When a default is looked at decides, where its name is bound or changed more than once.
            defaults = [one for one in (*arguments.defaults, *arguments.kw_defaults) if one is not None]
            self.facts.calls.extend((chain, 6, ()) for one in defaults for chain in roots(one) if "(" not in chain)

    def lambda_(self, node: ast.Lambda) -> None:
        """Walk a lambda."""
        self._defaults(node.args)
        self._enter(node.args, [node.body], False)

    def _enter(
        self,
        arguments: ast.arguments,
        body: Iterable[ast.AST],
        in_class: bool,
        owned: Owned | None = None,
        name: str = "",
    ) -> None:
        scope = Scope("function", self.scope)
        scope.owned = owned
        names = [argument.arg for argument in all_arguments(arguments)]
        scope.params.update(names)
        scope.bound.update(names)
        if in_class and names:
            scope.receiver = names[0]
        self._name_defaults(arguments, scope, "" if in_class else name)
        if owned is not None:
            owned.made_once.update(changeable_defaults(arguments))
        here, self.scope = self.scope, scope
        self.late += 1
        self.visit_all(body)
        self.late -= 1
        self.scope = here
        self._leave(scope)

    @staticmethod
    def _name_defaults(arguments: ast.arguments, scope: Scope, name: str) -> None:
        """Note that a parameter may be another name for its default, which may be kept by the function alone."""
        if not (arguments.defaults or arguments.kw_defaults):
            return
        places = [*arguments.posonlyargs, *arguments.args]
        pairs = [*zip(reversed(places), reversed(arguments.defaults), strict=False)]
        pairs += zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)  # type: ignore[arg-type]
        for argument, default in pairs:
            if default is not None and not isinstance(default, ast.Constant):
                others = tuple(one for one in roots(default) if one.partition(".")[0] not in scope.bound)
                if name and dotted(default) is None:
                    others = (*others, f"{name}.*")
                if others:
                    scope.aliases[argument.arg] = others

    def _leave(self, scope: Scope) -> None:
        outer = function_scope(scope.outer or self.module)
        late = self.late > 0 or scope.kind == "function"
        self._pass_on(scope, scope.loads, outer, self.facts.refs if outer is self.module else outer.loads)
        if scope.owned is not None and scope.receiver:
            start = scope.receiver + "."
            scope.owned.asked.update((chain.split(".")[1], None) for chain in scope.loads if chain.startswith(start))
            self._note_held(scope, scope.owned)
        writes = self.facts.writes if not late else self.facts.late_writes
        self._pass_on_writes(scope, outer, writes)

    def _note_held(self, scope: Scope, owned: Owned) -> None:
        """Note what objects of the class hold that is not theirs alone: others have it, or all get it by default."""
        for attribute, held in owned.holds.items():
            for chain, _ in unaliased(scope, held, ()):
                head = chain.partition(".")[0].removesuffix("()")
                found: dict[str, None] = {}
                if head in scope.imports:
                    self._emit_imported(scope, head, chain, found)
                elif head not in scope.bound:
                    found[chain] = None
                elif head in owned.made_once:
                    self.facts.shared[attribute] = None
                self.facts.shared.update((f"{attribute}:{one}", None) for one in found)

    def _pass_on(self, scope: Scope, chains: dict[str, None], outer: Scope, into: dict[str, None]) -> None:
        for chain in chains:
            head = chain.partition(".")[0] if "." in chain else chain
            if scope.declared and "global " + head in scope.declared:
                self.facts.refs[chain] = None
            elif head in scope.imports:
                self._emit_imported(scope, head, chain, self.facts.refs)
            elif head not in scope.bound:
                into[chain] = None

    def _pass_on_writes(self, scope: Scope, outer: Scope, at_module: dict[str, None]) -> None:
        if scope.returns or scope.parts:
            same = dict(unaliased(scope, scope.returns, ()))
            self._pass_on_results(scope, same, self.facts.returns)
            parts = unaliased(scope, [*scope.returns, *scope.parts]) if scope.parts or scope.copies else ()
            self._pass_on_results(scope, (chain for chain, _ in parts if chain not in same), self.facts.copies)
        for chain, deep in unaliased(scope, scope.writes, scope.deep, made=True):
            if deep:
                self.facts.deep[chain] = None
            head = chain.partition(".")[0].removesuffix("()")
            if head in scope.imports:
                self._emit_imported(scope, head, chain, at_module)
            elif head in scope.bound and "global " + head not in scope.declared:
                if head in scope.params and head != scope.receiver:
                    self.facts.flags |= MUTATES
                elif scope.owned is not None and head == scope.receiver:
                    scope.owned.changed[chain.partition(".")[2]] = None
            elif outer is self.module:
                at_module[chain] = None
            else:
                outer.writes[chain] = None
                if deep:
                    outer.deep.add(chain)
                if scope.kind == "function" and head in outer.bound:
                    self.facts.flags |= REMEMBERS

    def _pass_on_results(self, scope: Scope, chains: Iterable[str], into: dict[str, None]) -> None:
        for chain in chains:
            head = chain.partition(".")[0].removesuffix("()")
            if head in scope.imports:
                self._emit_imported(scope, head, chain, into)
            elif head not in scope.bound or "global " + head in scope.declared:
                into[chain] = None

    def class_(self, node: ast.ClassDef) -> None:
        """Walk a class: its body is executed at once, and its names are seen by nobody inside of its methods."""
        self._visit_decorators(node.decorator_list)
        self.visit_all(node.bases)
        self.visit_all(word.value for word in node.keywords)
        if not self.late:
            self.facts.calls.extend((one.id, 6, ()) for one in node.bases if isinstance(one, ast.Name))
        if self.scope.kind == "module":
            bases = [*node.bases, *(word.value for word in node.keywords if word.arg == "metaclass")]
            chains = (chain.removesuffix("()") for base in bases for chain in roots(base))
            self.facts.bases = tuple(dict.fromkeys((*self.facts.bases, *chains)))
        self.bind(node.name)
        scope = Scope("class", self.scope)
        here, self.scope = self.scope, scope
        self.visit_all(node.body)
        self.scope = here
        if here is self.module:
            self._note_state(node, scope.bound - of_objects(node.body))

    def _note_state(self, node: ast.ClassDef, bound: set[str]) -> None:
        """Note which methods change their object, and whether one changes what all objects of the class share."""
        changing = {one.method for one in self.owned if one.changed}
        while True:
            more = {one.method for one in self.owned if not changing.isdisjoint(one.asked)} - changing
            if not more:
                break
            changing |= more
        self.facts.changing.update(dict.fromkeys(sorted(changing)))
        asked = [one.method for one in self.owned if one.is_property or one.method in _LOOKUPS]
        self.facts.changing.update((f"@{name}", None) for name in asked)
        shared = bound - {chain[:-1] for one in self.owned if one.method == "__init__" for chain in one.changed}
        if any(is_shared(chain, one.on_class, shared) for one in self.owned for chain in one.changed):
            self.facts.late_writes[f"{node.name}.*"] = None
        self.facts.shared.update(dict.fromkeys(sorted(shared & of_class(node.body))))
        for attribute, chain in held_by_class(node.body):
            if chain.partition(".")[0] not in bound:
                self.facts.shared[f"{attribute}:{chain}"] = None
        if any("__dict__=" in one.changed for one in self.owned):
            self.facts.shared["*"] = None  # all objects have one dictionary
        self.owned = []

    def generator(self, node: ast.comprehension) -> None:
        """Note what the names of a comprehension stand for."""

    def comprehension(self, node: Any) -> None:
        """Walk a comprehension: its first iterable is evaluated outside of its scope."""
        self.visit(node.generators[0].iter)
        scope = Scope("comprehension", self.scope)
        here, self.scope = self.scope, scope
        for place, generator in enumerate(node.generators):
            if place:
                self.visit(generator.iter)
            self.visit(generator.target)
            self.generator(generator)
            self.visit_all(generator.ifs)
        self.visit_all(getattr(node, part, None) for part in ("key", "value", "elt"))
        self.scope = here
        self._leave(scope)

    def return_(self, node: ast.Return | ast.Yield | ast.YieldFrom) -> None:
        """Note what a function returns of what it did not make."""
        if node.value is not None:
            self.visit(node.value)
            copied = sources(node.value)
            into = self.scope.returns if copied is None else self.scope.parts
            into.update(dict.fromkeys(roots(node.value) if copied is None else copied))

    def declare(self, node: ast.Global | ast.Nonlocal) -> None:
        """Note names that are bound further out."""
        for name in node.names:
            self.scope.declared.add(name)
            self.scope.bound.discard(name)
            if isinstance(node, ast.Nonlocal):
                self.facts.flags |= REMEMBERS
            if isinstance(node, ast.Global):
                self.scope.declared.add("global " + name)

    def yield_(self, node: ast.Yield | ast.YieldFrom) -> None:
        """Note that a function is a generator."""
        self.facts.flags |= YIELDS
        self.return_(node)

    # Statements that bind names of their own

    def handler(self, node: ast.ExceptHandler) -> None:
        """Walk ``except E as name``."""
        if node.type is not None:
            self.visit(node.type)
        if node.name:
            self.bind(node.name)
        self.visit_all(node.body)

    def capture(self, node: Any) -> None:
        """Walk a pattern that binds a name."""
        name = getattr(node, "name", None) or getattr(node, "rest", None)
        if name:
            self.bind(name)
        for field in ("pattern", "keys", "patterns"):
            value = getattr(node, field, None)
            self.visit_all(value if isinstance(value, list) else [value])
