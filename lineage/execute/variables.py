"""Environment variables as ingredients: their values may be secrets, so only keyed digests are kept.

The key is made once for a project and stays in its ``.lineage`` folder (mode 0600); who shares records with others
shares it by ``LINEAGE_KEY``. Without the key, a value cannot be found by trying likely ones.

That a variable is not set is no secret, and needs no key: what was made where it is not set is anybody's who has not
set it either.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from lineage.errors import StoreError

if TYPE_CHECKING:
    from lineage.stack import Stack

__all__ = ["Variables"]

_KEY = "LINEAGE_KEY"


class Variables:
    """The environment variables that steps read.

    Parameters
    ----------
    stack : Stack
        Where the key is kept.
    """

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._key: bytes | None = None
        self._told: dict[str, tuple[str, str]] = {}

    def told(self, name: str, *, show: bool = False) -> tuple[str, str]:
        """Return the keyed digest of a variable's value, and what people are shown of it.

        Parameters
        ----------
        name : str
            The variable.
        show : bool
            Whether its value may be shown.

        Returns
        -------
        digest, shown : str, str
            32 hex digits; ``'0.1'``, ``set (value hidden)`` or ``not set``.
        """
        value = os.environ.get(name)
        digest = self.digest(name, value)
        if value is None:
            return digest, "not set"
        return digest, repr(value) if show else "set (value hidden)"

    def digest(self, name: str, value: str | None) -> str:
        """Return the keyed digest of a value; ``None`` for a variable that is not set."""
        from hashlib import blake2b  # only for steps that read the environment

        if value is None:
            return blake2b(name.encode() + b"\0-", digest_size=16).hexdigest()
        text = name.encode() + b"\0+" + os.fsencode(value)
        return blake2b(text, key=self._secret(), digest_size=16).hexdigest()

    @staticmethod
    def is_alone() -> bool:
        """Whether the key is this project's own: results of steps that read a variable which is set are its own too."""
        return not os.environ.get(_KEY)

    def _secret(self) -> bytes:
        if self._key is None:
            given = os.environ.get(_KEY)
            self._key = given.encode()[:64] if given else self._own_key()
        return self._key

    def _own_key(self) -> bytes:
        path = self._stack.path("key")
        try:
            with open(path, "rb") as file:
                return file.read(64)
        except FileNotFoundError:
            # Nothing can have been recorded with a key that is not there; a command that only reads makes none.
            return os.urandom(32) if self._stack.read_only else self._make_key(path)

    def _make_key(self, path: str) -> bytes:
        """Make the key, whole or not at all; where another process is first, take that one's."""
        self._stack.prepare()
        temporary = f"{path}.{os.getpid()}"
        key = os.urandom(32)
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(key)
            try:
                os.link(temporary, path)
            except FileExistsError:
                with open(path, "rb") as file:
                    key = file.read(64)
            finally:
                os.unlink(temporary)
        except OSError as error:
            raise StoreError(
                f"cannot write {path}: {error.strerror}",
                why="it is the key for digests of environment variables",
                fix="make the folder writable, or free space",
            ) from error
        return key
