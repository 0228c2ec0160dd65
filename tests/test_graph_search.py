"""The search language of the picture."""

from __future__ import annotations

import pytest
from dags import folds, graphs
from hypothesis import given
from hypothesis import strategies as st

from lineage.graph.collapse import collapse
from lineage.graph.model import Graph, Node
from lineage.graph.search import search

GRAPH = Graph(
    [
        Node("p:load", "step", "load", "cached"),
        Node("p/data", "artifact", "data", "cached"),
        Node("p:Train", "step", "Train", "failed"),
        Node("p/model", "artifact", "model", "skipped"),
        Node("p:report", "step", "report", "skipped"),
    ],
    [("p:load", "p/data"), ("p/data", "p:Train"), ("p:Train", "p/model"), ("p/model", "p:report")],
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("train", "Train"),
        ("o", "load model report"),
        ("status:failed", "Train"),
        ("STATUS:Failed", "Train"),
        ("kind:artifact", "data model"),
        ("+train", "load data Train"),
        ("train+", "Train model report"),
        ("+train+", "load data Train model report"),
        ("1+train+2", "data Train model report"),
        ("0+train+0", "Train"),
        ("1+status:failed", "data Train"),
        ("kind:step status:skipped", "report"),
        ("p:", "load Train report"),
        ("nothing", ""),
        ("status:", ""),
        ("status:no", ""),
        ("", ""),
        ("+", ""),
        ("2++", ""),
    ],
)
def test_a_search_finds_what_it_says(text: str, found: str) -> None:
    """One line of the table a case; what is unknown finds nothing."""
    assert {GRAPH.nodes[name].label for name in search(GRAPH, text)} == set(found.split())


def test_a_stack_is_found_by_what_its_members_are() -> None:
    """One failed fold of ten, and the name of one fold, find the stack."""
    folded = collapse(folds(10, failed=7))
    assert {folded.nodes[name].label for name in search(folded, "status:failed")} == {"fit"}
    assert {folded.nodes[name].label for name in search(folded, "fit@i:3")} == {"fit"}


@given(graphs(), st.text("ab12_+: ", max_size=8))
def test_any_text_is_a_search(graph: Graph, text: str) -> None:
    """Nothing that is typed is an error, and only nodes are found."""
    assert search(graph, text) <= set(graph.nodes)
