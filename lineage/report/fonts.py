"""Fonts for pictures made without a browser: that of Pillow, and for other scripts what the system has."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from typing import Any

from PIL import ImageFont

__all__ = ["runs", "unknown"]

#: Where systems keep their fonts, and files among them that have many scripts or many symbols, better ones first.
_FOLDERS = (
    "~/.local/share/fonts", "~/.fonts", "/usr/local/share/fonts", "/usr/share/fonts",
    "~/Library/Fonts", "/Library/Fonts", "/System/Library/Fonts", "C:/Windows/Fonts",
)  # fmt: skip
_KNOWN = (
    "NotoSans-Regular", "NotoSansCJK-Regular", "NotoSansCJKjp-Regular", "DejaVuSans", "Arial Unicode", "ArialUnicode",
    "PingFang", "Hiragino Sans GB", "AppleSDGothicNeo", "msyh", "segoeui", "FreeSans", "unifont", "wqy-microhei",
    "wqy-zenhei", "DroidSansFallbackFull", "NotoSansArabic-Regular", "NotoSansDevanagari-Regular",
    "NotoSansHebrew-Regular", "NotoSansThai-Regular", "Symbola",
)  # fmt: skip
_TYPES = (".ttf", ".otf", ".ttc")
#: No font has a letter here, so that what is drawn for it is what is drawn for a missing one.
_NONE = "\U0010ffff"


def runs(text: str, size: int) -> Iterator[tuple[Any, str]]:
    """Yield (font, part) of a text: each part in the first font that has its letters.

    Parameters
    ----------
    text : str
        One line.
    size : int
        Pixels.
    """
    for place, letters in groupby(text, lambda letter: _font_of(letter)):
        yield _font(place, size), "".join(letters)


def unknown(text: str) -> bool:
    """Return whether a letter is in none of the fonts, so that a box stands in its place."""
    return any(not letter.isspace() and not _font_of(letter) and not _has("", letter) for letter in text)


@cache
def _font(place: str, size: int) -> Any:
    return ImageFont.truetype(place, size) if place else ImageFont.load_default(size)


@cache
def _font_of(letter: str) -> str:
    """Return the file of the first font that has a letter; empty for Pillow's own, which also draws what none has."""
    if letter.isspace() or _has("", letter):
        return ""
    return next((place for place in _system() if _has(place, letter)), "")


def _has(place: str, letter: str) -> bool:
    mask = _font(place, 24).getmask(letter)
    return bytes(mask) != _missing(place) and mask.getbbox() is not None


@cache
def _missing(place: str) -> bytes:
    return bytes(_font(place, 24).getmask(_NONE))


@cache
def _system() -> tuple[str, ...]:
    """Return the files of known fonts that are there and can be read."""
    found: dict[str, str] = {}
    for folder in _FOLDERS:
        for here, folders, files in os.walk(os.path.expanduser(folder)):
            folders.sort()
            for name in sorted(files):
                stem, suffix = os.path.splitext(name)
                if suffix.lower() in _TYPES and stem in _KNOWN and _is_font(os.path.join(here, name)):
                    found.setdefault(stem, os.path.join(here, name))
    return tuple(found[stem] for stem in _KNOWN if stem in found)


def _is_font(place: str) -> bool:
    try:
        _font(place, 24)
    except OSError:
        return False
    return True
