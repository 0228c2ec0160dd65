"""Watch what a step reads without having declared it.

While a step runs, `Watch` notes which files of the project it opens, which folders it lists and which environment
variables the project's code asks for (`lineage.execute.hearing` tells it). What the step was not given as an input is a
*discovered input*: part of its fingerprint from then on, as what a compiler writes into its depfile is for make.

What a step has made itself is no input of it. A file that it reads first and changes then counts with the content that
it had before, so that a step which builds on its own traces runs again, as in ninja.

Between being read and being hashed a file must not change. One that does is discovered with the digest `UNKNOWN`, which
nothing that is there has: the step runs again next time.
"""

from __future__ import annotations

import importlib
import os
import re
import stat as modes
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from errno import ENOENT
from importlib.util import source_from_cache
from types import FrameType

from lineage.declare.bytecode import forget_racy, may_be_old
from lineage.execute.ground import Ground, Origin
from lineage.execute.memory import file_stat
from lineage.execute.sights import Line, Sight, Sights
from lineage.execute.states import UNKNOWN, content, database_digest, matches, names_in, presence
from lineage.model.stored import Stat
from lineage.stack import FOLDER

__all__ = ["Watch", "of_modules"]

#: What the top level of each module of the project looked at when it was imported, by the module's file. Each step that
#: uses the module depends on it, and not only the one that came first and imported it.
of_modules: dict[str, Sights] = {}

_LONGEST = 1000
_BETWEEN_WORDS = re.compile(r"[\s;|&<>()'\"=]+")


class Watch:
    """What one step looks at.

    Parameters
    ----------
    ground : Ground
        The project.
    declared : iterable of str
        Paths of the files and folders that are inputs of the step.
    lists : callable
        Says whether the names in a folder are inputs of it, as far as they count.
    variables : iterable of str
        The environment variables that are ingredients of its fingerprint anyway.
    code : collection of str
        The sources that its code was worked out from.
    searched : collection of str or None
        The folders from which its code imports, as far as its text tells; ``None`` where nobody knows.

    Attributes
    ----------
    sights : dict
        What it was seen to look at: by kind and name, what was seen first.
    commands : dict
        The files that command lines of programs named which it has started.
    named : dict
        The files that the step names itself.
    own : set of str
        Files and folders that it has written, made or removed.
    found : list of str
        The names of modules of the project that a function has imported from a folder which its text does not tell.
    iterated : set of str
        The places that go through all environment variables.
    in_child : bool
        Whether this process is one that the step has forked.
    """

    def __init__(
        self,
        ground: Ground,
        declared: Iterable[str] = (),
        variables: Iterable[str] = (),
        lists: Callable[[str], bool] = lambda folder: False,
        code: Collection[str] = (),
        searched: Collection[str] | None = None,
    ) -> None:
        self.ground = ground
        self.sights: Sights = {}
        self.commands: dict[str, Sight] = {}
        self.named: dict[str, Sight] = {}
        self.own: set[str] = set()
        self.found: list[str] = []
        self.iterated: set[str] = set()
        self._variables = set(variables)
        self._lists = lists
        self._code = code
        self._searched = searched
        self._programs: dict[str, list[str]] = {}
        self._own_folders: tuple[str, ...] = ()
        names = {name for path in declared for name in (ground.name(path), ground.name(os.path.realpath(path))) if name}
        self._declared = frozenset(names)
        self._declared_folders = tuple(f"{name}/" for name in names)
        self._line: Line | None = None
        self.in_child = False

    # -- files ---------------------------------------------------------------------------------------------------------

    def opened(self, path: object, flags: int, frame: FrameType, *, owned: bool) -> None:
        """Note that a file is about to be opened."""
        name = self.ground.name(path)
        if name is None or name in self.own:
            return
        access = flags & os.O_ACCMODE
        if access == os.O_RDONLY:
            self._reads("read", name, frame, owned=owned)
            return
        if access == os.O_RDWR and not flags & (os.O_TRUNC | os.O_APPEND | os.O_EXCL):
            self._reads("read", name, frame, owned=owned)
        self.wrote(name)

    def connected(self, path: object, frame: FrameType, *, owned: bool) -> None:
        """Note that an SQLite database is about to be opened."""
        name = self.ground.name(path)
        if name is None or name in self.own:
            return
        if os.path.exists(self._path(name)):
            self._reads("database", name, frame, owned=owned)
        else:
            self.wrote(name)

    def _reads(self, kind: str, name: str, frame: FrameType, *, owned: bool) -> None:
        if (kind, name) in self.sights or self._is_no_input(name):
            return
        found = _look(self._path(name))
        if found is not None and not modes.S_ISREG(found.st_mode):
            return
        origin = self.ground.origin(frame, name, owned=owned)
        if origin is None or (not origin.direct and name.endswith(".py") and self._is_module(name)):
            return
        if found is None:
            self._note("absent", name, Sight(origin.place), origin)
        elif name in self.commands and self.commands[name].stat != _stat_of(found):
            self.own.add(name)  # a program that was given its name has written it
        else:
            self._note(kind, name, Sight(origin.place, _stat_of(found)), origin)

    def wrote(self, name: str) -> None:
        """Note that a file is about to be written, replaced or removed."""
        self._keep_content(name)
        self._make_own(name)

    def made_folder(self, name: str) -> None:
        """Note that a folder is about to be made: whatever will be in it comes from the step."""
        if not os.path.lexists(self._path(name)):
            self._make_own(name)
            self._own_folders += (f"{name}/",)

    def _make_own(self, name: str) -> None:
        if name not in self.own:
            self.own.add(name)
            if self.in_child and self._line is not None:
                self._line.tell_own(name)

    def _keep_content(self, name: str) -> None:
        """Hash what has been read before it is changed."""
        for kind in ("read", "database"):
            sight = self.sights.get((kind, name))
            if sight is not None and sight.digest is None:
                sight.digest = self.content(kind, name, sight)

    def content(self, kind: str, name: str, sight: Sight) -> str:
        """Return the digest of a file as it was when it was read; `UNKNOWN` if it has changed since."""
        path = self._path(name)
        if file_stat(path) != sight.stat:
            return UNKNOWN
        return database_digest(path, content) if kind == "database" else content(path)

    # -- folders, and what is there ------------------------------------------------------------------------------------

    def listed(self, path: object, frame: FrameType, *, owned: bool) -> None:
        """Note that the names in a folder are about to be read."""
        name = self.ground.name(path)
        if name is None or not self._is_new("listed", name) or self._lists(name):
            return
        origin = self.ground.origin(frame, name, owned=owned)
        if origin is not None:
            names = names_in(self.ground.root, name)
            kind = "absent" if names is None else "listed"
            self._note(kind, name, Sight(origin.place, names=sorted(names or ())), origin)

    def looked_for(self, pattern: object, frame: FrameType, *, owned: bool) -> None:
        """Note that what matches a pattern is about to be looked for."""
        name = self.ground.name(pattern)
        if name is None or not self._is_new("glob", name):
            return
        origin = self.ground.origin(frame, name, owned=owned)
        if origin is not None:
            found = sorted(matches(self.ground.root, name))
            self._note("glob", name, Sight(origin.place, names=found), origin)

    def checked(self, path: object, frame: FrameType, *, size: bool, owned: bool) -> None:
        """Note that the project's code asks whether something is there, or how large or old it is."""
        name = self.ground.name(path) if self.ground.is_own_code(frame) else None
        if name is None or not self._is_new("exists", name):
            return
        if size and os.path.isfile(self._path(name)):
            self._reads("read", name, frame, owned=owned)
            return
        origin = self.ground.origin(frame, name, owned=owned)
        if origin is not None:
            self._note("exists", name, Sight(origin.place, digest=presence(self._path(name))), origin)

    # -- programs ------------------------------------------------------------------------------------------------------

    def started(self, words: Iterable[object], folder: object, frame: FrameType, *, owned: bool) -> None:
        """Note the files that a command line names: the program reads those that it leaves as they are."""
        parts = list(_parts(words))
        names = list(self._files_in(parts, folder))
        programs = list(self._programs_in(parts, folder))
        origin = self.ground.origin(frame, "", owned=owned) if names or programs else None
        if origin is None:
            return
        for program in programs:
            self._consists_of(program, origin)
        for name in names:
            self._keep_content(name)
            self.commands.setdefault(name, Sight(origin.place, file_stat(self._path(name))))

    def mentioned(self, words: Iterable[str], but: Callable[[], Collection[str]] = frozenset) -> None:
        """Note the files that the step names, in its arguments or in its text.

        Some libraries open files by themselves, where Python does not hear of it. A file that is named and left as it
        is was read, if anything.

        Parameters
        ----------
        words : iterable of str
            What may name a file.
        but : callable
            Returns words that do not count; asked only if there are some that name a file.
        """
        found: dict[str, tuple[str, Sight]] = {}
        for word in words:
            # A docstring ends with a point: nearly nothing of what is looked at here is there.
            name = self.ground.name(word) if _may_be_file(word) and _look(word) is not None else None
            if name is not None and not name.endswith(".py") and not self._is_no_input(name):
                stat = _look(self._path(name))
                if stat is not None and modes.S_ISREG(stat.st_mode):
                    found[word] = name, Sight("", _stat_of(stat))
        left = found.keys() - set(but()) if found else ()
        self.named |= dict(found[word] for word in left)

    def _files_in(self, parts: Iterable[str], folder: object) -> Iterator[str]:
        start = _decoded(folder)
        for part in parts:
            name = self.ground.name(os.path.join(start, part))
            if name is not None and name not in self.own and not self._is_no_input(name):
                found = _look(self._path(name))
                if found is None or modes.S_ISREG(found.st_mode):
                    yield name

    def _programs_in(self, parts: Sequence[str], folder: object) -> Iterator[str]:
        """Yield the sources of the project that Python programs are started with: ``train.py``, ``-m tool.train``."""
        start = os.path.abspath(_decoded(folder))
        for before, part in zip(("", *parts), parts, strict=False):
            path = os.path.join(start, part)
            if part.endswith(".py") and self.ground.name(path) is not None and os.path.isfile(path):
                yield os.path.realpath(path)
            elif before == "-m" and part:
                from lineage.fingerprint.programs import module_files

                yield from module_files(os.path.realpath(self.ground.root), part, os.path.realpath(start))

    def _consists_of(self, program: str, origin: Origin) -> None:
        """Note a source that is about to be executed as a whole, and what it imports of the project."""
        from lineage.fingerprint.programs import sources  # few steps start or execute one

        root = os.path.realpath(self.ground.root)
        paths = self._programs.get(program)
        if paths is None:
            paths = self._programs[program] = sources(root, program, os.path.join(root, FOLDER, "index"))
        forget_racy(paths)
        for path in paths:
            name = self.ground.name(path)
            if name is not None and self._is_new("read", name):
                self._note("read", name, Sight(origin.place, file_stat(path)), origin)

    def executed(self, path: str, frame: FrameType, *, owned: bool) -> None:
        """Note that a source of the project is executed that is not part of the step's code.

        What the project imports by a name counts statically, statement by statement. What a library imports for it (an
        entry point, a class that is named in a file of settings) is heard of here, once in a process: so it counts for
        all steps that load the module which asked for it.
        """
        name = self.ground.name(path)
        if name is None or not os.path.isfile(path):
            return
        caller: FrameType | None = frame
        imported, last = "", frame
        while caller is not None and self.ground.is_machinery(caller):
            if caller.f_code.co_name == "_find_and_load_unlocked":
                imported = str(caller.f_locals["name"])
            last, caller = caller, caller.f_back
        if imported and (caller is None or self._is_of_code(path)):
            return
        asks = bool(imported) and caller is not None and self._asks(caller, last)
        if asks and caller is not None and self._is_told(path, imported, caller):
            return
        origin = self.ground.origin(caller, name, owned=owned)
        if asks and origin is not None and not origin.modules:
            self.found.append(imported)
        if origin is not None and imported and not origin.modules and origin.place:
            asker = os.path.join(self.ground.root, origin.place.rpartition(":")[0])
            origin = Origin(origin.place, (asker,), origin.direct)
        if origin is not None:
            self._consists_of(os.path.realpath(path), origin)

    def _asks(self, caller: FrameType, last: FrameType) -> bool:
        """Whether the project's code asks the import system itself, and no EntryPoint.load for it."""
        name = last.f_code.co_filename
        return self.ground.is_own_code(caller) and (name.startswith("<frozen ") or name == importlib.__file__)

    def _is_told(self, path: str, module: str, caller: FrameType) -> bool:
        """Whether the text of the step's code tells that this file is the module of that name."""
        if self._searched is None:
            return True
        folder = os.path.dirname(os.path.realpath(path).removesuffix(os.sep + "__init__.py"))
        for _ in range(module.count(".")):
            folder = os.path.dirname(folder)
        return folder in self._searched or folder == os.path.dirname(os.path.realpath(caller.f_code.co_filename))

    def trusted(self, bytecode: str) -> None:
        """Keep Python from trusting bytecode of the project that may be older than its source.

        What a step loads by its place is not loaded by our loader, which does not trust it either.

        Raises
        ------
        FileNotFoundError
            If it may be: then Python compiles the source.
        """
        try:
            source = source_from_cache(bytecode)
        except ValueError:  # it belongs to none
            return
        if self.ground.name(source) is not None and may_be_old(source):
            raise FileNotFoundError(ENOENT, "it may be older than its source", bytecode)

    def _is_of_code(self, path: str) -> bool:
        return path in self._code or os.path.realpath(path) in self._code

    def unpickled(self, path: str, frame: FrameType, *, owned: bool) -> None:
        """Note that something of a source of the project is asked for by what is unpickled."""
        name = self.ground.name(path)
        if name is None or self._is_of_code(path):
            return
        origin = self.ground.origin(frame, name, owned=owned)
        if origin is not None:
            self._consists_of(os.path.realpath(path), origin)

    # -- the environment -----------------------------------------------------------------------------------------------

    def asked(self, variable: str, value: str | None, frame: FrameType, *, owned: bool) -> None:
        """Note that the project's code asks for an environment variable."""
        if variable in self._variables or not self.ground.is_own_code(frame):
            return
        origin = self.ground.origin(frame, "", owned=owned)
        if origin is not None:
            if not origin.modules:  # what is asked at import may be asked again by the step itself
                self._variables.add(variable)
            self._note("variable", variable, Sight(origin.place, value=value), origin)

    def set_variable(self, variable: str) -> None:
        """Note that the step sets a variable: from now on it is no input of it."""
        self._variables.add(variable)

    def went_through(self, frame: FrameType, *, owned: bool) -> None:
        """Note that the project's code goes through all environment variables."""
        origin = self.ground.origin(frame, "", owned=owned) if self.ground.is_own_code(frame) else None
        if origin is not None:
            self.iterated.add(origin.place)

    def looked_at(self) -> list[str]:
        """Return the files and folders of the project that it has looked at, as `lineage watch` wants to know them."""
        names = {name for kind, name in self.sights if kind not in ("variable", "glob")}
        return sorted(names | self.commands.keys() | self.named.keys())

    # -- notes ---------------------------------------------------------------------------------------------------------

    def _note(self, kind: str, name: str, sight: Sight, origin: Origin) -> None:
        self.sights[kind, name] = sight
        if self.in_child and self._line is not None:
            self._line.tell_sight(kind, name, sight)
        for module in origin.modules:
            of_modules.setdefault(os.path.realpath(module), {}).setdefault((kind, name), sight)

    def _is_new(self, kind: str, name: str) -> bool:
        return (kind, name) not in self.sights and name not in self.own and not self._is_no_input(name)

    def _is_no_input(self, name: str) -> bool:
        return name in self._declared or name.startswith(self._declared_folders) or self.is_own(name)

    def is_own(self, name: str) -> bool:
        """Whether something is there because of the step."""
        return name in self.own or name.startswith(self._own_folders)

    def _is_module(self, name: str) -> bool:
        """Whether a source is that of an imported module: those count statically, whoever looks at their text."""
        path = self._path(name)
        return any(getattr(module, "__file__", None) == path for module in list(sys.modules.values()))

    def _path(self, name: str) -> str:
        return os.path.join(self.ground.root, name)

    # -- forked children -----------------------------------------------------------------------------------------------

    def fork(self) -> None:
        """Get ready for a fork: the child will look at things too."""
        if self._line is None and not self.in_child:
            self._line = Line()

    def enter_child(self) -> None:
        """Go on in a forked child: whatever it sees is reported."""
        self.in_child = True

    def gather(self) -> None:
        """Take over what forked children have reported."""
        if self._line is None:
            return
        sights, own = self._line.heard()
        for key, sight in sights.items():
            self.sights.setdefault(key, sight)
        self.own |= own
        self._line.close()


def _look(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except (OSError, ValueError):  # a text may hold what no path can
        return None


def _stat_of(found: os.stat_result) -> Stat:
    return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _parts(words: Iterable[object]) -> Iterator[str]:
    """Yield the words of a command line, and what they consist of: a shell's command, the file in --data=file."""
    for text in map(_decoded, words):
        yield from filter(None, dict.fromkeys((text, *_BETWEEN_WORDS.split(text))))


def _may_be_file(word: str) -> bool:
    return ("." in word or "/" in word) and len(word) <= _LONGEST and "\n" not in word


def _decoded(word: object) -> str:
    return os.fsdecode(word) if isinstance(word, str | bytes | os.PathLike) else ""
