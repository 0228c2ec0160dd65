"""doit's dependency manager, taught about steps.

doit asks it whether a task is up to date and tells it when one has succeeded. For steps the answer comes from the
evaluation, for everything else from doit's own database, which is opened only if there is something else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from doit.dependency import DependencyStatus

from lineage.dodo.tasks import StepTask
from lineage.errors import LineageError

if TYPE_CHECKING:
    from doit.task import Task

    from lineage.dodo.decision import Decision
    from lineage.dodo.session import Session
    from lineage.model.plan import Call

__all__ = ["Dependencies"]

#: What is decided (`lineage.dodo.planning`) in doit's words.
_WORDS = {
    "run": "run",
    "maybe": "run",
    "cached": "up-to-date",
    "restored": "up-to-date",
    "ignored": "ignore",
    "error": "error",
}


class Dependencies:
    """Stands in for ``doit.dependency.Dependency``.

    Parameters
    ----------
    session : Session
        The command's session.
    open_plain : callable
        Opens doit's own dependency manager, for the tasks that are not steps.
    """

    def __init__(self, session: Session, open_plain: Callable[[], Any]) -> None:
        self.session = session
        self._open_plain = open_plain
        self._plain: Any = None

    @property
    def plain(self) -> Any:
        """The dependency manager of doit itself."""
        if self._plain is None:
            self._plain = self._open_plain()
        return self._plain

    def __getattr__(self, name: str) -> Any:
        # The checker, the backend and what else third parties reach for.
        return getattr(self.plain, name)

    def close(self) -> None:
        """Close doit's database; the session closes ours."""
        if self._plain is not None:
            from lineage.dodo.doitdb import guarded

            with guarded(self._plain.name):
                self._plain.close()

    # -- is it up to date? -------------------------------------------------------------------------------------------

    def get_status(self, task: Task, tasks: dict[str, Task], get_log: bool = False) -> DependencyStatus:
        """Return whether a task is up to date, must run, or cannot be told."""
        if task.name in self.session.decisions:
            return self._decided(task, self.session.decisions[task.name])
        if isinstance(task, StepTask):
            return self._step_status(task)
        if task.has_subtask and task.name in self.session.plan.pipelines:
            return self._pipeline_status(task)
        status = self.plain.get_status(task, tasks, get_log)
        if status.status == "up-to-date" and self._waits_for_a_step(task, tasks):
            status.status = "run"
        return status

    def _decided(self, task: Task, decision: Decision) -> DependencyStatus:
        """Return in doit's words what has been decided for a command that runs nothing."""
        status = decision.log or DependencyStatus(False)
        status.status = _WORDS[decision.status]
        status.reasons["waits"] = decision.waits
        if decision.status == "error":
            status.error_reason = decision.told[0].text
        task.dep_changed = task.dep_changed or []
        return status

    def _waits_for_a_step(self, task: Task, tasks: dict[str, Task]) -> bool:
        """Whether a plain task takes the file of a step that must run first; in a run such steps are done by now."""
        return any(
            isinstance(tasks.get(name), StepTask) and self.session.evaluation.outcomes[tasks[name].call.index] is None
            for name in task.task_dep
        )

    def _step_status(self, task: StepTask) -> DependencyStatus:
        status = DependencyStatus(False)
        task.dep_changed = []
        evaluation, call = self.session.evaluation, task.call
        only = self.session.run_id if self.session.always else None
        if call.index in self.session.held:
            status.status = "run"
            return status
        try:
            evaluation.look_again(call)
            settled = evaluation.outcomes[call.index] or evaluation.settle(call, only_run=only)
        except LineageError as error:
            status.status = "error"
            status.error_reason = str(error)
            return status
        if settled is None:
            status.status = "run"
        return status

    def _pipeline_status(self, task: Task) -> DependencyStatus:
        status = DependencyStatus(False)
        outcomes = self.session.evaluation.outcomes
        if any(outcomes[call.index] is None for call in self.session.plan.pipelines[task.name].calls):
            status.status = "run"
        return status

    def status_is_ignore(self, task: Task) -> bool:
        """Return whether the user has told doit to ignore a task, or something that it needs."""
        if task.name in self.session.decisions:
            return self.session.decisions[task.name].status == "ignored"
        if isinstance(task, StepTask) or task.name in self.session.plan.pipelines:
            return (task.name, "ignore") in self.session.marks
        return bool(self.plain.status_is_ignore(task))

    # -- what has happened -------------------------------------------------------------------------------------------

    def save_success(self, task: Task, result_hash: str | None = None) -> None:
        """Remember that a task has succeeded; of a step the recorder takes the result."""
        if isinstance(task, StepTask):
            assert self.session.take is not None, "results come in a run, which takes them"
            self.session.take(task.call, task.values)
        elif not self._is_pipeline(task):
            self.session.evaluation.ingredients.declared.look_again()
            self.plain.save_success(task, result_hash)

    def remove_success(self, task: Task) -> None:
        """Forget that a task had succeeded.

        A failed step keeps its history: an old fingerprint still gives its artifacts.
        """
        if not isinstance(task, StepTask) and not self._is_pipeline(task):
            self.plain.remove_success(task)

    def remove(self, name: str) -> None:
        """Make a task run next time (`doit forget`)."""
        if name in self.session.plan.by_task:
            self.session.marks.discard(name, "ignore")
            self.session.marks.add(name, "forget")
        elif name in self.session.plan.pipelines:
            self.session.marks.discard(name, "ignore")
        else:
            self.plain.remove(name)

    def remove_all(self) -> None:
        """Make all tasks run next time."""
        for name in (*self.session.plan.pipelines, *self.session.plan.by_task):
            self.remove(name)
        self.plain.remove_all()

    def ignore(self, task: Task) -> None:
        """Skip a task in later runs (`doit ignore`)."""
        if isinstance(task, StepTask) or self._is_pipeline(task):
            self.session.marks.add(task.name, "ignore")
        else:
            self.plain.ignore(task)

    def _is_pipeline(self, task: Task) -> bool:
        return bool(task.has_subtask and task.name in self.session.plan.pipelines)

    # -- values for getargs and result_dep ---------------------------------------------------------------------------

    def get_values(self, name: str) -> dict[str, Any]:
        """Return the values of a task: of a step its numbers and short texts, by artifact name."""
        if name in self.session.plan.pipelines:
            return {}
        call = self.session.plan.by_task.get(name)
        return self.plain.get_values(name) if call is None else self._step_values(call)

    def _step_values(self, call: Call) -> dict[str, Any]:
        outcome = self.session.evaluation.outcomes[call.index]
        if outcome is None:
            return {}
        pairs = zip(call.outputs, outcome.outputs, strict=True)
        return {name: stored.summary["value"] for name, stored in pairs if "value" in stored.summary}

    def get_value(self, name: str, key: str) -> Any:
        """Return one value of a task, for ``getargs``."""
        call = self.session.plan.by_task.get(name)
        if call is None:
            return self.plain.get_value(name, key)
        values = self._step_values(call)
        if key not in values:
            raise LineageError(f"step {name} has no value '{key}'", why=f"it has {', '.join(values) or 'none'}")
        return values[key]

    def get_result(self, name: str) -> Any:
        """Return what ``result_dep`` compares: of a step the digests of its artifacts."""
        call = self.session.plan.by_task.get(name)
        if call is None:
            return self.plain.get_result(name)
        outcome = self.session.evaluation.outcomes[call.index]
        return None if outcome is None else ",".join(stored.digest for stored in outcome.outputs)

    def _get(self, name: str, key: str) -> Any:
        if name in self.session.plan.by_task:
            return self.get_result(name) if key == "result:" else None
        return self.plain._get(name, key)

    def _in(self, name: str) -> bool:
        return name in self.session.plan.by_task or self.plain._in(name)
