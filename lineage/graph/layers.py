"""Which layer each node stands in, and the dummies where an edge passes a layer.

Vertices are numbers here: nodes in the order of their names, then dummies. So nothing depends on the order in which
the graph was given, and lists take the place of dictionaries.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["Layered", "ranks"]

#: A layout that needs more dummies than four a node and these lets its longest edges pass straight through.
SPARE_DUMMIES = 20_000


class Layered:
    """Vertices in layers, with edges between neighbouring layers only.

    The edges of one node share their dummies: they run together and part where the first of them has arrived.

    Attributes
    ----------
    count : int
        How many vertices are nodes; those from here on are dummies.
    layer : list of int
        Of each vertex, from 0.
    before, after : list of list of int
        The neighbours of each vertex in the layer before and after it.
    rows : list of list of int
        The vertices of each layer, in the order in which they stand (from low to high `y`).
    chains : dict of int to list of int
        The dummies of a node's edges, from the layer after it on.
    """

    __slots__ = ("after", "before", "chains", "count", "layer", "rows")

    def __init__(self, after: Sequence[Sequence[int]], layer: Sequence[int]) -> None:
        self.count = len(layer)
        self.layer = list(layer)
        self.before: list[list[int]] = [[] for _ in layer]
        self.after: list[list[int]] = [[] for _ in layer]
        self.chains: dict[int, list[int]] = {}
        limit = _longest_drawn(after, layer)
        for source, targets in enumerate(after):
            self._link(source, [target for target in targets if layer[target] - layer[source] <= limit])
        self.rows: list[list[int]] = [[] for _ in range(max(self.layer, default=-1) + 1)]
        for vertex, at in enumerate(self.layer):
            self.rows[at].append(vertex)

    def _link(self, source: int, targets: Sequence[int]) -> None:
        start = self.layer[source]
        length = max((self.layer[target] for target in targets), default=start) - start - 1
        if length < 1:
            for target in targets:
                self._join(source, target)
            return
        first = len(self.layer)
        chain = self.chains[source] = list(range(first, first + length))
        self.layer += range(start + 1, start + 1 + length)
        self.before += [[] for _ in chain]
        self.after += [[] for _ in chain]
        stops = [source, *chain]
        for one, next_one in zip(stops, chain, strict=False):
            self._join(one, next_one)
        for target in targets:
            self._join(stops[self.layer[target] - start - 1], target)

    def _join(self, source: int, target: int) -> None:
        self.after[source].append(target)
        self.before[target].append(source)


def _longest_drawn(after: Sequence[Sequence[int]], layer: Sequence[int]) -> int:
    """Return how long edges may be to have dummies, so that a graph of long edges does not fill the memory."""
    spans = [[layer[target] - at for target in targets] for at, targets in zip(layer, after, strict=True)]
    limit = max((span for some in spans for span in some), default=1)
    budget = 4 * len(layer) + SPARE_DUMMIES
    while sum(max((span for span in some if span <= limit), default=1) - 1 for some in spans) > budget:
        limit //= 2
    return limit


def ranks(before: Sequence[Sequence[int]], after: Sequence[Sequence[int]], order: Sequence[int]) -> list[int]:
    """Return the layer of each node: as far left as its inputs allow, but what only feeds one place stands beside it.

    Parameters
    ----------
    before, after : sequence of sequence of int
        The neighbours of each node.
    order : sequence of int
        The nodes, each after all that is before it.
    """
    layer = [0] * len(order)
    free = [True] * len(order)
    for node in order:
        for each in before[node]:
            layer[node] = max(layer[node], layer[each] + 1)
            # Free to move right: nothing before it has another user, so no edge grows by more than another shrinks.
            free[node] = free[node] and free[each] and len(after[each]) == 1
    for node in reversed(order):
        if free[node] and after[node]:
            layer[node] = min(layer[each] for each in after[node]) - 1
    return layer
