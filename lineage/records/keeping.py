"""What people say of versions (tags, pins), what is known to be gone, and whether the records are sound."""

from __future__ import annotations

import time
from collections.abc import Sequence

from lineage.records.encoding import text as _text
from lineage.records.protocol import Gone
from lineage.records.sql import SqlStore

__all__ = ["Keeping"]

_TAG = """
INSERT INTO tag (artifact_id, name, av_id, created, "user")
SELECT artifact_id, ?, av_id, ?, ? FROM artifact_version WHERE av_id = ?
ON CONFLICT (artifact_id, name) DO UPDATE SET av_id = excluded.av_id, created = excluded.created,
    "user" = excluded."user" """
_TAGGED = """
SELECT t.av_id, o.version FROM tag t
JOIN artifact_version o ON o.av_id = t.av_id
JOIN artifact_version v ON v.artifact_id = t.artifact_id
WHERE v.av_id = ? AND t.name = ?"""
_UNTAG = """
DELETE FROM tag WHERE name = ? AND artifact_id = (SELECT artifact_id FROM artifact_version WHERE av_id = ?)"""
_PIN = 'INSERT INTO pin (av_id, created, "user") VALUES (?, ?, ?) ON CONFLICT DO NOTHING'
_GONE = """
INSERT INTO gone (blob, at, kind, why, size) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (blob) DO UPDATE SET at = excluded.at, kind = excluded.kind, why = excluded.why, size = excluded.size"""

#: What each row refers to: (rows, column, of what, its key).
_REFERENCES = (
    ("step_run", "run_id", "run", "run_id"),
    ("step_run", "task_id", "task", "task_id"),
    ("step_run", "step_id", "step", "step_id"),
    ("step_run", "reused", "step_run", "step_run_id"),
    ("run", "confirms", "run", "run_id"),
    ("run", "environment", "environment", "digest"),
    ("artifact_version", "artifact_id", "artifact", "artifact_id"),
    ("artifact_version", "made_by", "step_run", "step_run_id"),
    ("produced", "step_run_id", "step_run", "step_run_id"),
    ("produced", "av_id", "artifact_version", "av_id"),
    ("consumed", "step_run_id", "step_run", "step_run_id"),
    ("consumed", "av_id", "artifact_version", "av_id"),
    ("consumed", "producer", "step_run", "step_run_id"),
    ("tag", "av_id", "artifact_version", "av_id"),
    ("pin", "av_id", "artifact_version", "av_id"),
)


class Keeping(SqlStore):
    """The part of a metadata store that is for keeping house; the protocol says what each method does."""

    def tag(self, av_id: int, name: str, user: str) -> int | None:
        """Give a version a name that one version of its artifact has; return the number of the one that had it."""
        with self._write() as cursor:
            before = cursor.execute(_TAGGED, (av_id, name)).fetchone()
            cursor.execute(_TAG, (_text(name), time.time(), _text(user), av_id))
            return before[1] if before is not None and before[0] != av_id else None

    def untag(self, av_id: int, name: str) -> bool:
        """Take a name from the artifact of a version; return whether it was there."""
        with self._write() as cursor:
            return bool(cursor.execute(_UNTAG, (name, av_id)).rowcount)

    def pin(self, av_id: int, user: str) -> bool:
        """Let a version never be collected; return whether that is new."""
        with self._write() as cursor:
            return bool(cursor.execute(_PIN, (av_id, time.time(), _text(user))).rowcount)

    def unpin(self, av_id: int) -> bool:
        """Let a version be collected again; return whether it was pinned."""
        with self._write() as cursor:
            return bool(cursor.execute("DELETE FROM pin WHERE av_id = ?", (av_id,)).rowcount)

    def note_gone(self, rows: Sequence[Gone]) -> None:
        """Record of bytes, by their hash, that they are in the store no more: when, and why."""
        now = time.time()
        with self._write() as cursor:
            cursor.executemany(_GONE, [(blob, now, kind, _text(why), size) for blob, kind, why, size in rows])

    def check(self) -> list[str]:
        """Return what is wrong with the records, a sentence each: rows that refer to rows which are not there."""
        return [sentence for reference in _REFERENCES for sentence in self._dangling(*reference)]

    def _dangling(self, table: str, column: str, target: str, key: str) -> list[str]:
        query = (
            f"SELECT count(*) FROM {table} t LEFT JOIN {target} o ON o.{key} = t.{column} "  # noqa: S608
            f"WHERE t.{column} IS NOT NULL AND o.{key} IS NULL"
        )
        found = self.select(query)
        count = found[0][0] if found else 0
        return [f"{count} rows of {table} name a {target} that is not there ({column})"] if count else []
