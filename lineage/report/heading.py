"""What stands above and below a picture: which run it is, how it ended, and what the symbols mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lineage.dash.standing import STANDINGS
from lineage.formats.summary import show_moment, show_number
from lineage.graph.model import STATUSES
from lineage.model.shown import show_duration
from lineage.report.lettering import fitted, shown, width
from lineage.report.marks import badge
from lineage.report.scene import GAP, Block, Disc, Group, Line, Shape, Text

if TYPE_CHECKING:
    from lineage.model.history import PipelineRun

__all__ = ["MARGIN", "ORDER", "footing", "heading"]

MARGIN = 24.0
#: What a look is worth first: statuses, or how all stands against another run.
ORDER = (*STANDINGS, *STATUSES)
_TITLE, _PLAIN = 17.0, 12.0
_BADGE = 16.0
_METRICS = 6
_FAILURES = 3


def heading(project: str, run: PipelineRun, told: Mapping[str, Any], wide: float) -> tuple[list[Group | Shape], float]:
    """Return the heading, and where what is below it begins."""
    most = wide - 2 * MARGIN
    y = MARGIN + 14
    items: list[Group | Shape] = [_title(project, run, told.get("before"), y, most)]
    for text, mono in ((_note(run), False), (f"$ {run.command}", True)):
        y += 20
        fit = fitted(shown(text), _PLAIN, most, mono=mono)
        items.append(Text(MARGIN, y, fit, _PLAIN, "muted", mono=mono))
    y += 30
    legend, y = _legend(told, y, wide)
    y += 18
    return [*items, *legend, Line("line", 1, points=((MARGIN, y), (wide - MARGIN, y)))], y


def _title(project: str, run: PipelineRun, before: int | None, y: float, most: float) -> Group:
    number = f"run {run.id}" if run.pipeline is None else f"run {run.id} of {run.pipeline}"
    number += f" against run {before}" if before is not None else ""
    ended = "" if run.status == "ok" else run.status
    name = fitted(shown(project), _TITLE, most - width(f"{number}  {ended}", _TITLE) - 30)
    after = [Text(0, 0, shown(number), _TITLE, "muted")]
    if ended:
        after.append(Text(0, 0, ended, _TITLE, "text" if ended == "running" else "minus", bold=True))
    return Group("title", [Text(MARGIN, y, name, _TITLE, "text", bold=True, after=after)])


def _note(run: PipelineRun) -> str:
    git = f"commit {run.git_commit[:7]}{' with changes' if run.git_dirty else ''}" if run.git_commit else ""
    saved = f"{show_duration(run.saved)} saved" if run.saved > 0.05 else ""
    same = f"nothing had changed since run {run.confirms}" if run.confirms else ""
    took = "" if run.status == "running" else show_duration(run.seconds)
    return "  \N{MIDDLE DOT}  ".join(filter(None, [show_moment(run.started), took, saved, same, git]))


def _legend(told: Mapping[str, Any], y: float, wide: float) -> tuple[list[Group | Shape], float]:
    """Return how many steps are in which state, and what is a step, an artifact and a dashed line."""
    counts = [(status, told["counts"][status]) for status in ORDER if told["counts"].get(status)]
    entries = [(f"{count:,} {status}", _counted(status)) for status, count in counts]
    entries += [("step", _ring), ("artifact", _square)]
    if any(edge["cached"] for edge in told["edges"]):
        entries.append(("of a cached step" if told.get("before") is None else "of a step that is the same", _dashes))
    items: list[Group | Shape] = []
    x = MARGIN
    for text, draw in entries:
        needs = _BADGE + 7 + width(text, _PLAIN) * 1.05
        if x > MARGIN and x + needs > wide - MARGIN:
            x, y = MARGIN, y + 24
        shapes = [*draw(x + _BADGE / 2, y - 4), Text(x + _BADGE + 7, y, text, _PLAIN, "text")]
        items.append(Group("legend", shapes))
        x += needs + 18
    hidden = told["hidden"]
    if hidden:
        text = f"{len(told['nodes']):,} of {len(told['nodes']) + hidden:,} symbols"
        if x + width(text, _PLAIN) > wide - MARGIN:
            x, y = MARGIN, y + 24
        items.append(Text(x, y, text, _PLAIN, "muted"))
    return items, y


def _counted(status: str) -> Any:
    return lambda x, y: badge(status, x, y, _BADGE)


def _ring(x: float, y: float) -> list[Shape]:
    return [Disc(x, y, _BADGE / 2 - 2, "panel", "muted")]


def _square(x: float, y: float) -> list[Shape]:
    side = _BADGE - 4
    return [Block(x - side / 2, y - side / 2, side, side, "panel", "muted", 1.5)]


def _dashes(x: float, y: float) -> list[Shape]:
    return [Line("edge", 1.25, points=((x - _BADGE / 2, y), (x + _BADGE / 2 + 2, y)), dashed=True)]


def footing(run: PipelineRun, y: float, wide: float) -> tuple[list[Group | Shape], float]:
    """Return what failed and what was measured, and where the picture ends."""
    most = wide - 2 * MARGIN
    items: list[Group | Shape] = []
    lines: list[Group | Shape] = []
    failed = [step for step in run.steps.values() if step.status == "failed"]
    for step in failed[:_FAILURES]:
        y += 22
        lines.append(_failure(step, y, most))
    if len(failed) > _FAILURES:
        y += 22
        lines.append(Text(MARGIN + _BADGE + 7, y, f"and {len(failed) - _FAILURES} more", _PLAIN, "muted"))
    if metrics := _metrics(run):
        y += 22
        lines += _measured(metrics, y, most)
    if lines:
        top = y - 22 * (len(failed[: _FAILURES + 1]) + bool(metrics))
        items.append(Line("line", 1, points=((MARGIN, top), (wide - MARGIN, top))))
        y += 6
    return [*items, *lines], y + MARGIN - 8


def _failure(step: Any, y: float, most: float) -> Group:
    error = step.error or {}
    name = fitted(shown(step.name), _PLAIN, most / 2)
    told = shown(str(error.get("message") or error.get("kind") or "it failed").replace("\n", " "))
    room = most - width(name, _PLAIN) * 1.1 - _BADGE - 20
    after = [Text(0, 0, fitted(told, _PLAIN, room), _PLAIN, "minus")]
    shapes = badge("failed", MARGIN + _BADGE / 2, y - 4, _BADGE)
    shapes.append(Text(MARGIN + _BADGE + 7, y, name, _PLAIN, "text", bold=True, after=after))
    return Group("failure", shapes, {"id": step.task})


def _metrics(run: PipelineRun) -> list[tuple[str, float]]:
    """Return the metrics that are worth a line: those of steps that do not repeat come first."""
    return sorted(run.metrics.items(), key=lambda item: "@" in item[0])


def _amount(value: float) -> str:
    """Return a metric as the page shows it: ``3`` also where the records have 3.0."""
    return str(int(value)) if value == value // 1 and abs(value) < 1e15 else show_number(value)


def _measured(metrics: list[tuple[str, float]], y: float, most: float) -> list[Group | Shape]:
    items: list[Group | Shape] = []
    x = MARGIN
    for number, (name, value) in enumerate(metrics):
        label, amount = shown(name), _amount(value)
        # Bold letters are wider by about a tenth, and not every system has the fonts that are reckoned with.
        spare = GAP + width(amount, _PLAIN) * 1.1
        needs = width(label, _PLAIN) * 1.1 + spare
        rest = f"+{len(metrics) - number} more"
        if number == _METRICS or (x > MARGIN and x + needs + 20 + width(rest, _PLAIN) > most + MARGIN):
            items.append(Text(x, y, rest, _PLAIN, "muted"))
            break
        after = [Text(0, 0, amount, _PLAIN, "text", bold=True)]
        label = fitted(label, _PLAIN, most - spare)
        items.append(Group("metric", [Text(x, y, label, _PLAIN, "muted", after=after)], {"name": name}))
        x += needs + 20
    return items
