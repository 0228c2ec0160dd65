"""What went wrong with the database, with why and fix.

SQLite says that it could not write, and hardly ever why: a quota, a limit and a full disk under its log are all "disk
I/O error" to it. So where it fails at writing, the folder is tried in the open, and the operating system tells.
"""

from __future__ import annotations

import os
from errno import EFBIG, ENOSPC

from lineage.errors import LineageError, StoreError
from lineage.errors.refusal import reason_against, refused

__all__ = ["explained"]

#: As much as SQLite may want at once: its log's index comes in pieces of 32 kB.
_PIECE = 1 << 16
_ABOUT_THE_DISK = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")


def explained(error: BaseException, path: str, *, reading: bool = False) -> LineageError:
    """Return what went wrong with the database at `path` as an error with why and fix.

    Parameters
    ----------
    error : BaseException
        What SQLite, or the operating system, said.
    path : str
        The database.
    reading : bool
        It was only to be read: nothing is written to find out.
    """
    if isinstance(error, LineageError):
        return error
    name = getattr(error, "sqlite_errorname", "") or type(error).__name__
    if isinstance(error, UnicodeDecodeError):  # what sqlite3 says of a schema that is damaged
        name = "SQLITE_CORRUPT"
    refusal = error if isinstance(error, OSError) else None
    if name.startswith(_ABOUT_THE_DISK):
        # Not by opening the database: closing it again would let go of the locks that SQLite holds on it.
        refusal = reason_against([path, f"{path}-wal", f"{path}-shm"], reading=reading)
        if refusal is None and not reading:
            refusal = _by_trying(path, full=name == "SQLITE_FULL")
    if refusal is not None:
        place = refusal.filename if isinstance(refusal.filename, str) else path
        return refused(f"cannot {'read' if reading else 'write'} the metadata store {path}", refusal, place)
    for start, what, why, fix in _EXPLANATIONS:
        if name.startswith(start):
            return StoreError(what.format(path=path), why=f"{why} ({error})", fix=fix.format(path=path))
    return StoreError(
        f"the metadata store {path} failed: {error}", why=name, fix="look at the file and its folder, then run again"
    )


def _refusal(number: int, path: str) -> OSError:
    return OSError(number, os.strerror(number), path)


def _by_trying(path: str, *, full: bool) -> OSError | None:
    """Write a file beside the database: what the operating system says of that is what SQLite would not tell."""
    probe = f"{path}.probe-{os.getpid()}"
    try:
        try:
            with open(probe, "wb", buffering=0) as file:
                file.write(bytes(_PIECE))
        finally:
            if os.path.lexists(probe):
                os.unlink(probe)
    except OSError as error:
        return error
    if _too_large(path):
        return _refusal(EFBIG, path)
    return _refusal(ENOSPC, path) if full else None


def _too_large(path: str) -> bool:
    """Whether one of the database's files stands at the limit that this process has for files (``ulimit -f``)."""
    import resource

    limit = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    if limit == resource.RLIM_INFINITY:
        return False
    sizes = [os.path.getsize(each) for each in (path, f"{path}-wal", f"{path}-shm") if os.path.exists(each)]
    return any(size + _PIECE > limit for size in sizes)


_EXPLANATIONS = (
    (
        "SQLITE_NOTADB",
        "{path} is not a database",
        "the file is damaged, or something else was written over it",
        "restore it, or move it away: `mv {path} {path}.damaged`; artifacts stay, but history starts anew",
    ),
    (
        "SQLITE_CORRUPT",
        "{path} is damaged",
        "part of the file is not what was written",
        "save what can be read: `sqlite3 {path} .recover | sqlite3 new.sqlite`, or move the file away to start anew",
    ),
    (
        "SQLITE_BUSY",
        "{path} is locked",
        "another process has been writing for so long that waiting for it was given up",
        "end that process, or wait, and run again",
    ),
    ("SQLITE_LOCKED", "{path} is locked", "another connection is writing", "run again"),
    (
        "SQLITE_READONLY",
        "{path} cannot be written",
        "another process changed or replaced the file meanwhile",
        "run again; if it stays so, look at the file and its folder",
    ),
    (
        "SQLITE_CANTOPEN",
        "{path} cannot be opened",
        "its folder is gone, or holds an unfinished log that cannot be read without writing",
        "look at the folder's permissions, or copy the folder to where you can write",
    ),
    (
        "SQLITE_IOERR",
        "{path} could not be read or written",
        "the disk failed",
        "look at the disk (`dmesg`); `sqlite3 {path} 'PRAGMA integrity_check'`",
    ),
)
