"""What is executed before any step is: dodo.py, and what it imports.

What these modules change in others (``helper.LR = 2``) decides what a step computes, though the step's module imports
none of them. A module that declares steps is only read (`lineage.declare.deferred`), and so is no part of it, unless
something else is taken from it.
"""

from __future__ import annotations

from collections.abc import Iterator

from lineage.fingerprint.graph import Graph, Module

__all__ = ["executed_before"]


def executed_before(graph: Graph, entry: Module | None) -> tuple[Module, ...]:
    """Return the modules that are executed before a step is, the entry first.

    Parameters
    ----------
    graph : Graph
        The project's modules.
    entry : Module or None
        The module of dodo.py.
    """
    found: dict[Module, None] = {}
    pending = [] if entry is None else [entry]
    while pending:
        module = pending.pop()
        if module not in found:
            found[module] = None
            taken = _taken(graph, module)
            pending.extend(one for one in graph.loads(module) if not _is_read(one, taken.get(one.name, set())))
    return tuple(found)


def _taken(graph: Graph, module: Module) -> dict[str, set[str]]:
    """Return the names that a module takes from others as it imports them."""
    taken: dict[str, set[str]] = {}
    for unit in module.units:
        for _, level, target, name in unit.imported:
            taken.setdefault(graph.absolute(module, level, target), set()).add(name)
        for level, target in unit.stars:
            taken.setdefault(graph.absolute(module, level, target), set()).add("*")
    return taken


def _is_read(module: Module, taken: set[str]) -> bool:
    """Whether a module is read instead of imported, where only these of its names are wanted."""
    if module.index is None or module.index.error is not None or module.index.star_imports:
        return False
    steps = set(_steps(module))
    inside = {name for name in taken if name in module.index.binds or name == "*"}
    return bool(steps) and inside <= steps


def _steps(module: Module) -> Iterator[str]:
    # A pipeline may be executed with its module, to find out what it links.
    if module.index is not None and "lineage" in "".join(module.index.imports.values()):
        for name, function in module.index.functions.items():
            if any(decorator.ours == "step" for decorator in function.decorators):
                yield name
        for name, assignment in module.index.assignments.items():
            if assignment.ours == "shell_step":
                yield name
