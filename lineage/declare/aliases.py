"""Input files by an alias that another module of the project defines: ``InFile = Annotated[Path, File]``.

The index of a file knows the aliases of that file. One that is imported is looked up where it is defined; by its text,
since nothing is imported to plan.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from lineage.model.plan import Parameter

if TYPE_CHECKING:
    from lineage.fingerprint.code import Project
    from lineage.fingerprint.source import SourceIndex

__all__ = ["with_imported_files"]

_NAME = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"
_answers: dict[tuple[str, str], bool] = {}


def with_imported_files(
    parameters: tuple[Parameter, ...], index: SourceIndex, project: Project, resolve: Callable[[str], str]
) -> tuple[Parameter, ...]:
    """Return the parameters of a step, those that are files by an imported alias marked as files.

    Parameters
    ----------
    parameters : tuple of Parameter
        As the index of the step's file has them.
    index : SourceIndex
        That file.
    project : Project
        The project.
    resolve : callable
        Makes a dotted name as the file has it absolute.
    """
    return tuple(
        Parameter(one.name, one.kind, one.annotation, one.default, is_file=True)
        if not one.is_file and one.annotation and _names_files(one.annotation, index, project, resolve)
        else one
        for one in parameters
    )


def _names_files(annotation: str, index: SourceIndex, project: Project, resolve: Callable[[str], str]) -> bool:
    for name in re.findall(_NAME, annotation):
        if name.partition(".")[0] not in index.imports:
            continue
        module, _, attribute = resolve(name).rpartition(".")
        path = project.find_module(module) if module else None
        if path is not None and _is_alias(path, attribute):
            return True
    return False


def _is_alias(path: str, name: str) -> bool:
    key = (path, name)
    if key not in _answers:
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read()
        # The usual module does not mention `File` at all; the pattern need not be tried on it.
        pattern = rf"^(?:type\s+)?{re.escape(name)}\b[^=\n]*=(?s:.)*?\bAnnotated\s*\[[^\]]*\bFile\b"
        _answers[key] = "File" in text and _assigned(pattern, text, name)
    return _answers[key]


def _assigned(pattern: str, text: str, name: str) -> bool:
    found = re.search(pattern, text, re.MULTILINE)
    if found is None:
        return False
    # What lies between the name and `Annotated` must be one statement: no other top-level line in between.
    return "\n" not in re.sub(r"\n\s+|\n\]", " ", found.group(0))
