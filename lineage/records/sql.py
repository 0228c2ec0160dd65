"""Every operation of a metadata store in portable SQL; a database adds how it connects, begins and numbers rows.

What a database brings is `SqlStore._write` (a transaction that excludes other writers), `SqlStore.select` and a
`Cursor`. Ids of names are remembered per process and many rows are written with ids that are known beforehand, because
recording a step may take 0.25 ms of CPU time and no more.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, TypeGuard

from lineage.model.stored import Entry, Trace
from lineage.records import statements as sql
from lineage.records.cursor import Cursor, Found
from lineage.records.encoding import dumps as _dumps
from lineage.records.encoding import text as _text
from lineage.records.links import Links, Versions
from lineage.records.looking import looked_up, sets, traces
from lineage.records.names import asked, ids, padded, places
from lineage.records.process import lost_run
from lineage.records.protocol import Row, RunStart, StepOutcome, StepStart

__all__ = ["Cursor", "SqlStore"]

HISTORY = 5  # executions that an expectation is the median of
_END = 1 << 62  # after every id


class SqlStore:
    """The metadata store over any SQL database (the protocol says what each method does)."""

    def __init__(self) -> None:
        #: (run, position) of each waiting step -> the step run that is its row.
        self._pending: dict[tuple[int, int], int] = {}
        self._tasks: dict[tuple[str, str], int] = {}
        #: Tasks that were first named in the run that was begun last.
        self._new_tasks: set[tuple[str, str]] = set()
        #: What each started step was started for.
        self._started: dict[int, str | None] = {}
        self._steps: dict[tuple[str, str], tuple[int, str]] = {}
        self._fingerprints: set[str] = set()
        #: Whether the parts of a code digest are recorded, of those that were asked for or written.
        self._codes: dict[str, bool] = {}
        self._versions = Versions()

    def _write(self) -> AbstractContextManager[Cursor]:
        """Return a transaction that excludes all other writers; committed when left without an error."""
        raise NotImplementedError

    def select(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Read with portable SQL (``?`` for parameters)."""
        raise NotImplementedError

    def _counts(self) -> dict[str, int]:
        """Return how much is recorded, for `MetadataStore.describe`."""
        return {name: rows[0][0] if (rows := self.select(query)) else 0 for name, query in sql.COUNTS.items()}

    def _forget(self) -> None:
        """Drop the remembered ids: the transaction that made some of them was rolled back."""
        self._tasks.clear()
        self._new_tasks.clear()
        self._started.clear()
        self._steps.clear()
        self._fingerprints.clear()
        self._codes.clear()
        self._versions.forget()

    # Runs

    def begin_run(self, start: RunStart) -> int:
        """Record a run with status ``running``; return its id, greater than all before it."""
        with self._write() as cursor:
            self._versions.known.clear()
            self._codes = {code: True for code, there in self._codes.items() if there}
            self._new_tasks.clear()
            self._started.clear()
            found = _run(cursor, start, "running", (None, None, 0.0, None, None))
        return self._run_id(start, found)

    def confirm_run(self, start: RunStart, ended: float, of: int, counts: dict[str, int], saved: float) -> int:
        """Record, in one row, a run whose every step is cached and whose state is that of run `of`; return its id."""
        with self._write() as cursor:
            confirms = cursor.find(sql.CONFIRMED, (of, of)).key
            found = _run(cursor, start, "ok", (ended, ended - start.started, saved, _dumps(counts), confirms))
        return self._run_id(start, found)

    def _run_id(self, start: RunStart, found: Found) -> int:
        row = found.read()
        if row is None:  # it was committed, but the connection broke before that was said
            row = self.select(sql.RUN_OF, (start.started, start.pid, start.host, start.boot_id))[0]
        return int(row[0])

    def end_run(
        self, run_id: int, status: str, ended: float, seconds: float, counts: dict[str, int], saved: float
    ) -> None:
        """Record how a run ended; its steps that are still ``running`` become ``failed`` with its status as reason."""
        with self._write() as cursor:
            _fail_running(cursor, run_id, status, f"the run ended as {status} before the step did")
            cursor.execute(sql.RUN_ENDED, (status, ended, seconds, _dumps(counts), saved, run_id))

    def sweep_lost(self, alive: Callable[[dict[str, Any]], bool]) -> int:
        """Mark runs whose process is gone ``lost`` and their running steps ``failed``; return how many runs."""
        rows = self.select("SELECT run_id, pid, process_started, host, boot_id FROM run WHERE status = 'running'")
        names = ("pid", "process_started", "host", "boot_id")
        gone = [row[0] for row in rows if not alive(dict(zip(names, row[1:], strict=True)))]
        if not gone:
            return 0
        with self._write() as cursor:
            return sum(_lose(cursor, run_id) for run_id in gone)

    def last_run_id(self) -> int | None:
        """Return the id of the newest run."""
        rows = self.select(sql.NEWEST_RUN)
        return rows[0][0] if rows else None

    # Steps

    def plan_steps(self, run_id: int, steps: Sequence[StepStart]) -> None:
        """Record the steps that a run may execute as ``pending``; what becomes of each takes its row's place."""
        with self._write() as cursor:
            first = self._unexecuted(cursor, run_id, [(step, "pending", ()) for step in steps])
        self._pending = {(run_id, step.position): row for row, step in enumerate(steps, first)}

    def _replace_pending(self, cursor: Cursor, run_id: int, steps: Sequence[StepStart]) -> None:
        rows = [(row,) for step in steps if (row := self._pending.get((run_id, step.position))) is not None]
        if rows:
            cursor.executemany(sql.PENDING_REPLACED, rows)

    def start_step(self, run_id: int, step: StepStart) -> int:
        """Record a step with status ``running``, at once; return the id of the step run."""
        started = self._start_pending(run_id, step)
        if started is None:
            with self._write() as cursor:
                self._learn(cursor, [step])
                started = cursor.insert(sql.STEP_STARTED, (*self._step_run(run_id, step), time.time()))
        self._started[started] = step.fingerprint
        return started

    def _start_pending(self, run_id: int, step: StepStart) -> int | None:
        """Start a step whose row waits for it; return its id, or None if there is no such row any more.

        What became of it is asked after the transaction: an answer inside of it would cost a message more.
        """
        pending = self._pending.get((run_id, step.position))
        if pending is None:
            return None
        what = (step.fingerprint, _dumps(step.reasons), time.time())
        with self._write() as cursor:
            answer = cursor.execute(sql.PENDING_STARTED, (*what, pending))
        count = answer.rowcount
        if count < 0:  # it was committed, but the connection broke before that was said
            count = len(self.select(sql.HAS_STARTED, (pending,)))
        return pending if count else None

    def finish_step(self, step_run_id: int, outcome: StepOutcome) -> list[int]:
        """Record that a started step is done (status ``run``); return the version numbers of its outputs."""
        with self._write() as cursor:
            cost = (outcome.seconds, outcome.saved, outcome.cpu, outcome.rss, outcome.log)
            cursor.execute(sql.STEP_FINISHED, (int(outcome.remember), *cost, step_run_id))
            _discovered(cursor, step_run_id, outcome)
            self._ingredients(cursor, [(self._fingerprint(cursor, step_run_id, outcome), outcome)])
            _details(cursor, step_run_id, outcome)
            links = self._links(cursor, [(step_run_id, outcome)])
        return links.remember(self.select)[0]

    def reuse_step(self, step_run_id: int, outcome: StepOutcome) -> list[int]:
        """Record that a started step did not have to run, because another run had done it; as `record_cached`."""
        with self._write() as cursor:
            cursor.execute(sql.STEP_REUSED, (outcome.reused, outcome.saved, step_run_id))
            _discovered(cursor, step_run_id, outcome)
            made_from = [(self._fingerprint(cursor, step_run_id, outcome), outcome)]
            self._ingredients(cursor, made_from, self._ask_manifests(cursor, made_from))
            links = self._links(cursor, [(step_run_id, outcome)])
        return links.remember(self.select)[0]

    def fail_step(
        self,
        step_run_id: int,
        error: dict[str, Any],
        seconds: float,
        log: str | None,
        reason: dict[str, Any] | None = None,
        made_from: StepOutcome | None = None,
    ) -> None:
        """Record that a started step failed; of `made_from` the manifest and the code are kept."""
        with self._write() as cursor:
            if made_from is not None:
                self._ingredients(cursor, [(_fingerprint(cursor, step_run_id), made_from)])
            if reason is not None:
                cursor.execute(sql.REASON_ADDED, (_dumps(reason), step_run_id))
            cursor.execute(sql.STEP_FAILED, (_dumps(error), seconds, log, step_run_id))

    def record_cached(self, run_id: int, rows: Sequence[tuple[StepStart, StepOutcome]]) -> list[list[int]]:
        """Record steps that did not have to run, upstream first; return the version numbers of the outputs of each."""
        if not rows:
            return []
        with self._write() as cursor:
            _, links = self._record(cursor, run_id, rows, trace=0)
        return links.remember(self.select)

    def accept(self, run_id: int, step: StepStart, outcome: StepOutcome, reason: dict[str, Any]) -> int:
        """Record outputs declared to be those of a fingerprint without executing; return the step run's id."""
        with self._write() as cursor:
            reasons = [*step.reasons, reason]
            step_run_id, links = self._record(cursor, run_id, [(step, outcome)], trace=1, reasons=reasons)
            _discovered(cursor, step_run_id, outcome)
        links.remember(self.select)
        return step_run_id

    def record_unexecuted(self, run_id: int, rows: Sequence[tuple[StepStart, str, Sequence[dict[str, Any]]]]) -> None:
        """Record steps that were not executed, each with its status (``skipped``, ``pending``) and its reasons."""
        if rows:
            with self._write() as cursor:
                self._unexecuted(cursor, run_id, rows)

    def _unexecuted(
        self, cursor: Cursor, run_id: int, rows: Sequence[tuple[StepStart, str, Sequence[dict[str, Any]]]]
    ) -> int:
        """Write rows of steps that were not executed; return the id of the first (they follow each other)."""
        now = time.time()
        self._replace_pending(cursor, run_id, [row[0] for row in rows])
        self._learn(cursor, [row[0] for row in rows])
        first = cursor.allocate("step_run", "step_run_id", len(rows))
        written = []
        for step_run_id, (step, status, reasons) in enumerate(rows, first):
            what = self._step_run(run_id, step, reasons)
            written.append((step_run_id, *what, status, now, 0, None, 0.0, 0.0, None, None, None))
        cursor.executemany(sql.STEP_RUN, written)
        return first

    def _record(
        self,
        cursor: Cursor,
        run_id: int,
        rows: Sequence[tuple[StepStart, StepOutcome]],
        trace: int,
        reasons: Sequence[dict[str, Any]] | None = None,
    ) -> tuple[int, Links]:
        """Write cached rows; return the id of the first (they follow each other) and what they took and gave."""
        now = time.time()
        self._replace_pending(cursor, run_id, [row[0] for row in rows])
        made_from = [(step.fingerprint, outcome) for step, outcome in rows]
        there = self._ask_manifests(cursor, made_from)
        self._learn(cursor, [row[0] for row in rows])
        self._ingredients(cursor, made_from, there)
        first = cursor.allocate("step_run", "step_run_id", len(rows))
        written = []
        for step_run_id, (step, outcome) in enumerate(rows, first):
            what = self._step_run(run_id, step, reasons)
            cost = (outcome.seconds, outcome.saved, outcome.cpu, outcome.rss, outcome.log)
            written.append((step_run_id, *what, "cached", now, trace, outcome.reused, *cost))
        cursor.executemany(sql.STEP_RUN, written)
        made = list(enumerate([outcome for _, outcome in rows], first))
        for step_run_id, outcome in made:
            if outcome.reused is None:
                _details(cursor, step_run_id, outcome)
        return first, self._links(cursor, made)

    def _step_run(
        self, run_id: int, step: StepStart, reasons: Sequence[dict[str, Any]] | None = None
    ) -> tuple[Any, ...]:
        """Return what is known of a step before it is executed, in the order of the columns; its ids are learnt."""
        why = _dumps(step.reasons if reasons is None else reasons)
        ids = (run_id, self._tasks[step.pipeline, step.name], self._steps[step.module, step.step][0])
        return (*ids, step.position, step.fingerprint, why, _dumps(step.upstream))

    def _learn(self, cursor: Cursor, steps: Sequence[StepStart]) -> None:
        """Know the ids of all their tasks and steps, made if need be."""
        tasks = {(step.pipeline, step.name): None for step in steps if (step.pipeline, step.name) not in self._tasks}
        docs = {(step.module, step.step): step.doc for step in steps}
        docs = {key: doc for key, doc in docs.items() if key not in self._steps or self._steps[key][1] != doc}
        if tasks or docs:
            of_tasks, new, of_steps = ids(cursor, list(tasks), {key: _text(doc) for key, doc in docs.items()})
            self._tasks.update(of_tasks)
            self._new_tasks.update(new)
            self._steps.update((key, (step_id, docs[key])) for key, step_id in of_steps.items())

    # What a step run took and gave

    def _links(self, cursor: Cursor, made: Sequence[tuple[int, StepOutcome]]) -> Links:
        """Write what step runs took and gave; after the transaction that is to be remembered."""
        links = Links(cursor, self._versions, time.time())
        for step_run_id, outcome in made:
            links.add(step_run_id, outcome)
        links.write()
        return links

    def _is_new_manifest(self, fingerprint: str | None, outcome: StepOutcome) -> TypeGuard[str]:
        return fingerprint is not None and bool(outcome.manifest) and fingerprint not in self._fingerprints

    def _ask_manifests(self, cursor: Cursor, made: Sequence[tuple[str | None, StepOutcome]]) -> Iterator[Row]:
        """Ask which fingerprints of what is given back have their manifest; that is read when it is needed."""
        # It was recorded when it was executed (but perhaps not here).
        given = [mark for mark, outcome in made if outcome.reused is not None and self._is_new_manifest(mark, outcome)]
        return asked(cursor, sql.HAVE_ENTRIES, given)

    def _ingredients(
        self, cursor: Cursor, made: Sequence[tuple[str | None, StepOutcome]], there: Iterable[Row] = ()
    ) -> None:
        """Write the manifests of fingerprints, unless they are `there`, and the parts of their code."""
        known = {row[0] for row in there}
        rows: list[tuple[Any, ...]] = []
        for fingerprint, outcome in made:
            if self._is_new_manifest(fingerprint, outcome):
                self._fingerprints.add(fingerprint)
                if fingerprint not in known:
                    rows += [
                        (fingerprint, i, e.kind, _text(e.name), e.digest, _text(e.shown))
                        for i, e in enumerate(outcome.manifest)
                    ]
        if rows:
            cursor.executemany(sql.ENTRY, rows)
        for _, outcome in made:
            for code, parts in outcome.code.items():
                cursor.executemany(
                    sql.CODE, [(code, i, c.name, c.digest, c.file, c.line, c.via) for i, c in enumerate(parts)]
                )
                cursor.executemany(sql.SOURCE, [(c.digest, _text(c.text)) for c in parts if c.text])
                self._codes[code] = True

    # Looking up

    def find_trace(self, fingerprint: str, run_id: int | None = None, before: int | None = None) -> Trace | None:
        """Return the newest trace of a fingerprint; only of run `run_id`, only older than `before`, if given."""
        rows = self.select(sql.NEWEST_TRACE, (fingerprint, _END if before is None else before, run_id))
        if not rows or rows[0][0] is None:
            return None
        return traces(self.select(sql.TRACE, rows[0])).get(fingerprint)

    def find_traces(self, fingerprints: Sequence[str]) -> dict[str, Trace]:
        """Return the newest trace of each fingerprint that has one."""
        found: dict[str, Trace] = {}
        for chunk in padded(fingerprints):
            found.update(traces(self.select(sql.traces(len(chunk)), chunk)))
        return found

    def find_discovered(self, base: str) -> list[tuple[Entry, ...]]:
        """Return the sets of inputs that were discovered under a base fingerprint, without digests, newest first."""
        return sets(self.select(sql.FIND_DISCOVERED, (base,)))

    def look_up(self, base: str, run_id: int | None = None) -> tuple[list[tuple[Entry, ...]], Trace | None]:
        """Return what `find_discovered` does; where that is nothing, also the newest trace of the base itself."""
        return looked_up(self.select, base, run_id)

    def last_manifest(self, task: str) -> tuple[Entry, ...] | None:
        """Return what the outputs of `task` were made from in the newest run (or confirmed run) that had it."""
        key = _split(task)
        known = self._tasks.get(key)
        ids = [(known,)] if known else self.select("SELECT task_id FROM task WHERE pipeline = ? AND name = ?", key)
        rows = self.select(sql.LAST_FINGERPRINT, (*ids[0], *ids[0])) if ids else []
        return tuple(Entry(*row) for row in self.select(sql.MANIFEST, rows[0])) if rows else None

    def is_new(self, task: str) -> bool:
        """Whether a task was first named in the run that this process began last."""
        return _split(task) in self._new_tasks

    def _fingerprint(self, cursor: Cursor, step_run_id: int, outcome: StepOutcome) -> str | None:
        """Return what a step run is the result of, after what it discovered is recorded."""
        if outcome.discovered:
            return outcome.fingerprint
        if step_run_id not in self._started:
            return _fingerprint(cursor, step_run_id)
        return self._started[step_run_id]

    def look_for_code(self, digests: Sequence[str]) -> None:
        """Ask for many code digests at once what `has_code` says of them in the present run."""
        for chunk in padded([digest for digest in dict.fromkeys(digests) if digest not in self._codes]):
            there = {row[0] for row in self.select(sql.HAVE_PARTS + places(chunk), chunk)}
            self._codes.update((digest, digest in there) for digest in chunk)

    def has_code(self, digest: str) -> bool:
        """Whether the parts of a code digest are recorded."""
        there = self._codes.get(digest)
        if there is None:
            there = bool(self.select("SELECT 1 FROM code_entry WHERE code = ? LIMIT 1", (digest,)))
            if there:
                self._codes[digest] = True
        return there

    def expected_seconds(self, task: str, step: str) -> float | None:
        """Return the median wall seconds of the last few executions of `step` (its name) as `task`."""
        seconds = sorted(row[1] for row in self.select(sql.EXPECTED, (*_split(task), step, HISTORY)))
        return seconds[len(seconds) // 2] if seconds else None


def _run(cursor: Cursor, start: RunStart, status: str, outcome: tuple[Any, ...]) -> Found:
    """Insert a run; `outcome` is (ended, seconds, saved, counts, confirms)."""
    *ended, confirms = outcome
    what = (status, _text(start.command), _text(start.project), start.started)
    process = (start.pid, start.process_started, start.host, start.boot_id, _text(start.user))
    branch = None if start.git_branch is None else _text(start.git_branch)
    git = (start.git_commit, branch, None if start.git_dirty is None else int(start.git_dirty))
    environment = _environment(cursor, start.environment) if start.environment else None
    cursor.add(sql.RUN, (*what, *ended, _dumps(start.selection), confirms, *process, *git, environment))
    return cursor.find(sql.NEWEST_RUN, ())


def _environment(cursor: Cursor, environment: dict[str, Any]) -> str:
    from hashlib import blake2b  # only where something runs

    packages = json.dumps(environment.get("packages", {}), sort_keys=True)
    row = (_text(str(environment.get("python", ""))), _text(str(environment.get("platform", ""))), packages)
    digest = blake2b(json.dumps(row).encode(), digest_size=16).hexdigest()
    cursor.execute(sql.ENVIRONMENT, (digest, *row))
    return digest


def _lose(cursor: Cursor, run_id: int) -> int:
    """Mark one run lost unless somebody else has."""
    row = cursor.execute("SELECT started FROM run WHERE run_id = ? AND status = 'running'", (run_id,)).fetchone()
    if row is None:
        return 0
    _fail_running(cursor, run_id, "lost", "the process that ran it is gone")
    steps = cursor.execute(
        "SELECT status, started + seconds, saved FROM step_run WHERE run_id = ?", (run_id,)
    ).fetchall()
    ended, seconds, counts, saved = lost_run(row[0], steps)
    cursor.execute(sql.RUN_ENDED, ("lost", ended, seconds, _dumps(counts), saved, run_id))
    return 1


def _fail_running(cursor: Cursor, run_id: int, kind: str, text: str) -> None:
    reason = {"kind": kind, "name": "", "before": None, "after": None, "text": text}
    cursor.execute(sql.RUNNING_FAILED, (_dumps(reason), run_id))


def _fingerprint(cursor: Cursor, step_run_id: int) -> str | None:
    row = cursor.execute("SELECT fingerprint FROM step_run WHERE step_run_id = ?", (step_run_id,)).fetchone()
    return row[0] if row else None


def _discovered(cursor: Cursor, step_run_id: int, outcome: StepOutcome) -> None:
    """Record what a step was seen to read: under which fingerprint it is looked for, and which one names the result."""
    if not outcome.discovered:
        return
    from hashlib import blake2b

    names = json.dumps([(entry.kind, entry.name) for entry in outcome.discovered])
    inputs = blake2b(names.encode(), digest_size=16).hexdigest()
    found = enumerate(outcome.discovered)
    rows = [(outcome.base, inputs, i, e.kind, _text(e.name), _text(e.shown), step_run_id) for i, e in found]
    cursor.executemany(sql.DISCOVERED, rows)
    cursor.execute(sql.FINGERPRINT, (outcome.fingerprint, step_run_id))


def _details(cursor: Cursor, step_run_id: int, outcome: StepOutcome) -> None:
    if outcome.previews:
        cursor.executemany(sql.PREVIEW, list(outcome.previews.items()))
    if outcome.parameters:
        rows = [(step_run_id, i, name, _text(shown)) for i, (name, shown) in enumerate(outcome.parameters)]
        cursor.executemany(sql.PARAMETER, rows)
    if outcome.metrics:
        cursor.executemany(sql.METRIC, [(step_run_id, name, float(value)) for name, value in outcome.metrics.items()])


def _split(task: str) -> tuple[str, str]:
    pipeline, _, name = task.partition(":")
    return pipeline, name
