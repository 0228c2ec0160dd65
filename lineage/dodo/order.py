"""What comes before what, across steps and plain tasks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from lineage.dodo.neighbours import compared_results
from lineage.dodo.tasks import StepTask
from lineage.errors import UsageError

if TYPE_CHECKING:
    from lineage.declare.plan import Plan
    from lineage.dodo.files import Makers

__all__ = ["Order"]


class Order:
    """The order of the tasks of one dodo.py.

    Parameters
    ----------
    plan : Plan
        The calls of its pipelines.
    tasks : mapping of str to Task
        All tasks, by name.
    makers : Makers
        Who makes which file.
    """

    def __init__(self, plan: Plan, tasks: Mapping[str, Any], makers: Makers) -> None:
        self._plan = plan
        self._tasks = tasks
        self._makers = makers

    def sources(self, task: Any) -> list[str]:
        """Return the tasks that make something that a task takes: if that changes, the task is stale."""
        calls = self._plan.calls
        found = [calls[index].task for index in task.call.upstream] if isinstance(task, StepTask) else []
        found += [maker for path in sorted(task.file_dep) if (maker := self._makers.of(path)) not in (None, task.name)]
        if not isinstance(task, StepTask):
            found += [*sorted(task.calc_dep), *compared_results(task)]
        return list(dict.fromkeys(found))

    def needs(self, task: Any) -> list[str]:
        """Return the tasks that have to be up to date before one is looked at."""
        if isinstance(task, StepTask) and not task.file_dep:
            return list(task.task_dep)
        wild = [name for pattern in task.wild_dep for name in self._tasks if fnmatchcase(name, pattern)]
        return [*task.task_dep, *wild, *task.calc_dep, *self.sources(task)]

    def reached(self, names: Iterable[str], executed: Collection[str] | None = None) -> dict[str, None]:
        """Return some tasks and all that may run before them.

        Parameters
        ----------
        names : iterable of str
            The tasks.
        executed : collection of str, optional
            Those that will or may be executed: the setup tasks of others are left out.
        """
        found: dict[str, None] = {}
        waiting = list(reversed(list(names)))
        while waiting:
            name = waiting.pop()
            if name not in found and name in self._tasks:
                found[name] = None
                task = self._tasks[name]
                waiting += self._before(task) if executed is None or name in executed else self.needs(task)
        return found

    def sorted(self, names: Sequence[str]) -> Iterator[str]:
        """Yield tasks after what they need, and else in the given order.

        Raises
        ------
        UsageError
            If tasks need one another in a circle.
        """
        done: set[str] = set()
        # The chain of tasks that is being followed, each with what it needs: no recursion, however long it is.
        chain: dict[str, Iterator[str]] = {}
        for first in names:
            if first not in done:
                chain[first] = iter(self._before(self._tasks[first]))
            while chain:
                name = next(reversed(chain))
                before = next((each for each in chain[name] if each not in done and each in self._tasks), None)
                if before is None:
                    del chain[name]
                    done.add(name)
                    yield name
                elif before in chain:
                    raise _circle(list(chain), before)
                else:
                    chain[before] = iter(self._before(self._tasks[before]))

    def _before(self, task: Any) -> list[str]:
        # Setup tasks are executed only if the task itself is.
        return [*self.needs(task), *task.setup_tasks]


def _circle(chain: list[str], again: str) -> UsageError:
    names = [*chain[chain.index(again) :], again]
    return UsageError(
        f"tasks need one another in a circle: {' -> '.join(names)}", fix="take one of these dependencies away"
    )
