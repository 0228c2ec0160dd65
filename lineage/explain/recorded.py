"""Sides from the records: what step runs were made from, as it was."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from lineage.explain.sides import Origin, Part
from lineage.model.history import CodePart
from lineage.model.stored import Entry
from lineage.records.protocol import FILE, MetadataStore

__all__ = ["RecordedSide", "last_made", "side_of"]

_COLUMNS = "s.step_run_id, s.fingerprint, coalesce(s.reused, s.step_run_id), x.run_id, d.module, d.name"
_JOINS = """
JOIN step d ON d.step_id = s.step_id
JOIN step_run x ON x.step_run_id = coalesce(s.reused, s.step_run_id) """
# A run that confirms another stands for the state of that one, so the newest is looked for run by run.
_TASK = "(SELECT task_id FROM task WHERE pipeline = ? AND name = ?)"
_MADE = f"{{0}}.task_id = {_TASK} AND {{0}}.status IN ('run', 'cached') AND {{0}}.fingerprint IS NOT NULL{{1}}"
_OF_STEP = " AND {0}.step_id IN (SELECT step_id FROM step WHERE module = ? AND name = ?)"
_LAST = f"""
SELECT {_COLUMNS} FROM run r JOIN step_run s ON s.run_id = coalesce(r.confirms, r.run_id) {_JOINS}
WHERE {{0}} AND r.run_id < ? AND r.run_id >= (
    SELECT n.run_id FROM step_run n WHERE {{1}} AND n.run_id < ? ORDER BY n.run_id DESC LIMIT 1)
ORDER BY r.run_id DESC, s.step_run_id DESC LIMIT 1"""  # noqa: S608
_ONE = f"SELECT {_COLUMNS} FROM step_run s {_JOINS} WHERE s.step_run_id = ?"  # noqa: S608
_ENTRIES = "SELECT kind, name, digest, shown FROM fingerprint_entry WHERE fingerprint = ? ORDER BY position"
_PARTS = "SELECT name, digest, file, line, via, '' FROM code_entry WHERE code = ? ORDER BY position"
_TEXT = "SELECT text FROM source WHERE digest = ?"
# What was consumed names the step run that executed; an accepted one has status cached and executed nothing.
_ORIGIN = """
SELECT a.name, v.digest, v.version, t.pipeline, t.name, p.run_id, CASE p.status WHEN 'run' THEN p.fingerprint END
FROM consumed c
JOIN artifact_version v ON v.av_id = c.av_id
JOIN artifact a ON a.artifact_id = v.artifact_id
LEFT JOIN step_run p ON p.step_run_id = c.producer
LEFT JOIN task t ON t.task_id = p.task_id
WHERE c.step_run_id = ? AND c.slot = ?"""
_VERSION = """
SELECT v.version FROM artifact_version v JOIN artifact a ON a.artifact_id = v.artifact_id
WHERE a.name = ? AND v.digest = ?"""
_END = 1 << 62  # after every run


class RecordedSide:
    """What one step run was made from.

    Attributes
    ----------
    step_run : int
        The step run.
    executed : int
        The step run that executed: itself, or the one whose results it reused.
    run : int
        The run that it is told of: that of the execution, unless another was asked for.
    fingerprint : str
        Hash of the manifest.
    step : str
        ``tasks.digits:svc_trainer``.
    """

    def __init__(self, store: MetadataStore, row: Sequence[Any], run: int | None = None) -> None:
        self._store = store
        self.step_run, self.fingerprint, self.executed, executed_run, module, name = row
        self.step = f"{module}:{name}"
        self.run: int | None = run or executed_run

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The manifest."""
        return tuple(Entry(*row) for row in self._store.select(_ENTRIES, (self.fingerprint,)))

    def parts(self, code: str) -> Sequence[Part]:
        """Return the parts of a code digest; none where they were not recorded."""
        return [CodePart(*row) for row in self._store.select(_PARTS, (code,))]

    def wide(self, code: str) -> Sequence[str]:
        """Say nothing: this is known of the present only."""
        return ()

    def text(self, part: Part) -> str:
        """Return the source text of a part as it was."""
        found = self._store.select(_TEXT, (part.digest,))
        return str(found[0][0]) if found else ""

    def origin(self, slot: str) -> Origin | None:
        """Say where an input came from."""
        found = self._store.select(_ORIGIN, (self.step_run, slot))
        if not found:
            return self._version(slot)
        name, digest, version, pipeline, task, run, fingerprint = found[0]
        made_by = None if pipeline is None else f"{pipeline}:{task}"
        return Origin(name.removeprefix(FILE), digest, version, made_by, run, fingerprint)

    def _version(self, slot: str) -> Origin | None:
        """Say which version a step was to take that failed: what it took is recorded when it ends."""
        entry = next((entry for entry in self.entries if entry.kind == "input" and entry.name == slot), None)
        found = self._store.select(_VERSION, (entry.shown, entry.digest)) if entry is not None else []
        return Origin(entry.shown, entry.digest, found[0][0]) if entry is not None and found else None


def last_made(
    store: MetadataStore, task: str, run: int | None = None, *, step: str | None = None
) -> RecordedSide | None:
    """Return what the outputs of a task were last made from.

    Parameters
    ----------
    store : MetadataStore
        The records.
    task : str
        ``digits:trainer``.
    run : int, optional
        Look only at runs before this one.
    step : str, optional
        Look only at times when the task was of this step, ``tasks.digits:svc_trainer``.
    """
    pipeline, _, name = task.partition(":")
    of = "" if step is None else _OF_STEP
    made = [_MADE.format(alias, of.format(alias)) for alias in ("s", "n")]
    one = (pipeline, name, *(() if step is None else step.split(":", 1)), _END if run is None else run)
    found = store.select(_LAST.format(*made), (*one, *one))
    return RecordedSide(store, found[0]) if found else None


def side_of(store: MetadataStore, step_run: int, run: int) -> RecordedSide | None:
    """Return what a step run was made from, told of `run`; of a step that was never reached nothing is known."""
    found = store.select(_ONE, (step_run,))
    return RecordedSide(store, found[0], run) if found and found[0][1] is not None else None
