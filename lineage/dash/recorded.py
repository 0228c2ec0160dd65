"""What a run consisted of, from the records: its tasks, what each took and gave, and how each ended.

Three queries a run, whatever its size. What was not recorded is taken from elsewhere: a step that failed has its inputs
in its manifest, and what a step that never came to its end takes and gives is told by the plan, or by the last time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lineage.dash.archive import Archive
from lineage.query.rows import select_in

__all__ = ["Planned", "Task", "tasks_of"]

_STEPS = """
SELECT s.step_run_id, t.pipeline, t.name, d.module, d.name, s.status, s.upstream, s.started, s.seconds, s.saved,
    s.fingerprint, s.task_id
FROM step_run s JOIN task t ON t.task_id = s.task_id JOIN step d ON d.step_id = s.step_id
WHERE s.run_id = ? ORDER BY s.position, s.step_run_id"""
_GAVE = """
SELECT p.step_run_id, a.name FROM produced p JOIN artifact_version v ON v.av_id = p.av_id
JOIN artifact a ON a.artifact_id = v.artifact_id"""
_TOOK = """
SELECT c.step_run_id, a.name FROM consumed c JOIN artifact_version v ON v.av_id = c.av_id
JOIN artifact a ON a.artifact_id = v.artifact_id"""
_MANIFEST = "SELECT fingerprint, shown FROM fingerprint_entry"
_LAST = "SELECT task_id, max(step_run_id) FROM step_run"
_BEFORE = """
SELECT max(run_id) FROM run r WHERE run_id < ? AND confirms IS NULL AND EXISTS (
    SELECT 1 FROM step_run s JOIN task t ON t.task_id = s.task_id WHERE s.run_id = r.run_id{0})"""
_DONE = ("run", "cached")


@dataclass(frozen=True, slots=True)
class Task:
    """One task of a run.

    Attributes
    ----------
    name : str
        ``digits:trainer``.
    function : str
        The step that it called, ``tasks.digits:svc_trainer``.
    status : str
        As in docs/design.md.
    started, seconds, saved : float
        As `lineage.model.history.StepRun` has them.
    takes, gives : tuple of str
        Artifacts by their full names.
    upstream : tuple of str
        The tasks that it takes artifacts from.
    number : int
        The step run; 0 of a task that the run has not come to.
    fingerprint : str or None
        Of what decided its outputs; ``None`` of a task that the run has not come to.
    """

    name: str
    function: str
    status: str
    started: float = 0.0
    seconds: float = 0.0
    saved: float = 0.0
    takes: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()
    upstream: tuple[str, ...] = ()
    number: int = 0
    fingerprint: str | None = None


Planned = Mapping[str, Task]
"""What `lineage plan` says would run, by task; all pending."""


def tasks_of(archive: Archive, run_id: int | None, planned: Planned | None = None) -> list[Task]:
    """Return the tasks of a run in the order of definition.

    Parameters
    ----------
    archive : Archive
        The records.
    run_id : int or None
        The run; ``None`` for what is planned only.
    planned : mapping, optional
        What the plan knows: of a run that is not at its end, what is to come; of every run, what a step that did not
        come to its end takes and gives.
    """
    planned = planned or {}
    if run_id is None:
        return list(planned.values())
    run = archive.history.run(run_id)
    rows = archive.history.store.select(_STEPS, (run.confirms or run.id,))
    found = _recorded(archive, rows)
    if run.confirms is not None:
        found = [replace(task, status="cached", seconds=0.0, saved=task.seconds or task.saved) for task in found]
    if run.status == "lost":
        found = [replace(task, status="failed") if task.status == "running" else task for task in found]
    if run.status == "running":
        found += _to_come(archive, run_id, found, planned)
    return _completed(archive, found, rows, planned)


def _recorded(archive: Archive, rows: Sequence[Sequence[Any]]) -> list[Task]:
    store = archive.history.store
    ids = [row[0] for row in rows]
    gave = _grouped(select_in(store, _GAVE, "p.step_run_id", ids, "ORDER BY p.step_run_id, p.position"))
    took = _grouped(select_in(store, _TOOK, "c.step_run_id", ids, "ORDER BY c.step_run_id, c.position"))
    return [
        Task(
            name=f"{row[1]}:{row[2]}",
            function=f"{row[3]}:{row[4]}",
            status=row[5],
            started=row[7],
            seconds=row[8],
            saved=row[9],
            takes=took.get(row[0], ()),
            gives=gave.get(row[0], ()),
            upstream=tuple(json.loads(row[6])) if row[6] else (),
            number=row[0],
            fingerprint=row[10],
        )
        for row in rows
    ]


def _grouped(rows: Iterable[Sequence[Any]]) -> dict[Any, tuple[str, ...]]:
    found: dict[Any, list[str]] = {}
    for key, name in rows:
        found.setdefault(key, []).append(name)
    return {key: tuple(dict.fromkeys(names)) for key, names in found.items()}


def _to_come(archive: Archive, run_id: int, found: Sequence[Task], planned: Planned) -> list[Task]:
    """Return what a run that goes on has not come to: what is planned, else what the run before had."""
    known = {task.name for task in found}
    if planned:
        return [replace(task, status="pending") for name, task in planned.items() if name not in known]
    pipelines = sorted({task.name.partition(":")[0] for task in found})
    clause = f" AND t.pipeline IN ({','.join('?' * len(pipelines))})" if pipelines else ""
    before = archive.history.store.select(_BEFORE.format(clause), (run_id, *pipelines))[0][0]
    if before is None:
        return []
    rows = archive.history.store.select(_STEPS, (before,))
    last = _recorded(archive, rows)
    return [
        replace(task, status="pending", number=0, seconds=0.0, saved=0.0)
        for task in last
        if task.name not in known and (not pipelines or task.name.partition(":")[0] in pipelines)
    ]


def _completed(archive: Archive, found: Sequence[Task], rows: Sequence[Sequence[Any]], planned: Planned) -> list[Task]:
    """Say of tasks that did not come to their ends what they take and give, as far as that is known."""
    open_ = {task.name for task in found if task.status not in _DONE and not (task.takes and task.gives)}
    if not open_:
        return list(found)
    prints = {f"{row[1]}:{row[2]}": row[10] for row in rows if row[10] is not None}
    wanted = {prints[name] for name in open_ if name in prints}
    store = archive.history.store
    manifests = _grouped(
        select_in(store, _MANIFEST, "kind = 'input' AND fingerprint", wanted, "ORDER BY fingerprint, position")
    )
    earlier = _last_time(archive, {f"{row[1]}:{row[2]}": row[11] for row in rows if f"{row[1]}:{row[2]}" in open_})
    completed = []
    for task in found:
        if task.name in open_:
            other = planned.get(task.name) or earlier.get(task.name)
            takes = task.takes or manifests.get(prints.get(task.name), ()) or (other.takes if other else ())
            task = replace(task, takes=takes, gives=task.gives or (other.gives if other else ()))
        completed.append(task)
    return completed


def _last_time(archive: Archive, tasks: Mapping[str, int]) -> dict[str, Task]:
    """Return what tasks took and gave when they last came to their ends."""
    store = archive.history.store
    newest: dict[int, int] = dict(
        select_in(store, _LAST, "status IN ('run', 'cached') AND task_id", tasks.values(), "GROUP BY task_id")
    )
    ids = list(newest.values())
    gave = _grouped(select_in(store, _GAVE, "p.step_run_id", ids, "ORDER BY p.step_run_id, p.position"))
    took = _grouped(select_in(store, _TOOK, "c.step_run_id", ids, "ORDER BY c.step_run_id, c.position"))
    return {
        name: Task(name, "", "pending", takes=took.get(newest[number], ()), gives=gave.get(newest[number], ()))
        for name, number in tasks.items()
        if number in newest
    }
