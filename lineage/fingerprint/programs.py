"""The sources that a Python program of the project consists of: a script and all that it imports of the project.

What a step refers to is worked out statement by statement. Of a script that it starts, or of a file that it executes
itself, nobody can say which statements count: all of them do, and all of what is imported, wherever that stands.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from lineage.fingerprint.files import IndexFolder, Snapshot
from lineage.fingerprint.graph import Graph
from lineage.fingerprint.hits import Module
from lineage.fingerprint.modules import Modules, source_roots

__all__ = ["module_files", "sources"]


def sources(root: str, entry: str, cache: str | None = None) -> list[str]:
    """Return the files of a program.

    Parameters
    ----------
    root : str
        The project's folder.
    entry : str
        Absolute path of the source that is executed.
    cache : str, optional
        Folder with the indexes of sources; read only.

    Returns
    -------
    list of str
        Absolute paths, the entry's first.
    """
    snapshot = Snapshot({}, IndexFolder(cache))
    graph = Graph(Modules(source_roots(root)), snapshot.index, snapshot.kind)
    found: dict[Module, None] = {graph.at(entry): None}
    for module in _growing(found):
        statements = tuple(load for unit in module.units for load in (*unit.loads, *unit.late_loads))
        found.update(dict.fromkeys(graph.imported(module, statements)))
    return [module.path for module in found if module.path]


def _growing(found: dict[Module, None]) -> Iterator[Module]:
    done: set[Module] = set()
    while len(done) < len(found):
        for module in [each for each in found if each not in done]:
            done.add(module)
            yield module


def module_files(root: str, dotted: str, folder: str) -> list[str]:
    """Return the files that ``python -m`` executes for a module of the project; empty for any other.

    Parameters
    ----------
    root : str
        The project's folder.
    dotted : str
        The module's name.
    folder : str
        Where the program is started: it imports from there too.
    """
    if not all(part.isidentifier() for part in dotted.split(".")):
        return []
    for package, module in Modules(source_roots(root)).candidates(dotted, (folder,)):
        main = os.path.join(os.path.dirname(package), "__main__.py")
        if os.path.isfile(main):
            return [path for path in (package, main) if os.path.isfile(path)]
        if os.path.isfile(module):
            return [module]
    return []
