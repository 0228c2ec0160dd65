"""What plain tasks take because other tasks tell them to (doit's ``calc_dep``): before a run, what was told last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lineage.dodo.tasks import StepTask

__all__ = ["take_what_was_told"]


def take_what_was_told(tasks: Mapping[str, Any], dependencies: Any) -> None:
    """Give tasks the dependencies that others have calculated for them when they ran last.

    While a run goes on doit does that itself. Without it a task that takes nothing else would always run, in a plan.

    Parameters
    ----------
    tasks : mapping of str to Task
        All tasks, by name.
    dependencies : Dependencies
        Remembers what tasks have told.
    """
    for task in tasks.values():
        waiting, done = list(task.calc_dep), set(task.calc_dep)
        while waiting:
            name = waiting.pop()
            if name in tasks and not isinstance(tasks[name], StepTask):
                task.update_deps(dependencies.plain.get_values(name))
            waiting += task.calc_dep - done  # it may have told of another that tells
            done |= task.calc_dep
