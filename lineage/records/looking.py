"""What was recorded of a fingerprint, read from rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from lineage.model.stored import Entry, Stored, Trace
from lineage.records import statements as sql
from lineage.records.links import sealed
from lineage.records.protocol import Row

__all__ = ["looked_up", "sets", "traces"]


def looked_up(
    select: Callable[[str, Sequence[Any]], list[Row]], base: str, run_id: int | None
) -> tuple[list[tuple[Entry, ...]], Trace | None]:
    """Return the sets of inputs that were discovered under a base; where there is none, also its newest trace.

    One question: most steps that are going to run have neither, and are asked for before and after they are locked.
    """
    rows = select(sql.LOOK_UP, (base, base, run_id))
    found = [row for row in rows if row[0] is not None]
    if found:
        found.sort(key=lambda row: (-row[4], row[0], row[5]))
        return sets(row[:4] for row in found), None
    newest = rows[0][4] if rows else None  # without rows nobody has recorded anything here
    return [], None if newest is None else traces(select(sql.TRACE, (newest,))).get(base)


def sets(rows: Iterable[Row]) -> list[tuple[Entry, ...]]:
    """Return the sets that rows of discovered inputs belong to, in the order of the rows."""
    found: dict[str, list[Entry]] = {}
    for inputs, kind, name, place in rows:
        found.setdefault(inputs, []).append(Entry(kind, name, "", place))
    return [tuple(entries) for entries in found.values()]


def traces(rows: list[Row]) -> dict[str, Trace]:
    """Return the traces of rows that are sorted by step run and position."""
    found: dict[str, Trace] = {}
    damaged = set()
    outputs: list[Stored] = []
    for fingerprint, step_run_id, run_id, seconds, saved, digest, *content, seal in rows:
        if fingerprint not in found:
            outputs = []
            # An accepted result took no time itself; what it saves was recorded with it.
            found[fingerprint] = Trace(step_run_id, run_id, fingerprint, (), seconds or saved)
        if digest is not None:
            if seal is not None and seal != sealed(digest, *content):
                damaged.add(fingerprint)  # what cannot be told for certain is made again
                continue
            blob, size, form, kind, summary = content
            outputs.append(Stored(digest, blob, size, form, kind, json.loads(summary) if summary else {}))
            found[fingerprint].outputs = tuple(outputs)
    for fingerprint in damaged:
        del found[fingerprint]
    return found
