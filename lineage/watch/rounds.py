"""What the forks of ``lineage watch`` do: one runs ``doit``, another says which files the next run depends on."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING, Any

from doit.doit_cmd import DoitMain

from lineage.declare import deferred
from lineage.dodo.dryrun import decided
from lineage.dodo.offline import load_dodo
from lineage.dodo.tasks import looked_at
from lineage.errors import LineageError
from lineage.fingerprint.manifest import files as files_of
from lineage.query.history import History
from lineage.watch.warm import installed

if TYPE_CHECKING:
    from lineage.dodo.session import Session
    from lineage.model.history import PipelineRun

__all__ = ["run_round", "scout", "survey"]

_BEFORE = 10  # runs in which the metrics of before are looked for


def run_round(project: str, words: Sequence[str], printed: IO[bytes]) -> dict[str, Any]:
    """Be ``doit``, and tell what became of it.

    Parameters
    ----------
    project : str
        The project's folder.
    words : sequence of str
        What stands after ``doit``.
    printed : file
        What takes all that is printed.

    Returns
    -------
    dict
        What is told of the round; ``looked`` besides: the files that failed steps have looked at.
    """
    began = time.time()
    os.chdir(project)
    code, refused = _doit(words)
    try:
        with History(project) as history:
            found = history.last_runs(_BEFORE)
    except LineageError as error:  # settings mean nothing
        found, refused = [], refused and str(error).splitlines()[0]
    run = next((each for each in reversed(found) if each.pid == os.getpid() and each.started >= began - 1), None)
    told = _told(run, [each for each in found if run is not None and each.id < run.id])
    told["code"] = code
    told["error"] = None if code == 0 or told["failed"] else refused or _error(printed, project)
    told["looked"] = [os.path.join(project, name) for name in sorted(looked_at)]
    return told


def _doit(words: Sequence[str]) -> tuple[int, str]:
    """Be `doit`; return its exit code, and what stopped it before it was there."""
    try:
        return int(DoitMain().run(list(words)) or 0), ""
    except Exception as error:  # it reads its settings before it minds exceptions
        return 3, f"{type(error).__name__}: {error}"


def _told(run: PipelineRun | None, before: Sequence[PipelineRun]) -> dict[str, Any]:
    steps = list(run.steps.values()) if run is not None else []
    failed = [step for step in steps if step.status == "failed"]
    return {
        "run": None if run is None else run.id,
        "ran": [step.task for step in steps if step.status == "run"],
        "failed": [{"task": step.task, **_failure(step.error or {})} for step in failed],
        "skipped": [step.task for step in steps if step.status in ("skipped", "pending")],
        "cached": sum(step.status == "cached" for step in steps),
        "seconds": sum(step.seconds for step in steps if step.status in ("run", "failed")),
        "metrics": [] if run is None else _metrics(run, before),
    }


def _failure(error: dict[str, Any]) -> dict[str, Any]:
    first = (str(error.get("message") or "").splitlines() or [""])[0]
    return {"message": first, "place": error.get("place")}


def _metrics(run: PipelineRun, before: Sequence[PipelineRun]) -> list[dict[str, Any]]:
    """Return the metrics of a run, each with its change since the run before that had it."""
    found = []
    for name, value in run.metrics.items():
        last = next((each.metrics[name] for each in reversed(before) if name in each.metrics), None)
        found.append({"name": name, "value": value, "change": None if last is None else value - last})
    return found


def _error(printed: IO[bytes], project: str) -> str:
    """Return the line of what was printed that says what went wrong, with the user's file and line."""
    os.lseek(printed.fileno(), 0, os.SEEK_SET)
    lines = os.read(printed.fileno(), 1 << 20).decode(errors="replace").splitlines()
    ours = [line for line in lines if line.startswith(("lineage.", "ERROR: "))]
    if ours:
        return ours[0]
    said = next((line.strip() for line in reversed(lines) if line.strip()), "it failed")
    places = [line.strip() for line in lines if line.strip().startswith(f'File "{project}{os.sep}')]
    if not places:
        return said
    file, number, *_ = places[-1].removeprefix('File "').split('", line ')
    return f"{said} ({os.path.relpath(file, project)}:{number.partition(',')[0]})"


def survey(project: str, assignments: Sequence[str]) -> dict[str, Any]:
    """Tell what the next run depends on.

    Parameters
    ----------
    project : str
        The project's folder.
    assignments : sequence of str
        ``name=value`` words.

    Returns
    -------
    dict
        ``files`` that are there or must not be, ``folders`` whose names count, ``trees`` in which all counts, and what
        is ``made`` and so no reason to run. Empty where dodo.py does not work.
    """
    try:
        with load_dodo(project, assignments) as (session, loader):
            planning = decided(session, loader, [])
            return _depended(session, list(planning.tasks.values()))
    except LineageError:
        return {}


def scout(project: str, assignments: Sequence[str]) -> dict[str, Any]:
    """Tell what the project imports, dodo.py and the modules of its steps.

    Parameters
    ----------
    project : str
        The project's folder.
    assignments : sequence of str
        ``name=value`` words.

    Returns
    -------
    dict
        ``modules`` of installed packages, in the order in which they were imported, and the ``environment`` after
        that. Empty where dodo.py does not work.
    """
    try:
        with load_dodo(project, assignments) as (session, _):
            _import_steps(session)
            return {"modules": installed(), "environment": dict(os.environ)}
    except LineageError:
        return {}


def _depended(session: Session, tasks: Sequence[Any]) -> dict[str, Any]:
    root, ingredients = session.stack.project, session.evaluation.ingredients
    names: list[str] = [path for task in tasks for path in task.file_dep]
    patterns: list[str] = []
    for call in session.plan.calls:
        names += files_of(call)
        patterns += ingredients.patterns(call.step)
        known = session.memory.known(call.task)
        names += [name for kind, name, *_ in (known.discovered if known else ()) if kind in ("read", "list")]
    made = [target for task in tasks for target in task.targets]
    files = {os.path.join(root, name) for name in (*names, *patterns)} | {
        path for path, _ in session.project.looked_at()
    }
    return {
        "files": sorted(files),
        "folders": session.project.listed(),
        "trees": sorted({os.path.join(root, _fixed(pattern)) for pattern in patterns}),
        "made": sorted({os.path.join(root, target) for target in made}),
    }


def _fixed(pattern: str) -> str:
    """Return the folder or file before the first part of a pattern that has a wildcard."""
    parts = pattern.split("/")
    wild = next((at for at, part in enumerate(parts) if any(letter in part for letter in "*?[")), len(parts))
    return "/".join(parts[:wild])


def _import_steps(session: Session) -> None:
    for name in dict.fromkeys(call.step.module for call in session.plan.calls if call.step.command is None):
        try:
            deferred.load(name)
        except (Exception, SystemExit):  # the step fails with it, in its own name  # noqa: S112
            continue
