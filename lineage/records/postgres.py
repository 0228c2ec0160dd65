"""The metadata store on PostgreSQL, for a team: every checkout and CI record into one schema of one database.

It keeps what `lineage.records.sqlite` keeps, by the same statements and the same migrations. A writer holds an advisory
lock for the length of its transaction, so that ids and the versions of an artifact count up without gaps.

A connection may break at any moment. A transaction that was not committed is done again on a new connection; of one
whose COMMIT got no answer the server is asked what became of it, so that nothing is recorded twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import wraps
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, TypeVar

import psycopg

from lineage.errors import StoreError
from lineage.records.address import ServerAddress
from lineage.records.forks import Forked
from lineage.records.keeping import Keeping
from lineage.records.protocol import Row
from lineage.records.session import CHANGES, Session, connect, used_schemas
from lineage.records.sql import SqlStore
from lineage.records.statements import SCHEMA
from lineage.records.unreachable import explained, is_passing

__all__ = ["PostgresStore"]

#: Seconds to try for after a connection broke.
PATIENCE = 30.0
#: Seconds between two looks whether something was recorded, and after a look that failed.
_LOOKS, _RESTS = 0.5, 10.0

P = ParamSpec("P")
R = TypeVar("R")


class _Undone(Exception):  # noqa: N818  (caught again before anybody sees it)
    """The connection broke and nothing of the transaction was recorded."""

    def __init__(self, error: StoreError) -> None:
        super().__init__(str(error))
        self.error = error


def _again(
    method: Callable[Concatenate[Keeping, P], R],
) -> Callable[Concatenate[PostgresStore, P], R]:
    """Return a method that does its transaction again when the connection broke in the middle of it."""

    @wraps(method)
    def persistent(self: PostgresStore, /, *args: P.args, **options: P.kwargs) -> R:
        attempts = _Attempts()
        while True:
            try:
                return method(self, *args, **options)
            except _Undone as undone:
                if not attempts.another():
                    raise undone.error from None

    return persistent


class _Attempts:
    """Waits a little longer each time, and not for ever."""

    def __init__(self) -> None:
        self._deadline = time.monotonic() + PATIENCE
        self._pause = 0.05

    def another(self) -> bool:
        """Wait; return False once patience is at its end."""
        if time.monotonic() >= self._deadline:
            return False
        time.sleep(self._pause)
        self._pause = min(self._pause * 2, 1.0)
        return True


class PostgresStore(Forked, Keeping):
    """Runs, traces and lineage in one schema of a PostgreSQL database.

    Parameters
    ----------
    address : ServerAddress
        The database and the schema, which is made when it is missing, unless `read_only`.
    read_only : bool
        Open for queries only. Nothing is created or migrated, and a missing schema is an empty history.

    Raises
    ------
    VersionError
        The schema is newer than this code.
    StoreError
        It cannot be reached, or is none of ours.
    """

    def __init__(self, address: ServerAddress, *, read_only: bool = False) -> None:
        super().__init__()
        self.address = address
        self.read_only = read_only
        self._session: Session | None = None
        self._transaction = _Transaction(self)
        self._seen: tuple[int, ...] = ()
        self._looks_at = 0.0
        #: Whether it was reached before: a first failure is told at once, a later one may pass.
        self._was_there = False
        self._ready()
        self._live()
        self._was_there = True

    def _live(self) -> Session:
        """Return this process's session, opened if need be."""
        with self._lock:
            if self._session is None:
                try:
                    self._session = Session(self.address, read_only=self.read_only)
                except psycopg.Error as error:
                    # Not from the error: it may tell more than people should see.
                    raise self._unreachable(error) from None
            return self._session

    def _unreachable(self, error: psycopg.Error) -> Exception:
        found = explained(error, self.address)
        return _Undone(found) if is_passing(error) and self._was_there else found

    def _explained(self, error: psycopg.Error) -> StoreError:
        return explained(error, self.address)

    def _write(self) -> _Transaction:
        return self._transaction

    begin_run = _again(SqlStore.begin_run)
    confirm_run = _again(SqlStore.confirm_run)
    end_run = _again(SqlStore.end_run)
    sweep_lost = _again(SqlStore.sweep_lost)
    plan_steps = _again(SqlStore.plan_steps)
    start_step = _again(SqlStore.start_step)
    finish_step = _again(SqlStore.finish_step)
    reuse_step = _again(SqlStore.reuse_step)
    fail_step = _again(SqlStore.fail_step)
    record_cached = _again(SqlStore.record_cached)
    accept = _again(SqlStore.accept)
    record_unexecuted = _again(SqlStore.record_unexecuted)
    tag = _again(Keeping.tag)
    untag = _again(Keeping.untag)
    pin = _again(Keeping.pin)
    unpin = _again(Keeping.unpin)
    note_gone = _again(Keeping.note_gone)

    def select(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Read with portable SQL (``?`` for parameters); a missing schema has no rows."""
        attempts = _Attempts()
        while True:
            try:
                return self._select(sql, parameters)
            except _Undone as undone:
                # Who asks would rather know than wait; who records goes on as soon as it is possible.
                if self.read_only or not attempts.another():
                    raise undone.error from None

    def _select(self, sql: str, parameters: Sequence[Any]) -> list[Row]:
        with self._lock:
            for first in (True, False):
                session = self._live()
                try:
                    rows = session.select(sql, parameters)
                except psycopg.Error as error:
                    broken = session.is_broken
                    if broken:
                        self._drop()
                    if not broken:
                        raise self._explained(error) from None
                    if not first:
                        raise _Undone(self._explained(error)) from None
                else:
                    return rows
            raise AssertionError("the second time returns or raises")

    def state(self) -> tuple[int, ...]:
        """Return what is another value once something was recorded; the last one while it cannot be asked."""
        now = time.monotonic()
        if now >= self._looks_at:
            self._looks_at = now + _LOOKS
            try:
                rows = self.select(f"SELECT count FROM {CHANGES}")  # noqa: S608
            except StoreError:
                self._looks_at = time.monotonic() + _RESTS
            else:
                self._seen = tuple(rows[0]) if rows else ()
        return self._seen

    def describe(self) -> dict[str, Any]:
        """Return kind, where, size in bytes and counts."""
        counts = self._counts()
        rows = self.select(_SIZE, (self.address.schema,))
        return {
            "kind": "postgresql",
            "where": self.address.shown,
            "bytes": int(rows[0][0]) if rows else 0,
            "schema": self.address.schema,
            "format": SCHEMA,
            **counts,
            **({} if counts["runs"] else self._elsewhere()),
        }

    def _elsewhere(self) -> dict[str, Any]:
        """Return in which other schemas of the database somebody has recorded, where nothing is in this one."""
        with connect(self.address) as connection:
            names = used_schemas(connection, self.address.schema)
        return {"recorded_in_other_schemas": names} if names else {}

    # A child must neither use nor end its parent's connection (libpq ends only those of its own process), and must not
    # find what is remembered in the middle of a change.

    def _in_child(self) -> None:
        if self._session is not None:
            _inherited.append(self._session)
            self._session = None

    def close(self) -> None:
        """Give the connection back; the store opens it again when used."""
        with self._lock:
            if self._session is not None and not self._session.in_transaction:
                self._drop()

    def _drop(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    # Transactions

    def _begin(self) -> Session:
        if self.read_only:
            raise StoreError(f"{self.address.shown} was opened for reading only", why="a query records nothing")
        session = self._live()
        try:
            session.begin()
        except psycopg.Error as error:
            raise self._given_up(session, error) from None
        except BaseException:  # Ctrl-C while another one writes
            self._abandon(session)
            raise
        return session

    def _abandon(self, session: Session) -> None:
        """Undo a transaction whose end was not waited for."""
        self._forget()
        session.roll_back()
        if session.is_broken:
            self._drop()

    def _given_up(self, session: Session, error: psycopg.Error) -> Exception:
        """Undo a transaction; return what to raise: the connection broke, or the server refused."""
        self._abandon(session)
        return _Undone(self._explained(error)) if session.is_broken else self._explained(error)

    def _commit(self, session: Session) -> None:
        try:
            session.commit()
        except psycopg.Error as error:
            given_up = self._given_up(session, error)
            if isinstance(given_up, _Undone) and self._has_committed(session, given_up):
                return
            raise given_up from None
        except BaseException:
            self._abandon(session)
            raise

    def _has_committed(self, broken: Session, undone: _Undone) -> bool:
        """Ask, on another connection, what became of a transaction whose COMMIT got no answer."""
        attempts = _Attempts()
        while True:
            try:
                return self._live().has_committed(broken.writer, broken.number)
            except (_Undone, psycopg.Error):
                self._drop()
            if not attempts.another():
                raise StoreError(
                    f"the connection to {self.address.shown} broke while something was being recorded",
                    why=f"the server does not tell whether it was ({undone.error.what})",
                    fix="run doit again: what was not recorded is done again",
                ) from None


class _Transaction:
    """Locks out other writers, and ends with what was written or nothing."""

    __slots__ = ("_store",)

    def __init__(self, store: PostgresStore) -> None:
        self._store = store

    def __enter__(self) -> Session:
        self._store._lock.acquire()
        try:
            return self._store._begin()
        except BaseException:
            self._store._lock.release()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        store, session = self._store, self._store._session
        assert session is not None
        try:
            if error is None:
                store._commit(session)
            elif isinstance(error, psycopg.Error):
                raise store._given_up(session, error) from None
            else:
                store._abandon(session)
        finally:
            store._lock.release()


#: Connections of a parent process, which stay open there.
_inherited: list[Session] = []

_SIZE = """
SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ? AND c.relkind = 'r'"""
