"""A failed step as plain data: what the console prints, and what is recorded."""

from __future__ import annotations

import os
import traceback
from typing import Any

from lineage.errors import LineageError
from lineage.errors.defect import LINEAGE, culprit, described, hidden, is_cell, report

__all__ = ["failure", "our_failure"]


def failure(error: BaseException, project: str) -> dict[str, Any]:
    """Describe an exception out of a step: of the user's own the traceback without our frames, and the place.

    Parameters
    ----------
    error : BaseException
        What was raised.
    project : str
        The project's folder.

    Returns
    -------
    dict
        ``kind``, ``message``, ``traceback``, ``place`` (file and line in the project) and ``exit_code``.
    """
    if isinstance(error, LineageError) or (isinstance(error, Exception) and culprit(error) == LINEAGE):
        return our_failure(error)
    told = traceback.TracebackException.from_exception(error)
    _leave_out_our_frames(told)
    users = told.stack
    text = "".join(told.format())
    if not users:
        text = text.replace("Traceback (most recent call last):\n", "", 1)
    inside = [
        frame
        for frame in users
        if is_cell(frame.filename)
        or (frame.filename.startswith(project + os.sep) and "site-packages" not in frame.filename)
    ]
    place = _place(inside[-1], project) if inside else None
    if isinstance(error, SyntaxError) and error.filename:
        place = f"{os.path.relpath(error.filename, project)}:{error.lineno}"
    last = traceback.format_exception_only(error)[-1].strip()
    return {"kind": type(error).__name__, "message": last, "traceback": text, "place": place, "exit_code": 1}


def _place(frame: traceback.FrameSummary, project: str) -> str:
    if is_cell(frame.filename):
        return f"line {frame.lineno} of the cell defining {frame.name}"
    return f"{os.path.relpath(frame.filename, project)}:{frame.lineno}"


def our_failure(error: Exception) -> dict[str, Any]:
    """Describe an exception out of our own code: an error that was raised on purpose, or else a defect."""
    told = described(error)
    text = "" if isinstance(error, LineageError) else report(error)
    return {
        "kind": type(told).__name__,
        "message": str(told),
        "traceback": text,
        "place": None,
        "exit_code": told.exit_code,
    }


def _leave_out_our_frames(told: traceback.TracebackException) -> None:
    """Drop the frames of lineage and of the import machinery, also from what the exception was caused by."""
    waiting: list[traceback.TracebackException | None] = [told]
    while waiting:
        each = waiting.pop()
        if each is not None:
            users = [frame for frame in each.stack if not hidden(frame.filename)]
            each.stack = traceback.StackSummary.from_list(users)
            waiting += [each.__cause__, each.__context__, *(each.exceptions or ())]
