"""What names stand for: a dotted name in a source file, found in the sources of the project; those of a module."""

from __future__ import annotations

import os
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lineage.fingerprint.code import Project
    from lineage.fingerprint.source import SourceIndex

__all__ = ["absolute", "code_named", "module_of", "plain_namespace"]

_DEEPEST = 8


def module_of(dotted: str, project: Project) -> tuple[str | None, str]:
    """Split ``tasks.types.Digits`` into the file of its longest prefix that is a module, and the rest."""
    head, rest = dotted, ""
    while head:
        path = project.find_module(head)
        if path is not None:
            return path, rest
        head, _, last = head.rpartition(".")
        rest = f"{last}.{rest}" if rest else last
    return None, ""


def absolute(dotted: str, module: str, path: str) -> str:
    """Resolve the leading dots of a relative import."""
    name = dotted.lstrip(".")
    level = len(dotted) - len(name)
    if not level:
        return dotted
    parts = module.split(".")
    if os.path.basename(path) != "__init__.py":
        level += 1
    base = parts[: len(parts) - (level - 1)]
    return ".".join([*base, name]) if name else ".".join(base)


def code_named(dotted: str, module: str, index: SourceIndex, project: Project, depth: int = 0) -> str | None:
    """Return the function, class, step or module of the project that a name in a file stands for.

    Parameters
    ----------
    dotted : str
        As it is written: ``helpers.clean``.
    module : str
        The module that the file is.
    index : SourceIndex
        The file.
    project : Project
        The project.

    Returns
    -------
    str or None
        ``tasks.helpers:clean``, of a module ``tasks.helpers:``; ``None`` for anything else, whose value only an import
        tells: it may be the path of a file.
    """
    head = dotted.partition(".")[0]
    if index.binds.get(head) != 1 or depth > _DEEPEST:
        return None
    if head in index.functions or head in index.classes or _is_shell_step(index, dotted):
        return f"{module}:{dotted}"
    if head not in index.imports:
        return None
    path, rest = module_of(absolute(index.origin(dotted), module, index.path), project)
    name = None if path is None else project.module_name(path)
    if path is None or name is None:
        return None
    if rest:
        return code_named(rest, name, project.index(path), project, depth + 1)
    return None if _is_hidden(name, project) else f"{name}:"


def _is_hidden(module: str, project: Project) -> bool:
    """Whether the package around a module binds its name to something that may not be the module."""
    package, _, name = module.rpartition(".")
    path = project.find_module(package) if package else None
    return path is not None and name in project.index(path).binds


def _is_shell_step(index: SourceIndex, name: str) -> bool:
    assignment = index.assignments.get(name)
    return assignment is not None and assignment.ours == "shell_step"


def plain_namespace(module: ModuleType) -> dict[str, Any]:
    """Return a module's dict without asking a deferred module for it, which would import it."""
    descriptor: Any = vars(ModuleType)["__dict__"]
    namespace: dict[str, Any] = descriptor.__get__(module)
    return namespace
