"""Whose mistake an unexpected exception is: lineage's, doit's, or that of the user's dodo.py and steps.

An exception is traced from where it was raised outwards. The first frame in somebody's code tells: frames of the
standard library and of installed packages do what they are told.
"""

from __future__ import annotations

import linecache
import os
import sys
import traceback
from opcode import opmap
from types import CodeType, TracebackType
from typing import Any

from lineage.errors import InternalError, LineageError

__all__ = ["DOIT", "LINEAGE", "USER", "culprit", "described", "hidden", "is_cell", "report", "users_traceback"]

LINEAGE, DOIT, USER = "lineage", "doit", "user"

_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
#: These functions of ours stand in for Python's own, and call them (`lineage.execute.asking`).
_STAND_INS = (os.path.join(_OURS, "execute", "asking.py"), ("stat", "__getitem__", "__setitem__", "__delitem__"))
_STANDARD = os.path.dirname(os.path.abspath(os.__file__)) + os.sep


def culprit(error: BaseException) -> str:
    """Return whose code an exception comes from.

    Returns
    -------
    str
        ``lineage``, ``doit`` or ``user``.
    """
    if isinstance(error, SyntaxError) and error.filename:
        return _whose(error.filename) or USER
    if isinstance(error, ImportError) and error.name and error.name.partition(".")[0] != "lineage":
        return USER  # we import modules for others: what is not there is missing in what asked for it
    frames = _frames(error.__traceback__)
    while frames and _does_what_it_is_told(frames[-1].tb_frame.f_code):
        frames.pop()
    if not frames:
        return USER
    found = _whose(frames[-1].tb_frame.f_code.co_filename) or USER
    return USER if found == LINEAGE and _answers_user(error, frames) else found


def _does_what_it_is_told(code: CodeType) -> bool:
    path, names = _STAND_INS
    return _whose(code.co_filename) is None or (code.co_filename == path and code.co_name in names)


def _frames(trace: TracebackType | None) -> list[TracebackType]:
    found = []
    while trace is not None:
        found.append(trace)
        trace = trace.tb_next
    return found


def _answers_user(error: BaseException, frames: list[TracebackType]) -> bool:
    """Whether our code tells its user a mistake, as Python's own objects do: with a ``raise``, of what is built in.

    ``model.predict`` of an artifact in a pipeline's body is an AttributeError, a shell step that is called with another
    number of arguments a TypeError. What fails without a ``raise`` in our code, and an ``assert``, nobody foresaw.
    """
    code = frames[-1].tb_frame.f_code
    if code.co_name == "_call_function":
        return True  # the user's step itself, written in C or with other parameters than it says
    asked = any(_whose(frame.tb_frame.f_code.co_filename) == USER for frame in frames)
    on_purpose = code.co_code[frames[-1].tb_lasti] == opmap["RAISE_VARARGS"]
    return asked and on_purpose and not isinstance(error, AssertionError | OSError)


def _whose(path: str) -> str | None:
    """Return whose file it is, None for the standard library, installed packages and what is no file."""
    if path.startswith(_OURS):
        return LINEAGE
    doit: Any = sys.modules.get("doit")
    if doit is not None and path.startswith(os.path.dirname(os.path.abspath(doit.__file__)) + os.sep):
        return DOIT
    if path[:1] == "<" and is_cell(path):
        return USER
    if path.startswith((_STANDARD, "<")) or any(part in path for part in _INSTALLED):
        return None
    return USER


def is_cell(path: str) -> bool:
    """Return whether code of this file name comes from a cell of a notebook: its text is known without a file's time.

    No file is asked for: steps are at work when this is called.
    """
    entry = linecache.cache.get(path, ())
    return len(entry) > 1 and entry[1] is None and not path.startswith("<frozen")


def hidden(path: str) -> bool:
    """Return whether frames of a file say nothing to a user: lineage's, doit's, and those of Python's imports."""
    return _whose(path) in (LINEAGE, DOIT) or path.startswith("<frozen") or f"{os.sep}importlib{os.sep}" in path


def users_traceback(error: BaseException) -> str:
    """Return a traceback from dodo.py on, without the frames of doit, importlib and ours."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not hidden(frame.filename)]
    head = "Traceback (most recent call last):\n" + "".join(traceback.format_list(frames)) if frames else ""
    return (head + "".join(traceback.format_exception_only(error))).rstrip("\n")


def described(error: BaseException) -> LineageError:
    """Return an exception out of our own code as an error with what, why and fix.

    What the operating system refused is no defect, nor is a lack of memory or of letters.
    """
    if isinstance(error, LineageError):
        return error
    if isinstance(error, OSError):
        from lineage.errors.refusal import refused

        return refused(f"cannot go on with {_file_of(error)}", error)
    if isinstance(error, MemoryError):
        return LineageError("there is not enough memory", fix="free some memory, or give the machine more")
    if isinstance(error, UnicodeEncodeError) and sys.getfilesystemencoding().lower() != "utf-8":
        return LineageError(
            f"this environment cannot spell a file name: {error.object!a}",
            why=f"its locale says that names are written in {sys.getfilesystemencoding()}",
            fix="set LANG=C.UTF-8, or PYTHONUTF8=1",
        )
    frames = traceback.extract_tb(error.__traceback__)
    last = next((frame for frame in reversed(frames) if frame.filename.startswith(_OURS)), None)
    place = "" if last is None else f" (lineage/{last.filename[len(_OURS) :]}:{last.lineno})"
    return InternalError(
        f"{''.join(traceback.format_exception_only(error)).strip()}{place}",
        why="this is a defect of lineage, not of your dodo.py or your steps; what was recorded before is intact",
        fix=f"report it with the traceback and the command to {_whom_to_tell()}",
    )


def _file_of(error: OSError) -> str:
    return "a file" if error.filename is None else os.fsdecode(error.filename)


def report(error: BaseException) -> str:
    """Return what to print of an exception out of our own code: of a defect the traceback, and what to do."""
    told = described(error)
    text = told.shown() + "\n"
    if isinstance(told, InternalError) and told is not error:
        text = "".join(traceback.format_exception(error)) + "\n" + text
    return text


def _whom_to_tell() -> str:
    """Return who looks after this version, as the installed package says; with the address for it, if it names one."""
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        found = metadata("doit-lineage")
    except PackageNotFoundError:
        return "the lineage maintainers"
    whom = f"{found['Author'] or 'the maintainers'} (doit-lineage {found['Version']}, Python {sys.version.split()[0]})"
    addresses = [line.partition(", ") for line in found.get_all("Project-URL") or ()]
    trackers = [url for label, _, url in addresses if label.lower() in ("issues", "bug tracker", "tracker")]
    return f"{whom}: {trackers[0]}" if trackers else whom
