"""Find what is damaged or missing in a project's stores, set it aside, and say how it comes back."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from lineage.care.census import Version, versions
from lineage.care.needed import current_blobs
from lineage.care.soundness import problems
from lineage.errors import LineageError, StoreError
from lineage.execute.memory import Known, Memory, read_marks
from lineage.formats.registry import by_name
from lineage.query import History
from lineage.query.gone import made_again
from lineage.share.outbox import Outbox
from lineage.stack import Stack
from lineage.stores.elsewhere import Elsewhere

__all__ = ["Checked", "Damage", "check"]


class Damage(NamedTuple):
    """One thing that is not as it should be.

    Attributes
    ----------
    kind : str
        ``object``, ``records``, ``link``, ``cache``, ``elsewhere``, ``outbox``, ``marks`` or ``doit``.
    what : str
        What it is: an artifact's version, a path.
    state : str
        ``damaged``, ``missing``, ``unreadable`` or ``astray`` (a readable path that does not lead to its object).
    told : str
        What was done about it, or what is to be done.
    task, words : str, tuple of str
        The task whose run brings it back, with the ``name=value`` words; none if a run does not.
    mended : bool
        Whether nothing is lost any more.
    blob : str
        The hash of an object that a shared store has: it can be fetched.
    """

    kind: str
    what: str
    state: str
    told: str
    task: str = ""
    words: tuple[str, ...] = ()
    mended: bool = False
    blob: str = ""


class Checked(NamedTuple):
    """How much was looked at, and what was found."""

    objects: int
    bytes: int
    found: list[Damage]


def check(history: History, stack: Stack) -> Checked:
    """Check everything.

    Parameters
    ----------
    history : History
        The project's history, to tell what is damaged.
    stack : Stack
        Its stores; where they are writable, damaged objects are kept aside and damaged caches taken away.
    """
    return _Checker(history, stack).run()


class _Checker:
    def __init__(self, history: History, stack: Stack) -> None:
        self.history, self.stack = history, stack
        self.objects = self.bytes = 0
        self.told: set[str] = set()
        self.began = time.time_ns()
        self.records = [Damage("records", what, "damaged", fix) for what, fix in problems(stack.metadata)]
        self.named: dict[str, list[Version]] = {}
        with suppress(LineageError):  # records that cannot be read name nothing
            for version in versions(stack.metadata):
                self.named.setdefault(version.blob, []).append(version)
        # Damaged caches are taken away after they were read for what they may still say.
        self.known = {task: Known(*fields) for task, fields in Memory(stack.path("memory")).tasks.items()}
        self.current = self._current()

    def _current(self) -> set[str]:
        try:
            return current_blobs(self.stack)
        except LineageError:
            return set()

    def run(self) -> Checked:
        found = [*self.records, *self._objects(), *self._missing(), *self._links()]
        found += [*self._caches(), *self._elsewhere(), *self._outbox(), *self._marks()]
        return Checked(self.objects, self.bytes, found)

    # -- objects -----------------------------------------------------------------------------------------------------

    def _objects(self) -> Iterator[Damage]:
        lost: list[tuple[str, int]] = []
        for each in list(self.stack.artifacts.kept()):
            self.objects, self.bytes = self.objects + 1, self.bytes + each.size
            state = self._state(each.blob)
            if state is not None:
                self.told.add(each.blob)
                yield from self._told(each.blob, state)
                lost += [(each.blob, each.size)] if state == "damaged" else []
        if lost and not self.stack.read_only:
            with suppress(LineageError):
                self.stack.metadata.note_gone([(blob, "damaged", "", size) for blob, size in lost])

    def _state(self, blob: str) -> str | None:
        """Return what is wrong with an object; a damaged one is set aside by being looked at."""
        artifacts = self.stack.artifacts
        try:
            intact = artifacts.verify(blob) is not None
        except StoreError:
            return "unreadable"
        # Gone is what somebody has collected meanwhile; damaged, what was set aside or is still there.
        return None if intact or (artifacts.stat(blob) is None and not self._aside(blob)) else "damaged"

    def _aside(self, blob: str) -> str | None:
        """Return where an object is kept that was found damaged just now."""
        folder = os.path.join(os.path.dirname(self.stack.objects), "damaged")
        with suppress(FileNotFoundError):
            for name in os.listdir(folder):
                kept, _, moment = name.partition("-")
                if kept == blob and int(moment, 16) >= self.began:
                    return os.path.join(folder, name)
        return None

    def _told(self, blob: str, state: str) -> Iterator[Damage]:
        aside = self._aside(blob) if state == "damaged" else None
        place = f"kept aside in {self._short(aside)}; " if aside else ""
        if state == "unreadable":
            place = "make it readable (permissions, the disk); "
        if blob not in self.named:
            yield Damage("object", blob, state, f"{place}no record names it", mended=state == "damaged")
        for version in self.named.get(blob, ()):
            yield self._lost(version, state, place)

    def _lost(self, version: Version, state: str, place: str) -> Damage:
        task, words = self._origin(version)
        is_current = version.blob in self.current
        if self._may_be_fetched(version):
            told = f"{place}a shared store has it: it is fetched when it is needed"
            by = (task, words) if is_current else ("", ())
            return Damage("object", str(version), state, told, *by, blob=version.blob)
        if is_current:
            command = shlex.join(["doit", task, *words])
            return Damage("object", str(version), state, f"{place}`{command}` makes it again", task, words)
        again = "it is made again when it is needed"
        with suppress(LineageError):
            again = f"an older version: {made_again(self.history.find(str(version))[0])}"
        return Damage("object", str(version), state, f"{place}{again}")

    def _may_be_fetched(self, version: Version) -> bool:
        """Whether a shared store has a version's bytes, and they may be read once they are here.

        It was made here, or came by a signed record; what comes in its place must be vouched for too, if reading it can
        run code.
        """
        artifacts = self.stack.artifacts
        if not artifacts.elsewhere(version.blob):
            return False
        with suppress(LineageError):
            return by_name(version.format).safe or artifacts.vouched(version.blob, version.format)
        return False

    def _origin(self, version: Version) -> tuple[str, tuple[str, ...]]:
        """Return the task that makes a version, and the words of the run that had it last."""
        with suppress(LineageError):
            run = self.history.run(version.run_id)
            words = tuple(f"{name}={value}" for name, value in run.selection.items())
            step = self.history.find(str(version))[0].producer
            pipeline = version.name.partition("/")[0]
            return (step.task if step is not None else pipeline), words
        return version.name.partition("/")[0], ()

    def _missing(self) -> Iterator[Damage]:
        """Tell which objects of the current state are not there; of older ones that is no damage."""
        for blob in sorted(self.current - self.told):
            if self.stack.artifacts.stat(blob) is None and not self.stack.artifacts.elsewhere(blob):
                for version in self.named.get(blob, ()):
                    yield self._lost(version, "missing", "")

    # -- readable paths ----------------------------------------------------------------------------------------------

    def _links(self) -> Iterator[Damage]:
        for task, known in self.known.items():
            for link, stored in zip(known.links, known.stored(), strict=False):
                wrong = self._astray(os.path.join(self.stack.project, link), stored.blob)
                if wrong is not None:
                    yield Damage("link", link, "astray", f"{wrong}; `doit` sets it again", task, self._words(task))

    def _astray(self, path: str, blob: str) -> str | None:
        """Say what is wrong with a readable path; one that is not there was taken away by `doit clean`."""
        if not os.path.lexists(path):
            return None
        if not os.path.islink(path):
            return "a file stands in its place, which is kept in .lineage/damaged"
        return None if os.readlink(path).endswith(blob) else "it leads to another object"

    def _words(self, task: str) -> tuple[str, ...]:
        blobs = [stored.blob for stored in self.known[task].stored()]
        named = [version for blob in blobs for version in self.named.get(blob, ())]
        return self._origin(named[0])[1] if named else ()

    # -- caches, and what the user has said ----------------------------------------------------------------------------

    def _caches(self) -> Iterator[Damage]:
        places = {self.stack.path("memory"): _sealed, self.stack.path("receipt"): _sealed_by_blake}
        # Of a folder that others write to it is in the project's own.
        places |= dict.fromkeys((os.path.join(self.stack.objects, "ledger"), self.stack.path("ledger")), _sealed_ledger)
        for path, is_whole in places.items():
            with suppress(FileNotFoundError), open(path, "rb") as file:
                if not is_whole(file.read()):
                    yield Damage("cache", self._short(path), "damaged", self._taken_away(path), mended=True)

    def _taken_away(self, path: str) -> str:
        if not self.stack.read_only:
            os.unlink(path)
        return "a cache, which is worked out again: nothing is lost"

    def _elsewhere(self) -> Iterator[Damage]:
        """Find lines of what is known of shared stores that are not as they were written: they tell nothing."""
        known = Elsewhere(self.stack.path("elsewhere"), read_only=True)
        damaged = known.damaged()
        if damaged:
            if not self.stack.read_only:
                known.blank()
            lines = "1 line is passed over" if damaged == 1 else f"{damaged} lines are passed over"
            told = f"{lines}: shared stores are asked again for what it told, and what they lack is made again"
            yield Damage("elsewhere", self._short(known.path), "damaged", told, mended=True)

    def _outbox(self) -> Iterator[Damage]:
        """Find what waits to be sent and is not as it was written: the same can be made, and sent, again."""
        outbox = Outbox(self.stack.path("outbox"))
        for name in outbox.names():
            if outbox.read(name) is None:
                aside = None if self.stack.read_only else outbox.set_aside(name)
                told = f"kept in {self._short(aside)}" if aside else "left where it is"
                what = self._short(os.path.join(outbox.folder, name))
                yield Damage("outbox", what, "damaged", f"{told}: others make the result again", mended=True)

    def _marks(self) -> Iterator[Damage]:
        path = self.stack.path("marks.json")
        with suppress(FileNotFoundError), open(path, "rb") as file:
            if not _is_marks(file.read()):
                fix = f"delete it, and tell `doit ignore` and `doit forget` again which tasks: `rm {self._short(path)}`"
                yield Damage("marks", self._short(path), "damaged", fix)

    def _short(self, path: str | None) -> str:
        return os.path.relpath(path or "", self.stack.project)


def _sealed(content: bytes) -> bool:
    from xxhash import xxh3_128_digest

    return content[:16] == xxh3_128_digest(content[16:])


def _sealed_ledger(content: bytes) -> bool:
    from lineage.stores.ledger import MAGIC

    return content.startswith(MAGIC) and _sealed(content[len(MAGIC) :])


def _sealed_by_blake(content: bytes) -> bool:
    from hashlib import blake2b

    return content[:16] == blake2b(content[16:], digest_size=16).digest()


def _is_marks(content: bytes) -> bool:
    try:
        read_marks(content)
    except ValueError:
        return False
    return True
