"""Repeated steps are one stack, which says what it stands for and can be opened."""

from __future__ import annotations

import random

from dags import folds, graphs, line
from hypothesis import given
from hypothesis import strategies as st

from lineage.graph.collapse import artifact_group, collapse, shown_as, stacks
from lineage.graph.model import Graph, Node


def by_label(graph: Graph) -> dict[str, Node]:
    return {node.label: node for node in graph.nodes.values()}


def test_folds_become_one_chain_of_stacks() -> None:
    """Ten folds of split, fit and score, with their artifacts, are one stack each, in one line."""
    whole = folds(10)
    found = collapse(whole)
    nodes = by_label(found)
    assert set(nodes) == {"load", "X", "split", "part", "fit", "model", "score", "points", "best"}
    assert [nodes[name].counts for name in ("X", "split", "fit")] == [{"cached": 1}, {"cached": 10}, {"run": 10}]
    labels = ["load", "X", "split", "part", "fit", "model", "score", "points", "best"]
    assert set(found.edges) == set(line(*(nodes[label].id for label in labels)))


def test_a_fold_that_failed_stays_in_its_stack() -> None:
    """It has made no artifact, but it repeats the others: the stack is red and counts one failed."""
    fit = by_label(collapse(folds(10, failed=7)))["fit"]
    assert fit.counts == {"failed": 1, "run": 9}
    assert list(fit.counts) == ["failed", "run"]
    assert fit.status == "failed"
    assert fit.members == tuple(f"cv:fit@i:{number}" for number in range(10))


def test_a_stack_that_is_opened_shows_its_members_and_the_others_stay_folded() -> None:
    """Between two stacks the ten members stand one by one."""
    whole = folds(10)
    key = by_label(collapse(whole))["fit"].id
    found = collapse(whole, expanded={key, "no such stack"})
    nodes = by_label(found)
    assert {f"fit@i:{number}" for number in range(10)} <= set(nodes)
    assert nodes["split"].is_stack
    assert nodes["model"].is_stack
    assert found.before["cv:fit@i:3"] == (nodes["part"].id,)
    assert collapse(whole, expanded=stacks(whole)) == whole


def test_one_more_fold_changes_no_key() -> None:
    """What somebody has opened stays open while the sweep grows."""
    assert list(stacks(folds(10))) == list(stacks(folds(11)))


def test_a_chain_of_one_function_is_no_repetition() -> None:
    """A loop that feeds each call from the last has every call at a position of its own."""
    names = [f"n{number}" for number in range(6)]
    nodes = [Node(name, "artifact" if at % 2 else "step", name, group="f") for at, name in enumerate(names)]
    assert stacks(Graph(nodes, line(*names))) == {}


def test_calls_whose_results_have_names_of_their_own_stay_apart() -> None:
    """Three lines that call one function are three places, unless they fill one variable in a loop."""
    steps = [Node(f"draw@seed:{seed}", "step", f"draw@seed:{seed}", group="draw") for seed in range(3)]
    made = [Node(name, "artifact", name, group=name) for name in ("train", "test", "spare")]
    edges = [(step.id, artifact.id) for step, artifact in zip(steps, made, strict=True)]
    assert stacks(Graph([*steps, *made], edges)) == {}
    looped = [Node(f"parts@seed:{seed}", "artifact", f"parts@seed:{seed}", group="parts") for seed in range(3)]
    edges = [(step.id, artifact.id) for step, artifact in zip(steps, looped, strict=True)]
    assert [len(some) for some in stacks(Graph([*steps, *looped], edges)).values()] == [3, 3]


def test_forty_outputs_of_one_step_are_one_stack_whatever_they_are_called() -> None:
    """Names without anything in common are counted; outputs that somebody else takes stay apart."""
    names = [chr(97 + number // 26) + chr(97 + number % 26) * 3 for number in range(40)]
    outputs = [Node(name, "artifact", name, "run", name) for name in names]
    steps = [Node("make", "step", "make", "run"), Node("take", "step", "take", "run")]
    graph = Graph([*steps, *outputs], [*(("make", name) for name in names), (names[0], "take")])
    nodes = by_label(collapse(graph))
    assert set(nodes) == {"make", "take", names[0], "39 artifacts"}
    assert nodes["39 artifacts"].counts == {"run": 39}


def test_a_few_outputs_with_names_are_never_folded() -> None:
    """The lesson's four arrays are what the picture is about."""
    names = ["X_train", "X_test", "y_train", "y_test"]
    nodes = [Node("importer", "step", "importer", group="importer")]
    nodes += [Node(name, "artifact", name, group=artifact_group(name)) for name in names]
    assert stacks(Graph(nodes, [("importer", name) for name in names])) == {}


def test_the_group_of_an_artifact_is_its_name_without_what_differs() -> None:
    """The part after the @ and numbers are what members of a sweep differ in."""
    assert artifact_group("sweep/models@C:0.1,kernel:rbf") == "sweep/models"
    assert artifact_group("cv/fold_7") == artifact_group("cv/fold_12") != artifact_group("cv/fold")


@given(graphs(), st.integers(2, 3), st.integers(2, 4), st.data())
def test_what_was_reachable_stays_reachable_and_nothing_gets_lost(
    graph: Graph, repeated: int, many: int, data: st.DataObject
) -> None:
    """Folded in any way, a graph is acyclic, stands for each node once, and keeps every way between two nodes."""
    keys = list(stacks(graph, repeated, many))
    opened = data.draw(st.sets(st.sampled_from(keys))) if keys else set()
    found = collapse(graph, opened, repeated, many)  # a circle would be an error here
    at = shown_as(found)
    assert sorted(name for node in found.nodes.values() for name in node.stands_for) == sorted(graph.nodes)
    assert sum(sum(node.counts.values()) for node in found.nodes.values()) == len(graph)
    for name in graph.nodes:
        assert {at[other] for other in graph.downstream([name])} <= found.downstream([at[name]])
    assert set(found.edges) == {(at[source], at[target]) for source, target in graph.edges}


@given(graphs(), st.randoms(use_true_random=False))
def test_folding_depends_on_the_graph_only(graph: Graph, chance: random.Random) -> None:
    """Shuffled, it is folded alike."""
    nodes, edges = list(graph.nodes.values()), list(graph.edges)
    chance.shuffle(nodes)
    chance.shuffle(edges)
    assert stacks(Graph(nodes, edges), 2, 3) == stacks(graph, 2, 3)
