"""``lineage plan``: load dodo.py, decide what doit would do, and add what history knows of it. Nothing is written."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

from doit import cmd_run
from doit.cmd_base import DodoTaskLoader
from doit.control import TaskControl
from doit.doit_cmd import DoitMain

from lineage.dodo.commands import Taught
from lineage.dodo.decision import STALE
from lineage.dodo.files import link_files
from lineage.dodo.loading import DOIT_ERRORS, users_errors
from lineage.dodo.offline import load_dodo
from lineage.dodo.planned import DryRun, Planned
from lineage.dodo.planning import Planning
from lineage.dodo.suppose import Supposition
from lineage.dodo.tasks import StepTask
from lineage.dodo.untouched import open_untouched
from lineage.errors import DodoError, UsageError
from lineage.fingerprint.manifest import references

if TYPE_CHECKING:
    from doit.dependency import Dependency

    from lineage.dodo.commands import Run
    from lineage.dodo.options import Asked
    from lineage.dodo.session import Session

__all__ = ["answer", "decided", "dry_run"]


def dry_run(
    project: str,
    names: Sequence[str],
    assignments: Sequence[str],
    supposed: Sequence[str] = (),
    *,
    explained: bool = True,
) -> DryRun:
    """Decide what `doit NAMES` would do. Nothing is created or written, and no step is imported.

    Parameters
    ----------
    project : str
        The project's folder.
    names : sequence of str
        Tasks, pipelines, targets and patterns as doit takes them; what dodo.py selects by default if there are none.
    assignments : sequence of str
        ``name=value`` words.
    supposed : sequence of str
        Files that are supposed to change, relative to the current folder.
    explained : bool
        Whether reasons and seconds are wanted.

    Raises
    ------
    DodoError
        If dodo.py, or a function in it that makes tasks, raises.
    UsageError
        If a name means nothing there, or a supposed file does not exist.
    """
    folder = os.getcwd()
    with load_dodo(project, assignments) as (session, loader):
        supposition = Supposition(session, supposed, folder) if supposed else None
        tasks = _Tasks(session, loader)
        planning = tasks.plan(list(names), supposition)
        if supposition is not None:
            supposition.check()
        planned = [_planned(planning, name, explained=explained) for name in planning.needed(tasks.selected)]
        return DryRun(planned, {} if supposition is None else supposition.files)


def answer(command: Run, session: Session, params: Any, args: list[str]) -> int | None:
    """Answer ``doit --dry-run`` or ``--question``.

    Parameters
    ----------
    command : Run
        The command; its `asked` has what was asked before the names.
    session : Session
        Its session, which must not write.
    params : mapping
        The options.
    args : list of str
        From the first name on.

    Returns
    -------
    int or None
        The exit code; ``None`` if neither was asked: what looked so is a task's own.
    """
    tasks = _Tasks(session, command.loader, params, command.asked)
    planning = tasks.plan(args, None)
    asked = tasks.asked
    if asked is None or not (asked.runs_nothing or asked.help):
        return None
    if asked.reports:
        raise UsageError("--report cannot be combined with --dry-run or --question: a report is of a run")
    if params["single"]:
        raise UsageError(
            "--single cannot be combined with --dry-run or --question: a plan goes through all that is needed"
        )
    if params["always"]:
        planning.force()
    found = [_planned(planning, name, explained=not asked.question) for name in planning.needed(tasks.selected)]
    if not tasks.answered:
        return 0
    from lineage.dodo.forecast import show  # what prints is loaded when somebody asks

    return show(DryRun(found, {}), sys.stdout, quiet=asked.question)


def decided(session: Session, loader: DodoTaskLoader, names: Sequence[str]) -> Planning:
    """Decide some tasks and what they need; the session and the loader are those of `load_dodo`."""
    return _Tasks(session, loader).plan(list(names), None)


def _planned(planning: Planning, name: str, *, explained: bool) -> Planned:
    decision, task = planning.decisions[name], planning.tasks[name]
    if not explained:
        return Planned(task, decision, [], None, [])
    session, seconds = planning.session, None
    if decision.status in STALE and isinstance(task, StepTask):
        seconds = session.stack.metadata.expected_seconds(name, task.call.step.name)
    planned = Planned(task, decision, planning.reasons(name), seconds, planning.order.sources(task))
    if planned.call is not None:
        planned.inputs = {name: session.evaluation.artifact_name(ref) for name, ref in references(planned.call)}
    return planned


class _Tasks(Taught):
    """The doit command that loads the tasks of dodo.py and selects among them, and does nothing with them.

    Attributes
    ----------
    selected : list of str
        What is asked for.
    answered : bool
        Whether anything is.
    """

    name = "plan"
    cmd_options = cmd_run.Run.cmd_options  # they may stand after names

    def __init__(
        self, session: Session, loader: DodoTaskLoader, options: Any = None, asked: Asked | None = None
    ) -> None:
        super().__init__(task_loader=loader, config=DoitMain().config)
        self.session = session
        self.asked = asked
        self.loader.setup = lambda _: None  # it is done
        self.selected: list[str] = []
        self.answered = False
        self._tasks: list[Any] = []
        self._options = self.cmdparser.parse([])[0] if options is None else options

    def plan(self, names: list[str], supposition: Supposition | None) -> Planning:
        """Select tasks as doit does, and decide them and what they need."""
        try:
            self._load(names)
        except DOIT_ERRORS as error:
            raise UsageError(str(error).strip()) from error
        assert self.session is not None, "it was given one"
        planning = Planning(self.session, self._tasks, self.dep_manager, supposition)
        planning.decide(self.selected)
        return planning

    def _load(self, names: list[str]) -> None:
        # doit looks the backend up before it asks whether there is need of one.
        self._backends = {}
        try:
            self._select(names)
        except DodoError:
            # A function may make tasks from what other tasks make (`create_after`): then they come later, as in a run.
            if not any(hasattr(thing, "doit_create_after") for thing in self.loader.namespace.values()):
                raise
            self.execute_tasks = True
            self._select(names)

    def _select(self, names: list[str]) -> None:
        # What dodo.py prints is not what the command was asked for.
        with users_errors(), redirect_stdout(sys.stderr):
            self._carry_out(self._options, names)

    def find_plugins(self) -> None:
        """Look for doit's plugins only where its database is opened."""

    def _open_plain(self, params: Any) -> Dependency:
        self._backends = None
        super().find_plugins()
        kind, path = self._backends.get(params["backend"]), params["dep_file"]
        checker = self.get_checker_cls(params["check_file_uptodate"])
        return open_untouched(kind, path, checker, self.get_codec_cls(params["codec_cls"]))

    def _execute(self) -> int:
        assert self.session is not None, "it was given one"
        link_files(self.session, self.task_list)
        control = TaskControl(self.task_list, auto_delayed_regex=self._options["auto_delayed_regex"])
        control.process(self.sel_tasks)
        self._tasks, self.selected, self.answered = list(control.tasks.values()), control.selected_tasks, True
        return 0
