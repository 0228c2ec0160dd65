"""What the other views show beside runs: what differs between two, the versions of artifacts, and the stack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lineage.dash.archive import Archive
from lineage.dash.standing import compared
from lineage.errors import UsageError
from lineage.explain.past import find_run
from lineage.explain.runs import difference
from lineage.query.plain import value_text
from lineage.stack import COMPONENTS, Stack

if TYPE_CHECKING:
    from lineage.model.history import Artifact, ArtifactVersion

__all__ = ["artifact", "artifacts", "compare", "stack", "versions"]

_VERSIONS = 200
#: So many steps that differ are told; nobody reads more, and of ten thousand it would be megabytes.
_CHANGES = 500


def compare(archive: Archive, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return what differs between two runs, as ``lineage diff --json`` does, and how each symbol stands.

    Parameters
    ----------
    archive : Archive
        The records.
    arguments : mapping
        ``before`` and ``after``, by default the last two.

    Returns
    -------
    dict
        ``standing`` has what is not the same; ``hidden`` says how many more steps differ than are told.
    """
    if archive.newest is None:
        raise UsageError("nothing has run yet", fix="type `doit`, twice")
    after = find_run(archive.history, str(arguments.get("after") or "last"))
    asked = arguments.get("before")
    before = find_run(archive.history, str(asked)) if asked else _before(archive, after.id)
    found = difference(archive.history, before, after)
    told = found.plain()
    told |= {"steps": told["steps"][:_CHANGES], "metrics": told["metrics"][:_CHANGES]}
    # What only differs because it is not deterministic has no other fingerprint.
    standing = dict.fromkeys((change.task for change in found.changes), "changed")
    _, stands = compared(archive, before.id, after.id)
    standing |= {name: each for name, each in stands.items() if each != "same"}
    hidden = max(len(found.changes) - _CHANGES, 0)
    return told | {"before_run": before.id, "after_run": after.id, "standing": standing, "hidden": hidden}


def _before(archive: Archive, number: int) -> Any:
    earlier = [run for run in archive.history.last_runs(50) if run.id < number]
    if not earlier:
        raise UsageError(f"there is no run before run {number}", fix="compare after the next `doit`")
    return earlier[-1]


def artifacts(archive: Archive, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return every artifact with its current version."""
    history = archive.history
    found = history.artifacts()
    history.read_current(found)
    history.read_producers([each.current for each in found])
    rows = [{"name": each.name, "count": each.count, **_told(each.current)} for each in found]
    return {"artifacts": rows}


def artifact(archive: Archive, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return all versions of one artifact, oldest first, with the metrics of its values.

    Parameters
    ----------
    archive : Archive
        The records.
    arguments : mapping
        ``name``, ``digits/model``.
    """
    return versions(archive, archive.history.artifact(str(arguments.get("name") or "")))


def versions(archive: Archive, found: Artifact) -> dict[str, Any]:
    """Return what `artifact` answers of one that was found."""
    archive.history.read_producers(found.versions)
    told = [_told(each) | {"current": each.version == found.current.version} for each in found.versions]
    return {"name": found.name, "versions": told[-_VERSIONS:], "hidden": max(len(told) - _VERSIONS, 0)}


def _told(version: ArtifactVersion) -> dict[str, Any]:
    metric = version.summary.get("value")
    return {
        "version": version.version,
        "digest": version.digest,
        "type": version.type,
        "value": value_text(version),
        "size": version.size,
        "created": version.created,
        "run": version.run_id,
        "last_run": version.last_run_id,
        "metric": metric if isinstance(metric, int | float) and not isinstance(metric, bool) else None,
    }


def stack(archive: Archive, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return what ``lineage stack describe --json`` says."""
    opened = Stack(archive.project, read_only=True)
    try:
        parts = opened.describe()
    finally:
        opened.close()
    return {"stack": opened.choice.name, "parts": [{"name": name, "rows": parts[name]} for name in COMPONENTS]}
