"""Find out whether a metadata store can be used, without leaving anything in it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from lineage.errors import LineageError, VersionError, did_you_mean
from lineage.errors.refusal import reason_against, refused
from lineage.model.checked import Finding
from lineage.records.statements import SCHEMA

if TYPE_CHECKING:
    from lineage.records.address import ServerAddress

__all__ = ["probe_postgres", "probe_sqlite"]

_WHAT = "metadata store"
#: Seconds by which clocks may differ.
_CLOCK = 5.0
#: So many other schemas are named.
_MOST = 5


def probe_sqlite(path: str) -> Iterator[Finding]:
    """Say whether an SQLite file can be read and written."""
    from lineage.records.sqlite import SqliteStore

    there = f"format {SCHEMA}" if os.path.exists(path) else "not there yet; the first doit makes it"
    try:
        SqliteStore(path, read_only=True).close()
    except LineageError as error:
        if not isinstance(error, VersionError) or not error.is_older:
            yield _failed(error)
            return
        there = f"an older format; the next doit brings it to format {SCHEMA}, and keeps a copy"
    try:
        _writable(path)
    except OSError as error:
        yield _failed(refused(f"cannot write the metadata store {path}", error, path))
        return
    yield Finding(_WHAT, f"{path} can be read and written ({there})")


def _writable(path: str) -> None:
    """Raise what the operating system says against writing to a file, or making it; nothing is made."""
    if os.path.exists(path):
        os.close(os.open(path, os.O_RDWR))
        return
    folder = os.path.dirname(path)
    while not os.path.lexists(folder):
        folder = os.path.dirname(folder)
    if not os.path.isdir(folder):
        raise NotADirectoryError(20, os.strerror(20), folder)
    against = reason_against([os.path.join(folder, os.path.basename(path))])
    if against is not None:
        raise against


def probe_postgres(url: str) -> Iterator[Finding]:
    """Say whether a database can be reached, read and written, which server it is, and how late it is there."""
    from lineage.records.address import ServerAddress
    from lineage.records.opening import needs_psycopg

    address = ServerAddress(url)
    try:
        import psycopg

        from lineage.records.session import connect
        from lineage.records.unreachable import explained
    except ImportError as error:
        yield _failed(needs_psycopg(address, error))
        return
    began = time.perf_counter()
    try:
        with connect(address) as connection:
            took = (time.perf_counter() - began) * 1000
            server = connection.execute("SHOW server_version").fetchone()
            version = str(server[0]).split()[0] if server else "?"
            yield Finding(_WHAT, f"{address.shown} answers: PostgreSQL {version}, connected in {took:.0f} ms")
            yield _clock(connection)
            yield _encoding(connection)
            yield _schema(connection, address)
    except LineageError as error:
        yield _failed(error)
    except psycopg.Error as error:
        yield _failed(explained(error, address))


def _clock(connection: Any) -> Finding:
    before = time.time()
    there = float(connection.execute("SELECT extract(epoch FROM clock_timestamp())").fetchone()[0])
    after = time.time()
    difference = there - (before + after) / 2
    text = f"the server's clock differs by {difference:+.2f} s (known to {(after - before) / 2:.2f} s)"
    if abs(difference) <= _CLOCK:
        return Finding("clock", text)
    why = "runs are recorded with the time of the machine that they ran on, so those of two machines would mix"
    return Finding("clock", text, ok=False, why=why, fix="let both machines set their clocks by NTP")


def _encoding(connection: Any) -> Finding:
    encoding = str(connection.execute("SHOW server_encoding").fetchone()[0])
    if encoding == "UTF8":
        return Finding("encoding", encoding)
    why = "names and sources that it has no letters for could not be recorded"
    return Finding("encoding", encoding, ok=False, why=why, fix="make a database with createdb -E UTF8 -T template0")


def _schema(connection: Any, address: ServerAddress) -> Finding:
    from lineage.records.session import CHANGES, VERSIONS

    quoted = f'"{address.schema}"'
    there = connection.execute("SELECT to_regclass(%s)", (f"{quoted}.{VERSIONS}",)).fetchone()[0]
    if there is None:
        return _unmade(connection, address)
    version = connection.execute(f"SELECT max(version) FROM {quoted}.{VERSIONS}").fetchone()[0]  # noqa: S608
    what = f"schema {address.schema} has format {version}"
    if version > SCHEMA:
        fix = "upgrade: pip install -U doit-lineage"
        return Finding("schema", what, ok=False, why=f"this lineage knows format {SCHEMA}", fix=fix)
    # The only proof that something can be written is to write it; it is undone.
    connection.execute("BEGIN; SET LOCAL lock_timeout = 5000", prepare=False)
    connection.execute(f"UPDATE {quoted}.{CHANGES} SET count = count")  # noqa: S608
    connection.execute("ROLLBACK")
    later = "" if version == SCHEMA else f"; the next doit brings it to format {SCHEMA}"
    if connection.execute(f"SELECT 1 FROM {quoted}.run LIMIT 1").fetchone() is None:  # noqa: S608
        later += f"; nothing is recorded in it{_others(connection, address)}"
    return Finding("schema", f"{what} and can be written{later}")


def _others(connection: Any, address: ServerAddress) -> str:
    """Return what else is in the database, for people: what was mistyped opens an empty history, and no error."""
    from lineage.records.session import used_schemas

    names = used_schemas(connection, address.schema)
    if not names:
        return ""
    told = ", ".join(names[:_MOST]) + (f" and {len(names) - _MOST} more" if len(names) > _MOST else "")
    return f". This database has records in {told}{did_you_mean(address.schema, names)}"


def _unmade(connection: Any, address: ServerAddress) -> Finding:
    may = "SELECT has_database_privilege(current_database(), 'CREATE') AND NOT pg_is_in_recovery()"
    made = "SELECT to_regnamespace(%s) IS NOT NULL"
    if connection.execute(made, (f'"{address.schema}"',)).fetchone()[0]:
        return _unfilled(connection, address)
    if connection.execute(may).fetchone()[0]:
        told = f"schema {address.schema} is not there yet; the first doit makes it{_others(connection, address)}"
        return Finding("schema", told)
    return Finding(
        "schema",
        f"schema {address.schema} is not there, and this user may not make it{_others(connection, address)}",
        ok=False,
        why="making a schema needs the right CREATE on the database, and a server that can be written",
        fix=f"let the database's owner say: CREATE SCHEMA {address.schema} AUTHORIZATION the_user",
    )


def _unfilled(connection: Any, address: ServerAddress) -> Finding:
    """Say of a schema that is there, without our tables, whether this user may make them."""
    may = "SELECT has_schema_privilege(%s, 'CREATE') AND NOT pg_is_in_recovery()"
    if connection.execute(may, (address.schema,)).fetchone()[0]:
        return Finding(
            "schema",
            f"schema {address.schema} has no tables yet; the first doit makes them{_others(connection, address)}",
        )
    return Finding(
        "schema",
        f"schema {address.schema} has no tables yet, and this user may not make them",
        ok=False,
        why="that needs the right CREATE on the schema, and a server that can be written",
        fix=f"let its owner say: GRANT ALL ON SCHEMA {address.schema} TO the_user",
    )


def _failed(error: LineageError) -> Finding:
    return Finding(_WHAT, error.what, ok=False, why=error.why, fix=error.fix)
