"""Ctrl-C and SIGTERM: the run is recorded as interrupted, and the command ends with exit code 130."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

__all__ = ["INTERRUPTED", "interruptible"]

#: Exit code of a command that was interrupted, as shells have it (128 + SIGINT).
INTERRUPTED = 130
_owner = 0


def interruptible(command: Callable[[], int | None]) -> int | None:
    """Carry out a command; turn SIGINT and SIGTERM into its orderly end.

    SIGTERM is what CI, systemd, Kubernetes and SLURM send first; doit would lose everything on it.
    """
    global _owner
    _owner = os.getpid()
    in_main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGTERM, _interrupt) if in_main else None
    try:
        return command()
    except KeyboardInterrupt:
        shell = sys.modules.get("lineage.declare.shell")
        if shell is not None:
            shell.end_commands()
        sys.stderr.write("interrupted\n")
        return INTERRUPTED
    finally:
        if in_main:
            signal.signal(signal.SIGTERM, before)


def _interrupt(number: int, frame: FrameType | None) -> None:
    if os.getpid() != _owner:
        # A process that a step has forked (a pool's worker): it is to end as it would without us.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTERM)
        return
    # Once is enough: a second signal must not cut off the recording of the first.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt
