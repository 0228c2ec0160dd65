"""One look at the records for all open pages of a process, some times a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from lineage.dash.archive import Archive
from lineage.dash.plan import Planner

__all__ = ["EVERY", "Poller"]

#: Milliseconds between two looks. A commit is seen after half of it on average.
EVERY = 40
#: So many looks go by until the sources are looked at: a plan is asked for when somebody has saved a file.
_SOURCES = 45

#: After an answer that took a while, so many times as long until the next look: who runs ten thousand steps wants the
#: processor for them.
_REST = 4

Told = Callable[[dict[str, Any]], None]


class Poller:
    """Tells the pages that listen when something was recorded.

    Parameters
    ----------
    archive : Archive
        The records.
    planner : Planner, optional
        Knows what would run.

    Attributes
    ----------
    count : int
        How often the pages were told.
    """

    def __init__(self, archive: Archive, planner: Planner | None = None) -> None:
        self._archive = archive
        self._planner = planner
        self._looks = 0
        self._token = archive.token()
        self._listening: dict[object, Told] = {}
        self.count = 0
        self._rests_until = 0.0

    def spent(self, seconds: float) -> None:
        """Take note of what an answer took: the next look waits in proportion."""
        self._rests_until = time.monotonic() + _REST * seconds

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
        """Look once, if it is time to; return whether something was recorded since the last look."""
        if time.monotonic() < self._rests_until:
            return False
        token = self._archive.token()
        changed = token != self._token
        self._token = token
        if self._plans() or changed:
            self.tell()
            return True
        return False

    def _plans(self) -> bool:
        """Look after the plan; return whether it is another one now."""
        planner, self._looks = self._planner, self._looks + 1
        if planner is None or not (planner.is_asking or self._looks % _SOURCES == 1) or not planner.look():
            return False
        self._archive.planned, self._archive.plan_error = planner.planned, planner.error
        return True

    def tell(self) -> None:
        """Say to all pages that they should ask again."""
        self.count += 1
        for told in list(self._listening.values()):
            told({"count": self.count})
