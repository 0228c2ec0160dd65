"""The project's code: its files, its modules, and the digest of all code that a function depends on."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lineage.fingerprint.files import IndexFolder, Known, Snapshot, Stat, checked, sealed, write_atomically
from lineage.fingerprint.modules import Modules, source_roots
from lineage.fingerprint.source import FORMAT, SourceIndex

if TYPE_CHECKING:
    from lineage.fingerprint.live import Live

__all__ = ["Code", "CodeEntry", "Project"]

SCHEME = 10
"""Version of the rules by which a closure is found; what was remembered by others is computed again."""


class CodeEntry:
    """One statement that a function depends on.

    Attributes
    ----------
    name : str
        ``tasks.digits:svc_trainer``; several statements of one name are numbered (``steps:X#2``), a whole file that is
        not readable as Python is ``steps:*``.
    digest : str
        Of the normalised statement: blind to comments, docstrings and layout.
    file : str
        Path of its file relative to the project.
    line, end_line : int
        Where it is in it; 0 in a notebook, where `file` says which cell.
    via : str
        The references that reach it: ``svc_trainer -> prep -> helper.SCALE``.
    """

    __slots__ = ("_content", "_path", "_span", "digest", "end_line", "file", "line", "name", "via")

    def __init__(
        self, name: str, digest: str, file: str, line: int, end_line: int, via: str, path: str, content: str | None
    ) -> None:
        self.name = name
        self.digest = digest
        self.file = file
        self.line = line
        self.end_line = end_line
        self.via = via
        self._path = path
        self._content = content
        self._span = (line, end_line)

    def in_cell(self) -> CodeEntry:
        """Take the place of a statement of a notebook for what its user knows: no line, but what its cell defines."""
        self.file, self.line, self.end_line = f"cell defining {self.name.partition(':')[2].partition('#')[0]}", 0, 0
        return self

    def text(self, project: Project) -> str:
        """Return the source text as it is written, empty where the file has changed since.

        Parameters
        ----------
        project : Project
            The project it belongs to.
        """
        from lineage.fingerprint.reading import source_block

        span = None if self.name.endswith(":*") else self._span
        return source_block(self._path, self._content, span, project.texts.get(self._path))

    def __repr__(self) -> str:
        return f"CodeEntry({self.name!r}, {self.file}:{self.line})"


_Which = tuple[str, str, tuple[str, ...], tuple[str, ...]]
"""module, name, what else it depends on, what is ignored"""


def _key(which: _Which) -> str:
    module, qualname, *options = which
    return "\x1f".join([f"{module}:{qualname}", *("\x1e".join(names) for names in options if any(options))])


class _Group:
    """Files that closures were computed from; steps of one module mostly share one."""

    __slots__ = ("files", "loaded", "packed", "stats")

    def __init__(self, packed: tuple[Any, ...], absolute: Callable[[str], str], snapshot: Snapshot) -> None:
        self.packed = packed
        self.files = tuple(absolute(path) for path, _ in packed[0])
        self.stats = tuple(snapshot.stat(path) for path in self.files)
        self.loaded = tuple(self.files[place] for place in packed[3])


class Code:
    """All code of the project that a function depends on.

    Attributes
    ----------
    digest : str
        32 hex digits; the same in every process, folder and Python patch version.
    files : tuple of str
        Absolute paths of the files that it was computed from, sorted.
    stats : tuple of (int, int, int, int) or None
        Their inode, size, mtime_ns and ctime_ns at that time.
    loaded : tuple of str
        Those among them whose top level is executed with the function's, or before it and changes something of it.
        Others have only been looked at, to find out that they do not matter.
    packages : tuple of str
        Top-level names of the modules outside of the project and of the standard library that the code refers to.
    environment : tuple of str
        Literal names of the environment variables that it reads.
    wide : tuple of str
        Where more was taken than is certainly needed, in words.
    steps : tuple of str
        The steps with options that it reaches, ``module:name``.
    unused : tuple of str
        Patterns of what is to be ignored that have matched nothing.
    """

    __slots__ = (
        *("_entries", "_make", "digest", "environment", "files", "loaded", "packages", "stats", "steps", "unused"),
        "wide",
    )

    def __init__(self, digest: str, group: _Group, extra: tuple[Any, ...], make: Callable[[], tuple[CodeEntry, ...]]):
        self.digest = digest
        self.files: tuple[str, ...] = group.files
        self.stats: tuple[Stat | None, ...] = group.stats
        self.loaded: tuple[str, ...] = group.loaded
        self.packages: tuple[str, ...]
        self.environment: tuple[str, ...]
        self.wide: tuple[str, ...]
        self.steps: tuple[str, ...]
        self.unused: tuple[str, ...]
        self.packages, self.environment, self.wide, self.steps, self.unused = extra
        self._make = make
        self._entries: tuple[CodeEntry, ...] | None = None

    @property
    def entries(self) -> tuple[CodeEntry, ...]:
        """The statements, sorted by name. Worked out when first asked for, from the files as they were."""
        if self._entries is None:
            self._entries = self._make()
        return self._entries

    def __repr__(self) -> str:
        return f"Code({self.digest})"


class Project:
    """A project's source code, read and never executed.

    It looks at each file once: what it answers is the state of the files at one moment, until `refresh` is called.

    Parameters
    ----------
    root : str
        Folder of the project.
    cache : str or None
        Folder for indexes and closures, made when something is written; ``None`` keeps them in memory.
    entry : str or None
        The file that the command starts from (dodo.py). What it and the modules that it imports change in others
        (``config.LR = 0.2``) counts for every function.

    Attributes
    ----------
    texts : dict of str to bytes
        Sources that are no files, by path.
    live : Live or None
        What the names of ``__main__`` stand for, where that is a notebook: its steps run in this process only.
    """

    def __init__(self, root: str, cache: str | None = None, entry: str | None = None) -> None:
        self.root = os.path.realpath(root)
        self._cache = cache
        self.entry = entry
        self.texts: dict[str, bytes] = {}
        self.live: Live | None = None
        self._modules = Modules(source_roots(self.root))
        self._folder = IndexFolder(cache)
        self._lock = threading.RLock()
        self._known: dict[str, Known] = {}
        self._codes: dict[str, tuple[Any, ...]] = {}
        self._packed_groups: list[tuple[Any, ...]] = []
        self._dirty = False
        self._load()
        self.refresh()

    def refresh(self) -> None:
        """Look at the files again from now on."""
        with self._lock:
            self._snapshot = Snapshot(self._known, self._folder, self.texts)
            self._groups: dict[int, _Group | None] = {}
            self._numbers: dict[Any, int] = {}
            self._graph: Any = None

    def search_again(self) -> None:
        """Look again where modules are imported from: dodo.py has been executed, and may have added to ``sys.path``."""
        modules = Modules(source_roots(self.root))
        if (modules.roots, modules.in_order) == (self._modules.roots, self._modules.in_order):
            return
        with self._lock:
            self._modules = modules
            self._known, self._codes, self._packed_groups = {}, {}, []
            self._load()
            self.refresh()

    @property
    def main(self) -> str:
        """Where the module ``__main__`` of a notebook would be; it is one if it is in `texts`."""
        return os.path.join(self.root, "__main__.py")

    def be_live(self, live: Live, cells: dict[str, bytes]) -> None:
        """Take a notebook for ``__main__``.

        Parameters
        ----------
        live : Live
            What its names stand for.
        cells : dict of str to bytes
            The sources of its cells, by the file names of their code.
        """
        self.live, self.texts = live, {**cells, self.main: live.text.encode("utf-8", "surrogatepass")}
        # A notebook has not executed dodo.py; what is remembered under that assumption stays with the command line.
        self.entry = None
        self._codes, self._packed_groups = {}, []
        self._load()
        self.refresh()

    def looked_at(self) -> list[tuple[str, Stat | None]]:
        """Return the files and folders of which anything so far depends on whether they are there, and as they are.

        Of folders the names in them may count too (`listed`).
        """
        with self._lock:
            return list(self._snapshot.looked_at().items())

    def listed(self) -> list[str]:
        """Return the folders of which the names in them count."""
        with self._lock:
            groups = [group.packed for group in self._groups.values() if group is not None]
            return sorted({self._absolute(path) for group in groups for path, _ in group[2]})

    def index(self, path: str) -> SourceIndex:
        """Return what a source file says.

        Parameters
        ----------
        path : str
            Absolute path.

        Returns
        -------
        SourceIndex
            With its `error` where the file cannot be read or parsed; nothing is raised.
        """
        with self._lock:
            return self._snapshot.index(path)

    def find_module(self, dotted: str) -> str | None:
        """Return the file of one of the project's own modules or packages, ``None`` for any other.

        Parameters
        ----------
        dotted : str
            Its absolute name. A folder without ``__init__.py`` has no file.
        """
        for candidates in self._modules.candidates(dotted):
            for path in candidates:
                if self._snapshot.kind(path) == "file":
                    return path
        return None

    @property
    def roots(self) -> tuple[str, ...]:
        """The folders that the project's modules are imported from."""
        return self._modules.roots

    def module_name(self, path: str) -> str | None:
        """Return the dotted name under which a file of the project is imported, ``None`` if it cannot be."""
        return self._modules.name(path)

    # Closures

    def code(self, module: str, qualname: str, depends: tuple[str, ...] = (), ignore: tuple[str, ...] = ()) -> Code:
        """Return all code of the project that a function depends on.

        Parameters
        ----------
        module : str
            Dotted name of the function's module.
        qualname : str
            Its name there. Of a nested one the whole top-level statement counts.
        depends : tuple of str
            What else it depends on: ``module:name``, or ``module:`` for a whole module.
        ignore : tuple of str
            Patterns of names whose code does not count.

        Returns
        -------
        Code
            Of a module that is not the project's: an empty closure.
        """
        with self._lock:
            which = (module, qualname, depends, ignore)
            remembered = self._codes.get(_key(which))
            if remembered is not None:
                group = self._group(remembered[1])
                if group is not None:
                    return Code(remembered[0], group, remembered[2], self._later(which))
            return self._compute(which)

    def _compute(self, which: _Which) -> Code:
        closure = self._closure(*which)
        digest = closure.digest() if closure else ""
        number = self._remember_group(closure)
        group = self._groups[number]
        if group is None:  # for the type checker: it was just made
            raise AssertionError(number)
        extra: tuple[Any, ...] = ((), (), (), (), ())
        if closure is not None:
            found = (closure.packages, closure.environment, closure.wide, closure.steps)
            extra = (*(tuple(sorted(names)) for names in found), closure.unused)
        self._codes[_key(which)] = (digest, number, extra)
        self._dirty = True
        snapshot = self._snapshot
        return Code(digest, group, extra, lambda: self._entries(closure.rows() if closure else [], snapshot))

    def _closure(self, module: str, qualname: str, depends: tuple[str, ...], ignore: tuple[str, ...]) -> Any:
        # Only where something changed: a run with nothing to do never loads these.
        from lineage.fingerprint.before import executed_before
        from lineage.fingerprint.closure import Closure
        from lineage.fingerprint.effects import Effects
        from lineage.fingerprint.graph import Graph
        from lineage.fingerprint.lookups import Lookups

        if self._graph is None:
            graph = Graph(self._modules, self._snapshot.index, self._snapshot.kind)
            effects = Effects(graph)
            before = executed_before(graph, self._entry_module(graph))
            self._graph = (graph, effects, Lookups(graph, effects), before)
        graph, effects, lookups, before = self._graph
        start = graph.module(module)
        if start is None:
            return None
        graph.module(module, start)
        return Closure(graph, effects, lookups, start, qualname, before, depends, ignore)

    def _entry_module(self, graph: Any) -> Any:
        name = self._modules.name(self.entry) if self.entry else None
        return graph.module(name) if name else None

    def _later(self, which: _Which) -> Callable[[], tuple[CodeEntry, ...]]:
        graph, snapshot = self._graph, self._snapshot

        def make() -> tuple[CodeEntry, ...]:
            with self._lock:
                now = (self._graph, self._snapshot)
                if snapshot is not self._snapshot:
                    self._graph, self._snapshot = graph, snapshot
                try:
                    closure = self._closure(*which)
                    return self._entries(closure.rows() if closure else [], snapshot)
                finally:
                    if snapshot is not now[1]:
                        self._graph, self._snapshot = now

        return make

    def _entries(self, rows: list[Any], snapshot: Snapshot) -> tuple[CodeEntry, ...]:
        content = snapshot.content
        entries = [
            CodeEntry(name, digest, self._relative(path), line, end_line, via, path, content(path))
            for name, digest, path, line, end_line, via in rows
        ]
        if self.texts:
            entries = [each.in_cell() if row[2] == self.main else each for row, each in zip(rows, entries, strict=True)]
        return tuple(entries)

    # What closures depend on

    def _remember_group(self, closure: Any) -> int:
        files: set[str] = set()
        missing: set[str] = set()
        folders: set[str] = set()
        for module in closure.modules() if closure else ():
            if module.path:
                files.add(module.path)
            missing |= module.missing
            folders |= module.folders
        loaded = {module.path for module in closure.executed()} if closure else set()
        which = (frozenset(files), frozenset(missing), frozenset(folders), frozenset(loaded))
        if which not in self._numbers:
            self._numbers[which] = self._packed_group(files, missing, folders, loaded)
        return self._numbers[which]

    def _packed_group(self, files: set[str], missing: set[str], folders: set[str], loaded: set[str]) -> int:
        ordered = sorted(files)
        packed = (
            tuple((self._relative(path), self._snapshot.content(path)) for path in ordered),
            tuple(sorted(self._relative(path) for path in missing)),
            tuple((self._relative(path), self._snapshot.listing(path)) for path in sorted(folders)),
            tuple(place for place, path in enumerate(ordered) if path in loaded),
        )
        for number, group in self._groups.items():
            if group is not None and group.packed == packed:
                return number
        self._packed_groups.append(packed)
        number = len(self._packed_groups) - 1
        self._groups[number] = _Group(packed, self._absolute, self._snapshot)
        return number

    def _group(self, number: int) -> _Group | None:
        """Return a group of files if they all still are what they were."""
        if number not in self._groups:
            packed = self._packed_groups[number]
            valid = self._is_valid(packed)
            self._groups[number] = _Group(packed, self._absolute, self._snapshot) if valid else None
        return self._groups[number]

    def _is_valid(self, packed: tuple[Any, ...]) -> bool:
        snapshot, absolute = self._snapshot, self._absolute
        files, missing, folders, _ = packed
        return (
            all(snapshot.content(absolute(path)) == content for path, content in files)
            and not any(snapshot.exists(absolute(path)) for path in missing)
            and all(snapshot.listing(absolute(path)) == listing for path, listing in folders)
        )

    def _relative(self, path: str) -> str:
        inside = self.root + os.sep
        return path[len(inside) :].replace(os.sep, "/") if path.startswith(inside) else path

    def _absolute(self, path: str) -> str:
        return os.path.join(self.root, path)

    # On disk

    def _header(self) -> tuple[Any, ...]:
        first, *others = self._modules.in_order
        # Of a project with its own folder in front, as nearly all have it, only the others are told.
        ordered = others if first == self.root else [first, *others]
        roots = tuple(map(self._relative, ordered))
        return (SCHEME, FORMAT, roots, self._relative(self.entry) if self.entry else "")

    def _memo(self) -> str | None:
        return None if self._cache is None else os.path.join(self._cache, "cells" if self.live else "closures")

    def _load(self) -> None:
        path = self._memo()
        if path is None:
            return
        try:
            with open(path, "rb") as file:
                packed = checked(file.read())
        except OSError:
            return
        if packed is not None and packed[0] == self._header():
            known, self._packed_groups, self._codes = packed[1:]
            self._known = {self._absolute(name): value for name, value in known.items()}

    def flush(self) -> None:
        """Write what was learnt to the cache, atomically; a disk that cannot be written to is no error."""
        with self._lock:
            path = self._memo()
            if path is None or not (self._dirty or self._snapshot.changed):
                return
            self._folder.flush({known[1] for known in self._known.values()})
            used = sorted({code[1] for code in self._codes.values()})
            places = {number: place for place, number in enumerate(used)}
            known = {self._relative(name): value for name, value in self._known.items()}
            groups = [self._packed_groups[number] for number in used]
            codes = {name: (code[0], places[code[1]], code[2]) for name, code in self._codes.items()}
            write_atomically(path, sealed((self._header(), known, groups, codes)))
            self._dirty = self._snapshot.changed = False
