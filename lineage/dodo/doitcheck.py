"""Whether doit's own database, which keeps the state of the tasks that are not steps, can be read whole."""

from __future__ import annotations

import glob
import os
import shutil
import tempfile
from contextlib import suppress
from typing import Any

from doit.dependency import DbmDB, Dependency, JsonDB, SqliteDB

from lineage.dodo.doitdb import guarded
from lineage.dodo.offline import load_dodo
from lineage.errors import LineageError, StoreError

__all__ = ["damage_of"]

_KINDS = {"dbm": DbmDB, "json": JsonDB, "sqlite3": SqliteDB}


def damage_of(project: str) -> StoreError | None:
    """Read every entry of doit's database, of a copy: nothing is created or written.

    Returns
    -------
    StoreError or None
        What is wrong with it; None also if there is none, or one of a backend that is not doit's own.
    """
    kind, path = _configured(project)
    files = glob.glob(glob.escape(path) + "*")
    if kind is None or not files:
        return None
    with tempfile.TemporaryDirectory(prefix="lineage-") as folder:
        for each in files:
            with suppress(FileNotFoundError):
                shutil.copy(each, folder)
        try:
            with guarded(path):
                _read(Dependency(kind, os.path.join(folder, os.path.basename(path))).backend)
        except StoreError as error:
            return error
    return None


def _configured(project: str) -> tuple[Any, str]:
    """Return doit's class for the backend and the path that dodo.py names; doit's own defaults where it cannot tell."""
    config: dict[str, Any] = {}
    with suppress(LineageError), load_dodo(project, []) as (_, loader):
        config = loader.load_doit_config()
    return _KINDS.get(config.get("backend", "dbm")), os.path.join(project, config.get("dep_file", ".doit.db"))


def _read(backend: Any) -> None:
    if isinstance(backend, SqliteDB):
        backend._conn.execute("SELECT task_id, task_data FROM doit").fetchall()
        return
    names = backend._dbm.keys() if isinstance(backend, DbmDB) else backend._db.keys()
    for name in names:
        backend.get(name.decode() if isinstance(name, bytes) else name, "_values_:")
