"""The ids of many names at once: of a server's database each question is a message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lineage.records.cursor import Cursor
from lineage.records.protocol import Row

__all__ = ["Key", "step_ids", "task_ids"]

#: A task's pipeline and name, or a step's module and name.
Key = tuple[str, str]

_CHUNK = 512  # values in one IN (...): older SQLite takes 999


def task_ids(cursor: Cursor, keys: Sequence[Key]) -> tuple[dict[Key, int], list[Key]]:
    """Return the ids of tasks, made if need be; and those that were."""
    found = {key: row[0] for key, row in _rows(cursor, "pipeline, name, task_id", "task", keys).items()}
    new = [key for key in keys if key not in found]
    first = cursor.allocate("task", "task_id", len(new)) if new else 0
    made = {key: task_id for task_id, key in enumerate(new, first)}
    cursor.executemany(
        "INSERT INTO task (task_id, pipeline, name) VALUES (?, ?, ?)", [(made[key], *key) for key in new]
    )
    return found | made, new


def step_ids(cursor: Cursor, docs: Mapping[Key, str]) -> dict[Key, int]:
    """Return the ids of steps, made if need be; what a step says of itself is that of `docs` afterwards."""
    rows = _rows(cursor, "module, name, step_id, doc", "step", list(docs))
    found = {key: row[0] for key, row in rows.items()}
    new = [key for key in docs if key not in found]
    first = cursor.allocate("step", "step_id", len(new)) if new else 0
    made = {key: step_id for step_id, key in enumerate(new, first)}
    cursor.executemany(
        "INSERT INTO step (step_id, module, name, doc) VALUES (?, ?, ?, ?)",
        [(made[key], *key, docs[key]) for key in new],
    )
    changed = [(docs[key], step_id) for key, (step_id, doc) in rows.items() if doc != docs[key]]
    cursor.executemany("UPDATE step SET doc = ? WHERE step_id = ?", changed)
    return found | made


def _rows(cursor: Cursor, columns: str, table: str, keys: Sequence[Key]) -> dict[Key, Row]:
    """Return what stands behind the first two columns, by these."""
    where, name, *_ = columns.split(", ")
    found: dict[Key, Row] = {}
    for group in dict.fromkeys(key[0] for key in keys):
        names = [key[1] for key in keys if key[0] == group]
        for start in range(0, len(names), _CHUNK):
            chunk = names[start : start + _CHUNK]
            # Padded to the next power of two, so that few different statements are prepared.
            chunk += chunk[:1] * ((1 << (len(chunk) - 1).bit_length()) - len(chunk))
            places = ",".join("?" * len(chunk))
            query = f"SELECT {columns} FROM {table} WHERE {where} = ? AND {name} IN ({places})"  # noqa: S608
            found.update(((row[0], row[1]), row[2:]) for row in cursor.execute(query, (group, *chunk)).fetchall())
    return found
