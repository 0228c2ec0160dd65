"""Files and folders that a step wrote itself, and returns the path of."""

from __future__ import annotations

import os
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Any

from lineage.errors import FormatError
from lineage.formats.protocol import Encoded

__all__ = ["File", "Folder"]


class File:
    """Stores the file that a path leads to; what a consumer gets is a path to the stored file, for reading.

    The value is the content and the file's suffix, which readers go by. The consumer's path ends in the file's own name
    if the caller asks the store for one that does (``store.path(blob, summary.get("name"))``).
    """

    name = "file"
    extension = ""
    safe = True

    def accepts(self, value: object) -> bool:
        """Return whether it is the path of a file."""
        return isinstance(value, Path) and value.is_file()

    def encode(self, value: Path) -> Encoded:
        """Name the file to be stored.

        Raises
        ------
        FormatError
            If there is no file, or something else (a pipe, a device).
        """
        try:
            found = os.stat(value)
        except OSError as error:
            raise _missing(value, error) from None
        if not S_ISREG(found.st_mode):
            raise FormatError(
                f"{value} is neither a file nor a folder",
                why="only what has a content of its own can be stored",
                fix="return the path of a file or folder",
            )
        summary = {"name": value.name, "bytes": found.st_size}
        suffix = value.suffix
        return Encoded("pathlib.Path", summary, file=os.path.abspath(value), salt=suffix)

    def decode(self, path: str, summary: dict[str, Any]) -> Path:
        """Return a path to the stored file."""
        return Path(path)


class Folder:
    """Stores the folder that a path leads to, with all that is in it; a consumer gets a path to the stored folder."""

    name = "folder"
    extension = ""
    safe = True

    def accepts(self, value: object) -> bool:
        """Return whether it is the path of a folder."""
        return isinstance(value, Path) and value.is_dir()

    def encode(self, value: Path) -> Encoded:
        """Name the folder to be stored.

        Raises
        ------
        FormatError
            If there is none.
        """
        try:
            folder = S_ISDIR(os.stat(value).st_mode)
        except OSError as error:
            raise _missing(value, error) from None
        if not folder:
            raise FormatError(f"{value} is no folder", why="it was one when it was looked at first", fix="run it again")
        files, size = _count(os.path.abspath(value))
        summary = {"name": os.path.basename(os.path.abspath(value)), "files": files, "bytes": size}
        return Encoded("pathlib.Path", summary, tree=os.path.abspath(value))

    def decode(self, path: str, summary: dict[str, Any]) -> Path:
        """Return a path to the stored folder."""
        return Path(path)


def _count(folder: str) -> tuple[int, int]:
    files = size = 0
    for where, _, names in os.walk(folder):
        for name in names:
            files += 1
            path = os.path.join(where, name)
            size += 0 if os.path.islink(path) else os.path.getsize(path)
    return files, size


def _missing(value: Path, error: OSError) -> FormatError:
    return FormatError(
        f"the path {value} leads to nothing that can be stored ({error.strerror})",
        why="a path that a step returns stands for the file or folder it leads to",
        fix="write it before the step returns, or return str(path) if the name itself is the result",
    )
