"""The preview of a file or folder that a step has written: its name, its size, and the beginning of a text."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from lineage.formats.picture import MOST_BYTES, embedded

__all__ = ["preview_files"]

_HEAD = 2000
_NAMES = 40


def preview_files(path: Path, summary: dict[str, Any]) -> dict[str, Any]:
    """Return the preview of the file or folder that a path leads to."""
    told: dict[str, Any] = {"kind": "files"}
    told |= {key: summary[key] for key in ("name", "bytes", "files") if key in summary}
    return told | ({"names": _names(str(path))} if "files" in summary else _content(path))


def _content(path: Path) -> dict[str, Any]:
    with open(path, "rb") as file:
        data = file.read(MOST_BYTES + 1)
    picture = embedded(data)
    if picture is not None:
        return picture
    head = data[:_HEAD]
    if b"\0" in head:
        return {}
    try:
        # The cut may go through a character.
        return {"head": (head[: head.rfind(b"\n") + 1] or head).decode() if len(data) > _HEAD else head.decode()}
    except UnicodeDecodeError:
        return {}


def _names(folder: str) -> list[list[Any]]:
    """Return the first files in a folder, with their sizes."""
    found: list[list[Any]] = []
    for where, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(where, name)
            found.append([os.path.relpath(path, folder), os.lstat(path).st_size])
            if len(found) == _NAMES:
                return found
    return found
