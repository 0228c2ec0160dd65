"""Whether the records are sound: by the database's own check, by what rows refer to, and by what they say."""

from __future__ import annotations

import json
from collections.abc import Iterator

from lineage.errors import LineageError
from lineage.fingerprint.manifest import SCHEME, hash_of
from lineage.model.stored import Entry
from lineage.records.protocol import MetadataStore

__all__ = ["problems"]

_JSON = (
    ("run", "counts", "run_id"),
    ("run", "selection", "run_id"),
    ("step_run", "reasons", "step_run_id"),
    ("step_run", "upstream", "step_run_id"),
    ("step_run", "error", "step_run_id"),
    ("artifact_version", "summary", "av_id"),
    ("environment", "packages", "digest"),
    ("preview", "content", "digest"),
)
_MANIFESTS = "SELECT fingerprint, kind, name, digest, shown FROM fingerprint_entry ORDER BY fingerprint, position"


def problems(store: MetadataStore) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the records, each with what to do about it.

    SQLite sees damage to the structure of its file and none to what stands in its rows. Of that we see what no reader
    could read, and ingredients that do not give the fingerprint which they are recorded under.
    """
    try:
        found = store.check()
        yield from ((sentence, _restore(store)) for sentence in found)
        if not found:
            yield from _unreadable(store)
            yield from _not_their_hash(store)
    except LineageError as error:
        yield error.what, error.fix or ""


def _restore(store: MetadataStore) -> str:
    if store.describe()["kind"] == "sqlite":
        path = store.describe()["where"]
        return f"save what can be read: `sqlite3 {path} .recover | sqlite3 new.sqlite`; or move it away to start anew"
    return "restore the schema from a backup (pg_dump)"


def _unreadable(store: MetadataStore) -> Iterator[tuple[str, str]]:
    for table, column, key in _JSON:
        rows = store.select(f"SELECT {key}, {column} FROM {table} WHERE {column} IS NOT NULL")  # noqa: S608
        for name, text in rows:
            if not _is_json(text):
                yield f"{column} of {table} {name} cannot be read", _restore(store)


def _is_json(text: object) -> bool:
    try:
        json.loads(str(text))
    except ValueError:
        return False
    return True


def _not_their_hash(store: MetadataStore) -> Iterator[tuple[str, str]]:
    manifests: dict[str, list[Entry]] = {}
    for fingerprint, *fields in store.select(_MANIFESTS):
        manifests.setdefault(fingerprint, []).append(Entry(*fields))
    for fingerprint, entries in manifests.items():
        if not _can_be_told(entries) or hash_of(entries) == fingerprint:
            continue
        fix = "nothing is given back for it; the step runs once more when it is needed"
        yield f"the ingredients of fingerprint {fingerprint[:12]} are not those that it was made from", fix


def _can_be_told(entries: list[Entry]) -> bool:
    """Whether a manifest is of the present scheme, and all its names are what was hashed."""
    known = any(each.kind == "scheme" and each.shown == SCHEME for each in entries)
    return known and not any("\\ud" in each.name for each in entries)  # what is no text was escaped to be recorded
