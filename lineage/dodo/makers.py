"""Plain doit tasks that make files which steps depend on."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from lineage.dodo.tasks import StepTask
from lineage.execute.declared import matches

if TYPE_CHECKING:
    from lineage.dodo.session import Session

__all__ = ["order_after_makers"]


def order_after_makers(session: Session, tasks: Iterable[Any]) -> None:
    """Let steps wait for the plain tasks that make what is in their ``depends_on``; note what these make.

    Parameters
    ----------
    session : Session
        The command's session.
    tasks : iterable of Task
        All tasks of dodo.py.
    """
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
