"""doit's own database, opened to be looked at: for a command that must not write."""

from __future__ import annotations

import dbm
import os
from typing import Any

from doit.dependency import DbmDB, Dependency, JsonDB, SqliteDB

from lineage.dodo.doitdb import guarded, telling

__all__ = ["open_untouched"]


def open_untouched(kind: Any, path: str, checker: Any, codec: Any) -> Dependency:
    """Open doit's database so that nothing is created or written.

    Parameters
    ----------
    kind : type
        doit's class for the backend. One of a third party is opened as it is.
    path : str
        The database file; one that is not there is an empty database.
    checker, codec : type
        As `doit.dependency.Dependency` takes them.

    Raises
    ------
    StoreError
        If it cannot be read.
    """
    with guarded(path):
        database: Dependency = telling(Dependency(_KINDS.get(kind, kind), path, checker_cls=checker, codec_cls=codec))
        return database


class _Untouched:
    """What is taken out is only hidden, and nothing is written in the end."""

    _db: dict[str, Any]

    def remove(self, task_id: str) -> None:
        self._db[task_id] = {}

    def dump(self) -> None:
        """Write nothing."""


class _Json(_Untouched, JsonDB):  # type: ignore[misc]
    pass


class _Dbm(_Untouched, DbmDB):  # type: ignore[misc]
    def __init__(self, name: str, codec: Any, *, module_name: str | None = None) -> None:
        self.name = name
        self.codec = codec
        self._db = {}
        self.dirty: set[str] = set()
        self._dbm: Any = {} if dbm.whichdb(name) is None else dbm.open(name, "r")  # noqa: SIM115 - for as long as the command


class _Sqlite(_Untouched, SqliteDB):  # type: ignore[misc]
    def __init__(self, name: str, codec: Any, *, module_name: str | None = None) -> None:
        # SQLite itself writes nothing into a database that has its table.
        super().__init__(name if os.path.exists(name) else ":memory:", codec)
        self._db = self._cache


_KINDS: dict[Any, Any] = {JsonDB: _Json, DbmDB: _Dbm, SqliteDB: _Sqlite}
