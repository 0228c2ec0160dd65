"""Whether the modules in this process are those of the step: Python knows one module of each name.

Two folders that are both put into ``sys.path`` may each have a ``util.py``. In a process in which one of them has been
imported, an import of the other gives the first one, without a word. A step is remembered by the files that it would
import alone, so a result made with another file is refused.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Collection
from importlib.machinery import PathFinder

from lineage.declare.import_effects import searched
from lineage.declare.names import plain_namespace
from lineage.errors import StepError

__all__ = ["check_namesakes"]


def check_namesakes(modules: Collection[str], added: Collection[str], step: str, root: str) -> None:
    """Refuse what a step has made with a module that it would not have imported in a process of its own.

    To be called while ``sys.path`` is as the step has left it.

    Parameters
    ----------
    modules : collection of str
        The source files (resolved) of the modules that the step imports, as far as its code tells.
    added : collection of str
        The folders that this code adds to ``sys.path``.
    step : str
        Its name.
    root : str
        The project's folder.

    Raises
    ------
    StepError
        With both files.
    """
    for path in modules:
        folder, name = _place(path)
        loaded = _file(name)
        if loaded is None or loaded == path or not loaded.startswith(root + os.sep):
            continue
        folders = [each for each in sys.path if _is_searched(each, modules)]
        if loaded not in modules:
            wanted = path if _is_found(path, folder, added, folders) else loaded
        else:
            wanted = _wanted(name, folders) or loaded
            # Other threads' steps add folders meanwhile, at one end or the other.
            both = {folder, _place(loaded)[0]}
            if threading.current_thread() is not threading.main_thread() and both.issubset(
                map(os.path.realpath, folders)
            ):
                wanted = path
        if wanted != loaded:
            raise StepError(
                f"step '{step}' imports '{name}', which is {_shown(wanted)} for it, but got {_shown(loaded)}",
                why=f"Python keeps one module of each name in a process, and '{name}' has been imported for another "
                "step; the result would depend on which of them runs first",
                fix=f"give one of the two files another name, or import each from its folder{_spelled(wanted, root)}",
            )


def _place(path: str) -> tuple[str, str]:
    """Return the folder in which a module is found by its last name, and that name."""
    folder, file = os.path.split(path)
    if file == "__init__.py":
        folder, file = os.path.split(folder)
    return folder, file.removesuffix(".py")


def _file(name: str) -> str | None:
    module = sys.modules.get(name)
    file = None if module is None else plain_namespace(module).get("__file__")
    return os.path.realpath(file) if isinstance(file, str) else None


def _is_searched(folder: str, modules: Collection[str]) -> bool:
    """Whether the step would have a folder in ``sys.path`` alone: one that a module adds, it has with that module."""
    adding = searched().get(folder)
    return adding is None or not adding.isdisjoint(modules)


def _wanted(name: str, folders: list[str]) -> str | None:
    """Return the file that an import would find if nobody had imported that name."""
    spec = PathFinder.find_spec(name, folders)
    return os.path.realpath(spec.origin) if spec is not None and spec.has_location and spec.origin else None


def _is_found(path: str, folder: str, added: Collection[str], folders: list[str]) -> bool:
    """Whether a file may be imported by its last name alone, and was not imported by any."""
    if folder not in added and folder not in map(os.path.realpath, folders):
        return False
    return path not in map(_file, list(sys.modules))


def _shown(path: str) -> str:
    return os.path.relpath(path)


def _spelled(path: str, root: str) -> str:
    folder, name = _place(path)
    parts = os.path.relpath(folder, root).split(os.sep)
    return f": from {'.'.join(parts)} import {name}" if all(part.isidentifier() for part in parts) else ""
