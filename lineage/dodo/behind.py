"""What a run did not reach because something before it failed: steps and plain doit tasks alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from doit.task import Task

__all__ = ["behind", "needs_of"]


def needs_of(tasks: Mapping[str, Task]) -> dict[str, list[str]]:
    """Return the names of the tasks that each task waits for, as doit knows them when a run ends."""
    return {name: [*task.task_dep, *task.setup_tasks, *task.calc_dep] for name, task in tasks.items()}


def behind(needs: Mapping[str, Sequence[str]], stopped: Iterable[str]) -> dict[str, list[str]]:
    """Find what needs a task that failed or was skipped, directly or not.

    Parameters
    ----------
    needs : mapping
        Task name -> the names of the tasks that it waits for.
    stopped : iterable of str
        The tasks that failed or were skipped.

    Returns
    -------
    dict
        Task name -> those of the tasks that it waits for which stand in its way.
    """
    found = set(stopped)
    if not found:
        return {}
    waiting_for = defaultdict(list)
    for name, needed in needs.items():
        for each in needed:
            waiting_for[each].append(name)
    reached = list(found)
    while reached:
        for name in waiting_for[reached.pop()]:
            if name not in found:
                found.add(name)
                reached.append(name)
    return {name: bad for name, needed in needs.items() if (bad := [each for each in needed if each in found])}
