"""Reading and writing files with a hash on the way."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from errno import EDQUOT, EFBIG, EIO, ENOSPC

from xxhash import xxh3_128

from lineage.stores.protocol import Buffer, Stat, Written

__all__ = [
    "backdate",
    "copy_hashed",
    "hash_open",
    "hash_still",
    "names_blob",
    "remove",
    "reserve",
    "stat_of",
    "write_all",
]

#: Bytes read at once: they stay in the processor's cache while they are hashed and copied.
CHUNK = 1 << 19
_MOST = 1 << 30
#: Bytes written at once where somebody wants to know how far it is.
_PIECE = 1 << 24
_RESERVED_FROM = 1 << 24
_TWO_SECONDS = 2_000_000_000


def stat_of(found: os.stat_result) -> Stat:
    """Return the numbers of a stat that tell whether a file has been written to."""
    return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def names_blob(name: str) -> bool:
    """Return whether a file name is a blob hash."""
    return len(name) == 32 and not name.strip("0123456789abcdef")


def reserve(fd: int, size: int) -> None:
    """Tell the system how large a file will be: for a large one that takes a third off the cost of writing it.

    (numpy's ``tofile`` does the same.) A disk that is too small is found out before anything is written.
    """
    if size < _RESERVED_FROM or not hasattr(os, "posix_fallocate"):
        return
    try:
        os.posix_fallocate(fd, 0, size)
    except OSError as error:
        if error.errno in (ENOSPC, EDQUOT, EFBIG):
            raise


def write_all(fd: int, buffers: Iterable[Buffer], written: Written | None = None) -> None:
    """Write buffers to a file descriptor, in as many calls as it takes."""
    done = 0
    for buffer in buffers:
        view = memoryview(buffer).cast("B")
        while len(view):
            # Pieces that end at a multiple of their size: the system keeps them in the largest pages that it has.
            size = os.write(fd, view[: _MOST if written is None else _PIECE - done % _PIECE])
            view = view[size:]
            done += size
            if written is not None:
                written(done)


def hash_open(fd: int) -> tuple[str, int]:
    """Return the hash of the rest of an open file, and its size in bytes."""
    state = xxh3_128()
    size = 0
    chunk = bytearray(CHUNK)
    view = memoryview(chunk)
    while got := os.readv(fd, [chunk]):
        state.update(view[:got])
        size += got
    return state.hexdigest(), size


def hash_still(path: str, *, touch: bool = True) -> tuple[str, Stat] | None:
    """Hash a file that should not change.

    Parameters
    ----------
    path : str
        The file.
    touch : bool
        Set the time of one that was just written back, so that a later write shows. Else the stat is good for now only.

    Returns
    -------
    hash : str
        Of its content.
    stat : tuple of int
        Its stat, by which any later write shows. Instead of both None, if the file goes on changing or its disk fails.
    """
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        for _ in range(3):
            if touch and time.time_ns() - os.fstat(fd).st_mtime_ns < _TWO_SECONDS:
                _backdate_if_allowed(fd)
            os.lseek(fd, 0, os.SEEK_SET)
            before = stat_of(os.fstat(fd))
            blob, _size = hash_open(fd)
            if stat_of(os.fstat(fd)) == before:
                return blob, before
    except OSError as error:
        if error.errno != EIO:
            raise
    finally:
        os.close(fd)
    return None


def _backdate_if_allowed(fd: int) -> None:
    try:
        backdate(fd)
    except OSError:  # another user's file, or a disk mounted read-only: then nobody writes to it
        return


def copy_hashed(source: int, target: int) -> tuple[str, int]:
    """Copy the rest of an open file to another; return the hash and the size of what was copied."""
    state = xxh3_128()
    size = 0
    chunk = bytearray(CHUNK)
    view = memoryview(chunk)
    while got := os.readv(source, [chunk]):
        state.update(view[:got])
        write_all(target, [view[:got]])
        size += got
    return state.hexdigest(), size


def backdate(fd: int | str) -> None:
    """Set a file's mtime two seconds back.

    A write in the same tick of the clock would leave mtime, ctime and size as they are and so go unnoticed (git calls
    this problem racy). After this any write moves mtime to the present.
    """
    now = time.time_ns()
    os.utime(fd, ns=(now, now - _TWO_SECONDS))


def remove(path: str) -> None:
    """Remove a file or a folder with all that is in it, if it is there; an empty path is nothing."""
    if not path:
        return
    try:
        os.unlink(path)
    except (FileNotFoundError, NotADirectoryError):
        return
    except (IsADirectoryError, PermissionError):  # POSIX says EPERM for a folder, Linux EISDIR
        if not os.path.isdir(path) or os.path.islink(path):
            raise
        import shutil

        shutil.rmtree(path)
