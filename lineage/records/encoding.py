"""What any database can hold: lists and dicts as JSON text, and text whatever a name or a program said."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["dumps", "text"]

_encode = json.JSONEncoder(separators=(",", ":")).encode


def dumps(value: Any) -> str | None:
    """Return JSON, ``None`` for nothing; escaped, so that whatever a program printed can be stored."""
    return _encode(value) if value else None


def text(value: str) -> str:
    """Return text that a database can hold: names of files may have bytes that are no text, and values a NUL."""
    if "\0" in value:  # PostgreSQL takes none
        value = value.replace("\0", "\\x00")
    return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode("utf-8")
