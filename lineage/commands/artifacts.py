"""``lineage artifacts``: the artifacts of a project, or the versions of one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from lineage.commands.tables import moment, size, table
from lineage.query import Condition, History, artifact_json, artifacts_json, condition
from lineage.query.labels import labels_of
from lineage.query.plain import value_text
from lineage.query.presence import MOST_IN_A_LIST

if TYPE_CHECKING:
    from lineage.model.history import ArtifactVersion

__all__ = ["artifacts"]

_TOLD = (Condition.MISSING, Condition.DAMAGED, Condition.COLLECTED)
_REMEDY = "what is damaged, missing or collected is made again by `doit` when it is needed\n"


def artifacts(project: str, name: str | None, out: TextIO, *, as_json: bool = False) -> int:
    """List artifacts.

    Parameters
    ----------
    project : str
        The project's folder.
    name : str or None
        Only this artifact, with all of its versions; without, every artifact with its current version.
    out : TextIO
        Where to print.
    as_json : bool
        Print JSON.
    """
    with History(project) as history:
        if name is not None:
            return _versions(history, name, out, as_json=as_json)
        found = history.artifacts()
        if as_json:
            out.write(json.dumps({"artifacts": artifacts_json(history, found)}, indent=1) + "\n")
            return 0
        if not found:
            out.write("no artifacts yet: type `doit`\n")
            return 0
        history.read_current(found)
        history.read_producers([each.current for each in found])
        head = ["artifact", "version", "of", "value", "type", "size", "made", "run"]
        versions = [each.current for each in found]
        marks = _marks(history, versions)
        labels = _labels(history, versions)
        rows = [
            [each.name, *_cells(each.current, f"{mark}{_bracketed(label)}", of=str(each.count))]
            for each, mark, label in zip(found, marks, labels, strict=True)
        ]
        out.write(table([head, *rows], right=(1, 2, 5, 7)))
        out.write(_REMEDY if any(marks) else "")
    return 0


def _versions(history: History, name: str, out: TextIO, *, as_json: bool) -> int:
    artifact = history.artifact(name)
    if as_json:
        out.write(json.dumps({"artifacts": [artifact_json(history, artifact)]}, indent=1) + "\n")
        return 0
    current = artifact.current.version
    history.read_producers(artifact.versions)
    head = ["artifact", "version", "", "value", "type", "size", "made", "run"]
    marks = _marks(history, artifact.versions)
    labels = _labels(history, artifact.versions)
    rows = [
        [artifact.name, *_cells(each, mark, of=", ".join([*(["current"] * (each.version == current)), *label]))]
        for each, mark, label in zip(artifact.versions, marks, labels, strict=True)
    ]
    out.write(table([head, *rows], right=(1, 5, 7)))
    out.write(_REMEDY if any(marks) else "")
    return 0


def _marks(history: History, versions: Sequence[ArtifactVersion]) -> list[str]:
    """Return for each version what is wrong with its stored bytes, '' if nothing is known to be."""
    stored = (condition(history, each, MOST_IN_A_LIST) if each.is_stored else Condition.INTACT for each in versions)
    return [f"  ({each.value})" if each in _TOLD else "" for each in stored]


def _labels(history: History, versions: Sequence[ArtifactVersion]) -> list[list[str]]:
    """Return the tags of each version, and ``pinned`` where it is."""
    found = labels_of(history.store, versions)
    return [found[each.id].words() if each.id in found else [] for each in versions]


def _bracketed(words: list[str]) -> str:
    return f"  [{', '.join(words)}]" if words else ""


def _cells(version: ArtifactVersion, mark: str, *, of: str) -> list[str]:
    what = [value_text(version) + mark, version.type.rpartition(".")[2], size(version.size)]
    return [str(version.version), of, *what, moment(version.created), _made_in(version)]


def _made_in(version: ArtifactVersion) -> str:
    """Return the run that a version comes from: ``1``, or ``4, first 1`` for a value that was made again."""
    if version.last_run_id is None:
        return "-"
    again = version.run_id not in (None, version.last_run_id)
    return f"{version.last_run_id}, first {version.run_id}" if again else str(version.last_run_id)
