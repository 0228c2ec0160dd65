"""What is looked at while modules are imported, and whether all that changes it has been executed before.

``from conf import SIZE`` takes what `conf` has at that moment; ``TOTAL = total()``, and whatever asks a cached function
for the first time, is worked out from it. Where another module changes it later, the order of the two decides.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from lineage.fingerprint.effects import Effects
from lineage.fingerprint.graph import Graph, Hit, Module
from lineage.fingerprint.kinds import Kinds
from lineage.fingerprint.units import KEEPS, Unit

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
        self._places: dict[tuple[Module, ...], dict[int, int]] = {}
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
        places = self._executed(root, before)
        for module, numbers in by_module.items():
            for number in numbers:
                yield from self._told(module, number, self._looked_at(module, number), writers, places, line)
        keepers = {one for numbers in by_module.values() for one in numbers if self._graph.units[one][1].flags & KEEPS}
        for module in dict.fromkeys(self._graph.units[number][0] for number in places):
            counting = frozenset(by_module.get(module, ()))
            uncounted = [number for number, _ in module.stars]
            if keepers:
                uncounted += [number for number, asked in self._asking(module) if not keepers.isdisjoint(asked)]
            for number in uncounted:
                if number not in counting:
                    looked_at = self._looked_at(module, number)
                    yield from self._told(module, number, looked_at, writers, places, line, counts=False)

    def _told(
        self,
        module: Module,
        number: int,
        keys: frozenset[str],
        writers: Mapping[str, Collection[int]],
        places: Mapping[int, int],
        line: Callable[[int], str],
        counts: bool = True,
    ) -> Iterator[tuple[Module, str]]:
        own = self._effects.of(module).get(number, frozenset())
        takes = self._graph.units[number][1].kind == "import"
        for key in sorted(keys):
            if key in own:
                continue  # the order of what changes it is told by itself
            changing = [*writers.get(key, ()), *writers.get(f"{key.partition(':')[0]}:*", ())]
            others = list(dict.fromkeys(changing))
            if counts:  # the order of the statements of a module that count is told by itself, too
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

    def _looked_at(self, module: Module, number: int) -> frozenset[str]:
        unit = self._graph.units[number][1]
        keys: set[str] = set()
        if unit.kind == "import":
            for local, *_, name in unit.imported:
                keys.update(hit.key for hit in self._graph.resolve(module, local) if name and hit.key)
            for _, target in (star for star in module.stars if star[0] == number):
                keys.update(self._starred(module, target))
        elif unit.calls or unit.kind == "code":
            for chain in dict.fromkeys((*unit.aliases, *unit.copies)):
                keys.update(hit.key for hit in self._hits(module, chain) if hit.key)
            for chain, mode, arguments in unit.calls:
                for one in (chain, *arguments):
                    keys.update(hit.key for hit in self._hits(module, one) if hit.key)
                for called in self._called(module, chain, mode):
                    keys |= self._reached_keys(called)
        return frozenset(keys)

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

    def _executed(self, root: Module, before: Collection[Module]) -> dict[int, int]:
        """Return the place of each statement in the order in which they are executed, as far as it can be told."""
        starts = (*list(before)[:1], root)
        found = self._places.get(starts)
        if found is None:
            found = self._places[starts] = {}
            seen: set[Module] = set()
            for start in starts:
                # dodo.py imports modules with steps, too, but these are only read before a step is executed.
                among = None if start is root else set(before)
                self._execute(start, among, seen, found)
        return found

    def _execute(self, start: Module, among: set[Module] | None, seen: set[Module], places: dict[int, int]) -> None:
        pending = [self._loads_of(start, places)] if start not in seen else []
        seen.add(start)
        while pending:
            following = next(
                (one for one in pending[-1] if one not in seen and (among is None or one in among)),
                None,
            )
            if following is None:
                pending.pop()
            else:
                seen.add(following)
                pending.append(self._loads_of(following, places))

    def _loads_of(self, module: Module, places: dict[int, int]) -> Iterator[Module]:
        """Yield what a module imports, and note its statements in between."""
        yield from (one for one in self._graph.loads(module) if module.name.startswith(one.name + "."))
        for place, unit in enumerate(module.units):
            if unit.loads:
                yield from self._graph.imported(module, unit.loads)
            places[module.first + place] = len(places)
        yield from self._effects.loads(module)
