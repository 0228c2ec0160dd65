"""Who makes which file: targets of doit's plain tasks, and the readable paths of artifacts."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from lineage.dodo.tasks import StepTask
from lineage.execute.declared import matches
from lineage.stack import READABLE

if TYPE_CHECKING:
    from lineage.declare.plan import Plan
    from lineage.dodo.session import Session

__all__ = ["Makers", "link_files"]


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
        self._targets = {target: task.name for task in tasks for target in task.targets}
        self._artifacts: dict[str, tuple[str, int]] = {}
        for call in plan.calls:
            for number, name in enumerate(call.outputs):
                self._artifacts[f"{READABLE}/{call.pipeline}/{name}"] = (call.task, number)

    def of(self, path: str) -> str | None:
        """Return the task that makes a file, ``None`` if there is none."""
        artifact = self.artifact(path)
        return self._targets.get(path) if artifact is None else artifact[0]

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
            artifact = makers.artifact(path)
            if artifact is not None and artifact[0] not in task.task_dep:
                task.task_dep.append(artifact[0])


def _order_after_makers(session: Session, tasks: Sequence[Any]) -> None:
    """Let steps wait for the plain tasks that make what is in their ``depends_on``; note what these make."""
    ingredients = session.evaluation.ingredients
    plain = [task for task in tasks if not isinstance(task, StepTask)]
    made = {os.path.normpath(target): target for task in plain for target in task.targets}
    # A task that makes tasks while others run (create_after) may make any file.
    ingredients.declared.to_be_made = None if any(task.loader for task in plain) else set(made)
    for task in tasks if made else ():
        if isinstance(task, StepTask):
            patterns = ingredients.patterns(task.call.step)
            # doit orders tasks by the files that they take.
            task.file_dep.update(made[path] for path in made if any(matches(pattern, path) for pattern in patterns))
