"""A first order for large graphs: strands that are tied to one another side by side, over all layers at once.

Sweeps look at two layers at a time and never undo what is folded over many. So each vertex gets a height, and heights
are averaged over the edges again and again, each layer being stretched to the same mean and spread after it; what is
left in the end is the slowest way in which the graph varies across its layers, much as in spectral ordering
(M. Juvan and B. Mohar, Optimal linear labelings and eigenvalues of graphs, 1992). Momentum needs a fraction of the
rounds (B. Polyak, Some methods of speeding up the convergence of iteration methods, 1964).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, pairwise
from math import sqrt
from operator import mul

from lineage.graph.layers import Layered

__all__ = ["untangle"]

#: Rounds, and those for more vertices than `LARGE`, for which all of them would take half of the time.
ROUNDS = 20
FEWER_ROUNDS = 10
LARGE = 4000
MOMENTUM = 0.7
#: Of so many neighbours a mean is taken: six are three times two and twice three, so that each of a few counts alike.
#: Of a vertex that has more they are taken evenly from all.
NEIGHBOURS = 6


def untangle(layered: Layered) -> None:
    """Put the rows of a connected layered graph into the order of such heights.

    Python adds floating-point numbers in several ways; heights are rounded, so that no version orders anything else.
    """
    order = list(chain.from_iterable(layered.rows))
    bounds = [0]
    for row in layered.rows:
        bounds.append(bounds[-1] + len(row))
    heights = [round(height, 6) for height in _settled(_sampled(layered, order), bounds)]
    for at, row in enumerate(layered.rows):
        height = dict(zip(row, heights[bounds[at] : bounds[at + 1]], strict=True))
        row.sort(key=height.__getitem__)


def _sampled(layered: Layered, order: Sequence[int]) -> list[list[int]]:
    """Return the first neighbour of each vertex, the second and so on; who has fewer has them several times."""
    at = [0] * len(order)
    for place, vertex in enumerate(order):
        at[vertex] = place
    columns: list[list[int]] = [[] for _ in range(NEIGHBOURS)]
    for vertex in order:
        near = layered.before[vertex] + layered.after[vertex] or [vertex]
        count = len(near)
        for number, column in enumerate(columns):
            column.append(at[near[number * count // NEIGHBOURS if count > NEIGHBOURS else number % count]])
    return columns


def _settled(columns: Sequence[Sequence[int]], bounds: Sequence[int]) -> list[float]:
    now = _stretched([float(place) for place in range(bounds[-1])], bounds)
    last = now
    own, near, back = (1 + MOMENTUM) / 2, (1 + MOMENTUM) / (2 * NEIGHBOURS), MOMENTUM
    for _ in range(ROUNDS if bounds[-1] <= LARGE else FEWER_ROUNDS):
        height = now.__getitem__
        means = zip(now, last, *(map(height, column) for column in columns), strict=True)
        mixed = [own * y + near * (a + b + c + d + e + f) - back * before for y, before, a, b, c, d, e, f in means]
        last, now = now, _stretched(mixed, bounds)
    return now


def _stretched(heights: Sequence[float], bounds: Sequence[int]) -> list[float]:
    """Return the heights with mean 0 and spread 1 in each layer; without it all would become equal."""
    found: list[float] = []
    for start, end in pairwise(bounds):
        row = heights[start:end]
        mean = sum(row) / len(row)
        # Rounding can leave less than nothing of the variance of a layer whose heights are all equal.
        variance = sum(map(mul, row, row)) / len(row) - mean * mean
        scale = 1 / sqrt(variance) if variance > 1e-12 else 0.0
        found += [(height - mean) * scale for height in row]
    return found
