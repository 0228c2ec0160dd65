"""What a step prints: shown as doit's verbosity says, and kept in a log file of the step run.

doit itself swaps the global ``sys.stdout``, so that with threads one task gets everybody's output. Here a router
stands in for the stream and knows which thread works for which step. Output of threads that a step starts itself goes
to that step as long as it is the only one running in this process.
"""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

__all__ = ["Log", "captured"]


class Log:
    """The log of one step run: a file made at the first character, and what of it goes on to the terminal.

    Parameters
    ----------
    path : str
        Where it is kept.
    verbosity : int
        doit's: 0 shows nothing, 1 stderr, 2 all.
    before_showing : callable, optional
        Called before something is shown (clears a progress line).
    """

    def __init__(self, path: str, verbosity: int, before_showing: Callable[[], None] | None = None) -> None:
        self.path = path
        self.shown = {"stdout": verbosity >= 2, "stderr": verbosity >= 1}
        self.before_showing = before_showing
        self.hidden = False
        self._file: TextIO | None = None
        self._lock = threading.Lock()

    def write(self, name: str, text: str, real: TextIO) -> None:
        """Keep a piece of output, and show it if the verbosity says so."""
        with self._lock:
            if self._file is None:
                os.makedirs(os.path.dirname(self.path), exist_ok=True)
                # Line buffered, so that what a step printed before it was killed can be read.
                self._file = open(self.path, "w", encoding="utf-8", errors="replace", buffering=1)  # noqa: SIM115
            self._file.write(text)
            if not self.shown[name]:
                self.hidden = True
                return
            if self.before_showing is not None:
                self.before_showing()
            real.write(text)
            real.flush()

    def close(self) -> str | None:
        """Close the file; return its path, or None if nothing was printed."""
        if self._file is None:
            return None
        self._file.close()
        return self.path


class _Router(io.TextIOBase):
    """Stands in for ``sys.stdout`` or ``sys.stderr`` while steps run."""

    def __init__(self, name: str, real: TextIO) -> None:
        self.stream_name = name
        self.real = real
        self.logs: dict[int, Log] = {}

    def _log(self) -> Log | None:
        log = self.logs.get(threading.get_ident())
        if log is None and len(self.logs) == 1:
            log = next(iter(self.logs.values()), None)
        return log

    def write(self, text: str) -> int:
        log = self._log()
        if log is None:
            return self.real.write(text)
        log.write(self.stream_name, text, self.real)
        return len(text)

    def flush(self) -> None:
        self.real.flush()

    def isatty(self) -> bool:
        return self.real.isatty()

    def fileno(self) -> int:
        return self.real.fileno()

    @property
    def buffer(self) -> Any:
        return _Bytes(self)

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return getattr(self.real, "encoding", None) or "utf-8"

    def writable(self) -> bool:
        return True


class _Bytes(io.RawIOBase):
    """The ``buffer`` of a router: some programs write bytes to ``sys.stdout.buffer``."""

    def __init__(self, router: _Router) -> None:
        self.router = router

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        content = bytes(data)
        self.router.write(content.decode("utf-8", "replace"))
        return len(content)


_install = threading.Lock()


@contextmanager
def captured(log: Log) -> Iterator[None]:
    """Send what this thread prints to a log.

    Parameters
    ----------
    log : Log
        Where it goes.
    """
    ident = threading.get_ident()
    with _install:
        out = sys.stdout if isinstance(sys.stdout, _Router) else _Router("stdout", sys.stdout)
        err = sys.stderr if isinstance(sys.stderr, _Router) else _Router("stderr", sys.stderr)
        sys.stdout, sys.stderr = out, err
        out.logs[ident] = err.logs[ident] = log
    try:
        yield
    finally:
        with _install:
            del out.logs[ident], err.logs[ident]
            if not out.logs:
                # A step may have put a stream of its own there and not taken it back; then ours is gone already.
                sys.stdout = out.real
                sys.stderr = err.real
