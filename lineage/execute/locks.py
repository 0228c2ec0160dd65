"""One lock per fingerprint, so that two runs never compute the same step at the same moment.

A lock is one byte of one file, and the kernel lets go of it when its process dies, whatever that dies of. It is not a
file of its own: to make and remove one is the dearest thing that a trivial step would do (docs/design.md, "What a step
costs"). And it is not ``flock``: a process that a step has forked and left behind would go on holding that.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from functools import cache

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows is not supported yet, but reading records there should work
    fcntl = None  # type: ignore[assignment]

__all__ = ["Lock"]

_POLL_SECONDS = 0.05

#: The bytes that threads of this process hold: the kernel only keeps processes apart.
_held: set[tuple[str, int]] = set()
_guard = threading.Lock()


class Lock:
    """An exclusive lock on a fingerprint.

    Parameters
    ----------
    path : str
        The file with a byte for each lock; it stays empty.
    fingerprint : str
        What is locked.
    """

    def __init__(self, path: str, fingerprint: str) -> None:
        self.path = path
        # As much of it as fits into an offset. Two steps that share their first 60 bits would only wait for each other.
        self.byte = int(fingerprint[:15], 16)
        self._is_held = False

    def acquire(self, waiting: Callable[[], None] | None = None) -> None:
        """Wait until the lock is ours.

        Parameters
        ----------
        waiting : callable, optional
            Called once if somebody else holds it.
        """
        told = False
        while not self._try():
            if not told and waiting is not None:
                waiting()
            told = True
            time.sleep(_POLL_SECONDS)

    def _try(self) -> bool:
        with _guard:
            if (self.path, self.byte) in _held:
                return False
            try:
                fcntl.lockf(_opened(self.path), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, self.byte)
            except (BlockingIOError, PermissionError):  # POSIX allows either where another process holds it
                return False
            except OSError as error:
                from lineage.errors.refusal import refused

                raise refused(f"cannot lock {self.path}", error, self.path) from error
            _held.add((self.path, self.byte))
            self._is_held = True
            return True

    def release(self) -> None:
        """Let go; harmless if it is not held."""
        if not self._is_held:
            return
        self._is_held = False
        with _guard:
            _held.discard((self.path, self.byte))
            fcntl.lockf(_opened(self.path), fcntl.LOCK_UN, 1, self.byte)


@cache
def _opened(path: str) -> int:
    """Open the file, once: a process that closes it lets go of all its locks there."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        from lineage.errors.refusal import refused

        raise refused(f"cannot lock {path}", error, path) from error


def _after_fork_in_child() -> None:
    global _guard
    _guard = threading.Lock()  # a thread of the parent may have been in the middle of taking a lock
    _held.clear()  # the locks stay with the parent


os.register_at_fork(after_in_child=_after_fork_in_child)
