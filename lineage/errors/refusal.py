"""What the operating system refuses, told by its name: a full disk, a quota, another user's file, a file in the way.

One place for all stores and records, so that a full disk is called a full disk wherever it is noticed, and the fix is
one that helps. Nothing is written or changed here to find out.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from errno import (
    EACCES,
    EDQUOT,
    EEXIST,
    EFBIG,
    EIO,
    EISDIR,
    ELOOP,
    EMFILE,
    ENAMETOOLONG,
    ENFILE,
    ENOENT,
    ENOSPC,
    ENOTDIR,
    ENOTEMPTY,
    EPERM,
    EROFS,
)
from shlex import quote
from stat import S_ISGID

from lineage.errors import StoreError

__all__ = ["reason_against", "refused"]

_GOES_ON = "then run doit again: it goes on where it stopped"
_READERS = "`lineage` and `doit list --status` only read, and work as it is"
#: What has such a name in its path is in a place of lineage's or doit's own.
_OURS = frozenset({".lineage", "artifacts", ".doit.db"})
_IN_THE_WAY = frozenset({ENOENT, ENOTDIR, EEXIST, EISDIR, ELOOP, ENOTEMPTY})


def refused(what: str, error: OSError, path: str | None = None, *, named: bool = False) -> StoreError:
    """Return the error for something that the operating system did not allow.

    Parameters
    ----------
    what : str
        What could not be done: ``cannot store 1,000 bytes in .lineage/objects``.
    error : OSError
        What the operating system said.
    path : str, optional
        The file that was to be written or read; that of `error` by default.
    named : bool
        The user named it: nothing that stands there has to make room.

    Returns
    -------
    StoreError
        With why and fix by the error's number; to be raised from it.
    """
    place = os.path.abspath(os.fsdecode(path or _named_in(error) or "."))
    why, fix = _why_and_fix(error, place)
    if named and error.errno in (EEXIST, EISDIR, ENOTDIR, ENOTEMPTY):
        fix = "name another place: what stands there stays"
    if named and error.errno == EROFS:  # nothing of what doit records is meant
        why, fix = f"the disk of {_folder(place)} is mounted read-only", "name another place, or mount it writable"
    return StoreError(f"{what}: {error.strerror or error}", why=why, fix=fix)


def reason_against(paths: Sequence[str], *, reading: bool = False) -> OSError | None:
    """Find out why files of one folder cannot be used, by looking only: what a library would not tell.

    Parameters
    ----------
    paths : sequence of str
        The main file first; the others may be missing.
    reading : bool
        They are only to be read.

    Returns
    -------
    OSError or None
        What the operating system would say; None if it has nothing against it.
    """
    main, folder = paths[0], os.path.dirname(os.path.abspath(paths[0]))
    if os.path.isdir(main):
        return _as_system_says(EISDIR, main)
    if os.path.lexists(folder) and not os.path.isdir(folder):
        return _as_system_says(ENOTDIR, main)
    try:
        disk = os.statvfs(folder)
    except OSError as error:
        return error
    if disk.f_flag & os.ST_RDONLY and not reading:
        return _as_system_says(EROFS, main)
    wanted = os.R_OK if reading else os.R_OK | os.W_OK
    for path in paths:
        if os.path.lexists(path) and not os.access(path, wanted):
            return _as_system_says(EACCES, path)
    if not os.access(folder, wanted | os.X_OK):
        return _as_system_says(EACCES, folder)
    return _as_system_says(ENOSPC, main) if disk.f_blocks and not disk.f_bavail else None


def _as_system_says(number: int, path: str) -> OSError:
    return OSError(number, os.strerror(number), path)


def _named_in(error: OSError) -> str | bytes | None:
    return error.filename if isinstance(error.filename, str | bytes) else None


def _why_and_fix(error: OSError, place: str) -> tuple[str, str]:
    number = error.errno
    if number in _IN_THE_WAY:
        # A folder was to be made, or looked into, where something else stands.
        inside = number in (EEXIST, ENOTDIR) and os.path.exists(place) and not os.path.isdir(place)
        return _in_the_way(os.path.join(place, "any") if inside else place) or _missing(place)
    if number in (EACCES, EPERM):
        return _forbidden(place)
    if number == ENOSPC:
        return _full(_folder(place))
    told = _BY_NUMBER.get(number or 0)
    if told is None:
        return f"the operating system refused access to {place}", f"look at {place} and its folder, then run again"
    return told[0].format(place=place, folder=_folder(place)), told[1].format(place=place, folder=_folder(place))


_BY_NUMBER = {
    EDQUOT: (
        "your quota on the disk of {folder} is used up; what was stored before is intact",
        f"remove some of your files there, or ask for a larger quota (`quota -s`), {_GOES_ON}",
    ),
    EFBIG: (
        "a file would become larger than is allowed here (`ulimit -f`, or the file system's own limit)",
        f"raise the limit (`ulimit -f unlimited`), or use another file system, {_GOES_ON}",
    ),
    EROFS: (
        "the disk of {folder} is mounted read-only, and doit records what it does",
        f"mount it writable, or copy the project to where you can write; {_READERS}",
    ),
    EIO: (
        "the disk of {folder} failed to read or write",
        "look at the disk (`dmesg`), and have a copy of the project before anything else",
    ),
    EMFILE: ("this process has as many files open as it may", "raise the limit (`ulimit -n 4096`) and run again"),
    ENFILE: ("the machine has as many files open as it can", "end some processes and run again"),
    ENAMETOOLONG: ("a name in {place} is longer than the file system allows", "shorten it"),
}


def _full(folder: str) -> tuple[str, str]:
    try:
        disk = os.statvfs(folder)
    except OSError:
        disk = None
    if disk is not None and disk.f_files and not disk.f_favail and disk.f_bavail:
        return (
            f"the disk of {folder} cannot hold another file (its inodes are used up); what was stored before is intact",
            f"remove some files from that disk (`df -i` counts them), {_GOES_ON}",
        )
    return (
        "the disk is full; what was stored before is intact",
        f"free some space on the disk of {folder}, {_GOES_ON}",
    )


def _in_the_way(place: str) -> tuple[str, str] | None:
    """Say what stands where a folder, or the file itself, ought to be."""
    found = _obstacle(place)
    if found is None:
        return None
    if os.path.islink(found) and not os.path.exists(found):
        target = os.path.join(os.path.dirname(found), os.readlink(found))
        return (
            f"{found} is a link to {target}, which is not there",
            f"make that, or remove the link: `rm {quote(found)}`",
        )
    kind, wanted = ("folder", "file") if os.path.isdir(found) else ("file", "folder")
    away = f"move it away: `mv {quote(found)} {quote(found + '.mine')}`, and run again"
    # Elsewhere it is a place that somebody has named, and what stands there (/tmp) is rarely what should make room.
    fix = away if _OURS & set(found.split(os.sep)) else "name another place: what stands there stays"
    return f"{found} is a {kind}, and lineage needs a {wanted} of that name", fix


def _missing(place: str) -> tuple[str, str]:
    folder = os.path.dirname(place)
    if not os.path.lexists(folder):
        return f"the folder {folder} is not there", f"make it (`mkdir -p {quote(folder)}`), and run again"
    if not os.path.lexists(place):
        return (
            f"{place} is not there: it was taken away a moment ago, or nothing of that name can be made in {folder}",
            "look at what else works in that folder, or name another place",
        )
    return f"{place} is not what it was a moment ago", "look at what else works in that folder, and run again"


def _obstacle(place: str) -> str | None:
    """Return the first part of a path that is there and is no folder, or the path itself if that is one."""
    parts = place.split(os.sep)
    for end in range(2, len(parts)):
        part = os.sep.join(parts[:end])
        if not os.path.isdir(part):
            return part if os.path.lexists(part) else None
    dangling = os.path.islink(place) and not os.path.exists(place)
    return place if os.path.isdir(place) or dangling else None


def _forbidden(place: str) -> tuple[str, str]:
    """Say whose the file or folder is that may not be written."""
    closed = _closed(place)
    folder = closed if os.path.isdir(closed) else os.path.dirname(closed)
    try:
        found = os.stat(closed)
    except OSError:
        return f"you may not look into {os.path.dirname(closed)}", "ask its owner for access"
    readers = f"; {_READERS}" if os.access(closed, os.R_OK) and os.access(folder, os.R_OK | os.X_OK) else ""
    me = _user(os.geteuid())
    if found.st_uid != os.geteuid():
        owner = _user(found.st_uid)
        if os.stat(folder).st_mode & S_ISGID:  # to take it over would close it to the others
            return (
                f"{closed} belongs to {owner}, and you are {me}; the group that shares it may not write there",
                f"{owner} opens it: `chmod -R g+rwX {quote(folder)}`; who is to write there is in its group (`id`)",
            )
        return (
            f"{closed} belongs to {owner}, and you are {me}",
            f"run it as {owner}, or take the folder over: `sudo chown -R {me} {quote(folder)}`{readers}",
        )
    if _open_to_us(closed):
        return f"the operating system refused access to {place}", f"look at {place} (`lsattr`), then run again"
    return (
        f"{closed} is closed to writing (mode {found.st_mode & 0o777:o})",
        f"`chmod -R u+rwX {quote(folder)}`{readers}",
    )


def _closed(place: str) -> str:
    """Return what refuses access on the way to a path: itself, else the nearest folder that is there."""
    while not os.path.lexists(place) or (_open_to_us(place) and not os.path.isdir(place)):
        parent = os.path.dirname(place)
        if parent == place:
            break
        place = parent
    return place


def _open_to_us(path: str) -> bool:
    return os.access(path, os.R_OK | os.W_OK | (os.X_OK if os.path.isdir(path) else 0))


def _folder(place: str) -> str:
    """Return the nearest folder that is there: the disk that counts is its."""
    while not os.path.isdir(place) and os.path.dirname(place) != place:
        place = os.path.dirname(place)
    return place


def _user(number: int) -> str:
    try:
        import pwd

        return pwd.getpwuid(number).pw_name
    except (ImportError, KeyError):
        return f"user {number}"
