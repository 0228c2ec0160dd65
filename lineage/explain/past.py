"""Explanations of what a run did, from the records alone: no dodo.py is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lineage.errors import UsageError, did_you_mean
from lineage.explain.determinism import variations
from lineage.explain.explanation import Explanation, Source, differences, sources
from lineage.explain.recorded import side_of
from lineage.model.stored import Reason

if TYPE_CHECKING:
    from lineage.model.history import PipelineRun, StepRun
    from lineage.query.history import History

__all__ = ["chosen", "explain_run", "find_run"]

_KEYS = ("kind", "name", "before", "after", "text")


def find_run(history: History, text: str) -> PipelineRun:
    """Return the run that a word stands for.

    Parameters
    ----------
    history : History
        The records.
    text : str
        A number as `lineage runs` shows it; ``last``, or counted from the end: ``-1`` is the last, ``-2`` the one
        before.

    Raises
    ------
    UsageError
        There is no such run.
    """
    word = "-1" if text == "last" else text
    try:
        number = int(word)
    except ValueError:
        raise UsageError(
            f"'{text}' is no run{did_you_mean(text, ['last'])}",
            why="a run is a number, or counted from the end: last, -1, -2",
            fix="`lineage runs` lists them",
        ) from None
    if number >= 0:
        return history.run(number)
    found = history.last_runs(-number)
    if len(found) < -number:
        count = "there is 1 run" if len(found) == 1 else f"there are {len(found)} runs"
        why = count if found else "nothing has run so far"
        raise UsageError(f"there is no run {text}", why=why, fix="`lineage runs` lists them")
    return found[0]


def chosen(word: str, tasks: Sequence[str], where: str) -> list[str]:
    """Return the tasks that a word stands for.

    Parameters
    ----------
    word : str
        ``digits:trainer``; ``trainer`` where only one pipeline has it; ``digits`` for all its steps.
    tasks : sequence of str
        Those that there are.
    where : str
        Where that is, for the error: ``in run 3``.

    Raises
    ------
    UsageError
        None, or several; the message has the nearest.
    """
    if word in tasks:
        return [word]
    of_pipeline = [task for task in tasks if task.partition(":")[0] == word]
    if of_pipeline:
        return of_pipeline
    # In a sweep, `trainer` is several: trainer@C:0.1, trainer@C:1.0.
    short = [task for task in tasks if task.partition(":")[2] == word]
    short = short or [task for task in tasks if _is_of_sweep(task, word)]
    if len(short) == 1:
        return short
    if short:
        raise UsageError(f"'{word}' is several steps {where}", fix=f"write one of: {', '.join(short)}")
    known = sorted({*tasks, *(task.partition(":")[0] for task in tasks), *(task.partition(":")[2] for task in tasks)})
    raise UsageError(
        f"there is no step or pipeline '{word}' {where}{did_you_mean(word, known)}",
        fix="`doit list --all` shows the steps, `lineage runs` what has run",
    )


def _is_of_sweep(task: str, word: str) -> bool:
    return word in (task.partition("@")[0], task.partition(":")[2].partition("@")[0])


def explain_run(history: History, run: PipelineRun, steps: Sequence[StepRun]) -> list[Explanation]:
    """Explain steps of a run.

    Parameters
    ----------
    history : History
        The records.
    run : PipelineRun
        The run.
    steps : sequence of StepRun
        Steps of it.
    """
    executed = sources(history.store, {step.executed_id for step in steps if step.status in ("run", "cached")})
    varying = variations(history.store, [step.fingerprint for step in steps])
    return [_explain(history, run, step, executed, varying.get(step.fingerprint or "", [])) for step in steps]


def _explain(
    history: History, run: PipelineRun, step: StepRun, executed: dict[int, Source], varying: Sequence[Any]
) -> Explanation:
    return Explanation(
        step.task,
        step.step,
        step.status,
        run=run.id,
        confirms=run.confirms,
        source=executed.get(step.executed_id),
        reasons=_reasons(history, run, step),
        variations=varying,
        error=step.error,
    )


def _reasons(history: History, run: PipelineRun, step: StepRun) -> list[Reason]:
    """Return the reasons as they were recorded, with their diffs; of a cached step what had changed before it."""
    if run.confirms is not None:
        return []
    recorded = [_reason(told) for told in step.reasons]
    after = side_of(history.store, step.id, run.id)
    if after is None:
        return recorded
    _, found = differences(history.store, step.task, lambda _: after, run.id, diffs=True)
    if step.status == "cached":
        return found or [reason for reason in recorded if reason.kind != "accepted"]
    made_again = {_identity(reason): reason for reason in found}
    for reason in recorded:
        again = made_again.get(_identity(reason))
        if again is not None:
            reason.details = again.details | reason.details
    return recorded


def _reason(told: dict[str, Any]) -> Reason:
    kind, name, before, after, text = (told.get(key) for key in _KEYS)
    details = {key: value for key, value in told.items() if key not in _KEYS}
    return Reason(kind or "", name or "", before, after, text or "", details)


def _identity(reason: Reason) -> tuple[str, str, str | None, str | None]:
    return (reason.kind, reason.name, reason.before, reason.after)
