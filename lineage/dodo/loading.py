"""Load a dodo.py: what doit's commands and our own have in common."""

from __future__ import annotations

import gc
import os
import re
import sys
from collections.abc import Iterator
from configparser import Error as ConfigError
from contextlib import ExitStack, contextmanager
from typing import Any

from doit.cmdparse import CmdParseError
from doit.doit_cmd import DoitConfig
from doit.exceptions import InvalidCommand, InvalidDodoFile, InvalidTask

from lineage.declare import bytecode, deferred
from lineage.errors import DodoError, LineageError, UsageError
from lineage.execute import leaving
from lineage.fingerprint.code import Project
from lineage.stack import FOLDER

__all__ = [
    "DOIT_ERRORS",
    "dodo_file",
    "imports_watched",
    "is_doits",
    "load",
    "open_project",
    "users_errors",
    "without_collecting",
]

#: What stands in a dodo.py that is more than a list of pipelines: steps of its own, or something that is read.
_READING = re.compile(rb"^@.*step|open\(|read|load|environ|getenv|listdir|glob|scandir|connect", re.MULTILINE)
_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep

#: What only those take from `lineage` who declare something: it has each name from the moment it was asked for.
_TAKEN = frozenset(("pipeline", "step", "shell_step"))

#: What doit itself says to the user in a line, without a traceback.
DOIT_ERRORS = (CmdParseError, InvalidDodoFile, InvalidCommand, InvalidTask)


def open_project(root: str, entry: str) -> Project:
    """Read a project's sources, and answer for its modules from now on.

    Parameters
    ----------
    root : str
        The project's folder.
    entry : str
        The file name of its dodo.py.
    """
    project = Project(root, os.path.join(root, FOLDER, "index"), entry=os.path.join(root, entry))
    deferred.install(root, project)
    return project


def dodo_file(root: str) -> str:
    """Return the name of a project's dodo file: what doit's own configuration says there, else ``dodo.py``.

    Parameters
    ----------
    root : str
        The project's folder.

    Raises
    ------
    UsageError
        If one of the files cannot be read, or not as such a configuration.
    """
    found: dict[str, Any] = {}
    for name, read in (
        ("pyproject.toml", lambda path: DoitConfig().load_config_toml(path, "tool.doit")),
        ("doit.cfg", DoitConfig.load_config_ini),
    ):
        path = os.path.join(root, name)
        if os.path.exists(path):
            try:
                found.update(dict(read(path)).get("GLOBAL", {}))
            except (OSError, ValueError, ConfigError) as error:
                raise _unreadable(name, getattr(error, "strerror", None) or str(error)) from error
            except (AttributeError, TypeError, AssertionError) as error:  # doit takes each part for a table
                raise _unreadable(name, "something else stands where a table belongs") from error
    return str(found.get("dodoFile") or "dodo.py")


def _unreadable(name: str, said: str) -> UsageError:
    table = "[tool.doit]" if name == "pyproject.toml" else "[GLOBAL]"
    return UsageError(
        f"{name} cannot be read: {' '.join(said.split())}",
        why=f"doit's own configuration may be in it ({table}), and doit cannot start without",
        fix="correct it",
    )


def load(loader: Any, params: Any) -> None:
    """Import dodo.py.

    Raises
    ------
    DodoError
        If it raises; with the user's traceback.
    """
    before = set(sys.path)
    leaving.install()
    with users_errors():
        loader.setup(params)
    project = deferred.current_project()
    if project is not None and not before.issuperset(sys.path):
        project.search_again()


@contextmanager
def users_errors() -> Iterator[None]:
    """Turn what goes wrong in the user's dodo.py into an error that shows the user's frames only."""
    try:
        yield
    except (LineageError, *DOIT_ERRORS):
        raise
    except (Exception, SystemExit) as error:
        if is_doits(error):
            raise
        from lineage.errors.defect import LINEAGE, culprit, users_traceback

        if culprit(error) == LINEAGE:
            raise
        raise DodoError(users_traceback(error)) from error


def is_doits(error: BaseException) -> bool:
    """Return whether a dodo.py that has nothing of lineage ends Python: then doit ends with that code."""
    return isinstance(error, SystemExit) and not _TAKEN.intersection(vars(sys.modules["lineage"]))


@contextmanager
def imports_watched(project: Project) -> Iterator[list[str]]:
    """Hear what dodo.py reads, and the project's modules that it imports: the steps that use them depend on it.

    Most projects have none that is executed now, and a dodo.py that only links steps. There nobody listens.

    Yields
    ------
    list of str
        The project's modules that are executed, one by one as they are.
    """
    entry = os.path.realpath(project.entry or "")
    executed: list[str] = []
    listening = False

    def listen(path: str) -> None:
        nonlocal listening
        if path.startswith(_OURS):
            return
        executed.append(path)
        if listening or _reads_nothing(path, project, may_only_link=os.path.realpath(path) == entry):
            return
        listening = True
        from lineage.execute.hearing import ground_of, watching
        from lineage.execute.watch import Watch

        left.enter_context(watching(Watch(ground_of(project.root))))

    with ExitStack() as left:
        bytecode.before_executing = listen
        try:
            yield executed
        finally:
            bytecode.before_executing = None


def _reads_nothing(path: str, project: Project, *, may_only_link: bool) -> bool:
    """Whether the top level of a module certainly reads nothing that a step could depend on."""
    with open(path, "rb") as file:
        content = file.read()
    if not content.strip() or (may_only_link and not _READING.search(content)):
        return True
    from lineage.dodo.linking import is_blank, only_links

    return is_blank(content) or (
        may_only_link and only_links(content, lambda name: project.find_module(name) is not None)
    )


@contextmanager
def without_collecting() -> Iterator[None]:
    """Look for no garbage meanwhile.

    Reading and checking ten thousand steps makes many objects and no garbage; looking for some costs a third of it.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
