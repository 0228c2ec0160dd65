"""``lineage diff``: what differs between two runs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TextIO

from lineage.explain.past import find_run
from lineage.explain.runs import difference
from lineage.explain.telling import diff_lines, error_line
from lineage.formats.summary import show_moment, show_number
from lineage.model.shown import one_line, show_duration
from lineage.query.history import History
from lineage.terminal.style import Style

if TYPE_CHECKING:
    from lineage.explain.runs import Change, Metric, RunsDifference
    from lineage.explain.telling import Paint
    from lineage.model.history import ArtifactVersion, PipelineRun
    from lineage.model.stored import Reason

__all__ = ["diff"]

#: So many lines of code are shown without being asked for; of more only the numbers of added and removed lines.
_FEW = 40


def diff(project: str, before: str, after: str, out: TextIO, *, code: bool = False, as_json: bool = False) -> int:
    """Compare two runs.

    Parameters
    ----------
    project : str
        The project's folder.
    before, after : str
        The runs: a number, ``last``, or counted from the end (``-2`` is the one before the last).
    out : TextIO
        Where to print.
    code : bool
        Print the diff of all code, however long.
    as_json : bool
        Print JSON; see docs/commands.md.

    Raises
    ------
    UsageError
        There is no such run.
    """
    with History(project) as history:
        found = difference(history, find_run(history, before), find_run(history, after))
        if as_json:
            out.write(json.dumps(found.plain(), indent=1) + "\n")
        else:
            out.writelines(f"{line}\n" for line in _Printer(found, Style(out).paint, code).lines())
    return 0


class _Printer:
    """The lines of one comparison; code that several steps reach is shown once."""

    def __init__(self, found: RunsDifference, paint: Paint, code: bool) -> None:
        self.found = found
        self.paint = paint
        self.shown: set[tuple[str | None, str | None]] = set()
        self.whole = code or _length(found.changes) <= _FEW

    def lines(self) -> Iterator[str]:
        found = self.found
        for asked, state in zip(found.asked, found.states, strict=True):
            yield _run_line(asked, state)
        for change in found.changes:
            yield from self._change(change)
        yield from _surroundings(found)
        yield from _metrics(found.metrics)
        yield from _same(found)

    def _change(self, change: Change) -> Iterator[str]:
        yield f"{self.paint(one_line(change.task), '1')}{_standing(change)}"
        for step, run in zip((change.before, change.after), self.found.asked, strict=True):
            if step is not None and step.status == "failed" and step.error:
                yield f"  failed in run {run.id}: {one_line(error_line(step.error))}"
        for reason in change.reasons:
            yield from self._reason(reason)
        told = [f"  not deterministic: {variation}" for variation in change.variations]
        told += [f"  output {name}: {_version(was)} became {_version(now)}" for name, was, now in change.outputs]
        yield from map(one_line, told)
        if change.seconds is not None:
            yield f"  took {show_duration(change.seconds[0])}, then {show_duration(change.seconds[1])}"

    def _reason(self, reason: Reason) -> Iterator[str]:
        lines: Sequence[str] = reason.details.get("diff", ())
        yield f"  {one_line(reason.text)}{_counts(lines)}"
        edited = reason.before is not None and reason.after is not None
        told = (reason.before, reason.after)
        if self.whole and edited and told not in self.shown:
            self.shown.add(told)
            yield from diff_lines(lines, self.paint, "    ", len(lines))


def _length(changes: Sequence[Change]) -> int:
    """Return how many lines the diffs of edited code have, each once."""
    edited = {
        (reason.before, reason.after): len(reason.details.get("diff", ()))
        for change in changes
        for reason in change.reasons
        if reason.before is not None and reason.after is not None
    }
    return sum(edited.values())


def _run_line(asked: PipelineRun, state: PipelineRun) -> str:
    words = " ".join(f"{name}={value}" for name, value in state.selection.items())
    confirmed = "" if asked.confirms is None else f"nothing had changed since run {state.id}"
    told = [show_moment(asked.started), state.status, words, confirmed]
    return one_line(f"run {asked.id}: {', '.join(filter(None, told))}")


def _standing(change: Change) -> str:
    """Say how the status differs, where that is more than that one of the two results was given back."""
    if change.before is None or change.after is None:
        return f"  {change.kind}"
    statuses = [change.before.status, change.after.status]
    return "" if {"run", "cached"}.issuperset(statuses) else f"  {statuses[0]} -> {statuses[1]}"


def _version(version: ArtifactVersion | None) -> str:
    return "nothing" if version is None else f"version {version.version}"


def _counts(lines: Sequence[str]) -> str:
    """Return ``  +2 -1`` for a diff, whose first two lines are its head."""
    if not lines:
        return ""
    body = lines[2:]
    return f"  +{sum(line[:1] == '+' for line in body)} -{sum(line[:1] == '-' for line in body)}"


def _surroundings(found: RunsDifference) -> Iterator[str]:
    for name, (was, now) in (("Python", found.python), ("platform", found.platform)):
        if was and now and was != now:
            yield f"{name}: {was} became {now}"
    if found.packages:
        told = (f"{name} {was or 'none'} -> {now or 'none'}" for name, (was, now) in found.packages.items())
        yield f"installed packages: {', '.join(told)}"


def _metrics(metrics: Sequence[Metric]) -> Iterator[str]:
    if metrics:
        yield "metrics"
    named = [(one_line(metric.name), metric) for metric in metrics]
    width = max((len(name) for name, _ in named), default=0)
    yield from (f"  {name:{width}s}  {_metric(metric)}" for name, metric in named)


def _metric(metric: Metric) -> str:
    shown = ["none" if each is None else show_number(each) for each in (metric.before, metric.after)]
    values = " -> ".join(shown)
    if metric.change is None:
        return values
    relative = "" if metric.relative is None else f" ({metric.relative:+.1%})".replace("%", " %")
    return f"{values}  {_signed(metric.change, shown)}{relative}"


def _signed(change: float, shown: Sequence[str]) -> str:
    """Show a change with as many decimals as the numbers that it is the difference of, unless nothing is left of it."""
    decimals = max(len(each.partition(".")[2]) for each in shown)
    rounded = f"{change:+.{decimals}f}"
    plain = "e" not in "".join(shown) and float(rounded) != 0
    return rounded if plain else f"{'-' if change < 0 else '+'}{show_number(abs(change))}"


def _same(found: RunsDifference) -> Iterator[str]:
    told = [f"{found.same} {'step' if found.same == 1 else 'steps'}"] if found.same else []
    if found.same_metrics:
        told.append(f"{found.same_metrics} {'metric' if found.same_metrics == 1 else 'metrics'}")
    if told:
        yield f"the same: {', '.join(told)}"
