"""What the Python function of a plain doit task raised, and where: doit says only that it is a "PythonAction Error"."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from doit.exceptions import BaseFail

__all__ = ["raised"]

_FRAME = re.compile(r' *File "(?P<file>[^"<]+)", line (?P<line>\d+)')


def raised(fail: BaseFail, project: str) -> tuple[str, str]:
    """Return what a failed task says in a line, and the user's place.

    Parameters
    ----------
    fail : BaseFail
        What doit knows: the traceback is text.
    project : str
        The project's folder.

    Returns
    -------
    message, place : str
        The exception, or else what doit says; the last line of the project's own code, or else nothing.
    """
    lines = [line for each in fail.traceback for line in each.splitlines()]
    frames = [at for at, line in enumerate(lines) if _FRAME.match(line)]
    if not frames:
        return (str(fail.message).splitlines() or [fail.get_name()])[0], ""
    ends = [line for line in lines[frames[-1] :] if line and not line[0].isspace()]
    places = [_place(lines[at], project) for at in frames]
    return (ends or [str(fail.message)])[0], next(filter(None, reversed(places)), "")


def _place(line: str, project: str) -> str:
    found = _FRAME.match(line)
    path = found["file"] if found else ""
    if not found or not path.startswith(project + os.sep) or "site-packages" in path:
        return ""
    return f"{os.path.relpath(path, project)}:{found['line']}"
