"""Steps as they are when they run: their modules are imported for it, where reading them is not enough."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lineage.declare.deferred import load
from lineage.declare.options import read_options, shell_options
from lineage.declare.step import Step, restore

if TYPE_CHECKING:
    from lineage.fingerprint.code import Project

__all__ = ["find_step", "options_of"]


def find_step(module: str, qualname: str) -> Step[Any, Any]:
    """Import a step's module for real and return the step.

    Parameters
    ----------
    module, qualname : str
        As in `lineage.model.plan.StepSpec`.

    Returns
    -------
    Step
        Its ``__wrapped__`` is the function to run.

    Raises
    ------
    DeclarationError
        If the module has no such step; whatever importing it raises is passed on.
    """
    load(module)
    return restore(module, qualname)


def options_of(step: str, project: Project) -> dict[str, Any]:
    """Return the options of any step of the project; imports its module where reading does not tell them.

    Parameters
    ----------
    step : str
        ``module:name``.
    project : Project
        The project.
    """
    module, _, name = step.partition(":")
    path = project.find_module(module)
    if path is not None:
        index = project.index(path)
        function, assignment = index.functions.get(name), index.assignments.get(name)
        decorator = None if function is None else function.decorated("step")
        found = None
        if decorator is not None and index.binds[name] == 1:
            found = read_options("step", decorator.keywords, module, index, project)
        elif assignment is not None and index.binds[name] == 1:
            found = read_options("shell_step", shell_options(assignment.keywords), module, index, project)
        if found is not None:
            return found
    return find_step(module, name).reading(project).spec.options
