"""Load a dodo.py: what doit's commands and our own have in common."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from doit.cmdparse import CmdParseError
from doit.exceptions import InvalidCommand, InvalidDodoFile, InvalidTask

from lineage.declare import deferred
from lineage.errors import DodoError, LineageError
from lineage.fingerprint.code import Project
from lineage.stack import FOLDER

__all__ = ["DOIT_ERRORS", "load", "open_project", "users_errors", "without_collecting"]

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


def load(loader: Any, params: Any) -> None:
    """Import dodo.py.

    Raises
    ------
    DodoError
        If it raises; with the user's traceback.
    """
    with users_errors():
        loader.setup(params)


@contextmanager
def users_errors() -> Iterator[None]:
    """Turn what goes wrong in the user's dodo.py into an error that shows the user's frames only."""
    try:
        yield
    except (LineageError, *DOIT_ERRORS):
        raise
    except Exception as error:
        from lineage.errors.defect import LINEAGE, culprit, users_traceback

        if culprit(error) == LINEAGE:
            raise
        raise DodoError(users_traceback(error)) from error


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
