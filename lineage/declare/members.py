"""``name=1,2,3`` on the command line: what stands between the commas or brackets of a list, tuple, set or dict."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection
from typing import Any

__all__ = ["Member", "kind_of_members", "read_members"]

Member = Callable[[int, object, bool], object]
"""From a place (of dicts: 0 a key, 1 a value), what stands there, and whether that is a bare text, to the member."""

_NO_LITERAL = object()


def read_members(text: str, kind: Any, member: Member) -> Any:
    """Read a collection: a literal, or words with commas between them, which need no quotes.

    Raises
    ------
    ValueError
        If the text is nothing of that kind.
    """
    value = _literal(text)
    if issubclass(kind, dict):
        if not isinstance(value, dict):
            raise ValueError(text)  # noqa: TRY004 - becomes a UsageError like any other misfit
        return kind((member(0, key, False), member(1, item, False)) for key, item in value.items())
    if value is _NO_LITERAL:
        return kind(member(place, part, True) for place, part in enumerate(_words(text)))
    if isinstance(value, (str, bytes, dict)) or not hasattr(value, "__iter__"):
        value = (value,)
    return kind(member(place, part, False) for place, part in enumerate(value))


def _literal(text: str) -> object:
    """Return what a text with brackets or quotes stands for; without them its words are read one by one."""
    if not any(char in text for char in "[({'\""):
        return _NO_LITERAL
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return _NO_LITERAL


def _words(text: str) -> list[str]:
    inside = text.strip()
    if inside[:1] + inside[-1:] in ("[]", "()", "{}"):
        inside = inside[1:-1]
    return [word.strip() for word in inside.split(",") if word.strip()]


def kind_of_members(default: object, kinds: tuple[type, ...]) -> type | None:
    """Return which of some kinds all members of a default are (of a dict: its values), ``None`` if there is none."""
    if not isinstance(default, Collection) or isinstance(default, (str, bytes)):
        return None
    members = list(default.values() if isinstance(default, dict) else default)
    found = {type(member) for member in members}
    return next(iter(found)) if len(found) == 1 and isinstance(members[0], kinds) else None
