"""Texts as people are shown them: whatever is in a name or a value, a line stays one line."""

from __future__ import annotations

import re

__all__ = ["counted", "each_line", "natural_key", "one_line", "show_duration", "without_colours"]

_NUMBER = re.compile(r"([0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?)")
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def one_line(text: str) -> str:
    r"""Return a text with what would move the cursor, or could not be seen, written as Python escapes it.

    Parameters
    ----------
    text : str
        Anything a user may have written. What can be printed stays as it is, letters of all scripts included.

    Examples
    --------
    >>> print(one_line("two\nlines"))
    two\nlines
    """
    if text.isprintable():
        return text
    # Spaces of other kinds than the plain one do not count as printable, but they stay in their line.
    return "".join(each if each.isprintable() or _is_space(each) else _escaped(each) for each in text)


def each_line(text: str) -> str:
    """Return a text of several lines, each as `one_line` shows it; tabs stay, since they are how it is laid out."""
    if text.isprintable():
        return text
    return "\n".join("\t".join(map(one_line, line.split("\t"))) for line in text.split("\n"))


def without_colours(text: str) -> str:
    """Return a text without what a terminal takes for colours and moves."""
    return _COLOURS.sub("", text)


def counted(number: int, what: str) -> str:
    """Say how many there are of something: ``1 run``, ``2,000 runs``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def natural_key(name: str) -> tuple[list[str | float], str]:
    """Return what sorts names as people count: ``fold@k:2`` before ``fold@k:10``, ``C:0.05`` before ``C:0.1``.

    Letters are compared as Python compares them, so the order is the same whatever the locale of a database.
    """
    parts: list[str | float] = []
    for number, part in enumerate(_NUMBER.split(name)):  # texts and numbers by turns
        parts.append(float(part) if number % 2 else part)
    return parts, name


def show_duration(seconds: float) -> str:
    """Show a number of seconds as people write it: ``0.4 s``, ``12 s``, ``3 min 20 s``, ``2 h 5 min``."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def _is_space(character: str) -> bool:
    import unicodedata

    return unicodedata.category(character) == "Zs"


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
