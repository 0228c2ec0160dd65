"""Remove objects from a folder so that nobody loses one that is used: a part of `lineage.stores.folder`.

Who uses an object says so and looks for it afterwards; who collects looks at what was said, and removes what nobody
uses, without anybody coming in between (`lineage.stores.gate`). So an object is either seen to be used, or is not found
by who would use it, who makes it again. Times would not tell: an object that is used again keeps its own.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from lineage.errors import StoreError
from lineage.stores.gate import closed_gate, opened_gate
from lineage.stores.protocol import Kept, Settle, Stat
from lineage.stores.refusal import Guard
from lineage.stores.writing import remove

if TYPE_CHECKING:
    from lineage.stores.ledger import Ledger
    from lineage.stores.scratch import Scratch

__all__ = ["Collected"]

_DIGITS = 32  # of a blob hash


class Collected:
    """What a folder of objects does so that they can be collected beside processes that use them."""

    root: str
    read_only: bool
    ledger: Ledger
    #: What this process has said that it uses, and under which name: a forked one has another.
    _user = ""
    _used: set[str]

    if TYPE_CHECKING:

        @property
        def _scratch(self) -> Scratch: ...
        def stat(self, blob: str) -> Stat | None:  # noqa: D102
            ...

        def blobs(self) -> Iterator[str]:  # noqa: D102
            ...

    def kept(self) -> Iterator[Kept]:
        """Yield all objects with their sizes and when they were stored, in no particular order."""
        for blob in self.blobs():
            stat = self.stat(blob)
            with suppress(FileNotFoundError):  # collected meanwhile
                # Of a folder the stats are folded into numbers that tell no time.
                stored = os.lstat(self._place(blob)).st_mtime
                yield Kept(blob, 0 if stat is None else stat[1], stored)

    def use(self, blobs: Iterable[str]) -> None:
        """Say that this process uses objects: none of them is collected while it lives. Look for them afterwards."""
        if self.read_only:
            return
        try:
            self._say_used(self._scratch.owner(), blobs)
        except StoreError:  # on a full disk, and in a folder of somebody else's, what is there is used all the same
            return

    def _say_used(self, owner: str, blobs: Iterable[str]) -> None:
        if owner != self._user:
            self._user, self._used = owner, set()
        # A damaged record may name what is no hash: there is no such object, and none is looked for.
        new = [blob for blob in blobs if blob not in self._used and _is_hash(blob)]
        if new:
            gate = opened_gate(self.root)
            try:
                self._scratch.tell(bytes.fromhex("".join(new)))
            finally:
                os.close(gate)
            self._used.update(new)

    def collect(self, blobs: Sequence[str], settle: Settle) -> list[str]:
        """Remove objects that no process uses and that `settle` leaves; return their hashes.

        They are renamed while the gate is closed and removed afterwards, since to remove a large file or folder takes
        time. What a killed process has renamed is swept like any other temporary file.
        """
        self._scratch.owner()  # makes the folder
        with Guard(self.root, "collect", "objects"):
            gate = closed_gate(self.root)
            try:
                used = self.used()
                taken = dict(self._taken(settle([blob for blob in blobs if blob not in used])))
            finally:
                os.close(gate)
            for blob, temporary in taken.items():
                remove(temporary)
                remove(f"{self.root}/names/{blob}")
                self.ledger.set(blob, None)
        return list(taken)

    def used(self) -> set[str]:
        """Return the hashes of the objects that living processes have said they use."""
        return {blob for words in self._scratch.told() for blob in _hashes(words)}

    def left_over(self) -> list[str]:
        """Return the paths of what killed processes have left."""
        return self._scratch.left_over()

    def _taken(self, blobs: Iterable[str]) -> Iterator[tuple[str, str]]:
        for blob in blobs:
            temporary = self._scratch.new("collected")
            with suppress(FileNotFoundError):  # somebody else has collected it
                os.rename(self._place(blob), temporary)
                yield blob, temporary

    def _place(self, blob: str) -> str:
        return f"{self.root}/{blob[:2]}/{blob}"


def _hashes(words: bytes) -> Iterator[str]:
    text = words.hex()
    for start in range(0, len(text), _DIGITS):
        yield text[start : start + _DIGITS]


def _is_hash(blob: str) -> bool:
    return len(blob) == _DIGITS and not blob.strip("0123456789abcdef")
