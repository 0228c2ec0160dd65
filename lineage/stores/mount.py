"""A folder that several machines see (a network drive) as a place for a shared cache.

A file appears under its name when it is complete, by a link: that fails where there is one already, so that of many
writers exactly one is the first, on NFS too.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from errno import EEXIST, EMLINK, ENOENT, ENOTEMPTY, ENOTSUP, EPERM

from lineage.errors import RemoteError, refusal
from lineage.stores.group import make_folders, open_up

__all__ = ["MountedFolder"]


class MountedFolder:
    """`lineage.stores.objects.Objects` in a folder.

    Parameters
    ----------
    root : str
        The folder; created when something is put there.
    """

    def __init__(self, root: str) -> None:
        self.root = os.path.abspath(root)
        self.shown = self.root
        #: Folders that were missing, the innermost first: whoever takes away what he has put takes these away too.
        self._made: list[str] = []

    def get(self, name: str) -> bytes | None:
        """Return the bytes under a name."""
        try:
            with open(self._path(name), "rb") as file:
                return file.read()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise self._refused("read", name, error) from error

    def get_file(self, name: str, path: str) -> bool:
        """Copy the bytes under a name to a new file."""
        try:
            with open(self._path(name), "rb") as source, open(path, "xb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            raise self._refused("read", name, error) from error
        return True

    def put(self, name: str, data: bytes, *, replace: bool = False) -> bool:
        """Put bytes under a name."""
        return self._put(name, lambda path: _write(path, data), replace)

    def put_file(self, name: str, path: str, *, replace: bool = False) -> bool:
        """Put the bytes of a file under a name."""
        return self._put(name, lambda temporary: shutil.copyfile(path, temporary), replace)

    def size(self, name: str) -> int | None:
        """Return how many bytes are under a name."""
        try:
            return os.stat(self._path(name)).st_size
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise self._refused("read", name, error) from error

    def delete(self, name: str) -> None:
        """Take a file away, with the folders that were made for it."""
        made, self._made = self._made, []
        try:
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                os.unlink(self._path(name))
            for folder in made:
                os.rmdir(folder)
        except OSError as error:
            if error.errno not in (EEXIST, ENOENT, ENOTEMPTY):  # somebody has put something into a folder meanwhile
                raise self._refused("delete", name, error) from error

    def names(self, prefix: str) -> Iterator[tuple[str, int, float]]:
        """Yield what is in a folder."""
        for folder, _, files in os.walk(self._path(prefix)):
            for file in files:
                path = os.path.join(folder, file)
                with contextlib.suppress(FileNotFoundError):
                    found = os.stat(path)
                    if not file.startswith("."):
                        yield os.path.relpath(path, self.root), found.st_size, found.st_mtime

    def _path(self, name: str) -> str:
        return f"{self.root}/{name}"

    def _put(self, name: str, write: Callable[[str], object], replace: bool) -> bool:
        path = self._path(name)
        if not replace and os.path.lexists(path):
            return False
        temporary = f"{os.path.dirname(path)}/.{uuid.uuid4().hex}"
        try:
            self._made[:0] = make_folders(os.path.dirname(path))
            try:
                write(temporary)
                open_up(temporary)
                return _publish(temporary, path, replace)
            finally:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(temporary)
        except OSError as error:
            raise self._refused("write", name, error) from error

    def _refused(self, verb: str, name: str, error: OSError) -> RemoteError:
        told = refusal.refused(f"cannot {verb} {name} in {self.root}", error, error.filename or self.root)
        return RemoteError(told.what, why=told.why, fix=told.fix)


def _write(path: str, data: bytes) -> None:
    with open(path, "xb") as file:
        file.write(data)


def _publish(temporary: str, path: str, replace: bool) -> bool:
    if replace:
        os.replace(temporary, path)
        return True
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in (EPERM, ENOTSUP, EMLINK):
            raise
        # A file system without links: a moment in which two writers may both be the first, with equal bytes mostly.
        if os.path.lexists(path):
            return False
        os.rename(temporary, path)
    return True
