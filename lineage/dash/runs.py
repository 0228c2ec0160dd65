"""The runs of a project, for the strip and the selector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lineage.dash.archive import Archive

if TYPE_CHECKING:
    from lineage.model.history import PipelineRun

__all__ = ["runs"]

#: So many runs are told unless more are asked for.
_LAST = 200


def runs(archive: Archive, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the newest runs, oldest first, and what the project is called.

    Parameters
    ----------
    archive : Archive
        The records.
    arguments : mapping
        ``last``, how many.
    """
    last = arguments.get("last")
    found = archive.history.last_runs(int(last) if last else _LAST)
    told: dict[str, Any] = {"project": archive.name, "folder": archive.project, "runs": [_run(run) for run in found]}
    return told | {"planned": len(archive.planned or ()), "plan_error": archive.plan_error}


def _run(run: PipelineRun) -> dict[str, Any]:
    return {
        "id": run.id,
        "status": run.status,
        "started": run.started,
        "seconds": run.seconds,
        "saved": run.saved,
        "counts": run.counts,
        "command": run.command,
        "selection": run.selection,
        "confirms": run.confirms,
        "user": run.user,
        "host": run.host,
        "git": {"commit": run.git_commit, "branch": run.git_branch, "dirty": run.git_dirty},
    }
