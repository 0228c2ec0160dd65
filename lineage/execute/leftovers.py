"""What a step leaves behind in the process that runs it."""

from __future__ import annotations

# What `signal` is made of, without its enumerations, which take longer than the question.
import _signal  # type: ignore[import-not-found]
import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from lineage.declare.import_effects import environment
from lineage.execute.capture import alone
from lineage.execute.collector import UNBUFFERED

__all__ = ["change_environment", "surroundings_kept"]

#: The signals that end doit: it could not be interrupted any more. The one of children: while that is ignored, no
#: program's exit code is known, and Python takes each for 0. And those that end a process where nobody handles them.
_SIGNALS = (
    *(_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP, _signal.SIGQUIT),
    *(_signal.SIGCHLD, _signal.SIGPIPE, _signal.SIGALRM, _signal.SIGUSR1, _signal.SIGUSR2),
)


@contextmanager
def surroundings_kept() -> Iterator[None]:
    """Undo what a step does to the working folder, the environment and the signals: others must not depend on it."""
    folder, variables = os.getcwd(), environment()
    handlers = [(number, _signal.getsignal(number)) for number in _SIGNALS]
    blocked = _signal.pthread_sigmask(_signal.SIG_BLOCK, ())
    try:
        yield
    finally:
        _handle_again(handlers)
        _signal.pthread_sigmask(_signal.SIG_SETMASK, blocked)
        if _moved(folder):
            os.chdir(folder)
        # With threads another step may be at work in the same environment; then it is left alone.
        if alone():
            _put_back(variables)


def _handle_again(handlers: Sequence[tuple[int, Any]]) -> None:
    """Undo what a step, or a library in it, does about signals."""
    if threading.current_thread() is threading.main_thread():  # no other can
        for number, handler in handlers:
            if handler is not None and _signal.getsignal(number) is not handler:  # None is one that is not Python's
                _signal.signal(number, handler)


def _put_back(variables: dict[bytes, bytes]) -> None:
    now = environment()
    if now == variables:
        return
    names = now.keys() | variables.keys()
    # What is set for the time of a run is not the step's: an interrupted run may have ended before its last step.
    own = UNBUFFERED.encode() if UNBUFFERED.encode() in variables else b""
    change_environment({name: variables.get(name) for name in names if name != own})


def change_environment(variables: Mapping[bytes, bytes | None]) -> None:
    """Set environment variables, or take them away, and leave the rest untouched.

    Another thread may be starting a program at this moment.

    Parameters
    ----------
    variables : mapping of bytes to (bytes or None)
        What they are to be.
    """
    now = environment()
    changed = {name for name, value in variables.items() if now.get(name) != value}
    for name in changed:
        value = variables[name]
        if value is None:
            os.environb.pop(name, None)
        else:
            os.environb[name] = value
    if b"TZ" in changed:
        time.tzset()  # who has set it for himself has told the C library too


def _moved(folder: str) -> bool:
    try:
        return os.getcwd() != folder
    except FileNotFoundError:  # the step has removed the folder it went to
        return True
