"""Artifacts in a folder, each under its hash.

``<root>/ab/abcd...``   an object: a read-only file, or a folder
``<root>/tmp/``         what is being written; left behind only by a killed process, and swept by the next that writes
``<root>/names/``       links to objects under the file names that they came with
``<root>/gate``         an empty file, locked for a moment by who begins to use objects and by who collects them
``<root>/ledger``       a cache of stats of objects that are known to be intact
``<root>/../damaged/``  objects that were found damaged, kept aside

An object appears under its name by one rename, when it is complete. There is no fsync by default: bytes can be made
again. It is enough that damage is always noticed: an object is used only if its stat is the one it had when its bytes
were last hashed, and else is hashed again.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from stat import S_ISDIR, S_ISREG
from typing import TYPE_CHECKING, Any

from xxhash import xxh3_128

from lineage.errors import StoreError
from lineage.stores.collecting import Collected
from lineage.stores.group import make_folders, open_up
from lineage.stores.ledger import Ledger
from lineage.stores.protocol import Blob, Buffer, Stat, Written
from lineage.stores.refusal import Guard
from lineage.stores.writing import (
    backdate,
    copy_hashed,
    hash_open,
    hash_still,
    names_blob,
    remove,
    reserve,
    stat_of,
    write_all,
)

if TYPE_CHECKING:
    from lineage.stores.scratch import Scratch

__all__ = ["FolderStore"]

_SMALL = 1 << 16


class FolderStore(Collected):
    """An artifact store in a folder, for any number of threads and processes of one machine.

    Parameters
    ----------
    root : str
        The folder; created when something is stored.
    fsync : bool, optional
        Make every object durable before it is named, at 1-10 ms each. Off by default, see the module.
    read_only : bool, optional
        Only look: what is damaged stays where it is, and what is learnt about objects is not kept.
    """

    def __init__(self, root: str, *, fsync: bool = False, read_only: bool = False) -> None:
        self.root = os.path.abspath(root)
        self.fsync = fsync
        self.read_only = read_only
        self._used = set()
        self.ledger = Ledger(os.path.join(self.root, "ledger"))

    # -- storing -------------------------------------------------------------------------------------------------------

    def put(self, buffers: Sequence[Buffer], written: Written | None = None) -> Blob:
        """Store the concatenation of some buffers.

        They are hashed in memory first, so that an object that is there already is not written at all.

        Parameters
        ----------
        buffers : sequence of bytes or memoryview
            Contiguous; a memoryview of bytes.
        written : callable, optional
            Told how many of all bytes are not needed any more.

        Returns
        -------
        Blob
            Hash, size and stat of the object.

        Raises
        ------
        StoreError
            If it cannot be written (a full disk); nothing is left behind.
        """
        state, size = xxh3_128(), 0
        for buffer in buffers:
            state.update(buffer)
            size += memoryview(buffer).nbytes
        blob = state.hexdigest()
        stat = self._there(blob)
        if stat is None:
            stat = self._written(blob, buffers, size, written)
        return Blob(blob, size, stat)

    def _written(self, blob: str, buffers: Sequence[Buffer], size: int, written: Written | None) -> Stat:
        temporary = ""
        with Guard(self.root, "store", f"{size:,} bytes"):
            try:
                fd, temporary = self._create()
                try:
                    reserve(fd, size)
                    write_all(fd, [b"".join(buffers)] if size <= _SMALL else buffers, written)
                    self._finish(fd)
                finally:
                    os.close(fd)
                return self._publish(temporary, blob)
            except BaseException:
                remove(temporary)
                raise

    def put_file(self, path: str, *, move: bool) -> Blob:
        """Store a file's content (of a symbolic link: of the file it leads to).

        Parameters
        ----------
        path : str
            The file.
        move : bool
            Take the file itself, by a rename where that is possible; it is gone afterwards. Else it is copied, and
            hashed on the way.

        Returns
        -------
        Blob
            Hash, size and stat of the object.

        Raises
        ------
        StoreError
            If the file cannot be read or the object not be written.
        """
        with Guard(self.root, "store", path):
            taken = self._take(path) if move else None
            return taken or self._copied(path, move)

    def _take(self, path: str) -> Blob | None:
        """Hash a file where it is and rename it; ``None`` if that would be unsafe or is impossible."""
        before = os.lstat(path)
        if not S_ISREG(before.st_mode) or before.st_nlink > 1:  # others can write to it under another name
            return None
        self._scratch.owner()  # makes the folder
        if before.st_dev != os.stat(self._scratch.folder).st_dev:
            return None
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            blob, size = hash_open(fd)
            os.fchmod(fd, 0o444)
            self._finish(fd)
            after = os.fstat(fd)
        finally:
            os.close(fd)
        if after.st_size != size or stat_of(before)[:2] != stat_of(after)[:2]:
            return None
        stat = self._there(blob)
        if stat is None:
            stat = self._publish(path, blob)
        else:
            os.unlink(path)
        return Blob(blob, size, stat)

    def _copied(self, path: str, move: bool) -> Blob:
        temporary = ""
        try:
            source = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                fd, temporary = self._create()
                try:
                    blob, size = copy_hashed(source, fd)
                    self._finish(fd)
                finally:
                    os.close(fd)
            finally:
                os.close(source)
            stat = self._there(blob)
            if stat is None:
                stat = self._publish(temporary, blob)
        finally:
            remove(temporary)
        if move:
            remove(path)
        return Blob(blob, size, stat)

    def put_tree(self, path: str, *, move: bool) -> Blob:
        """Store a folder: relative paths, contents and executable bits of its files, empty folders, links inside it.

        A link that leads out of the folder is replaced by the file it leads to.

        Parameters
        ----------
        path : str
            The folder.
        move : bool
            The folder may be taken; it is gone afterwards.

        Returns
        -------
        Blob
            Hash of the manifest, bytes of the files, and stats folded into four numbers.

        Raises
        ------
        StoreError
            If something in it cannot be stored (a socket, a link that leads nowhere or to a folder outside), or if the
            object cannot be written.
        """
        from lineage.stores import tree

        temporary = ""
        with Guard(self.root, "store", path):
            try:
                temporary = self._scratch.new()
                blob, size = tree.copy(path, temporary, self.fsync)
                stat = self._there(blob)
                if stat is None:
                    stat = self._publish(temporary, blob)
            finally:
                remove(temporary)
            if move:
                remove(path)
        return Blob(blob, size, stat)

    # -- finding -------------------------------------------------------------------------------------------------------

    def path(self, blob: str, name: str | None = None) -> str:
        """Return where an object lies, for reading only.

        Parameters
        ----------
        blob : str
            Its hash.
        name : str, optional
            A file name: the path returned is then a link to the object that ends in it, for tools that look at a
            suffix.

        Returns
        -------
        str
            Absolute path of a file or folder.

        Raises
        ------
        StoreError
            If it is absent.
        """
        path = self._path(blob)
        if not os.path.lexists(path):
            raise StoreError(
                f"artifact {blob} is not in {self.root}",
                why="its file was deleted, or never came to this machine",
                fix="run doit: what is missing is made again",
            )
        if name is None:
            return path
        from lineage.stores.naming import named

        return named(self.root, blob, name) or path

    def stat(self, blob: str) -> Stat | None:
        """Return an object's present stat (of a folder: the stats of all its files in four numbers), None if absent."""
        try:
            found = os.lstat(self._path(blob))
        except OSError:
            return None
        return self._folded(blob) if S_ISDIR(found.st_mode) else stat_of(found)

    def remembered(self, blob: str) -> Stat | None:
        """Return the stat that an object had when it was last known to be intact, None where that is not remembered."""
        return self.ledger.get(blob)

    def trusted(self, blob: str, stat: Stat | None) -> Stat | None:
        """Return an object's stat if it is intact.

        It is hashed only if its stat is neither the given nor the remembered one.

        Parameters
        ----------
        blob : str
            Its hash.
        stat : tuple of int or None
            The stat it had when it was last known to be intact.

        Returns
        -------
        tuple of int or None
            Its present stat; ``None`` if it is missing or damaged.
        """
        now = self.stat(blob)
        if now is None or now == stat or now == self.ledger.get(blob):
            return now
        return self.verify(blob)

    def verify(self, blob: str) -> Stat | None:
        """Hash an object again.

        Returns
        -------
        tuple of int or None
            Its stat; ``None`` if it is missing, or damaged: then it has been moved to the folder ``damaged``.

        Raises
        ------
        StoreError
            If it is there but cannot be read.
        """
        path = self._path(blob)
        with Guard(self.root, "read", path):
            try:
                found = os.lstat(path)
                stat = _hashed_again(path, blob, found, touch=not self.read_only)
            except (FileNotFoundError, NotADirectoryError):
                return None
            if stat is None and not self.read_only:
                self._set_aside(path, found)
        if stat is not None:
            self.ledger.set(blob, stat)
        return stat

    def elsewhere(self, blob: str, *, asks: bool = True) -> bool | None:
        """Whether another place has an object: there is none."""
        return False

    def vouched(self, blob: str, format: str) -> bool:
        """Whether an object may run code when it is read: all may that are in a folder which the project trusts."""
        return True

    def witness(self, source: Sequence[Buffer] | str) -> str:
        """Return what tells bytes from others of the same hash: nobody puts others in a folder that is trusted."""
        return ""

    def own(self, blob: str, witness: str) -> None:
        """Take note that what can run code was made here: in a folder that is trusted it makes no difference."""

    def proven(self, blob: str, format: str) -> bool:
        """Whether what can run code is what was made, where it lies: that was found out by its hash and its stat."""
        return True

    def guarded(self, blob: str, format: str, copy: Callable[[], str]) -> str | None:
        """Return where what can run code is read: where it lies."""
        return self.path(blob)

    def bring(self, blob: str) -> Stat | None:
        """Return an object's stat if it is intact: it cannot be anywhere else."""
        return self.trusted(blob, None)

    def place(self, blob: str) -> str:
        """Return where an object lies, or would lie."""
        return self._path(blob)

    def describe(self) -> dict[str, Any]:
        """Return ``kind``, ``where`` (the folder), ``objects`` and ``bytes``."""
        objects = size = 0
        for blob in self.blobs():
            stat = self.stat(blob)
            objects += stat is not None
            size += stat[1] if stat else 0
        return {"kind": "folder", "where": self.root, "objects": objects, "bytes": size}

    def blobs(self) -> Iterator[str]:
        """Yield the hashes of all objects, in no particular order."""
        for shard in _listed(self.root):
            if len(shard) == 2:
                yield from (name for name in _listed(f"{self.root}/{shard}") if names_blob(name))

    def delete(self, blob: str) -> None:
        """Remove an object; one that is absent is no error."""
        with Guard(self.root, "delete", self._path(blob)):
            remove(self._path(blob))
            remove(f"{self.root}/names/{blob}")
        self.ledger.set(blob, None)

    def flush(self) -> None:
        """Write the ledger, a cache. Never raises."""
        if not self.read_only:
            self.ledger.flush()

    def close(self) -> None:
        """Write the ledger, and let go of the folder for temporary files when nobody is storing. Never raises."""
        self.flush()
        if "_scratch" in self.__dict__:
            self._scratch.release()

    # -- inside --------------------------------------------------------------------------------------------------------

    @cached_property
    def _scratch(self) -> Scratch:
        from lineage.stores.scratch import Scratch  # not for those who only read

        return Scratch(os.path.join(self.root, "tmp"))

    def _path(self, blob: str) -> str:
        return f"{self.root}/{blob[:2]}/{blob}"

    def _there(self, blob: str) -> Stat | None:
        """Return the stat of an object that is already stored and intact; a damaged one is set aside."""
        self.use((blob,))  # before it is looked for: one that nobody has recorded yet might be collected
        try:
            os.lstat(self._path(blob))
        except OSError:
            return None
        return self.trusted(blob, None)

    def _folded(self, blob: str) -> Stat | None:
        from lineage.stores import tree

        try:
            return tree.folded_stat(self._path(blob))
        except OSError:
            return None

    def _create(self) -> tuple[int, str]:
        """Create a temporary file that nobody else has; read-only under its name, writable for us."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        while True:
            path = self._scratch.new()
            with suppress(FileNotFoundError):  # somebody has removed the whole folder just now: it is made again
                return os.open(path, flags, 0o444), path

    def _finish(self, fd: int) -> None:
        backdate(fd)
        if self.fsync:
            os.fsync(fd)

    def _publish(self, temporary: str, blob: str) -> Stat:
        path = self._path(blob)
        open_up(temporary, self.root)
        for attempt in range(3):
            try:
                os.rename(temporary, path)
                break
            except (FileNotFoundError, NotADirectoryError):
                if attempt == 2:
                    raise
                make_folders(os.path.dirname(path))
            except OSError:  # a folder cannot be renamed over one that another process has just published
                stat = self._there(blob)
                if stat is not None:
                    remove(temporary)
                    return stat
                if attempt == 2:
                    raise
        if self.fsync:
            self._sync_folder(os.path.dirname(path))
        stat = self.stat(blob)
        if stat is None:
            raise FileNotFoundError(2, "it vanished while it was being stored", path)
        self.ledger.set(blob, stat)
        return stat

    @staticmethod
    def _sync_folder(path: str) -> None:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)

    def _set_aside(self, path: str, found: os.stat_result) -> None:
        """Move a damaged object away, unless another process has already put an intact one in its place."""
        aside = os.path.join(os.path.dirname(self.root), "damaged")
        try:
            if os.lstat(path).st_ino != found.st_ino:
                return
            make_folders(aside)
            os.rename(path, f"{aside}/{os.path.basename(path)}-{time.time_ns():x}")
        except FileNotFoundError:
            return
        except OSError:
            # Where it cannot be moved, nothing can be written in its place either: it is safe where it is.
            if os.access(os.path.dirname(path), os.W_OK):
                raise


def _hashed_again(path: str, blob: str, found: os.stat_result, *, touch: bool) -> Stat | None:
    """Hash an object; return its stat if its hash is its name."""
    if S_ISDIR(found.st_mode):
        from lineage.stores import tree

        return tree.verified(path, blob, touch=touch)
    if not S_ISREG(found.st_mode):
        return None
    content = hash_still(path, touch=touch)
    return content[1] if content is not None and content[0] == blob else None


def _listed(folder: str) -> list[str]:
    with suppress(FileNotFoundError, NotADirectoryError):
        return os.listdir(folder)
    return []
