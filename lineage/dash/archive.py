"""The records of a project, for reading, and whether they have changed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from lineage.query.history import History

__all__ = ["Archive", "Token"]

Token = tuple[Any, ...]
"""what the metadata store says of its state, and inode, size and mtime of what running steps write"""


class Archive:
    """The records of one project, opened for reading only.

    Parameters
    ----------
    project : str
        The project's folder.

    Attributes
    ----------
    history : History
        What was recorded.
    planned : mapping or None
        What `lineage plan` said last, by task (see `lineage.dash.plan`).
    plan_error : str or None
        Why it could not say anything.
    """

    planned: Mapping[str, Any] | None = None
    plan_error: str | None = None

    def __init__(self, project: str) -> None:
        self.project = project
        self.history = History(project)

    @cached_property
    def name(self) -> str:
        """The project's name: that of its folder."""
        return os.path.basename(os.path.abspath(self.project)) or self.project

    @property
    def newest(self) -> int | None:
        """The newest run."""
        return self.history.store.last_run_id() or None

    def token(self) -> Token:
        """Return what is another value once something was recorded, or a step that runs has told how far it is.

        Some looks at the file system, and at most a small query: a page that idles costs next to nothing.
        """
        folder = self.history.stack.path("progress")
        try:
            boards = sorted(os.listdir(folder))
        except OSError:
            boards = []
        return (*self.recorded(), *(_look(os.path.join(folder, name)) for name in boards))

    def recorded(self) -> Token:
        """Return what is another value once something was recorded."""
        return self.history.stack.recorded()

    def close(self) -> None:
        """Close the records."""
        self.history.close()


def _look(path: str) -> tuple[int, int, int]:
    try:
        found = os.stat(path)
    except OSError:
        return (0, 0, 0)
    return (found.st_ino, found.st_size, found.st_mtime_ns)
