"""What is asked of a place that others share: bytes under names, put there once.

The protocol is the smallest that a shared cache needs (marimo's stores have about as many methods). Whatever goes wrong
on the way is a `lineage.errors.RemoteError`: nobody has to know which library or file system said so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

__all__ = ["Objects"]


class Objects(Protocol):
    """Bytes under names such as ``cas/ab/abcd...``, for any number of machines.

    Every method may raise `lineage.errors.RemoteError`.

    Attributes
    ----------
    shown : str
        Its address for people, without secrets.
    """

    shown: str

    def get(self, name: str) -> bytes | None:
        """Return the bytes under a name; ``None`` if there are none."""

    def get_file(self, name: str, path: str) -> bool:
        """Write the bytes under a name to a new file; return whether there are any."""

    def put(self, name: str, data: bytes, *, replace: bool = False) -> bool:
        """Put bytes under a name, all or nothing; return False, and change nothing, if there are some already."""

    def put_file(self, name: str, path: str, *, replace: bool = False) -> bool:
        """Put the bytes of a file under a name; as `put`."""

    def size(self, name: str) -> int | None:
        """Return how many bytes are under a name; ``None`` if there are none."""

    def delete(self, name: str) -> None:
        """Take away what is under a name; nothing there is no error."""

    def names(self, prefix: str) -> Iterator[tuple[str, int, float]]:
        """Yield (name, bytes, Unix seconds of the last change) of all that is in a folder, in no particular order."""
