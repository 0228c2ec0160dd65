"""Annotations as texts: what stands at their top, and what is in their brackets."""

from __future__ import annotations

import re

__all__ = ["split_outside", "subscript"]


def subscript(hint: str) -> tuple[str, str]:
    """Return the name of an annotation, and what it has in brackets."""
    found = re.fullmatch(r"([\w.]+)\[(.*)\]", hint, re.DOTALL)
    return (found.group(1), found.group(2)) if found else (hint, "")


def split_outside(text: str, separator: str) -> list[str]:
    """Split a text at a separator outside of brackets and quotes."""
    parts, depth, quote, start = [], 0, "", 0
    for place, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "[(":
            depth += 1
        elif char in "])":
            depth -= 1
        elif char == separator and not depth:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]
