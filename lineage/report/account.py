"""What a run did, put together once for all reports that are texts: what ran and why, numbers, edits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from lineage.explain.compare import compare
from lineage.explain.past import explain_run
from lineage.explain.recorded import side_of
from lineage.explain.runs import Metric
from lineage.model.stored import DISCOVERED, Reason

if TYPE_CHECKING:
    from lineage.model.history import PipelineRun, StepRun
    from lineage.query.history import History
    from lineage.report.baseline import Baseline

__all__ = ["RANK", "Account", "Compared", "Edit", "PlainTask", "account"]

#: What people look for first.
RANK = ("failed", "running", "run", "skipped", "pending", "cached")
#: Of so many steps it is told with diffs why they ran; of all others as it was recorded.
_EXPLAINED = 100


class PlainTask(NamedTuple):
    """What became of a plain doit task of the run: these are not recorded."""

    name: str
    status: str
    seconds: float
    text: str


class Compared(NamedTuple):
    """A metric with the step that gave it."""

    task: str
    metric: Metric


class Edit(NamedTuple):
    """A piece of code that was changed, and the tasks that reach it."""

    reason: Reason
    tasks: list[str]


class Account:
    """What a run did.

    Attributes
    ----------
    project : str
        Its name.
    run : PipelineRun
        The run, with its steps read.
    baseline : Baseline or None
        What it is compared with.
    note : str
        Why there is none, if one was asked for.
    reasons : dict of str to list of Reason
        By task, why it ran, or what differs from the baseline.
    metrics : list of Compared
        All numbers.
    edits : list of Edit
        The code that was changed.
    plain : sequence of PlainTask
        The plain tasks of the run, where they are known.
    """

    def __init__(
        self,
        project: str,
        run: PipelineRun,
        reasons: dict[str, list[Reason]],
        baseline: Baseline | None,
        note: str,
        plain: Sequence[PlainTask],
    ) -> None:
        self.project = project
        self.run = run
        self.reasons = reasons
        self.baseline = baseline
        self.note = note
        self.plain = plain
        self.metrics = _metrics(run, baseline)
        self.edits = _edits(reasons)

    @property
    def ordered(self) -> list[StepRun]:
        """The steps, those first that people look for."""
        return sorted(self.run.steps.values(), key=lambda step: RANK.index(step.status))

    @property
    def is_unexplained(self) -> bool:
        """Whether the run failed by something that is not recorded: a plain task, or what came before any step."""
        failed = any(step.status == "failed" for step in self.run.steps.values())
        return self.run.status == "failed" and not failed and not any(each.status == "failed" for each in self.plain)


def account(
    history: History,
    run: PipelineRun,
    project: str,
    baseline: Baseline | None = None,
    note: str = "",
    plain: Sequence[PlainTask] = (),
) -> Account:
    """Put together what a run did.

    Parameters
    ----------
    history : History
        The records.
    run : PipelineRun
        The run.
    project : str
        The project's name.
    baseline : Baseline, optional
        What it is compared with.
    note : str, optional
        Why there is none, if one was asked for.
    plain : sequence of PlainTask, optional
        What is known of plain tasks.
    """
    history.read_steps([run])
    reasons = _why(history, run)
    if baseline is not None and baseline.has_code:
        reasons |= _differences(history, run, baseline)
    return Account(project, run, reasons, baseline, note, plain)


def _why(history: History, run: PipelineRun) -> dict[str, list[Reason]]:
    """Return why steps ran, with the diffs of code."""
    ran = [step for step in run.steps.values() if step.status in ("failed", "run", "running")]
    ran.sort(key=lambda step: RANK.index(step.status))
    told = explain_run(history, run, ran[:_EXPLAINED])
    reasons = {each.task: list(each.reasons) for each in told if each.reasons}
    for step in run.steps.values():
        if step.reasons and step.task not in reasons:
            reasons[step.task] = [_recorded(each) for each in step.reasons]
    return reasons


def _recorded(told: dict[str, object]) -> Reason:
    before, after = told.get("before"), told.get("after")
    texts = (None if before is None else str(before), None if after is None else str(after))
    return Reason(str(told.get("kind")), str(told.get("name")), *texts, str(told.get("text")))


def _differences(history: History, run: PipelineRun, baseline: Baseline) -> dict[str, list[Reason]]:
    """Return what steps are made from that those of the baseline were not."""
    found: dict[str, list[Reason]] = {}
    for step in run.steps.values():
        if len(found) >= _EXPLAINED:
            break
        before, after = baseline.side(step.task), side_of(history.store, step.id, run.id)
        if before is None or after is None or not before.entries or not after.entries:
            continue
        known = {entry.name for entry in before.entries if entry.kind == "input" and entry.digest}
        # Of a side that was never run neither its inputs nor what it would have looked at are known.
        differ = [
            reason
            for reason in compare(before, after, diffs=True)
            if reason.kind != "order"
            and (reason.kind != "input" or reason.name in known)
            and (step.task not in baseline.missing or reason.kind not in (*DISCOVERED, "class", "package"))
        ]
        if differ:
            found[step.task] = [_headed(reason, baseline) for reason in differ]
    return found


def _headed(reason: Reason, baseline: Baseline) -> Reason:
    """Say in the head of a diff which commit it is from, where no run of ours stands for that."""
    diff = reason.details.get("diff")
    if diff and diff[0].endswith(" (now)"):
        diff[0] = f"{diff[0].removesuffix('(now)')}({baseline.label})"
    return reason


def _metrics(run: PipelineRun, baseline: Baseline | None) -> list[Compared]:
    named = [(step.task, name, value) for step in run.steps.values() for name, value in step.metrics.items()]
    times: dict[str, int] = {}
    for _, name, _ in named:
        times[name] = times.get(name, 0) + 1
    found = []
    for task, name, value in named:
        before = None if baseline is None else baseline.metric(task, name)
        found.append(Compared(task, Metric(name if times[name] == 1 else f"{task}.{name}", before, value)))
    return found


def _edits(reasons: dict[str, list[Reason]]) -> list[Edit]:
    edits: dict[tuple[str, str | None, str | None], Edit] = {}
    for task, listed in reasons.items():
        for reason in listed:
            if reason.details.get("diff"):
                key = (reason.name, reason.before, reason.after)
                edits.setdefault(key, Edit(reason, [])).tasks.append(task)
    return list(edits.values())
