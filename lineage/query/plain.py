"""Snapshots as plain JSON: the contract with scripts that read ``lineage ... --json``.

Keys are only ever added. Times are unix seconds; a number that JSON cannot write (NaN, infinity) is null.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from lineage.formats.summary import describe_stored
from lineage.model.history import Artifact, ArtifactVersion, Lineage, PipelineRun, StepRun
from lineage.model.stored import Stored
from lineage.query.gone import gone_of
from lineage.query.history import History
from lineage.query.labels import Labels, labels_of
from lineage.query.presence import MOST_IN_A_LIST as MOST
from lineage.query.presence import Condition, condition

__all__ = ["artifact_json", "artifacts_json", "lineage_json", "run_json", "runs_json", "value_text", "version_json"]


_GONE = (Condition.COLLECTED, Condition.MISSING)


def runs_json(history: History, runs: Sequence[PipelineRun]) -> list[dict[str, Any]]:
    """Return many runs, read together."""
    history.read_steps(runs)
    return [run_json(run) for run in runs]


def run_json(run: PipelineRun) -> dict[str, Any]:
    """Return a run with its steps, in the order of definition."""
    return {
        "id": run.id,
        "status": run.status,
        "command": run.command,
        "started": run.started,
        "ended": run.ended,
        "seconds": run.seconds,
        "saved": run.saved,
        "user": run.user,
        "host": run.host,
        "git": {"commit": run.git_commit, "branch": run.git_branch, "dirty": run.git_dirty},
        "selection": run.selection,
        "confirms": run.confirms,
        "counts": run.counts,
        "metrics": _finite(run.metrics),
        "steps": [_step_json(step) for step in run.steps.values()],
    }


def _step_json(step: StepRun) -> dict[str, Any]:
    return {
        "id": step.id,
        "task": step.task,
        "step": step.step,
        "status": step.status,
        "started": step.started,
        "seconds": step.seconds,
        "saved": step.saved,
        "reasons": step.reasons,
        "error": step.error,
        "metrics": _finite(step.metrics),
        "outputs": [_named(name, version) for name, version in step.outputs.items()],
        "discovered": [{"kind": each.kind, "name": each.name, "place": each.shown} for each in step.discovered],
    }


def _named(name: str, version: ArtifactVersion) -> dict[str, Any]:
    return {"name": name, "version": version.version, "digest": version.digest}


def version_json(version: ArtifactVersion) -> dict[str, Any]:
    """Return an artifact version with what is known of its value."""
    return {
        "name": version.name,
        "version": version.version,
        "digest": version.digest,
        "blob": version.blob,
        "size": version.size,
        "type": version.type,
        "format": version.format,
        "summary": _finite(version.summary),
        "created": version.created,
        "run": version.run_id,
        "last_run": version.last_run_id,
    }


def _with_condition(history: History, version: ArtifactVersion, **more: Any) -> dict[str, Any]:
    """Return an artifact version with its labels and how it stands with its stored bytes; null for an input file."""
    return _labelled(history, version, labels_of(history.store, [version]), **more)


def _labelled(history: History, version: ArtifactVersion, labels: dict[int, Labels], **more: Any) -> dict[str, Any]:
    found = condition(history, version, **more) if version.is_stored else None
    own = labels.get(version.id, Labels())
    told = {"condition": found and found.value, "tags": list(own.tags), "pinned": own.pinned}
    return version_json(version) | told | {"gone": _gone(history, version) if found in _GONE else None}


def _gone(history: History, version: ArtifactVersion) -> dict[str, Any] | None:
    """Return what is recorded of bytes that are not in the store any more."""
    found = gone_of(history.store, [version]).get(version.id)
    return None if found is None else {"kind": found.kind, "at": found.at, "why": found.why}


def artifacts_json(history: History, artifacts: Sequence[Artifact]) -> list[dict[str, Any]]:
    """Return many artifacts, each with its current version, read together."""
    history.read_current(artifacts)
    history.read_producers([artifact.current for artifact in artifacts])
    labels = labels_of(history.store, [artifact.current for artifact in artifacts])
    return [
        {
            "name": artifact.name,
            "count": artifact.count,
            "current": _labelled(history, artifact.current, labels, most=MOST),
        }
        for artifact in artifacts
    ]


def artifact_json(history: History, artifact: Artifact) -> dict[str, Any]:
    """Return an artifact with all its versions."""
    history.read_producers([artifact.current, *artifact.versions])
    labels = labels_of(history.store, artifact.versions)
    versions = [_labelled(history, version, labels, most=MOST) for version in artifact.versions]
    return {
        "name": artifact.name,
        "count": artifact.count,
        "current": _labelled(history, artifact.current, labels, most=MOST),
        "versions": versions,
    }


def lineage_json(history: History, lineage: Lineage) -> dict[str, Any]:
    """Return where a version came from: its steps newest first, each naming by id the steps that made its inputs.

    The graph is a flat list, because a tree of a long chain would be nested deeper than JSON readers go.
    """
    history.read_outputs(list(lineage.steps.values()))
    return {
        "artifact": _with_condition(history, lineage.version) | {"preview": _finite(lineage.version.preview)},
        "producer": lineage.version.producer_id,
        "steps": [_origin_json(lineage, step) for step in lineage.steps.values()],
    }


def _origin_json(lineage: Lineage, step: StepRun) -> dict[str, Any]:
    taken = [
        {"slot": slot, **_named(version.name, version), "producer": version.producer_id}
        for slot, version in lineage.inputs.get(step.id, ())
    ]
    return {
        "id": step.id,
        "run": step.run_id,
        "task": step.task,
        "step": step.step,
        "module": step.module,
        "status": step.status,
        "started": step.started,
        "seconds": step.seconds,
        "fingerprint": step.fingerprint,
        "reasons": step.reasons,
        "code": lineage.code.get(step.id),
        "parameters": lineage.parameters.get(step.id, {}),
        "inputs": taken,
        "outputs": [_named(version.name, version) for version in step.outputs.values()],
    }


def _finite(value: Any) -> Any:
    """Replace numbers that JSON cannot write."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def value_text(version: ArtifactVersion) -> str:
    """Return what an artifact's value looks like, without its name: ``(1437, 64)``, ``0.9583``, ``SVC``."""
    if not version.is_stored:
        return "an input file"
    stored = (version.digest, version.blob or "", version.size or 0, version.format, version.type, version.summary)
    text = describe_stored(version.short_name, Stored(*stored))
    for prefix in (f"{version.short_name}=", f"{version.short_name} "):
        text = text.removeprefix(prefix)
    return text
