"""What reports compare with, and the reports that ``doit --report`` asks for."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from lineage.dodo.ending import ended
from lineage.errors import LineageError, UsageError, did_you_mean

if TYPE_CHECKING:
    from lineage.model.history import PipelineRun
    from lineage.query.history import History
    from lineage.report.baseline import Baseline
    from lineage.report.write import Wanted

__all__ = ["Reference", "comparison", "reference", "write_all", "write_unbegun"]

_RUN = re.compile(r"-?\d{1,9}|last")
_OLDER = re.compile(r"(.+?)(?:~\d*|\^1?)+")  # by first parents
_NO_COMMIT = re.compile(r"0{40}|0{64}")
_SHORTEST_HASH = 7  # as git shortens them
_NEWEST = 200  # runs of a commit that are looked at


class Reference:
    """What a word after ``--against`` stands for.

    Attributes
    ----------
    text : str
        The word.
    run : int or None
        A run.
    commit : str or None
        A commit.
    file : Baseline or None
        What a file says.
    nothing : str
        Why there is nothing to compare with, where nothing is wrong with that.
    """

    __slots__ = ("commit", "file", "nothing", "run", "text")

    def __init__(
        self,
        text: str,
        *,
        run: int | None = None,
        commit: str | None = None,
        file: Baseline | None = None,
        nothing: str = "",
    ) -> None:
        self.text = text
        self.run = run
        self.commit = commit
        self.file = file
        self.nothing = nothing


def reference(project: str, text: str, folder: str = "") -> Reference:
    """Find out what a word after ``--against`` stands for: a run, a file, or else what git knows.

    Parameters
    ----------
    project : str
        The project's folder.
    text : str
        The word.
    folder : str, optional
        Where it was typed; by default the current folder.

    Raises
    ------
    UsageError
        Nothing is known by that name, or it is a file that is no report.
    """
    if not text:
        return Reference(text, nothing="--against names nothing")
    if _RUN.fullmatch(text):
        return _numbered(project, text)
    path = os.path.join(folder, os.path.expanduser(text))
    if os.path.isfile(path):
        from lineage.report.baseline import of_file

        return Reference(text, file=of_file(path, text))
    commit = _commit(project, text)
    if commit is not None:
        return Reference(text, commit=commit)
    if _is_before_all(project, text):
        return Reference(text, nothing=f"there is no commit {text}: nothing is older than the first one")
    raise _no_reference(project, text)


def _numbered(project: str, text: str) -> Reference:
    """Return a run; but a short hash may have nothing but digits."""
    from lineage.explain.past import find_run
    from lineage.query.history import History

    try:
        with History(project) as history:
            return Reference(text, run=find_run(history, text).id)
    except UsageError:
        commit = _commit(project, text) if len(text) >= _SHORTEST_HASH else None
        if commit is None:
            raise
        return Reference(text, commit=commit)


def _commit(project: str, text: str) -> str | None:
    done = git(project, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{text}^{{commit}}")
    return done.stdout.decode().strip() if done.returncode == 0 else None


def _is_before_all(project: str, text: str) -> bool:
    """Whether it is what a first push is compared with: a parent of the first commit, or 0000... as servers say it."""
    if _NO_COMMIT.fullmatch(text):
        return True
    older = _OLDER.fullmatch(text)
    return older is not None and _commit(project, older[1]) is not None and not _is_shallow(project)


def _no_reference(project: str, text: str) -> UsageError:
    known = git(project, "for-each-ref", "--format=%(refname:short)").stdout.decode(errors="replace").split()
    return UsageError(
        f"--against {text}: there is no such run, file or git reference{did_you_mean(text, known)}",
        why="this clone is shallow: it has the newest commits only" if _is_shallow(project) else None,
        fix="fetch it (`git fetch origin main`; actions/checkout: fetch-depth: 0), or name a run or a JSON report",
    )


def _is_shallow(project: str) -> bool:
    return git(project, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true"


def git(project: str, *words: str) -> subprocess.CompletedProcess[bytes]:
    """Run git in a project; without git, as if it knew nothing."""
    try:
        return subprocess.run(["git", *words], cwd=project, capture_output=True, stdin=subprocess.DEVNULL, check=False)  # noqa: S603, S607
    except OSError:
        return subprocess.CompletedProcess(words, 127, b"", b"git is not installed")


Comparison = Callable[["History", "PipelineRun"], "tuple[Baseline | None, str]"]


def comparison(found: Reference) -> Comparison:
    """Return what finds the baseline of a run, or says why there is none."""
    return lambda history, run: _baseline(history, run, found)


def _baseline(history: History, run: PipelineRun, found: Reference) -> tuple[Baseline | None, str]:
    from lineage.report.baseline import of_run

    if found.nothing:
        return None, f"no baseline: {found.nothing}"
    if found.file is not None:
        return found.file, ""
    if found.run is not None:
        return of_run(history, history.run(found.run)), ""
    assert found.commit is not None, "a reference is a run, a file or a commit"
    recorded = _run_of(history, run, found.commit)
    if recorded is not None:
        return of_run(history, recorded), ""
    return _tree(history, run, found.text, found.commit)


def _tree(history: History, run: PipelineRun, text: str, commit: str) -> tuple[Baseline | None, str]:
    """Return what the records and the shared cache know of the steps of a commit that was never run here."""
    from lineage.dodo.asof import at_commit
    from lineage.report.baseline import of_tree

    name = f"{text} ({commit[:7]})"
    words = [f"{name}={value}" for name, value in run.selection.items()]
    told = at_commit(history.project, commit, words)
    if isinstance(told, str):
        return None, f"no baseline: {name} cannot be fingerprinted: {told}"
    found = of_tree(name, told)
    if not found.outputs:
        return found, f"no baseline: nothing of {name} was ever made here"
    if not any(found.metrics.values()) and any(step.metrics for step in run.steps.values()):
        return found, f"no baseline: no number of {name} was ever made here"
    return found, ""


def _run_of(history: History, run: PipelineRun, commit: str) -> PipelineRun | None:
    """Return the newest run of a commit that ended well: if possible of the same words, and of as many steps.

    One that executed nothing has not asked whether the working copy was as committed, so it does not count: its results
    may be those of an edit.
    """
    ids = history.store.select(
        "SELECT run_id FROM run WHERE git_commit = ? AND status = 'ok' AND git_dirty = 0 AND run_id <> ? "
        "ORDER BY run_id DESC LIMIT ?",
        (commit, run.id, _NEWEST),
    )
    runs = [history.run(row[0]) for row in ids]
    size = sum(run.counts.values())
    return max(
        runs,
        key=lambda each: (each.selection == run.selection, min(sum(each.counts.values()), size), each.id),
        default=None,
    )


def write_all(
    project: str,
    run: int,
    wanted: Sequence[tuple[str, str]],
    against: Reference | None,
    plain: Sequence[tuple[Any, ...]],
) -> int:
    """Write the reports that ``doit --report`` asks for.

    Parameters
    ----------
    project : str
        The project's folder.
    run : int
        The run that has ended.
    wanted : sequence of (str, str)
        Formats and files.
    against : Reference or None
        What they compare with.
    plain : sequence of tuple
        What became of plain tasks: name, status, seconds, what they said.

    Returns
    -------
    int
        0, or 2 if one could not be written. The others are.
    """
    from lineage.report.account import PlainTask
    from lineage.report.write import Wanted

    what = Wanted(None, comparison(against) if against else None, [PlainTask(*each) for each in plain])
    return max([_written(form, path, partial(_content, project, form, run, what)) for form, path in wanted])


def _content(project: str, form: str, run: int, what: Wanted) -> bytes:
    from lineage.report.write import make

    return make(project, form, run, what).content


def write_unbegun(project: str, told: str, wanted: Sequence[tuple[str, str]], *, failed: bool = True) -> None:
    """Write of a command that came to no run what was wrong, or that nothing was to do, in the formats that can."""
    from lineage.report.unbegun import UNBEGUN

    for form, path in wanted:
        if form in UNBEGUN:
            _written(form, path, partial(UNBEGUN[form], project, told, failed))


def _written(form: str, path: str, make: Callable[[], bytes]) -> int:
    """Make a report and write it; return 2, having said why, if that cannot be."""
    from lineage.report.write import write

    try:
        content = make()
        write(path, content)
        if form == "markdown":
            _summarise(content)
    except LineageError as error:
        ended(error)
        return 2
    return 0


def _summarise(content: bytes) -> None:
    """Show a summary on the page of a GitHub workflow's run, beside those of other commands."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path or os.environ.get("GITHUB_ACTIONS") != "true":
        return
    try:
        with open(path, "ab") as file:
            file.write(content + b"\n")
    except OSError as error:
        from lineage.errors.refusal import refused

        raise refused(f"cannot write {path}", error, path) from error
