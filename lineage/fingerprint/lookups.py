"""What is looked at while modules are imported, and whether all that changes it has been executed before.

``from conf import SIZE`` takes what `conf` has at that moment; ``TOTAL = total()``, and whatever asks a cached function
for the first time, is worked out from it. Where another module changes it later, the order of the two decides.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from lineage.fingerprint.effects import DERIVED, Effects, is_state
from lineage.fingerprint.graph import Graph, Hit, Module
from lineage.fingerprint.kinds import Kinds
from lineage.fingerprint.units import KEEPS, SUBCLASSES, Unit

__all__ = ["Lookups"]

_ATTRIBUTE = 6
_CALLS = frozenset({0, 1, 2, 3, 7})


class Lookups:
    """What statements look at when they are executed.

    Parameters
    ----------
    graph : Graph
        The modules.
    effects : Effects
        What their statements change.
    """

    def __init__(self, graph: Graph, effects: Effects) -> None:
        self._graph = graph
        self._effects = effects
        self._kinds = Kinds(graph)
        self._places: dict[tuple[Module, ...], tuple[dict[int, int], list[Module]]] = {}
        self._met: dict[int, set[str]] = {}  # of one closure: what is reached of that which is changed
        self._anywhere: tuple[str, ...] = ()
        self._derived: list[str] = []
        self._looks: dict[int, tuple[frozenset[str], frozenset[int]]] = {}
        self._keys: dict[int, frozenset[str]] = {}
        self._keepers: dict[int, frozenset[int]] = {}
        self._set: dict[int, frozenset[str]] = {}
        self._asks: dict[Module, list[tuple[int, frozenset[int]]]] = {}

    def early(
        self,
        root: Module,
        before: Collection[Module],
        by_module: Mapping[Module, Sequence[int]],
        writers: Mapping[str, Collection[int]],
        line: Callable[[int], str],
    ) -> Iterator[tuple[Module, str]]:
        """Yield what is looked at before all that changes it has been executed: whose statement that is, and a line.

        Parameters
        ----------
        root : Module
            Where the imports begin.
        before : collection of Module
            What was executed before that, the first one first.
        by_module : mapping of Module to sequence of int
            The statements that count.
        writers : mapping of str to collection of int
            Of these, what changes what: by keys.
        line : callable
            Returns how a statement is told in the digest.
        """
        self._met = {}
        self._anywhere = tuple(key[:-1] for key in writers if key.endswith(":*"))
        self._derived = [key for key in writers if key.startswith(DERIVED)]
        places, modules = self._executed(root, before)
        for module, numbers in by_module.items():
            for number in numbers:
                yield from self._told(module, number, writers, places, line)
        keepers = {one for numbers in by_module.values() for one in numbers if self._graph.units[one][1].flags & KEEPS}
        for module in modules:
            counting = frozenset(by_module.get(module, ()))
            uncounted = [number for number, _ in module.stars]
            if keepers:
                uncounted += [number for number, asked in self._asking(module) if not keepers.isdisjoint(asked)]
            for number in uncounted:
                if number not in counting:
                    yield from self._told(module, number, writers, places, line, counts=False)

    def _told(
        self,
        module: Module,
        number: int,
        writers: Mapping[str, Collection[int]],
        places: Mapping[int, int],
        line: Callable[[int], str],
        counts: bool = True,
    ) -> Iterator[tuple[Module, str]]:
        own = self._effects.of(module).get(number, frozenset())
        takes = self._graph.units[number][1].kind == "import"
        for key in sorted(self._looked_at(module, number, writers)):
            if key in own:
                continue  # the order of what changes it is told by itself
            changing = [*writers.get(key, ()), *writers.get(f"{key.partition(':')[0]}:*", ())]
            others = list(dict.fromkeys(changing))
            if counts and not key.startswith("//"):  # the order of the statements of a module is told by itself, too
                others = [one for one in others if self._graph.units[one][0] is not module]
            if takes:  # of what is changed in place an import by name sees all
                others = [one for one in others if self._sets(one, key)]
            place = places.get(number)
            if place is None:
                if others:
                    yield module, ""
                continue
            done = [self._graph.units[one][0].name for one in others if places.get(one, place) < place]
            if len(done) < len(others):
                yield module, f"{line(number)} looks at {key} after: {' '.join(sorted(done))}"

    # What a statement looks at

    def _looked_at(self, module: Module, number: int, writers: Mapping[str, Collection[int]]) -> set[str]:
        """Return the keys of what a statement looks at when it is executed, of those that are changed."""
        found = self._looks.get(number)
        if found is None:
            found = self._looks[number] = self._look(module, self._graph.units[number][1], number)
        direct, called = found
        keys = self._changed(direct, writers)
        for one in called:
            met = self._met.get(one)
            if met is None:
                met = self._met[one] = self._changed(self._reached_keys(one), writers)
            keys |= met
        if self._graph.units[number][1].flags & SUBCLASSES or any(map(self._lists_classes, called)):
            looked_at = direct.union(*map(self._reached_keys, called)) if self._derived else direct
            keys.update(key for key in self._derived if key.removeprefix(DERIVED) in looked_at)
        return keys

    def _changed(self, keys: frozenset[str], writers: Mapping[str, Collection[int]]) -> set[str]:
        """Return those of some keys that are changed, be it with all that a module has."""
        found = writers.keys() & keys
        return found | {key for key in keys if key.startswith(self._anywhere)} if self._anywhere else found

    def _look(self, module: Module, unit: Unit, number: int) -> tuple[frozenset[str], frozenset[int]]:
        """Return the keys of what a statement names, and what it calls, when it is executed."""
        chains: dict[str, None] = {}
        called: set[int] = set()
        keys: set[str] = set()
        if unit.kind == "import":
            chains.update((local, None) for local, *_, name in unit.imported if name)
            for _, target in (star for star in module.stars if star[0] == number):
                keys.update(self._starred(module, target))
        elif unit.calls or unit.kind == "code":
            chains.update(dict.fromkeys((*unit.aliases, *unit.copies)))
            for chain, mode, arguments in unit.calls:
                chains.update(dict.fromkeys((chain, *arguments)))
                called.update(self._called(module, chain, mode))
        for hit in (hit for chain in chains for hit in self._hits(module, chain)):
            if hit.key:
                keys.add(hit.key)
            elif hit.package and is_state(hit.package):
                keys.add("//" + hit.package.partition(".")[0])
        return frozenset(keys), frozenset(called)

    def _hits(self, module: Module, chain: str) -> tuple[Hit, ...]:
        return self._graph.resolve(module, chain.removesuffix("()"))

    def _starred(self, module: Module, target: str) -> Iterator[str]:
        other = self._graph.module(target, module)
        for name in () if other is None else other.binders:
            yield from (hit.key for hit in self._graph.resolve(module, name) if hit.key and hit.unit is not None)

    def _called(self, module: Module, chain: str, mode: int) -> Iterator[int]:
        """Yield what is executed by a call, or where an attribute is asked for that is worked out."""
        for hit in self._hits(module, chain) if mode in _CALLS or mode == _ATTRIBUTE else ():
            if hit.unit is not None and (mode != _ATTRIBUTE or self._is_worked_out(hit)):
                yield hit.unit

    def _is_worked_out(self, hit: Hit) -> bool:
        if hit.unit is None or not hit.rest or self._graph.units[hit.unit][1].kind != "code":
            return False
        return bool(self._kinds.looked_up(hit.unit, hit.rest[0]))

    def _reached_keys(self, number: int) -> frozenset[str]:
        found = self._keys.get(number)
        if found is None:
            reached = self._effects.reached(number)
            found = self._keys[number] = frozenset(key for one in reached for key in self._graph.keys[one])
        return found

    def _lists_classes(self, number: int) -> bool:
        return any(self._graph.units[one][1].flags & SUBCLASSES for one in self._effects.reached(number))

    def derived(self, by_module: Mapping[Module, Sequence[int]]) -> dict[str, list[int]]:
        """Return the classes among statements that count, by the keys of those above them, if anybody lists these."""
        counting = {number for numbers in by_module.values() for number in numbers}
        if not any(self._graph.units[number][1].flags & SUBCLASSES for number in counting):
            return {}
        keys = (key for number in counting if number in self._effects.subclasses for key in self._graph.keys[number])
        found = {DERIVED + key: self._effects.by_key.get(DERIVED + key, ()) for key in keys}
        return {key: [number for number in numbers if number in counting] for key, numbers in found.items()}

    def _asking(self, module: Module) -> list[tuple[int, frozenset[int]]]:
        """Return the statements of a module that execute what keeps its results, with those functions and classes."""
        found = self._asks.get(module)
        if found is None:
            found = self._asks[module] = []
            for place, unit in enumerate(module.units):
                called = {one for chain, mode, _ in unit.calls for one in self._called(module, chain, mode)}
                asked: frozenset[int] = frozenset().union(*map(self._reached_keepers, called))
                if asked:
                    found.append((module.first + place, asked))
        return found

    def _reached_keepers(self, number: int) -> frozenset[int]:
        found = self._keepers.get(number)
        if found is None:
            reached = self._effects.reached(number)
            found = self._keepers[number] = frozenset(one for one in reached if self._graph.units[one][1].flags & KEEPS)
        return found

    # What others give a new value

    def _sets(self, number: int, key: str) -> bool:
        """Whether a statement, or a function that it calls, gives a name of a module another value."""
        found = self._set.get(number)
        if found is None:
            keys = {one for one in self._effects.of(self._graph.units[number][0])[number] if one.endswith(":*")}
            for one in self._effects.reached(number):
                keys.update(self._set_by(*self._graph.units[one]))
            found = self._set[number] = frozenset(keys)
        return key in found or f"{key.partition(':')[0]}:*" in found

    def _set_by(self, module: Module, unit: Unit) -> Iterator[str]:
        yield from (f"{module.name}:{name}" for name in unit.late_binds)
        for chain in unit.deep:
            for hit in self._graph.resolve(module, chain):
                if hit.module is not None:
                    yield f"{hit.module.name}:*"
                elif hit.key and not hit.rest:
                    yield hit.key

    # In which order all is executed

    def _executed(self, root: Module, before: Collection[Module]) -> tuple[dict[int, int], list[Module]]:
        """Return the place of each statement in the order of execution, and the modules, as far as it is known."""
        starts = (*list(before)[:1], root)
        found = self._places.get(starts)
        if found is None:
            places: dict[int, int] = {}
            seen: dict[Module, None] = {}
            for start in starts:
                # dodo.py imports modules with steps, too, but these are only read before a step is executed.
                self._execute(start, None if start is root else set(before), seen, places)
            found = self._places[starts] = (places, list(seen))
        return found

    def _execute(
        self, start: Module, among: set[Module] | None, seen: dict[Module, None], places: dict[int, int]
    ) -> None:
        pending = [self._loads_of(start, places)] if start not in seen else []
        seen[start] = None
        while pending:
            following = next(
                (one for one in pending[-1] if one not in seen and (among is None or one in among)),
                None,
            )
            if following is None:
                pending.pop()
            else:
                seen[following] = None
                pending.append(self._loads_of(following, places))

    def _loads_of(self, module: Module, places: dict[int, int]) -> Iterator[Module]:
        """Yield what a module imports, and note its statements in between."""
        yield from (one for one in self._graph.loads(module) if module.name.startswith(one.name + "."))
        for place, unit in enumerate(module.units):
            if unit.loads:
                yield from self._graph.imported(module, unit.loads)
            places[module.first + place] = len(places)
            yield from self._effects.loaded_by(module.first + place)
