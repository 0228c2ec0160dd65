"""How a command ends that something unexpected happened to: what is printed, and with which exit code."""

from __future__ import annotations

import traceback

from lineage.dodo.interrupt import INTERRUPTED, is_interrupt
from lineage.errors import DodoError, LineageError
from lineage.errors.defect import DOIT, LINEAGE, culprit, described, hidden, report, users_traceback
from lineage.terminal.streams import tell

__all__ = ["ended"]


def ended(error: BaseException) -> int | None:
    """Print what an exception says to whoever can do something about it.

    Returns
    -------
    int or None
        The exit code: 2 for what lineage or a store is to blame for, 3 for what is wrong in dodo.py; None for a mistake
        of doit alone, which doit tells in its own way; 130 for Ctrl-C.
    """
    if is_interrupt(error):
        return INTERRUPTED
    if isinstance(error, LineageError):
        tell(error.shown() + "\n" + _annotated(error))
        return error.exit_code
    whose = culprit(error)
    if whose == LINEAGE:
        tell(report(error))
        return described(error).exit_code
    if whose == DOIT and all(hidden(frame.filename) for frame in traceback.extract_tb(error.__traceback__)):
        return None
    return ended(DodoError(users_traceback(error)))


def _annotated(error: LineageError) -> str:
    """Return what a CI system shows at the user's file and line."""
    from lineage.terminal.style import in_ci

    if not in_ci():
        return ""
    from lineage.terminal.ci import annotation

    return annotation(error)
