"""Two texts to the lines of a unified diff, with the line numbers of the files that the texts stand in."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["CONTEXT", "unified"]

#: Unchanged lines around a change.
CONTEXT = 3


def unified(before: str, after: str, heads: tuple[str, str], firsts: tuple[int, int] = (1, 1)) -> list[str]:
    """Return the unified diff of two texts.

    Parameters
    ----------
    before, after : str
        The texts.
    heads : tuple of (str, str)
        What stands after ``---`` and ``+++``: ``tasks/helper.py:12 (run 3)``.
    firsts : tuple of (int, int)
        The numbers of the first lines of the texts in their files.

    Returns
    -------
    list of str
        Its lines without line ends; empty where no line differs.
    """
    from difflib import SequenceMatcher  # only where something differs

    old, new = before.splitlines(), after.splitlines()
    lines: list[str] = []
    for group in SequenceMatcher(None, old, new).get_grouped_opcodes(CONTEXT):
        first, last = group[0], group[-1]
        old_span = _span(firsts[0] + first[1], last[2] - first[1])
        new_span = _span(firsts[1] + first[3], last[4] - first[3])
        lines.append(f"@@ -{old_span} +{new_span} @@")
        for kind, old_from, old_to, new_from, new_to in group:
            lines += _block(kind, old[old_from:old_to], new[new_from:new_to])
    return [f"--- {heads[0]}", f"+++ {heads[1]}", *lines] if lines else []


def _block(kind: str, old: Sequence[str], new: Sequence[str]) -> list[str]:
    if kind == "equal":
        return [f" {line}" for line in old]
    return [*(f"-{line}" for line in old), *(f"+{line}" for line in new)]


def _span(first: int, count: int) -> str:
    """Return a range of lines as diff writes it: without the count where it is 1, before the place where it is 0."""
    if count == 1:
        return str(first)
    return f"{first - 1},0" if count == 0 else f"{first},{count}"
