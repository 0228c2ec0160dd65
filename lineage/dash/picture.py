"""The picture of a run as plain data: its symbols with their places, and its edges as curves."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import xxhash

from lineage.dash.archive import Archive
from lineage.dash.recorded import Planned, Task, tasks_of
from lineage.dash.standing import compared
from lineage.explain.past import find_run
from lineage.graph.collapse import artifact_group, collapse, collapsed_as, stacks
from lineage.graph.layout import Layout, Point, Spacing, lay_out
from lineage.graph.model import Graph, Node
from lineage.graph.route import bends, curves
from lineage.graph.search import search
from lineage.query.bars import progress

__all__ = ["FOCUSED_FROM", "LABEL", "Pictures", "find", "graph_of", "picture"]

#: From so many symbols on a picture opens with a part of them.
FOCUSED_FROM = 300
#: So many levels around what needs a look.
_DEEPEST = 12
#: So many are drawn at most.
MOST = 2000
#: So many members of a stack are told by name.
_MEMBERS = 200
#: So many characters of a label are shown.
LABEL = 20
#: Width of a character and height of a label, in rows of the layout; the page draws a row with `ROW` pixels.
ROW = 64.0
_CHARACTER, _LINE = 6.6 / ROW, 18 / ROW
_SPACING = Spacing(column=1.5, symbol=0.45)
#: Between a symbol and the end of an edge, in rows.
_GAP = 0.03
_FILE = "file:"
_LAST_TIME = """
SELECT s.seconds FROM step_run s JOIN task t ON t.task_id = s.task_id
WHERE t.pipeline = ? AND t.name = ? AND s.status = 'run' ORDER BY s.step_run_id DESC LIMIT 1"""
#: So many runs are kept as they were read.
_KEPT = 8
_Read = tuple[list[Task], Graph, Graph]
_WORTH_A_LOOK = ("failed", "running", "changed", "new", "gone")
#: Of a step that did nothing, and of one that is the same as in another run, the edges are dashed.
_QUIET = ("cached", "same")


@dataclass(frozen=True, slots=True)
class _View:
    """What a page wants to see of a run."""

    run: int | None
    before: int | None
    expanded: tuple[str, ...]
    ids: tuple[str, ...]
    up: int | None
    down: int | None
    everything: bool

    @classmethod
    def of(cls, arguments: Mapping[str, Any]) -> _View:
        focus = arguments.get("focus") or {}
        return cls(
            run=arguments.get("run"),
            before=arguments.get("before"),
            expanded=tuple(str(key) for key in arguments.get("expanded") or ()),
            ids=tuple(str(name) for name in focus.get("ids") or ()),
            up=_levels(focus.get("up", 1)),
            down=_levels(focus.get("down", 1)),
            everything=bool(arguments.get("all")),
        )


def _levels(given: Any) -> int | None:
    return None if given is None else max(0, int(given))


class Pictures:
    """The graphs that were read and the layouts that were made, shared by all pages."""

    def __init__(self, most: int = 64) -> None:
        self._most = most
        self._read: OrderedDict[Any, tuple[Any, _Read]] = OrderedDict()
        self._layouts: OrderedDict[Any, Layout] = OrderedDict()
        self._last: dict[Any, tuple[Graph, Layout]] = {}

    def read(self, archive: Archive, view: _View, planned: Planned | None) -> _Read:
        """Return the tasks of a run, their graph, and that graph with what repeats folded; read once a change."""
        key = (view.run, view.before, view.expanded)
        # Whether a run has been lost is told by its process and not by the records.
        status = archive.history.run(view.run).status if view.run else ""
        state = (archive.recorded(), id(planned), status)
        found = self._read.get(key)
        if found is None or found[0] != state:
            found = self._read[key] = (state, _read(archive, view, planned, found[1] if found else None))
            while len(self._read) > _KEPT:
                self._read.popitem(last=False)
        self._read.move_to_end(key)
        return found[1]

    def layout(self, graph: Graph, view: _View) -> tuple[str, Layout]:
        """Return a name for the layout, and the layout of a graph.

        Within one run the picture only grows: what stands already stays where it is.
        """
        key = (tuple((node.id, label_of(node)) for node in graph.nodes.values()), graph.edges)
        found = self._layouts.get(key)
        if found is None:
            found = lay_out(
                graph, {node.id: _size(node) for node in graph.nodes.values()}, self._before(graph, view), _SPACING
            )
            self._layouts[key] = found
            while len(self._layouts) > self._most:
                self._layouts.popitem(last=False)
        self._layouts.move_to_end(key)
        self._last = {view: (graph, found), **dict(list(self._last.items())[: self._most])}
        return xxhash.xxh3_64_hexdigest(repr((key, view.run)).encode("utf-8", "surrogatepass")), found

    def _before(self, graph: Graph, view: _View) -> Layout | None:
        """Return the last layout of a view, unless it did not know yet how what it has is connected.

        What a step takes that runs is known when the plan is there, or when it has ended: what was drawn apart until
        then belongs side by side.
        """
        if view not in self._last:
            return None
        known, layout = self._last[view]
        joined = set(graph.edges) - set(known.edges)
        return None if any(a in known.nodes and b in known.nodes for a, b in joined) else layout


def _read(archive: Archive, view: _View, planned: Planned | None, last: _Read | None) -> _Read:
    """Read a run, and against an earlier run how all stand in place of statuses.

    What a commit changes is mostly a status: then the graphs of the `last` time are taken, and not made anew.
    """
    if view.run is None or view.before is None:
        tasks = tasks_of(archive, view.run, planned)
        if last is not None and _shape(tasks) == _shape(last[0]):
            whole = last[1].restated(_other(last[1], tasks))
            return tasks, whole, collapsed_as(last[2], whole)
        whole = graph_of(tasks)
        return tasks, whole, collapse(whole, view.expanded)
    tasks, standing = compared(archive, view.before, view.run)
    graph = graph_of(tasks)
    whole = graph.restated(replace(node, status=standing.get(node.id, node.status)) for node in graph.nodes.values())
    return tasks, whole, collapse(whole, view.expanded)


def _shape(tasks: Sequence[Task]) -> dict[str, tuple[Any, ...]]:
    """Return all of some tasks that the graph is made of, but for their statuses."""
    return {task.name: (_called(task), task.takes, task.gives, task.upstream) for task in tasks}


def _other(graph: Graph, tasks: Sequence[Task]) -> Iterator[Node]:
    """Yield the nodes that have another status now, as `graph_of` gives it to them."""
    statuses = {task.name: task.status for task in tasks}
    statuses |= {name: task.status for task in tasks for name in task.gives}
    for node in graph.nodes.values():
        status = statuses.get(node.id, "cached")
        if status != node.status:
            yield replace(node, status=status)


def _size(node: Node) -> Point:
    return (min(len(label_of(node)), LABEL) * _CHARACTER, _LINE)


def label_of(node: Node) -> str:
    """Return what stands under a symbol: its name, and of a stack how many there are."""
    text = node.label if len(node.label) <= LABEL else f"{node.label[: LABEL - 1]}…"
    return f"{text} \u00d7{len(node.members)}" if node.is_stack else text


def graph_of(tasks: Sequence[Task]) -> Graph:
    """Return the graph of the tasks of a run: what is made of what."""
    nodes: dict[str, Node] = {}
    edges: list[tuple[str, str]] = []
    makers = {name: task for task in tasks for name in task.gives}
    statuses = {task.name: task for task in tasks}
    for task in tasks:
        pipeline, _, short = task.name.partition(":")
        nodes[task.name] = Node(task.name, "step", short, task.status, f"{pipeline} {_called(task)}")
        for name in (*task.takes, *task.gives):
            maker = makers.get(name)
            status = maker.status if maker else "cached"
            nodes.setdefault(name, Node(name, "artifact", _short(name), status, artifact_group(name)))
        edges += [(name, task.name) for name in task.takes]
        edges += [(task.name, name) for name in task.gives]
        # What comes from a step that never told what it gives: an edge from the step itself.
        given = {makers[name].name for name in task.takes if name in makers}
        edges += [(name, task.name) for name in task.upstream if name in statuses and name not in given]
    return Graph(nodes.values(), edges)


def _called(task: Task) -> str:
    """Return the step's own name: the plan does not say its module."""
    return task.function.rpartition(":")[2]


def _short(name: str) -> str:
    if name.startswith(_FILE):
        return name.rpartition("/")[2].removeprefix(_FILE)
    return name.partition("/")[2] or name


def picture(
    archive: Archive, pictures: Pictures, arguments: Mapping[str, Any], planned: Planned | None = None
) -> dict[str, Any]:
    """Return the picture of a run.

    Parameters
    ----------
    archive : Archive
        The records.
    pictures : Pictures
        The layouts so far.
    arguments : mapping
        ``run`` (by default the newest), ``before`` (an earlier run: in place of the statuses is told how all stands
        against that), ``expanded`` (stacks that are open), ``focus`` (``{ids, up, down}``), ``all``
        (draw all of it), ``known`` (the layout that the page has: then only what may have changed is told).
    planned : mapping, optional
        What the plan knows.
    """
    view = _View.of(_with_runs(archive, arguments))
    run = view.run
    tasks, whole, graph = pictures.read(archive, view, planned)
    shown, focus = _focused(graph, view)
    name, layout = pictures.layout(shown, view)
    told: dict[str, Any] = {
        "run": run,
        "layout": name,
        "total": len(whole),
        "hidden": len(graph) - len(shown),
        "focus": focus,
        "counts": _counts(tasks),
    }
    running = [task for task in tasks if task.status == "running"]
    told["running"] = {task.name: _pace(archive, task) for task in running}
    for (of_run, task), bars in progress(archive.project).items() if running else ():
        if of_run == run and task in told["running"]:
            told["running"][task] |= {"count": bars[0].done, "total": bars[0].total}
    if arguments.get("known") == name:
        return told | {"statuses": {node.id: _state(node) for node in shown.nodes.values()}}
    folds = stacks(whole) if view.expanded else {}
    return told | {
        "nodes": [_node(node, layout, whole) for node in shown.nodes.values()],
        "edges": [_edge(shown, layout, source, target) for source, target in shown.edges],
        "box": layout.box,
        "expanded": [key for key in view.expanded if key in folds],
        "steps": len(tasks),
        "artifacts": len(whole) - len(tasks),
    }


def _with_runs(archive: Archive, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments with the runs that they mean."""
    before = arguments.get("before")
    before = None if before is None else find_run(archive.history, str(before)).id
    return {**arguments, "run": arguments.get("run") or archive.newest, "before": before}


def _pace(archive: Archive, task: Task) -> dict[str, Any]:
    """Return when a step that runs began, and how long it took when it was last executed."""
    pipeline, _, short = task.name.partition(":")
    found = archive.history.store.select(_LAST_TIME, (pipeline, short))
    return {"started": task.started, "expected": found[0][0] if found else None}


def find(
    archive: Archive, pictures: Pictures, arguments: Mapping[str, Any], planned: Planned | None = None
) -> dict[str, Any]:
    """Return what a search finds in all of a run's picture, also where it is not drawn.

    Parameters
    ----------
    archive, pictures, planned
        As `picture` takes them.
    arguments : mapping
        ``run``, ``before``, and ``q`` in the language of `lineage.graph.search`.
    """
    view = _View.of(_with_runs(archive, arguments))
    _, _, graph = pictures.read(archive, view, planned)
    found = search(graph, str(arguments.get("q") or ""))
    return {"count": len(found), "ids": [name for name in graph.nodes if name in found][:_MEMBERS]}


def _counts(tasks: Sequence[Task]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for task in tasks:
        counts[task.status] = counts.get(task.status, 0) + 1
    return counts


def _focused(graph: Graph, view: _View) -> tuple[Graph, dict[str, Any] | None]:
    """Return the part to draw: what was asked for; of a large picture what needs a look, with what is around it."""
    wished = frozenset(view.ids)
    ids = [name for name in graph.nodes if name in wished or not wished.isdisjoint(_members(graph, name))]
    if ids:
        part = graph.focus(ids, view.up, view.down)
        return _capped(part, ids), {"ids": ids, "up": view.up, "down": view.down, "auto": False}
    if len(graph) <= FOCUSED_FROM or view.everything:
        return _capped(graph, list(graph.nodes)), None
    wanted = [node.id for node in graph.nodes.values() if node.status in _WORTH_A_LOOK][:20]
    wanted = wanted or [name for name in graph.order if not graph.after[name]][-1:]
    levels = 2
    while levels < _DEEPEST and len(graph.focus(wanted, levels + 1, levels + 1)) <= FOCUSED_FROM // 2:
        levels += 1
    part = graph.focus(wanted, levels, levels)
    return _capped(part, wanted, FOCUSED_FROM), {"ids": wanted, "up": levels, "down": levels, "auto": True}


def _members(graph: Graph, name: str) -> tuple[str, ...]:
    return graph.nodes[name].members


def _capped(graph: Graph, first: Sequence[str], most: int = MOST) -> Graph:
    """Leave out what is too much to draw, those nearest to `first` kept."""
    if len(graph) <= most:
        return graph
    kept = dict.fromkeys(first[:most])
    edge = list(kept)
    while edge and len(kept) < most:
        edge = [near for name in edge for near in (*graph.before[name], *graph.after[name]) if near not in kept]
        kept.update(dict.fromkeys(edge[: most - len(kept)]))
    return graph.part(kept)


def _state(node: Node) -> Any:
    return [node.status, node.counts] if node.is_stack else node.status


def _stack(node: Node, whole: Graph) -> dict[str, Any]:
    members = [whole.nodes[name] for name in node.members[:_MEMBERS]]
    told = [{"id": each.id, "label": each.label, "status": each.status} for each in members]
    return {"count": len(node.members), "counts": node.counts, "members": told}


def _node(node: Node, layout: Layout, whole: Graph) -> dict[str, Any]:
    x, y = layout.places[node.id]
    width, height = _size(node)
    return {
        "id": node.id,
        "kind": node.kind,
        "name": node.label,
        "label": label_of(node),
        "status": node.status,
        "x": x,
        "y": y,
        "w": width,
        "h": height,
        "stack": _stack(node, whole) if node.is_stack else None,
    }


def _edge(graph: Graph, layout: Layout, source: str, target: str) -> dict[str, Any]:
    step = graph.nodes[source if graph.nodes[source].kind == "step" else target]
    return {
        "source": source,
        "target": target,
        "curves": curves(bends(layout, (source, target), _GAP)),
        "cached": step.status in _QUIET,
    }
