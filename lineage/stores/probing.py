"""Find out whether an artifact store can be used, without leaving anything in it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator

from lineage.errors.refusal import refused
from lineage.model.checked import Finding

__all__ = ["probe_folder"]

_WHAT = "artifact store"


def probe_folder(path: str) -> Iterator[Finding]:
    """Say whether a folder can be written to, or made."""
    there = os.path.isdir(path)
    folder = path
    while not os.path.lexists(folder):
        folder = os.path.dirname(folder)
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".lineage-check-"):
            pass
    except OSError as error:
        told = refused(f"cannot write to {path}", error, os.path.join(folder, "any"))
        why, fix = told.why, told.fix
        if isinstance(error, FileNotFoundError) and os.path.isdir(folder):  # as /proc answers
            why, fix = f"no file can be made in {folder}", "name another folder"
        yield Finding(_WHAT, told.what, ok=False, why=why, fix=fix)
        return
    yield Finding(_WHAT, f"{path} can be written" if there else f"{path} is not there yet; the first doit makes it")
