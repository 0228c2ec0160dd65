"""What the other views show of a run: its rows as text, when each step ran, and the path that took longest."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from lineage.dash.archive import Archive
from lineage.dash.recorded import Task, tasks_of
from lineage.query.metrics import metrics_of
from lineage.query.rows import select_in

__all__ = ["critical_path", "table", "timeline"]

#: So many bars are drawn; of a longer run those that took longest, and the critical path.
_BARS = 300
_ROWS = 2_000
_EXECUTED = "SELECT step_run_id, coalesce(reused, step_run_id) FROM step_run"


def table(archive: Archive, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the steps of a run as rows of text: the twin of the picture for the keyboard and for screen readers.

    Parameters
    ----------
    archive : Archive
        The records.
    arguments : mapping
        ``run``, by default the newest.

    Returns
    -------
    dict
        ``rows`` with ``id``, ``step``, ``status``, ``seconds``, ``saved`` (seconds), ``started`` (Unix seconds),
        ``takes``, ``gives`` (names) and ``metrics``; ``hidden``, how many more there are.
    """
    number = arguments.get("run") or archive.newest
    tasks = tasks_of(archive, number, archive.planned)
    shown = tasks[:_ROWS]
    numbers = [task.number for task in shown if task.number]
    store = archive.history.store
    metrics = metrics_of(store, dict(select_in(store, _EXECUTED, "step_run_id", numbers)))
    rows = [
        {
            "id": task.name,
            "step": task.function,
            "status": task.status,
            "seconds": _seconds(task),
            "saved": task.saved,
            "started": task.started or None,
            "takes": task.takes,
            "gives": task.gives,
            "metrics": metrics.get(task.number, {}),
        }
        for task in shown
    ]
    return {"run": number, "rows": rows, "hidden": len(tasks) - len(shown)}


def timeline(archive: Archive, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return when each step of a run began and how long it took, in the order of their beginnings.

    Parameters
    ----------
    archive : Archive
        The records.
    arguments : mapping
        ``run``, by default the newest.

    Returns
    -------
    dict
        ``bars`` with ``id``, ``status``, ``start`` and ``seconds`` (from the first step's beginning) and
        ``critical``, whether it is on the path that took longest; ``span`` in seconds; ``critical`` in seconds.
    """
    number = arguments.get("run") or archive.newest
    tasks = _placed(tasks_of(archive, number)) if number is not None else []
    path = set(critical_path(tasks))
    begin = min((task.started for task in tasks), default=0.0)
    chosen = sorted(tasks, key=lambda task: (task.name not in path, -_seconds(task), task.name))[:_BARS]
    # What was cached begins with the run, all of it at once: that stands in the order of definition.
    order = {task.name: at for at, task in enumerate(tasks)}
    chosen.sort(key=lambda task: (task.started, order[task.name]))
    bars = [
        {
            "id": task.name,
            "status": task.status,
            "start": task.started - begin,
            "seconds": _seconds(task),
            "saved": task.saved,
            "critical": task.name in path,
        }
        for task in chosen
    ]
    span = max((task.started - begin + _seconds(task) for task in tasks), default=0.0)
    took = sum(_seconds(task) for task in tasks if task.name in path)
    found = {"run": number, "begin": begin or None, "bars": bars, "span": span, "critical": took}
    return found | {"hidden": len(tasks) - len(chosen)}


def _placed(tasks: Sequence[Task]) -> list[Task]:
    """Return the tasks with a beginning; what a run has not come to stands at its end, and not when it last ran."""
    begun = [task for task in tasks if task.started and task.status != "pending"]
    now = max((task.started + _seconds(task) for task in begun), default=0.0)
    begun_names = {task.name for task in begun}
    return [replace(task, started=now) if task.name not in begun_names else task for task in tasks] if begun else []


def critical_path(tasks: Sequence[Task]) -> list[str]:
    """Return the chain of steps that took longest, first step first: no run can end before it.

    Parameters
    ----------
    tasks : sequence of Task
        In an order in which everything comes after what it takes from.

    Returns
    -------
    list of str
        Their names; only executed steps take time, and where none was executed it is empty.
    """
    total: dict[str, float] = {}
    before: dict[str, str | None] = {}
    for task in tasks:
        longest = max((name for name in task.upstream if name in total), key=lambda name: total[name], default=None)
        total[task.name] = _seconds(task) + (0.0 if longest is None else total[longest])
        before[task.name] = longest
    if not total or not max(total.values()):
        return []
    at: str | None = max(total, key=lambda name: total[name])
    took = {task.name: _seconds(task) for task in tasks}
    path: list[str] = []
    while at is not None:
        if took[at]:
            path.append(at)
        at = before[at]
    return path[::-1]


def _seconds(task: Task) -> float:
    if task.status == "running" and task.started:
        return max(time.time() - task.started, 0.0)
    return task.seconds
