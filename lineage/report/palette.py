"""The colours of both themes: those of the page, read from its style sheet, so that there is one place for them."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import cache

from lineage.dash.page import FOLDER

__all__ = ["THEMES", "palette"]

THEMES = ("light", "dark")
_BLOCK = re.compile(r":root(?P<dark>\[data-theme=\"dark\"\])? \{(?P<rules>.*?)\}", re.DOTALL)
_COLOUR = re.compile(r"--(?P<name>[a-z-]+): (?P<colour>#[0-9a-f]{6});")


@cache
def palette(theme: str) -> Mapping[str, str]:
    """Return {name: ``#rrggbb``} of a theme, ``light`` or ``dark``; `KeyError` for a name that it has not."""
    with open(os.path.join(FOLDER, "theme.css"), encoding="utf-8") as file:
        blocks = [(bool(found["dark"]), found["rules"]) for found in _BLOCK.finditer(file.read())]
    colours: dict[str, str] = {}
    for is_dark, rules in blocks:
        if theme == "dark" or not is_dark:
            colours |= {found["name"]: found["colour"] for found in _COLOUR.finditer(rules)}
    return colours
