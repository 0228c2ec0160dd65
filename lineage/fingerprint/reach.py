"""What is executed where something is called: all that it can reach, and the modules that this imports."""

from __future__ import annotations

from collections.abc import Iterator

from lineage.fingerprint.graph import Graph, Module
from lineage.fingerprint.units import RUNS

__all__ = ["Reach"]


class Reach:
    """What statements can reach.

    Parameters
    ----------
    graph : Graph
        The modules.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._reach: dict[int, list[int]] = {}
        self._loads: dict[Module, list[Module]] = {}
        self._loaded: dict[int, list[Module]] = {}

    def reached(self, number: int) -> list[int]:
        """Return a unit with all that it can reach by references."""
        found = self._reach.get(number)
        if found is None:
            seen = {number: None}
            pending = [number]
            while pending:
                module, unit = self._graph.units[pending.pop()]
                for hit in (hit for reference in unit.refs for hit in self._graph.resolve(module, reference)):
                    inside = hit.module if unit.flags & RUNS else None  # it may call any of a module's functions
                    units = range(inside.first, inside.first + len(inside.units)) if inside else (hit.unit,)
                    for one in units:
                        if one is not None and one not in seen:
                            seen[one] = None
                            pending.append(one)
            found = self._reach[number] = list(seen)
        return found

    def loads(self, module: Module) -> list[Module]:
        """Return the modules that are imported by functions which a module calls while it is imported itself."""
        found = self._loads.get(module)
        if found is None:
            numbers = range(module.first, module.first + len(module.units))
            found = self._loads[module] = list(
                dict.fromkeys(one for number in numbers for one in self.loaded_by(number))
            )
        return found

    def loaded_by(self, number: int) -> list[Module]:
        """Return the modules that are imported by functions which a statement calls when it is executed."""
        module, unit = self._graph.units[number]
        if not unit.calls and not unit.dynamic_imports:
            return []
        known = self._loaded.get(number)
        if known is not None:
            return known
        found: dict[Module, None] = {}
        if unit.kind == "code":
            found.update(dict.fromkeys(self._imported_by(module, unit.dynamic_imports)))
        for hit in (hit for chain, _, _ in unit.calls for hit in self._graph.resolve(module, chain)):
            for one in () if hit.unit is None else self.reached(hit.unit):
                where, called = self._graph.units[one]
                if called.late_loads:
                    found.update(dict.fromkeys(self._graph.imported(where, called.late_loads)))
                found.update(dict.fromkeys(self._imported_by(where, called.dynamic_imports)))
        self._loaded[number] = list(found)
        return self._loaded[number]

    def _imported_by(self, module: Module, patterns: tuple[str, ...]) -> Iterator[Module]:
        # A name of which nothing is known may be any module's; who needs that one's names says so himself.
        for pattern in patterns:
            if pattern != "*":
                yield from self._graph.matching(module, pattern)[0]
