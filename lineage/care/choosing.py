"""Which objects `lineage gc` takes: orphans always, recorded versions only as far as it was asked to."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from lineage.care.census import Version
from lineage.stores.protocol import Kept

__all__ = ["Choice", "Limits", "Taken", "choose"]


class Limits(NamedTuple):
    """What the user asked for.

    Attributes
    ----------
    keep_last : int or None
        Versions of each artifact that stay, those that were used last.
    max_size : int or None
        Bytes that the store may have afterwards.
    grace : float
        Seconds for which an object that no version names stays.
    """

    keep_last: int | None = None
    max_size: int | None = None
    grace: float = 86_400.0


class Taken(NamedTuple):
    """An object that is collected, with the versions that name it, and why: orphan, keep-last or max-size.

    `elsewhere` says that a shared store has it too, so that it need not be made again.
    """

    kept: Kept
    versions: tuple[Version, ...]
    why: str
    elsewhere: bool = False

    @property
    def seconds(self) -> float:
        """What it takes to make it again."""
        return sum(self.costs().values())

    def costs(self) -> dict[int, float]:
        """Return the seconds of each step run that would have to be executed again."""
        return {} if self.elsewhere else {version.made_by: version.seconds for version in self.versions}


class Choice(NamedTuple):
    """What is collected, how much stays and why, in objects and bytes, and the bytes before and after."""

    taken: list[Taken]
    stays: dict[str, tuple[int, int]]
    before: int
    after: int

    @property
    def seconds(self) -> float:
        """What it takes to make all of it again; a step that puts out several artifacts is counted once."""
        return sum({step: seconds for each in self.taken for step, seconds in each.costs().items()}.values())


def choose(
    objects: Sequence[Kept],
    versions: Iterable[Version],
    needed: Mapping[str, str],
    limits: Limits,
    *,
    oldest_run: float | None = None,
    foreign: Iterable[str] = (),
    elsewhere: Callable[[str], bool] = lambda _: False,
) -> Choice:
    """Decide what is collected.

    Parameters
    ----------
    objects : sequence of Kept
        What is in the store.
    versions : iterable of Version
        What is recorded.
    needed : mapping
        Objects that stay, each with why.
    limits : Limits
        What the user asked for.
    oldest_run : float, optional
        When the oldest run began that goes on.
    foreign : iterable of str
        Objects that the records of others name: they stay.
    elsewhere : callable, optional
        Whether an object can be fetched again: then it costs nothing to make.
    """
    chosen = _Choosing(objects, versions, {**dict.fromkeys(foreign, "others"), **needed}, elsewhere)
    chosen.take_orphans(limits.grace, oldest_run)
    if limits.keep_last is not None:
        chosen.take_old(limits.keep_last)
    if limits.max_size is not None:
        chosen.take_until(limits.max_size)
    return chosen.result()


class _Choosing:
    def __init__(
        self,
        objects: Sequence[Kept],
        versions: Iterable[Version],
        needed: Mapping[str, str],
        elsewhere: Callable[[str], bool],
    ) -> None:
        self.elsewhere = elsewhere
        self.left = {each.blob: each for each in objects}
        self.needed = needed
        self.named: dict[str, list[Version]] = {}
        for version in versions:
            self.named.setdefault(version.blob, []).append(version)
        self.before = sum(each.size for each in objects)
        self.taken: list[Taken] = []

    def take(self, blob: str, why: str) -> None:
        self.taken.append(self.as_taken(blob, why))
        del self.left[blob]

    def as_taken(self, blob: str, why: str) -> Taken:
        return Taken(self.left[blob], tuple(self.named.get(blob, ())), why, self.elsewhere(blob))

    def may_go(self) -> list[str]:
        """Return what is recorded and in the store, and what nobody needs."""
        return [blob for blob in self.left if blob in self.named and blob not in self.needed]

    def take_orphans(self, grace: float, oldest_run: float | None) -> None:
        newest = time.time() - grace
        if oldest_run is not None:  # it may have stored what it has not recorded yet
            newest = min(newest, oldest_run)
        orphans = [each for each in self.left.values() if each.blob not in self.named and each.blob not in self.needed]
        for each in sorted(orphans, key=lambda each: each.stored):
            if each.stored < newest:
                self.take(each.blob, "orphan")

    def take_old(self, count: int) -> None:
        """Take the versions of each artifact but for the last, unless another artifact keeps the same bytes."""
        stays = {version.av_id for each in self._by_artifact().values() for version in each[:count]}
        for blob in self.may_go():
            if stays.isdisjoint(version.av_id for version in self.named[blob]):
                self.take(blob, "keep-last")

    def _by_artifact(self) -> dict[str, list[Version]]:
        """Return the versions of each artifact that are in the store, those first that were used last."""
        found: dict[str, list[Version]] = {}
        for blob in self.left:
            for version in self.named.get(blob, ()):
                found.setdefault(version.name, []).append(version)
        for each in found.values():
            each.sort(key=lambda version: (version.run_id, version.made_by, version.av_id), reverse=True)
        return found

    def take_until(self, size: int) -> None:
        """Take what is cheapest to make again for its size, until the rest fits."""
        total = sum(each.size for each in self.left.values())
        for blob in sorted(self.may_go(), key=self._price):
            if total <= size:
                return
            total -= self.left[blob].size
            self.take(blob, "max-size")

    def _price(self, blob: str) -> tuple[float, float]:
        """Return the seconds that a byte costs, and when it was used last."""
        taken = self.as_taken(blob, "")
        return taken.seconds / max(taken.kept.size, 1), max(version.used for version in taken.versions)

    def result(self) -> Choice:
        stays: dict[str, tuple[int, int]] = {}
        counts, sizes = Counter[str](), Counter[str]()
        for blob, each in self.left.items():
            why = self.needed.get(blob) or ("recorded" if blob in self.named else "new")
            counts[why] += 1
            sizes[why] += each.size
        stays = {why: (counts[why], sizes[why]) for why in sorted(counts)}
        return Choice(self.taken, stays, self.before, sum(each.size for each in self.left.values()))
