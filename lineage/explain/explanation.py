"""What is known of one step, now or in one run: why it must run, or where its result comes from."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from lineage.explain.compare import compare
from lineage.explain.recorded import last_made
from lineage.model.stored import Reason
from lineage.query.rows import select_in

if TYPE_CHECKING:
    from lineage.explain.determinism import Variation
    from lineage.explain.recorded import RecordedSide
    from lineage.explain.sides import Side
    from lineage.records.protocol import MetadataStore

__all__ = ["Explanation", "Source", "differences", "sources"]

# An accepted result took no time itself; what it saves was recorded with it.
_EXECUTED = """
SELECT step_run_id, run_id, started, CASE status WHEN 'run' THEN seconds ELSE saved END,
    CASE status WHEN 'cached' THEN reasons END FROM step_run"""


def differences(
    store: MetadataStore, task: str, after: Callable[[Side], Side], run: int | None = None, *, diffs: bool = False
) -> tuple[RecordedSide | None, list[Reason]]:
    """Say what has changed since the outputs of a task were made.

    Where another step was put into the task, the rest is compared with what that step itself was last made from there.

    Parameters
    ----------
    store : MetadataStore
        The records.
    task : str
        ``digits:trainer``.
    after : callable
        Takes what it was made from then and returns what it is made from: the present has no list of what a step will
        be seen to read.
    run : int, optional
        Compare with the newest of the runs before this one; by default with the newest.
    diffs : bool
        Whether reasons of code get the diff of the source.

    Returns
    -------
    before : RecordedSide or None
        What it was made from; ``None`` if it never was.
    reasons : list of Reason
        Empty if nothing differs.
    """
    before = last_made(store, task, run)
    if before is None:
        return None, []
    now = after(before)
    found = compare(before, now, diffs=diffs)
    swapped = [reason for reason in found if reason.kind == "step"]
    own = last_made(store, task, run, step=now.step) if swapped else None
    return (before, found) if own is None else (own, swapped + compare(own, after(own), diffs=diffs))


class Source:
    """The execution that a result comes from.

    Attributes
    ----------
    run : int
        The run that executed it.
    started, seconds : float
        When, in unix seconds, and how long that took.
    accepted : str or None
        The reason that was given where it was accepted without executing.
    shared : tuple of str and float, or None
        Who has executed it, and in a run that began when, where it was taken from a shared cache.
    """

    __slots__ = ("accepted", "run", "seconds", "shared", "started")

    def __init__(
        self,
        run: int,
        started: float,
        seconds: float,
        accepted: str | None = None,
        shared: tuple[str, float | None] | None = None,
    ) -> None:
        self.run = run
        self.started = started
        self.seconds = seconds
        self.accepted = accepted
        self.shared = shared

    def plain(self) -> dict[str, Any]:
        """Return it as it stands in JSON."""
        told = {"run": self.run, "started": self.started, "seconds": self.seconds}
        shared = self.shared and {"by": self.shared[0], "started": self.shared[1]}
        return told | {"accepted": self.accepted, "shared": shared}


def sources(store: MetadataStore, step_runs: Iterable[int]) -> dict[int, Source]:
    """Return the executions that step runs are, by their ids."""
    found = select_in(store, _EXECUTED, "step_run_id", step_runs)
    return {row[0]: Source(row[1], row[2], row[3], *_not_executed(row[4])) for row in found}


def _not_executed(reasons: str | None) -> tuple[str | None, tuple[str, float | None] | None]:
    """Return why a step run without an execution here has a result: it was accepted, or somebody else has made it."""
    told = json.loads(reasons) if reasons and ('"accepted"' in reasons or '"shared"' in reasons) else []
    accepted = next((reason["text"] for reason in told if reason["kind"] == "accepted"), None)
    given = (reason for reason in told if reason["kind"] == "shared")
    shared = next(((str(reason["after"]), (reason.get("made") or {}).get("started")) for reason in given), None)
    return accepted, shared


class Explanation:
    """What is known of one step in one state.

    Attributes
    ----------
    task, step : str
        ``digits:trainer``, ``svc_trainer``.
    run : int or None
        The run that it is told of; ``None`` for the present.
    confirms : int or None
        The run whose state that run found unchanged.
    status : str
        In a run that of the step. At present what would become of it: ``run``, ``maybe`` (if what is before it
        changes), ``cached``, ``restored`` (it comes back from history), ``ignored`` or ``error`` (a file is missing).
    source : Source or None
        The execution that its result comes from; of a step that must run, the one that its outputs were last made by.
    reasons : sequence of Reason
        Why it must run, or had to; of a step that was cached, what had changed since the run before.
    variations : sequence of Variation
        Outputs that differed between executions with its fingerprint.
    error : dict or None
        What went wrong, as it was recorded.
    notes : sequence of str
        What else is to be said, in sentences.
    """

    __slots__ = ("confirms", "error", "notes", "reasons", "run", "source", "status", "step", "task", "variations")

    def __init__(
        self,
        task: str,
        step: str,
        status: str,
        *,
        run: int | None = None,
        confirms: int | None = None,
        source: Source | None = None,
        reasons: Sequence[Reason] = (),
        variations: Sequence[Variation] = (),
        error: dict[str, Any] | None = None,
        notes: Sequence[str] = (),
    ) -> None:
        self.task = task
        self.step = step
        self.status = status
        self.run = run
        self.confirms = confirms
        self.source = source
        self.reasons = reasons
        self.variations = variations
        self.error = error
        self.notes = notes

    def plain(self) -> dict[str, Any]:
        """Return it as it stands in JSON."""
        return {
            "task": self.task,
            "step": self.step,
            "run": self.run,
            "confirms": self.confirms,
            "status": self.status,
            "source": self.source and self.source.plain(),
            "reasons": [reason.plain() for reason in self.reasons],
            "not_deterministic": [variation.plain() for variation in self.variations],
            "error": self.error,
            "notes": list(self.notes),
        }
