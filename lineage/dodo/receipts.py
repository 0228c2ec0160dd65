"""Write the receipt of a run in which nothing had to be done (`lineage.dodo.receipt`).

Whoever adds a kind of ingredient need not know this module: of what is not in `_KINDS`, no receipt is written, and the
next run looks at everything again, as it should.
"""

from __future__ import annotations

import marshal
import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from lineage.dodo.imported import engine, file_of, imported
from lineage.dodo.linking import is_blank, only_links, pipelines_only_link
from lineage.dodo.receipt import Beginning, path_of, read, seal, stamp, stat_of
from lineage.execute.memory import replace_file
from lineage.fingerprint.manifest import files as files_of

if TYPE_CHECKING:
    from lineage.dodo.session import Session
    from lineage.execute.outcome import Outcome
    from lineage.fingerprint.code import Project
    from lineage.model.plan import Call

__all__ = ["issue"]

Line = tuple[str, str, str]
"""name, what it put out, and what steps back"""

#: Ingredients that are parameters, artifacts, sources, installed distributions or single files.
_KINDS = frozenset({"scheme", "python", "code", "version", "package", "parameter", "input", "class", "path", "file"})
_DIGITS = 32  # of the digest of a file's content
_TICK = 20_000_000  # ns: file times move in steps of the kernel's clock tick
_COARSE = 2_000_000_000  # ns: on file systems that keep whole (or, FAT, even) seconds


def issue(began: Beginning, session: Session, lines: Sequence[Line], width: int, saved: float) -> None:
    """Write a receipt, if all that the command depended on is known and was last changed before it began.

    Parameters
    ----------
    began : Beginning
        The command.
    session : Session
        Its session; all of its steps are up to date.
    lines : sequence of (str, str, str)
        What it has printed.
    width : int
        Of the column of names.
    saved : float
        Seconds that its steps have taken once.
    """
    root, key = session.stack.project, began.key
    entry = str(session.project.entry)
    if key is None or os.name == "nt":  # there a file's times do not tell every change
        return
    if not session.stack.choice.is_default:  # what others record changes no file here
        return
    last = read(root)
    if last is not None and last[0] == key and last[1] is None and last[2] == stat_of(entry):
        return  # this dodo.py has been looked at: it does more than to link steps
    begun = int(began.moment * 1e9)
    if not only_links(_content(entry), lambda name: session.project.find_module(name) is not None):
        if _settled(stat_of(entry), begun):
            _write(root, (key, None, stat_of(entry)))
        return
    if not _only_links(session.project, began.executed):
        return
    looked_at = _Looks(session, begun)
    session.memory.save()
    anchor, confirmed = session.memory.anchor, session.memory.confirmed
    if not looked_at.complete or anchor is None or confirmed is None or session.memory.changed:
        return
    memory = stamp(session.memory.path)
    count = len(session.plan.calls)
    folders = {*looked_at.folders, *map(os.path.dirname, looked_at.sources)}
    state = (list(looked_at.files.items()), [(path, os.path.realpath(path)) for path in sorted(folders)], memory)
    _write(root, (key, *state, anchor, confirmed[0], count, saved, (width, list(lines))))


def _write(root: str, content: tuple[Any, ...]) -> None:
    try:
        replace_file(path_of(root), seal(marshal.dumps(content)))
    except OSError:
        return  # as any cache: what cannot be written costs time the next time


def _only_links(project: Project, executed: Iterable[str]) -> bool:
    """Whether nothing was executed to know the plan but statements that say the same each time."""
    entry = os.path.join(project.root, os.path.basename(str(project.entry)))
    own = file_of(sys.modules.get(os.path.splitext(os.path.basename(entry))[0]), project)

    def is_ours(name: str) -> bool:
        return (
            name != "__main__"
            and name in sys.modules
            and file_of(sys.modules[name], project) == project.find_module(name)
        )

    if own != entry or not only_links(_content(entry), is_ours):
        return False
    if not all(is_blank(_content(path)) for path in executed if os.path.realpath(path) != os.path.realpath(entry)):
        return False
    for each in imported(project):
        if each.path == entry:
            continue
        if not each.ours or (each.executed and not is_blank(_content(each.path))):
            return False
        if each.pipelines and not pipelines_only_link(_content(each.path), each.name, each.pipelines, is_ours):
            return False
    return True


def _content(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b"?"  # no Python


class _Looks:
    """What a run has looked at to find that all is up to date.

    Attributes
    ----------
    files : dict of str to tuple or None
        Each path with the stat that it has; ``None`` for what is not there.
    folders : set of str
        What has to be a folder, or a link that leads to the same one.
    sources : list of str
        The sources, for which that holds of the folders that they are in.
    complete : bool
        Whether that is all, as it was when it was looked at.
    """

    def __init__(self, session: Session, begun: int) -> None:
        self.session = session
        self.begun = begun
        self.files: dict[str, Any] = {}
        self.folders: set[str] = set()
        self.sources = [path for path, seen in session.project.looked_at() if seen is not None]
        self.complete = self._sources() and self._surroundings() and all(map(self._step, session.plan.calls))

    def _add(self, path: str, seen: Any = None) -> bool:
        """Note a file; return whether it is as it was `seen`, and was last changed before this command began."""
        now = stat_of(path)
        if path not in self.files:
            self.files[path] = now
        return (seen is None or tuple(seen) == now) and _settled(now, self.begun)

    def _missing(self, path: str) -> bool:
        self.files[path] = None
        return not os.path.lexists(path)

    def _sources(self) -> bool:
        """Note dodo.py, all sources, and where others could have been."""
        project = self.session.project
        if project.live is not None or project.texts or not self._add(str(project.entry)):
            return False
        for path, seen in project.looked_at():
            if seen is not None and os.path.isdir(path):
                self.folders.add(path)
            elif not (self._missing(path) if seen is None else self._add(path, seen)):
                return False
        return all(self._listed(path) for path in project.listed()) and self._imports()

    def _listed(self, folder: str) -> bool:
        """Note a folder of which the names count; what a link in it leads to is not seen by its times."""
        return self._add(folder) and not any(entry.is_symlink() for entry in os.scandir(folder))

    def _imports(self) -> bool:
        """Note what was imported to plan, where Python would have looked before, and what has planned it."""
        for each in imported(self.session.project):
            if (each.path and not self._add(each.path)) or not all(map(self._missing, each.before)):
                return False
        return all(map(self._add, engine()))

    def _surroundings(self) -> bool:
        """Note what is installed, what decides which modules are the project's, and that nobody has marked a task."""
        session = self.session
        source = os.path.join(session.stack.project, "src")
        maybe = [session.marks.path, os.path.join(source, "__init__.py")]
        # Where it may be said that another stack is to be used.
        maybe += [os.path.join(session.stack.project, "pyproject.toml"), session.stack.path("stack")]
        if os.path.isdir(source):
            self.folders.add(source)
        else:
            maybe.append(source)
        # Of a folder in which modules are installed, its mtime tells whether one has come or gone.
        places = [path for path in sys.path if os.path.realpath(path) != session.stack.project]
        return all(self._there_or_not(path) for path in (*maybe, *places))

    def _there_or_not(self, path: str) -> bool:
        return self._add(path) if os.path.lexists(path) else self._missing(path)

    def _step(self, call: Call) -> bool:
        """Note what a step depends on; return False if that may be more than files and what they say."""
        session = self.session
        outcome = session.evaluation.outcomes[call.index]
        if outcome is None or outcome.origin != "current":
            return False
        for entry in session.evaluation.entries(call):
            if entry.kind not in _KINDS or (entry.kind == "package" and not _is_version(entry.digest)):
                return False
        return self._packages(call) and self._inputs(call, outcome) and self._outputs(call, outcome)

    def _packages(self, call: Call) -> bool:
        """Note which folders, in which modules are installed, may come to hide a package of the step by an __init__."""
        ingredients = self.session.evaluation.ingredients
        if ingredients.closure(call.step) is None:
            return False
        names = {name for code in ingredients.closures(call).values() for name in code.packages}
        folders = (os.path.join(place, name) for place in map(str, sys.path) for name in names)
        return all(self._there_or_not(os.path.join(each, "__init__.py")) for each in folders if os.path.isdir(each))

    def _inputs(self, call: Call, outcome: Outcome) -> bool:
        """Note the files that a step is given, says that it depends on, or was seen to read."""
        ingredients = self.session.evaluation.ingredients
        found = [*files_of(call), *(name for name, _ in ingredients.files(call.step))]
        for entry in outcome.discovered:
            if entry.kind != "read" or len(entry.digest) != _DIGITS or entry.name.startswith("artifacts/"):
                return False
            found.append(entry.name)
        if any(any(letter in pattern for letter in "*?[") for pattern in ingredients.patterns(call.step)):
            return False
        return all(map(self._input, found))

    def _input(self, name: str) -> bool:
        known = self.session.memory.files.get(name)
        path = os.path.join(self.session.stack.project, name)
        return known is not None and os.path.isfile(path) and self._add(path, known[0])

    def _outputs(self, call: Call, outcome: Outcome) -> bool:
        """Note the readable paths: each leads to its object, and nobody has written to that."""
        known = self.session.memory.known(call.task)
        if known is None:
            return False
        root = self.session.stack.project
        pairs = zip(known.links, outcome.outputs, strict=True)
        return all(
            stored.format != "folder" and stored.stat is not None and self._add(os.path.join(root, link), stored.stat)
            for link, stored in pairs
        )


def _is_version(text: str) -> bool:
    """Whether it stands for an installed distribution, and not for a module without one, whose files count."""
    return text != "not installed" and not text.startswith("files ")


def _settled(stat: Any, begun: int) -> bool:
    """Whether what has a stat was last changed clearly before the command began: what it saw is what is there."""
    if stat is None:
        return False
    changed = max(stat[2], stat[3])
    coarse = stat[2] % 1_000_000_000 == 0 and stat[3] % 1_000_000_000 == 0
    return bool(changed + (_COARSE if coarse else _TICK) < begun)
