"""A step that ends its process: ``os._exit`` and ``os.exec*`` would end doit with it, and without a word.

``os._exit(0)``, in a script that was made a step, looked as if all had been done, to a person and to CI. No audit event
tells of it, so there we put ourselves in its place. What C code ends, and who took ``_exit`` out of ``os`` before the
first step, is not noticed; the next doit finds the run lost.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, NoReturn

from lineage.execute.watch import Watch

__all__ = ["became", "install"]

_listening: Callable[[], tuple[tuple[Watch, ...], bool]]
_leave_at_once = os._exit


def install(listening: Callable[[], tuple[tuple[Watch, ...], bool]]) -> None:
    """Put ourselves in the place of ``os._exit``.

    Parameters
    ----------
    listening : callable
        Tells which steps are at work, and whether this thread is the one of a step.
    """
    global _listening
    _listening = listening
    os._exit = _exit


def _exit(status: int) -> NoReturn:
    """Be ``os._exit``; where it would end a step's process it ends the step, as ``sys.exit`` does."""
    ends_step, owned = _ends_step()
    if ends_step and owned:
        raise SystemExit(_message(f"os._exit({status})"))
    # Another thread wants the end because the step does not come to one: it gets it, but not as a success.
    if ends_step and status == 0:
        print(_message("os._exit(0)"), file=sys.__stderr__, flush=True)
        status = 1
    _leave_at_once(status)


def became(arguments: tuple[Any, ...], frame: FrameType) -> None:
    """Refuse that the process of a step becomes another program: an audit event says that it is about to."""
    if _ends_step()[0]:
        raise SystemExit(_message(f"os.exec of {os.fsdecode(arguments[0])}"))


def _ends_step() -> tuple[bool, bool]:
    """Whether steps are at work in this process, and none that they have forked; and whether this thread is one's."""
    watches, owned = _listening()
    return any(not watch.in_child for watch in watches), owned


def _message(what: str) -> str:
    return f"{what} would end the process that runs the step, and doit with it: raise an error, or return"
