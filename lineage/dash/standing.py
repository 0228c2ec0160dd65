"""How what a run has stands against another run: the same, changed, new, or gone.

A step has changed if its fingerprint has, and an artifact or an input file if its value has: a step that was executed
again and put out the same is the same, and one that is not deterministic has changed artifacts behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lineage.dash.archive import Archive
from lineage.dash.recorded import Task, tasks_of
from lineage.query.rows import select_in

__all__ = ["STANDINGS", "compared"]

#: What a look is worth first.
STANDINGS = ("changed", "new", "gone", "same")
_VALUES = """
SELECT a.name, v.digest FROM {0} c JOIN artifact_version v ON v.av_id = c.av_id
JOIN artifact a ON a.artifact_id = v.artifact_id"""


def compared(archive: Archive, before: int, after: int) -> tuple[list[Task], dict[str, str]]:
    """Return the tasks of two runs, and how each task and each artifact stands.

    Parameters
    ----------
    archive : Archive
        The records.
    before, after : int
        The runs.

    Returns
    -------
    tasks : list of Task
        Those of `after`, then those that it does not have; with their standing in the place of their status.
    standing : dict of str to str
        One of `STANDINGS`, by task and by artifact.
    """
    was, now = tasks_of(archive, before), tasks_of(archive, after)
    standing = _standing({task.name: _state(task) for task in was}, {task.name: _state(task) for task in now})
    standing |= _standing(_values(archive, was), _values(archive, now))
    known = {task.name for task in now}
    tasks = [*now, *(task for task in was if task.name not in known)]
    return [replace(task, status=standing[task.name]) for task in tasks], standing


def _standing(was: dict[str, object], now: dict[str, object]) -> dict[str, str]:
    found = {name: "new" if name not in was else "same" if was[name] == now[name] else "changed" for name in now}
    return found | {name: "gone" for name in was if name not in now}


def _state(task: Task) -> object:
    """Return what makes two executions of a task the same; of one that was not reached, that it was not."""
    return task.fingerprint or task.status


def _values(archive: Archive, tasks: Sequence[Task]) -> dict[str, object]:
    """Return the values of all artifacts and input files of a run, by name; of what was never made, that it was not."""
    numbers = [task.number for task in tasks if task.number]
    found: dict[str, set[str]] = {name: set() for task in tasks for name in (*task.takes, *task.gives)}
    for table in ("consumed", "produced"):
        for name, digest in select_in(archive.history.store, _VALUES.format(table), "c.step_run_id", numbers):
            found.setdefault(name, set()).add(digest)
    return dict(found)
