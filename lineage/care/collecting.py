"""Collect: decide what goes, and take it beside whoever runs."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from lineage.care.census import live_runs, used_since, versions
from lineage.care.choosing import Choice, Limits, Taken, choose
from lineage.care.needed import current_blobs, labelled_blobs, named_blobs, needed_blobs
from lineage.care.sharing import others
from lineage.records.protocol import MetadataStore
from lineage.stack import Stack
from lineage.stores.scratch import Scratch

__all__ = ["Collection", "collect", "left_over"]

#: Objects that are taken while nobody else can begin to use any.
_AT_ONCE = 64
_NAMED = "SELECT DISTINCT blob FROM artifact_version WHERE blob IS NOT NULL"


class Collection(NamedTuple):
    """What was decided, what was really taken, and what killed processes had left (path and bytes)."""

    choice: Choice
    taken: list[Taken]
    left: list[tuple[str, int]]


def collect(stack: Stack, limits: Limits, words: str, *, dry_run: bool) -> Collection:
    """Collect the garbage of a project's artifact store: of what is here, where an object store or a cache has more.

    Parameters
    ----------
    stack : Stack
        The project's stores; writable unless `dry_run`.
    limits : Limits
        What goes besides orphans.
    words : str
        The command as it was typed: it stands in the records of what is gone.
    dry_run : bool
        Only say what would go.

    Raises
    ------
    UsageError
        If the folder is used by others whose records cannot be read.
    """
    with others(stack) as foreign:
        return _Collector(stack, foreign).run(limits, words, dry_run=dry_run)


class _Collector:
    def __init__(self, stack: Stack, foreign: Sequence[MetadataStore]) -> None:
        self.stack = stack
        self.stores = [stack.metadata, *foreign]
        # What is recorded from here on is looked at again when objects are taken.
        self.live = [live_runs(store) for store in self.stores]
        self.current = current_blobs(stack)
        self.seen = self._memory()

    def run(self, limits: Limits, words: str, *, dry_run: bool) -> Collection:
        choice = self._choice(limits)
        left = left_over(self.stack)
        if dry_run:
            return Collection(choice, [], left)
        why = f"{words} ({getpass.getuser()} on {os.uname().nodename})"
        taken = list(self._take(choice.taken, why))
        self._sweep()
        return Collection(choice, taken, left)

    def _choice(self, limits: Limits) -> Choice:
        own, *foreign = self.stores
        needed = needed_blobs(self.stack, self.stores, self.live)
        theirs = {row[0] for store in foreign for row in store.select(_NAMED)}
        started = [each.started for each in self.live if each.started is not None]
        objects, known = list(self.stack.artifacts.kept()), _elsewhere(self.stack)
        oldest = min(started, default=None)
        return choose(objects, versions(own), needed, limits, oldest_run=oldest, foreign=theirs, elsewhere=known)

    def _take(self, chosen: Sequence[Taken], why: str) -> Iterator[Taken]:
        for start in range(0, len(chosen), _AT_ONCE):
            batch = {each.kept.blob: each for each in chosen[start : start + _AT_ONCE]}
            gone = self.stack.artifacts.collect(list(batch), lambda blobs, batch=batch: self._settle(blobs, batch, why))  # type: ignore[misc]
            yield from (batch[blob] for blob in gone)

    def _settle(self, blobs: Sequence[str], batch: dict[str, Taken], why: str) -> list[str]:
        """Return which objects may still go, and record that they do before they do.

        If this process dies in between, they are said to be gone and are there; what is there counts.
        """
        fresh = self._fresh([batch[blob] for blob in blobs])
        going = [blob for blob in blobs if blob not in fresh]
        noted = [(blob, "collected", why, batch[blob].kept.size) for blob in going if batch[blob].versions]
        if noted:
            self.stack.metadata.note_gone(noted)
        return going

    def _fresh(self, batch: Sequence[Taken]) -> set[str]:
        """Return the objects that were needed, recorded or labelled by anybody since it was decided what goes."""
        if self.seen != self._memory():
            self.current, self.seen = current_blobs(self.stack), self._memory()
        own, *foreign = self.stores
        blobs = [taken.kept.blob for taken in batch]
        used = used_since(own, [version for taken in batch for version in taken.versions])
        again = {taken.kept.blob for taken in batch if not used.isdisjoint(each.av_id for each in taken.versions)}
        orphans = [taken.kept.blob for taken in batch if not taken.versions]
        named = (named_blobs(store, blobs) for store in foreign)
        return self.current.union(again, labelled_blobs(own, blobs), named_blobs(own, orphans), *named)

    def _memory(self) -> tuple[int, int]:
        try:
            found = os.stat(self.stack.path("memory"))
        except OSError:
            return (0, 0)
        return (found.st_ino, found.st_mtime_ns)

    def _sweep(self) -> None:
        """Remove what killed processes have left: whoever makes a temporary file does that first."""
        if os.path.isdir(self.stack.objects):
            self.stack.artifacts.collect([], lambda _: [])
        for scratch in _scratches(self.stack):
            if os.path.isdir(scratch.folder):
                scratch.owner()
                scratch.release()


def _elsewhere(stack: Stack) -> Callable[[str], bool]:
    """Return what tells whether an object can be fetched again, as far as is known without asking anybody."""
    if stack.sharing is None:
        return lambda _: False
    return stack.sharing.store.is_placed


def left_over(stack: Stack) -> list[tuple[str, int]]:
    """Return the paths and bytes of what killed processes have left half-written."""
    folders = [Scratch(os.path.join(stack.objects, "tmp")), *_scratches(stack)]
    paths = [path for scratch in folders for path in scratch.left_over() if not path.endswith(".lock")]
    return [(path, _bytes(path)) for path in paths]


def _scratches(stack: Stack) -> list[Scratch]:
    return [Scratch(stack.path("work")), Scratch(stack.path("progress"))]


def _bytes(path: str) -> int:
    """Return the bytes of a file, or of all files in a folder; what vanishes meanwhile has none."""
    total = 0
    for folder, _, files in os.walk(path):
        total += sum(_size(os.path.join(folder, name)) for name in files)
    return total or _size(path)


def _size(path: str) -> int:
    try:
        return os.lstat(path).st_size
    except OSError:
        return 0
