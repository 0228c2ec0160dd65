"""The project whose sources steps are read from, where nobody names one."""

from __future__ import annotations

import os

from lineage.fingerprint.code import Project

__all__ = ["current", "project_of", "use"]

_current: Project | None = None
_others: dict[str, Project] = {}


def use(project: Project | None) -> None:
    """Make a project the one of this process."""
    global _current
    _current = project


def current() -> Project | None:
    """Return the project of this process, ``None`` outside of doit and lineage."""
    return _current


def project_of(path: str) -> Project:
    """Return the project of this process, or one around a file that is not part of it."""
    folder = os.path.dirname(os.path.realpath(path)) if path else os.getcwd()
    if _current is not None and (folder + os.sep).startswith(_current.root + os.sep):
        return _current
    while os.path.exists(os.path.join(folder, "__init__.py")):
        folder = os.path.dirname(folder)
    if folder not in _others:
        _others[folder] = Project(folder)
    return _others[folder]
