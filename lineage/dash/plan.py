"""What would run: asked of ``lineage plan --json`` in a process of its own, since that has to execute dodo.py.

It is asked when the dashboard starts and again when dodo.py or a source of the project has changed. A child is looked
at and never waited for; if it fails, its words are shown.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from typing import IO, Any

from lineage.dash.recorded import Task

__all__ = ["Planner", "planned_tasks"]

_CODE = "import sys; from lineage.commands.main import main; sys.exit(main(['plan', '--json']))"
#: Folders that hold no source of the project.
_APART = frozenset({"artifacts", "node_modules", "__pycache__", "site-packages", "venv"})
_MOST_FILES = 5000
_LONGEST_ERROR = 2000

Sources = tuple[tuple[str, int, int], ...]


class Planner:
    """Asks for the plan whenever the sources have changed.

    Parameters
    ----------
    project : str
        The project's folder.

    Attributes
    ----------
    planned : dict of str to Task
        What was planned last; empty where nothing could be.
    error : str or None
        Why the plan could not be made.
    """

    def __init__(self, project: str) -> None:
        self._project = project
        self._sources: Sources | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._out: IO[bytes] | None = None
        self._told: IO[bytes] | None = None
        self.planned: dict[str, Task] = {}
        self.error: str | None = None

    @property
    def is_asking(self) -> bool:
        """Whether a child is at work."""
        return self._child is not None

    def look(self) -> bool:
        """Look whether the plan is there, or has to be asked for; return whether it is another one now."""
        if self._child is not None:
            return self._child.poll() is not None and self._took()
        sources = tuple(_sources(self._project))
        if sources != self._sources:
            self._sources = sources
            self._ask()
        return False

    def _ask(self) -> None:
        self._out, self._told = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115 - closed when it ends
        self._child = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-c", _CODE],
            cwd=self._project,
            stdin=subprocess.DEVNULL,
            stdout=self._out,
            stderr=self._told,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"},
            start_new_session=True,
        )

    def _took(self) -> bool:
        assert self._out is not None, "a child has its files"
        assert self._told is not None, "a child has its files"
        self._child = None
        before = self.planned, self.error
        self.planned, self.error = _read(_text(self._out), _text(self._told))
        return (self.planned, self.error) != before

    def close(self) -> None:
        """End the child, if one is at work."""
        if self._child is not None and self._child.poll() is None:
            self._child.kill()
            self._child.wait()


def _text(file: IO[bytes]) -> str:
    with file:
        file.seek(0)
        return file.read().decode("utf-8", "replace")


def _read(out: str, told: str) -> tuple[dict[str, Task], str | None]:
    """Return what was planned, or why nothing was."""
    try:
        found = json.loads(out)
    except ValueError:
        return {}, (told or out).strip()[-_LONGEST_ERROR:] or "`lineage plan` said nothing"
    if "error" in found:
        told = "\n".join(str(found["error"][name]) for name in ("what", "fix") if found["error"].get(name)) or told
        return {}, told[:_LONGEST_ERROR]
    return planned_tasks(found), None


def planned_tasks(found: Mapping[str, Any]) -> dict[str, Task]:
    """Return the tasks of a plan, all pending.

    Parameters
    ----------
    found : mapping
        What ``lineage plan --json`` prints.
    """
    return {each["task"]: _task(each) for each in found.get("plan", ()) if each.get("step")}


def _task(each: Mapping[str, Any]) -> Task:
    files = tuple(f"file:{file['path']}" for file in each["files"])
    return Task(
        name=each["task"],
        function=str(each["step"]),
        status="pending",
        takes=(*(taken["artifact"] for taken in each["inputs"]), *files),
        gives=tuple(given["artifact"] for given in each["outputs"]),
        upstream=tuple(each["upstream"]),
    )


def _sources(project: str) -> Iterator[tuple[str, int, int]]:
    """Yield path, size and time of each Python file of the project."""
    count = 0
    for folder, folders, files in os.walk(project):
        folders[:] = sorted(name for name in folders if name not in _APART and not name.startswith("."))
        for name in sorted(files):
            if not name.endswith(".py"):
                continue
            count += 1
            if count > _MOST_FILES:
                return
            path = os.path.join(folder, name)
            try:
                found = os.stat(path)
            except OSError:
                continue
            yield path, found.st_size, found.st_mtime_ns
