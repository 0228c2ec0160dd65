"""Which versions name which objects, how long they took to make, when they were used last, and which runs go on."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from lineage.records.process import is_alive
from lineage.records.protocol import MetadataStore, Row

__all__ = ["SILENT_DAYS", "LiveRuns", "Version", "in_chunks", "live_runs", "used_since", "versions"]

#: Days without a sign of life after which a checkout, or a run of another host, does not count any more: every CI job
#: is a checkout of its own, and some are killed.
SILENT_DAYS = 30

_CHUNK = 400

_VERSIONS = """
SELECT v.av_id, a.name, v.version, v.blob, v.size, v.format, v.created FROM artifact_version v
JOIN artifact a ON a.artifact_id = v.artifact_id WHERE v.blob IS NOT NULL ORDER BY v.av_id"""
# A run that confirms another stands for its state, so it uses what that one put out.
_SEEN = """
SELECT p.av_id, max(coalesce((SELECT max(c.run_id) FROM run c WHERE c.confirms = s.run_id), s.run_id)), count(*)
FROM produced p JOIN step_run s ON s.step_run_id = p.step_run_id"""
# A cached row saved what the execution took; of an accepted result that is all that is known.
_MADE = """
SELECT n.av_id, e.step_run_id, CASE e.status WHEN 'run' THEN e.seconds ELSE e.saved END
FROM (SELECT av_id, max(step_run_id) AS newest FROM produced GROUP BY av_id) n
JOIN step_run s ON s.step_run_id = n.newest
JOIN step_run e ON e.step_run_id = coalesce(s.reused, s.step_run_id)"""
_RUNNING = """
SELECT r.run_id, r.started, r.pid, r.process_started, r.host, r.boot_id,
    (SELECT max(s.started) FROM step_run s WHERE s.run_id = r.run_id)
FROM run r WHERE r.status = 'running'"""
_TOUCHED = """
SELECT v.blob FROM step_run s JOIN produced p ON p.step_run_id = s.step_run_id
JOIN artifact_version v ON v.av_id = p.av_id"""
_TAKEN = """
SELECT v.blob FROM step_run s JOIN consumed p ON p.step_run_id = s.step_run_id
JOIN artifact_version v ON v.av_id = p.av_id"""


class Version(NamedTuple):
    """A version whose bytes are, or were, in the artifact store.

    `used` and `run_id` are when and in which run it was used last, and `uses` how often it was recorded; `made_by` is
    the step run that executed to make it and `seconds` what that took.
    """

    av_id: int
    name: str
    version: int
    blob: str
    size: int
    format: str
    used: float
    run_id: int
    uses: int
    made_by: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"


class LiveRuns(NamedTuple):
    """The runs that go on: when the oldest began, and what they are known to use."""

    started: float | None
    blobs: frozenset[str]


def versions(store: MetadataStore) -> list[Version]:
    """Return all versions that name an object."""
    seen = {row[0]: row[1:] for row in store.select(f"{_SEEN} GROUP BY p.av_id")}
    made = {row[0]: row[1:] for row in store.select(_MADE)}
    started: dict[Any, float] = dict(store.select("SELECT run_id, started FROM run"))
    return [_version(row, seen, made, started) for row in store.select(_VERSIONS)]


def _version(row: Row, seen: dict[Any, Any], made: dict[Any, Any], started: dict[Any, float]) -> Version:
    av_id, name, number, blob, size, form, created = row
    run_id, uses = seen.get(av_id, (0, 0))
    made_by, seconds = made.get(av_id, (0, 0.0))
    used = started.get(run_id) or created
    rest = (run_id, uses, made_by, seconds or 0.0)
    return Version(av_id, str(name), number, str(blob), size or 0, str(form), used, *rest)


def used_since(store: MetadataStore, known: Iterable[Version]) -> set[int]:
    """Return the row ids of those versions that were recorded again since they were read."""
    before = {version.av_id: (version.run_id, version.uses) for version in known}
    now = in_chunks(store, _SEEN, "p.av_id", before, "GROUP BY p.av_id")
    return {av_id for av_id, run_id, uses in now if before[av_id] != (run_id, uses)}


def live_runs(store: MetadataStore) -> LiveRuns:
    """Return what is known of the runs that go on."""
    live = [row for row in store.select(_RUNNING) if _is_live(row)]
    ids = [row[0] for row in live]
    blobs = {row[0] for sql in (_TOUCHED, _TAKEN) for row in in_chunks(store, sql, "s.run_id", ids)}
    return LiveRuns(min((row[1] for row in live), default=None), frozenset(blobs - {None}))


def _is_live(row: Row) -> bool:
    """Whether a run goes on; of one of another host nobody can tell, so that it ends with its last sign of life."""
    _, started, pid, process_started, host, boot_id, newest = row
    if host != os.uname().nodename:
        return bool(max(started, newest or 0.0) > time.time() - SILENT_DAYS * 86_400)
    return is_alive({"pid": pid, "process_started": process_started, "host": host, "boot_id": boot_id})


def in_chunks(
    store: MetadataStore, sql: str, column: str, values: Iterable[Any], rest: str = "", more: Sequence[Any] = ()
) -> Iterator[Row]:
    """Yield the rows of `sql` whose `column` is one of `values`, however many there are."""
    listed = list(values)
    for start in range(0, len(listed), _CHUNK):
        chunk = listed[start : start + _CHUNK]
        yield from store.select(f"{sql} WHERE {column} IN ({','.join('?' * len(chunk))}) {rest}", [*chunk, *more])
