"""What differs between two runs: their steps, their results, and what surrounded them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lineage.explain.compare import compare
from lineage.explain.determinism import Variation, variations
from lineage.explain.recorded import side_of
from lineage.model.stored import DISCOVERED, Reason

if TYPE_CHECKING:
    from lineage.model.history import ArtifactVersion, PipelineRun, StepRun
    from lineage.query.history import History

__all__ = ["Change", "Metric", "RunsDifference", "difference"]

_DONE = ("run", "cached")
#: Executions whose seconds differ less than this, or by a smaller factor, are taken to have cost the same.
_SECONDS, _FACTOR = 0.5, 1.5


class Change:
    """One task that is not the same in two runs.

    Attributes
    ----------
    task : str
        ``digits:trainer``.
    before, after : StepRun or None
        ``None`` where the run did not have it.
    reasons : sequence of Reason
        The ingredients that differ.
    outputs : sequence of (str, ArtifactVersion or None, ArtifactVersion or None)
        The outputs whose values differ.
    variations : sequence of Variation
        Outputs that differ although no ingredient does.
    """

    def __init__(
        self,
        task: str,
        before: StepRun | None,
        after: StepRun | None,
        reasons: Sequence[Reason] = (),
        variations: Sequence[Variation] = (),
    ) -> None:
        self.task = task
        self.before = before
        self.after = after
        self.reasons = reasons
        self.variations = variations
        self.outputs = _outputs(before, after) if before and after else []

    @property
    def kind(self) -> str:
        """``new``, ``gone`` or ``differs``."""
        return "new" if self.before is None else "gone" if self.after is None else "differs"

    @property
    def seconds(self) -> tuple[float, float] | None:
        """What the two executions took, if that differs much."""
        if self.before is None or self.after is None or self.before.executed_id == self.after.executed_id:
            return None
        took = (_took(self.before), _took(self.after))
        much = abs(took[0] - took[1]) >= _SECONDS and max(took) >= _FACTOR * min(took)
        return took if much else None

    def plain(self) -> dict[str, Any]:
        """Return it as it stands in JSON."""
        return {
            "task": self.task,
            "change": self.kind,
            "before": self.before and _step_json(self.before),
            "after": self.after and _step_json(self.after),
            "reasons": [reason.plain() for reason in self.reasons],
            "outputs": [
                {"name": name, "before": _version_json(was), "after": _version_json(now)}
                for name, was, now in self.outputs
            ],
            "not_deterministic": [variation.plain() for variation in self.variations],
        }


class Metric:
    """One number that steps of two runs returned, ``None`` in a run that did not have it."""

    def __init__(self, name: str, before: float | None, after: float | None) -> None:
        self.name = name
        self.before = before
        self.after = after

    @property
    def change(self) -> float | None:
        """After minus before; ``None`` where one of them is missing or no number."""
        known = _finite(self.before) is not None and _finite(self.after) is not None
        return (self.after or 0.0) - (self.before or 0.0) if known else None

    @property
    def relative(self) -> float | None:
        """The change as a share of what it was; ``None`` where that was 0."""
        return None if self.change is None or not self.before else self.change / abs(self.before)

    def plain(self) -> dict[str, Any]:
        """Return it as it stands in JSON; what JSON cannot write is null."""
        told = {"before": self.before, "after": self.after, "change": self.change, "relative": self.relative}
        return {"name": self.name} | {key: _finite(value) for key, value in told.items()}


class RunsDifference:
    """What differs between two runs.

    Attributes
    ----------
    asked : tuple of PipelineRun
        The runs.
    states : tuple of PipelineRun
        The runs whose states they have: one in which nothing changed has that of the run that it confirms.
    changes : list of Change
        The tasks that are not the same.
    same : int
        How many tasks are.
    metrics : list of Metric
        The numbers that differ.
    same_metrics : int
        How many do not.
    packages : dict of str to (str or None, str or None)
        Installed distributions in other versions.
    python, platform : tuple of (str or None, str or None)
        Of the two environments.
    """

    def __init__(
        self, asked: tuple[PipelineRun, PipelineRun], states: tuple[PipelineRun, PipelineRun], changes: list[Change]
    ) -> None:
        self.asked = asked
        self.states = states
        self.changes = changes
        before, after = states
        self.same = len(before.steps.keys() & after.steps.keys()) - sum(each.kind == "differs" for each in changes)
        self.metrics, self.same_metrics = _metrics(before.metrics, after.metrics)
        was, now = before.environment or {}, after.environment or {}
        self.python = (was.get("python"), now.get("python"))
        self.platform = (was.get("platform"), now.get("platform"))
        self.packages = _changed(was.get("packages", {}), now.get("packages", {})) if was and now else {}

    def plain(self) -> dict[str, Any]:
        """Return it as it stands in JSON."""
        return {
            "before": _run_json(self.asked[0], self.states[0]),
            "after": _run_json(self.asked[1], self.states[1]),
            "steps": [change.plain() for change in self.changes],
            "same": self.same,
            "metrics": [metric.plain() for metric in self.metrics],
            "environment": {
                "python": list(self.python),
                "platform": list(self.platform),
                "packages": {name: list(versions) for name, versions in self.packages.items()},
            },
        }


def difference(history: History, before: PipelineRun, after: PipelineRun) -> RunsDifference:
    """Compare two runs.

    Parameters
    ----------
    history : History
        The records.
    before, after : PipelineRun
        The runs.
    """
    states = (_state(history, before), _state(history, after))
    history.read_steps(states)
    pairs = _pairs(*(state.steps for state in states))
    varying = variations(history.store, [was.fingerprint for was, now in pairs if was and now and _varies(was, now)])
    changes = [_change(history, was, now, (before.id, after.id), varying) for was, now in pairs if _differs(was, now)]
    return RunsDifference((before, after), states, changes)


def _state(history: History, run: PipelineRun) -> PipelineRun:
    return run if run.confirms is None else history.run(run.confirms)


def _pairs(before: dict[str, StepRun], after: dict[str, StepRun]) -> list[tuple[StepRun | None, StepRun | None]]:
    gone = [(step, None) for task, step in before.items() if task not in after]
    return [*((before.get(task), step) for task, step in after.items()), *gone]


def _differs(was: StepRun | None, now: StepRun | None) -> bool:
    if was is None or now is None:
        return True
    if was.fingerprint != now.fingerprint or _values(was) != _values(now):
        return True
    return was.status != now.status and not (was.status in _DONE and now.status in _DONE)


def _varies(was: StepRun, now: StepRun) -> bool:
    return was.fingerprint == now.fingerprint and _values(was) != _values(now)


def _values(step: StepRun) -> dict[str, str]:
    return {name: version.digest for name, version in step.outputs.items()}


def _change(
    history: History,
    was: StepRun | None,
    now: StepRun | None,
    runs: tuple[int, int],
    varying: dict[str, list[Variation]],
) -> Change:
    step = now or was
    assert step is not None, "one of the two runs has the task"
    if was is None or now is None:
        return Change(step.task, was, now)
    sides = (side_of(history.store, was.id, runs[0]), side_of(history.store, now.id, runs[1]))
    told = sides[0] is not None and sides[1] is not None and sides[0].entries and sides[1].entries
    reasons = compare(sides[0], sides[1], diffs=True) if told and sides[0] and sides[1] else []
    if "failed" in (was.status, now.status):  # nobody knows what it would have read besides
        reasons = [reason for reason in reasons if reason.kind not in DISCOVERED]
    return Change(step.task, was, now, reasons, varying.get(was.fingerprint or "", ()) if not reasons else ())


def _outputs(was: StepRun, now: StepRun) -> list[tuple[str, ArtifactVersion | None, ArtifactVersion | None]]:
    """Pair the outputs whose values differ; nothing for a step that did not come to its end."""
    if was.status not in _DONE or now.status not in _DONE:
        return []
    names = dict.fromkeys([*was.outputs, *now.outputs])
    pairs = [(name, was.outputs.get(name), now.outputs.get(name)) for name in names]
    return [pair for pair in pairs if pair[1] is None or pair[2] is None or pair[1].digest != pair[2].digest]


def _took(step: StepRun) -> float:
    return step.seconds if step.status == "run" else step.saved


def _metrics(before: dict[str, float], after: dict[str, float]) -> tuple[list[Metric], int]:
    pairs = _changed(before, after)
    return [Metric(name, *pair) for name, pair in pairs.items()], len({*before, *after}) - len(pairs)


def _changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    names = dict.fromkeys([*before, *after])
    pairs = {name: (before.get(name), after.get(name)) for name in names}
    return {name: pair for name, pair in pairs.items() if repr(pair[0]) != repr(pair[1])}  # NaN is not equal to NaN


# JSON


def _run_json(run: PipelineRun, state: PipelineRun) -> dict[str, Any]:
    return {
        "id": run.id,
        "confirms": run.confirms,
        "status": state.status,
        "started": run.started,
        "command": run.command,
        "selection": state.selection,
        "git": {"commit": run.git_commit, "branch": run.git_branch, "dirty": run.git_dirty},
    }


def _step_json(step: StepRun) -> dict[str, Any]:
    return {
        "id": step.id,
        "step": step.step,
        "status": step.status,
        "seconds": _took(step),
        "fingerprint": step.fingerprint,
        "error": step.error,
    }


def _version_json(version: ArtifactVersion | None) -> dict[str, Any] | None:
    return None if version is None else {"version": version.version, "digest": version.digest, "run": version.run_id}


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
