"""``doit strace``: which files a plain task opens. Steps that it depends on are known, and have to be up to date."""

from __future__ import annotations

from typing import Any

from doit import cmd_strace

from lineage.dodo.commands import Taught
from lineage.errors import UsageError

__all__ = ["Strace"]


class Strace(Taught, cmd_strace.Strace):  # type: ignore[misc]
    """``doit strace``; it runs no step, since what it does is no run that is recorded."""

    name = "strace"

    def _execute(self, show_all: bool) -> Any:
        if self.session is not None:
            for name in self.sel_tasks or ():  # doit lets through one only
                self._check(name)
        return super()._execute(show_all)

    def _check(self, selected: str) -> None:
        """Refuse what would have to run a step."""
        assert self.session is not None
        plan = self.session.plan
        if selected in plan.by_task or selected in plan.pipelines:
            raise UsageError(
                f"'{selected}' is no plain task",
                why="strace looks at the commands of a task; what a step reads is noted when it runs",
                fix=f"`doit info {selected}` tells what it takes and has read",
            )
        decisions = self.survey([selected]).decisions
        self.session.decisions = {}  # the task that is traced is executed in any case
        stale = [name for name in plan.by_task if name in decisions and decisions[name].status != "cached"]
        if stale:
            raise UsageError(
                f"'{selected}' depends on {stale[0]}, which has to run first",
                why="strace runs no steps",
                fix=f"doit {selected}, and then `doit strace {selected}`",
            )
