"""Bytes."""

from __future__ import annotations

from typing import Any

from lineage.formats.protocol import Encoded

__all__ = ["Raw"]


class Raw:
    """Stores ``bytes`` as they are."""

    name = "bytes"
    extension = ".bin"
    safe = True

    def accepts(self, value: object) -> bool:
        """Return whether it is ``bytes`` itself."""
        return type(value) is bytes

    def encode(self, value: bytes) -> Encoded:
        """Hand the bytes on."""
        return Encoded("bytes", {"length": len(value)}, [value])

    def decode(self, path: str, summary: dict[str, Any]) -> bytes:
        """Read the bytes back."""
        with open(path, "rb") as file:
            return file.read()
