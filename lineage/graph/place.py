"""Where each vertex of a row stands, its order given: as near to its neighbours as the room between them allows.

Each row is one weighted isotonic regression: of all places that keep the order and the distances, those with the
smallest sum of squares from where the vertices would like to be. Pooling adjacent violators finds them in one pass
(M. Ayer et al., An empirical distribution function for sampling with incomplete information, 1955).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from lineage.graph.layers import Layered

__all__ = ["Reach", "fitted", "heights", "median", "offsets"]

#: Passes over all rows: from the left, from the right, and between both.
PASSES = ("before", "after", "both", "both")
#: More of them where that is cheap, at last from the left: what is made stands level with the middle of what it is of.
BALANCING = (*("both",) * 8, "before")
SMALL = 300
#: What an edge between two dummies weighs against one between two nodes: long edges become straight first.
STRAIGHT = 8.0
#: What staying weighs for a vertex that has no neighbours on the side that a pass looks at.
IDLE = 0.1


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
    sides = {"before": (layered.before, layered.before), "after": (layered.after, layered.after)}
    for number, side in enumerate(PASSES + BALANCING if len(y) <= SMALL else PASSES):
        near, far = sides.get(side, (layered.before, layered.after))
        sure = [weight if one or other else IDLE for weight, one, other in zip(weights, near, far, strict=True)]
        for at in range(len(room)) if number % 2 == 0 else reversed(range(len(room))):
            _fit_row(layered.rows[at], near, far, sure, room[at], y)
    # Means leave lines a little uneven. What only follows from one thing is level with it; all else stays.
    links = [some if len(some) == 1 and len(layered.after[some[0]]) == 1 else () for some in layered.before]
    sure = [STRAIGHT if some else 1.0 for some in links]
    for row, offset in zip(layered.rows, room, strict=True):
        _fit_row(row, links, links, sure, offset, y)
    return y


def _fit_row(
    row: Sequence[int],
    near: Sequence[Sequence[int]],
    far: Sequence[Sequence[int]],
    sure: Sequence[float],
    room: Sequence[float],
    y: list[float],
) -> None:
    if near is far:
        wanted = [_middle(near[vertex], y) if near[vertex] else y[vertex] for vertex in row]
    else:
        wanted = [_between(near[vertex], far[vertex], vertex, y) for vertex in row]
    found = fitted(wanted, [sure[vertex] for vertex in row], room) if len(row) > 1 else wanted
    for vertex, height in zip(row, found, strict=True):
        y[vertex] = height


def _between(one: Sequence[int], other: Sequence[int], vertex: int, y: Sequence[float]) -> float:
    """Return the mean of both sides; a median of all would rest anywhere between two inputs, wherever it began."""
    if one and other:
        return (_middle(one, y) + _middle(other, y)) / 2
    return _middle(one or other or (vertex,), y)


def _middle(near: Sequence[int], y: Sequence[float]) -> float:
    if len(near) == 1:
        return y[near[0]]
    if len(near) == 2:
        return (y[near[0]] + y[near[1]]) / 2
    return median([y[each] for each in near])


def offsets(row: Sequence[int], reach: Reach) -> list[float]:
    """Return where the vertices of a row are if all stand as near as they may, from the first at 0."""
    at = 0.0
    found = [at] if row else []
    for one, other in pairwise(row):
        at += reach.below[one] + reach.above[other]
        found.append(at)
    return found


def _weights(layered: Layered) -> list[float]:
    count = layered.count
    return [1.0] * count + [
        STRAIGHT if layered.before[vertex][0] >= count or max(layered.after[vertex]) >= count else 1.0
        for vertex in range(count, len(layered.layer))
    ]


def median(values: list[float]) -> float:
    """Return the median, of an even number the mean of the two in the middle."""
    count = len(values)
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
    found: list[float] = []
    at = 0
    for mean, count in zip(means, counts, strict=True):
        if count == 1:
            found.append(mean + room[at])
        else:
            found += [mean + offset for offset in room[at : at + count]]
        at += count
    return found
