"""What a step was seen to look at, and the line that its child processes report it on."""

from __future__ import annotations

import json
import os
from typing import IO

from lineage.model.stored import Stat

__all__ = ["Line", "Sight", "Sights"]


class Sight:
    """One look at something.

    Attributes
    ----------
    place : str
        ``steps/train.py:17``; empty if no frame of the project was near.
    stat : tuple of int or None
        Of a file: what it had when it was first read.
    digest : str or None
        Of its state then, where that cannot be told any more in the end.
    names : list of str
        Of a folder: what was in it.
    value : str or None
        Of an environment variable: what it was.
    """

    __slots__ = ("digest", "names", "place", "stat", "value")

    def __init__(
        self,
        place: str,
        stat: Stat | None = None,
        digest: str | None = None,
        names: list[str] | None = None,
        value: str | None = None,
    ) -> None:
        self.place = place
        self.stat = stat
        self.digest = digest
        self.names = names or []
        self.value = value


#: By kind and name.
Sights = dict[tuple[str, str], Sight]


class Line:
    """What forked children tell the process that the step runs in.

    It is a file without a name: both sides have it open, nothing of it is left behind, and a child never waits for a
    reader, as it would with a pipe.
    """

    def __init__(self) -> None:
        import tempfile  # few steps fork

        self._file: IO[bytes] = tempfile.TemporaryFile("ab+", buffering=0)  # noqa: SIM115 - open as long as the step runs

    def tell_sight(self, kind: str, name: str, sight: Sight) -> None:
        """Report a look, from a child."""
        self._tell([kind, name, sight.place, sight.stat, sight.digest, sight.names, sight.value])

    def tell_own(self, name: str) -> None:
        """Report that a file was written, from a child."""
        self._tell(["own", name])

    def _tell(self, what: list[object]) -> None:
        self._file.write(json.dumps(what).encode() + b"\n")

    def heard(self) -> tuple[Sights, set[str]]:
        """Return what was reported so far: the looks, and the names of what was written."""
        sights: Sights = {}
        own: set[str] = set()
        content = os.pread(self._file.fileno(), os.fstat(self._file.fileno()).st_size, 0)
        for line in content.splitlines():
            kind, name, *rest = json.loads(line)
            if kind == "own":
                own.add(name)
            else:
                place, stat, *others = rest
                sights.setdefault((kind, name), Sight(place, stat and tuple(stat), *others))
        return sights, own

    def close(self) -> None:
        """Give the file back."""
        self._file.close()
