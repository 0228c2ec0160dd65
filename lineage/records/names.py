"""What is known of many names at once: of a server's database each question that is waited for is a message."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from lineage.records.cursor import Cursor
from lineage.records.protocol import Row

__all__ = ["Key", "asked", "ids", "padded", "places"]

#: A task's pipeline and name, or a step's module and name.
Key = tuple[str, str]

_CHUNK = 512  # values in one IN (...): older SQLite takes 999


def ids(
    cursor: Cursor, tasks: Sequence[Key], docs: Mapping[Key, str]
) -> tuple[dict[Key, int], list[Key], dict[Key, int]]:
    """Return the ids of tasks and of steps, made if need be.

    Parameters
    ----------
    cursor : Cursor
        The transaction.
    tasks : sequence of tuple
        The tasks.
    docs : mapping
        The steps, with what each says of itself.

    Returns
    -------
    tuple
        The ids of the tasks, which tasks were made, and the ids of the steps.
    """
    of_tasks = _rows(cursor, "pipeline, name, task_id", "task", tasks)
    of_steps = _rows(cursor, "module, name, step_id, doc", "step", list(docs))
    found, new = _tasks(cursor, tasks, of_tasks())
    return found, new, _steps(cursor, docs, of_steps())


def _tasks(cursor: Cursor, keys: Sequence[Key], rows: Mapping[Key, Row]) -> tuple[dict[Key, int], list[Key]]:
    new = [key for key in keys if key not in rows]
    first = cursor.allocate("task", "task_id", len(new)) if new else 0
    made = {key: task_id for task_id, key in enumerate(new, first)}
    if new:
        values = [(made[key], *key) for key in new]
        cursor.executemany("INSERT INTO task (task_id, pipeline, name) VALUES (?, ?, ?)", values)
    return {key: row[0] for key, row in rows.items()} | made, new


def _steps(cursor: Cursor, docs: Mapping[Key, str], rows: Mapping[Key, Row]) -> dict[Key, int]:
    new = [key for key in docs if key not in rows]
    first = cursor.allocate("step", "step_id", len(new)) if new else 0
    made = {key: step_id for step_id, key in enumerate(new, first)}
    if new:
        values = [(made[key], *key, docs[key]) for key in new]
        cursor.executemany("INSERT INTO step (step_id, module, name, doc) VALUES (?, ?, ?, ?)", values)
    changed = [(docs[key], step_id) for key, (step_id, doc) in rows.items() if doc != docs[key]]
    if changed:
        cursor.executemany("UPDATE step SET doc = ? WHERE step_id = ?", changed)
    return {key: row[0] for key, row in rows.items()} | made


def _rows(cursor: Cursor, columns: str, table: str, keys: Sequence[Key]) -> Callable[[], dict[Key, Row]]:
    """Ask for what stands behind the first two columns, by these; return what reads it."""
    where, name, *_ = columns.split(", ")
    names: dict[str, list[str]] = {}
    for key in keys:
        names.setdefault(key[0], []).append(key[1])
    query = f"SELECT {columns} FROM {table} WHERE {where} = ? AND {name} IN "  # noqa: S608
    answers = [asked(cursor, query, of, group) for group, of in names.items()]
    return lambda: {(row[0], row[1]): row[2:] for rows in answers for row in rows}


def asked(cursor: Cursor, query: str, values: Sequence[str], *first: str) -> Iterator[Row]:
    """Ask a question that ends with IN for values, after its `first` parameters; it is sent when a row is read."""
    return _read([cursor.execute(query + places(chunk), (*first, *chunk)) for chunk in padded(values)])


def padded(values: Sequence[str]) -> Iterator[list[str]]:
    """Yield as many values as one statement takes, padded to a power of two: few different statements are prepared."""
    for start in range(0, len(values), _CHUNK):
        chunk = list(values[start : start + _CHUNK])
        yield chunk + chunk[:1] * ((1 << (len(chunk) - 1).bit_length()) - len(chunk))


def places(values: Sequence[str]) -> str:
    """Return what stands for values after IN."""
    return f"({','.join('?' * len(values))})"


def _read(answers: Sequence[Any]) -> Iterator[Row]:
    for answer in answers:
        yield from answer.fetchall()
