"""Whose read is it? Which files are the project's, and on whose behalf a stack of frames opens one.

A read counts as a step's if somewhere below it the project's own code is at work: ``pandas.read_csv`` reads what the
project asks it to. It is named by the nearest frame that lies in the project. What lineage, doit and Python's import
system read is nobody's; so is source text that is only looked at to be shown.
"""

from __future__ import annotations

import os
import sys
from types import FrameType

from lineage.errors.defect import is_cell
from lineage.execute.keeping import keeps
from lineage.stack import FOLDER

__all__ = ["Ground", "Origin"]

_THEIRS, _PASSING, _PROJECT, _LINEAGE, _DOIT, _MACHINERY = range(6)

#: Folders that are no data of a project, wherever they are in it.
_TOOLS = frozenset((".git", ".hg", ".svn", ".lineage", ".mypy_cache", ".pytest_cache", ".ruff_cache"))
_INSTALLED = frozenset((".venv", ".tox", ".nox", "__pycache__", "site-packages", "dist-packages", "node_modules"))
_SKIPPED = _TOOLS | _INSTALLED
_SKIPPED_ENDINGS = (".pyc", ".egg-info", ".dist-info")
#: Where code is, for Python's import system.
_CODE = (".py", ".pyc", ".so", ".pyd", ".pth", ".zip", ".egg")
#: Modules of the standard library that look at source files and folders of modules, not at data.
_LOOKING = ("linecache", "traceback", "warnings", "inspect", "zipimport", "site", "modulefinder", "pkgutil")
#: Functions of those, and of Python's import system, that give data as well: pkgutil.get_data, linecache.getline.
_GIVING = frozenset(("get_data", "getline", "getlines", "updatecache"))
#: Functions of ours that hand control to somebody else's code.
_GATES = frozenset(("_call_function", "run_shell"))
_LOADERS = frozenset(("exec_module", "load_module"))
_REMOVING = ("rmtree", "_rmtree")

_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


class Origin:
    """Where a read comes from.

    Attributes
    ----------
    place : str
        ``steps/train.py:17``; empty where a step of an installed package reads by itself.
    modules : tuple of str
        The files of the project whose top level is being executed at that moment: a module that is being imported, and
        what it runs itself. Where there is none, those with a function at work that keeps what it reads.
    direct : bool
        Whether the project's own code opens the file, and no library for it.
    """

    __slots__ = ("direct", "modules", "place")

    def __init__(self, place: str, modules: tuple[str, ...], direct: bool) -> None:
        self.place = place
        self.modules = modules
        self.direct = direct


class Ground:
    """A project's folder, as seen from a running step.

    Parameters
    ----------
    root : str
        Absolute path of the project.
    """

    def __init__(self, root: str) -> None:
        self.root = root
        self._roots = tuple(dict.fromkeys((root + os.sep, os.path.realpath(root) + os.sep)))
        self._hidden = tuple(f"{each}{FOLDER}{os.sep}" for each in self._roots)
        prefixes = {sys.prefix, sys.exec_prefix, sys.base_prefix}
        self._environments = tuple(each + os.sep for each in prefixes if each.startswith(self._roots))
        self._doit = _folder_of("doit")
        self._kinds: dict[str, int] = {}
        self._outside: dict[str, bool] = {}

    # -- files -------------------------------------------------------------------------------------------------------

    def name(self, path: object) -> str | None:
        """Return the path of a file relative to the project; ``None`` for what is not part of it.

        Parameters
        ----------
        path : str, bytes or path-like
            As it was opened; relative to the current folder. Symbolic links into the project are followed.
        """
        # What lineage itself reads and writes while a step is at work, a dozen times a step.
        if path.__class__ is str and path.startswith(self._hidden) and ".." not in path:
            return None
        text = _text(path)
        if text is None:
            return None
        found = self._relative(text)
        if found is None and self._may_lead_inside(text):
            found = self._relative(os.path.realpath(text))
        return None if found is None or self._skips(found) else found

    def _relative(self, path: str) -> str | None:
        for root in self._roots:
            if path.startswith(root):
                return path[len(root) :]
        return "." if path + os.sep in self._roots else None

    def _may_lead_inside(self, path: str) -> bool:
        folder = os.path.dirname(path)
        outside = self._outside.get(folder)
        if outside is None:
            real = os.path.realpath(folder) + os.sep
            outside = self._outside[folder] = not real.startswith(self._roots)
        return not outside or os.path.islink(path)

    def _skips(self, name: str) -> bool:
        parts = name.split(os.sep)
        if parts[0].startswith(".doit.db") or not _SKIPPED.isdisjoint(parts):
            return True
        if any(part.endswith(_SKIPPED_ENDINGS) for part in parts):
            return True
        return bool(self._environments) and os.path.join(self.root, name, "").startswith(self._environments)

    # -- frames ------------------------------------------------------------------------------------------------------

    def origin(self, frame: FrameType | None, path: str, *, owned: bool) -> Origin | None:
        """Find on whose behalf something is read; ``None`` if on nobody's.

        Parameters
        ----------
        frame : FrameType
            The frame that reads.
        path : str
            What is read.
        owned : bool
            Whether the thread is known to be a step's. In another one doit may be running a plain task.
        """
        nearest = None
        modules: list[str] = []
        stack: list[FrameType] = []
        direct, decided, importing = True, False, True
        while frame is not None:
            code, kind = frame.f_code, self._kind_of(frame.f_code.co_filename)
            if kind == _PROJECT:
                nearest, decided = nearest or frame, True
                if code.co_name == "<module>" and importing:
                    modules.append(code.co_filename)
                elif importing:
                    stack.append(frame)
            elif kind == _MACHINERY and modules:
                importing = False  # what stands above only imports it
            elif kind == _DOIT and not owned:
                return None
            elif not decided:
                direct = direct and kind == _PASSING
                decided = kind == _LINEAGE and code.co_name in _GATES
                if not decided and _is_nobodys(kind, code.co_name, path):
                    return None
            frame = frame.f_back
        # Without any frame of the project it is a step of a package, or a thread that a library has started for one.
        place = "" if nearest is None else self._place(nearest)
        # The last one is the step itself.
        modules += [each.f_code.co_filename for each in stack[:-1] if keeps(each, stack)] if not modules else []
        return Origin(place, tuple(dict.fromkeys(modules)), direct and nearest is not None)

    def is_own_code(self, frame: FrameType) -> bool:
        """Whether a frame is one of the project's own code."""
        return self._kind_of(frame.f_code.co_filename) == _PROJECT

    def is_machinery(self, frame: FrameType) -> bool:
        """Whether a frame is one of Python's import system, or of a loader of lineage that stands in it."""
        kind = self._kind_of(frame.f_code.co_filename)
        return kind == _MACHINERY or (kind == _LINEAGE and frame.f_code.co_name in _LOADERS)

    def beyond_lineage(self, frame: FrameType) -> FrameType:
        """Return who calls a function of lineage."""
        found: FrameType | None = frame
        while found is not None and self._kind_of(found.f_code.co_filename) == _LINEAGE:
            found = found.f_back
        return found or frame

    def _kind_of(self, filename: str) -> int:
        kind = self._kinds.get(filename)
        if kind is None:
            kind = self._kinds[filename] = self._kind(filename)
        return kind

    def _kind(self, filename: str) -> int:
        if filename.startswith(_OURS):
            return _LINEAGE
        if self._doit and filename.startswith(self._doit):
            return _DOIT
        if filename.startswith("<frozen "):
            name = filename[8:-1]
            return _MACHINERY if name.startswith("importlib") or name in _LOOKING else _THEIRS
        if filename.startswith(_PATHLIB):
            return _PASSING
        if _is_machinery(filename):
            return _MACHINERY
        if is_cell(filename):
            return _PROJECT
        inside = self._relative(filename) if os.path.isabs(filename) else None
        return _THEIRS if inside is None or self._skips(inside) else _PROJECT

    def _place(self, frame: FrameType) -> str:
        filename = frame.f_code.co_filename
        if is_cell(filename):
            return f"the cell defining {frame.f_code.co_name}, line {frame.f_lineno},"
        return f"{self._relative(filename) or filename}:{frame.f_lineno}"


def _is_nobodys(kind: int, function: str, path: str) -> bool:
    """Whether a function that is no code of the project reads for itself, or removes what it reads."""
    if kind == _MACHINERY:
        return function not in _GIVING or path.endswith(_CODE)
    return kind == _LINEAGE or function.startswith(_REMOVING)


def _is_machinery(filename: str) -> bool:
    folder, name = os.path.split(filename)
    if folder == _LIBRARY:
        return name.removesuffix(".py") in _LOOKING
    if folder.startswith(os.path.join(_LIBRARY, "importlib")):
        return os.path.basename(folder) not in ("resources", "readers")  # those give data to whoever asks
    return f"{os.sep}pkg_resources{os.sep}" in filename or f"{os.sep}setuptools{os.sep}" in filename


def _folder_of(package: str) -> str:
    found = getattr(sys.modules.get(package), "__file__", None)
    return os.path.dirname(found) + os.sep if found else ""


def _text(path: object) -> str | None:
    """Return an absolute path as text; ``None`` where there is none (a file descriptor, a folder that is gone)."""
    if isinstance(path, int) or path is None:
        return None
    try:
        text = os.fsdecode(path)  # type: ignore[arg-type]
        os.fsencode(text)  # what cannot be spelled here (a lone surrogate, ``ä`` in the C locale) names no file
        return os.path.abspath(text) if text and "\0" not in text else None
    except (OSError, TypeError, ValueError):
        return None


_LIBRARY = os.path.dirname(os.path.abspath(os.__file__))
_PATHLIB = os.path.join(_LIBRARY, "pathlib")
