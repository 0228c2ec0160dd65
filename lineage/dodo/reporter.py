"""doit's reporter interface, on both sides of which somebody listens: the recorder, and what the user wants to see."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from doit.exceptions import BaseFail, UnmetDependency

from lineage.dodo.tasks import StepFailed, StepTask

if TYPE_CHECKING:
    from doit.task import Task

    from lineage.dodo.console import Console
    from lineage.dodo.recorder import Recorder
    from lineage.dodo.session import Session

__all__ = ["Recording"]

_TAIL_LINES = 40
_TAIL_LETTERS = 8000


class Recording:
    """A doit reporter that records what happens to steps and passes everything on.

    Parameters
    ----------
    session : Session
        The command's session.
    recorder : Recorder
        Writes the run.
    console : Console or None
        Prints it, unless the user has chosen one of doit's reporters.
    inner : object or None
        The reporter that the user has chosen.
    """

    desc = "records the run"

    def __init__(self, session: Session, recorder: Recorder, console: Console | None, inner: Any) -> None:
        self.session = session
        self.recorder = recorder
        self.console = console
        self.inner = inner
        self.exit_code = 0
        #: Of each task that was skipped the one that `doit ignore` was told to skip.
        self._ignored: dict[str, str] = {}
        self._began: dict[str, float] = {}

    def _pass_on(self, method: str, *arguments: Any) -> None:
        if self.inner is not None and hasattr(self.inner, method):
            getattr(self.inner, method)(*arguments)

    def initialize(self, tasks: dict[str, Task], selected: list[str]) -> None:
        """Begin a run."""
        self._pass_on("initialize", tasks, selected)

    def get_status(self, task: Task) -> None:
        """Note that a task is considered."""
        self._pass_on("get_status", task)

    def execute_task(self, task: Task) -> None:
        """Record and show that a task is executed."""
        if isinstance(task, StepTask):
            self.recorder.step_started(task.call, forced=self.session.always)
            if self.console is not None:
                self.console.step_started(task.call)
        else:
            self._began[task.name] = time.perf_counter()
            if self.console is not None:
                self.console.task_started(task)
        self._pass_on("execute_task", task)

    def add_success(self, task: Task) -> None:
        """Show that a task has succeeded; of a step that is recorded already."""
        if isinstance(task, StepTask) and self.console is not None:
            outcome = self.session.evaluation.outcomes[task.call.index]
            assert outcome is not None, "a step that succeeded has an outcome"
            if "reused" in task.values:
                self.console.step_cached(task.call, outcome)
            else:
                self.console.step_finished(task.call, outcome)
        elif self.console is not None:
            self.console.task_finished(task, time.perf_counter() - self._began[task.name])
        self._note(task, "run")
        self._pass_on("add_success", task)

    def _note(self, task: Task, status: str, text: str = "") -> None:
        """Note what became of a plain task, for the reports; not of those that doit does not show."""
        if not isinstance(task, StepTask) and task.actions and not task.name.startswith("_"):
            now = time.perf_counter()
            self.session.plain_tasks.append((task.name, status, now - self._began.pop(task.name, now), text))

    def skip_uptodate(self, task: Task) -> None:
        """Record and show that a task is up to date."""
        if isinstance(task, StepTask):
            self.recorder.cached(task.call)
            outcome = self.session.evaluation.outcomes[task.call.index]
            if self.console is not None and outcome is not None:
                self.console.step_cached(task.call, outcome)
        elif self.console is not None and not (task.has_subtask and task.name in self.session.plan.pipelines):
            self.console.task_cached(task)
        self._note(task, "cached")
        self._pass_on("skip_uptodate", task)

    def skip_ignore(self, task: Task) -> None:
        """Record and show that the user has told doit to skip a task."""
        cause = self._ignored[task.name] = self._cause(task)
        text = "ignored" if cause == task.name else f"{cause} is ignored"
        if isinstance(task, StepTask):
            self.recorder.step_ignored(task.call, cause)
            if self.console is not None:
                takes_back = "doit forget" if cause == task.name else f"doit forget {cause}"
                self.console.step_skipped(task.call, f"{text} ({takes_back} takes it back)")
        elif self.console is not None and not task.has_subtask:
            self.console.line("skipped", task.name, text)
        self._note(task, "skipped", text)
        self._pass_on("skip_ignore", task)

    def _cause(self, task: Task) -> str:
        """Return the task that the user has told doit to skip, because of which one is skipped: most often itself."""
        if (task.name, "ignore") in self.session.marks:
            return str(task.name)
        needs = [*task.task_dep, *task.calc_dep]
        return next((self._ignored[name] for name in needs if name in self._ignored), str(task.name))

    def add_failure(self, task: Task, fail: BaseFail) -> None:
        """Record and show that a task failed, or was skipped because something before it did."""
        if isinstance(task, StepTask):
            self._step_failure(task, fail)
        elif isinstance(fail, UnmetDependency):
            self._note(task, "skipped", f"needs {fail.message}")
            if self.console is not None and not task.has_subtask:
                self.console.line("skipped", task.name, f"needs {fail.message}")
        else:
            self._task_failure(task, fail)
        self._pass_on("add_failure", task, fail)

    def _task_failure(self, task: Task, fail: BaseFail) -> None:
        self.recorder.failed_tasks.add(task.name)
        from lineage.dodo.raised import raised

        message, _ = raised(fail, self.recorder.session.stack.project)
        told = fail.get_msg()
        self._note(task, "failed", told if told.startswith(message) else f"{message}\n{told}")
        self.exit_code = max(self.exit_code, 1)
        if self.console is not None:
            self.console.task_failed(task, fail)

    def _step_failure(self, task: StepTask, fail: BaseFail) -> None:
        if isinstance(fail, UnmetDependency):
            # The recorder finds it at the end, with all that was not reached.
            if self.console is not None:
                self.console.step_skipped(task.call, f"needs {fail.message}")
            return
        error = fail.error if isinstance(fail, StepFailed) else _plain_error(fail)
        if not error.get("place"):  # nothing of the user's own code was at work: what they wrote is the call
            from lineage.declare.places import place

            error = {**error, "place": place(task.call.path, task.call.line)}
        log = task.values.get("log") if isinstance(task.values, dict) else None
        self.recorder.step_failed(task.call, error, log)
        self.exit_code = max(self.exit_code, error.get("exit_code", 1))
        if self.console is not None:
            hidden = bool(log) and bool(task.values.get("hidden"))
            self.console.step_failed(task.call, error, _tail(task.actions[0].out, log) if hidden else "")

    def cleanup_error(self, error: BaseFail) -> None:
        """Pass on that a teardown failed."""
        if self.console is not None:
            self.console.tell(error.get_msg())
        self._pass_on("cleanup_error", error)

    def runtime_error(self, message: str) -> None:
        """Pass on an error of doit itself."""
        self.exit_code = max(self.exit_code, 3)
        if self.console is not None:
            self.console.tell(f"ERROR: {message}")
        self._pass_on("runtime_error", message)

    def teardown_task(self, task: Task) -> None:
        """Pass on that a teardown begins."""
        self._pass_on("teardown_task", task)

    def complete_run(self) -> None:
        """Pass on that all is done; the command closes the record, since only it knows how the run ended."""
        self._pass_on("complete_run")


def _tail(output: str, log: str | None) -> str:
    """Return the end of what a step printed, and where all of it is."""
    lines = output.splitlines()
    if len(lines) <= _TAIL_LINES and len(output) <= _TAIL_LETTERS:
        return output
    return f"... (all of it: .lineage/{log})\n" + "\n".join(lines[-_TAIL_LINES:])[-_TAIL_LETTERS:]


def _plain_error(fail: BaseFail) -> dict[str, Any]:
    message = str(fail.message).removeprefix("ERROR: ")
    told, checking, rest = message.partition(" checking dependencies: ")
    message = rest if checking and told.startswith("Task ") else message
    return {
        "kind": fail.get_name(),
        "message": message,
        "traceback": "".join(fail.traceback),
        "place": None,
        "exit_code": 1,
    }
