"""The records as OpenLineage events, one JSON object a line (https://openlineage.io/spec/2-0-2/OpenLineage.json).

A `doit` command is a run of the job ``<pipeline>``; each step that it executed is a run of the job ``<task>``, with the
command's run as its parent. An artifact is a dataset whose version is our version. What was cached did not run, and so
there is no event of it: who consumed its artifacts names them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from lineage.care.story import PRODUCER, Done, Story, moment, our_version, run_uuid, step_uuid
from lineage.errors.secrets import redacted
from lineage.model.history import ArtifactVersion, PipelineRun
from lineage.records.protocol import FILE

__all__ = ["events"]

_SPEC = "https://openlineage.io/spec"
_EVENT = f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent"
#: Each facet's class in the specification, with its version.
_FACETS = {
    "parent": ("ParentRunFacet", "1-2-0"),
    "errorMessage": ("ErrorMessageRunFacet", "1-0-1"),
    "processing_engine": ("ProcessingEngineRunFacet", "1-1-1"),
    "documentation": ("DocumentationJobFacet", "1-1-0"),
    "jobType": ("JobTypeJobFacet", "2-0-4"),
    "version": ("DatasetVersionDatasetFacet", "1-0-1"),
    "outputStatistics": ("OutputStatisticsOutputDatasetFacet", "1-0-2"),
}
_ENDS = {"run": "COMPLETE", "cached": "COMPLETE", "failed": "FAIL"}
_ENDS_OF_RUNS = {"ok": "COMPLETE", "failed": "FAIL", "interrupted": "ABORT", "lost": "ABORT"}


def events(story: Story) -> Iterator[dict[str, Any]]:
    """Yield the events of a story in the order of time."""
    steps: dict[int, list[Done]] = {}
    for done in story.steps:
        steps.setdefault(done.run.id, []).append(done)
    for run in story.runs:
        job = _job(story, _job_name(run), "DAG")
        me = {"runId": run_uuid(run, story.project)}
        engine = {"processing_engine": _facet("processing_engine", version=our_version(), name="doit-lineage")}
        yield _event("START", run.started, {**me, "facets": engine}, job)
        for done in steps.get(run.id, ()):
            if done.made:  # the events of what a shared cache gave are those of who has executed it
                continue
            yield from _of_step(story, done, {"run": me, "job": _named(job)})
        if run.status in _ENDS_OF_RUNS:
            yield _event(_ENDS_OF_RUNS[run.status], run.ended or run.started, me, job)


def _job_name(run: PipelineRun) -> str:
    """Return the pipeline that a command was about, or ``doit`` if there were several."""
    pipelines = {step.pipeline for step in run.steps.values()}
    return pipelines.pop() if len(pipelines) == 1 else "doit"


def _of_step(story: Story, done: Done, parent: dict[str, Any]) -> Iterator[dict[str, Any]]:
    step = done.step
    run = {"runId": step_uuid(step, story.project), "facets": {"parent": _facet("parent", **parent)}}
    job = _job(story, step.task, "TASK", step.doc)
    inputs = [_dataset(story, version) for version in _once(done.inputs)]
    yield _event("START", step.started, run, job, inputs)
    if step.status in _ENDS:
        outputs = [_output(story, version) for version in _once(done.outputs)]
        ended = step.started + step.seconds
        yield _event(_ENDS[step.status], ended, _with_error(run, done), job, inputs, outputs)


def _once(versions: dict[str, ArtifactVersion]) -> list[ArtifactVersion]:
    return list({version.id: version for version in versions.values()}.values())


def _with_error(run: dict[str, Any], done: Done) -> dict[str, Any]:
    if done.step.error is None:
        return run
    message = redacted(str(done.step.error.get("message", "")))
    told = _facet("errorMessage", message=message, programmingLanguage="python")
    return {**run, "facets": {**run["facets"], "errorMessage": told}}


def _event(
    kind: str,
    when: float,
    run: dict[str, Any],
    job: dict[str, Any],
    inputs: list[dict[str, Any]] | None = None,
    outputs: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    told = {"eventType": kind, "eventTime": moment(when), "producer": PRODUCER, "schemaURL": _EVENT}
    return {**told, "run": run, "job": job, "inputs": inputs or [], "outputs": outputs or []}


def _job(story: Story, name: str, kind: str, doc: str = "") -> dict[str, Any]:
    facets = {"jobType": _facet("jobType", processingType="BATCH", integration="DOIT", jobType=kind)}
    if doc:
        facets["documentation"] = _facet("documentation", description=doc)
    return {"namespace": story.name, "name": name, "facets": facets}


def _named(job: dict[str, Any]) -> dict[str, Any]:
    return {"namespace": job["namespace"], "name": job["name"]}


def _dataset(story: Story, version: ArtifactVersion) -> dict[str, Any]:
    """Return an artifact as a dataset; an input file is named as OpenLineage names files."""
    namespace, name = story.name, version.name
    if name.startswith(FILE):
        namespace, name = "file", os.path.normpath(os.path.join(story.project, name.removeprefix(FILE)))
    facets = {"version": _facet("version", datasetVersion=str(version.version))}
    return {"namespace": namespace, "name": name, "facets": facets}


def _output(story: Story, version: ArtifactVersion) -> dict[str, Any]:
    statistics = {"outputStatistics": _facet("outputStatistics", size=version.size or 0)}
    return {**_dataset(story, version), "outputFacets": statistics}


def _facet(name: str, /, **fields: Any) -> dict[str, Any]:
    kind, version = _FACETS[name]
    schema = f"{_SPEC}/facets/{version}/{kind}.json#/$defs/{kind}"
    return {"_producer": PRODUCER, "_schemaURL": schema, **fields}
