"""A process that has paid for imports, and forks one for each round of ``lineage watch``.

What is right about it: no module of the project is ever imported here, so each fork executes the project's modules
afresh, as `doit` does. Imported here are only modules that lie in the folders of installed packages or of Python
itself, which a fork was seen to import; their files are compared before each round, and if one has changed this process
starts itself anew. A project that changes the environment when it is imported, as it may before ``import keras``, gets
no warm imports at all: they would have seen another environment.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import IO, TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Fork", "Warm"]

_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_WATCH_SECONDS = 0.5
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: What a round needs of ours and of doit's; the rest comes as rounds are seen to need it.
_FIRST = (
    "doit.doit_cmd",
    "lineage.dodo.commands",
    "lineage.dodo.running",
    "lineage.dodo.confirm",
    "lineage.dodo.rounds",
)


class Warm:
    """The modules that this process has imported for its forks.

    Parameters
    ----------
    project : str
        The project's folder.
    cold : bool
        Import nothing but doit and lineage.

    Attributes
    ----------
    spoilt : str
        Why this process must not go on to fork; empty if it may.
    """

    def __init__(self, project: str, *, cold: bool = False) -> None:
        self.spoilt = ""
        self._cold = cold
        #: As it was before anything was imported: packages set defaults in it.
        self._environment = dict(os.environ)
        self._project = os.path.realpath(project) + os.sep
        self._files: dict[str, Any] = {}
        self._tried: set[str] = set()
        self._places = _installed()
        with _original_streams():
            for name in _FIRST:
                import_module(name)
        self._note()

    def take(self, modules: Iterable[str], environment: Mapping[str, str]) -> None:
        """Import what a fork has imported.

        Parameters
        ----------
        modules : iterable of str
            Those that lie in installed packages, in the order in which they were imported.
        environment : mapping
            Variables of the environment of that fork, after it has imported the project.
        """
        if self._cold:
            return
        with _original_streams(), _without(self._project):
            for name in modules:
                if name not in sys.modules and name not in self._tried:
                    self._tried.add(name)
                    with suppress(Exception, SystemExit):  # then each round pays for it
                        import_module(name)
        self._note()
        differing = sorted(name for name, value in environment.items() if os.environ.get(name) != value)
        if differing:
            self.spoilt = f"the project sets {', '.join(differing)} when it is imported"
        elif any(path.startswith(self._project) and not self._is_installed(path) for path in self._files):
            self.spoilt = "an installed package imports the project"

    @property
    def is_old(self) -> bool:
        """Whether something that is imported here is not as it is on disk any more."""
        from lineage.dodo.receipt import stat_of

        return any(stat_of(path) != stat for path, stat in self._files.items())

    def start_anew(self) -> NoReturn:
        """Be a new process with the same command; if this one is spoilt, one that keeps no imports."""
        words = sys.argv[1:]
        script = sys.orig_argv[1 : len(sys.orig_argv) - len(words)]
        cold = ["--cold"] if self.spoilt and "--cold" not in words else []
        sys.stdout.flush()
        os.execve(sys.executable, [sys.executable, *script, *words, *cold], self._environment)  # noqa: S606

    def installed(self) -> list[str]:
        """Return the names of the modules of this process that lie in installed packages (asked in a fork)."""
        found = []
        for name, module in list(sys.modules.items()):
            spec = getattr(module, "__spec__", None)
            path = getattr(module, "__file__", None)
            if spec is not None and isinstance(path, str) and name != "__main__" and self._is_installed(path):
                found.append(name)
        return found

    def _is_installed(self, path: str) -> bool:
        return os.path.realpath(path).startswith(self._places)

    def _note(self) -> None:
        from lineage.dodo.receipt import stat_of

        for module in list(sys.modules.values()):
            path = getattr(module, "__file__", None)
            if isinstance(path, str) and path not in self._files:
                self._files[path] = stat_of(path)


class Fork:
    """A process that does one thing, and gives back what is plain JSON.

    Parameters
    ----------
    work : callable
        What it does; it is given the file that takes what is printed there.
    """

    def __init__(self, work: Callable[[IO[bytes]], Any]) -> None:
        reading, writing = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        gc.freeze()  # so that a look for garbage in the fork copies nothing of what is here
        self._pipe = reading
        # Python runs hooks around a fork in which an exception is lost, and Ctrl-C would be with it.
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
        try:
            self._pid = os.fork()
            if self._pid == 0:
                os.close(reading)
                _be_a_fork(work, writing)
            os.close(writing)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)

    def is_ready(self, seconds: float) -> bool:
        """Wait a while for it to give something back; return whether it has, or has died."""
        return bool(select.select([self._pipe], [], [], seconds)[0])

    def result(self) -> Any:
        """Wait for it; return what it gave back, ``None`` if it has died before."""
        parts = []
        with open(self._pipe, "rb", closefd=False) as pipe:
            while part := pipe.read(1 << 16):
                parts.append(part)
        self._reap()
        text = b"".join(parts)
        return json.loads(text) if text else None

    def end(self) -> None:
        """Have it end in an orderly way, and wait for that."""
        if self._pid:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGTERM)
            self._reap()

    def _reap(self) -> None:
        pid, self._pid = self._pid, 0
        os.close(self._pipe)
        os.waitpid(pid, 0)


def _be_a_fork(work: Callable[[IO[bytes]], Any], pipe: int) -> None:
    parent = os.getppid()
    code = 1
    try:
        os.setpgid(0, 0)  # Ctrl-C is the parent's, which ends this process once
        for number in _ENDING:
            signal.signal(number, signal.SIG_DFL if number != signal.SIGINT else signal.default_int_handler)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
        _draw_anew()
        with tempfile.TemporaryFile() as printed:
            _print_to(printed.fileno())
            answer = json.dumps(work(printed)).encode()
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


def _end_with(parent: int) -> None:
    """End this process in an orderly way when its parent has died: nobody would see what it does."""
    while os.getppid() == parent:
        time.sleep(_WATCH_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


def _installed() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    places = {os.path.realpath(paths[name]) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    return tuple(f"{place}{os.sep}" for place in sorted({*places, _OURS}))


@contextmanager
def _original_streams() -> Iterator[None]:
    """Let doit note the streams that each fork has, and not those that stand in their place for this command."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


@contextmanager
def _without(project: str) -> Iterator[None]:
    """Import nothing from a folder meanwhile."""
    before = list(sys.path)
    sys.path[:] = [path for path in before if path and os.path.realpath(path) + os.sep != project]
    try:
        yield
    finally:
        sys.path[:] = before
