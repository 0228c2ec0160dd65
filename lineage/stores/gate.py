"""The gate of a folder of objects: many may begin to use some at once, and who collects them is alone meanwhile."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from lineage.stores.refusal import Guard

__all__ = ["closed_gate", "opened_gate"]


@contextmanager
def opened_gate(root: str) -> Iterator[None]:
    """Be one of those who begin to use objects."""
    fd = _locked(root, fcntl.LOCK_SH)
    try:
        yield
    finally:
        os.close(fd)


@contextmanager
def closed_gate(root: str) -> Iterator[None]:
    """Be the one who collects."""
    fd = _locked(root, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(fd)


def _locked(root: str, how: int) -> int:
    # Opened each time: threads must not let go of one another's lock, nor a forked child of its parent's.
    path = f"{root}/gate"
    with Guard(root, "lock", "the gate"):
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(fd, how)
        except BaseException:
            os.close(fd)
            raise
    return fd
