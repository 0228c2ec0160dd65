"""What a page tells of one symbol: why first, then what it is, what it came from, and what it took."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lineage.dash.archive import Archive
from lineage.errors import StoreError
from lineage.explain.past import explain_run
from lineage.explain.telling import headline
from lineage.model.stored import place_of
from lineage.query.gone import told_gone
from lineage.query.plain import value_text
from lineage.query.presence import MOST_IN_A_LIST, Condition, condition
from lineage.query.rows import STEP, step_from

if TYPE_CHECKING:
    from lineage.explain.explanation import Explanation
    from lineage.model.history import ArtifactVersion, PipelineRun, StepRun

__all__ = ["details", "version_told"]

#: So many earlier executions are told.
_TIMES = 12
#: So many lines of a log, and of a diff.
_LINES = 40
_DIFF = 400
_WHERE = "WHERE s.run_id = ? AND t.pipeline = ? AND t.name = ? ORDER BY s.step_run_id DESC LIMIT 1"
_EXECUTIONS = """
SELECT s.run_id, s.started, s.seconds, s.status FROM step_run s JOIN task t ON t.task_id = s.task_id
WHERE t.pipeline = ? AND t.name = ? AND s.status IN ('run', 'failed') AND s.run_id <= ?
ORDER BY s.step_run_id DESC LIMIT ?"""
_GIVER = """
SELECT t.pipeline, t.name FROM step_run s JOIN task t ON t.task_id = s.task_id
JOIN produced p ON p.step_run_id = s.step_run_id JOIN artifact_version v ON v.av_id = p.av_id
JOIN artifact a ON a.artifact_id = v.artifact_id WHERE s.run_id = ? AND a.name = ? LIMIT 1"""
#: The plus keeps the database from going through all steps of the run: it is to begin with the artifact.
_TAKERS = """
SELECT DISTINCT t.pipeline, t.name, s.position FROM step_run s JOIN task t ON t.task_id = s.task_id
JOIN consumed c ON c.step_run_id = s.step_run_id JOIN artifact_version v ON v.av_id = c.av_id
JOIN artifact a ON a.artifact_id = v.artifact_id WHERE +s.run_id = ? AND a.name = ? ORDER BY s.position"""


def details(archive: Archive, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is known of a step or an artifact in one run.

    Parameters
    ----------
    archive : Archive
        The records.
    arguments : mapping
        ``run`` (by default the newest) and ``id``, a task or an artifact.
    """
    number, name = arguments.get("run") or archive.newest, str(arguments.get("id") or "")
    if number is None:
        return {"id": name, "title": name, "kind": "step", "status": "pending", "note": "It has not run yet."}
    run = archive.history.run(number)
    if ":" in name and "/" not in name.partition(":")[0] and not name.startswith("file:"):
        return _of_step(archive, run, name)
    return _of_artifact(archive, run, name)


def _step(archive: Archive, run: PipelineRun, task: str) -> StepRun | None:
    pipeline, _, short = task.partition(":")
    found = archive.history.store.select(STEP + _WHERE, (run.confirms or run.id, pipeline, short))
    return step_from(found[0], archive.history, run) if found else None


def _of_step(archive: Archive, run: PipelineRun, task: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": task,
        "kind": "step",
        "title": task.partition(":")[2],
        "pipeline": task.partition(":")[0],
    }
    told |= {"run": run.id, "command": f"doit -a -s {_quoted(task)}"}
    step = _step(archive, run, task)
    if step is None:
        return told | {"status": "pending", "note": f"Run {run.id} has not come to it."}
    explanation = explain_run(archive.history, run, [step])[0]
    return told | {
        "status": step.status,
        "doc": step.doc,
        "function": f"{step.module}:{step.step}",
        "place": _place(step),
        "headline": headline(explanation, lambda text, _: text).partition(": ")[2],
        "why": _why(explanation),
        "fingerprint": step.fingerprint,
        "parameters": step.parameters or _of_manifest(step, "parameter"),
        "inputs": _inputs(archive, run, step),
        "outputs": [version_told(version) for version in step.outputs.values()],
        "discovered": [{"kind": each.kind, "name": each.name, "place": each.shown} for each in step.discovered],
        "metrics": step.metrics,
        "started": step.started,
        "seconds": step.seconds,
        "saved": step.saved,
        "cpu": step.cpu,
        "rss": step.rss,
        "times": _times(archive, task, run),
        "error": _error(step.error),
        "log_tail": _tail(step.log_text()),
    }


def _quoted(task: str) -> str:
    from shlex import quote

    return quote(task)


def _of_manifest(step: StepRun, kind: str) -> dict[str, str]:
    """Return what a step that did not come to its end was given: only what has ended is recorded by itself."""
    return {entry.name: entry.shown for entry in step.manifest if entry.kind == kind}


def _inputs(archive: Archive, run: PipelineRun, step: StepRun) -> list[dict[str, Any]]:
    if step.inputs:
        return [version_told(version) | {"slot": slot} for slot, version in step.inputs.items()]
    planned = (archive.planned or {}).get(step.task)
    named = _of_manifest(step, "input") or {name: name for name in (planned.takes if planned else ())}
    given = [(slot, _given(archive, run, name)) for slot, name in named.items()]
    told = [(slot, version) for slot, version in given if version is not None]
    return [version_told(version) | {"slot": None if slot == version.name else slot} for slot, version in told]


def _given(archive: Archive, run: PipelineRun, name: str) -> ArtifactVersion | None:
    giver = archive.history.store.select(_GIVER, (run.confirms or run.id, name))
    return _version(archive, run, name, ":".join(giver[0]), ()) if giver else None


def _place(step: StepRun) -> str:
    own = f"{step.module}:{step.step}"
    code = next((part for part in step.code if part.name == own), None)
    return place_of(code.file, code.line) if code is not None else ""


def _why(explanation: Explanation) -> list[dict[str, Any]]:
    """Return the reasons, each with the diff of its code; and what is not as it should be."""
    told = [_reason(reason.plain()) for reason in explanation.reasons]
    told += [{"text": f"not deterministic: {variation}", "kind": "varies"} for variation in explanation.variations]
    return [*told, *({"text": note, "kind": "note"} for note in explanation.notes)]


def _reason(plain: Mapping[str, Any]) -> dict[str, Any]:
    diff: Sequence[str] = plain.get("diff") or ()
    told = {"text": plain["text"], "kind": plain["kind"], "name": plain["name"], "diff": list(diff[:_DIFF])}
    return told | {"cut": max(0, len(diff) - _DIFF), "before": plain["before"], "after": plain["after"]}


def _times(archive: Archive, task: str, run: PipelineRun) -> list[dict[str, Any]]:
    pipeline, _, short = task.partition(":")
    found = archive.history.store.select(_EXECUTIONS, (pipeline, short, run.id, _TIMES))
    return [
        {"run": number, "started": started, "seconds": seconds, "status": status}
        for number, started, seconds, status in reversed(found)
    ]


def _error(error: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if error is None:
        return None
    return {key: value if isinstance(value, str) else str(value) for key, value in error.items() if value}


def _tail(text: str) -> str:
    lines = text.rstrip("\n").split("\n")
    return "\n".join(lines[-_LINES:])


# -- artifacts ---------------------------------------------------------------------------------------------------------


def _of_artifact(archive: Archive, run: PipelineRun, name: str) -> dict[str, Any]:
    told: dict[str, Any] = {"id": name, "kind": "artifact", "title": name.partition("/")[2] or name, "run": run.id}
    state = run.confirms or run.id
    store = archive.history.store
    giver = store.select(_GIVER, (state, name))
    task = ":".join(giver[0]) if giver else None
    told["used_by"] = [f"{pipeline}:{short}" for pipeline, short, _ in store.select(_TAKERS, (state, name))]
    version = _version(archive, run, name, task, told["used_by"])
    if version is None:
        return told | {"status": "pending", "note": f"Run {run.id} has no value of it."}
    told |= version_told(version) | {"id": name, "digest": version.digest, "path": _stored_at(archive, version)}
    told |= _condition(archive, version)
    told |= {"created": version.created, "made_in": version.run_id, "made_by": task, "format": version.format}
    told["preview"] = getattr(version, "preview", None)
    told["count"] = archive.history.artifact(name).count
    if task is None:
        return told | {"status": "cached", "note": "An input file: no step makes it." if not version.is_stored else ""}
    step = _of_step(archive, run, task)
    kept = ("status", "headline", "why", "times", "command", "error", "seconds", "saved")
    return told | {key: step[key] for key in kept if key in step}


def _version(
    archive: Archive, run: PipelineRun, name: str, task: str | None, takers: Sequence[str]
) -> ArtifactVersion | None:
    """Return the version that a run had of an artifact: as its maker gave it, else as somebody took it."""
    for maker in [task] if task else []:
        step = _step(archive, run, maker)
        found = next((each for each in step.outputs.values() if each.name == name), None) if step else None
        if found is not None:
            return found
    for taker in takers[:1]:
        step = _step(archive, run, taker)
        return next((each for each in step.inputs.values() if each.name == name), None) if step else None
    return None


def version_told(version: ArtifactVersion) -> dict[str, Any]:
    """Return what a line about a version says."""
    return {
        "id": version.name,
        "name": version.short_name,
        "version": version.version,
        "type": version.type,
        "text": value_text(version),
        "size": version.size,
        "shape": version.summary.get("shape"),
        "digest": version.digest,
        "summary": version.summary,
    }


def _condition(archive: Archive, version: ArtifactVersion) -> dict[str, Any]:
    """Return how it stands with the stored bytes; all pages wait meanwhile: nothing large is hashed, nobody asked."""
    if not version.is_stored:
        return {}
    found = condition(archive.history, version, MOST_IN_A_LIST, asks=False)
    is_gone = found in (Condition.COLLECTED, Condition.MISSING)
    return {"condition": found.value, "gone": told_gone(archive.history.store, version) if is_gone else None}


def _stored_at(archive: Archive, version: ArtifactVersion) -> str | None:
    if not version.is_stored:
        return None
    try:
        return os.path.relpath(version.path, archive.project)
    except StoreError:  # it is not there any more
        return None
