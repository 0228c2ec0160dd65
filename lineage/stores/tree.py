"""Folders as stored objects: their manifest, and copying them with a hash on the way.

The manifest has one entry for each file (content hash, executable or not), link and folder, sorted by path, so that it
does not depend on the order in which a file system lists them (as DVC's ``.dir`` objects). A link that leads somewhere
inside the folder stays one; nothing else may lead out of it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from stat import S_ISDIR, S_ISLNK, S_ISREG, S_IXUSR

from xxhash import xxh3_128, xxh3_128_hexdigest, xxh3_128_intdigest

from lineage.errors import FormatError
from lineage.stores.protocol import Stat
from lineage.stores.writing import backdate, copy_hashed, hash_still, stat_of

__all__ = ["content_hash", "content_size", "copy", "files_digest", "files_of_size", "folded_stat", "verified"]

#: Keeps the hashes of manifests apart from those of files that hold the same bytes.
_SEED = 0x666F6C646572

Entry = tuple[bytes, bytes, bytes]
"""Path, kind (f: file, x: executable file, l: link, d: folder), and content hash or where the link leads."""


def copy(source: str, target: str, fsync: bool) -> tuple[str, int]:
    """Copy a folder to a path where nothing is yet; return the hash of its manifest and the bytes of its files.

    Raises
    ------
    FormatError
        If something in it is no file, link or folder, or a link leads nowhere or to a folder outside.
    """
    root = os.path.realpath(source)
    entries: list[Entry] = []
    size = 0
    os.mkdir(target, 0o755)
    for relative, found in _walk(root):
        path, copied = f"{root}/{relative}", f"{target}/{relative}"
        name = os.fsencode(relative)
        if S_ISDIR(found.st_mode):
            os.mkdir(copied, 0o755)
            entries.append((name, b"d", b""))
            continue
        link = _link_inside(root, path) if S_ISLNK(found.st_mode) else None
        if link is not None:
            os.symlink(link, copied)
            entries.append((name, b"l", os.fsencode(link)))
            continue
        kind, blob, length = _copy_file(path, copied, fsync)
        entries.append((name, kind, blob.encode()))
        size += length
    return _manifest_hash(entries), size


def _copy_file(path: str, copied: str, fsync: bool) -> tuple[bytes, str, int]:
    mode = os.stat(path).st_mode
    if not S_ISREG(mode):
        raise _unfit(path, "it is neither a file nor a folder (or a link to a folder outside)")
    source = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        target = os.open(copied, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o444)
        try:
            blob, size = copy_hashed(source, target)
            if mode & S_IXUSR:
                os.fchmod(target, 0o555)
            backdate(target)
            if fsync:
                os.fsync(target)
        finally:
            os.close(target)
    finally:
        os.close(source)
    return (b"x" if mode & S_IXUSR else b"f"), blob, size


def _link_inside(root: str, path: str) -> str | None:
    """Return the text of a link that stays inside the folder, None for one that leads to a file outside."""
    leads_to = os.path.realpath(path)
    if not os.path.exists(leads_to):
        raise _unfit(path, f"it is a link to {os.readlink(path)}, which is not there")
    if leads_to == root or leads_to.startswith(root + "/"):
        return os.path.relpath(leads_to, os.path.dirname(path))
    return None


def _unfit(path: str, why: str) -> FormatError:
    return FormatError(
        f"{path} cannot be stored as part of a folder",
        why=why,
        fix="remove it from the folder before the step returns",
    )


def verified(path: str, blob: str, *, touch: bool = True) -> Stat | None:
    """Hash a stored folder again; return its folded stat, or None if it is not what its hash says.

    `touch` is as in `hash_still`.
    """
    return folded_stat(path) if content_hash(path, touch=touch) == blob else None


def content_hash(path: str, *, touch: bool = False) -> str | None:
    """Return the hash that a folder has, or would have, in the store; None for one that cannot be stored as it is.

    `touch` is as in `hash_still`.
    """
    entries: list[Entry] = []
    for relative, found in _walk(path):
        name, full = os.fsencode(relative), f"{path}/{relative}"
        if S_ISDIR(found.st_mode):
            entries.append((name, b"d", b""))
        elif S_ISLNK(found.st_mode):
            entries.append((name, b"l", os.fsencode(os.readlink(full))))
        elif S_ISREG(found.st_mode):
            content = hash_still(full, touch=touch)
            if content is None:
                return None
            entries.append((name, b"x" if found.st_mode & S_IXUSR else b"f", content[0].encode()))
        else:
            return None
    return _manifest_hash(entries)


def files_digest(path: str, hash_of: Callable[[str], str]) -> str:
    """Return the digest of a folder as an input: of the relative paths of its files and what they hold."""
    digest = xxh3_128()
    for folder, folders, files in os.walk(path):
        folders.sort()
        for name in sorted(files):
            full = os.path.join(folder, name)
            digest.update(os.path.relpath(full, path).encode() + b"\0" + hash_of(full).encode())
    return digest.hexdigest()


def content_size(path: str, most: int) -> int:
    """Return the bytes of all files in a folder; where there are more than `most`, only that it is more."""
    size = 0
    for _, found in _walk(path):
        size += found.st_size if S_ISREG(found.st_mode) else 0
        if size > most:
            break
    return size


def files_of_size(path: str, size: int) -> Iterator[str]:
    """Yield the files in a folder that have a size, in bytes."""
    return (f"{path}/{relative}" for relative, found in _walk(path) if S_ISREG(found.st_mode) and found.st_size == size)


def folded_stat(path: str) -> Stat:
    """Fold the stats of all files in a folder into four numbers: inode and bytes of it all, and a hash of the rest."""
    told: list[str] = []
    size = 0
    for relative, found in _walk(path):
        if S_ISDIR(found.st_mode):
            told.append(f"{relative}\0d")
            continue
        size += found.st_size
        told.append(f"{relative}\0{found.st_mode}\0{stat_of(found)}")
    folded = xxh3_128_intdigest("\0\0".join(sorted(told)).encode("utf-8", "surrogateescape"))
    return (os.lstat(path).st_ino, size, folded >> 66, folded & (1 << 62) - 1)


def _manifest_hash(entries: list[Entry]) -> str:
    return xxh3_128_hexdigest(b"".join(b"%b\0%b\0%b\0" % entry for entry in sorted(entries)), seed=_SEED)


def _walk(root: str) -> Iterator[tuple[str, os.stat_result]]:
    """Yield all that is in a folder, each folder before what is in it, without following links."""
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        with os.scandir(f"{root}/{folder}") as found:
            for item in found:
                relative = f"{folder}/{item.name}" if folder else item.name
                stat = item.stat(follow_symlinks=False)
                yield relative, stat
                if S_ISDIR(stat.st_mode):
                    waiting.append(relative)
