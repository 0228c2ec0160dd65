"""Open a session on a project for a command that is not doit's."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stdout

from doit import doit_cmd
from doit.cmd_base import DodoTaskLoader

from lineage.declare import deferred
from lineage.declare.bytecode import FreshLoader
from lineage.dodo.arguments import Words, bind, watch_words
from lineage.dodo.loading import DOIT_ERRORS, dodo_file, load, open_project, without_collecting
from lineage.dodo.session import Session, find_pipelines
from lineage.errors import DodoError, UsageError
from lineage.errors.defect import users_traceback

__all__ = ["check_words", "load_dodo", "open_session"]


@contextmanager
def open_session(project: str, assignments: Sequence[str], *, read_only: bool = True) -> Iterator[Session]:
    """Load a project's dodo.py as doit would, and give the session that a doit command would have.

    Meanwhile the current folder is the project's, as in doit. The modules of steps are read, not imported.

    Parameters
    ----------
    project : str
        The project's folder.
    assignments : sequence of str
        ``name=value`` words, as they are typed after `doit`.
    read_only : bool
        Create and write nothing at all: no folder, no cache, no database, no key, no bytecode. Else what has been
        learnt is written to the caches in the end.

    Yields
    ------
    Session
        Nothing of it is settled yet: `session.evaluation.survey()` settles what can be.

    Raises
    ------
    DodoError
        If dodo.py raises.
    UsageError
        If it is missing or has no pipeline, if a name means nothing there, or a value cannot be read.
    """
    with load_dodo(project, assignments, read_only=read_only) as (session, _):
        yield session


@contextmanager
def load_dodo(
    project: str, assignments: Sequence[str], *, read_only: bool = True
) -> Iterator[tuple[Session, DodoTaskLoader]]:
    """Do what `open_session` does, and give doit's task loader besides."""
    with ExitStack() as left:
        left.enter_context(_as_it_was())
        left.enter_context(without_collecting())
        sys.dont_write_bytecode = sys.dont_write_bytecode or read_only
        words = _take_words(assignments)
        dodo = dodo_file(project)
        sources = open_project(project, dodo)
        loader = DodoTaskLoader()
        # What dodo.py prints is not what the command was asked for.
        with redirect_stdout(sys.stderr):
            _load(loader, project, dodo)
            pipelines = find_pipelines(loader.namespace)
            if not pipelines:
                raise UsageError(
                    f"{os.path.join(project, dodo)} has no pipeline",
                    why="lineage knows the tasks that come from the steps of a pipeline",
                    fix="declare one: `from lineage import pipeline`; `lineage new demo` writes an example",
                )
            overrides = bind(words, pipelines, loader.namespace)
            session = Session(pipelines, overrides, sources, read_only=read_only)
        left.callback(session.close)
        yield session, loader


def check_words(project: str, assignments: Sequence[str]) -> dict[str, dict[str, object]]:
    """Check ``name=value`` words against the pipelines of a project.

    Parameters
    ----------
    project : str
        The project's folder.
    assignments : sequence of str
        The words.

    Returns
    -------
    dict
        Pipeline name -> parameter -> value.

    Raises
    ------
    UsageError
        If a name means nothing there, or a value cannot be read.
    """
    with _as_it_was():
        words = _take_words(assignments)
        dodo = dodo_file(project)
        open_project(project, dodo)
        loader = DodoTaskLoader()
        with redirect_stdout(sys.stderr):
            _load(loader, project, dodo)
            return bind(words, find_pipelines(loader.namespace), loader.namespace)


def _take_words(assignments: Sequence[str]) -> Words:
    """Do with ``name=value`` words what doit does with those on its command line."""
    doit_cmd.reset_vars()
    for word in assignments:
        name, _, value = word.partition("=")
        doit_cmd.set_var(name, value)
    return watch_words()


def _load(loader: DodoTaskLoader, project: str, dodo: str) -> None:
    path = os.path.join(project, dodo)
    if not os.path.exists(path):
        raise UsageError(
            f"there is no {path}",
            why="this needs the pipelines as they are now, and not only what was recorded of them",
            fix="change into a project with a dodo.py; one that is called otherwise is named by `dodoFile` in "
            "[tool.doit] of pyproject.toml",
        )
    try:
        load(loader, {"dodoFile": path, "cwdPath": None, "seek_file": False})
    except DOIT_ERRORS as error:
        raise UsageError(str(error).strip(), fix="change into a project with a dodo.py") from error
    except SystemExit as error:
        raise DodoError(users_traceback(error)) from error


@contextmanager
def _as_it_was() -> Iterator[None]:
    """Put back in the end what loading a dodo.py changes in this process, so that another can be loaded after it."""
    folder, path, bytecode = os.getcwd(), list(sys.path), sys.dont_write_bytecode
    words, dodo = doit_cmd._CMDLINE_VARS, sys.modules.pop("dodo", None)
    modules = set(sys.modules)
    try:
        yield
    finally:
        for name in sys.modules.keys() - modules:
            if _is_of_a_project(name):
                del sys.modules[name]
        if dodo is not None:
            sys.modules["dodo"] = dodo
        deferred.uninstall()
        doit_cmd._CMDLINE_VARS = words
        sys.dont_write_bytecode, sys.path[:] = bytecode, path
        os.chdir(folder)


def _is_of_a_project(name: str) -> bool:
    """Whether a module was found by our finder: in a project, and not in an environment that lies in its folder."""
    spec = getattr(sys.modules[name], "__spec__", None)
    return isinstance(getattr(spec, "loader", None), FreshLoader) and name.partition(".")[0] != "lineage"
