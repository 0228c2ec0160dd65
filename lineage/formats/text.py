"""Texts, as UTF-8."""

from __future__ import annotations

from typing import Any

from lineage.formats.protocol import Encoded

__all__ = ["Text"]

_HEAD = 200


class Text:
    """Stores ``str`` as it is: no newline is changed."""

    name = "text"
    extension = ".txt"
    safe = True

    def accepts(self, value: object) -> bool:
        """Return whether it is a ``str`` itself, no subclass."""
        return type(value) is str

    def encode(self, value: str) -> Encoded:
        """Encode as UTF-8; lone surrogates come back too."""
        summary: dict[str, Any] = {"length": len(value)}
        if len(value) <= _HEAD:
            summary["value"] = value.encode("utf-8", "replace").decode()
        else:
            summary["head"] = value[:_HEAD].encode("utf-8", "replace").decode()
        return Encoded("str", summary, [value.encode("utf-8", "surrogatepass")])

    def decode(self, path: str, summary: dict[str, Any]) -> str:
        """Read the text back."""
        with open(path, "rb") as file:
            return file.read().decode("utf-8", "surrogatepass")
