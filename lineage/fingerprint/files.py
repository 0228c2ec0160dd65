"""The project's files as they are at one moment, and the indexes of those that are source."""

from __future__ import annotations

import contextlib
import marshal
import os
import stat
import time
from typing import Any

from xxhash import xxh3_64_digest, xxh3_128_hexdigest

from lineage.fingerprint.source import FORMAT, SourceIndex, empty_index

__all__ = ["IndexFolder", "Snapshot", "Stat", "write_atomically"]

Stat = tuple[int, int, int, int]
"""inode, size, mtime_ns, ctime_ns"""

Known = tuple[Stat, str, bool]
"""the stat of a file, the digest of its bytes at that time, and whether the stat can be trusted to tell a change"""

_TICK = 20_000_000  # ns: file times move in steps of the kernel's clock tick
_COARSE = 2_000_000_000  # ns: on file systems that keep whole (or, FAT, even) seconds
_NO_CTIME = os.name == "nt"  # there st_ctime is the time of creation
_NO_FILE = os.stat_result((stat.S_IFREG, 0, 0, 0, 0, 0, 0, 0, 0, 0))  # what stands for a source that is no file


class IndexFolder:
    """The indexes on disk, each under the digest of the source it was read from.

    Parameters
    ----------
    folder : str or None
        Where they lie; ``None`` keeps nothing.
    """

    def __init__(self, folder: str | None) -> None:
        self._folder = folder
        self._new: dict[str, bytes] = {}

    def load(self, content: str) -> tuple[Any, ...] | None:
        """Return the packed index of a source with this digest, ``None`` where there is none or it is damaged."""
        if self._folder is None:
            return None
        try:
            with open(self._path(content), "rb") as file:
                data = file.read()
        except OSError:
            return None
        packed = checked(data)
        return packed if packed and packed[0] == FORMAT and packed[1] == content else None

    def store(self, content: str, packed: tuple[Any, ...]) -> None:
        """Keep an index, to be written by `flush`."""
        if self._folder is not None:
            self._new[content] = sealed(packed)

    def flush(self, in_use: set[str]) -> None:
        """Write what is new; remove long unused indexes where there are very many.

        Parameters
        ----------
        in_use : set of str
            Digests of the sources that exist now.
        """
        if self._folder is None or not self._new:
            return
        for content, data in self._new.items():
            write_atomically(self._path(content), data)
        self._new.clear()
        with contextlib.suppress(OSError):
            self._prune(in_use, 200 + 4 * len(in_use))

    def _prune(self, in_use: set[str], limit: int) -> None:
        names = [name for name in os.listdir(self._folder) if name.endswith(".idx")]
        if len(names) <= limit:
            return
        unused = [self._path(name[:-4]) for name in names if name[:-4] not in in_use]
        for path in sorted(unused, key=os.path.getmtime)[: len(names) - limit // 2]:
            os.unlink(path)

    def _path(self, content: str) -> str:
        return os.path.join(self._folder or "", content + ".idx")


def sealed(packed: Any) -> bytes:
    """Return marshalled bytes with a checksum in front, so that damage is noticed before it is unmarshalled."""
    body = marshal.dumps(packed)
    return xxh3_64_digest(body) + body


def checked(data: bytes) -> Any:
    """Undo `sealed`; ``None`` for damaged bytes."""
    if xxh3_64_digest(data[8:]) != data[:8]:
        return None
    try:
        return marshal.loads(data[8:])
    except (EOFError, ValueError, TypeError):
        return None


def write_atomically(path: str, data: bytes) -> None:
    """Write a cache file so that nobody reads half of it; do nothing where the disk does not allow it."""
    temporary = f"{path}.{os.getpid()}.{time.monotonic_ns()}.tmp"
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(temporary, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(temporary)


class Snapshot:
    """Files as they are when they are first asked for.

    Parameters
    ----------
    known : dict of str to tuple
        What is known from before: for each path its stat, the digest of its bytes, and whether the stat tells a change
        for sure (git's "racily clean" entries do not: a file that was read in the very tick in which it was written
        may be written once more in it). Updated here.
    folder : IndexFolder
        The indexes on disk.
    texts : dict of str to bytes
        Sources that are no files: by path their content, which counts in place of what may be there.
    """

    def __init__(self, known: dict[str, Known], folder: IndexFolder, texts: dict[str, bytes] | None = None) -> None:
        self.changed = False
        self._texts = texts or {}
        self._known = known
        self._folder = folder
        self._stats: dict[str, os.stat_result | None] = {}
        self._contents: dict[str, str | None] = {}
        self._indexes: dict[str, SourceIndex] = {}

    def _look(self, path: str) -> os.stat_result | None:
        try:
            return self._stats[path]
        except KeyError:
            pass
        try:
            found = os.stat(path) if path not in self._texts else _NO_FILE
        except (OSError, ValueError):
            found = None
        self._stats[path] = found
        return found

    def looked_at(self) -> dict[str, Stat | None]:
        """Return each path that was looked at with its stat, ``None`` where nothing was there."""
        return {path: None if found is None else _signature(found) for path, found in self._stats.items()}

    def kind(self, path: str) -> str | None:
        """Return ``"file"``, ``"folder"``, or ``None`` for what does not exist."""
        found = self._look(path)
        if found is None:
            return None
        if stat.S_ISDIR(found.st_mode):
            return "folder"
        return "file" if stat.S_ISREG(found.st_mode) else None

    def exists(self, path: str) -> bool:
        """Whether something is there."""
        return self._look(path) is not None

    def stat(self, path: str) -> Stat | None:
        """Return the inode, size, mtime and ctime of a file."""
        found = self._look(path)
        return None if found is None else _signature(found)

    def content(self, path: str) -> str | None:
        """Return the digest of a file's bytes, ``None`` if it cannot be read. Unchanged files are not read."""
        try:
            return self._contents[path]
        except KeyError:
            pass
        known = self._known.get(path) if path not in self._texts else None
        if known is not None and known[2] and known[0] == self.stat(path):
            found: str | None = known[1]
        else:
            data = self._read(path)
            found = None if data is None else self._contents[path]
        self._contents[path] = found
        return found

    def _read(self, path: str) -> bytes | None:
        if path in self._texts:
            self._contents[path] = xxh3_128_hexdigest(self._texts[path])
            return self._texts[path]
        started = time.time_ns()
        try:
            with open(path, "rb") as file:
                before = os.fstat(file.fileno())
                data = file.read()
                after = os.fstat(file.fileno())
        except (OSError, ValueError):
            self._contents[path] = None
            return None
        content = self._contents[path] = xxh3_128_hexdigest(data)
        steady = _signature(before) == _signature(after)
        self._stats[path] = after
        self._known[path] = (_signature(after), content, steady and _settled(after, started))
        self.changed = True
        return data

    def index(self, path: str) -> SourceIndex:
        """Return the index of a source file; one that cannot be read has its `error`."""
        found = self._indexes.get(path)
        if found is None:
            found = self._indexes[path] = self._index(path)
        return found

    def _index(self, path: str) -> SourceIndex:
        content = self.content(path)
        packed = None if content is None else self._folder.load(content)
        if packed is not None:
            return SourceIndex(path, packed)
        data = self._read(path)
        if data is None:
            return empty_index(path, "cannot be read: no such file, or no permission")
        # Reading source needs ast; an index that is on disk does not.
        from lineage.fingerprint.reading import read_index

        content = self._contents[path] or ""
        packed = read_index(data, content)
        self._folder.store(content, packed)
        return SourceIndex(path, packed)

    def listing(self, folder: str) -> str:
        """Return a digest of the names of the modules and folders in a folder."""
        try:
            names = sorted(entry.name for entry in os.scandir(folder) if entry.name.endswith(".py") or entry.is_dir())
        except OSError:
            names = []
        return xxh3_128_hexdigest("\0".join(name for name in names if name != "__pycache__").encode("utf-8", "replace"))


def _signature(found: os.stat_result) -> Stat:
    return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _settled(found: os.stat_result, read_at: int) -> bool:
    """Whether a file was last changed clearly before it was read."""
    if _NO_CTIME:
        return False
    changed = max(found.st_mtime_ns, found.st_ctime_ns)
    coarse = found.st_mtime_ns % 1_000_000_000 == 0 and found.st_ctime_ns % 1_000_000_000 == 0
    return changed + (_COARSE if coarse else _TICK) < read_at
