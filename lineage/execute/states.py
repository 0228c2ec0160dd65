"""Digests of the states that files, folders and databases can be in."""

from __future__ import annotations

import os
from collections.abc import Callable

from xxhash import xxh3_128, xxh3_128_hexdigest

from lineage.stack import READABLE

__all__ = ["ABSENT", "UNKNOWN", "content", "database_digest", "names_digest", "names_in", "presence"]

#: Digest of what is not there.
ABSENT = "-"
#: Digest of what changed while it was read: nothing that is there has it.
UNKNOWN = "?"

_BLOCK = 1 << 20
#: Names in a listed folder that are not the project's: what tools and lineage itself put there.
_PASSED_OVER = frozenset((".git", ".hg", ".svn", ".lineage", "__pycache__", ".ipynb_checkpoints", ".DS_Store"))


def content(path: str) -> str:
    """Return the hash of a file's content: as of a declared file, so that declaring it later changes nothing."""
    digest = xxh3_128()
    try:
        with open(path, "rb", buffering=0) as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    except (FileNotFoundError, NotADirectoryError):
        return ABSENT
    except IsADirectoryError:
        return "folder"
    except OSError:
        return "unreadable"
    return digest.hexdigest()


def presence(path: str) -> str:
    """Return what is at a path: ``file``, ``folder`` or `ABSENT`."""
    return "folder" if os.path.isdir(path) else "file" if os.path.exists(path) else ABSENT


def names_in(root: str, name: str) -> set[str] | None:
    """Return the names in a folder of a project, but for those that tools put there; ``None`` if it is not there."""
    try:
        names = os.listdir(os.path.join(root, name))
    except OSError:
        return None
    found = {each for each in names if each not in _PASSED_OVER and not each.startswith(".doit.db")}
    return found - {READABLE} if name == "." else found


def matches(root: str, pattern: str) -> set[str]:
    """Return the paths in a project that match a pattern (``data/**/*.csv``), but for those that tools put there."""
    from glob import glob  # few steps look for files

    found = glob(os.path.join(_escaped(root), pattern), recursive=True)
    names = (os.path.relpath(path, root) for path in found)
    return {name for name in names if _PASSED_OVER.isdisjoint(name.split(os.sep))}


def _escaped(root: str) -> str:
    from glob import escape

    return escape(root)


def names_digest(names: set[str] | None) -> str:
    """Return the hash of the names in a folder."""
    if names is None:
        return ABSENT
    return xxh3_128_hexdigest("\0".join(sorted(names)).encode("utf-8", "surrogateescape"))


def database_digest(path: str, contents: Callable[[str], str]) -> str:
    """Return the digest of an SQLite database, of which the newest part may be in its write-ahead log."""
    log = f"{path}-wal"
    if not os.path.exists(log) or not os.path.getsize(log):
        return contents(path)
    return xxh3_128_hexdigest(f"{contents(path)} {contents(log)}".encode())
