"""Edges as curves: through the places that the layout has kept free for them, without a bend and without a bulge.

The curves are monotone cubic (F. N. Fritsch and R. E. Carlson, Monotone piecewise cubic interpolation, 1980): between
two places an edge never runs higher or lower than both, so it cannot touch what stands beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from lineage.graph.layout import Layout, Point
from lineage.graph.model import Edge

__all__ = ["Curve", "bends", "curves", "svg_path"]

Curve = tuple[float, float, float, float, float, float, float, float]
"""A cubic Bézier curve: the `x` and `y` of its start, of its two control points and of its end."""

#: Two places are level if their `y` differ by less, in rows.
LEVEL = 1e-3


def bends(layout: Layout, edge: Edge, gap: float = 0.0) -> tuple[Point, ...]:
    """Return the places that an edge leads through, from the border of one symbol to that of the other.

    Parameters
    ----------
    layout : Layout
        Where everything stands.
    edge : (str, str)
        The ids of its ends, both in the layout.
    gap : float
        How far from the symbols it starts and ends, in rows; the arrow's head has its place there.

    Returns
    -------
    tuple of (float, float)
        At least two, `x` ascending; places level with those beside them are left out.
    """
    source, target = edge
    (x, y), (end_x, end_y) = layout.places[source], layout.places[target]
    between = layout.chains.get(source, ())[: layout.layers[target] - layout.layers[source] - 1]
    reach = layout.spacing.symbol / 2 + gap
    return _straightened([(x + reach, y), *between, (end_x - reach, end_y)])


def _straightened(points: Sequence[Point]) -> tuple[Point, ...]:
    """Leave out places on a level stretch; on a slope the curve would swing out between the places that are left."""
    levels = [abs(one[1] - other[1]) < LEVEL for one, other in pairwise(points)]
    inner = zip(points[1:], pairwise(levels), strict=False)
    return (points[0], *(point for point, level in inner if level != (True, True)), points[-1])


def curves(points: Sequence[Point]) -> tuple[Curve, ...]:
    """Return the curves through some places, level where they start and end.

    Parameters
    ----------
    points : sequence of (float, float)
        As `bends` returns them.

    Returns
    -------
    tuple of Curve
        One less than there are places, each beginning where the last has ended, in its direction.
    """
    found = []
    for (start, slope), (end, end_slope) in pairwise(zip(points, _slopes(points), strict=True)):
        third = (end[0] - start[0]) / 3
        control, end_control = start[1] + slope * third, end[1] - end_slope * third
        found.append((*start, start[0] + third, control, end[0] - third, end_control, *end))
    return tuple(found)


def _slopes(points: Sequence[Point]) -> list[float]:
    steps = [(end[0] - start[0], end[1] - start[1]) for start, end in pairwise(points)]
    slopes = [0.0]
    for (width, rise), (next_width, next_rise) in pairwise(steps):
        before, after = rise / width, next_rise / next_width
        if before * after <= 0:
            slopes.append(0.0)
            continue
        # The weighted harmonic mean is never steeper than three times the flatter side, which keeps it monotone.
        one, other = 2 * next_width + width, next_width + 2 * width
        slopes.append((one + other) / (one / before + other / after))
    return [*slopes, 0.0]


def svg_path(some: Sequence[Curve], scale: float = 1.0) -> str:
    """Return the ``d`` of an SVG path along some curves, in rows times `scale`.

    Parameters
    ----------
    some : sequence of Curve
        As `curves` returns them.
    scale : float
        Units of the SVG picture in a row.
    """
    start = [f"M{some[0][0] * scale:.2f} {some[0][1] * scale:.2f}"] if some else []
    return "".join([*start, *("C" + " ".join(f"{each * scale:.2f}" for each in curve[2:]) for curve in some)])
