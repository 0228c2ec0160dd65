"""Text that lines up: tables, moments and sizes as people read them."""

from __future__ import annotations

from collections.abc import Sequence

from lineage.formats.summary import show_moment as moment
from lineage.model.shown import one_line

__all__ = ["moment", "size", "table"]


def table(rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> str:
    r"""Return rows as text in columns.

    Parameters
    ----------
    rows : sequence of sequence of str
        All of one length; the last column is not padded. A line feed in a cell is shown as ``\n``, so that each row
        is one line.
    right : sequence of int
        Columns that are aligned to the right (numbers).
    """
    if not rows:
        return ""
    rows = [[one_line(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines) + "\n"


def size(count: int | None) -> str:
    """Return a number of bytes: ``812 B``, ``1.2 MB``; a dash where it is not known."""
    if count is None:
        return "-"
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"
