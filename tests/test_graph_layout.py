"""The layout of the picture: left to right, nothing over anything else, always the same, and calm when it grows."""

from __future__ import annotations

import random
import shutil
import sys

import pytest
from dags import folds, graphs, line, simple
from hypothesis import example, given
from hypothesis import strategies as st
from projects import REPOSITORY

from lineage.graph.collapse import collapse, stacks
from lineage.graph.layout import Layout, Spacing, lay_out
from lineage.graph.model import Graph, Node
from lineage.graph.route import bends, curves, svg_path

sys.path.append(str(REPOSITORY / "benchmarks"))
import layout as benchmark
import pictures

sizes_of_labels = st.tuples(st.floats(0, 4), st.floats(0, 1.5))


def boxes(layout: Layout, sizes: dict[str, tuple[float, float]]) -> list[tuple[float, float, float, float]]:
    """Left, top, right and bottom of each symbol with its label."""
    radius = layout.spacing.symbol / 2
    found = []
    for name, (x, y) in layout.places.items():
        width, height = sizes.get(name, (0.0, 0.0))
        half = max(radius, width / 2)
        found.append((x - half, y - radius, x + half, y + radius + height))
    return found


def assert_drawn_well(graph: Graph, layout: Layout, sizes: dict[str, tuple[float, float]]) -> None:
    """Everything has its place, edges lead right, and no symbol or label lies on another."""
    assert set(layout.places) == set(graph.nodes)
    for source, target in graph.edges:
        assert layout.layers[source] < layout.layers[target]
        assert layout.places[source][0] + layout.spacing.column <= layout.places[target][0] + 1e-3
    all_boxes = sorted(boxes(layout, sizes))
    for at, (_, top, right, bottom) in enumerate(all_boxes):
        for left, other_top, _, other_bottom in all_boxes[at + 1 :]:
            if left >= right - 1e-3:
                break
            assert bottom <= other_top + 1e-3 or other_bottom <= top + 1e-3
    left, top, right, bottom = layout.box
    assert (left, top) <= (min(box[0] for box in all_boxes), min(box[1] for box in all_boxes))
    assert right >= max(box[2] for box in all_boxes)
    assert bottom >= max(box[3] for box in all_boxes)


@given(graphs(), st.data())
def test_edges_lead_right_and_nothing_lies_on_anything_else(graph: Graph, data: st.DataObject) -> None:
    """Whatever the graph and however large the labels."""
    sizes = {name: data.draw(sizes_of_labels) for name in graph.nodes if data.draw(st.booleans())}
    assert_drawn_well(graph, lay_out(graph, sizes), sizes)


@given(graphs(30), st.randoms(use_true_random=False))
def test_the_same_input_gives_the_same_picture(graph: Graph, chance: random.Random) -> None:
    """Shuffled nodes and edges change nothing, neither alone nor beside an earlier layout."""
    nodes, edges = list(graph.nodes.values()), list(graph.edges)
    chance.shuffle(nodes)
    chance.shuffle(edges)
    layout = lay_out(graph)
    assert lay_out(Graph(nodes, edges)) == layout
    kept = chance.sample(list(graph.nodes), len(graph) * 2 // 3)
    earlier = lay_out(graph.part(kept))
    assert lay_out(Graph(nodes, edges), earlier=earlier) == lay_out(graph, earlier=earlier)


@given(graphs(), st.data())
def test_beside_itself_a_layout_stays_as_it_is(graph: Graph, data: st.DataObject) -> None:
    """The same graph again moves nothing at all, not even an edge."""
    sizes = {name: data.draw(sizes_of_labels) for name in graph.nodes}
    layout = lay_out(graph, sizes)
    again = lay_out(graph, sizes, earlier=layout)
    assert (again.places, again.layers, again.chains) == (layout.places, layout.layers, layout.chains)


@given(graphs(), st.data())
def test_a_new_leaf_moves_nothing(graph: Graph, data: st.DataObject) -> None:
    """A step more at the end, at the start or by itself finds a free place; all others stay where they are."""
    layout = lay_out(graph)
    other = data.draw(st.sampled_from(list(graph.nodes)))
    edges = data.draw(st.sampled_from(([(other, "new!")], [("new!", other)], [])))
    larger = Graph([*graph.nodes.values(), Node("new!", "step", "new")], [*graph.edges, *edges])
    # As far as the graph allows it: in front of the first column there is always room for one more.
    found = lay_out(larger, earlier=layout)
    if len(larger) > 1 and 2 * len(graph) >= len(larger):
        assert {name: found.places[name] for name in graph.nodes} == layout.places
    assert_drawn_well(larger, found, {})


@given(graphs(), graphs(), st.data())
def test_beside_any_earlier_layout_a_picture_is_drawn_well(graph: Graph, other: Graph, data: st.DataObject) -> None:
    """However much was added, taken away, relinked or written larger since."""
    before = {name: data.draw(sizes_of_labels) for name in other.nodes}
    after = {name: data.draw(sizes_of_labels) for name in graph.nodes}
    assert_drawn_well(graph, lay_out(graph, after, earlier=lay_out(other, before)), after)


def test_a_step_in_the_middle_moves_only_what_comes_after_it() -> None:
    """A new pair between `c` and `d` moves `d` and what follows to the right, and no parallel branch."""
    steps = simple([*line("a", "b", "c", "d", "e"), *line("a", "x", "y", "z")])
    layout = lay_out(steps)
    larger = simple([*line("a", "b", "c", "new", "made", "d", "e"), *line("a", "x", "y", "z")])
    found = lay_out(larger, earlier=layout)
    assert {name for name in steps.nodes if found.places[name] != layout.places[name]} == {"d", "e"}
    assert [found.layers[name] for name in "de"] == [5, 6]


def test_a_stack_that_is_opened_pushes_apart_and_keeps_the_order() -> None:
    """Ten members stand together where the stack was; what stood above and below it still does."""
    whole = folds(10)
    fit = next(key for key, some in stacks(whole).items() if "cv:fit@i:1" in some)
    closed = collapse(whole)
    layout = lay_out(closed)
    opened = lay_out(collapse(whole, {fit}), earlier=layout)
    members = [opened.places[f"cv:fit@i:{number}"] for number in range(10)]
    assert len({x for x, _ in members}) == 1
    assert [y for _, y in members] == sorted(y for _, y in members)
    assert members[-1][1] - members[0][1] == pytest.approx(9, abs=0.01)
    rest = closed.nodes.keys() - {fit}
    assert {name: opened.places[name] for name in rest} == {name: layout.places[name] for name in rest}


def test_a_line_is_straight() -> None:
    """A chain, also one that stands beside a fan, has one height."""
    layout = lay_out(simple([*line("a", "b", "c", "d", "e"), *(("a", f"f{number}") for number in range(7))]))
    assert len({layout.places[name][1] for name in "bcde"}) == 1


def test_the_lesson_has_no_crossing() -> None:
    """The importer's arrays are in the order that lets every edge pass."""
    graph = pictures.digits()
    assert benchmark.crossings(lay_out(graph).places, graph) == 0


def test_what_feeds_one_place_stands_beside_it() -> None:
    """A file that is only read at the end is drawn there, with the step that reads it, not at the start."""
    layout = lay_out(simple([*line("a", "b", "c", "d", "e", "end"), *line("file", "read", "end")]))
    assert layout.layers["read"] == layout.layers["e"]
    assert layout.layers["file"] == layout.layers["d"]


def test_unconnected_parts_are_packed_as_a_page() -> None:
    """A hundred steps that nothing connects are a block, not a column of a hundred."""
    layout = lay_out(simple([], *(f"s{number}" for number in range(100))))
    left, top, right, bottom = layout.box
    assert 1 <= (right - left) / (bottom - top) <= 2.5
    assert layout.places["s0"] < layout.places["s1"]


@pytest.mark.parametrize("length", [10_000])
@pytest.mark.parametrize("shape", [pictures.chain, pictures.fan])
def test_ten_thousand_in_one_line_or_one_column_are_laid_out(shape: object, length: int) -> None:
    """No recursion, and nothing that grows with the square."""
    assert callable(shape)
    graph = shape(length)
    layout = lay_out(graph)
    assert len(layout.places) == length
    assert len(set(layout.places.values())) == length


def test_one_input_of_every_step_of_a_long_chain_needs_no_room_for_each_edge() -> None:
    """Its edges run together, and with many such inputs the longest pass straight: memory does not fill up."""
    names = [f"n{number}" for number in range(2_000)]
    inputs = [f"input{number}" for number in range(100)]
    edges = [*line(*names), *((each, name) for each in inputs for name in names[::100])]
    layout = lay_out(simple(edges))
    assert sum(map(len, layout.chains.values())) <= 4 * 2_100 + 20_000


@given(graphs())
@example(pictures.layered(120))
def test_edges_are_drawn_through_the_room_that_is_kept_for_them(graph: Graph) -> None:
    """A curve begins and ends level at the symbols' borders, never turns back, and passes no symbol on its way."""
    layout = lay_out(graph)
    radius = layout.spacing.symbol / 2
    for edge in graph.edges:
        (x, y), (end_x, end_y) = (layout.places[name] for name in edge)
        some = curves(bends(layout, edge, gap=0.1))
        assert some[0][:2] == pytest.approx((x + radius + 0.1, y))
        assert some[-1][-2:] == pytest.approx((end_x - radius - 0.1, end_y))
        assert some[0][1] == pytest.approx(some[0][3])
        assert some[-1][5] == pytest.approx(some[-1][7])
        assert svg_path(some, 40).startswith("M")
        for at, (left, one, _, control, _, other, right, two) in enumerate(some):
            assert left < right
            assert min(one, two) - 1e-6 <= min(control, other)
            assert max(control, other) <= max(one, two) + 1e-6
            if at:
                assert some[at - 1][-2:] == (left, one)
        for name, (column, height) in layout.places.items():
            if x + 1 < column < end_x - 1 and name not in edge:
                passed = next(y for a, y in _places_of(layout, edge) if a == column)
                assert abs(passed - height) >= radius


def _places_of(layout: Layout, edge: tuple[str, str]) -> list[tuple[float, float]]:
    """Where an edge passes columns; `bends` leaves out level ones."""
    source, target = edge
    return list(layout.chains.get(source, ())[: layout.layers[target] - layout.layers[source] - 1])


def test_distances_are_the_callers() -> None:
    """A wider picture is made of the same order with other distances."""
    graph = folds(4)
    wide = lay_out(graph, spacing=Spacing(column=5, row=2))
    assert wide.layers == lay_out(graph).layers
    assert wide.places["cv/X"][0] - wide.places["cv:load"][0] == 5
    assert_drawn_well(graph, wide, {})


def test_an_empty_graph_is_an_empty_picture() -> None:
    """Nothing to draw is no error."""
    assert lay_out(Graph([])) == Layout()


@pytest.mark.skipif(shutil.which("dot") is None, reason="graphviz' dot, the oracle, is not installed")
@pytest.mark.parametrize("seed", [1, 2])
def test_a_thousand_symbols_cross_at_most_1_3_times_as_often_as_graphviz_draws_them(seed: int) -> None:
    """Counted on straight lines between the middles of symbols, for both."""
    graph = pictures.layered(1000, seed)
    found = benchmark.dot(graph, seconds=300)
    assert found is not None
    assert benchmark.crossings(lay_out(graph).places, graph) <= 1.3 * benchmark.crossings(found[0], graph)
