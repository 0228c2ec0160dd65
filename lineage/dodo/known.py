"""The names that a project is known to have, for a shell that completes them.

Nothing is imported or executed: tasks and artifacts are those that this checkout and its last recorded run remember,
pipelines, their parameters and what may fill a slot are read from the index of dodo.py and of the modules that it takes
them from.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from lineage.execute.memory import Memory
from lineage.fingerprint.code import Project
from lineage.model.plan import MISSING, Unevaluated
from lineage.stack import FOLDER, Stack

if TYPE_CHECKING:
    from lineage.fingerprint.source import FunctionInfo, SourceIndex

__all__ = ["KnownNames"]

#: Of the newest run that has steps: also those that have not succeeded yet are known.
_TASKS = """
SELECT t.pipeline, t.name FROM step_run s JOIN task t ON t.task_id = s.task_id
WHERE s.run_id = (SELECT max(run_id) FROM step_run)
"""


class KnownNames:
    """The names of one project.

    Parameters
    ----------
    root : str
        The project's folder.

    Attributes
    ----------
    tasks : set of str
        Pipelines, steps and plain tasks.
    artifacts : set of str
        ``digits/model``.
    parameters : dict of str to set of str
        The parameters of pipelines, each with values that are known to mean something: steps, and truth values.
    """

    def __init__(self, root: str) -> None:
        self.tasks: set[str] = set()
        self.artifacts: set[str] = set()
        self.parameters: dict[str, set[str]] = {}
        self._beside: dict[str, FunctionInfo] = {}
        self._project = Project(root, os.path.join(root, FOLDER, "index"))
        self._remembered(root)
        self._read(root)

    def _remembered(self, root: str) -> None:
        memory = Memory(os.path.join(root, FOLDER, "memory"))
        for task in memory.tasks:
            known = memory.known(task)
            pipeline = task.partition(":")[0]
            self.artifacts.update(f"{pipeline}/{name}" for name in (known.names if known else ()))
        self.tasks.update(memory.tasks)
        if os.path.exists(os.path.join(root, FOLDER, "metadata.sqlite")):  # what is on another machine is not asked
            stack = Stack(root, default=True, read_only=True, records=False)
            self.tasks.update(f"{pipeline}:{name}" for pipeline, name in stack.metadata.select(_TASKS))
            stack.close()

    def _read(self, root: str) -> None:
        declared = self._declared(self._project.index(os.path.join(root, "dodo.py")))
        steps = {name: info for name, info in (*self._beside.items(), *declared.items()) if _kind(info) == "step"}
        for name, info in declared.items():
            if _kind(info) == "pipeline":
                self.tasks.add(name)
                for parameter in info.parameters:
                    self.parameters.setdefault(parameter.name, set()).update(_values(parameter.default, steps))
            elif not _kind(info) and name.startswith("task_"):
                self.tasks.add(name.removeprefix("task_"))

    def _declared(self, index: SourceIndex) -> dict[str, FunctionInfo]:
        """Return the functions that a file has or imports from the project, by their names there.

        Those beside them in their modules are kept too: a step of the module of a slot's default may fill it.
        """
        found = dict(index.functions)
        for name, origin in index.imports.items():
            module, _, attribute = origin.rpartition(".")
            if attribute in (functions := self._functions(module)):
                found[name] = functions[attribute]
                self._beside |= functions
        for module in index.star_imports:
            found |= self._functions(module)
        return found

    def _functions(self, module: str) -> dict[str, FunctionInfo]:
        path = self._project.find_module(module) if module else None
        return {} if path is None else self._project.index(path).functions


def _values(default: Any, steps: dict[str, FunctionInfo]) -> set[str]:
    """Return values that a parameter with this default takes: truth values, or the steps that fit into its slot."""
    if isinstance(default, bool):
        return {"true", "false"}
    usual = steps.get(default.text) if isinstance(default, Unevaluated) else None
    if usual is None:
        return set()
    return {name for name, info in steps.items() if _required(info) == _required(usual)}


def _kind(info: FunctionInfo) -> str:
    return next((kind for kind in ("pipeline", "step") if info.decorated(kind)), "")


def _required(info: FunctionInfo) -> list[str]:
    """Return what a step has to be given: those that take the same can stand in the same slot."""
    return [each.name for each in info.parameters if each.default is MISSING]
