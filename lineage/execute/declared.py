"""Files that a step says it depends on: ``depends_on=["query.sql", "configs/*.json", "folder/"]``.

A pattern is the path of a file or a folder, or a glob, within the project. Each file that it names is an ingredient,
and so is which these are; of a folder all that is in it is one ingredient.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import xxhash

from lineage.errors import DeclarationError, StepError
from lineage.execute.memory import file_stat

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from lineage.execute.memory import Memory
    from lineage.model.plan import StepSpec
    from lineage.model.stored import Stat

__all__ = ["DeclaredFiles", "check_unchanged", "expand", "lists", "matches", "may_hold", "stats"]

_MAGIC = "*?["
_NOT_DATA = frozenset({"__pycache__", ".git", ".lineage"})
_READABLE_PATHS = "artifacts"
#: doit's own database, which every run of a plain task writes.
_DOITS = ".doit.db"
_WHY = "its content is part of the step's fingerprint"
_FIX = "create it, correct the path in depends_on, or make it the target of a doit task"


class DeclaredFiles:
    """The files that steps say they depend on, as they are at one moment.

    Parameters
    ----------
    root : str
        The project's folder.
    memory : Memory
        What is known of the content of files.

    Attributes
    ----------
    to_be_made : collection of str or None
        The files that plain doit tasks make, where that is known; what a step depends on must then be there or be one
        of these.
    known : dict
        The ingredients of each step, since `look_again`: a sweep asks for each of its calls.
    """

    def __init__(self, root: str, memory: Memory) -> None:
        self.to_be_made: Collection[str] | None = None
        self.known: dict[int, tuple[tuple[str, str], ...]] = {}
        self._root = root
        self._memory = memory

    def look_again(self) -> None:
        """Look at the files anew from now on: a task may have written some."""
        self.known.clear()

    def normal(self, patterns: Iterable[str]) -> list[str]:
        """Return patterns relative to the project where they lie inside it, with ``/``, each once."""
        return sorted({_normal(pattern, self._root) for pattern in patterns})

    def of(self, step: StepSpec, patterns: Iterable[str]) -> tuple[tuple[str, str], ...]:
        """Return the ingredients that a step has by its (normal) patterns: each name with the digest of the content.

        Raises
        ------
        StepError
            If a pattern names nothing.
        """
        names: dict[str, tuple[str, ...]] = {}
        for pattern in patterns:
            found = expand(pattern, self._root)
            if not found:
                raise StepError(
                    f"{_of(step, self._root)} depends on {pattern}, which does not exist", why=_WHY, fix=_FIX
                )
            names.update(found)
        self.known[id(step)] = digests = tuple((name, self._digest(name, names[name])) for name in sorted(names))
        return digests

    def _digest(self, name: str, files: tuple[str, ...]) -> str:
        if files == (name,):
            return self._memory.file_digest(name)
        contents = "\0".join(f"{file}\0{self._memory.file_digest(file)}" for file in files)
        return xxhash.xxh3_128_hexdigest(contents.encode("utf-8", "surrogateescape"))

    def check(self, step: StepSpec, patterns: Iterable[str]) -> None:
        """Refuse a step with a pattern that names nothing and that no task is going to make.

        Raises
        ------
        DeclarationError
            With the nearest path that is there.
        """
        made = self.to_be_made
        for pattern in patterns if made is not None else ():
            if not expand(pattern, self._root) and not any(
                matches(pattern, path) or may_hold(path, pattern) for path in made or ()
            ):
                near = _nearest(pattern, self._root, made or ())
                what = f"{_of(step, self._root)} depends on {pattern}, which does not exist{near}"
                raise DeclarationError(what, why=_WHY, fix=_FIX)


def _of(step: StepSpec, root: str) -> str:
    place = f"{os.path.relpath(step.path, root)}:{step.line}" if step.path else "in a cell"
    return f"step '{step.name}' ({place})"


def _normal(pattern: str, root: str) -> str:
    full = os.path.normpath(os.path.join(root, os.path.expanduser(pattern)))
    if full == root:
        return "."
    return (full[len(root) + 1 :] if full.startswith(root + os.sep) else full).replace(os.sep, "/")


def stats(patterns: Iterable[str], root: str) -> dict[str, Stat | None]:
    """Return all files that patterns name, with their stats: what must not change while a step runs."""
    found = {file for pattern in patterns for files in expand(pattern, root).values() for file in files}
    return {file: file_stat(os.path.join(root, file)) for file in sorted(found)}


def check_unchanged(step: StepSpec, patterns: Iterable[str], before: Mapping[str, Stat | None], root: str) -> None:
    """Refuse a result if a file that patterns name has come, gone or changed since `before` (`stats`).

    Raises
    ------
    StepError
        With the file.
    """
    after = stats(patterns, root)
    changed = sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
    if changed:
        raise StepError(
            f"{changed[0]}, which step '{step.name}' depends on, changed while the step ran",
            why="nobody can tell which content the step has read, so its result is not kept",
            fix="run doit again when the file is complete",
        )


def expand(pattern: str, root: str) -> dict[str, tuple[str, ...]]:
    """Return what a pattern names at this moment.

    Parameters
    ----------
    pattern : str
        A `normal` one.
    root : str
        The project's folder.

    Returns
    -------
    dict of str to tuple of str
        ``{"query.sql": ("query.sql",), "folder/": ("folder/a", "folder/b")}``: the name of each ingredient and the
        files that it consists of, sorted; empty if nothing is there.
    """
    if os.path.lexists(os.path.join(root, pattern)):
        names = [pattern]
    elif any(letter in pattern for letter in _MAGIC):
        import glob

        names = sorted(glob.glob(pattern, root_dir=root, recursive=True))
    else:
        names = []
    found: dict[str, tuple[str, ...]] = {}
    for name in names:
        name = name.rstrip("/").replace(os.sep, "/")
        if not os.path.isdir(os.path.join(root, name)):
            if _is_data(name, pattern):
                found[name] = (name,)
        elif "**" not in pattern and _is_data(name + "/", pattern):
            found[name + "/"] = tuple(_inside(name, root))
    return found


def _is_data(name: str, pattern: str) -> bool:
    """Whether a name that a glob finds is meant: not the artifacts, which every run writes, nor Python's own files."""
    if not _NOT_DATA.isdisjoint(name.split("/")):
        return False
    return not name.startswith(_READABLE_PATHS + "/") or pattern.startswith(_READABLE_PATHS)


def _inside(folder: str, root: str) -> Iterator[str]:
    top = os.path.join(root, folder)
    for where, folders, files in os.walk(top):
        folders[:] = sorted(name for name in folders if name not in _NOT_DATA)
        if os.path.samefile(where, root) and _READABLE_PATHS in folders:
            folders.remove(_READABLE_PATHS)
        for file in sorted(name for name in files if not name.startswith(_DOITS)):
            yield os.path.normpath(os.path.join(folder, os.path.relpath(where, top), file)).replace(os.sep, "/")


def lists(patterns: Iterable[str], folder: str) -> bool:
    """Say whether a glob looks at the names in a folder: which of them count is said by the glob."""
    from fnmatch import fnmatchcase

    inside = [] if folder == "." else folder.split("/")
    globs = (pattern.split("/") for pattern in patterns if any(letter in pattern for letter in _MAGIC))
    return any(_same(parts[:count], inside, fnmatchcase) for parts in globs for count in range(len(parts)))


def matches(pattern: str, path: str) -> bool:
    """Say whether a path that need not exist is, or lies in, what a pattern names."""
    from fnmatch import fnmatchcase

    parts = path.split("/")
    if pattern == ".":
        return parts[0] not in ("", "..")
    return any(_same(pattern.split("/"), parts[:count], fnmatchcase) for count in range(1, len(parts) + 1))


def may_hold(folder: str, pattern: str) -> bool:
    """Say whether something that a pattern names may lie inside a folder, which need not exist yet.

    Any path may be a folder, but where only a ``**`` of the pattern reaches into it, it has to look like one.
    """
    from fnmatch import fnmatchcase

    patterns = pattern.split("/")
    parts = [] if folder == "." else folder.split("/")
    for part, wanted in zip(parts, patterns, strict=False):
        if wanted == "**":
            return os.path.isdir(folder) or not (os.path.exists(folder) or os.path.splitext(folder)[1])
        if not fnmatchcase(part, wanted):
            return False
    return len(patterns) > len(parts) and patterns[0] != ".." and (bool(parts) or bool(patterns[0]))


def _same(patterns: list[str], parts: list[str], fits: Callable[[str, str], bool]) -> bool:
    if not patterns or not parts:
        return not parts and all(pattern == "**" for pattern in patterns)
    if patterns[0] == "**":
        return _same(patterns[1:], parts, fits) or _same(patterns, parts[1:], fits)
    hidden = parts[0].startswith(".") and not patterns[0].startswith(".")
    return not hidden and fits(parts[0], patterns[0]) and _same(patterns[1:], parts[1:], fits)


def _nearest(pattern: str, root: str, also: Iterable[str] = ()) -> str:
    """Return `` (did you mean 'configs/*.json'?)`` for a pattern that names nothing, or an empty text.

    Parameters
    ----------
    pattern, root : str
        As `expand` has them.
    also : iterable of str
        Paths that tasks are going to make.
    """
    import difflib

    parts = pattern.split("/")
    for place, part in enumerate(parts):
        before = "/".join(parts[:place])
        folder = os.path.join(root, before)
        if any(letter in part for letter in _MAGIC) or os.path.lexists(os.path.join(folder, part)):
            continue
        there = os.listdir(folder) if os.path.isdir(folder) else []
        near = difflib.get_close_matches(part, there, n=1, cutoff=0.5)
        if near:
            return f" (did you mean '{'/'.join([*parts[:place], near[0], *parts[place + 1 :]])}'?)"
        break
    found = difflib.get_close_matches(pattern, list(also), n=1, cutoff=0.5)
    return f" (did you mean '{found[0]}'?)" if found else ""
