"""The gate of a folder of objects: many may begin to use some at once, and who collects them is alone meanwhile."""

from __future__ import annotations

import fcntl
import os

from lineage.stores.group import open_up
from lineage.stores.refusal import refused

__all__ = ["closed_gate", "opened_gate"]


def opened_gate(root: str) -> int:
    """Be one of those who begin to use objects, until the descriptor that is returned is closed."""
    return _locked(root, fcntl.LOCK_SH)


def closed_gate(root: str) -> int:
    """Be the one who collects, until the descriptor that is returned is closed."""
    return _locked(root, fcntl.LOCK_EX)


def _locked(root: str, how: int) -> int:
    # Opened each time: threads must not let go of one another's lock, nor a forked child of its parent's.
    try:
        fd = _opened(f"{root}/gate")
        try:
            fcntl.flock(fd, how)
        except BaseException:
            os.close(fd)
            raise
    except OSError as error:
        raise refused(root, "lock", "the gate", error) from error
    return fd


def _opened(path: str) -> int:
    try:
        try:
            return os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666))
            open_up(path)
            return os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except PermissionError:  # another user's, who does not let others write to it: a lock asks for less
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
