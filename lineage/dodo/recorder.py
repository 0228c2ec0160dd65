"""The recorder: turns what doit does into rows of the metadata store, as it happens.

One recorder writes for one run, in the process that runs doit. A step is recorded when it starts and again when it
ends, each in a transaction of its own, so that a run that is killed has lost nothing but the steps that were running.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from lineage.dodo.behind import behind
from lineage.dodo.interrupt import undisturbed
from lineage.dodo.surroundings import GitState, begun
from lineage.errors import StepError
from lineage.fingerprint.manifest import final, references
from lineage.model.options import is_cached
from lineage.model.plan import Call, Value
from lineage.model.stored import Entry, Stored
from lineage.records.process import is_alive
from lineage.records.protocol import FILE, CodeRow, RunStart, StepOutcome, StepStart

if TYPE_CHECKING:
    from lineage.dodo.session import Session
    from lineage.execute.outcome import Outcome
    from lineage.share.record import SharedRecord

__all__ = ["Recorder"]

Unexecuted = tuple[StepStart, str, list[dict[str, Any]]]
"""A step that was not executed: what it is, its status, and why."""

_DIGITS = 32  # of the digest of a content that is known


class Recorder:
    """Writes one run.

    Parameters
    ----------
    session : Session
        The command's session.
    selection : dict
        The ``name=value`` words of the command.

    Attributes
    ----------
    statuses : dict of int to str
        Status of each step that has one, by call index.
    saved : float
        Seconds that cached steps did not take.
    """

    def __init__(self, session: Session, selection: dict[str, str]) -> None:
        self.session = session
        self.selection = selection
        self.started = time.time()
        self.begin_clock = time.perf_counter()
        self.statuses: dict[int, str] = {}
        self.saved = 0.0
        #: The plain doit tasks that have failed: what needs them is skipped.
        self.failed_tasks: set[str] = set()
        #: What people are told in the end of what steps have read besides their inputs.
        self.remarks: list[tuple[str, str, str]] = []
        self.run_id = 0
        self.calls: Sequence[Call] = ()
        self._running: dict[int, tuple[int, float]] = {}
        self._started: dict[int, str] = {}
        self._cached: list[tuple[StepStart, StepOutcome]] = []
        self._failures: dict[int, str] = {}
        self._lock = threading.RLock()
        self._git = GitState(session.stack.project)
        self._told: RunStart | None = None

    # -- the run -----------------------------------------------------------------------------------------------------

    def begin(self, calls: Sequence[Call], *, executing: bool) -> None:
        """Record that the run begins.

        Parameters
        ----------
        calls : sequence of Call
            What it is to bring up to date.
        executing : bool
            Whether a step may run; then the state of the working copy and the environment are looked at.
        """
        with undisturbed():
            self._begin(calls, executing=executing)

    def _begin(self, calls: Sequence[Call], *, executing: bool) -> None:
        self.calls = calls
        if executing:
            self._git.ask()
        metadata = self.session.stack.metadata
        metadata.sweep_lost(is_alive)
        self._told = self._start(executing=executing)
        self.run_id = metadata.begin_run(self._told)
        self.session.run_id = self.run_id
        self.session.memory.anchor = (self.run_id, self.started)
        outcomes = self.session.evaluation.outcomes
        waiting = [call for call in calls if self.session.always or outcomes[call.index] is None]
        metadata.plan_steps(self.run_id, [self._describe(call, None, []) for call in waiting])
        codes = (self.session.evaluation.ingredients.closure(call.step) for call in waiting)
        metadata.look_for_code([code.digest for code in codes if code is not None])

    def _start(self, *, executing: bool) -> RunStart:
        return begun(self.started, self._git, self.selection, executing=executing)

    def confirm(self, calls: Sequence[Call]) -> bool:
        """Record a run in which nothing had to be done.

        Returns
        -------
        bool
            Whether one row sufficed, because an earlier run's rows tell the same state.
        """
        with undisturbed():
            return self._confirm(calls)

    def _confirm(self, calls: Sequence[Call]) -> bool:
        self.calls = calls
        memory, evaluation = self.session.memory, self.session.evaluation
        metadata = self.session.stack.metadata
        if memory.confirmed is not None and memory.confirmed[1] == evaluation.state_digest(calls):
            outcomes = evaluation.outcomes
            for call in calls:
                outcome = outcomes[call.index]
                if outcome is not None and outcome.origin == "history":  # its readable path was taken away
                    evaluation.show(call)
            self.saved = sum(outcome.seconds for outcome in outcomes if outcome is not None)
            self.statuses = dict.fromkeys((call.index for call in calls), "cached")
            metadata.sweep_lost(is_alive)
            of = memory.confirmed[0]
            self.run_id = metadata.confirm_run(self._start(executing=False), time.time(), of, self.counts(), self.saved)
            return True
        self.begin(calls, executing=False)
        for call in calls:
            self.cached(call)
        self.end("ok")
        return False

    def end(self, status: str, needs: Callable[[], Mapping[str, Sequence[str]]] = dict) -> None:
        """Record how the run ended, and the steps that it did not reach (`needs`: what each task waits for)."""
        with undisturbed(), self._lock:
            self._flush_cached()
            metadata = self.session.stack.metadata
            for index in list(self._running):
                reason = {"kind": status, "name": "", "before": None, "after": None, "text": f"the run was {status}"}
                self._fail(
                    index,
                    {"kind": status, "message": f"the run was {status}", "traceback": "", "place": None},
                    self._log_left(self.session.plan.calls[index].task),
                    reason,
                )
            metadata.record_unexecuted(self.run_id, self._unreached(needs))
            metadata.end_run(self.run_id, status, time.time(), self.seconds(), self.counts(), self.saved)
            if status == "ok" and all(self.statuses[call.index] in ("run", "cached") for call in self.calls):
                self.session.memory.confirm(self.run_id, self.session.evaluation.state_digest(self.calls))

    def seconds(self) -> float:
        """Wall seconds since the run began."""
        return time.perf_counter() - self.begin_clock

    def counts(self) -> dict[str, int]:
        """Count the steps of the run by status."""
        return dict(Counter(self.statuses.values()))

    # -- its steps ---------------------------------------------------------------------------------------------------

    def step_started(self, call: Call, *, forced: bool = False) -> None:
        """Record that a step is being executed, and why."""
        from lineage.dodo.present import reasons as reasons_of  # only where something runs

        evaluation = self.session.evaluation
        evaluation.ingredients.declared.look_again()
        with self._lock:
            # What a step consumes names the step run that gave it: upstream is recorded first.
            self._flush_cached()
            needless = forced and evaluation.outcomes[call.index] is not None
            reasons = [reason.plain() for reason in reasons_of(self.session, call, needless=needless)]
            fingerprint = self._started[call.index] = evaluation.begin(call)
            step = self._describe(call, fingerprint, reasons)
            step_run_id = self.session.stack.metadata.start_step(self.run_id, step)
            self._running[call.index] = (step_run_id, time.perf_counter())
            self.statuses[call.index] = "running"

    def expected(self, call: Call) -> float | None:
        """Return the seconds that the step took in its last executions (their median)."""
        return self.session.stack.metadata.expected_seconds(call.task, call.step.name)

    def take(self, call: Call, result: dict[str, Any]) -> None:
        """Record the result of a step, whoever has computed it, and let the steps after it see it."""
        (self.step_reused if "reused" in result else self.step_finished)(call, result)

    def step_finished(self, call: Call, result: dict[str, Any]) -> None:
        """Record what a step has put out; from here on it is remembered whatever happens."""
        evaluation = self.session.evaluation
        with self._lock:
            step_run_id, _ = self._running.pop(call.index)
            outcome = self._given(call, result, step_run_id, self.run_id, "executed")
            row = self._outcome(call, outcome)
            row.seconds, row.cpu, row.rss = result["seconds"], result["cpu"], result["rss"]
            row.log, row.metrics, row.previews = result["log"], result["metrics"], result["previews"]
            self._send(call, row)
            self.session.stack.metadata.finish_step(step_run_id, row)
            self.statuses[call.index] = "run"
            evaluation.executed(call, outcome)
            self.session.marks.discard(call.task, "forget")
            self.remarks += result["remarks"]
            for name, stat, digest in result["learnt"]:
                self.session.memory.learn(name, stat, digest)

    def _send(self, call: Call, row: StepOutcome) -> None:
        """Send what a step has put out to the stores that are shared; it stands in the outbox before it is recorded."""
        sharing = self.session.stack.sharing
        if sharing is None:
            return
        for _, stored in row.outputs:
            sharing.made(stored)
        if sharing.sends and is_cached(call.step.options) and self._told is not None:
            from lineage.dodo.sending import code_of, keyed, record_of

            sharing.send(record_of(call, row, self._told, self.run_id), code_of(self.session, call))
            sharing.tell_of_keyed(call.task, keyed(row))

    def _adopt(self, call: Call, outcome: Outcome, record: SharedRecord) -> None:
        """Record what somebody else has computed as a step run of ours, so that it can be explained and given back."""
        from lineage.dodo.sending import adopted
        from lineage.formats.summary import metrics_of_all

        self._flush_cached()
        row = self._outcome(call, outcome)
        row.saved, row.previews = outcome.seconds, record.previews
        row.metrics = metrics_of_all(call.outputs, outcome.outputs)  # whoever made it may call its outputs otherwise
        step = self._describe(call, outcome.fingerprint, [])
        outcome.step_run_id = self.session.stack.metadata.accept(self.run_id, step, row, adopted(record))
        outcome.run_id, outcome.origin = self.run_id, "history"

    def _given(self, call: Call, result: dict[str, Any], step_run_id: int, run_id: int, origin: str) -> Outcome:
        """Return what a worker has given as an outcome, with the fingerprint that what it read leads to."""
        from lineage.execute.outcome import Outcome

        base, *_ = self.session.evaluation.begun(call)
        discovered = tuple(Entry(*plain) for plain in result["discovered"])
        outputs = tuple(Stored(*plain) for plain in result["outputs"])
        made_by = (step_run_id, run_id, result["seconds"])
        return Outcome(final(base, discovered), outputs, *made_by, origin, base, discovered)

    def step_reused(self, call: Call, result: dict[str, Any]) -> None:
        """Record that another run, or an equal call of this one, has computed a step meanwhile."""
        evaluation = self.session.evaluation
        with self._lock:
            step_run_id, _ = self._running.pop(call.index)
            outcome = self._given(call, result, result["reused"], result["reused_run"], "history")
            evaluation.outcomes[call.index] = outcome
            row = self._cached_outcome(call, outcome)
            self.session.stack.metadata.reuse_step(step_run_id, row)
            self.statuses[call.index] = "cached"
            self.saved += outcome.seconds
            # A step that is to run again takes only what this run has executed: an equal call has run for both.
            self.session.marks.discard(call.task, "forget")
            evaluation.show(call)

    def cached(self, call: Call) -> None:
        """Record that a step need not run, and give its artifacts back where they are not in place."""
        evaluation = self.session.evaluation
        outcome = evaluation.outcomes[call.index]
        assert outcome is not None, "only a settled step is cached"
        with self._lock:
            if outcome.origin == "history":
                evaluation.show(call)
            if self.statuses.get(call.index) == "cached":
                return
            self.statuses[call.index] = "cached"
            self.saved += outcome.seconds
            if outcome.record is not None and outcome.origin == "shared":
                self._adopt(call, outcome, outcome.record)
                evaluation.show(call)
                return
            step = self._describe(call, outcome.fingerprint, [])
            self._cached.append((step, self._cached_outcome(call, outcome)))
            if len(self._cached) >= 500:
                self._flush_cached()

    def _flush_cached(self) -> None:
        rows, self._cached = self._cached, []
        if rows:
            self.session.stack.metadata.record_cached(self.run_id, rows)

    def step_failed(self, call: Call, error: dict[str, Any], log: str | None) -> None:
        """Record that a step failed, while it ran or before it could."""
        with self._lock:
            if call.index not in self._running:
                step = self._describe(call, None, [])
                step_run_id = self.session.stack.metadata.start_step(self.run_id, step)
                self._running[call.index] = (step_run_id, time.perf_counter())
            self._fail(call.index, error, log, None)

    def _fail(self, index: int, error: dict[str, Any], log: str | None, reason: dict[str, Any] | None) -> None:
        step_run_id, begin = self._running.pop(index)
        self.statuses[index] = "failed"
        self._failures[index] = error["message"]
        self.session.evaluation.outcomes[index] = None
        seconds, made_from = time.perf_counter() - begin, self._made_from(index)
        self.session.stack.metadata.fail_step(step_run_id, error, seconds, log, reason, made_from)

    def _made_from(self, index: int) -> StepOutcome | None:
        """Return what a failed step was to be made from, or ``None`` where that cannot be told any more."""
        call, evaluation = self.session.plan.calls[index], self.session.evaluation
        with suppress(StepError):  # an input file is gone
            # Where one has changed since the step started, this is not what the step was made from.
            if index in self._started and evaluation.fingerprint(call) == self._started[index]:
                return StepOutcome(manifest=evaluation.entries(call), code=self._code_rows(call))
        return None

    def _log_left(self, task: str) -> str | None:
        """Return the log of a step that was cut off, which nobody has told us of."""
        from lineage.execute.log import log_path

        path = log_path(self.run_id, task)
        return path if os.path.exists(self.session.stack.path(path)) else None

    def step_ignored(self, call: Call, cause: str) -> None:
        """Record that the user has told doit to skip a step, or (`cause`) a task that it needs."""
        skipped = "it" if cause == call.task else f"{cause}, which it needs"
        text = f"doit ignore was told to skip {skipped}"
        reason = {"kind": "ignore", "name": cause, "before": None, "after": None, "text": text}
        self._record_unexecuted(call, "skipped", reason)

    def _record_unexecuted(self, call: Call, status: str, reason: dict[str, Any]) -> None:
        with self._lock:
            self.statuses[call.index] = status
            row = (self._describe(call, None, []), status, [reason])
            self.session.stack.metadata.record_unexecuted(self.run_id, [row])

    def _unreached(self, needs: Callable[[], Mapping[str, Sequence[str]]]) -> list[Unexecuted]:
        """Return the steps that the run did not reach: skipped where something before them failed, else pending."""
        left = [call for call in self.calls if call.index not in self.statuses]
        calls = self.session.plan.calls
        ended = {calls[index].task: told for index, told in self.statuses.items() if told in ("failed", "skipped")}
        ended |= dict.fromkeys(self.failed_tasks, "failed")
        needed = dict(needs()) if left else {}
        for call in left:  # doit itself knows nothing of them with --single
            above = [calls[index].task for index in call.upstream]
            needed[call.task] = list(dict.fromkeys([*above, *needed.get(call.task, ())]))
        stopped = behind(needed, ended)
        return [self._unexecuted(call, stopped.get(call.task, ()), ended) for call in left]

    def _unexecuted(self, call: Call, bad: Sequence[str], ended: Mapping[str, str]) -> Unexecuted:
        """Say of a step that was not reached which of the tasks that it needs (`bad`) stood in its way."""
        self.statuses[call.index] = status = "skipped" if bad else "pending"
        reasons = [
            {
                "kind": "upstream",
                "name": name,
                "before": None,
                "after": None,
                "text": f"{name} {ended.get(name, 'skipped')}",
            }
            for name in bad
        ]
        return self._describe(call, None, []), status, reasons

    def accept(self, call: Call, text: str) -> None:
        """Record the outputs that a step had last as those of its present fingerprint, without executing it."""
        evaluation = self.session.evaluation
        known = self.session.memory.known(call.task)
        assert known is not None, "only outputs that exist can be accepted"
        reason = {"kind": "accepted", "name": call.task, "before": None, "after": None, "text": text}
        accepted = evaluation.accepted(call, known, self.run_id)
        step = self._describe(call, accepted.fingerprint, [])
        row = self._outcome(call, accepted)
        row.saved = known.seconds
        accepted.step_run_id = self.session.stack.metadata.accept(self.run_id, step, row, reason)
        self.session.marks.discard(call.task, "forget")
        evaluation.executed(call, accepted)

    # -- rows --------------------------------------------------------------------------------------------------------

    def _describe(self, call: Call, fingerprint: str | None, reasons: list[dict[str, Any]]) -> StepStart:
        step, calls = call.step, self.session.plan.calls
        upstream = tuple(calls[index].task for index in call.upstream)
        return StepStart(
            call.task,
            call.pipeline,
            call.name,
            step.name,
            step.module,
            step.doc,
            fingerprint,
            reasons,
            call.index,
            upstream,
        )

    def _outcome(self, call: Call, outcome: Outcome) -> StepOutcome:
        evaluation = self.session.evaluation
        entries = evaluation.entries(call) + outcome.discovered
        pairs = zip(call.outputs, outcome.outputs, strict=True)
        return StepOutcome(
            outputs=[(f"{call.pipeline}/{name}", stored) for name, stored in pairs],
            inputs=self._inputs(call, entries),
            parameters=[(name, argument.shown) for name, argument in call.arguments if isinstance(argument, Value)],
            manifest=entries,
            code=self._code_rows(call),
            discovered=outcome.discovered,
            base=outcome.base,
            fingerprint=outcome.fingerprint,
        )

    def _inputs(self, call: Call, entries: Sequence[Entry]) -> list[tuple[str, str, str]]:
        evaluation = self.session.evaluation
        found = []
        for name, ref in references(call):
            outcome = evaluation.outcomes[ref.call]
            assert outcome is not None, "a step that is recorded has settled inputs"
            found.append((name, evaluation.artifact_name(ref), outcome.outputs[ref.output].digest))
        found += [(entry.name, FILE + entry.shown, entry.digest) for entry in entries if entry.kind == "file"]
        # No parameter can be called ./data/extra.csv.
        return found + [
            (f"./{entry.name}", FILE + entry.name, entry.digest)
            for entry in entries
            if entry.kind == "read" and len(entry.digest) == _DIGITS
        ]

    def _cached_outcome(self, call: Call, outcome: Outcome) -> StepOutcome:
        row = self._outcome(call, outcome)
        row.saved, row.reused = outcome.seconds, outcome.step_run_id
        return row

    def _code_rows(self, call: Call) -> dict[str, list[CodeRow]]:
        metadata, project = self.session.stack.metadata, self.session.project
        return {
            digest: [
                CodeRow(part.name, part.digest, part.file, part.line, part.via, part.text(project))
                for part in code.entries
            ]
            for digest, code in self.session.evaluation.ingredients.closures(call).items()
            if not metadata.has_code(digest)
        }

    def failed(self) -> bool:
        """Return whether a step has failed."""
        return bool(self._failures)
