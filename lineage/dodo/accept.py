"""Take the present outputs of steps as those of their present code, parameters and inputs: ``lineage accept``.

Nothing is executed and nothing is lost: the old trace stays, and a new one is recorded with the reason. It is for a
refactoring that somebody vouches for (``tar_cue`` of R's targets, Snakemake's ``--touch``), as `doit reset-dep` is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from doit.cmd_base import check_tasks_exist, subtasks_iter

from lineage.dodo.recorder import Recorder
from lineage.dodo.tasks import StepTask
from lineage.errors import LineageError, RemoteError, StoreError, TrustError
from lineage.model.shown import one_line

if TYPE_CHECKING:
    from lineage.dodo.commands import ResetDep
    from lineage.dodo.session import Session
    from lineage.model.plan import Call

__all__ = ["Accepted", "accept", "reset"]


class Accepted(NamedTuple):
    """What became of one step: ``accepted``, ``current`` (it was up to date already) or ``refused``, and why."""

    task: str
    verdict: str
    why: str = ""


def accept(session: Session, calls: Sequence[Call], text: str) -> Iterator[Accepted]:
    """Record the present outputs of steps as up to date.

    Parameters
    ----------
    session : Session
        The command's session.
    calls : sequence of Call
        Which steps; they are looked at in the order of the plan, so that what depends on another comes after it.
    text : str
        The reason that is recorded.

    Yields
    ------
    Accepted
        One for each step.
    """
    recorder: Recorder | None = None
    for call in sorted(calls, key=lambda call: call.index):
        try:
            problem = None if _settled(session, call) else _problem(session, call)
        except LineageError as error:
            if _stops_all(error):
                raise
            problem = error.what
        if session.evaluation.outcomes[call.index] is not None:
            yield Accepted(call.task, "current")
        elif problem is not None:
            yield Accepted(call.task, "refused", problem)
        else:
            if recorder is None:
                recorder = Recorder(session, {})
                recorder.begin([], executing=False)
            recorder.accept(call, text)
            yield Accepted(call.task, "accepted")
    if recorder is not None:
        recorder.end("ok")


def _stops_all(error: LineageError) -> bool:
    """Whether no step can be looked at or recorded; what a shared store says is told of each step."""
    return isinstance(error, StoreError) and not isinstance(error, RemoteError | TrustError)


def _settled(session: Session, call: Call) -> bool:
    """Settle a call and what is upstream of it."""
    evaluation = session.evaluation
    for each in session.selected([call.task]):
        if evaluation.outcomes[each.index] is None:
            evaluation.settle(each)
    return evaluation.outcomes[call.index] is not None


def _problem(session: Session, call: Call) -> str | None:
    """Say why the outputs of a step cannot be accepted; ``None`` if they can."""
    evaluation, plan = session.evaluation, session.plan
    waiting = [plan.calls[index].task for index in call.upstream if evaluation.outcomes[index] is None]
    if waiting:
        return f"{waiting[0]}, which it takes artifacts from, is not up to date: run or accept that first"
    known = session.memory.known(call.task)
    if known is None:
        return "it has put nothing out yet"
    if known.names != call.outputs:
        return f"it has put out {', '.join(known.names)}, not {', '.join(call.outputs)}"
    if evaluation.take_last(call) is None:
        return "an artifact that it has put out is missing or damaged"
    evaluation.outcomes[call.index] = None
    return None


def reset(command: ResetDep, session: Session, names: Sequence[str] | None) -> list[Any]:
    """Carry out ``doit reset-dep`` on steps; return the plain tasks, which are left to doit."""
    tasks = {task.name: task for task in command.task_list}
    check_tasks_exist(tasks, names)
    chosen = list(tasks.values())
    if names:
        chosen = [each for name in names for each in (tasks[name], *subtasks_iter(tasks, tasks[name]))]
    calls = [task.call for task in chosen if isinstance(task, StepTask)]
    words = {"accepted": "processed", "current": "skip", "refused": "failed"}  # doit's own
    for each in accept(session, calls, "doit reset-dep accepted its outputs"):
        why = f" ({each.why})" if each.why else ""
        command.outstream.write(one_line(f"{words[each.verdict]} {each.task}{why}") + "\n")
    return [task for task in chosen if not isinstance(task, StepTask) and task.name not in session.plan.pipelines]
