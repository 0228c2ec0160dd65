"""Which objects nobody may collect: what a pipeline's current state needs, what is tagged or pinned, what runs use."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator, Sequence

from lineage.care.census import SILENT_DAYS, LiveRuns, in_chunks
from lineage.execute.memory import Memory
from lineage.records.protocol import MetadataStore
from lineage.share.outbox import Outbox
from lineage.stack import READABLE, Stack

__all__ = ["current_blobs", "labelled_blobs", "named_blobs", "needed_blobs"]

_HASH = re.compile(r"[0-9a-f]{32}")
_OUTPUTS, _BLOB = 4, 1  # where a task's outputs are in `Memory.tasks`, and the blob hash in `Stored.plain`

_CHECKOUTS = "SELECT host, project, max(started) FROM run GROUP BY host, project"
_STATE = """
SELECT DISTINCT v.blob FROM (
    SELECT max(s.step_run_id) AS newest FROM step_run s JOIN run r ON r.run_id = s.run_id
    WHERE s.status IN ('run', 'cached') AND r.host = ? AND r.project = ? GROUP BY s.task_id) n
JOIN produced p ON p.step_run_id = n.newest
JOIN artifact_version v ON v.av_id = p.av_id WHERE v.blob IS NOT NULL"""
_TAGGED = "SELECT v.blob FROM tag t JOIN artifact_version v ON v.av_id = t.av_id"
_PINNED = "SELECT v.blob FROM pin t JOIN artifact_version v ON v.av_id = t.av_id"
_NAMED = "SELECT v.blob FROM artifact_version v"


def needed_blobs(stack: Stack, stores: Sequence[MetadataStore], live: Sequence[LiveRuns]) -> dict[str, str]:
    """Return the objects that are not collected, each with one word for why.

    Parameters
    ----------
    stack : Stack
        The project's stores.
    stores : sequence of MetadataStore
        Its records first, then those of others that use the same artifact store.
    live : sequence of LiveRuns
        The runs of each that go on.
    """
    needed = {blob: "running" for each in live for blob in each.blobs}
    for store in stores:
        needed |= dict.fromkeys(_other_states(store, stack), "checkout")
        needed |= {row[0]: "tagged" for row in store.select(_TAGGED)}
        needed |= {row[0]: "pinned" for row in store.select(_PINNED)}
    return needed | dict.fromkeys(_unsent(stack), "unsent") | dict.fromkeys(current_blobs(stack), "current")


def _unsent(stack: Stack) -> Iterator[str]:
    """Yield the objects that are still to be sent to a shared store."""
    outbox = Outbox(stack.path("outbox"))
    for name in outbox.names():
        yield from _HASH.findall(json.dumps(outbox.read(name)))


def current_blobs(stack: Stack) -> set[str]:
    """Return the objects of this checkout's current state: what it remembers, and what its readable paths lead to."""
    tasks = Memory(stack.path("memory")).tasks
    remembered = {plain[_BLOB] for fields in tasks.values() for plain in fields[_OUTPUTS]}
    if not tasks:  # the cache was lost: the records tell the same
        remembered |= _state(stack.metadata, os.uname().nodename, stack.project)
    return remembered | set(_readable(stack.project))


def _readable(project: str) -> Iterator[str]:
    for folder, folders, files in os.walk(os.path.join(project, READABLE)):
        for name in (*folders, *files):
            path = os.path.join(folder, name)
            if os.path.islink(path):
                yield from _HASH.findall(os.readlink(path))


def _other_states(store: MetadataStore, stack: Stack) -> set[str]:
    """Return the objects of the states of other checkouts that have run of late."""
    oldest = time.time() - SILENT_DAYS * 86_400
    here = (os.uname().nodename, stack.project)
    checkouts = [row[:2] for row in store.select(_CHECKOUTS) if row[2] >= oldest and row[:2] != here]
    return {blob for checkout in checkouts for blob in _state(store, *checkout)}


def _state(store: MetadataStore, host: str, project: str) -> set[str]:
    return {row[0] for row in store.select(_STATE, (host, project))}


def labelled_blobs(store: MetadataStore, blobs: Sequence[str]) -> set[str]:
    """Return those of some objects that have a tag or a pin."""
    return {row[0] for sql in (_TAGGED, _PINNED) for row in in_chunks(store, sql, "v.blob", blobs)}


def named_blobs(store: MetadataStore, blobs: Sequence[str]) -> set[str]:
    """Return those of some objects that a version names."""
    return {row[0] for row in in_chunks(store, _NAMED, "v.blob", blobs)}
