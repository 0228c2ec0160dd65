"""The order within the layers, so that few edges cross.

A depth-first walk or a spectral order, sweeps by barycentre of which the best is kept, then each vertex moved to where
it crosses least: K. Sugiyama, S. Tagawa and M. Toda, Methods for visual understanding of hierarchical system structures
(1981), and C. Matuszewski, R. Schönfeld and P. Molitor, Using sifting for k-layer straightline crossing minimization
(1999).
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence

from lineage.graph.layers import Layered
from lineage.graph.spectrum import untangle

_Ends = tuple[Sequence[int], Sequence[int]]

__all__ = ["arrange", "crossings", "sift"]

#: Sweeps there and back; after the spectral order more of them gain hardly anything.
SWEEPS = 2
#: With more vertices one sweep there and back has to do, and nobody sees the single crossings that sifting would save.
LARGE = 4000
#: So many vertices, dummies counted, are few enough to try two beginnings.
SMALL = 300
#: What the row that is not sorted yet counts for in a sweep: enough to decide where others leave a choice.
FAR = 0.25
#: How far a vertex is moved at the end at most, and after how many more crossings no place behind them is looked at.
WINDOW = 8
HOPELESS = 2


def arrange(layered: Layered) -> None:
    """Put the rows of a layered graph into an order with few crossings.

    The walk keeps names in order where nothing is gained by another, so it comes first; on a large graph its sweeps
    would only cost time, since there it has folded strands over one another.
    """
    walk(layered)
    rows = [row[:] for row in layered.rows]
    fewest = crossings(layered, positions(rows, len(layered.layer)))
    if fewest and len(layered.layer) <= SMALL:
        fewest = _improve(layered, fewest)
        rows = [row[:] for row in layered.rows]
    if fewest:
        untangle(layered)
        if _improve(layered, None) >= fewest:
            layered.rows = rows


def _improve(layered: Layered, fewest: int | None) -> int:
    """Sweep and switch, keep the best order, and return its crossings."""
    position = positions(layered.rows, len(layered.layer))
    best = [row[:] for row in layered.rows]
    fewest = crossings(layered, position) if fewest is None else fewest
    for forward in (True, False) * (SWEEPS if len(position) <= LARGE else 1):
        if not fewest:
            break
        sweep(layered, position, forward)
        found = crossings(layered, position)
        if found < fewest:
            best, fewest = [row[:] for row in layered.rows], found
    layered.rows = best
    if fewest:
        if len(position) <= LARGE:
            sift(layered)
        fewest = crossings(layered, positions(layered.rows, len(layered.layer)))
    return fewest


def walk(layered: Layered) -> None:
    """Order each row as a depth-first walk from the first names on comes by: what belongs together stands together."""
    seen = [False] * len(layered.layer)
    rows: list[list[int]] = [[] for _ in layered.rows]
    for start in range(layered.count):
        if layered.before[start] or seen[start]:
            continue
        ahead = [start]
        while ahead:
            vertex = ahead.pop()
            if not seen[vertex]:
                seen[vertex] = True
                rows[layered.layer[vertex]].append(vertex)
                ahead += reversed(layered.after[vertex])
    layered.rows = rows


def positions(rows: Iterable[Sequence[int]], count: int) -> list[int]:
    """Return the place of each vertex in its row."""
    position = [0] * count
    for row in rows:
        for place, vertex in enumerate(row):
            position[vertex] = place
    return position


def sweep(layered: Layered, position: list[int], forward: bool) -> None:
    """Sort each row by where its neighbours stand, mostly those in the row that was sorted before it.

    A vertex without neighbours there keeps its place, since rows differ in length and so in what a place means.
    """
    near, far = (layered.before, layered.after) if forward else (layered.after, layered.before)
    for row in layered.rows if forward else reversed(layered.rows):
        if len(row) > 1:
            _sort_row(row, position, near, far)


def _sort_row(row: list[int], position: list[int], near: Sequence[Sequence[int]], far: Sequence[Sequence[int]]) -> None:
    ends: dict[int, _Ends] = {}
    means: dict[int, float] = {}
    for vertex in row:
        some, others = near[vertex], far[vertex]
        # One neighbour is by far the most frequent case, and this the innermost loop.
        one = (position[some[0]],) if len(some) == 1 else _ends(some, position)
        other = (position[others[0]],) if len(others) == 1 else _ends(others, position)
        ends[vertex] = one, other
        if one:
            mean = one[0] if len(one) == 1 else sum(one) / len(one)
            if other:
                mean += FAR * ((other[0] if len(other) == 1 else sum(other) / len(other)) - mean)
            means[vertex] = mean
    moving = sorted(means, key=means.__getitem__)
    if len(moving) < len(row):
        sorted_ones = iter(moving)
        moving = [next(sorted_ones) if vertex in means else vertex for vertex in row]
    _switch_pairs(moving, ends)
    row[:] = moving
    for place, vertex in enumerate(row):
        position[vertex] = place


def _ends(some: Sequence[int], position: Sequence[int]) -> Sequence[int]:
    return tuple(sorted([position[each] for each in some])) if some else ()


def _switch_pairs(row: list[int], ends: Mapping[int, _Ends]) -> None:
    """Switch the neighbours of a row that cross less for it, in one pass."""
    first = row[0]
    before, after = ends[first]
    for place in range(1, len(row)):
        other = row[place]
        next_before, next_after = ends[other]
        apart = before and next_before and before[-1] > next_before[0]
        if (apart or (after and next_after and after[-1] > next_after[0])) and _gain(before, next_before) + _gain(
            after, next_after
        ) > 0:
            row[place - 1], row[place] = other, first
        else:
            first, before, after = other, next_before, next_after


def crossings(layered: Layered, position: Sequence[int]) -> int:
    """Return how many pairs of edges between neighbouring layers cross."""
    total = 0
    for row in layered.rows[:-1]:
        total += _inversions([sorted([position[each] for each in layered.after[vertex]]) for vertex in row])
    return total


def _inversions(ends: Iterable[Sequence[int]]) -> int:
    """Count pairs of edges of which the later starts ends lower.

    A sorted list, not a tree: moving some kilobytes of memory is cheaper than a step in Python.
    """
    seen: list[int] = []
    total = 0
    top = -1
    for some in ends:
        if not some:
            continue
        if some[0] >= top:
            seen += some
        else:
            for end in some:
                total += len(seen) - bisect_right(seen, end)
            for end in some:
                insort(seen, end)
        top = seen[-1]
    return total


def sift(layered: Layered) -> None:
    """Move each vertex to the place near its own in the row at which it crosses least."""
    position = positions(layered.rows, len(layered.layer))
    for row in layered.rows:
        if len(row) > 1:
            ends = {v: (_ends(layered.before[v], position), _ends(layered.after[v], position)) for v in row}
            _sift_row(row, ends)
            for place, vertex in enumerate(row):
                position[vertex] = place


def _sift_row(row: list[int], ends: Mapping[int, _Ends]) -> None:
    done: set[int] = set()
    place = 0
    while place < len(row):
        vertex = row[place]
        best = place if vertex in done else _best(row, place, ends)
        done.add(vertex)
        if best != place:
            row.insert(best, row.pop(place))
        # What moved on has made room for one that was not looked at.
        place += best <= place


def _best(row: Sequence[int], place: int, ends: Mapping[int, _Ends]) -> int:
    """Return the place at which the vertex of a place would cross least, looking as far as that may be."""
    before, after = ends[row[place]]
    best, most = place, 0
    gain = 0
    for at in range(place - 1, max(-1, place - 1 - WINDOW), -1):
        other = ends[row[at]]
        gain += _gain(other[0], before) + _gain(other[1], after)
        if gain > most:
            best, most = at, gain
        elif gain < -HOPELESS:
            break
    gain = 0
    for at in range(place + 1, min(len(row), place + 1 + WINDOW)):
        other = ends[row[at]]
        gain += _gain(before, other[0]) + _gain(after, other[1])
        if gain > most:
            best, most = at, gain
        elif gain < -HOPELESS:
            break
    return best


def _gain(one: Sequence[int], other: Sequence[int]) -> int:
    """Return how many crossings fewer there are when the other comes first."""
    if not one or not other or one[-1] <= other[0]:
        # In order already: switched, each pair of unequal ends would cross.
        return -_pairs(one, other)
    if len(one) == len(other) == 1:
        return 1
    return _pairs(other, one) - _pairs(one, other)


def _pairs(lower: Sequence[int], upper: Sequence[int]) -> int:
    """Return how many pairs have the lower's end below the upper's."""
    if not lower or not upper:
        return 0
    if len(lower) == 1:
        return len(upper) - bisect_right(upper, lower[0])
    return sum([len(upper) - bisect_right(upper, end) for end in lower])
