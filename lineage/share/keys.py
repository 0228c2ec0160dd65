"""Whom to trust: the keys that records in shared stores are signed with.

A key is 32 random bytes, given to people and machines outside of the store: in a file of its own below the user's
configuration folder, or in ``LINEAGE_TRUST_KEY`` (CI keeps it as a secret). Its id, a hash of it, stands in records.
"""

from __future__ import annotations

import os
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256

from lineage.errors import UsageError, did_you_mean

__all__ = ["VARIABLE", "Key", "Keyring"]

#: The environment variable that gives a key.
VARIABLE = "LINEAGE_TRUST_KEY"
_PREFIX = "lineage-key-1."
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_BYTES = 32


class Key:
    """One key: its name here, its secret, and the id that records have."""

    __slots__ = ("id", "name", "place", "secret")

    def __init__(self, name: str, secret: bytes, place: str) -> None:
        self.name = name
        self.secret = secret
        self.place = place
        self.id = sha256(b"lineage key\0" + secret).hexdigest()[:16]

    def __repr__(self) -> str:
        return f"Key({self.name!r}, {self.id})"

    @property
    def text(self) -> str:
        """The key as it is given to others."""
        return _PREFIX + urlsafe_b64encode(self.secret).decode().rstrip("=")


class Keyring:
    """The keys of this user.

    Parameters
    ----------
    chosen : str, optional
        The name of the one that a project says (``key`` of its stack): then only that is trusted.
    """

    def __init__(self, chosen: str | None = None) -> None:
        root = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
        self.folder = os.path.join(root, "lineage", "keys")
        self.chosen = chosen

    def known(self) -> list[Key]:
        """Return all keys, by name; the one in the environment first."""
        try:
            names = sorted(name for name in os.listdir(self.folder) if _NAME.fullmatch(name))
        except (FileNotFoundError, NotADirectoryError):
            names = []
        return [*self._given(), *(self._read(name) for name in names)]

    def trusted(self) -> dict[str, Key]:
        """Return the keys whose signatures count, by id.

        Raises
        ------
        UsageError
            If the project names a key that this user does not have.
        """
        given = self._given()
        if given:
            return {key.id: key for key in given}
        keys = self.known()
        if self.chosen is None:
            return {key.id: key for key in keys}
        found = [key for key in keys if key.name == self.chosen]
        if not found:
            raise UsageError(
                f"the stack signs with the key '{self.chosen}', which is not on this machine"
                f"{did_you_mean(self.chosen, [key.name for key in keys])}",
                why="without it nobody can tell what a colleague has made from what somebody else has put there",
                fix=f"ask for it and give it to `lineage trust add {self.chosen}`, or set {VARIABLE}",
            )
        return {found[0].id: found[0]}

    def signing(self) -> Key | None:
        """Return the key that records are signed with: the only one that is trusted; ``None`` if there is none.

        Raises
        ------
        UsageError
            If there are several and nobody says which.
        """
        keys = list(self.trusted().values())
        if len(keys) > 1:
            raise UsageError(
                f"there are {len(keys)} keys ({', '.join(key.name for key in keys)}), and nobody says which one signs",
                fix=f'write key = "{keys[0].name}" into the stack in pyproject.toml, or set {VARIABLE}',
            )
        return keys[0] if keys else None

    def create(self, name: str) -> Key:
        """Make a key and keep it."""
        return self._keep(Key(name, os.urandom(_BYTES), self._path(name)))

    def add(self, name: str, text: str) -> Key:
        """Keep a key that somebody has given.

        Raises
        ------
        UsageError
            If it is none, or the name is taken.
        """
        return self._keep(_parsed(name, text, self._path(name), "what was given"))

    def remove(self, name: str) -> None:
        """Forget a key.

        Raises
        ------
        UsageError
            If there is none of that name.
        """
        try:
            os.unlink(self._path(name))
        except FileNotFoundError:
            raise self._unknown(name) from None

    def named(self, name: str) -> Key:
        """Return a key by its name.

        Raises
        ------
        UsageError
            If there is none.
        """
        _check_is_name(name)
        for key in self.known():
            if key.name == name:
                return key
        raise self._unknown(name)

    def _unknown(self, name: str) -> UsageError:
        names = [key.name for key in self.known()]
        if not names:
            fix = f"`lineage trust create {name}` makes one; `lineage trust add {name}` takes one that you were given"
            return UsageError(f"there is no key '{name}'", why="this user has none", fix=fix)
        return UsageError(f"there is no key '{name}'{did_you_mean(name, names)}", fix=f"there are: {', '.join(names)}")

    def _given(self) -> list[Key]:
        text = os.environ.get(VARIABLE)
        return [_parsed(VARIABLE, text, "the environment", VARIABLE)] if text else []

    def _path(self, name: str) -> str:
        _check_is_name(name)
        if not _NAME.fullmatch(name):
            raise UsageError(f"'{name}' is no name of a key", fix="use letters, digits, - and _")
        return os.path.join(self.folder, name)

    def _read(self, name: str) -> Key:
        path = self._path(name)
        try:
            with open(path, encoding="ascii", errors="replace") as file:
                return _parsed(name, file.read(), path, path)
        except UsageError as error:
            error.fix = f"{error.fix}, or forget it: `lineage trust remove {name}`"
            raise
        except OSError as error:
            said = error.strerror or str(error)
            raise UsageError(f"the key {path} cannot be read: {said}", fix="make it readable, or remove it") from error

    def _keep(self, key: Key) -> Key:
        try:
            os.makedirs(self.folder, mode=0o700, exist_ok=True)
            fd = os.open(key.place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(fd, "w", encoding="ascii") as file:
                file.write(key.text + "\n")
        except FileExistsError:
            raise UsageError(
                f"there is a key '{key.name}' already",
                why="what is signed with it could not be checked any more",
                fix=f"choose another name, or `lineage trust remove {key.name}` first",
            ) from None
        except OSError as error:
            raise UsageError(
                f"cannot write {key.place}: {error.strerror}", fix="make the folder writable, or set XDG_CONFIG_HOME"
            ) from error
        return key


def _check_is_name(name: str) -> None:
    """Refuse a key where its name belongs, without showing it."""
    if name.startswith(_PREFIX):
        raise UsageError(
            "a key stands where the name of one belongs",
            why="what is typed as a word of a command stays in the shell's history, and is seen by others meanwhile",
            fix="give it a name, and the key on standard input: `lineage trust add team`; if others may have seen it, "
            "let it be forgotten and make a new one",
        )


def _parsed(name: str, text: str, place: str, what: str) -> Key:
    text = text.strip()
    code = text.removeprefix(_PREFIX)
    try:
        secret = urlsafe_b64decode(code + "=" * (-len(code) % 4))
    except ValueError:
        secret = b""
    if code == text or len(secret) != _BYTES:
        # It is not shown: it may be a secret all the same.
        raise UsageError(
            f"{what} is no key",
            why=f"a key begins with {_PREFIX} and has {_BYTES} bytes",
            fix="copy all of what `lineage trust show NAME` prints",
        )
    return Key(name, secret, place)
