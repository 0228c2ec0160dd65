"""The descriptors 1 and 2, where programs that a step starts write to: led into files while a step runs.

Files, and not pipes. A pipe that is not read in time stops whoever writes to it, and C code that writes while it holds
Python's lock would keep its reader from ever reading; and a process that a step has left behind would keep a pipe open
or die of it. The files are the same for all steps of a process, so that a pool of processes that one step has
started (joblib keeps its own) is heard in the next. Where and how to redirect is learnt from pytest's ``capfd``.
"""

from __future__ import annotations

import io
import os
import sys
from codecs import getincrementaldecoder
from collections.abc import Callable
from functools import partial
from typing import Any, TextIO

from lineage.execute.log import Log, flush, show
from lineage.stores.refusal import Guard

__all__ = ["Channel", "Spool", "flush_held_back"]

_NUMBERS = {"stdout": 1, "stderr": 2}
_BLOCK = 1 << 16
_FREED_FROM = 1 << 24


class Spool:
    """A file that takes what is written to a descriptor, until it is read, once.

    It has no name, so that nothing is left of it. How far it has been read is kept by the kernel: a worker's spool is
    read on by the master if the worker dies, for what it wrote last tells why.

    Parameters
    ----------
    path : str
        Where to make it; nothing may be there.

    Raises
    ------
    StoreError
        If it cannot be made.
    """

    def __init__(self, path: str) -> None:
        with Guard(os.path.dirname(path), "make", "a file for what programs print"):
            self.file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            self.reader = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            os.unlink(path)
        self._freed = 0

    def read(self, take: Callable[[bytes], None]) -> None:
        """Hand on what has been written since the last time: no more than there is now, however fast it grows."""
        data = os.read(self.reader, _BLOCK)
        if not data:
            return
        end = os.fstat(self.reader).st_size
        while data:
            try:
                take(data)
            except BaseException:
                os.lseek(self.reader, -len(data), os.SEEK_CUR)
                raise
            position = os.lseek(self.reader, 0, os.SEEK_CUR)
            data = os.read(self.reader, _BLOCK) if position < end else b""
        if position - self._freed >= _FREED_FROM:
            _give_back(self.file, position)
            self._freed = position

    def close(self) -> None:
        """Let go of it; whoever still writes to it does so in vain."""
        os.close(self.file)
        os.close(self.reader)


class Channel:
    """One of the two descriptors.

    Parameters
    ----------
    name : str
        ``stdout`` or ``stderr``.

    Attributes
    ----------
    real : TextIO
        Where what is written is shown: the stream that `sys` had, or one on a copy of the descriptor if that stream
        would be led into the spool as well.
    spool : Spool or None
        What the descriptor can be led into, in this process.
    kept : int or None
        A copy of the descriptor as it was; None if it is not ours to lead elsewhere.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.number = _NUMBERS[name]
        self.before: TextIO = getattr(sys, name)
        self.kept = _copied(self.number)
        self.real = self.before
        if self.kept is not None and _number(self.before) == self.number:
            self.real = _apart(self.before, os.dup(self.kept))
        self.spool: Spool | None = None
        self._decoder = getincrementaldecoder("utf-8")("replace")

    def divert(self, into: Channel) -> None:
        """Lead the descriptor into the spool of a channel: its own, or the other's, which keeps their order."""
        if self.kept is not None and into.spool is not None:
            os.dup2(into.spool.file, self.number)

    def restore(self) -> None:
        """Lead the descriptor to where it was when doit began."""
        if self.kept is not None:
            os.dup2(self.kept, self.number)

    def shares_with(self, other: Channel) -> bool:
        """Say whether both descriptors lead to the same place, a terminal or ``2>&1``."""
        if self.kept is None or other.kept is None:
            return False
        return os.path.samestat(os.fstat(self.kept), os.fstat(other.kept))

    def collect(self, log: Log | None) -> None:
        """Give what has been written since the last time to a log; without one, show it."""
        if self.spool is not None:
            self.spool.read(self._shown if log is None else partial(self._kept_in, log))

    def _shown(self, data: bytes) -> None:
        show(self._decoder.decode(data), self.real)

    def _kept_in(self, log: Log, data: bytes) -> None:
        # A piece may end in the middle of a letter.
        log.take(self.name, data, self._decoder.decode(data), self.real)

    def close(self) -> None:
        """Lead the descriptor back for good."""
        self.restore()
        flush(self.real)
        if self.spool is not None:
            self.spool.close()
        if self.kept is not None:
            os.close(self.kept)
        self.spool = self.kept = None


def _number(stream: Any) -> int | None:
    try:
        number: int = stream.fileno()
    except (AttributeError, OSError, ValueError):  # a StringIO, or closed
        return None
    return number


def _copied(number: int) -> int | None:
    try:
        return os.dup(number)
    except OSError:  # dodo.py has closed it
        return None


def _apart(stream: TextIO, descriptor: int) -> TextIO:
    """Return a stream like another on a descriptor of its own."""
    flush(stream)
    buffer: Any = getattr(stream, "buffer", None)
    raw = getattr(buffer, "raw", buffer)
    # Ours do not fail (`lineage.terminal.streams`), and neither shall this one.
    twin = raw.twin(descriptor) if hasattr(raw, "twin") else io.FileIO(descriptor, "w")
    at_once = bool(getattr(stream, "write_through", False))  # PYTHONUNBUFFERED
    target: Any = twin if at_once else io.BufferedWriter(twin)
    return io.TextIOWrapper(
        target, stream.encoding, stream.errors, "\n", line_buffering=not at_once, write_through=at_once
    )


_c_stdout: tuple[Any, Any] | None = None


def flush_held_back(*streams: TextIO) -> None:
    """Write out what this process holds back for the descriptors: in some streams, Python's own, and C's.

    C code that a step calls (``printf`` in an extension) fills a buffer of the C library, since a file is no terminal.
    """
    global _c_stdout
    for stream in (*streams, sys.__stdout__, sys.__stderr__):
        flush(stream)
    if _c_stdout is None:
        # Loading ctypes costs more than a step; numpy, and so nearly everybody who calls C, has loaded it.
        ctypes = sys.modules.get("ctypes")
        if ctypes is None or not hasattr(ctypes, "CDLL"):
            return
        _c_stdout = _find_c_stdout(ctypes)
    library, stdout = _c_stdout
    if library is not None:
        library.fflush(stdout)


def _find_c_stdout(ctypes: Any) -> tuple[Any, Any]:
    library = ctypes.CDLL(None)
    try:
        return library, ctypes.c_void_p.in_dll(library, "__stdoutp" if sys.platform == "darwin" else "stdout")
    except ValueError:  # a C library that calls it something else
        return None, None


def _give_back(file: int, size: int) -> None:
    """Free the disk of what has been read, so that a huge output does not take twice its size; Linux only."""
    import ctypes

    punch = getattr(ctypes.CDLL(None), "fallocate", None)
    if punch is not None:
        keep_size, hole = 1, 2
        punch(file, keep_size | hole, ctypes.c_long(0), ctypes.c_long(size))
