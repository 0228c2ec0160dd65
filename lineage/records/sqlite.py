"""The metadata store in one SQLite file: write-ahead log, one writer at a time, numbered migrations.

``synchronous=NORMAL``: what is recorded survives the death of the process (kill -9); the last commits may be lost when
the machine loses power, and the file stays sound.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Sequence
from errno import ENOTDIR
from types import TracebackType
from typing import Any

from lineage.errors import StoreError, VersionError
from lineage.records.forks import Forked
from lineage.records.keeping import Keeping
from lineage.records.protocol import Row
from lineage.records.statements import SCHEMA

__all__ = ["SCHEMA", "SqliteStore"]

#: Says in the file's header that it is ours (``LNGE``).
APPLICATION = 0x4C4E4745
#: Seconds to wait for another writer.
PATIENCE = 30.0
#: What a damaged file makes of an ordinary question: the module says so of a schema that is no text any more.
_FAILURES = (sqlite3.Error, UnicodeDecodeError)

#: Seconds: file times move in steps of the kernel's clock tick.
_TICK = 0.02

Seen = tuple[int, int, int]
"""inode, size and mtime_ns of a database"""


class SqliteStore(Forked, Keeping):
    """Runs, traces and lineage in one SQLite file.

    Parameters
    ----------
    path : str
        The database; it and its folder are made when missing, unless `read_only`.
    read_only : bool
        Open for queries only. Nothing is created or migrated, and a missing database is an empty history.

    Raises
    ------
    VersionError
        The database is newer than this code.
    StoreError
        It cannot be opened, or is no database of ours.
    """

    def __init__(self, path: str, *, read_only: bool = False) -> None:
        super().__init__()
        self.path = os.path.abspath(path)
        self.read_only = read_only
        self._alone = True
        self._connection: _Connection | None = None
        self._opened_file: int | None = None
        self._transaction = _Transaction(self)
        self._ready()
        self._live()

    def _live(self) -> _Connection | None:
        """Return this process's connection, opened if need be; ``None`` if there is nothing to read so far."""
        if self._connection is None:
            with self._lock:
                if self._connection is None:
                    self._connection = self._opened()
                    self._opened_file = _file(self.path)
        return self._connection

    def _writable(self) -> _Connection:
        connection = self._live()
        if connection is None or self.read_only:
            raise StoreError(f"{self.path} was opened for reading only", why="a query records nothing")
        return connection

    def _opened(self) -> _Connection | None:
        try:
            return _open_read_only(self.path, alone=self._alone) if self.read_only else _open(self.path)
        except (*_FAILURES, OSError) as error:
            raise self._explained(error) from error

    def _explained(self, error: BaseException) -> Exception:
        from lineage.records.failure import explained

        return explained(error, self.path, reading=self.read_only)

    def _write(self) -> _Transaction:
        return self._transaction

    def select(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Read with portable SQL (``?`` for parameters); a missing database has no rows."""
        with self._lock:
            connection = self._live()
            if connection is None:
                return []
            try:
                rows = connection.execute(sql, parameters).fetchall()
            except _FAILURES as error:
                if not self._overtaken(connection):
                    raise self._explained(error) from error
            else:
                if not self._overtaken(connection):
                    return rows
            # Somebody has begun to write: from now on as SQLite reads beside a writer.
            self._alone = False
            self.close()
            return self.select(sql, parameters)

    def _overtaken(self, connection: _Connection) -> bool:
        """Whether a database that is read without its log was written to since it was opened."""
        return connection.seen is not None and _settled(self.path) != connection.seen

    def state(self) -> tuple[int, ...]:
        """Return what is another value once others have recorded something that this connection can read.

        The log is longer before its readers are shown that, and its times move in steps of the kernel's clock tick: who
        looks at the file alone may read what was before, and not look again.
        """
        with self._lock:
            if self._opened_file != _file(self.path):  # taken away, or another one by now: the next question opens that
                self.close()
            if self._connection is None:
                return ()
            try:
                return (id(self._connection), *self._connection.execute("PRAGMA data_version").fetchone())
            except _FAILURES:
                return (id(self._connection),)  # what is wrong with it, who reads is told

    def describe(self) -> dict[str, Any]:
        """Return kind, where, size in bytes and counts."""
        counts = self._counts()
        size = sum(os.path.getsize(path) for path in (self.path, f"{self.path}-wal") if os.path.exists(path))
        return {"kind": "sqlite", "where": self.path, "bytes": size, "schema": SCHEMA, **counts}

    def check(self) -> list[str]:
        """Return what is wrong with the file, by SQLite's own check, else with the records in it."""
        found = [row[0] for row in self.select("PRAGMA quick_check")]
        return super().check() if found in ([], ["ok"]) else found

    # SQLite notes in memory which locks a process holds. A child would have these notes but not the locks, and could
    # damage the file; so no connection is open while a process forks. Each side opens its own when it needs one.

    def _before_fork(self) -> None:
        self.close()

    def close(self) -> None:
        """Give the connection back; the store opens it again when used."""
        with self._lock:
            if self._connection is not None and not self._connection.in_transaction:
                # In this order: Ctrl-C may come between the two, and what is closed cannot be asked for anything.
                connection, self._connection = self._connection, None
                connection.close()


class _Found:
    """A row that was found at once."""

    __slots__ = ("_row", "key")

    def __init__(self, row: Row | None) -> None:
        self._row = row
        self.key = row[0] if row else None

    def read(self) -> Row | None:
        return self._row


class _Connection(sqlite3.Connection):
    """What `lineage.records.sql` asks of a database, in SQLite's words."""

    #: The state of the file when it was opened, if it is read without locks and log.
    seen: Seen | None = None

    def ask(self, sql: str, parameters: Sequence[Sequence[Any]], /) -> list[list[Row]]:
        # Each is read before the next one: of a statement that is being read the module would prepare another.
        return [self.execute(sql, each).fetchall() for each in parameters]

    def find(self, sql: str, parameters: Sequence[Any], /) -> _Found:
        return _Found(self.execute(sql, parameters).fetchone())

    def add(self, sql: str, parameters: Sequence[Any], /) -> object:
        return self.execute(sql, parameters)

    def insert(self, sql: str, parameters: Sequence[Any], /) -> int:
        key = self.execute(sql, parameters).lastrowid
        assert key is not None
        return key

    def allocate(self, table: str, key: str, count: int, /) -> int:
        # Nobody else can insert before this transaction ends.
        newest: int | None = self.execute(f"SELECT max({key}) FROM {table}").fetchone()[0]  # noqa: S608
        return (newest or 0) + 1


class _Transaction:
    """``BEGIN IMMEDIATE`` ... ``COMMIT``: a deferred transaction that begins to write fails while another writes."""

    __slots__ = ("_store",)

    def __init__(self, store: SqliteStore) -> None:
        self._store = store

    def __enter__(self) -> _Connection:
        store = self._store
        store._lock.acquire()
        try:
            connection = store._writable()
            connection.execute("BEGIN IMMEDIATE")
        except BaseException as error:
            store._lock.release()
            if isinstance(error, _FAILURES):
                raise store._explained(error) from error
            raise
        return connection

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        store = self._store
        connection = store._connection
        assert connection is not None
        try:
            if error is None:
                connection.execute("COMMIT")
                return
            self._undo(connection)
            if isinstance(error, sqlite3.Error):
                raise store._explained(error) from error
        except sqlite3.Error as failed:
            self._undo(connection)
            raise store._explained(failed) from failed
        finally:
            store._lock.release()

    def _undo(self, connection: _Connection) -> None:
        self._store._forget()
        if connection.in_transaction:  # SQLite itself rolls back on some errors, a full disk among them
            connection.execute("ROLLBACK")


def _open(path: str) -> _Connection:
    if not os.path.exists(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
    connection = _connect(path)
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version != SCHEMA:
            _migrate(connection, path, version)
        # A sound file at every moment; only power loss can take the last commits (and a step can be run again).
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA wal_autocheckpoint = 8000")  # pages: 16 MB of log, then the disk is waited for
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(address: str, *, uri: bool = False) -> _Connection:
    # isolation_level None: transactions are begun here, never by the module; the store's lock keeps threads apart.
    return sqlite3.connect(
        address,
        timeout=PATIENCE,
        isolation_level=None,
        check_same_thread=False,
        factory=_Connection,
        cached_statements=256,
        uri=uri,
    )


def _open_read_only(path: str, *, alone: bool = True) -> _Connection | None:
    """Open for reading, beside a writer and on a disk that cannot be written.

    Readers of a write-ahead log make its index beside it, and leave both behind. Without a log the file alone is all
    there is: it is read as it is (`alone`), nothing is made, and who reads looks whether it was still so afterwards.
    """
    if not os.path.exists(path):
        folder = os.path.dirname(path)
        if os.path.lexists(folder) and not os.path.isdir(folder):
            raise NotADirectoryError(ENOTDIR, os.strerror(ENOTDIR), path)
        return None
    address = "file:" + path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    seen = _settled(path) if alone else None
    connection = _connect(f"{address}?{'mode=ro' if seen is None else 'immutable=1'}", uri=True)
    connection.seen = seen
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.OperationalError:
        connection.close()
        # The log (of a run that was killed) has an index no more, and here none can be made.
        copy = _open_copy(path)
        if copy is None:
            raise
        connection = copy
        version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == SCHEMA:
        return connection
    _check_version(connection, path, version)
    connection.close()
    if version == 0:  # its first writer has not come so far
        return None
    error = VersionError(
        f"{path} has format {version}, this lineage reads format {SCHEMA}",
        why="a query never changes the database, so it cannot bring it up to date",
        fix="run `doit` once with this version of lineage; it keeps a copy of the old file",
    )
    error.is_older = True
    raise error


def _open_copy(path: str) -> _Connection | None:
    """Open a copy of a database and its log, where the log's index cannot be written; None if that is impossible too.

    The copy's folder is removed at once: what SQLite has opened stays readable.
    """
    import shutil
    import tempfile

    try:
        before = _stats(path)
        with tempfile.TemporaryDirectory(prefix="lineage-") as folder:
            copy = os.path.join(folder, "metadata.sqlite")
            for suffix in before:
                shutil.copyfile(path + suffix, copy + suffix)
            if _stats(path) != before:  # somebody writes to it after all
                return None
            connection = _connect(copy)
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # opens the log too
            return connection
    except (OSError, sqlite3.OperationalError):
        return None


def _file(path: str) -> int | None:
    try:
        return os.stat(path).st_ino
    except OSError:
        return None


def _stats(path: str) -> dict[str, Seen]:
    found = {suffix: os.stat(path + suffix) for suffix in ("", "-wal") if os.path.exists(path + suffix)}
    return {suffix: (each.st_ino, each.st_size, each.st_mtime_ns) for suffix, each in found.items()}


def _settled(path: str) -> Seen | None:
    """Return the state of a database whose log is empty, ``None`` while it has one.

    A file that was written in this very tick of the clock could be written again without a trace in its times.
    """
    wal = f"{path}-wal"
    try:
        if os.path.exists(wal) and os.path.getsize(wal):
            return None
        found = os.stat(path)
    except FileNotFoundError:  # its last writer takes the log away; or somebody took everything
        return None
    wait = min(_TICK, found.st_mtime + _TICK - time.time())
    if wait > 0:  # sleeping for no time at all costs each query more than the query
        time.sleep(wait)
    return (found.st_ino, found.st_size, found.st_mtime_ns)


# Migrations


def _migrate(connection: _Connection, path: str, version: int) -> None:
    """Bring a database from `version` up to `SCHEMA`, in one transaction: no reader ever sees it half way."""
    _check_version(connection, path, version)
    if version:
        _copy(connection, f"{path}.format-{version}")
    else:
        _use_log(connection)
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have done it while this one waited.
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        for number in range(version + 1, SCHEMA + 1):
            _apply(connection, number)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    _check_version(connection, path, version)


def _check_version(connection: _Connection, path: str, version: int) -> None:
    if version > SCHEMA:
        raise VersionError(
            f"{path} was written by a newer lineage (format {version}; this one knows {SCHEMA})",
            why="writing to it could damage what the newer version recorded",
            fix="upgrade: pip install -U doit-lineage; or move the file away to start a new history (artifacts stay)",
        )
    if (
        version == 0
        and connection.execute("SELECT count(*) FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'").fetchone()[0]
    ):
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        if application != APPLICATION:
            raise StoreError(
                f"{path} is a database, but not one of lineage",
                why="it has tables that lineage did not make",
                fix="move it away; lineage makes its own",
            )


def _use_log(connection: _Connection) -> None:
    """Switch to the write-ahead log; SQLite does not wait by itself when another process does the same."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            # Half of SQLite's own page size: a step touches some 25 pages, which are all summed and written to the log.
            connection.execute("PRAGMA page_size = 2048")
            connection.execute("PRAGMA journal_mode = WAL")
            return  # noqa: TRY300
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _copy(connection: _Connection, target: str) -> None:
    """Keep a copy of the database as it was, under its final name only when it is complete."""
    if os.path.exists(target):
        return
    part = f"{target}.{os.getpid()}"
    connection.execute("VACUUM INTO ?", (part,))
    os.replace(part, target)


def _apply(connection: _Connection, number: int) -> None:
    with open(os.path.join(os.path.dirname(__file__), "migrations", f"{number:04}.sql"), encoding="utf-8") as file:
        script = file.read()
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute(f"PRAGMA user_version = {number}")
