"""What became of each task when it was last looked at."""

from __future__ import annotations

from lineage.records.process import is_alive
from lineage.records.protocol import MetadataStore

__all__ = ["last_statuses"]

#: What became of a task when it last had its turn; what was not reached, or skipped, says nothing of it.
_LAST = """
SELECT t.pipeline, t.name, s.task_id, s.run_id, s.status, r.pid, r.process_started, r.host, r.boot_id
FROM step_run s
JOIN task t ON t.task_id = s.task_id
JOIN run r ON r.run_id = s.run_id
WHERE s.step_run_id IN (
    SELECT max(step_run_id) FROM step_run WHERE status NOT IN ('pending', 'skipped') GROUP BY task_id
)
"""
_SKIPPED = """
SELECT t.pipeline, t.name FROM step_run s JOIN task t ON t.task_id = s.task_id
WHERE s.step_run_id IN (SELECT max(step_run_id) FROM step_run GROUP BY task_id) AND s.status IN ('pending', 'skipped')
"""
_CONFIRMED = """
SELECT s.task_id, max(r.run_id) FROM run r JOIN step_run s ON s.run_id = r.confirms
WHERE r.confirms IS NOT NULL GROUP BY s.task_id
"""


def last_statuses(metadata: MetadataStore) -> dict[str, set[str]]:
    """Return for each status the tasks that had it last.

    Parameters
    ----------
    metadata : MetadataStore
        The records.

    Returns
    -------
    dict of str to set of str
        ``cached``, ``run``, ``failed`` and ``running`` as of when the task last had its turn, so that a failed one that
        has not been reached since is still failed; ``skipped``: those that were skipped, or not reached, in their
        last run.
    """
    confirmed = dict(map(tuple, metadata.select(_CONFIRMED)))
    found: dict[str, set[str]] = {"cached": set(), "run": set(), "failed": set(), "running": set(), "skipped": set()}
    for pipeline, name, task, run, status, *process in metadata.select(_LAST):
        became = status
        if confirmed.get(task, 0) > run:
            became = "cached"
        elif status == "running" and not is_alive(dict(zip(_PROCESS, process, strict=True))):
            became = "failed"  # killed; no run has looked since
        found.setdefault(became, set()).add(f"{pipeline}:{name}")
    found["skipped"] = {f"{pipeline}:{name}" for pipeline, name in metadata.select(_SKIPPED)}
    return found


_PROCESS = ("pid", "process_started", "host", "boot_id")
