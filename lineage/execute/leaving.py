"""A step that ends its process: ``os._exit`` and ``os.exec*`` would end doit with it, and without a word.

``os._exit(0)``, in a script that was made a step, looked as if all had been done, to a person and to CI. No audit event
tells of it, so there we put ourselves in its place, before dodo.py is executed and may take it out of ``os``. Of the C
library's own (``ctypes.CDLL(None)._exit``) it is heard when it is looked up. What C code ends by ``exit(0)`` itself
(Fortran's STOP) is not noticed, and the next doit finds the run lost: a process alone says how
it ends, and who would say it for doit had to be its parent, with another process number for whoever stops or kills it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from lineage.execute.watch import Watch  # takes longer to import than this does, which is done also to run nothing

__all__ = ["became", "install", "listen", "looked_up"]

#: Functions of the C library that end the process.
_ENDING = frozenset({"exit", "_exit", "_Exit", "quick_exit"})
_leave_at_once = os._exit


def install() -> None:
    """Put ourselves in the place of ``os._exit``, before anybody can take it."""
    os._exit = _exit


def listen(listening: Callable[[], tuple[tuple[Watch, ...], bool]]) -> None:
    """Heed whether a step is at work.

    Parameters
    ----------
    listening : callable
        Tells which steps are at work, and whether this thread is the one of a step.
    """
    global _listening
    _listening = listening
    install()


def _nobody() -> tuple[tuple[Watch, ...], bool]:
    return (), False


_listening = _nobody


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


def looked_up(arguments: tuple[Any, ...], frame: FrameType) -> None:
    """Refuse a step that takes out of a C library what ends the process; a module that only has it may."""
    if len(arguments) != 2 or arguments[1] not in _ENDING:
        return
    caller: FrameType | None = frame
    while caller is not None and caller.f_globals.get("__name__") == "ctypes":
        caller = caller.f_back
    if caller is not None and caller.f_code.co_name != "<module>" and _ends_step() == (True, True):
        raise SystemExit(_message(f"{arguments[1]}() of the C library"))


def _ends_step() -> tuple[bool, bool]:
    """Whether steps are at work in this process, and none that they have forked; and whether this thread is one's."""
    watches, owned = _listening()
    return any(not watch.in_child for watch in watches), owned


def _message(what: str) -> str:
    return f"{what} would end the process that runs the step, and doit with it: raise an error, or return"
