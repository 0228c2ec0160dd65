"""By which references a statement is reached."""

from __future__ import annotations

from collections.abc import Mapping

from lineage.fingerprint.graph import Graph, Module

__all__ = ["DECLARED", "route"]

DECLARED = -2
"""In place of the number of the unit that refers to another: the step says so in ``depends_on``."""


def route(graph: Graph, parents: Mapping[int, int], number: int, root: Module, start: str, end: str) -> str:
    """Return the path of references that reaches a unit, as a reader would write it: ``train -> helpers.scale -> BY``.

    Parameters
    ----------
    graph : Graph
        The project's modules.
    parents : mapping of int to int
        For each unit the one that refers to it; `DECLARED` or another negative number where none does.
    number : int
        The unit.
    root : Module
        Where the path begins.
    start, end : str
        The names that it begins and ends with.
    """
    path: list[int] = []
    while number >= 0 and len(path) < 64:
        if graph.units[number][1].kind != "import" or not path:
            path.append(number)
        number = parents.get(number, -1)
    words: list[str] = []
    before: Module | None = root if number == DECLARED else None
    for step in reversed(path):
        module, unit = graph.units[step]
        same = before is None or module is before
        words.append(unit.name if same else f"{module.name.rpartition('.')[2]}.{unit.name}")
        before = module
    if number == DECLARED:
        words[:0] = [start, "depends_on"]
    elif not words or words[0] != start:
        words.insert(0, start)
    return " -> ".join(words if words[-1].endswith(end) else [*words, end])
