"""Load a dodo.py: what doit's commands and our own have in common."""

from __future__ import annotations

import gc
import inspect
import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from doit.cmd_base import DoitCmdBase
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
        raise DodoError(_user_traceback(error)) from error


def _user_traceback(error: Exception) -> str:
    """Return a traceback from dodo.py on, without the frames of doit, importlib and ours."""
    ours = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
    doits = os.path.dirname(inspect.getfile(DoitCmdBase)) + os.sep
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith((ours, doits)) and "importlib" not in frame.filename
    ]
    head = "Traceback (most recent call last):\n" + "".join(traceback.format_list(frames)) if frames else ""
    return (head + "".join(traceback.format_exception_only(error))).rstrip("\n")


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
