"""In which order statements and imports count, where their order can make a difference."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from lineage.fingerprint.effects import Effects
from lineage.fingerprint.graph import Graph
from lineage.fingerprint.hits import Module
from lineage.fingerprint.importing import import_order
from lineage.fingerprint.lookups import Lookups

__all__ = ["import_orders", "statement_order"]


def statement_order(graph: Graph, effects: Effects, module: Module, numbers: Sequence[int]) -> list[int]:
    """Return the statements that bind or change what another one does too, and of all that may look at it.

    Parameters
    ----------
    graph : Graph
        The project's modules.
    effects : Effects
        What their statements change.
    module : Module
        Whose statements.
    numbers : sequence of int
        Those that count, in source order.
    """
    contested = effects.contested(module)
    if not contested:
        return []
    changed = effects.of(module)
    writers: dict[str, int] = {}
    for number in numbers:
        for key in contested.intersection((*graph.keys[number], *changed.get(number, ()))):
            writers[key] = writers.get(key, 0) + 1
    shared = {key for key, count in writers.items() if count > 1}
    if not shared:
        return []
    return [number for number in numbers if _counts(graph, number, shared)]


def _counts(graph: Graph, number: int, shared: set[str]) -> bool:
    unit = graph.units[number][1]
    if not shared.isdisjoint(graph.keys[number]):
        return True
    # What is executed may read a name between two statements that change it.
    return bool(unit.calls) or (unit.kind == "code" and bool(unit.refs or unit.writes))


def import_orders(
    graph: Graph,
    effects: Effects,
    lookups: Lookups,
    starts: tuple[Module, Collection[Module]],
    by_module: Mapping[Module, Sequence[int]],
    keys: Collection[str],
    line: Callable[[int], str],
) -> Iterator[str]:
    """Yield in which order modules are imported that change something which another one changes or looks at too.

    Parameters
    ----------
    graph : Graph
        The project's modules.
    effects : Effects
        What their statements change.
    lookups : Lookups
        What their statements look at.
    starts : (Module, collection of Module)
        Where the imports begin, and what was executed before.
    by_module : mapping of Module to sequence of int
        The statements that count.
    keys : collection of str
        What counts of that which they change.
    line : callable
        Returns how a statement is told in the digest.
    """
    root, before = starts
    writers: dict[str, list[int]] = {}
    for module, numbers in by_module.items():
        changes = effects.of(module)
        for number in numbers if changes else ():
            for key in changes.get(number, ()):
                if key in keys:
                    writers.setdefault(key, []).append(number)
    writers.update(lookups.derived(by_module))
    if not writers:
        return
    where = [{graph.units[number][0] for number in numbers} for numbers in writers.values()]
    shared = {module for found in where if len(found) > 1 for module in found}
    order = [module.name for module in import_order(graph, root) if module in shared]
    if order:
        yield f"imports: {' '.join(order)}"
    looking = dict.fromkeys(lookups.early(root, before, by_module, writers, line))
    yield from sorted({told for _, told in looking if told})
    if looking:
        shared |= {*(module for module, _ in looking), *(module for found in where for module in found)}
    for module in sorted(by_module, key=lambda one: one.name) if shared else ():
        for number in by_module[module]:
            yield from _late_order(graph, number, shared)


def _late_order(graph: Graph, number: int, shared: set[Module]) -> Iterator[str]:
    """Yield the same of what functions import; the digest of a function does not say it."""
    module, unit = graph.units[number]
    if len(unit.late_loads) > 1:
        loaded = graph.imported(module, unit.late_loads)
        order = dict.fromkeys(one.name for start in loaded for one in import_order(graph, start) if one in shared)
        if len(order) > 1:
            yield f"imports of {module.name}:{unit.name}: {' '.join(order)}"
