"""A cache of what is known about stored objects: the stat that each had when it was last known to be intact.

Never a source of truth: whatever is not in it is hashed again. So it is read only when somebody asks, written by one
rename, and ignored when it is damaged.
"""

from __future__ import annotations

import marshal
import os

from xxhash import xxh3_128_digest

from lineage.stores.protocol import Stat

__all__ = ["MAGIC", "Ledger"]

MAGIC = b"lineage ledger 1\n"


class Ledger:
    """Stats by blob hash, in memory and in a file.

    No lock: each operation on a dict is atomic, and whatever two threads or processes take from one another is only
    hashed once more.

    Parameters
    ----------
    path : str
        The file.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._fresh: dict[str, Stat | None] = {}
        self._read: dict[str, Stat] | None = None

    def get(self, blob: str) -> Stat | None:
        """Return what is remembered of an object."""
        if blob in self._fresh:
            return self._fresh[blob]
        if self._read is None:
            self._read = self._load()
        return self._read.get(blob)

    def set(self, blob: str, stat: Stat | None) -> None:
        """Remember the stat of an object that is intact now, or (None) that it is gone."""
        self._fresh[blob] = stat

    def flush(self) -> None:
        """Write what is new, together with what other processes have written. Never raises."""
        fresh = dict(self._fresh)
        if not fresh:
            return
        known = {blob: stat for blob, stat in {**self._load(), **fresh}.items() if stat is not None}
        data = marshal.dumps(known)
        temporary = f"{self.path}.{os.getpid()}"
        try:
            with open(temporary, "wb") as file:
                file.write(MAGIC + xxh3_128_digest(data) + data)
            os.replace(temporary, self.path)
        except OSError:
            return
        self._read = known
        for blob, stat in fresh.items():
            if self._fresh.get(blob) is stat:
                del self._fresh[blob]

    def _load(self) -> dict[str, Stat]:
        try:
            with open(self.path, "rb") as file:
                content = file.read()
        except OSError:
            return {}
        start = len(MAGIC)
        data = content[start + 16 :]
        # marshal trusts its input, so that is checked first.
        if content[:start] != MAGIC or content[start : start + 16] != xxh3_128_digest(data):
            return {}
        known = marshal.loads(data)
        return known if isinstance(known, dict) else {}
