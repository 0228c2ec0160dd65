"""``doit help TASK``: how a step or a pipeline is declared, and which words it takes; doit's own help for all else."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from doit import cmd_help
from doit.exceptions import InvalidDodoFile

from lineage.dodo.commands import Taught
from lineage.model.plan import MISSING
from lineage.model.shown import one_line

if TYPE_CHECKING:
    from lineage.declare.plan import PipelinePlan
    from lineage.dodo.session import Session
    from lineage.model.plan import Call, Parameter, StepSpec

__all__ = ["Help"]


class Help(Taught, cmd_help.Help):  # type: ignore[misc]
    """``doit help``; of a task it tells where it comes from."""

    name = "help"
    only_tells = True

    def execute(self, params: Any, args: list[str]) -> int | None:
        """Leave to doit what needs no dodo.py."""
        if len(args) != 1 or args[0] == "task" or args[0] in self.cmds:
            result: int | None = super(Taught, self).execute(params, args)
            return result
        try:
            return super().execute(params, args)
        except InvalidDodoFile:  # there is none here, or doit cannot take it for one
            self.print_usage(self.cmds)
            return 0

    def _execute(self, pos_args: list[str]) -> bool:
        (name,) = pos_args
        session = self.session
        if session is None:
            return bool(super()._execute(pos_args))
        if name in session.plan.by_task:
            lines = _of_step(session, session.plan.by_task[name])
        elif name in session.plan.pipelines:
            lines = _of_pipeline(session, session.plan.pipelines[name])
        elif super()._execute(pos_args):
            return True
        else:
            from lineage.errors import UsageError, did_you_mean

            known = [task.name for task in self.task_list]
            raise UsageError(
                f"there is no task '{name}'{did_you_mean(name, [*known, *self.cmds])}",
                fix="`doit list --all` shows the tasks, `doit help` the commands",
            )
        self.outstream.writelines(f"{line}\n" for line in lines)
        return True


def _of_step(session: Session, call: Call) -> Iterator[str]:
    step = call.step
    yield f"{one_line(call.task)}  {one_line(step.doc)}"
    yield from _described(_docstring(session, step))
    yield f"  {'step':11s} {step.module}:{step.qualname}{_where(step.path, step.line)}"
    yield f"  {'pipeline':11s} {call.task.partition(':')[0]}{_where(call.path, call.line)}"
    if step.command is not None:
        yield f"  {'command':11s} {one_line(step.command)}"
    yield from _listed("parameters", [one_line(_declared(parameter)) for parameter in step.parameters])
    yield from _listed("outputs", list(map(one_line, call.outputs)))


def _of_pipeline(session: Session, pipeline: PipelinePlan) -> Iterator[str]:
    (found,) = (each for each in session.pipelines if each.name == pipeline.name)
    yield f"{one_line(pipeline.name)}  {one_line(pipeline.doc)}"
    yield from _described(found.__doc__)
    yield f"  {'pipeline':11s} {one_line(pipeline.name)}{_where(pipeline.path, pipeline.line)}"
    from lineage.declare.step import Step

    slots = [name for name, default in found.parameters.items() if isinstance(default, Step)]
    for title, names in (("slots", slots), ("parameters", [name for name in found.parameters if name not in slots])):
        yield from _listed(title, [_chosen(name, found.parameters[name], pipeline) for name in names])
    yield from _listed("steps", [one_line(call.task) for call in pipeline.calls])


def _chosen(name: str, default: Any, pipeline: PipelinePlan) -> str:
    from lineage.declare.step import Step

    shown = default.__name__ if isinstance(default, Step) else repr(default)
    selected = pipeline.selection.get(name, shown)
    return one_line(f"{name}={shown}" + (f"  (here {selected})" if selected != shown else ""))


def _declared(parameter: Parameter) -> str:
    star = {2: "*", 4: "**"}.get(parameter.kind, "")
    annotation = f": {parameter.annotation}" if parameter.annotation else ""
    default = "" if parameter.default is MISSING else f" = {parameter.default!r}"
    return f"{star}{parameter.name}{annotation}{default}"


def _described(docstring: str | None) -> Iterator[str]:
    """Yield what a docstring says after its first line."""
    lines = inspect.cleandoc(docstring or "").splitlines()[1:]
    yield from (f"  {line}".rstrip() for line in lines)
    if lines:
        yield ""


def _docstring(session: Session, step: StepSpec) -> str | None:
    found = session.project.index(step.path).functions.get(step.qualname) if step.path.endswith(".py") else None
    return None if found is None else found.docstring


def _listed(title: str, lines: list[str]) -> Iterator[str]:
    for place, line in enumerate(lines):
        yield f"  {'' if place else title:11s} {line}"


def _where(path: str, line: int) -> str:
    return f" ({os.path.relpath(path)}:{line})" if path else ""
