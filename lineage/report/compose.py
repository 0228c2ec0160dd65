"""The picture of a run as a scene: the same answer that the dashboard draws, with a heading and a legend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lineage.dash.archive import Archive
from lineage.dash.picture import ROW, Pictures, picture
from lineage.errors import UsageError
from lineage.model.shown import show_duration
from lineage.query.plain import value_text
from lineage.report.heading import MARGIN, ORDER, footing, heading
from lineage.report.labels import Places
from lineage.report.lettering import fitted, shown, width
from lineage.report.marks import mark, symbol
from lineage.report.scene import Block, Curve, Group, Line, Outline, Scene, Shape, Text

if TYPE_CHECKING:
    from lineage.model.history import PipelineRun

__all__ = ["compose", "find"]

#: Pixels of a row of the layout: where there is room a picture is drawn wider, to this width and this far at most.
_WIDE, _WIDEST, _HIGH = 860.0, 104.0, 72.0
_LEAST = 600.0
_SYMBOL = 29.0
_LABEL = 12.0
#: From so many edges on none is dashed, and none has a head: nobody could tell.
_MANY = 400
_LONGEST_TIP = 400
#: A label is never wider, for the layout has room for so many letters.
_ROOMY = 176.0


def find(archive: Archive, number: int | None) -> PipelineRun:
    """Return a run, by default the newest; `UsageError` where there is none."""
    newest = archive.newest
    if newest is None:
        raise UsageError(
            "nothing has run yet, so there is nothing to show",
            why="a report is of a run",
            fix="type `doit`; `lineage dashboard` shows before it what is planned",
        )
    return archive.history.run(newest if number is None else number)


def compose(archive: Archive, run: PipelineRun, before: int | None = None) -> Scene:
    """Return the picture of a run with a heading and a legend.

    Parameters
    ----------
    archive : Archive
        The records.
    run : PipelineRun
        One of them; of a run that was asked for by a pipeline that pipeline's part.
    before : int, optional
        Another run: the colours say how all stands against it, in place of statuses.
    """
    archive.history.read_steps([run])
    told = picture(archive, Pictures(), {"run": run.id, "before": before, "focus": _focus(run)})
    told["before"] = before
    left, top, right, bottom = told["box"]
    sx = min(max(ROW, _WIDE / max(right - left, 0.5)), _WIDEST)
    wide = max((right - left) * sx + 2 * MARGIN, _LEAST)
    head, begin = heading(archive.name, run, told, wide)
    sy = _HIGH if sx > ROW else ROW
    # The picture stands in the middle where the heading is wider.
    place = _Place((wide - (right - left) * sx) / 2 - left * sx, begin + MARGIN - top * sy, sx, sy)
    end = begin + MARGIN + (bottom - top) * sy + MARGIN
    foot, high = footing(run, end, wide)
    items = [*head, *_edges(told, place), *_nodes(told, place, _tips(run)), *foot]
    title = f"{archive.name}, run {run.id}" + (f" against run {before}" if before else "")
    return Scene(wide, high, title, _sentence(run) if before is None else _compared(told), items)


def _focus(run: PipelineRun) -> dict[str, Any] | None:
    if run.pipeline is None:
        return None
    return {"ids": [step.task for step in run.steps.values()], "up": 1, "down": 1}


def _sentence(run: PipelineRun) -> str:
    counts = ", ".join(f"{count} {status}" for status, count in run.counts.items() if count)
    return f"The lineage of a run that is {run.status}: {counts or 'no steps'}."


def _compared(told: Mapping[str, Any]) -> str:
    counts = ", ".join(f"{count} {standing}" for standing, count in told["counts"].items())
    return f"The lineage of a run, coloured by how its steps stand against run {told['before']}: {counts}."


class _Place:
    """From rows of the layout to pixels."""

    def __init__(self, x: float, y: float, sx: float, sy: float) -> None:
        self._x, self._y, self.sx, self._sy = x, y, sx, sy

    def __call__(self, x: float, y: float) -> tuple[float, float]:
        return self._x + x * self.sx, self._y + y * self._sy

    def curve(self, some: Sequence[float]) -> Curve:
        x0, y0, cx0, cy0, cx1, cy1, x1, y1 = some
        return (*self(x0, y0), *self(cx0, cy0), *self(cx1, cy1), *self(x1, y1))


def _edges(told: Mapping[str, Any], place: _Place) -> list[Group]:
    is_many = len(told["edges"]) > _MANY
    return [_edge(each, place, is_many=is_many) for each in told["edges"]]


def _edge(edge: Mapping[str, Any], place: _Place, *, is_many: bool) -> Group:
    curves = [place.curve(each) for each in edge["curves"]]
    # The layout leaves a symbol's width in rows; symbols are drawn smaller where rows are drawn larger.
    spare = (place.sx - ROW) * 0.45 / 2
    curves[0] = (curves[0][0] - spare, *curves[0][1:])
    curves[-1] = (*curves[-1][:6], curves[-1][6] + spare, curves[-1][7])
    shapes: list[Shape] = [Line("edge", 0.8 if is_many else 1.25, curves=curves, dashed=edge["cached"] and not is_many)]
    if not is_many:
        x, y = curves[-1][6:]
        shapes.append(Outline(((x + 0.5, y), (x - 6, y - 3.5), (x - 6, y + 3.5)), "edge"))
    names = {"source": edge["source"], "target": edge["target"]}
    return Group("edge", shapes, names | ({"cached": "true"} if edge["cached"] else {}))


def _nodes(told: Mapping[str, Any], place: _Place, tips: Mapping[str, str]) -> list[Group]:
    nodes = told["nodes"]
    if told["before"] is not None:  # how a symbol stands comes first, then what is known of it
        tips = {node["id"]: _standing(node, told["before"], tips) for node in nodes}
    at = {node["id"]: place(node["x"], node["y"]) for node in nodes}
    half = _SYMBOL / 2
    places = Places((x - half, y - half, x + half, y + half) for x, y in at.values())
    labels = {}
    for node in sorted(nodes, key=_weight):
        x, y = at[node["id"]]
        labels[node["id"]] = _label(node, places, x, y + half + (24 if node["stack"] else 16))
    return [_node(node, *at[node["id"]], labels[node["id"]], tips) for node in nodes]


def _weight(node: Mapping[str, Any]) -> tuple[int, bool]:
    return ORDER.index(node["status"]), node["kind"] == "artifact"


def _label(node: Mapping[str, Any], places: Places, x: float, y: float) -> Text | None:
    """Return the label of a symbol as far as there is room for it."""
    color = "text" if node["kind"] == "step" else "muted"
    for most in (_ROOMY, 92.0, 56.0):
        text = fitted(shown(node["label"]), _LABEL, most, keeps_end=True)  # calls of one step differ in it
        reach = width(text, _LABEL) / 2 + 3
        if text and places.take((x - reach, y - 12, x + reach, y + 4)):
            return Text(x, y, text, _LABEL, color, "middle", halo="panel")
    return None


def _node(node: Mapping[str, Any], x: float, y: float, label: Text | None, tips: Mapping[str, str]) -> Group:
    draw, is_stack = symbol(node["kind"], node["status"]), node["stack"] is not None
    shapes: list[Shape] = [draw(x + by, y - by, _SYMBOL) for by in (8, 4) if is_stack]
    shapes += [draw(x, y, _SYMBOL), *mark(node["status"], x, y, _SYMBOL)]
    if is_stack:
        shapes += _bar(node["stack"], x, y + _SYMBOL / 2 + 5)
    shapes += [label] if label else []
    return Group(node["kind"], shapes, {"id": node["id"], "status": node["status"]}, _tip(node, tips))


def _bar(stack: Mapping[str, Any], x: float, y: float) -> list[Shape]:
    """How many of a stack are in which state; a state that one in hundreds has can still be seen."""
    shares = [(status, max(count / stack["count"], 0.14)) for status, count in stack["counts"].items()]
    whole, total = sum(share for _, share in shares), _SYMBOL * 1.35
    at, found = x - total / 2, []
    for status, share in shares:
        found.append(Block(at, y, total * share / whole, 4, status))
        at += total * share / whole
    return [*found]


# -- what is shown when a pointer rests on something -------------------------------------------------------------------


def _tip(node: Mapping[str, Any], tips: Mapping[str, str]) -> str:
    if node["stack"] is None:
        return tips.get(node["id"], f"{node['id']}\n{node['kind']}, {node['status']}")
    counts = ", ".join(f"{count} {status}" for status, count in node["stack"]["counts"].items())
    return f"{node['stack']['count']} \N{MULTIPLICATION SIGN} {node['name']}\n{node['kind']}s, {counts}"


def _standing(node: Mapping[str, Any], before: int, tips: Mapping[str, str]) -> str:
    name, _, rest = tips.get(node["id"], node["id"]).partition("\n")
    stands = "the same as in" if node["status"] == "same" else f"{node['status']} against"
    return "\n".join(filter(None, [name, f"{stands} run {before}", rest]))[:_LONGEST_TIP]


def _tips(run: PipelineRun) -> dict[str, str]:
    """Return what is told of each step and artifact: how it ended and why, what its value is like."""
    tips: dict[str, str] = {}
    for step in run.steps.values():
        took = f", {show_duration(step.seconds)}" if step.status == "run" else ""
        saved = f", saved {show_duration(step.saved)}" if step.status == "cached" and step.saved else ""
        lines = [step.task, f"{step.status}{took}{saved}"]
        lines += [str(step.error.get("message") or step.error.get("kind") or "")] if step.error else []
        lines += [str(reason["text"]) for reason in step.reasons]
        tips[step.task] = "\n".join(filter(None, lines))[:_LONGEST_TIP]
        for version in step.outputs.values():
            tips[version.name] = f"{version}\n{value_text(version)}"[:_LONGEST_TIP]
    return tips
