"""Temporary files that are known to be somebody's, so that those of killed processes can be swept at once.

``<folder>/<owner>.lock``   held with ``flock`` by a process for as long as it lives; in it what it tells
``<folder>/<owner>.7``      one of its temporary files or folders

The kernel lets go of the lock whatever the process dies of, in a container or on another machine that mounts the folder
too. So the next process that needs a temporary file can tell what is left over from what is being written, which
neither process numbers (every container counts its own) nor ages tell.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from itertools import count

from lineage.stores.group import make_folders
from lineage.stores.refusal import Guard

__all__ = ["Scratch"]


class Scratch:
    """A folder in which this process, and any other, makes temporary files.

    Parameters
    ----------
    folder : str
        The folder; made when it is needed.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._numbers = count()
        self._mutex = threading.Lock()
        self._owner = ""
        self._lock: int | None = None
        self._pid = 0

    def new(self, name: str = "") -> str:
        """Return a path in the folder that nobody else has and where nothing is yet.

        Parameters
        ----------
        name : str, optional
            Something to recognise it by; it need not be unique.

        Raises
        ------
        StoreError
            If the folder cannot be written to.
        """
        return f"{self.folder}/{self.owner()}.{next(self._numbers)}{name and '-'}{name}"

    def owner(self) -> str:
        """Return what the names of this process' files begin with; at first sweep what killed processes have left."""
        if self._lost():
            with self._mutex, Guard(self.folder, "make", "a temporary file"):
                if self._lost():
                    self._claim()
        return self._owner

    def release(self) -> None:
        """Say that this process has no temporary files any more; harmless if it never had."""
        if self._lock is not None and self._pid == os.getpid():
            _remove(self._path(self._owner))
            os.close(self._lock)
            self._lock, self._pid = None, 0

    def tell(self, words: bytes) -> None:
        """Say something to whoever looks while the `owner` that was just asked for lives; added to what was said."""
        lock = self._lock
        assert lock is not None, "an owner has its lock"
        with Guard(self.folder, "write", "to a lock"):
            os.write(lock, words)

    def told(self) -> Iterator[bytes]:
        """Yield what each process that is alive has said, this one among them."""
        for path in self._locks():
            try:
                with open(path, "rb") as file:
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                with open(path, "rb") as file:
                    yield file.read()
            except FileNotFoundError:  # it has just ended
                continue

    def left_over(self) -> list[str]:
        """Return the paths that killed processes have left, which the next process that makes something sweeps."""
        alive = {os.path.basename(path).partition(".")[0] for path in self._locks() if _is_held(path)}
        names = _listed(self.folder)
        return [f"{self.folder}/{name}" for name in sorted(names) if name.partition(".")[0] not in alive]

    def _locks(self) -> list[str]:
        return [f"{self.folder}/{name}" for name in _listed(self.folder) if name.endswith(".lock")]

    def _lost(self) -> bool:
        # A forked process holds its parent's lock too, but must not lose its files when that one lets go. And without
        # its lock (`rm -r .lineage` while a run goes on) what it makes would look left over.
        if self._pid != os.getpid():
            return True
        try:  # asked for each object: os.path.exists tells the watch of the step that is at work
            os.stat(self._path(self._owner))
        except OSError:
            return True
        return False

    def _path(self, owner: str) -> str:
        return f"{self.folder}/{owner}.lock"

    def _claim(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
        while True:
            owner = f"{os.getpid()}-{time.monotonic_ns():x}"
            try:
                lock = os.open(self._path(owner), os.O_RDWR | os.O_CLOEXEC | os.O_CREAT | os.O_EXCL, 0o666)
            except FileExistsError:  # a process of another container, with our number
                continue
            except FileNotFoundError:
                make_folders(self.folder)
                continue
            # A sweep may have taken it for a left-over in between.
            if _hold(lock, self._path(owner)):
                break
        self._owner, self._lock, self._pid = owner, lock, os.getpid()
        self._sweep()

    def _sweep(self) -> None:
        owners: dict[str, list[str]] = {}
        for name in os.listdir(self.folder):
            owners.setdefault(name.partition(".")[0], []).append(name)
        owners.pop(self._owner, None)
        for owner, names in owners.items():
            self._sweep_up(self._path(owner), names)

    def _sweep_up(self, path: str, names: list[str]) -> None:
        """Remove the files of an owner, if it is gone."""
        # Its lock is made before its first file, but a listing may miss what is made meanwhile: the disk is asked.
        lock = None
        try:
            lock = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            pass  # nobody's
        except OSError:
            return  # another user's
        if lock is not None and not _hold(lock, path):
            return
        for name in sorted(names, key=path.endswith):  # its lock last
            _remove(f"{self.folder}/{name}")
        if lock is not None:
            os.close(lock)


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _is_held(path: str) -> bool:
    """Whether the process that has made a lock still lives."""
    try:
        with open(path, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def _hold(lock: int, path: str) -> bool:
    """Lock an open file without waiting; close it if somebody else holds it, or has just removed it."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(lock).st_ino == os.stat(path).st_ino:
            return True
    except (BlockingIOError, FileNotFoundError):
        pass  # a lock on a removed file locks nothing
    os.close(lock)
    return False


def _remove(path: str) -> None:
    """Remove a file or a folder as far as that is allowed: what another user has left is theirs to remove."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
    except OSError:
        import shutil

        shutil.rmtree(path, ignore_errors=True)
