"""What an artifact store is: bytes, found again by their hash.

The split into bytes by hash here and records by key elsewhere is that of Bazel's Remote Execution API (CAS and
ActionCache). `tests/test_stores_contract.py` holds what every store must do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

__all__ = ["ArtifactStore", "Blob", "Buffer", "Kept", "Settle", "Stat", "Written"]

Stat = tuple[int, int, int, int]
"""(inode, size, mtime_ns, ctime_ns); for a folder, four numbers into which the stats of all its files are folded."""

Buffer = bytes | bytearray | memoryview
"""A contiguous piece of an object's bytes."""

Written = Callable[[int], None]
"""Told how many bytes of an object are written so far, and not asked for again: their memory may be given back."""


class Blob:
    """A stored object.

    Attributes
    ----------
    hash : str
        xxh3-128 of its bytes, 32 hex digits: its address. A folder's is the (seeded) hash of its sorted manifest.
    size : int
        Bytes; of a folder, those of its files.
    stat : tuple of int
        Its stat just after it was written or verified.
    """

    __slots__ = ("hash", "size", "stat")

    def __init__(self, hash: str, size: int, stat: Stat) -> None:
        self.hash = hash
        self.size = size
        self.stat = stat

    def __repr__(self) -> str:
        return f"Blob({self.hash}, {self.size})"


class Kept(NamedTuple):
    """An object as it lies in a store: its hash, its bytes, and when it was stored (unix seconds)."""

    blob: str
    size: int
    stored: float


Settle = Callable[[Sequence[str]], Iterable[str]]
"""Told the hashes of objects that nobody uses, returns those that may be removed, and has recorded that they are."""


class ArtifactStore(Protocol):
    """Keeps bytes under their hash. Safe to share between threads and between processes."""

    def put(self, buffers: Sequence[Buffer], written: Written | None = None) -> Blob:
        """Store the concatenation of some buffers; an intact object that is there already is left alone."""

    def put_file(self, path: str, *, move: bool) -> Blob:
        """Store a file's content; with `move` the file itself may be taken, and is gone afterwards."""

    def put_tree(self, path: str, *, move: bool) -> Blob:
        """Store a folder with all that is in it; with `move` the folder may be taken, and is gone afterwards."""

    def path(self, blob: str, name: str | None = None) -> str:
        """Return where an object lies, for reading only; with `name`, a path to it that ends in that file name."""

    def stat(self, blob: str) -> Stat | None:
        """Return an object's present stat, or None if it is absent."""

    def remembered(self, blob: str) -> Stat | None:
        """Return the stat that an object had when it was last known to be intact, None where that is not remembered."""

    def verify(self, blob: str) -> Stat | None:
        """Rehash an object; return its stat, or None if it is missing or damaged. A damaged one is kept aside."""

    def trusted(self, blob: str, stat: Stat | None) -> Stat | None:
        """Return an object's stat if it is intact, rehashing only if its stat is not the given or remembered one."""

    def elsewhere(self, blob: str, *, asks: bool = True) -> bool | None:
        """Whether another place has an object and `bring` will fetch it; never of a store that is one folder.

        Without `asks` it is not asked over a network; ``None`` where only that would tell.
        """

    def vouched(self, blob: str, format: str) -> bool:
        """Whether an object was made here, or comes by a record that is signed: then it may run code when read so."""

    def witness(self, source: Sequence[Buffer] | str) -> str:
        """Return what tells bytes, or a file or folder, from others of the same hash; asked before they are stored."""

    def own(self, blob: str, witness: str) -> None:
        """Take note that this process has just stored what can run code when it is read, and of its witness."""

    def proven(self, blob: str, format: str) -> bool:
        """Whether what can run code may be opened where it lies by a program that this store knows nothing of."""

    def guarded(self, blob: str, format: str, copy: Callable[[], str]) -> str | None:
        """Return a path at which what can run code may be read, perhaps that of a copy; None if it must not be."""

    def bring(self, blob: str) -> Stat | None:
        """Make sure that an object is here and intact, whatever it takes; return its stat, or None if it is nowhere."""

    def place(self, blob: str) -> str:
        """Return where an object lies, or will lie once it is here."""

    def describe(self) -> dict[str, Any]:
        """Return ``kind``, ``where``, ``objects`` and ``bytes``."""

    def delete(self, blob: str) -> None:
        """Remove an object; one that is absent is no error."""

    def blobs(self) -> Iterator[str]:
        """Yield the hashes of all objects, in no particular order."""

    def kept(self) -> Iterator[Kept]:
        """Yield all objects with their sizes and when they were stored, in no particular order."""

    def use(self, blobs: Iterable[str]) -> None:
        """Say that this process uses objects: none of them is collected while it lives. Look for them afterwards.

        Whoever stores an object says so by that. Where nothing can be said (a store that may only be read), it is not
        said.
        """

    def collect(self, blobs: Sequence[str], settle: Settle) -> list[str]:
        """Remove objects that no process uses and that `settle` leaves; return their hashes.

        Nobody can begin to use one between the moment at which `settle` is asked and the moment at which it is gone.
        """

    def flush(self) -> None:
        """Write what is remembered in caches. Never raises: caches can be lost."""

    def close(self) -> None:
        """Flush, and let go of what is held, when nobody is storing. Never raises; whoever stores again opens again."""
