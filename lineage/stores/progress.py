"""How far steps are: a small file for each step that tells, written in place while it runs, read by anybody.

``<folder>/<owner>.3-progress``   what one step at a time has told (`lineage.stores.scratch` says what an owner is)

A process uses its file for one step after another and empties it in between: making and removing files is what some
disks charge most for (docs/design.md). A record carries its length and its checksum, so that who reads while it is
being written sees that, and looks again.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
import zlib
from typing import Any

from lineage.stores.scratch import Scratch

__all__ = ["Board", "Boards", "read_boards"]

_LONGEST = 1 << 16
_LOOKS = 3


class Board:
    """The file of one step at a time.

    Parameters
    ----------
    path : str
        Where nothing is yet.

    Raises
    ------
    OSError
        If it cannot be made.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)

    def write(self, told: dict[str, Any]) -> None:
        """Put a record in the place of the one before."""
        data = json.dumps(told).encode()
        os.pwrite(self._file, b"%08x %08x\n%b" % (len(data), zlib.crc32(data), data), 0)

    def empty(self) -> None:
        """Take the record away."""
        os.ftruncate(self._file, 0)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)


class Boards:
    """The boards of one process: as many as steps are at work in it at once.

    Parameters
    ----------
    scratch : Scratch
        Where they are.
    """

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch
        self._mutex = threading.Lock()
        self._pid = 0
        self._all: list[Board] = []
        self._free: list[Board] = []

    def take(self) -> Board:
        """Return a board that nobody uses.

        Raises
        ------
        OSError, StoreError
            If none can be made.
        """
        with self._mutex:
            if self._pid != os.getpid():  # after a fork they are the parent's
                for board in self._all:
                    board.close()
                self._pid, self._all, self._free = os.getpid(), [], []
            if self._free:
                return self._free.pop()
            board = Board(self._scratch.new("progress"))
            self._all.append(board)
            return board

    def give_back(self, board: Board) -> None:
        """Take back a board that is empty."""
        with self._mutex:
            self._free.append(board)

    def release(self) -> None:
        """Remove all that this process has; harmless if it has none."""
        if self._pid == os.getpid():
            for board in self._all:
                board.close()
                if os.path.exists(board.path):
                    os.unlink(board.path)
            self._pid, self._all, self._free = 0, [], []
        self._scratch.release()


def read_boards(folder: str) -> list[dict[str, Any]]:
    """Return what the boards in a folder tell whose process is alive.

    Parameters
    ----------
    folder : str
        The folder; it need not be there.

    Returns
    -------
    list of dict
        The records, as they were written.
    """
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    found: list[dict[str, Any]] = []
    alive: dict[str, bool] = {}
    for name in names:
        owner, _, rest = name.partition(".")
        if rest == "lock":
            continue
        if owner not in alive:
            alive[owner] = _is_held(f"{folder}/{owner}.lock")
        told = _read(f"{folder}/{name}") if alive[owner] else None
        if told is not None:
            found.append(told)
    return found


def _is_held(path: str) -> bool:
    """Whether somebody holds a lock: what a killed process has left stays until the next one sweeps it."""
    try:
        lock = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def _read(path: str) -> dict[str, Any] | None:
    """Return a record; ``None`` if there is none, or if it changes whenever one looks."""
    for _ in range(_LOOKS):
        try:
            with open(path, "rb") as file:
                head, _, data = file.read(_LONGEST).partition(b"\n")
        except OSError:
            return None
        if not head:
            return None
        length, _, check = head.partition(b" ")
        data = data[: int(length, 16)]
        if zlib.crc32(data) == int(check, 16):
            told: dict[str, Any] = json.loads(data)
            return told
    return None
