"""The rows of versions: a number belongs to an artifact and a digest, and has no gaps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from lineage.model.stored import Stored
from lineage.records import statements as sql
from lineage.records.encoding import dumps as _dumps
from lineage.records.protocol import FILE, Row

__all__ = ["NOTHING", "Cursor", "Looked", "sealed", "stored_version", "taken_version", "versions_or_last"]

#: What was stored: blob, size, format, type, summary as JSON.
Content = tuple[str | None, int | None, str, str, str | None]

#: The row of a version, or None; and the greatest number that its artifact has.
Looked = tuple[Any, int]
#: What is found of an artifact that was made in this transaction: nobody else can have written of it yet.
NOTHING: Looked = (None, 0)


class Cursor(Protocol):
    """What happens inside of a transaction."""

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Any:
        """Run one statement; the result has ``fetchone``, ``fetchall`` and ``rowcount``."""

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> Any:
        """Run one statement for many rows."""

    def ask(self, sql: str, parameters: Sequence[Sequence[Any]], /) -> list[list[Row]]:
        """Return the rows that one question has for each of several parameters, asked together."""

    def insert(self, sql: str, parameters: Sequence[Any], /) -> int:
        """Insert one row into a table with an integer key and return the key."""

    def allocate(self, table: str, key: str, count: int, /) -> int:
        """Return the first of `count` keys of `table` that follow each other and are nobody else's."""


def sealed(digest: str, blob: str | None, size: int | None, format: str, type: str, summary: str | None) -> int:
    """Return the hash by which a row is known to be as it was written, since SQLite keeps no checksums."""
    import xxhash  # not for those who only look on; by its own name, since `from` a package takes twice as long

    said = f"{digest}\0{blob}\0{size}\0{format}\0{type}\0{summary}"
    return xxhash.xxh3_64_intdigest(said.encode("utf-8", "surrogatepass")) >> 1  # columns are signed


def stored_version(
    cursor: Cursor, artifact_id: int, stored: Stored, executed: int, now: float, looked: Looked | None = None
) -> tuple[int, int]:
    """Return row id and number of the version of an artifact with a stored value, made if need be.

    `looked` is what is recorded of it, if that was asked for already.
    """
    content: Content = (stored.blob, stored.size, stored.format, stored.type, _dumps(stored.summary))
    row, last = looked or versions_or_last(cursor, [(artifact_id, stored.digest)])[artifact_id]
    if row is None:
        return _new_version(cursor, artifact_id, last, stored.digest, content, now, executed)
    seal = sealed(stored.digest, *content)
    if tuple(row[2:]) != (*content, seal):
        # An equal value in other bytes: these exist for certain, the old ones may be gone. Or more is known of it now.
        cursor.execute(sql.VERSION_BYTES, (*content, seal, row[0]))
    return row[0], row[1]


def taken_version(
    cursor: Cursor, artifact_id: int, name: str, digest: str, now: float
) -> tuple[int, int, str | None, int | None]:
    """Return row id, number and blob of a version that was taken, and the step run that executed to make it."""
    row, last = versions_or_last(cursor, [(artifact_id, digest)])[artifact_id]
    if row is None:  # no step made it: an input file
        kind = "file" if name.startswith(FILE) else "unknown"
        return (*_new_version(cursor, artifact_id, last, digest, (None, None, kind, kind, None), now, None), None, None)
    maker = cursor.execute(sql.VERSION_MAKER, (row[0],)).fetchone()
    return row[0], row[1], row[2], maker[0] if maker else None


def versions_or_last(cursor: Cursor, keys: Sequence[tuple[int, str]]) -> dict[int, Looked]:
    """Return what is recorded of one version of each artifact; all questions are asked before the first answer."""
    answers = cursor.ask(sql.VERSION_OR_LAST, [(*key, key[0]) for key in keys])
    return {key[0]: _looked(rows) for key, rows in zip(keys, answers, strict=True)}


def _looked(rows: Iterable[Any]) -> Looked:
    found, last = None, 0
    for row in rows:
        if row[0] is None:
            last = row[1] or 0
        else:
            found = row
    return found, last


def _new_version(
    cursor: Cursor, artifact_id: int, last: int, digest: str, content: Content, now: float, made_by: int | None
) -> tuple[int, int]:
    # The transaction excludes other writers, so that the numbers of an artifact have no gaps.
    row = (artifact_id, last + 1, digest, *content, sealed(digest, *content), now, made_by)
    return cursor.insert(sql.VERSION, row), last + 1
