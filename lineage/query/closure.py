"""Everything upstream or downstream: one recursive query, and then the rows of what it found, many at a time.

Nothing here recurses in Python, so that a chain of 10,000 steps is a list like any other.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import lineage.query.rows as rows
from lineage.model.history import ArtifactVersion, Lineage, StepRun

__all__ = ["downstream", "lineage_of", "step_runs", "upstream"]

# What was consumed names the step run that executed to make it, so one table leads all the way up. UNION, not UNION
# ALL: a shared step is visited once.
_UPSTREAM = """
WITH RECURSIVE up (step_run_id) AS (
    SELECT ? UNION
    SELECT c.producer FROM up JOIN consumed c ON c.step_run_id = up.step_run_id WHERE c.producer IS NOT NULL)
SELECT step_run_id FROM up"""
_DOWNSTREAM = """
WITH RECURSIVE down (av_id) AS (
    SELECT ? UNION
    SELECT p.av_id FROM down JOIN consumed c ON c.av_id = down.av_id JOIN produced p ON p.step_run_id = c.step_run_id)
SELECT av_id FROM down"""
_CODE = "SELECT fingerprint, digest FROM fingerprint_entry"


def step_runs(history: rows.Archive, ids: Iterable[int]) -> dict[int, StepRun]:
    """Return the step runs with these ids."""
    found = rows.select_in(history.store, rows.STEP, "s.step_run_id", ids, "ORDER BY s.step_run_id")
    # Only what still runs has to know whether its process does.
    runs = {row[1]: history.run(row[1]) for row in found if row[7] == "running"}
    return {row[0]: rows.step_from(row, history, runs.get(row[1])) for row in found}


def lineage_of(history: rows.Archive, version: ArtifactVersion) -> Lineage:
    """Return the graph of all steps upstream of a version."""
    ids = _upstream_ids(history, version)
    found = step_runs(history, ids)
    steps = {step_run_id: found[step_run_id] for step_run_id in ids if step_run_id in found}
    inputs: dict[int, list[tuple[str, ArtifactVersion]]] = {}
    for row in rows.select_in(history.store, rows.CONSUMED, "c.step_run_id", ids, "ORDER BY c.step_run_id, c.position"):
        inputs.setdefault(row[0], []).append((row[2], rows.version_from(row, row[3], history)))
    taken = {step_run_id: tuple(versions) for step_run_id, versions in inputs.items()}
    return Lineage(version, steps, taken, _parameters(history, ids), _code(history, steps))


def _parameters(history: rows.Archive, ids: list[int]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    query = "SELECT step_run_id, name, shown FROM parameter"
    for step_run_id, name, shown in rows.select_in(
        history.store, query, "step_run_id", ids, "ORDER BY step_run_id, position"
    ):
        found.setdefault(step_run_id, {})[name] = shown
    return found


def _code(history: rows.Archive, steps: dict[int, StepRun]) -> dict[int, str]:
    prints = {step.fingerprint for step in steps.values() if step.fingerprint}
    digests: dict[Any, str] = dict(rows.select_in(history.store, _CODE, "kind = 'code' AND fingerprint", prints))
    return {number: digests[step.fingerprint] for number, step in steps.items() if step.fingerprint in digests}


def upstream(history: rows.Archive, version: ArtifactVersion) -> list[ArtifactVersion]:
    """Return every version that a version was made from, newest steps first."""
    found: dict[int, ArtifactVersion] = {}
    order = "ORDER BY c.step_run_id DESC, c.position"
    for row in rows.select_in(history.store, rows.CONSUMED, "c.step_run_id", _upstream_ids(history, version), order):
        taken = rows.version_from(row, row[3], history)
        found.setdefault(taken.id, taken)
    return list(found.values())


def _upstream_ids(history: rows.Archive, version: ArtifactVersion) -> list[int]:
    """Return the ids of all step runs upstream of a version, newest first."""
    if version.producer_id is None:
        return []
    return sorted((row[0] for row in history.store.select(_UPSTREAM, (version.producer_id,))), reverse=True)


def downstream(history: rows.Archive, version: ArtifactVersion) -> list[ArtifactVersion]:
    """Return every version that was made from a version's value, in the order in which they were first made."""
    from lineage.query.finding import found_versions

    ids = [row[0] for row in history.store.select(_DOWNSTREAM, (version.id,)) if row[0] != version.id]
    return found_versions(
        history, rows.select_in(history.store, rows.VERSION, "v.av_id", sorted(ids), "ORDER BY v.av_id")
    )
