"""The processes of ``lineage watch``: how they are forked, waited for and ended.

No exception is raised wherever a signal happens to come: Python runs code in which one is lost (hooks around a fork,
finalizers, imports that pass over whatever is raised), and with it Ctrl-C would be. Signals are noted, and looked for
at each wait.
"""

from __future__ import annotations

import gc
import json
import math
import os
import select
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import IO, Any, NoReturn, Protocol

__all__ = ["ENDING", "Asked", "Child", "Keeper", "end_with", "fork"]

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LOOK_SECONDS = 0.1
_END_SECONDS = 0.01
_WATCH_SECONDS = 0.5
#: Seconds after which a process that was told to end is told again: its code may have lost the exception.
_PATIENCE = 10.0

Work = Callable[[IO[bytes]], Any]


class Asked:
    """Whether somebody has asked this command to end, by Ctrl-C, SIGTERM or SIGHUP.

    Attributes
    ----------
    times : int
        How often.
    """

    def __init__(self) -> None:
        self.times = 0
        self._breaks = False

    def heed(self) -> None:
        """Take the signals, but for those that this process has been told to ignore."""
        for number in ENDING:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._hear)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self.times += 1
        if self._breaks:
            raise KeyboardInterrupt

    def ignore(self) -> None:
        """Ignore the signals from now on: all is ended, and one more would only change the exit code."""
        for number in ENDING:
            signal.signal(number, signal.SIG_IGN)

    def check(self) -> None:
        """Raise `KeyboardInterrupt` if somebody has."""
        if self.times:
            raise KeyboardInterrupt

    def wait(self, pipe: int, seconds: float = _LOOK_SECONDS) -> bool:
        """Wait a while; return whether something can be read."""
        self.check()
        ready = select.select([pipe], [], [], seconds)[0]
        self.check()
        return bool(ready)

    def pause(self, seconds: float) -> None:
        """Let some time pass; raise `KeyboardInterrupt` if somebody has."""
        self.check()
        time.sleep(seconds)
        self.check()

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Raise `KeyboardInterrupt` wherever a signal comes: what is done here may wait for others for ever."""
        self._breaks = True
        try:
            self.check()
            yield
        finally:
            self._breaks = False


class Keeper(Protocol):
    """The parent of a process."""

    def has_ended(self, pid: int) -> bool:
        """Whether it is over; its number may be another's afterwards."""


class _Here:
    """The process itself is the parent."""

    def has_ended(self, pid: int) -> bool:
        return os.waitpid(pid, os.WNOHANG)[0] == pid


class Child:
    """A process that does one thing, and gives back what is plain JSON.

    Parameters
    ----------
    pid : int
        Its number.
    pipe : int
        Where it writes the answer to, on a line. That the pipe is closed tells nothing: what a step has left behind may
        hold it open.
    keeper : Keeper
        Its parent.
    """

    def __init__(self, pid: int, pipe: int, keeper: Keeper) -> None:
        self._pid = pid
        self._pipe = pipe
        self._keeper = keeper
        self._text = b""
        self._is_over = False

    def answer(self) -> tuple[bool, Any]:
        """Return whether it has answered or died, and the answer, ``None`` if it has died before; never wait."""
        over = self._is_over or self._has_ended()
        while select.select([self._pipe], [], [], 0)[0]:
            part = os.read(self._pipe, 1 << 16)
            self._text += part
            if not part:
                break
        if self._text.endswith(b"\n"):
            return True, json.loads(self._text)
        return over, None

    def result(self, asked: Asked, meanwhile: Callable[[], None] = lambda: None) -> Any:
        """Wait for it; return what it gave back, ``None`` if it has died before."""
        while True:
            asked.wait(self._pipe)
            meanwhile()
            done, answer = self.answer()
            if done:
                self.leave(asked)
                return answer

    def end(self, asked: Asked, kill_after: float = math.inf) -> None:
        """Have it end in an orderly way, and wait for that; the more often somebody asks, the less orderly."""
        if not self._is_over:
            self._tell(signal.SIGTERM)
            self.leave(asked, kill_after)

    def leave(self, asked: Asked, kill_after: float = math.inf) -> None:
        """Wait until it is over; after some seconds see to that."""
        first = told = asked.times
        began = last = time.monotonic()
        while not self._is_over and not self._has_ended():
            if asked.times > first + 1 or time.monotonic() > began + kill_after:
                self._kill()
            elif asked.times > told or time.monotonic() > last + _PATIENCE:
                # A run that is being interrupted ignores SIGTERM, so that its record is not cut off.
                self._tell(signal.SIGINT)
                told, last = asked.times, time.monotonic()
            time.sleep(_END_SECONDS)
        self.close()

    def close(self) -> None:
        """Give back the descriptor."""
        if self._pipe >= 0:
            os.close(self._pipe)
            self._pipe = -1

    def _has_ended(self) -> bool:
        self._is_over = self._is_over or self._keeper.has_ended(self._pid)
        return self._is_over

    def _tell(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(self._pid, number)

    def _kill(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._pid, signal.SIGKILL)


def fork(work: Work) -> Child:
    """Fork this process; the child does something, and is over.

    Parameters
    ----------
    work : callable
        What it does; it is given the file that takes what is printed there, and returns what is plain JSON.
    """
    reading, writing = os.pipe()
    return Child(split(work, writing, but=(reading,)), reading, _Here())


def split(work: Work, writing: int, but: tuple[int, ...] = ()) -> int:
    """Fork, and close the end of the pipe that is the child's; return the child's number."""
    sys.stdout.flush()
    sys.stderr.flush()
    gc.freeze()  # so that a look for garbage in the fork copies nothing of what is here
    # In the child a signal must find a handler that ends it, and not the one of here.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        pid = os.fork()
        if pid == 0:
            for each in but:
                os.close(each)
            _be_a_fork(work, writing)
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
    os.close(writing)
    return pid


def _be_a_fork(work: Work, pipe: int) -> NoReturn:
    parent = os.getppid()
    code = 1
    try:
        os.setpgid(0, 0)  # Ctrl-C is for who watches, who ends this process once
        for number in ENDING:
            signal.signal(number, signal.SIG_DFL if number != signal.SIGINT else signal.default_int_handler)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
        threading.Thread(target=end_with, args=(parent,), daemon=True).start()
        _draw_anew()
        with tempfile.TemporaryFile() as printed:
            _print_to(printed.fileno())
            answer = json.dumps(work(printed)).encode() + b"\n"
            while answer:
                answer = answer[os.write(pipe, answer) :]
        code = 0
    except KeyboardInterrupt:
        code = 130
    finally:
        os._exit(code)


def _print_to(file: int) -> None:
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.close(nowhere)
    os.dup2(file, 1)
    os.dup2(file, 2)
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__


def _draw_anew() -> None:
    """Let numpy's global generator begin anywhere, as it does in a new process; `random` does so itself."""
    random = sys.modules.get("numpy.random")
    if random is not None:
        random.seed(None)


def end_with(parent: int, until: threading.Event | None = None) -> None:
    """End this process in an orderly way when its parent has died: nobody would see what it does."""
    until = until or threading.Event()
    while os.getppid() == parent:
        if until.wait(_WATCH_SECONDS):
            return
    os.kill(os.getpid(), signal.SIGTERM)
