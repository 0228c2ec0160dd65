"""A layout beside an earlier one: what is there stays, what is new finds room.

People remember a picture by where things are (K. Misue et al., Layout adjustment and the mental map, 1995). So a
symbol moves to a later column only where an edge would lead back, and within its column only where there are so many
new ones that free places would tear them apart.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from lineage.graph.layers import Layered
from lineage.graph.place import Reach, fitted, median, offsets

__all__ = ["Earlier", "kept", "kept_ranks"]

#: So many new nodes of a column take free places; more (a stack that was opened) push the others apart.
FEW = 2
#: What staying weighs against standing beside one's neighbours, where a column is pushed apart.
STAY = 100.0


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier layout says of each node.

    Attributes
    ----------
    y : list of float or None
        Where it was.
    stays : list of bool
        Whether it is in the same column as then.
    chains : list of list of float
        Where its edges passed the columns after its own.
    """

    y: Sequence[float | None]
    stays: Sequence[bool]
    chains: Sequence[Sequence[float]]


def kept_ranks(
    before: Sequence[Sequence[int]], after: Sequence[Sequence[int]], order: Sequence[int], old: Sequence[int | None]
) -> list[int]:
    """Return the layer of each node, that of before where edges allow; below 0 for what is put before the first."""
    latest: list[int | None] = list(old)
    for node in reversed(order):
        ends = [end for each in after[node] if (end := latest[each]) is not None]
        if old[node] is None and ends:
            latest[node] = min(ends) - 1
    layer = [0] * len(order)
    for node in order:
        earliest = [layer[each] + 1 for each in before[node]]
        # What is new and has inputs stands right after them; without, right before what takes it.
        was = old[node] if earliest else latest[node]
        layer[node] = max([*earliest, *([] if was is None else [was])], default=0)
    return layer


def kept(layered: Layered, earlier: Earlier, reach: Reach) -> list[float]:
    """Return the `y` of each vertex, and bring the rows of the layered graph into that order."""
    return _Keeping(layered, earlier, reach).placed()


class _Keeping:
    """One call of `kept`; `y` of a vertex is None until it has its place."""

    def __init__(self, layered: Layered, earlier: Earlier, reach: Reach) -> None:
        self.layered = layered
        self.reach = reach
        self.old = _old(layered, earlier)
        self.y: list[float | None] = [each if stays else None for each, stays in self.old]
        known = [each for each in self.y if each is not None]
        self.bottom = max(known, default=0.0)

    def placed(self) -> list[float]:
        for row in self.layered.rows:
            self.row(row)
            row.sort(key=lambda vertex: self.y[vertex] or 0.0)
        return [each or 0.0 for each in self.y]

    def row(self, row: list[int]) -> None:
        there = sorted((v for v in row if self.y[v] is not None), key=lambda v: (self.y[v] or 0.0, v))
        moved = sorted((v for v in row if self.y[v] is None and self.old[v][0] is not None), key=lambda v: self.wish(v))
        new = [v for v in row if self.old[v][0] is None]
        if sum(vertex < self.layered.count for vertex in new) > FEW or not self.fits(there):
            self.push([*there, *moved, *new])
            return
        for vertex in (*moved, *new):
            self.y[vertex] = self.free(there, vertex)
            there.insert(bisect_left([self.y[v] or 0.0 for v in there], self.y[vertex] or 0.0), vertex)

    def wish(self, vertex: int) -> float:
        """Return where a vertex would like to be: where it was, else between its neighbours, else under everything."""
        was = self.old[vertex][0]
        if was is not None:
            return was
        near = [*self.layered.before[vertex], *self.layered.after[vertex]]
        known = [y for each in near if (y := self.y[each]) is not None]
        return median(known) if known else self.bottom + 2 * self.reach.below[vertex]

    def fits(self, there: Sequence[int]) -> bool:
        """Tell whether what stays has room; labels may have grown."""
        return all(
            (self.y[other] or 0.0) - (self.y[one] or 0.0) > self.reach.below[one] + self.reach.above[other] - 1e-3
            for one, other in pairwise(there)
        )

    def push(self, vertices: Sequence[int]) -> None:
        """Give all of a column room in the order in which they would like to be, what was there staying if it can."""
        wishes = {vertex: self.wish(vertex) for vertex in vertices}
        order = sorted(vertices, key=lambda v: (wishes[v], self.old[v][0] is None, v))
        weights = [1.0 if self.old[vertex][0] is None else STAY for vertex in order]
        room = offsets(order, self.reach)
        for vertex, y in zip(order, fitted([wishes[v] for v in order], weights, room), strict=True):
            self.y[vertex] = y

    def free(self, there: Sequence[int], vertex: int) -> float:
        """Return the free place nearest to where a vertex would like to be."""
        wish = self.wish(vertex)
        above, below = self.reach.above, self.reach.below
        lows = [(self.y[v] or 0.0) + below[v] + above[vertex] for v in there]
        highs = [(self.y[v] or 0.0) - above[v] - below[vertex] for v in there]
        best = None
        for low, high in zip([float("-inf"), *lows], [*highs, float("inf")], strict=True):
            if low <= high + 1e-6:
                at = min(max(wish, low), high)
                if best is None or abs(at - wish) < abs(best - wish):
                    best = at
        return wish if best is None else best


def _old(layered: Layered, earlier: Earlier) -> list[tuple[float | None, bool]]:
    """Return where each vertex was, and whether its column still is what it was."""
    old: list[tuple[float | None, bool]] = [
        (y, y is not None and s) for y, s in zip(earlier.y, earlier.stays, strict=True)
    ]
    old += [(None, False)] * (len(layered.layer) - layered.count)
    for source, chain in layered.chains.items():
        for dummy, y in zip(chain, earlier.chains[source], strict=False):
            old[dummy] = (y, earlier.stays[source])
    return old
