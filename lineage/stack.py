"""Which artifact store, metadata store and executor a project uses, and where they are.

Only the default stack exists so far: a folder, an SQLite file and this machine. It needs no configuration. Whoever
needs a store asks the stack for it; nothing is opened or created before that.
"""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lineage.records.protocol import MetadataStore
    from lineage.stores.progress import Boards
    from lineage.stores.protocol import ArtifactStore
    from lineage.stores.scratch import Scratch

__all__ = ["COMPONENTS", "FOLDER", "READABLE", "Stack", "find_project"]

#: The folder in which a project keeps what lineage remembers.
FOLDER = ".lineage"
#: The folder with the readable paths of the current artifacts.
READABLE = "artifacts"
#: Where the default artifact store is. Short, so that the target of a readable path
#: (``../../.lineage/objects/f6/...``) has less than 60 bytes: ext4 keeps such a link in its inode, and a longer one in
#: a block of its own, at ten times the cost.
_OBJECTS = "objects"
#: The parts of a stack, by the names that `lineage stack describe` takes.
COMPONENTS = ("artifact-store", "metadata-store", "executor")


class Stack:
    """The stores and the executor of one project.

    Parameters
    ----------
    project : str
        The project's folder (where dodo.py is).
    read_only : bool, optional
        Open the stores for reading only: queries create nothing.
    records : bool, optional
        Whether the metadata store is written to.
    """

    def __init__(self, project: str, *, read_only: bool = False, records: bool = True) -> None:
        self.project = project
        self.folder = os.path.join(project, FOLDER)
        self.read_only = read_only
        self.records = records and not read_only

    @cached_property
    def artifacts(self) -> ArtifactStore:
        """The artifact store: bytes by their hash."""
        from lineage.stores.folder import FolderStore

        return FolderStore(os.path.join(self.folder, _OBJECTS), read_only=self.read_only)

    @cached_property
    def metadata(self) -> MetadataStore:
        """The metadata store: runs, traces and lineage."""
        from lineage.records.sqlite import SqliteStore

        if self.records:
            self.prepare()
        return SqliteStore(os.path.join(self.folder, "metadata.sqlite"), read_only=not self.records)

    @cached_property
    def work(self) -> Scratch:
        """Where commands write their outputs before those are stored, and what else is needed for a moment."""
        from lineage.stores.scratch import Scratch

        return Scratch(self.path("work"))

    @cached_property
    def boards(self) -> Boards:
        """Where steps tell how far they are."""
        from lineage.stores.progress import Boards
        from lineage.stores.scratch import Scratch

        return Boards(Scratch(self.path("progress")))

    def path(self, *parts: str) -> str:
        """Return a path inside the project's ``.lineage`` folder."""
        return os.path.join(self.folder, *parts)

    def prepare(self) -> None:
        """Make the project's ``.lineage`` folder, which keeps itself out of git."""
        keep_out_of_git(self.folder)

    def describe(self) -> dict[str, dict[str, Any]]:
        """Describe each component: its kind, where it is, and what it holds.

        Returns
        -------
        dict
            By the names in `COMPONENTS`; plain JSON.
        """
        return {
            "artifact-store": self.artifacts.describe(),
            "metadata-store": self.metadata.describe(),
            "executor": {"kind": "local", "where": "this machine", "processors": os.cpu_count() or 1},
        }

    def close(self) -> None:
        """Write what the stores remember in caches, close them, and let go of what was needed for a moment."""
        if "artifacts" in self.__dict__:
            self.artifacts.close()
        if "work" in self.__dict__:
            self.work.release()
        if "boards" in self.__dict__:
            self.boards.release()
        if "metadata" in self.__dict__:
            self.metadata.close()
            del self.__dict__["metadata"]


def keep_out_of_git(folder: str) -> None:
    """Make a folder that git ignores without an entry in the project's own ``.gitignore``."""
    ignore = os.path.join(folder, ".gitignore")
    if os.path.exists(ignore):
        return
    temporary = f"{ignore}.{os.getpid()}"
    try:
        os.makedirs(folder, exist_ok=True)
        with open(temporary, "w", encoding="utf-8") as file:
            file.write("# Made by lineage; everything in here can be made again.\n*\n")
        # A link that leads nowhere may stand there: it is replaced, and not written through.
        os.replace(temporary, ignore)
    except OSError as error:
        from lineage.errors.refusal import refused

        raise refused(f"cannot write to {folder}", error, ignore) from error


def find_project(start: str | None = None) -> str | None:
    """Find the project that a folder belongs to.

    Parameters
    ----------
    start : str, optional
        Where to begin; the current folder by default.

    Returns
    -------
    str or None
        The nearest folder upwards with a ``dodo.py`` or a ``.lineage`` folder; ``None`` if there is none.
    """
    folder = os.path.abspath(start or os.getcwd())
    while True:
        if os.path.isdir(os.path.join(folder, FOLDER)) or os.path.isfile(os.path.join(folder, "dodo.py")):
            return folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent
