"""The symbol of each status as strokes: fonts have ``=`` and few have ``✓``."""

from __future__ import annotations

from collections.abc import Callable

from lineage.report.scene import Block, Disc, Line, Outline, Shape

__all__ = ["badge", "mark", "symbol"]

#: Strokes of each status, in sizes of the symbol around its middle.
_STROKES = {
    "cached": (((-0.19, -0.085), (0.19, -0.085)), ((-0.19, 0.085), (0.19, 0.085))),
    "run": (((-0.2, 0.01), (-0.06, 0.15), (0.21, -0.15)),),
    "failed": (((-0.15, -0.15), (0.15, 0.15)), ((-0.15, 0.15), (0.15, -0.15))),
    "skipped": (((-0.17, 0.0), (0.17, 0.0)),),
    "changed": (((-0.19, -0.085), (0.19, -0.085)), ((-0.19, 0.085), (0.19, 0.085)), ((0.1, -0.2), (-0.1, 0.2))),
    "new": (((-0.18, 0.0), (0.18, 0.0)), ((0.0, -0.18), (0.0, 0.18))),
    "gone": (((-0.17, 0.0), (0.17, 0.0)),),
    "same": (((-0.19, -0.085), (0.19, -0.085)), ((-0.19, 0.085), (0.19, 0.085))),
}
_TRIANGLE = ((-0.13, -0.19), (0.21, 0.0), (-0.13, 0.19))
_STROKE = 0.085


def mark(status: str, x: float, y: float, size: float) -> list[Shape]:
    """Return the mark of a status in the middle of a symbol of this size."""
    color = f"{status}-icon"

    def at(points: tuple[tuple[float, float], ...]) -> list[tuple[float, float]]:
        return [(x + across * size, y + down * size) for across, down in points]

    if status == "running":
        return [Outline(at(_TRIANGLE), color)]
    if status == "pending":
        return [Disc(x, y, 0.075 * size, color)]
    return [Line(color, _STROKE * size, points=at(points)) for points in _STROKES[status]]


def symbol(kind: str, status: str) -> Callable[[float, float, float], Shape]:
    """Return what draws a symbol without its mark, given its middle and its size."""

    def circle(x: float, y: float, size: float) -> Shape:
        return Disc(x, y, size / 2, status, f"{status}-line")

    def square(x: float, y: float, size: float) -> Shape:
        side = 0.88 * size
        return Block(x - side / 2, y - side / 2, side, side, status, f"{status}-line", 0.07 * size)

    return circle if kind == "step" else square


def badge(status: str, x: float, y: float, size: float) -> list[Shape]:
    """Return a small symbol with its mark, as a legend has it."""
    return [symbol("step", status)(x, y, size), *mark(status, x, y, size * 1.1)]
