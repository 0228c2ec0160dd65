"""What is told of an execution to those who share its result, and what theirs looks like among ours."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lineage.dodo.session import Session
    from lineage.model.plan import Call
    from lineage.records.protocol import RunStart, StepOutcome
    from lineage.share.record import SharedRecord

__all__ = ["adopted", "code_of", "keyed", "record_of"]

#: Environment variables by which a CI system tells which of its jobs this is.
_CI = ("GITHUB_RUN_ID", "CI_JOB_URL", "BUILD_URL", "CIRCLE_BUILD_URL", "BUILDKITE_BUILD_URL")


def record_of(call: Call, row: StepOutcome, start: RunStart, run_id: int) -> dict[str, Any]:
    """Return what is shared of an execution: all that explains it, and what its outputs are.

    Parameters
    ----------
    call : Call
        The call that was executed.
    row : StepOutcome
        What it gave.
    start : RunStart
        How the run began.
    run_id : int
        The run.

    Returns
    -------
    dict
        Plain JSON; values of environment variables are not in it, only keyed digests.
    """
    step = call.step
    return {
        "fingerprint": row.fingerprint,
        "base": row.base,
        "task": call.task,
        "pipeline": call.pipeline,
        "name": call.name,
        "step": step.name,
        "module": step.module,
        "doc": step.doc,
        "outputs": [
            {
                "name": name,
                "digest": stored.digest,
                "blob": stored.blob,
                "size": stored.size,
                "format": stored.format,
                "type": stored.type,
                "summary": stored.summary,
            }
            for name, stored in row.outputs
        ],
        "previews": dict(row.previews),
        "parameters": [list(each) for each in row.parameters],
        "inputs": [list(each) for each in row.inputs],
        "manifest": [list(entry.plain()) for entry in row.manifest],
        "discovered": [list(entry.plain()) for entry in row.discovered],
        "metrics": dict(row.metrics),
        "seconds": row.seconds,
        "cpu": row.cpu,
        "rss": row.rss,
        "made": {
            "user": start.user,
            "host": start.host,
            "ci": next((os.environ[name] for name in _CI if os.environ.get(name)), None),
            "commit": start.git_commit,
            "branch": start.git_branch,
            "dirty": start.git_dirty,
            "started": start.started,
            "run": run_id,
        },
    }


def keyed(row: StepOutcome) -> list[str]:
    """Return the environment variables that are set and count for an execution, where the key is this checkout's own.

    Nobody else looks a result up by such digests.
    """
    from lineage.execute.variables import Variables

    if not Variables.is_alone():
        return []
    entries = [entry for entry in (*row.manifest, *row.discovered) if entry.kind in ("env", "variable")]
    return sorted({entry.name for entry in entries if entry.digest != "ignored" and entry.name in os.environ})


def code_of(session: Session, call: Call) -> dict[str, list[list[Any]]]:
    """Return the parts of a call's code with their source, by the digests in its manifest."""
    return {
        digest: [
            [part.name, part.digest, part.file, part.line, part.via, part.text(session.project)]
            for part in code.entries
        ]
        for digest, code in session.evaluation.ingredients.closures(call).items()
    }


def adopted(record: SharedRecord) -> dict[str, Any]:
    """Return the reason that stands at a step run of ours which somebody else has executed."""
    when = record.made.get("started")
    return {
        "kind": "shared",
        "name": record.task,
        "before": None,
        "after": record.by,
        "text": f"its result comes from the shared cache: {record.by} made it{_when(when)}",
        "made": record.made,
        "signed": record.key is not None,
    }


def _when(seconds: object) -> str:
    if not isinstance(seconds, int | float):
        return ""
    import time

    return time.strftime(" on %Y-%m-%d at %H:%M", time.localtime(seconds))
