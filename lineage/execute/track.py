"""`track`: a step tells how far its loop is.

What it tells stands in a small file (`lineage.stores.progress`) from which the console, a dashboard or anybody else
reads it, in whatever process the step runs. Where no step runs, `track` is its iterable and nothing else.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from operator import length_hint
from typing import TYPE_CHECKING, Any, TypeVar

from lineage.errors import StoreError

if TYPE_CHECKING:
    from lineage.stores.progress import Board, Boards

__all__ = ["track", "tracking"]

#: Seconds between two writes.
PERIOD = 0.2
#: Seconds between a write and that for a loop which begins where none was: its first item may take an hour.
FIRST = 0.01

T = TypeVar("T")

_sites: dict[int, _Site] = {}


def track(iterable: Iterable[T], label: str | None = None, total: int | None = None) -> Iterator[T]:
    """Go through an iterable and let others see how far one is: on the terminal, and wherever the run is watched.

    >>> for epoch in lineage.track(range(100), "epochs"):
    ...     ...

    Outside of a step it is just the iterable's iterator.

    Parameters
    ----------
    iterable : iterable
        What to go through; it may be endless.
    label : str, optional
        What is counted: ``"epochs"``.
    total : int, optional
        How many there will be; by default ``len(iterable)``, as far as it has one.

    Returns
    -------
    iterator
        The same items. An item counts as done when the next one is asked for.
    """
    iterator = iter(iterable)
    site = _here()
    if site is None:
        return iterator
    return _told(iterator, _Bar(label or "", _length(iterable) if total is None else total), site)


def _length(iterable: object) -> int | None:
    try:
        return length_hint(iterable, 0) or None
    except Exception:  # the __len__ of somebody's class; a loop does not need it
        return None


def _told(iterator: Iterator[T], bar: _Bar, site: _Site) -> Iterator[T]:
    # The clock is asked after every item: that takes less than 0.1 microseconds, and who asks it only now and then says
    # nothing for minutes when a thousand fast items are followed by slow ones.
    clock = time.monotonic
    due = site.begin(bar)
    try:
        for item in iterator:
            yield item
            bar.done += 1
            if clock() >= due:
                due = site.tell()
    finally:
        site.end(bar)


class _Bar:
    """How far one loop is."""

    __slots__ = ("at", "done", "label", "since", "told", "total")

    def __init__(self, label: str, total: int | None) -> None:
        self.label = label
        self.total = total
        self.done = self.told = 0
        self.since = self.at = time.time()

    def plain(self) -> dict[str, Any]:
        done = self.done
        if done != self.told:
            self.told, self.at = done, time.time()
        return {"label": self.label, "done": done, "total": self.total, "since": self.since, "at": self.at}


class _Site(AbstractContextManager[None]):
    """A step at work, and its loops: the outermost first."""

    __slots__ = ("_bars", "_board", "_boards", "_last", "_mutex", "_names", "_shown", "_silent", "pid")

    def __init__(self, boards: Boards, run_id: int, task: str) -> None:
        self.pid = os.getpid()
        self._boards = boards
        self._names = {"run": run_id, "task": task}
        self._bars: list[_Bar] = []
        self._board: Board | None = None
        self._mutex = threading.Lock()
        self._last = 0.0
        self._shown = False
        self._silent = False

    def begin(self, bar: _Bar) -> float:
        """Take a loop in."""
        self._bars.append(bar)
        return self.tell(FIRST if len(self._bars) == 1 else PERIOD)

    def end(self, bar: _Bar) -> None:
        """Let a loop go, whatever it ended with."""
        self._bars.remove(bar)
        if not self._bars and self._shown and self.pid == os.getpid():
            with self._mutex:
                self._hide()

    def tell(self, after: float = PERIOD) -> float:
        """Write how far it is, unless that was done just now; return when it is due again."""
        if self.pid != os.getpid():  # a forked child goes on with a loop of its parent
            return float("inf")
        with self._mutex:
            now = time.monotonic()
            if now >= self._last + after and not self._silent:
                self._last = now
                self._write()
            return float("inf") if self._silent else self._last + PERIOD

    def _write(self) -> None:
        try:
            if self._board is None:
                self._board = self._boards.take()
            self._board.write(self._names | {"bars": [bar.plain() for bar in self._bars]})
            self._shown = True
        except (OSError, StoreError):
            self._silent = True  # a full disk is no reason to fail a step that only wanted to say something

    def _hide(self) -> None:
        """Take away what is shown; in a file that is open already this needs no space, and so cannot fail."""
        if self._board is not None:
            self._board.empty()
            self._shown = False

    def __enter__(self) -> None:
        _sites[threading.get_ident()] = self

    def __exit__(self, *error: object) -> None:
        """Say nothing any more: the step has ended, though threads of it may go on."""
        del _sites[threading.get_ident()]
        with self._mutex:
            self._silent = True
            if self._board is not None and self.pid == os.getpid():
                self._hide()
                self._boards.give_back(self._board)
                self._board = None


def tracking(boards: Boards, run_id: int, task: str) -> AbstractContextManager[None]:
    """Let loops of this thread, and of threads that it starts, tell how far they are.

    Parameters
    ----------
    boards : Boards
        Where to.
    run_id, task : int, str
        The step that is at work.
    """
    return _Site(boards, run_id, task)


def _here() -> _Site | None:
    """Return the step that is at work here: in this thread, or else the only one in this process."""
    site = _sites.get(threading.get_ident())
    if site is None and len(_sites) == 1:
        site = next(iter(_sites.values()), None)
    return site if site is not None and site.pid == os.getpid() else None
