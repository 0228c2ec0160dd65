"""Which versions name which objects, how long they took to make, when they were used last, and which runs go on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from lineage.records.process import is_alive
from lineage.records.protocol import MetadataStore, Row

__all__ = ["LiveRuns", "Version", "in_chunks", "live_runs", "versions"]

_CHUNK = 400

_VERSIONS = """
SELECT v.av_id, a.name, v.version, v.blob, v.size, v.created FROM artifact_version v
JOIN artifact a ON a.artifact_id = v.artifact_id WHERE v.blob IS NOT NULL ORDER BY v.av_id"""
# A run that confirms another stands for its state, so it uses what that one put out.
_SEEN = """
SELECT p.av_id, max(coalesce((SELECT max(c.run_id) FROM run c WHERE c.confirms = s.run_id), s.run_id))
FROM produced p JOIN step_run s ON s.step_run_id = p.step_run_id GROUP BY p.av_id"""
# A cached row saved what the execution took; of an accepted result that is all that is known.
_MADE = """
SELECT n.av_id, e.step_run_id, CASE e.status WHEN 'run' THEN e.seconds ELSE e.saved END
FROM (SELECT av_id, max(step_run_id) AS newest FROM produced GROUP BY av_id) n
JOIN step_run s ON s.step_run_id = n.newest
JOIN step_run e ON e.step_run_id = coalesce(s.reused, s.step_run_id)"""
_RUNNING = "SELECT run_id, started, pid, process_started, host, boot_id FROM run WHERE status = 'running'"
_TOUCHED = """
SELECT v.blob FROM step_run s JOIN produced p ON p.step_run_id = s.step_run_id
JOIN artifact_version v ON v.av_id = p.av_id"""
_TAKEN = """
SELECT v.blob FROM step_run s JOIN consumed p ON p.step_run_id = s.step_run_id
JOIN artifact_version v ON v.av_id = p.av_id"""


class Version(NamedTuple):
    """A version whose bytes are, or were, in the artifact store.

    `used` and `run_id` are when and in which run it was used last; `made_by` is the step run that executed to make it
    and `seconds` what that took.
    """

    av_id: int
    name: str
    version: int
    blob: str
    size: int
    used: float
    run_id: int
    made_by: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"


class LiveRuns(NamedTuple):
    """The runs that go on: when the oldest began, what they are known to use, and which runs are not over."""

    started: float | None
    blobs: frozenset[str]
    #: Every run from this one on may still record what it uses.
    since: int


def versions(store: MetadataStore) -> list[Version]:
    """Return all versions that name an object."""
    seen: dict[Any, Any] = dict(store.select(_SEEN))
    made = {row[0]: row[1:] for row in store.select(_MADE)}
    started: dict[Any, float] = dict(store.select("SELECT run_id, started FROM run"))
    return [_version(row, seen, made, started) for row in store.select(_VERSIONS)]


def _version(row: Row, seen: dict[Any, Any], made: dict[Any, Any], started: dict[Any, float]) -> Version:
    av_id, name, number, blob, size, created = row
    run_id = seen.get(av_id, 0)
    made_by, seconds = made.get(av_id, (0, 0.0))
    used = started.get(run_id) or created
    return Version(av_id, str(name), number, str(blob), size or 0, used, run_id, made_by, seconds or 0.0)


def live_runs(store: MetadataStore) -> LiveRuns:
    """Return what is known of the runs that go on."""
    last = store.last_run_id() or 0
    names = ("pid", "process_started", "host", "boot_id")
    live = [row for row in store.select(_RUNNING) if is_alive(dict(zip(names, row[2:], strict=True)))]
    ids = [row[0] for row in live]
    blobs = {row[0] for sql in (_TOUCHED, _TAKEN) for row in in_chunks(store, sql, "s.run_id", ids)}
    started = min((row[1] for row in live), default=None)
    return LiveRuns(started, frozenset(blobs - {None}), min([*ids, last + 1]))


def in_chunks(
    store: MetadataStore, sql: str, column: str, values: Iterable[Any], rest: str = "", more: Sequence[Any] = ()
) -> Iterator[Row]:
    """Yield the rows of `sql` whose `column` is one of `values`, however many there are."""
    listed = list(values)
    for start in range(0, len(listed), _CHUNK):
        chunk = listed[start : start + _CHUNK]
        yield from store.select(f"{sql} WHERE {column} IN ({','.join('?' * len(chunk))}) {rest}", [*chunk, *more])
