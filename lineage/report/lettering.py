"""How wide a text is where no browser measures it, and how much of it fits.

Widths are those of Helvetica in thousandths of the size, and a tenth is added: the fonts of other systems are wider.
"""

from __future__ import annotations

import unicodedata
from functools import cache

__all__ = ["MONO", "fitted", "shown", "width"]

#: Of a fixed-width character, as part of the size.
MONO = 0.61
_ROOM = 1.1
_WIDTHS = {
    222: "ijl'",
    278: " !,./:;Ift\\[]|",
    333: "()-`r*",
    500: "ckxyzsvJ",
    584: "+<=>~^",
    611: "FTZ",
    667: "ABEKPSVXY&",
    722: "CDHNRUw",
    778: "GOQ",
    833: "mM",
    889: "%",
    944: "W",
    1015: "@",
    1000: "…",
}
_OF = {character: amount for amount, some in _WIDTHS.items() for character in some}
_USUAL = 556


@cache
def _one(character: str) -> int:
    if unicodedata.east_asian_width(character) in "WF":
        return 1000
    return 0 if unicodedata.combining(character) else _OF.get(character, _USUAL)


def width(text: str, size: float, *, mono: bool = False) -> float:
    """Return about how many units a text of a size takes, rather too many than too few."""
    if mono:
        return sum(2 if _one(each) == 1000 else 1 for each in text) * MONO * size
    return sum(map(_one, text)) * _ROOM * size / 1000


def fitted(text: str, size: float, most: float, *, mono: bool = False, keeps_end: bool = False) -> str:
    """Return a text as far as it fits into a width, with an ellipsis for what is left out: its end, or its middle."""
    if width(text, size, mono=mono) <= most:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if width(_without(text, middle, keeps_end), size, mono=mono) <= most:
            low = middle
        else:
            high = middle - 1
    return _without(text, low, keeps_end) if low else ""


def _without(text: str, kept: int, keeps_end: bool) -> str:
    end = kept // 2 if keeps_end else 0
    return f"{text[: kept - end]}…{text[len(text) - end :]}"


def shown(text: str) -> str:
    """Return a text with a replacement for each character that no picture can have: control characters and halves."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() or each in " \n" else _replaced(each) for each in text)


def _replaced(character: str) -> str:
    # Characters that change the direction of what is beside them are left out, and so is what XML does not allow.
    return " " if unicodedata.category(character) in ("Zs", "Cc") else "\N{REPLACEMENT CHARACTER}"
