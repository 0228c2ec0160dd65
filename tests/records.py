"""Short ways to write what a recorder writes, for the tests of records and queries."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import xxhash

from lineage.model.stored import Entry, Stored
from lineage.records.process import identity
from lineage.records.protocol import CodeRow, MetadataStore, RunStart, StepOutcome, StepStart

REASON = {"kind": "code", "name": "m:f", "before": "a", "after": "b", "text": "the code of f changed"}


def digest(*words: object) -> str:
    return xxhash.xxh3_128_hexdigest(repr(words).encode())


def started(command: str = "doit", **changes: Any) -> RunStart:
    known: dict[str, Any] = {"command": command, "started": time.time(), "project": "/p", "user": "me", **identity()}
    return RunStart(**{**known, **changes})


def step(task: str, fingerprint: object = None, *, step: str = "", **changes: Any) -> StepStart:
    pipeline, _, name = task.partition(":")
    mark = None if fingerprint is None else digest("fingerprint", fingerprint)
    known: dict[str, Any] = {"fingerprint": mark, "doc": f"Make {name}.", "reasons": [REASON], **changes}
    return StepStart(task, pipeline, name, step or name, "tasks.m", **known)


def stored(value: object, *, blob: object = None, **changes: Any) -> Stored:
    known: dict[str, Any] = {"size": 8, "format": "json", "type": "int", "summary": {"value": value}, **changes}
    return Stored(digest(value), digest("blob", value if blob is None else blob), **known)


def outcome(
    outputs: dict[str, object] | None = None, inputs: dict[str, tuple[str, object]] | None = None, **changes: Any
) -> StepOutcome:
    """Return an outcome: outputs {artifact: value}, inputs {parameter: (artifact, value)}."""
    made = [(name, value if isinstance(value, Stored) else stored(value)) for name, value in (outputs or {}).items()]
    taken = [(slot, name, digest(value)) for slot, (name, value) in (inputs or {}).items()]
    return StepOutcome(**{"seconds": 0.5, "outputs": made, "inputs": taken, **changes})


def manifest(*words: object) -> tuple[Entry, ...]:
    return tuple(Entry("parameter", str(word), digest(word), str(word)) for word in words)


def code(*names: str) -> tuple[CodeRow, ...]:
    return tuple(CodeRow(name, digest("text", name), "m.py", 3, "f -> g", f"def {name}(): ...") for name in names)


def execute(store: MetadataStore, run_id: int, start: StepStart, result: StepOutcome) -> tuple[int, list[int]]:
    """Record a step that was executed; return its id and the versions of its outputs."""
    step_run_id = store.start_step(run_id, start)
    return step_run_id, store.finish_step(step_run_id, result)


def finish(store: MetadataStore, run_id: int, status: str = "ok", counts: dict[str, int] | None = None) -> None:
    store.end_run(run_id, status, time.time(), 1.0, counts or {}, 0.0)


def whole_run(store: MetadataStore, *steps: tuple[StepStart, StepOutcome]) -> tuple[int, list[int]]:
    """Record a run in which these steps were executed; return its id and those of the step runs."""
    run_id = store.begin_run(started())
    ids = [execute(store, run_id, *each)[0] for each in steps]
    finish(store, run_id, counts={"run": len(steps)})
    return run_id, ids


def status_of(store: MetadataStore, run_id: int) -> str:
    return str(store.select("SELECT status FROM run WHERE run_id = ?", (run_id,))[0][0])


def statuses(store: MetadataStore, run_id: int) -> list[str]:
    rows = store.select("SELECT status FROM step_run WHERE run_id = ? ORDER BY position, step_run_id", (run_id,))
    return [row[0] for row in rows]


def blobs(outputs: Sequence[Stored]) -> list[str]:
    return [output.blob for output in outputs]


def all_rows(store: MetadataStore) -> list[tuple[str, list[tuple[Any, ...]]]]:
    """Return all that is recorded but times and environments, versions by their names: equal for equal histories."""
    version = "JOIN artifact_version v ON v.av_id = p.av_id JOIN artifact a ON a.artifact_id = v.artifact_id"
    queries = {
        "artifact": "SELECT name FROM artifact ORDER BY name",
        "artifact_version": "SELECT a.name, p.version, p.digest, p.blob, p.size, p.format, p.type, p.summary, p.seal, "
        "p.made_by FROM artifact_version p JOIN artifact a ON a.artifact_id = p.artifact_id ORDER BY 1, 2",
        "produced": f"SELECT p.step_run_id, p.position, a.name, v.version FROM produced p {version} ORDER BY 1, 2",
        "consumed": "SELECT p.step_run_id, p.position, p.slot, p.producer, a.name, v.version "
        f"FROM consumed p {version} ORDER BY 1, 2",
        "step_run": "SELECT step_run_id, run_id, task_id, step_id, position, status, trace, fingerprint, reused, "
        "seconds, saved, cpu, rss, log, reasons, upstream, error FROM step_run ORDER BY 1",
        "run": "SELECT run_id, status, command, seconds, saved, counts, selection, confirms FROM run ORDER BY 1",
        "task": "SELECT task_id, pipeline, name FROM task ORDER BY 1",
        "step": "SELECT step_id, module, name, doc FROM step ORDER BY 1",
        "fingerprint_entry": "SELECT * FROM fingerprint_entry ORDER BY 1, 2",
        "code_entry": "SELECT * FROM code_entry ORDER BY 1, 2",
        "source": "SELECT * FROM source ORDER BY 1",
        "parameter": "SELECT * FROM parameter ORDER BY 1, 2",
        "metric": "SELECT * FROM metric ORDER BY 1, 2",
        "discovered": "SELECT * FROM discovered ORDER BY 1, 2, 3",
        "preview": "SELECT * FROM preview ORDER BY 1",
    }
    return [(name, store.select(query)) for name, query in queries.items()]
