"""What an import says, and in which order modules are imported."""

from __future__ import annotations

from xxhash import xxh3_128_hexdigest

from lineage.fingerprint.graph import Graph
from lineage.fingerprint.hits import Module
from lineage.fingerprint.units import Unit

__all__ = ["import_digest", "import_order"]


def import_digest(module: Module, unit: Unit) -> str:
    """Return the digest of an import: of what it names, in whichever of several spellings.

    ``import a.b as c`` is ``from a import b as c``: what the two lead to is in a closure itself.
    """
    given = [(Graph.absolute(module, level, target), name) for _, level, target, name in unit.imported]
    given += [(Graph.absolute(module, level, target), "*") for level, target in unit.stars]
    targets = [f"{target}.{name}" if target and name else target or name for target, name in given]
    return xxh3_128_hexdigest(repr(targets).encode())


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
