"""Standard input, output and error that never stop the work: closed ones, a reader who has gone, a full disk.

What cannot be written is dropped, from then on for the whole process and the commands that it starts, and is said at
the end, once. The work goes on, since its results are in the stores and not in what is printed.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import suppress
from typing import Any

__all__ = ["Streams", "tell"]

_NAMES = ("stdin", "stdout", "stderr")
#: A reader who has seen enough (`doit | head`), or whose terminal is gone: nobody is left to be told.
_READER_GONE = frozenset({errno.EPIPE, errno.EIO, errno.ECONNRESET})


class _Raw(io.RawIOBase):
    """The bytes of a standard stream; the first write that fails turns it into one that leads nowhere."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self.failure: OSError | None = None

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        while len(view):
            try:
                view = view[os.write(self._descriptor, view) :]
            except BlockingIOError:
                self._wait()
            except OSError as error:
                self.give_up(error)
        return memoryview(data).nbytes

    def _wait(self) -> None:
        """Wait for a terminal that was set not to block, by a program before us."""
        import select

        select.select([], [self._descriptor], [])

    def give_up(self, error: OSError) -> None:
        self.failure = error
        _lead_nowhere(self._descriptor)

    def twin(self, descriptor: int) -> io.RawIOBase:
        """Return the same on a copy of the descriptor, for who is to show something while a step has this one."""
        return _Twin(descriptor, self)


class _Twin(_Raw):
    """What it cannot write is missed where it was to be seen."""

    def __init__(self, descriptor: int, other: _Raw) -> None:
        super().__init__(descriptor)
        self._other = other

    def give_up(self, error: OSError) -> None:
        super().give_up(error)
        self._other.failure = error

    def close(self) -> None:
        if not self.closed:
            super().close()
            os.close(self._descriptor)


def _lead_nowhere(descriptor: int) -> None:
    """Put the null device in a descriptor's place; commands that a step starts inherit it."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    if nowhere == descriptor:
        os.set_inheritable(nowhere, True)
        return
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _fill_closed() -> None:
    """Give closed standard descriptors to the null device, or the next file that is opened (a store's) gets them."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            _lead_nowhere(descriptor)


class Streams:
    """The standard streams, there and writable whatever the caller has done to them, from `install` to `restore`.

    Streams that somebody has put in the place of Python's own are left alone.
    """

    def __init__(self) -> None:
        self._before: dict[str, Any] = {}
        self._made: dict[str, Any] = {}
        self._raws: dict[str, _Raw] = {}

    def install(self) -> Streams:
        """Put our streams in place of those that are closed or may fail."""
        _fill_closed()
        for descriptor, name in enumerate(_NAMES):
            now = self._before[name] = getattr(sys, name)
            if now is None:
                self._made[name] = open(os.devnull, "w" if descriptor else "r", encoding="utf-8")  # noqa: SIM115
            elif descriptor and now is getattr(sys, f"__{name}__") and _is_file(now, descriptor):
                self._made[name] = self._sturdy(name, now, descriptor)
            setattr(sys, name, self._made.get(name, now))
        return self

    def _sturdy(self, name: str, now: Any, descriptor: int) -> io.TextIOWrapper:
        raw = self._raws[name] = _Raw(descriptor)
        try:
            now.flush()
        except OSError as error:
            raw.give_up(error)
            now.flush()
        # Unbuffered (PYTHONUNBUFFERED), as Python does it itself. A name that a terminal cannot show is shown as far as
        # it can.
        buffer: Any = raw if now.write_through else io.BufferedWriter(raw)
        return io.TextIOWrapper(
            buffer, now.encoding, "replace", "\n", line_buffering=now.line_buffering, write_through=now.write_through
        )

    def of(self, stream: Any) -> Any:
        """Return what stands for a stream that was standard output before."""
        return sys.stdout if stream is self._before["stdout"] else stream

    def lost(self) -> bool:
        """Write what is still to be written; say so, and return True, if something that has a reader could not be."""
        with suppress(OSError, ValueError):
            sys.stdout.flush()
        failure = self._raws["stdout"].failure if "stdout" in self._raws else None
        if failure is None or failure.errno in _READER_GONE:
            return False
        tell(f"lineage: standard output could not be written: {failure.strerror}; what was printed is lost\n")
        return True

    def restore(self) -> None:
        """Put the streams back that were there before."""
        for name, made in self._made.items():
            with suppress(ValueError):  # a step has closed it
                made.flush()
            if getattr(sys, name) is made:
                setattr(sys, name, self._before[name])


def _is_file(stream: Any, descriptor: int) -> bool:
    try:
        return isinstance(stream, io.TextIOWrapper) and stream.fileno() == descriptor
    except (OSError, ValueError):
        return False


def tell(text: str) -> None:
    """Write to standard error, as far as that is there and can be written to."""
    try:
        if sys.stderr is not None:
            sys.stderr.write(text)
            sys.stderr.flush()
    except (OSError, ValueError):
        _lead_nowhere(2)
