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
    for entry in sys.path:
        if entry.startswith(inside) and entry not in roots and _may_hold_sources(entry[len(inside) :]):
            roots.append(entry)
    return tuple(roots)


def _may_hold_sources(relative: str) -> bool:
    parts = relative.split(os.sep)
    return not any(part.startswith(".") or part in ("site-packages", "dist-packages") for part in parts)


class Modules:
    """Finds modules by name, asking only whether files exist.

    Parameters
    ----------
    roots : tuple of str
        The folders that modules are imported from.
    exists : callable
        Says whether a path is a file (True), a folder (False) or nothing (None); whoever gives it can note what was
        asked for and found missing.
    """

    def __init__(self, roots: tuple[str, ...]) -> None:
        self.roots = roots
        self._longest_first = sorted(roots, key=len, reverse=True)

    def candidates(self, dotted: str) -> list[tuple[str, str]]:
        """Return for each root the package file and the module file that `dotted` would be."""
        if dotted.partition(".")[0] == PACKAGE or not dotted:
            return []
        relative = dotted.replace(".", os.sep)
        return [
            (os.path.join(root, relative, "__init__.py"), os.path.join(root, relative + ".py")) for root in self.roots
        ]

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
