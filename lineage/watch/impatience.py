"""What happens when somebody edits while a round of ``lineage watch`` still runs: it is told, and can be ended.

An edit ends no round by itself: most are comments, and hours of training would be lost for one.
"""

from __future__ import annotations

import os
import select
import termios
import time
from collections.abc import Callable
from contextlib import suppress

from lineage.watch.watching import Snapshot, Watched, changed_since

__all__ = ["EndedByEnter", "Impatience"]

_PATIENCE = 2.0  # seconds for which a round may go on after an edit without a word
_LOOK_SECONDS = 0.5
_SHARE = 20  # looking takes at most so small a share of the time


class EndedByEnter(Exception):  # noqa: N818 - it is no error
    """Somebody wants the round to end now."""


class Impatience:
    """Looks at the sources while a round runs.

    Parameters
    ----------
    watched : Watched
        The files.
    before : dict
        Their state when the round began.
    say : callable
        Prints a text, given the files that have changed and whether Enter is listened to.
    """

    def __init__(self, watched: Watched, before: Snapshot, say: Callable[[list[str], bool], None]) -> None:
        self._watched = watched
        self._before = before
        self._say = say
        self._next = time.monotonic() + _LOOK_SECONDS
        self._since: float | None = None
        self._told = self._listens = False

    def attend(self) -> None:
        """Look, if it is time to; raise `EndedByEnter` if Enter was pressed after the edit was told."""
        if self._listens and _pressed():
            raise EndedByEnter
        began = time.monotonic()
        if self._told or began < self._next:
            return
        changed = [path for path in changed_since(self._before, self._watched.look()) if path.endswith(".py")]
        now = time.monotonic()
        self._next = now + max(_LOOK_SECONDS, (now - began) * _SHARE)
        self._since = (self._since or now) if changed else None
        if self._since is not None and now - self._since >= _PATIENCE:
            self._tell(changed)

    def _tell(self, changed: list[str]) -> None:
        self._told, self._listens = True, _is_ours()
        if self._listens:
            with suppress(termios.error):
                termios.tcflush(0, termios.TCIFLUSH)  # what was typed before means nothing
        self._say(changed, self._listens)


def _is_ours() -> bool:
    """Whether standard input is a terminal that this command may read from: not one in the background."""
    try:
        return os.isatty(0) and os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False


def _pressed() -> bool:
    """Whether a line was typed; never wait for one."""
    try:
        return _is_ours() and bool(select.select([0], [], [], 0)[0]) and bool(os.read(0, 1 << 12))
    except OSError:
        return False
