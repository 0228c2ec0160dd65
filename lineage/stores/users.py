"""Whose records name the objects of a folder that is not one project's own.

``<root>/records/<id>``   one file for each metadata store whose runs have stored or used objects here

Without it nobody could tell whether an object that his own records do not name is another's. A project's own folder
needs no such file for itself; whoever else uses it leaves one.
"""

from __future__ import annotations

import getpass
import json
import os
from contextlib import suppress
from hashlib import blake2b
from typing import NamedTuple

from lineage.stores.group import make_folders, open_up

__all__ = ["User", "me", "register", "users"]


class User(NamedTuple):
    """A metadata store that uses a folder of objects: its address without a password, of which project, on which host.

    A file is another one on each host; a server's database is the same for all.
    """

    records: str
    project: str
    host: str
    user: str = ""

    @property
    def id(self) -> str:
        """What tells it from any other."""
        place = self.host if self.records.startswith("sqlite:") else ""
        return blake2b(f"{self.records}\0{place}".encode(), digest_size=16).hexdigest()


def register(root: str, records: str, project: str) -> None:
    """Leave word in a folder of objects that some records use it; whoever may not write there stores nothing either."""
    path = os.path.join(root, "records", me(records, project).id)
    if os.path.exists(path) or not os.path.isdir(root):
        return
    temporary = f"{path}.{os.getpid()}"
    with suppress(OSError):
        make_folders(os.path.dirname(path))
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump(me(records, project)._asdict(), file, indent=1)
        open_up(temporary)
        os.replace(temporary, path)


def me(records: str, project: str) -> User:
    """Return the user that this process is."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a number without a name, in a container
        name = str(os.getuid())
    return User(records, project, os.uname().nodename, name)


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
            return User(**json.load(file))
    except (OSError, ValueError, TypeError):
        return None
