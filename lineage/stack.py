"""The artifact store, metadata store and executor that a project uses: one line here for each kind of store.

The default stack is a folder, an SQLite file and this machine, and needs no configuration; `lineage.choice` says which
other one was asked for. Whoever needs a store asks the stack for it; nothing is opened or created before that.
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lineage.errors import FormatError, StoreError, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from lineage.choice import Address, Choice
    from lineage.model.checked import Finding
    from lineage.model.stored import Stat
    from lineage.records.protocol import MetadataStore
    from lineage.share.sharing import Sharing
    from lineage.stores.objects import Objects
    from lineage.stores.progress import Boards
    from lineage.stores.protocol import ArtifactStore
    from lineage.stores.scratch import Scratch

__all__ = ["COMPONENTS", "DATABASE", "FOLDER", "OBJECTS", "READABLE", "Stack", "find_project", "find_repository"]

#: The folder in which a project keeps what lineage remembers.
FOLDER = ".lineage"
#: The folder with the readable paths of the current artifacts.
READABLE = "artifacts"
#: The default metadata store, and where the default artifact store has its objects, in that folder.
DATABASE, OBJECTS = "metadata.sqlite", "objects"
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
    default : bool, optional
        It is known that the project uses the default stack: nothing is read to find out.
    """

    def __init__(self, project: str, *, read_only: bool = False, records: bool = True, default: bool = False) -> None:
        self._default = default
        self.project = project
        self.folder = os.path.join(project, FOLDER)
        self.read_only = read_only
        self.records = records and not read_only

    @cached_property
    def choice(self) -> Choice:
        """Which stores these are, and who said so."""
        from lineage.choice import choose

        return choose(self.project)

    @cached_property
    def artifacts(self) -> ArtifactStore:
        """The artifact store: bytes by their hash."""
        if self.sharing is not None:
            return self.sharing.store
        from lineage.stores.folder import FolderStore

        return FolderStore(self.objects, read_only=self.read_only)

    @property
    def objects(self) -> str:
        """The folder in which objects are here, whatever is elsewhere."""
        artifacts = self.choice.artifacts
        return artifacts.where if artifacts.kind == "folder" else self.path(OBJECTS)

    @cached_property
    def sharing(self) -> Sharing | None:
        """What is shared with others: an object store, a folder elsewhere, a cache; ``None`` if nothing is."""
        if self._default:
            return None
        choice = self.choice
        is_foreign = not choice.trusts_artifacts(self.project) and choice.artifacts.kind == "folder"
        if not choice.is_shared and not is_foreign:
            return None
        from lineage.share.sharing import Sharing

        artifacts = None if choice.artifacts.kind == "folder" else _opened(choice.artifacts)
        cache = None if choice.cache is None else _opened(choice.cache)
        places = (artifacts, cache, choice.cache_mode, choice.key)
        return Sharing(self.folder, self.objects, *places, is_foreign=is_foreign, read_only=self.read_only)

    @property
    def is_shared(self) -> bool:
        """Whether somebody may be asked for results or their bytes: a shared cache, or an object store."""
        return not self._default and self.choice.is_shared

    @cached_property
    def metadata(self) -> MetadataStore:
        """The metadata store: runs, traces and lineage."""
        if self.records:
            self.prepare()
        where = self.path(DATABASE)
        if not self._default:
            where = self.choice.metadata.where
            if self.choice.metadata.kind == "postgresql":
                from lineage.records.opening import open_postgres

                return open_postgres(where, read_only=not self.records)
        from lineage.records.sqlite import SqliteStore

        return SqliteStore(where, read_only=not self.records)

    def bring(
        self, blob: str, format: str, type: str, name: str, stat: Stat | None = None, *, in_place: bool = False
    ) -> None:
        """Make sure that an artifact is here, intact, and may be read: the one place that decides whether it may.

        What can run code when it is read (a pickle) is read only if it was made here, or if a record names it that
        somebody has signed whom this user trusts. No artifact has a say in that.

        Parameters
        ----------
        blob : str
            The hash of its bytes.
        format, type : str
            What reads it, and the value's type.
        name : str
            For people.
        stat : tuple of int, optional
            The stat it had when it was last known to be intact.
        in_place : bool
            A program that is not lineage's is going to open it where it lies: `load` reads what can run code otherwise.

        Raises
        ------
        TrustError
            If reading it may run code, and nobody who is trusted vouches for it.
        RemoteError
            If the place that has it does not answer.
        StoreError
            If it is missing or damaged.
        """
        store = self.artifacts
        here = store.trusted(blob, stat) is not None
        if self.sharing is not None:
            from lineage.formats.registry import by_name

            _ = here or store.elsewhere(blob)  # asks, where nothing is known of it
            can_run = not by_name(format).safe
            if can_run and not store.vouched(blob, format):
                raise _untrusted(name, format, type)
            here = store.bring(blob) is not None and (not in_place or not can_run or store.proven(blob, format))
        if not here:
            raise self._missing(name, blob)

    def bring_ahead(self, wanted: Iterable[tuple[str, str]]) -> None:
        """Have artifacts come, several at a time, that `bring` is going to be asked for: it says what goes wrong.

        Parameters
        ----------
        wanted : iterable of (str, str)
            Of each the hash of its bytes, and what reads it.
        """
        if self.sharing is not None:
            self.sharing.bring_ahead(wanted)

    def may_read(self, blob: str, format: str) -> bool:
        """Whether an artifact may be read, as far as it is here: `bring` says why not."""
        if self.sharing is None:
            return True
        from lineage.formats.registry import by_name

        try:
            return by_name(format).safe or self.artifacts.vouched(blob, format)
        except FormatError:
            return False

    def load(self, blob: str, format: str, name: str, summary: dict[str, Any]) -> Any:
        """Read the value of an artifact that `bring` has let pass."""
        from lineage.formats.registry import by_name
        from lineage.stores.writing import remove

        found = by_name(format)
        if found.safe or self.sharing is None:
            return found.decode(self.artifacts.path(blob, summary.get("name")), summary)
        path = self.guarded(blob, format, name, self._private)
        if path == self.artifacts.place(blob):
            return found.decode(path, summary)
        try:
            return found.decode(path, summary)
        except FormatError as error:  # people know nothing of the copy
            error.what = error.what.replace(path, self.artifacts.place(blob))
            error.fix = error.fix and error.fix.replace(path, self.artifacts.place(blob))
            raise
        finally:
            remove(path)

    def guarded(self, blob: str, format: str, name: str, copy: Callable[[], str]) -> str:
        """Return where what can run code may be read: perhaps at the path that `copy` gives.

        Raises
        ------
        StoreError
            If it is not what was promised.
        """
        path = self.artifacts.guarded(blob, format, copy)
        if path is None:
            raise self._missing(name, blob)
        return path

    def _private(self) -> str:
        self.prepare()
        return self.work.new("copy")

    def _missing(self, name: str, blob: str) -> StoreError:
        return StoreError(
            f"artifact {name} is missing or damaged",
            why=self._why_missing(blob),
            fix="run `doit`: what is current is made again",
        )

    def _why_missing(self, blob: str) -> str:
        known = self.sharing.store.known.get(blob) if self.sharing is not None else None
        if known is not None and self.sharing is not None and known.place not in self.sharing.store.places:
            return f"it is in {known.place}, which this stack does not name"
        return "a value is never read from bytes that are not what was written"

    def recorded(self) -> tuple[Any, ...]:
        """Return what is another value once something was recorded; a page asks for it several times a second."""
        if self.choice.metadata.kind == "sqlite":
            # Two looks at the file system, since nothing may be open so far, or another file may be there by now: a
            # commit makes the log longer, or writes to it from the beginning at another time.
            path, opened = self.choice.metadata.where, vars(self).get("metadata")
            return _look(path), _look(f"{path}-wal"), opened.state() if opened else ()
        return self.metadata.state()

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
        choice = self.choice
        artifacts = self.artifacts.describe() | _chosen(choice.artifacts.why)
        if self.sharing is not None:
            artifacts |= self.sharing.describe()
        return {
            "artifact-store": artifacts,
            "metadata-store": self.metadata.describe() | _chosen(choice.metadata.why),
            "executor": {"kind": "local", "where": "this machine", "processors": os.cpu_count() or 1},
        }

    def check(self) -> Iterator[Finding]:
        """Find out whether the stores can be used; nothing is left in them."""
        from lineage.records.probing import probe_postgres, probe_sqlite
        from lineage.stores.probing import probe_folder

        yield from probe_folder(self.objects)
        if self.sharing is not None:
            yield from self.sharing.probe()
        metadata = self.choice.metadata
        yield from (probe_postgres if metadata.kind == "postgresql" else probe_sqlite)(metadata.where)

    def finish_sending(self) -> None:
        """Wait for what is being sent to others, and send what earlier commands have left."""
        # Where nothing was shared and nothing waits, the modules that would find that out are not loaded.
        if ("sharing" in self.__dict__ or _has_files(self.path("outbox"))) and self.sharing is not None:
            self.sharing.finish()

    def close(self) -> None:
        """Write what the stores remember in caches, close them, and let go of what was needed for a moment."""
        if "artifacts" in self.__dict__:
            self._say_whose()
            self.artifacts.close()
        if "work" in self.__dict__:
            self.work.release()
        if "boards" in self.__dict__:
            self.boards.release()
        if "metadata" in self.__dict__:
            self.metadata.close()
            del self.__dict__["metadata"]

    def _say_whose(self) -> None:
        """Let who collects in a folder that is not this project's own know of the records that name objects there."""
        if not self.read_only and not self._default and not self.choice.has_own_stores:
            from lineage.stores.users import me, register

            # Of records that cannot be read somebody is told by now; this must not take the place of it.
            with suppress(StoreError):
                register(self.objects, me(self.choice.metadata.shown_address, self.project), self.born)

    def born(self) -> float:
        """Return when the first run in the records began (Unix seconds); 0 if there is none."""
        rows = self.metadata.select("SELECT started FROM run ORDER BY run_id LIMIT 1")
        return float(rows[0][0]) if rows else 0.0


def _opened(address: Address) -> Objects:
    from lineage.stores.opening import open_objects

    return open_objects(address.kind, address.where)


def _untrusted(name: str, format: str, type: str) -> TrustError:
    return TrustError(
        f"artifact {name} ({type}, stored as {format}) is not read: nobody vouches for it",
        why=f"reading {format} can run any code, and no record that names it is signed with a key you trust",
        fix="ask whoever made it to sign what they share (`lineage trust create`, docs/stack.md) and add their key "
        "with `lineage trust add`; or make it here: doit -a -s TASK",
    )


def _chosen(why: str) -> dict[str, str]:
    """Return who said so, of a store that is not the default one."""
    return {} if why == "default" else {"chosen_by": why}


def _has_files(folder: str) -> bool:
    try:
        return bool(os.listdir(folder))
    except OSError:
        return False


def _look(path: str) -> tuple[int, int, int]:
    try:
        found = os.stat(path)
    except OSError:
        return (0, 0, 0)
    return (found.st_ino, found.st_size, found.st_mtime_ns)


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


def find_repository(folder: str) -> str | None:
    """Return the top of the git repository that a folder is in; ``None`` outside of one."""
    while not os.path.exists(os.path.join(folder, ".git")):  # a file, in a linked working copy
        folder, below = os.path.dirname(folder), folder
        if folder == below:
            return None
    return folder
