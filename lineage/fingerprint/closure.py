"""The dependency closure of a function: every statement of the project that can decide what it computes.

The closure is a set, grown until nothing is added, and its digest is that of the sorted set: recursion and import
cycles are harmless, where hashing along the references would not end. The algorithm is a static form of what R's
``targets`` does with the global environment, at the grain of statements.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xxhash import xxh3_128_hexdigest

from lineage.fingerprint.cuts import Cuts
from lineage.fingerprint.effects import Effects, is_ambient
from lineage.fingerprint.facts import VALIDATORS
from lineage.fingerprint.graph import Graph, Hit, Module, is_stdlib
from lineage.fingerprint.importing import import_digest
from lineage.fingerprint.lookups import Lookups
from lineage.fingerprint.ordering import import_orders, statement_order
from lineage.fingerprint.routes import DECLARED, route
from lineage.fingerprint.units import ALL_MODULES, DISPATCHES, DOCS, DYNAMIC, HINTS, OPTIONS, SUBCLASSES, Unit

__all__ = ["Closure", "Row"]

Row = tuple[str, str, str, int, int, str]
"""name, digest, absolute path, line, last line, via"""


class Closure:
    """The closure of one top-level name.

    Parameters
    ----------
    graph : Graph
        The project's modules.
    effects : Effects
        What their statements change.
    lookups : Lookups
        What they look at.
    module : Module
        Where the function is.
    qualname : str
        Its name there; of ``Model.fit`` or ``make.<locals>.step`` the whole of ``Model`` or ``make`` counts.
    before : sequence of Module
        The modules that were executed before, whether or not the function's imports them (dodo.py): what they change
        counts.
    depends : sequence of str
        What else it depends on: ``module:name``, or ``module:`` for a whole module or package.
    ignore : sequence of str
        Patterns of names that are not followed (`lineage.fingerprint.cuts`).

    Attributes
    ----------
    loaded : dict of Module to None
        The modules that are loaded with the function's.
    packages : set of str
        Top-level names of the packages outside of the project that it refers to, without the standard library; with a
        leading ``=`` the distributions, and ``=[group]`` the groups of entry points, that it asks for.
    environment : set of str
        The literal names of the environment variables that it reads.
    wide : dict of str to None
        Why more was taken than is certainly needed, in words.
    steps : set of str
        The steps with options among what it reaches, ``module:name``.
    """

    def __init__(
        self,
        graph: Graph,
        effects: Effects,
        lookups: Lookups,
        module: Module,
        qualname: str,
        before: Sequence[Module] = (),
        depends: Sequence[str] = (),
        ignore: Sequence[str] = (),
    ) -> None:
        self.loaded: dict[Module, None] = {}
        self.packages: set[str] = set()
        self.environment: set[str] = set()
        self.wide: dict[str, None] = {}
        self.steps: set[str] = set()
        self._graph = graph
        self._effects = effects
        self._lookups = lookups
        self._root = module
        self._qualname = qualname
        self._needed: dict[int, int] = {}
        self._keys: set[str] = set()
        self._whole: dict[Module, int] = {}
        self._packages: dict[str, Module] = {}
        self._listed: set[Module] = set()
        self._pending: list[int] = []
        self._flags = 0
        self._annotated: set[int] = set()
        self._finds: dict[int, list[str]] = {}
        self._callers: list[tuple[int, frozenset[str]]] = []
        self._ignore = tuple(ignore)
        self._cuts = Cuts(self._ignore)
        self._cutting = bool(self._ignore)
        self._before = dict.fromkeys(before)
        for one in before:
            self._note_effects(one)
        self._load(module)
        for dependency in depends:
            self._depend(*dependency.split(":", 1))
        self._start(module, qualname.partition(".")[0])
        self._grow()

    # Growing

    def _start(self, module: Module, name: str) -> None:
        hits = () if module.opaque else self._graph.resolve(module, name)
        if not any(hit.unit is not None for hit in hits):
            self._need_module(module, -1, "" if module.opaque else f"{module.name} binds no name {name}")
        self._follow(hits, -1)

    def _depend(self, dotted: str, name: str) -> None:
        """Take what the step says that it depends on, whatever it ignores."""
        module = self._graph.module(dotted)
        if module is None:
            self._need_package(dotted, DECLARED)
        elif name:
            self._follow(self._graph.resolve(module, name), DECLARED)
        else:
            below = self._graph.matching(module, f"{module.name}.*")[0] if module.is_package else []
            for one in (module, *below):
                self._need_module(one, DECLARED, "")

    def _grow(self) -> None:
        while True:
            while self._pending:
                number = self._pending.pop()
                self._expand(number, *self._graph.units[number])
            if self._flags & ALL_MODULES:
                for module in [*self.loaded, *self._before]:
                    self._need_module(
                        module, -1, "modules are looked into by computed names: every loaded module counts"
                    )
            if self._flags & SUBCLASSES:
                self._need_subclasses()
            if self._flags & HINTS:
                self._need_hints()
            self._need_submodules()
            if self._callers:
                self._need_called()
            if not self._pending:
                return

    def _need(self, number: int, parent: int) -> None:
        if number not in self._needed and not (self._cutting and self._is_left_out(number)):
            self._take(number, parent)

    def _take(self, number: int, parent: int) -> None:
        if number in self._needed:
            return
        self._needed[number] = parent
        self._pending.append(number)
        for key in self._graph.keys[number]:
            if key not in self._keys:
                self._need_key(key, number)

    def _need_key(self, key: str, parent: int) -> None:
        if key in self._keys:
            return
        self._keys.add(key)
        for number in self._effects.by_key.get(key, ()):
            if self._is_loaded(self._graph.units[number][0]):
                self._need(number, parent)

    def _expand(self, number: int, module: Module, unit: Unit) -> None:
        if module not in self.loaded and module not in self._before:
            self._load(module)
        self._need_key(f"{module.name}:*", number)
        for wild in module.wild:
            self._need(wild, number)
        for reference in unit.refs:
            hits = module.resolved.get(reference)
            if hits is None:
                hits = self._graph.resolve(module, reference)
            if not (self._cutting and self._is_cut(reference, hits)):
                self._follow(hits, number)
        for reference in unit.weak:
            hits = self._graph.resolve(module, reference)
            if not (self._cutting and self._is_cut(reference, hits)):
                self._follow_weakly(hits, number)
        for loaded in self._graph.imported(module, unit.late_loads) if unit.late_loads else ():
            self._load(loaded)
        for name in unit.environment:
            (self.packages if name.startswith("=") else self.environment).add(name)
        if unit.kind == "code" and unit.loads:
            self._need_what_is_found(module, unit, number)
        if unit.kind == "code" and unit.calls:
            self._need_annotations(module, unit)
        if unit.flags:
            self._flag(module, unit, number)
        if unit.flags & OPTIONS:
            self.steps.add(f"{module.name}:{unit.binds[0]}")
        for pattern in unit.dynamic_imports:
            self._import(module, unit, pattern, number)

    def _need_what_is_found(self, module: Module, unit: Unit, number: int) -> None:
        """Note what a statement such as ``try: import extra; HAS = True`` finds, if something else it binds is used."""
        if set(unit.binds) <= {local for local, *_ in unit.imported}:
            return
        for level, target, _ in unit.loads:
            dotted = self._graph.absolute(module, level, target)
            if dotted and self._graph.module(dotted, module) is None:
                self._need_package(dotted, number)
        self._finds[number] = [found.name for found in self._graph.imported(module, unit.loads)]

    def _need_annotations(self, module: Module, unit: Unit) -> None:
        """Note that a validator or ``generic.register()`` looks at the annotations of what it is given."""
        for chain, mode, arguments in unit.calls:
            registers = mode == 2 and len(arguments) == 1 and chain.endswith(".register")
            found = (hit.unit for hit in (self._graph.resolve(module, chain) if registers else ()))
            dispatches = any(one is not None and self._graph.units[one][1].flags & DISPATCHES for one in found)
            if dispatches or chain.rpartition(".")[2] in VALIDATORS:
                given = (hit for argument in arguments for hit in self._graph.resolve(module, argument))
                self._annotated.update(hit.unit for hit in given if hit.unit is not None)

    def _follow(self, hits: tuple[Hit, ...], parent: int) -> None:
        for hit in hits:
            if hit.unit is not None:
                if hit.unit not in self._needed:
                    (self._need if parent >= 0 else self._take)(hit.unit, parent)
            elif hit.module is not None:
                self._escape(hit.module, parent)
            elif hit.package:
                self._need_package(hit.package, parent)
            elif hit.key:
                self._need_key(hit.key, parent)
                self._need_key(f"{hit.key.partition(':')[0]}:*", parent)

    def _escape(self, module: Module, parent: int) -> None:
        where = self._graph.units[parent][1].name if parent >= 0 else self._qualname
        reason = f"{where} uses the module {module.name} as a value: all of it counts"
        self._load(module)
        self._need_module(module, parent, "" if module.opaque else reason)

    def _need_package(self, package: str, parent: int) -> None:
        if not is_stdlib(package):
            self.packages.add(package.partition(".")[0])
        self._need_key("//" + package.partition(".")[0], parent)

    def _follow_weakly(self, hits: tuple[Hit, ...], parent: int) -> None:
        for hit in hits:
            if hit.unit is None:
                continue
            module, unit = self._graph.units[hit.unit]
            if unit.kind == "class" or (module.index is not None and unit.name in module.index.classes):
                self._need(hit.unit, parent)

    def _need_module(self, module: Module, parent: int, reason: str) -> None:
        if module in self._whole:
            return
        self._whole[module] = parent
        if module.is_package:
            self._packages[module.name] = module
        self._load(module)
        if reason:
            self.wide[reason] = None
        for place, unit in enumerate(module.units):
            self._need(module.first + place, parent)
            if unit.kind == "import":
                self._need_imported(module, module.first + place, unit)
        for pattern in module.guessed:
            for one in self._graph.matching(module, pattern)[0]:
                self._need_module(one, parent, "")

    def _need_imported(self, module: Module, number: int, unit: Unit) -> None:
        """Take what an import of a module gives it: who can ask for any of its names can ask for these."""
        names = [local for local, *_ in unit.imported]
        for level, target in unit.stars:
            names.extend(self._starred(module, self._graph.absolute(module, level, target), number))
        for name in names:
            hits = self._graph.resolve(module, name)
            if self._cutting and self._is_cut(name, hits):
                continue
            inside = [hit.module for hit in hits if hit.module is not None]
            for one in inside:
                self._load(one)
                reason = f"all of {module.name} counts, and it imports {one.name}: all of that counts"
                self._need_module(one, number, "" if one.opaque else reason)
            self._follow(tuple(hit for hit in hits if hit.module is None), number)

    def _starred(self, module: Module, target: str, number: int) -> Sequence[str]:
        """Return the names that a star import lists; where it lists none, take the whole module."""
        other = self._graph.module(target, module)
        if other is None:
            self._need_package(target, number)
            return ()
        if other.index is not None and other.index.exported is not None:
            return other.index.exported
        self._need_module(other, number, f"all of {module.name} counts, and what it imports from {other.name}")
        return ()

    def _flag(self, module: Module, unit: Unit, number: int) -> None:
        self._flags |= unit.flags
        if unit.flags & DYNAMIC:
            reason = f"{unit.name} looks names up while running: all of {module.name} counts"
            self._need_module(module, number, reason)
            self._listed.add(module)

    def _import(self, module: Module, unit: Unit, pattern: str, number: int) -> None:
        found, outside = self._graph.matching(module, pattern)
        if pattern.endswith("*"):
            what = f"all of {pattern}" if len(pattern) > 1 else "all of the project"
            self.wide[f"{unit.name} imports a module by a computed name: {what} counts"] = None
        for one in found:
            self._need_module(one, number, "")
        for name in outside:
            if not self._cuts.match(name):
                self._need_package(name, number)

    def _need_subclasses(self) -> None:
        for number in list(self._needed):
            for subclass in self._effects.subclasses.get(number, ()):
                if self._is_loaded(self._graph.units[subclass][0]):
                    self._need(subclass, number)

    def _need_hints(self) -> None:
        """Take what annotations name, for who looks at them may make an object of it."""
        for number in list(self._needed):
            module, unit = self._graph.units[number]
            for chain in unit.hints:
                hits = self._graph.resolve(module, chain)
                if not (self._cutting and self._is_cut(chain, hits)):
                    self._follow(tuple(hit for hit in hits if hit.unit is not None), number)

    def _need_submodules(self) -> None:
        """Take the modules that are attributes of a package that is a value, once they are imported by anybody."""
        for module in [*self.loaded, *self._before] if self._packages else ():
            package = self._packages.get(module.name.rpartition(".")[0])
            if package is not None:
                self._need_module(module, self._whole[package], f"all of {package.name} counts, also {module.name}")

    def _need_called(self) -> None:
        """Take what is put where a statement calls all that is there, if what it does then makes a difference."""
        for caller, held in self._callers:
            for number in dict.fromkeys(one for key in sorted(held) for one in self._effects.by_key.get(key, ())):
                if number in self._needed and caller in self._needed:
                    continue
                keys = self._effects.stores(number) if self._is_loaded(self._graph.units[number][0]) else ()
                if not self._keys.isdisjoint(keys) or any(map(is_ambient, keys)):
                    self._need(caller, -1)
                    self._need(number, caller)

    # What is left out

    @property
    def unused(self) -> tuple[str, ...]:
        """The patterns of `ignore` that have matched nothing."""
        return tuple(pattern for pattern in self._ignore if pattern not in self._cuts.used)

    def _is_cut(self, reference: str, hits: tuple[Hit, ...]) -> bool:
        """Say whether a reference is not followed, by how it is written or by what it leads to."""
        # What a function imports itself is not kept as it is written, so that only what it leads to tells.
        as_written = ":" not in reference and self._cuts.match(reference)
        targets = [name for hit in hits for name in [self._target(hit)] if name]
        return as_written or self._cuts.match_all(targets)

    def _target(self, hit: Hit) -> str:
        """Return the dotted name of what a reference leads to, '' for an import on the way there."""
        if hit.unit is None:
            start = hit.package or (hit.module.name if hit.module else (hit.key or "").replace(":", "."))
            return ".".join((start, *hit.rest))
        module, unit = self._graph.units[hit.unit]
        return "" if unit.kind == "import" else ".".join((module.name, (unit.binds or (unit.name,))[0], *hit.rest))

    def _is_left_out(self, number: int) -> bool:
        module, unit = self._graph.units[number]
        return self._cuts.match_all(f"{module.name}.{name}" for name in unit.binds or (unit.name,))

    # Loading

    def _load(self, module: Module) -> None:
        pending = [module]
        while pending:
            current = pending.pop()
            if current not in self.loaded:
                self._load_one(current)
                pending.extend(self._graph.loads(current))
                pending.extend(self._effects.loads(current))

    def _load_one(self, module: Module) -> None:
        if module not in self.loaded:
            self.loaded[module] = None
            self._note_effects(module)

    def _is_loaded(self, module: Module) -> bool:
        return module in self.loaded or module in self._before

    def _note_effects(self, module: Module) -> None:
        for number, keys in self._effects.of(module).items():
            if not self._keys.isdisjoint(keys) or any(is_ambient(key) for key in keys):
                self._need(number, -1)
        self._callers.extend(self._effects.callers.get(module, ()))

    # What came out

    def executed(self) -> set[Module]:
        """Return the modules that are loaded with the function's, and of those that were before the ones that count."""
        counting = {self._graph.units[number][0] for number in self._needed} if self._before else ()
        return {*self.loaded, *(module for module in self._before if module in counting)}

    def modules(self) -> list[Module]:
        """Return every module whose source had a say, be it only that it turned out not to matter."""
        needed = dict.fromkeys(self._graph.units[number][0] for number in self._needed)
        found = {**self._before, **self.loaded, **needed}
        pending = list(found)
        while pending:
            for used in pending.pop().uses:
                if used not in found:
                    found[used] = None
                    pending.append(used)
        return list(found)

    def rows(self) -> list[Row]:
        """Return the entries, sorted by name."""
        rows: list[Row] = []
        for number in self._needed:
            module, unit = self._graph.units[number]
            name, digest = self._name_and_digest(number)
            rows.append((name, digest, module.path, unit.line, unit.end_line, self._via(number, unit.name)))
        for module, name, content in self._opaque():
            rows.append((name, content, module.path, 1, 1, self._via(self._whole[module], name)))
        return sorted(rows)

    def _opaque(self) -> list[tuple[Module, str, str]]:
        return [(one, f"{one.name}:*", one.index.content) for one in self._whole if one.opaque and one.index]

    def _name_and_digest(self, number: int) -> tuple[str, str]:
        module, unit = self._graph.units[number]
        digest = unit.full if self._flags & DOCS or number in self._annotated else unit.digest
        found = self._finds.get(number)
        if found:
            digest = xxh3_128_hexdigest(f"{digest} finds {' '.join(found)}".encode())
        return f"{module.name}:{unit.name}", digest or import_digest(module, unit)

    def _via(self, number: int, end: str) -> str:
        return route(self._graph, self._needed, number, self._root, self._qualname, end)

    def digest(self) -> str:
        """Return the digest of the closure: what is in it, and in which order what is changed more than once."""
        lines = [self._line(number) for number in self._needed]
        lines.extend(f"{name} {content}" for _, name, content in self._opaque())
        lines.sort()
        lines.extend(self._orders())
        lines.extend(self._beginning())
        return xxh3_128_hexdigest("\n".join(lines).encode("utf-8", "surrogatepass"))

    def _line(self, number: int) -> str:
        """Return the line of a unit; that of most is the same in each closure, and so is kept."""
        special = self._flags & DOCS or number in self._annotated or number in self._finds
        line = None if special else self._graph.lines.get(number)
        if line is None:
            name, digest = self._name_and_digest(number)
            module, unit = self._graph.units[number]
            # How many statements of this name are before it says nothing. Of several names the digest has all.
            line = f"{module.name if len(unit.binds) > 1 else name.partition('#')[0]} {digest}"
            if not special:
                self._graph.lines[number] = line
        return line

    def _beginning(self) -> Iterator[str]:
        """Yield where the closure begins, if the name of the function and the statements do not tell.

        Functions of one name that call each other, or reach all of the project, have the same statements.
        """
        name = self._qualname.partition(".")[0]
        units = map(self._graph.units.__getitem__, self._needed)
        defined = {module for module, unit in units if name in unit.binds and unit.kind != "import"}
        if "<locals>" in self._qualname or defined - {self._root}:
            yield f"begins {self._root.name}:{name}"

    def _orders(self) -> Iterator[str]:
        by_module: dict[Module, list[int]] = {}
        for number in sorted(self._needed):
            by_module.setdefault(self._graph.units[number][0], []).append(number)
        for module in sorted(by_module, key=lambda one: one.name):
            order = [*map(self._line, statement_order(self._graph, self._effects, module, by_module[module]))]
            if module in self._listed:  # who goes through globals() sees names in the order in which they are bound
                order = [self._graph.units[number][1].name for number in by_module[module]]
            if order:
                yield f"order {module.name}: {' '.join(order)}"
        starts = (self._root, self._before)
        yield from import_orders(self._graph, self._effects, self._lookups, starts, by_module, self._keys, self._line)
