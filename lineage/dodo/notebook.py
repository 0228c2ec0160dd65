"""Run the pipelines of a notebook, or of an interactive session: what ``doit`` is for a dodo.py."""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Sequence
from types import FunctionType
from typing import TYPE_CHECKING, Any

from doit.cmd_base import ModuleTaskLoader
from doit.doit_cmd import DoitMain

from lineage.declare.pipeline import Pipeline
from lineage.declare.step import Step
from lineage.errors import StepError, UsageError
from lineage.errors.defect import is_cell
from lineage.execute.generators import left_alone
from lineage.fingerprint.cells import cell_text
from lineage.fingerprint.live import Live
from lineage.fingerprint.origins import MAIN

if TYPE_CHECKING:
    from lineage.fingerprint.code import Project
    from lineage.model.history import PipelineRun

__all__ = ["run"]

#: Commands whose exit code 1 says something of a task, and is no failure.
_TELLING = frozenset({"info", "list"})

#: So many runs of other processes may have begun since.
_BESIDE = 20

#: What ends in which way, as doit's exit codes have it.
_ENDINGS = {1: "a step failed", 2: "lineage could not go on", 3: "nothing was run"}


def run(*words: str) -> PipelineRun | None:
    """Bring the pipelines of this notebook up to date, in this process.

    The project is the current folder. What counts is what the names of ``__main__`` stand for now, whichever cells were
    executed, in which order and how often.

    Parameters
    ----------
    *words : str
        As after ``doit`` on the command line: ``"digits"``, ``"digits:trainer"``, ``"test_size=0.3"``; another command
        first, ``"info", "digits:trainer"``. By default all pipelines are run.

    Returns
    -------
    PipelineRun or None
        The run, which a notebook shows as the picture of its lineage where it is the last thing in a cell; None of a
        command that runs no step.

    Raises
    ------
    UsageError
        Outside of a notebook, a script or an interactive session; or for a word that is no text, or an empty one.
    StepError
        If something failed; what and why was printed.

    Examples
    --------
    >>> import lineage
    >>> lineage.run("digits", "test_size=0.3")  # doctest: +SKIP
    """
    for word in words:
        if not isinstance(word, str) or not word:
            raise UsageError(f"{word!r} is no word for doit", fix='write words as after `doit`: lineage.run("a=3")')
    namespace = vars(sys.modules[MAIN])
    if not any(isinstance(value, Pipeline) for value in namespace.values()):
        raise UsageError(
            "there is no pipeline to run",
            why="lineage.run() runs the pipelines of a notebook or an interactive session",
            fix="define a function with @pipeline in a cell, or run `doit` in a project with a dodo.py",
        )
    begin = time.time()
    try:
        with left_alone():
            code = DoitMain(_Notebook(namespace)).run(list(words))
    finally:
        gc.unfreeze()  # a command freezes what it has until its end, and this process goes on
    if code == 130:
        raise KeyboardInterrupt
    if code > (words[:1] != () and words[0] in _TELLING):
        raise _failed(f"{_ENDINGS.get(code, 'the run failed')}: see above")
    return _recorded(begin)


def _recorded(begin: float) -> PipelineRun | None:
    """Return the run that this process has recorded since a moment."""
    from lineage.query.history import History

    found = History(os.getcwd()).last_runs(_BESIDE)
    return next((run for run in reversed(found) if run.pid == os.getpid() and run.started >= begin), None)


def _failed(what: str) -> StepError:
    """Return an error that IPython shows in one line: what happened was printed already."""
    error = StepError(what)
    error._render_traceback_ = lambda: [f"StepError: {what}"]  # type: ignore[attr-defined]
    return error


class _Notebook(ModuleTaskLoader):  # type: ignore[misc]
    """Gives doit what a user has defined, and leaves out what IPython keeps: what cells gave back, and the cells."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.live = namespace
        super().__init__({name: value for name, value in namespace.items() if _is_users(name, value)})

    def prepare(
        self, project: Project, pipelines: Sequence[Pipeline[Any, Any]], overrides: dict[str, dict[str, object]]
    ) -> None:
        """Give a project the source of the notebook, and slots the steps that their names stand for now.

        Parameters
        ----------
        project : Project
            The project.
        pipelines : sequence of Pipeline
            Those of the notebook.
        overrides : dict
            What the words of the command give them. Updated here.
        """
        for pipeline in pipelines:
            given = overrides.setdefault(pipeline.name, {})
            for name, default in pipeline.parameters.items():
                now = self._now(default)
                if now is not default and name not in given:
                    given[name] = now
        if not any(_is_own_step(value) and not os.path.exists(value.path) for value in self.live.values()):
            return  # a script, which is its own source
        roots = [name for name, value in self.live.items() if _is_own_step(value)]
        roots += [name for value in self.live.values() if _is_own_step(value) for name in _named(value)]
        live = Live(self.live, roots)
        project.be_live(live, {path: text.encode() for path, text in self._cells(pipelines)})

    def _now(self, default: Any) -> Any:
        """Return the step that the notebook has now under the name of one that its cell has defined before."""
        if not _is_own_step(default):
            return default
        now = self.live.get(default.__name__)
        return now if isinstance(now, Step) else default

    def _cells(self, pipelines: Sequence[Pipeline[Any, Any]]) -> list[tuple[str, str]]:
        """Return the cells that define pipelines, from which the names of artifacts are read."""
        paths = {
            pipeline.body.__code__.co_filename for pipeline in pipelines if isinstance(pipeline.body, FunctionType)
        }
        imports = "".join(f"\n{line}" for line in sorted(_imports_of_ours(self.live)))
        # At the end, so that lines stay what they are: another cell may have imported what makes a pipeline.
        return [(path, cell_text(path) + imports) for path in sorted(paths) if is_cell(path)]


def _is_users(name: str, value: Any) -> bool:
    # IPython keeps what cells gave back under _, __, _3, and old pipelines among it.
    return name[0] != "_" and (not isinstance(value, Pipeline) or value.name == name)


def _is_own_step(value: Any) -> bool:
    return isinstance(value, Step) and value.__module__ == MAIN


def _named(step: Step[Any, Any]) -> list[str]:
    """Return the names of the notebook that a step says it depends on."""
    from lineage.model.options import dependencies

    found = (name.partition(":") for name in dependencies(step.options, "code"))
    return [name.partition(".")[0] for module, _, name in found if module == MAIN]


def _imports_of_ours(namespace: dict[str, Any]) -> list[str]:
    found = []
    for name, value in namespace.items():
        if name[0] != "_" and getattr(value, "__module__", None) == "lineage.declare.pipeline":
            if isinstance(value, FunctionType):
                found.append(f"from lineage import {value.__name__} as {name}")
        elif name[0] != "_" and getattr(value, "__name__", None) == "lineage":
            found.append(f"import lineage as {name}")
    return found
