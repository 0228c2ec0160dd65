"""A stored folder as one file, to be sent: a tar archive that is the same wherever it is made."""

from __future__ import annotations

import os
import tarfile

from lineage.errors import StoreError

__all__ = ["pack", "unpack"]


def pack(folder: str, path: str) -> None:
    """Write a folder as an archive to a new file; times, owners and the order of its files are left out."""
    with tarfile.open(path, "x", format=tarfile.PAX_FORMAT) as archive:
        for root, folders, files in os.walk(folder):
            folders.sort()
            links = [name for name in folders if os.path.islink(os.path.join(root, name))]
            for name in sorted([*folders, *files]):
                full = os.path.join(root, name)
                archive.add(full, os.path.relpath(full, folder), recursive=False, filter=_plain)
            folders[:] = [name for name in folders if name not in links]


def unpack(path: str, folder: str) -> None:
    """Unpack an archive to a new folder; one that reaches out of it is refused.

    Raises
    ------
    StoreError
        If it is damaged, or holds what a stored folder does not.
    """
    os.mkdir(folder)
    try:
        with tarfile.open(path, "r:") as archive:
            # PEP 706: nothing absolute, no way out of the folder, no devices.
            archive.extractall(folder, filter="data")
    except (tarfile.TarError, OSError, EOFError) as error:
        raise StoreError(f"a folder that was sent cannot be unpacked: {error}", why="its archive is damaged") from error


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    return member
