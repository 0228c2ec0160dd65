"""What a command has imported of the project, and where Python would have looked before it found that.

A step module is read and not executed (`lineage.declare.deferred`), so what it says is in its text. One that was
executed, when dodo.py was or when a pipeline of it was planned, may have said anything.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from importlib.machinery import BYTECODE_SUFFIXES, EXTENSION_SUFFIXES, SOURCE_SUFFIXES
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

from lineage.declare.bytecode import FreshLoader
from lineage.declare.deferred import DeferredModule
from lineage.declare.names import plain_namespace
from lineage.declare.pipeline import Pipeline

if TYPE_CHECKING:
    from lineage.fingerprint.code import Project

__all__ = ["Imported", "engine", "file_of", "imported"]

#: In the order in which Python tries them.
_SUFFIXES = (*EXTENSION_SUFFIXES, *SOURCE_SUFFIXES, *BYTECODE_SUFFIXES)
_ENGINE = ("lineage", "doit")


class Imported(NamedTuple):
    """A module or package of the project that was imported."""

    name: str
    path: str
    """Its file; empty for a folder without ``__init__.py``."""
    executed: bool
    ours: bool
    """Whether it came by the loader that notes what is executed, and from where the project has it."""
    pipelines: tuple[str, ...]
    """The pipelines in it that were read."""
    before: tuple[str, ...]
    """Files that would have been imported in its place."""


def imported(project: Project) -> list[Imported]:
    """Return what this process has imported of a project."""
    return list(_imported(project))


def _imported(project: Project) -> Iterator[Imported]:
    inside = project.root + os.sep
    for name, module in list(sys.modules.items()):
        if module is sys.modules["__main__"]:  # doit's own script, which may be in an environment in the project
            continue
        namespace = plain_namespace(module) if isinstance(module, ModuleType) else {}
        path = file_of(module, project)
        folders = () if path else tuple(_place(each, inside) for each in namespace.get("__path__", ()))
        if any(_is_ours(place, inside) for place in (path, *folders)):
            loader = getattr(namespace.get("__spec__"), "loader", None)
            ours = not path or (isinstance(loader, FreshLoader) and project.find_module(name) == path)
            made = vars(loader).get("made", {}) if type(module) is DeferredModule else {}
            pipelines = tuple(each for each, thing in made.items() if isinstance(thing, Pipeline))
            executed = bool(path) and type(module) is not DeferredModule
            yield Imported(name, path, executed, ours, pipelines, tuple(_before(name, path, inside)))


def file_of(module: object, project: Project) -> str:
    """Return the file of a module as a project names it, empty where it has none."""
    path = plain_namespace(module).get("__file__") if isinstance(module, ModuleType) else None
    return _place(path, project.root + os.sep) if isinstance(path, str) else ""


def _place(path: str, inside: str) -> str:
    return path if path.startswith(inside) else os.path.realpath(path)


def _is_ours(place: str, inside: str) -> bool:
    if not place.startswith(inside) or any(place.startswith(each + os.sep) for each in _environments(inside)):
        return False
    parts = place[len(inside) :].split(os.sep)
    return not any(part.startswith(".") or part in ("site-packages", "dist-packages") for part in parts)


def _environments(inside: str) -> list[str]:
    """Return the environments in the project: conda's have Python's own modules in them."""
    prefixes = {os.path.realpath(sys.prefix), os.path.realpath(sys.base_prefix)}
    return [each for each in prefixes if each.startswith(inside)]


def _before(name: str, found: str, inside: str) -> Iterator[str]:
    """Yield the files for which Python looks before it comes to the one that it has found."""
    parent, _, last = name.rpartition(".")
    search: Iterable[str] = getattr(sys.modules.get(parent), "__path__", ()) if parent else sys.path
    for folder in map(str, search):
        stem = os.path.join(folder, last)
        for path in (*(os.path.join(stem, "__init__" + end) for end in _SUFFIXES), *(stem + end for end in _SUFFIXES)):
            if found and _place(path, inside) == found:
                return
            yield path


def engine() -> list[str]:
    """Return the files of this library and of doit that were loaded: another version of them may say another thing."""
    modules = [module for name, module in list(sys.modules.items()) if name.partition(".")[0] in _ENGINE]
    return sorted({str(module.__file__) for module in modules if getattr(module, "__file__", None)})
