"""Carry out ``doit run`` on pipelines when something is to do: doit's loop over tasks, recorded."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TextIO

from doit.action import PythonAction
from doit.control import TaskControl
from doit.task import Stream

from lineage.dodo.behind import needs_of
from lineage.dodo.checks import check_parallel
from lineage.dodo.confirm import tidy
from lineage.dodo.console import Console
from lineage.dodo.files import link_files
from lineage.dodo.recorder import Recorder
from lineage.dodo.remarks import remark
from lineage.dodo.reporter import Recording
from lineage.dodo.undeclared import tell
from lineage.errors import UsageError
from lineage.execute.capture import collecting
from lineage.execute.links import check_place
from lineage.execute.log import TERMINAL
from lineage.stores.progress import read_boards

if TYPE_CHECKING:
    from lineage.dodo.commands import Run
    from lineage.dodo.session import Session
    from lineage.model.plan import Call
    from lineage.share.sharing import Sharing

__all__ = ["run"]


def run(command: Run, session: Session, options: dict[str, Any]) -> int:
    """Run what is selected, and record it.

    Parameters
    ----------
    command : Run
        The command, with its tasks loaded.
    session : Session
        Its session.
    options : dict
        What doit passes to ``Run._execute``.

    Returns
    -------
    int
        The exit code: 0, or 1 if a step or task failed, 2 if a store did, 3 for a broken pipeline.
    """
    check_parallel(options["num_process"], options["par_type"])  # they may have stood after the names
    PythonAction.pm_pdb = options["pdb"]
    link_files(session, command.task_list)
    control = _control(command, session, options)
    outfile, stdout = options["outfile"], sys.stdout
    with collecting(session.stack.work) as shown:
        if not isinstance(outfile, str):
            return _record(command, session, control, shown if outfile is stdout else outfile, options)
        with open(outfile, "w", encoding="utf-8") as stream:
            return _record(command, session, control, stream, options)


def _control(command: Run, session: Session, options: dict[str, Any]) -> TaskControl:
    """Select tasks as doit does, with the steps in an order in which doit does not walk long chains recursively."""
    control = TaskControl(command.task_list, auto_delayed_regex=options["auto_delayed_regex"])
    control.process(command.sel_tasks)
    command.control = control
    if options["single"]:
        for name in control.selected_tasks:
            task = control.tasks[name]
            for each in [control.tasks[sub] for sub in task.task_dep] if task.has_subtask else [task]:
                each.task_dep = []
    else:
        # doit copies the path from the selected task to each of its ancestors: quadratic for a chain that is selected
        # by its end. In the order of the plan every ancestor is done before.
        steps = [call.task for call in _reached(control, session)]
        control.selected_tasks = list(dict.fromkeys([*steps, *control.selected_tasks]))
    return control


def _reached(control: TaskControl, session: Session) -> list[Call]:
    """Return the calls that a selection needs: what is selected first comes first, and what it needs before it."""
    found: set[str] = set()
    ordered: list[Call] = []
    for selected in control.selected_tasks:
        waiting, calls = [selected], []
        while waiting:
            name = waiting.pop()
            if name in found or name not in control.tasks:
                continue
            found.add(name)
            if name in session.plan.by_task:
                calls.append(session.plan.by_task[name])
            task = control.tasks[name]
            waiting += [*task.task_dep, *task.setup_tasks, *task.calc_dep]
        ordered += sorted(calls, key=lambda call: call.index)
    return ordered


def _record(command: Run, session: Session, control: TaskControl, stream: TextIO, options: dict[str, Any]) -> int:
    calls = _reached(control, session)
    session.always = options["always"]
    _survey(session, control, calls, single=options["single"])
    if session.stack.sharing is not None:
        _bring(session, session.stack.sharing, control, calls)
    executing = session.always or any(session.evaluation.outcomes[call.index] is None for call in calls)
    if executing:
        _ = session.settings  # one that means nothing is an error before anything runs
        check_place(session.stack.project)
    recorder = Recorder(session, dict(command.words))
    session.take = recorder.take
    try:
        recorder.begin(calls, executing=executing)
        reporter = _reporter(command, session, recorder, stream, options)
        runner = _runner(command, session, reporter, options)
    except BaseException as error:
        if recorder.run_id:  # else it would be taken for lost
            ended = "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"
            recorder.end(ended, lambda: needs_of(control.tasks))
        raise
    status = "failed"
    try:
        final = runner.run_all(control.task_dispatcher())
        code = reporter.exit_code or (1 if final else 0)
        status = "ok" if code == 0 else "failed"
    except KeyboardInterrupt:
        status = "interrupted"
        raise
    finally:
        recorder.end(status, lambda: needs_of(control.tasks))
        if status in ("ok", "failed"):
            remark(session, calls, reporter.console)
        if reporter.console is not None:
            reporter.console.finish(status)
        tell(recorder.remarks)
    if status == "ok":
        tidy(session)
    return code


def _bring(session: Session, sharing: Sharing, control: TaskControl, calls: Sequence[Call]) -> None:
    """Bring what is elsewhere as far as something that is going to run needs it."""
    from lineage.dodo.bringing import Bringing

    sharing.check()
    reached, waiting = set(), list(control.selected_tasks)
    while waiting:
        name = waiting.pop()
        if name not in reached and name in control.tasks:
            reached.add(name)
            task = control.tasks[name]
            waiting += [*task.task_dep, *task.setup_tasks, *task.calc_dep]
    Bringing(session, sharing, calls, [control.tasks[name] for name in reached]).secure()


def _survey(session: Session, control: TaskControl, calls: Sequence[Call], *, single: bool) -> None:
    """Settle what can be settled before anything runs; not what a plain task may change on the way."""
    evaluation = session.evaluation
    evaluation.selected = {call.index for call in calls}
    evaluation.survey()
    open_calls: set[int] = set()
    for call in calls:
        task = control.tasks[call.task]
        plain = any(name not in session.plan.by_task for name in task.task_dep)
        if plain or any(index in open_calls for index in call.upstream):
            open_calls.add(call.index)
            evaluation.outcomes[call.index] = None
    if single:
        _take_last(session, calls)
    evaluation.hold()


def _take_last(session: Session, calls: Sequence[Call]) -> None:
    """Let steps that run without what is above them (`doit -s`) take what that has put out last."""
    evaluation = session.evaluation
    selected = {call.index for call in calls}
    for call in calls:
        for index in call.upstream:
            above = session.plan.calls[index]
            if index not in selected and evaluation.outcomes[index] is None and evaluation.take_last(above) is None:
                raise UsageError(
                    f"{call.task} needs {above.task}, which has not put anything out yet",
                    why="with --single nothing above a step is run",
                    fix=f"run `doit {above.task}` first, or leave out --single",
                )


def _reporter(command: Run, session: Session, recorder: Recorder, stream: TextIO, options: dict[str, Any]) -> Recording:
    chosen = options["reporter"]
    inner, console = None, None
    if chosen == "console":
        width = max((len(name) for name in command.control.selected_tasks), default=0)
        place = session.stack.path("progress")
        console = Console(stream, recorder, width, TERMINAL, lambda: read_boards(place))
        session.before_showing = console.before_output
        session.tell = console.tell
    elif isinstance(chosen, str):
        inner = command.reporters[chosen](stream, {"failure_verbosity": options["failure_verbosity"]})
    elif isinstance(chosen, type):
        inner = _users_reporter(chosen, stream, options)
    else:
        inner = chosen
    return Recording(session, recorder, console, inner)


def _users_reporter(chosen: type, stream: TextIO, options: dict[str, Any]) -> Any:
    try:
        return chosen(stream, {"failure_verbosity": options["failure_verbosity"]})
    except TypeError as error:
        raise UsageError(
            f"the reporter {chosen.__qualname__} of DOIT_CONFIG cannot be made: {error}",
            why="doit makes it with the stream to write to and a dict of options",
            fix="derive it from one of doit.reporter, as from ConsoleReporter",
        ) from error


def _runner(command: Run, session: Session, reporter: Recording, options: dict[str, Any]) -> Any:
    from lineage.dodo import runner

    stream = Stream(options["verbosity"], options["force_verbosity"])
    arguments: list[Any] = [command.dep_manager, reporter, options["continue_"], session.always, stream]
    if not options["num_process"] or session.project.live:  # no other process has a notebook's steps
        return runner.SerialRunner(*arguments)
    kinds: dict[str, Any] = {"process": runner.ProcessRunner, "thread": runner.ThreadRunner}
    if options["par_type"] == "thread":
        session.import_steps()
    elif session.stack.sharing is not None:
        session.stack.sharing.sender.is_held = True  # workers are forked while it would be at work
    return kinds[options["par_type"]](*arguments, options["num_process"])
