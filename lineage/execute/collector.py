"""Whose output it is that programs write to the descriptors of a process, of which all its threads share two."""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from lineage.declare import guard
from lineage.errors import StoreError
from lineage.execute.descriptors import Channel, Spool, flush_held_back
from lineage.execute.log import TERMINAL, Log

if TYPE_CHECKING:
    from lineage.stores.scratch import Scratch

__all__ = ["UNBUFFERED", "Collector", "make_spools"]

#: How often what programs print is looked at, in seconds.
_LOOK = 0.1
UNBUFFERED = "PYTHONUNBUFFERED"


class Collector:
    """Leads the descriptors to the step that is alone at work in this process.

    Parameters
    ----------
    scratch : Scratch
        Where files are made for it.

    Attributes
    ----------
    channels : dict of str to Channel
        ``stdout`` and ``stderr``.
    at_work : list of Log or None
        The logs of the steps that are at work in this process; None stands for a plain task.
    """

    def __init__(self, scratch: Scratch) -> None:
        self.scratch = scratch
        self.channels = {name: Channel(name) for name in ("stdout", "stderr")}
        self._both = out, err = self.channels["stdout"], self.channels["stderr"]
        self._streams = out.before, err.before
        self._in_one_place = out.shares_with(err)
        self.at_work: list[Log | None] = []
        self._last: Log | None = None
        self._pid = 0
        self._looking = threading.Event()
        self._ended = False
        self._has_set = False

    def begin(self, log: Log | None) -> None:
        """Let a step begin."""
        with TERMINAL:
            if self._ended:
                return
            if self._pid != os.getpid():
                self._start()
            self._leave()
            self._forget_last()
            self.at_work.append(log)
            self._lead()
        if not self._looking.is_set():
            self._looking.set()

    def end(self, log: Log | None) -> None:
        """Let it end."""
        with TERMINAL:
            if not self._ended:
                try:
                    self._leave()
                finally:
                    self.at_work.remove(log)
                    self._last = log
                    self._lead()

    def use(self, spools: tuple[Spool, Spool]) -> None:
        """Begin to collect in this process."""
        self.at_work.clear()
        for channel, spool in zip(self._both, spools, strict=True):
            channel.spool = spool
        self._pid = os.getpid()
        # What Python prints to something that is no terminal it holds back, and a program that is killed (a worker of
        # joblib's pool) takes it along.
        if UNBUFFERED not in os.environ:
            os.environ[UNBUFFERED] = "1"
            self._has_set = True
        threading.Thread(target=self._look, name="lineage-output", daemon=True).start()

    def _start(self) -> None:
        """Begin in a process that nobody watches over, as a master does over its workers."""
        self.use(make_spools(self.scratch))
        words = [
            (channel.spool.reader, channel.kept)
            for channel in self._both
            if channel.spool is not None and channel.kept is not None
        ]
        guard.start(words if len(words) == len(self._both) else ())

    def _leave(self) -> None:
        """Give what has been written to whoever was at work until now."""
        flush_held_back(*self._streams)
        self.collect()

    def _lead(self) -> None:
        out, err = self._both
        log = self._alone()
        if log is None:
            out.restore()
            err.restore()
            return
        out.divert(out)
        # What is treated alike goes into one file, in which its order is kept.
        alike = log.shown["stdout"] == log.shown["stderr"] and (self._in_one_place or not log.shown["stdout"])
        err.divert(out if alike else err)

    def _forget_last(self) -> None:
        if self._last is not None:
            self._last.close()
            self._last = None

    def _alone(self) -> Log | None:
        return self.at_work[0] if len(self.at_work) == 1 else None

    def collect(self) -> None:
        """Take what programs have written since the last time."""
        if self._pid == os.getpid():  # else a step has forked this process: its parent does it
            # What a step has left behind, and what prints while none is at work, is still its.
            log = self._alone() if self.at_work else self._last
            for channel in self._both:
                channel.collect(log)

    def _look(self) -> None:
        """Show what programs print while a step goes on; one thread for all steps, since starting one is dear."""
        while not self._ended:
            self._looking.wait()
            time.sleep(_LOOK)
            with TERMINAL:
                if not self.at_work:
                    self._looking.clear()
                elif not self._ended:
                    # What cannot be kept is tried again, and if it still cannot when the step ends, the step fails.
                    with suppress(StoreError):
                        self.collect()

    def stop(self) -> None:
        """Lead the descriptors back for good; take what came after the last step."""
        with TERMINAL:
            if not self._ended and self._pid in (0, os.getpid()):
                try:
                    with suppress(StoreError):  # no step is left that could fail
                        self._leave()
                        self._forget_last()
                finally:
                    self._close()
        self._looking.set()

    def _close(self) -> None:
        self._ended = True
        for channel in self._both:
            channel.close()
        if self._has_set:
            os.environ.pop(UNBUFFERED, None)
        guard.dismiss()


def make_spools(scratch: Scratch) -> tuple[Spool, Spool]:
    """Make the spools of a process, for its standard output and its standard error."""
    return Spool(scratch.new("stdout")), Spool(scratch.new("stderr"))
