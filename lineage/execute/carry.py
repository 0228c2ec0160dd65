"""Carry results over from an older fingerprint scheme, ingredient by ingredient.

A new scheme gives every step a new fingerprint, and nothing that is remembered would be found by it: the world would
run again for a new version of this library. But what is remembered has the ingredients that its fingerprint was made
from, so they are compared with the present ones instead. What the old scheme did not record is looked for in what else
was recorded (versions of packages in the run's environment, classes in stored pickles); what cannot be told is said,
and then the step runs. Nothing is guessed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from lineage.model.stored import Entry, Stored, Trace, place_of

if TYPE_CHECKING:
    from lineage.fingerprint.code import Code
    from lineage.records.protocol import MetadataStore
    from lineage.stack import Stack

__all__ = ["carried_over", "is_needed", "obstacle", "scheme_of"]

#: So many remembered executions of a task are looked at, newest first.
_MOST = 50

#: Executions of a task whose manifest does not begin with the present scheme.
_OLD = """
SELECT s.fingerprint, max(s.step_run_id), max(s.run_id) FROM task t
JOIN step_run s ON s.task_id = t.task_id
LEFT JOIN fingerprint_entry e ON e.fingerprint = s.fingerprint AND e.position = 0
WHERE t.pipeline = ? AND t.name = ? AND s.trace = 1 AND (e.kind IS NULL OR e.kind <> 'scheme' OR e.digest <> ?)
GROUP BY s.fingerprint ORDER BY 2 DESC LIMIT ?"""
_OLDEST = """
SELECT e.kind, e.digest FROM step_run s JOIN fingerprint_entry e ON e.fingerprint = s.fingerprint AND e.position = 0
WHERE s.trace = 1 ORDER BY s.step_run_id LIMIT 1"""
_MANIFEST = "SELECT kind, name, digest, shown FROM fingerprint_entry WHERE fingerprint = ? ORDER BY position"
_PACKAGES = "SELECT e.packages FROM run r JOIN environment e ON e.digest = r.environment WHERE r.run_id = ?"
_PARTS = """
SELECT c.name, c.digest, t.text FROM code_entry c LEFT JOIN source t ON t.digest = c.digest WHERE c.code = ?"""
#: What stands above a step in its module, so that its decorator is known for what it is.
_IMPORTS = "from lineage import File, pipeline, shell_step, step\n"


def scheme_of(manifest: Sequence[Entry]) -> str:
    """Return the scheme that a manifest was made by; the first one did not name itself."""
    return next((entry.digest for entry in manifest if entry.kind == "scheme"), "1")


def is_needed(metadata: MetadataStore, scheme: str) -> bool:
    """Whether there may be results of an older scheme: schemes go up only, so the oldest result tells."""
    rows = metadata.select(_OLDEST)
    return bool(rows) and tuple(rows[0]) != ("scheme", scheme)


def carried_over(
    task: str, present: Sequence[Entry], closures: Mapping[str, Code], stack: Stack
) -> tuple[Trace | None, str | None]:
    """Find a result of a task that an older scheme remembers, and that is still right.

    Parameters
    ----------
    task : str
        ``digits:trainer``.
    present : sequence of Entry
        The present manifest.
    closures : mapping of str to Code
        The present code, by the digests in the manifest.
    stack : Stack
        Where traces and artifacts are.

    Returns
    -------
    trace : Trace or None
        With outputs that say which classes and packages they refer to, as the present scheme wants it.
    obstacle : str or None
        What kept the newest result of an older scheme from being carried over; ``None`` if there is no such result.
    """
    metadata = stack.metadata
    pipeline, _, name = task.partition(":")
    first: str | None = None
    for fingerprint, _, run_id in metadata.select(_OLD, (pipeline, name, scheme_of(present), _MOST)):
        old = [Entry(*row) for row in metadata.select(_MANIFEST, (fingerprint,))]
        found = obstacle(old, present, closures, metadata, run_id)
        trace = metadata.find_trace(fingerprint) if found is None else None
        if trace is not None:
            outputs = tuple(_referring(stored, stack) for stored in trace.outputs)
            return Trace(trace.step_run_id, trace.run_id, fingerprint, outputs, trace.seconds), None
        first = first or found
    return None, first


def obstacle(
    old: Sequence[Entry], present: Sequence[Entry], closures: Mapping[str, Code], metadata: MetadataStore, run_id: int
) -> str | None:
    """Say what keeps a result with an old manifest from being that of the present one; ``None`` if nothing does."""
    return next(_obstacles(old, present, closures, metadata, run_id), None)


def _obstacles(
    old: Sequence[Entry], present: Sequence[Entry], closures: Mapping[str, Code], metadata: MetadataStore, run_id: int
) -> Iterator[str]:
    known = {(entry.kind, entry.name): entry for entry in old if entry.kind != "scheme"}
    kinds = {entry.kind for entry in old}
    for entry in present:
        before = known.pop((entry.kind, entry.name), None)
        if entry.kind == "scheme" or (before is not None and before.digest == entry.digest):
            continue
        if before is not None and entry.kind in ("code", "class"):
            yield from _other_parts(before, entry, closures, metadata)
        elif before is None and entry.kind == "package" and entry.kind not in kinds:
            yield from _other_version(entry, metadata, run_id)
        elif before is None and entry.kind == "class" and entry.kind not in kinds:
            continue  # its code was part of the digest of the artifact, which is compared as an input
        else:
            yield f"{entry.kind} {entry.name} " + ("was not recorded" if before is None else "changed")
    for kind, name in known:
        yield f"{kind} {name} does not count any more"


def _other_parts(before: Entry, entry: Entry, closures: Mapping[str, Code], metadata: MetadataStore) -> Iterator[str]:
    """Compare code statement by statement; the old text is read by the present rules."""
    code = closures.get(entry.digest)
    parts = {str(name): (str(digest), text) for name, digest, text in metadata.select(_PARTS, (before.digest,))}
    if code is None or not parts:
        yield f"the code of {entry.name} changed"
        return
    for part in code.entries:
        was = parts.get(part.name)
        if was is None:
            yield f"{part.name} ({place_of(part.file, part.line)}) counts now and did not"
        elif was[0] != part.digest and _digest(was[1]) != part.digest:
            yield f"{part.name} ({place_of(part.file, part.line)}) changed"


def _digest(text: str | None) -> str | None:
    """Return the digest that a statement has by the present rules."""
    from lineage.fingerprint.reading import read_index
    from lineage.fingerprint.source import SourceIndex
    from lineage.fingerprint.units import Unit

    index = SourceIndex("", read_index((_IMPORTS + (text or "")).encode(), ""))
    units = [unit for unit in map(Unit, index.units) if unit.kind != "import"]
    return units[0].digest if len(units) == 1 else None


def _other_version(entry: Entry, metadata: MetadataStore, run_id: int) -> Iterator[str]:
    """Compare the version of a package with the one in the environment of the run."""
    rows = metadata.select(_PACKAGES, (run_id,))
    packages = {_plain(name): version for name, version in json.loads((rows and rows[0][0]) or "{}").items()}
    then = packages.get(_plain(entry.name))
    if then is None:
        yield f"the version of {entry.name} was not recorded"
    elif then != entry.shown:
        yield f"package {entry.name} was {then} then and is {entry.shown} now"


def _plain(name: str) -> str:
    """Return the name of a distribution as names are compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _referring(stored: Stored, stack: Stack) -> Stored:
    """Return an output that says what it refers to, read from its bytes where the old scheme did not say it."""
    if "refers" in stored.summary:
        return stored
    found: set[str] = set()
    if stored.format == "npy":
        found = {"numpy"}
    elif stored.format == "pickle":
        from lineage.formats.pickled import named_in

        with open(stack.artifacts.path(stored.blob), "rb") as file:
            found = named_in(file.read())
    summary = {**stored.summary, "refers": sorted(found)} if found else stored.summary
    return Stored(stored.digest, stored.blob, stored.size, stored.format, stored.type, summary, stored.stat)
