"""The numbers that steps returned, by the names that their outputs have where they are shown.

They are recorded once, with the execution, by the names that its outputs had. A result that is given back may go by
others: a variable was renamed since, or another call or pipeline has made it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import lineage.query.rows as rows
from lineage.records.protocol import MetadataStore

__all__ = ["metrics_of", "renamed"]

_METRIC = "SELECT step_run_id, name, value FROM metric"
_OUTPUT = (
    "SELECT p.step_run_id, a.name FROM produced p JOIN artifact_version v ON v.av_id = p.av_id "
    "JOIN artifact a ON a.artifact_id = v.artifact_id"
)


def metrics_of(store: MetadataStore, executed: Mapping[int, int]) -> dict[int, dict[str, float]]:
    """Return the numbers that step runs returned; those that returned none are left out.

    Parameters
    ----------
    store : MetadataStore
        The records.
    executed : mapping of int to int
        For each step run the one that was executed for it: itself, or one whose result it was given.
    """
    made: dict[int, dict[str, float]] = {}
    for number, name, value in rows.select_in(
        store, _METRIC, "step_run_id", set(executed.values()), "ORDER BY step_run_id, name"
    ):
        made.setdefault(number, {})[name] = float("nan") if value is None else value
    given = {number: by for number, by in executed.items() if by != number and by in made}
    names = _outputs(store, {*given, *given.values()})
    own = {number: made[number] for number, by in executed.items() if by == number and by in made}
    return own | {number: renamed(made[by], names.get(by, ()), names.get(number, ())) for number, by in given.items()}


def _outputs(store: MetadataStore, numbers: set[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    order = "ORDER BY p.step_run_id, p.position"
    for number, name in rows.select_in(store, _OUTPUT, "p.step_run_id", numbers, order):
        found.setdefault(number, []).append(name.partition("/")[2])
    return found


def renamed(metrics: Mapping[str, float], before: Sequence[str], now: Sequence[str]) -> dict[str, float]:
    """Return metrics by the names that the outputs have now.

    Parameters
    ----------
    metrics : mapping of str to float
        ``{"accuracy": 0.9583}``, or ``{"scores.f1": 0.9}`` of an output that is a dict.
    before, now : sequence of str
        The outputs' names, in the same order: where the metrics were recorded, and where they are shown.
    """
    names = dict(zip(before, now, strict=False))
    return {_renamed(metric, names): value for metric, value in metrics.items()}


def _renamed(metric: str, names: Mapping[str, str]) -> str:
    """Rename what comes before the key; a name may have dots of its own, so the longest one that fits is it."""
    of = [name for name in names if metric == name or metric.startswith(f"{name}.")]
    return names[longest] + metric[len(longest) :] if (longest := max(of, key=len, default="")) else metric
