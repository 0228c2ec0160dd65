"""A folder of objects before places that others share: a store made of stores is a store (after marimo's tiered store).

Objects are stored in the folder and read from it. What is not in it may be *elsewhere*: it is brought when somebody
needs its bytes, compared with the sha256 that was promised, and is from then on an object like any other. It is sent by
whoever records results (`lineage.share`), after they were recorded.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

from lineage.errors import RemoteError, StoreError
from lineage.stores.elsewhere import OWN, Elsewhere, Known
from lineage.stores.folder import FolderStore
from lineage.stores.prefetch import together
from lineage.stores.writing import remove

if TYPE_CHECKING:
    from lineage.stores.objects import Objects
    from lineage.stores.protocol import Blob, Buffer, Stat, Written

__all__ = ["TieredStore", "address", "hashed"]


#: Bytes up to which an object is held in memory on its way here.
_AT_ONCE = 1 << 20
#: Bytes up to which so many objects come at the same time: together no more than one of those that are held in memory,
#: of which each has to come within a place's patience, on a slow line too.
_SMALL, _MANY = 1 << 16, 16
#: So many of the others do.
_FEW = 4


def address(blob: str) -> str:
    """Return the name under which an object lies in a place that others share."""
    return f"v1/cas/{blob[:2]}/{blob}"


def hashed(path: str) -> tuple[str, int]:
    """Return the sha256 of a file and its bytes."""
    state, size = sha256(), 0
    with open(path, "rb", buffering=0) as file:
        while piece := file.read(1 << 20):
            state.update(piece)
            size += len(piece)
    return state.hexdigest(), size


def _hashed_bytes(data: bytes) -> tuple[str, int]:
    return sha256(data).hexdigest(), len(data)


class TieredStore(FolderStore):
    """A folder, and places that have more.

    Parameters
    ----------
    root : str
        The folder.
    places : sequence of Objects
        Where objects may be fetched from.
    ledger : str
        The file in which is kept what is known of objects elsewhere.
    ask : callable, optional
        Returns what a place knows of an object that nothing is known of here, by its hash.
    vouch : callable, optional
        Returns what somebody who is trusted says of an object, as of a format, that nobody has vouched for so far.
    trusts : callable, optional
        Whether the signatures of a key count, by its id: a key may be taken away after it has vouched.
    read_only : bool, optional
        As of the folder: then objects are not fetched either.
    """

    def __init__(
        self,
        root: str,
        places: Sequence[Objects],
        ledger: str,
        ask: Callable[[str], Known | None] | None = None,
        vouch: Callable[[str, str], Known | None] | None = None,
        trusts: Callable[[str], bool] = bool,
        *,
        read_only: bool = False,
    ) -> None:
        super().__init__(root, read_only=read_only)
        self.places = {place.shown: place for place in places}
        self.known = Elsewhere(ledger, read_only=read_only)
        #: Objects that could not be brought by this command, or must not: for it they are nowhere.
        self.lost: set[str] = set()
        #: Why objects could not be brought ahead, until somebody asks for them.
        self._failed: dict[str, StoreError] = {}
        self._ask = ask
        self._vouch = vouch
        self._trusts = trusts
        self._pid = os.getpid()

    # -- storing: what is made here is trusted, also where the same was fetched before ---------------------------------

    def put(self, buffers: Sequence[Buffer], written: Written | None = None) -> Blob:
        """Store the concatenation of some buffers."""
        if written is None or self.known.has_taken:  # then it may have to be written twice
            return self._made(super().put(buffers), lambda: FolderStore.put(self, buffers))
        return self._made(super().put(buffers, written), None)

    def put_file(self, path: str, *, move: bool) -> Blob:
        """Store a file's content."""
        if not self.known.has_taken:
            return super().put_file(path, move=move)
        blob = super().put_file(path, move=False)
        blob = self._made(blob, lambda: FolderStore.put_file(self, path, move=False))
        if move:
            remove(path)
        return blob

    def put_tree(self, path: str, *, move: bool) -> Blob:
        """Store a folder."""
        if not self.known.has_taken:
            return super().put_tree(path, move=move)
        blob = self._made(super().put_tree(path, move=False), lambda: FolderStore.put_tree(self, path, move=False))
        if move:
            remove(path)
        return blob

    def _made(self, blob: Blob, again: Callable[[], Blob] | None) -> Blob:
        """Let what was just made take the place of something with its hash that came from elsewhere."""
        known = self.known.get(blob.hash)
        if known is not None and known.taken:
            self.delete(blob.hash)
            if again is None:
                raise StoreError(
                    f"{blob.size:,} bytes were fetched from {known.place} at the moment at which they were made here",
                    why="which of both is in the store cannot be told any more, so neither is kept",
                    fix="run doit again",
                )
            blob = again()
        self.made(blob.hash)
        return blob

    def made(self, blob: str, *, can_run: bool = False) -> None:
        """Take note that an object was made here, as what can run code or not; by a worker process, perhaps.

        The bytes of a text can be those of a pickle. Who writes to a shared store may have chosen that text, or what it
        was made from: so that it was made here vouches for no pickle.
        """
        self.lost.discard(blob)
        known = self.known.get(blob)
        if known is not None and known.taken:
            self.known.set(blob, known.but(taken=False))
        if can_run and not self.known.is_own(blob):
            self.known.note_own(blob)

    def temporary(self) -> str:
        """Return a path for a file that is needed for a moment."""
        return self._scratch.new()

    def learn(self, blob: str, known: Known) -> None:
        """Take note of an object that a record names: where it is, and whether somebody vouches for it."""
        place = self.places.get(known.place)
        if self.known.is_spoilt(blob, known.place) and self.stat(blob) is None:
            return  # of what lies here it must be known what nobody vouches for
        is_lost = self.known.was_gone(blob) and self.stat(blob) is None
        if is_lost and (place is None or place.size(address(blob)) is None):
            return
        before = self.known.get(blob)
        if before is not None and before.sha256 == known.sha256:
            known.taken = before.taken
            if known.key is None:  # what was signed is the bytes as of a format: both, or none
                known.key, known.format = before.key, before.format
        elif before is not None and before.taken:
            if known.key is None:
                return
            self.delete(blob)  # what was brought is not what somebody vouches for
        self.lost.discard(blob)
        self.known.set(blob, known)

    # -- finding -------------------------------------------------------------------------------------------------------

    def elsewhere(self, blob: str, *, asks: bool = True) -> bool | None:
        """Whether another place has an object, as far as is known; it is asked if nothing is known, and may be."""
        if blob in self.lost or os.getpid() != self._pid:
            return False  # a client library does not survive a fork: whoever forks brings what is needed before
        if self.is_placed(blob):
            return True
        found = None
        if self._ask is not None:
            if not asks:
                return None
            try:
                found = self._ask(blob)
            except RemoteError:
                return False
        if found is not None:
            self.learn(blob, found)
        return self.is_placed(blob)

    def is_placed(self, blob: str) -> bool:
        """Whether an object is known to be in a place that is asked; a stack may name another one than it did.

        Nobody is asked.
        """
        known = self.known.get(blob)
        return known is not None and known.place in self.places

    def vouched(self, blob: str, format: str) -> bool:
        """Whether what can run code was made here, or comes by a record that somebody who is trusted has signed."""
        if self.is_vouched(blob, format):
            return True
        signed = self._vouch(blob, format) if self._vouch is not None and os.getpid() == self._pid else None
        if signed is None:
            return False
        self.learn(blob, signed)
        return True

    def is_vouched(self, blob: str, format: str) -> bool:
        """Whether that is so as far as is known here: nobody is asked."""
        known = self.known.get(blob)
        if known is None or self._is_signed(known, format):
            return True
        # What only lies here may be the bytes of something else, which a record that nobody has signed calls a pickle.
        is_ours = known.key == OWN or (not known.taken and self.stat(blob) is not None)
        return is_ours and self.known.is_own(blob)

    def _is_signed(self, known: Known, format: str) -> bool:
        """Whether somebody who is trusted has signed an object as of a format: a text vouches for no pickle."""
        return known.key not in (None, OWN) and known.format == format and self._trusts(str(known.key))

    def bring(self, blob: str) -> Stat | None:
        """Make sure that an object is here and intact.

        Parameters
        ----------
        blob : str
            Its hash.

        Returns
        -------
        tuple of int or None
            Its stat; ``None`` if it is nowhere, or what was sent is not what was promised.

        Raises
        ------
        RemoteError
            If the place that has it does not answer.
        StoreError
            If it cannot be stored here.
        """
        stat = self.trusted(blob, None)
        if stat is not None:
            return stat
        if (failed := self._failed.pop(blob, None)) is not None:
            raise failed
        return self._brought(blob) if self.elsewhere(blob) else None

    def bring_ahead(self, blobs: Iterable[str]) -> None:
        """Bring what is known to be elsewhere and is going to be brought, several objects at a time.

        What goes wrong is told by `bring`, in turn. It takes as many requests.

        Parameters
        ----------
        blobs : iterable of str
            Their hashes.
        """
        if os.getpid() != self._pid:
            return
        wanted = [blob for blob in dict.fromkeys(blobs) if blob not in self.lost and self.is_placed(blob)]
        small: list[str] = []
        large: list[str] = []
        for blob in wanted:
            known = self.known.get(blob)
            if known is not None and self.stat(blob) is None:
                (small if known.size <= _SMALL and not known.is_tree else large).append(blob)
        for missing, most in ((small, _MANY), (large, _FEW)):
            if len(missing) > 1:
                together([partial(self._bring_ahead, blob) for blob in missing], most)

    def _bring_ahead(self, blob: str) -> None:
        try:
            self._brought(blob, in_memory=_SMALL)
        except StoreError as error:
            self._failed[blob] = error

    def _brought(self, blob: str, *, in_memory: int = _AT_ONCE) -> Stat | None:
        known = self.known.get(blob)
        place = self.places.get(known.place) if known is not None else None
        if known is None or place is None:
            return None
        try:
            return self._received(blob, known, place, in_memory)
        except RemoteError:
            self.lost.add(blob)
            raise

    def _received(self, blob: str, known: Known, place: Objects, in_memory: int) -> Stat | None:
        at_once = known.size <= in_memory and not known.is_tree
        stored = (self._from_memory if at_once else self._from_file)(blob, known, place)
        if stored is not None and stored.hash != blob:
            self.delete(stored.hash)
            self._spoil(blob, known)
            return None
        return stored.stat if stored is not None else None

    def _from_memory(self, blob: str, known: Known, place: Objects) -> Blob | None:
        data = place.get(address(blob))
        if data is None:
            self._lose(blob)
            return None
        return FolderStore.put(self, [data]) if self._is_as_promised(blob, known, _hashed_bytes(data)) else None

    def _from_file(self, blob: str, known: Known, place: Objects) -> Blob | None:
        temporary = self._scratch.new()
        try:
            if not place.get_file(address(blob), temporary):
                self._lose(blob)
                return None
            if not self._is_as_promised(blob, known, hashed(temporary)):
                return None
            return self._unpacked(temporary) if known.is_tree else FolderStore.put_file(self, temporary, move=True)
        finally:
            remove(temporary)

    def _is_as_promised(self, blob: str, known: Known, found: tuple[str, int]) -> bool:
        """Whether what was sent is what was promised; if so it is noted to come from elsewhere, before it is here."""
        if found != (known.sha256, known.size):
            self._spoil(blob, known)
            return False
        # What is here and not known to come from elsewhere counts as made here.
        self.known.set(blob, known.but(taken=True), always=True)
        return True

    def _lose(self, blob: str) -> None:
        self.lost.add(blob)
        self.known.lose(blob)

    def _spoil(self, blob: str, known: Known) -> None:
        # Kept for later commands too: what is made again is to take the place of what is there.
        self.lost.add(blob)
        self.known.spoil(blob, known.place)

    def _unpacked(self, archive: str) -> Blob:
        from lineage.stores.packing import unpack

        folder = self._scratch.new()
        try:
            unpack(archive, folder)
            return FolderStore.put_tree(self, folder, move=False)
        finally:
            remove(folder)
