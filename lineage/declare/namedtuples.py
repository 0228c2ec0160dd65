"""The fields of a NamedTuple class, read from source: of one that is imported, derived, or made by a call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lineage.declare.names import absolute, module_of
from lineage.fingerprint.source import NAMEDTUPLES

if TYPE_CHECKING:
    from lineage.fingerprint.code import Project
    from lineage.fingerprint.source import SourceIndex

__all__ = ["namedtuple_fields"]

Fields = tuple[tuple[str, str | None], ...]

#: How far imports and base classes are followed: they may lead in a circle.
_DEPTH = 8


def namedtuple_fields(name: str, index: SourceIndex, project: Project, module: str, depth: int = 0) -> Fields | None:
    """Return the fields of a NamedTuple class.

    Parameters
    ----------
    name : str
        The dotted name by which a module knows it.
    index : SourceIndex
        That module's file.
    project : Project
        The project.
    module : str
        That module's name.
    depth : int
        How many imports and base classes lead here.

    Returns
    -------
    tuple of (str, str or None) or None
        The names and the texts of their annotations; ``None`` if it is no NamedTuple.
    """
    if depth > _DEPTH:
        return None
    if name in index.classes:
        found = index.classes[name]
        if found.is_namedtuple:
            return tuple(found.fields)
        for base in found.bases:
            if _is_typings(base, index, project, module, depth + 1):
                return tuple(found.fields)
            fields = namedtuple_fields(base, index, project, module, depth + 1)
            if fields is not None:
                return fields
        return None
    for source, rest, of in _origins(name, index, project, module):
        fields = namedtuple_fields(rest, source, project, of, depth + 1)
        if fields is not None:
            return fields
    return None


def _is_typings(name: str, index: SourceIndex, project: Project, module: str, depth: int) -> bool:
    """Whether a name is ``typing.NamedTuple``, be it handed on by modules of the project."""
    if depth > _DEPTH or name in index.classes:
        return False
    return index.origin(name) in NAMEDTUPLES or any(
        _is_typings(rest, source, project, of, depth + 1) for source, rest, of in _origins(name, index, project, module)
    )


def _origins(name: str, index: SourceIndex, project: Project, module: str) -> list[tuple[SourceIndex, str, str]]:
    """Return where in the project a name may come from: the file, the name there, and the file's module."""
    head = name.partition(".")[0]
    if head in index.imports:
        origins = [index.origin(name)]
    else:
        # A base class is written with its file's imports applied.
        origins = [name, *(f"{star}.{name}" for star in reversed(index.star_imports))]
    found = []
    for origin in origins:
        path, rest = module_of(absolute(origin, module, index.path), project)
        if path is not None and rest:
            found.append((project.index(path), rest, project.module_name(path) or ""))
    return found
