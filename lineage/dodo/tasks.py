"""Steps as doit tasks.

doit's ``Task.__init__`` validates nineteen arguments a task; ours come from a plan that has been checked already, so
`StepTask` sets only what differs and leaves the rest to class attributes (7 against 21 microseconds a task).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from doit.exceptions import BaseFail, TaskFailed
from doit.task import IOConfig, Task

from lineage.execute.links import withdraw
from lineage.fingerprint.manifest import files
from lineage.model.plan import Call

if TYPE_CHECKING:
    from lineage.declare.plan import PipelinePlan
    from lineage.dodo.session import Session

__all__ = ["StepFailed", "StepTask", "pipeline_tasks"]


_MOST_SHOWN = 1 << 20


#: What steps that have failed in this process had looked at: nothing else remembers it of them.
looked_at: set[str] = set()


class StepFailed(TaskFailed):  # type: ignore[misc]
    """A failed step, as doit's reporters see it.

    Parameters
    ----------
    error : dict
        As `lineage.execute.perform.perform` gives it.
    """

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error["message"])
        self.error = error
        self.traceback = [error["traceback"] or error["message"]]

    def get_msg(self) -> str:
        """Return the user's traceback, or the message where there is none."""
        return str(self.error["traceback"] or self.error["message"])


class StepTask(Task):  # type: ignore[misc]
    """One call of a step, as a doit task.

    Parameters
    ----------
    call : Call
        The call.
    session : Session
        The command's session, which knows how to run it.
    """

    # What doit reads of every task and what is the same for all of ours.
    params: Any = ()
    creator_params: Any = ()
    pos_arg = None
    pos_arg_val = None
    io = IOConfig({"capture": False})
    loader = None
    getargs: ClassVar[dict[str, Any]] = {}
    result = None
    custom_title = None
    cfg_values = None
    watch: Any = ()
    _remove_targets = False
    has_subtask = False
    _actions: Any = ("step",)
    teardown: Any = ()
    clean_actions: Any = ()

    def __init__(self, call: Call, session: Session) -> None:
        self.call = call
        self.session = session
        self.name = call.task
        self.subtask_of = call.pipeline
        calls = session.plan.calls
        self.task_dep = [calls[index].task for index in call.upstream]
        self.file_dep = set(files(call))
        self.targets = session.targets(call)
        self.options: dict[str, Any] | None = None
        self.setup_tasks: list[str] = []
        self.wild_dep: list[str] = []
        self.calc_dep: set[str] = set()
        self.dep_changed: list[str] | None = None
        self.uptodate: list[Any] = []
        self.value_savers: list[Any] = []
        self.values: dict[str, Any] = {}
        self.verbosity = None
        self.executed = False
        self.lock: Any = None

    @property
    def doc(self) -> str:
        """First line of the step's docstring."""
        return self.call.step.doc

    @property
    def meta(self) -> dict[str, Any]:
        """What `doit info` prints of us."""
        return {
            "lineage": {"pipeline": self.call.pipeline, "step": self.call.step.name, "outputs": list(self.call.outputs)}
        }

    @property
    def shown(self) -> int:
        """How much of what the step prints is shown, as doit's verbosity says."""
        return 1 if self.verbosity is None else self.verbosity

    @property
    def actions(self) -> list[Any]:
        """Nothing that doit could run by itself: `execute` runs the step."""
        return [StepAction(self)]

    def init_options(self, args: Any = None) -> Any:
        """Take no options: a step has its parameters from the pipeline (``doit name=value``)."""
        if self.options is None:
            self.options = {}
        return args

    def execute(self, stream: Any) -> BaseFail | None:
        """Run the step in this process."""
        self.executed = True
        try:
            return self.take(*self.session.perform(self.call, self.shown))
        except Exception as error:
            # Out of our own code: what a step raises is a result. Caught here, since doit's threads forget where an
            # exception came from.
            from lineage.execute.failure import our_failure

            return StepFailed(our_failure(error))

    def take(self, result: dict[str, Any], lock: Any) -> BaseFail | None:
        """Take over what a worker gives back."""
        self.values = result
        self.lock = lock
        looked_at.update(result.get("looked", ()))
        return StepFailed(result["error"]) if "error" in result else None

    def clean(self, outstream: Any, dryrun: bool) -> None:
        """Remove the readable paths of the step's artifacts; the artifacts stay in the store."""
        known = self.session.memory.known(self.name)
        for link in () if known is None else known.links:
            if not os.path.lexists(os.path.join(self.session.stack.project, link)):
                continue  # as doit does: cleaned before
            outstream.write(f"{self.name} - removing '{link}'\n")
            if not dryrun:
                withdraw(self.session.stack.project, link)

    def pickle_safe_dict(self) -> dict[str, Any]:
        """Return what doit's thread runner hands on: the name, since a thread has the task itself."""
        return {"name": self.name}

    def update_from_pickle(self, pickle_obj: dict[str, Any]) -> None:
        """Take nothing: see `pickle_safe_dict`."""

    def __getstate__(self) -> dict[str, Any]:
        raise TypeError("a StepTask stays in its process; a worker is sent a Job")


class StepAction:
    """The one action of a step, for reporters that read the output of actions."""

    values: ClassVar[dict[str, Any]] = {}
    result = None

    def __init__(self, task: StepTask) -> None:
        self.task = task

    @property
    def out(self) -> str:
        """What the step printed (stdout and stderr in one); of a huge output its end."""
        log = self.task.values.get("log") if isinstance(self.task.values, dict) else None
        if not log:
            return ""
        with open(self.task.session.stack.path(log), "rb") as file:
            file.seek(max(os.fstat(file.fileno()).st_size - _MOST_SHOWN, 0))
            return file.read().decode("utf-8", "replace")

    @out.setter
    def out(self, text: str) -> None:
        """Take nothing: doit's thread runner hands back what it has read here."""

    @property
    def err(self) -> str:
        """Empty: the log keeps both streams in the order in which they were written."""
        return ""

    @err.setter
    def err(self, text: str) -> None:
        """Take nothing: see `out`."""

    def __str__(self) -> str:
        return f"step {self.task.call.step.module}:{self.task.call.step.qualname}"


def pipeline_tasks(pipeline: PipelinePlan, session: Session) -> Iterator[Task]:
    """Yield the group task of a pipeline and the tasks of its steps."""
    group = Task(pipeline.name, None, doc=pipeline.doc, has_subtask=True)
    group.task_dep = [call.task for call in pipeline.calls]
    yield group
    for call in pipeline.calls:
        yield StepTask(call, session)
