"""The rights of what is made in a folder that a group shares: those of the folder, whatever the maker's umask says.

A folder with the setgid bit (``chmod 2775``) is one: its group goes over to all that is made in it, but its rights do
not. Of one colleague with the usual umask 022 nobody else could put anything beside what he has put there, and of one
with 077 nobody could read it. (git does the same under ``core.sharedRepository``.)
"""

from __future__ import annotations

import os
from stat import S_IMODE, S_ISDIR, S_ISGID

__all__ = ["make_folders", "open_up"]

#: What a folder's rights mean for a file in it.
_FOR_FILES = 0o066


def make_folders(path: str) -> list[str]:
    """Make a folder and those that it is in, where they are missing; return which it has made, the innermost first."""
    if os.path.isdir(path):
        return []
    made = make_folders(os.path.dirname(path))
    try:
        os.mkdir(path)
    except FileExistsError:
        if not os.path.isdir(path):
            raise
        return made
    open_up(path)
    return [path, *made]


def open_up(path: str, folder: str | None = None) -> None:
    """Give a new file, or a new folder and all that is in it, the rights of the folder that it is for.

    Parameters
    ----------
    path : str
        What this process has made.
    folder : str, optional
        Where it is going to be; the one that it is in by default.
    """
    rights = os.stat(folder or os.path.dirname(path)).st_mode
    if not rights & S_ISGID:
        return
    _open_up(path, rights)
    for inside, folders, files in os.walk(path):
        for name in (*folders, *files):
            if not os.path.islink(os.path.join(inside, name)):
                _open_up(os.path.join(inside, name), rights)


def _open_up(path: str, rights: int) -> None:
    own = S_IMODE(os.stat(path).st_mode)
    if S_ISDIR(os.stat(path).st_mode):
        wanted = own | rights & 0o077
    else:
        # What its maker may not write to, nobody may; what can be run, whoever reads it may run.
        for_others = rights & _FOR_FILES & (0o066 if own & 0o200 else 0o044)
        wanted = own | for_others | (for_others >> 2 if own & 0o100 else 0)
    if wanted != own:
        os.chmod(path, wanted)
