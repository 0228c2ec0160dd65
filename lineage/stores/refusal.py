"""What the operating system refuses, told with what, why and fix."""

from __future__ import annotations

from errno import EDQUOT, EFBIG, ENOSPC

from lineage.errors import StoreError

__all__ = ["Guard", "refused"]

_FULL = frozenset({ENOSPC, EDQUOT, EFBIG})


def refused(root: str, verb: str, what: str, error: OSError) -> StoreError:
    """Return the error for something that could not be done in a store.

    Parameters
    ----------
    root : str
        The store's folder.
    verb, what : str
        What was tried, and on what: ``store`` and ``1,000 bytes``.
    error : OSError
        What the operating system said.

    Returns
    -------
    StoreError
        To be raised from it.
    """
    if error.errno in _FULL:
        return StoreError(
            f"cannot {verb} {what} in {root}: {error.strerror}",
            why="the disk is full; what was stored before is intact",
            fix=f"free some space on the disk of {root}, then run doit again: it goes on where it stopped",
        )
    return StoreError(
        f"cannot {verb} {what} in {root}: {error.strerror or error}",
        why=f"the operating system refused access to {error.filename or root}",
        fix="make the file readable and the store's folder writable, then run doit again",
    )


class Guard:
    """A context in which an `OSError` becomes a `StoreError`; the parameters are those of `refused`."""

    __slots__ = ("root", "verb", "what")

    def __init__(self, root: str, verb: str, what: str) -> None:
        self.root = root
        self.verb = verb
        self.what = what

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError):
            raise refused(self.root, self.verb, self.what, error) from error
