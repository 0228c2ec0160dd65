"""One lock per fingerprint, so that two runs never compute the same step at the same moment.

A lock is a file held with ``flock``: the kernel lets go of it when its process dies, whatever it dies of.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows is not supported yet, but reading records there should work
    fcntl = None  # type: ignore[assignment]

__all__ = ["Lock"]

_POLL_SECONDS = 0.05


class Lock:
    """An exclusive lock on a fingerprint.

    Parameters
    ----------
    folder : str
        Where the lock files are.
    fingerprint : str
        What is locked.
    """

    def __init__(self, folder: str, fingerprint: str) -> None:
        self.path = f"{folder}/{fingerprint}"
        self._descriptor: int | None = None

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
        descriptor = self._open()
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The holder before us removes the file when it lets go; a lock on a removed file locks nothing.
            if os.fstat(descriptor).st_ino == os.stat(self.path).st_ino:
                self._descriptor = descriptor
                return True
        except (BlockingIOError, FileNotFoundError):
            pass  # held by another process, or removed by it just now: the caller tries again
        os.close(descriptor)
        return False

    def _open(self) -> int:
        try:
            try:
                return os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            except FileNotFoundError:
                os.makedirs(os.path.dirname(self.path), exist_ok=True)
                return os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            from lineage.errors.refusal import refused

            raise refused(f"cannot lock {self.path}", error, self.path) from error

    def release(self) -> None:
        """Let go; harmless if it is not held."""
        if self._descriptor is None:
            return
        descriptor, self._descriptor = self._descriptor, None
        try:
            os.unlink(self.path)
        except FileNotFoundError:
            pass  # somebody has removed the whole folder: there is nothing left to let go of
        finally:
            os.close(descriptor)
