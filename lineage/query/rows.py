"""From rows to snapshots: the portable SQL of queries, and what its columns become."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from lineage.model.history import ArtifactVersion, PipelineRun, Reader, StepRun
from lineage.model.named import NamedOutputs
from lineage.model.stored import DISCOVERED, Entry
from lineage.records.process import is_alive, lost_run
from lineage.records.protocol import MetadataStore, Row

if TYPE_CHECKING:
    from lineage.stack import Stack

__all__ = [
    "CONSUMED",
    "PRODUCED",
    "RUN",
    "STEP",
    "VERSION",
    "Archive",
    "Outputs",
    "chunks",
    "discovered",
    "keep_outputs",
    "outputs_of",
    "outputs_of_run",
    "previews",
    "runs_from",
    "select_in",
    "step_from",
    "version_from",
]

CHUNK = 500  # values in one IN (...): older SQLite takes 999

RUN = """
SELECT r.run_id, r.status, r.command, r.started, r.ended, r.seconds, r.saved, r.counts, r.selection, r.user, r.host,
    r.pid, r.git_commit, r.git_branch, r.git_dirty, r.environment, r.confirms, r.process_started, r.boot_id
FROM run r """
STEP = """
SELECT s.step_run_id, s.run_id, t.pipeline, t.name, d.name, d.module, d.doc, s.status, s.position, s.started, s.seconds,
    s.saved, s.cpu, s.rss, s.fingerprint, s.reasons, s.error, s.upstream, s.reused, s.log
FROM step_run s
JOIN task t ON t.task_id = s.task_id
JOIN step d ON d.step_id = s.step_id """
_COLUMNS = """a.name, v.av_id, v.version, v.digest, v.blob, v.size, v.format, v.type, v.summary, v.created, m.run_id """
_JOINS = """
JOIN artifact a ON a.artifact_id = v.artifact_id
LEFT JOIN step_run m ON m.step_run_id = v.made_by """
#: Versions, without the step run through which they are found.
VERSION = f"SELECT {_COLUMNS} FROM artifact_version v {_JOINS}"  # noqa: S608
#: What step runs produced: step run, the one that executed, the version.
PRODUCED = f"""
SELECT s.step_run_id, coalesce(s.reused, s.step_run_id), {_COLUMNS} FROM step_run s
JOIN produced p ON p.step_run_id = s.step_run_id
JOIN artifact_version v ON v.av_id = p.av_id {_JOINS} """  # noqa: S608
#: What step runs consumed: step run, place, slot, the step run that made it, the version.
CONSUMED = f"""
SELECT c.step_run_id, c.position, c.slot, c.producer, {_COLUMNS} FROM consumed c
JOIN artifact_version v ON v.av_id = c.av_id {_JOINS} """  # noqa: S608

_ENTRY = "SELECT fingerprint, kind, name, digest, shown FROM fingerprint_entry"

#: The outputs of step runs by the name within the pipeline.
Outputs = dict[int, dict[str, ArtifactVersion]]

_SO_FAR = "SELECT run_id, status, started + seconds, saved FROM step_run"
_LOST = {"kind": "lost", "name": "", "before": None, "after": None, "text": "the process that ran it is gone"}


class Archive(Reader, Protocol):
    """What the queries of this room need of a `History`.

    Attributes
    ----------
    project : str
        The project's folder.
    stack : Stack
        Its stores.
    """

    project: str
    stack: Stack

    @property
    def store(self) -> MetadataStore:
        """The metadata store, opened for reading."""

    def run(self, run_id: int) -> PipelineRun:
        """Return the run with this id."""

    def last_runs(self, count: int | None = None, pipeline: str | None = None) -> list[PipelineRun]:
        """Return the newest runs, newest last."""


def chunks(values: Iterable[Any]) -> Iterator[list[Any]]:
    """Yield lists of at most `CHUNK` values."""
    listed = list(values)
    for start in range(0, len(listed), CHUNK):
        yield listed[start : start + CHUNK]


def select_in(store: MetadataStore, sql: str, column: str, values: Iterable[Any], rest: str = "") -> list[Row]:
    """Run `sql` for the rows whose `column` is one of `values`, however many there are."""
    found: list[Row] = []
    for chunk in chunks(values):
        found += store.select(f"{sql} WHERE {column} IN ({','.join('?' * len(chunk))}) {rest}", chunk)
    return found


def runs_from(
    found: Sequence[Row], reader: Reader, store: MetadataStore, pipeline: str | None = None
) -> list[PipelineRun]:
    """Return the runs of rows of `RUN`.

    What a run that has not ended did is told by its steps; one whose process is gone is lost, recorded or not.
    """
    gone = {row[0] for row in found if row[1] == "running" and not _is_alive(row)}
    # Read again: it may have ended well between our reading of its row and our looking for its process.
    again = {row[0]: row for row in select_in(store, RUN, "r.run_id", gone)}
    rows = [again.get(row[0], row) for row in found]
    steps: dict[int, list[Any]] = {row[0]: [] for row in rows if row[1] == "running"}
    for run_id, *step in select_in(store, _SO_FAR, "run_id", steps):
        steps[run_id].append(step)
    told = [_so_far(row, steps[row[0]], gone=row[0] in gone) if row[0] in steps else row for row in rows]
    return [_run_from(row, reader, pipeline) for row in told]


def _is_alive(row: Row) -> bool:
    return is_alive({"pid": row[11], "process_started": row[17], "host": row[10], "boot_id": row[18]})


def _so_far(row: Row, steps: list[Any], *, gone: bool) -> Row:
    """Return the row of a run that has not ended with what its steps say."""
    run_id, status, command, started, ended, seconds, _, _, *rest = row
    if gone:
        status = "lost"
        ended, seconds, counts, saved = lost_run(started, steps)
    else:
        counts, saved = Counter(step[0] for step in steps), sum(step[2] for step in steps)
    return (run_id, status, command, started, ended, seconds, saved, json.dumps(counts), *rest)


def _run_from(row: Row, reader: Reader, pipeline: str | None) -> PipelineRun:
    run_id, status, command, started, ended, seconds, saved, counts, selection, user, host, pid = row[:12]
    commit, branch, dirty, environment, confirms = row[12:17]
    rest: tuple[Any, ...] = (command, started, ended, seconds or 0.0, saved, counts, selection, user, host, pid)
    rest += (commit, branch, None if dirty is None else bool(dirty), environment, confirms, pipeline, reader)
    return PipelineRun(run_id, status, *rest)


def version_from(row: Sequence[Any], producer: int | None, reader: Reader) -> ArtifactVersion:
    """Return the version of the last columns of a row, made by step run `producer`."""
    name, av_id, number, digest, blob, size, form, kind, summary, created, run_id = row[-11:]
    return ArtifactVersion(
        av_id, name, number, digest, blob, size, form, kind, summary, created, run_id, producer, reader
    )


def previews(store: MetadataStore, versions: Sequence[ArtifactVersion]) -> dict[str, dict[str, Any]]:
    """Return the previews of versions by the digests of their values."""
    from lineage.formats.preview import preview_from_summary

    digests = {version.digest for version in versions}
    made = select_in(store, "SELECT digest, content FROM preview", "digest", digests)
    told = {
        version.digest: preview_from_summary(version.format, version.type, version.summary, version.size)
        for version in versions
    }
    return told | {digest: json.loads(content) for digest, content in made}


def outputs_of(ids: Iterable[int], reader: Reader, store: MetadataStore) -> Outputs:
    """Return the outputs of step runs by their ids."""
    listed = list(ids)
    made = select_in(store, PRODUCED, "s.step_run_id", listed, "ORDER BY s.step_run_id, p.position")
    return _grouped(listed, made, reader)


def outputs_of_run(steps: Sequence[StepRun], run_id: int, reader: Reader, store: MetadataStore) -> Outputs:
    """Return the same for the step runs of one run, with one query."""
    made = store.select(PRODUCED + "WHERE s.run_id = ? ORDER BY s.step_run_id, p.position", (run_id,))
    return _grouped([step.id for step in steps], made, reader)


def _grouped(ids: Sequence[int], made: Sequence[Row], reader: Reader) -> Outputs:
    outputs: Outputs = {step_run_id: NamedOutputs() for step_run_id in ids}
    for row in made:
        if row[0] in outputs:
            version = version_from(row, row[1], reader)
            outputs[row[0]][version.short_name] = version
    return outputs


def discovered(store: MetadataStore, fingerprints: Iterable[str]) -> dict[str, tuple[Entry, ...]]:
    """Return the discovered inputs in the manifests of those fingerprints that have some."""
    kinds = ",".join(f"'{kind}'" for kind in DISCOVERED)
    rest = f"AND kind IN ({kinds}) ORDER BY fingerprint, position"
    found: dict[str, tuple[Entry, ...]] = {}
    for fingerprint, *fields in select_in(store, _ENTRY, "fingerprint", fingerprints, rest):
        found[fingerprint] = (*found.get(fingerprint, ()), Entry(*fields))
    return found


def keep_outputs(steps: Sequence[StepRun], outputs: Outputs) -> None:
    """Let step runs remember outputs that were read together."""
    for step in steps:
        step.__dict__["outputs"] = outputs[step.id]


def step_from(row: Row, reader: Reader, run: PipelineRun | None) -> StepRun:
    """Return the step run of a row of `STEP`.

    `run` is the run that it is shown for: one that confirms another shows its steps as cached, a lost one shows none as
    running.
    """
    step_run_id, run_id, pipeline, name, step, module, doc, status, position, started, seconds, saved = row[:12]
    cpu, rss, fingerprint, reasons, error, upstream, reused, log = row[12:]
    if run is not None and run.id != run_id:
        # Confirmed: what was executed or given back then need not be touched now.
        run_id, status, started, reasons = run.id, "cached", run.started, None
        seconds, saved, cpu, rss = 0.0, seconds or saved, None, None
    elif run is not None and run.status == "lost" and status == "running":
        status, reasons = "failed", json.dumps([*json.loads(reasons or "[]"), _LOST])
    rest: tuple[Any, ...] = (pipeline, name, step, module, doc, status, position, started, seconds, saved, cpu, rss)
    rest += (fingerprint, reasons, error, upstream, reused or step_run_id, log, reader)
    return StepRun(step_run_id, run_id, f"{pipeline}:{name}", *rest)
