"""How Python tells of what a step looks at: an audit hook, and an environment that knows who asks.

``sys.addaudithook`` (PEP 578) hears of every file that Python code opens, every folder that it lists and every program
that it starts; a hook can never be taken away again, so there is one for a process, from its first step on, which does
nothing between steps. Nobody is told of ``os.environ`` and ``os.path.exists``; there we put ourselves in between.

What cannot be heard: files that a library's C or C++ code opens by itself, what programs read that is not named in
their command line (but for the sources of Python programs of the project), and worker processes that were not forked.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from lineage.errors import StepError
from lineage.execute import asking, leaving
from lineage.execute.ground import Ground
from lineage.execute.watch import Watch
from lineage.stack import READABLE

__all__ = ["ground_of", "watching"]

#: Who is at work: by thread.
_watches: dict[int, Watch] = {}
_installing = threading.Lock()
_installed = False
_grounds: dict[str, Ground] = {}


@contextmanager
def watching(watch: Watch) -> Iterator[None]:
    """Tell a watch what this thread looks at, and what threads look at that are nobody's.

    Parameters
    ----------
    watch : Watch
        That of the step which runs in this thread.
    """
    if not _installed:
        _install()
    asking.keep_up()
    ident = threading.get_ident()
    before = _watches.get(ident)
    _watches[ident] = watch
    try:
        yield
    finally:
        if before is None:
            del _watches[ident]
        else:
            _watches[ident] = before


def ground_of(root: str) -> Ground:
    """Return the ground of a project: one for a process, because it remembers what it has found out."""
    if root not in _grounds:
        _grounds[root] = Ground(root)
    return _grounds[root]


def _install() -> None:
    global _installed
    with _installing:
        if _installed:
            return
        _installed = True
        sys.addaudithook(_heard)
        os.register_at_fork(before=_before_fork, after_in_child=_after_fork_in_child)
        asking.install(_listening)
        leaving.listen(_listening)


def _before_fork() -> None:
    for watch in list(_watches.values()):
        watch.fork()


def _after_fork_in_child() -> None:
    for watch in list(_watches.values()):
        watch.enter_child()


def _listening() -> tuple[tuple[Watch, ...], bool]:
    """Return who has to know what this thread does, and whether it is a step's own thread.

    A thread that a step has started, perhaps long ago for another one, is not told apart: all steps that are at work
    take what it reads for theirs. That may be too much, and never too little.
    """
    watch = _watches.get(threading.get_ident())
    return ((watch,), True) if watch is not None else (tuple(_watches.values()), False)


# -- audit events ------------------------------------------------------------------------------------------------------


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    if not (_watches and _HANDLERS):  # where Python ends, they are None before the last events come
        return
    handler = _HANDLERS.get(event)
    if handler is not None:
        handler(arguments, sys._getframe(1))


def _opened(arguments: tuple[Any, ...], frame: FrameType) -> None:
    path, _, flags = arguments
    if isinstance(path, int):
        return
    watches, owned = _listening()
    # The import system opens hundreds of files, and none of them is data.
    if frame.f_code.co_name == "get_data" and str(path).endswith((".py", ".pyc")):
        if str(path).endswith(".pyc"):
            for watch in watches[:1]:
                watch.trusted(str(path))
        return
    for watch in watches:
        watch.opened(path, flags, frame, owned=owned)


def _listed(arguments: tuple[Any, ...], frame: FrameType) -> None:
    if asking.is_matching(frame):
        return
    path = "." if arguments[0] is None else arguments[0]
    if isinstance(path, int):
        path = _behind(path)
    watches, owned = _listening()
    for watch in watches:
        watch.listed(path, frame, owned=owned)


def _behind(descriptor: int) -> str | None:
    """Return the folder that a descriptor stands for (``os.fwalk``), ``None`` where the system does not tell."""
    try:
        return os.readlink(f"/proc/self/fd/{descriptor}")
    except OSError:
        return None


def _looked_for(arguments: tuple[Any, ...], frame: FrameType) -> None:
    pattern, _, folder, descriptor = arguments
    if descriptor is None:
        _look_for(os.path.join(_text(folder), _text(pattern)), frame)


def _path_looked_for(arguments: tuple[Any, ...], frame: FrameType) -> None:
    _look_for(os.path.join(arguments[0], _text(arguments[1])), frame)


def _path_looked_deep(arguments: tuple[Any, ...], frame: FrameType) -> None:
    _look_for(os.path.join(arguments[0], "**", _text(arguments[1])), frame)


def _look_for(pattern: str, frame: FrameType) -> None:
    watches, owned = _listening()
    for watch in watches:
        watch.looked_for(pattern, frame, owned=owned)


def _text(path: Any) -> str:
    return "" if path is None else os.fsdecode(path)


def _connected(arguments: tuple[Any, ...], frame: FrameType) -> None:
    path = os.fsdecode(arguments[0])
    if path.startswith("file:"):
        from urllib.parse import unquote

        path = unquote(path[5:].partition("?")[0].partition("#")[0])
        path = path[path.find("/", 2) :] if path.startswith("//") else path
    if path in ("", ":memory:"):
        return
    watches, owned = _listening()
    for watch in watches:
        watch.connected(path, frame, owned=owned)


def _loaded(arguments: tuple[Any, ...], frame: FrameType) -> None:
    """Take note of ``lineage.load`` and its like: of an artifact's current version by its readable path."""
    project, name, blob = arguments
    pipeline, _, short = name.partition("/")
    folder = os.path.join(project, READABLE, pipeline)
    links = [os.path.join(folder, each) for each in os.listdir(folder) if each.startswith(short)]
    watches, owned = _listening()
    for watch in watches:
        for link in links:
            if os.path.islink(link) and blob in os.readlink(link):
                watch.opened(link, os.O_RDONLY, watch.ground.beyond_lineage(frame), owned=owned)


def _wrote(arguments: tuple[Any, ...], frame: FrameType) -> None:
    _change(arguments[:1], arguments[1:])


def _moved(arguments: tuple[Any, ...], frame: FrameType) -> None:
    _change(arguments[:2], arguments[2:])


def _linked(arguments: tuple[Any, ...], frame: FrameType) -> None:
    _change(arguments[1:2], arguments[2:])


def _made_folder(arguments: tuple[Any, ...], frame: FrameType) -> None:
    _change(arguments[:1], arguments[2:], folder=True)


def _change(paths: tuple[Any, ...], folders: tuple[Any, ...], *, folder: bool = False) -> None:
    """Note that something is written, made or removed; what is relative to an open folder is left alone."""
    if any(each != -1 for each in folders):
        return
    for watch in _listening()[0]:
        for name in filter(None, map(watch.ground.name, paths)):
            if folder:
                watch.made_folder(name)
            else:
                watch.wrote(name)


def _started(arguments: tuple[Any, ...], frame: FrameType) -> None:
    _, words, folder, *_ = arguments
    _start(words if isinstance(words, list | tuple) else [words], folder, frame)


def _spawned(arguments: tuple[Any, ...], frame: FrameType) -> None:
    _start(list(arguments[1]), None, frame)


def _told_system(arguments: tuple[Any, ...], frame: FrameType) -> None:
    _start([arguments[0]], None, frame)


def _start(words: Any, folder: Any, frame: FrameType) -> None:
    watches, owned = _listening()
    for watch in watches:
        watch.started(words, folder, frame, owned=owned)


def _executed(arguments: tuple[Any, ...], frame: FrameType) -> None:
    code = arguments[0]
    if getattr(code, "co_name", "") == "<module>" and code.co_filename.endswith(".py"):
        watches, owned = _listening()
        for watch in watches:
            watch.executed(code.co_filename, frame, owned=owned)


def _went(arguments: tuple[Any, ...], frame: FrameType) -> None:
    """Refuse a step that changes the working folder of others, which are or may come to be at work in other threads."""
    watch = _watches.get(threading.get_ident())
    if watch is None or watch.in_child or threading.current_thread() is threading.main_thread():
        return
    raise StepError(
        "a step changes the working folder (os.chdir) in a thread (-P thread)",
        why="a process has one working folder: steps in other threads would read and write relative paths there",
        fix="use paths (Path(folder) / name, subprocess.run(..., cwd=folder)), or run without -P thread",
    )


def _unpickled(arguments: tuple[Any, ...], frame: FrameType) -> None:
    path = getattr(sys.modules.get(arguments[0]), "__file__", None)
    watches, owned = _listening()
    for watch in watches:
        for found in [path] if path else _files_of(watch, arguments[0]):
            watch.unpickled(found, frame, owned=owned)


def _files_of(watch: Watch, module: str) -> list[str]:
    from lineage.fingerprint.programs import module_files

    return module_files(watch.ground.root, module, watch.ground.root)


_HANDLERS: dict[str, Callable[[tuple[Any, ...], FrameType], None]] = {
    "open": _opened,
    "os.listdir": _listed,
    "os.scandir": _listed,
    "glob.glob/2": _looked_for,
    "pathlib.Path.glob": _path_looked_for,
    "pathlib.Path.rglob": _path_looked_deep,
    "sqlite3.connect": _connected,
    "lineage.load": _loaded,
    "os.remove": _wrote,
    "os.rmdir": _wrote,
    "os.truncate": lambda arguments, frame: _change(arguments[:1], ()),
    "os.rename": _moved,
    "os.link": _linked,
    "os.symlink": _linked,
    "os.mkdir": _made_folder,
    "subprocess.Popen": _started,
    "os.posix_spawn": _spawned,
    "os.system": _told_system,
    "os.exec": leaving.became,
    "exec": _executed,
    "os.chdir": _went,
    "ctypes.dlsym": leaving.looked_up,
    "pickle.find_class": _unpickled,
}
