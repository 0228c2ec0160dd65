"""One look at the records for all open pages of a process, four times a second."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lineage.dash.archive import Archive

__all__ = ["EVERY", "Poller"]

#: Milliseconds between two looks. A commit is seen after half of it on average.
EVERY = 150

Told = Callable[[dict[str, Any]], None]


class Poller:
    """Tells the pages that listen when something was recorded.

    Parameters
    ----------
    archive : Archive
        The records.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._token = archive.token()
        self._listening: dict[object, Told] = {}
        self._count = 0

    def listen(self, who: object, told: Told) -> None:
        """Tell `told` from now on."""
        self._listening[who] = told

    def leave(self, who: object) -> None:
        """Tell them no more."""
        self._listening.pop(who, None)

    @property
    def listeners(self) -> int:
        """How many pages listen."""
        return len(self._listening)

    def look(self) -> bool:
        """Look once; return whether something was recorded since the last look."""
        token = self._archive.token()
        if token == self._token:
            return False
        self._token = token
        self.tell()
        return True

    def tell(self) -> None:
        """Say to all pages that they should ask again."""
        self._count += 1
        for told in list(self._listening.values()):
            told({"count": self._count})
