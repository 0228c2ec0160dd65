"""The graph of the picture: what is before, what is after, and what a focus shows."""

from __future__ import annotations

import random

import pytest
from dags import graphs, line, simple
from hypothesis import given
from hypothesis import strategies as st

from lineage.graph.model import Graph, Node, by_name


def test_a_focus_counts_levels_from_the_chosen_node_and_every_node_as_one() -> None:
    """Two up from `d` are `c` and `b`, whichever of them are steps; what is further away is left out."""
    kinds = {name: "step" if at % 2 else "artifact" for at, name in enumerate("abcdef")}
    graph = Graph([Node(name, kind, name) for name, kind in kinds.items()], line(*"abcdef"))
    assert set(graph.focus(["d"], up=2, down=1).nodes) == set("bcde")
    assert set(graph.focus(["d"], up=0, down=0).nodes) == {"d"}
    assert set(graph.focus(["d"], up=None, down=0).nodes) == set("abcd")


def test_a_focus_counts_the_shortest_way() -> None:
    """What is near by one edge and far by another way is near, and so is what is behind it."""
    graph = simple([*line("a", "b", "c", "d"), ("a", "d"), ("z", "a")])
    assert set(graph.focus(["d"], up=2, down=0).nodes) == {"a", "b", "c", "d", "z"}


@given(graphs(), st.data())
def test_a_focus_shows_exactly_what_so_many_steps_reach(graph: Graph, data: st.DataObject) -> None:
    """Walking edge by edge finds the same nodes."""
    start = data.draw(st.sampled_from(list(graph.nodes)))
    up, down = data.draw(st.integers(0, 4)), data.draw(st.integers(0, 4))
    expected = {start}
    for levels, near in ((up, graph.before), (down, graph.after)):
        edge = {start}
        for _ in range(levels):
            edge = {each for name in edge for each in near[name]}
            expected |= edge
    assert set(graph.focus([start], up, down).nodes) == expected


@given(graphs())
def test_up_and_down_are_each_others_opposite(graph: Graph) -> None:
    """Whatever is before a node has that node after it; nothing is before itself."""
    for name in graph.nodes:
        assert name not in graph.upstream([name])
        assert all(name in graph.downstream([other]) for other in graph.upstream([name]))
        assert graph.connected([name]) == graph.upstream([name]) | graph.downstream([name]) | {name}


@given(graphs(), st.randoms(use_true_random=False))
def test_the_order_in_which_a_graph_is_given_does_not_matter(graph: Graph, chance: random.Random) -> None:
    """Shuffled nodes and edges, some of them twice, make the same graph down to the order of everything."""
    nodes, edges = list(graph.nodes.values()), [*graph.edges, *graph.edges[:2]]
    chance.shuffle(nodes)
    chance.shuffle(edges)
    again = Graph(nodes, edges)
    assert again == graph
    assert (list(again.nodes), again.before, again.after, again.order) == (
        list(graph.nodes),
        graph.before,
        graph.after,
        graph.order,
    )


def test_names_sort_as_people_count() -> None:
    """`fold_2` is before `fold_10`, and digits beyond what int() reads are no trouble."""
    names = ["fold_10", "fold_2", "fold", "7" * 5000, "8" * 4999]
    assert sorted(names, key=by_name) == ["8" * 4999, "7" * 5000, "fold", "fold_2", "fold_10"]


def test_a_graph_that_is_none_is_refused() -> None:
    """A circle, an edge to nowhere and an id given twice are errors that name where."""
    with pytest.raises(ValueError, match="circle through a"):
        simple([("a", "b"), ("b", "a")])
    with pytest.raises(ValueError, match="no node: b"):
        Graph([Node("a", "step", "a")], [("a", "b")])
    with pytest.raises(ValueError, match="twice: a"):
        Graph([Node("a", "step", "a"), Node("a", "artifact", "a")])


def test_a_chain_of_ten_thousand_is_walked_without_recursion() -> None:
    """Every question about a long chain is answered."""
    names = [f"n{number}" for number in range(10_000)]
    graph = simple(line(*names))
    assert len(graph.upstream([names[-1]])) == len(graph.downstream([names[0]])) == 9_999
    assert graph.order == tuple(names)
