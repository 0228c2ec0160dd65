"""A folder of objects that others can write to, read where it is.

Arrays, texts and files are opened where they lie, as in a folder of one's own. What can run code when it is read is
compared with a sha256 that was noted by whoever made it: by this project (in its ``.lineage``, when the bytes were
still its own), or by somebody who is trusted (in a signed label beside the objects). It is then read from a copy of the
very bytes that were compared: what lies in the folder can be another thing a moment later.

Nor is anybody else believed which objects are intact: the ledger is kept in the project's ``.lineage`` too.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

from lineage.errors.refusal import refused
from lineage.stores import tree
from lineage.stores.elsewhere import Known
from lineage.stores.ledger import Ledger
from lineage.stores.packing import pack, unpack
from lineage.stores.refusal import Guard
from lineage.stores.scratch import Scratch
from lineage.stores.tiered import TieredStore, hashed
from lineage.stores.writing import remove

if TYPE_CHECKING:
    from lineage.stores.objects import Objects
    from lineage.stores.protocol import Buffer, Stat

__all__ = ["SharedFolder"]


class SharedFolder(TieredStore):
    """A folder that others can write to, and places that have more.

    Parameters
    ----------
    root : str
        The folder.
    own : str
        A folder that only this user writes to.
    signed : callable
        Returns what somebody who is trusted says, in the folder itself, of an object as of a format.
    places, ask, vouch, trusts, read_only
        As of `TieredStore`.
    """

    def __init__(
        self,
        root: str,
        places: Sequence[Objects],
        own: str,
        signed: Callable[[str, str], Known | None],
        vouch: Callable[[str, str], Known | None] | None = None,
        trusts: Callable[[str], bool] = bool,
        *,
        read_only: bool = False,
    ) -> None:
        ledger = os.path.join(own, "elsewhere")
        super().__init__(root, places, ledger, None, vouch, trusts, read_only=read_only)
        self.ledger = Ledger(os.path.join(own, "ledger"))
        self._folder = own
        self._signed = signed
        self._promised: dict[tuple[str, str], str] = {}
        #: The stat of what this process has found to be what was promised, where it lies.
        self._proven: dict[str, Stat | None] = {}

    def made(self, blob: str, *, can_run: bool = False) -> None:
        """Take note that an object was made here; of what can run code `own` has, when its bytes were at hand."""
        super().made(blob)

    def witness(self, source: Sequence[Buffer] | str) -> str:
        """Return the sha256 of what is going to be stored, while it is still where nobody else writes."""
        if isinstance(source, str):
            return self._of_folder(source) if os.path.isdir(source) else hashed(source)[0]
        state = sha256()
        for buffer in source:
            state.update(buffer)
        return state.hexdigest()

    def own(self, blob: str, witness: str) -> None:
        """Take note of what can run code and was just stored, with the sha256 of what it was stored from."""
        self.known.note_own(blob, witness)

    def promised(self, blob: str, format: str) -> str | None:
        """Return the sha256 that an object must have to be read as something that can run code; None if nobody says."""
        own = self.known.own(blob)
        if own:
            return own
        found = self._promised.get((blob, format))
        if found is None:
            known = self.known.get(blob)
            if known is None or not self._is_signed(known, format):
                known = self._signed(blob, format) or self._from_places(blob, format)
            if known is not None:
                found = self._promised[blob, format] = known.sha256
        return found

    def close(self) -> None:
        """Write the ledger, and let go of the folders for temporary files."""
        super().close()
        if "_private" in self.__dict__:
            self._private.release()

    def vouched(self, blob: str, format: str) -> bool:
        """Whether what can run code was made by this project, or somebody who is trusted has signed that it is such."""
        return self.promised(blob, format) is not None

    def guarded(self, blob: str, format: str, copy: Callable[[], str]) -> str | None:
        """Return the path of a copy of what can run code, once it was found to be what was promised.

        Parameters
        ----------
        blob : str
            The object.
        format : str
            What is going to read it.
        copy : callable
            Returns a path for the copy, where nobody else writes.

        Returns
        -------
        str or None
            ``None`` if the object is something else: then it is set aside.
        """
        target = copy()
        try:
            is_tree = os.path.isdir(self.place(blob))
            told = self._copied_to(target, blob, is_tree=is_tree)
            if told == self.promised(blob, format):
                return self._opened(target) if is_tree else target
        except OSError as error:
            remove(target)
            raise refused(f"cannot copy {self.place(blob)}", error, error.filename or target) from error
        remove(target)
        self._renounce(blob)
        return None

    def proven(self, blob: str, format: str) -> bool:
        """Whether what can run code is what was promised where it lies, for a program that opens it there."""
        stat = self.stat(blob)
        if stat is None or stat == self._proven.get(blob):
            return stat is not None
        with Guard(self.root, "read", self.place(blob)):
            is_right = self._hashed(blob) == self.promised(blob, format)
        if is_right:
            self._proven[blob] = stat
        else:
            self._renounce(blob)
        return is_right

    def _renounce(self, blob: str) -> None:
        """Set aside what has the name of an object and is another: it is made again."""
        path = self.place(blob)
        if not self.read_only:
            self._set_aside(path, os.lstat(path))
            self.ledger.set(blob, None)

    def _from_places(self, blob: str, format: str) -> Known | None:
        return self._vouch(blob, format) if self._vouch is not None and os.getpid() == self._pid else None

    def _hashed(self, blob: str) -> str:
        path = self.place(blob)
        return self._of_folder(path) if os.path.isdir(path) else hashed(path)[0]

    def _of_folder(self, path: str) -> str:
        """Return the sha256 of a folder's archive: of that of its copy, in which a link to outside is a file."""
        copy = self._private.new()
        packed = f"{copy}.tar"
        try:
            tree.copy(path, copy, fsync=False)
            pack(copy, packed)
            return hashed(packed)[0]
        finally:
            remove(packed)
            remove(copy)

    @cached_property
    def _private(self) -> Scratch:
        return Scratch(os.path.join(self._folder, "work"))

    def _copied_to(self, target: str, blob: str, *, is_tree: bool) -> str:
        """Copy an object (of a folder its archive); return the sha256 of the copy."""
        if is_tree:
            pack(self.place(blob), target)
            return hashed(target)[0]
        state = sha256()
        fd = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "wb") as copy, open(self.place(blob), "rb", buffering=0, opener=_plainly) as source:
            while piece := source.read(1 << 20):
                state.update(piece)
                copy.write(piece)
        return state.hexdigest()

    def _opened(self, archive: str) -> str:
        folder = f"{archive}-folder"
        try:
            unpack(archive, folder)
        finally:
            remove(archive)
        return folder


def _plainly(path: str, flags: int) -> int:
    """Open what should be a file, and was a moment ago: a pipe that stands there now would never end."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)
