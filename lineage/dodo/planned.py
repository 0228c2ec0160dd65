"""What a dry run has found: each task with what becomes of it, why, and what it is expected to take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lineage.dodo.tasks import StepTask

if TYPE_CHECKING:
    from lineage.dodo.decision import Decision
    from lineage.model.plan import Call
    from lineage.model.stored import Reason

__all__ = ["DryRun", "Planned"]


class Planned:
    """One task of a dry run.

    Attributes
    ----------
    task : str
        doit's name for it.
    status : str
        ``run``, ``maybe``, ``cached``, ``restored``, ``ignored`` or ``error``: see `lineage.dodo.decision`.
    reasons : list of Reason
        Why; empty where they were not asked for.
    seconds : float or None
        What it is expected to take if it runs; ``None`` where history does not know, and for what will not run.
    upstream : list of str
        The tasks that make something that it takes.
    call : Call or None
        The step call; ``None`` for a plain doit task.
    inputs : dict of str to str
        The artifacts that a step takes, by the name of the argument: ``{"X": "digits/X_train"}``.
    doc : str
        First line of its docstring.
    targets : list of str
        Of a step the readable paths of its outputs.
    """

    __slots__ = ("call", "doc", "inputs", "reasons", "seconds", "status", "targets", "task", "upstream")

    def __init__(
        self, task: Any, decision: Decision, reasons: list[Reason], seconds: float | None, upstream: list[str]
    ) -> None:
        self.task: str = task.name
        self.status = decision.status
        self.reasons = reasons
        self.seconds = seconds
        self.upstream = upstream
        self.call: Call | None = task.call if isinstance(task, StepTask) else None
        self.inputs: dict[str, str] = {}
        self.targets: list[str] = list(task.targets)
        self.doc: str = task.doc or ""


class DryRun:
    """What doit would do.

    Attributes
    ----------
    planned : list of Planned
        In the order of the plan.
    supposed : dict of str to list of str
        The files that are supposed to change, each with the tasks that depend on it.
    """

    __slots__ = ("planned", "supposed")

    def __init__(self, planned: list[Planned], supposed: dict[str, list[str]]) -> None:
        self.planned = planned
        self.supposed = supposed

    @property
    def counts(self) -> dict[str, int]:
        """How many tasks have each status; those that none has are left out."""
        found: dict[str, int] = {}
        for each in self.planned:
            found[each.status] = found.get(each.status, 0) + 1
        return found

    def seconds(self, *statuses: str) -> float:
        """Add up the expected seconds of the tasks of some statuses, as far as they are known."""
        return sum(each.seconds or 0.0 for each in self.planned if each.status in statuses)
