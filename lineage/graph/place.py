"""Where each vertex of a row stands, its order given: as near to its neighbours as the room between them allows.

Each row is one weighted isotonic regression: of all places that keep the order and the distances, those with the
smallest sum of squares from where the vertices would like to be. Pooling adjacent violators finds them in one pass
(M. Ayer et al., An empirical distribution function for sampling with incomplete information, 1955).
"""

from __future__ import annotations

from collections.abc import Sequence

from lineage.graph.layers import Layered

__all__ = ["Reach", "fitted", "heights", "median", "offsets"]

#: Passes over all rows: from the left, from the right, and at last between both.
PASSES = ("before", "after", "before", "after", "both", "both")
#: What an edge between two dummies weighs against one between two nodes: long edges become straight first.
STRAIGHT = 8.0


class Reach:
    """How much room each vertex takes in its row: neighbours are ``below[one] + above[other]`` apart at least."""

    __slots__ = ("above", "below")

    def __init__(self, above: Sequence[float], below: Sequence[float]) -> None:
        self.above = above
        self.below = below


def heights(layered: Layered, reach: Reach) -> list[float]:
    """Return the `y` of each vertex, the rows of a layered graph being in order; any value may be the first."""
    room = [offsets(row, reach) for row in layered.rows]
    y = [0.0] * len(layered.layer)
    for row, offset in zip(layered.rows, room, strict=True):
        for vertex, at in zip(row, offset, strict=True):
            y[vertex] = at - offset[-1] / 2
    weights = _weights(layered)
    for kind in PASSES:
        _pass(layered, room, weights, y, kind)
    return y


def offsets(row: Sequence[int], reach: Reach) -> list[float]:
    """Return where the vertices of a row are if all stand as near as they may, from the first at 0."""
    at = 0.0
    found = [at] if row else []
    for one, other in zip(row, row[1:], strict=False):
        at += reach.below[one] + reach.above[other]
        found.append(at)
    return found


def _weights(layered: Layered) -> list[float]:
    count = layered.count
    return [1.0] * count + [
        STRAIGHT if layered.before[vertex][0] >= count or max(layered.after[vertex]) >= count else 1.0
        for vertex in range(count, len(layered.layer))
    ]


def _pass(
    layered: Layered, room: Sequence[Sequence[float]], weights: Sequence[float], y: list[float], kind: str
) -> None:
    order = range(len(layered.rows))
    before = layered.before if kind != "after" else None
    after = layered.after if kind != "before" else None
    for at in order if kind == "before" else reversed(order):
        row, wanted, sure = layered.rows[at], [], []
        for vertex in row:
            near = [*(before[vertex] if before else ()), *(after[vertex] if after else ())]
            wanted.append(median([y[each] for each in near]) if near else y[vertex])
            sure.append(weights[vertex] if near else 0.1)
        for vertex, found in zip(row, fitted(wanted, sure, room[at]), strict=True):
            y[vertex] = found


def median(values: list[float]) -> float:
    """Return the median, of an even number the mean of the two in the middle."""
    count = len(values)
    if count == 1:
        return values[0]
    values.sort()
    return values[count // 2] if count % 2 else (values[count // 2 - 1] + values[count // 2]) / 2


def fitted(wanted: Sequence[float], weights: Sequence[float], room: Sequence[float]) -> list[float]:
    """Return the places nearest to the wanted ones (least squares) of which each is far enough above the last.

    Parameters
    ----------
    wanted, weights : sequence of float
        Where each would like to be, and how much.
    room : sequence of float
        Where each would be if all stood as near as they may: place ``i + 1`` less place ``i`` is at least the
        difference of theirs.
    """
    means: list[float] = []
    masses: list[float] = []
    counts: list[int] = []
    for want, mass, offset in zip(wanted, weights, room, strict=True):
        mean, count = want - offset, 1
        while means and means[-1] >= mean:
            other = masses.pop()
            mean = (means.pop() * other + mean * mass) / (other + mass)
            mass += other
            count += counts.pop()
        means.append(mean)
        masses.append(mass)
        counts.append(count)
    pooled = [mean for mean, count in zip(means, counts, strict=True) for _ in range(count)]
    return [mean + offset for mean, offset in zip(pooled, room, strict=True)]
