"""One connection to PostgreSQL, spoken to in the portable SQL of `lineage.records.statements`, and its migrations.

What a transaction writes waits until it ends or asks for something (`lineage.records.batching`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus
from psycopg.types.numeric import Int8Dumper

from lineage.errors import StoreError, VersionError
from lineage.records.address import ServerAddress
from lineage.records.batching import Answer, Batch, Found
from lineage.records.protocol import Row
from lineage.records.statements import SCHEMA

__all__ = ["CHANGES", "VERSIONS", "Session", "connect", "used_schemas"]

#: Which migrations were applied.
VERSIONS = "schema_version"
#: One row, counted up by each transaction: who looks on need not compare tables.
CHANGES = "change"
#: One row a connection, with the number of the transaction that it has committed last: what became of a COMMIT that got
#: no answer.
WRITERS = "writer"
#: Milliseconds to wait for another writer, and for one that stands still in the middle of a transaction.
_PATIENCE, _STILL = 30_000, 60_000
_DEFAULTS = {
    "connect_timeout": "10",
    "application_name": "lineage",
    "keepalives_idle": "30",
    "tcp_user_timeout": "30000",
}
_KEYS = {
    "run": "run_id",
    "task": "task_id",
    "step": "step_id",
    "step_run": "step_run_id",
    "artifact": "artifact_id",
    "artifact_version": "av_id",
}
_LAST = {table: f"(SELECT coalesce(max({key}), 0) FROM {table})" for table, key in _KEYS.items()}  # noqa: S608
_NEWEST = f"SELECT max(version) FROM {VERSIONS}"  # noqa: S608
_GREATEST = f"SELECT {', '.join(_LAST.values())}"


class Session:
    """A connection, with what `lineage.records.sql` asks of a database.

    Parameters
    ----------
    address : ServerAddress
        The database and the schema.
    read_only : bool
        Whether nothing is made, migrated or written.

    Attributes
    ----------
    writer : str
        What tells this connection from any other.
    number : int
        How many transactions it has committed, or tried to.
    """

    def __init__(self, address: ServerAddress, *, read_only: bool = False) -> None:
        self._address = address
        self._schema = f'"{address.schema}"'
        digest = blake2b(f"lineage {address.schema}".encode(), digest_size=8).digest()
        self._key = int.from_bytes(digest, "big", signed=True)
        self.writer = os.urandom(16).hex()
        self.number = 0
        self._connection = connect(address)
        try:
            self._connection.adapters.register_dumper(int, Int8Dumper)  # as the columns are
            self._cursor = self._connection.cursor()
            self._batch = Batch(self._connection)
            #: The greatest key of each table, once it was asked for in a transaction: nobody else writes meanwhile.
            self._greatest: dict[str, int] = {}
            self._asked: Answer | None = None
            version = self._prepared(read_only)
            if not read_only and version != SCHEMA:
                self._migrate()
                version = self._version()
            self._check_version(version)
            self._is_empty = not version
        except BaseException:
            self._connection.close()
            raise

    def _prepared(self, read_only: bool) -> int:
        """Say how the connection is to be used, and return `_version`."""
        settings = (
            f"SET search_path TO {self._schema}; SET lock_timeout = {_PATIENCE}; SET standard_conforming_strings = on; "
            # What was committed while the lock was waited for has to be seen; and numbers are to come back as they are.
            "SET default_transaction_isolation = 'read committed'; SET extra_float_digits = 3; "
            f"SET idle_in_transaction_session_timeout = {_STILL}; "
            f"SET default_transaction_read_only = {'on' if read_only else 'off'}"
        )
        try:  # nearly always it is there, and one message is enough
            cursor = self._cursor.execute(f"{settings}; {_NEWEST}".encode(), prepare=False)
            while cursor.nextset():
                pass
            return _number(cursor.fetchone())
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
            self._run(settings)  # these were undone with it
            return self._version()

    def _run(self, statements: str) -> None:
        """Run statements without parameters, in one message to the server."""
        self._cursor.execute(statements.encode(), prepare=False)

    # What happens inside of a transaction

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Any:
        """Run one statement, at the latest when its answer is asked for."""
        return self._batch.ask(self._batch.filled(sql, parameters))

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> Any:
        """Run one statement for many rows, at the latest before the transaction ends."""
        rows = list(parameters)
        for text in self._batch.inserted(sql, rows) if rows else ():
            self._batch.add(text)

    def ask(self, sql: str, parameters: Sequence[Sequence[Any]], /) -> list[list[Row]]:
        """Return the rows that one question has for each of several parameters; they go in one message."""
        answers = [self.execute(sql, each) for each in parameters]
        return [answer.fetchall() for answer in answers]

    def find(self, sql: str, parameters: Sequence[Any], /) -> Found:
        """Return the row of a question, for statements that wait too and for who reads it after the transaction."""
        return self._batch.find(self._batch.filled(sql, parameters))

    def add(self, sql: str, parameters: Sequence[Any], /) -> None:
        """Insert one row under the key after the greatest, which the server finds out."""
        self._greatest, self._asked = {}, None  # who needs a key after this has to ask again
        self._batch.add(self._batch.filled(_adding(sql), parameters))

    def insert(self, sql: str, parameters: Sequence[Any], /) -> int:
        """Insert one row under the key after the greatest: a number that was rolled back is not lost."""
        table, inserting = _inserting(sql)
        number = self.allocate(table, _KEYS[table], 1)
        self._batch.add(self._batch.filled(inserting, (number, *parameters)))
        return number

    def allocate(self, table: str, key: str, count: int, /) -> int:
        """Return the first of `count` keys; nobody else can insert before this transaction ends."""
        if not self._greatest:
            answer = self._asked or self._batch.ask(_GREATEST)
            self._greatest = dict(zip(_KEYS, answer.fetchall()[0], strict=True))
        first = self._greatest[table] + 1
        self._greatest[table] += count
        return first

    # Transactions

    def begin(self) -> None:
        """Begin a transaction that excludes other writers, with the first statement that has to be answered."""
        self._forget()
        self._batch.add("BEGIN")
        self._batch.add(f"SELECT pg_advisory_xact_lock({self._key})")
        self._asked = self._batch.beside(_GREATEST)  # who asks for anything most often makes something too

    def commit(self) -> None:
        """Commit; the same message says to who looks on that something was recorded, and by whom it was."""
        self.number += 1
        swept = f"DELETE FROM {WRITERS} WHERE seen < now() - interval '1 day'; " if self.number == 1 else ""  # noqa: S608
        self._batch.add(
            f"UPDATE {CHANGES} SET count = count + 1; {swept}"  # noqa: S608
            f"INSERT INTO {WRITERS} (writer, number) VALUES ('{self.writer}', {self.number}) "
            "ON CONFLICT (writer) DO UPDATE SET number = excluded.number, seen = now(); COMMIT"
        )
        self._batch.send()

    def has_committed(self, writer: str, number: int) -> bool:
        """Whether another connection has committed its transaction of that number.

        Under the lock, so that the transaction is not going on any more. The server's own number of it would not tell:
        after a crash the server gives that to another one.
        """
        self.begin()
        row = self.execute(f"SELECT number FROM {WRITERS} WHERE writer = ?", (writer,)).fetchone()  # noqa: S608
        self._run("COMMIT")
        return row is not None and row[0] == number

    def roll_back(self) -> None:
        """Undo what was begun; if even that is not possible, the connection is broken and the server does it."""
        self._forget()
        try:
            if self.in_transaction:
                self._run("ROLLBACK")
        except psycopg.Error:
            self._connection.close()

    def _forget(self) -> None:
        self._batch.forget()
        self._greatest, self._asked = {}, None

    def select(self, sql: str, parameters: Sequence[Any]) -> list[Row]:
        """Read; a schema that nobody has made yet has no rows."""
        self._batch.send()  # in a transaction what it has written is seen
        if self._is_empty:
            version = self._version()
            self._check_version(version)
            if not version:
                return []
            self._is_empty = False
        return self._cursor.execute(_translated(sql), parameters).fetchall()

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction was begun and has not ended."""
        status = self._connection.info.transaction_status
        return status not in (TransactionStatus.IDLE, TransactionStatus.UNKNOWN)

    @property
    def is_broken(self) -> bool:
        """Whether the connection is of no use any more."""
        return self._connection.closed

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    # Migrations

    def _version(self) -> int:
        """Return the number of the newest migration that was applied; 0 if there is nothing yet."""
        there = self._cursor.execute("SELECT to_regclass(%s)", (f"{self._schema}.{VERSIONS}",)).fetchone()
        if there is None or there[0] is None:
            return 0
        return _number(self._cursor.execute(_NEWEST).fetchone())

    def _check_version(self, version: int) -> None:
        place = f"schema {self._address.schema} of {self._address.shown}"
        if version > SCHEMA:
            raise VersionError(
                f"{place} was written by a newer lineage (format {version}; this one knows {SCHEMA})",
                why="writing to it could damage what the newer version recorded",
                fix="upgrade: pip install -U doit-lineage; or use another schema: ?schema=NAME",
            )
        if 0 < version < SCHEMA:
            raise VersionError(
                f"{place} has format {version}, this lineage reads format {SCHEMA}",
                why="a query never changes the database, so it cannot bring it up to date",
                fix="run `doit` once with this version of lineage, after a backup with pg_dump",
            )

    def _migrate(self) -> None:
        """Bring the schema up to date in one transaction; many may try at once, and one of them does it."""
        self._run(f"BEGIN; SELECT pg_advisory_xact_lock({self._key})")
        try:
            self._make_schema()
            version = self._version()
            for number in range(version + 1, SCHEMA + 1):
                self._run(migration(number))
                self._cursor.execute(f"INSERT INTO {VERSIONS} (version) VALUES (%s)", (number,))  # noqa: S608
            self._run("COMMIT")
        except BaseException:
            self.roll_back()
            raise

    def _make_schema(self) -> None:
        found = self._cursor.execute("SELECT to_regnamespace(%s)", (self._schema,)).fetchone()
        if found is None or found[0] is None:
            self._run(f"CREATE SCHEMA {self._schema}")
        if self._version():
            return
        tables = self._cursor.execute(_TABLES, (self._address.schema,)).fetchall()
        if tables:
            raise StoreError(
                f"schema {self._address.schema} of {self._address.shown} has tables, but not those of lineage",
                why=f"lineage did not make {tables[0][0]}",
                fix="name a schema of its own: ?schema=NAME; lineage makes it",
            )
        self._run(f"CREATE TABLE {VERSIONS} (version BIGINT PRIMARY KEY, applied TIMESTAMPTZ NOT NULL DEFAULT now())")
        self._run(f"CREATE TABLE {CHANGES} (count BIGINT NOT NULL)")
        self._run(f"INSERT INTO {CHANGES} VALUES (0)")  # noqa: S608
        self._run(
            f"CREATE TABLE {WRITERS} (writer TEXT PRIMARY KEY, number BIGINT NOT NULL, "
            "seen TIMESTAMPTZ NOT NULL DEFAULT now())"
        )


def _number(row: Row | None) -> int:
    return int(row[0] or 0) if row else 0


_TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = %s AND c.relkind IN ('r', 'p', 'v') LIMIT 1"""


def used_schemas(connection: Any, but: str) -> list[str]:
    """Return the other schemas of a database in which somebody has recorded: one of them may have been meant."""
    found = connection.execute(
        "SELECT nspname FROM pg_namespace JOIN pg_class ON relnamespace = pg_namespace.oid "
        "WHERE relname IN (%s, %s) AND relkind = 'r' AND nspname <> %s GROUP BY nspname HAVING count(*) = 2 ORDER BY 1",
        (CHANGES, VERSIONS, but),
    )
    return [str(row[0]) for row in found.fetchall()]


def connect(address: ServerAddress) -> psycopg.Connection[Any]:
    """Connect to a database. Transactions are begun by us, never by the library."""
    try:
        given = conninfo_to_dict(address.connection)
    except psycopg.ProgrammingError as error:
        raise StoreError(
            f"{address.shown} is no address of a database: {address.redact(str(error))}",
            fix="write postgresql://user@host:port/database?schema=name",
        ) from None
    missing = {name: value for name, value in _DEFAULTS.items() if name not in given}
    # Statements are sent with their values in them, as UTF-8, whatever the address says.
    return psycopg.connect(make_conninfo(address.connection, **missing, client_encoding="UTF8"), autocommit=True)


# Translation: SQLite's words into PostgreSQL's. Text is compared byte by byte, as SQLite does.

_TYPES = (
    (re.compile(r"\bINTEGER\b"), "BIGINT"),
    (re.compile(r"\bREAL\b"), "DOUBLE PRECISION"),
    (re.compile(r"\bTEXT\b"), 'TEXT COLLATE "C"'),
    (re.compile(r"\)\s*WITHOUT ROWID"), ")"),
)
_INSERT = re.compile(r"\s*INSERT INTO (\w+) \((.*?)\)\s*VALUES \(", re.DOTALL)


def migration(number: int) -> str:
    """Return a migration in PostgreSQL's words."""
    with open(os.path.join(os.path.dirname(__file__), "migrations", f"{number:04}.sql"), encoding="utf-8") as file:
        lines = [line.partition("--")[0] for line in file]
    script = "\n".join(lines)
    for pattern, word in _TYPES:
        script = pattern.sub(word, script)
    return script


@lru_cache(maxsize=1024)
def _translated(sql: str) -> bytes:
    return sql.replace("%", "%%").replace("?", "%s").encode()


@lru_cache(maxsize=64)
def _inserting(sql: str) -> tuple[str, str]:
    """Return the table that a statement inserts into, and the statement with the key as the first value."""
    found = _INSERT.match(sql)
    assert found is not None, sql
    table = found[1]
    return table, f"INSERT INTO {table} ({_KEYS[table]}, {found[2]}) VALUES (?, {sql[found.end() :]}"  # noqa: S608


@lru_cache(maxsize=64)
def _adding(sql: str) -> str:
    """Return a statement with the key after the greatest as the first value."""
    table, inserting = _inserting(sql)
    return inserting.replace("VALUES (?", f"VALUES ({_LAST[table]} + 1", 1)
