"""doit's own database, which keeps the state of the tasks that are not steps."""

from __future__ import annotations

import glob
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from doit.dependency import DatabaseException

from lineage.errors import StoreError
from lineage.errors.refusal import reason_against, refused

__all__ = ["guarded", "opened"]


@contextmanager
def guarded(path: str) -> Iterator[None]:
    """Tell what goes wrong with the database at `path` with why and fix."""
    try:
        yield
    except OSError as error:
        raise refused(f"cannot use doit's own database {path}", error, error.filename or path) from error
    except Exception as error:
        # sqlite3 is one of the libraries that doit may use for it; what else is raised here is not the database's.
        if not isinstance(error, DatabaseException) and type(error).__module__ != "sqlite3":
            raise
        refusal = reason_against([path, *glob.glob(glob.escape(path) + "*")])
        if refusal is not None:
            raise refused(f"cannot use doit's own database {path}", refusal, path) from error
        raise StoreError(
            f"cannot use doit's own database {path}: {str(error).splitlines()[0]}",
            why="it keeps which tasks other than steps are up to date",
            fix=f"remove it (`rm {path}*`): those tasks run once more, and it is made anew",
        ) from error


def opened(path: str, open_at: Callable[[str], Any], *, read_only: bool) -> Any:
    """Open the database.

    Parameters
    ----------
    path : str
        Where it is.
    open_at : callable
        Opens a database at a path as doit does: to write to it.
    read_only : bool
        It will only be read; then a copy will do where it cannot be written to.
    """
    try:
        with guarded(path):
            return open_at(path)
    except StoreError:
        if not read_only:
            raise
        found = _opened_copy(path, open_at)
        if found is None:
            raise
        return found


def _opened_copy(path: str, open_at: Callable[[str], Any]) -> Any:
    """Open a copy of the database, or an empty one if there is none yet; None if that cannot be either."""
    folder = tempfile.TemporaryDirectory(prefix="lineage-")
    try:
        copy = os.path.join(folder.name, os.path.basename(path))
        for each in glob.glob(glob.escape(path) + "*"):
            shutil.copy(each, copy + each.removeprefix(path))
        made = open_at(copy)
    except (OSError, DatabaseException):
        folder.cleanup()
        return None
    made.folder = folder  # is there as long as the database is used
    return made
