"""Which declarations of a module can be made from its source, so that the module need not be imported for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from lineage.declare.functions import check_methods, is_generator, refuse_plain
from lineage.declare.options import read_options, shell_options
from lineage.declare.places import place
from lineage.model.plan import Unevaluated

if TYPE_CHECKING:
    from lineage.fingerprint.code import Project
    from lineage.fingerprint.source import Assignment, Decorator, FunctionInfo, SourceIndex

__all__ = ["declarations"]

Declaration = tuple[str, str, Any, dict[str, Any]]
"""name, kind, what the index has of it, options"""


def declarations(index: SourceIndex, module: str, project: Project) -> Iterator[Declaration]:
    """Yield what can be made from the source of a module.

    Parameters
    ----------
    index : SourceIndex
        The source.
    module : str
        The module's name.
    project : Project
        The project, in which names are looked up.

    Raises
    ------
    DeclarationError
        If it declares a step that cannot be one.
    """
    with open(index.path, encoding="utf-8", errors="replace") as file:
        text = file.read()
    check_methods(text, index)
    lines = text.split("\n")
    for name, info in index.functions.items():
        decorator = _only_decorator(info)
        if decorator is None or index.binds[name] != 1:
            continue
        # Who does not import this one step would be told only when its module is executed, in the middle of a run.
        if info.is_async or is_generator(lines[info.line - 1 : info.end_line]):
            if len(info.decorators) == 1:
                refuse_plain(f"{decorator.ours} '{name}'", place(index.path, info.first_line), is_async=info.is_async)
            continue
        if decorator.ours == "pipeline":
            if not decorator.keywords:
                yield name, "pipeline", info, {}
            continue
        options = read_options("step", decorator.keywords, module, index, project)
        if options is None:
            continue
        yield name, "step", info, options
    for name, assignment in index.assignments.items():
        if assignment.ours == "shell_step" and index.binds[name] == 1 and _is_literal(assignment):
            given = read_options("shell_step", shell_options(assignment.keywords), module, index, project)
            if given is not None:
                yield name, "shell_step", assignment, given


def _only_decorator(info: FunctionInfo) -> Decorator | None:
    """Return the decorator of ours that is outermost, if it is all that must be understood."""
    first, *others = info.decorators or (None,)
    if first is None or first.ours not in ("step", "pipeline") or first.arguments:
        return None
    if any(other.ours for other in others) or (others and first.ours == "pipeline"):
        return None
    return first


def _is_literal(assignment: Assignment) -> bool:
    values = (*assignment.arguments, *assignment.keywords.values())
    return not any(isinstance(value, Unevaluated) for value in values) and "**" not in assignment.keywords
