"""Which labels there is room for: none covers a symbol or another label, and what matters more comes first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

__all__ = ["Places"]

Box = tuple[float, float, float, float]
_ACROSS, _DOWN = 64, 32


class Places:
    """Rectangles that do not overlap, found by the cells of a grid.

    Parameters
    ----------
    taken : iterable of (left, top, right, bottom)
        What stands there already; these may overlap.
    """

    def __init__(self, taken: Iterable[Box] = ()) -> None:
        self._cells: dict[tuple[int, int], list[Box]] = {}
        for box in taken:
            self._keep(box)

    def take(self, box: Box) -> bool:
        """Take a rectangle; False, and nothing is taken, where something is in the way."""
        left, top, right, bottom = box
        for cell in _cells(box):
            for one in self._cells.get(cell, ()):
                if left < one[2] and one[0] < right and top < one[3] and one[1] < bottom:
                    return False
        self._keep(box)
        return True

    def _keep(self, box: Box) -> None:
        for cell in _cells(box):
            self._cells.setdefault(cell, []).append(box)


def _cells(box: Box) -> Sequence[tuple[int, int]]:
    left, top, right, bottom = box
    columns = range(int(left // _ACROSS), int(right // _ACROSS) + 1)
    rows = range(int(top // _DOWN), int(bottom // _DOWN) + 1)
    return [(column, row) for column in columns for row in rows]
