"""The plan: the calls of all pipelines of a project, with their names, before anything runs."""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from typing import Any

from lineage.declare.arguments import Converter
from lineage.declare.naming import give_names
from lineage.declare.pipeline import Pipeline
from lineage.declare.places import failing_line, place
from lineage.declare.recording import Recording
from lineage.declare.step import Step, planning
from lineage.errors import DeclarationError, LineageError
from lineage.fingerprint.code import Project
from lineage.model.plan import MISSING, Call

__all__ = ["PipelinePlan", "Plan", "plan"]


class PipelinePlan:
    """One pipeline of a plan.

    Attributes
    ----------
    name : str
        The pipeline, doit's group task.
    doc : str
        First line of its docstring.
    path, line : str, int
        Where it is declared.
    selection : dict of str to str
        Its parameters with their values as people are shown them; a slot's value is the step's name.
    calls : list of Call
        Its calls, in the order in which the body makes them.
    """

    __slots__ = ("calls", "doc", "line", "name", "path", "selection")

    def __init__(self, pipeline: Pipeline[Any, Any], selection: dict[str, str], calls: list[Call]) -> None:
        self.name = pipeline.name
        self.doc = pipeline.doc
        self.path = pipeline.path
        self.line = pipeline.line
        self.selection = selection
        self.calls = calls


class Plan:
    """What is to be made.

    Attributes
    ----------
    calls : list of Call
        A call comes after all that it takes artifacts from; its place is its ``index``.
    by_task : dict of str to Call
        By doit's name, ``digits:trainer``.
    pipelines : dict of str to PipelinePlan
        By name, in the order given.
    """

    __slots__ = ("by_task", "calls", "pipelines")

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.by_task: dict[str, Call] = {}
        self.pipelines: dict[str, PipelinePlan] = {}


def plan(
    pipelines: Sequence[Pipeline[Any, Any]], overrides: Mapping[str, Mapping[str, object]], project: Project
) -> Plan:
    """Plan pipelines by running their bodies with placeholders.

    Parameters
    ----------
    pipelines : sequence of Pipeline
        In the order in which their tasks shall be.
    overrides : mapping
        Pipeline name -> parameter -> value, in place of defaults.
    project : Project
        The project, whose sources say how artifacts are called.

    Returns
    -------
    Plan

    Raises
    ------
    DeclarationError
        If a body or a step call cannot work; with the user's file and line.
    """
    made = Plan()
    collecting = gc.isenabled()
    gc.disable()  # many small objects that all stay: looking for garbage among them would cost a fifth
    try:
        _plan_all(pipelines, overrides, made, project)
    finally:
        if collecting:
            gc.enable()
    return made


def _plan_all(
    pipelines: Sequence[Pipeline[Any, Any]],
    overrides: Mapping[str, Mapping[str, object]],
    made: Plan,
    project: Project,
) -> None:
    converter = Converter(project)
    seen: dict[str, Pipeline[Any, Any]] = {}
    for pipeline in pipelines:
        before = seen.setdefault(pipeline.name, pipeline)
        if before is not pipeline:
            raise DeclarationError(
                f"two pipelines are called '{pipeline.name}': {place(before.path, before.line, project.root)} "
                f"and {place(pipeline.path, pipeline.line, project.root)}",
                why="a pipeline's name is its task's name and the first part of its artifacts' names",
                fix="rename one of the functions",
            )
        if pipeline.name not in made.pipelines:
            _plan_one(pipeline, overrides.get(pipeline.name, {}), made, converter)


def _plan_one(pipeline: Pipeline[Any, Any], overrides: Mapping[str, object], made: Plan, converter: Converter) -> None:
    values = _values(pipeline, overrides, converter.project)
    recording = Recording(pipeline, values, made.calls, converter)
    start = len(made.calls)
    token = planning.set(recording)
    try:
        pipeline.run_body((), values)
    except LineageError:
        raise
    except (Exception, SystemExit) as error:
        from lineage.errors.defect import LINEAGE, culprit

        if culprit(error) == LINEAGE:
            raise
        raise _misbehaving(pipeline, error, converter.project) from error
    finally:
        planning.reset(token)
    give_names(recording)
    calls = made.calls[start:]
    made.by_task.update((call.task, call) for call in calls)
    selection = {name: _shown(value) for name, value in values.items()}
    made.pipelines[pipeline.name] = PipelinePlan(pipeline, selection, calls)


def _values(pipeline: Pipeline[Any, Any], overrides: Mapping[str, object], project: Project) -> dict[str, Any]:
    values = {**pipeline.parameters, **overrides}
    missing = [name for name, value in values.items() if value is MISSING]
    if missing:
        raise DeclarationError(
            f"parameter '{missing[0]}' of pipeline '{pipeline.name}' "
            f"({place(pipeline.path, pipeline.line, project.root)}) has no default",
            why="doit runs the pipeline without arguments",
            fix=f"give it one in the def, or a value on the command line: doit {missing[0]}=...",
        )
    return values


def _shown(value: object) -> str:
    from lineage.fingerprint.values import show_value

    return value.__name__ if isinstance(value, Step | Pipeline) else show_value(value)


def _misbehaving(pipeline: Pipeline[Any, Any], error: BaseException, project: Project) -> DeclarationError:
    """Turn an exception out of a pipeline's body into an error that says where."""
    path = pipeline.body.__code__.co_filename if hasattr(pipeline.body, "__code__") else pipeline.path
    line = failing_line(error.__traceback__, path) or pipeline.line
    where = place(path, line, project.root)
    if isinstance(error, ValueError) and "to unpack" in str(error):
        return DeclarationError(
            f"the body of pipeline '{pipeline.name}' unpacks a wrong number of outputs ({where}): {error}",
            why="a call gives as many artifacts as its step's annotation names",
            fix="give each output a local name, '_' for those that are not needed",
        )
    return DeclarationError(
        f"the body of pipeline '{pipeline.name}' raised {type(error).__name__} ({where}): {error}",
        why="it is run to find out which steps it links",
        fix="mend the body; what works with values belongs in steps",
    )
