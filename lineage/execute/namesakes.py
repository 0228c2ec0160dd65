"""Whether the modules in this process are those of the step: Python knows one module of each name.

Two folders that are both put into ``sys.path`` may each have a ``util.py``. In a process in which one of them has been
imported, an import of the other gives the first one, without a word. A step is remembered by the files that it would
import alone, so a result made with another file is refused.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Collection, Iterable
from importlib.machinery import PathFinder
from types import ModuleType
from typing import TYPE_CHECKING

from lineage.declare.import_effects import executed_by, searched
from lineage.declare.names import plain_namespace
from lineage.errors import StepError

if TYPE_CHECKING:
    from lineage.execute.job import Job

__all__ = ["check_namesakes", "forget"]


def check_namesakes(job: Job, root: str) -> None:
    """Refuse what a step has made with a module that it would not have imported in a process of its own.

    To be called while ``sys.path`` is as the step has left it.

    Parameters
    ----------
    job : Job
        The step.
    root : str
        The project's folder.

    Raises
    ------
    StepError
        With both files.
    """
    for name in sorted(job.imported):
        loaded = _file(name)
        if loaded is None or not loaded.startswith(root + os.sep):
            continue
        wanted = _other_file(name, loaded, job, root)
        if wanted is not None:
            raise StepError(
                f"step '{job.call.step.name}' imports '{name}', which is {os.path.relpath(wanted)} for it, "
                f"but got {os.path.relpath(loaded)}",
                why=f"Python keeps one module of each name in a process, and '{name}' has been imported for another "
                "step; the result would depend on which of them runs first",
                fix=f"give one of the two files another name, or import each from its folder{_spelled(wanted, root)}",
            )


def forget(names: Iterable[str]) -> None:
    """Let the next step import modules anew that this one has found where nobody could know: it must be heard again.

    Parameters
    ----------
    names : iterable of str
        Of the modules.
    """
    # Steps in other threads may have it from this one, which `check_namesakes` would not see any more.
    if threading.current_thread() is threading.main_thread():
        for name in names:
            sys.modules.pop(name, None)


def _other_file(name: str, loaded: str, job: Job, root: str) -> str | None:
    """Return the file that a step would have imported alone, ``None`` if it is the one that is loaded."""
    told = [path for path in job.modules if path != loaded and _place(path)[1] == name]
    folders = [each for each in sys.path if _is_searched(each, job.modules)]
    if told and loaded not in job.modules:
        return next((path for path in told if _is_found(path, folders, job.searched)), None)
    by = executed_by(loaded)
    if by is None or by in job.modules:
        return None  # it would have come before all that the step adds
    if threading.current_thread() is threading.main_thread():
        found = _found(name, folders)
        return found if found != loaded else None
    # Steps in other threads add folders meanwhile, at one end or the other, also while a module is being executed.
    every = (_found(name, [folder]) for folder in sys.path if os.path.realpath(folder).startswith(root))
    return next((found for found in every if found not in (None, loaded)), None)


def _place(path: str) -> tuple[str, str]:
    """Return the folder in which a module is found by its last name, and that name."""
    folder, file = os.path.split(path)
    if file == "__init__.py":
        folder, file = os.path.split(folder)
    return folder, file.removesuffix(".py")


def _file(name: str) -> str | None:
    module = sys.modules.get(name)
    file = plain_namespace(module).get("__file__") if isinstance(module, ModuleType) else None
    return os.path.realpath(file) if isinstance(file, str) else None


def _is_searched(folder: str, modules: Collection[str]) -> bool:
    """Whether the step would have a folder in ``sys.path`` alone: one that a module adds, it has with that module."""
    adding = searched().get(folder)
    return adding is None or not adding.isdisjoint(modules)


def _found(name: str, folders: list[str]) -> str | None:
    """Return the file that an import would find if nobody had imported that name."""
    spec = PathFinder.find_spec(name, folders)
    return os.path.realpath(spec.origin) if spec is not None and spec.has_location and spec.origin else None


def _is_found(path: str, folders: list[str], told: Collection[str]) -> bool:
    """Whether a file may be imported by its last name alone, and was not imported by any."""
    folder = _place(path)[0]
    if folder not in told and folder not in map(os.path.realpath, folders):
        return False
    return path not in map(_file, list(sys.modules))


def _spelled(path: str, root: str) -> str:
    folder, name = _place(path)
    parts = os.path.relpath(folder, root).split(os.sep)
    return f": from {'.'.join(parts)} import {name}" if all(part.isidentifier() for part in parts) else ""
