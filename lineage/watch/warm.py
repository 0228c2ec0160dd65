"""A process that pays for imports while nobody waits, and forks one for each round of ``lineage watch``.

What is right about it: no module of the project is ever imported there, so each fork executes the project's modules
afresh, as `doit` does. Imported are only modules that lie in the folders of installed packages or of Python itself,
which a fork was seen to import; their files are compared before each round, and if one has changed a new warm process
takes its place. A project that changes the environment when it is imported, as it may before ``import keras``, gets no
warm imports at all: they would have seen another environment.

It is a process of its own, so that neither an edit nor Ctrl-C ever waits for an import that they do not need: until it
is ready, rounds are forked from the process that watches, and import for themselves.
"""

from __future__ import annotations

import json
import math
import os
import select
import signal
import socket
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

from lineage.dodo.receipt import stat_of
from lineage.watch.forks import ENDING, Asked, Child, Work, end_with, fork, split

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Imported", "Warm", "installed"]

_OURS = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
_MOST = 1 << 16  # bytes that are read at a time
#: What a round needs of ours and of doit's; the rest comes as rounds are seen to need it.
_FIRST = (
    "doit.doit_cmd",
    "lineage.dodo.commands",
    "lineage.dodo.running",
    "lineage.dodo.confirm",
    "lineage.watch.rounds",
)


class Warm:
    """What rounds are forked from: the warm process if it is ready, else this one.

    Parameters
    ----------
    project : str
        The project's folder.
    works : mapping
        What there is to do, by a name.
    asked : Asked
        Tells whether this command is to end.
    cold : bool
        Import nothing but doit and lineage.
    """

    def __init__(self, project: str, works: Mapping[str, Work], asked: Asked, *, cold: bool = False) -> None:
        #: As it was before anything was imported: packages set defaults in it.
        self._environment = dict(os.environ)
        self._project = os.path.realpath(project) + os.sep
        self._works = works
        self._asked = asked
        self._is_cold = cold
        self._process: _Process | None = None
        self._scout: Child | None = None
        self._due, self._calm = math.inf, 0.0
        self._wanted: dict[str, Any] | None = None
        self._taken: dict[str, Any] | None = None
        with _original_streams():
            for name in _FIRST:
                import_module(name)
        self._imported = Imported()

    def fork(self, name: str) -> Child:
        """Fork a process that does what goes by this name."""
        if self._due != math.inf:
            self.scout(self._calm)
        if self._process is not None and self._process.is_ready:
            child = self._process.fork(name)
            if child is not None:
                return child
            self._drop()
            self._wanted = self._taken
        return fork(self._works[name])

    def scout(self, calm: float = 0) -> None:
        """Find out what the project imports now, when nothing has been asked for some seconds."""
        if not self._is_cold:
            self._calm, self._due = calm, time.monotonic() + calm

    def attend(self) -> str:
        """Go on with what goes on beside; never wait. Return what is to be said of it, mostly nothing."""
        if self._scout is None and time.monotonic() >= self._due:
            self._due = math.inf
            self._scout = self.fork("scout")
        if self._scout is not None:
            done, found = self._scout.answer()
            if done:
                self._scout.leave(self._asked)
                self._scout, self._wanted = None, found or self._wanted
        if self._process is not None and not self._process.is_ready:
            return self._note(self._process.said())
        if self._wanted is not None and self._scout is None:
            self._take(self._wanted)
        return ""

    def _take(self, wanted: dict[str, Any]) -> None:
        if self._process is None:
            self._process, self._taken = _Process(self._project, self._works), None
        if wanted == self._taken:
            self._wanted = None
        elif not self._process.has_children:  # it could not tell of them while it imports
            self._process.take(wanted)
            self._wanted, self._taken = None, wanted

    def _note(self, said: dict[str, Any] | None) -> str:
        if said is None or not said["spoilt"]:
            return ""
        self._drop()
        self._is_cold = True
        return f"no imports are kept: {said['spoilt']}\n"

    def _drop(self) -> None:
        if self._process is not None:
            self._process.end()
            self._process = None

    @property
    def is_old(self) -> bool:
        """Whether doit or lineage are not as they are on disk any more."""
        return self._imported.is_old

    def end(self) -> None:
        """End all that goes on beside."""
        if self._scout is not None:
            self._scout.end(self._asked)
            self._scout = None
        self._drop()

    def start_anew(self) -> NoReturn:
        """Be a new process with the same command."""
        self.end()
        words = sys.argv[1:]
        script = sys.orig_argv[1 : len(sys.orig_argv) - len(words)]
        sys.stdout.flush()
        os.execve(sys.executable, [sys.executable, *script, *words], self._environment)  # noqa: S606


class _Process:
    """The warm process, as it is spoken to: a line as JSON there, a line back."""

    def __init__(self, project: str, works: Mapping[str, Work]) -> None:
        self._line, theirs = socket.socketpair()
        self._text = b""
        self._children: set[int] = set()
        self.is_ready = False
        self._pid = _start(lambda: _Serving(project, works, theirs).serve(), but=self._line)
        theirs.close()

    @property
    def has_children(self) -> bool:
        return bool(self._children)

    def take(self, wanted: dict[str, Any]) -> None:
        """Have it import modules; it is not ready until it has said so."""
        self.is_ready = False
        self._send({"do": "take", **wanted})

    def said(self) -> dict[str, Any] | None:
        """Return what it says when it has imported them; ``None`` as long as it is at it."""
        if not self._text.endswith(b"\n") and select.select([self._line], [], [], 0)[0]:
            part = self._receive()
            if not part:
                return {"spoilt": "the process that imports them has died"}
            self._text += part
        if not self._text.endswith(b"\n"):
            return None
        said: dict[str, Any] = json.loads(self._text)
        self._text, self.is_ready = b"", not said["spoilt"]
        return said

    def fork(self, name: str) -> Child | None:
        """Have it fork; ``None`` if it cannot, since what it has imported is old, or it has died."""
        reading, writing = os.pipe()
        said = self._ask({"do": "fork", "name": name}, writing)
        os.close(writing)
        if not said or not said["pid"]:
            os.close(reading)
            return None
        self._children.add(said["pid"])
        return Child(said["pid"], reading, self)

    def has_ended(self, pid: int) -> bool:
        """Whether a child of it is over. If it has died itself, its children end, and somebody else sees to them."""
        said = self._ask({"do": "reap", "pid": pid})
        over = not _is_there(pid) if said is None else bool(said["over"])
        if over:
            self._children.discard(pid)
        return over

    def end(self) -> None:
        """Kill it: it has nothing that could be lost. What it has forked ends with it."""
        self._line.close()
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)

    def _ask(self, question: dict[str, Any], *files: int) -> dict[str, Any] | None:
        self._send(question, *files)
        text = b""
        while not text.endswith(b"\n"):
            part = self._receive()
            if not part:
                return None
            text += part
        found: dict[str, Any] = json.loads(text)
        return found

    def _send(self, question: dict[str, Any], *files: int) -> None:
        text = json.dumps(question).encode() + b"\n"
        with suppress(OSError):  # it has died, which its answer tells
            sent = socket.send_fds(self._line, [text], files) if files else 0
            self._line.sendall(text[sent:])

    def _receive(self) -> bytes:
        try:
            return self._line.recv(_MOST)
        except OSError:
            return b""


class _Serving:
    """The warm process from inside."""

    def __init__(self, project: str, works: Mapping[str, Work], line: socket.socket) -> None:
        self._project = project
        self._works = works
        self._line = line
        self._imported = Imported()
        self._tried: set[str] = set()

    def serve(self) -> None:
        text, files = b"", list[int]()
        while True:
            part, came, *_ = socket.recv_fds(self._line, _MOST, 1)
            if not part:
                return  # who watches is gone
            text, files = text + part, files + came
            if text.endswith(b"\n"):
                said = self._do(json.loads(text), files)
                self._line.sendall(json.dumps(said).encode() + b"\n")
                text, files = b"", []

    def _do(self, asked: dict[str, Any], files: list[int]) -> dict[str, Any]:
        if asked["do"] == "take":
            return {"spoilt": self._take(asked["modules"], asked["environment"])}
        if asked["do"] == "reap":
            return {"over": os.waitpid(asked["pid"], os.WNOHANG)[0] == asked["pid"]}
        if self._imported.is_old:
            os.close(files[0])
            return {"pid": 0}
        return {"pid": split(self._works[asked["name"]], files[0], but=(self._line.fileno(),))}

    def _take(self, modules: Iterable[str], environment: Mapping[str, str]) -> str:
        """Import what a fork has imported; return why no round must be forked from here then."""
        with _ending_with_parent(), _without(self._project):
            for name in modules:
                if name not in sys.modules and name not in self._tried:
                    self._tried.add(name)
                    with suppress(Exception, SystemExit):  # then each round pays for it
                        import_module(name)
        self._imported.note()
        differing = sorted(name for name, value in environment.items() if os.environ.get(name) != value)
        if differing:
            return f"the project sets {', '.join(differing)} when it is imported"
        places = _places()
        if any(path.startswith(self._project) and not _is_in(path, places) for path in self._imported.files):
            return "an installed package imports the project"
        return ""


class Imported:
    """The files of the modules of a process, as they were when they were imported."""

    def __init__(self) -> None:
        self.files: dict[str, Any] = {}
        self.note()

    def note(self) -> None:
        """Note those that have come. The script is none of them: it may be in a ``.venv`` in the project."""
        script = getattr(sys.modules["__main__"], "__file__", None)  # which has other names too
        for module in list(sys.modules.values()):
            path = getattr(module, "__file__", None)
            if isinstance(path, str) and path not in self.files and path != script:
                self.files[path] = stat_of(path)

    @property
    def is_old(self) -> bool:
        """Whether one is not as it is on disk any more."""
        return any(stat_of(path) != stat for path, stat in self.files.items())


def installed() -> list[str]:
    """Return the names of the modules of this process that lie in installed packages."""
    found, places = [], _places()
    for name, module in list(sys.modules.items()):
        spec = getattr(module, "__spec__", None)
        path = getattr(module, "__file__", None)
        if spec is not None and isinstance(path, str) and name != "__main__" and _is_in(path, places):
            found.append(name)
    return found


def _places() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    places = {os.path.realpath(paths[name]) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    return tuple(f"{place}{os.sep}" for place in sorted({*places, _OURS}))


def _is_in(path: str, places: tuple[str, ...]) -> bool:
    return os.path.realpath(path).startswith(places)


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _start(serve: Callable[[], None], but: socket.socket) -> int:
    """Fork a process that serves until who watches is gone."""
    sys.stdout.flush()
    sys.stderr.flush()
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        pid = os.fork()
        if pid == 0:
            _be_warm(serve, but)
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
    return pid


def _be_warm(serve: Callable[[], None], but: socket.socket) -> NoReturn:
    try:
        os.setpgid(0, 0)
        but.close()
        for number in ENDING:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        os.close(nowhere)
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
        serve()
    finally:
        os._exit(0)


@contextmanager
def _ending_with_parent() -> Iterator[None]:
    """End this process if its parent dies meanwhile: an import may take for ever. No thread is left for a fork."""
    until = threading.Event()
    thread = threading.Thread(target=end_with, args=(os.getppid(), until), daemon=True)
    thread.start()
    try:
        yield
    finally:
        until.set()
        thread.join()


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
