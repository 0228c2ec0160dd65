"""Graphs for the tests of the lineage picture: random ones, and the shapes that people draw."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import strategies as st

from lineage.graph.model import Edge, Graph, Node

STATUSES = ("cached", "run", "failed", "running", "pending", "skipped")


@st.composite
def graphs(draw: st.DrawFn, most: int = 16) -> Graph:
    """Any acyclic graph: its names tell nothing of its order, and a few groups repeat."""
    names = draw(st.lists(st.text("ab12_", min_size=1, max_size=4), min_size=1, max_size=most, unique=True))
    nodes = [
        Node(
            name,
            draw(st.sampled_from(("step", "artifact"))),
            name,
            draw(st.sampled_from(STATUSES)),
            draw(st.sampled_from(("", "f", "g"))),
        )
        for name in names
    ]
    place = st.integers(0, len(names) - 1)
    pairs = draw(st.lists(st.tuples(place, place), max_size=3 * len(names)))
    return Graph(nodes, [(names[min(pair)], names[max(pair)]) for pair in pairs if pair[0] != pair[1]])


def folds(count: int, failed: int | None = None) -> Graph:
    """A cross-validation of so many folds; a failed fit has made nothing, and its score is skipped."""
    nodes = [Node("cv:load", "step", "load", "cached", "cv load"), Node("cv/X", "artifact", "X", "cached", "cv/X")]
    nodes += [Node("cv:best", "step", "best", "run", "cv best")]
    edges: list[Edge] = [("cv:load", "cv/X")]
    for number in range(count):
        chain = [
            Node(f"cv:split@i:{number}", "step", f"split@i:{number}", "cached", "cv split"),
            Node(f"cv/part@i:{number}", "artifact", f"part@i:{number}", "cached", "cv/part"),
            Node(f"cv:fit@i:{number}", "step", f"fit@i:{number}", "failed" if number == failed else "run", "cv fit"),
        ]
        if number != failed:
            chain += [
                Node(f"cv/model@i:{number}", "artifact", f"model@i:{number}", "run", "cv/model"),
                Node(f"cv:score@i:{number}", "step", f"score@i:{number}", "run", "cv score"),
                Node(f"cv/points@i:{number}", "artifact", f"points@i:{number}", "run", "cv/points"),
            ]
            edges.append((chain[-1].id, "cv:best"))
        nodes += chain
        edges.append(("cv/X", chain[0].id))
        edges += [(one.id, other.id) for one, other in pairwise(chain)]
    return Graph(nodes, edges)


def line(*names: str) -> list[Edge]:
    return list(pairwise(names))


def simple(edges: list[Edge], *alone: str) -> Graph:
    """A graph of steps from its edges."""
    names = {name for edge in edges for name in edge} | set(alone)
    return Graph([Node(name, "step", name) for name in names], edges)
