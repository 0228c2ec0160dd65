"""What a step leaves behind in the process that runs it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from lineage.execute.capture import alone
from lineage.execute.collector import UNBUFFERED

__all__ = ["surroundings_kept"]

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def surroundings_kept() -> Iterator[None]:
    """Undo what a step does to the working folder, the environment and the signals: others must not depend on it."""
    folder, variables = os.getcwd(), _variables()
    handlers = [(number, signal.getsignal(number)) for number in _ENDING]
    try:
        yield
    finally:
        _handle_again(handlers)
        if _moved(folder):
            os.chdir(folder)
        # With threads another step may be at work in the same environment; then it is left alone.
        if _variables() != variables and alone():
            _put_back(variables)


def _handle_again(handlers: Sequence[tuple[signal.Signals, Any]]) -> None:
    """Undo what a step, or a library in it, does to the signals that end doit: the run could not be interrupted."""
    if threading.current_thread() is threading.main_thread():  # no other can
        for number, handler in handlers:
            if handler is not None and signal.getsignal(number) is not handler:  # None is one that is not Python's
                signal.signal(number, handler)


def _put_back(variables: dict[bytes, bytes]) -> None:
    """Undo what differs and leave the rest untouched: another thread may be starting a program at this moment."""
    now = _variables()
    for name in now.keys() - variables.keys():
        os.environb.pop(name, None)
    for name, value in variables.items():
        # What is set for the time of a run is not the step's: an interrupted run may have ended before its last step.
        if now.get(name) != value and name != UNBUFFERED.encode():
            os.environb[name] = value


def _variables() -> dict[bytes, bytes]:
    # What `dict(os.environb)` gives; that goes through Python code for each variable, at 0.1 ms a step.
    found: dict[bytes, bytes] = os.environb._data.copy()  # type: ignore[attr-defined]
    return found


def _moved(folder: str) -> bool:
    try:
        return os.getcwd() != folder
    except FileNotFoundError:  # the step has removed the folder it went to
        return True
