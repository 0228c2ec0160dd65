"""Whose records name the objects of a folder that is not one project's own.

``<root>/records/<id>``   one file for each metadata store whose runs have stored or used objects here

Without it nobody could tell whether an object that his own records do not name is another's. A project's own folder
needs no such file for itself; whoever else uses it leaves one.
"""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Callable
from contextlib import suppress
from hashlib import blake2b
from typing import NamedTuple

from lineage.stores.group import make_folders, open_up

__all__ = ["User", "file_of", "me", "register", "users"]


class User(NamedTuple):
    """A metadata store that uses a folder of objects: its address without a password, of which project, on which host.

    A file is another one on each host; a server's database is the same for all. Which file it was (device and inode),
    and when its first run began, tells it where its project has moved: a copy is another file, whose original may have
    recorded more since.
    """

    records: str
    project: str
    host: str
    user: str = ""
    file: str = ""
    born: float = 0.0

    @property
    def id(self) -> str:
        """What tells it from any other."""
        place = self.host if self.records.startswith("sqlite:") else ""
        return blake2b(f"{self.records}\0{place}".encode(), digest_size=16).hexdigest()

    @property
    def place(self) -> str:
        """The path of the file; empty for a server's database."""
        return self.records.removeprefix("sqlite:///") if self.records.startswith("sqlite:") else ""

    def moved_to(self, other: User) -> bool:
        """Whether these records, which are not where they were, are those of another place on this host now."""
        if not self.file or (self.file, self.born, self.host) != (other.file, other.born, other.host):
            return False
        return not os.path.lexists(self.place) and self.file == file_of(other.place)


def register(root: str, user: User, born: Callable[[], float]) -> None:
    """Leave word in a folder of objects that some records use it; whoever may not write there stores nothing either.

    Parameters
    ----------
    root : str
        The folder.
    user : User
        Whose records they are.
    born : callable
        Returns when the first run in them began; asked only if word of a file is left.
    """
    path = os.path.join(root, "records", user.id)
    there = _read(path)
    if not os.path.isdir(root) or (there is not None and there.file == user.file):
        return
    told = user._replace(born=born()) if user.file else user
    temporary = f"{path}.{os.getpid()}"
    with suppress(OSError):
        make_folders(os.path.dirname(path))
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump(told._asdict(), file, indent=1)
        open_up(temporary)
        os.replace(temporary, path)


def me(records: str, project: str) -> User:
    """Return the user that this process is."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a number without a name, in a container
        name = str(os.getuid())
    user = User(records, project, os.uname().nodename, name)
    return user._replace(file=file_of(user.place))


def file_of(path: str) -> str:
    """Return which file is at a path, of all on this machine; empty if there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return ""
    return f"{found.st_dev}:{found.st_ino}"


def users(root: str) -> dict[str, User | None]:
    """Return who uses a folder of objects, by the path of the file that says so; None where it cannot be read."""
    found: dict[str, User | None] = {}
    folder = os.path.join(root, "records")
    with suppress(FileNotFoundError, NotADirectoryError):
        for name in sorted(os.listdir(folder)):
            if len(name) == 32:
                found[os.path.join(folder, name)] = _read(os.path.join(folder, name))
    return found


def _read(path: str) -> User | None:
    try:
        with open(path, encoding="utf-8") as file:
            told = json.load(file)
            return User(**{name: value for name, value in told.items() if name in User._fields})
    except (OSError, ValueError, TypeError, AttributeError):
        return None
