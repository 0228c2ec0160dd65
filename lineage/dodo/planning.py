"""What `doit` would do, without doing it: the one decision of ``lineage plan``, ``doit list --status``, ``doit info``.

Tasks are decided in an order in which everything comes after what it needs, so chains of any length are no matter.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from doit.task import DelayedLoaded

from lineage.dodo.calculated import take_what_was_told
from lineage.dodo.decision import FRESH, STALE, Decision, Status
from lineage.dodo.equal import Equal
from lineage.dodo.files import Makers, normal
from lineage.dodo.neighbours import ask_doit
from lineage.dodo.order import Order
from lineage.dodo.tasks import StepTask
from lineage.errors import DeclarationError, StepError
from lineage.execute.assume import Assumption
from lineage.model.stored import Reason

if TYPE_CHECKING:
    from lineage.dodo.session import Session
    from lineage.dodo.status import Dependencies
    from lineage.dodo.suppose import Supposition

__all__ = ["Planning"]

_ORIGINS: dict[str, Status] = {"current": "cached", "executed": "cached", "history": "restored", "shared": "restored"}


class Planning:
    """Decides the tasks of one command.

    Parameters
    ----------
    session : Session
        The command's session, in which nothing is settled yet.
    tasks : iterable of Task
        All tasks of dodo.py.
    dependencies : Dependencies
        The command's dependency manager, which knows doit's own for plain tasks.
    supposition : Supposition, optional
        Files that are supposed to change.

    Attributes
    ----------
    decisions : dict of str to Decision
        By task, in an order in which everything comes after what it needs; the groups among them.
    """

    def __init__(
        self,
        session: Session,
        tasks: Iterable[Any],
        dependencies: Dependencies,
        supposition: Supposition | None = None,
    ) -> None:
        self.session = session
        self.tasks: dict[str, Any] = {task.name: task for task in tasks}
        self.supposition = supposition
        self.decisions: dict[str, Decision] = {}
        self._dependencies = dependencies
        take_what_was_told(self.tasks, dependencies)
        self._makers = Makers(session.plan, self.tasks.values())
        self.order = Order(session.plan, self.tasks, self._makers)
        self._assumption = Assumption(session.evaluation)
        self._equal = Equal(self._assumption)
        #: Of each task that is given the result of an equal one that runs before it, that one.
        self._given: dict[str, str] = {}
        #: Tasks whose outputs come back from history.
        self._back: set[str] = set()
        #: Tasks that keep those that need them from running, ``ignored`` or ``error``; also groups with such a task.
        self._stopped: dict[str, str] = {}
        #: Of each task that is skipped the one that `doit ignore` was told to skip.
        self._ignored: dict[str, str] = {}

    def decide(self, names: Iterable[str]) -> None:
        """Decide some tasks and all that they need, in the order of the plan.

        Raises
        ------
        UsageError
            If tasks need one another in a circle.
        """
        reached = self.order.reached(names)
        steps = [call for call in self.session.plan.calls if call.task in reached]
        self.session.evaluation.selected = {call.index for call in steps}
        for name in self.order.sorted([*(call.task for call in steps), *reached]):
            self.decisions[name] = self._decide(self.tasks[name])
        if self.session.stack.sharing is not None:
            self._doubt()

    def _doubt(self) -> None:
        """Let what a step takes that will run, and what must not be read here, be made here too."""
        from lineage.dodo.doubting import doubted

        for name, reason in doubted(self.session, self.decisions):
            self.decisions[name] = Decision("run", told=[reason], outcome=self.decisions[name].outcome)

    def force(self) -> None:
        """Let all that is up to date run nevertheless (``doit -a``)."""
        self._equal = Equal(self._assumption)  # each thing is made anew, but once
        for name, before in self.decisions.items():
            task, decision = self.tasks[name], before
            if before.status in (*FRESH, "maybe"):
                forced = Reason("forced", name, None, None, "doit -a was told to run it again")
                decision = Decision("run", told=[forced], outcome=before.outcome, log=before.log)
            self.decisions[name] = self._once(task, decision, before.waits) if isinstance(task, StepTask) else decision

    def needed(self, names: Iterable[str]) -> list[str]:
        """Return those of the decided tasks that `doit NAMES` would look at, without groups, in order."""
        stale = {name for name, decision in self.decisions.items() if decision.status in STALE}
        reached = self.order.reached(names, executed=stale)
        return [name for name in self.decisions if name in reached and not _is_group(self.tasks[name])]

    def members(self, name: str) -> list[str]:
        """Return the tasks that a group stands for, also those of groups in it, in order; none for another task."""
        found: dict[str, None] = {}
        waiting = [name]
        while waiting:
            each = waiting.pop()
            if each in found or each not in self.decisions:
                continue
            found[each] = None
            if _is_group(self.tasks[each]):
                waiting += reversed(self.tasks[each].task_dep)
        return [each for each in found if not _is_group(self.tasks[each])] if _is_group(self.tasks[name]) else []

    # -- the decision ------------------------------------------------------------------------------------------------

    def _decide(self, task: Any) -> Decision:
        stopped = self._stopping(task)
        if isinstance(task, StepTask):
            decision = stopped or self._step(task)
            self._assume(task, decision)
            if stopped is None:
                self._suppose(task, decision)
            if decision.status == "restored":
                self._back.add(task.name)
            return decision
        if task.has_subtask:
            return self._group(task, stopped)
        decision = stopped or self._plain_task(task)
        if stopped is None:
            self._suppose(task, decision)
        return decision

    def _stopping(self, task: Any) -> Decision | None:
        """Return the decision for a task that is not looked at at all, as doit does it."""
        found = {self._stopped[name]: name for name in self.order.needs(task) if name in self._stopped}
        if self._dependencies.status_is_ignore(task):
            text = "doit ignore was told to skip it; doit forget takes it back"
            self._ignored[task.name] = task.name
            decision = Decision("ignored", told=[Reason("ignored", task.name, None, None, text)])
        elif "ignored" in found:
            cause = self._ignored[task.name] = self._ignored[found["ignored"]]
            decision = Decision("ignored", told=[_about(cause, f"is ignored; doit forget {cause} takes it back")])
        elif "error" in found:
            decision = Decision("error", told=[_about(found["error"], "cannot run")])
        else:
            return None
        self._stopped[task.name] = decision.status
        return decision

    def _waits(self, task: Any) -> list[str]:
        sources = dict.fromkeys(self._given.get(name, name) for name in self.order.sources(task))
        return [name for name in sources if name in self.decisions and self.decisions[name].status in STALE]

    # Steps

    def _step(self, task: StepTask) -> Decision:
        waits = self._waits(task)
        if (task.name, "forget") in self.session.marks:
            return Decision("run", waits)
        try:
            self.session.evaluation.ingredients.check_files_of(task.call.step)
            return self._once(task, self._waiting(task, waits) if waits else self._ready(task), waits)
        except (StepError, DeclarationError) as error:
            return self._untold(task.name, error.what)

    def _ready(self, task: StepTask) -> Decision:
        evaluation, call = self.session.evaluation, task.call
        outcome = evaluation.outcomes[call.index] or evaluation.settle(call)
        return Decision("run") if outcome is None else Decision(_ORIGINS[outcome.origin], outcome=outcome)

    def _waiting(self, task: StepTask, waits: list[str]) -> Decision:
        held = [name for name in waits if not isinstance(self.tasks[name], StepTask)]
        if held:
            self.session.held[task.call.index] = f"{held[0]} has to run first"
        remade = [path for path in task.file_dep if any(maker in held for _, maker in self._makers.within(path))]
        try:
            outcome = self._assumption.settle(task.call, {*remade, *map(normal, remade)})
        except StepError:
            if all(os.path.exists(path) or path in remade for path in task.file_dep):
                return Decision("run", waits)  # the only file that is missing is going to be made
            raise
        return Decision("run" if outcome is None else "maybe", waits)

    def _once(self, task: StepTask, decision: Decision, waits: list[str]) -> Decision:
        """Let a call that is equal to one before it be given that one's result, as a run does."""
        if decision.status != "run" or task.call.index in self.session.held:
            return decision
        first = self._equal.first(task.call, waits=bool(waits))
        if first is None:
            return decision
        self._given[task.name] = first.task
        text = f"it is the same call as {first.task}, which runs first"
        return Decision("restored", waits, [Reason("restored", "", None, first.task, text)])

    def _assume(self, task: StepTask, decision: Decision) -> None:
        """Note what the steps after one shall go by."""
        if decision.outcome is not None:
            self._assumption.outcomes[task.call.index] = decision.outcome
        elif decision.status != "maybe":
            self._assumption.take_last(task.call)

    def _group(self, task: Any, stopped: Decision | None) -> Decision:
        """Decide a pipeline or another group: its line tells the state of its tasks, also where one is skipped."""
        found = {self.decisions[name].status for name in task.task_dep if name in self.decisions}
        order: tuple[Status, ...] = ("error", "run", "maybe", "cached", "restored")
        shown: Status = next((status for status in order if status in found), "cached")
        if stopped is not None and (found <= {"ignored"} or shown == stopped.status):
            return stopped
        return Decision(shown)

    # Plain tasks

    def _plain_task(self, task: Any) -> Decision:
        if _is_delayed(task):
            text = f"what it does is known only when {task.loader.task_dep or 'it'} has run"
            return Decision("maybe", told=[Reason("delayed", task.name, None, None, text)])
        waits = self._waits(task)
        coming = {path: self._coming(path) for path in task.file_dep if self._makers.of(path) in {*waits, *self._back}}
        state = ask_doit(self._dependencies.plain, task, self.tasks, coming, waits)
        if state.missing is not None:
            return self._untold(task.name, f"input file {state.missing} does not exist, and no task makes it")
        status: Status = "run" if state.reasons else "maybe" if waits else "cached"
        return Decision(status, waits, state.reasons, log=state.log)

    def _coming(self, path: str) -> str | None:
        """Return the file that one of an artifact is going to be like; ``None`` while that is not known."""
        made = self._makers.part(path)
        outcome = None if made is None else self.decisions[made[0]].outcome
        if made is None or outcome is None:
            return None
        stored = self.session.stack.artifacts.place(outcome.outputs[made[1]].blob)
        like = os.path.join(stored, made[2]) if made[2] else stored
        return like if os.path.exists(like) else None

    def _untold(self, name: str, text: str) -> Decision:
        self._stopped[name] = "error"
        return Decision("error", told=[Reason("error", name, None, None, text)])

    # What is supposed

    def _suppose(self, task: Any, decision: Decision) -> None:
        """Let a decision become what it would be if the supposed files changed."""
        if self.supposition is None or decision.status == "error":
            return
        if isinstance(task, StepTask):
            status, reasons = self.supposition.of_step(task.call, self.session.targets(task.call), self._assumption)
        else:
            status, reasons = self.supposition.of_task(task)
        if status is not None:
            decision.told = [*reasons, *decision.told]
            decision.status = "run" if decision.status == "run" else status

    # -- why ---------------------------------------------------------------------------------------------------------

    def reasons(self, name: str, *, diffs: bool = False) -> list[Reason]:
        """Say why a decision is what it is.

        Parameters
        ----------
        name : str
            The task.
        diffs : bool
            Whether reasons of code get the diff of the source.

        Returns
        -------
        list of Reason
            Never empty.
        """
        decision, task = self.decisions[name], self.tasks[name]
        if decision.status in FRESH:
            return decision.told or [_fresh(decision)]
        waits = [_about(each, "has to run first" if self._runs(each) else "may run first") for each in decision.waits]
        found = [*decision.told, *waits]
        if decision.status == "run" and isinstance(task, StepTask) and decision.outcome is None:
            found += self._ingredients(task, waits, diffs=diffs)
        return found

    def _runs(self, name: str) -> bool:
        return self.decisions[name].status == "run"

    def _ingredients(self, task: StepTask, waits: list[Reason], *, diffs: bool) -> list[Reason]:
        """Return the ingredients that differ, whatever the tasks before it put out."""
        try:
            from lineage.dodo.present import reasons as reasons_of  # only where something runs

            found = reasons_of(self.session, task.call, diffs=diffs)
        except StepError:  # a file that one of the tasks before it makes
            found = []
        return [reason for reason in found if not waits or reason.kind not in ("upstream", "unfinished")]


def _is_group(task: Any) -> bool:
    return not isinstance(task, StepTask) and (task.has_subtask or not (task.actions or _is_delayed(task)))


def _is_delayed(task: Any) -> bool:
    return task.loader is not None and task.loader is not DelayedLoaded


def _about(task: str, what: str) -> Reason:
    return Reason("upstream", task, None, None, f"{task} {what}")


def _fresh(decision: Decision) -> Reason:
    if decision.outcome is None:
        return Reason("cached", "", None, None, "up to date")
    if decision.outcome.record is not None:
        by = decision.outcome.record.by
        return Reason(decision.status, "", None, by, f"its artifacts come from the shared cache, where {by} put them")
    run = decision.outcome.run_id
    text = "its artifacts come back from" if decision.status == "restored" else "nothing changed since"
    return Reason(decision.status, "", None, str(run), f"{text} run {run}")
