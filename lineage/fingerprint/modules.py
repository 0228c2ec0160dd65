"""Where the project's own modules lie, found without importing anything."""

from __future__ import annotations

import os
import sys

from lineage.fingerprint.source import PACKAGE

__all__ = ["Modules", "source_roots"]


def source_roots(root: str) -> tuple[str, ...]:
    """Return the folders of a project from which its modules are imported, in the order in which they are searched.

    The project's folder itself, its ``src``, and what else of ``sys.path`` lies inside it (a folder given in PYTHONPATH
    or by an editable installation), but for installed packages.
    """
    roots = [root]
    source = os.path.join(root, "src")
    if os.path.isdir(source) and not os.path.exists(os.path.join(source, "__init__.py")):
        roots.append(source)
    inside = root + os.sep
    for entry in map(os.path.realpath, filter(None, sys.path)):
        if entry.startswith(inside) and entry not in roots and _may_hold_sources(entry[len(inside) :]):
            roots.append(entry)
    return tuple(roots)


def _in_order(roots: tuple[str, ...]) -> tuple[str, ...]:
    """Return folders in the order in which Python searches them.

    dodo.py may have put one before the project's own, which is there already when doit executes it.
    """
    if len(roots) == 1:
        return roots
    places = {entry: place for place, entry in reversed(list(enumerate(map(os.path.realpath, sys.path))))}
    places.setdefault(roots[0], -1)
    return tuple(sorted(roots, key=lambda root: places.get(root, len(sys.path))))


def _may_hold_sources(relative: str) -> bool:
    parts = relative.split(os.sep)
    return not any(part.startswith(".") or part in ("site-packages", "dist-packages") for part in parts)


class Modules:
    """Finds modules by name, asking only whether files exist.

    Parameters
    ----------
    roots : tuple of str
        The folders that modules are imported from, the project's own first.

    Attributes
    ----------
    roots : tuple of str
        The same.
    in_order : tuple of str
        The same in the order in which they are searched.
    """

    def __init__(self, roots: tuple[str, ...]) -> None:
        self.roots = roots
        self.in_order = _in_order(roots)
        self._longest_first = sorted(roots, key=len, reverse=True)

    def candidates(self, dotted: str, beside: tuple[str, ...] = ()) -> list[tuple[str, str]]:
        """Return for each root the package file and the module file that `dotted` would be.

        Parameters
        ----------
        dotted : str
            An absolute module name. This library's own is never a project's, and a builtin module never a file.
        beside : tuple of str
            More folders to search after the roots: that of the module which imports it, because scripts that are
            run from their own folder import their neighbours so, and those that it adds to ``sys.path``.
        """
        first = dotted.partition(".")[0]
        if not dotted or first == PACKAGE or first in sys.builtin_module_names:
            return []
        relative = dotted.replace(".", os.sep)
        roots = (*self.in_order, *beside)
        return [(os.path.join(root, relative, "__init__.py"), os.path.join(root, relative + ".py")) for root in roots]

    def name(self, path: str) -> str | None:
        """Return the dotted name under which a file would be imported, ``None`` if it cannot be."""
        for root in self._longest_first:
            if not path.startswith(root + os.sep) or not path.endswith(".py"):
                continue
            parts = path[len(root) + 1 : -3].split(os.sep)
            if len(parts) > 1 and parts[-1] == "__init__":
                parts.pop()
            if all(part.isidentifier() for part in parts):
                return ".".join(parts)
        return None
