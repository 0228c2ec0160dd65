"""Where in the user's files something stands, as errors say it."""

from __future__ import annotations

import os
import sys
from types import FrameType, TracebackType

__all__ = ["failing_line", "place", "user_frame", "user_place"]

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def place(path: str, line: int, root: str | None = None) -> str:
    """Return ``tasks/digits.py:31``, the path relative to `root` (or the current folder) where it lies inside it."""
    if not path:
        return "<unknown>"
    if path[0] == "<" or "ipykernel" in path:
        from lineage.errors.defect import is_cell

        if is_cell(path):
            return f"line {line} of a cell"
    base = os.path.realpath(root or os.getcwd()) + os.sep
    real = os.path.realpath(path)
    return f"{real[len(base) :] if real.startswith(base) else path}:{line}"


def is_ours(path: str) -> bool:
    """Say whether a file belongs to this library."""
    return path.startswith(_PACKAGE)


def user_frame(depth: int = 1) -> FrameType:
    """Return the nearest frame on the stack that is not this library's."""
    frame: FrameType = sys._getframe(depth)
    while is_ours(frame.f_code.co_filename) and frame.f_back is not None:
        frame = frame.f_back
    return frame


def user_place(depth: int = 1, root: str | None = None) -> str:
    """Return the place in the user's code that called this library."""
    frame = user_frame(depth + 1)
    return place(frame.f_code.co_filename, frame.f_lineno, root)


def failing_line(trace: TracebackType | None, path: str) -> int | None:
    """Return the last line of `path` that a traceback goes through, ``None`` if it does not."""
    line = None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == path:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
