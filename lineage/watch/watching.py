"""Notices that files have changed, by looking at them: that works with every editor and on every file system."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lineage.dodo.surroundings import git_folder
from lineage.stack import READABLE

__all__ = ["Snapshot", "Unsure", "Watched", "changed_since", "expect_change", "really_changed"]

Snapshot = dict[str, Any]
"""path -> stat, names of a folder, ``None`` where nothing is, or `Unsure`"""

_SHORTEST, _LONGEST = 0.1, 0.5  # seconds between two looks
_QUIET = 0.03  # seconds without a further change, after which a change is whole: editors save several files, in pieces
_CALM = 0.15  # the same where several files have changed: by another branch, or by a tool that goes through all
_PIECES = 0.3  # the same where a file is gone, or empty
_STORM = 5.0  # seconds after which a change counts as it is, though it may go on
_SHARE = 20  # looking takes at most so small a share of the time
_MOST = 20_000  # entries of the project that are gone through for sources
_RESTLESS = 4  # rounds on end in which a file changes while they run
_SETTINGS = ("pyproject.toml", "doit.cfg", "dodo.py")
_NOT_SOURCES = frozenset({READABLE, "node_modules", "__pycache__", "site-packages"})


@dataclass(frozen=True)
class Unsure:
    """The state of a file that may have been read before it was written: while a round ran, or before anybody looked.

    No state is equal to it, so the file counts as changed; that is no news if nothing has to run for it.
    """

    state: Any


class Watched:
    """The files of a project that a run depends on.

    All sources of the project count, and what the last survey named besides.

    Parameters
    ----------
    project : str
        The project's folder.
    """

    def __init__(self, project: str) -> None:
        self._project = project
        self._files: set[str] = set()
        self._folders: set[str] = set()
        self._trees: set[str] = set()
        self._made: set[str] = set()
        self._added: set[str] = set()
        #: Files that changed in each of the last rounds while they ran, with how many these are.
        self._restless: dict[str, int] = {}

    def __len__(self) -> int:
        return sum(stat is not None for stat in self.look().values())

    def learn(self, found: dict[str, Any], before: Snapshot, began: float) -> None:
        """Take over what a survey has found.

        Parameters
        ----------
        found : dict
            As `lineage.watch.rounds.survey` gives it; of an empty one nothing is known, and what was known stays.
        before : dict
            The state before the last round. What is new comes to it as it is now; what has been written since the round
            `began` may have been read before that, and so counts as changed.
        began : float
            In seconds since the epoch.
        """
        if found:
            self._files, self._folders = set(found["files"]), set(found["folders"])
            self._trees, self._made = set(found["trees"]), set(found["made"])
        for path, state in self.look().items():
            if path not in before:
                before[path] = Unsure(state) if _is_later(state, began) else state

    def add(self, paths: Sequence[str]) -> None:
        """Watch what failed steps have looked at, instead of what others had before: to mend it may mend them."""
        self._added = set(paths)

    def look(self) -> Snapshot:
        """Return the state of all files."""
        found = {path: _state(path) for path in (*self._files, *self._sources())}
        found |= {path: _names(path) if os.path.isdir(path) else _state(path) for path in self._added}
        for tree in self._trees:
            found |= {path: _state(path) for path in _below(tree)}
        found |= {folder: _names(folder) for folder in self._folders}
        for path in self._made | {path for path, times in self._restless.items() if times >= _RESTLESS}:
            found.pop(path, None)
        return found

    def is_being_checked_out(self) -> bool:
        """Whether git is changing the files of the project; a lock that a killed one has left is older."""
        folder = git_folder(self._project)
        lock = folder and _state(os.path.join(folder, "index.lock"))
        return isinstance(lock, tuple) and time.time() - lock[2] / 1e9 < _STORM

    def _sources(self) -> Iterator[str]:
        """Yield the project's modules, also those that nothing imports yet."""
        yield from (os.path.join(self._project, name) for name in _SETTINGS)
        left, folders = _MOST, [self._project]
        while folders and left > 0:
            try:
                entries = list(os.scandir(folders.pop()))
            except OSError:
                continue
            left -= len(entries)
            names = {entry.name for entry in entries}
            for entry in entries if "pyvenv.cfg" not in names else ():
                if entry.name.endswith(".py"):
                    yield entry.path
                elif entry.name[0] != "." and entry.name not in _NOT_SOURCES and entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)

    def restless(self, changed: Sequence[str]) -> list[str]:
        """Note what has changed while a round ran; return what has done so too often, and is watched no longer.

        A task that runs each time and writes what another one reads would keep the rounds going for ever.
        """
        self._restless = {path: self._restless.get(path, 0) + 1 for path in changed if not path.endswith(".py")} | {
            path: times for path, times in self._restless.items() if times >= _RESTLESS
        }
        return [path for path in changed if self._restless.get(path) == _RESTLESS]


def changed_since(before: Snapshot, now: Snapshot) -> list[str]:
    """Return the paths whose state differs, of those that are looked at in both, and sources that have come or gone."""
    differing = {path for path, state in now.items() if path in before and before[path] != state}
    new = {path for path, state in now.items() if path not in before and state is not None and path.endswith(".py")}
    gone = {
        path
        for path, state in before.items()
        if path not in now and state is not None and path.endswith(".py") and _state(path) is None
    }
    return sorted(differing | new | gone)


def really_changed(changed: Sequence[str], before: Snapshot, now: Snapshot) -> list[str]:
    """Return those whose state is another one now; all, if each may only have been written before it was looked at."""

    def is_sure(path: str) -> bool:
        earlier = before.get(path)
        return not (isinstance(earlier, Unsure) and earlier.state == now.get(path))

    return [path for path in changed if is_sure(path)] or [*changed]


def expect_change(watched: Watched, before: Snapshot, pause: Callable[[float], None]) -> tuple[list[str], Snapshot]:
    """Wait until something has changed and nothing changes any more; return what, and the state now.

    Parameters
    ----------
    watched : Watched
        The files.
    before : dict
        Their state before.
    pause : callable
        Lets some seconds pass.
    """
    while True:
        began = time.perf_counter()
        now = watched.look()
        changed = changed_since(before, now)
        if changed:
            now = _settled(watched, before, now, pause)
            if changed := changed_since(before, now):  # it may be as it was
                return changed, now
        took = time.perf_counter() - began
        pause(min(max(_SHORTEST, took * _SHARE), _LONGEST))


def _settled(watched: Watched, before: Snapshot, now: Snapshot, pause: Callable[[float], None]) -> Snapshot:
    """Wait until nothing changes any more, and no file seems to be written just now."""
    began = calm = time.perf_counter()
    while (at := time.perf_counter()) < began + _STORM:
        changed = changed_since(before, now)
        if at - calm >= (_QUIET if len(changed) == 1 else _CALM) and not (
            (at - calm < _PIECES and any(_in_pieces(before.get(path), now.get(path)) for path in changed))
            or watched.is_being_checked_out()
        ):
            break
        pause(_QUIET)
        later = watched.look()
        if later != now:
            now, calm = later, time.perf_counter()
    return now


def _in_pieces(before: Any, now: Any) -> bool:
    """Whether a file is gone or empty now: some editors write the new one after that."""
    earlier = before.state if isinstance(before, Unsure) else before
    return isinstance(earlier, tuple) and (now is None or (isinstance(now, tuple) and len(now) == 4 and now[1] == 0))


def _state(path: str) -> Any:
    """Return what tells that a file has changed; of a folder only that it is one, since its times tell of others."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    if not os.path.isdir(path):
        return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
    return "folder"


def _names(folder: str) -> Any:
    try:
        return tuple(sorted(name for name in os.listdir(folder) if name != "__pycache__" and name[0] != "."))
    except OSError:
        return None


def _below(tree: str) -> Iterator[str]:
    for folder, folders, files in os.walk(tree):
        folders[:] = [name for name in folders if name[0] != "."]
        yield from (os.path.join(folder, name) for name in files)


def _is_later(state: Any, began: float) -> bool:
    return isinstance(state, tuple) and len(state) == 4 and max(state[2], state[3]) >= (began - 0.05) * 1e9
