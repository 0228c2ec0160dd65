"""Who makes which file: targets of doit's plain tasks, and the readable paths of artifacts."""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from lineage.dodo.tasks import StepTask
from lineage.execute.declared import matches, may_hold
from lineage.fingerprint import manifest
from lineage.stack import READABLE

if TYPE_CHECKING:
    from lineage.declare.plan import Plan
    from lineage.dodo.session import Session

__all__ = ["Makers", "link_files", "normal"]


class Makers:
    """The tasks that make files.

    doit finds the task of a file by the file's whole name; the extension of an artifact is certain only when it has
    been made, so here an artifact is found without.

    Parameters
    ----------
    plan : Plan
        The calls whose artifacts they are.
    tasks : iterable of Task
        All tasks of dodo.py.
    """

    def __init__(self, plan: Plan, tasks: Iterable[Any]) -> None:
        pairs = sorted((normal(target), target, task.name) for task in tasks for target in task.targets)
        self._paths = [path for path, _, _ in pairs]
        self._made = [(target, name) for _, target, name in pairs]
        self._by_path = dict(zip(self._paths, self._made, strict=True))
        self._targets = dict(self._made)
        self._artifacts: dict[str, tuple[str, int]] = {}
        for call in plan.calls:
            for number, name in enumerate(call.outputs):
                self._artifacts[f"{READABLE}/{call.pipeline}/{name}"] = (call.task, number)

    @property
    def makes_files(self) -> bool:
        """Whether any plain task makes a file."""
        return bool(self._paths)

    def of(self, path: str) -> str | None:
        """Return the task that makes a file, ``None`` if there is none."""
        return self.step(path) or self._targets.get(path)

    def within(self, path: str) -> list[tuple[str, str]]:
        """Return what plain tasks make that is at a path, inside the folder there, or a folder around it.

        They are targets, each with its task.
        """
        whole = normal(path)
        if whole == ".":
            return [made for other, made in self._by_path.items() if _is_inside(other)]
        inside = whole + os.sep
        found = [self._by_path[folder] for folder in _around(whole) if folder in self._by_path]
        for start, belongs in ((whole, whole.__eq__), (inside, lambda other: other.startswith(inside))):
            at = bisect_left(self._paths, start)
            while at < len(self._paths) and belongs(self._paths[at]):
                found.append(self._made[at])
                at += 1
        return found

    def step(self, path: str) -> str | None:
        """Return the step that makes a file, or the folder that it is in."""
        found = self.part(path)
        return None if found is None else found[0]

    def part(self, path: str) -> tuple[str, int, str] | None:
        """Return the step that makes a file, by which output, and where in it the file is if that is a folder."""
        parts = normal(path).split(os.sep)
        artifact = self.artifact(os.sep.join(parts[:3]))
        return None if artifact is None else (*artifact, os.sep.join(parts[3:]))

    def artifact(self, path: str) -> tuple[str, int] | None:
        """Return the step that a readable path is an output of, and which one, whatever the extension."""
        path = os.path.normpath(path)
        if not path.startswith(READABLE + "/"):
            return None
        while path not in self._artifacts:
            path, suffix = os.path.splitext(path)
            if not suffix:
                return None
        return self._artifacts[path]


def _around(path: str) -> Iterator[str]:
    """Yield the folders around a normal path, up to the project's own where it lies in that."""
    while (parent := os.path.dirname(path)) not in ("", path):
        yield parent
        path = parent
    if _is_inside(path):
        yield "."


def _is_inside(path: str) -> bool:
    """Whether a normal path lies in the project."""
    return not os.path.isabs(path) and path.partition(os.sep)[0] != os.pardir


def link_files(session: Session, tasks: Sequence[Any]) -> None:
    """Let plain tasks wait for the steps whose artifacts they take, and steps for the tasks that make their files.

    Parameters
    ----------
    session : Session
        The command's session.
    tasks : sequence of Task
        All tasks of dodo.py.
    """
    _order_after_makers(session, tasks)
    plain = [task for task in tasks if not isinstance(task, StepTask)]
    makers = Makers(session.plan, plain)
    for task in plain:
        for path in task.file_dep:
            maker = makers.step(path)
            if maker is not None and maker not in task.task_dep:
                task.task_dep.append(maker)
    if makers.makes_files:
        for task in tasks:
            if isinstance(task, StepTask):
                # doit orders tasks by the files that they take, as they are written.
                inputs = manifest.files(task.call)
                task.file_dep.update(target for path in inputs for target, _ in makers.within(path))


def _order_after_makers(session: Session, tasks: Sequence[Any]) -> None:
    """Let steps wait for the plain tasks that make what is in their ``depends_on``; note what these make."""
    ingredients = session.evaluation.ingredients
    plain = [task for task in tasks if not isinstance(task, StepTask)]
    made = {normal(target): target for task in plain for target in task.targets}
    # A task that makes tasks while others run (create_after) may make any file.
    ingredients.declared.to_be_made = None if any(task.loader for task in plain) else set(made)
    for task in tasks if made else ():
        if isinstance(task, StepTask):
            patterns = ingredients.patterns(task.call.step)
            # doit orders tasks by the files that they take.
            task.file_dep.update(
                made[path]
                for path in made
                if any(matches(pattern, path) or may_hold(path, pattern) for pattern in patterns)
            )


def normal(path: str) -> str:
    """Return a path relative to the project where it lies inside it; it may be absolute, through a symbolic link."""
    path = os.path.normpath(path)
    if not os.path.isabs(path):
        return path
    real = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
    return real.removeprefix(os.getcwd() + os.sep)
