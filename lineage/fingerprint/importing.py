"""In which order modules are imported."""

from __future__ import annotations

from lineage.fingerprint.graph import Graph
from lineage.fingerprint.hits import Module

__all__ = ["import_order"]


def import_order(graph: Graph, start: Module) -> list[Module]:
    """Return modules in the order in which their statements are over: what a module imports before itself."""
    order: dict[Module, None] = {}
    seen = {start}
    pending = [(start, iter(graph.loads(start)))]
    while pending:
        module, loads = pending[-1]
        following = next((one for one in loads if one not in seen), None)
        if following is None:
            order[module] = None
            pending.pop()
        else:
            seen.add(following)
            pending.append((following, iter(graph.loads(following))))
    return list(order)
