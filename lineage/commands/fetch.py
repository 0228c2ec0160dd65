"""``lineage fetch``: bring artifacts here that are in a shared store."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import TextIO

from lineage.commands.tables import size
from lineage.errors import StoreError, UsageError
from lineage.model.history import ArtifactVersion
from lineage.query import History

__all__ = ["fetch"]


def fetch(project: str, names: Sequence[str], out: TextIO, *, as_json: bool = False) -> int:
    """Bring artifacts here.

    Parameters
    ----------
    project : str
        The project's folder.
    names : sequence of str
        Artifacts as `lineage show` takes them, or pipelines for all that they have now; all of that for none.
    out : TextIO
        Where to print.
    as_json : bool
        Print JSON.

    Returns
    -------
    int
        0; 2 if something could not be brought.

    Raises
    ------
    UsageError
        If nothing of a name is known.
    """
    rows = []
    with History(project) as history:
        wanted = _wanted(history, names)
        was_here = {version.id for version in wanted if history.stack.artifacts.stat(version.blob or "") is not None}
        history.stack.bring_ahead((version.blob or "", version.format) for version in wanted)
        for version in wanted:
            row = _brought(history, version, was_here=version.id in was_here)
            rows.append(row)
            if not as_json:
                out.write(_line(row))
        history.stack.artifacts.flush()
    failed = any(row["error"] is not None for row in rows)
    if as_json:
        out.write(json.dumps({"fetched": rows}, indent=1) + "\n")
    elif not rows:
        out.write("nothing is stored yet: run doit\n")
    return 2 if failed else 0


def _wanted(history: History, names: Sequence[str]) -> list[ArtifactVersion]:
    current = [artifact.current for artifact in history.artifacts() if artifact.current.is_stored]
    if not names:
        return current
    found: dict[int, ArtifactVersion] = {}
    for name in names:
        of_pipeline = [version for version in current if version.name.startswith(f"{name}/")]
        for version in of_pipeline or history.find(name):
            if not version.is_stored:
                raise UsageError(f"{version} is an input file: it is in the project, and not stored")
            found[version.id] = version
    return list(found.values())


def _brought(history: History, version: ArtifactVersion, *, was_here: bool) -> dict[str, object]:
    store, blob = history.stack.artifacts, version.blob or ""
    row: dict[str, object] = {"artifact": version.name, "version": version.version, "size": version.size}
    try:
        history.stack.bring(blob, version.format, version.type, str(version))
    except StoreError as error:
        return {
            **row,
            "path": None,
            "fetched": False,
            "error": {"what": error.what, "why": error.why, "fix": error.fix},
        }
    return {**row, "path": os.path.relpath(store.place(blob)), "fetched": not was_here, "error": None}


def _line(row: dict[str, object]) -> str:
    name = f"{row['artifact']}@{row['version']}"
    error = row["error"]
    if isinstance(error, dict):
        lines = [f"✕ {name}: {error['what']}"]
        return "\n".join([*lines, *(f"    {word}: {error[word]}" for word in ("why", "fix") if error[word])]) + "\n"
    bytes_ = row["size"] if isinstance(row["size"], int) else None
    return f"{'✓' if row['fetched'] else '='} {name}  {size(bytes_)}{'' if row['fetched'] else '  is here'}\n"
