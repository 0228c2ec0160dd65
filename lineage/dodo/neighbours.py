"""Plain doit tasks beside the steps: what doit itself says of them, in our words."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from doit.task import result_dep

from lineage.dodo.loading import users_errors
from lineage.model.stored import Reason

__all__ = ["PlainState", "ask_doit", "compared_results"]

#: Reasons at which doit does not look at files any more.
_BEFORE_FILES = ("uptodate_false", "has_no_dependencies", "missing_target", "checker_changed")
_SENTENCES = {
    "missing_target": "{} is missing",
    "changed_file_dep": "file {} changed",
    "removed_file_dep": "file {} is no input any more",
    "added_file_dep": "file {} is a new input",
}


class PlainState(NamedTuple):
    """How it stands with a plain task."""

    log: Any
    """doit's own ``DependencyStatus``."""
    reasons: list[Reason]
    """Why it will run, whatever the tasks before it do; empty if it will not for that."""
    missing: str | None
    """An input file without which it cannot run."""


def ask_doit(
    plain: Any, task: Any, tasks: Mapping[str, Any], coming: Mapping[str, str | None], waits: Sequence[str]
) -> PlainState:
    """Ask doit's dependency manager about a plain task.

    Parameters
    ----------
    plain : Dependency
        doit's dependency manager.
    task : Task
        The task.
    tasks : mapping of str to Task
        All tasks.
    coming : mapping of str to (str or None)
        Its input files that will not be as they are now when it comes to it: for each the file that it is going to be
        like, or ``None`` where that is not known.
    waits : sequence of str
        The tasks before it that will or may run.
    """
    with users_errors():
        log = plain.get_status(task, tasks, True)
    for path, like in coming.items():
        _look_ahead(plain, task, log.reasons, path, like)
    missing = log.reasons["missing_file_dep"]
    told_later = not task.calc_dep.isdisjoint(waits)
    reasons = _told(log.reasons, waits, never=not plain._in(task.name), told_later=told_later)
    fatal = missing and not any(log.reasons[kind] for kind in _BEFORE_FILES)
    return PlainState(log, reasons, missing[0] if fatal else None)


def compared_results(task: Any) -> list[str]:
    """Return the tasks whose results a plain task compares when they have run."""
    return [check.dep_name for check, _, _ in task.uptodate if _compares_a_result(check)]


def _compares_a_result(check: Any) -> bool:
    return isinstance(check, result_dep) and not check.setup_dep


def _look_ahead(plain: Any, task: Any, reasons: Any, path: str, like: str | None) -> None:
    for kind in ("missing_file_dep", "changed_file_dep"):
        reasons[kind] = [each for each in reasons[kind] if each != path]
    state = plain._get(task.name, path)
    if state is None or (like is not None and plain.checker.check_modified(like, os.stat(like), state)):
        reasons["changed_file_dep"].append(path)


def _told(reasons: Any, waits: Sequence[str], *, never: bool, told_later: bool) -> list[Reason]:
    """Return doit's reasons, but for those that only say that something before the task has not run yet."""
    if reasons["has_no_dependencies"] and not told_later:
        return [Reason("always", "", None, None, "it depends on nothing, so it always runs")]
    if never and any(reasons.values()):
        return [Reason("first", "", None, None, "never ran before")]
    found = [
        Reason("uptodate", _named(check), None, None, f"its check {_named(check)} says so")
        for check, _, _ in reasons["uptodate_false"]
        if not (_compares_a_result(check) and check.dep_name in waits)
    ]
    if reasons["checker_changed"]:
        before, after = reasons["checker_changed"]
        found.append(Reason("checker", "", before, after, "files are compared in another way"))
    for kind, sentence in _SENTENCES.items():
        if told_later and kind == "removed_file_dep":
            continue
        found += [Reason("file", path, None, None, sentence.format(path)) for path in reasons[kind] or ()]
    return found


def _named(check: Any) -> str:
    return str(getattr(check, "__qualname__", None) or check)
