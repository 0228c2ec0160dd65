"""What the operating system refuses to a store, told with what, why and fix."""

from __future__ import annotations

from lineage.errors import StoreError

__all__ = ["Guard", "refused"]


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
    from lineage.errors import refusal

    # Without a name it happened to a file that was open: one of the store's.
    return refusal.refused(f"cannot {verb} {what} in {root}", error, error.filename or root)


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
