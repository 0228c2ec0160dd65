"""A run in which nothing has to be done: checked in one pass, recorded in one row.

No doit task is made, and nothing is imported that only a run with something to do needs: that is what makes it cost a
fraction of what doit's own check costs.
"""

from __future__ import annotations

import inspect
import sys
from typing import TYPE_CHECKING, Any

from lineage.declare.pipeline import Pipeline
from lineage.dodo.console import Console, outputs_of
from lineage.dodo.recorder import Recorder
from lineage.dodo.remarks import remark
from lineage.model.shown import one_line

if TYPE_CHECKING:
    from lineage.dodo.commands import Run
    from lineage.dodo.session import Session

__all__ = ["confirm", "simple", "tidy"]

#: Settings of dodo.py's DOIT_CONFIG that do not matter when nothing has to run.
_HARMLESS = frozenset({"backend", "dep_file", "verbosity", "num_process", "par_type", "continue", "failure_verbosity"})
#: So many steps are listed one by one when nothing had to run; more are counted.
_LISTED = 50


def simple(command: Run, params: Any, args: list[str]) -> bool:
    """Return whether a command asks for nothing but that all steps be up to date, and dodo.py has nothing but steps."""
    if args or params["always"] or params["single"] or params["pdb"] or params["outfile"] is not sys.stdout:
        return False
    if params["reporter"] != "console" or not set(command.loader.load_doit_config()) <= _HARMLESS:
        return False
    for name, thing in command.loader.namespace.items():
        if isinstance(thing, Pipeline):
            continue
        if name.startswith("task_") and (inspect.isfunction(thing) or inspect.ismethod(thing)):
            return False
        if hasattr(thing, "create_doit_tasks"):
            return False
    return True


def confirm(command: Run, session: Session) -> bool:
    """Record and print a run in which nothing had to be executed; return False if something has to."""
    if session.marks:
        return False
    evaluation, calls = session.evaluation, session.plan.calls
    evaluation.ingredients.declared.to_be_made = ()
    evaluation.selected = range(len(calls))
    if not evaluation.survey():
        return False
    recorder = Recorder(session, dict(command.words))
    recorder.confirm(calls)
    session.run_id = recorder.run_id
    console = Console(sys.stdout, recorder, max((len(call.task) for call in calls), default=0))
    lines = _lines(session)
    for line in lines:
        console.line("cached", *line)
    told = remark(session, calls, console)
    console.finish("ok")
    tidy(session)
    if not told:
        from lineage.dodo.receipts import issue  # only after a change

        issue(command.began, session, lines, console.width, recorder.saved)
    return True


def _lines(session: Session) -> list[tuple[str, str, str]]:
    """Return the lines of the steps, or of very many one a pipeline: name, what it put out, and what steps back."""
    calls, outcomes = session.plan.calls, session.evaluation.outcomes
    if len(calls) > _LISTED:
        pipelines = session.plan.pipelines.values()
        return [(one_line(each.name), f"{len(each.calls):,} steps up to date", "") for each in pipelines]
    pairs = [(call, outcome) for call in calls if (outcome := outcomes[call.index]) is not None]
    return [(one_line(call.task), one_line(outputs_of(call, outcome)), "cached") for call, outcome in pairs]


def tidy(session: Session) -> None:
    """Take away the readable paths of steps that the pipelines no longer have."""
    memory, plan = session.memory, session.plan
    gone = [task for task in memory.tasks.keys() - plan.by_task.keys() if task.partition(":")[0] in plan.pipelines]
    if not gone:
        return
    from lineage.execute.links import withdraw

    in_use = {link for call in plan.calls for link in session.targets(call)}
    for task in gone:
        known = memory.known(task)
        for link in () if known is None else known.links:
            if link not in in_use:
                withdraw(session.stack.project, link)
        memory.drop(task)
