"""What `lineage doctor` looks at in a project: whether dodo.py works, what is damaged, what runs each time."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from lineage.dodo.decision import STALE
from lineage.dodo.dryrun import dry_run
from lineage.dodo.planned import DryRun, Planned
from lineage.errors import LineageError, StoreError
from lineage.explain.determinism import variations
from lineage.model.checked import Finding
from lineage.model.history import PipelineRun
from lineage.model.shown import counted
from lineage.model.traced import headline, last_frame
from lineage.query.history import History
from lineage.query.presence import Condition, condition
from lineage.stack import DATABASE, FOLDER

__all__ = ["inside"]

#: A step that ran in so many runs on end, each time for the same reason, runs each time.
_TIMES = 3
_RUNS = 12  # that are looked at
_NAMED = 3  # tasks of which each has a finding of its own
_HASHED = 1 << 20
#: What was collected was so on purpose, and what is elsewhere comes when it is needed.
_WELL = (Condition.INTACT, Condition.COLLECTED, Condition.ELSEWHERE)
_STACK = "`lineage stack check` says what is wrong with the stores"


def inside(project: str) -> Iterator[Finding]:
    """Look at a project. dodo.py is loaded as `lineage plan` loads it; nothing is written."""
    planned = None
    try:
        planned = dry_run(project, [], [])
        yield _tasks(planned)
    except LineageError as error:
        why = error.why or "no task can be run before that is put right"
        yield Finding(
            "dodo.py",
            _said(error.what, project),
            ok=False,
            why=why,
            fix=error.fix or "`doit list` shows all that Python says",
        )
    for each in planned.planned if planned else ():
        yield from _plain(each)
    yield from _kept_aside(project)
    if not os.path.exists(os.path.join(project, FOLDER, DATABASE)):
        yield Finding("records", "nothing has run here so far")
        return
    try:
        with History(project) as history:
            yield from _recorded(history, planned)
    except StoreError as error:
        yield Finding(
            "records", error.what, ok=False, why=error.why or "nothing can be recorded", fix=error.fix or _STACK
        )


def _said(what: str, project: str) -> str:
    """Return what is wrong with dodo.py: of a traceback the exception, and where it ends."""
    frame = last_frame(what)
    return headline(what) if frame is None else f"{headline(what)} ({os.path.relpath(frame[0], project)}:{frame[1]})"


def _tasks(planned: DryRun) -> Finding:
    errors = [each for each in planned.planned if each.status == "error"]
    if errors:
        first = errors[0]
        text = "; ".join(reason.text for reason in first.reasons)
        return Finding(
            "dodo.py", f"{first.task} cannot run: {text}", ok=False, why="`lineage plan` tells of all", fix="see why"
        )
    stale = sum(each.status in STALE for each in planned.planned)
    return Finding("dodo.py", f"{counted(len(planned.planned), 'task')}, {stale:,} of them to be run")


def _kept_aside(project: str) -> Iterator[Finding]:
    folder = os.path.join(project, FOLDER, "damaged")
    names = os.listdir(folder) if os.path.isdir(folder) else []
    if names:
        yield Finding(
            "damaged",
            f"{counted(len(names), 'file')} kept aside in {folder}: damaged, or in the way of an artifact",
            ok=False,
            why="somebody wrote through a readable path, or the disk fails; `doit` has made them again",
            fix=f"look whether you need one of them, then `rm -r {folder}`",
        )


def _recorded(history: History, planned: DryRun | None) -> Iterator[Finding]:
    bad = [str(row[0]) for row in history.store.select("PRAGMA quick_check(1)")] if _is_sqlite(history) else ["ok"]
    if bad != ["ok"]:
        where = history.stack.path(DATABASE)
        yield Finding(
            "records",
            f"{where} is damaged: {bad[0]}",
            ok=False,
            why="SQLite's own check says so",
            fix=f"`mv {where} {where}.damaged`: steps run once more, and are recorded anew",
        )
        return
    runs = history.last_runs(_RUNS)
    yield Finding("records", counted(runs[-1].id, "run") if runs else "no runs")
    yield from _artifacts(history)
    yield from _each_time(runs, planned)
    yield from _not_deterministic(history, runs)


def _is_sqlite(history: History) -> bool:
    return bool(history.stack.choice.metadata.kind == "sqlite")


def _artifacts(history: History) -> Iterator[Finding]:
    artifacts = list(history.artifacts())
    history.read_current(artifacts)
    stored = [version for each in artifacts if (version := each.current) is not None and version.is_stored]
    states = [(version.name, condition(history, version, _HASHED)) for version in stored]
    wrong = [f"{name} is {state.value}" for name, state in states if state not in _WELL]
    if wrong:
        named = ", ".join(wrong[:_NAMED])
        yield Finding(
            "artifacts",
            named + (f", and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else ""),
            ok=False,
            why="the store has not the bytes that were recorded",
            fix="`lineage fsck --repair`, or `doit`, makes it again; write no files through readable paths",
        )
    else:
        yield Finding("artifacts", f"{counted(len(stored), 'current one')}, all intact")


def _each_time(runs: Sequence[PipelineRun], planned: DryRun | None) -> Iterator[Finding]:
    """Tell of tasks that run each time: not once have they been up to date when nothing was edited."""
    for each in planned.planned if planned else ():
        if each.status not in STALE or each.call is None:
            continue
        past = [step for run in runs for step in run.steps.values() if step.task == each.task]
        last = [step for step in past if step.status != "pending"][-_TIMES:]
        causes = [{(reason["kind"], reason["name"]) for reason in step.reasons} for step in last]
        same = set.intersection(*causes, {(reason.kind, reason.name) for reason in each.reasons}) if causes else set()
        if len(last) < _TIMES or any(step.status != "run" for step in last) or not same:
            continue
        why = "; ".join(reason.text for reason in each.reasons if (reason.kind, reason.name) in same)
        if {kind for kind, _ in same} == {"cache"}:
            yield Finding("runs each time", f"{each.task}, as it is told to: {why}")
        elif not {kind for kind, _ in same} <= {"upstream", "first"}:
            yield Finding(
                "runs each time",
                f"{each.task} ran in the last {_TIMES} runs and would again",
                ok=False,
                why=why,
                fix=f"`lineage why {each.task}` shows the difference; what does not matter to its result can be taken "
                "out with @step(ignore=, env=, packages=), and what it reads can be declared: docs/pipelines.md",
            )


def _plain(each: Planned) -> Iterator[Finding]:
    """Tell of a plain doit task with targets that doit can never find up to date."""
    if (
        each.call is None
        and each.targets
        and not each.upstream
        and any(reason.kind == "always" for reason in each.reasons)
    ):
        yield Finding(
            "runs each time",
            f"{each.task} has targets, and nothing that doit could compare",
            ok=False,
            why="; ".join(reason.text for reason in each.reasons),
            fix="give it file_dep, or uptodate=[True] if its targets only have to be there",
        )


def _not_deterministic(history: History, runs: Sequence[PipelineRun]) -> Iterator[Finding]:
    steps = {step.task: step for run in runs for step in run.steps.values()}
    found = variations(history.store, [step.fingerprint for step in steps.values()])
    for task, step in steps.items():
        for variation in found.get(step.fingerprint or "", ()):
            yield Finding(
                "not deterministic",
                f"{task}: {variation}",
                ok=False,
                why="what comes after it reruns each time it is executed again, and nobody can reproduce its result",
                fix=f"`lineage verify {task}` looks for the cause",
            )
