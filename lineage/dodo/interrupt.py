"""Ctrl-C, SIGTERM and SIGHUP: the run is recorded as interrupted, and the command ends with exit code 130."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from lineage.terminal.streams import tell

__all__ = ["INTERRUPTED", "interruptible", "is_interrupt", "take_signals", "undisturbed"]

#: Exit code of a command that was interrupted, as shells have it (128 + SIGINT).
INTERRUPTED = 130
#: What CI, systemd, Kubernetes and SLURM send first, and what a terminal sends when it is closed or its line is lost.
_ENDING = (signal.SIGTERM, signal.SIGHUP)
#: What the signals that we handle did before.
_before: dict[signal.Signals, Any] = {}
#: What a thread that forks had blocked before.
_masks = threading.local()


def interruptible(command: Callable[[], int | None]) -> int | None:
    """Carry out a command; turn SIGINT, SIGTERM and SIGHUP into its orderly end. doit would lose everything on it."""
    if threading.current_thread() is threading.main_thread():
        take_signals(_ENDING, _interrupt)
    try:
        return command()
    except (KeyboardInterrupt, Exception) as error:
        if not is_interrupt(error):
            raise
        shell = sys.modules.get("lineage.declare.shell")
        if shell is not None:
            shell.end_commands()
        tell("interrupted\n")
        return INTERRUPTED
    finally:
        _give_back()


def is_interrupt(error: BaseException | None) -> bool:
    """Whether it is Ctrl-C: where it comes while a class is made, Python before 3.12 says RuntimeError of it."""
    if isinstance(error, KeyboardInterrupt):
        return True
    while error is not None:
        if isinstance(error, RuntimeError) and isinstance(error.__cause__, KeyboardInterrupt):
            return True
        error = error.__cause__
    return False


def take_signals(signals: Iterable[signal.Signals], handler: Callable[[int, FrameType | None], None]) -> None:
    """Handle signals in this process; not those that it has been told to ignore (``nohup doit``)."""
    for number in signals:
        if signal.getsignal(number) is not signal.SIG_IGN:
            _before[number] = signal.signal(number, handler)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Put off an interruption until a record is whole: a run that has no end would count as lost.

    A second one is not put off, since a database may keep us waiting.
    """
    noted: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        noted.append(number)
        if len(noted) > 1:
            raise KeyboardInterrupt

    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        before = {each: found for each in (signal.SIGINT, *_ENDING) if callable(found := signal.getsignal(each))}
    for each in before:
        signal.signal(each, note)
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    if noted:
        before[noted[0]](noted[0], None)


def _give_back() -> None:
    """Let signals do what they did before.

    Also in each process that a step forks: with a handler of Python's own it might not end on SIGTERM, since one that
    waits in C (a pool's worker, for a lock) runs the handler when it is done with that.
    """
    for number in list(_before):
        signal.signal(number, _before.pop(number))


def _interrupt(number: int, frame: FrameType | None) -> None:
    # Once is enough: a second signal must not cut off the recording of the first.
    for each in _ENDING:
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


def _hold_back() -> None:
    """Let no signal reach a child between its fork and `_give_back`: Python would drop it as one of the parent's."""
    _masks.before = signal.pthread_sigmask(signal.SIG_BLOCK, _before) if _before else None


def _let_through() -> None:
    if _masks.before is not None:
        signal.pthread_sigmask(signal.SIG_SETMASK, _masks.before)


def _begin_child() -> None:
    _give_back()
    _let_through()


os.register_at_fork(before=_hold_back, after_in_parent=_let_through, after_in_child=_begin_child)
