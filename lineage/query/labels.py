"""What people have said of versions: their tags, and whether they are pinned."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from lineage.errors import UsageError, did_you_mean
from lineage.query.rows import VERSION, select_in, version_from

if TYPE_CHECKING:
    from lineage.model.history import ArtifactVersion
    from lineage.query.rows import Archive
    from lineage.records.protocol import MetadataStore

__all__ = ["Labels", "check_tag", "labels_of", "pins", "tagged", "tags"]

_TAG = re.compile(r"[^\W\d][\w.-]*")
_NUMBER = re.compile(r"v[0-9]+")
_TAGS = """
SELECT t.av_id, t.name, t.created, t."user" FROM tag t JOIN artifact a ON a.artifact_id = t.artifact_id
ORDER BY a.name, t.name"""
_PINS = """
SELECT p.av_id, '', p.created, p."user" FROM pin p JOIN artifact_version v ON v.av_id = p.av_id
JOIN artifact a ON a.artifact_id = v.artifact_id ORDER BY a.name, v.version"""
_OF_ARTIFACT = "SELECT t.name FROM tag t JOIN artifact a ON a.artifact_id = t.artifact_id WHERE a.name = ?"


class Labels(NamedTuple):
    """The tags of a version, sorted, and whether it is pinned."""

    tags: tuple[str, ...] = ()
    pinned: bool = False

    def words(self) -> list[str]:
        """Return them for people: ``best``, ``pinned``."""
        return [*self.tags, *(["pinned"] if self.pinned else [])]


class Label(NamedTuple):
    """One tag, or a pin (its `name` is empty), with who gave it and when."""

    version: ArtifactVersion
    name: str
    created: float
    user: str


def labels_of(store: MetadataStore, versions: Iterable[ArtifactVersion]) -> dict[int, Labels]:
    """Return the labels of versions by their ids; those that have none are not there."""
    ids = {version.id for version in versions}
    found: dict[int, list[str]] = {}
    for av_id, name in select_in(store, "SELECT av_id, name FROM tag", "av_id", ids, "ORDER BY name"):
        found.setdefault(av_id, []).append(name)
    pinned = {row[0] for row in select_in(store, "SELECT av_id FROM pin", "av_id", ids)}
    return {av_id: Labels(tuple(found.get(av_id, ())), av_id in pinned) for av_id in {*found, *pinned}}


def tags(history: Archive) -> list[Label]:
    """Return all tags, by artifact and name."""
    return _labels(history, _TAGS)


def pins(history: Archive) -> list[Label]:
    """Return all pins, by artifact and version."""
    return _labels(history, _PINS)


def _labels(history: Archive, sql: str) -> list[Label]:
    rows = history.store.select(sql)
    found = select_in(history.store, VERSION, "v.av_id", {row[0] for row in rows})
    versions = {version.id: version for version in (version_from(row, None, history) for row in found)}
    return [Label(versions[row[0]], *row[1:]) for row in rows if row[0] in versions]


def tagged(store: MetadataStore, artifact: str, tag: str) -> int:
    """Return the row id of the version of an artifact that has a tag; `UsageError` if none has."""
    found = store.select(
        "SELECT t.av_id FROM tag t JOIN artifact a ON a.artifact_id = t.artifact_id WHERE a.name = ? AND t.name = ?",
        (artifact, tag),
    )
    if found:
        return int(found[0][0])
    known = [row[0] for row in store.select(_OF_ARTIFACT, (artifact,))]
    raise UsageError(
        f"{artifact} has no tag '{tag}'{did_you_mean(tag, known)}",
        why=f"its tags are: {', '.join(known)}" if known else "none of its versions is tagged",
        fix=f"`lineage tag {artifact}@VERSION {tag}` gives it to a version",
    )


def check_tag(name: str) -> None:
    """Refuse what cannot be told from a version's number where versions are written.

    Raises
    ------
    UsageError
        If it is no name.
    """
    if not _TAG.fullmatch(name) or _NUMBER.fullmatch(name):
        raise UsageError(
            f"'{name}' cannot be a tag",
            why="a tag is written where a version's number is (digits/model@best), and must not be taken for one",
            fix="use letters, digits, dots, dashes and underscores, a letter first, and not v1, v2 ...",
        )
