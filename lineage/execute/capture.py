"""What a step prints: shown as doit's verbosity says, and kept in a log file of the step run.

doit itself swaps the global ``sys.stdout``, so that with threads one task gets everybody's output. Here a router
stands in for the stream and knows which thread works for which step. Output of threads that a step starts itself goes
to that step as long as nothing else is at work in this process, neither a step nor a plain task.

Programs that a step starts, and C code, do not ask `sys`: they write to the descriptors 1 and 2, of which a process has
one each. While one step is at work in a process they are its (`lineage.execute.descriptors`); while several are, in
threads, nobody can tell whose output it is, and it is shown as if we were not there.
"""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TextIO

from lineage.errors import StoreError
from lineage.execute.collector import Collector
from lineage.execute.descriptors import Spool
from lineage.execute.log import TERMINAL, Log

if TYPE_CHECKING:
    from lineage.stores.scratch import Scratch

__all__ = [
    "alone",
    "captured",
    "collect_in_worker",
    "collecting",
    "last_words",
    "stop_collecting",
    "unattributed",
]


class _Router(io.TextIOBase):
    """Stands in for ``sys.stdout`` or ``sys.stderr``, the same for the whole process: loggers hold on to it."""

    def __init__(self, name: str) -> None:
        self.stream_name = name
        self.real: TextIO = getattr(sys, f"__{name}__")
        self.number: int | None = None
        self.logs: dict[int, Log] = {}
        self._covered: tuple[TextIO, TextIO] | None = None

    def stand_in(self) -> None:
        """Take the place of whatever stands there when the first step begins, and show there what is to be shown."""
        there = getattr(sys, self.stream_name)
        # doit's reporter for JSON collects what is shown. The stream that doit puts there for a plain task in another
        # thread shows what it gets in ours, which must not lead back to it.
        if not self.logs and there is not self and not hasattr(there, "orig_stream"):
            self._covered = there, self.real
            self.real = there
        setattr(sys, self.stream_name, self)

    def stand_back(self) -> None:
        """Undo it after the last step, also where that has put a stream of its own there and not taken it back."""
        if not self.logs:
            there, self.real = self._covered or (self, self.real)
            self._covered = None
            setattr(sys, self.stream_name, there)

    def _log(self) -> Log | None:
        log = self.logs.get(threading.get_ident())
        # A thread that is nobody's may also be one in which doit reads what a plain task's command prints.
        if log is None and len(self.logs) == 1 and alone():
            log = next(iter(self.logs.values()), None)
        return log

    def write(self, text: str) -> int:
        log = self._log()
        if log is None:
            return self.real.write(text)
        with TERMINAL:
            self._give(log, log.lines(self.stream_name, text))
            if getattr(self.real, "write_through", False):  # PYTHONUNBUFFERED: nothing waits for the end of its line
                self._give(log, log.rest(self.stream_name))
        return len(text)

    def flush(self) -> None:
        log = self._log()
        if log is None:
            self.real.flush()
        else:
            self.give_rest(log)

    def give_rest(self, log: Log) -> None:
        """Give a log what waits for the end of its line."""
        with TERMINAL:
            self._give(log, log.rest(self.stream_name))

    def _give(self, log: Log, text: str) -> None:
        if text:
            if _collector is not None:
                _collector.collect()  # what programs have written until now comes before
            log.take(self.stream_name, text.encode("utf-8", "backslashreplace"), text, self.real)

    def isatty(self) -> bool:
        return self.real.isatty()

    def fileno(self) -> int:
        # A program that is given this stream (`run(..., stdout=sys.stdout)`) is to be heard as well.
        return self.real.fileno() if self.number is None else self.number

    @property
    def buffer(self) -> Any:
        return _Bytes(self)

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return getattr(self.real, "encoding", None) or "utf-8"

    @property
    def errors(self) -> str | None:  # type: ignore[override]
        return getattr(self.real, "errors", None)

    def writable(self) -> bool:
        return True


class _Bytes(io.RawIOBase):
    """The ``buffer`` of a router: some programs write bytes to ``sys.stdout.buffer``."""

    def __init__(self, router: _Router) -> None:
        self.router = router

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self.router.fileno()

    def write(self, data: Any) -> int:
        content = bytes(data)
        self.router.write(content.decode("utf-8", "replace"))
        return len(content)


_routers = {name: _Router(name) for name in ("stdout", "stderr")}
_collector: Collector | None = None
_install = threading.Lock()


@contextmanager
def collecting(scratch: Scratch) -> Iterator[TextIO]:
    """For the time of a run, take also what programs that steps start write to the descriptors 1 and 2.

    Parameters
    ----------
    scratch : Scratch
        Where it is written to before it is in the step's log.

    Yields
    ------
    TextIO
        What ``sys.stdout`` was, on a descriptor of its own: to show what is no step's output.
    """
    global _collector
    before = sys.stdout, sys.stderr
    _collector = Collector(scratch)
    for name, router in _routers.items():
        channel = _collector.channels[name]
        router.real, router.number = channel.real, channel.number
        setattr(sys, name, router)
    try:
        yield _routers["stdout"].real
    finally:
        stop_collecting()
        sys.stdout, sys.stderr = before
        for stream, router in zip(before, _routers.values(), strict=True):
            # Loggers that steps have made hold on to the routers.
            router.real, router.number = stream or router.real, None


def collect_in_worker(spools: tuple[Spool, Spool]) -> None:
    """Take what programs write to the descriptors of this worker process."""
    if _collector is not None:
        _collector.use(spools)


def last_words(spools: tuple[Spool, Spool], log: Log | None) -> None:
    """Take what a worker that has died had not come to take; without a log, show it."""
    if _collector is not None:
        with TERMINAL:
            for channel, spool in zip(_collector.channels.values(), spools, strict=True):
                channel.spool = spool
                channel.collect(log)
                channel.spool = None


def stop_collecting() -> None:
    """End it in this process; show what is still to be shown."""
    global _collector
    if _collector is not None:
        _collector.stop()
        _collector = None


@contextmanager
def captured(log: Log) -> Iterator[None]:
    """Send what this thread prints to a log, and what the programs print that it starts, if no other step is at work.

    Parameters
    ----------
    log : Log
        Where it goes.
    """
    ident = threading.get_ident()
    with _at_work(log):
        with _install:
            for router in _routers.values():
                router.stand_in()
                router.logs[ident] = log
        try:
            yield
        finally:
            with _install:
                for router in _routers.values():
                    del router.logs[ident]
                    router.stand_back()
            for router in _routers.values():
                router.give_rest(log)


@contextmanager
def unattributed() -> Iterator[None]:
    """Say that a plain task is at work in a thread of this process: what programs print may be its output."""
    with _at_work(None):
        yield


@contextmanager
def _at_work(log: Log | None) -> Iterator[None]:
    collector = _collector
    if collector is None:
        yield
        return
    collector.begin(log)
    try:
        yield
    finally:
        collector.end(log)


def alone() -> bool:
    """Return whether no more than one step or task is at work in this process."""
    if not _routers:  # where Python ends, it is None before the streams are flushed for the last time
        return False
    return len(_routers["stdout"].logs if _collector is None else _collector.at_work) <= 1


def _before_fork() -> None:
    """Let parent and child have one log file, nothing that both would print, and no lock of another thread's."""
    TERMINAL.acquire()
    if _collector is not None:
        for log in _collector.at_work:
            if log is not None:
                with suppress(StoreError):  # whoever prints next gets to know it
                    log.open()
                    for router in _routers.values():
                        router.give_rest(log)


os.register_at_fork(before=_before_fork, after_in_parent=TERMINAL.release, after_in_child=TERMINAL.release)
