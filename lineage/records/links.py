"""What step runs took and gave: the rows of versions, and who consumed and produced them.

A number belongs to an artifact and a digest, and has no gaps. Which one it is, the database finds out while the rows
are written, so that nobody has to ask before: the transaction excludes other writers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lineage.model.stored import Stored
from lineage.records import statements as sql
from lineage.records.cursor import Cursor, Found
from lineage.records.encoding import dumps as _dumps
from lineage.records.encoding import text as _text
from lineage.records.protocol import FILE, Row, StepOutcome

__all__ = ["Links", "Versions", "sealed"]

#: What was stored: blob, size, format, type, summary as JSON.
Content = tuple[str | None, int | None, str, str, str | None]
#: The name of an artifact, and the digest of a value.
Key = tuple[str, str]
#: A version that was recorded, or will be with the transaction: what finds its id, number and blob; the blob, or
#: `_UNKNOWN` where it was taken and is looked for; the step run that executed to make it, and what finds it.
Linked = tuple[Found, str | None, int | None, Found | None]

_UNKNOWN = "?"


class Versions:
    """What a process remembers of artifacts and versions: only what was committed."""

    __slots__ = ("artifacts", "known")

    def __init__(self) -> None:
        self.artifacts: dict[str, int] = {}
        #: Of what the present run has recorded.
        self.known: dict[Key, Linked] = {}

    def forget(self) -> None:
        """Remember nothing."""
        self.artifacts.clear()
        self.known.clear()


class Links:
    """What the step runs of one transaction took and gave.

    Parameters
    ----------
    cursor : Cursor
        The transaction.
    versions : Versions
        What is remembered; it learns what was written when that is committed (`remember`).
    now : float
        When versions that are new were made.
    """

    def __init__(self, cursor: Cursor, versions: Versions, now: float) -> None:
        self._cursor = cursor
        self._versions = versions
        self._now = now
        self._artifacts: dict[str, Found] = {}
        self._linked: dict[Key, Linked] = {}
        self._steps: list[tuple[int, Sequence[tuple[str, Stored]]]] = []
        self._consumed: list[tuple[Any, ...]] = []
        self._produced: list[tuple[Any, ...]] = []

    def add(self, step_run_id: int, outcome: StepOutcome) -> None:
        """Make the versions that a step run took and gave, if need be; upstream comes first."""
        for position, (slot, name, digest) in enumerate(outcome.inputs):
            key = (name, digest)
            linked = self._linked.get(key) or self._versions.known.get(key) or self._taken(name, digest)
            version, _, producer, maker = linked
            executed = producer if maker is None else maker.key
            self._consumed.append((step_run_id, position, slot, version.key, executed))
        executed = outcome.reused or step_run_id
        for position, (name, stored) in enumerate(outcome.outputs):
            self._produced.append((step_run_id, position, self._given(name, stored, executed).key))
        self._steps.append((step_run_id, outcome.outputs))

    def write(self) -> None:
        """Write who took and who gave what."""
        # In this order: what made a version that is taken is looked for among what was there before.
        if self._consumed:
            self._cursor.executemany(sql.CONSUMED, self._consumed)
        if self._produced:
            self._cursor.executemany(sql.PRODUCED, self._produced)

    def _taken(self, name: str, digest: str) -> Linked:
        kind = "file" if name.startswith(FILE) else "unknown"  # if no step made it: an input file
        found = self._made(sql.VERSION_TAKEN, name, digest, (None, None, kind, kind, None), None)
        maker = self._cursor.find(sql.VERSION_MAKER, (found.key,))
        linked = self._linked[name, digest] = (found, _UNKNOWN, None, maker)
        return linked

    def _given(self, name: str, stored: Stored, executed: int) -> Found:
        key = (name, stored.digest)
        linked = self._linked.get(key) or self._versions.known.get(key)
        if linked is not None and linked[1] == stored.blob:
            version = linked[0]
        else:
            content = (stored.blob, stored.size, stored.format, stored.type, _dumps(stored.summary))
            version = self._made(sql.VERSION_STORED, name, stored.digest, content, executed)
        self._linked[key] = (version, stored.blob, executed, None)
        return version

    def _made(self, statement: str, name: str, digest: str, content: Content, made_by: int | None) -> Found:
        artifact = self._versions.artifacts.get(name) or self._artifact(name)
        row = (artifact, artifact, digest, *content, sealed(digest, *content), self._now, made_by)
        self._cursor.add(statement, row)
        return self._cursor.find(sql.VERSION_OF, (artifact, digest))

    def _artifact(self, name: str) -> Any:
        found = self._artifacts.get(name)
        if found is None:
            parameters = (_text(name),)
            self._cursor.add(sql.ARTIFACT_NAMED, parameters)
            found = self._artifacts[name] = self._cursor.find(sql.ARTIFACT, parameters)
        return found.key

    def remember(self, select: Callable[[str, Sequence[Any]], list[Row]]) -> list[list[int]]:
        """Remember what was committed; return the numbers of what each step run gave.

        Parameters
        ----------
        select : callable
            Asks what was not said, because the connection broke between COMMIT and its answer.
        """
        linked: dict[Key, Linked] = {}
        numbers: dict[Key, int] = {}
        for key, (version, _, producer, maker) in self._linked.items():
            row = version.read()
            made = (producer,) if maker is None else maker.read()
            if row is None or made is None:
                return self._numbers(select)
            linked[key] = (version, row[2], made[0], None)
            numbers[key] = row[1]
        self._versions.known.update(linked)
        self._versions.artifacts.update(
            (name, row[0]) for name, found in self._artifacts.items() if (row := found.read())
        )
        return [[numbers[name, stored.digest] for name, stored in gave] for _, gave in self._steps]

    def _numbers(self, select: Callable[[str, Sequence[Any]], list[Row]]) -> list[list[int]]:
        numbers: dict[int, list[int]] = {step_run_id: [] for step_run_id, _ in self._steps}
        if numbers:
            for step_run_id, number in select(sql.NUMBERS, (min(numbers), max(numbers))):
                numbers[step_run_id].append(number)
        return list(numbers.values())


def sealed(digest: str, blob: str | None, size: int | None, format: str, type: str, summary: str | None) -> int:
    """Return the hash by which a row is known to be as it was written, since SQLite keeps no checksums."""
    import xxhash  # not for those who only look on; by its own name, since `from` a package takes twice as long

    said = f"{digest}\0{blob}\0{size}\0{format}\0{type}\0{summary}"
    return xxhash.xxh3_64_intdigest(said.encode("utf-8", "surrogatepass")) >> 1  # columns are signed
