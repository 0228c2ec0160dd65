"""In which order the statements of a module count, where their order can make a difference."""

from __future__ import annotations

from collections.abc import Sequence

from lineage.fingerprint.effects import Effects
from lineage.fingerprint.graph import Graph
from lineage.fingerprint.hits import Module

__all__ = ["statement_order"]


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
