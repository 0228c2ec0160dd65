"""What `lineage why` and `doit info` say of a step: the decision of `lineage.dodo.planning`, with its reasons."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lineage.dodo.decision import FRESH
from lineage.dodo.planning import Planning
from lineage.explain.determinism import Variation, variations
from lineage.explain.explanation import Explanation, Source, sources
from lineage.explain.recorded import last_made
from lineage.explain.telling import error_line

if TYPE_CHECKING:
    from lineage.execute.outcome import Outcome
    from lineage.model.plan import Call
    from lineage.records.protocol import MetadataStore

__all__ = ["explain"]

_NEWEST = """
SELECT s.run_id, s.status, s.error FROM step_run s JOIN task t ON t.task_id = s.task_id
WHERE t.pipeline = ? AND t.name = ? ORDER BY s.run_id DESC, s.step_run_id DESC LIMIT 1"""


def explain(planning: Planning, call: Call) -> Explanation:
    """Say how it stands with a step.

    Parameters
    ----------
    planning : Planning
        What would become of each task.
    call : Call
        A call that is decided.
    """
    decision, store = planning.decisions[call.task], planning.session.stack.metadata
    if decision.status in FRESH and decision.outcome is not None:
        return _fresh(store, call, decision.status, decision.outcome)
    before = last_made(store, call.task)
    error, notes = _failure(store, call)
    return Explanation(
        call.task,
        call.step.name,
        decision.status,
        source=sources(store, [before.executed])[before.executed] if before is not None else None,
        reasons=planning.reasons(call.task, diffs=True),
        variations=_variations(store, before.fingerprint) if before is not None else (),
        error=error,
        notes=notes,
    )


def _fresh(store: MetadataStore, call: Call, status: str, outcome: Outcome) -> Explanation:
    source: Source | None = sources(store, [outcome.step_run_id]).get(outcome.step_run_id)
    varying = _variations(store, outcome.fingerprint)
    # What nobody has taken yet has no run here.
    given = [] if outcome.record is None else [f"its artifacts come from the shared cache, made by {outcome.record.by}"]
    return Explanation(call.task, call.step.name, status, source=source, variations=varying, notes=given)


def _variations(store: MetadataStore, fingerprint: str) -> Sequence[Variation]:
    return variations(store, [fingerprint]).get(fingerprint, ())


def _failure(store: MetadataStore, call: Call) -> tuple[dict[str, Any] | None, list[str]]:
    """Return the error and a note where a step's last execution failed."""
    found = store.select(_NEWEST, (call.pipeline, call.name))
    if not found or found[0][1] != "failed":
        return None, []
    run, _, text = found[0]
    error = json.loads(text) if text else {}
    return error or None, [f"it failed in run {run}: {error_line(error)}" if error else f"it failed in run {run}"]
