"""``lineage runs``: the runs, newest last."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TextIO

from lineage.commands.tables import moment, table
from lineage.errors import UsageError
from lineage.query import History, runs_json

if TYPE_CHECKING:
    from lineage.model.history import PipelineRun

__all__ = ["runs"]

_SHOWN = 20


def runs(project: str, out: TextIO, *, as_json: bool = False, last: int | None = None) -> int:
    """List the runs of a project.

    Parameters
    ----------
    project : str
        The project's folder.
    out : TextIO
        Where to print.
    as_json : bool
        Print ``{"runs": [...]}``, each run with its steps; see docs/commands.md.
    last : int, optional
        Only so many of the newest; in the table 20 unless given.
    """
    if last is not None and last < 0:
        raise UsageError(f"--last {last} means nothing", fix="name a number of runs, 0 or more")
    with History(project) as history:
        if as_json:
            out.write(json.dumps({"runs": runs_json(history, history.last_runs(last))}, indent=1) + "\n")
            return 0
        # One more than is shown, to know whether there are more.
        count = _SHOWN if last is None else last
        found = history.last_runs(count + 1)
        earlier, found = len(found) > count, found[-count:] if count else []
        history.read_steps(found)
        if not found and not earlier:
            out.write("no runs yet: type `doit`\n")
            return 0
        if earlier and last is None:
            out.write(f"the newest {count} runs (`--last N` shows more)\n")
        head = ["run", "when", "status", "run", "cached", "failed", "seconds", "git", "selection", "metrics"]
        rows = [head, *(_row(run) for run in found)]
        if not any(run.selection for run in found):
            rows = [[*row[:-2], row[-1]] for row in rows]
        out.write(table(rows, right=(0, 3, 4, 5, 6)))
    return 0


def _row(run: PipelineRun) -> list[str]:
    counts = [str(run.counts.get(status, 0)) for status in ("run", "cached", "failed")]
    git = "-" if run.git_commit is None else run.git_commit[:7] + ("*" if run.git_dirty else "")
    metrics = "  ".join(f"{name}={value:.4g}" for name, value in list(run.metrics.items())[:4])
    words = " ".join(f"{name}={value}" for name, value in run.selection.items())
    return [
        str(run.id),
        moment(run.started),
        run.status,
        *counts,
        f"{run.seconds:.1f}",
        git,
        words,
        metrics,
    ]
