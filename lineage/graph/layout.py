"""Where everything stands: a layered picture from left to right that depends on the graph and on nothing else.

Units are rows: neighbours in a column are one apart, columns two. `x` grows to the right and `y` downwards, as in
SVG; labels stand under their symbols.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lineage.graph.keep import Earlier, kept, kept_ranks
from lineage.graph.layers import Layered, ranks
from lineage.graph.model import Graph
from lineage.graph.order import arrange
from lineage.graph.place import Reach, heights

__all__ = ["Layout", "Point", "Spacing", "lay_out"]

Point = tuple[float, float]

#: Width by height of the page that unconnected parts are packed for.
ASPECT = 1.6


@dataclass(frozen=True, slots=True)
class Spacing:
    """Distances of a picture, in rows.

    Attributes
    ----------
    column : float
        Between the middles of neighbouring columns, at least.
    row : float
        Between the middles of neighbouring symbols, at least.
    lane : float
        Between neighbouring edges that pass a column, at least.
    symbol : float
        Width and height of a symbol.
    margin : float
        Between a label and what is next to it, at least.
    """

    column: float = 2.0
    row: float = 1.0
    lane: float = 0.5
    symbol: float = 0.4
    margin: float = 0.15


@dataclass(frozen=True, slots=True)
class Layout:
    """A picture of a graph; give it to `lay_out` again, and what is there already stays where it is.

    Attributes
    ----------
    places : mapping of str to (float, float)
        The middle of each node's symbol, `x` and `y`, by id.
    layers : mapping of str to int
        The column of each node; edges lead to later ones.
    chains : mapping of str to tuple of (float, float)
        Where the edges of a node pass the columns after its own, on their common way.
    box : (float, float, float, float)
        Left, top, right and bottom of all symbols, labels and edges; of an empty graph four times 0.
    spacing : Spacing
        The distances it was made with.
    """

    places: Mapping[str, Point] = field(default_factory=dict)
    layers: Mapping[str, int] = field(default_factory=dict)
    chains: Mapping[str, tuple[Point, ...]] = field(default_factory=dict)
    box: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    spacing: Spacing = Spacing()


def lay_out(
    graph: Graph,
    sizes: Mapping[str, Point] | None = None,
    earlier: Layout | None = None,
    spacing: Spacing | None = None,
) -> Layout:
    """Return where each node stands and where each edge passes.

    Parameters
    ----------
    graph : Graph
        What to draw; collapse it first.
    sizes : mapping of str to (float, float), optional
        Width and height of the labels, in rows, by id; with them no label overlaps another or a symbol.
    earlier : Layout, optional
        A layout of what the graph was before. What it has stays where it is unless there is no room any more; what is
        new takes free places near its neighbours. Give it for the same picture
        that has changed, not for another view: a focus has holes in it. One that shares less than half of its nodes
        with the graph, and less than half of the graph's, is passed over.
    spacing : Spacing, optional
        The distances.

    Returns
    -------
    Layout
        The same for the same graph, sizes and earlier layout, in whatever order they are given.
    """
    canvas = _Canvas(graph, sizes or {}, spacing or Spacing())
    known = graph.nodes.keys() & earlier.places.keys() if earlier else ()
    # Beside little that was kept, what is new would be set around chance.
    few = earlier is None or not known or 2 * len(known) < min(len(graph), len(earlier.places))
    return canvas.fresh() if earlier is None or few else canvas.beside(earlier)


class _Canvas:
    """One call of `lay_out`: the graph in numbers, and what its nodes need."""

    def __init__(self, graph: Graph, sizes: Mapping[str, Point], spacing: Spacing) -> None:
        self.names = list(graph.nodes)
        number = {name: at for at, name in enumerate(self.names)}
        self.before = [[number[each] for each in graph.before[name]] for name in self.names]
        self.after = [[number[each] for each in graph.after[name]] for name in self.names]
        self.order = [number[name] for name in graph.order]
        self.spacing = spacing
        labels = [sizes.get(name, (0.0, 0.0)) for name in self.names]
        self.half = [max(spacing.symbol, width) / 2 for width, _ in labels]
        self.label = [height for _, height in labels]

    def reach(self, vertices: Sequence[int], total: int) -> Reach:
        """Return the room of some nodes, and of as many dummies as there are besides."""
        gap, lane = self.spacing, [self.spacing.lane / 2] * (total - len(vertices))
        around = (gap.symbol + gap.margin) / 2
        above = [max(gap.row / 2, around)] * len(vertices)
        return Reach(above + lane, [max(gap.row / 2, around + self.label[each]) for each in vertices] + lane)

    def fresh(self) -> Layout:
        """Lay each connected part out by itself, and pack the parts into shelves."""
        parts = [_Part(self, some) for some in _parts(self.before, self.after)]
        layer, y, chains = [0] * len(self.names), [0.0] * len(self.names), {}
        for part, column, top in _packed(parts):
            for at, vertex in enumerate(part.vertices):
                layer[vertex] = part.layered.layer[at] + column
                y[vertex] = part.y[at] + top
            for at, chain in part.layered.chains.items():
                chains[part.vertices[at]] = [part.y[dummy] + top for dummy in chain]
        return self.drawn(layer, y, chains, {})

    def beside(self, earlier: Layout) -> Layout:
        """Lay out what is new around what is there."""
        old = [earlier.layers.get(name) for name in self.names]
        layer = kept_ranks(self.before, self.after, self.order, old)
        first = min(layer)
        layered = Layered(self.after, [each - first for each in layer])
        found = Earlier(
            y=[earlier.places[name][1] if name in earlier.places else None for name in self.names],
            stays=[one == other for one, other in zip(layer, old, strict=True)],
            chains=[[y for _, y in earlier.chains.get(name, ())] for name in self.names],
        )
        y = kept(layered, found, self.reach(range(len(layer)), len(layered.layer)))
        chains = {at: [y[dummy] for dummy in chain] for at, chain in layered.chains.items()}
        columns = {earlier.layers[name]: x for name, (x, _) in earlier.places.items()}
        return self.drawn(layer, y, chains, columns)

    def drawn(
        self, layer: Sequence[int], y: Sequence[float], chains: Mapping[int, Sequence[float]], old: Mapping[int, float]
    ) -> Layout:
        """Give the columns their `x` and the nodes their names back."""
        x = self.columns(layer, old)
        places = {name: (x[layer[at]], round(y[at], 4)) for at, name in enumerate(self.names)}
        passed = {
            self.names[at]: tuple((x[layer[at] + 1 + step], round(each, 4)) for step, each in enumerate(chain))
            for at, chain in sorted(chains.items())
        }
        return Layout(places, dict(zip(self.names, layer, strict=True)), passed, self.box(places, passed), self.spacing)

    def columns(self, layer: Sequence[int], old: Mapping[int, float]) -> dict[int, float]:
        """Return the `x` of each column: where it was, or as near to the one before it as labels allow."""
        if not layer:
            return {}
        half: dict[int, float] = dict.fromkeys(range(min(layer), max(layer) + 1), self.spacing.symbol / 2)
        for at, each in zip(layer, self.half, strict=True):
            half[at] = max(half[at], each)

        def gap(column: int) -> float:
            return max(self.spacing.column, half[column - 1] + half[column] + self.spacing.margin)

        anchor = next((column for column in half if column in old), min(half))
        x = {anchor: old.get(anchor, 0.0)}
        for column in range(anchor + 1, max(half) + 1):
            x[column] = max(round(x[column - 1] + gap(column), 4), old.get(column, float("-inf")))
        for column in range(anchor - 1, min(half) - 1, -1):
            x[column] = round(x[column + 1] - gap(column + 1), 4)
        return x

    def box(
        self, places: Mapping[str, Point], chains: Mapping[str, Sequence[Point]]
    ) -> tuple[float, float, float, float]:
        """Return what everything fits into."""
        if not places:
            return (0.0, 0.0, 0.0, 0.0)
        radius = self.spacing.symbol / 2
        middles = list(zip(places.values(), self.half, self.label, strict=True))
        passed = [y for chain in chains.values() for _, y in chain]
        return (
            min(x - half for (x, _), half, _ in middles),
            min([*passed, *(y - radius for (_, y), _, _ in middles)]),
            max(x + half for (x, _), half, _ in middles),
            max([*passed, *(y + radius + label for (_, y), _, label in middles)]),
        )


class _Part:
    """A connected part of the graph, laid out by itself from `y` 0 down."""

    def __init__(self, canvas: _Canvas, vertices: Sequence[int]) -> None:
        self.vertices = vertices
        own = {vertex: at for at, vertex in enumerate(vertices)}
        before = [[own[each] for each in canvas.before[vertex]] for vertex in vertices]
        after = [[own[each] for each in canvas.after[vertex]] for vertex in vertices]
        self.layered = Layered(after, ranks(before, after, _sorted(before, after)))
        arrange(self.layered)
        reach = canvas.reach(vertices, len(self.layered.layer))
        y = heights(self.layered, reach)
        top = min(y[row[0]] - reach.above[row[0]] for row in self.layered.rows)
        self.y = [each - top for each in y]
        self.width = len(self.layered.rows)
        self.height = max(y[row[-1]] + reach.below[row[-1]] for row in self.layered.rows) - top


def _sorted(before: Sequence[Sequence[int]], after: Sequence[Sequence[int]]) -> list[int]:
    waiting = [len(some) for some in before]
    order = [vertex for vertex, count in enumerate(waiting) if not count]
    for vertex in order:  # grows while it is walked
        for each in after[vertex]:
            waiting[each] -= 1
            if not waiting[each]:
                order.append(each)
    return order


def _parts(before: Sequence[Sequence[int]], after: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Yield the connected parts by their first names, the vertices of each by name."""
    seen = [False] * len(before)
    for start in range(len(before)):
        if seen[start]:
            continue
        seen[start] = True
        part = [start]
        for vertex in part:  # grows while it is walked
            for each in (*before[vertex], *after[vertex]):
                if not seen[each]:
                    seen[each] = True
                    part.append(each)
        yield sorted(part)


def _packed(parts: Sequence[_Part]) -> Iterator[tuple[_Part, int, float]]:
    """Yield each part with its first column and its top: side by side on shelves as wide as a page would be."""
    # An empty column between parts; single symbols need none to be told apart.
    gaps = [1 if part.width > 1 else 0 for part in parts]
    area = sum((part.width + gap) * part.height for part, gap in zip(parts, gaps, strict=True))
    widest = max([part.width for part in parts], default=0)
    page = max(widest, round((area * ASPECT / 2) ** 0.5))
    column, top, shelf = 0, 0.0, 0.0
    for part, gap in zip(parts, gaps, strict=True):
        if column and column + part.width > page:
            column, top, shelf = 0, top + shelf, 0.0
        yield part, column, top
        column += part.width + gap
        shelf = max(shelf, part.height)
