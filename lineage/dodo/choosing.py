"""Which tasks the words of a command choose: names, targets and patterns as doit has them, and our selectors.

``digits:trainer+`` is a task and all that comes after it, ``status:failed`` what failed last, ``--exclude`` leaves
out. doit takes what comes before a task always, so ``+digits:trainer`` is ``digits:trainer``. All of it ends as names
that doit knows, when the tasks have been made and before any is looked at.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from doit.cmdparse import CmdOption, TaskParse
from doit.task import DelayedLoaded

from lineage.dodo.files import Makers, link_files
from lineage.dodo.options import Asked, Named, Own, names_like, place, unknown
from lineage.dodo.order import Order
from lineage.dodo.tasks import StepTask
from lineage.errors import UsageError

if TYPE_CHECKING:
    from lineage.dodo.commands import Taught
    from lineage.dodo.session import Session

__all__ = ["NothingChosen", "choosing"]

_STATUS = "status:"


class NothingChosen(Exception):  # noqa: N818 - it is no error
    """No task is chosen, and nothing is wrong with that; the message is for the user."""


@contextmanager
def choosing(command: Taught, params: Any, asked: Asked) -> Iterator[None]:
    """Let doit have the names that the words stand for, as soon as the tasks have been made.

    Parameters
    ----------
    command : Taught
        The command.
    params : mapping
        Its options; those that stand after names are put there.
    asked : Asked
        What is asked beyond doit's own options; those after names are noted there.
    """
    loader, load = command.loader, command.loader.load_tasks

    def load_tasks(cmd: Any, pos_args: list[str]) -> Any:
        tasks = load(cmd=cmd, pos_args=_for_creators(command, pos_args))
        # doit goes on with the same list.
        pos_args[:] = _chosen(command, tasks, params, pos_args, asked)
        command.sel_tasks = list(pos_args) or command.sel_tasks
        return tasks

    loader.load_tasks = load_tasks
    try:
        yield
    except NothingChosen as nothing:
        asked.nothing = str(nothing)
        if not asked.question:
            sys.stdout.write(f"{nothing}\n")
    finally:
        del loader.load_tasks


def _for_creators(command: Taught, words: Sequence[str]) -> list[str]:
    """Leave the options of the command out, so that a function that makes tasks sees its own only."""
    namespace = command.loader.namespace
    makers = {
        name.removeprefix("task_"): getattr(thing, "_task_creator_params", None) for name, thing in namespace.items()
    }

    def own_of(name: str) -> Own | None:
        params = makers.get(name)
        return None if params is None else Own(_parser(params))

    named, _ = place(words, own_of, command.cmdparser, Asked(), command=_called(command))
    return [word for each in named for word in (each.name, *each.own)]


def _called(command: Taught) -> str:
    """Return what people call a command: `doit --dry-run` is a plan, and one of `doit run`."""
    return "run" if command.name == "plan" else command.name


def _chosen(command: Taught, tasks: Sequence[Any], params: Any, words: Sequence[str], asked: Asked) -> list[str]:
    by_name = {task.name: task for task in tasks}
    named, options = place(
        words,
        lambda name: _own(by_name.get(name.strip("+"))),
        command.cmdparser,
        asked,
        command=_called(command),
    )
    command.cmdparser.parse_only(options, params)
    if asked.help:
        raise NothingChosen(command.help())
    session = command.session
    assert session is not None, "only a command with pipelines chooses"
    if asked.reports or asked.against:
        from lineage.dodo.reports import prepare

        prepare(asked, session.stack.project)
    choice = _Choice(session, tasks)
    found = [each for word in named for each in choice.of(word)]
    if named and not found:
        raise NothingChosen(f"nothing to do: no step has {' or '.join(word.name for word in named)}")
    if asked.excluded:
        found = choice.without(found or [Named(name, []) for name in command.sel_tasks or by_name], asked.excluded)
    return [word for each in _once(found) for word in (each.name, *each.own)]


def _once(found: Iterable[Named]) -> Iterator[Named]:
    """Leave out what is chosen twice, since selectors may say the same, but not what has words of its own."""
    seen: set[str] = set()
    for each in found:
        if each.own or each.name not in seen:
            yield each
        seen.add(each.name)


def _own(task: Any) -> Own | None:
    if task is None or isinstance(task, StepTask):
        return Own(None)
    if task.loader is not None and task.loader is not DelayedLoaded and not task.creator_params:
        return None  # it is made later
    return Own(_parser([*task.params, *task.creator_params]), task.pos_arg is not None)


def _parser(params: Iterable[Any]) -> TaskParse:
    return TaskParse([CmdOption(each) for each in params])


class _Choice:
    """Finds the tasks that words stand for.

    Parameters
    ----------
    session : Session
        The command's session.
    tasks : sequence of Task
        All tasks of dodo.py.
    """

    def __init__(self, session: Session, tasks: Sequence[Any]) -> None:
        link_files(session, tasks)
        self._session = session
        self._tasks = {task.name: task for task in tasks}
        self._targets = {target: task.name for task in tasks for target in task.targets}
        self._order = Order(session.plan, self._tasks, Makers(session.plan, tasks))

    def of(self, word: Named) -> list[Named]:
        """Return the names that a word stands for; what it does not understand is left to doit."""
        name = word.name
        if name in self._tasks or name in self._targets:
            return [word]
        core = name.removeprefix("+").removesuffix("+")
        if core in self._tasks:
            found = [Named(core, word.own)]
        elif core.startswith(_STATUS) or "*" in core:
            found = [Named(each, []) for each in self._several(core)]
        elif core in self._targets:
            found = [Named(self._targets[core], word.own)]
        elif core == name or self._comes_later():
            return [word]
        else:
            raise self._unknown(core)
        return found if not name.endswith("+") else [*found, *self._after([each.name for each in found])]

    def without(self, chosen: list[Named], words: Sequence[str]) -> list[Named]:
        """Leave out what some words stand for, and all that needs it."""
        names = [each.name for word in words for each in self.of(Named(word, []))]
        for name in names:
            if name not in self._tasks and name not in self._targets:
                raise self._unknown(name)
        out = {self._targets.get(name, name) for name in names}
        out |= {member for name in out for member in self._members(name)}
        out |= self._following(out)
        kept = [each for each in chosen if self._targets.get(each.name, each.name) not in out]
        needed = self._order.reached([self._targets.get(each.name, each.name) for each in chosen], executed=())
        in_order = [name for name in self._tasks if name in needed and name not in out and not self._is_group(name)]
        found = [*kept, *(Named(name, []) for name in in_order)]
        if not found:
            raise NothingChosen("nothing to do: all that was chosen is excluded")
        return found

    def _several(self, core: str) -> list[str]:
        """Return the tasks of a status, or whose names match a pattern."""
        found = [name for name in self._tasks if fnmatchcase(name, core)] if "*" in core else []
        if core.startswith(_STATUS) and not found:  # a pipeline may be called so
            return self._with_status(core.removeprefix(_STATUS))
        if not found and not self._comes_later():
            raise unknown("task like", core, list(self._tasks), "`doit list --all` shows the tasks")
        return found

    def _with_status(self, status: str) -> list[str]:
        from lineage.query.statuses import last_statuses

        known = last_statuses(self._session.stack.metadata)
        statuses = sorted({*known, *_STATUSES})
        if status not in statuses:
            raise unknown("status", status, statuses, f"a step is one of {', '.join(statuses)}")
        return [name for name in self._tasks if name in known.get(status, ())]

    def _after(self, names: Sequence[str]) -> list[Named]:
        """Return what comes after some tasks, in order; no groups, which have other tasks as well."""
        start = {*names, *(member for name in names for member in self._members(name))}
        following = self._following(start)
        return [Named(name, []) for name in self._tasks if name in following and not self._is_group(name)]

    def _following(self, names: Iterable[str]) -> set[str]:
        """Return all that needs some tasks, or what needs them."""
        needing: dict[str, list[str]] = {}
        for task in self._tasks.values():
            for need in (*self._order.needs(task), *task.setup_tasks):
                needing.setdefault(need, []).append(task.name)
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            for name in needing.get(waiting.pop(), ()):
                if name not in found:
                    found.add(name)
                    waiting.append(name)
        return found

    def _members(self, name: str) -> list[str]:
        """Return the tasks that a group stands for, also those of groups in it."""
        if name not in self._tasks or not self._is_group(name):
            return []
        return [each for member in self._tasks[name].task_dep for each in (member, *self._members(member))]

    def _is_group(self, name: str) -> bool:
        task = self._tasks[name]
        return not isinstance(task, StepTask) and task.has_subtask

    def _comes_later(self) -> bool:
        """Whether tasks may be made while others run, so that a name may still come to mean something."""
        return any(task.loader is not None and task.loader is not DelayedLoaded for task in self._tasks.values())

    def _unknown(self, name: str) -> UsageError:
        return unknown(
            "task or target", name, names_like(name, [*self._tasks.values()]), "`doit list --all` shows the tasks"
        )


_STATUSES = ("cached", "run", "failed", "running", "skipped")
