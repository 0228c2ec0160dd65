"""What the steps of a session are made from at present, and so why one must run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lineage.explain.explanation import differences
from lineage.explain.sides import Origin
from lineage.fingerprint import manifest
from lineage.fingerprint.manifest import references
from lineage.formats.summary import show_moment
from lineage.model.options import is_cached
from lineage.model.stored import Entry, Reason

if TYPE_CHECKING:
    from lineage.dodo.session import Session
    from lineage.execute.ingredients import Ingredients
    from lineage.execute.outcome import Outcome
    from lineage.explain.recorded import RecordedSide
    from lineage.explain.sides import Part, Side
    from lineage.model.plan import Call, Ref

__all__ = ["PresentSide", "known_of", "reasons"]

_VERSION = """
SELECT v.version FROM artifact_version v JOIN artifact a ON a.artifact_id = v.artifact_id
WHERE a.name = ? AND v.digest = ?"""
# What was accepted without executing has status cached.
_MAKER = """
SELECT t.pipeline, t.name, s.run_id, CASE s.status WHEN 'run' THEN s.fingerprint END
FROM step_run s JOIN task t ON t.task_id = s.task_id WHERE s.step_run_id = ?"""
_FAILED = """
SELECT s.run_id FROM step_run s JOIN task t ON t.task_id = s.task_id
WHERE t.pipeline = ? AND t.name = ? AND s.status = 'failed' ORDER BY s.run_id DESC LIMIT 1"""

_GONE = "SELECT at, why FROM gone WHERE blob = ? AND kind = 'collected'"


class PresentSide:
    """What a step of a session is made from (see `lineage.explain.sides.Side`).

    Parameters
    ----------
    session : Session
        The session.
    call : Call
        The call; its inputs must be settled.
    before : Side
        What it is going to be compared with.
    """

    run = None

    def __init__(self, session: Session, call: Call, before: Side) -> None:
        self._session = session
        self._call = call
        self._before = before
        self.step = f"{call.step.module}:{call.step.name}"

    @cached_property
    def entries(self) -> Sequence[Entry]:
        """The manifest; of what it was seen to read the last time, what is there now."""
        return [*self._known(), *self._session.evaluation.discovered_now(tuple(self._before.entries))]

    def _known(self) -> Sequence[Entry]:
        """Return the ingredients that are known before it is executed."""
        return self._session.evaluation.entries(self._call)

    @cached_property
    def _closures(self) -> dict[str, Any]:
        return self._session.evaluation.ingredients.closures(self._call)

    def parts(self, code: str) -> Sequence[Part]:
        """Return the parts of a code digest."""
        closure = self._closures.get(code)
        return closure.entries if closure is not None else ()

    def wide(self, code: str) -> Sequence[str]:
        """Say where more of the code was taken than is certainly needed."""
        closure = self._closures.get(code)
        return closure.wide if closure is not None else ()

    def text(self, part: Any) -> str:
        """Return the source text of a part."""
        return str(part.text(self._session.project))

    def origin(self, slot: str) -> Origin | None:
        """Say where an input comes from."""
        ref = next((ref for name, ref in references(self._call) if name == slot), None)
        outcome = self._session.evaluation.outcomes[ref.call] if ref is not None else None
        return None if ref is None or outcome is None else self._origin(ref, outcome)

    def _origin(self, ref: Ref, outcome: Outcome) -> Origin:
        select = self._session.stack.metadata.select
        name, digest = self._session.evaluation.artifact_name(ref), outcome.outputs[ref.output].digest
        version = select(_VERSION, (name, digest))
        maker = select(_MAKER, (outcome.step_run_id,))
        pipeline, task, run, fingerprint = maker[0] if maker else (None, None, outcome.run_id, None)
        made_by = f"{pipeline}:{task}" if maker else None
        return Origin(name, digest, version[0][0] if version else None, made_by, run, fingerprint)


class _WaitingSide(PresentSide):
    """What a step is made from whose inputs are not all there yet: as far as that can be told."""

    def _known(self) -> Sequence[Entry]:
        """Return the ingredients; inputs that are not there yet have no digest, and what inputs hold is left out."""
        sources: Any = _Partly(self._session.evaluation.ingredients)
        return manifest.entries(self._call, sources)

    @cached_property
    def _closures(self) -> dict[str, Any]:
        own = self._session.evaluation.ingredients.closure(self._call.step)
        return {} if own is None else {own.digest: own}


class _Partly:
    """The ingredients of a call, in which inputs that are not there yet have no digest."""

    def __init__(self, ingredients: Ingredients) -> None:
        self._ingredients = ingredients

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ingredients, name)

    def input_digest(self, ref: Ref) -> str:
        return "" if self._ingredients.outcomes[ref.call] is None else self._ingredients.input_digest(ref)


def known_of(session: Session, call: Call) -> tuple[list[Entry], dict[str, Any]]:
    """Return the ingredients of a call that are known now, and the closures of its code by digest.

    What it was seen to read is known only of a call that is settled.
    """
    evaluation = session.evaluation
    outcome = evaluation.outcomes[call.index]
    if outcome is None and not evaluation.ready(call):
        own = evaluation.ingredients.closure(call.step)
        partly: Any = _Partly(evaluation.ingredients)
        return list(manifest.entries(call, partly)), {} if own is None else {own.digest: own}
    discovered = () if outcome is None else outcome.discovered
    return [*evaluation.entries(call), *discovered], evaluation.ingredients.closures(call)


def reasons(session: Session, call: Call, *, needless: bool = False, diffs: bool = False) -> list[Reason]:
    """Say why a call must run.

    Parameters
    ----------
    session : Session
        The session; what can be settled of it is.
    call : Call
        A call that is not settled, unless
    needless : bool
        it runs although it was, because `doit -a` was told so. Its inputs may have been made anew before it.
    diffs : bool
        Whether reasons of code get the diff of the source.

    Returns
    -------
    list of Reason
        One for each ingredient that differs from what its outputs were last made from; never empty.
    """
    why = _Why(session, call, diffs=diffs)
    if not needless:
        return why.reasons()
    forced = Reason("forced", call.task, None, None, "doit -a was told to run it again")
    return [forced, *why.changes()]


class _Why:
    """Why one call must run, and what it is compared with."""

    def __init__(self, session: Session, call: Call, *, diffs: bool) -> None:
        self.session = session
        self.call = call
        self.diffs = diffs
        self.before: RecordedSide | None = None

    def reasons(self) -> list[Reason]:
        session, call = self.session, self.call
        told = self._told()
        if not session.evaluation.ready(call):
            return [*told, *self._waiting(), *self._certain()]
        if session.stack.metadata.is_new(call.task):  # nothing to compare it with
            return [*told, *self._collected()] or [self._never()]
        found = [*told, *self._collected(), *self.changes()]
        return found or (self._lost() if self.before is not None else [self._first()])

    def _collected(self) -> list[Reason]:
        """Say so if the result is known, and its artifacts were collected."""
        session = self.session
        if not session.has_collected:  # mostly nothing was: then nobody looks for it
            return []
        base, metadata = session.evaluation.fingerprint(self.call), session.stack.metadata
        for trace, _ in session.evaluation.present.traces(metadata, base, None):
            for stored in trace.outputs:
                told = (
                    metadata.select(_GONE, (stored.blob,)) if session.stack.artifacts.stat(stored.blob) is None else []
                )
                if told:
                    text = f"what run {trace.run_id} gave was collected {show_moment(told[0][0])} by {told[0][1]}"
                    return [Reason("collected", self.call.task, stored.blob, None, text)]
        return []

    def _told(self) -> list[Reason]:
        """Return the reasons that hold whatever has changed."""
        call = self.call
        if not is_cached(call.step.options):
            return [Reason("cache", call.task, None, None, "cache=False: runs every time")]
        if (call.task, "forget") in self.session.marks:
            return [Reason("forget", call.task, None, None, "doit forget was told to run it again")]
        return []

    def changes(self) -> list[Reason]:
        found = self._differences(lambda before: PresentSide(self.session, self.call, before))
        obstacle = self.session.evaluation.obstacles.get(self.call.index)
        if obstacle is None:
            return found
        # The older scheme did not know some kinds of ingredients: they are not new, they are only told from now on.
        older = [reason for reason in found if reason.before is not None and reason.kind != "scheme"]
        text = f"remembered under an older fingerprint scheme, and not carried over: {obstacle}"
        return [Reason("scheme", "scheme", None, manifest.SCHEME, text), *older]

    def _differences(self, after: Callable[[Side], Side]) -> list[Reason]:
        store = self.session.stack.metadata
        self.before, found = differences(store, self.call.task, after, diffs=self.diffs)
        return found

    def _waiting(self) -> list[Reason]:
        outcomes, calls = self.session.evaluation.outcomes, self.session.plan.calls
        waiting = [calls[index].task for index in self.call.upstream if outcomes[index] is None]
        return [Reason("upstream", task, None, None, f"{task} has to run first") for task in waiting]

    def _certain(self) -> list[Reason]:
        found = self._differences(lambda before: _WaitingSide(self.session, self.call, before))
        settled = {name for name, ref in references(self.call) if self.session.evaluation.outcomes[ref.call]}
        return [reason for reason in found if _is_certain(reason, settled)]

    def _first(self) -> Reason:
        pipeline, _, name = self.call.task.partition(":")
        failed = self.session.stack.metadata.select(_FAILED, (pipeline, name))
        if not failed:
            return self._never()
        return Reason("first", "", None, None, f"has not come to an end yet: it failed in run {failed[0][0]}")

    @staticmethod
    def _never() -> Reason:
        return Reason("first", "", None, None, "never ran before")

    def _lost(self) -> list[Reason]:
        session, call = self.session, self.call
        known = session.memory.known(call.task)
        outputs = () if known is None else known.stored()
        gone = [
            Reason("artifact", name, stored.blob, None, f"artifact {name} is missing or damaged in the store")
            for name, stored in zip(call.outputs, outputs, strict=False)
            if session.stack.artifacts.stat(stored.blob) is None
        ]
        text = "its last run did not finish, or its artifacts are gone"
        return gone or [Reason("unfinished", call.task, None, None, text)]


def _is_certain(reason: Reason, settled: set[str]) -> bool:
    """Whether a reason holds whatever the inputs that are not there yet are going to be."""
    if reason.kind == "input":
        return reason.name in settled
    return reason.kind not in ("class", "order") and not (reason.kind == "package" and reason.after is None)
