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

__all__ = ["guarded", "opened", "telling"]


#: What the backends raise where their files hold something else. doit gives a name to what it expects only; `dbm.dumb`
#: reads its index as Python literals, and entries are decoded when they are asked for.
_DAMAGE = (DatabaseException, ValueError, SyntaxError, TypeError, AttributeError, EOFError)


@contextmanager
def guarded(path: str) -> Iterator[None]:
    """Tell what goes wrong with the database at `path` with why and fix."""
    try:
        yield
    except Exception as error:
        explained = _explained(error, path)
        if explained is None:
            raise
        raise explained from error


def _explained(error: Exception, path: str) -> StoreError | None:
    if isinstance(error, OSError):
        return refused(f"cannot use doit's own database {path}", error, error.filename or path)
    # sqlite3 is one of the libraries that doit may use for it; what else is raised here is not the database's.
    if not isinstance(error, _DAMAGE) and type(error).__module__ != "sqlite3":
        return None
    refusal = reason_against([path, *glob.glob(glob.escape(path) + "*")])
    if refusal is not None:
        return refused(f"cannot use doit's own database {path}", refusal, path)
    said = (str(error).splitlines() or [type(error).__name__])[0]
    return StoreError(
        f"cannot use doit's own database {path}: {said}",
        why="it keeps which tasks other than steps are up to date",
        fix=f"remove it (`rm {path}*`): those tasks run once more, and it is made anew",
    )


def _telling(method: Callable[..., Any], path: str) -> Callable[..., Any]:
    """Return a method of a backend that tells what goes wrong; no context manager, since it is called for each file."""

    def call(*arguments: Any) -> Any:
        try:
            return method(*arguments)
        except Exception as error:
            explained = _explained(error, path)
            if explained is None:
                raise
            raise explained from error

    return call


def telling(database: Any) -> Any:
    """Let doit's dependency manager tell also what goes wrong when it reads and writes entries, and return it."""
    for name in ("_get", "_set", "_in", "remove", "remove_all"):
        setattr(database, name, _telling(getattr(database, name), database.name))
    return database


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
            return telling(open_at(path))
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
        made = telling(open_at(copy))
    except (OSError, *_DAMAGE):
        folder.cleanup()
        return None
    made.folder = folder  # is there as long as the database is used
    return made
