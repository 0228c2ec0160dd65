"""Which installed distribution, in which version, the name of an import comes from.

Read from the ``*.dist-info`` folders beside the modules, once for each state of a folder: ``importlib.metadata``
takes 60 ms to be imported and 350 to answer, which is more than a whole run in which nothing changed.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator

__all__ = ["Packages", "canonical_name"]

#: {import name: ((distribution, version), ...)} of one folder of ``sys.path``; and the same by ``=distribution``.
_Names = dict[str, tuple[tuple[str, str], ...]]
_SUFFIXES = (".py", ".so", ".pyd", ".pyc")


class Packages:
    """The distributions that modules come from.

    Parameters
    ----------
    known : dict
        What is remembered: for each folder of ``sys.path`` its mtime_ns and the names in it. Updated here.
    path : iterable of str, optional
        Where modules are imported from, in that order; ``sys.path`` by default.

    Attributes
    ----------
    changed : bool
        Whether `known` was updated.
    """

    def __init__(self, known: dict[str, tuple[int, _Names]], path: Iterable[str] | None = None) -> None:
        self.changed = False
        self._known = known
        self._path = list(sys.path if path is None else path)
        self._found: dict[str, tuple[tuple[str, str], ...]] = {}

    def leave_out(self, folders: Iterable[str]) -> None:
        """Do not look into some folders: those of the project's own modules."""
        self._path = [folder for folder in self._path if os.path.realpath(folder) not in set(folders)]

    def of(self, name: str) -> tuple[tuple[str, str], ...]:
        """Return the distributions that an import name comes from, each with its version.

        Parameters
        ----------
        name : str
            A top-level name: ``sklearn``.

        Returns
        -------
        tuple of (str, str)
            ``(("scikit-learn", "1.5.0"),)``; several for a namespace that several share; empty where no distribution
            has it: a module without a version, or none at all.
        """
        found = self._found.get(name)
        if found is None:
            found = self._found[name] = self._find(name)
        return found

    def distribution(self, name: str) -> tuple[tuple[str, str], ...]:
        """Return a distribution by its own name (``scikit-learn``) with its version; empty if it is not installed."""
        keys = (self._names(folder).get("=" + canonical_name(name)) for folder in self._path)
        return next((found for found in keys if found), ())

    def providers(self, group: str) -> tuple[tuple[str, str], ...]:
        """Return the distributions that provide entry points of a group, of any where it is ``*``."""
        found: dict[str, tuple[str, str]] = {}
        for folder in reversed(self._path):
            names = self._names(folder, _read_entry_points, "entry points of ")
            given = [pair for name, pairs in names.items() if group in (name, "*") for pair in pairs]
            found.update((canonical_name(pair[0]), pair) for pair in given)
        return tuple(sorted(found.values()))

    def known_names(self) -> set[str]:
        """Return the names of all distributions and of what can be imported from them."""
        found = {name: given for folder in self._path for name, given in self._names(folder).items()}
        return {name for name in found if name[0] != "="} | {pair[0] for given in found.values() for pair in given}

    def place(self, name: str) -> str | None:
        """Return the file or folder that a name is imported from, ``None`` where there is none."""
        for folder in self._path:
            found = _module_in(folder, name)
            if found is not None:
                return found
        return self._place_by_import_system(name)

    @staticmethod
    def _place_by_import_system(name: str) -> str | None:
        """Ask the finders (an editable installation may bring its own); this imports nothing."""
        from importlib.util import find_spec

        try:
            spec = find_spec(name)
        except (ImportError, ValueError, AttributeError):
            return None
        if spec is None or spec.origin is None or not os.path.exists(spec.origin):
            return None
        return os.path.dirname(spec.origin) if spec.submodule_search_locations else spec.origin

    def _find(self, name: str) -> tuple[tuple[str, str], ...]:
        for folder in self._path:
            found = self._names(folder).get(name)
            if found:
                return found
            if _module_in(folder, name) is not None:
                return ()  # it hides what comes after it
        return ()

    def _names(self, folder: str, read: Callable[[str], _Names] | None = None, what: str = "") -> _Names:
        try:
            changed = os.stat(folder).st_mtime_ns
        except OSError:
            return {}
        known = self._known.get(what + folder)
        if known is None or known[0] != changed:
            known = self._known[what + folder] = (changed, (read or _read)(folder))
            self.changed = True
        return known[1]


def canonical_name(distribution: str) -> str:
    """Return the name of a distribution in the form in which two spellings of it are equal (PEP 503)."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def _module_in(folder: str, name: str) -> str | None:
    """Return the package or module of a name in a folder; a folder without ``__init__.py`` hides nothing."""
    for path in (os.path.join(folder, name, "__init__.py"), *(os.path.join(folder, name + end) for end in _SUFFIXES)):
        if os.path.exists(path):
            return os.path.dirname(path) if path.endswith("__init__.py") else path
    return None


def _read(folder: str) -> _Names:
    return _gather(
        (name, distribution)
        for where, distribution in _distributions(folder)
        for name in (*_top_level(where), "=" + canonical_name(distribution[0]))
    )


def _read_entry_points(folder: str) -> _Names:
    return _gather(
        (group, distribution)
        for where, distribution in _distributions(folder)
        for group in re.findall(r"^\[(.+)\]", _text(os.path.join(where, "entry_points.txt")), re.MULTILINE)
    )


def _gather(found: Iterable[tuple[str, tuple[str, str]]]) -> _Names:
    names: dict[str, set[tuple[str, str]]] = {}
    for name, distribution in found:
        names.setdefault(name, set()).add(distribution)
    return {name: tuple(sorted(pairs)) for name, pairs in names.items()}


def _distributions(folder: str) -> Iterator[tuple[str, tuple[str, str]]]:
    try:
        entries = [entry for entry in os.listdir(folder) if entry.endswith((".dist-info", ".egg-info"))]
    except OSError:  # a zip file, or a folder that may not be looked into
        return
    for entry in entries:
        where = os.path.join(folder, entry)
        distribution = _distribution(where, entry)
        if distribution is not None:
            yield where, distribution


def _distribution(where: str, entry: str) -> tuple[str, str] | None:
    """Return name and version; ``None`` of an editable installation, whose files change under one version."""
    if _is_editable(where):
        return None
    text = _text(os.path.join(where, "METADATA")) or _text(os.path.join(where, "PKG-INFO"))
    name = re.search(r"^Name:[ \t]*(\S+)", text, re.MULTILINE)
    version = re.search(r"^Version:[ \t]*(\S+)", text, re.MULTILINE)
    if name and version:
        return name.group(1), version.group(1)
    stem, _, number = entry.rpartition(".")[0].rpartition("-")
    return (stem, number) if stem else None


def _is_editable(where: str) -> bool:
    text = _text(os.path.join(where, "direct_url.json"))
    try:
        return bool(text) and bool(json.loads(text).get("dir_info", {}).get("editable"))
    except (ValueError, AttributeError):
        return False


def _top_level(where: str) -> set[str]:
    """Return the names that can be imported, by ``top_level.txt`` and the list of installed files."""
    names = set(_text(os.path.join(where, "top_level.txt")).split())
    for line in _text(os.path.join(where, "RECORD")).splitlines():
        path = line.partition(",")[0].strip('"')
        first, slash, _ = path.partition("/")
        if first.endswith((".dist-info", ".egg-info", ".data")) or first in ("..", "__pycache__", "bin"):
            continue
        if slash or first.endswith(_SUFFIXES):
            names.add(first.partition(".")[0])
    return {name for name in names if name.isidentifier()}


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
