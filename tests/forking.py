"""Commands as forks of a Python that has imported doit, numpy and lineage already.

Nearly all that a small `doit` of a test costs is importing, and there are thousands of them. So commands are forks of
one parent (tests/forking_parent.py) instead of processes of their own: the same console script, with its own arguments,
environment, folder, streams, session and end, imports the project afresh. A second parent has imported scikit-learn and
Bokeh too, for the few that need them.

What the difference could hide is tested with fresh processes: where a test says so (`Project.fresh`), where the
environment has something to say to Python itself, and everywhere with ``LINEAGE_TESTS=fresh``, as .ci/run has some
files on the other versions of Python. What a command imports is asked of fresh ones only.
"""

from __future__ import annotations

import atexit
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["Forked", "can_fork", "heed_signals"]

#: What else than Python's own names changes a process before its first line.
_EARLY = ("PYTHON", "LD_", "OPENBLAS", "MKL", "MALLOC", "GLIBC")
_PARENT = Path(__file__).with_name("forking_parent.py")


def can_fork(argv: tuple[str, ...], env: Mapping[str, str]) -> bool:
    """Whether a command would be the same as a fork."""
    if os.environ.get("LINEAGE_TESTS") == "fresh" or env.get("LANG") != "C.UTF-8" or env.get("OMP_NUM_THREADS") != "1":
        return False
    if any(name.startswith(_EARLY) or name == "LC_ALL" for name in env):
        return False
    scripts = {str(Path(sys.executable).parent / name) for name in ("doit", "lineage")}
    return argv[0] in scripts or (argv[0] == sys.executable and len(argv) > 2 and argv[1] == "-c")


def heed_signals() -> None:
    """Undo what shells do to background jobs, and `nohup`: these ignore signals, and so would all that tests start."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


class Forked(subprocess.Popen[str]):
    """A command that is a fork of the parent: to be used as any other process that was started."""

    _answers: socket.socket

    def _execute_child(self, *given: Any) -> None:
        # As Python has it since 3.11: arguments, ..., folder, environment, ..., and the ends of the pipes.
        args, cwd, env = given[0], given[5], given[6]
        stdin, stdout, stderr = given[10], given[13], given[15]
        words = list(args[1:] if args[0] == sys.executable else args)
        message = json.dumps({"argv": words, "cwd": str(cwd), "env": dict(env)}).encode()
        self._answers, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            _parent(large=_large(words, cwd, env)).ask(message, [stdin, stdout, stderr, theirs.fileno()])
        for fd in {stdin, stdout, stderr}:
            os.close(fd)
        said = self._answers.recv(100).split()
        if said[0] != b"started":
            raise OSError(f"{args} cannot be started in {cwd}")
        self.pid = int(said[1])
        self._child_created = True

    def _answered(self, wait: float | None) -> int | None:
        if self.returncode is None:
            self._answers.settimeout(wait)
            try:
                self.returncode = int(self._answers.recv(100))
            except (BlockingIOError, TimeoutError):
                return None
            self._answers.close()
        return self.returncode

    def _internal_poll(self, *_: Any, **__: Any) -> int | None:
        return self._answered(0)

    def _wait(self, timeout: float | None) -> int:
        found = self._answered(timeout)
        if found is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return found


class _Parent:
    """A parent of forks of this process, started when the first is asked for."""

    def __init__(self, large: bool) -> None:
        here, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.requests = here
        self.lock = threading.Lock()
        environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1"}
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, str(_PARENT), str(theirs.fileno()), "large" if large else "small"],
                env=environment,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                preexec_fn=heed_signals,
            )
        atexit.register(self.end)

    def ask(self, message: bytes, fds: list[int]) -> None:
        """Ask for a fork."""
        with self.lock:
            socket.send_fds(self.requests, [message], fds)

    def end(self) -> None:
        """Let it end."""
        self.requests.close()
        self.process.wait(10)


_parents: dict[tuple[int, bool], _Parent] = {}


def _parent(large: bool) -> _Parent:
    """Return a parent of this process's forks: a process that was itself forked has one of its own."""
    key = os.getpid(), large
    if key not in _parents:
        _parents[key] = _Parent(large)
    return _parents[key]


def _large(words: list[str], cwd: str | Path, env: Mapping[str, str]) -> bool:
    """Whether a command seems to need what is large to import; one that does without being seen imports it itself."""
    said = " ".join([*words, *env.values()])
    if "dashboard" in said or "postgresql:" in said:
        return True
    sources = (path for pattern in ("*.py", "*/*.py") for path in Path(cwd).glob(pattern))
    return any(b"sklearn" in path.read_bytes() for path in itertools.islice(sources, 20) if path.is_file())
